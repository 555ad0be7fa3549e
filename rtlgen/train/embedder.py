"""Train the embedder of retrieval by contrast: a query must be nearer to its chunk than to the other chunks drawn.

The loss is InfoNCE (van den Oord et al., arXiv 1807.03748) over batches of a few units, so that most of the chunks a
query is set against stand in its own repository, as they do in use:

    L = -log( exp(q c+ / tau) / sum over chunks c of exp(q c / tau) )

Chunks that hold nearly as much of what the query needs as its own are left out of the sum. Vectors are those of
`rtlgen.retrieval.embedder`, whose file is written at the end; the pairs are those of `rtlgen.train.embedder_pairs`.
The start is the hashed embedder. One CPU process; a checkpoint is written every few minutes and resumed from.

Try: ``rtlgen train embedder --corpus corpus/files.jsonl --out run --max-minutes 10``
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.records import sha256_text
from rtlgen.core.store import write_atomic
from rtlgen.retrieval import embedder
from rtlgen.train.embedder_pairs import PairConfig, Pairs, mine
from rtlgen.train.embedder_recall import Validation
from rtlgen.train.packing import read_corpus

if TYPE_CHECKING:
    from rtlgen.train.embedder_network import Network

Talk = Callable[[str], None]
PAIRS, CHECKPOINT = "pairs.npz", "last.pt"


@dataclass(frozen=True)
class EmbedderConfig:
    """Sizes and constants of a run. Time is in minutes of wall clock of one call, rates are Adam's."""

    words: int = 24_576
    """Rows of the table at most: words of most repositories first."""
    buckets: int = 1
    """Rows for letter trigrams; with 1 they say nothing. Thousands of them learned the names of the training text."""
    width: int = 128
    units: int = 4
    """Units a batch."""
    of_unit: int = 64
    """Pairs of each unit of a batch."""
    least_spread: int = 5
    """A word needs to stand in this many repositories to have a row: names of one project teach nothing about another."""
    share: float = 0.6
    """The hashed part's share of the inner product, not learned: on the training text the learned part would take all."""
    dropout: float = 0.3
    """Words of each text whose learned vector is left out in a step."""
    temperature: float = 0.06
    tolerance: float = 0.6
    """A chunk that covers this share of what the query's own chunk covers is not set against it."""
    rate: float = 2e-3
    max_minutes: float = 5.0
    decay: float = 0.4
    """Share of `max_minutes` over which the rate falls to zero."""
    checkpoint_minutes: float = 2.0
    validate_minutes: float = 1.0
    """With validation repositories, the state of best recall is the one that is kept."""
    threads: int = 1
    seed: int = 1
    pairs: PairConfig = field(default_factory=PairConfig)


def train_embedder(
    corpus: Path,
    out: Path,
    config: EmbedderConfig,
    *,
    validation: Sequence[str] = (),
    talk: Talk = lambda _: None,
) -> dict[str, Any]:
    """Train until `config.max_minutes` of this call are over; write ``out/embedder.npz`` and return the figures.

    Args:
        corpus: ``files.jsonl`` of a corpus.
        out: run folder: pairs, checkpoint, ``log.jsonl``, and the embedder at the end.
        config: sizes and constants; a resumed run keeps the sizes it began with.
        validation: repositories of the corpus that are not trained on; recall is measured on them.
        talk: receives progress lines.

    Raises:
        UsageError: no corpus or no pairs in it, an unknown repository, another run's folder, a disk that is full.
        ToolError: a damaged checkpoint.
    """
    import torch

    torch.set_num_threads(config.threads)
    repositories = read_corpus(corpus)
    unknown = [name for name in validation if name not in repositories]
    if unknown:
        raise UsageError(
            f"the corpus has no repository '{unknown[0]}'",
            where=corpus,
            hint=f"one of: {', '.join(sorted(repositories)[:6])}, ...",
        )
    held_out = {name: repositories.pop(name) for name in validation}
    try:
        out.mkdir(parents=True, exist_ok=True)
        _claim(out, config, corpus, validation)
        pairs = _pairs(out, repositories, config, talk)
        run = _Run(out, config, pairs, Validation.of(held_out, config.seed) if held_out else None, talk)
        run.resume()
        run.train()
        found = run.finish()
        write_atomic(out / "figures.json", json.dumps(found, indent=1) + "\n")
    except OSError as error:
        raise UsageError(
            f"cannot write the run: {error.strerror or error}",
            where=out,
            hint="free some space, or give another --out; the same command goes on where it stopped",
        ) from error
    return found


def _claim(out: Path, config: EmbedderConfig, corpus: Path, validation: Sequence[str]) -> None:
    """Write what the run is made from, or refuse to go on from something else."""
    path = out / "config.json"
    sizes = {
        name: getattr(config, name) for name in ("words", "least_spread", "buckets", "width", "share", "seed")
    }
    mine = {
        **sizes,
        "pairs": asdict(config.pairs),
        "corpus_sha256": sha256_text(corpus.read_text("utf-8")),
        "validation": sorted(validation),
    }
    if path.is_file():
        stored = json.loads(path.read_text("utf-8"))
        other = [name for name, value in mine.items() if stored.get(name) != value]
        if other:
            raise UsageError(
                f"this run was begun with another {other[0]}",
                where=out,
                hint="use the same options, or another --out",
            )
    write_atomic(path, json.dumps(mine, indent=1) + "\n")


