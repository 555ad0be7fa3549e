from __future__ import annotations

import pytest

from rtlgen.sim.static.openings import closers, opened, unfinished


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("module m; always @* begin case (x) 1: y = {a,", "} ; endcase end endmodule"),
        ("module m(input a,", ") ; endmodule"),
        ("module m; adder #(.W(1),", ") rtlgen_u () ; endmodule"),
        ("module m; adder #(.W(1))", "rtlgen_u () ; endmodule"),
        ("module m; adder u_a", "() ; endmodule"),
        ("module m; adder u_a [3:0]", "() ; endmodule"),
        ("module m; wire u_a", "; endmodule"),
        ("`ifdef A\nmodule m;", "; endmodule `endif"),
        ("module m; casez (x) 1: y = 0; endcase", "; endmodule"),
        ("class c; virtual interface i; endclass", ""),
        ("module m; adder #(\n`ifdef A\n.W(1),", "`endif ) rtlgen_u () ; endmodule"),
        ("module m; a_never :", "assert (1) ; endmodule"),
        ("module m; end", "; endmodule"),
    ],
)
def test_closers(text: str, closing: str) -> None:
    assert closers(opened(text)).split() == closing.split()


def test_a_text_in_two_pieces_is_one_text() -> None:
    text = "module m; adder #(.W(1)) u_a (.a(x), .b(y[3:0]"
    for cut in (9, 16, 24, 35, len(text)):
        assert closers(opened(text[cut:], opened(text[:cut]))) == closers(opened(text))


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        ("assign y = a;", ""),
        ("assign y = a", ""),
        ("end", ""),
        (");", ""),
        ("", ""),
        ("begin x = 1; end", ""),
        ("if (a) begin", "`begin` is not closed yet"),
        ("end else begin", "`begin` is not closed yet"),
        ("assign y = a &", "`&` is followed by nothing yet"),
        (".a(a), // first", "`,` is followed by nothing yet"),
        ("case (op)", "`case` is not closed yet"),
        ("adder u_a (", "`(` is not closed yet"),
        ("if (a)", "the body of `if` is to follow"),
        ("always_comb", "`always_comb` is followed by nothing yet"),
        ("always @(posedge clk)", "the body of `always` is to follow"),
        ("`ifdef A", "``ifdef` is not closed yet"),
    ],
)
def test_unfinished(candidate: str, why: str) -> None:
    assert unfinished(candidate) == why
