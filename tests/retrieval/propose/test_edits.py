import pytest

from rtlgen.retrieval.propose.edits import edits


@pytest.mark.parametrize(
    ("prefix", "template", "wanted"),
    [
        ("reg nbits_reg;\nreg nbits;\n", "nbits_reg <= 0;", "nbits_reg <= nbits;"),
        ("x <= 1'b0;\n", "en <= 1'b0;", "en <= 1'b1;"),
        ("wire [7:0] a;\n", "wire b;", "wire [7:0] b;"),
        ("wire a;\n", "wire [7:0] b;", "wire b;"),
        ("wire a;\n", "reg b;", "wire b;"),
        ("input clk_vid,\n", "always @(posedge clk) begin", "always @(posedge clk_vid) begin"),
        ("reg [3:0] n;\n", "n <= n - 5'd1;", "n <= n - 4'd1;"),
        ("module m;\nalways @(posedge c) begin\n", "wr = 1;", "wr <= 1;"),
        ("// top\n", "module other #(", "module x #("),
    ],
)
def test_one_thing_changes(at, prefix: str, template: str, wanted: str) -> None:
    assert wanted in [proposal.text for proposal in edits(at(prefix), [template])]


def test_the_name_a_line_is_about_changes_to_the_expected_one(at) -> None:
    position = at("wire foo_a;\n", {"o.v": "output foo_a,\noutput [3:0] foo_b,\n"})
    found = [proposal.text for proposal in edits(position, [])]
    assert "wire [3:0] foo_b;" in found
    assert "wire foo_b;" in found


def test_includes_go_through_the_unit(at) -> None:
    position = at('`include "inc/a.svh"\n', {"r/a.svh": "x;\n", "r/b.svh": "y;\n", "r/c.sv": "z;\n"})
    found = [proposal.text for proposal in edits(position, [])]
    assert '`include "inc/b.svh"' in found
    assert '`include "inc/c.sv"' not in found


def test_a_file_begins_with_its_module(at) -> None:
    assert "module x (" in [proposal.text for proposal in edits(at(""), [])]