def _pairs(out: Path, repositories: dict[str, dict[str, str]], config: EmbedderConfig, talk: Talk) -> Pairs:
    """The pairs of the run folder, mined when there are none."""
    path = out / PAIRS
    if not path.is_file():
        found = mine(repositories, config.pairs, talk)
        if not len(found.kind):
            raise UsageError(
                "the corpus gives no pairs: a repository needs two files at least",
                hint="rtlgen datasets corpus build --help",
            )
        found.save(path)
    return Pairs.load(path)


class _Run:
    """The training loop with its checkpoints."""

    def __init__(
        self, out: Path, config: EmbedderConfig, pairs: Pairs, validation: Validation | None, talk: Talk
    ) -> None:
        from rtlgen.train.embedder_network import Network, torch_optimiser

        self.out, self.config, self.pairs, self.talk = out, config, pairs, talk
        self.validation = validation
        self.network: Network = Network(
            pairs, config.words, config.least_spread, config.buckets, config.width, config.share, config.seed
        )
        self.best = -1.0
        self.optimiser = torch_optimiser(self.network, config.rate)
        self.step = 0
        self.minutes = 0.0
        self.losses: list[tuple[float, float]] = []

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        import torch

        path = self.out / CHECKPOINT
        if not path.is_file():
            return
        try:
            saved = torch.load(path, weights_only=True)
            self.network.load_state_dict(saved["network"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step, self.minutes = int(saved["step"]), float(saved["minutes"])
            self.best = float(saved["best"])
        except Exception as error:  # whatever a broken file makes torch raise
            raise ToolError(
                f"the checkpoint cannot be read: {str(error)[:200]}",
                where=path,
                hint=f"remove {path.name} to begin again with the pairs that are there",
            ) from error
        self.talk(f"resumed at step {self.step}")

    def train(self) -> None:
        """Step until the time is over, with checkpoints and log lines on the way."""
        config = self.config
        begun = last_saved = last_logged = last_checked = time.monotonic()
        before = self.minutes
        while (minutes := (time.monotonic() - begun) / 60) < config.max_minutes:
            left = 1 - minutes / config.max_minutes
            scale = min(1.0, (self.step + 1) / 100, left / config.decay if config.decay else 1.0)
            self.losses.append(self._step(scale))
            self.minutes = before + minutes
            now = time.monotonic()
            if now - last_logged > 20:
                self._log()
                last_logged = now
            if now - last_saved > 60 * config.checkpoint_minutes:
                self._save()
                last_saved = now
            if self.validation is not None and now - last_checked > 60 * config.validate_minutes:
                self._validate()
                last_checked = time.monotonic()
        self._save()

    def _step(self, scale: float) -> tuple[float, float]:
        """One batch; the loss, and the share of queries whose own chunk came first."""
        import torch

        config = self.config
        for group in self.optimiser.param_groups:
            group["lr"] = config.rate * scale
        chosen = self.pairs.batch(self.step, config.units, config.of_unit, config.seed)
        scores, apart = self.network.scores(chosen, config.tolerance, dropout=config.dropout, seed=self.step)
        loss = torch.nn.functional.cross_entropy(
            (scores / config.temperature).masked_fill(~apart, -1e4), torch.arange(len(chosen))
        )
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        first = scores.detach().masked_fill(~apart, -1e4).argmax(dim=1) == torch.arange(len(chosen))
        return float(loss.detach()), float(first.float().mean())

    def _log(self) -> None:
        count = max(1, len(self.losses))
        row = {
            "step": self.step,
            "minutes": round(self.minutes, 2),
            "loss": round(sum(loss for loss, _ in self.losses) / count, 4),
            "first": round(sum(first for _, first in self.losses) / count, 4),
        }
        self.losses = []
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        self.talk("  ".join(f"{key} {value}" for key, value in row.items()))

    def _save(self) -> None:
        import torch

        part = self.out / f"{CHECKPOINT}.part"
        try:
            torch.save(
                {
                    "network": self.network.state_dict(),
                    "optimiser": self.optimiser.state_dict(),
                    "step": self.step,
                    "minutes": self.minutes,
                    "best": self.best,
                },
                part,
            )
        except RuntimeError as error:  # torch's writer hides the system's error
            raise OSError(str(error).splitlines()[0]) from error
        part.replace(self.out / CHECKPOINT)

    def finish(self) -> dict[str, Any]:
        """Write the embedder, of the last state or of the best one by validation; its figures."""
        if self.losses:
            self._log()
        path = self.out / embedder.FILE
        found: dict[str, Any] = {}
        if self.validation is None:
            write_atomic(path, embedder.packed(*self.network.tables()))
        else:
            self._validate()
            self.validation.measure("trained", embedder.TrainedEmbedder(self.out))
            found = self.validation.figures()
        return {
            "steps": self.step,
            "minutes": round(self.minutes, 2),
            "pairs": len(self.pairs.kind),
            "words": len(self.network.words),
            "bytes": path.stat().st_size,
        } | found

    def _validate(self) -> None:
        """Measure the recall of the present state; the embedder of the best state so far is written."""
        assert self.validation is not None
        path = self.out / embedder.FILE
        before = path.read_bytes() if path.is_file() else None
        write_atomic(path, embedder.packed(*self.network.tables()))
        recall = self.validation.measure("trained", embedder.TrainedEmbedder(self.out))
        self.talk(f"step {self.step}  recall {recall:.4f}  best before {max(self.best, 0):.4f}")
        if recall >= self.best:
            self.best = recall
        elif before is not None:
            write_atomic(path, before)


__all__ = ["EmbedderConfig", "train_embedder"]
