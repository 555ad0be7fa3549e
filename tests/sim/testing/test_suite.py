"""Suites of plain benches: seeds, waves of failures, limits, order, what is kept, what is refused."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.sim.testing.plan import Config, plan
from rtlgen.sim.testing.runs import Result
from rtlgen.sim.testing.suite import SuiteResult, run_suite
from rtlgen.sim.testing.testcases import Case
from rtlgen.sim.waves import read_vcd

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

ADDER = "module adder(input [3:0] a, b, output [4:0] s); assign s = a + b; endmodule\n"
WRONG = ADDER.replace("a + b", "a | b")
BENCH = """
module tb;
  reg [3:0] a, b; wire [4:0] s; integer seed, bad;
  adder dut(a, b, s);
  initial begin
    bad = 0;
    if (!$value$plusargs("seed=%d", seed)) seed = 0;
    a = seed; b = 2; #1
    if (s !== a + b) begin $display("a=%0d b=%0d gives %0d", a, b, s); bad = 1; end
    if (bad) $display("FAIL"); else $display("PASS");
    $finish;
  end
endmodule
"""
DEAF = 'module tb_deaf; initial begin $display("PASS"); $finish; end endmodule\n'
ENDLESS = "module tb_endless; reg c = 0; always #1 c = ~c; endmodule\n"
SILENT = "module tb_silent; wire [4:0] s; adder dut(4'd1, 4'd2, s); initial #1 $finish; endmodule\n"

Run = Callable[..., SuiteResult]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "adder.v").write_text(ADDER)
    (tmp_path / "tb.v").write_text(BENCH)
    return tmp_path


def run(*tests: str, settings: dict[str, object] | None = None, **more: object) -> SuiteResult:
    overrides = tuple((f"sim.{name}", value) for name, value in (settings or {}).items())
    return run_suite(Config(tests=tests, overrides=overrides, **more))  # type: ignore[arg-type]


def kinds(result: SuiteResult) -> list[tuple[str, int, str]]:
    return [(row.test, row.seed, row.verdict.kind) for row in result.results]


def test_seeds_are_heard_and_kept_apart(folder: Path) -> None:
    (folder / "adder.v").write_text(WRONG)  # a | b is a + b only when they share no bit
    result = run("tb.v", settings={"seed": 4, "seeds": 4})
    assert kinds(result) == [
        ("tb.v", 4, "pass"),
        ("tb.v", 5, "pass"),
        ("tb.v", 6, "mismatch"),
        ("tb.v", 7, "mismatch"),
    ]
    assert result.exit_code == 1
    verdict = result.results[2].verdict
    assert verdict.replay == "rtlgen sim . --test tb.v --seed 6 --waves always --simulator icarus"
    assert verdict.log_path is not None and "a=6 b=2 gives 6" in Path(verdict.log_path).read_text()
    assert verdict.first == "a=6 b=2 gives 6"
    assert verdict.record is not None
    assert set(verdict.record.inputs) == {"adder.v", "tb.v"}
    assert verdict.record.replay == verdict.replay


def test_a_failure_and_only_a_failure_has_waves(folder: Path) -> None:
    (folder / "adder.v").write_text(WRONG)
    result = run("tb.v", settings={"seed": 5, "seeds": 2})
    good, bad = result.results
    assert good.verdict.waves is None and bad.verdict.waves is not None
    waves = read_vcd(bad.verdict.waves)
    assert (waves.value_at("tb.a", 1), waves.value_at("tb.dut.s", 1)) == ("0110", "00110")


def test_not_every_failure_is_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtlgen.sim.testing.execute.MAX_WAVED", 2)
    (folder / "adder.v").write_text(ADDER.replace("a + b", "0"))
    result = run("tb.v", settings={"seeds": 4})
    assert [row.verdict.waves is not None for row in result.results].count(True) == 2
    assert "no waves: 2 failed runs of this test have them" in [row.note for row in result.results]


@pytest.mark.parametrize(("choice", "good", "bad"), [("always", True, True), ("never", False, False)])
def test_waves_on_demand(folder: Path, choice: str, good: bool, bad: bool) -> None:
    (folder / "adder.v").write_text(WRONG)
    result = run("tb.v", settings={"seed": 5, "seeds": 2, "waves": choice, "wave_format": "fst"})
    assert [row.verdict.waves is not None for row in result.results] == [good, bad]
    assert not good or str(result.results[0].verdict.waves).endswith("seed-5/waves.fst")


def test_a_bench_that_hears_no_seed_is_run_once_and_that_is_said(folder: Path) -> None:
    (folder / "tb_deaf.v").write_text(DEAF)
    result = run("tb.v", "tb_deaf.v", settings={"seeds": 3})
    assert [(test, seed) for test, seed, _ in kinds(result)] == [
        ("tb.v", 1),
        ("tb.v", 2),
        ("tb.v", 3),
        ("tb_deaf.v", 1),
    ]
    assert result.notes == ("run once, for they read no seed (no $value$plusargs): tb_deaf.v",)


def test_a_bench_that_never_ends(folder: Path) -> None:
    (folder / "tb_endless.v").write_text(ENDLESS)
    result = run("tb_endless.v", settings={"timeout_s": 1.0})
    assert kinds(result) == [("tb_endless.v", 1, "timeout")]
    assert result.exit_code == 4
    assert "had not ended after 1." in result.results[0].verdict.reason
    assert run("tb_endless.v", "tb.v", settings={"timeout_s": 1.0, "waves": "never"}).exit_code == 4


def test_a_mismatch_outweighs_a_timeout(folder: Path) -> None:
    (folder / "tb_endless.v").write_text(ENDLESS)
    (folder / "adder.v").write_text(WRONG)
    result = run("tb_endless.v", "tb.v", settings={"timeout_s": 1.0, "waves": "never", "seed": 6})
    assert result.exit_code == 1


def test_the_first_failure_may_end_it(folder: Path) -> None:
    (folder / "adder.v").write_text(WRONG)
    result = run("tb.v", settings={"seed": 6, "seeds": 20, "jobs": 1, "waves": "never"}, fail_fast=True)
    assert result.planned == 20 and 1 <= len(result.results) <= 2


def test_what_failed_the_last_time_comes_first(folder: Path) -> None:
    (folder / "tb_a.v").write_text(DEAF.replace("tb_deaf", "tb_a"))
    (folder / "tb_z.v").write_text(DEAF.replace("tb_deaf", "tb_z").replace("PASS", "FAIL"))

    class Order:
        def __init__(self) -> None:
            self.seen: list[str] = []

        def begin(self, planned: int) -> None: ...
        def started(self, case: Case, seed: int) -> None:
            self.seen.append(case.name)

        def finished(self, result: Result, done: int) -> None: ...

    config = Config(tests=("tb_a.v", "tb_z.v"), overrides=(("sim.jobs", 1),))
    first, second = Order(), Order()
    run_suite(config, first)
    result = run_suite(config, second)
    assert (first.seen, second.seen) == (["tb_a.v", "tb_z.v"], ["tb_z.v", "tb_a.v"])
    assert [row.test for row in result.results] == ["tb_a.v", "tb_z.v"]


def test_the_run_folder(folder: Path) -> None:
    result = run("tb.v", out="out")
    out = folder / "out"
    record = json.loads((out / "results.json").read_text())
    assert record["kind"] == "sim"
    assert record["data"]["results"][0]["verdict"]["kind"] == "pass"
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["record"]["exit_code"] == 0 and "iverilog" in manifest["record"]["tools"]
    assert set(manifest["files"]) == {"results.json", "journal.jsonl", "tb.v/seed-1/log.txt"}
    (out / "mine.txt").write_text("keep me")
    again = run("tb.v", out="out", settings={"seed": 2})
    assert again.results[0].seed == 2 and result.folder == again.folder
    assert not (out / "tb.v/seed-1/log.txt").exists() and (out / "mine.txt").read_text() == "keep me"


def test_runs_in_the_store_do_not_pile_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtlgen.sim.testing.suite.KEPT_RUNS", 2)
    (folder / "tb_deaf.v").write_text(DEAF)
    for _ in range(4):
        result = run("tb_deaf.v")
    assert len(list((folder / ".rtlgen/v1/runs").iterdir())) == 2
    assert Path(result.folder).is_dir()


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("adder.v", "cannot be written: it is a file"),
        ("full", "is not empty and holds no results of rtlgen sim"),
    ],
)
def test_a_folder_that_is_not_ours(folder: Path, name: str, what: str) -> None:
    (folder / "full").mkdir()
    (folder / "full" / "results.json").write_text('{"of": "another tool"}')
    with pytest.raises(UsageError, match=what):
        run("tb.v", out=name)
    assert (folder / "full" / "results.json").exists()


def test_data_files_and_plusargs(folder: Path) -> None:
    (folder / "tests").mkdir()
    (folder / "tests" / "rom.hex").write_text("2a\n")
    (folder / "tests" / "tb_rom.v").write_text("""
