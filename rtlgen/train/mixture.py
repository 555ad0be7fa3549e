"""Fit the weights of the continuation mixture, one for each match length, on held-out lines.

    maximise over w_L:   sum over tokens with match length L of log((1 - w_L) p_model + w_L p_copy)

by expectation-maximisation (Jelinek and Mercer 1980), on the tokens of the hidden lines of an RTL-Repo file. Lengths
with few tokens take the weight of the next shorter one. The result is ``mixture.json`` beside the model.

Try: ``rtlgen train mixture --data dev.jsonl --model run/model``
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.store import write_atomic

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.default import DefaultModel

MAX_LENGTH = 16
"""Longest match with a weight of its own."""
LEAST_TOKENS = 30
"""Fewest tokens that a weight is fitted on."""


def fit_weights(observed: Mapping[int, Sequence[tuple[float, float]]]) -> list[float]:
    """Weights for match lengths 0..`MAX_LENGTH` from (p_model, p_copy) pairs by length; length 0 weighs nothing."""
    weights = [0.0] * (MAX_LENGTH + 1)
    for length in range(1, MAX_LENGTH + 1):
        pairs = observed.get(length, ())
        if len(pairs) < LEAST_TOKENS:
            weights[length] = weights[length - 1]
            continue
        weight = 0.5
        for _ in range(60):
            shares = [weight * copy / max(1e-12, (1 - weight) * own + weight * copy) for own, copy in pairs]
            weight = sum(shares) / len(shares)
        weights[length] = round(weight, 4)
    return weights


def fit_mixture(
    data: Path,
    settings: Settings,
    out: Path,
    *,
    limit: int | None = None,
    talk: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Fit on the records of `data`, write `out`, and return weights, tokens and bits per token with and without."""
    from rtlgen.complete.unit import unit_completer
    from rtlgen.train.ranker import read_records

    observed: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for number, record in enumerate(read_records(data, limit), 1):
        context = {piece["path"]: piece["snippet"] for piece in record["context"]}
        completer = unit_completer(context, settings, ranked=False)
        model = completer.model
        assert model is not None
        prefix = record["cropped_code"] + "\n" if record["cropped_code"] else ""
        hits = completer.index.retrieve(
            record["file_path"], prefix, "", settings.get("retrieval.hits"), settings.get("retrieval.sources")
        )
        prompt = completer.pack(record["file_path"], prefix, hits).text
        index = completer.token_index(record["file_path"], hits)
        _observe(model, index, prompt, record["next_line"].rstrip("\r"), observed)
        if number % 50 == 0:
            talk(f"{number} records")
    weights = fit_weights(observed)
    figures = {
        "weights": weights,
        "tokens": {str(length): len(pairs) for length, pairs in sorted(observed.items())},
        "bits_model": _bits(observed, [0.0] * (MAX_LENGTH + 1)),
        "bits_mixture": _bits(observed, weights),
    }
    write_atomic(out, json.dumps(figures) + "\n")
    return figures


def _observe(
    model: DefaultModel, index: Any, prompt: str, line: str, observed: dict[int, list[tuple[float, float]]]
) -> None:
    scored = model.score_lines(prompt, [line])[0]
    history = model.tokenizer.encode_prompt(prompt.removesuffix("\n"))
    for token, logprob in zip(model.tokenizer.encode("\n" + line), scored.logprobs[:-1], strict=False):
        length = min(MAX_LENGTH, index.match_length(history))
        copied = index.next_tokens(history).get(token, 0.0) if length else 0.0
        observed[length].append((math.exp(logprob), copied))
        history.append(token)


def _bits(observed: Mapping[int, Sequence[tuple[float, float]]], weights: Sequence[float]) -> float:
    """Mean bits per token under the weights."""
    total = count = 0.0
    for length, pairs in observed.items():
        weight = weights[min(length, MAX_LENGTH)]
        total -= sum(math.log2(max(1e-12, (1 - weight) * own + weight * copy)) for own, copy in pairs)
        count += len(pairs)
    return round(total / max(1.0, count), 4)
