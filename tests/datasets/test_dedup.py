"""Near-duplicates are found through other comments, layout and small edits; different files are not."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("datasketch")

from rtlgen.datasets.dedup import NearDuplicates, content_key, signature


def file(seed: int, lines: int = 120) -> str:
    rng = random.Random(seed)
    names = [f"sig_{rng.randrange(1000)}" for _ in range(30)]
    body = [
        f"assign {rng.choice(names)} = {rng.choice(names)} {rng.choice('&|^+')} {rng.choice(names)};"
        for _ in range(lines)
    ]
    return "module m;\n" + "\n".join(body) + "\nendmodule\n"


def test_comments_and_layout_do_not_count() -> None:
    text = file(1)
    other = "// another header\n" + text.replace(";\n", ";  // note\n\n").replace("assign ", "  assign\t")
    assert content_key(text) == content_key(other)
    assert signature(text).jaccard(signature(other)) == 1.0


def test_a_lightly_edited_copy_is_found_and_others_are_not() -> None:
    found = NearDuplicates(0.8)
    for seed in range(20):
        found.add(seed, signature(file(seed)))
    lines = file(7).split("\n")
    lines[10] = "assign changed = 1'b0;"
    key, similarity = found.nearest(signature("\n".join(lines))) or (None, 0.0)
    assert key == 7
    assert similarity >= 0.8
    assert found.nearest(signature(file(99))) is None
