"""What is taken home: scripts that give the same figures in a plain shell, netlists, proofs that can fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError
from rtlgen.core.tools import find
from rtlgen.synth.design import Design, Source
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.export import Exported, export
from rtlgen.synth.frontend import load
from rtlgen.synth.library import Library, library
from rtlgen.synth.proof import prove
from rtlgen.synth.qor import parse_luts, parse_timed
from rtlgen.synth.recipe import parse
from rtlgen.synth.replay import replay, replayed

pytestmark = pytest.mark.needs_sandbox
RECIPE = parse("resyn2; dch")
SOURCE = """
module top (input clk, input rst_n, input [5:0] a, b, input [1:0] op, output reg [5:0] y, output reg hit);
  reg [5:0] seen;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) begin y <= 0; seen <= 6'h2a; end
    else begin
      seen <= seen ^ a;
      case (op) 0: y <= a + b; 1: y <= a - b; 2: y <= a & seen; default: y <= b >> 1; endcase
    end
  always @(posedge clk) if (op[0]) hit <= seen == b;
endmodule
"""


def made(folder: Path, target: Library, text: str = SOURCE) -> Design:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "top.v").write_text(text)
    (folder / "work").mkdir(exist_ok=True)
    return load(Source(files=(folder / "top.v",), top="top"), target, folder / "work", rows=False)


@pytest.fixture(params=["cells", "luts"])
def target(request: pytest.FixtureRequest, generic: Library) -> Library:
    return generic if request.param == "cells" else library(lut=4)


@pytest.fixture
def taken(tmp_path: Path, target: Library) -> tuple[Design, Exported]:
    design = made(tmp_path / "design", target)
    return design, export(design, RECIPE, target, tmp_path / "out", remarks=["seed 3"])


def test_the_scripts_give_the_figures_of_the_search_again(
    taken: tuple[Design, Exported], tmp_path: Path, target: Library
) -> None:
    design, exported = taken
    (tmp_path / "states").mkdir()
    with Explorer(design.circuit, target, tmp_path / "states") as explorer:
        searched = explorer.evaluate(RECIPE)
    again = replayed(exported)
    assert searched == exported.qor == again.qor == replay(exported)
    assert again.same_netlist


def test_plain_shell(taken: tuple[Design, Exported], target: Library) -> None:
    """Nothing of rtlgen but the folder: the commands that it names, typed."""
    _, exported = taken
    assert exported.commands == ("yosys-abc -f best.abc", "sh synth.sh")
    abc = subprocess.run(
        [str(find("yosys-abc").path), "-f", "best.abc"], cwd=exported.folder, capture_output=True, text=True
    )
    wheel = {"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}
    shell = subprocess.run(["sh", "best.sh"], cwd=exported.folder, capture_output=True, text=True, env=wheel)
    yosys = subprocess.run(
        ["sh", "synth.sh"],
        cwd=exported.folder,
        capture_output=True,
        text=True,
        env=wheel,
    )
    assert yosys.returncode == 0, yosys.stderr
    inside = "\n".join(row for row in yosys.stdout.splitlines() if row.startswith("ABC: "))
    for said in (abc.stdout, shell.stdout, inside):
        plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
        if target.lut is None:
            assert parse_timed(plain) == (exported.qor.gates, exported.qor.area, exported.qor.delay)
        else:
            assert parse_luts(plain) == (exported.qor.gates, int(exported.qor.delay))


def test_what_is_in_the_folder(taken: tuple[Design, Exported], target: Library) -> None:
    _, exported = taken
    names = {path.name for path in exported.folder.iterdir()}
    assert names == set(exported.files)
    assert {
        "best.abc",
        "best-for-yosys.abc",
        "synth.ys",
        "synth.sh",
        "start.aig",
        "top.v",
        "top.blif",
    } <= names
    text = (exported.folder / "best.abc").read_text()
    assert "# seed 3" in text and f"{exported.qor.nodes} nodes" in text
    for word in re.findall(r"^(?:read|write)_\S+ (?:-\S+ )*(\S+)", text, re.MULTILINE):
        assert "/" not in word  # the generic library lies beside
    if target.lut is None:
        snippet = json.loads((exported.folder / "librelane.json").read_text())
        assert Path(snippet["SYNTH_ABC_STRATEGY_SCRIPT"]).is_file()
        assert (
            f"SYNTH_NETLIST_FILES = {exported.folder}/top.v" in (exported.folder / "openroad.mk").read_text()
        )


def test_proven_and_what_is_not(taken: tuple[Design, Exported], target: Library) -> None:
    design, exported = taken
    proof = prove(design, exported)
    assert proof.status == "equal", proof
    assert "cec of the logic; cec of the netlist cut at its registers" in proof.method
    # another function in the netlist alone, then in the logic
    netlist = exported.folder / "top.v"
    good = netlist.read_text()
    netlist.write_text(damaged(good, target))
    wrong = prove(design, exported, source_seconds=0)
    assert (wrong.status, wrong.method) == ("different", ""), wrong
    netlist.write_text(good)
    logic = exported.folder / "logic.blif"
    other = made(exported.folder.parent / "other", target, SOURCE.replace("a + b", "a + b + 1"))
    export(other, RECIPE, target, exported.folder)
    assert logic.is_file()
    assert prove(design, exported, source_seconds=0).status in ("different", "unknown")


def damaged(text: str, target: Library) -> str:
    """The netlist with one gate of another kind."""
    if target.lut is not None:
        return re.sub(
            r"(assign \S+ = \d+'h)([0-9a-f]*)([0-9a-f])( >>)",
            lambda m: m[1] + m[2] + f"{int(m[3], 16) ^ 15:x}" + m[4],
            text,
            count=1,
        )
    assert re.search(r"NAND2_X\d", text)
    return re.sub(r"NAND2_(X\d)", r"NOR2_\1", text, count=1)


def test_a_register_of_another_kind_is_no_proof(tmp_path: Path, generic: Library) -> None:
    design = made(tmp_path / "design", generic)
    exported = export(design, RECIPE, generic, tmp_path / "out")
    netlist = exported.folder / "top.v"
    text = netlist.read_text()
    assert "DFFR_X1" in text
    netlist.write_text(re.sub(r"\.CK\(clk\)", ".CK(rst_n)", text, count=1))
    assert prove(design, exported, source_seconds=0).status == "different"


def test_a_small_design_is_proven_against_its_source(tmp_path: Path, generic: Library) -> None:
    text = "module top (input c, r, [2:0] a, output reg [2:0] q);\n"
    text += "  always @(posedge c) if (r) q <= 0; else q <= q + a;\nendmodule\n"
    design = made(tmp_path / "design", generic, text.replace("r, [2:0]", "input r, input [2:0]"))
    exported = export(design, parse("dc2"), generic, tmp_path / "out")
    proof = prove(design, exported, source_seconds=20)
    assert proof.status == "equal"
    assert "netlist against source" in proof.method, proof


def test_a_circuit_file(tmp_path: Path, generic: Library) -> None:
    (tmp_path / "sum.blif").write_text(
        ".model sum\n.inputs a b c\n.outputs s d\n.names a b n\n10 1\n01 1\n.names n c s\n10 1\n01 1\n"
        ".names a b c d\n11- 1\n1-1 1\n-11 1\n.end\n"
    )
    design = load(Source(circuit=tmp_path / "sum.blif"), generic, tmp_path)
    exported = export(design, parse("dc2; dch"), generic, tmp_path / "out")
    own = ("best.abc", "best.sh", "start.aig", "sum.blif", "sum.v")
    assert set(exported.files) == {*own, generic.files[0].name}
    assert exported.commands == ("yosys-abc -f best.abc",)
    assert replay(exported) == exported.qor
    assert prove(design, exported).status == "equal"
    text = (exported.folder / "sum.blif").read_text()
    assert ".gate NAND3_X1" in text
    (exported.folder / "sum.blif").write_text(text.replace(".gate NAND3_X1", ".gate NOR3_X1"))
    assert prove(design, exported).status == "different"


def test_nothing_is_half_written(tmp_path: Path, generic: Library) -> None:
    design = made(tmp_path / "design", generic)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("stays")
    (tmp_path / "design" / "top.v").unlink()
    with pytest.raises(DesignError):
        export(design, RECIPE, generic, out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    assert {path.name for path in tmp_path.iterdir()} == {"design", "out"}


def test_a_missing_file_is_no_replay(taken: tuple[Design, Exported]) -> None:
    _, exported = taken
    (exported.folder / "start.aig").unlink()
    with pytest.raises(DesignError, match="missing"):
        replay(exported)
