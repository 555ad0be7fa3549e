def test_blocks_and_process(at) -> None:
    position = at("module a (\n  input clk\n);\n  always @(posedge clk) begin\n    if (x) begin\n")
    assert [block.token for block in position.blocks] == ["module", "begin", "begin"]
    assert position.process == "seq"
    assert at("module a;\n  always @* begin\n").process == "comb"
    assert at("module a;\n  initial begin\n    x = 1;\n").process == "initial"
    assert at("module a;\n  always @* begin\n  end\n").process == ""


def test_a_cursor_line_of_blanks_is_dropped_and_crlf_is_read(at) -> None:
    assert at("a;\r\nb;\r\n    ").lines == ["a;", "b;"]
    assert at("a;\n\n").lines == ["a;", ""]
    assert at("").last.tokens == ()


def test_fitted_keeps_the_step_from_the_line_above(at) -> None:
    position = at("module a;\n\talways @* begin\n")
    assert position.fitted("      x = 1;", "    begin") == "\t\tx = 1;"
    assert position.fitted("end", "  x = 1;") == "end"
    assert position.fitted("  y;", "  x;") == "\ty;"


def test_widths_and_popular_ranges(at) -> None:
    position = at("reg [7:0] a;\nreg [7:0] b;\nwire [3:0] c;\nwire [W-1:0] d;\n")
    assert position.widths == {"a": 8, "b": 8, "c": 4}
    assert position.popular_ranges[0] == ("[", "7", ":", "0", "]")


def test_directives(at) -> None:
    position = at("`ifdef A\nx;\n`else\n")
    assert [block.token for block in position.directives] == ["`else"]
