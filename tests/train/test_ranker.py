"""Collecting and fitting the ranker: two stages from records to one file that completion uses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import load_settings
from rtlgen.model.ranker import Ranker
from rtlgen.train.ranker import collect, feature_names, read_examples, read_records, train_ranker

FILES = {
    f"m{i}.v": f"module m{i}(input clk, input rst, output reg q{i});\n    always @(posedge clk)\n        if (rst)\n"
    f"            q{i} <= 1'b0;\n        else\n            q{i} <= ~q{i};\nendmodule\n"
    for i in range(4)
}


def records(path: Path, repositories: int) -> Path:
    """Every line but the first of every file, in `repositories` repositories of the same files."""
    rows = [
        {
            "repo_name": f"r{number}",
            "file_path": name,
            "context": [{"path": p, "snippet": t} for p, t in FILES.items() if p != name],
            "cropped_code": "\n".join(text.splitlines()[:at]),
            "next_line": line,
        }
        for number in range(repositories)
        for name, text in FILES.items()
        for at, line in enumerate(text.splitlines())
        if at
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_two_stages_from_records_to_a_file(tmp_path: Path) -> None:
    data = records(tmp_path / "lines.jsonl", 1)
    told: list[str] = []
    figures = train_ranker(
        [data], [data], tmp_path / "work", "default", tmp_path / "ranker.npz", limit=16, talk=told.append
    )
    assert figures["first"]["records"] == figures["second"]["records"] == 16
    assert figures["second"]["recall"] > 80
    assert "16 records" in told
    ranker = Ranker.load(tmp_path / "ranker.npz")
    assert ranker.first is not None and ranker.second is not None
    assert not any(name.startswith("model_") for name in ranker.first.names)
    assert any(name.startswith("model_") for name in ranker.second.names)
    names, examples = read_examples([tmp_path / "work/second/lines"])
    assert names == feature_names(second=True)
    scores = ranker.scores(examples[0].features, names)
    assert 0 < scores.probabilities.sum() <= 1


def test_collecting_goes_on_and_refuses_other_features(tmp_path: Path) -> None:
    data = records(tmp_path / "lines.jsonl", 1)
    settings = load_settings(tmp_path)
    assert collect(data, settings, tmp_path / "out", limit=3) == 3
    shard = tmp_path / "out/00000.npz"
    before = shard.stat().st_mtime_ns
    assert collect(data, settings, tmp_path / "out", limit=3) == 3
    assert shard.stat().st_mtime_ns == before
    (tmp_path / "out/features.json").write_text('["other"]')
    with pytest.raises(UsageError, match="the folder holds other features"):
        collect(data, settings, tmp_path / "out", limit=3)


def test_labels_and_similarities_are_those_of_the_benchmark(tmp_path: Path) -> None:
    data = records(tmp_path / "lines.jsonl", 1)
    collect(data, load_settings(tmp_path), tmp_path / "out", limit=4)
    _, examples = read_examples([tmp_path / "out"])
    assert [e.repository for e in examples] == ["r0"] * 4
    assert all((e.similarities[e.labels > 0] > 0.5).all() for e in examples)
    assert all(np.isclose(e.similarities.max(), 1.0) for e in examples if e.labels.any())


def test_bad_records_and_folders_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the records"):
        list(read_records(tmp_path / "absent.jsonl"))
    (tmp_path / "bad.jsonl").write_text("{no\n")
    with pytest.raises(UsageError, match="cannot read the records"):
        list(read_records(tmp_path / "bad.jsonl"))
    with pytest.raises(UsageError, match="no collected features here"):
        read_examples([tmp_path / "absent"])
