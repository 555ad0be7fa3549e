from __future__ import annotations

import os

import pytest

from rtlgen.core.project import Project
from rtlgen.sim.static import elaborate
from rtlgen.sim.static.elaborate import Build, Elaborator
from rtlgen.sim.static.sources import SourceIndex


@pytest.fixture
def elaborator(build: Project) -> Elaborator:
    return Elaborator(build, SourceIndex(build))


def codes(elaborator: Elaborator, build: Build, text: str) -> list[str]:
    return [f.code for f in elaborator.run(build, text).findings]


def test_a_plan_has_what_the_text_names(build: Project, elaborator: Elaborator) -> None:
    text = "module t; import ops_pkg::*; adder u(); endmodule\n"
    plan = elaborator.plan(build.root / "rtl/t.sv", text)
    assert {p.name for p in plan.needed} == {"ops_pkg.sv", "adder.sv"}
    assert elaborator.plan(build.root / "rtl/t.sv", text + "// more\n") is plan


def test_offsets_count_from_the_start_of_the_text(build: Project, elaborator: Elaborator) -> None:
    text = "module t (output logic [7:0] y);\nassign y = `MAX(1, nowhere);\nendmodule\n"
    plan = elaborator.plan(build.root / "rtl/t.sv", text)
    assert plan.predefines == ("MAX(x, y) ((x) > (y) ? (x) : (y))",)
    found = [f for f in elaborator.run(plan, text).findings if f.severity == "error"]
    assert {(f.code, f.name, f.offset) for f in found} == {
        ("UndeclaredIdentifier", "nowhere", text.index("`MAX"))
    }


def test_only_findings_of_the_text_itself(build: Project, elaborator: Elaborator) -> None:
    path = build.root / "rtl/adder.sv"
    path.write_text(path.read_text().replace("a + b", "a + nowhere"))
    text = "module t (input logic [7:0] a);\nadder u (.a(a), .b(a), .sum(), .carry());\nendmodule\n"
    assert codes(elaborator, elaborator.plan(build.root / "rtl/t.sv", text), text) == [
        "EmptyOutputPortConn",
        "EmptyOutputPortConn",
    ]


def test_what_is_missing_is_told(build: Project, elaborator: Elaborator) -> None:
    text = '`include "gone.vh"\nmodule t; import gone_pkg::*; `GONE(1)\nendmodule\n'
    plan = elaborator.plan(build.root / "rtl/t.sv", text)
    outcome = elaborator.run(plan, text, survey=True)
    assert outcome.missing == {"gone.vh", "gone_pkg", "`GONE"}


def test_long_runs_start_a_new_session(
    build: Project, elaborator: Elaborator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elaborate, "_MAX_SESSION_BYTES", 500)
    text = "module t;\nadder u (.nope());\nendmodule\n"
    plan = elaborator.plan(build.root / "rtl/t.sv", text)
    for _ in range(30):
        assert "PortDoesNotExist" in codes(elaborator, plan, text)


def test_stale_when_a_needed_file_changes(build: Project, elaborator: Elaborator) -> None:
    text = "module t; adder u(); endmodule\n"
    elaborator.run(elaborator.plan(build.root / "rtl/t.sv", text), text)
    assert not elaborator.stale()
    os.utime(build.root / "rtl/adder.sv", ns=(1, 1))
    assert elaborator.stale()
    assert not elaborator.stale()


def test_a_parameter_that_makes_no_sense_costs_no_seconds(build: Project, elaborator: Elaborator) -> None:
    text = """module t #(parameter int unsigned N = 2**24) (output logic [7:0] y);
for (genvar i = 0; i < N; i++) begin : g assign y[i % 8] = 1'b0; end
endmodule
"""
    plan = elaborator.plan(build.root / "rtl/t.sv", text)
    assert "MaxGenerateStepsExceeded" in codes(elaborator, plan, text)
