from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rtlgen.cli.doctor import doctor
from rtlgen.core.errors import ToolError, UsageError


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder whose model is present, whatever the checkout holds."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"x")
    monkeypatch.setenv("RTLGEN_MODEL_PATH", str(folder))
    return folder


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_all_is_well(tmp_path: Path, model: Path) -> None:
    result = CliRunner().invoke(doctor, [str(tmp_path), "--no-gpu"])
    assert result.exception is None, result.output
    lines = {line.split()[1]: line.split()[0] for line in result.output.splitlines() if "next:" not in line}
    assert lines["sandbox"] == lines["iverilog"] == lines["model"] == lines["store"] == "ok"


def test_json_is_printed_also_when_something_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RTLGEN_MODEL_PATH", "none/at/all")
    result = CliRunner().invoke(doctor, [str(tmp_path), "--no-gpu", "--json"])
    assert isinstance(result.exception, ToolError)
    assert result.exception.exit_code == 3
    data = json.loads(result.stdout)["data"]
    assert data["ok"] is False
    (check,) = [check for check in data["checks"] if check["name"] == "model"]
    assert check["status"] == "missing"
    assert check["next"].startswith("set model.path to a folder")


@pytest.mark.needs_sandbox
def test_the_failing_rows_say_what_to_type(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RTLGEN_VVP", str(tmp_path / "gone"))
    result = CliRunner().invoke(doctor, [str(tmp_path), "--no-gpu", "-q"])
    assert isinstance(result.exception, ToolError)
    assert str(result.exception) == (
        "required, but not working: vvp\n  next: the commands above mend each of them"
    )
    assert f"vvp is not an executable file (RTLGEN_VVP={tmp_path}/gone)" in result.output
    assert "next: apt install iverilog, or set RTLGEN_VVP to its path" in result.output
    assert "ok " not in result.output


def test_no_colour_in_a_pipe(tmp_path: Path, model: Path) -> None:
    assert "\x1b[" not in CliRunner().invoke(doctor, [str(tmp_path), "--no-gpu"], color=True).output


def test_a_root_that_is_none(tmp_path: Path) -> None:
    assert isinstance(CliRunner().invoke(doctor, [str(tmp_path / "x")]).exception, UsageError)
