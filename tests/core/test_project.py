from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.project import Project, find_root, load_project
from rtlgen.core.records import dump
from rtlgen.core.settings import load_settings

MakeTree = Callable[[dict[str, str | bytes]], Path]

MODULE = "module m; endmodule\n"


def paths(project: Project) -> list[str]:
    return [file.path for file in project.files]


def test_lists_beat_settings_beat_discovery(tree: MakeTree) -> None:
    root = tree({"a.v": MODULE, "b.v": MODULE, "a.f": "a.v", "b.f": "b.v"})
    assert paths(load_project(root)) == ["a.v", "b.v"]
    (root / "rtlgen.toml").write_text("[project]\nfilelists = ['a.f']\ntop = 'mine'\n")
    project = load_project(root)
    assert (paths(project), project.origin, project.top) == (["a.v"], "a.f", "mine")
    project = load_project(root, filelists=[str(root / "b.f")], top="yours")
    assert (paths(project), project.origin, project.top) == (["b.v"], "b.f", "yours")


def test_one_unused_list_is_mentioned(tree: MakeTree) -> None:
    root = tree({"a.v": MODULE, "soc.f": "a.v"})
    project = load_project(root)
    assert project.notes == ('soc.f is not used: pass -f soc.f, or set project.filelists = ["soc.f"]',)
    assert project.origin == "walk"
    (root / "two.f").write_text("")
    assert load_project(root).notes == ()


def test_a_list_is_looked_for_here_and_in_the_root(tree: MakeTree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"rtl/a.v": MODULE, "build.f": "rtl/a.v", "here/build.f": "+define+HERE"})
    monkeypatch.chdir(root / "here")
    assert load_project(root, filelists=["build.f"]).defines == (("HERE", None),)
    monkeypatch.chdir("/")
    assert paths(load_project(root, filelists=["build.f"])) == ["rtl/a.v"]
    with pytest.raises(UsageError, match=r"-f: no such list: none\.f"):
        load_project(root, filelists=["none.f"])


def test_minus_capital_f_in_settings(tree: MakeTree) -> None:
    root = tree(
        {
            "sim/a.f": "a.v ../b.v",
            "sim/a.v": MODULE,
            "b.v": MODULE,
            "rtlgen.toml": "[project]\nfilelists = ['-F sim/a.f']",
        }
    )
    assert paths(load_project(root)) == ["sim/a.v", "b.v"]


def test_libraries_and_headers_of_a_list(tree: MakeTree) -> None:
    root = tree(
        {
            "a.f": "+incdir+inc -y lib -v cells.v rtl/a.v defs.svh",
            "rtl/a.v": '`include "x.vh"\n`include "near.vh"\n`include "uvm_macros.svh"\n' + MODULE,
            "rtl/near.vh": "// do not edit",
            "inc/x.vh": '`include "deep/y.vh"',
            "inc/deep/y.vh": '`include "x.vh"',
            "lib/p.v": MODULE,
            "lib/q.sv": MODULE,
            "lib/r.txt": "",
            "cells.v": MODULE,
            "defs.svh": "`define A",
        }
    )
    project = load_project(root, filelists=["a.f"])
    assert [(file.path, file.kind, file.why) for file in project.files] == [
        ("cells.v", "library", "-v at a.f:1"),
        ("rtl/a.v", "verilog", "a.f:1"),
        ("defs.svh", "systemverilog", "a.f:1"),
        ("lib/p.v", "library", "-y lib"),
        ("lib/q.sv", "library", "-y lib"),
        ("inc/x.vh", "header", "included by rtl/a.v:1"),
        ("rtl/near.vh", "header", "included by rtl/a.v:2"),
        ("inc/deep/y.vh", "header", "included by inc/x.vh:1"),
    ]
    assert project.files[6].note == "generated"
    assert project.library_extensions == (".v", ".sv")
    assert project.skipped == (("uvm_macros.svh", "included by rtl/a.v:3, in no include folder"),)


def test_binary_and_encrypted_files_of_a_list_are_left_out(tree: MakeTree) -> None:
    root = tree({"a.f": "a.v b.vp c.v", "a.v": b"\0", "b.vp": "`protected\n", "c.v": MODULE})
    project = load_project(root, filelists=["a.f"])
    assert paths(project) == ["c.v"]
    assert project.skipped == (("a.v", "binary (holds NUL bytes), at a.f:1"), ("b.vp", "encrypted, at a.f:1"))


