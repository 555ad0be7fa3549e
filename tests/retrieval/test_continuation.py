from rtlgen.retrieval.continuation import Continuation

A = """module a (
  input clk,
  input rst,
  output reg q
);
  always @(posedge clk) begin
    if (rst) begin
      q <= 1'b0;
    end else begin
      q <= ~q;
    end
  end
endmodule
"""


def test_equal_context_comes_first_and_knows_where() -> None:
    index = Continuation({"a.v": A})
    places = index.lines_after(["module b (", "  input clk,", "  input rst,"], "b.v")
    assert places[0].follower.strip() == "output reg q"
    assert (places[0].path, places[0].line, places[0].exact, places[0].own) == ("a.v", 3, 2, False)
    assert places[0].above.strip() == "input rst,"


def test_equal_shape_is_found_when_names_differ() -> None:
    index = Continuation({"a.v": A})
    places = index.lines_after(["      if (reset) begin", "      cnt <= 1'b0;"], "b.v")
    assert places[0].follower.strip() == "end else begin"
    assert (places[0].exact, places[0].shape) == (0, 2)


def test_own_prefix_is_searched_too_and_the_cursor_itself_is_not() -> None:
    index = Continuation({})
    lines = ["a <= 0;", "b <= 0;", "c <= 1;", "a <= 0;"]
    places = index.lines_after(lines, "x.v")
    assert places[0].own
    assert places[0].follower == "b <= 0;"
    assert all(place.at <= 4 for place in places)


def test_start_of_file_is_a_context() -> None:
    index = Continuation({"a.v": '`include "d.vh"\nmodule a;\n', "b.v": '`include "d.vh"\nmodule b;\n'})
    places = index.lines_after([], "c.v")
    assert places[0].follower == '`include "d.vh"'
    assert places[0].count == 2


def test_counts_merge_equal_pairs_and_gaps_are_compared() -> None:
    index = Continuation({"a.v": "x;\ny;\n", "b.v": "x;\ny;\n", "c.v": "x;\n\n// next part\nz;\n"})
    first = index.lines_after(["x;"], "d.v")[0]
    assert (first.follower, first.count, first.same_gap) == ("y;", 2, True)
    after_comment = index.lines_after(["x;", "", "// next part"], "d.v")[0]
    assert (after_comment.follower, after_comment.same_comment) == ("z;", True)


def test_skip_takes_the_last_line_as_inserted() -> None:
    index = Continuation({"a.v": "alpha;\nbeta;\n"})
    assert index.lines_after(["alpha;", "new_thing <= 3;"], "b.v") == []
    assert index.lines_after(["alpha;", "new_thing <= 3;"], "b.v", skip=1)[0].follower == "beta;"


def test_best_places_are_in_other_files() -> None:
    index = Continuation({"a.v": A})
    assert index.best_places("  input clk,\n  input rst,\n", 2)[0] == ("a.v", 3)
    assert index.best_places("zzz !\n", 2) == []


def test_prefix_may_grow_and_shrink() -> None:
    index = Continuation({"a.v": A})
    for lines in (["input clk,"], ["input clk,", "input rst,"], ["input clk,"]):
        assert index.lines_after(lines, "b.v")[0].above.strip() == lines[-1]


def test_tokens_need_an_encoder() -> None:
    index = Continuation({"a.v": "abc"}, encode=lambda text: [ord(letter) for letter in text])
    assert index.next_tokens([ord("a")]) == {ord("b"): 1.0}
    assert index.draft([ord("a")], 2) == [ord("b"), ord("c")]
    assert Continuation({"a.v": "abc"}).next_tokens([97]) == {}
