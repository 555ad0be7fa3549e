"""A design -> its specification text: how the module is named, its interface laid out, and the rest said around it.

The behaviour itself is one of `Design.says`. What is drawn here: order of the parts, introductory sentences,
conventions, and the layout of the interface (`interface`). The header that comes with the text is the one that
`rtlgen generate` takes from it: the one written in the text, else one with ``output logic``.

Try: ``rtlgen datasets pairs build --count 5 --seed 1 --out pairs.jsonl``
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs import interface
from rtlgen.datasets.spec_pairs.design import Design
from rtlgen.datasets.spec_pairs.phrases import expand

_NAMED = (
    "<I would like you to|Please|You are asked to|Your task is to> $do a <module|Verilog "
    "module|SystemVerilog module>"
    " named {top}<| with the following interface>.",
    "$Do a <|Verilog |hardware |SystemVerilog >module <named|called> {top}<| with this interface>.",
    "$Do a <|Verilog >module <named|called> `{top}`<.| with the <ports|interface> below.>",
    "$Do the `{top}` module<.| with the following ports.| described below.>",
    "The module is <named|called> {top}.",
    "A module <named|called> {top} is <needed|wanted|required|to be written>.",
    "<Write|Give|Provide> the Verilog <code |>for a module <named|called> {top}.",
)
_BEFORE_PORTS = (
    "",
    "",
    "The interface <is|is as follows|of the module is as follows>:",
    "Interface:",
    "Ports:",
    "<The module has|It has> <the following|these> ports:",
    "<Use|It should have|Assume> the following interface.",
)
_CONVENTIONS = (
    "All input and output ports are one bit unless otherwise specified.",
    "<Unless otherwise <specified|stated|noted>|If nothing else is said>, <all "
    "ports|ports> are one bit wide.",
    "<Ports|Signals> without a width are <one bit|single bits|1 bit wide>.",
)
_COMBINATIONAL = (
    "The <circuit|module|logic> is <purely |>combinational.",
    "There is no clock.",
    "<Only combinational logic is needed.|No state is kept.>",
)
_ROLES = (
    "Please act as a professional <Verilog|verilog> designer.",
    "You are <an experienced|a> hardware <designer|engineer>.",
    "Act as a digital design engineer.",
)
_BEHAVIOUR_HEADS = (
    "Implementation:",
    "Behavior:",
    "Behaviour:",
    "Description:",
    "Function:",
    "Functionality:",
)


@dataclass(frozen=True)
class Worded:
    """A specification and the header that a completion of it continues."""

    text: str
    header: str
    layout: str


def worded(design: Design, rng: random.Random) -> Worded:
    """A specification of `design`; the same generator state gives the same text."""
    layouts = [layout for layout, _ in interface.LAYOUTS]
    layout = rng.choices(layouts, [share for _, share in interface.LAYOUTS])[0]
    ports = layout(design, rng)
    says = rng.choice(design.says).strip()
    if layout is interface.code:
        text = _around_code(design, rng, ports, says)
        return Worded(text, _written(ports), "code")
    if layout is interface.sections:
        text = _formal(design, rng, ports, says)
    elif layout is interface.prose:
        text = _flowing(design, rng, ports, says)
    else:
        text = _usual(design, rng, ports, says)
    return Worded(text, interface.header(design.top, design.ports), layout.__name__)


def _named(design: Design, rng: random.Random) -> str:
    return expand(rng, rng.choice(_NAMED), top=design.top)


def _convention(design: Design, rng: random.Random, share: float) -> list[str]:
    """Sentences that hold for the whole: widths, and that nothing is clocked."""
    found = []
    if rng.random() < share and any(port.width == 1 for port in design.ports):
        found.append(expand(rng, rng.choice(_CONVENTIONS)))
    if not design.clock and rng.random() < 0.06:
        found.append(expand(rng, rng.choice(_COMBINATIONAL)))
    return found


def _usual(design: Design, rng: random.Random, ports: str, says: str) -> str:
    """Name, conventions, ports, behaviour; or the behaviour before the ports."""
    opening = [_named(design, rng), *_convention(design, rng, 0.5)]
    intro = expand(rng, rng.choice(_BEFORE_PORTS))
    block = f"{intro}\n{ports}" if intro and rng.random() < 0.5 else "\n\n".join(filter(None, (intro, ports)))
    first = " ".join(opening)
    if rng.random() < 0.85:
        return f"{first}\n\n{block}\n\n{says}\n"
    return f"{first} {says}\n\n{block}\n" if "\n" not in says else f"{first}\n\n{says}\n\n{block}\n"


def _formal(design: Design, rng: random.Random, ports: str, says: str) -> str:
    """Sections with headings: role, task, module name, ports, implementation."""
    parts = []
    if rng.random() < 0.35:
        parts.append(expand(rng, rng.choice(_ROLES)))
    name = rng.choice(
        [f"Module name:\n    {design.top}", f"Module name: {design.top}", f"# Module name\n{design.top}"]
    )
    named = name if rng.random() < 0.7 else _named(design, rng)
    head = rng.choice(_BEHAVIOUR_HEADS)
    extra = _convention(design, rng, 0.1)
    if rng.random() < 0.6 or "\n" in says:
        parts += [named, *extra, ports, f"{head}\n{says}" if rng.random() < 0.7 else says]
    else:
        parts += [says, named, *extra, ports]
    if rng.random() < 0.2:
        parts.append(rng.choice(["Give me the complete code.", "Write the complete Verilog code."]))
    return "\n\n".join(parts) + "\n"


def _flowing(design: Design, rng: random.Random, ports: str, says: str) -> str:
    """One or two paragraphs."""
    named = _named(design, rng)
    joint = rng.choice([" ", "\n\n"])
    if rng.random() < 0.75:
        return f"{named} {ports}{joint}{says}\n"
    return f"{named}{joint}{says}{joint}{ports}\n"


def _around_code(design: Design, rng: random.Random, ports: str, says: str) -> str:
    """The header in code before or behind what it does."""
    opening = rng.choice(
        [
            "Complete the module.",
            "Complete this module:",
            "",
            "Given the module header below.",
            _named(design, rng),
        ]
    )
    if "module " in says:
        opening = _named(design, rng)
    parts = [opening, ports, says] if rng.random() < 0.6 else [opening, says, ports]
    if rng.random() < 0.3 and "module " not in says:
        parts = [says, "The module header is:", ports]
    return "\n\n".join(part for part in parts if part) + "\n"


def _written(ports: str) -> str:
    """The header as the text shows it, without the fence."""
    return ports[ports.index("module ") : ports.index(");") + 2]