def test_a_listed_file_may_be_big_and_outside(tree: MakeTree) -> None:
    root = tree({"a.f": "../far.v", "rtlgen.toml": "[project]\nmax_file_kb = 1"})
    far = root.parent / "far.v"
    far.write_text("// x\n" * 1000)
    assert paths(load_project(root, filelists=["a.f"])) == [str(far)]


def test_settings_add_folders_and_macros(tree: MakeTree) -> None:
    root = tree(
        {
            "a.f": "+incdir+inc +define+A=1+B a.v",
            "a.v": MODULE,
            "inc/x.vh": "",
            "more/y.vh": "",
            "rtlgen.toml": "[project]\nfilelists = ['a.f']\ninclude_dirs = ['more', 'inc', '.']\ndefines = ['A=2', 'C']",
        }
    )
    project = load_project(root)
    assert project.include_dirs == ("inc", "more", ".")
    assert project.defines == (("A", "2"), ("B", None), ("C", None))
    (root / "rtlgen.toml").write_text("[project]\ninclude_dirs = ['gone']")
    with pytest.raises(UsageError, match=r"rtlgen\.toml:2: no such include folder: .*/gone"):
        load_project(root)


def test_headers_in_a_folder_of_the_settings_are_found(tree: MakeTree) -> None:
    root = tree({"a.f": "a.v", "a.v": '`include "y.vh"\n' + MODULE, "more/y.vh": ""})
    settings = load_settings(root, {"project.include_dirs": [str(root / "more")]})
    project = load_project(root, filelists=["a.f"], settings=settings)
    assert paths(project) == ["a.v", "more/y.vh"]


def test_exclude_holds_for_lists_too(tree: MakeTree) -> None:
    root = tree(
        {"a.f": "a.v tb/t.v", "a.v": MODULE, "tb/t.v": MODULE, "rtlgen.toml": "[project]\nexclude = ['tb/']"}
    )
    project = load_project(root, filelists=["a.f"])
    assert (paths(project), project.skipped) == (["a.v"], (("tb/t.v", "project.exclude, at a.f:1"),))


def test_two_tops(tree: MakeTree) -> None:
    project = load_project(tree({"a.f": "-top a\n-s b"}), filelists=["a.f"])
    assert project.top == "a"
    assert project.skipped == (("-top b", "another top at a.f:2; the first one is used"),)


@pytest.mark.parametrize("name", ["none", "file.v", "file.v/x"])
def test_a_root_that_is_none(tree: MakeTree, name: str) -> None:
    root = tree({"file.v": MODULE})
    message = {
        "none": r"none: no such folder\n  next: check the path",
        "file.v": r"file\.v: is a file, not the folder of a project\n  next: name its folder: .*design$",
        "file.v/x": r"file\.v/x: no such folder",
    }[name]
    with pytest.raises(UsageError, match=message):
        load_project(root / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_an_unreadable_root(tree: MakeTree) -> None:
    root = tree({"a.v": MODULE})
    root.chmod(0)
    try:
        with pytest.raises(UsageError, match="Permission denied"):
            load_project(root)
    finally:
        root.chmod(0o755)


def test_paths_go_both_ways(tree: MakeTree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"rtl/a.v": MODULE})
    project = load_project(root)
    assert project.relative(root / "rtl/../rtl/a.v") == "rtl/a.v"
    assert project.absolute("rtl/a.v") == root / "rtl/a.v"
    assert project.absolute("/x/y.v") == Path("/x/y.v")
    monkeypatch.chdir(root / "rtl")
    assert project.relative("a.v") == "rtl/a.v"
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert load_project(alias).relative(alias / "rtl/a.v") == "rtl/a.v"
    with pytest.raises(
        UsageError,
        match=r"\.\./\.\./other\.v: is outside the project .*/design\n  next: name a file below it",
    ):
        project.relative("../../other.v")


def test_the_record_is_plain_json(tree: MakeTree) -> None:
    text = dump("files", load_project(tree({"a.v": MODULE})))
    assert '"files": [{"path": "a.v", "why": "walk", "kind": "verilog", "note": ""}]' in text


def test_the_root_of_a_file(tree: MakeTree) -> None:
    root = tree({"rtlgen.toml": "", "rtl/deep/a.v": MODULE})
    assert find_root(root / "rtl/deep/a.v") == root
    assert find_root(root / "rtl") == root
