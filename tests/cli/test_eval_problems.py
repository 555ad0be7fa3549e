"""`rtlgen eval verilog-eval` and `rtlgen eval rtllm` as a user types them: output, exit codes, messages, resume."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

VERB = [sys.executable, "-P", "-m", "rtlgen", "eval"]
RIGHT = "module TopModule (input [3:0] a, output [3:0] y);\n  assign y = ~a;\nendmodule\n"


@pytest.fixture
def data(root: Path) -> str:
    return str(root / "examples" / "problems")


def run(folder: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VERB, *words], cwd=folder, env=os.environ | (env or {}), capture_output=True, text=True, timeout=120
    )


def test_references(tmp_path: Path, data: str) -> None:
    done = run(tmp_path, "verilog-eval", "--data", data, "--references", "--variant", "both")
    assert done.returncode == 0, done.stderr
    assert "strict: 3 of 3 references pass" in done.stdout
    assert "repaired: 3 of 3 references pass" in done.stdout
    assert "scoring strict: 3 of 3" in done.stderr
    again = run(tmp_path, "verilog-eval", "--data", data, "--references", "--variant", "both", "-q")
    assert again.stdout == done.stdout
    assert again.stderr == ""


def test_samples_as_json(tmp_path: Path, data: str) -> None:
    rows = [{"task_id": "invert", "completion": code} for code in (RIGHT, "", RIGHT.replace("~", ""))]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["--samples", "s.jsonl", "--problems", "Prob001", "--k", "1,3", "--json", "-q"]
    done = run(tmp_path, "verilog-eval", "--data", data, *words)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["kind"] == "eval verilog-eval"
    assert [score["letter"] for score in record["data"]["scores"]] == [".", "m", "R"]
    (report,) = record["data"]["runs"][0]["reports"]
    assert [(found["k"], round(found["value"], 2)) for found in report["pass_at"]] == [(1, 33.33), (3, 100.0)]
    replay = record["data"]["scores"][2]["replay"]
    assert replay.startswith("rtlgen eval verilog-eval --task spec-to-rtl --variant strict --data ")
    assert replay.endswith(" --samples s.jsonl --problems Prob001_invert")


def test_make_and_score_in_two_steps(tmp_path: Path, data: str) -> None:
    asked = ["--limit", "1", "--max-new-tokens", "8", "--examples", "1", "--out", "out"]
    made = run(tmp_path, "verilog-eval", "--data", data, "--generate-only", *asked)
    assert made.returncode == 0, made.stderr
    assert made.stdout == "out/samples.jsonl\n"
    lines = (tmp_path / "out" / "samples.jsonl").read_text().splitlines()
    assert len(lines) == 2
    done = run(tmp_path, "verilog-eval", "--data", data, *asked, "-q")
    assert done.returncode == 0, done.stderr
    assert "1 problems, 1 samples" in done.stdout
    assert (tmp_path / "out" / "samples.jsonl").read_text().splitlines() == lines, "nothing is asked twice"


def test_the_questions_alone(tmp_path: Path, data: str) -> None:
    done = run(
        tmp_path, "verilog-eval", "--data", data, "--task", "code-complete", "--prompts-only", "--limit", "2"
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["problem"] for row in rows] == ["Prob001_invert", "Prob002_count"]
    assert "module TopModule (" in rows[0]["user"]
    assert "Do not include module, input and output" in rows[0]["system"]
    assert not (tmp_path / ".rtlgen").exists()


def test_a_simulator_that_the_benchmark_rejects(tmp_path: Path, data: str) -> None:
    fake = tmp_path / "iverilog"
    fake.write_text('#!/bin/sh\necho "Icarus Verilog version 13.0 (stable) ()"\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    done = run(tmp_path, "verilog-eval", "--data", data, "--references", env={"RTLGEN_IVERILOG": str(fake)})
    assert done.returncode == 3
    assert (
        "iverilog 13.0 does not do here, 11 or 12 is needed: 13 compiles none of VerilogEval's" in done.stderr
    )
    assert not (tmp_path / ".rtlgen" / "eval").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["verilog-eval", "--data", "nowhere", "--references"],
            "nowhere: there is no such folder\n  next: git clone",
        ),
        (["rtllm", "--data", ".", "--references"], "holds no RTLLM designs"),
        (["verilog-eval", "--data", "{data}", "--samples", "none.jsonl"], "none.jsonl: there are no samples"),
        (["verilog-eval", "--data", "{data}", "--references", "--problems", "fsm"], "no problem matches fsm"),
        (["verilog-eval", "--data", "{data}", "--references", "--k", "one"], "'one' is no list of k"),
        (["verilog-eval", "--data", "{data}", "--references", "--k", "0"], "'0' is no list of k"),
        (
            ["verilog-eval", "--data", "{data}", "--references", "--examples", "2"],
            "--examples says how answers are made, but these are there already",
        ),
        (
            ["verilog-eval", "--data", "{data}", "--references", "--samples", "x"],
            "--references are samples of their own",
        ),
    ],
)
def test_one_clear_error(tmp_path: Path, data: str, words: list[str], message: str) -> None:
    done = run(tmp_path, *[word.replace("{data}", data) for word in words])
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_rtllm(tmp_path: Path) -> None:
    design = tmp_path / "bench" / "Control" / "x" / "inverter"
    design.mkdir(parents=True)
    (design / "design_description.txt").write_text("Invert it.\n")
    (design / "values.dat").write_text("5\n")
    (design / "testbench.v").write_text(
        "module t; reg [3:0] m [0:0]; wire [3:0] y; inv u (.a(m[0]), .y(y)); initial begin\n"
        '$readmemh("values.dat", m); #1 if (y === 10) $display("Test passed"); $finish; end endmodule\n'
    )
    (design / "verified_inv.v").write_text(
        "module verified_inv (input [3:0] a, output [3:0] y); assign y = ~a; endmodule\n"
    )
    done = run(tmp_path, "rtllm", "--data", "bench", "--references", "-q")
    assert done.returncode == 0, done.stderr
    assert "strict: 1 of 1 references pass" in done.stdout
    answers = tmp_path / "answers" / "t1"
    answers.mkdir(parents=True)
    (answers / "inverter.v").write_text(
        "module inv (input [3:0] a, output [3:0] y); assign y = a; endmodule\n"
    )
    done = run(tmp_path, "rtllm", "--data", "bench", "--samples", "answers", "--json", "-q")
    assert [score["kind"] for score in json.loads(done.stdout)["data"]["scores"]] == ["mismatch"]
