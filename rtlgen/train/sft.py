"""Fine-tune a model of rtlgen's own kind on pairs of a specification and a module.

All weights are trained, on the answers (and a little on the questions). Examples of like length stand side by side in a
batch, each from position 0 as it will be asked, so none sees another; some batches are sequences of plain corpus text, as
a pretraining run packed them, against forgetting. The hidden matrices are trained with Muon, the rest with AdamW, under a
warm-up-stable-decay schedule over the minutes of the run, which a killed run goes on with.

It makes no pairs (`rtlgen datasets pairs build`). Method and figures: docs/algorithms/sft.md.

Try: ``rtlgen train sft --data pairs.jsonl --model rtlgen/assets/model --out run --max-minutes 10``
"""

from __future__ import annotations

import json
import math
import pickle
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.store import write_atomic
from rtlgen.train.initial import fingerprint
from rtlgen.train.packing import FILE_WEIGHT
from rtlgen.train.sft_pairs import Example, Pair, example, read_pairs, split

if TYPE_CHECKING:
    import torch

    from rtlgen.model.network import Network
    from rtlgen.model.tokenizer import VerilogTokenizer

Talk = Callable[[str], None]
_BROKEN = (RuntimeError, LookupError, EOFError, ValueError, TypeError, OSError, pickle.PickleError)
"""What torch raises on a checkpoint that is torn, of another network, or none at all."""
_CHUNK = 2048
"""Examples that are sorted by length together."""


@dataclass(frozen=True)
class SftConfig:
    """Constants of a run. Minutes are wall clock of all its calls together, rates are per step."""

    length: int = 1024
    """Most tokens of a question with its answer; longer pairs are left out, and counted."""
    batch_tokens: int = 6144
    question_weight: float = 0.1
    """Share of the question's tokens that the loss looks at; of the answer it looks at all."""
    replay_share: float = 0.12
    """Share of the batches that are plain corpus text."""
    held_share: float = 0.02
    held_families: tuple[str, ...] = ()
    muon_rate: float = 0.012
    adam_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_steps: int = 40
    decay: float = 0.5
    max_minutes: float = 40.0
    checkpoint_minutes: float = 2.0
    validate_minutes: float = 6.0
    threads: int = 1
    seed: int = 1


@dataclass
class _State:
    step: int = 0
    tokens: int = 0
    epoch: int = 0
    place: int = 0
    """Batches of this epoch that are done."""
    minutes: float = 0.0


@dataclass(frozen=True)
class _Data:
    train: tuple[Example, ...]
    held: tuple[Example, ...]
    unseen: tuple[Example, ...]
    replay: Any = None
    """Packed corpus sequences: arrays `tokens` and `weights` (n, length + 1)."""


def finetune(
    data: Sequence[Path],
    model: Path,
    out: Path,
    config: SftConfig,
    *,
    replay: Path | None = None,
    talk: Talk = lambda _: None,
) -> dict[str, Any]:
    """Train until the run has had `config.max_minutes`; write ``out/model`` and return the last figures.

    Args:
        data: files of pairs.
        model: the folder to start from, of rtlgen's own kind; its SHA-256 is kept in ``config.json``.
        out: run folder: checkpoint, ``log.jsonl``, and the model at the end. An existing one is gone on with.
        config: constants.
        replay: ``train.N.npz`` of a pretraining run.
        talk: receives progress lines.

    Raises UsageError for bad pairs, a folder begun with another model or other pairs, ToolError for a broken checkpoint
    and a disk that is full.
    """
    import torch

    from rtlgen.model.tokenizer import VerilogTokenizer

    torch.set_num_threads(config.threads)
    files = {path: read_pairs([path]) for path in data}
    pairs = [pair for found in files.values() for pair in found]
    start = fingerprint(model)
    _claim(out, config, start, pairs)
    tokenizer = VerilogTokenizer(model / "tokenizer.json")
    parts = split(pairs, share=config.held_share, families=config.held_families)
    known = {
        id(pair): one
        for found in files.values()
        for pair, one in zip(found, _encoded(out, found, tokenizer, config.length), strict=True)
    }
    made = [
        tuple(one for pair in part if (one := known[id(pair)]))
        for part in (parts.train, parts.held, parts.unseen)
    ]
    talk(f"{len(pairs)} pairs: {len(made[0])} to learn from, {len(made[1])} and {len(made[2])} held out")
    if not made[0]:
        raise UsageError(
            "no pair can be learned from: too long, or no module header", hint="--length, or other pairs"
        )
    run = _Run(model, out, config, _Data(made[0], made[1], made[2], _replayed(replay)), tokenizer, talk)
    run.resume()
    run.train()
    return {"pairs": len(pairs), "learned": len(made[0]), **run.finish()}


def _claim(out: Path, config: SftConfig, start: str, pairs: Sequence[Pair]) -> None:
    """Write down what the run is made from, or refuse to go on from another model or with other pairs."""
    path = out / "config.json"
    mine = {"init_sha256": start, "pairs_sha256": _digest(pairs)}
    out.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        stored = json.loads(path.read_text("utf-8"))
        for key, what in (("init_sha256", "another model"), ("pairs_sha256", "other pairs")):
            if stored.get(key) != mine[key]:
                raise UsageError(f"this run was begun with {what}", where=out, hint="use another --out")
    write_atomic(path, json.dumps({**asdict(config), **mine}, indent=1))


