from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.filelist import FileList, read_filelists

MakeTree = Callable[[dict[str, str | bytes]], Path]


def read(root: Path, *names: str, own_base: bool = False) -> FileList:
    return read_filelists(root, [(root / name, own_base, "-f") for name in names])


def shown(root: Path, content: FileList) -> list[tuple[str, str, bool]]:
    return [(entry.path.relative_to(root).as_posix(), entry.why, entry.library) for entry in content.files]


def test_every_option(tree: MakeTree) -> None:
    root = tree(
        {
            "soc.f": (
                "+incdir+inc+inc2 -I inc3 -Iinc4\n+define+A=1+B -D C=2 -DD -D E\n-y lib +libext+.v+.sv\n-v cells.v\n"
                "-G W=8 -GX=9 -pvalue+top.Y=1 -gZ=2\n-top soc\nrtl/a.v\nrtl/b.sv\n"
            ),
            **{f"{name}/x.vh": "" for name in ("inc", "inc2", "inc3", "inc4", "lib")},
            "cells.v": "",
            "rtl/a.v": "",
            "rtl/b.sv": "",
        }
    )
    content = read(root, "soc.f")
    assert shown(root, content) == [
        ("cells.v", "-v at soc.f:4", True),
        ("rtl/a.v", "soc.f:7", False),
        ("rtl/b.sv", "soc.f:8", False),
    ]
    assert [entry.path.name for entry in content.include_dirs] == ["inc", "inc2", "inc3", "inc4"]
    assert [entry.path.name for entry in content.library_dirs] == ["lib"]
    assert content.library_extensions == [".v", ".sv"]
    assert content.defines == {"A": "1", "B": None, "C": "2", "D": None, "E": None}
    assert content.parameters == {"W": "8", "X": "9", "top.Y": "1", "Z": "2"}
    assert content.tops == [("soc", "soc.f:6")]
    assert content.skipped == []


@pytest.mark.parametrize(
    "spelling", ["-top t", "--top t", "--top-module t", "-s t", "--top=t", "--top-module=t", "-top=t"]
)
def test_every_spelling_of_top(tree: MakeTree, spelling: str) -> None:
    assert read(tree({"a.f": spelling}), "a.f").tops == [("t", "a.f:1")]


def test_nested_lists_and_what_they_are_relative_to(tree: MakeTree) -> None:
    root = tree(
        {
            "top.f": "-f ip/one.f\n-F ip/two.f\n",
            "ip/one.f": "a.v\n",
            "ip/two.f": "b.v -f three.f -F deep/four.f",
            "ip/three.f": "c.v",
            "ip/deep/four.f": "../d.v e.v",
            "a.v": "",
            "ip/b.v": "",
            "c.v": "",
            "ip/d.v": "",
            "ip/deep/e.v": "",
        }
    )
    content = read(root, "top.f")
    assert [name for name, _, _ in shown(root, content)] == ["a.v", "ip/b.v", "c.v", "ip/d.v", "ip/deep/e.v"]
    assert content.files[-1].why == "ip/deep/four.f:1"
    assert len(content.lists) == 5


def test_patterns_stand_for_sorted_files(tree: MakeTree) -> None:
    root = tree(
        {"a.f": "rtl/*.v\nsub/**/x?.sv", "rtl/b.v": "", "rtl/a.v": "", "sub/p/q/x1.sv": "", "sub/x2.sv": ""}
    )
    assert [name for name, _, _ in shown(root, read(root, "a.f"))] == [
        "rtl/a.v",
        "rtl/b.v",
        "sub/p/q/x1.sv",
        "sub/x2.sv",
    ]


def test_a_name_with_pattern_characters_is_itself(tree: MakeTree) -> None:
    root = tree({"a.f": "a[0].v", "a[0].v": "", "a0.v": ""})
    assert [name for name, _, _ in shown(root, read(root, "a.f"))] == ["a[0].v"]


def test_a_file_listed_twice_counts_once(tree: MakeTree) -> None:
    root = tree({"a.f": "x.v ./x.v\n-f b.f", "b.f": "sub/../x.v", "x.v": "", "sub/y.v": ""})
    content = read(root, "a.f")
    assert len(content.files) == 1
    assert content.skipped == [
        ("x.v", "listed again at a.f:1, first at a.f:1"),
        ("x.v", "listed again at b.f:1, first at a.f:1"),
    ]


def test_options_of_other_tools_are_kept_as_skipped(tree: MakeTree) -> None:
    root = tree(
        {
            "a.f": (
                "-sverilog +v2k -timescale 1ns/1ps -timescale=1ns/1ps +notimingchecks -full64 a.v\n"
                "-makelib work -foo bar\n-g2012 -Wall dpi.c top.vhd x.sdc -P pli.tab\n-L unisim b.v\n"
            ),
            "a.v": "",
            "b.v": "",
        }
    )
    content = read(root, "a.f")
    assert [name for name, _, _ in shown(root, content)] == ["a.v", "b.v"]
    assert [name for name, _ in content.skipped] == [
        "-sverilog", "+v2k", "-timescale 1ns/1ps", "-timescale=1ns/1ps", "+notimingchecks", "-full64",
        "-makelib work", "-foo bar", "-g2012", "-Wall dpi.c", "top.vhd", "x.sdc", "-P pli.tab", "-L unisim",
    ]  # fmt: skip
    assert content.skipped[0][1] == "option of another tool at a.f:1"
    assert content.skipped[10][1] == "no Verilog file, at a.f:3"


