"""Recipes: sequences of ABC commands that are allowed to be run, and the named ones that everybody uses.

A recipe is data, not a script. Only commands of `COMMANDS` with options of their own form are taken: ABC runs a shell for
``!cmd``, reads and writes files, and sources scripts, so nothing that a file or a model says is passed on as it is.
Aliases of ABC's ``abc.rc`` (``b; rw; rfz``) and names of scripts (``resyn2``) are spelled out, because yosys-abc has
neither.

Source of the scripts: abc.rc of berkeley-abc/abc; of the seven published actions: ABC-RL (arXiv 2401.12205).

Try: ``python -c "from rtlgen.synth.recipe import parse; print(parse('resyn2; dch'))"``
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from rtlgen.core.errors import UsageError

PUBLISHED = ("refactor", "refactor -z", "rewrite", "rewrite -z", "resub", "resub -z", "balance")
"""The seven actions of ABC-RL and SeeA*, in their order."""

COMMANDS: dict[str, str] = {
    "balance": "lsdx",
    "rewrite": "lzw",
    "refactor": "NlzxL",
    "resub": "KNFlzw",
    "dc2": "blfp",
    "drw": "CNlfzr",
    "drf": "MKCnlz",
    "drwsat": "b",
    "dch": "CSstpfremx",
    "fraig": "RDCrscp",
    "ifraig": "PCLIs",
    "mfs2": "WFDMLCNcoadel",
    "mfs": "WFDMLCraestp",
    "compress2": "",
    "if": "KCFAGRNTXYaeargmylqxz",
    "st": "",
    "strash": "cr",
    "speedup": "PN",
    "scleanup": "cenmFSX",
    "scorr": "PCFLSI",
    "dsd": "",
    "csweep": "CK",
    "iresyn": "l",
    "istrash": "",
    "irw": "lz",
    "&get": "nm",
    "&put": "v",
    "&st": "L",
    "&dc2": "upl",
    "&dch": "CWSsfxr",
    "&syn2": "Raboe",
    "&syn3": "",
    "&syn4": "",
    "&b": "",
    "&deepsyn": "IJASto",
    "&fx": "NMLDr",
    "&if": "KCFARaq",
    "&mfs": "WFDMLC",
    "&scorr": "PCFSXYfe",
    "&fraig": "WSCLRx",
    "&transduction": "TSIPRQW",
}
"""Command -> letters of its options that may be used. Each may have a number behind it."""

ALIASES = {
    "b": "balance",
    "rw": "rewrite",
    "rwz": "rewrite -z",
    "rf": "refactor",
    "rfz": "refactor -z",
    "rs": "resub",
    "rsz": "resub -z",
    "&ps": "",
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

_OPTION = re.compile(r"-([A-Za-z]+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MAX_STEPS = 500


@dataclass(frozen=True)
class Recipe:
    """Commands in the order in which they are run, each in full: ``("balance", "rewrite -z")``."""

    steps: tuple[str, ...]

    @property
    def script(self) -> str:
        """The recipe as ABC reads it."""
        return "; ".join(self.steps)

    def __str__(self) -> str:
        return self.script

    def __len__(self) -> int:
        return len(self.steps)


def parse(text: str, *, where: str | None = None) -> Recipe:
    """The recipe that `text` spells: commands, aliases and script names, separated by ``;`` or newlines.

    Raises UsageError for an unknown or forbidden command or option (the nearest known one is named), and for more than
    500 commands.
    """
    steps: list[str] = []
    for piece in re.split(r"[;\n]", text):
        _expand(piece.strip(), steps, where, depth=0)
    if len(steps) > _MAX_STEPS:
        raise UsageError(f"a recipe of {len(steps)} commands", where=where, hint=f"at most {_MAX_STEPS}")
    return Recipe(tuple(steps))


def _expand(piece: str, steps: list[str], where: str | None, depth: int) -> None:
    if not piece or piece.startswith("#"):
        return
    words = piece.split()
    if piece in SCRIPTS and depth == 0:
        for part in SCRIPTS[piece].split(";"):
            _expand(part.strip(), steps, where, depth=1)
        return
    if words[0] in ALIASES:
        words = [*ALIASES[words[0]].split(), *words[1:]]
        if not words:
            return
    steps.append(_checked(words, piece, where))


def _checked(words: list[str], piece: str, where: str | None) -> str:
    """The command with its options when all of them are allowed."""
    name = words[0]
    if name not in COMMANDS or name in SCRIPTS:
        known = [*COMMANDS, *ALIASES, *SCRIPTS]
        near = difflib.get_close_matches(name, known, n=1)
        hint = (
            f"did you mean {near[0]}?" if near else "allowed: " + ", ".join(sorted(COMMANDS)[:12]) + ", ..."
        )
        what = (
            "is no command of a recipe" if not name.startswith("!") else "runs a shell, which no recipe may"
        )
        raise UsageError(f"'{piece}' {what}", where=where, hint=hint)
    letters = COMMANDS[name]
    for word in words[1:]:
        option = _OPTION.fullmatch(word)
        if option is not None and all(letter in letters for letter in option[1]):
            continue
        if _NUMBER.fullmatch(word):
            continue
        raise UsageError(
            f"'{word}' is no option of {name} that a recipe may use",
            where=where,
            hint=f"{name} takes -{' -'.join(letters)}" if letters else f"{name} takes none",
        )
    return " ".join(words)
