"""Verification catches wrong modules, and passes the right ones of all families."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from rtlgen.datasets.spec_pairs.combinational.circuit import Calculated, given, result
from rtlgen.datasets.spec_pairs.design import Design, DesignPort, Values
from rtlgen.datasets.spec_pairs.families import FAMILIES
from rtlgen.datasets.spec_pairs.stimulus import CLOCKED_STEPS, steps_of
from rtlgen.datasets.spec_pairs.verify import Verdict, verified

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]


def inverter(body: str) -> Design:
    oracle = Calculated(lambda v: {"y": v["a"] ^ 15})
    return Design("inverter", "top", (given("a", 4), result("y", 4)), body, ("y is not a.",), lambda: oracle)


@dataclass
class Flop:
    """A register with reset; open before the first reset."""

    q: int | None = None

    def step(self, inputs: Values) -> dict[str, int | None]:
        self.q = 0 if inputs["rst"] else inputs["d"]
        return {"q": self.q}


def flop(event: str, *, asynchronous: bool = False, negedge: bool = False) -> Design:
    ports = (
        DesignPort("clk", "input", role="clock"),
        DesignPort("rst", "input", role="reset"),
        given("d", 3),
        result("q", 3),
    )
    body = f"  always @({event}) if (rst) q <= 0; else q <= d;\n"
    return Design(
        "flop", "top", ports, body, ("q is d, a clock later.",), Flop, "clk", negedge, "rst", False, asynchronous
    )  # fmt: skip


def reasons(designs: Sequence[Design]) -> list[str]:
    return [verdict.reason for verdict in verified(designs)]


def test_right_and_wrong_modules_of_one_run_are_told_apart() -> None:
    right, wrong = inverter("  assign y = ~a;\n"), inverter("  assign y = a == 9 ? 4'd7 : ~a;\n")
    lazy, broken = inverter("  assign y[2:0] = ~a[2:0];\n"), inverter("  assign y = ;\n")
    found = reasons([right, wrong, broken, lazy, right])
    assert [not reason for reason in found] == [True, False, False, False, True]
    assert "want 0110" in found[1] and "compile" in found[2] and "got z" in found[3]


@pytest.mark.slow
def test_a_module_that_does_not_end_fails_alone() -> None:
    endless = inverter("  assign y = ~a;\n  initial forever #0 ;\n")
    found = verified([inverter("  assign y = ~a;\n"), replace(endless, top="x")], cpu_seconds=1)
    assert found[0] == Verdict(True) and not found[1].passed and "too long" in found[1].reason


def test_the_edge_and_the_kind_of_reset_are_checked() -> None:
    assert reasons([flop("posedge clk"), flop("negedge clk", negedge=True)]) == ["", ""]
    assert all(reasons([flop("negedge clk"), flop("posedge clk", negedge=True)]))
    assert reasons([flop("posedge clk or posedge rst", asynchronous=True)]) == [""]
    assert all(reasons([flop("posedge clk", asynchronous=True)])), "the reset must act without a clock"


def test_oracles_that_fail_are_reported() -> None:
    short = replace(inverter("  assign y = ~a;\n"), oracle=lambda: Calculated(lambda _: {}))
    wide = replace(inverter("  assign y = ~a;\n"), oracle=lambda: Calculated(lambda _: {"y": 16}))
    found = reasons([short, wide])
    assert found[0].startswith("oracle: KeyError") and "does not fit" in found[1]


def test_an_open_output_may_be_anything_but_only_where_it_is_open() -> None:
    half = Calculated(lambda v: {"y": None if v["a"] > 7 else v["a"] ^ 15})
    loose = replace(inverter("  assign y = a > 7 ? 4'bx : ~a;\n"), oracle=lambda: half)
    strict = inverter(loose.body)
    found = reasons([loose, strict])
    assert found[0] == "" and "got x" in found[1]


def test_small_combinational_designs_see_every_input() -> None:
    steps = steps_of(inverter(""), random.Random(1))
    assert {step.inputs["a"] for step in steps} == set(range(16))


def test_clocked_designs_begin_with_two_resets() -> None:
    steps = steps_of(flop("", asynchronous=True), random.Random(1))
    assert len(steps) == CLOCKED_STEPS
    assert [step.inputs["rst"] for step in steps[:3]] == [1, 1, 0]
    assert all(step.edge for step in steps[:3]) and not all(step.edge for step in steps)


def test_every_family_agrees_with_its_oracle() -> None:
    designs = [family.draw(random.Random(f"{family.name} {k}")) for family in FAMILIES for k in range(3)]
    failed = [
        (design.family, verdict.reason, design.body)
        for design, verdict in zip(designs, verified(designs), strict=True)
        if not verdict.passed
    ]
    assert not failed


def test_a_body_changed_by_one_operator_is_caught_in_most_families() -> None:
    swaps = (
        (" & ", " | "),
        (" + ", " - "),
        (" ^ ", " & "),
        (" == ", " != "),
        ("1'b1;", "1'b0;"),
        (" < ", " > "),
    )
    changed: list[Design] = []
    for family in FAMILIES:
        design = family.draw(random.Random(family.name))
        swap = next((swap for swap in swaps if swap[0] in design.body), None)
        if swap is not None and "for (" not in design.body:
            changed.append(replace(design, body=design.body.replace(*swap, 1)))
    missed = [
        design.family
        for design, verdict in zip(changed, verified(changed, cpu_seconds=2), strict=True)
        if verdict.passed
    ]
    assert len(changed) > 0.5 * len(FAMILIES)
    assert len(missed) < 0.25 * len(changed), missed