module tb_rom; reg [7:0] m[0:0]; integer n, f;
  initial begin
    $readmemh("rom.hex", m);
    if (!$value$plusargs("n=%d", n)) n = 0;
    f = $fopen("out.txt", "w"); $fdisplay(f, "x"); $fclose(f);
    if (m[0] == 8'h2a && n == 7) $display("PASS"); else $display("FAIL %h %0d", m[0], n);
  end
endmodule
""")
    result = run("tests/tb_rom.v", plusargs=("n=7",))
    assert result.exit_code == 0, result.results[0].verdict
    assert "+plusarg" not in result.results[0].verdict.replay
    assert "--plusarg n=7" in result.results[0].verdict.replay
    assert not (folder / "tests" / "out.txt").exists()


def test_parameters_macros_and_include_folders(folder: Path) -> None:
    (folder / "inc").mkdir()
    (folder / "inc" / "defs.vh").write_text("`define WANTED 5\n")
    (folder / "tb_p.v").write_text("""`include "defs.vh"
module tb_p #(parameter W = 1); initial if (W == `WANTED + `MORE) $display("PASS"); endmodule
""")
    given = run_suite(
        Config(
            design=("adder.v",),
            tests=("tb_p.v",),
            include_dirs=("inc",),
            defines=("MORE=3",),
            parameters=("W=8",),
        )
    )
    assert given.exit_code == 0, given.results[0].verdict
    missing = run_suite(Config(design=("adder.v",), tests=("tb_p.v",), defines=("MORE=3",)))
    verdict = missing.results[0].verdict
    assert verdict.kind == "syntax" and "defs.vh" in verdict.reason


def test_a_silent_bench_gets_its_verdict_from_the_reference(folder: Path) -> None:
    (folder / "tb_silent.v").write_text(SILENT)
    (folder / "golden").mkdir()
    (folder / "golden" / "adder.v").write_text(ADDER)
    silent = run("tb_silent.v").results[0].verdict
    assert silent.kind == "mismatch" and "ended without a verdict" in silent.reason
    assert run("tb_silent.v", references=("golden/adder.v",)).exit_code == 0
    (folder / "adder.v").write_text(WRONG)
    wrong = run("tb_silent.v", references=("golden/adder.v",)).results[0].verdict
    assert wrong.kind == "mismatch" and wrong.first
    assert wrong.replay.endswith("--reference golden/adder.v")


def test_without_a_test_the_reference_is_the_test(folder: Path) -> None:
    (folder / "golden.v").write_text(ADDER)
    result = run(references=("golden.v",))
    assert [(row.kind, row.top, row.verdict.kind) for row in result.results] == [
        ("reference", "adder", "pass")
    ]
    (folder / "adder.v").write_text(WRONG)
    (row,) = run(references=("golden.v",)).results
    assert row.verdict.kind == "mismatch" and row.verdict.waves is not None
    assert row.verdict.replay.startswith("rtlgen sim . --seed 1 --waves always")


def test_a_design_that_plays_the_test(folder: Path) -> None:
    cheat = ADDER.replace("endmodule", 'initial begin $display("PASS"); $finish; end endmodule').replace(
        "a + b", "0"
    )
    (folder / "adder.v").write_text(cheat)
    assert run("tb.v").exit_code == 0  # a designer's own file may print and stop
    result = run("tb.v", untrusted=True)
    verdict = result.results[0].verdict
    assert (verdict.kind, result.exit_code) == ("mismatch", 1)
    assert verdict.reason.startswith("the design calls $display")


def test_an_untrusted_design_gets_no_data_that_its_bench_does_not_name(folder: Path) -> None:
    (folder / "private.txt").write_text("7\n")
    peek = 'reg [3:0] m[0:0]; initial begin $readmemh("private.txt", m); if (m[0] === 7) $display("PEEKED"); end\n'
    (folder / "adder.v").write_text(ADDER.replace("endmodule", peek + "endmodule"))
    trusted, untrusted = run("tb.v").results[0].verdict, run("tb.v", untrusted=True).results[0].verdict
    assert "PEEKED" in trusted.log and "PEEKED" not in untrusted.log
    assert (trusted.kind, untrusted.kind) == ("pass", "mismatch")


def test_interrupted_it_keeps_what_is_finished(folder: Path) -> None:
    (folder / "tb_endless.v").write_text(ENDLESS)

    class Impatient:
        def begin(self, planned: int) -> None: ...
        def started(self, case: Case, seed: int) -> None: ...
        def finished(self, result: Result, done: int) -> None:
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()

    begun = time.monotonic()
    config = Config(tests=("tb.v", "tb_endless.v"), overrides=(("sim.jobs", 2), ("sim.timeout_s", 300.0)))
    result = run_suite(config, Impatient())
    assert result.interrupted and result.exit_code == 130
    assert kinds(result) == [("tb.v", 1, "pass")] and result.planned == 2
    assert (Path(result.folder) / "manifest.json").is_file()
    assert time.monotonic() - begun < 120  # far from the 300 s of the simulation


def test_no_sandbox_is_refused_and_on_demand_recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import rtlgen.sim.testing.plan as planned

    monkeypatch.setattr(planned, "available", lambda: False)
    with pytest.raises(ToolError, match="no sandbox runs here") as error:
        plan(Config(tests=("tb.v",)))
    assert "--unsafe-no-sandbox" in str(error.value.hint)
    result = run("tb.v", sandboxed=False)
    assert result.exit_code == 0
    assert not result.results[0].verdict.sandboxed
    assert result.results[0].verdict.replay.endswith("--unsafe-no-sandbox")


def test_tests_of_the_settings(folder: Path) -> None:
    (folder / "rtlgen.toml").write_text('[sim]\ntests = ["tb.v"]\nseeds = 2\n')
    (folder / "tb_other.v").write_text(DEAF)
    assert [(test, seed) for test, seed, _ in kinds(run())] == [("tb.v", 1), ("tb.v", 2)]
