"""Does a design that a model wrote touch the test instead of passing it?

A pass is worth something only when the design cannot print the pass line, end the simulation, reach the test bench's
signals, rewrite its files or its macros, drive its own inputs, or stand in for the reference. `suspicions` names
whatever could: in the text as it stands, branches not taken and macro bodies included (`sim.raw_text`), and by slang with
macros expanded, once as it is and once with all branches of its conditionals (`sim.outside`, in a process of its own).

It does not execute anything, does not say that a design is right, and does not object to what is merely bad style. It is
meant for text of a model; a designer's own code may use ``$display`` and files as it likes.

Try: ``python -c "from rtlgen.sim.tamper import suspicions as s; print(s(['module m; wire x = tb.y; endmodule'], 'm'))"``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rtlgen.sim.raw_text import Raw, read_raw
from rtlgen.sim.reader import ask

RESERVED = frozenset({"RefModule", "reference_module", "tb", "testbench", "stimulus_gen"})
"""Module names that belong to test benches and references; a design that defines one replaces it."""
MOST = 8
"""Suspicions told at most: one is enough to refuse a pass."""
MAX_BYTES = 1_000_000
"""A longer text is refused unread."""


def suspicions(
    files: Sequence[Path | str],
    top: str,
    known: Sequence[Path] = (),
    *,
    bench: Sequence[Path | str] = (),
    ports: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """What in `files` could touch the test, one phrase each, e.g. ``calls $finish (line 7)``; empty for nothing.

    `files` are paths or the texts themselves, in compile order; `top` is the module under test. Modules, packages, macros
    and headers of the `known` files may be used. `bench` (test bench and reference) tells which modules and macros the
    design must leave alone, `ports` (name to direction) what its top's ports must be. Raises OSError for a path that
    cannot be read. A text that does not parse is looked through as far as it goes.
    """
    texts = [_text(file) for file in files]
    if any(len(text) > MAX_BYTES for text in texts):
        return (f"is longer than {MAX_BYTES} characters",)
    raws = [read_raw(text, tuple(path.name for path in known)) for text in texts]
    found = {finding: None for raw in raws for finding in raw.findings}
    found.update(dict.fromkeys(_of_bench(raws, [read_raw(_text(file)) for file in bench])))
    if len(found) < MOST:
        library = [read_raw(_text(path)) for path in known]
        macros = "".join(raw.definitions for raw in library)
        variants = [[raw.without_includes for raw in raws]]
        if any(raw.conditional for raw in raws):
            variants.append([raw.all_branches for raw in raws])
        own = [raw.without_includes for raw in library]
        dotted = any(raw.dotted for raw in raws)
        for variant in variants:
            told = ask(variant, top, known=own, macros=macros, ports=ports, dotted=dotted)
            found.update({f"{what} (line {line})": None for what, line in told})
    return tuple(found)[:MOST]


def _text(file: Path | str) -> str:
    """The text of a file, one character per byte, so that nothing is undecodable."""
    if isinstance(file, str):
        return file.encode("utf-8", "replace").decode("latin-1")
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1).decode("latin-1")


def _of_bench(raws: Sequence[Raw], bench: Sequence[Raw]) -> list[str]:
    """Modules of the test bench that the design defines again, and its macros that the design changes."""
    taken = RESERVED | {name for raw in bench for name in raw.modules}
    asked = {name for raw in bench for name in raw.asked}
    found = []
    for raw in raws:
        found += [
            f"defines {name}, a module of the test ({at})"
            for name, at in raw.modules.items()
            if name in taken
        ]
        changed = [(name, at) for name, at in raw.macros.items() if name in asked]
        found += [f"changes the macro {name}, which the test asks for ({at})" for name, at in changed]
    return found
