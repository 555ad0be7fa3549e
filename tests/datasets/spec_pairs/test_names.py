"""Names: each once, no keywords, legal identifiers."""

from __future__ import annotations

import random
import re

from rtlgen.datasets.spec_pairs.names import Names, made_up, top_name


def test_a_name_is_given_once_and_is_no_keyword() -> None:
    names = Names(random.Random(1), "clk")
    assert [names.take(word) for word in ("clk", "a", "a", "A", "reg", "output")] == [
        "clk1", "a", "a1", "A2", "reg1", "output1"
    ]  # fmt: skip


def test_series_are_distinct_identifiers() -> None:
    for seed in range(300):
        names = Names(random.Random(seed))
        found = [*names.series(4), names.input(), names.output(), *names.series(3, "x", "in")]
        assert len({name.lower() for name in found}) == len(found), found
        assert all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in found), found


def test_tops_are_identifiers_and_vary() -> None:
    found = {top_name(random.Random(seed), "mux", "select") for seed in range(300)}
    assert {"TopModule", "top_module"} <= found and len(found) > 50
    assert all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in found)
    assert all(re.fullmatch(r"[A-Za-z_]\w*", made_up(random.Random(seed))) for seed in range(300))
