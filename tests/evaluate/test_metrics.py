"""The metrics: the published figures exactly, and every rule in the small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.evaluate import metrics
from rtlgen.evaluate.metrics import Pair, breakdown, post_process, summarise


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("model", "count", "exact", "similarity", "stripped"),
    [("gpt-3.5-turbo", 1174, 33.816, 61.378, 59.74), ("gpt-4-turbo", 200, 48.5, 71.87, 78.18)],
)
def test_published_figures(
    data_dir: Path, model: str, count: int, exact: float, similarity: float, stripped: float
) -> None:
    """The figures of RTL-Repo's leaderboard, from its own prediction files."""
    lines = (data_dir / "rtl-repo" / f"{model}.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    summary = summarise([Pair(row["generated"], row["label"]) for row in rows])
    assert summary.count == count
    assert summary.exact_match == exact
    assert summary.edit_similarity == similarity
    assert summary.stripped_edit_similarity == pytest.approx(stripped, abs=0.005)
    low, high = summary.intervals["exact_match"]["wilson"]
    assert low < exact < high


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("assign a = b;\nassign c = d;", "assign a = b;"),
        ("\n  \n  // why\n  a <= b;  // set\n", "  a <= b;  // set"),
        ("// one\n  // two\n", "  // two"),
        ("   \n\n", ""),
        ("", ""),
        ("/* kept: only line comments are skipped */\na", "/* kept: only line comments are skipped */"),
        ("x = 1;\r\ny", "x = 1;\r"),
    ],
)
def test_post_process(text: str, line: str) -> None:
    assert post_process(text) == line


def test_exact_match_compares_words() -> None:
    assert metrics.exact_match("  a <=  b;", "a <= b; \r")
    assert not metrics.exact_match("a<=b;", "a <= b;")


def test_edit_similarity_is_indel_rounded_and_unstripped() -> None:
    assert metrics.edit_similarity("abcd", "abxd") == 75  # 2 * 3 / 8; Levenshtein's own ratio would be 75 too
    assert metrics.edit_similarity("ab", "ba") == 50  # LCS 1; a substitution counts as two edits
    assert metrics.edit_similarity("  end", "end") == 75
    assert metrics.stripped_similarity("  end", "end\r") == 100
    assert metrics.edit_similarity("", "") == 100
    assert metrics.edit_similarity("", "end") == 0


def test_identifiers_leave_out_keywords_numbers_and_comments() -> None:
    line = "  assign out_q[3:0] = {2'b10, in_a} & `MASK; // see in_b"
    assert metrics.identifiers(line) == ("out_q", "in_a")
    assert metrics.identifiers('$display("a %d", 12\'hab, x1, 3ns); \\e+s ') == ("x1", "\\e+s")


def test_identifier_scores() -> None:
    assert metrics.identifier_match("assign a=b;", "assign a = b ;")
    assert not metrics.identifier_match("b <= a;", "a <= b;")
    assert metrics.identifier_f1("b <= a;", "a <= b;") == 1.0
    assert metrics.identifier_f1("a <= c;", "a <= b;") == 0.5
    assert metrics.identifier_f1("end", "a <= b;") == 0.0
    assert metrics.identifier_f1("a", "endmodule") is None


def test_f1_is_over_labels_with_identifiers() -> None:
    summary = summarise([Pair("end", "end"), Pair("a <= b;", "a <= b;")])
    assert summary.identifier_count == 1
    assert summary.identifier_f1 == 100.0
    assert summarise([Pair("end", "end")]).identifier_f1 is None


def test_intervals_by_repository_need_two() -> None:
    pairs = [Pair("a", "a", "one"), Pair("b", "c", "one")]
    assert set(summarise(pairs).intervals["exact_match"]) == {"wilson"}
    pairs.append(Pair("b", "c", "two"))
    assert set(summarise(pairs).intervals["exact_match"]) == {"wilson", "repositories"}
    assert set(summarise(pairs).intervals["edit_similarity"]) == {"lines", "repositories"}


def test_breakdown_orders_by_count() -> None:
    pairs = [Pair("a", "a", "x", "closer"), Pair("a", "b", "y", "other"), Pair("c", "c", "y", "other")]
    parts = breakdown(pairs, lambda pair: pair.kind)
    assert list(parts) == ["other", "closer"]
    assert parts["other"].exact_match == 50.0
    assert summarise([]).count == 0
