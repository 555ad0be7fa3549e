from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rtlgen.cli.config import config
from rtlgen.core.errors import UsageError
from rtlgen.core.keys import KEYS, markdown


def test_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rtlgen.toml").write_text("[complete]\nn = 5\n[project]\ndefines = ['A=\"x\"']\n")
    monkeypatch.setenv("RTLGEN_MODEL_THREADS", "2")
    lines = CliRunner().invoke(config, ["show", str(tmp_path)]).output.splitlines()
    assert len(lines) == len(KEYS)
    rows = {line.split()[0]: line for line in lines}
    assert rows["complete.n"].split()[1:] == ["5", "rtlgen.toml:2"]
    assert rows["model.threads"].split()[1:] == ["2", "RTLGEN_MODEL_THREADS"]
    assert rows["project.defines"].split()[1:] == [r'["A=\"x\""]', "rtlgen.toml:4"]
    assert rows["project.top"].split()[1:] == ["(none)", "default"]
    changed = CliRunner().invoke(config, ["show", str(tmp_path), "--changed"]).output
    assert [line.split()[0] for line in changed.splitlines()] == [
        "project.defines",
        "model.threads",
        "complete.n",
    ]


def test_show_json(tmp_path: Path) -> None:
    record = json.loads(CliRunner().invoke(config, ["show", str(tmp_path), "--json"]).output)
    assert record["kind"] == "config"
    assert record["data"]["complete.n"] == {"value": 3, "origin": "default", "env": "RTLGEN_COMPLETE_N"}
    assert list(record["data"]) == list(KEYS)


def test_an_unknown_key_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rtlgen.toml").write_text("[complete]\nnum = 5\n")
    result = CliRunner().invoke(config, ["show", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == (
        f'{tmp_path}/rtlgen.toml:2: unknown setting "complete.num"; did you mean "complete.n"?\n'
        "  next: list them: rtlgen config keys"
    )


def test_a_root_that_is_none(tmp_path: Path) -> None:
    assert isinstance(CliRunner().invoke(config, ["show", str(tmp_path / "x")]).exception, UsageError)


def test_keys() -> None:
    output = CliRunner().invoke(config, ["keys"]).output
    assert "complete.n                 int         3\n" in output
    record = json.loads(CliRunner().invoke(config, ["keys", "--json"]).output)
    assert [row["name"] for row in record["data"]] == list(KEYS)
    assert CliRunner().invoke(config, ["keys", "--markdown"]).output == markdown()
    assert isinstance(CliRunner().invoke(config, ["keys", "--markdown", "--json"]).exception, UsageError)
