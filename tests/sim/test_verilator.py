"""Verilator in its sandbox: builds against the kept runtime, ends of runs, waves, and what it may not reach."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, ToolError
from rtlgen.core.process import Limits
from rtlgen.core.tools import find
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.simulators import replay_lines, simulator
from rtlgen.sim.verdict import judge
from rtlgen.sim.verilator import run
from rtlgen.sim.verilator_runtime import HEADER, root_of, runtime

pytestmark = [pytest.mark.needs_verilator, pytest.mark.needs_sandbox]
Make = Callable[..., Job]
SMALL = Limits(wall_s=120, cpu_s=120, memory_mb=2048, file_mb=64, processes=64, output_kb=64)


@pytest.fixture(autouse=True, scope="module")
def kept_runtime(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile the runtime once for all tests of this module (12 s of processor time)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        runtime(find("verilator"), find("g++"))


@pytest.fixture
def job(tmp_path: Path) -> Make:
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


COUNTER = """\
module counter #(parameter int W = 4) (input logic clk, input logic rst, output logic [W-1:0] q);
  always_ff @(posedge clk) if (rst) q <= '0; else q <= q + 1'b1;
endmodule
"""
BENCH = """\
module tb;
  parameter int W = 4;
  logic clk = 0, rst = 1;
  logic [W-1:0] q;
  counter #(.W(W)) u(.*);
  always #5 clk = ~clk;
  initial begin
    $dumpfile("mine.vcd");
    $dumpvars(0, tb);
    repeat (2) @(posedge clk);
    #1 rst = 0;
    repeat (5) @(posedge clk);
    #1 if (q == 5) $display("PASS %0d", W); else $display("FAIL %0d", q);
    $finish;
  end
