"""Two netlists as one circuit whose single bad output means: they differ.

**What is compared.** In every cycle, each output bit of the first design (gold) that is not x must have the same value in
the second (gate); an x of gate where gold is defined is a difference. X arises from x constants, undriven wires and
division by zero, and is propagated as Yosys's cells do it, encoded in two-valued logic (`xprop`); inputs are never x.

**Power-up.** Registers with an initial value begin with it. A register without one begins with any value, never with
x; registers of the same name in both designs begin with the *same* value. Other registers begin independently of each
other (`Problem.unpaired`). With resets their inputs are inactive in the first cycle and then held active for their cycles
(where clocks are free to change in every step, these tick meanwhile), and only what follows is compared.

**Time.** When both designs have one clock, the same edge of the same input, a cycle is a clock period. Asynchronous sets
and resets act within it (`async2sync`) if they are inputs that act on the same registers in both designs. Otherwise
(several clocks, both edges, gated clocks, clocks read as data, latches beside flip-flops, other asynchronous resets)
every input, clocks too, may change in every step (`clk2fflogic`).

Source: the commands' own help (Yosys 0.70). Try: see `rtlgen.synth.equivalence`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import DesignError
from rtlgen.core.process import Limits
from rtlgen.synth.aiger import FALSE, TRUE, Aig, negated, parse
from rtlgen.synth.netlist import Bit, Netlist
from rtlgen.synth.yosys import YOSYS_LIMITS, run

_GLOB = re.compile(r"[^\w.$]")


@dataclass(frozen=True)
class Reset:
    """An input that is held at `active` for `cycles` cycles after the first."""

    name: str
    active: int = 1
    cycles: int = 1


@dataclass(frozen=True)
class Problem:
    """A circuit to decide. The designs are equal when `bad` can never be true."""

    aig: Aig
    bad: int
    reached: int
    """True once the assumptions about power-up and reset have held: if it cannot be, a proof says nothing."""
    sequential: bool
    unpaired: tuple[str, ...] = ()
    """Registers of the first design that begin with any value, without a counterpart that begins with the same."""
    model: str = "cycles"
    """``combinational``, ``cycles`` (one clock) or ``steps`` (every input may change in every step)."""


def build(
    gold: Netlist,
    gate: Netlist,
    *,
    resets: Sequence[Reset] = (),
    limits: Limits = YOSYS_LIMITS,
    sandboxed: bool = True,
) -> Problem:
    """The circuit that compares `gold` and `gate`. Raises DesignError for different ports or an unsuitable design."""
    _same_ports(gold, gate, resets)
    sequential = bool(gold.registers or gate.registers)
    stepwise = _needs_steps(gold, gate)
    paired, alone = _paired(gold.uninitialised, gate.uninitialised)
    script = [
        "read_rtlil gold.il",
        "read_rtlil gate.il",
        "miter -equiv -ignore_gold_x -make_outputs gold gate miter",
    ]
    script += ["hierarchy -top miter", "flatten -wb", "opt_expr -keepdc -undriven", "opt_clean"]
    script += ["clk2fflogic" if stepwise else "async2sync", "dffunmap", "formalff -clk2ff -ff2anyinit"]
    script += [f"expose {' '.join(_wire(side, name) for side in ('gold', 'gate'))}" for name in dict(paired)]
    # Assumptions that inputs are defined come as cells; inputs of the AIG are defined anyway. What is left of x after
    # the encoding stands where its value is masked.
    script += [
        "xprop -formal -assume-def-inputs",
        "formalff -anyinit2ff",
        "delete t:$assume t:$check t:$assert",
    ]
    script += ["opt_clean", "setundef -zero", "simplemap", "techmap", "dffunmap", "aigmap", "setundef -zero"]
    script += ["opt_clean", "write_aiger -ascii -zinit -symbols miter.aag"]
    with tempfile.TemporaryDirectory(prefix="rtlgen-") as folder:
        work = Path(folder)
        (work / "gold.il").write_text(gold.text)
        (work / "gate.il").write_text(gate.text)
        run(script, work=work, limits=limits, sandboxed=sandboxed)
        aig = parse((work / "miter.aag").read_text())
    bad, reached = aig.output("trigger"), TRUE
    if sequential:
        clocks = sorted({name for name, _ in gold.clocks | gate.clocks if name}) if stepwise else []
        bad, reached = _assuming(aig, paired, resets, clocks)
    model = "combinational" if not sequential else "steps" if stepwise else "cycles"
    return Problem(aig, bad, reached, sequential, alone, model)


def _same_ports(gold: Netlist, gate: Netlist, resets: Sequence[Reset]) -> None:
    """Raise DesignError unless ports agree in name, direction and width, and the resets are among the inputs."""
    differing = []
    for kind, mine, theirs in (("input", gold.inputs, gate.inputs), ("output", gold.outputs, gate.outputs)):
        for name in sorted(mine.keys() | theirs.keys()):
            if mine.get(name) != theirs.get(name):
                said = [
                    f"{w} bit{'s' * (w != 1)}" if w else "missing"
                    for w in (mine.get(name, 0), theirs.get(name, 0))
                ]
                differing.append(f"{kind} {name}: {said[0]} in the first, {said[1]} in the second")
    if differing:
        raise DesignError(f"different ports: {'; '.join(differing)}", hint="give both modules the same ports")
    if not gold.outputs:
        raise DesignError("the modules have no outputs to compare")
    for reset in resets:
        if gold.inputs.get(reset.name) != 1:
            raise DesignError(
                f"the reset {reset.name!r} is not an input of one bit", hint="name one of the inputs"
            )


def _paired(
    gold: Sequence[frozenset[Bit]], gate: Sequence[frozenset[Bit]]
) -> tuple[list[Bit], tuple[str, ...]]:
    """Names under which a register bit of one design is one of the other too; the wires of gold's that have none."""
    left = {name: number for number, names in enumerate(gate) for name in names}
    paired, used, alone = [], set(), []
    for names in gold:
        name = min((name for name in names if name in left and left[name] not in used), default=None)
        if name is None:
            alone.append(names)
        else:
            paired.append(name)
            used.add(left[name])
    wires = sorted({min(names)[0] if names else "(without a name)" for names in alone})
    return sorted(paired), tuple(wires)


