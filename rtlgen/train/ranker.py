"""Train the ranker of whole-line candidates on next lines of repositories.

Two steps. `collect` runs the candidate pool of `rtlgen.complete` on every record of an RTL-Repo file and stores features
and labels (which candidates equal the hidden line, by RTL-Repo's exact match); it resumes where it stopped. `fit` trains
a listwise network: softmax over the candidates of a record and a learned "none of them", cross-entropy on the equal ones.

    L = -log( sum_{i equal} exp(s_i) / (exp(s_0) + sum_j exp(s_j)) ),   s_0 alone on top when no candidate is equal

The model's scores are features among others, so the records must come from repositories the model has not learned by
heart. It makes no records (`rtlgen eval rtl-repo build`).

Try: ``rtlgen train ranker --data lines.jsonl --model run/model --out run/model/ranker.npz``
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.core.settings import Settings

Talk = Callable[[str], None]


@dataclass(frozen=True)
class Example:
    """Candidates of one record: features (n, F) and labels (n,) of 0 or 1."""

    features: NDArray[np.float32]
    labels: NDArray[np.float32]
    repository: str


@dataclass(frozen=True)
class RankerConfig:
    """Sizes and constants of the fit."""

    hidden: int = 48
    members: int = 4
    """Networks averaged."""
    epochs: int = 40
    batch: int = 64
    """Records a step."""
    rate: float = 2e-3
    weight_decay: float = 1e-2
    dropout: float = 0.1
    seed: int = 1


def collect(
    data: Path, settings: Settings, out: Path, *, limit: int | None = None, talk: Talk = lambda _: None
) -> int:
    """Append features and labels of the records of `data` to the folder `out`; return how many are there.

    Shards of 100 records, written beside then renamed: a killed run loses at most one.
    """
    import numpy as np

    from rtlgen.complete.pool import POOL_FEATURES

    out.mkdir(parents=True, exist_ok=True)
    names = out / "features.json"
    if names.is_file() and json.loads(names.read_text("utf-8")) != list(POOL_FEATURES):
        raise UsageError("the folder holds other features", where=out, hint="remove it and collect again")
    names.write_text(json.dumps(list(POOL_FEATURES)), "utf-8")
    done = 0
    for number, shard in enumerate(_shards(data, limit)):
        path = out / f"{number:05d}.npz"
        if not path.is_file():
            made = [_example(record, settings) for record in shard]
            part = out / f"{number:05d}.part.npz"
            np.savez_compressed(
                part,
                counts=np.array([len(e.labels) for e in made]),
                features=np.concatenate([e.features for e in made]).astype(np.float32),
                labels=np.concatenate([e.labels for e in made]),
                repositories=np.array([e.repository for e in made]),
            )
            part.replace(path)
        done += len(shard)
        talk(f"{done} records")
    return done


def read_records(data: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The records of an RTL-Repo JSONL file, at most `limit`. Raises `UsageError` for a missing or broken file."""
    try:
        with data.open(encoding="utf-8") as rows:
            for row in itertools.islice(rows, limit):
                yield json.loads(row)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read the records: {error}", where=data, hint="rtlgen eval rtl-repo build --help"
        ) from error


def _shards(data: Path, limit: int | None, size: int = 100) -> Iterator[list[dict[str, Any]]]:
    records = read_records(data, limit)
    while shard := list(itertools.islice(records, size)):
        yield shard


def _example(record: dict[str, Any], settings: Settings) -> Example:
    import numpy as np

    from rtlgen.complete.pool import POOL_FEATURES
    from rtlgen.complete.unit import unit_completer

    context = {piece["path"]: piece["snippet"] for piece in record["context"]}
    completer = unit_completer(context, settings, ranked=False)
    prefix = record["cropped_code"] + "\n" if record["cropped_code"] else ""
    pool = completer.rank(record["file_path"], prefix, learned=False).pool
    assert pool is not None
    wanted = record["next_line"].split()
    labels = np.array([float(text.split() == wanted) for text in pool.texts], dtype=np.float32)
    features = pool.features if pool.features is not None else np.zeros((0, len(POOL_FEATURES)), np.float32)
    return Example(features, labels, record["repo_name"])


def read_examples(folders: Sequence[Path]) -> tuple[list[str], list[Example]]:
    """Feature names and examples of collected folders."""
    import numpy as np

    names: list[str] | None = None
    examples: list[Example] = []
    for folder in folders:
        try:
            mine = json.loads((folder / "features.json").read_text("utf-8"))
        except OSError as error:
            raise UsageError(
                "no collected features here", where=folder, hint="rtlgen train ranker --data FILE"
            ) from error
        if names is not None and mine != names:
            raise UsageError("the folders hold different features", where=folder, hint="collect them again")
        names = mine
        for path in sorted(folder.glob("[0-9]*.npz")):
            if path.name.endswith(".part.npz"):
                continue
            with np.load(path) as stored:
                ends = np.cumsum(stored["counts"])
                features, labels, repositories = stored["features"], stored["labels"], stored["repositories"]
                for index, end in enumerate(ends):
                    span = slice(end - stored["counts"][index], end)
                    examples.append(Example(features[span], labels[span], str(repositories[index])))
    assert names is not None
    return names, examples


