from __future__ import annotations

import os
from pathlib import Path

from rtlgen.core.project import Project, load_project
from rtlgen.sim.static.sources import SourceIndex, ascii_text


def test_units_and_what_a_file_needs(build: Project) -> None:
    index = SourceIndex(build)
    assert {"adder", "ops_pkg", "bus_if", "top"} <= index.units.keys()
    needed = index.needed(build.root / "rtl/top.sv", {"adder", "ops_pkg", "top", "nobody"})
    assert [p.name for p in needed] == ["ops_pkg.sv", "adder.sv"]


def test_packages_of_packages_are_needed_but_modules_of_modules_are_not(tmp_path: Path) -> None:
    texts = {
        "a": "module a; b u(); endmodule",
        "b": "module b import p::*; (); c u(); endmodule",
        "c": "module c; endmodule",
        "p": "package p; import q::*; endpackage",
        "q": "package q; endpackage",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.sv").write_text(text)
    index = SourceIndex(load_project(tmp_path))
    assert {p.stem for p in index.needed(tmp_path / "a.sv", {"a", "b"})} == {"b", "p", "q"}


def test_the_nearest_copy_is_taken(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "sub.v").write_text("module sub; endmodule\n")
    index = SourceIndex(load_project(tmp_path))
    assert index.needed(tmp_path / "two/top.v", {"sub"}) == (tmp_path / "two/sub.v",)


def test_headers_outside_the_include_folders_are_found_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "lib/include/lib").mkdir(parents=True)
    (tmp_path / "lib/include/lib/defs.svh").write_text("`define A 1\n")
    (tmp_path / "lib/user.sv").write_text('`include "lib/defs.svh"\nmodule u; endmodule\n')
    index = SourceIndex(load_project(tmp_path))
    dirs = index.include_dirs(tmp_path / "lib/user.sv", '`include "lib/defs.svh"\n')
    assert str(tmp_path / "lib/include") in dirs


def test_a_macro_with_its_body(build: Project) -> None:
    index = SourceIndex(build)
    assert index.predefine("MAX", build.root / "rtl/top.sv") == "MAX(x, y) ((x) > (y) ? (x) : (y))"
    assert index.predefine("NOBODY", build.root / "rtl/top.sv") is None


def test_a_macro_of_several_lines_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "m.v").write_text("`define SUM(a, b) \\\n  a + \\\n  b // add\nmodule m; endmodule\n")
    index = SourceIndex(load_project(tmp_path))
    assert " ".join((index.predefine("SUM", tmp_path / "x.v") or "").split()) == "SUM(a, b) a + b"


def test_refresh_sees_what_changed(build: Project) -> None:
    index = SourceIndex(build)
    version = index.version
    index.refresh()
    assert index.version == version
    path = build.root / "rtl/adder.sv"
    path.write_text("module subtractor; endmodule\n")
    os.utime(path, ns=(1, 1))
    index.refresh()
    assert index.version > version
    assert "subtractor" in index.units
    assert "adder" not in index.units


def test_includers_and_their_halves(build: Project) -> None:
    index = SourceIndex(build)
    header, top = build.root / "include/defs.vh", build.root / "rtl/top.sv"
    assert index.includers(header) == [top]
    before, after = index.split_at_include(top, header)
    assert before == "\n"
    assert after.lstrip().startswith("module top")


def test_ascii_text_keeps_offsets() -> None:
    assert ascii_text("µ=1") == "?=1"
