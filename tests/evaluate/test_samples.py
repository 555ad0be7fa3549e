"""Saved predictions: resume, torn lines, refusals, and the published form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.samples import Sample, SampleFile, fingerprint, read_samples

MADE_FROM = {"data": "d" * 64, "predictor": "copy", "settings": {"a": 1}}


def _sample(name: str) -> Sample:
    return Sample(name, "x = 1;", "l" * 64, "p" * 64, 0.01, "copy:exact")


def _two(path: Path) -> Path:
    with SampleFile(path, MADE_FROM) as file:
        file.add(_sample("one"))
        file.add(_sample("two"))
    return path


def test_fingerprint_ignores_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_go_on_where_it_stopped(tmp_path: Path) -> None:
    path = _two(tmp_path / "deep" / "s.jsonl")
    with SampleFile(path, dict(reversed(MADE_FROM.items()))) as file:
        assert set(file.done) == {"one", "two"}
        file.add(_sample("three"))
    assert len(path.read_text().splitlines()) == 4
    assert list(read_samples(path).samples) == ["one", "two", "three"]


def test_every_prediction_is_on_disk_when_add_returns(tmp_path: Path) -> None:
    with SampleFile(tmp_path / "s.jsonl", MADE_FROM) as file:
        for number in range(3):
            file.add(_sample(str(number)))
            assert len(read_samples(tmp_path / "s.jsonl").samples) == number + 1


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    path = _two(tmp_path / "s.jsonl")
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])  # killed while writing the second
    assert list(read_samples(path).samples) == ["one"]
    with SampleFile(path, MADE_FROM) as file:
        assert set(file.done) == {"one"}
        file.add(_sample("two"))
    assert path.read_bytes() == whole


def test_a_torn_first_line_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b'{"rtlgen-samples": 1, "fing')
    with SampleFile(path, MADE_FROM) as file:
        assert not file.done


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    path = _two(tmp_path / "s.jsonl")
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        SampleFile(path, {**MADE_FROM, "data": "e" * 64, "settings": {"a": 2}})
    assert f"{path}: these predictions were made from something else" in str(caught.value)
    assert "data: dddddddddddd... there, eeeeeeeeeeee... now" in str(caught.value)
    assert 'settings: {"a": 1} there, {"a": 2} now' in str(caught.value)
    assert f"rm {path}" in str(caught.value)
    assert path.read_bytes() == before


def test_two_runs_cannot_write_one_file(tmp_path: Path) -> None:
    with (
        SampleFile(tmp_path / "s.jsonl", MADE_FROM),
        pytest.raises(UsageError, match="another run is writing"),
    ):
        SampleFile(tmp_path / "s.jsonl", MADE_FROM)
    SampleFile(tmp_path / "s.jsonl", MADE_FROM).close()


def test_published_form(tmp_path: Path) -> None:
    path = tmp_path / "gpt.jsonl"
    path.write_text('{"generated": "a", "label": "b"}\n')
    found = read_samples(path)
    assert found.header is None
    assert found.published[0].label == "b"
    with pytest.raises(UsageError, match="holds published predictions; a run cannot go on in it"):
        SampleFile(path, MADE_FROM)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the samples file is empty"),
        ('{"generated": "a"}\n', ":1: neither ours nor a {generated, label} pair; it has the keys generated"),
        ('{"generated": "a", "label": "b"}\nnonsense\n', ":2: not valid JSON"),
        ("[]\n", ":1: a JSON object is needed, not list"),
        ('{"rtlgen-samples": 1}\n{"id": "a"}\n', ":2: not a prediction; it has the keys id"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_samples(path)
    assert message in str(caught.value)


def test_missing_binary_and_doubled(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such samples file"):
        read_samples(tmp_path / "none.jsonl")
    (tmp_path / "b.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8 text"):
        read_samples(tmp_path / "b.jsonl")
    path = _two(tmp_path / "s.jsonl")
    with path.open("a") as file:
        file.write(json.dumps(vars(_sample("two"))) + "\n")
    with pytest.raises(UsageError, match=":4: a second prediction for 'two'"):
        read_samples(path)
