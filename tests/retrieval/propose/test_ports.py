from rtlgen.retrieval.propose.ports import propose, similar_names

FIFO = "module fifo (\n  input clk,\n  input rst,\n  input [7:0] din,\n  output [7:0] dout\n);\nendmodule\n"


def texts(position) -> list[str]:
    return [proposal.text for proposal in propose(position)]


def test_next_port_in_the_style_above(at) -> None:
    found = texts(at("module t;\nwire core_rst;\nfifo u (\n    .clk ( core_clk ),\n", {"fifo.v": FIFO}))
    assert found[0] == "    .rst ( core_rst ),"
    assert "    .rst ( rst )," in found


def test_last_port_has_no_comma(at) -> None:
    found = texts(at("module t;\nfifo u (\n  .clk(clk),\n  .rst(rst),\n  .din(din),\n", {"fifo.v": FIFO}))
    assert "  .dout(dout)" in found


def test_leading_commas(at) -> None:
    found = texts(at("module t;\nfifo u\n  (.clk(clk)\n   ,.rst(rst)\n", {"fifo.v": FIFO}))
    assert "   ,.din(din)" in found


def test_an_unknown_module_has_the_order_of_its_other_instances(at) -> None:
    files = {"o.v": "module o;\nram u (\n .addr(a),\n .data(d),\n"}
    assert " .data(d)," in texts(at("module t;\nram v (\n .addr(a),\n", files))


def test_nothing_outside_of_an_instance(at) -> None:
    assert texts(at("module t;\n")) == []


def test_similar_names_share_parts(at) -> None:
    position = at("wire cache_data_v, clk, other;\n")
    assert similar_names(position, "data_v_i", 1) == ["cache_data_v"]
    assert similar_names(position, "zzz", 1) == []
