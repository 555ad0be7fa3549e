"""Circuit files, and libraries that can and cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, RtlgenError, UsageError
from rtlgen.synth.circuit import Circuit, digest_of, logic_of, read_circuit
from rtlgen.synth.generic import CELLS, liberty
from rtlgen.synth.library import Library, check, library


def test_a_circuit_is_read_hashed_and_counted(knot: Circuit, tmp_path: Path) -> None:
    assert (knot.name, knot.inputs, knot.outputs, knot.latches) == ("knot", 12, 8, 0)
    assert knot.nodes > 80 and knot.levels > 5
    (tmp_path / "again.aig").write_bytes(knot.aiger)
    again = read_circuit(tmp_path / "again.aig", tmp_path)
    assert again.digest == knot.digest and (again.nodes, again.levels) == (knot.nodes, knot.levels)
    assert digest_of(knot.aiger + b"another comment") == knot.digest
    assert len(logic_of(knot.aiger)) < len(knot.aiger)


def test_registers_become_inputs_and_outputs(tmp_path: Path) -> None:
    (tmp_path / "reg.blif").write_text(
        ".model r\n.inputs a b\n.outputs y\n.latch n q 0\n.names a b q n\n111 1\n000 1\n.names q a y\n10 1\n.end\n"
    )
    circuit = read_circuit(tmp_path / "reg.blif", tmp_path)
    assert (circuit.latches, circuit.inputs, circuit.outputs) == (1, 3, 2)


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("x.aig", None, UsageError, "no such circuit file"),
        ("x.v", b"module", UsageError, "'.v' is no ending of a circuit file"),
        ("x.aig", b"not an aiger file\n", DesignError, "ABC cannot read it"),
        (
            "x.blif",
            b".model m\n.inputs a\n.outputs y\n.names a y\n1 1\n.end\n",
            DesignError,
            "no logic to optimise",
        ),
        (
            "x.blif",
            b".model m\n.inputs a\n.outputs y\n.names y\n1\n.end\n",
            DesignError,
            "no logic to optimise",
        ),
        ("x.blif", b"garbage", DesignError, "ABC cannot read it"),
    ],
)
def test_what_is_no_circuit(
    tmp_path: Path, name: str, content: bytes | None, error: type[RtlgenError], message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=message) as raised:
        read_circuit(tmp_path / name, tmp_path)
    assert raised.value.hint


def test_the_generic_library_is_always_the_same_and_abc_takes_every_cell(
    generic: Library, tmp_path: Path
) -> None:
    assert liberty() == liberty() and generic.name == "generic"
    check(generic, tmp_path)
    assert len({cell.name for cell in CELLS}) == len(CELLS) >= 20


@pytest.mark.parametrize("damage", ["no inverter", "truncated", "empty"])
def test_a_library_that_cannot_be_mapped_to(tmp_path: Path, damage: str) -> None:
    text = liberty()
    head, *cells = re.split(r"(?=^  cell )", text, flags=re.MULTILINE)
    kept = [cell for cell in cells if re.match(r"  cell \((?:AND|OR|BUF)", cell)]
    path = tmp_path / "bad.lib"
    written = {"no inverter": head + "".join(kept) + "}\n", "truncated": text[: len(text) // 3], "empty": ""}
    path.write_text(written[damage])
    with pytest.raises(DesignError, match="ABC cannot map to this library") as raised:
        check(library([path]), tmp_path)
    assert str(path) in str(raised.value)


def test_targets_that_make_no_sense(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one target is needed"):
        library()
    with pytest.raises(UsageError, match="LUTs of 1 inputs"):
        library(lut=1)
    with pytest.raises(UsageError, match="no such liberty file"):
        library([tmp_path / "none.lib"])
    odd = tmp_path / "a b.lib"
    odd.write_text("x")
    with pytest.raises(UsageError, match="blanks or special characters"):
        library([odd])
