from rtlgen.retrieval.propose.signals import propose


def texts(position) -> list[str]:
    return [proposal.text for proposal in propose(position)]


RESET = """module m;
  reg a_q, b_q, a_d, b_d;
  always @(posedge clk) begin
    if (rst) begin
      a_q <= 1'b0;
"""


def test_next_register_of_the_reset_branch(at) -> None:
    assert "      b_q <= 1'b0;" in texts(at(RESET))


def test_the_other_branch_takes_up_the_registers_with_the_units_rule(at) -> None:
    files = {"o.v": "x_q <= x_d;\n"}
    found = texts(at(RESET + "      b_q <= 1'b0;\n    end else begin\n", files))
    assert found[0] == "      a_q <= a_d;"


def test_next_state_defaults_go_on_by_analogy(at) -> None:
    prefix = "reg a_q, a_d;\nreg b_q, b_d;\nalways @* begin\n  a_d = a_q;\n"
    assert "  b_d = b_q;" in texts(at("module m;\n" + prefix))


def test_an_output_without_driver(at) -> None:
    found = texts(at("module m (\n  input a,\n  output y\n);\n\n"))
    assert "assign y = a;" in [text.strip() for text in found]


def test_nothing_in_a_port_list(at) -> None:
    assert texts(at("module m (\n  input a,\n")) == []