def _needs_steps(gold: Netlist, gate: Netlist) -> bool:
    """Whether a cycle is not one period of one clock for both designs."""
    clocks = gold.clocks | gate.clocks
    if len(clocks) > 1 or any(not name for name, _ in clocks):
        return True
    if gold.asynchronous != gate.asynchronous or any(not name for name, _ in gold.asynchronous):
        return True
    return bool(clocks) and (gold.latches or gate.latches)


def _wire(side: str, name: str) -> str:
    """A pattern for the wire of a design inside the miter: odd characters become wildcards."""
    return f"w:{_GLOB.sub('?', f'{side}.{name}')}"


def _assuming(aig: Aig, paired: list[Bit], resets: Sequence[Reset], clocks: Sequence[str]) -> tuple[int, int]:
    """Whether they differ under the assumptions about power-up and reset, and whether these have held."""
    cycles = max((reset.cycles for reset in resets), default=0)
    stages = [TRUE]  # stage n is true from cycle n on
    held_for = 2 * cycles + 2 if clocks else cycles
    for _ in range(held_for + 1 if cycles else 1):
        stages.append(aig.latch())
        aig.connect(stages[-1], stages[-2])
    begun, compared = stages[1], stages[-1] if cycles else TRUE
    broken = FALSE
    for name, index in _united(aig, paired):
        a, b = (_output(aig, f"{side}.{name}", index) for side in ("gold", "gate"))
        broken = aig.disjunction(broken, aig.difference(a, b))
    broken = aig.conjunction(negated(begun), broken)
    odd = aig.disjunction(
        *(aig.conjunction(stages[n], negated(stages[n + 1])) for n in range(1, len(stages) - 1, 2))
    )
    held = [(reset.name, begun if reset.active else negated(begun)) for reset in resets]
    held += [(name, odd) for name in clocks] if cycles else []
    for name, value in held:
        wrong = aig.difference(_input(aig, name), value)
        broken = aig.disjunction(broken, aig.conjunction(negated(compared), wrong))
    before = aig.latch()
    ever = aig.disjunction(before, broken)
    aig.connect(before, ever)
    reached = aig.conjunction(compared, negated(ever))
    return aig.conjunction(reached, aig.output("trigger")), reached


def _united(aig: Aig, paired: list[Bit]) -> list[Bit]:
    """Give paired registers one power-up value where `write_aiger -zinit` named the inputs that hold it.

    Returns the other pairs, whose values have to be assumed equal: that is the same, but much harder to prove with.
    """
    holding = {
        word: literal
        for name, literal in zip(aig.input_names, aig.inputs, strict=True)
        for word in name.split()
        if word.startswith("init:")
    }
    together: dict[int, int] = {}
    rest: list[Bit] = []
    for name, index in paired:
        gold, gate = (
            holding.get(f"init:{side}.{name}[{index}]", holding.get(f"init:{side}.{name}"))
            for side in ("gold", "gate")
        )
        if gold is None or gate is None or gold in together or gate in together.values():
            rest.append((name, index))
        else:
            together[gold] = gate
    aig.unite(together)
    return rest


def _input(aig: Aig, name: str) -> int:
    """An input of the miter by the name of a port, or of one bit of it."""
    names = (f"in_{name}", f"in_{name.removesuffix('[0]')}")
    return next(aig.inputs[aig.input_names.index(known)] for known in names if known in aig.input_names)


def _output(aig: Aig, name: str, index: int) -> int:
    """Bit `index` of a wire that was exposed; a wire of one bit has no index in its name."""
    try:
        return aig.output(f"{name}[{index}]")
    except KeyError:
        pass
    try:
        return aig.output(name)
    except KeyError:
        raise DesignError(f"the register {name} was lost on the way to the comparison") from None
