"""Commented modules of a corpus: which become pairs, and what their comments keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.spec_pairs.build import rows
from rtlgen.datasets.spec_pairs.commented import ExtractConfig, cleaned, extract

GOOD = """\
// ---------------------------
// Author: A. Nobody
// Adds two numbers and keeps the carry of the sum.
`timescale 1ns/1ps
module add (input [3:0] a, input [3:0] b, output [4:0] s);
  assign s = a + b;
endmodule
"""
OTHERS = {
    "no comment that says something": "module m (input a, output b);\n  assign b = a;\nendmodule\n",
    "does not compile alone": GOOD.replace("assign s = a + b;", "assign s = a + c;").replace("add", "add2"),
    "test bench": GOOD.replace("module add", "module tb_add"),
    "empty body": GOOD.replace("  assign s = a + b;\n", ""),
    "no ports, or macros": GOOD.replace("a + b", "a + `B"),
    "too long": GOOD.replace("endmodule", "\n" * 70 + "endmodule"),
    "seen before": GOOD,
}


def corpus(folder: Path, *texts: str) -> Path:
    path = folder / "files.jsonl"
    path.write_text(
        "".join(json.dumps({"repo": "o/n", "path": "a.v", "text": text}) + "\n" for text in texts)
    )
    return path


@pytest.mark.needs_icarus
@pytest.mark.needs_sandbox
def test_one_module_passes_and_the_others_are_counted(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    report = extract(ExtractConfig(corpus(tmp_path, GOOD, *OTHERS.values()), out))
    assert (report.modules, report.pairs) == (1 + len(OTHERS), 1)
    assert report.left_out == dict.fromkeys(OTHERS, 1)
    (pair,) = rows(out)
    assert (
        pair.specification == "Adds two numbers and keeps the carry of the sum.\n\nThe module is named add.\n"
    )
    assert pair.header == "module add (input [3:0] a, input [3:0] b, output [4:0] s);"
    assert (pair.body, pair.seed) == ("  assign s = a + b;\n", "o/n/a.v")


def test_comments_lose_marks_rulers_code_and_names() -> None:
    said = "/*****\n * Copyright (c) 2020\n *\n * Counts   pulses.\n * assign a = b;\n * @author x\n *****/\n"
    assert cleaned(said) == "Counts pulses."


@pytest.mark.parametrize("text", ["{", '{"repo": "a"}\n', "[]\n"])
def test_a_file_that_is_no_corpus_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.jsonl").write_text(text)
    (tmp_path / "p.jsonl").write_text("mine\n")
    with pytest.raises(UsageError) as caught:
        extract(ExtractConfig(tmp_path / "c.jsonl", tmp_path / "p.jsonl"))
    assert str(caught.value.where).endswith("c.jsonl:1")
    assert (tmp_path / "p.jsonl").read_text() == "mine\n"


def test_missing_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        extract(ExtractConfig(tmp_path / "none.jsonl", tmp_path / "p.jsonl"))
    with pytest.raises(UsageError, match="no such folder"):
        extract(ExtractConfig(corpus(tmp_path, GOOD), tmp_path / "none" / "p.jsonl"))
