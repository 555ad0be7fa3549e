from rtlgen.retrieval.propose.layout import aligned, comment_of


def test_columns_of_wide_gaps_are_kept() -> None:
    assert aligned(["longer", "=", "b", ";"], "  name   = a;") == "  longer = b;"
    assert aligned(["n", "=", "b", ";"], "  name   = a;") == "  n      = b;"


def test_a_column_shared_with_another_line_may_close_the_gap() -> None:
    text = aligned(["wide_name", "(", "a", ")"], "name1    (x)", ["wide_nam (x)"])
    assert text == "wide_name(a)"


def test_padded_numbers_keep_their_right_edge() -> None:
    images = ["a", "[", "15", ":", "8", "]", ";"]
    assert aligned(images, "a[ 7: 0];") == "a[15: 8];"


def test_one_token_more_or_less_at_the_end() -> None:
    assert aligned([".", "b", "(", "b", ")"], "  .a(a),") == "  .b(b)"
    assert aligned([".", "b", "(", "b", ")", ","], "  .a(a)") == "  .b(b),"


def test_comment_of() -> None:
    assert comment_of("a; // x") == " // x"
    assert comment_of("a;") == ""