def _encoded(
    out: Path, pairs: Sequence[Pair], tokenizer: VerilogTokenizer, most: int
) -> list[Example | None]:
    """The pairs of one file as examples, kept in `out`: a run that goes on reads them there."""
    import numpy as np

    path = out / f"{_digest(pairs)[:16]}.{most}.npz"
    if not path.is_file():
        found = [example(pair, tokenizer, most) or Example((), 0) for pair in pairs]
        part = path.with_suffix(".part.npz")
        np.savez(
            part,
            ids=np.array([token for one in found for token in one.ids], np.uint16),
            ends=np.cumsum([len(one.ids) for one in found], dtype=np.int64),
            asked=np.array([one.asked for one in found], np.int32),
        )
        part.replace(path)
    stored = np.load(path)
    parts = np.split(stored["ids"], stored["ends"][:-1])
    return [
        Example(tuple(ids.tolist()), int(asked)) if asked else None
        for ids, asked in zip(parts, stored["asked"], strict=True)
    ]


def _digest(pairs: Sequence[Pair]) -> str:
    from rtlgen.core.records import sha256_text

    return sha256_text("".join(f"{pair.digest:x}" for pair in pairs))


def _replayed(path: Path | None) -> Any:
    import numpy as np

    if path is None:
        return None
    try:
        stored = np.load(path)
        return {"tokens": stored["tokens"], "weights": stored["weights"]}
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"no packed corpus text: {error}", where=path, hint="train.N.npz of `rtlgen train pretrain`"
        ) from error


