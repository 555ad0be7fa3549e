"""A recipe cut where its network is a plain AIG again: the transitions between states, and the tail that maps.

``balance; &get -n; &dc2; &put; dch; map -a; topo; upsize`` has two transitions (``balance`` and ``&get -n; &dc2; &put``)
and the tail ``dch; map -a; topo; upsize``: a state can be kept and reached again, whatever is behind the last one
belongs to a score. Nothing is run here; what passes is safe to be sent to ABC, and nothing else ever is.

Source: the state graph is of this program. Try:
``python -c "from rtlgen.synth.division import divide; print(divide(('if -K 6', 'mfs2', 'strash', 'dch')))"``
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache

from rtlgen.core.errors import UsageError
from rtlgen.synth.grammar import (
    AIG,
    CELLS,
    CHOICES,
    COMMANDS,
    DENIED,
    FANOUT_ORDERED,
    KINDS,
    LUTS,
    ORDERED,
    UNORDERED,
    UNTIMED,
    Command,
    usage,
)

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
DEFAULT_LUT = 6
"""Inputs of a LUT where a mapper of the & space is not told."""


@dataclass(frozen=True)
class Step:
    """One command with its options: flags and numbers by letter (a flag has None)."""

    command: Command
    options: tuple[tuple[str, float | None], ...]

    def number(self, letter: str) -> float | None:
        """The number behind an option, None when it was not given."""
        return dict(self.options).get(letter)

    def leads_to(self, kind: str) -> str | None:
        """The kind of network behind this step from a network of `kind`; None when it does not work on it."""
        if kind not in self.command.moves:
            return None
        for letter, _ in self.options:
            other = self.command.options[letter].leads_to
            if other is not None:
                return other
        return self.command.moves[kind]


@dataclass(frozen=True)
class Division:
    """A recipe in parts; see the module."""

    transitions: tuple[str, ...]
    """Each leads from an AIG to an AIG: one command, or several joined by ``; ``."""
    tail: tuple[str, ...]
    """Commands behind the last AIG: choices, mapping, sizing."""
    kind: str
    """Kind of the last network: ``aig``, ``choices``, ``luts`` or ``cells``."""
    lut: int | None
    """Inputs of the LUTs of the last network."""
    cells: bool
    """Whether any command needs a cell library."""


@lru_cache(maxsize=65536)
def read_step(text: str) -> Step:
    """The command that `text` spells. Raises UsageError for one that is unknown, denied, or has other options."""
    name, *words = text.split()
    if name not in COMMANDS:
        raise _unknown(name, text)
    command = COMMANDS[name]
    options: dict[str, float | None] = {}
    while words:
        word = words.pop(0)
        letters = word[1:] if re.fullmatch(r"-[A-Za-z]+", word) else ""
        known = [command.options[letter] for letter in letters if letter in command.options]
        if (
            not letters
            or len(known) < len(letters)
            or (len(letters) > 1 and any(o.low is not None for o in known))
        ):
            raise UsageError(f"'{word}' is no option of {name} that a recipe may use", hint=_takes(name))
        for option in known:
            options[option.letter] = None
            if option.low is None:
                continue
            number = words.pop(0) if words else ""
            whole = "." not in number
            if not _NUMBER.fullmatch(number) or (option.whole and not whole):
                kind = "a whole number" if option.whole else "a number"
                raise UsageError(f"-{option.letter} of {name} needs {kind}", hint=_takes(name))
            if not option.low <= float(number) <= option.high:
                raise UsageError(f"'-{option.letter} {number}' of {name} is out of range", hint=_takes(name))
            options[option.letter] = float(number)
    for option in command.options.values():
        if option.required and option.letter not in options:
            raise UsageError(f"{name} needs -{option.letter} in a recipe", hint=_takes(name))
    return Step(command, tuple(options.items()))


def _takes(name: str) -> str:
    return (
        f"{name} takes {usage(name).removeprefix(name).strip()}"
        if COMMANDS[name].options
        else f"{name} takes none"
    )


def _unknown(name: str, text: str) -> UsageError:
    if name in DENIED:
        return UsageError(f"'{text}' is no command of a recipe: {DENIED[name]}", hint="leave it out")
    listed = "allowed: " + ", ".join(list(COMMANDS)[:10]) + ", ..."
    if name.startswith("!"):
        return UsageError(f"'{text}' runs a shell, which no recipe may", hint=listed)
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return UsageError(
        f"'{text}' is no command of a recipe", hint=f"did you mean {near[0]}?" if near else listed
    )


@lru_cache(maxsize=65536)
def divide(steps: tuple[str, ...]) -> Division:
    """The parts of the recipe with these commands (one item may hold several, joined by ``;``).

    Raises UsageError when a command is not allowed, or does not work on the network that the one before it leaves.
    """
    commands = _completed([part.strip() for step in steps for part in step.split(";") if part.strip()])
    transitions: list[str] = []
    group: list[str] = []
    kind, lut, cells, snapshots = AIG, None, False, 0
    for number, (text, ends) in enumerate(commands, 1):
        step = read_step(text)
        name = step.command.name
        reached = step.leads_to(kind)
        if reached is None:
            raise _misplaced(text, step.command, kind, number, group)
        if name == "fraig_restore" and not snapshots:
            raise UsageError(
                "fraig_restore without a fraig_store", hint="put 'fraig_store' before it, twice or more"
            )
        snapshots = snapshots + 1 if name == "fraig_store" else 0 if name == "fraig_restore" else snapshots
        cells = cells or step.command.cells
        if reached in (LUTS, "&luts") and kind not in (LUTS, "&luts"):
            lut = int(step.number("K") or DEFAULT_LUT)
        kind = reached
        group.append(text)
        if kind == AIG and ends and not snapshots:
            transitions.append("; ".join(group))
            group = []
    _check_end(kind, snapshots, group)
    return Division(tuple(transitions), tuple(group), kind, lut if kind == LUTS else None, cells)


def _completed(commands: list[str]) -> list[tuple[str, bool]]:
    """`commands` with what ABC needs between them and people leave out; with each, whether a cut may be behind it.

    A `map` before each mapper that would otherwise take the delays of an earlier one (`UNTIMED`), with no cut between
    the two; a `topo` before sizing and buffering; a `strash` before what depends on the order of fan-outs, so that equal
    AIGs lead to equal ones, however they were reached.
    """
    made: list[tuple[str, bool]] = []
    known = False
    for text in commands:
        name = text.split()[0]
        if name in UNTIMED and not known:
            made += [(added, False) for added in UNTIMED[name]]
        if name in FANOUT_ORDERED:
            made.append(("strash", False))
        if name in ORDERED and made and made[-1][0].split()[0] in UNORDERED:
            made.append(("topo", True))
        known = name not in ("strash", "st") and (known or name == "map" or name in UNTIMED)
        made.append((text, True))
    return made


def _check_end(kind: str, snapshots: int, group: list[str]) -> None:
    if snapshots:
        raise UsageError("fraig_store without a fraig_restore", hint="end the snapshots with 'fraig_restore'")
    if kind.startswith("&"):
        raise UsageError(f"the recipe ends in {KINDS[kind]}", hint="end it with '&put'")
    if kind not in (AIG, CHOICES, LUTS, CELLS):
        raise UsageError(
            f"the recipe ends in {KINDS[kind]} (behind '{group[-1]}')", hint="end it with 'strash'"
        )


def _misplaced(text: str, command: Command, kind: str, number: int, group: list[str]) -> UsageError:
    """The error for a command that does not work on the network before it, with what to put there."""
    behind = f" behind '{group[-1]}'" if group else ""
    works = " or ".join(KINDS[source] for source in command.moves)
    inside = kind.startswith("&")
    if inside and not command.name.startswith("&"):
        hint = "put '&put' before it"
    elif command.name.startswith("&") and not inside:
        hint = "put '&get -n' before it and '&put' behind the last command with &"
        if kind not in (AIG, CHOICES):
            hint = "put 'strash; &get -n' before it and '&put' behind the last command with &"
    elif kind == CELLS and AIG in command.moves:
        hint = "mapping comes last; 'strash' makes an AIG again and loses the mapping"
    elif LUTS in command.moves or "&luts" in command.moves:
        hint = f"put '{'&' if inside else ''}if -K 6' before it"
    elif CELLS in command.moves:
        hint = "put a mapper before it: map, amap, or '&get -n; &nf; &put'"
    else:
        hint = f"put '{'&st' if inside else 'strash'}' before it"
    return UsageError(
        f"'{text}' (command {number}) works on {works}, but{behind} there is {KINDS[kind]}", hint=hint
    )


def check_target(division: Division, lut: int | None) -> None:
    """Raises UsageError when the recipe cannot end at this target: LUTs with `lut` inputs, or cells (None)."""
    if lut is None:
        if division.kind == LUTS:
            raise UsageError(
                f"the recipe ends in LUTs (behind '{division.tail[-1]}'), but the target is a cell library",
                hint="put 'strash' behind it, or take --lut K as the target",
            )
        return
    if division.cells:
        raise UsageError(
            "the recipe maps to cells, but the target is LUTs", hint="take --liberty FILE as the target"
        )
    if division.lut is not None and division.lut > lut:
        raise UsageError(
            f"the recipe maps to LUTs of {division.lut} inputs, but the target has {lut}",
            hint=f"-K {lut} or less",
        )
