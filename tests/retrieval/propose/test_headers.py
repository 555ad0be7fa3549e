from rtlgen.retrieval.propose.headers import module_name, propose

TOP = "module top;\nwire [3:0] n;\nchild #(.WIDTH(4)) u (\n  .clk(clk),\n  .num_i(n),\n  .sum_o(s)\n);\nendmodule\n"


def texts(position) -> list[str]:
    return [" ".join(proposal.text.split()) for proposal in propose(position)]


def test_ports_come_from_the_modules_users(at) -> None:
    found = texts(at("module child (\n  input clk,\n", {"top.v": TOP}, path="child.v"))
    assert found[0] == "input [3:0] num_i,"
    assert "input num_i," in found


def test_direction_by_the_ending(at) -> None:
    prefix = "module child (\n  output reg t_o,\n  input clk,\n  input [3:0] num_i,\n"
    assert "output reg sum_o," in texts(at(prefix, {"top.v": TOP}, path="child.v"))


def test_ports_of_an_old_style_header_are_declared(at) -> None:
    found = texts(at("module old(clk, din, dout);\n  input clk;\n  input din;\n"))
    assert "output dout;" in found


def test_module_name_is_the_files_when_there_is_no_header(at) -> None:
    assert module_name(at("// nothing\n", path="rtl/alu.v")) == "alu"
    assert texts(at("wire a;\n")) == []
