"""Every command of a recipe with every option: ABC takes it, the logic stays, and nothing of before has a say in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.synth.abc import AbcError, AbcProcess
from rtlgen.synth.circuit import Circuit, logic_of
from rtlgen.synth.division import divide
from rtlgen.synth.grammar import COMMANDS, DENIED, Command, Option, usage
from rtlgen.synth.library import Library

BEFORE = {
    "aig": "",
    "choices": "dch; ",
    "logic": "renode; ",
    "sop": "if -K 6; sop; ",
    "bdd": "if -K 6; bdd; ",
    "luts": "if -K 6; ",
    "cells": "map; topo; ",
    "&aig": "&get -n; ",
    "&choices": "&get -n; &dch; ",
    "&luts": "&get -n; &if -K 6; ",
    "&cells": "&get -n; &nf; ",
}
"""Kind of network -> the shortest way there from an AIG."""
SEARCHING = {"&transduction", "&rrr", "&deepsyn"}
"""Commands that search for seconds: their options run in the slow test."""
EMPTY_IN_ABC = {"fraig_restore", "dsd"}
"""Commands that need more before them than their kind of network, or a smaller circuit."""


def number_of(option: Option, place: float = 0.0) -> str:
    """A number in the option's range: its lower end, or `place` of the way to a higher one that is not extreme."""
    assert option.low is not None
    value = option.low + place * (min(option.high, option.low + 10) - option.low)
    return f"{int(value)}" if option.whole else f"{value:g}"


def plain(command: Command) -> str:
    """The command with the options that it needs."""
    needed = [option for option in command.options.values() if option.required]
    return " ".join(
        [
            command.name,
            *(f"-{o.letter} {max(6, int(o.low or 0))}" for o in needed if o.letter != "X"),
            *(f"-{o.letter} {number_of(o)}" for o in needed if o.letter == "X"),
        ]
    )


def steps_of(command: Command, text: str, kind: str) -> str:
    """A whole recipe with `text` on a network of `kind`, back to an AIG."""
    if command.name == "fraig_store":
        return "fraig_store; resub; fraig_store; balance; fraig_store; fraig_restore; strash"
    recipe = BEFORE[kind] + text
    for ending in ("", "; strash", "; &put", "; &put; strash"):
        try:
            division = divide((recipe + ending,))
        except UsageError:
            continue
        if not division.tail:
            return "; ".join(division.transitions)
    raise AssertionError(f"no way back to an AIG from {recipe}")


class Bench:
    """A circuit in a folder, an ABC with a past that runs recipes on it, and one that proves."""

    def __init__(self, circuit: Circuit, target: Library, folder: Path) -> None:
        (folder / "start.aig").write_bytes(circuit.aiger)
        self.folder = folder
        self.target = target
        self.process = AbcProcess(folder, setup=target.setup)
        self.prover = AbcProcess(folder)

    def result(self, recipe: str, process: AbcProcess) -> bytes:
        """The AIG behind `recipe`, as bytes."""
        out = self.folder / "out.aig"
        out.unlink(missing_ok=True)
        process.run(f"read_aiger start.aig; {recipe}; write_aiger -s out.aig", seconds=60)
        return logic_of(out.read_bytes())

    def same_logic(self) -> bool:
        return "Networks are equivalent" in self.prover.run("cec -n start.aig out.aig", seconds=60)


@pytest.fixture(scope="module")
def bench(knot: Circuit, generic: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(knot, generic, tmp_path_factory.mktemp("grammar"))
    yield made
    made.process.close()
    made.prover.close()


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in EMPTY_IN_ABC])
def test_a_command_keeps_the_logic_whatever_abc_did_before(bench: Bench, name: str) -> None:
    command = COMMANDS[name]
    for kind in command.moves:
        recipe = steps_of(command, plain(command), kind)
        reached = bench.result(recipe, bench.process)
        assert bench.same_logic(), recipe
        with AbcProcess(bench.folder, setup=bench.target.setup) as fresh:
            assert bench.result(recipe, fresh) == reached, recipe


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.options])
def test_an_option_is_one_of_abc_and_keeps_the_logic(bench: Bench, name: str) -> None:
    if name in SEARCHING | EMPTY_IN_ABC:
        pytest.skip("in the slow test")
    command = COMMANDS[name]
    kind = next(iter(command.moves))
    for option in command.options.values():
        text = plain(command)
        if not option.required:
            text += (
                f" -{option.letter}" if option.low is None else f" -{option.letter} {number_of(option, 0.5)}"
            )
        recipe = steps_of(command, text, kind)
        bench.result(recipe, bench.process)
        assert bench.same_logic(), recipe


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.options])
def test_the_ends_of_a_range_are_taken_or_refused_and_keep_the_logic(bench: Bench, name: str) -> None:
    command = COMMANDS[name]
    taken = 0
    for kind in command.moves:
        for option in command.options.values():
            ends = (number_of(option), f"{option.high:.0f}") if option.low is not None else ("",)
            for number in ends:
                text = plain(command) if not option.required else name
                recipe = steps_of(command, f"{text} -{option.letter} {number}".strip(), kind)
                try:
                    bench.result(recipe, bench.process)
                except AbcError:
                    continue
                taken += 1
                assert bench.same_logic(), recipe
    assert taken


def test_what_the_table_leaves_out_is_said() -> None:
    assert not set(DENIED) & set(COMMANDS)
    assert usage("resub") == "resub -K 4..16 -N 0..3 -M 0..100 -F 0..9 -l -z"
    assert all(
        option.low is None or option.low <= option.high
        for c in COMMANDS.values()
        for option in c.options.values()
    )
