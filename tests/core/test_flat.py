from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.flat import flat_list, missing_from_flat
from rtlgen.core.project import Project, load_project

MakeTree = Callable[[dict[str, str | bytes]], Path]

MODULE = "module m; endmodule\n"

DESIGN: dict[str, str | bytes] = {
    "soc.f": (
        "+incdir+inc +define+WIDTH=8+FAST -y lib +libext+.v\n-v cells.v -G DEPTH=4 -top top\n"
        "-F rtl/rtl.f -timescale 1ns/1ps\n"
    ),
    "rtl/rtl.f": "alu.v top.v",
    "rtl/alu.v": '`include "ops.vh"\nmodule alu(input [`WIDTH-1:0] a, output [`WIDTH-1:0] y);\n'
    "`ifdef FAST\n  inv #(.W(`WIDTH)) i(.a(a + `OP_ONE), .y(y));\n`endif\nendmodule\n",
    "rtl/top.v": "module top #(parameter DEPTH = 1); wire [7:0] y; alu u(.a(8'd1), .y(y)); buff b(); endmodule\n",
    "inc/ops.vh": "`define OP_ONE 8'd1\n",
    "lib/inv.v": "module inv #(parameter W = 1)(input [W-1:0] a, output [W-1:0] y); assign y = ~a; endmodule\n",
    "cells.v": "module buff; endmodule\n",
}


def build(project: Project) -> dict[str, object]:
    """What a build is, without where it was written."""
    fields = ("include_dirs", "defines", "parameters", "top", "library_dirs", "library_extensions")
    same: dict[str, object] = {name: getattr(project, name) for name in fields}
    sources = [file for file in project.files if file.kind != "header"]
    headers = sorted((file for file in project.files if file.kind == "header"), key=lambda file: file.path)
    same["files"] = [(file.path, file.kind, file.note) for file in [*sources, *headers]]
    return same


def again(project: Project, root: Path, text: str) -> Project:
    (root.parent / "flat.f").write_text(text)
    return load_project(root, filelists=[str(root.parent / "flat.f")])


@pytest.mark.parametrize("absolute", [False, True])
def test_a_flat_list_read_again_is_the_same_build(tree: MakeTree, absolute: bool) -> None:
    root = tree(DESIGN)
    project = load_project(root, filelists=["soc.f"])
    assert build(again(project, root, flat_list(project, absolute=absolute))) == build(project)


def test_so_is_one_from_discovery(tree: MakeTree) -> None:
    project = load_project(root := tree(DESIGN))
    assert build(again(project, root, flat_list(project))) == build(project)


def test_the_text(tree: MakeTree) -> None:
    project = load_project(tree(DESIGN), filelists=["soc.f"])
    assert flat_list(project).splitlines() == [
        "// design: 5 files from soc.f",
        "// rtlgen: -top top",
        "// rtlgen: -G DEPTH=4",
        "+define+WIDTH=8",
        "+define+FAST",
        "+incdir+inc",
        "-y lib",
        "+libext+.v",
        "-v cells.v",
        "rtl/alu.v",
        "rtl/top.v",
    ]


def test_strange_names_and_values_survive(tree: MakeTree) -> None:
    strange = [
        "a b.v",
        "c+d.v",
        "e$f.v",
        'g"h.v',
        "i'j.v",
        "#k.v",
        "-l.v",
        "m\\n.v",
        "+o.v",
        "p(q).v",
        "ü.v",
        "*.v",
        "r,s.v",
    ]
    root = tree({**dict.fromkeys(strange, MODULE), "i n+c/x y.vh": "", "z.v": '`include "x y.vh"\n' + MODULE})
    found = load_project(root)
    defines = (
        ("A", "1 + 2"),
        ("B", '"text"'),
        ("C", "8'hff"),
        ("D", "$clog2(4)"),
        ("E", ""),
        ("F", "a\\b"),
        ("G", "'0"),
    )
    project = replace(found, defines=defines, parameters=(("P", '"s t"'), ("top.Q", "'b1")))
    assert build(again(project, root, flat_list(project))) == build(project)
    assert set(missing_from_flat(project)) == {*strange, "i n+c"} - {"r,s.v", "ü.v", "-l.v", "#k.v"}


@pytest.mark.needs_icarus
@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("filelists", [["soc.f"], []])
def test_icarus_builds_from_it(tree: MakeTree, absolute: bool, filelists: list[str]) -> None:
    root = tree(DESIGN)
    project = load_project(root, filelists=filelists)
    text = flat_list(project, absolute=absolute)
    if not filelists:
        text += "+define+WIDTH=8\n+define+FAST\n"
    (root / "flat.f").write_text(text)
    done = subprocess.run(
        ["iverilog", "-c", "flat.f", "-s", "top", "-o", "out.vvp"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
