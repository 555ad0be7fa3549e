"""Verdict first, then agreement, then confidence."""

from __future__ import annotations

from rtlgen.core.records import Verdict
from rtlgen.generate.attempt import Attempt, Result
from rtlgen.generate.choose import in_order, to_repair, with_votes


def attempt(number: int, verdict: Verdict | None = None, **fields: object) -> Attempt:
    values: dict[str, object] = {
        "code": f"module m{number}; endmodule",
        "logprob": -1.0,
        "diagnosis": "",
        "digest": "",
    }
    return Attempt(
        number=number, round=0, parent=None, answer="", tokens=1, verdict=verdict, **{**values, **fields}
    )  # type: ignore[arg-type]


def test_a_pass_beats_any_number_of_votes() -> None:
    tried = [
        attempt(0, Verdict("mismatch", samples=10, wrong=1), digest="x"),
        attempt(1, Verdict("mismatch", samples=10, wrong=1), digest="x"),
        attempt(2, Verdict("pass", samples=10, wrong=0), digest="y", logprob=-9.0),
    ]
    assert [a.number for a in in_order(tried)] == [2, 0, 1]


def test_states_in_order_and_nearer_mismatches_first() -> None:
    kinds = ["syntax", "elaboration", "tool-error", "resource", "timeout"]
    tried = [attempt(i, Verdict(kind)) for i, kind in enumerate(kinds)]
    tried += [
        attempt(5, Verdict("mismatch", samples=10, wrong=9)),
        attempt(6, Verdict("mismatch", samples=10, wrong=2)),
        attempt(7),
        attempt(8, code=""),
    ]
    assert [a.number for a in in_order(tried)] == [7, 6, 5, 4, 3, 2, 1, 0, 8]
    result = Result("s", "m", "model", tuple(in_order(tried)))
    assert result.best is not None and result.best.number == 7 and not result.passed
    assert result.counts() == {
        "unverified": 1, "mismatch": 2, "timeout": 1, "resource": 1, "tool-error": 1, "elaboration": 1, "syntax": 1,
        "empty": 1,
    }  # fmt: skip


def test_without_a_test_the_biggest_cluster_wins_and_confidence_decides_inside() -> None:
    tried = [
        attempt(0, digest="odd", logprob=-0.1),
        attempt(1, digest="same", logprob=-2.0),
        attempt(2, digest="same", logprob=-0.5),
        attempt(3, digest="", logprob=-0.01),
    ]
    ordered = in_order(tried)
    assert [(a.number, a.votes) for a in ordered] == [(2, 2), (1, 2), (0, 1), (3, 0)]
    assert [a.votes for a in with_votes(tried)] == [1, 2, 2, 0]


def test_nothing_but_empty_answers_has_no_best() -> None:
    assert Result("s", "m", "model", tuple(in_order([attempt(0, code="")]))).best is None


def test_what_is_repaired() -> None:
    tried = [
        attempt(0, Verdict("syntax"), diagnosis="x", code="module a ; endmodule"),
        attempt(1, Verdict("syntax"), diagnosis="x", code="module  a; endmodule"),  # the same but for blanks
        attempt(2, Verdict("mismatch", samples=4, wrong=1), diagnosis="x"),
        attempt(3),
        attempt(4, code="", diagnosis="x"),
    ]
    assert [a.number for a in to_repair(tried, 3)] == [2, 0]
    assert [a.number for a in to_repair(tried, 1)] == [2]
