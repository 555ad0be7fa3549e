from rtlgen.retrieval.propose.order import key_successors


def test_successors_count_own_lines_double(at) -> None:
    files = {"a.v": ".foo(x),\n.qux(y),\n", "b.v": "reg foo;\nreg qux;\n"}
    position = at("wire foo;\nwire bar;\nwire z;\n", files)
    assert key_successors(position, "foo") == [("bar", 2.0), ("qux", 2.0)]
    assert key_successors(position, "foo", ("portmap",)) == [("qux", 1.0)]
    assert key_successors(position, "none") == []
