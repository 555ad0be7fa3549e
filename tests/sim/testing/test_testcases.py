"""What a test is: its top, the files compiled with it, its data, and every way in which that can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.project import load_project
from rtlgen.sim.testing import cocotb
from rtlgen.sim.testing.design import Design, design_of, design_of_files
from rtlgen.sim.testing.testcases import Case, find_cases, reference_case

COUNTER = "module counter(input clk, output reg [3:0] q); always @(posedge clk) q <= q + 1; endmodule\n"
BENCH = 'module tb; reg clk = 0; wire [3:0] q; counter dut(clk, q); initial begin $display("PASS"); end endmodule\n'
COCOTB = "import cocotb\n\n@cocotb.test()\nasync def works(dut):\n    pass\n"

Make = Callable[..., Design]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """The design of a folder with these files; with `listed` it is described by a list."""
    monkeypatch.chdir(tmp_path)

    def design(files: dict[str, str], listed: str = "") -> Design:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if listed:
            (tmp_path / "all.f").write_text(listed, encoding="utf-8")
        return design_of(load_project(tmp_path, filelists=["all.f"] if listed else []))

    return design


def case(design: Design, name: str, top: str | None = None) -> Case:
    (only,) = find_cases(design, [design.root / name], top=top).cases
    return only


def names(case: Case, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in case.sources]


def test_the_top_is_the_module_that_nobody_instantiates(make: Make, tmp_path: Path) -> None:
    text = "module clock(output reg c); endmodule\n" + BENCH
    found = case(make({"rtl/counter.v": COUNTER, "tests/tb.v": text}), "tests/tb.v")
    assert (found.kind, found.top, found.dut, found.name) == ("plain", "tb", "counter", "tests/tb.v")
    assert names(found, tmp_path) == ["rtl/counter.v", "tests/tb.v"]


def test_of_several_roots_the_one_that_does_something(make: Make) -> None:
    text = "module unused(input a); endmodule\n" + BENCH
    assert case(make({"counter.v": COUNTER, "tb.v": text}), "tb.v").top == "tb"


def test_two_tops_are_named_with_their_lines(make: Make) -> None:
    text = "module one; initial ; endmodule\nmodule two; initial ; endmodule\n"
    design = make({"tb.v": text})
    with pytest.raises(DesignError) as error:
        case(design, "tb.v")
    assert error.value.what == "2 tops: one (line 1), two (line 2)"
    assert error.value.hint == "choose one: --top one"
    assert case(design, "tb.v", top="two").top == "two"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("`define X 1\n", "no top: the file declares no module"),
        ("module a(input x); endmodule\n", "no top: a has ports, so it is no test bench"),
        (
            "module a; b i(); endmodule\nmodule b; a i(); endmodule\n",
            "no top: every module is instantiated by another one (a, b)",
        ),
    ],
)
def test_no_top(make: Make, text: str, what: str) -> None:
    with pytest.raises(DesignError) as error:
        case(make({"tb.v": text}), "tb.v")
    assert error.value.what == what
    assert error.value.hint is not None


def test_an_unknown_top(make: Make) -> None:
    with pytest.raises(DesignError, match=r"no module nothing in this test bench \(its modules: tb\)"):
        case(make({"counter.v": COUNTER, "tb.v": BENCH}), "tb.v", top="nothing")


def test_another_bench_of_a_listed_build_stays_out(make: Make, tmp_path: Path) -> None:
    other = BENCH.replace("module tb", "module tb_other")
    design = make(
        {"counter.v": COUNTER, "extra.v": "module extra; endmodule\n", "tb_other.v": other, "tb.v": BENCH},
        "counter.v\ntb_other.v\nextra.v\n",
    )
    assert names(case(design, "tb.v"), tmp_path) == ["counter.v", "extra.v", "tb.v"]
    assert names(case(design, "tb_other.v"), tmp_path) == ["counter.v", "tb_other.v", "extra.v"]


def test_a_discovered_build_gives_what_is_needed_packages_first(make: Make, tmp_path: Path) -> None:
    files = {
        "a_user.sv": "module user import z_pkg::*; (input word_t x); endmodule\n",
        "broken.v": "modul nonsense\n",
        "unrelated.v": "module unrelated; endmodule\n",
        "z_pkg.sv": "package z_pkg; typedef logic [3:0] word_t; endpackage\n",
        "tb.sv": "module tb; z_pkg::word_t x; user u(x); initial ; endmodule\n",
    }
    assert names(case(make(files), "tb.sv"), tmp_path) == ["z_pkg.sv", "a_user.sv", "tb.sv"]


def test_of_two_copies_the_nearest_is_taken_and_told(make: Make, tmp_path: Path) -> None:
    files = {"one/counter.v": COUNTER, "two/counter.v": COUNTER, "two/sim/tb.v": BENCH}
    found = case(make(files), "two/sim/tb.v")
    assert names(found, tmp_path) == ["two/counter.v", "two/sim/tb.v"]
    assert found.notes == (
        "counter is taken from two/counter.v, the nearest to two/sim/tb.v; also declared in one/counter.v",
    )


def test_a_model_beside_the_bench_comes_along(make: Make, tmp_path: Path) -> None:
    bench = BENCH.replace("initial", "model m(); initial")
    files = {"counter.v": COUNTER, "tests/tb.v": bench, "tests/model.v": "module model; endmodule\n"}
    assert names(case(make(files, "counter.v\n"), "tests/tb.v"), tmp_path) == [
        "counter.v",
        "tests/model.v",
        "tests/tb.v",
    ]


def test_instances_made_by_macros_and_includes_count(make: Make, tmp_path: Path) -> None:
    files = {
        "inc/make.vh": "`define MAKE(n) n u_``n (.clk(clk), .q());\n",
        "counter.v": COUNTER,
        "tb.sv": '`include "make.vh"\nmodule tb; reg clk; `MAKE(counter) initial ; endmodule\n',
    }
    found = case(make(files), "tb.sv")
    assert names(found, tmp_path) == ["counter.v", "tb.sv"]
    assert [path.name for path in found.includes] == ["make.vh"]


def test_data_files_are_found_by_their_names_in_the_sources(make: Make, tmp_path: Path) -> None:
    rom = 'module rom; reg [7:0] m[0:1]; initial $readmemh("data/rom.hex", m); endmodule\n'
    bench = 'module tb; rom r(); initial $readmemh("../outside.hex", r.m); endmodule\n'
    (tmp_path.parent / "outside.hex").write_text("00\n")
    design = make({"rtl/rom.v": rom, "data/rom.hex": "00 01\n", "tests/tb.v": bench})
    assert case(design, "tests/tb.v").data == (("data/rom.hex", tmp_path / "data/rom.hex"),)
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id.key").write_text("secret")
    (tmp_path / "tests/tb.v").write_text(bench.replace("../outside.hex", ".ssh/id.key"))
    assert [name for name, _ in case(design, "tests/tb.v").data] == ["data/rom.hex"]


def test_a_bench_that_asks_for_no_plusarg_hears_no_seed(make: Make) -> None:
    deaf = case(make({"counter.v": COUNTER, "tb.v": BENCH}), "tb.v")
    hearing = BENCH.replace(
        "initial begin", 'integer s; initial begin void\'($value$plusargs("seed=%d", s));'
    )
    assert not deaf.reads_seed
    assert case(make({"tb.v": hearing}), "tb.v").reads_seed


@pytest.mark.parametrize(
    ("extra", "name", "top", "why"),
    [
        ({"t.py": COCOTB + 'TOPLEVEL = "inner"\n'}, "t.py", "inner", "t.py"),
        ({"t.py": COCOTB, "Makefile": "TOPLEVEL := inner\nMODULE = t\n"}, "t.py", "inner", "Makefile"),
        ({"t.py": COCOTB + '\ndef run(r):\n    r.build(hdl_toplevel="inner")\n'}, "t.py", "inner", "t.py"),
        ({"test_inner.py": COCOTB}, "test_inner.py", "inner", "the name test_inner.py"),
        ({"t.py": COCOTB}, "t.py", "outer", "the only module that nobody instantiates"),
    ],
)
def test_the_top_of_a_cocotb_module(make: Make, extra: dict[str, str], name: str, top: str, why: str) -> None:
    design = "module inner(input a); endmodule\nmodule outer(input a); inner i(a); endmodule\n"
    found = case(make({"d.v": design, **extra}), name)
    assert (found.kind, found.top, found.why_top, found.functions) == ("cocotb", top, why, ("works",))


def test_a_makefile_of_another_module_says_nothing(make: Make) -> None:
    files = {
        "d.v": "module a(input x); endmodule\n",
        "t.py": COCOTB,
        "Makefile": "TOPLEVEL = b\nMODULE = other\n",
    }
    assert case(make(files), "t.py").top == "a"


def test_the_projects_top_comes_before_the_roots(make: Make) -> None:
    files = {
        "d.v": "module a(input x); endmodule\nmodule b(input x); endmodule\n",
        "t.py": COCOTB,
        "rtlgen.toml": '[project]\ntop = "b"\n',
    }
    assert case(make(files), "t.py").why_top == "the top of the project"


def test_two_roots_of_a_design(make: Make) -> None:
    files = {"d.v": "module a(input x); endmodule\nmodule b(input x); endmodule\n", "t.py": COCOTB}
    with pytest.raises(DesignError) as error:
        case(make(files), "t.py")
    assert error.value.what == "2 tops: a, b; none of them is named by the test"
    assert "--top a" in str(error.value.hint)


def test_a_cocotb_top_must_be_of_the_design(make: Make) -> None:
    with pytest.raises(DesignError, match=r"top contuer \(--top\) is no module") as error:
        case(make({"counter.v": COUNTER, "t.py": COCOTB}), "t.py", top="contuer")
    assert error.value.hint == "did you mean --top counter?"


def test_a_bench_in_the_design_is_no_root(make: Make, tmp_path: Path) -> None:
    found = case(make({"counter.v": COUNTER, "tb.v": BENCH, "t.py": COCOTB}), "t.py")
    assert (found.top, names(found, tmp_path)) == ("counter", ["counter.v"])


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (
            "import cocotb\n@cocotb.test()\nasync def t(dut)\n    pass\n",
            "Python syntax error: expected ':'",
            ":3",
        ),
        ("import cocotb\nasync def t(dut): pass\n", "no cocotb test in this module", ""),
    ],
)
def test_bad_modules(make: Make, text: str, what: str, line: str) -> None:
    with pytest.raises(DesignError) as error:
        case(make({"counter.v": COUNTER, "t.py": text}), "t.py")
    assert error.value.what == what
    assert str(error.value.where).endswith(f"t.py{line}")


def test_of_many_tests_the_broken_are_listed(make: Make) -> None:
    design = make({"counter.v": COUNTER, "tb.v": BENCH, "t.py": "import cocotb\n"})
    found = find_cases(design, [design.root / "tb.v", design.root / "t.py"])
    assert [case.name for case in found.cases] == ["tb.v"]
    assert [(name, error.what) for name, error in found.broken] == [("t.py", "no cocotb test in this module")]


def test_a_design_of_files(make: Make, tmp_path: Path) -> None:
    make({"counter.v": COUNTER, "tb.v": BENCH, "notes.txt": ""})
    design = design_of_files([Path("counter.v")])
    assert names(case(design, "tb.v"), tmp_path) == ["counter.v", "tb.v"]
    with pytest.raises(UsageError, match="no such file or folder"):
        design_of_files([Path("missing.v")])
    with pytest.raises(UsageError, match="is no Verilog file"):
        design_of_files([Path("notes.txt")])


def test_folders_that_nobody_named_are_shown_only_when_needed(make: Make, tmp_path: Path) -> None:
    make({"counter.v": COUNTER, "sub/tb.v": BENCH, "sub/tb_h.v": '`include "h.vh"\n' + BENCH, "sub/h.vh": ""})
    design = design_of_files([Path("counter.v")])
    assert case(design, "sub/tb.v").include_dirs == ()
    assert case(design, "sub/tb_h.v").include_dirs == (tmp_path / "sub",)


def test_the_home_folder_is_never_shown(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    make(
        {
            "me/counter.v": COUNTER,
            "me/tb.v": '`include "h.vh"\n' + BENCH,
            "me/h.vh": "",
            "me/test_x.py": COCOTB,
        }
    )
    design = design_of_files([Path("me/counter.v")])
    assert case(design, "me/tb.v").include_dirs == ()
    assert cocotb._import_place(tmp_path / "me/test_x.py") == (tmp_path / "me", tmp_path / "me/test_x.py")


def test_a_reference_inside_the_project_is_not_part_of_the_design(make: Make, tmp_path: Path) -> None:
    design = make({"counter.v": COUNTER, "golden/counter.v": COUNTER, "tb.v": BENCH})
    found = reference_case(design, [tmp_path / "golden/counter.v"])
    assert (found.kind, found.top, names(found, tmp_path)) == ("reference", "counter", ["counter.v"])


def test_a_reference_of_another_name_needs_a_top(make: Make, tmp_path: Path) -> None:
    other = "module golden(input clk, output reg [3:0] q); endmodule\n"
    design = make({"d.v": COUNTER + COUNTER.replace("counter", "second"), "golden.v": other})
    with pytest.raises(DesignError, match="no top to compare: counter, second"):
        reference_case(design, [tmp_path / "golden.v"])
    assert reference_case(design, [tmp_path / "golden.v"], top="second").top == "second"


def test_a_linked_file_is_compiled_where_it_is(make: Make, tmp_path: Path) -> None:
    make({"real/counter.v": COUNTER, "tb.v": BENCH})
    (tmp_path / "counter.v").symlink_to(tmp_path / "real" / "counter.v")
    design = design_of_files([Path("counter.v")])
    assert names(case(design, "tb.v"), tmp_path) == ["real/counter.v", "tb.v"]
