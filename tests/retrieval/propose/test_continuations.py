from rtlgen.retrieval.propose.continuations import propose


def texts(position) -> list[str]:
    return [" ".join(proposal.text.split()) for proposal in propose(position)]


def test_follower_is_renamed_as_the_context_was(at) -> None:
    files = {"a.v": ".s_axi_awid(s_axi_awid),\n.s_axi_awaddr(s_axi_awaddr),\n"}
    found = texts(at(".m_axi_awid(m_axi_awid),\n", files))
    assert ".m_axi_awaddr(m_axi_awaddr)," in found
    assert ".s_axi_awaddr(s_axi_awaddr)," in found


def test_numbers_step_on_by_analogy(at) -> None:
    files = {"a.v": "assign x0 = v[0];\nassign x1 = v[1];\n"}
    assert "assign y5 = v[5];" in texts(at("assign y4 = v[4];\n", files))


def test_a_comment_is_offered_with_and_without(at) -> None:
    found = texts(at("a;\n", {"a.v": "a;\nb; // why\n"}))
    assert found[:2] == ["b; // why", "b;"]


def test_blanks_follow_the_lines_above(at) -> None:
    files = {"a.v": ".ab(x),\n.abcd(y),\n"}
    found = [proposal.text for proposal in propose(at("    .ab   (x),\n", files))]
    assert "    .abcd (y)," in found


def test_inserted_line_is_skipped(at) -> None:
    assert "beta;" in texts(at("alpha;\nnew_thing <= 3;\n", {"a.v": "alpha;\nbeta;\n"}))
