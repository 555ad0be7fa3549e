"""The shipped model: it loads here and in transformers alike, completes and scores deterministically, and has a card."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from rtlgen.core.errors import ToolError
from rtlgen.model.default import DEFAULT_FOLDER, DefaultModel, is_own

PROMPT = "<|bos|><|file|>counter.v\nmodule counter(input clk, input rst, output reg [7:0] count);\n"


@pytest.fixture(scope="module")
def model() -> DefaultModel:
    return DefaultModel(precise=True)


def test_transformers_reads_the_shipped_folder_alike(model: DefaultModel) -> None:
    from transformers import AutoTokenizer, LlamaForCausalLM

    reference = LlamaForCausalLM.from_pretrained(DEFAULT_FOLDER, dtype=torch.float32).eval()
    ids = model.tokenizer.encode_prompt(PROMPT)
    with torch.no_grad():
        theirs = reference(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
    torch.testing.assert_close(model.decoder.prefill(ids), theirs, atol=1e-3, rtol=1e-3)
    assert AutoTokenizer.from_pretrained(DEFAULT_FOLDER)(PROMPT).input_ids == ids


def test_it_is_small_and_carries_its_card() -> None:
    assert is_own(DEFAULT_FOLDER)
    size = sum(path.stat().st_size for path in DEFAULT_FOLDER.rglob("*") if path.is_file())
    assert size < 50_000_000
    card = (DEFAULT_FOLDER / "CARD.md").read_text("utf-8")
    for heading in ("## Sources", "## Removed from the text", "## Figures", "## Limits"):
        assert heading in card
    assert "near a held-out file" in card


def test_greedy_lines_are_lines_and_deterministic(model: DefaultModel) -> None:
    one, two = model.greedy_line(PROMPT), model.greedy_line(PROMPT)
    assert one == two
    assert "\n" not in one.text
    assert one.text.strip()
    assert (
        model.complete(PROMPT.removesuffix("\n"), max_new_tokens=40)[0]
        .text.strip()
        .startswith(one.text.strip())
    )


def test_samples_follow_their_seed(model: DefaultModel) -> None:
    def lines(seed: int) -> list[str]:
        return [g.text for g in model.sample_lines(PROMPT, 3, 1.0, 0.95, seed)]

    assert lines(1) == lines(1)
    assert lines(1) != lines(2)


def test_scores_agree_between_lines_and_continuations(model: DefaultModel) -> None:
    [scored] = model.score_lines(PROMPT, ["    always @(posedge clk) begin"])
    [mean] = model.score(PROMPT.removesuffix("\n"), ["\n    always @(posedge clk) begin"])
    assert mean == pytest.approx(math.fsum(scored.logprobs[:-1]) / (len(scored.logprobs) - 1), abs=1e-4)
    assert model.score(PROMPT, [""]) == [float("-inf")]


def test_the_fast_precision_ranks_like_the_precise_one(model: DefaultModel) -> None:
    lines = ["    always @(posedge clk) begin", "    reg [7:0] next;", "xyzzy plugh", "endmodule"]
    fast, precise = DefaultModel().score_lines(PROMPT, lines), model.score_lines(PROMPT, lines)
    sums = [[math.fsum(s.logprobs) for s in scored] for scored in (fast, precise)]
    assert max(abs(a - b) for a, b in zip(*sums, strict=True)) < 1.5
    assert sums[0].index(min(sums[0])) == sums[1].index(min(sums[1])) == 2


def test_a_folder_without_a_model_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(
        ToolError, match=r"there is no model here\n  next: rtlgen doctor, or --model PATH_OR_ID"
    ):
        DefaultModel(tmp_path)
    assert not is_own(tmp_path)
