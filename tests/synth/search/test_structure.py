"""Structures of AIGs: sizes as ABC counts them, and sets of gates that say how much two AIGs have in common."""

from __future__ import annotations

import numpy as np

from rtlgen.synth.explorer import Explorer
from rtlgen.synth.recipe import PUBLISHED, Recipe
from rtlgen.synth.search.structure import KEPT, Structure, read, thinning


def reached(explorer: Explorer, *steps: str) -> Structure:
    state, _ = explorer.walk(Recipe(steps))
    assert state is not None
    assert explorer.stats(state) == (read(explorer.aiger(state)).nodes, read(explorer.aiger(state)).levels)
    return read(explorer.aiger(state))


def shared(first: Structure, second: Structure) -> float:
    common = len(np.intersect1d(first.gates, second.gates))
    return common / (len(first.gates) + len(second.gates) - common)


def test_sizes_are_the_explorers_behind_every_action(explorer: Explorer) -> None:
    for action in PUBLISHED:
        reached(explorer, action, "balance")


def test_an_aig_shares_all_gates_with_itself_and_most_with_a_neighbour(explorer: Explorer) -> None:
    start = reached(explorer)
    near = reached(explorer, "resub -z")
    far = reached(explorer, "refactor", "balance", "rewrite -z", "refactor", "balance")
    assert shared(start, start) == 1.0
    assert shared(start, far) < shared(start, near) < 1.0


def test_names_do_not_depend_on_the_order_of_nodes(explorer: Explorer) -> None:
    """x = a & b and y = c & d, written in both orders, under one output."""
    one = b"aig 7 4 0 1 3\n14\n" + bytes([10 - 4, 4 - 2, 12 - 8, 8 - 6, 14 - 12, 12 - 10])
    other = b"aig 7 4 0 1 3\n14\n" + bytes([10 - 8, 8 - 6, 12 - 4, 4 - 2, 14 - 12, 12 - 10])
    first, second = read(one), read(other)
    assert (first.nodes, first.levels) == (second.nodes, second.levels) == (3, 2)
    assert len(first.gates) == 3
    assert first.gates.tolist() == second.gates.tolist()


def test_a_wire_and_constants_have_no_gates() -> None:
    for data in (b"aig 1 1 0 2 0\n2\n0\n", b"aig 1 1 0 1 0\n3\n"):
        nothing = read(data)
        assert (nothing.nodes, nothing.levels, len(nothing.gates)) == (0, 0, 0)


def test_of_a_big_circuit_the_same_part_is_kept_everywhere(explorer: Explorer) -> None:
    assert thinning(10) == 1
    assert thinning(KEPT * 9) == 8
    state = explorer.root
    whole, part = read(explorer.aiger(state)), read(explorer.aiger(state), 4)
    assert 0 < len(part.gates) < len(whole.gates) / 2
    assert set(part.gates.tolist()) < set(whole.gates.tolist())
    assert (part.nodes, part.levels) == (whole.nodes, whole.levels)
