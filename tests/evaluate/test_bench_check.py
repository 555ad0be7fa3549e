"""A benchmark of four problems in VerilogEval's layout: what is said of a strong, a weak and a blind test bench."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.bench_check import Config, check
from rtlgen.evaluate.bench_problem import Effort
from rtlgen.evaluate.bench_records import BenchSummary, MutantResult, ProblemCheck, check_from_json, summed
from rtlgen.report.bench_check import as_text

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

ADDER = """
module RefModule (
  input [1:0] a,
  input [1:0] b,
  output [2:0] y
);
  assign y = a + b;
endmodule
"""
COUNTER = """
module RefModule (
  input clk,
  input rst,
  input en,
  output reg [2:0] q
);
  always @(posedge clk)
    if (rst) q <= 0;
    else if (en && q != 5) q <= q + 1;
endmodule
"""
ZERO = "module RefModule (\n  input a,\n  output y\n);\n  assign y = 0;\nendmodule\n"
FSM = """
module RefModule (
  input clk,
  input rst,
  input x,
  output y
);
  typedef enum logic [0:0] {IDLE, RUN} state_t;
  state_t s;
  always_ff @(posedge clk) s <= rst ? IDLE : x ? RUN : IDLE;
  assign y = s == RUN;
endmodule
"""


def bench(declared: str, connected: str, stimulus: str, output: str, width: int) -> str:
    """A test bench that counts mismatches as VerilogEval's do."""
    return f"""
module tb;
  reg clk = 0;
  always #5 clk = ~clk;
  integer errors = 0, samples = 0, i;
  {declared}
  wire [{width - 1}:0] good, got;
  RefModule good1 ({connected}, .{output}(good));
  TopModule top_module1 ({connected}, .{output}(got));
  task sample;
    begin
      samples = samples + 1;
      if (good !== (good ^ got ^ good)) errors = errors + 1;
    end
  endtask
  initial begin
    {stimulus}
    $display("Mismatches: %1d in %1d samples", errors, samples);
    $finish;
  end
endmodule
"""


CLOCKED = "reg rst = 0, x = 0;"
ALL_INPUTS = "for (i = 0; i < 16; i = i + 1) begin {a, b} = i; #1 sample; end"
COUNT_TWICE = """rst = 1; repeat (2) @(negedge clk); sample; rst = 0; x = 1;
    repeat (2) begin @(negedge clk); sample; end"""
