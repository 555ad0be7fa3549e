"""Fit one stage of the ranker: a small network on the candidates of every record, two heads, one member a fold.

    L = -log sum_{i equal} P(i)  +  c mean_i (S(i) - e_i)^2  -  r sum_i Q(i) e_i,      P(none) when no candidate is equal

P is the softmax over candidates and "none of them", S a sigmoid (both of `rtlgen.model.ranker`), e_i the edit similarity
to the hidden line, Q a softmax of a third head that is only there while training: choosing by it is rewarded with e. The
records are cut into folds by repository; member k is trained on the others, so what it says of its own fold is a fair
guess of what it will say in a stranger's repository. On those guesses are fitted the temperature and the bias of "none"
(maximum likelihood; Guo et al. 2017) and the weight of the similarity in the choice. It reads no repositories.

    fit_stage(names, examples, StageConfig())
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.model.ranker import Stage, calibrated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Talk = Callable[[str], None]
WEIGHTS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Weights of the similarity that are tried."""


@dataclass(frozen=True)
class Example:
    """Candidates of one record: features (n, F), labels (n,) of 0 or 1, edit similarities (n,) of 0 to 1."""

    features: NDArray[Any]
    labels: NDArray[np.float32]
    similarities: NDArray[np.float32]
    repository: str


@dataclass(frozen=True)
class StageConfig:
    """Sizes and constants of the fit."""

    hidden: int = 48
    """Units of each of the two heads."""
    folds: int = 4
    """Networks averaged, each trained without one fold."""
    epochs: int = 6
    batch: int = 64
    """Records a step."""
    rate: float = 4e-3
    """Highest learning rate; it rises, then falls to zero."""
    weight_decay: float = 1e-2
    dropout: float = 0.1
    similarity: float = 3.0
    """The constant c of the loss."""
    reward: float = 10.0
    """The constant r of the loss."""
    seed: int = 1


@dataclass(frozen=True)
class Guess:
    """What a member says of a record of its own fold: chances (n + 1,) with "none" last, similarities (n,)."""

    chances: NDArray[np.float64]
    similarities: NDArray[np.float64]


@dataclass(frozen=True)
class FittedStage:
    """Arrays of a stage (see `Stage`) and figures (percent) on the folds' own records."""

    weights: dict[str, Any]
    figures: dict[str, float]


