"""A set of pairs: deterministic, continued after an interruption, nothing unverified in it; the command's bad inputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rtlgen.cli import cli
from rtlgen.core.errors import DesignError, RtlgenError, UsageError
from rtlgen.datasets.spec_pairs import build as module
from rtlgen.datasets.spec_pairs.build import PairsConfig, build, manifest_of, rows
from rtlgen.datasets.spec_pairs.combinational.circuit import Calculated, Kind, given, result
from rtlgen.datasets.spec_pairs.design import Design
from rtlgen.datasets.spec_pairs.wording import Worded

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]
FAMILIES = ("logic_gate", "mux2", "truth_table", "adder")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 20)


def config(out: Path, count: int = 30, seed: int = 1) -> PairsConfig:
    return PairsConfig(count, out, seed, FAMILIES)


def test_rows_are_whole_modules_and_the_manifest_counts_them(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    report = build(config(out))
    pairs = list(rows(out))
    assert len(pairs) == report.pairs == 30 and {pair.family for pair in pairs} <= set(FAMILIES)
    assert report.verified == 30 and report.verified_share == 1.0 and not report.failed
    assert all(
        pair.header.startswith(f"module {pair.top} (") and pair.header.endswith(");") for pair in pairs
    )
    assert all(pair.body.endswith("\n") and pair.specification.endswith("\n") for pair in pairs)
    manifest = json.loads(manifest_of(out).read_text("utf-8"))
    assert manifest["pairs"] == 30 and sum(manifest["families"].values()) == 30
    assert manifest["bytes"] == out.stat().st_size


def test_a_set_in_two_steps_is_the_set_in_one(tmp_path: Path) -> None:
    whole, steps = tmp_path / "whole.jsonl", tmp_path / "steps.jsonl"
    build(config(whole, 50))
    build(config(steps, 13))
    build(config(steps, 50))
    assert steps.read_bytes() == whole.read_bytes()
    assert manifest_of(steps).read_bytes() == manifest_of(whole).read_bytes()
    other = tmp_path / "other.jsonl"
    build(config(other, 50, seed=2))
    assert other.read_bytes() != whole.read_bytes()


def test_what_an_interrupted_call_left_behind_the_manifest_is_dropped(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    build(config(whole))
    build(config(cut, 20))
    with cut.open("a") as file:
        file.write('{"family": "half a row')
    build(config(cut))
    assert cut.read_bytes() == whole.read_bytes()


def test_a_wrong_family_is_counted_and_never_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(rng: object) -> Design:
        name = f"x{rng.randrange(10**6)}"  # type: ignore[attr-defined]
        good = rng.random() < 0.5  # type: ignore[attr-defined]
        body = f"  assign y = {'' if good else '~'}{name};\n"
        ports = (given(name), result("y"))
        return Design(
            "liar", "top", ports, body, ("y follows.",), lambda: Calculated(lambda v: {"y": v[name]})
        )

    monkeypatch.setattr(module, "FAMILIES", (Kind("liar", 1.0, draw),))  # type: ignore[arg-type]
    report = build(PairsConfig(15, tmp_path / "p.jsonl"))
    assert report.pairs == 15 and report.failed["liar"] > 0 and "FAIL" in report.reasons["liar"]
    assert all("~" not in pair.body for pair in rows(tmp_path / "p.jsonl"))
    assert 0.1 < report.verified_share < 0.9


def test_families_that_have_no_more_to_say_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(_: object) -> Design:
        return Design("one", "top", (result("y"),), "  assign y = 1'b0;\n", ("y is 0.",),
                      lambda: Calculated(lambda _: {"y": 0}))  # fmt: skip

    monkeypatch.setattr(module, "FAMILIES", (Kind("one", 1.0, draw),))
    monkeypatch.setattr(module, "_DRY", 2)
    monkeypatch.setattr(
        module, "worded", lambda *_: Worded("y is 0.", "module top (\n  output logic y\n);", "bullets")
    )
    with pytest.raises(DesignError, match="different pairs came out"):
        build(PairsConfig(5000, tmp_path / "p.jsonl"))


def refusal(config: PairsConfig) -> RtlgenError:
    with pytest.raises(UsageError) as caught:
        build(config)
    return caught.value


def test_bad_places_are_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    assert "no such folder" in refusal(config(tmp_path / "none" / "p.jsonl")).what
    out.write_text("mine\n")
    assert "no manifest says what it is" in refusal(config(out)).what
    assert out.read_text() == "mine\n"
    out.unlink()
    build(config(out, 20))
    kept = out.read_bytes()
    assert "another set" in refusal(config(out, seed=7)).what
    assert "no family 'nand'" in refusal(PairsConfig(5, tmp_path / "x.jsonl", 1, ("nand",))).what
    manifest_of(out).write_text("{")
    assert "damaged" in refusal(config(out)).what
    assert out.read_bytes() == kept


def test_a_full_disk_and_a_lost_file_are_said(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    build(config(out, 20))
    kept = out.read_bytes()
    with out.open("r+b") as file:
        file.truncate(100)
    assert "shorter than its manifest says" in refusal(config(out)).what
    out.unlink()
    assert "cannot be continued" in refusal(config(out)).what
    out.write_bytes(kept)
    assert build(config(out, 25)).pairs == 25
    full = module.PairsReport(1, 1, ())
    with pytest.raises(
        UsageError, match=r"cannot be written: No space left.*(\n.*)*continues where it stopped"
    ):
        module._append(Path("/dev/full"), full, [next(rows(out))])


def test_a_row_that_is_no_pair_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").write_text('{"family": 1}\n')
    with pytest.raises(UsageError) as caught:
        list(rows(tmp_path / "p.jsonl"))
    assert str(caught.value.where).endswith("p.jsonl:1")


def test_the_command_writes_and_reports(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    argv = ["datasets", "pairs", "build", "--count", "12", "--out", str(out), "--family", "mux2", "-q"]
    shown = CliRunner().invoke(cli, argv)
    assert shown.exit_code == 0 and shown.output.startswith("12 pairs of 1 families, 100.00 %"), shown.output
    data = json.loads(CliRunner().invoke(cli, [*argv, "--json"]).output)
    assert data["kind"] == "pairs" and data["data"]["pairs"] == 12
    assert (
        CliRunner().invoke(cli, ["datasets", "pairs", "build", "--count", "0", "--out", "x"]).exit_code == 2
    )
