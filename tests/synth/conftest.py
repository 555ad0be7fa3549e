"""A small circuit of our own and the generic library: real ABC, no data needed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from rtlgen.core.scratch import scratch
from rtlgen.synth.circuit import Circuit, read_circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.generic import liberty
from rtlgen.synth.library import Library, library

INPUTS, NODES, OUTPUTS = 12, 160, 8
COVERS = ("11 1", "00 1", "10 1\n01 1", "11 1\n00 1", "1- 1\n-1 1", "10 1")


def blif(seed: int = 7, name: str = "knot") -> str:
    """A random network of two-input gates, as BLIF; the same for the same seed."""
    chance = random.Random(seed)
    names = [f"i{n}" for n in range(INPUTS)]
    rows = [
        f".model {name}",
        f".inputs {' '.join(names)}",
        ".outputs " + " ".join(f"o{n}" for n in range(OUTPUTS)),
    ]
    for number in range(NODES):
        left, right = chance.sample(names[-40:], 2)
        rows += [f".names {left} {right} n{number}", chance.choice(COVERS)]
        names.append(f"n{number}")
    for number in range(OUTPUTS):
        rows += [f".names n{NODES - 1 - 3 * number} o{number}", "1 1"]
    return "\n".join([*rows, ".end", ""])


@pytest.fixture(scope="session")
def generic(tmp_path_factory: pytest.TempPathFactory) -> Library:
    path = tmp_path_factory.mktemp("cells") / "generic.lib"
    path.write_text(liberty())
    return library([path])


@pytest.fixture(scope="session")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Circuit:
    folder = tmp_path_factory.mktemp("knot")
    (folder / "knot.blif").write_text(blif())
    return read_circuit(folder / "knot.blif", folder)


@pytest.fixture
def explorer(knot: Circuit, generic: Library) -> Iterator[Explorer]:
    with scratch() as work, Explorer(knot, generic, work) as made:
        yield made