def test_all_problems_are_one_error_with_their_chain(tree: MakeTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    root = tree(
        {
            "top.f": "ok.v\n\n-f sub/mid.f\nnone.v\n-f absent.f",
            "sub/mid.f": "-F low.f",
            "sub/low.f": "// gone\ngone.v\n$NOWHERE/x.v\n../sub\n-G W\n-v",
            "ok.v": "",
        }
    )
    # the nested list is named relative to the root, its -F list too
    (root / "low.f").write_text((root / "sub/low.f").read_text())
    with pytest.raises(UsageError) as caught:
        read(root, "top.f")
    assert str(caught.value).splitlines() == [
        "the build lists have 7 problems",
        "  low.f:2: no such file: gone.v (read by sub/mid.f:1 <- top.f:3)",
        "  low.f:3: the environment variable NOWHERE is not set (in $NOWHERE/x.v) (read by sub/mid.f:1 <- top.f:3)",
        "  low.f:4: no such file: ../sub (read by sub/mid.f:1 <- top.f:3)",
        "  low.f:5: a parameter needs a value: W (write -G name=value) (read by sub/mid.f:1 <- top.f:3)",
        "  low.f:6: -v stands without its value (read by sub/mid.f:1 <- top.f:3)",
        "  top.f:4: no such file: none.v",
        "  top.f:5: no such list: absent.f",
        "  next: correct these entries",
    ]


def test_a_cycle_names_the_way_around(tree: MakeTree) -> None:
    root = tree({"a.f": "x.v\n-f b.f", "b.f": "-F ./c.f", "c.f": "\n-f a.f", "x.v": ""})
    with pytest.raises(UsageError) as caught:
        read(root, "a.f")
    assert "c.f:2: a.f reads itself (c.f:2 <- b.f:1 <- a.f:2)" in str(caught.value)


def test_a_list_read_twice_is_no_cycle(tree: MakeTree) -> None:
    root = tree({"a.f": "-f c.f -f b.f", "b.f": "-f c.f", "c.f": "+define+X"})
    assert read(root, "a.f").defines == {"X": None}


def test_the_error_knows_when_minus_capital_f_was_meant(tree: MakeTree) -> None:
    root = tree({"sim/build.f": "../rtl/a.v\nb.v", "rtl/a.v": "", "sim/b.v": ""})
    with pytest.raises(
        UsageError, match=r"next: the entries look relative to the list's own folder: use -F sim/build\.f"
    ):
        read(root, "sim/build.f")
    assert len(read(root, "sim/build.f", own_base=True).files) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\0b", r"-f: list is binary \(holds NUL bytes\): a\.f"),
        (None, r"-f: no such list: a\.f"),
    ],
)
def test_a_list_that_is_none(tree: MakeTree, content: bytes | None, message: str) -> None:
    root = tree({} if content is None else {"a.f": content})
    with pytest.raises(UsageError, match=message):
        read(root, "a.f")


def test_a_folder_as_list_or_file(tree: MakeTree) -> None:
    root = tree({"lists/x.f": "", "a.f": "rtl\n-f lists", "rtl/a.v": ""})
    with pytest.raises(UsageError) as caught:
        read(root, "a.f")
    assert "a.f:1: is a folder: rtl (write rtl/*.v, or -y for a library)" in str(caught.value)
    assert "a.f:2: list is a folder, not a file: lists" in str(caught.value)


def test_stale_folders_are_skipped(tree: MakeTree) -> None:
    content = read(tree({"a.f": "+incdir+old -y gone"}), "a.f")
    assert content.skipped == [
        ("old", "include folder at a.f:1: no such folder"),
        ("gone", "library folder at a.f:1: no such folder"),
    ]


def test_many_problems_are_cut(tree: MakeTree) -> None:
    root = tree({"a.f": "\n".join(f"x{i}.v" for i in range(50))})
    with pytest.raises(UsageError) as caught:
        read(root, "a.f")
    assert str(caught.value).count("no such file") == 20
    assert "... and 30 more" in str(caught.value)


def test_a_latin_1_list_is_read(tree: MakeTree) -> None:
    root = tree({"a.f": "// gr\u00f6\u00dfe\na.v".encode("latin-1"), "a.v": ""})
    assert len(read(root, "a.f").files) == 1


def test_a_file_outside_the_root_is_absolute(tree: MakeTree) -> None:
    root = tree({"a.f": "../ip.v"})
    (root.parent / "ip.v").write_text("")
    assert read(root, "a.f").files[0].path == root.parent / "ip.v"
