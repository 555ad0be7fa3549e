import pytest

from rtlgen.retrieval.continuation import Continuation
from rtlgen.retrieval.propose.interfaces import interfaces_in, open_instance, read_instance


def test_ports_and_parameters_in_order() -> None:
    text = """module fifo #(
  parameter W = 8, parameter type T = logic [W-1:0],
  parameter D = 4
) (
  input clk, // c
`ifdef X
  input [W-1:0] din,
`endif
  output reg [W-1:0] dout
);
module old(a, b, c);
  input a, b; output c;
"""
    found = interfaces_in(Continuation({"f.v": text}).segment)
    assert found["fifo"].parameters == ("W", "T", "D")
    assert found["fifo"].ports == ("clk", "din", "dout")
    assert found["old"].ports == ("a", "b", "c")


@pytest.mark.parametrize(
    ("prefix", "module", "parameters", "names"),
    [
        ("wire a;\nfifo u (\n  .clk(c),\n", "fifo", False, ["clk"]),
        ("fifo #(.W(8)) u (\n  .clk(c), .rst(r),\n", "fifo", False, ["clk", "rst"]),
        ("fifo\n #(\n .W(8)\n", "fifo", True, ["W"]),
        ("fifo #(\n .W(8)\n) u (\n .a,\n", "fifo", False, ["a"]),
    ],
)
def test_open_instance(at, prefix: str, module: str, parameters: bool, names: list[str]) -> None:
    found = open_instance(at("module top;\n" + prefix))
    assert found is not None
    assert (found.module, found.parameters, [name for name, _, _ in found.connections]) == (
        module,
        parameters,
        names,
    )


@pytest.mark.parametrize("prefix", ["module a (\n  input x,\n", "assign y = (a +\n", "always @* begin\n", ""])
def test_no_instance(at, prefix: str) -> None:
    assert open_instance(at(prefix)) is None


def test_read_instance() -> None:
    segment = Continuation({"t.v": "fifo #(.W(8)) u (\n .clk(c[1]),\n .rst\n);\n"}).segment
    assert read_instance(segment, 1) == ([("W", "8")], [("clk", "c [ 1 ]"), ("rst", "rst")])
