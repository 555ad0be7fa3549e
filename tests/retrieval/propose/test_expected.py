from rtlgen.retrieval.propose.expected import expected_names, undriven


def names(position) -> list[str]:
    return [name for name, _ in expected_names(position)]


def test_order_elsewhere(at) -> None:
    assert names(at("b <= 0;\n", {"a.v": "reg a;\nreg b;\nreg c;\n"}))[0] == "c"


def test_order_of_names_with_the_same_tail(at) -> None:
    files = {"a.v": "input s_axi_awid,\ninput s_axi_awaddr,\n"}
    assert "m_axi_awaddr" in names(at("output m_axi_awid,\n", files))


def test_order_of_stems(at) -> None:
    prefix = "reg a_reg, a_next;\nreg b_reg, b_next;\nalways @* begin\n  a_next = a_reg;\n"
    assert "b_next" in names(at(prefix))


def test_undriven_outputs(at) -> None:
    position = at("module m (\n  output x,\n  output y\n);\n  assign x = 1;\n")
    assert undriven(position) == ["y"]


def test_names_used_below_come_first_for_declarations(at) -> None:
    position = at("module m;\nwire a;\n", suffix="assign a = fresh;\n")
    assert names(position)[0] == "fresh"
