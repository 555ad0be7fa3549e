from rtlgen.retrieval.lines import read_line
from rtlgen.retrieval.propose.ranges import declared_range, range_of, range_tokens, with_range, written

BYTE = ("[", "7", ":", "0", "]")


def test_find_and_exchange() -> None:
    tokens = read_line("reg [7:0] a;").tokens
    assert range_of(tokens) == (1, 6)
    assert range_tokens(("reg", "a", ";")) == ()
    assert with_range(list(tokens), "a", ()) == ["reg", "a", ";"]
    assert with_range(["reg", "a", ";"], "a", BYTE) == ["reg", *BYTE, "a", ";"]


def test_declared_range(at) -> None:
    position = at("wire one;\n", {"a.v": "output [7:0] bus,\n"})
    assert declared_range(position, "bus") == BYTE
    assert declared_range(position, "one") == ()
    assert declared_range(position, "none") is None


def test_written() -> None:
    assert written("  reg a;", ["reg", *BYTE, "a", ";"]) == "  reg [7:0] a;"
