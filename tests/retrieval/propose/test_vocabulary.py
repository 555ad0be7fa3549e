from rtlgen.retrieval.propose.vocabulary import propose


def test_frequent_followers_first(at) -> None:
    files = {"a.v": "wire a;\nend\nwire b;\nend\nwire c;\nelse\n"}
    found = [proposal.text for proposal in propose(at("  wire zz;\n", files))]
    assert found == ["  end", "  else"]


def test_an_empty_unit_knows_nothing(at) -> None:
    assert propose(at("")) == []
