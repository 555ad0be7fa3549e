"""The retrieval study: needed names, conditions, rows that are kept, the report, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.retrieval_study import BUDGETS, StudyConfig, context_of, line_counter, study
from rtlgen.evaluate.retrieval_study_conditions import (
    DEFAULT,
    FACTORS,
    Condition,
    chosen,
    combined,
    table,
)
from rtlgen.evaluate.retrieval_study_places import WINDOW_TOKENS, hidden_lines, places_of, shown_end
from rtlgen.evaluate.retrieval_study_report import report_of
from rtlgen.evaluate.retrieval_study_report import table as as_text
from rtlgen.evaluate.rtl_repo_records import read_data
from rtlgen.retrieval.index import SOURCES

FIFO = (
    "module fifo (\n  input wire fifo_clk,\n  input wire fifo_push,\n  output wire fifo_full\n);\nendmodule\n"
)
PAD = "".join(f"  wire pad_{n};\n" for n in range(30))
USE = "  fifo u_fifo (\n    .fifo_clk(clk),\n    .fifo_push(push),\n    .fifo_full(full)\n  );\n"
TOP = f"module top;\n{PAD}{USE}endmodule\n"
OTHER = "module other;\n" + "".join(f"  assign spare_{n} = unused_{n};\n" for n in range(40)) + "endmodule\n"
FILES = {"fifo.v": FIFO, "other.v": OTHER, "top.v": TOP}


def record(path: str, line: int) -> dict[str, Any]:
    rows = FILES[path].split("\n")
    return {
        "id": f"{path}:{line}",
        "repo_name": "me/unit",
        "file_path": path,
        "context": [{"path": p, "snippet": t} for p, t in FILES.items() if p != path],
        "cropped_code": "\n".join(rows[: line - 1]),
        "next_line": rows[line - 1],
        "unit": "me/unit",
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "dev.jsonl"
    places = [("top.v", 33), ("top.v", 34), ("top.v", 35), ("other.v", 5), ("fifo.v", 3)]
    path.write_text("".join(json.dumps(record(*place)) + "\n" for place in places))
    return path


def config(data: Path, out: Path, *names: str) -> StudyConfig:
    return StudyConfig(data, chosen(table(), (), names), out, limit=None)


def test_needed_names_are_those_the_prefix_does_not_show(data: Path) -> None:
    places = {place.record.id: place for place in places_of(read_data(data), None, line_counter())}
    assert places["top.v:33"].hidden[:2] == ("    .fifo_clk(clk),", "    .fifo_push(push),")
    assert places["top.v:33"].line_names == {"fifo_clk", "clk"}
    assert {"fifo_clk", "fifo_full", "full"} <= places["top.v:33"].next_names
    assert "fifo_clk" not in places["top.v:34"].next_names
    assert "u_fifo" not in places["top.v:33"].next_names


def test_following_lines_need_another_record_of_the_unit(data: Path) -> None:
    found = read_data(data).records[0]
    assert hidden_lines(found, None) == (found.next_line,)
    assert hidden_lines(found, "module another;\n") == (found.next_line,)
    assert len(hidden_lines(found, TOP)) == 6


def test_the_shown_end_is_whole_lines_within_the_window() -> None:
    text = "".join(f"wire a{n};\n" for n in range(400))
    kept = shown_end(text, lambda line: 10)
    assert kept.count("\n") == WINDOW_TOKENS // 10
    assert text.endswith(kept)


def test_a_limit_takes_the_first_of_the_protocols_order(data: Path) -> None:
    every = read_data(data)
    two = [p.record.id for p in places_of(every, 2, line_counter())]
    four = [p.record.id for p in places_of(every, 4, line_counter())]
    assert four[:2] == two


def test_recall_by_source(data: Path, tmp_path: Path) -> None:
    report = study(config(data, tmp_path / "out", "graph alone", "bm25 alone", "none", "whole unit"))
    graph = report.recall["graph alone"]["line"]["448"]
    assert report.recall["none"]["next"]["all"].mean == 0
    assert graph.mean > 0
    assert report.recall["whole unit"]["next"]["all"].mean >= report.recall[DEFAULT]["next"]["all"].mean
    assert report.recall["none"]["next"]["448"].difference == -report.recall[DEFAULT]["next"]["448"].mean
    assert report.recall[DEFAULT]["next"]["448"].difference is None
    assert report.factors == {c.name: c.factor for c in config(data, tmp_path, *report.factors).conditions}


def test_a_bigger_context_holds_the_budget(data: Path) -> None:
    from rtlgen.core.settings import load_settings
    from rtlgen.retrieval.index import build_memory_index

    found = read_data(data).records[0]
    index = build_memory_index(found.files, load_settings(Path.cwd()))
    hits = index.retrieve(found.file_path, found.prefix)
    sizes = [line_counter()(context_of(hits, found, budget)) for budget in BUDGETS]
    assert sizes == sorted(sizes)
    assert all(size <= budget for size, budget in zip(sizes, BUDGETS, strict=True))


def test_rows_are_kept_and_a_torn_one_is_made_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = study(config(data, out, "none"))
    rows = (out / "recall.jsonl").read_text().splitlines()
    assert len(rows) == 1 + 2 * 5
    (out / "recall.jsonl").write_text("\n".join(rows[:-2]) + "\n" + rows[-2][:20])
    made: list[int] = []
    again = study(config(data, out, "none"), lambda _name, done, _wanted: made.append(done))
    assert len(made) == 2
    assert again == first
    more = study(config(data, out, "none", "8 hits"))
    assert more.recall["none"] == first.recall["none"]
    assert json.loads((out / "report.json").read_text())["kind"] == "eval retrieval"


def test_rows_of_other_data_are_refused(data: Path, tmp_path: Path) -> None:
    study(config(data, tmp_path / "out", "none"))
    data.write_text("\n".join(data.read_text().splitlines()[:4]) + "\n")
    with pytest.raises(UsageError, match=r"these figures were made from something else \(data: "):
        study(config(data, tmp_path / "out", "none"))


def test_data_without_a_needed_name(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text(json.dumps(record("other.v", 42)) + "\n")
    with pytest.raises(UsageError, match="no place of the data needs a name"):
        study(config(path, tmp_path / "out"))


def test_conditions_differ_in_one_factor() -> None:
    found = table(("some/folder",))
    assert len({c.name for c in found}) == len(found)
    assert {c.factor for c in found} == {"", *FACTORS} - {"best"}
    assert {c.sources for c in found if c.name.endswith("alone")} == {(source,) for source in SOURCES}
    assert any(dict(c.settings) == {"retrieval.embedder": "some/folder"} for c in found)
    for condition in found:
        changed = sum(
            1
            for name in ("sources", "weights", "own_gap", "order", "whole")
            if getattr(condition, name) != getattr(Condition("", ""), name)
        )
        assert changed + bool(condition.settings) <= 2


def test_choosing_conditions() -> None:
    found = table()
    assert chosen(found, (), ()) == found
    assert [c.name for c in chosen(found, ("hits",), ("none",))] == [
        DEFAULT,
        "none",
        *(c.name for c in found if c.factor == "hits"),
    ]
    with pytest.raises(UsageError, match="no condition 'nothing'"):
        chosen(found, (), ("nothing",))


def test_the_combination() -> None:
    best = combined(["window_lines=16", "splitter=blocks"], 28)
    assert best.settings == (("retrieval.window_lines", 16), ("retrieval.splitter", "blocks"))
    assert best.own_gap == 28
    with pytest.raises(UsageError, match="'splitter' is no NAME=VALUE"):
        combined(["splitter"])


def test_the_report_by_hand(data: Path) -> None:
    places = places_of(read_data(data), None, line_counter())[:3]
    none, default = Condition("none", "source", sources=()), Condition(DEFAULT, "")
    rows: list[dict[str, Any]] = []
    for place, value in zip(places, (0.25, 0.5, None), strict=True):
        budgets = {"448": value, "2048": value}
        zero = dict.fromkeys(budgets, None if value is None else 0.0)
        same = {"id": place.record.id, "kind": "recall"}
        rows.append({**same, "condition": DEFAULT, "line": budgets, "next": budgets})
        rows.append({**same, "condition": "none", "line": zero, "next": zero})
        rows.append({"id": place.record.id, "kind": "match", "condition": DEFAULT, "match": 1.0})
        tokens = {"line_tokens": 4, "next_tokens": 10}
        rows.append(
            {"id": place.record.id, "kind": "bits", "condition": DEFAULT, "line_bits": 8, "next_bits": 10}
            | tokens
        )
        rows.append(
            {"id": place.record.id, "kind": "bits", "condition": "none", "line_bits": 12, "next_bits": 10}
            | tokens
        )
    report = report_of("dev.jsonl", "0" * 64, places, (default, none), rows, 0)
    figure = report.recall["none"]["line"]["448"]
    assert (figure.mean, figure.count, figure.difference) == (0.0, 2, -37.5)
    assert figure.lines == (-50.0, -25.0)
    assert report.bits["none"]["line"].difference == 1.0
    assert report.bits["none"]["next"].difference == 0.0
    assert report.match[DEFAULT].mean == 100
    text = as_text(report)
    assert "| none | 0.0 | 0.0 | -37.5 (-50.0 to -25.0) |" in text
    assert "| none | 3 | 3.000 | +1.000 (+1.000 to +1.000) | 1.000 |" in text


@pytest.mark.slow
def test_bits_and_matches(data: Path, tmp_path: Path) -> None:
    made = replace(config(data, tmp_path / "out", "none", "best first"), bits=2, match=2)
    report = study(made)
    assert report.bits["none"]["line"].count == 2
    assert report.bits[DEFAULT]["line"].mean > 0
    assert report.match["none"].difference is not None
    assert study(made) == report


def _type(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "rtlgen", "eval", "retrieval", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_as_typed(data: Path, tmp_path: Path) -> None:
    done = _type("--data", data, "--only", "none", "--out", "o", "--best", "hits=4", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["kind"] == "eval retrieval"
    assert list(answer["data"]["recall"]) == [DEFAULT, "none", "best"]
    assert "recall: 15 of 15" in done.stderr
    done = _type("--data", "none.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no such data file" in done.stderr
    done = _type("--data", data, "--embedder", tmp_path / "nowhere", "--factor", "embedder", cwd=tmp_path)
    assert done.returncode == 2
    assert "no such folder with a sentence-transformers model" in done.stderr
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "embedder.npz").write_bytes(b"PK")
    done = _type("--data", data, "--embedder", tmp_path / "broken", "--factor", "embedder", cwd=tmp_path)
    assert done.returncode == 2
    assert "the embedder is damaged" in done.stderr


def test_a_disk_that_is_full(data: Path, tmp_path: Path) -> None:
    limited = (
        "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500));"
        "runpy.run_module('rtlgen', run_name='__main__')"
    )
    command = [
        sys.executable,
        "-c",
        limited,
        "eval",
        "retrieval",
        "--data",
        str(data),
        "--only",
        "none",
        "--out",
        "o",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "cannot write the study: " in done.stderr
    assert "the same command goes on where it stopped" in done.stderr