def fit_stage(
    names: Sequence[str], examples: Sequence[Example], config: StageConfig, talk: Talk = lambda _: None
) -> FittedStage:
    """Train one member a fold, calibrate on what each says of its fold, and choose the weight of the similarity.

    Raises `UsageError` when there are fewer records than folds.
    """
    import numpy as np

    full = [e for e in examples if len(e.labels)]
    if len(full) < 2 * config.folds:
        raise UsageError(
            f"{len(full)} records with candidates are too few to fit a ranker",
            hint="rtlgen eval rtl-repo build REPO... --lines 3000",
        )
    folds = folds_of([e.repository for e in full], config.folds)
    sample = np.concatenate([e.features for e in full[:: max(1, len(full) // 3000)]]).astype(np.float32)
    mean, scale = sample.mean(0), sample.std(0)
    keep = np.nonzero(scale > 1e-6)[0]
    mean, scale = mean[keep], scale[keep]
    members, guesses = [], {}
    for fold in range(config.folds):
        train = [e for e, f in zip(full, folds, strict=True) if f != fold]
        held = [i for i, f in enumerate(folds) if f == fold]
        member = _fit_member(train, keep, mean, scale, config, config.seed * 100 + fold)
        members.append(member)
        alone = Stage(_arrays(names, keep, mean, scale, [member]))
        for i in held:
            guesses[i] = _guess(alone, full[i].features[:, keep])
        talk(f"member {fold + 1} of {config.folds}: {len(train)} records")
    ordered = [guesses[i] for i in range(len(full))]
    weights = _arrays(names, keep, mean, scale, members)
    weights["calibration"] = np.array(fit_calibration(full, ordered))
    weights["weight"] = np.array(choose_weight(full, ordered, tuple(weights["calibration"])))
    return FittedStage(weights, figures_of(examples, full, ordered, weights))


def folds_of(repositories: Sequence[str], count: int) -> list[int]:
    """A fold for every record: whole repositories, the largest first into the smallest fold.

    With fewer repositories than folds, records are dealt in turn instead.
    """
    sizes: dict[str, int] = {}
    for name in repositories:
        sizes[name] = sizes.get(name, 0) + 1
    if len(sizes) < count:
        return [index % count for index in range(len(repositories))]
    room = [0] * count
    fold: dict[str, int] = {}
    for name in sorted(sizes, key=lambda n: (-sizes[n], n)):
        fold[name] = room.index(min(room))
        room[fold[name]] += sizes[name]
    return [fold[name] for name in repositories]


def _arrays(names: Sequence[str], keep: Any, mean: Any, scale: Any, members: Sequence[Any]) -> dict[str, Any]:
    import numpy as np

    keys = ("w1", "b1", "w2", "b2", "none")
    stacked = {key: np.stack([m[key] for m in members]).astype(np.float32) for key in keys}
    head = {
        "names": np.array([names[i] for i in keep]),
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
    }
    return {**head, **stacked}


def _guess(stage: Stage, features: NDArray[Any]) -> Guess:
    import numpy as np

    scores = stage.scores(features)
    none = max(1e-9, 1.0 - float(scores.probabilities.sum()))
    return Guess(np.append(scores.probabilities, none), scores.similarities)


def _batches(
    examples: Sequence[Example], keep: Any, mean: Any, scale: Any, size: int, rng: Any
) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Features (B, n, F), labels, similarities and which candidates are real (B, n), in a new order each time."""
    import numpy as np
    import torch

    order = rng.permutation(len(examples))
    for start in range(0, len(order), size):
        rows = [examples[i] for i in order[start : start + size]]
        width = max(len(e.labels) for e in rows)
        x = np.zeros((len(rows), width, len(keep)), np.float32)
        y, z = np.zeros((2, len(rows), width), np.float32)
        real = np.zeros((len(rows), width), bool)
        for row, e in enumerate(rows):
            count = len(e.labels)
            x[row, :count] = np.clip((e.features[:, keep].astype(np.float32) - mean) / scale, -6, 6)
            y[row, :count], z[row, :count], real[row, :count] = e.labels, e.similarities, True
        yield torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(z), torch.from_numpy(real)


def _fit_member(
    train: Sequence[Example], keep: Any, mean: Any, scale: Any, config: StageConfig, seed: int
) -> dict[str, Any]:
    """One network: w1 (F, 2 H), b1 (2 H,), w2 (2 H, 2), b2 (2,), none (); H hidden units belong to P, H to S."""
    import numpy as np
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    size = config.hidden
    hidden = torch.nn.Linear(len(keep), 2 * size)
    exact, similar = torch.nn.Linear(size, 1), torch.nn.Linear(size, 2)
    none = torch.nn.Parameter(torch.zeros(()))
    parameters = [*hidden.parameters(), *exact.parameters(), *similar.parameters(), none]
    optimiser = torch.optim.AdamW(parameters, lr=config.rate, weight_decay=config.weight_decay)
    steps = config.epochs * -(-len(train) // config.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.rate, total_steps=steps + 1)
    for _ in range(config.epochs):
        for x, y, z, real in _batches(train, keep, mean, scale, config.batch, rng):
            mid = torch.nn.functional.dropout(torch.relu(hidden(x)), config.dropout)
            made = similar(mid[..., size:])  # (B, n, 2)
            loss = _exact_loss(exact(mid[..., :size])[..., 0], none, y, real)
            apart = ((torch.sigmoid(made[..., 0]) - z) ** 2 * real).sum() / real.sum()
            chosen = torch.softmax(made[..., 1].masked_fill(~real, -1e9), 1)
            reward = (chosen * z).sum(1).mean()
            optimiser.zero_grad()
            (loss + config.similarity * apart - config.reward * reward).backward()
            optimiser.step()
            schedule.step()
    apart_heads = torch.zeros(2 * size, 2)
    apart_heads[:size, 0], apart_heads[size:, 1] = exact.weight[0].detach(), similar.weight[0].detach()
    bias = torch.stack([exact.bias[0], similar.bias[0]])
    state = {"w1": hidden.weight.T, "b1": hidden.bias, "w2": apart_heads, "b2": bias, "none": none}
    return {key: value.detach().numpy().copy() for key, value in state.items()}


def _exact_loss(scores: Any, none: Any, labels: Any, real: Any) -> Any:
    """Mean negative log-probability of the equal candidates, or of "none" where there is none; arguments (B, n)."""
    import torch

    scores = scores.masked_fill(~real, -1e9)
    every = torch.cat([scores, none.expand(len(scores), 1)], 1)
    target = torch.cat([labels, (labels.sum(1, keepdim=True) == 0).float()], 1) > 0
    return (every.logsumexp(1) - every.masked_fill(~target, -1e9).logsumexp(1)).mean()


FARTHEST = 4.0
"""Bound of the logarithm of the temperature and of the bias: records that all hold the line would want an endless one."""


def fit_calibration(examples: Sequence[Example], guesses: Sequence[Guess]) -> tuple[float, float]:
    """Temperature and bias of "none" that make the labels likeliest: steps to the best neighbour, smaller and smaller."""
    import numpy as np

    def loss(temperature: float, bias: float) -> float:
        total = 0.0
        for example, guess in zip(examples, guesses, strict=True):
            chances = calibrated(guess.chances, temperature, bias)
            right = chances[:-1][example.labels > 0].sum() if example.labels.any() else chances[-1]
            total -= float(np.log(max(float(right), 1e-9)))
        return total

    best, width = (1.0, 0.0), 0.5
    least = loss(*best)
    while width > 0.04:
        grid = [
            (best[0] * float(np.exp(i * width)), best[1] + j * width) for i in (-1, 0, 1) for j in (-1, 0, 1)
        ]
        inside = [pair for pair in grid if abs(np.log(pair[0])) <= FARTHEST and abs(pair[1]) <= FARTHEST]
        found = min((loss(*pair), pair) for pair in inside)
        if found[0] < least - 1e-9 * len(examples):
            least, best = found
        else:
            width /= 2
    return best


def choose_weight(
    examples: Sequence[Example], guesses: Sequence[Guess], calibration: tuple[float, ...]
) -> float:
    """The weight of `WEIGHTS` with the largest sum of exact match and edit similarity."""

    def value(weight: float) -> float:
        exact, similar = _chosen(examples, guesses, calibration, weight)
        return exact + similar

    return max(WEIGHTS, key=value)


def _chosen(
    examples: Sequence[Example], guesses: Sequence[Guess], calibration: tuple[float, ...], weight: float
) -> tuple[float, float]:
    """Mean label and mean similarity of the chosen candidates."""
    exact = similar = 0.0
    for example, guess in zip(examples, guesses, strict=True):
        chances = calibrated(guess.chances, calibration[0], calibration[1])[:-1]
        best = int((chances + weight * guess.similarities).argmax())
        exact += float(example.labels[best])
        similar += float(example.similarities[best])
    return exact / len(examples), similar / len(examples)


def figures_of(
    every: Sequence[Example], full: Sequence[Example], guesses: Sequence[Guess], weights: dict[str, Any]
) -> dict[str, float]:
    """Percent of all records: right line among the candidates, chosen, and edit similarity of the chosen one."""
    share = 100 * len(full) / max(1, len(every))
    calibration = tuple(float(v) for v in weights["calibration"])
    exact, similar = _chosen(full, guesses, calibration, float(weights["weight"]))
    return {
        "records": len(every),
        "recall": 100 * sum(bool(e.labels.any()) for e in every) / max(1, len(every)),
        "top1": share * exact,
        "similarity": share * similar,
        "weight": float(weights["weight"]),
        "temperature": calibration[0],
        "none_bias": calibration[1],
    }
