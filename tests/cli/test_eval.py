"""`rtlgen eval rtl-repo` and `build` as a user types them: output, exit codes, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

VERB = [sys.executable, "-P", "-m", "rtlgen", "eval", "rtl-repo"]


def _type(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*VERB, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "me+core"
    folder.mkdir()
    for name in ("alu", "fifo", "uart", "top", "tb"):
        body = "".join(f"  assign {name}_y{i} = {name}_a{i} + {i};\n" for i in range(12))
        (folder / f"{name}.v").write_text(f"module {name};\n{body}endmodule\n")
    return folder


def test_build_then_evaluate_then_score_again(repository: Path, tmp_path: Path) -> None:
    built = _type("build", repository, "--out", "dev.jsonl", "--lines", "20", cwd=tmp_path)
    assert built.returncode == 0
    assert built.stdout == "dev.jsonl\t20\n"
    assert built.stderr.startswith("me/core: 20 lines of 5 files, 5 Verilog files in 1 units")

    ran = _type("--data", "dev.jsonl", "--predictor", "copy", "--json", "--out", "run", cwd=tmp_path)
    assert ran.returncode == 0
    answer = json.loads(ran.stdout)
    assert answer["kind"] == "eval rtl-repo"
    assert answer["schema"] == 1
    assert 0 <= answer["data"]["exact_match"] <= 100
    assert 0 < answer["data"]["edit_similarity"] <= 100
    assert ran.stderr == "copy: 20 of 20\n"

    again = _type("--data", "dev.jsonl", "--samples", "run/copy.samples.jsonl", "-q", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stderr == ""
    assert f"{answer['data']['exact_match']:.2f}" in again.stdout


def test_build_json(repository: Path, tmp_path: Path) -> None:
    built = _type("build", repository, "--out", "d.jsonl", "--json", cwd=tmp_path)
    answer = json.loads(built.stdout)
    assert answer["kind"] == "eval rtl-repo build"
    assert answer["data"]["files"] == {"d.jsonl": 4}
    assert answer["data"]["repositories"][0]["name"] == "me/core"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "rtlgen: no data was given\n  next: rtlgen eval rtl-repo --data FILE.jsonl"),
        (["--data", "none.jsonl"], 2, "rtlgen: none.jsonl: there is no such data file\n  next: "),
        (["--data", "bad.jsonl"], 2, "rtlgen: bad.jsonl:1: not valid JSON"),
        (["--data", "empty.jsonl"], 2, "rtlgen: empty.jsonl: the data file has no records"),
        (["--data", "row.jsonl"], 2, "rtlgen: row.jsonl:1: missing columns file_path, context, cropped_code"),
        (["--samples", "none.jsonl"], 2, "rtlgen: none.jsonl: there is no such samples file"),
        (["--predictor", "luck"], 2, "Invalid value for '--predictor'"),
        (["build", "none", "--out", "d.jsonl"], 2, "rtlgen: none: is not a folder"),
        (["build", "few", "--out", "d.jsonl"], 1, "rtlgen: no unit of 4 to 24 Verilog files"),
        (["build", "--out", "d.jsonl"], 2, "Missing argument 'REPO...'"),
    ],
)
def test_bad_input(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    (tmp_path / "bad.jsonl").write_text("{\n")
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "row.jsonl").write_text('{"repo_name": "x"}\n')
    (tmp_path / "few").mkdir()
    done = _type(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "d.jsonl").exists()


def test_published_predictions(tmp_path: Path) -> None:
    (tmp_path / "gpt.jsonl").write_text('{"generated": "assign a = b;", "label": "assign a = b;"}\n')
    done = _type("--samples", "gpt.jsonl", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["data"]["exact_match"] == 100.0
