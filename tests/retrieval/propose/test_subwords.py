from rtlgen.retrieval.propose.subwords import changed_part, exchange, parts_of, propose


def test_parts() -> None:
    assert parts_of("AxiAddrWidth") == ["Axi", "Addr", "Width"]
    assert parts_of("rd_ptr0") == ["rd", "ptr", "0"]
    assert changed_part("lce_id0_o", "lce_id1_o") == ("0", "1")
    assert changed_part("a_b", "a_b_c") is None
    assert changed_part("tx_a", "rx_b") is None


def test_exchange_keeps_case() -> None:
    assert exchange("AxiAddrWidth", "addr", "data") == "AxiDataWidth"
    assert exchange("ADDR_WIDTH", "addr", "data") == "DATA_WIDTH"
    assert exchange("addr_address", "addr", "data") == "data_address"


def test_all_names_of_the_line_change_together(at) -> None:
    found = [proposal.text for proposal in propose(at("  .ADDR_WIDTH(AxiAddrWidth),\n"))]
    assert "  .DATA_WIDTH(AxiDataWidth)," in found
    found = [proposal.text for proposal in propose(at("assign s_tx = e_tx < n_tx;\n"))]
    assert "assign s_rx = e_rx < n_rx;" in found


def test_the_unit_teaches_exchanges(at) -> None:
    files = {"a.v": "wire foo_red;\nwire foo_green;\n"}
    found = [proposal.text for proposal in propose(at("reg bar_red;\n", files))]
    assert "reg bar_green;" in found
