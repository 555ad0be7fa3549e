"""A small build in a temporary folder, and a checker that takes `<<candidate>>` marked in a text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.project import Project, load_project
from rtlgen.core.records import CheckReport
from rtlgen.sim.check import Checker

FILES = {
    "rtl/ops_pkg.sv": """\
package ops_pkg;
  typedef enum logic [1:0] {OP_ADD, OP_SUB, OP_AND} op_t;
  typedef struct packed { logic [7:0] data; logic last; } beat_t;
  localparam int WIDTH = 8;
  function automatic logic [7:0] swap(input logic [7:0] x);
    return {x[3:0], x[7:4]};
  endfunction
endpackage
""",
    "rtl/adder.sv": """\
module adder #(parameter int W = 8) (
  input  logic [W-1:0] a,
  input  logic [W-1:0] b,
  output logic [W-1:0] sum,
  output logic         carry
);
  assign {carry, sum} = a + b;
endmodule
""",
    "rtl/bus_if.sv": """\
interface bus_if;
  logic valid, ready;
  modport src(output valid, input ready);
endinterface
""",
    "include/defs.vh": """\
`ifndef DEFS_VH
`define DEFS_VH
`define RESET_VALUE 8'h00
`define MAX(x, y) ((x) > (y) ? (x) : (y))
`endif
""",
    "rtl/top.sv": """\
`include "defs.vh"
module top (input logic clk, input logic [7:0] x, output logic [7:0] y);
  logic [7:0] q;
  always_ff @(posedge clk) q <= x;
  assign y = q;
endmodule
""",
}


@pytest.fixture
def build(tmp_path: Path) -> Project:
    """The project of `FILES`, found by discovery."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load_project(tmp_path)


@pytest.fixture
def checker(build: Project) -> Checker:
    return Checker(build)


@pytest.fixture
def verdict(checker: Checker) -> Callable[..., CheckReport]:
    """Check a text in which the candidate stands between `<<` and `>>`."""

    def check(marked: str, path: str = "rtl/top.sv") -> CheckReport:
        before, rest = marked.split("<<", 1)
        candidate, after = rest.split(">>", 1)
        return checker.check(path, before + candidate + after, (len(before), len(candidate)))

    return check
