"""Saved answers: every form that is read, how samples are counted, and one clear error for what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.code_samples import FORMAT, CodeSamples, read_code_samples

CODE = "module TopModule (input [3:0] a, output [3:0] y);\nassign y = ~a;\nendmodule\n"


@pytest.fixture
def problems(problems_dir: Path) -> tuple[Problem, ...]:
    return verilog_eval.load(problems_dir)


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def numbers(found: CodeSamples) -> list[tuple[str, int]]:
    return [(answer.problem.name[:7], answer.sample) for answer in found.answers]


@pytest.mark.parametrize(
    "row",
    [
        {"problem": "Prob001_invert", "sample": 1, "code": CODE},
        {"task_id": "Prob001_invert", "completion": CODE},
        {"task_id": "invert", "solution": CODE, "sample_id": "1"},
        {"id": "Prob001", "generation": f"Here:\n```\n{CODE}```\n", "index": 0},
        {"name": "verilog-eval/PROB001_INVERT", "response": f"[BEGIN]\n{CODE}[DONE]"},
        {"doc": {"task_id": "Prob001_invert"}, "doc_id": 0, "resps": [[f"```\n{CODE}```"]]},
        {"problem": "Prob001_invert", "responses": [f"```\n{CODE}```\n"]},
    ],
)
def test_forms(problems: tuple[Problem, ...], tmp_path: Path, row: dict[str, Any]) -> None:
    found = read_code_samples(write(tmp_path / "s.jsonl", row), problems)
    assert numbers(found) == [("Prob001", 1)]
    assert found.answers[0].code == CODE
    assert found.made_from is None
    assert found.without == ("Prob002_count", "Prob003_parity")


def test_completions_get_the_interface(problems_dir: Path, tmp_path: Path) -> None:
    problems = verilog_eval.load(problems_dir, "code-complete")
    path = write(
        tmp_path / "s.jsonl", {"task_id": "Prob001_invert", "completion": "assign y = ~a;\nendmodule\n"}
    )
    (answer,) = read_code_samples(path, problems).answers
    assert answer.code.strip().startswith("module TopModule (")
    assert answer.code.endswith("assign y = ~a;\nendmodule\n")


def test_counting(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    one, two = {"problem": "Prob001_invert", "code": CODE}, {"problem": "Prob002_count", "code": CODE}
    path = write(tmp_path / "s.jsonl", one, two, one, {**one, "sample": 2}, {**two, "code": [CODE, CODE]})
    assert numbers(read_code_samples(path, problems)) == [
        ("Prob001", 1),
        ("Prob002", 1),
        ("Prob001", 3),
        ("Prob001", 2),
        ("Prob002", 2),
        ("Prob002", 3),
    ]
    zero = write(tmp_path / "z.jsonl", {**one, "sample": 0}, {**one, "sample": 1}, {**two, "sample": 1})
    assert numbers(read_code_samples(zero, problems)) == [("Prob001", 1), ("Prob001", 2), ("Prob002", 2)]


def test_no_sample_is_taken_for_the_reference(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", {"problem": "Prob001_invert", "sample": 0, "code": CODE})
    assert not any(answer.trusted for answer in read_code_samples(path, problems).answers)


def test_only_what_was_asked_for(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    rows = [{"problem": problem.name, "code": CODE} for problem in problems]
    found = read_code_samples(write(tmp_path / "s.jsonl", *rows), problems, ["Prob002_count"])
    assert numbers(found) == [("Prob002", 1)]
    assert found.without == ()


def test_our_own_file(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {FORMAT: 1, "fingerprint": "f", "made_from": {"model": "m"}},
        {"problem": "Prob001_invert", "sample": 1, "response": f"[BEGIN]\n{CODE}[DONE]", "tokens": 9},
    )
    with path.open("a") as file:
        file.write('{"problem": "Prob002_count", "sam')  # killed while writing
    found = read_code_samples(path, problems)
    assert found.made_from == {"model": "m"}
    assert numbers(found) == [("Prob001", 1)]


def test_empty_answers_are_scored_and_counted(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {"problem": "Prob001_invert", "code": ""},
        {"problem": "Prob002_count", "response": " \n"},
        {"problem": "Prob003_parity", "response": "[BEGIN]\nnever ended"},
    )
    found = read_code_samples(path, problems)
    assert len(found.answers) == 3
    assert found.empty == 3
    assert found.answers[0].notes == ("empty",)
    assert "empty" in found.answers[1].notes
    assert found.answers[2].notes == ("[BEGIN] without [DONE]",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "holds no samples"),
        (("nonsense",), "s.jsonl:1: not valid JSON"),
        (({"problem": "Prob001_invert", "code": "x"}, '{"problem": "Prob0'), "s.jsonl:2: not valid JSON"),
        ((["x"],), "s.jsonl:1: a JSON object is needed, not list"),
        (({"code": "x"},), "s.jsonl:1: names no problem; it has the keys code"),
        (({"problem": "Prob001_invert", "sample": 1},), "s.jsonl:1: has no code, completion or response"),
        (({"problem": "Prob001_invert", "code": 5},), "s.jsonl:1: a text is needed, not int"),
        (({"problem": "Prob001_invert", "sample": "x", "code": ""},), "'x' is no number of a sample"),
        (({"problem": "Prob001_invert", "sample": -1, "code": ""},), "'-1' is no number of a sample"),
        (
            (
                {"problem": "Prob001_invert", "code": "x"},
                {"problem": "a", "code": "x"},
                {"problem": "b", "code": ""},
            ),
            "s.jsonl:2: 2 problems are not in verilog-eval (spec-to-rtl): a, b",
        ),
        (
            [{"problem": f"p{n}", "code": ""} for n in range(7)],
            "7 problems are not in verilog-eval (spec-to-rtl): p0, p1, p2, p3, p4 and 2 more",
        ),
        (
            [{"problem": name, "sample": 4, "code": ""} for name in ("Prob001_invert", "Prob001")],
            "s.jsonl:2: a second sample 4 for Prob001_invert, the first is at",
        ),
    ],
)
def test_errors(problems: tuple[Problem, ...], tmp_path: Path, rows: Any, message: str) -> None:
    path = write(tmp_path / "s.jsonl", *rows)
    with pytest.raises(UsageError) as caught:
        read_code_samples(path, problems)
    assert message in str(caught.value)


def test_missing_and_binary_files(problems: tuple[Problem, ...], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no samples"):
        read_code_samples(tmp_path / "none.jsonl", problems)
    (tmp_path / "b.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8 text"):
        read_code_samples(tmp_path / "b.jsonl", problems)
