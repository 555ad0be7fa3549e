from __future__ import annotations

from rtlgen.sim.static.compare import subtract
from rtlgen.sim.static.elaborate import Finding


def found(offset: int, message: str = "m") -> Finding:
    return Finding("parse", "ExpectedToken", "error", message, offset)


def test_findings_after_the_candidate_move_with_it() -> None:
    new, gone = subtract((found(2), found(15)), (found(2), found(5)), offset=4, length=10)
    assert (new, gone) == ([], [])


def test_what_is_new_and_what_is_gone() -> None:
    new, gone = subtract((found(2), found(6)), (found(2), found(5)), offset=4, length=10)
    assert [f.offset for f in new] == [6]
    assert [f.offset for f in gone] == [5]


def test_two_of_a_kind_are_two() -> None:
    new, _ = subtract((found(2), found(2)), (found(2),), offset=4, length=1)
    assert len(new) == 1


def test_a_finding_at_the_cursor_may_stay_or_move() -> None:
    assert subtract((found(4),), (found(4),), offset=4, length=3)[0] == []
    assert subtract((found(7),), (found(4),), offset=4, length=3)[0] == []
