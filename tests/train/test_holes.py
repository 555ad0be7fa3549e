"""Holes are where people leave them, and no text is lost by them."""

from __future__ import annotations

import random
from collections import Counter

from rtlgen.train.holes import MOST_SHARE, SHARES, cut, holes

TEXT = """module counter #(parameter W = 8) (
    input wire clk,
    input wire rst, // begin ( here is no bracket
    output reg [W-1:0] count
);
    wire [W-1:0] next = count + 1'b1;
    always @(posedge clk) begin
        if (rst) begin
            count <= {W{1'b0}};
        end
        else
            count <= next;
    end
    adder #(.W(W)) u_add (
        .a(count),
        .b(next)
    );
endmodule
"""


def test_the_kinds_of_holes_hold_what_their_names_say() -> None:
    found = {kind: [TEXT[a:b] for a, b in spans] for kind, spans in holes(TEXT).items()}
    assert found["expression"] == ["count + 1'b1", "{W{1'b0}}", "next", "rst"]
    assert sorted(text.split()[0] for text in found["block"]) == ["count", "if"]
    assert [text.split()[0] for text in found["list"]] == ["input", ".a(count),"]
    (body,) = found["module"]
    assert body.startswith("\n    wire")
    assert body.endswith(");\n")


def test_unbalanced_text_has_no_wrong_holes() -> None:
    part = "    end\n  end\n)\n" + TEXT[: TEXT.index("count <= next")]
    for kind, spans in holes(part).items():
        for a, b in spans:
            assert 0 <= a < b <= len(part), kind
    assert holes(part)["module"] == []


def test_a_cut_loses_nothing_and_draws_every_kind() -> None:
    rng = random.Random(7)
    known = {kind: {TEXT[a:b] for a, b in spans} for kind, spans in holes(TEXT).items()}
    seen: Counter[str] = Counter()
    for _ in range(600):
        prefix, middle, suffix = cut(TEXT, rng)
        assert prefix + middle + suffix == TEXT
        assert middle
        seen.update(kind for kind, texts in known.items() if middle in texts)
    # The body takes more than its share of the text, so it is never opened; the others as often as they should.
    assert len(next(iter(known["module"]))) > 0.6 * len(TEXT)
    for kind in ("expression", "block", "list"):
        assert 0.6 * SHARES[kind] < seen[kind] / 600 < 2.2 * SHARES[kind]
    assert MOST_SHARE < 1


def test_three_lines_are_enough() -> None:
    for seed in range(60):
        assert "".join(cut("a\nb\nc\n", random.Random(seed))) == "a\nb\nc\n"
