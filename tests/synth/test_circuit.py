"""Circuit files, and libraries that can and cannot be used."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, RtlgenError, UsageError
from rtlgen.synth.circuit import Circuit, digest_of, logic_of, read_circuit
from rtlgen.synth.explorer import Explorer
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


TEXT = liberty()
HEAD, *GROUPS = re.split(r"(?=^  cell )", TEXT, flags=re.MULTILINE)
PACKED = gzip.compress(TEXT.encode())
NO_INVERTER = HEAD + "".join(group for group in GROUPS if re.match(r"  cell \((?:AND|OR|BUF)", group)) + "}\n"
REGISTERS = HEAD + "".join(group for group in GROUPS if "ff (" in group)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("x.lib", NO_INVERTER.encode(), "no inverter that ABC can use"),
        ("x.lib", REGISTERS.encode(), "its gates do not suffice"),
        ("x.lib", TEXT[: len(TEXT) // 3].encode(), "it ends too early"),
        ("x.lib", TEXT[:-3].encode(), "it ends too early"),
        ("x.lib", b"", "it is empty"),
        ("x.lib", b"module m(input a, output y); endmodule\n", "it is no liberty file"),
        ("x.lib", bytes(range(256)) * 40, "it is no liberty file"),
        ("x.lib.gz", TEXT.encode(), "not compressed by gzip"),
        ("x.lib.gz", PACKED[: len(PACKED) // 2], "damaged or ends too early"),
        ("x.lib.gz", PACKED[:500] + b"damage" + PACKED[506:], "damaged"),
        ("x.lib.gz", gzip.compress(b""), "it is empty"),
    ],
)
def test_a_library_that_cannot_be_mapped_to(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DesignError, match="ABC cannot map to this library") as raised:
        check(library([path]), tmp_path)
    assert str(path) in str(raised.value) and reason in str(raised.value) and raised.value.hint


def test_a_compressed_library_is_the_same(generic: Library, knot: Circuit, tmp_path: Path) -> None:
    (tmp_path / "packed.lib.gz").write_bytes(PACKED)
    packed = library([tmp_path / "packed.lib.gz"])
    check(packed, tmp_path)
    with Explorer(knot, generic, tmp_path) as one, Explorer(knot, packed, tmp_path) as two:
        assert one.score(one.root) == two.score(two.root) is not None


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
