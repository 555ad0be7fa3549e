"""The report: JSON keys, breakdowns, and the text table."""

from __future__ import annotations

from rtlgen.evaluate.metrics import Pair
from rtlgen.evaluate.rtl_repo_report import report_of, run_of, table

PAIRS = (
    Pair("assign a = b;", "assign a = b;", "one", "continuous"),
    Pair("x <= 1;", "x <= 0;", "two", "nonblocking"),
    Pair("end", "end", "two", "closer"),
)


def test_json_has_the_first_run_at_the_top() -> None:
    worse = tuple(Pair("", pair.label, pair.repository, pair.kind) for pair in PAIRS)
    runs = [run_of("good", PAIRS, "g", 0), run_of("bad", worse, "b", 0)]
    report = report_of(None, (), runs, [PAIRS, worse], 0)
    answer = report.to_json()
    assert answer["run"] == "good"
    assert answer["exact_match"] == answer["runs"][0]["exact_match"] == 66.667
    assert answer["runs"][1]["exact_match"] == 0.0
    assert answer["edit_similarity"] > answer["runs"][1]["edit_similarity"]
    assert answer["intervals"]["exact_match"].keys() == {"wilson", "repositories"}
    assert answer["runs"][0]["by_kind"]["closer"]["count"] == 1
    assert answer["runs"][0]["by_repository"]["two"]["exact_match"] == 50.0
    assert answer["runs"][0]["like_published"]["count"] == 1
    assert answer["differences"][0]["exact_match"] == 66.667


def test_runs_on_other_lines_are_not_compared() -> None:
    runs = [run_of("a", PAIRS, "", 0), run_of("b", PAIRS[:2], "", 0)]
    assert report_of(None, (), runs, [PAIRS, PAIRS[:2]], 0).differences == ()


def test_table() -> None:
    text = table(report_of(None, (), [run_of("good", PAIRS, "", 0)], [PAIRS], 0))
    blocks = text.split("\n\n")
    head, row = blocks[0].split("\n")
    assert head.split() == [
        "run",
        "lines",
        "EM",
        "95",
        "%",
        "ES",
        "95",
        "%",
        "ES",
        "stripped",
        "id",
        "match",
        "id",
        "F1",
    ]
    assert row.split()[:3] == ["good", "3", "66.67"]
    assert [block.split("\n")[0].split("  ")[0] for block in blocks[1:]] == [
        "good, by repository",
        "good, by kind of line",
        "good, lines like RTL-Repo's published labels",
    ]
