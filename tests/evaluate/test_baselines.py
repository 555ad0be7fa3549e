"""The copy baseline: which place wins, and how the copied line is indented."""

from __future__ import annotations

from rtlgen.evaluate.baselines import copy_line


def test_longest_run_of_equal_lines_wins() -> None:
    files = {"a.v": "x;\nclk,\nrst,\nshort\n", "b.v": "top,\nclk,\nrst,\nlong\n"}
    found = copy_line(files, "c.v", "top,\nclk,\nrst,\n")
    assert (found.text, found.stage, found.run) == ("long", "exact", 3)


def test_tie_goes_to_the_own_file_and_there_to_the_last_place() -> None:
    prefix = "begin\nfirst;\nend\nbegin\nlast;\nend\nq;\nbegin\n"
    assert copy_line({"a.v": "begin\nother;\n"}, "c.v", prefix).text == "last;"


def test_tie_between_other_files_goes_to_the_same_folder() -> None:
    files = {"lib/a.v": "begin\nfar;\n", "rtl/b.v": "begin\nnear;\n"}
    assert copy_line(files, "rtl/c.v", "begin\n").text == "near;"


def test_equal_shape_is_the_fallback_and_the_tie_break() -> None:
    files = {"a.v": "input clk,\nfound\n"}
    found = copy_line(files, "c.v", "input rst_n,\n")
    assert (found.text, found.stage) == ("found", "shape")
    files = {"a.v": "wire a;\nend\nwrong\n", "b.v": "b = 1;\nend\nright\n"}
    assert copy_line(files, "c.v", "c = 7;\nend\n").text == "right"


def test_last_stage_looks_at_the_ends_of_the_line_above() -> None:
    found = copy_line({"a.v": "assign a = b;\nend_of_assigns\n"}, "c.v", "assign x = {y, 2'b0};\n")
    assert (found.text, found.stage) == ("end_of_assigns", "ends")


def test_comments_and_blank_lines_are_never_copied() -> None:
    files = {"a.v": "wire a;\n// not this\n", "b.v": "wire a;\n\nwire b;\n"}
    found = copy_line(files, "c.v", "wire a;\n")
    assert found.text == "wire b;"


def test_inner_blanks_do_not_matter() -> None:
    assert copy_line({"a.v": "wire   [3:0]  a;\nnext\n"}, "c.v", "  wire [3:0] a;\n").text.strip() == "next"


def test_indentation_moves_with_the_line_above() -> None:
    there = "  if (a) begin\n    b <= 1;\n  end\n"
    assert copy_line({"a.v": there}, "c.v", "      if (a) begin\n").text == "        b <= 1;"
    assert copy_line({"a.v": there}, "c.v", "      b <= 1;\n").text == "    end"
    assert copy_line({"a.v": "\tif (a) begin\n\t\tb;\n"}, "c.v", "if (a) begin\n").text == "\tb;"


def test_carriage_return_is_kept() -> None:
    assert copy_line({}, "c.v", "a;\r\nb;\r\na;\r\n").text == "b;\r"


def test_beginning_of_a_file_and_nothing_at_all() -> None:
    assert copy_line({"a.v": "// head\nmodule a;\n"}, "c.v", "").text == "module a;"
    assert copy_line({}, "c.v", "").text == ""
    assert copy_line({}, "c.v", "module c;\n").stage == "none"
