"""Overlap of two texts: similarity, containment and equal lines, each found where it is and not where it is not."""

from __future__ import annotations

import random

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.overlap import Overlaps, Thresholds


def file(seed: int, lines: int = 80) -> str:
    rng = random.Random(seed)
    body = "\n".join(
        f"    assign s{seed}_{i} = a{rng.randrange(999)} {rng.choice('&|^+-')} b{rng.randrange(999)};"
        for i in range(lines)
    )
    return f"module m{seed}(input clk);\n{body}\nendmodule\n"


def stored(*seeds: int, **thresholds: float) -> Overlaps:
    index = Overlaps(Thresholds(**thresholds))  # type: ignore[arg-type]
    for seed in seeds:
        index.add(f"file{seed}", file(seed))
    return index


def test_a_copy_in_other_dress_is_found_first() -> None:
    text = "// other words\n" + file(3).replace("assign", "  assign ").replace(";\n", "; // why\n\n")
    match = stored(1, 2, 3, 4).nearest(text)
    assert match is not None
    assert (match.name, match.jaccard, match.contained) == ("file3", 1.0, 1.0)
    assert match.runs == 81 - 8  # every run of ten of its 82 lines


def test_a_part_in_a_larger_file_is_containment() -> None:
    small, large = file(5, 30), file(5, 30).replace("endmodule", "") + file(6, 400)
    index = Overlaps(Thresholds(runs=0))
    index.add("small", small)
    match = index.nearest(large)
    assert match is not None
    assert match.jaccard < 0.4 < 0.8 <= match.contained


def test_ten_equal_lines_are_found_and_placed() -> None:
    lines = file(7).split("\n")
    other = file(8).split("\n")
    index = stored(7)
    match = index.nearest("\n".join(other[:40] + lines[20:30] + other[40:]))
    assert match is not None
    assert (match.name, match.runs, match.line) == ("file7", 1, 41)
    assert match.jaccard < 0.4
    assert index.nearest("\n".join(other[:40] + lines[20:29] + other[40:])) is None


def test_lines_of_little_text_are_no_run() -> None:
    closing = "\n".join(["  end", "end", "endcase", "else", "begin"] * 4)
    index = Overlaps()
    index.add("a", file(9).replace("endmodule", closing + "\nendmodule"))
    assert index.nearest(file(10).replace("endmodule", closing + "\nendmodule")) is None


def test_tiny_texts_ask_no_containment() -> None:
    index = Overlaps(Thresholds(runs=0))
    index.add("inverter", "module inv(input a, output b); assign b = ~a; endmodule")
    text = file(11) + "module inv(input a, output b); assign b = ~a; endmodule"
    assert index.nearest(text) is None
    assert index.nearest("module inv(input a, output b); assign b = ~a; endmodule") is not None


def test_nothing_stored_and_nothing_near() -> None:
    assert Overlaps().nearest("module m; endmodule") is None
    assert stored(1, 2).matches(file(12)) == []
    assert stored(1).matches("") == []


def test_a_floor_lets_weaker_matches_through_in_order() -> None:
    half = "\n".join(file(1).split("\n")[:30] + file(13).split("\n")[:60])
    found = stored(1, 13, runs=0).matches(half, floor=0.05)
    assert [match.name for match in found] == ["file13", "file1"]


@pytest.mark.parametrize("wrong", [{"jaccard": 0.0}, {"contained": 1.5}, {"runs": -1}, {"least": 0}])
def test_thresholds_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=r"thresholds out of range.*\n  next: shares lie above 0"):
        Thresholds(**wrong)  # type: ignore[arg-type]
