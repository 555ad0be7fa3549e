"""Texts of the generator against the problems of the benchmarks: counts of shared runs of words, nothing is shown."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from rtlgen.datasets import rtllm, verilog_eval
from rtlgen.datasets.spec_pairs.families import FAMILIES

RUN = 8
"""Words in a row."""
LETTERS = 5
"""Of these, words of two letters or more: rows of tables are no copies."""


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z_0-9]+", text.lower())
    found = {tuple(words[k : k + RUN]) for k in range(len(words) - RUN + 1)}
    return {run for run in found if sum(word.isalpha() and len(word) > 1 for word in run) >= LETTERS}


@pytest.mark.needs_data
def test_behaviour_texts_share_next_to_nothing_with_the_benchmarks(data_dir: Path) -> None:
    held = [*verilog_eval.load(data_dir / "verilog-eval"), *rtllm.load(data_dir / "rtllm")]
    known = {run for problem in held for run in runs(problem.prompt)}
    texts = {
        text
        for family in FAMILIES
        for number in range(10)
        for text in family.draw(random.Random(f"{family.name} {number}")).says
    }
    shared = [text for text in texts if runs(text) & known]
    print(f"{len(shared)} of {len(texts)} texts share a run of {RUN} words with {len(held)} problems")
    assert len(shared) <= 0.05 * len(texts), f"{len(shared)} of {len(texts)} texts share a run of {RUN} words"