class _Run:
    """The training loop with its checkpoints."""

    def __init__(
        self,
        model: Path,
        out: Path,
        config: SftConfig,
        data: _Data,
        tokenizer: VerilogTokenizer,
        talk: Talk,
    ) -> None:
        import torch

        from rtlgen.model.network import load_network

        self.base, self.out, self.config, self.data, self.talk = model, out, config, data, talk
        self.tokenizer = tokenizer
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = load_network(model, torch.float32).requires_grad_(True).to(self.device)
        self.optimisers, self.peaks = _optimisers(self.network, config)
        self.state = _State()
        self.figures: dict[str, Any] = {}

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        import torch

        path = self.out / "last.pt"
        if not path.is_file():
            return
        try:
            saved = torch.load(path, map_location=self.device, weights_only=True)
            self.network.load_state_dict(saved["network"])
            for optimiser, state in zip(self.optimisers, saved["optimisers"], strict=True):
                optimiser.load_state_dict(state)
            self.state = _State(**saved["state"])
        except _BROKEN as error:
            raise ToolError(
                f"the checkpoint cannot be read: {str(error)[:200]}",
                where=path,
                hint="remove it to begin this run again",
            ) from error
        self.talk(f"resumed at step {self.state.step}, {self.state.tokens / 1e6:.1f}M tokens")

    def _save(self) -> None:
        import torch

        content = {
            "network": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "state": asdict(self.state),
        }
        part = self.out / "last.part"
        try:
            torch.save(content, part)
            part.replace(self.out / "last.pt")
        except (OSError, RuntimeError) as error:
            part.unlink(missing_ok=True)
            raise ToolError(
                f"the checkpoint cannot be written: {str(error)[:120]}",
                where=self.out,
                hint="make room; the checkpoint before it is still there, the same command goes on",
            ) from error

    def train(self) -> None:
        """Step until the minutes are over, with checkpoints, validation and log lines on the way."""
        config, state = self.config, self.state
        before, begun = state.minutes, time.monotonic()
        saved = checked = logged = begun
        tokens_before = state.tokens
        losses: list[float] = []
        batches = self._batches()
        while state.minutes < config.max_minutes:
            left = 1 - state.minutes / config.max_minutes
            scale = min(
                1.0, (state.step + 1) / config.warmup_steps, left / config.decay if config.decay else 1.0
            )
            losses.append(self._step(next(batches), scale))
            now = time.monotonic()
            state.minutes = before + (now - begun) / 60
            if now - logged > 30:
                rate = (state.tokens - tokens_before) / (now - begun)
                self._log(loss=sum(losses) / len(losses), rate=rate, scale=scale, minutes=state.minutes)
                logged, losses = now, []
            if now - saved > 60 * config.checkpoint_minutes:
                self._save()
                saved = now
            if now - checked > 60 * config.validate_minutes:
                self.validate()
                checked = time.monotonic()
        self._save()

    def _step(self, batch: list[Example] | None, scale: float) -> float:
        import torch

        for optimiser, peak in zip(self.optimisers, self.peaks, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = peak * scale
        tokens, weights = self._replay_rows() if batch is None else self._rows(batch)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss = self.network.loss(tokens, weights) if batch is None else self._loss(tokens, weights)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.tokens += int(tokens.numel())
        return float(loss.detach())

    def _loss(self, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """The weighted loss, from a sample of the tokens: each is kept with the probability that is its weight.

        Its expectation is that of all tokens under their weights; scores over the vocabulary, a third of the work, are
        made for the kept ones only.
        """
        import torch

        draw = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.state.step)
        kept = (torch.rand(weights.shape, generator=draw).to(self.device) < weights).flatten()
        hidden = self.network.hidden(tokens[:, :-1]).flatten(0, 1)[kept]
        scores = self.network.logits(hidden).float()
        return torch.nn.functional.cross_entropy(scores, tokens[:, 1:].flatten()[kept])

    def _batches(self) -> Iterator[list[Example] | None]:
        """Batches without end, from where the state stands; None is one of plain corpus text.

        An epoch holds every example once. Its order, and which batches are replaced, depend on seed and epoch alone.
        """
        config, state = self.config, self.state
        while True:
            rng = random.Random(f"{config.seed} {state.epoch}")
            for place, batch in enumerate(self._epoch(rng)):
                if place < state.place:
                    continue
                state.place = place + 1
                yield batch
            state.epoch, state.place = state.epoch + 1, 0

    def _epoch(self, rng: random.Random) -> list[list[Example] | None]:
        order = list(self.data.train)
        rng.shuffle(order)
        batches: list[list[Example] | None] = []
        for start in range(0, len(order), _CHUNK):
            part = sorted(order[start : start + _CHUNK], key=lambda one: len(one.ids))
            row: list[Example] = []
            for one in part:
                if row and len(one.ids) * (len(row) + 1) > self.config.batch_tokens:
                    batches.append(row)
                    row = []
                row.append(one)
            batches.append(row)
        share = self.config.replay_share if self.data.replay is not None else 0.0
        batches += [None] * round(len(batches) * share / (1 - share))
        rng.shuffle(batches)
        return batches

    def _rows(self, batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids (rows, longest) and weights (rows, longest - 1) of examples, padded at their ends."""
        import torch

        longest = max(len(one.ids) for one in batch)
        tokens = torch.zeros(len(batch), longest, dtype=torch.long)
        weights = torch.zeros(len(batch), longest - 1)
        for row, one in enumerate(batch):
            tokens[row, : len(one.ids)] = torch.tensor(one.ids)
            weights[row, : one.asked - 1] = self.config.question_weight
            weights[row, one.asked - 1 : len(one.ids) - 1] = 1.0
        return tokens.to(self.device), weights.to(self.device)

    def _replay_rows(self) -> tuple[torch.Tensor, torch.Tensor]:
        import numpy as np
        import torch

        stored = self.data.replay
        rng = np.random.default_rng([self.config.seed, self.state.step])
        count = max(1, self.config.batch_tokens // stored["tokens"].shape[1])
        rows = rng.integers(0, len(stored["tokens"]), count)
        tokens = torch.from_numpy(stored["tokens"][rows].astype(np.int64)).to(self.device)
        weights = torch.from_numpy(stored["weights"][rows][:, 1:].astype(np.float32) / FILE_WEIGHT)
        return tokens, weights.to(self.device)

    def validate(self) -> None:
        """Log bits per answer token on pairs held out of learned families, and of families held out whole."""
        for name, part in (("held", self.data.held), ("unseen", self.data.unseen)):
            if part:
                self._log(**{f"{name}_bits_per_token": self._bits(part[:240])})

    def _bits(self, part: Sequence[Example]) -> float:
        import torch

        total = count = 0.0
        ordered = sorted(part, key=lambda one: len(one.ids))
        with torch.no_grad(), torch.autocast(self.device.type, dtype=torch.bfloat16):
            for start in range(0, len(ordered), 8):
                tokens, weights = self._rows(ordered[start : start + 8])
                answers = (weights == 1.0).float()
                size = float(answers.sum())
                total, count = total + float(self.network.loss(tokens, answers)) * size, count + size
        return total / max(count, 1) / math.log(2)

    def _log(self, **figures: float) -> None:
        row = {
            "step": self.state.step,
            "tokens": self.state.tokens,
            "epoch": self.state.epoch,
            **{key: round(value, 4) for key, value in figures.items()},
        }
        self.figures.update(row)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        self.talk("  ".join(f"{key} {value:,}" for key, value in row.items()))

    def finish(self) -> dict[str, Any]:
        """Validate once more and write the model folder; its context is what it has been trained with."""
        from dataclasses import replace

        from rtlgen.model.network import save_network

        self.validate()
        self.network.config = replace(self.network.config, trained_context=self.config.length)
        save_network(self.network, self.out / "model")
        write_atomic(self.out / "model" / "tokenizer.json", (self.base / "tokenizer.json").read_text("utf-8"))
        return self.figures


def _optimisers(network: Network, config: SftConfig) -> tuple[list[Any], list[float]]:
    import torch

    hidden = [p for n, p in network.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in network.named_parameters() if p.dim() != 2 or "embed" in n]
    muon = torch.optim.Muon(hidden, lr=config.muon_rate, weight_decay=config.weight_decay, momentum=0.95)
    adam = torch.optim.AdamW(rest, lr=config.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [muon, adam], [config.muon_rate, config.adam_rate]
