"""The generic cells: read by ABC and by Yosys, chosen where they should be, and stronger ones faster under load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rtlgen.synth import yosys
from rtlgen.synth.abc import AbcProcess
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.generic import CELLS, MAX_LOAD, generic_library
from rtlgen.synth.library import Library, check
from rtlgen.synth.qor import parse_timed
from rtlgen.synth.recipe import parse

BLIF = ".model m\n.inputs {inputs}\n.outputs y\n.names {inputs} y\n{cover}\n.end\n"


def test_it_is_written_once_and_again_when_it_was_changed(tmp_path: Path) -> None:
    target = generic_library(tmp_path)
    path = target.files[0]
    before = path.stat().st_mtime_ns
    assert generic_library(tmp_path).fingerprint == target.fingerprint and path.stat().st_mtime_ns == before
    whole = path.read_text()
    path.write_text(whole[:100])
    assert generic_library(tmp_path).files == (path,) and path.read_text() == whole
    check(target, tmp_path)


@pytest.mark.parametrize(
    ("inputs", "cover", "cell"),
    [
        ("a b", "10 1\n01 1", "XOR2_X1"),
        ("a b", "11 1\n00 1", "XNOR2_X1"),
        ("a b", "11 0", "NAND2_X1"),
        ("a b c", "11- 0\n--1 0", "AOI21_X1"),
        ("a b c d", "11-- 0\n--11 0", "AOI22_X1"),
        ("s a b", "01- 1\n1-1 1", "MUX2_X1"),
    ],
)
def test_a_function_that_has_a_cell_is_mapped_to_it(
    generic: Library, tmp_path: Path, inputs: str, cover: str, cell: str
) -> None:
    (tmp_path / "f.blif").write_text(BLIF.format(inputs=inputs, cover=cover))
    with AbcProcess(tmp_path, setup=generic.setup) as process:
        process.run("read_blif f.blif; strash; map -a; topo; write_blif mapped.blif")
    found = re.findall(r"\.gate (\w+)", (tmp_path / "mapped.blif").read_text())
    assert found == [cell]


def test_a_stronger_cell_is_faster_under_load_and_larger(generic: Library, tmp_path: Path) -> None:
    sinks = "".join(f".gate NAND2_X1 A=n B=a Y=y{number}\n" for number in range(10))
    outputs = " ".join(f"y{number}" for number in range(10))
    figures = {}
    for drive in ("X1", "X2", "X4"):
        text = f".model m\n.inputs a\n.outputs {outputs}\n.gate INV_{drive} A=a Y=n\n{sinks}.end\n"
        (tmp_path / "loaded.blif").write_text(text)
        with AbcProcess(tmp_path, setup=generic.setup) as process:
            figures[drive] = parse_timed(process.run("read_blif loaded.blif; topo; stime"))
    areas, delays = [f[1] for f in figures.values()], [f[2] for f in figures.values()]
    assert areas == sorted(set(areas)) and delays == sorted(set(delays), reverse=True)
    assert (
        all(cell.effort >= 1 and cell.parasitic >= 1 and cell.area >= 2 for cell in CELLS) and MAX_LOAD > 10
    )


def test_recipes_and_sizing_make_circuits_better_in_it(
    generic: Library, knot: Circuit, tmp_path: Path
) -> None:
    with Explorer(knot, generic, tmp_path) as explorer:
        start, better, fast, small = (
            explorer.evaluate(parse(text))
            for text in ("", "resyn2; dch", "resyn2; dch; map; topo; upsize", "amap")
        )
    assert start is not None and better is not None and fast is not None and small is not None
    assert better.product < start.product and fast.delay < better.delay and small.area < start.area


def test_yosys_maps_registers_to_it(generic: Library, tmp_path: Path) -> None:
    (tmp_path / "r.v").write_text(
        "module r(input clk, input rst_n, input [3:0] d, output reg [3:0] q, output reg p);\n"
        "always @(posedge clk) q <= d ^ q;\n"
        "always @(posedge clk or negedge rst_n) if (!rst_n) p <= 0; else p <= ^d;\nendmodule\n"
    )
    cells = generic.files[0]
    (tmp_path / "cells.lib").write_text(cells.read_text())
    yosys.run(
        [
            "read_verilog r.v",
            "synth -top r",
            "dfflibmap -liberty cells.lib",
            "opt_clean",
            "write_verilog -noattr out.v",
        ],
        work=tmp_path,
    )
    out = (tmp_path / "out.v").read_text()
    assert len(re.findall(r"\bDFF_X1\b", out)) == 4 and len(re.findall(r"\bDFFR_X1\b", out)) == 1
