"""`rtlgen bench check`: options, text and JSON, with one problem of two designs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rtlgen.cli import cli
from rtlgen.core.errors import UsageError

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]
DESIGN = "module verified_inv (\n  input a,\n  output y\n);\n  assign y = ~a;\nendmodule\n"
BENCH = """
module testbench;
  reg a; wire y;
  inv uut (.a(a), .y(y));
  initial begin
    a = 0; #1;
    if (y === 1) $display("===========Your Design Passed===========");
    else $display("===========Error===========");
    $finish;
  end
endmodule
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """RTLLM's layout, with a test bench that looks at one of two inputs."""
    folder = tmp_path / "rtllm" / "Arithmetic" / "Other" / "inv"
    folder.mkdir(parents=True)
    (folder / "design_description.txt").write_text("Module name: inv\n")
    (folder / "testbench.v").write_text(BENCH)
    (folder / "verified_inv.v").write_text(DESIGN)
    return tmp_path / "rtllm"


def test_text_and_json(data: Path, tmp_path: Path) -> None:
    command = ["bench", "check", "rtllm", "--data", str(data), "--out", str(tmp_path / "out"), "--jobs", "1"]
    shown = CliRunner().invoke(cli, command)
    assert shown.exit_code == 0, shown.output
    assert "[1/1] inv: " in shown.stderr
    assert "all 1: passes 1 test benches wrongly: inv" in shown.stdout
    assert "1 of 1 test benches notice less than 95 %" in shown.stdout
    assert "line 5, " in shown.stdout
    again = CliRunner().invoke(cli, [*command, "--json", "-q"])
    record = json.loads(again.stdout)
    assert (record["kind"], again.stderr) == ("bench check", "")
    assert record["data"]["weak"] == ["inv"]
    assert record["data"]["trivial_passes"] == {"no body": [], "all 0": [], "all 1": ["inv"]}
    assert set(record["data"]["tools"]) == {"iverilog", "vvp", "yosys", "yosys-abc"}


def test_bad_input(data: Path, tmp_path: Path) -> None:
    wrong = CliRunner().invoke(cli, ["bench", "check", "other", "--data", str(data)])
    assert wrong.exit_code == 2
    missing = CliRunner().invoke(cli, ["bench", "check", "rtllm", "--data", str(tmp_path / "none")])
    assert isinstance(missing.exception, UsageError)
    none = CliRunner().invoke(cli, ["bench", "check", "rtllm", "--data", str(data), "--problems", "x*"])
    assert "no problem is called 'x*'" in str(none.exception)
