"""`rtlgen eval bits` and `eval tokenizer` as a user types them: tables, JSON, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

RTLGEN = [sys.executable, "-P", "-m", "rtlgen", "eval"]


def _type(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RTLGEN, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    body = "".join(f"  assign y{i} = a{i} + {i};\n" for i in range(30))
    rows = [{"repo": "me/core", "path": f"{n}.v", "text": f"module {n};\n{body}endmodule\n"} for n in "abc"]
    (tmp_path / "dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path / "dev.jsonl"


def test_bits_table_and_json(data: Path, tmp_path: Path) -> None:
    ran = _type("bits", "--data", data, "--coder", "xz", "--share", "400", "--segment", "200", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "bits per byte" in ran.stdout
    assert "me/core" in ran.stdout
    answer = _type(
        "bits",
        "--data",
        data,
        "--corpus",
        data,
        "--limit",
        "1",
        "--segment",
        "200",
        "-q",
        "--json",
        cwd=tmp_path,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    found = json.loads(answer.stdout)
    assert found["kind"] == "eval bits"
    names = [coder["name"] for coder in found["data"]["coders"]]
    assert names == ["model", "mixture", "mixture-near", "xz", "5-gram", "5-gram+repository"]


def test_tokenizer_table(data: Path, tmp_path: Path) -> None:
    ran = _type(
        "tokenizer", "--data", data, "--corpus", data, "--vocabulary", "300", "--scheme", "code", cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert "bytes per token" in ran.stdout
    assert ran.stderr.startswith("code 300:")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bits"], 2, "Missing option '--data'"),
        (["bits", "--data", "none.jsonl"], 2, "cannot read the corpus"),
        (["bits", "--data", "dev.jsonl", "--coder", "5-gram"], 2, "the 5-gram models need a corpus"),
        (["bits", "--data", "dev.jsonl", "--repository", "x/y"], 2, "no repository 'x/y'"),
        (["bits", "--data", "dev.jsonl", "--model", "nowhere", "--limit", "1"], 3, "nowhere"),
        (["tokenizer", "--data", "dev.jsonl"], 2, "Missing option '--corpus'"),
        (
            [
                "tokenizer",
                "--data",
                "dev.jsonl",
                "--corpus",
                "dev.jsonl",
                "--vocabulary",
                "300",
                "--file",
                "no.json",
            ],
            2,
            "no.json",
        ),
    ],
)
def test_what_cannot_be_measured(
    data: Path, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    ran = _type(*arguments, cwd=tmp_path)
    assert (ran.returncode, message in ran.stderr) == (code, True), ran.stderr
    assert "Traceback" not in ran.stderr
