"""Scores of answers by the real simulator, in the sandbox: letters, verdicts, tampering, limits, paths, order."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.records import to_json
from rtlgen.datasets import rtllm, verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.scored import REFERENCE, Answer, Config, scored_from_json
from rtlgen.evaluate.scoring import check_simulator, reference_answer, score, score_many, score_text

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

HEAD = "module TopModule (input [3:0] a, output [3:0] y);\n"
RIGHT = HEAD + "  assign y = ~a;\nendmodule\n"


@pytest.fixture
def problems(problems_dir: Path) -> tuple[Problem, ...]:
    return verilog_eval.load(problems_dir)


def test_references_pass(problems: tuple[Problem, ...]) -> None:
    scores = score_many([reference_answer(problem, Config()) for problem in problems], Config())
    assert [score.problem for score in scores] == [problem.name for problem in problems]
    assert [score.letter for score in scores] == ["."] * 3
    assert all(score.passed and score.sample == REFERENCE for score in scores)
    first = scores[0]
    assert (first.verdict.samples, first.verdict.wrong) == (16, 0)
    assert first.verdict.sandboxed
    assert first.verdict.record is not None
    assert set(first.verdict.record.tools) == {"iverilog", "vvp"}
    assert first.verdict.record.limits["wall_s"] == 30.0
    assert first.commit.startswith("unknown")


@pytest.mark.parametrize(
    ("code", "letter", "kind"),
    [
        (RIGHT, ".", "pass"),
        (HEAD + "assign y = a;\nendmodule\n", "R", "mismatch"),
        (HEAD + "assign y = ;\nendmodule\n", "S", "syntax"),
        (HEAD + "assign y = ~b;\nendmodule\n", "p", "elaboration"),
        (HEAD + "other u(a, y);\nendmodule\n", "m", "elaboration"),
        (HEAD + "assign y = 0'b0;\nendmodule\n", "0", "elaboration"),
        (HEAD + "always @(*) y = ~a;\nendmodule\n", "w", "elaboration"),
        (HEAD + "wire n; reg n; assign y = ~a;\nendmodule\n", "C", "elaboration"),
        (HEAD.replace("output", "output logic") + "always_comb y = 4'd3;\nendmodule\n", "n", None),
        (HEAD + "assign y = a; always @(posedge reset) ;\nwire reset = a[0];\nendmodule\n", "r", "mismatch"),
        ("", "m", "elaboration"),
    ],
)
def test_letters_and_verdicts(
    problems: tuple[Problem, ...], code: str, letter: str, kind: str | None
) -> None:
    found = score_text(problems[0], code, Config())
    assert found.letter == letter, found.log
    assert kind is None or found.verdict.kind == kind
    assert found.passed == (letter == ".")


def test_no_end_is_a_timeout(problems: tuple[Problem, ...]) -> None:
    code = HEAD + "assign y = ~a; initial forever #0 ;\nendmodule\n"
    found = score_text(problems[0], code, Config(wall_s=2))
    assert (found.letter, found.verdict.kind) == ("T", "timeout")
    assert found.log.endswith("TIMEOUT\n")


@pytest.mark.parametrize(
    ("trick", "what"),
    [
        ('initial begin $display("Mismatches: 0 in 16 samples"); $finish; end', "calls $display"),
        ("initial $finish;", "calls $finish"),
        ("assign y = tb.good1.y;", "tb"),
        ("RefModule r (.a(a), .y(y));", "RefModule"),
    ],
)
def test_a_pass_that_was_made_is_none(problems: tuple[Problem, ...], trick: str, what: str) -> None:
    found = score_text(problems[0], f"{HEAD}{trick}\nendmodule\n", Config())
    assert found.letter == ".", found.log
    assert not found.passed
    assert found.verdict.kind == "mismatch"
    assert found.verdict.reason.startswith("the design ")
    assert any(what in reason for reason in found.tampered)


def test_folder_names_decide_no_letter(problems_dir: Path) -> None:
    place = problems_dir.rename(problems_dir.with_name("error syntax error TIMEOUT"))
    problem = verilog_eval.load(place)[0]
    warned = HEAD + "wire [7:0] n; assign n = a; assign y = ~n;\nother x();\nendmodule\n"
    found = score_text(problem, warned, Config())
    assert str(place) not in found.log
    assert "Prob001_invert/Prob001_invert_sample01.sv:" in found.log
    assert found.letter == "m"
    fine = score_text(problem, HEAD + "reg r; assign y = ~a;\nendmodule\nmodule alone; endmodule\n", Config())
    assert fine.letter == "."


def test_the_test_sees_nothing_of_this_machine(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    secret = tmp_path / "secret.hex"
    secret.write_text("a5\n")
    code = f'{HEAD}reg [7:0] m [0:0]; initial $readmemh("{secret}", m); assign y = ~a;\nendmodule\n'
    found = score_text(problems[0], code, Config())
    assert "Unable to open" in found.log
    assert found.tampered


def test_scratch_can_be_given(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert score_text(problems[0], RIGHT, Config(), scratch).passed
    assert (scratch / "Prob001_invert_sample01.sv").read_text() == RIGHT
    assert not list(scratch.glob("*.vcd"))


def test_repairs_are_named_and_applied(problems: tuple[Problem, ...], problems_dir: Path) -> None:
    test = problems[0].test
    slow = test.read_text().replace("#1 check", "#100000 check")
    broken = test.with_name("Prob082_slow_test.sv")
    broken.write_text(slow)
    problem = replace(problems[0], name="Prob082_slow", test=broken)
    strict = score_text(problem, RIGHT, Config())
    assert (strict.letter, strict.verdict.kind, strict.repairs) == ("T", "timeout", ())
    repaired = score_text(problem, RIGHT, Config(variant="repaired"))
    assert (repaired.letter, repaired.variant, repaired.repairs) == (".", "repaired", ("later time limit",))
    assert broken.read_text() == slow


def test_records_survive_json(problems: tuple[Problem, ...]) -> None:
    found = score(Answer(problems[0], RIGHT, 3, ("odd",)), Config())
    assert scored_from_json(json.loads(json.dumps(to_json(found)))) == found


def test_order_and_callback(problems: tuple[Problem, ...]) -> None:
    answers = [Answer(problems[n % 3], f"{RIGHT}// {n}\n", n) for n in range(1, 7)]
    seen: list[int] = []
    scores = score_many(answers, Config(jobs=2), scored=lambda found: seen.append(found.sample))
    assert [found.sample for found in scores] == [1, 2, 3, 4, 5, 6]
    assert sorted(seen) == [1, 2, 3, 4, 5, 6]
    assert score_many([], Config()) == []


def test_a_version_that_the_benchmark_rejects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "iverilog"
    fake.write_text('#!/bin/sh\necho "Icarus Verilog version 13.0 (stable) ()"\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("RTLGEN_IVERILOG", str(fake))
    with pytest.raises(ToolError) as caught:
        check_simulator("verilog-eval", "icarus")
    text = str(caught.value)
    assert "iverilog 13.0 does not do here, 11 or 12 is needed: 13 compiles none of VerilogEval's" in text
    assert "RTLGEN_IVERILOG" in text
    assert "iverilog" in check_simulator("rtllm", "icarus"), "RTLLM works with 13"


@pytest.mark.parametrize(("field", "value"), [("variant", "mended"), ("simulator", "vcs")])
def test_unknown_choices(field: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"no {field} '{value}'"):
        Config(**{field: value})


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("task", "strict"),
    [("spec-to-rtl", {"082", "099", "141", "151", "156"}), ("code-complete", {"082", "141", "151", "156"})],
)
def test_all_references_of_the_benchmark(data_dir: Path, task: str, strict: set[str]) -> None:
    version = tuple(
        int(part) for part in check_simulator("verilog-eval", "icarus")["iverilog"].split()[0].split(".")
    )
    problems = verilog_eval.load(data_dir / "verilog-eval", task)
    failed = strict - ({"151"} if version >= (12,) else set())
    scores = score_many([reference_answer(p, Config()) for p in problems], Config())
    assert {found.problem[4:7] for found in scores if not found.passed} == failed
    repaired = Config(variant="repaired")
    again = [p for p in problems if p.name[4:7] in strict]
    assert all(found.passed for found in score_many([reference_answer(p, repaired) for p in again], repaired))


@pytest.mark.needs_data
def test_all_references_of_rtllm_on_icarus(data_dir: Path) -> None:
    problems = rtllm.load(data_dir / "rtllm")
    scores = score_many([reference_answer(p, Config()) for p in problems], Config())
    assert {found.problem for found in scores if not found.passed} == {
        "asyn_fifo",
        "clkgenerator",
        "radix2_div",
        "ring_counter",
    }
    assert {found.letter for found in scores} == {""}


@pytest.mark.needs_data
@pytest.mark.needs_verilator
@pytest.mark.slow
def test_the_other_four_of_rtllm_on_verilator(data_dir: Path) -> None:
    config = Config(simulator="per-design")
    four = [
        p
        for p in rtllm.load(data_dir / "rtllm")
        if p.name in ("asyn_fifo", "clkgenerator", "radix2_div", "ring_counter")
    ]
    scores = score_many([reference_answer(p, config) for p in four], config)
    assert [found.passed for found in scores] == [True] * 4
    assert {found.simulator for found in scores} == {"verilator"}
