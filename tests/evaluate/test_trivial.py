"""Designs that do nothing, with the ports of another."""

from __future__ import annotations

import pytest

from rtlgen.core.records import Module, Port
from rtlgen.evaluate.trivial import KINDS, design

PORTS = (Port("a", "input", 4), Port("y", "output", 3), Port("z", "output", 1))
MODULE = Module("top", "module", "top.v", 1, 9, PORTS, (("W", "4"),))


def test_texts() -> None:
    head = "module top #(parameter W = 4) (\n  input [3:0] a,\n  output [2:0] y,\n  output z\n);\n"
    assert design(MODULE, "no body") == f"{head}endmodule\n"
    assert (
        design(MODULE, "all 1")
        == f"{head}  assign y = {{3{{1'b1}}}};\n  assign z = {{1{{1'b1}}}};\nendmodule\n"
    )
    assert set(KINDS) == {"no body", "all 0", "all 1"}


@pytest.mark.parametrize("port", [Port("a", "input", None), Port("a", "input", 8, "logic$[0:7]")])
def test_ports_it_cannot_write(port: Port) -> None:
    with pytest.raises(ValueError, match="width of port a"):
        design(Module("top", "module", "", 1, 1, (port,)), "no body")
