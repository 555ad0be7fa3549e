"""`rtlgen synth` as one types it: tables, JSON, exit codes, silence, and one clear error for each mistake."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs_sandbox
Shell = Callable[..., tuple[int, str, str]]
ADDER = """module half(input a, b, output s, c); assign s = a ^ b; assign c = a & b; endmodule
module top(input clk, input [3:0] a, b, output reg [4:0] q);
  wire s, c; half h(a[0], b[0], s, c);
  always @(posedge clk) q <= {a[3:1] * b[3:1] + c, s};
endmodule
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Shell) -> Shell:
    """Run a command line in this process, in a folder with a design and a circuit: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rtlgen.toml").write_text("")
    (tmp_path / "adder.v").write_text(ADDER)
    (tmp_path / "maj.blif").write_text(
        ".model maj\n.inputs a b c d\n.outputs y\n.names a b c x\n11- 1\n1-1 1\n-11 1\n.names x d y\n10 1\n01 1\n.end\n"
    )

    return typed


def test_the_report_of_a_design_has_its_registers_and_its_modules(shell: Shell) -> None:
    code, out, err = shell("rtlgen synth adder.v --top top")
    assert code == 0, err
    lines = out.splitlines()
    assert (
        lines[0].startswith("top on rtlgen_generic: 8 inputs, 4 outputs,")
        and "4 registers (area " in lines[0]
    )
    assert lines[2].split()[:4] == ["recipe", "area", "delay", "ps"]
    assert [line.split()[0] for line in lines[3:6]] == ["start", "resyn2", "yosys"]
    half = next(line.split() for line in lines if line.startswith("half"))
    assert half[1:3] == ["1", "0"]
    assert "reading the design" in err and "scoring the baselines" in err


def test_luts_a_recipe_and_json(shell: Shell) -> None:
    code, out, err = shell("rtlgen synth maj.blif --lut 4 --recipe 'dc2; if -K 4; mfs2' --json -q")
    assert code == 0 and err == ""
    record = json.loads(out)
    assert record["kind"] == "synth" and record["data"]["target"] == "lut4"
    rows = {row["name"]: row["qor"] for row in record["data"]["rows"]}
    assert rows["recipe"]["area"] == 1 and rows["recipe"]["delay"] == 1
    assert record["data"]["record"]["replay"].startswith("rtlgen synth maj.blif --lut 4 --recipe")
    text = shell("rtlgen synth maj.blif --lut 4 -q")[1]
    assert text.splitlines()[2].split()[:3] == ["recipe", "luts", "levels"]


def test_a_search_shows_figures_proof_replay_and_files(shell: Shell, tmp_path: Path) -> None:
    line = "rtlgen synth adder.v --top top --recipe-search --strategy random --actions published --budget 15"
    code, out, err = shell(f"{line} --length 6 --jobs 1 --out found")
    assert code == 0, err
    assert "search  random: 15 of 15 recipes scored, objective product, seed 0, published actions" in out
    assert "proof   equal (cec of the logic" in out
    assert "replay  the plain script in a fresh process gave the same figures" in out
    assert "files  found: best-for-yosys.abc best.abc" in out
    assert "15/15 best " in err
    assert "gain    area " in out or "no gain no recipe that was scored beats " in out
    names = {path.name for path in (tmp_path / "found").iterdir()}
    assert {"best.abc", "synth.ys", "top.v", "start.aig", "result.json", "convergence.csv"} <= names


MISTAKES = {
    "rtlgen synth nowhere.v": (2, "nowhere.v: no such file or folder", "check the path"),
    "rtlgen synth adder.v --top no_such": (1, "no_such", ""),
    "rtlgen synth adder.v maj.blif": (2, "not a mixture", "rtlgen synth FOLDER --top NAME"),
    "rtlgen synth maj.blif --top top": (2, "a circuit file has no top", "leave --top"),
    "rtlgen synth maj.blif --recipe '!ls'": (2, "!ls", ""),
    "rtlgen synth maj.blif --recipe 'resyn22'": (2, "resyn22", "did you mean resyn2?"),
    "rtlgen synth maj.blif --recipe 'rewrite -q'": (2, "'-q' is no option of rewrite", "rewrite"),
    "rtlgen synth maj.blif --lut 6 --recipe 'map'": (2, "map", ""),
    "rtlgen synth maj.blif --lut 4 --liberty a.lib": (2, "--lut and --liberty at once", "one target"),
    "rtlgen synth maj.blif --liberty a.lib": (2, "a.lib: no such liberty file", "check the path"),
    "rtlgen synth maj.blif --lut 20": (2, "synth.lut must be from 2 to 8, not 20", "rtlgen config keys"),
    "rtlgen synth maj.blif --recipe-search --budget 0": (2, "a budget of 0", "--budget 100"),
    "rtlgen synth maj.blif --recipe-search --strategy portfolo": (
        2,
        "no strategy",
        "did you mean portfolio?",
    ),
    "rtlgen synth maj.blif --recipe-search --objective power": (
        2,
        "no objective 'power'",
        "one of product, area, delay",
    ),
    "rtlgen synth maj.blif --recipe-search --max-delay 0": (2, "synth.max_delay must be at least", ""),
    "rtlgen synth maj.blif --recipe-search --out full": (
        2,
        "full: is not empty and holds no results",
        "--out DIR",
    ),
    "rtlgen synth maj.blif --recipe-search --out adder.v": (2, "it is a file", "name a new folder"),
    "rtlgen synth adder.v --top top -P W": (2, "'W' is no parameter", "-P NAME=VALUE"),
    "rtlgen synth adder.v --top top -I nowhere": (2, "no such include folder", "correct -I"),
    "rtlgen synth broken.lib.v": (1, "broken.lib.v", ""),
}


@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_gets_one_answer(shell: Shell, tmp_path: Path, line: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("")
    (tmp_path / "broken.lib.v").write_text("module m(input a; endmodule\n")
    code, out, err = shell(line)
    wanted, what, hint = MISTAKES[line]
    assert (code, out) == (wanted, ""), err
    last = err[err.index("rtlgen: ") :]
    assert what in last and hint in last and "\n  next: " in last, err
    assert "Traceback" not in err and len(last) < 600


def test_a_liberty_file_without_an_inverter_and_a_truncated_one(shell: Shell, tmp_path: Path) -> None:
    from rtlgen.synth.generic import liberty

    text = liberty()
    (tmp_path / "cut.lib").write_text(text[: len(text) // 3])
    start = text.index("  cell (INV_X1)")
    (tmp_path / "none.lib").write_text(text[:start] + text[text.index("  cell (BUF_X1)") :])
    for name in ("cut", "none"):
        code, _, err = shell(f"rtlgen synth maj.blif --liberty {name}.lib -q")
        assert code == 1 and f"{name}.lib: ABC cannot map to this library" in err, err


def test_settings_are_read_and_flags_win(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "rtlgen.toml").write_text("[synth]\nlut = 3\n")
    assert "on lut3:" in shell("rtlgen synth maj.blif -q")[1]
    assert "on lut5:" in shell("rtlgen synth maj.blif --lut 5 -q")[1]


def test_help_starts_without_heavy_libraries() -> None:
    program = (
        "import sys; from rtlgen.cli import cli; "
        "cli.main(['synth', '--help'], standalone_mode=False); "
        "print([m for m in ('torch', 'matplotlib', 'numpy', 'pyosys', 'faiss') if m in sys.modules])"
    )
    import sys

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]" and "--recipe-search" in done.stdout
