"""Samples side by side: a row sees what it would see alone, and draws what its distribution says."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from rtlgen.model.branches import Branches, sample_many
from rtlgen.model.default import DefaultModel

PROMPT = "<|bos|><|file|>counter.v\nmodule counter(input clk, input rst, output reg [7:0] count);\n"


@pytest.fixture(scope="module")
def model() -> DefaultModel:
    return DefaultModel(precise=True)


def _samples(model: DefaultModel, n: int, seed: int, tokens: int = 12) -> list[tuple[int, ...]]:
    ids = model.tokenizer.encode_prompt(PROMPT)
    found = sample_many(
        model.decoder, ids, n, tokens, lambda _: False, temperature=0.8, top_p=0.95, seed=seed
    )
    return [one.ids for one in found]


def test_a_row_has_the_logits_that_it_would_have_alone(model: DefaultModel) -> None:
    ids = model.tokenizer.encode_prompt(PROMPT)
    model.decoder.prefill(ids)
    with torch.inference_mode():
        branches = Branches(model.decoder, len(ids), 3, 8)
        branches.step([100, 200, 300])
        branches.keep([0, 2])
        rows = branches.step([400, 500])
    for row, path in zip(rows, ([100, 400], [300, 500]), strict=True):
        torch.testing.assert_close(row, model.decoder.prefill([*ids, *path]), atol=1e-4, rtol=1e-4)


def test_the_seed_decides_and_more_rows_leave_the_first_ones_alone(model: DefaultModel) -> None:
    assert _samples(model, 4, 3) == _samples(model, 4, 3)
    assert _samples(model, 4, 3) != _samples(model, 4, 4)
    assert _samples(model, 6, 3)[:2] == _samples(model, 2, 3)


def test_first_tokens_follow_the_nucleus(model: DefaultModel) -> None:
    ids = model.tokenizer.encode_prompt(PROMPT)
    found = Counter(ids[0] for ids in _samples(model, 3000, 5, tokens=1))
    chances = torch.softmax(model.decoder.prefill(ids) / 0.8, -1).sort(descending=True)
    kept = chances.values.cumsum(0) - chances.values < 0.95
    inside = {int(t) for t in chances.indices[kept]}
    assert set(found) <= inside
    share = float(chances.values[0] / chances.values[kept].sum())
    assert abs(found[int(chances.indices[0])] / 3000 - share) < 4 * (share * (1 - share) / 3000) ** 0.5


def test_log_probabilities_are_those_of_scoring(model: DefaultModel) -> None:
    ids = model.tokenizer.encode_prompt(PROMPT)
    (one,) = sample_many(model.decoder, ids, 1, 6, lambda _: False, temperature=0.8, top_p=0.9, seed=1)
    (scored,) = model.decoder.score(ids, [one.ids], [0])
    assert list(one.logprobs) == pytest.approx(scored[:-1], abs=1e-3)


def test_completions_stop_each_for_itself(model: DefaultModel) -> None:
    made = model.complete(PROMPT, n=5, max_new_tokens=30, temperature=0.9, seed=2, stop=(";",))
    assert len(made) == 5
    assert all(";" not in one.text for one in made)
    greedy, *rest = model.complete(PROMPT, n=3, max_new_tokens=8)
    assert greedy == model.complete(PROMPT, max_new_tokens=8)[0] and len(rest) == 2


def test_no_room_is_no_text(model: DefaultModel) -> None:
    assert [one.tokens for one in model.complete(PROMPT, n=2, max_new_tokens=0, temperature=0.5)] == [0, 0]
