import pytest

from rtlgen.retrieval.lines import read_line
from rtlgen.retrieval.propose.rename import analogy, learn, number_step, rename_line, rename_word, rewrite


@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [
        ("s_axi_awid", "s_axi_awaddr", "m_axi_arid", "m_axi_araddr"),
        ("foo0", "foo1", "bar3", "bar4"),
        ("4'h3", "4'h4", "4'h9", "4'ha"),
        ("20'h0_0010", "20'h0_0020", "20'h0_0030", "20'h0_0040"),
        ("a_q", "a_d", "b_q", "b_d"),
        ("x", "x", "y", "y"),
        ("foo", "bar", "qux", None),
    ],
)
def test_analogy(a: str, b: str, c: str, d: str | None) -> None:
    assert analogy(a, b, c) == d


def test_learned_names_carry_over_to_names_with_the_same_parts() -> None:
    renaming = learn([read_line(".s_axi_awid(s_axi_awid),")], [read_line(".m_axi_arid(m_axi_arid),")])
    assert rename_word("s_axi_awaddr", renaming) == "m_axi_araddr"
    assert rename_word("clk", renaming) is None


def test_rename_line_keeps_blanks_and_comment() -> None:
    old, new = [read_line("a1 <= a0;")], [read_line("x1 <= x0;")]
    assert rename_line("   a0  <= in; // note", old, new) == "   x0  <= in; // note"


def test_contexts_of_other_shape_end_the_map() -> None:
    renaming = learn(
        [read_line("wire q;"), read_line("b <= c;")], [read_line("assign q = 1;"), read_line("x <= y;")]
    )
    assert renaming.words == {"b": "x", "c": "y", "q": "q"} | {"q": "q"}
    assert learn([read_line("b <= c;")], [read_line("b <= c;")]).trivial


def test_number_step_needs_numbers() -> None:
    assert number_step("7", "15", "15") == "23"
    assert number_step("0x", "1", "2") is None
    assert number_step("5", "4", "0") is None


def test_rewrite_leaves_a_line_alone_when_a_comment_stands_inside() -> None:
    assert rewrite("a /* x */ = b;", ["c", "=", "d", ";"]) == "a /* x */ = b;"
