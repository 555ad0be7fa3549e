"""What is known of a flattened design: ports, registers, clocks, asynchronous inputs, initial values."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.synth.miter import Reset, build
from rtlgen.synth.netlist import prepare

pytestmark = pytest.mark.needs_sandbox
DESIGN = """
module inner (input ck, input clr, input d, output reg q);
  always @(posedge ck or negedge clr) if (!clr) q <= 0; else q <= d;
endmodule
module top (input clk, input gate, input clr, input [1:0] d, output [1:0] q, output reg begun = 1);
  inner a (.ck(clk), .clr(clr), .d(d[0]), .q(q[0]));
  inner b (.ck(clk & gate), .clr(clr), .d(d[1]), .q(q[1]));
  always @(negedge clk) begun <= d[0];
endmodule
"""


def test_description(tmp_path: Path) -> None:
    source = tmp_path / "top.v"
    source.write_text(DESIGN)
    found = prepare([source], "top")
    assert found.inputs == {"clk": 1, "gate": 1, "clr": 1, "d": 2}
    assert found.outputs == {"q": 2, "begun": 1}
    assert (found.registers, found.latches) == (3, False)
    assert found.clocks == {("", True), ("", False)}  # clk is read as data, to be gated
    assert {name for name, _ in found.asynchronous} == {"clr[0]"}
    assert sorted(map(sorted, found.uninitialised)) == [[("a.q", 0)], [("b.q", 0)]]
    again = build(
        prepare([source], "top", name="gold"), prepare([source], "top", name="gate"), resets=[Reset("clr", 0)]
    )
    assert (again.model, again.sequential, again.unpaired) == ("steps", True, ())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        prepare([tmp_path / "top.v"], "top")
