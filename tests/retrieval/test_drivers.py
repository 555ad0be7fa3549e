from __future__ import annotations

import pytest

from rtlgen.core.records import Module, Port
from rtlgen.retrieval.drivers import assigned, driven_by, roots


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("assign a = b;", {"a"}),
        ("assign #1 a[3:0] = b; assign #(2,3) c = d;", {"a", "c"}),
        ("assign {a, b[1:0], {c, d}} = e;", {"a", "b", "c", "d"}),
        ("always @* begin a = 1; b <= 2; end", {"a", "b"}),
        ("always @* if (a <= b) c <= 1; else d.e <= 2;", {"c", "d"}),
        ("always @* case (x) A: y = 1; 2'b0: z <= 1; default: begin w = 0; end endcase", {"y", "z", "w"}),
        ("begin : lab a = 1; end", {"a"}),
        ("m[i][j] <= 3; n += 1; o++;", {"m", "n", "o"}),
        ("module m #(parameter W = 1) (input a);", set()),
        ("if (a == b) ; while (c != d) ;", set()),
        ("wire x = y;", set()),
        ("u #(.A(1)) i (.b(c));", set()),
    ],
)
def test_assigned_names(text: str, names: set[str]) -> None:
    assert set(assigned(text)) == names


def test_offsets_are_behind_the_assignment() -> None:
    text = "assign a = b; assign c = d;"
    found = assigned(text)
    assert text[: found["a"]].endswith("a =")
    assert text[: found["c"]].endswith("c =")


def test_outputs_of_an_instance_drive() -> None:
    ports = (Port("i", "input", 1), Port("o", "output", 1), Port("p", "inout", 1))
    module = Module("m", "module", "m.v", 1, 2, ports)
    found = driven_by("m u (.i(a), .o({b[1], c}), .p(d), .q(e));", module)
    assert [name for name, _ in found] == ["b", "c", "d"]


def test_roots_leave_indices_out() -> None:
    assert roots("{a[i+1], b.c[j][k], 2'b01, if}") == ["a", "b"]
