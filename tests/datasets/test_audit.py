"""The contamination audit finds copies in any kind of benchmark file, and says where on both sides."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.audit import audit
from rtlgen.datasets.benchmark_texts import texts_of
from rtlgen.datasets.overlap import Thresholds


def design(seed: int, lines: int = 60) -> str:
    rng = random.Random(seed)
    body = "\n".join(
        f"    assign n{seed}_{i} = x{rng.randrange(999)} {rng.choice('&|^+-')} y{rng.randrange(999)};"
        for i in range(lines)
    )
    return f"module d{seed}(input clk);\n{body}\nendmodule\n"


@pytest.fixture()
def corpus(tmp_path: Path) -> Path:
    rows = [{"repo": "a/one", "path": f"rtl/d{seed}.v", "text": design(seed)} for seed in range(12)]
    path = tmp_path / "files.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return path


def lone(corpus: Path, given: Path | str, **thresholds: float) -> tuple[int, list[tuple[str, str]]]:
    report = audit(corpus, [("set", [given])], Thresholds(**thresholds))  # type: ignore[arg-type]
    (found,) = report.sets
    return found.above, [(pair.file, pair.against) for pair in found.pairs if pair.above]


def test_a_clean_set_is_clean_and_counted(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "p1_ref.sv").write_text(design(90))
    (tmp_path / "bench" / "p1_prompt.txt").write_text(
        "I would like you to implement a module named TopModule with ports"
    )
    (tmp_path / "bench" / "short.txt").write_text("too short")
    report = audit(corpus, [("bench", [tmp_path / "bench"])])
    assert report.clean
    assert (report.files, report.sets[0].texts, report.sets[0].above) == (12, 2, 0)
    assert report.sets[0].characters == sum(len(text) for _, text in texts_of(tmp_path / "bench"))


def test_folders_records_and_git_directories(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "bench" / "deep").mkdir(parents=True)
    (tmp_path / "bench" / "deep" / "copy.v").write_text("// solution\n" + design(3))
    assert lone(corpus, tmp_path / "bench") == (1, [("a/one:rtl/d3.v", "bench/deep/copy.v")])

    record = {
        "repo": "b/two",
        "path": "x.v",
        "context": [{"path": "c.v", "snippet": design(5)}],
        "next_line": "end",
    }
    (tmp_path / "records.jsonl").write_text(
        json.dumps({"a": design(91)}) + "\n\n" + json.dumps(record) + "\n"
    )
    assert lone(corpus, tmp_path / "records.jsonl") == (
        1,
        [("a/one:rtl/d5.v", "records.jsonl:3(b/two:x.v):context[0].snippet")],
    )
    (tmp_path / "one.json").write_text(json.dumps({"problems": [{"canonical": design(6)}]}))
    assert lone(corpus, tmp_path / "one.json")[1] == [("a/one:rtl/d6.v", "one.json:problems[0].canonical")]

    git = ["git", "-C", str(tmp_path / "bench"), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    assert lone(corpus, f"own/name={tmp_path / 'bench' / '.git'}")[1] == [
        ("a/one:rtl/d3.v", "own/name:deep/copy.v")
    ]


def test_parquet(corpus: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{"task": "t1", "all_code": design(92)}, {"task": "t2", "all_code": design(2)}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "set.parquet")
    assert lone(corpus, tmp_path / "set.parquet") == (1, [("a/one:rtl/d2.v", "set.parquet:2:all_code")])
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UsageError, match="is not a readable Parquet file"):
        lone(corpus, tmp_path / "bad.parquet")


def test_ten_lines_in_another_file_are_found_with_their_place(corpus: Path, tmp_path: Path) -> None:
    lines = design(93, 200).split("\n")
    (tmp_path / "mixed.v").write_text("\n".join(lines[:100] + design(7).split("\n")[31:41] + lines[100:]))
    report = audit(corpus, [("mixed", [tmp_path / "mixed.v"])])
    (pair,) = (pair for pair in report.sets[0].pairs if pair.above)
    assert (pair.file, pair.line, pair.runs) == ("a/one:rtl/d7.v", 32, 1)
    assert lone(corpus, tmp_path / "mixed.v", runs=0)[0] == 0
    assert lone(corpus, tmp_path / "mixed.v", runs=2)[0] == 0


def test_repeated_texts_are_compared_once(tmp_path: Path) -> None:
    row = json.dumps({"context": design(1)})
    (tmp_path / "records.jsonl").write_text(
        f"{row}\n{row}\n{json.dumps({'context': '// more' + chr(10) + design(1)})}\n"
    )
    assert [name for name, _ in texts_of(tmp_path / "records.jsonl")] == ["records.jsonl:1:context"]


def test_an_interrupted_audit_goes_on(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bench").mkdir()
    for seed in (1, 2, 3, 95):
        (tmp_path / "bench" / f"{seed}.v").write_text(design(seed))
    monkeypatch.setattr("rtlgen.datasets.audit.BLOCK", 2 * len(design(1)) + 20)
    whole = audit(corpus, [("bench", [tmp_path / "bench"])])
    journal = tmp_path / "journal"

    def stop(text: str) -> None:
        raise KeyboardInterrupt(text)

    with pytest.raises(KeyboardInterrupt):
        audit(corpus, [("bench", [tmp_path / "bench"])], journal=journal, talk=stop)
    assert len(list(journal.iterdir())) == 1
    done = next(journal.iterdir())
    stamp = done.stat().st_mtime_ns
    again = audit(corpus, [("bench", [tmp_path / "bench"])], journal=journal)
    assert again == whole
    assert again.sets[0].above == 3
    assert done.stat().st_mtime_ns == stamp
    done.write_text("{ torn")
    assert audit(corpus, [("bench", [tmp_path / "bench"])], journal=journal) == whole


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone", None, r"gone: there is no such file or folder\n  next: rtlgen datasets corpus audit --help"),
        ("bad.jsonl", "{}\n{no\n", r"bad.jsonl:2: is not JSON"),
        ("few.txt", "three short words", r"few.txt: holds no text to compare with \(1 too short\)"),
    ],
)
def test_benchmarks_that_are_none(
    corpus: Path, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=message):
        lone(corpus, tmp_path / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"cannot read the corpus\n  next: give the files.jsonl"),
        ("", r"the corpus holds no file"),
        ('{"repo": "a"}\n', r"x.jsonl:1: is not a row of a corpus \(repo, path, text\)"),
        ("[]\n", r"x.jsonl:1: is not a row of a corpus"),
    ],
)
def test_corpora_that_are_none(tmp_path: Path, content: str | None, message: str) -> None:
    (tmp_path / "bench.v").write_text(design(1))
    if content is not None:
        (tmp_path / "x.jsonl").write_text(content)
    with pytest.raises(UsageError, match=message):
        lone(tmp_path / "x.jsonl", tmp_path / "bench.v")


def test_an_empty_folder_is_said(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(UsageError, match=r"none: holds no text to compare with\n  next: give a folder"):
        lone(corpus, tmp_path / "none")
    with pytest.raises(UsageError, match="nothing to compare with"):
        audit(corpus, [])
