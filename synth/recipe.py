"""Recipes: sequences of ABC commands that are allowed to be run, and the named ones that everybody uses.

A recipe is data, not a script. Only what `rtlgen.synth.grammar` lists is taken: ABC runs a shell for ``!cmd``, reads and
writes files, and sources scripts, so nothing that a file or a model says is passed on as it is.
Aliases of ABC's ``abc.rc`` (``b; rw; rfz``) and names of scripts (``resyn2``) are spelled out, because yosys-abc has
neither.

Source of the scripts: abc.rc of berkeley-abc/abc; of the seven published actions: ABC-RL (arXiv 2401.12205).

Try: ``python -c "from rtlgen.synth.recipe import parse; print(parse('resyn2; dch'))"``
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError
from rtlgen.synth.division import check_target, divide
from rtlgen.synth.grammar import COMMANDS

if TYPE_CHECKING:
    from rtlgen.synth.library import Library

PUBLISHED = ("refactor", "refactor -z", "rewrite", "rewrite -z", "resub", "resub -z", "balance")
"""The seven actions of ABC-RL and SeeA*, in their order."""

ALIASES = {
    "b": "balance",
    "rw": "rewrite",
    "rwz": "rewrite -z",
    "rf": "refactor",
    "rfz": "refactor -z",
    "rs": "resub",
    "rsz": "resub -z",
    "clp": "collapse -B 1000000",
}

SCRIPTS: dict[str, str] = {
    "resyn": "b; rw; rwz; b; rwz; b",
    "resyn2": "b; rw; rf; b; rw; rwz; b; rfz; rwz; b",
    "resyn3": "b; rs; rs -K 6; b; rsz; rsz -K 6; b; rsz -K 5; b",
    "compress": "b -l; rw -l; rwz -l; b -l; rwz -l; b -l",
    "compress2": "b -l; rw -l; rf -l; b -l; rw -l; rwz -l; b -l; rfz -l; rwz -l; b -l",
    "resyn2rs": (
        "b; rs -K 6; rw; rs -K 6 -N 2; rf; rs -K 8; b; rs -K 8 -N 2; rw; rs -K 10; rwz; rs -K 10 -N 2; b; "
        "rs -K 12; rfz; rs -K 12 -N 2; rwz; b"
    ),
    "compress2rs": (
        "b -l; rs -K 6 -l; rw -l; rs -K 6 -N 2 -l; rf -l; rs -K 8 -l; b -l; rs -K 8 -N 2 -l; rw -l; "
        "rs -K 10 -l; rwz -l; rs -K 10 -N 2 -l; b -l; rs -K 12 -l; rfz -l; rs -K 12 -N 2 -l; rwz -l; b -l"
    ),
}
"""The scripts of abc.rc that optimise an AIG, in its aliases."""

_MAX_STEPS = 500


@dataclass(frozen=True)
class Recipe:
    """Commands in the order in which they are run, each in full: ``("balance", "rewrite -z")``."""

    steps: tuple[str, ...]

    @property
    def script(self) -> str:
        """The recipe as ABC reads it."""
        return "; ".join(self.steps)

    def split(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(transitions, tail): see `rtlgen.synth.division`. Raises UsageError when it is no recipe."""
        division = divide(self.steps)
        return division.transitions, division.tail

    def __str__(self) -> str:
        return self.script

    def __len__(self) -> int:
        return len(self.steps)


def parse(text: str, *, where: str | None = None, target: Library | None = None) -> Recipe:
    """The recipe that `text` spells: commands, aliases and script names, separated by ``;`` or newlines.

    Raises UsageError for an unknown or forbidden command or option (the nearest known one is named), for a command that
    does not work on what is before it, for more than 500 commands, and when the recipe cannot end at `target`.
    """
    steps: list[str] = []
    for piece in re.split(r"[;\n]", text):
        _expand(piece.strip(), steps, depth=0)
    if len(steps) > _MAX_STEPS:
        raise UsageError(f"a recipe of {len(steps)} commands", where=where, hint=f"at most {_MAX_STEPS}")
    try:
        division = divide(tuple(steps))
        if target is not None:
            check_target(division, target.lut)
    except UsageError as error:
        raise UsageError(error.what, where=where, hint=_with_names(error.hint, text)) from None
    return Recipe(tuple(steps))


def _expand(piece: str, steps: list[str], depth: int) -> None:
    if not piece or piece.startswith("#"):
        return
    words = piece.split()
    if piece in SCRIPTS and depth == 0:
        for part in SCRIPTS[piece].split(";"):
            _expand(part.strip(), steps, depth=1)
        return
    steps.append(" ".join([*ALIASES.get(words[0], words[0]).split(), *words[1:]]))


def _with_names(hint: str | None, text: str) -> str | None:
    """The hint, with the name of a script or an alias where that is nearer to what was written."""
    if hint is None or not hint.startswith(("allowed", "did you mean")):
        return hint
    for piece in re.split(r"[;\n]", text):
        word = piece.split()[0] if piece.split() else ""
        near = difflib.get_close_matches(word, [*COMMANDS, *ALIASES, *SCRIPTS], n=1)
        if word and word not in COMMANDS and word not in ALIASES and near:
            return f"did you mean {near[0]}?"
    return hint
