"""Running predictors: saved, resumed, refused, in processes, scored again, compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.predictors import Prediction, PredictorSpec
from rtlgen.evaluate.rtl_repo import Config, evaluate, generate
from rtlgen.evaluate.rtl_repo_records import Record, read_data
from rtlgen.evaluate.rtl_repo_report import table
from rtlgen.evaluate.samples import SampleFile, read_samples

COPY = PredictorSpec("copy")


def _config(data: Path, out: Path, **changes: Any) -> Config:
    return Config(**{"data": data, "predictors": (COPY,), "out": out, **changes})


def test_copy_baseline_end_to_end(data_file: Path, tmp_path: Path) -> None:
    report = evaluate(_config(data_file, tmp_path / "out"))
    run = report.runs[0]
    assert (run.name, run.summary.count, run.missing) == ("copy", 6, 0)
    assert set(run.by_repository) == {"one/alu", "two/alu"}
    assert run.by_kind["port declaration"].count == 4
    saved = json.loads((tmp_path / "out" / "report.json").read_text())
    assert saved["kind"] == "eval rtl-repo"
    assert saved["data"]["exact_match"] == run.summary.exact_match
    assert saved["data"]["edit_similarity"] == run.summary.edit_similarity
    assert saved["data"]["runs"][0]["made_from"]["data"] == report.data_sha256
    text = table(report)
    assert "by repository" in text
    assert "95 %" in text


def test_generation_resumes_and_asks_only_for_what_is_missing(data_file: Path, tmp_path: Path) -> None:
    records = read_data(data_file).records
    asked: list[str] = []

    def predict(record: Record) -> Prediction:
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(record.id)
        return Prediction(record.next_line, "test")

    path = tmp_path / "s.jsonl"
    with SampleFile(path, {"a": 1}) as file, pytest.raises(KeyboardInterrupt):
        generate(records, predict, file)
    assert list(read_samples(path).samples) == asked
    done, asked = asked, []
    again: list[str] = []
    with SampleFile(path, {"a": 1}) as file:
        generate(records, lambda r: (again.append(r.id), Prediction(r.next_line))[1], file)
    assert not set(done) & set(again)
    assert len(done) + len(again) == 6


def test_files_of_a_unit_follow_one_another(data_file: Path, tmp_path: Path) -> None:
    units: list[str] = []
    with SampleFile(tmp_path / "s.jsonl", {}) as file:
        generate(
            read_data(data_file).limited(5),
            lambda r: (units.append(r.unit), Prediction(""))[1],
            file,
        )
    assert units == sorted(units)


def test_killed_run_ends_with_the_same_predictions(data_file: Path, tmp_path: Path) -> None:
    """kill -9 in the middle of a run: whole lines stay, and the next run ends as if nothing had happened."""
    out = tmp_path / "out"
    program = (
        "import time, sys; from pathlib import Path\n"
        "from rtlgen.evaluate import rtl_repo, predictors\n"
        "from rtlgen.evaluate.baselines import copy_line\n"
        "def slow(record):\n"
        "    time.sleep(0.15)\n"
        "    return predictors.predict_by_copy(record)\n"
        "predictors.PredictorSpec.make = lambda self: slow\n"
        "spec = predictors.PredictorSpec('copy')\n"
        f"rtl_repo.evaluate(rtl_repo.Config(Path({str(data_file)!r}), (), (spec,), Path({str(out)!r})))\n"
    )
    samples = out / "copy.samples.jsonl"
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    while process.poll() is None and (not samples.exists() or samples.read_bytes().count(b"\n") < 3):
        time.sleep(0.01)
    process.kill()
    process.wait()
    kept = samples.read_bytes().count(b"\n") - 1
    assert kept >= 2
    report = evaluate(_config(data_file, out))
    fresh = evaluate(_config(data_file, tmp_path / "fresh"))
    assert report.runs[0].summary == fresh.runs[0].summary
    texts = [
        {s.id: s.prediction for s in read_samples(folder / "copy.samples.jsonl").samples.values()}
        for folder in (out, tmp_path / "fresh")
    ]
    assert texts[0] == texts[1]


def test_processes_give_the_same_predictions(data_file: Path, tmp_path: Path) -> None:
    one = evaluate(_config(data_file, tmp_path / "one"))
    two = evaluate(_config(data_file, tmp_path / "two", jobs=2))
    assert one.runs[0].summary == two.runs[0].summary
    with (
        SampleFile(tmp_path / "s.jsonl", {}) as file,
        pytest.raises(UsageError, match="--jobs needs a predictor"),
    ):
        generate(read_data(data_file).records, lambda r: Prediction(""), file, jobs=2)


def test_limit_can_grow_without_asking_again(data_file: Path, tmp_path: Path) -> None:
    evaluate(_config(data_file, tmp_path / "out", limit=2))
    path = tmp_path / "out" / "copy.samples.jsonl"
    before = path.read_bytes()
    report = evaluate(_config(data_file, tmp_path / "out", limit=4))
    assert path.read_bytes().startswith(before)
    assert (report.records, report.runs[0].missing) == (4, 0)


def test_other_data_in_the_same_folder_is_refused(
    data_file: Path, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    evaluate(_config(data_file, tmp_path / "out"))
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(row) + "\n" for row in records[:3]))
    with pytest.raises(UsageError, match=r"made from something else \(data: "):
        evaluate(_config(other, tmp_path / "out"))


def test_saved_predictions_are_scored_again(data_file: Path, tmp_path: Path) -> None:
    first = evaluate(_config(data_file, tmp_path / "out"))
    path = tmp_path / "out" / "copy.samples.jsonl"
    again = evaluate(Config(data=data_file, samples=(path,)))
    assert again.runs[0].summary == first.runs[0].summary
    with pytest.raises(UsageError, match="these predictions hold no labels"):
        evaluate(Config(samples=(path,)))


def test_samples_of_another_data_file(data_file: Path, tmp_path: Path, records: list[dict[str, Any]]) -> None:
    evaluate(_config(data_file, tmp_path / "out"))
    path = tmp_path / "out" / "copy.samples.jsonl"
    other = tmp_path / "other.jsonl"
    records[0]["next_line"] = "another line"
    other.write_text("".join(json.dumps(row) + "\n" for row in records))
    with pytest.raises(UsageError, match="was made for another line: another data file"):
        evaluate(Config(data=other, samples=(path,)))
    other.write_text(json.dumps(records[1]) + "\n")
    with pytest.raises(UsageError, match=r"has a prediction for 'one/alu/top\.v:2', which is not in"):
        evaluate(Config(data=other, samples=(path,)))


def test_published_predictions_need_no_data(tmp_path: Path) -> None:
    path = tmp_path / "gpt.jsonl"
    path.write_text('{"generated": "a <= b;", "label": "  a <= b;"}\n{"generated": "x", "label": "end"}\n')
    report = evaluate(Config(samples=(path,)))
    assert report.runs[0].summary.exact_match == 50.0
    assert report.runs[0].by_repository == {}
    assert report.to_json()["exact_match"] == 50.0
    assert "gpt" in table(report)


def test_two_runs_are_compared_on_the_same_lines(data_file: Path, tmp_path: Path) -> None:
    records = read_data(data_file).records
    paths = []
    for name, right in (("good", True), ("bad", False)):
        paths.append(tmp_path / f"{name}.jsonl")
        with SampleFile(paths[-1], {"predictor": name}) as file:
            generate(records, lambda r, right=right: Prediction(r.next_line if right else ""), file)
    report = evaluate(Config(data=data_file, samples=tuple(paths)))
    difference = report.differences[0]
    assert (difference.first, difference.other) == ("good", "bad")
    assert difference.exact_match == 100.0
    assert difference.intervals["exact_match"] == {"lines": (100.0, 100.0), "repositories": (100.0, 100.0)}
    assert "good - bad" in table(report)


def test_the_default_folder_tells_runs_apart(
    data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = evaluate(Config(data=data_file, predictors=(COPY,)))
    path = Path(report.runs[0].samples)
    assert path.is_relative_to(tmp_path / ".rtlgen")
    assert path.name.startswith("copy-")
    assert (path.parent / "report.json").is_file()


def test_no_data_and_no_samples() -> None:
    with pytest.raises(UsageError, match=r"(?s)no data was given.*--samples FILE"):
        evaluate(Config())