def fit(
    names: Sequence[str],
    examples: Sequence[Example],
    config: RankerConfig,
    out: Path,
    *,
    talk: Talk = lambda _: None,
) -> dict[str, float]:
    """Train on `examples`, write the ranker file `out`, and return figures on a tenth of them that is held out."""
    import numpy as np

    from rtlgen.model.ranker import Ranker

    rng = np.random.default_rng(config.seed)
    order = rng.permutation(len(examples))
    held = [examples[i] for i in order[: len(examples) // 10]]
    train = [examples[i] for i in order[len(examples) // 10 :]]
    stacked = np.concatenate([e.features for e in train])
    mean, scale = stacked.mean(0), stacked.std(0)
    keep = scale > 1e-6
    mean, scale = mean[keep], scale[keep]
    members = []
    for member in range(config.members):
        members.append(_fit_one(train, held, keep, mean, scale, config, config.seed * 100 + member))
        talk(f"member {member + 1} of {config.members}: held-out top-1 {members[-1][4]:.4f}")
    weights = {
        "names": np.array([n for n, k in zip(names, keep, strict=True) if k]),
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        "w1": np.stack([m[0] for m in members]),
        "b1": np.stack([m[1] for m in members]),
        "w2": np.stack([m[2] for m in members]),
        "none": np.array([m[3] for m in members], dtype=np.float32),
    }
    part = out.with_suffix(".part.npz")
    np.savez_compressed(part, **weights)
    part.replace(out)
    return evaluate(Ranker.load(out), names, held)


def evaluate(ranker: Any, names: Sequence[str], examples: Sequence[Example]) -> dict[str, float]:
    """Share of records (percent) whose first-ranked candidate is equal, and whose pool holds an equal one."""
    columns = ranker.columns(names)
    right = present = 0
    for example in examples:
        if len(example.labels):
            present += bool(example.labels.any())
            right += bool(example.labels[ranker.probabilities(example.features[:, columns]).argmax()])
    count = max(1, len(examples))
    return {"records": len(examples), "top1": 100 * right / count, "recall": 100 * present / count}


def _fit_one(
    train: Sequence[Example],
    held: Sequence[Example],
    keep: Any,
    mean: Any,
    scale: Any,
    config: RankerConfig,
    seed: int,
) -> tuple[Any, Any, Any, float, float]:
    """One member: (w1, b1, w2, none, held-out top-1 share), the best of its epochs on the held-out part."""
    import numpy as np
    import torch

    torch.manual_seed(seed)
    size = int(keep.sum())
    hidden = torch.nn.Linear(size, config.hidden)
    last = torch.nn.Linear(config.hidden, 1, bias=False)
    none = torch.nn.Parameter(torch.zeros(1))
    drop = torch.nn.Dropout(config.dropout)
    parameters = [*hidden.parameters(), *last.parameters(), none]
    optimiser = torch.optim.AdamW(parameters, lr=config.rate, weight_decay=config.weight_decay)

    def batches(examples: Sequence[Example], shuffle: bool) -> Iterator[tuple[Any, Any, Any]]:
        order = (
            np.random.default_rng(seed).permutation(len(examples)) if shuffle else np.arange(len(examples))
        )
        for start in range(0, len(order), config.batch):
            rows = [examples[i] for i in order[start : start + config.batch] if len(examples[i].labels)]
            width = max(len(e.labels) for e in rows)
            x = np.zeros((len(rows), width, size), np.float32)
            y = np.zeros((len(rows), width), np.float32)
            real = np.zeros((len(rows), width), bool)
            for row, e in enumerate(rows):
                count = len(e.labels)
                x[row, :count] = np.clip((e.features[:, keep] - mean) / scale, -6, 6)
                y[row, :count], real[row, :count] = e.labels, True
            yield torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(real)

    def loss_of(x: Any, y: Any, real: Any) -> tuple[Any, Any]:
        scores = last(drop(torch.relu(hidden(x))))[..., 0].masked_fill(~real, -1e9)  # (B, n)
        every = torch.cat([scores, none.expand(len(scores), 1)], 1)
        target = torch.cat([y, (y.sum(1, keepdim=True) == 0).float()], 1) > 0
        loss = every.logsumexp(1) - every.masked_fill(~target, -1e9).logsumexp(1)
        return loss.mean(), scores

    best: tuple[Any, ...] | None = None
    total = config.epochs * max(1, len(train) // config.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.rate * 2, total_steps=total + config.epochs + 1
    )
    for _ in range(config.epochs):
        drop.train()
        for x, y, real in batches(train, True):
            loss, _ = loss_of(x, y, real)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        drop.eval()
        with torch.no_grad():
            parts = [(loss_of(x, y, real), y) for x, y, real in batches(held, False)]
            held_loss = float(np.mean([float(part[0][0]) for part in parts]))
            right = sum(float(y.gather(1, s.argmax(1, keepdim=True)).sum()) for (_, s), y in parts)
        if best is None or held_loss < best[5]:
            state = (hidden.weight.T, hidden.bias, last.weight[0])
            copied = tuple(t.detach().numpy().copy() for t in state)
            best = (*copied, float(none.detach()), right / max(1, len(held)), held_loss)
    assert best is not None
    return best[0], best[1], best[2], best[3], best[4]


def train_ranker(
    data: Sequence[Path],
    work: Path,
    model: str,
    out: Path,
    *,
    limit: int | None = None,
    talk: Talk = lambda _: None,
) -> dict[str, float]:
    """Collect the records of every file of `data` below `work`, fit, write `out`, and return the held-out figures."""
    from rtlgen.core.settings import load_settings

    settings = load_settings(Path.cwd(), {"model.path": model})
    folders = [work / path.stem for path in data]
    for path, folder in zip(data, folders, strict=True):
        collect(path, settings, folder, limit=limit, talk=talk)
    names, examples = read_examples(folders)
    return fit(names, examples, RankerConfig(), out, talk=talk)
