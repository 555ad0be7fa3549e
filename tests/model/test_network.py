"""The network is transformers' Llama: same logits, same greedy tokens, with and without cache, drafts and batches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from rtlgen.core.errors import LimitError, ToolError
from rtlgen.model.decode import Decoder
from rtlgen.model.mixture import Mixture, MixtureWeights
from rtlgen.model.network import Cache, Network, NetworkConfig, load_network, save_network

SIZES = NetworkConfig(
    vocab_size=61,
    hidden_size=32,
    intermediate_size=96,
    num_hidden_layers=3,
    num_attention_heads=2,
    max_position_embeddings=128,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = Network(SIZES)
    network.initialise(3)
    for parameter in network.parameters():  # the zero-initialised projections would hide attention
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.25)
    where = tmp_path_factory.mktemp("network")
    save_network(network, where)
    return where


@pytest.fixture(scope="module")
def reference(folder: Path):  # type: ignore[no-untyped-def]
    from transformers import LlamaForCausalLM

    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def prompt(length: int, seed: int = 0) -> list[int]:
    return torch.randint(0, 61, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def test_logits_equal_those_of_transformers(folder: Path, reference) -> None:  # type: ignore[no-untyped-def]
    network = load_network(folder)
    tokens = torch.tensor([prompt(40)])
    with torch.no_grad():
        mine, theirs = network.logits(network.hidden(tokens)), reference(tokens).logits
    torch.testing.assert_close(mine, theirs, atol=2e-4, rtol=1e-3)


def test_cache_in_pieces_equals_one_pass(folder: Path) -> None:
    network = load_network(folder)
    tokens = torch.tensor([prompt(30)])
    cache = Cache(SIZES, 1, 64)
    with torch.inference_mode():
        whole = network.hidden(tokens)
        pieces = [network.hidden(part, cache) for part in tokens.split([7, 1, 22], dim=1)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=1e-4, rtol=1e-3)


def test_greedy_is_token_identical_to_transformers_with_and_without_drafts(folder: Path, reference) -> None:  # type: ignore[no-untyped-def]
    from rtlgen.retrieval.ngrams import TokenIndex

    for seed in range(6):
        ids = prompt(25, seed)
        with torch.no_grad():
            expected = reference.generate(
                torch.tensor([ids]),
                attention_mask=torch.ones(1, 25, dtype=torch.long),
                max_new_tokens=30,
                do_sample=False,
                eos_token_id=None,
                pad_token_id=0,
            )[0, 25:].tolist()
        decoder = Decoder(load_network(folder))
        plain = decoder.greedy(ids, 30, lambda _: False)
        drafted = Decoder(load_network(folder)).greedy(
            ids, 30, lambda _: False, copy=TokenIndex([expected[:12], prompt(40, seed + 50)])
        )
        assert list(plain.ids) == expected
        assert list(drafted.ids) == expected
        assert drafted.steps <= plain.steps


def test_drafts_that_hold_save_steps(folder: Path) -> None:
    from rtlgen.retrieval.ngrams import TokenIndex

    ids = prompt(25, 1)
    plain = Decoder(load_network(folder)).greedy(ids, 30, lambda _: False)
    helped = Decoder(load_network(folder)).greedy(
        ids, 30, lambda _: False, copy=TokenIndex([[*ids, *plain.ids]])
    )
    assert helped.ids == plain.ids
    assert helped.steps < plain.steps / 3


def test_scores_of_lines_side_by_side_equal_scores_one_by_one(folder: Path, reference) -> None:  # type: ignore[no-untyped-def]
    ids, lines = prompt(20), [prompt(5, 7), prompt(1, 8), [], prompt(9, 9)]
    values = Decoder(load_network(folder)).score(ids, lines, ends=[1, 2])
    assert values[2] == []
    for line, row in zip(lines, values, strict=True):
        if not line:
            continue
        with torch.no_grad():
            rows = reference(torch.tensor([ids + line])).logits[0].log_softmax(-1)
        expected = [float(rows[19 + i, token]) for i, token in enumerate(line)]
        expected.append(float(rows[19 + len(line), [1, 2]].logsumexp(0)))
        assert row == pytest.approx(expected, abs=2e-3)


def test_prefill_reuses_the_common_beginning(folder: Path) -> None:
    decoder = Decoder(load_network(folder))
    ids = prompt(30)
    decoder.prefill(ids)
    decoder.score(ids, [prompt(6, 3)], ends=[0])
    changed = [*ids[:20], *prompt(12, 9)]
    again = decoder.prefill(changed)
    assert decoder.reused == 20
    torch.testing.assert_close(again, Decoder(load_network(folder)).prefill(changed), atol=1e-4, rtol=1e-3)


def test_mixture_follows_the_copy_source_as_its_weight_grows(folder: Path) -> None:
    from rtlgen.retrieval.ngrams import TokenIndex

    ids = prompt(20)
    copied = prompt(8, 77)
    index = TokenIndex([[*ids[-6:], *copied]])
    decoder = Decoder(load_network(folder))
    off = decoder.greedy(ids, 8, lambda _: False, mixture=Mixture(index, MixtureWeights((0.0, 0.0))))
    full = decoder.greedy(ids, 8, lambda _: False, mixture=Mixture(index, MixtureWeights((0.0, 0.999))))
    assert off.ids == Decoder(load_network(folder)).greedy(ids, 8, lambda _: False).ids
    assert list(full.ids) == copied


def test_sampling_is_replayed_by_its_seed(folder: Path) -> None:
    def draw(seed: int) -> tuple[int, ...]:
        generator = torch.Generator().manual_seed(seed)
        decoder = Decoder(load_network(folder))
        made = decoder.sample(prompt(9), 12, lambda _: False, temperature=1.0, top_p=0.9, generator=generator)
        return made.ids

    assert draw(1) == draw(1)
    assert len({draw(seed) for seed in range(4)}) > 1


def test_a_prompt_past_the_capacity_is_a_limit(folder: Path) -> None:
    with pytest.raises(
        LimitError,
        match=r"the prompt has 200 tokens, the model reads 127\n  next: lower model.context_tokens",
    ):
        Decoder(load_network(folder)).prefill(prompt(200))


@pytest.mark.parametrize("damage", ["missing", "truncated", "other sizes", "no json"])
def test_a_damaged_folder_is_one_error(folder: Path, tmp_path: Path, damage: str) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    if damage == "missing":
        (tmp_path / "model.safetensors").unlink()
    elif damage == "truncated":
        (tmp_path / "model.safetensors").write_bytes(b"\x10\x00")
    elif damage == "other sizes":
        config = json.loads((tmp_path / "config.json").read_text())
        (tmp_path / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))
    else:
        (tmp_path / "config.json").write_text("{")
    with pytest.raises(ToolError, match=r"cannot load the model: .*(\n.*)*next: rtlgen doctor"):
        load_network(tmp_path)
