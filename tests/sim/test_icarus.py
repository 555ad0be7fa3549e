"""Icarus in its sandbox: outputs kept apart, waves, parameters, order of files, limits, and what is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.process import Limits
from rtlgen.sim.icarus import run
from rtlgen.sim.inputs import MOST_MOUNTS, in_package_order, shown
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.verdict import judge

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]
Make = Callable[..., Job]
SMALL = Limits(wall_s=20, cpu_s=20, memory_mb=512, file_mb=8, processes=16, output_kb=64)


@pytest.fixture
def job(tmp_path: Path) -> Make:
    """A job of files given by name and text; its folder is fresh."""

    def make(files: dict[str, str], **changes: object) -> Job:
        sources = []
        for name, text in files.items():
            path = tmp_path / "src" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            sources.append(path)
        folder = tmp_path / f"job{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        made = Job(folder=folder, sources=tuple(sources), top=("tb",), limits=SMALL)
        return replace(made, **changes)  # type: ignore[arg-type]

    return make


def said(run_: SimRun) -> tuple[str, str]:
    verdict = judge(run_)
    return verdict.kind, verdict.reason


BENCH = 'module tb; initial begin $display("PASS"); $finish; end endmodule\n'


@pytest.mark.parametrize("sandboxed", [True, False])
def test_a_pass(job: Make, sandboxed: bool) -> None:
    done = run(job({"tb.v": BENCH}, sandboxed=sandboxed))
    assert (done.phase, done.returncode, done.run_log, done.compile_log) == ("run", 0, "PASS\n", "")
    assert said(done) == ("pass", "")
    assert set(done.tools) == {"iverilog", "vvp"}


def test_warnings_of_the_compiler_are_apart_from_the_run(job: Make) -> None:
    text = "`timescale 1ns/1ps\nmodule low(input [3:0] x); endmodule\n" + BENCH.replace(
        "module tb;", "module tb; low u(1'b1);"
    )
    done = run(job({"tb.v": text}, options=("-Wall",)))
    assert "warning: Port 1 (x)" in done.compile_log
    assert done.run_log == "PASS\n"
    assert done.log == done.compile_log + "PASS\n"


def test_many_warnings_do_not_hide_that_it_ran(job: Make) -> None:
    ports = "".join(f"  low u{n}(1'b1);\n" for n in range(2000))
    text = (
        f'module low(input [3:0] x); endmodule\nmodule tb;\n{ports}  initial $display("PASS");\nendmodule\n'
    )
    done = run(job({"tb.v": text}, options=("-Wall",)))
    assert len(done.compile_log) > 64 << 10
    assert said(done) == ("pass", "")


def test_a_design_that_does_not_compile_says_so_with_its_place(job: Make) -> None:
    made = job({"tb.v": "module tb;\n  assign x = ;\nendmodule\n"})
    kind, reason = said(run(made))
    assert kind == "syntax"
    assert reason == f"{made.sources[0]}:2: syntax error in continuous assignment"


def test_a_compiler_message_cannot_be_forged(job: Make) -> None:
    forged = 'module tb; initial begin $display("tb.v:1: syntax error"); $finish; end endmodule'
    done = run(job({"tb.v": forged}))
    assert done.compiled
    assert done.compile_log == ""


def test_the_standard_error_of_the_compiler_is_out_of_reach(job: Make) -> None:
    text = 'module tb; integer f; initial begin f = $fopen("/proc/1/fd/2", "w"); $fdisplay(f, "forged"); end endmodule'
    done = run(job({"tb.v": text}))
    assert done.compiled
    assert "forged" not in done.run_log


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("module tb; foo u(); endmodule", "elaboration", "Unknown module type: foo"),
        ("module other; endmodule", "elaboration", 'Unable to find the root module "tb"'),
        ('`include "no.vh"\nmodule tb; endmodule', "syntax", "Include file no.vh not found"),
        ("module tb; initial $nosuch; endmodule", "elaboration", "$nosuch() is not defined"),
        ("module tb; initial forever begin end endmodule", "timeout", "had not ended after"),
        ('module tb; initial #5 $fatal(1, "bad"); endmodule', "mismatch", "FATAL: "),
        ("module tb; initial $finish; endmodule", "mismatch", "ended without a verdict"),
        (
            "module tb; logic [1:0] a; initial if (a inside {1, 2}) $finish; endmodule",
            "elaboration",
            "try --simulator verilator",
        ),
        (
            "module tb; reg [31:0] m [0:400000000]; initial m[3] = 1; endmodule",
            "resource",
            "ran out of memory",
        ),
        (
            'module tb; integer f; initial begin f = $fopen("x"); forever $fdisplay(f, "0123456789"); end endmodule',
            "resource",
            "the size allowed for one file",
        ),
    ],
)
def test_ends_of_a_job(job: Make, text: str, kind: str, words: str) -> None:
    made = job({"tb.sv": text + "\n"})
    limits = replace(SMALL, wall_s=1.0) if kind == "timeout" else SMALL
    said_kind, reason = said(run(replace(made, limits=limits)))
    assert (said_kind, words in reason) == (kind, True), reason


def test_endless_output_ends_at_the_time_limit_and_is_cut(job: Make) -> None:
    made = job({"tb.v": 'module tb; initial forever $display("PASS"); endmodule\n'})
    done = run(replace(made, limits=replace(SMALL, wall_s=1.0)))
    assert said(done)[0] in {"timeout", "resource"}
    assert len(done.run_log) < 100_000


@pytest.mark.parametrize(
    ("value", "printed"),
    [("7", "7"), ("8'h1f", "31"), ("'b101", "5"), ("-3", "-3")],
)
def test_parameters_of_the_top(job: Make, value: str, printed: str) -> None:
    text = 'module tb; parameter integer W = 1; initial $display("W %0d PASS", W); endmodule\n'
    assert run(job({"tb.v": text}, parameters=(("W", value),))).run_log == f"W {printed} PASS\n"


@pytest.mark.parametrize("value", ["fast", '"fast"'])
def test_a_parameter_that_is_a_string(job: Make, value: str) -> None:
    text = 'module tb; parameter MODE = "slow"; initial $display("%s PASS", MODE); endmodule\n'
    assert run(job({"tb.v": text}, parameters=(("MODE", value),))).run_log == "fast PASS\n"


def test_parameters_that_cannot_be(job: Make) -> None:
    with pytest.raises(DesignError, match="tb has no parameter DEPTH"):
        run(job({"tb.v": BENCH}, parameters=(("DEPTH", "3"),)))
    with pytest.raises(UsageError, match="a number or a string, not an expression"):
        run(job({"tb.v": BENCH}, parameters=(("DEPTH", "(1<<3)"),)))


def test_defines_includes_libraries_and_plusargs(job: Make, tmp_path: Path) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "far.vh").write_text("`define FAR 4\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "cell_a.v").write_text("module cell_a; endmodule\n")
    text = (
        '`include "far.vh"\n`include "near.vh"\nmodule tb; integer n; cell_a c();\n'
        '  initial begin if (!$value$plusargs("n=%d", n)) n = 0;\n'
        '    $display("PASS %0d %0d %0d %0d", `FAR, `NEAR, `DEF, n); end\n'
        "endmodule\n"
    )
    made = job(
        {"tb.v": text},
        include_dirs=(tmp_path / "inc",),
        library_dirs=(tmp_path / "lib",),
        defines=(("DEF", "6"), ("FLAG", None)),
        plusargs=("+n=7",),
        headers_beside=True,
    )
    (tmp_path / "src" / "near.vh").write_text('`include "nearer.vh"\n')
    (tmp_path / "src" / "nearer.vh").write_text("`define NEAR 5\n")
    assert run(made).log == "PASS 4 5 6 7\n"


@pytest.mark.parametrize("name", ["{outside}/secret.vh", "../outside/secret.vh", "beside.vh"])
def test_a_source_that_is_not_trusted_includes_nothing_of_its_own(
    job: Make, tmp_path: Path, name: str
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.vh").write_text("`define SECRET 5\n")
    text = f'`include "{name.format(outside=tmp_path / "outside")}"\nmodule tb; initial $display(`SECRET); endmodule\n'
    made = job({"tb.v": text})
    (tmp_path / "src" / "beside.vh").write_text("`define SECRET 5\n")
    assert said(run(made))[0] == "syntax"
    assert "SECRET 5" not in run(made).log


def test_packages_come_first(job: Make) -> None:
    files = {
        "tb.sv": 'module tb; import b_pkg::*; initial $display("PASS %0d", B); endmodule\n',
        "b_pkg.sv": "package b_pkg; localparam int B = a_pkg::A + 1; endpackage\n",
        "a_pkg.sv": "package a_pkg; localparam int A = 1; endpackage\n",
    }
    made = job(files)
    assert [path.name for path in in_package_order(made.sources)] == ["a_pkg.sv", "b_pkg.sv", "tb.sv"]
    assert run(made).log == "PASS 2\n"


def test_an_order_that_is_right_stays(job: Make) -> None:
    files = {
        f"{name}.sv": text for name, text in [("z", "module z; endmodule"), ("p", "package p; endpackage")]
    }
    files |= {"y.sv": "module y; import p::*; endmodule", "a.sv": "module a; endmodule"}
    made = job(files)
    assert in_package_order(made.sources) == made.sources
    rings = job(
        {
            "p.sv": "package p; localparam a = q::b; endpackage",
            "q.sv": "package q; localparam b = p::a; endpackage",
        }
    )
    assert set(in_package_order(rings.sources)) == set(rings.sources)


def test_older_names_are_read_as_verilog_2005(job: Make) -> None:
    files = {
        "old.v": "module old(input clk);\n  reg bit;\n  reg [7:0] do;\n  always @(posedge clk) bit <= ~bit;\nendmodule\n",
        "tb.sv": 'module tb; logic clk; old u(.clk(clk)); initial $display("PASS"); endmodule\n',
    }
    done = run(job(files))
    assert said(done) == ("pass", "")
    assert done.note == "read as Verilog-2005: old.v has the name bit"


def test_older_names_beside_a_real_error_are_told(job: Make) -> None:
    made = job({"tb.v": "module tb;\n  reg bit;\n  assign x = ;\nendmodule\n"})
    kind, reason = said(run(made))
    assert kind == "syntax"
    assert reason.endswith("(a keyword of SystemVerilog: tb.v has the name bit)")


@pytest.mark.parametrize("kind", ["vcd", "fst"])
def test_waves_of_everything_below_the_top(job: Make, kind: str) -> None:
    low = "module low(input a); wire inner = ~a; endmodule\n"
    bench = 'module tb; reg a = 0; low u(a); initial begin #5 a = 1; #5 $display("PASS"); $finish; end endmodule\n'
    done = run(job({"low.v": low, "tb.v": bench}, waves=kind))
    assert said(done)[0] == "pass"
    assert done.waves is not None and done.waves.name == f"waves.{kind}" and done.waves.stat().st_size > 0
    if kind == "vcd":
        assert "inner" in done.waves.read_text()


@pytest.mark.parametrize("top", [("tb",), ()])
def test_waves_are_found_though_the_bench_dumps_by_another_name(job: Make, top: tuple[str, ...]) -> None:
    dump = '$dumpfile("mine.vcd"); $dumpvars(0, tb);'
    bench = f'module tb; reg a = 0; initial begin {dump} #5 a = 1; $display("PASS"); end endmodule\n'
    done = run(job({"tb.v": bench}, waves="vcd", top=top))
    assert done.waves is not None and "$var" in done.waves.read_text()


def test_without_waves_the_bench_cannot_dump(job: Make) -> None:
    made = job({"tb.v": BENCH.replace("$display", '$dumpfile("mine.vcd"); $dumpvars; $display')})
    assert run(made).waves is None
    assert not list(made.folder.glob("*.vcd"))


def test_a_link_left_by_a_run_is_not_followed(job: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    made = job({"tb.v": BENCH}, waves="vcd")
    (made.folder / "rtlgen_waves.v").symlink_to(secret)
    linked = made.folder / "dut.v"
    linked.symlink_to(secret)
    done = run(replace(made, sources=(*made.sources, linked)))
    assert secret.read_text() == "secret"
    assert "secret" not in done.log
    assert linked not in shown(replace(made, sources=(*made.sources, linked)))


def test_the_host_is_neither_read_nor_written(job: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret.hex"
    secret.write_text("5e\n")
    text = (
        f'module tb; integer f; reg [7:0] m[0:0]; initial begin $readmemh("{secret}", m); $display("%h", m[0]);\n'
        f'  f = $fopen("{tmp_path}/new", "w"); $fdisplay(f, "x"); end endmodule\n'
    )
    done = run(job({"tb.v": text}))
    assert "5e" not in done.run_log.split()
    assert not (tmp_path / "new").exists()


def test_many_sources_are_shown_by_their_folders(job: Make) -> None:
    files = {f"m{n}.v": f"module m{n}; endmodule\n" for n in range(MOST_MOUNTS + 1)} | {"tb.v": BENCH}
    made = job(files)
    assert shown(made) == (made.sources[0].parent,)
    assert said(run(made)) == ("pass", "")


def test_many_folders_are_shown_by_the_one_above_them_but_never_home(
    job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"d{n}/m{n}.v": f"module m{n}; endmodule\n" for n in range(MOST_MOUNTS + 1)} | {"tb/tb.v": BENCH}
    made = job(files)
    above = made.sources[0].parent.parent
    assert shown(made) == (above,)
    assert said(run(made)) == ("pass", "")
    monkeypatch.setenv("HOME", str(above / "d1"))
    assert above not in shown(made)


def test_compile_only_runs_nothing(job: Make) -> None:
    done = run(job({"tb.v": BENCH}, compile_only=True))
    assert (done.compiled, done.returncode, done.run_log) == (True, 0, "")


def test_nothing_runs_on_when_rtlgen_is_killed(job: Make) -> None:
    made = job({"tb.v": "module tb; reg a = 0; always #1 a = ~a; endmodule\n"})
    code = (
        "import sys; from pathlib import Path; from rtlgen.sim.icarus import run; from rtlgen.sim.job import Job;"
        "run(Job(folder=Path(sys.argv[1]), sources=(Path(sys.argv[2]),), top=('tb',)))"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(made.folder), str(made.sources[0])])
    try:
        found = _wait(lambda: _running(made.folder), 20)
        assert found, "the simulation did not start"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert _wait(lambda: not _running(made.folder), 10)


def _wait(reached: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if reached():
            return True
        time.sleep(0.02)
    return False


def _running(folder: Path) -> bool:
    """Whether a vvp works in `folder`."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            mine = entry.name.isdigit() and (entry / "comm").read_text().strip() == "vvp"
            if mine and (entry / "cwd").readlink() == folder:
                return True
    return False
