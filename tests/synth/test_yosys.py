"""A script in a child process: its results, its errors, and what it is not allowed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, LimitError, UsageError
from rtlgen.synth.yosys import HANDOVER, YOSYS_LIMITS, handed_over, quoted, run, run_file

pytestmark = pytest.mark.needs_sandbox
ADDER = "module top (input [3:0] a, b, output [4:0] y); assign y = a + b; endmodule\n"


def test_files_warnings_and_fingerprint(tmp_path: Path) -> None:
    source, work = tmp_path / "in" / "adder.v", tmp_path / "work"
    for folder in (source.parent, work):
        folder.mkdir()
    source.write_text(ADDER.replace("endmodule", "wire w; assign w = u; endmodule"))
    done = run(
        [f"read_verilog {quoted(source)}", "synth -top top -noabc", "write_json out.json"],
        work=work,
        read_only=[source],
    )
    assert (work / "out.json").stat().st_size > 1000
    assert any("implicitly declared" in warning for warning in done.warnings)
    assert done.tools["yosys"].startswith("0.")
    assert "Executing SYNTH pass" in done.log


@pytest.mark.parametrize(
    "command",
    ["exec -- id", "!id", "ls; exec -- id", "ls\n!id", "tcl a.tcl", "script a.ys", "plugin -i x", "cd /", "shell", "",
     "tee -q -o f exec -- id", "abc -exe /bin/sh", "abc -script +!id", "abc", "tee -q -o f abc", HANDOVER + " "],
)  # fmt: skip
def test_only_listed_commands(command: str) -> None:
    with pytest.raises(UsageError, match="not an allowed Yosys command"):
        run([command])


@pytest.mark.parametrize("as_file", [False, True])
def test_the_one_form_of_abc_leaves_what_it_was_handed(tmp_path: Path, as_file: bool) -> None:
    (tmp_path / "adder.v").write_text(ADDER)
    script = ["read_verilog adder.v", "synth -top top -noabc", "select -set logic t:$_*", HANDOVER]
    done = run(script, work=tmp_path, as_file=as_file)
    ((module, folder),) = handed_over(done.log)
    assert module == "top"
    assert (tmp_path / folder / "input.blif").read_text().count(".names") > 8
    with pytest.raises(UsageError):
        run([*script, "abc -script handover.abc"], work=tmp_path, as_file=as_file)


def test_a_script_file_gives_what_its_commands_give(tmp_path: Path) -> None:
    """Names, and with them orders, are those of a user's script only when the commands come from a file."""
    written = []
    script = ["read_verilog adder.v", "synth -top top -noabc", "write_rtlil out.il"]
    for name in ("a", "b"):
        work = tmp_path / name
        work.mkdir()
        (work / "adder.v").write_text(ADDER)
        if name == "a":
            run(script, work=work, as_file=True)
        else:
            (work / "mine.ys").write_text("# a comment\n" + "\n".join(script) + "\n")
            run_file("mine.ys", work)
        written.append((work / "out.il").read_text())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("module top;\n  assign = 1;\nendmodule\n", "a.v:2", "syntax error"),
        ("module top;\n  other u ();\nendmodule\n", "yosys", "other"),
        (
            "module top (input a, output reg y);\n  always @(a or posedge a) y = a;\nendmodule\n",
            "a.v:2",
            "event list",
        ),
    ],
)
def test_the_first_error_with_its_place(tmp_path: Path, text: str, where: str, what: str) -> None:
    (tmp_path / "a.v").write_text(text)
    with pytest.raises(DesignError, match=what) as failed:
        run(["read_verilog a.v", "hierarchy -check -top top", "proc"], work=tmp_path)
    assert failed.value.where == where


def test_it_sees_only_its_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.v"
    secret.write_text(ADDER)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(DesignError, match=r"secret\.v"):
        run([f"read_verilog {quoted(secret)}"], work=work)
    run([f"write_rtlil {quoted(tmp_path / 'escaped.il')}"], work=work)  # into a folder of the sandbox's own
    assert not (tmp_path / "escaped.il").exists()
    assert run([f"read_verilog {quoted(secret)}"], work=work, sandboxed=False).log


def test_a_script_that_does_not_end(tmp_path: Path) -> None:
    (tmp_path / "a.v").write_text("module top (output y); function f(input x); begin while (1) f = x; end endfunction\n"
                                  "assign y = f(1'b1); endmodule\n")  # fmt: skip
    with pytest.raises((LimitError, DesignError)):
        run(
            ["read_verilog a.v", "hierarchy -check -top top", "proc"],
            work=tmp_path,
            limits=replace(YOSYS_LIMITS, wall_s=2, memory_mb=1500),
        )
