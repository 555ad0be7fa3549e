from __future__ import annotations

import pyslang
import pytest

from rtlgen.sim.static import findings
from rtlgen.sim.static.drivers import TWO_DRIVERS
from rtlgen.sim.static.elaborate import Finding

LISTS = ["STYLE", "SOFT", "HARD", "UNDECLARED", "UNDECLARED_YET", "OPEN_WORLD", "UNFINISHED"]


@pytest.mark.parametrize("name", LISTS)
def test_slang_has_every_code(name: str) -> None:
    assert [c for c in sorted(getattr(findings, name)) if not hasattr(pyslang.Diags, c)] == []


def test_no_code_is_both() -> None:
    assert not findings.STYLE & (findings.SOFT | findings.HARD)
    assert not findings.SOFT & findings.HARD
    assert findings.OPEN_WORLD <= findings.UNDECLARED


@pytest.mark.parametrize(
    ("code", "severity", "weight"),
    [
        ("UndeclaredIdentifier", "error", "error"),
        ("UsedBeforeDeclared", "error", "warning"),
        ("MultipleContAssigns", "warning", "error"),
        ("WidthTruncate", "warning", "warning"),
        ("NewlineEOF", "warning", ""),
    ],
)
def test_weights(code: str, severity: str, weight: str) -> None:
    assert findings.weight(Finding("semantic", code, severity, "", 0)) == weight


def test_branches_taken_by_force_may_declare_twice() -> None:
    for code, severity in (("Redefinition", "warning"), (TWO_DRIVERS, "error")):
        finding = Finding("semantic", code, severity, "'a'", 0)
        assert findings.weight(finding) == "error"
        assert findings.weight(finding, forced=True) == "warning"


def test_members_of_a_type_parameter_do_not_count() -> None:
    message = "invalid member access for type 'req_t' (aka 'logic')"
    assert findings.weight(Finding("semantic", "InvalidMemberAccess", "error", message, 0)) == ""


def test_a_suggested_spelling_makes_no_difference() -> None:
    one = Finding("semantic", "UndeclaredIdentifier", "error", "use of undeclared identifier 'a'", 3)
    two = Finding(
        "semantic", "TypoIdentifier", "error", "use of undeclared identifier 'a'; did you mean 'b'?", 3
    )
    assert findings.identity(one) == findings.identity(two)
