from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.retrieval.ask import index_content, retrieve_at, update_index
from rtlgen.retrieval.dense import embedder_of


def test_a_place_in_a_file(design: Path) -> None:
    answer = retrieve_at(design, "rtl/uart.sv", 6, k=3)
    assert (answer.path, answer.line, len(answer.hits)) == ("rtl/uart.sv", 6, 3)
    assert answer.hits[0].chunk.path == "rtl/fifo.sv"
    assert answer.sources == ("graph", "bm25", "dense", "continuation")


def test_the_end_of_a_file(design: Path) -> None:
    assert retrieve_at(design, "rtl/uart.sv").line == 13
    assert retrieve_at(design, "rtl/uart.sv", 13).line == 13


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        (
            "rtl/uart.sv",
            14,
            r"^rtl/uart\.sv: line 14 is past the end: the file has 12 lines\n  next: --line between 1 and 13$",
        ),
        ("rtl/uart.sv", 0, "line 0 is past the end"),
        ("rtl/none.sv", 1, "no such file"),
        ("rtl", 1, "is a folder, not a file"),
        ("/etc/hostname", 1, "is outside the project"),
        ("../other.v", 1, "is outside the project"),
    ],
)
def test_wrong_places(design: Path, file: str, line: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        retrieve_at(design, file, line)


def test_a_file_that_is_not_in_the_build(design: Path) -> None:
    (design / "lists.f").write_text("rtl/fifo.sv\n")
    answer = retrieve_at(design, "rtl/uart.sv", 6, filelists=[str(design / "lists.f")])
    assert {hit.chunk.path for hit in answer.hits} == {"rtl/fifo.sv"}


def test_update_and_content(design: Path) -> None:
    before = index_content(design)
    assert (before.files, before.recipe, before.problem) == (0, None, "")
    report = update_index(design)
    assert (report.stats.added, report.libraries) == (5, ())
    content = index_content(design)
    assert (content.files, content.modules, content.chunks) == (5, 4, report.stats.chunks)
    assert content.vectors == (embedder_of("builtin").key,)
    assert content.folder == report.folder == str(design / ".rtlgen/index/v1")
