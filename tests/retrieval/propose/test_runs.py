import pytest

from rtlgen.retrieval.propose.runs import propose


@pytest.mark.parametrize(
    ("prefix", "wanted"),
    [
        ("assign a[7:0] = b0;\nassign a[15:8] = b1;\n", "assign a[23:16] = b2;"),
        ("4'b0001: y = 0;\n4'b0010: y = 1;\n", "4'b0100: y = 2;"),
        ("`define A0 8'h09\n`define A1 8'h0a\n", "`define A2 8'h0b"),
        ("x0 <= a;\nz0 <= 1;\nx1 <= a;\nz1 <= 1;\n", "x2 <= a;"),
        ("m[ 7: 0] = q[0];\nm[15: 8] = q[1];\n", "m[23:16] = q[2];"),
    ],
)
def test_counted_runs(at, prefix: str, wanted: str) -> None:
    assert wanted in [proposal.text for proposal in propose(at(prefix))]


def test_a_list_elsewhere_gives_the_next_name(at) -> None:
    prefix = "reg foo;\nreg bar;\nreg baz;\nalways @* begin\n  foo <= 0;\n  bar <= 0;\n"
    assert "  baz <= 0;" in [proposal.text for proposal in propose(at(prefix))]


def test_nothing_at_the_start_of_a_file(at) -> None:
    assert propose(at("")) == []
