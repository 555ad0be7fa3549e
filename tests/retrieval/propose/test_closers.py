from rtlgen.retrieval.propose.closers import propose


def texts(position) -> list[str]:
    return [proposal.text for proposal in propose(position)]


def test_blocks_close_from_the_inside_with_the_openers_indent(at) -> None:
    found = texts(at("module a;\n  always @* begin : main\n    case (s)\n      A: x = 1;\n"))
    assert found.index("    endcase") < found.index("  end") < found.index("endmodule")
    assert "  end : main" in found
    assert "      default: begin" in found


def test_if_may_go_on_with_else(at) -> None:
    found = texts(at("module a;\n  always @* begin\n    if (x) begin\n      y = 1;\n"))
    assert "    end else begin" in found


def test_round_brackets(at) -> None:
    assert ");" in texts(at("module a (\n  input x\n"))
    assert ") (" in texts(at("fifo #(\n  .W(8)\n"))


def test_begin_after_a_control_line_and_else_after_end(at) -> None:
    assert "  begin" in texts(at("module a;\n  always @(posedge clk)\n"))
    assert "    else begin" in texts(
        at("module a;\nalways @* begin\n    if (x) begin\n    y = 1;\n    end\n")
    )


def test_endif_names_its_condition(at) -> None:
    found = texts(at("`ifdef SIM\n  x;\n"))
    assert "`endif" in found
    assert "`endif // SIM" in found
    assert "`else" in found
