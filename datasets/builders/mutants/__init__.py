"""Mutants of a design: the same text with one small fault in it, to ask whether a test bench would notice.

Two ways lead to them. Pyverilog's tree is rewritten and written out again (`rewriting`), after SystemVerilog that can be
said in Verilog-2005 was replaced (`normalise`). What Pyverilog cannot parse, or what its generator writes wrongly, is
edited in place by the positions of pyslang's tree (`edits`): the rest of the text stays as it is.

Deterministic: the same text, count and seed give the same mutants. It runs nothing: whether a mutant compiles, is noticed
or behaves as the original is for `rtlgen.evaluate.bench_check`.

Try: ``rtlgen bench check verilog-eval --data DIR --problems '*fsm*'``
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rtlgen.datasets.mutants.mutant import KINDS, Candidate, Mutant, draw

__all__ = ["KINDS", "Mutant", "Mutants", "mutate"]


@dataclass(frozen=True)
class Mutants:
    """The mutants of one text."""

    way: str
    """``pyverilog``, ``pyslang``, or ``none`` when neither can read it."""
    base: str
    """The text that mutants differ from in one place: generated from the unchanged tree, or the original."""
    mutants: tuple[Mutant, ...]
    places: int
    """How many changes there would have been to choose from."""
    reason: str = ""
    """Why it did not go the first way; empty when it did."""


def mutate(
    text: str, *, count: int = 12, seed: int = 0, accepts: Callable[[str], bool] | None = None
) -> Mutants:
    """Up to `count` mutants of `text`.

    `accepts` is asked whether the text generated from the unchanged tree still behaves as the original; without it the
    generator is trusted.
    """
    from rtlgen.datasets.mutants import rewriting
    from rtlgen.datasets.mutants.edits import candidates as edits
    from rtlgen.datasets.mutants.normalise import verilog
    from rtlgen.datasets.mutants.tree import UnreadableError, generate, kept_directives, parse

    try:
        tree = parse(verilog(text))
        base = kept_directives(text) + generate(tree)
        if accepts is None or accepts(base):
            return _drawn("pyverilog", base, rewriting.candidates(tree, text), count, seed, "")
        reason = "the text that Pyverilog generates does not behave as the original"
    except (UnreadableError, RecursionError) as error:
        reason = f"Pyverilog: {error}"
    found = edits(text)
    return _drawn("pyslang" if found else "none", text, found, count, seed, reason)


def _drawn(way: str, base: str, found: list[Candidate], count: int, seed: int, reason: str) -> Mutants:
    return Mutants(way, base, draw(found, base, count, seed), len(found), reason)