endmodule
"""


@pytest.mark.parametrize("sandboxed", [True, False])
def test_a_pass(job: Make, sandboxed: bool) -> None:
    done = run(job({"tb.sv": BENCH, "counter.sv": COUNTER}, sandboxed=sandboxed))
    assert said(done) == ("pass", ""), done.log
    assert "\nPASS 4\n" in done.run_log
    assert done.phase == "run"
    assert set(done.tools) == {"verilator", "g++"}


@pytest.mark.parametrize("optimise", [False, True])
def test_a_run_with_waves_that_the_bench_cannot_redirect(job: Make, optimise: bool) -> None:
    made = job(
        {"tb.sv": BENCH, "counter.sv": COUNTER}, waves="fst", parameters=(("W", "6"),), optimise=optimise
    )
    done = run(made)
    assert done.run_log.startswith("PASS 6\n"), done.log
    assert done.waves is not None and done.waves.name == "waves.vcd"
    text = done.waves.read_text()
    assert "$scope module u $end" in text
    assert [line for line in text.splitlines() if line.startswith("#")][:3] == ["#0", "#5", "#10"]
    assert not (made.folder / "mine.vcd").exists()


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("module tb; assign x = ; endmodule", "syntax", "tb.sv:1: syntax error"),
        ("module tb; foo u(); endmodule", "elaboration", "Cannot find file containing module: 'foo'"),
        ('`include "no.vh"\nmodule tb; endmodule', "syntax", "Cannot find include file"),
        (
            'module tb; initial begin $display("FAIL"); $finish; end endmodule',
            "mismatch",
            "the test bench says: FAIL",
        ),
        ('module tb; initial begin $display("PASS"); $stop; end endmodule', "pass", ""),
        ('module tb; initial begin $display("PASS"); $fatal(1, "worse"); end endmodule', "mismatch", "worse"),
        (
            'module tb; initial begin $error("bad"); $display("PASS"); $finish; end endmodule',
            "mismatch",
            "bad",
        ),
    ],
)
def test_ends_of_a_job(job: Make, text: str, kind: str, words: str) -> None:
    said_kind, reason = said(run(job({"tb.sv": text + "\n"})))
    assert (said_kind, words in reason) == (kind, True), reason


def test_an_endless_run_is_a_timeout(job: Make) -> None:
    made = job({"tb.sv": "module tb; logic a = 0; always #1 a = ~a; endmodule\n"})
    kind, reason = said(run(replace(made, limits=replace(SMALL, wall_s=8.0))))
    assert kind == "timeout"
    assert reason.startswith("the ") and "had not ended after" in reason


def test_a_failure_of_the_build_is_not_the_design_s(job: Make) -> None:
    text = 'module tb;\n`systemc_header\n#error "no C++"\n`verilog\ninitial $finish;\nendmodule\n'
    done = run(job({"tb.sv": text}))
    assert done.phase == "build"
    kind, reason = said(done)
    assert kind == "tool-error"
    assert "no C++" in reason


def test_packages_come_first_and_includes_are_found(job: Make, tmp_path: Path) -> None:
    files = {
        "tb.sv": '`include "near.svh"\nmodule tb; import p::*;\n'
        '  initial begin $display("PASS %0d", P + `NEAR); $finish; end endmodule\n',
        "p.sv": "package p; localparam int P = 3; endpackage\n",
    }
    made = job(files, defines=(("UNUSED", None),), headers_beside=True)
    (tmp_path / "src" / "near.svh").write_text("`define NEAR 4\n")
    assert run(made).run_log.startswith("PASS 7\n")


def test_a_parameter_that_is_not_there(job: Make) -> None:
    with pytest.raises(DesignError, match="tb has no parameter DEPTH"):
        run(job({"tb.sv": "module tb; endmodule\n"}, parameters=(("DEPTH", "3"),)))


def test_two_states_are_told_with_a_failure(job: Make) -> None:
    compared = 'if (a === 1\'bx) $display("PASS"); else $display("FAIL");'
    text = f"module tb; logic a = 1'bx; initial begin {compared} end endmodule\n"
    kind, reason = said(run(job({"tb.sv": text})))
    assert kind == "mismatch"
    assert reason.endswith("(Verilator has two states: the x or z in tb.sv is 0 or 1 here)")


def test_system_reaches_nothing(job: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    text = (
        f'module tb; initial begin $system("cat {secret} /etc/passwd; touch {tmp_path}/new; echo ran");\n'
        '  $display("PASS"); $finish; end endmodule\n'
    )
    done = run(job({"tb.sv": text}))
    assert "ran" in done.run_log
    assert "s3cret" not in done.log and "root:" not in done.log
    assert not (tmp_path / "new").exists()


def test_the_kept_runtime_cannot_be_written_by_a_design(job: Make) -> None:
    built = runtime(find("verilator"), find("g++"))
    attempt = f"echo x >> {built.folder}/{HEADER} && echo wrote"
    text = f'module tb; initial begin $system("{attempt}"); $finish; end endmodule\n'
    before = (built.folder / HEADER).read_text()
    assert "wrote" not in run(job({"tb.sv": text})).run_log
    assert (built.folder / HEADER).read_text() == before


def test_the_runtime_is_compiled_once() -> None:
    verilator, compiler = find("verilator"), find("g++")
    first = runtime(verilator, compiler)
    stamp = (first.folder / HEADER).stat().st_mtime_ns
    assert runtime(verilator, compiler) == first
    assert (first.folder / HEADER).stat().st_mtime_ns == stamp
    assert (root_of(verilator) / "include" / "verilated.h").is_file()


def test_a_runtime_that_does_not_compile_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    broken = replace(find("g++"), path=Path("/usr/bin/false"))
    with pytest.raises(ToolError, match="Verilator's runtime does not compile: no message"):
        runtime(find("verilator"), broken)
    assert not list((tmp_path / "cache" / "rtlgen" / "verilator").glob("*/librtlgen.a"))


def test_replay_lines_are_verilator_s_own(job: Make) -> None:
    made = job({"tb.sv": BENCH}, plusargs=("+seed=3",))
    compiling, running = replay_lines(simulator("verilator"), made)
    assert " --binary " in compiling and str(made.sources[0]) in compiling
    assert running == "./sim +verilator+quiet +seed=3"


@pytest.mark.slow  # half a minute in Verilator's makefile
def test_replay_lines_run_in_a_plain_shell(job: Make) -> None:
    made = job({"tb.sv": BENCH, "counter.sv": COUNTER})
    compiling, running = replay_lines(simulator("verilator"), made)
    done = subprocess.run(
        ["sh", "-c", f"{compiling} && {running}"], cwd=made.folder, capture_output=True, text=True
    )
    assert "\nPASS 4\n" in done.stdout, done.stdout + done.stderr