"""Never looks at the enable, nor at the end of the count."""
PROBLEMS = {
    "Prob001_adder": (ADDER, bench("reg [1:0] a, b;", ".a(a), .b(b)", ALL_INPUTS, "y", 3)),
    "Prob002_counter": (COUNTER, bench(CLOCKED, ".clk(clk), .rst(rst), .en(x)", COUNT_TWICE, "q", 3)),
    "Prob003_zero": (ZERO, bench("reg a;", ".a(a)", "a = 0; #1 sample; a = 1; #1 sample;", "y", 1)),
    "Prob004_fsm": (FSM, bench(CLOCKED, ".clk(clk), .rst(rst), .x(x)", "samples = 1;", "y", 1)),  # blind
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The benchmark's folder."""
    root = tmp_path_factory.mktemp("data")
    folder = root / "dataset_spec-to-rtl"
    folder.mkdir()
    for name, (reference, test) in PROBLEMS.items():
        (folder / f"{name}_prompt.txt").write_text(f"Write {name} as TopModule.\n")
        (folder / f"{name}_ref.sv").write_text(reference)
        (folder / f"{name}_test.sv").write_text(test)
    return root


@pytest.fixture(scope="module")
def summary(data: Path, tmp_path_factory: pytest.TempPathFactory) -> BenchSummary:
    return check(config(data, tmp_path_factory.mktemp("out")))


def config(data: Path, out: Path, **others: object) -> Config:
    return Config("verilog-eval", data, out=out, effort=Effort(mutants=6, seconds=2), **others)  # type: ignore[arg-type]


def of(summary: BenchSummary, name: str) -> ProblemCheck:
    return next(check for check in summary.problems if check.problem == name)


def test_the_strong_one_notices_all(summary: BenchSummary) -> None:
    adder = of(summary, "Prob001_adder")
    assert (adder.strict, adder.repaired, adder.way) == ("pass", "pass", "pyverilog")
    assert adder.rate == 100.0
    assert adder.count("killed") >= 4
    assert all(trivial.verdict == "mismatch" for trivial in adder.trivial)


def test_the_weak_one_is_named_with_a_survivor(summary: BenchSummary) -> None:
    counter = of(summary, "Prob002_counter")
    assert counter.weak
    assert 0 < (counter.rate or 0) < 95
    assert counter.sequential
    survivors = [mutant for mutant in counter.mutants if mutant.outcome == "surviving"]
    assert survivors
    assert all("q is" in mutant.detail and mutant.line in range(8, 11) for mutant in survivors)


def test_a_constant_that_is_right_is_recognised(summary: BenchSummary) -> None:
    zero = {trivial.name: trivial for trivial in of(summary, "Prob003_zero").trivial}
    assert zero["all 0"].right
    assert zero["all 1"].verdict == zero["no body"].verdict == "mismatch"
    assert summary.trivial_right["all 0"] == ("Prob003_zero",)


def test_the_blind_one_passes_everything(summary: BenchSummary) -> None:
    fsm = of(summary, "Prob004_fsm")
    assert fsm.way == "pyslang"
    assert fsm.rate == 0
    assert summary.zero == ("Prob004_fsm",)
    assert summary.weak[0] == "Prob004_fsm"
    assert all(names == ("Prob004_fsm",) for names in summary.trivial_passes.values())


def test_figures_and_their_text(summary: BenchSummary) -> None:
    assert summary.strict_passes == summary.repaired_passes == 4
    assert sum(summary.outcomes.values()) == sum(len(one.mutants) for one in summary.problems)
    assert summary.ways == {"pyverilog": 3, "pyslang": 1}
    text = as_text(summary, every=True)
    assert "references pass: 4 of 4 as published" in text
    assert "2 of 4 test benches notice less than 95 %, 1 of them none" in text
    assert "all 0: passes 1 test benches wrongly, is the right answer to 1: Prob004_fsm" in text


def test_it_goes_on_where_it_was_stopped(data: Path, summary: BenchSummary, tmp_path: Path) -> None:
    check(config(data, tmp_path, problems="Prob001*"))
    journal = tmp_path / "verilog-eval-spec-to-rtl.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"problem_sha256": "torn')
    seen: list[str] = []
    again = check(config(data, tmp_path, problems="Prob00[13]*"), lambda one, *_: seen.append(one.problem))
    assert seen == ["Prob003_zero"]
    assert of(again, "Prob001_adder") == of(summary, "Prob001_adder")
    assert len(journal.read_text().splitlines()) == 3


def test_other_settings_are_not_mixed(data: Path, tmp_path: Path) -> None:
    check(config(data, tmp_path, problems="Prob003*"))
    other = Config("verilog-eval", data, problems="Prob003*", out=tmp_path, effort=Effort(mutants=11))
    with pytest.raises(UsageError, match="mutants: 6 there, 11 now"):
        check(other)


def test_bad_input(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no problem is called 'Nix'"):
        check(config(data, tmp_path, problems="Nix"))
    with pytest.raises(UsageError, match="no benchmark 'other'"):
        Config("other", data)
    with pytest.raises(UsageError, match="no simulator 'vcs'"):
        Config("rtllm", data, effort=Effort(simulator="vcs"))


def test_a_record_comes_back_from_json(summary: BenchSummary) -> None:
    from rtlgen.core.records import to_json

    for one in summary.problems:
        assert check_from_json(json.loads(json.dumps(to_json(one)))) == one


def test_unknown_mutants_count_for_nobody() -> None:
    def mutants(**counts: int) -> tuple[MutantResult, ...]:
        return tuple(
            MutantResult("unary", 1, "", outcome.replace("_", " "))
            for outcome, n in counts.items()
            for _ in range(n)
        )

    problems = [
        ProblemCheck(
            "a", "pass", "pass", mutants=mutants(killed=6, timeout=2, surviving=2, unknown=5, equivalent=9)
        ),
        ProblemCheck("b", "pass", "pass", mutants=mutants(killed=10, not_compiling=3, error=1)),
        ProblemCheck("c", "mismatch", "mismatch"),
    ]
    total = summed(
        problems, benchmark="x", task="", commit="", seed=0, wanted=1, simulator="icarus", tools={}
    )
    assert problems[0].rate == 80
    assert total.rate == 90
    assert total.mean_rate == 90
    assert total.lowest_rate == 100 * 18 / 25
    assert total.weak == ("a",)
    assert total.repaired_passes == 2
