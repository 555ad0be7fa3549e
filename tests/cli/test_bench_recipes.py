"""`rtlgen bench recipes`: text, JSON, files and errors, by real ABC on one small circuit."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rtlgen.cli import cli
from rtlgen.core.errors import UsageError
from rtlgen.report.recipes import grid, percent

ROWS = (".names a b n1\n11 1\n", ".names n1 c n2\n10 1\n01 1\n", ".names n2 a d y\n1-0 1\n011 1\n")


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    path = tmp_path / "apex7.blif"  # the name of a held-out or published circuit is as good as any other here
    path.write_text(".model m\n.inputs a b c d\n.outputs y\n" + "".join(ROWS) + ".end\n")
    return path


def bench(*words: str | Path) -> list[str]:
    return ["bench", "recipes", *(str(word) for word in words)]


def test_text_json_and_files(circuit: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = bench("--circuits", circuit, "--lut", "3", "--budget", "6", "--seeds", "2", "--length", "4")
    command += ["--strategies", "random,anneal", "--out", str(out)]
    shown = CliRunner().invoke(cli, command)
    assert shown.exit_code == 0, shown.output
    assert "[1/4] apex7, random, seed 0: " in shown.stderr and "written: " in shown.stderr
    assert "1 circuits, 6 scored recipes, at most 4 steps, 2 seeds; lut3; yosys-abc" in shown.stdout
    for text in ("| strategy", "paired difference, points", "has the final quality of", "SeeA* (cluster)"):
        assert text in shown.stdout
    assert "cannot be compared with those above in the absolute" in shown.stdout
    again = CliRunner().invoke(cli, [*command, "--json", "-q"])
    record = json.loads(again.stdout)
    assert (record["kind"], again.stderr) == ("bench recipes", "")
    assert len(record["data"]["run"]["records"]) == 4
    assert {row["strategy"] for row in record["data"]["statistics"]["standings"]} == {"random", "anneal"}
    assert json.loads((out / "summary.json").read_text())["data"]["circuits"] == ["apex7"]
    curves = list(csv.reader((out / "curves.csv").read_text().splitlines()))
    assert curves[0] == ["scored", "random", "anneal"] and len(curves) == 7
    assert len(list(csv.DictReader((out / "searches.csv").read_text().splitlines()))) == 4
    assert (out / "report.md").read_text().startswith("1 circuits, 6 scored recipes")


def test_pictures(circuit: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    command = bench("--circuits", circuit, "--lut", "3", "--budget", "3", "--seeds", "1", "-q")
    done = CliRunner().invoke(cli, [*command, "--strategies", "random", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "convergence.png").read_bytes().startswith(b"\x89PNG")
    assert "mean reduction against resyn2" in (tmp_path / "out" / "convergence.svg").read_text()


def test_everything_allowed_is_in_the_name(circuit: Path, tmp_path: Path) -> None:
    command = bench("--circuits", circuit, "--lut", "3", "--budget", "3", "--seeds", "1", "--actions", "all")
    done = CliRunner().invoke(cli, [*command, "--strategies", "fixed,fixed", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "[1/1] apex7, fixed:wide, seed 0: " in done.stderr


def test_the_default_library_is_our_own(circuit: Path, tmp_path: Path) -> None:
    command = bench("--circuits", circuit, "--budget", "2", "--seeds", "1", "--strategies", "random")
    done = CliRunner().invoke(cli, [*command, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "generic" in done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--strategies", "anneall"), "did you mean anneal?"),
        (("--strategies", ""), "no strategy is named"),
        (("--strategies", "random", "--budget", "0"), "a budget of no recipes compares nothing"),
        (("--strategies", "random", "--seeds", "0"), "without a seed nothing is run"),
        (("--strategies", "random", "--length", "0"), "recipes of no steps"),
        (("--strategies", "random", "--lut", "99"), "LUTs of 99 inputs"),
        (("--strategies", "random", "--liberty", "none.lib"), "one target is needed"),
    ],
)
def test_wrong_options(circuit: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    lut = () if words[2:3] == ("--lut",) else ("--lut", "3")
    done = CliRunner().invoke(cli, bench("--circuits", circuit, *lut, *words, "--out", tmp_path / "out"))
    assert isinstance(done.exception, UsageError) and said in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_no_circuits(tmp_path: Path) -> None:
    words = ("--lut", "3", "--strategies", "random", "--out", tmp_path / "out")
    none = CliRunner().invoke(cli, bench(*words))
    assert none.exit_code == 2 and "--circuits" in none.output
    (tmp_path / "empty").mkdir()
    empty = CliRunner().invoke(cli, bench("--circuits", tmp_path / "empty", *words))
    assert isinstance(empty.exception, UsageError) and "no circuits in this folder" in str(empty.exception)


def test_tables_are_aligned() -> None:
    assert grid(["name", "%"], [["a", "1.5"], ["long name", "-0.5"]]).splitlines() == [
        "| name      |    % |",
        "|-----------|-----:|",
        "| a         |  1.5 |",
        "| long name | -0.5 |",
    ]
    assert (percent(0.1234), percent(float("nan"))) == ("12.3", "-")
