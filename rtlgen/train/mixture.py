"""Fit the weight of the continuation mixture on lines of repositories that the model has not read.

    maximise over g:   sum over tokens of log((1 - g(x)) p_model + g(x) p_copy)

where x is what the match and the model say of the place (`rtlgen.model.mixture`): a gate with one hidden layer, trained
by Adam on all tokens at once, and beside it the best fixed weight for each match length by expectation-maximisation
(Jelinek and Mercer 1980), which older programs read. Tokens are those of the hidden lines of an RTL-Repo file and of the
lines right above them. The result is ``mixture.json`` beside the model.

Try: ``rtlgen train mixture --data lines.jsonl --model run/model``
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.complete.reading import Reading
    from rtlgen.core.settings import Settings
    from rtlgen.model.mixture import Gate

MAX_LENGTH = 64
"""Longest match with a weight of its own."""
LEAST_TOKENS = 30
"""Fewest tokens that a weight is fitted on."""
LINES_ABOVE = 15
"""Lines above the hidden one that are read as well."""
UNITS = 12
"""Hidden units of the gate."""
STEPS = 600
"""Steps of Adam."""


def fit_weights(
    length: NDArray[np.int32], own: NDArray[np.float64], copied: NDArray[np.float64]
) -> list[float]:
    """Weights for match lengths 0..`MAX_LENGTH` from arrays (n,); length 0 weighs nothing.

    Lengths with few tokens take the weight of the next shorter one.
    """
    weights = [0.0] * (MAX_LENGTH + 1)
    for at in range(1, MAX_LENGTH + 1):
        here = length >= at if at == MAX_LENGTH else length == at
        if here.sum() < LEAST_TOKENS:
            weights[at] = weights[at - 1]
            continue
        weight = 0.5
        for _ in range(60):
            shares = weight * copied[here] / ((1 - weight) * own[here] + weight * copied[here]).clip(1e-12)
            weight = float(shares.mean())
        weights[at] = round(weight, 4)
    return weights


def fit_gate(
    features: NDArray[np.float64], own: NDArray[np.float64], copied: NDArray[np.float64], seed: int = 0
) -> Gate:
    """The gate of the highest likelihood on places (n, features) with probabilities (n,) of the token that came."""
    import torch

    from rtlgen.model.mixture import Gate

    draw = torch.Generator().manual_seed(seed)
    x = torch.tensor(features, dtype=torch.float32)
    model, copy = torch.tensor(own, dtype=torch.float32), torch.tensor(copied, dtype=torch.float32)
    hidden = (torch.randn(UNITS, x.shape[1] + 1, generator=draw) * 0.4).requires_grad_()
    out = torch.zeros(UNITS + 1).requires_grad_()
    adam = torch.optim.Adam([hidden, out], lr=0.03)
    for step in range(STEPS):
        adam.param_groups[0]["lr"] = 0.03 * (1 - step / STEPS)
        units = torch.tanh(x @ hidden[:, :-1].T + hidden[:, -1])
        weight = torch.sigmoid(units @ out[:-1] + out[-1])
        loss = -((1 - weight) * model + weight * copy).clamp(min=1e-9).log().mean()
        loss = loss + 1e-4 * (hidden.square().mean() + out.square().mean())
        adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
    return Gate(hidden.detach().double().numpy(), out.detach().double().numpy())


def fit_mixture(
    data: Path,
    settings: Settings,
    out: Path,
    *,
    limit: int | None = None,
    talk: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Fit on the records of `data`, write `out`, and return weights, tokens and bits per token with and without."""
    from rtlgen.train.ranker import read_records

    readings: list[Reading] = []
    for number, record in enumerate(read_records(data, limit), 1):
        readings.append(_read(record, settings))
        if number % 50 == 0:
            talk(f"{number} records")
    if not readings:
        raise UsageError("there is no record", where=data, hint="rtlgen eval rtl-repo build --help")
    figures = fitted(readings)
    write_atomic(out, json.dumps(figures) + "\n")
    return figures


def _read(record: dict[str, Any], settings: Settings) -> Reading:
    from rtlgen.complete.reading import read_on
    from rtlgen.complete.unit import unit_completer

    context = {piece["path"]: piece["snippet"] for piece in record["context"]}
    completer = unit_completer(context, settings, ranked=False)
    rows = record["cropped_code"].split("\n") if record["cropped_code"] else []
    text = "\n".join([*rows, record["next_line"].rstrip("\r")])
    return read_on(completer, record["file_path"], text, max(0, len(rows) - LINES_ABOVE), len(rows) + 1)


def fitted(readings: Sequence[Reading]) -> dict[str, Any]:
    """Content of ``mixture.json`` for what was read."""
    import numpy as np

    from rtlgen.model.mixture import MixtureWeights, gate_json

    features = np.concatenate([reading.features() for reading in readings])
    length, own, copied = (
        np.concatenate([getattr(reading, name) for reading in readings])
        for name in ("length", "own", "copied")
    )
    gate = fit_gate(features[length > 0], own[length > 0], copied[length > 0])
    by_length = fit_weights(length, own, copied)

    def bits(weights: MixtureWeights) -> float:
        weight = weights.of(features, length)
        return round(float(-np.log2(((1 - weight) * own + weight * copied).clip(1e-12)).mean()), 4)

    return {
        "weights": by_length,
        **gate_json(gate),
        "tokens": len(own),
        "bits_model": bits(MixtureWeights()),
        "bits_by_length": bits(MixtureWeights(tuple(by_length))),
        "bits_mixture": bits(MixtureWeights(tuple(by_length), gate)),
    }
