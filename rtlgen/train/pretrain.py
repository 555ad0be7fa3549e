"""Pretrain the default model on a corpus, in the prompt format that completion uses, from scratch or from other weights.

One process, one device (CPU threads or one GPU). The hidden matrices are trained with Muon (Jordan 2024; in torch since
2.9), the rest with AdamW; the learning rate warms up, stays, and decays linearly over the last part of the run
(warm-up-stable-decay, Hu et al., arXiv 2404.06395). A checkpoint is written every few minutes and resumed from; the
state before the decay is kept as ``stable.pt``, so that a later run can go on from it with more tokens.

It makes no corpus (`rtlgen datasets corpus build`) and publishes nothing.

Try: ``rtlgen train pretrain --corpus corpus/files.jsonl --out run --max-minutes 60``
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.store import write_atomic
from rtlgen.train.initial import fingerprint, take_tokenizer, take_weights
from rtlgen.train.packing import FILE_WEIGHT, Packed, PackingConfig, pack, read_corpus, read_quality

if TYPE_CHECKING:
    import torch

    from rtlgen.model.network import Network
    from rtlgen.model.tokenizer import VerilogTokenizer

Talk = Callable[[str], None]


@dataclass(frozen=True)
class PretrainConfig:
    """Sizes and constants of a run. Time is in minutes of wall clock, learning rates per step."""

    vocabulary: int = 4096
    width: int = 256
    layers: int = 6
    heads: int = 4
    batch: int = 8
    """Sequences a step."""
    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    weight_decay: float = 0.02
    warmup_steps: int = 60
    decay: float = 0.25
    """Share of `max_minutes` over which the learning rate falls to zero."""
    max_minutes: float = 60.0
    checkpoint_minutes: float = 4.0
    validate_minutes: float = 8.0
    threads: int = 1
    seed: int = 1
    packing: PackingConfig = field(default_factory=PackingConfig)


@dataclass
class _State:
    step: int = 0
    tokens: int = 0
    minutes: float = 0.0
    decaying_since: float | None = None


def pretrain(
    corpus: Path,
    out: Path,
    config: PretrainConfig,
    *,
    validation: Path | None = None,
    skip: Sequence[str] = (),
    init: Path | None = None,
    talk: Talk = lambda _: None,
) -> dict[str, Any]:
    """Train until `config.max_minutes` of this call are over; write ``out/model`` and return the last figures.

    Args:
        corpus: ``files.jsonl`` of a corpus.
        out: run folder: tokenizer, packed sequences, checkpoints, ``log.jsonl``, and the model at the end.
        config: sizes and constants; a resumed run keeps the sizes it began with.
        validation: a second corpus file (never trained on) for bits per byte during training.
        skip: repositories of the corpus to leave out (kept for training the ranker).
        init: a model folder whose weights and tokenizer the run starts from; its SHA-256 is kept in ``config.json``.
        talk: receives progress lines.
    """
    import torch

    torch.set_num_threads(config.threads)
    out.mkdir(parents=True, exist_ok=True)
    start = _claim(out, config, init)
    tokenizer = _tokenizer(corpus, out, config, skip, talk)
    data = _packed(corpus, out / "train", tokenizer, config, skip, talk)
    held_out = None
    if validation is not None:
        held_out = _packed(validation, out / "validation", tokenizer, config, (), talk, by_quality=False)
    run = _Run(out, config, data, held_out, talk)
    if not run.resume():
        if init is not None:
            take_weights(init, run.network, tokenizer.size)
            talk(f"starting from {init}")
        elif start is not None:
            raise UsageError("this run has no checkpoint yet", where=out, hint="give --init again")
    run.train()
    return run.finish()


def _claim(out: Path, config: PretrainConfig, init: Path | None) -> str | None:
    """Write the run's configuration, or refuse to go on with other sizes or from other weights.

    Gives the SHA-256 of the weights that the run starts from.
    """
    path = out / "config.json"
    start = fingerprint(init) if init is not None else None
    sizes = ("vocabulary", "width", "layers", "heads")
    mine = {key: getattr(config, key) for key in sizes}
    if path.is_file():
        stored = json.loads(path.read_text("utf-8"))
        other = {key: stored[key] for key in sizes if stored[key] != mine[key]}
        if other:
            raise UsageError(
                f"this run was begun with {other}", where=out, hint="use the same sizes, or another --out"
            )
        begun = stored.get("init_sha256")
        if init is not None and start != begun:
            raise UsageError(
                "this run was not begun from these weights",
                where=out,
                hint="leave --init out, or use another --out",
            )
        start = begun
    elif init is not None:
        take_tokenizer(init, out)
    write_atomic(path, json.dumps({**asdict(config), "init_sha256": start}, indent=1))
    return start


def _tokenizer(
    corpus: Path, out: Path, config: PretrainConfig, skip: Sequence[str], talk: Talk
) -> VerilogTokenizer:
    from rtlgen.model.tokenizer import VerilogTokenizer, train_tokenizer

    path = out / "tokenizer.json"
    if not path.is_file():
        talk(f"training a tokenizer of {config.vocabulary} entries")
        texts = [t for files in read_corpus(corpus, skip).values() for t in files.values()]
        train_tokenizer(texts[:: max(1, len(texts) // 4000)], config.vocabulary).save(str(path))
    return VerilogTokenizer(path)


def _packed(
    corpus: Path,
    stem: Path,
    tokenizer: VerilogTokenizer,
    config: PretrainConfig,
    skip: Sequence[str],
    talk: Talk,
    *,
    by_quality: bool = True,
) -> Packed:
    import numpy as np

    path = stem.with_suffix(f".{config.packing.length}.npz")
    if not path.is_file():
        talk(f"packing {corpus}")
        weights_of = read_quality(corpus) if by_quality else {}
        made = pack(read_corpus(corpus, skip), tokenizer, config.packing, talk, weights_of)
        part = path.with_suffix(".part.npz")
        np.savez(part, **vars(made))
        part.replace(path)
    stored = np.load(path)
    quality = stored["quality"] if "quality" in stored else np.ones(len(stored["tokens"]), np.float32)
    return Packed(stored["tokens"], stored["weights"], int(stored["file_bytes"]), quality)


class _Run:
    """The training loop with its checkpoints."""

    def __init__(
        self, out: Path, config: PretrainConfig, data: Packed, held_out: Packed | None, talk: Talk
    ) -> None:
        import torch

        from rtlgen.model.network import Network, NetworkConfig

        self.out, self.config, self.data, self.held_out, self.talk = out, config, data, held_out, talk
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = Network(
            NetworkConfig(
                vocab_size=config.vocabulary,
                hidden_size=config.width,
                intermediate_size=(config.width * 11 // 4 + 31) // 32 * 32,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                trained_context=config.packing.length,
            )
        )
        self.network.initialise(config.seed)
        self.network.to(self.device)
        self.optimisers, self.peaks = _optimisers(self.network, config)
        self.state = _State()
        self.figures: dict[str, Any] = {}

    def resume(self) -> bool:
        """Go on from the last checkpoint; False when there is none."""
        import torch

        path = next((p for p in (self.out / "last.pt", self.out / "stable.pt") if p.is_file()), None)
        if path is None:
            return False
        try:
            saved = torch.load(path, map_location=self.device, weights_only=True)
            if (
                saved["state"]["decaying_since"] is not None
            ):  # a decayed state learns no more: go on before it
                path = self.out / "stable.pt"
                saved = torch.load(path, map_location=self.device, weights_only=True)
            self.network.load_state_dict(saved["network"])
            for optimiser, state in zip(self.optimisers, saved["optimisers"], strict=True):
                optimiser.load_state_dict(state)
            self.state = _State(**saved["state"])
        except (RuntimeError, KeyError, EOFError, ValueError, TypeError, OSError) as error:
            raise ToolError(
                f"the checkpoint cannot be read: {str(error)[:200]}",
                where=path,
                hint=f"remove {path.name} to start from the one before",
            ) from error
        self.talk(f"resumed at step {self.state.step}, {self.state.tokens / 1e6:.1f}M tokens")
        return True

    def _save(self, name: str) -> None:
        import torch

        content = {
            "network": self.network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "state": asdict(self.state),
        }
        torch.save(content, self.out / f"{name}.part")
        (self.out / f"{name}.part").replace(self.out / f"{name}.pt")

    def train(self) -> None:
        """Step until the time is over, with checkpoints, validation and log lines on the way."""
        config, state = self.config, self.state
        begun = time.monotonic()
        last_saved = last_checked = last_logged = begun
        tokens_before = state.tokens
        losses: list[float] = []
        while (minutes := (time.monotonic() - begun) / 60) < config.max_minutes:
            left = 1 - minutes / config.max_minutes
            if config.decay and left < config.decay and state.decaying_since is None:
                self._save("stable")
                state.decaying_since = float(state.step)
            scale = min(
                1.0, (state.step + 1) / config.warmup_steps, left / config.decay if config.decay else 1.0
            )
            losses.append(self._step(scale))
            now = time.monotonic()
            if now - last_logged > 30:
                rate = (state.tokens - tokens_before) / (now - begun)
                self._log(loss=sum(losses) / len(losses), rate=rate, scale=scale)
                last_logged, losses = now, []
            if now - last_saved > 60 * config.checkpoint_minutes:
                self._save("last")
                last_saved = now
            if self.held_out is not None and now - last_checked > 60 * config.validate_minutes:
                self.validate()
                last_checked = time.monotonic()
        self._save("last")

    def _step(self, scale: float) -> float:
        import torch

        config, state = self.config, self.state
        tokens, weights = self._batch(self.data, state.step, config.batch)
        for optimiser, peak in zip(self.optimisers, self.peaks, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = peak * scale
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss = self.network.loss(tokens, weights[:, 1:].float() / FILE_WEIGHT)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        state.step += 1
        state.tokens += int(tokens.numel())
        return float(loss.detach())

    def _batch(self, data: Packed, step: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Batch `step` of an endless, seeded sequence of epochs: tokens and weights (size, length + 1).

        An epoch holds each row with the probability that is its quality, none twice (systematic sampling in a drawn
        order), so its length is the same every time.
        """
        import numpy as np
        import torch

        per_epoch = max(1, int(data.quality.sum(dtype=np.float64)) // size)
        epoch, place = divmod(step, per_epoch)
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(len(data.tokens))
        begin = rng.random()
        ends = np.floor(begin + np.cumsum(data.quality[order], dtype=np.float64))
        rows = order[np.diff(ends, prepend=np.floor(begin)) > 0][place * size : (place + 1) * size]
        tokens = torch.from_numpy(data.tokens[rows].astype(np.int64)).to(self.device)
        return tokens, torch.from_numpy(data.weights[rows]).to(self.device)

    def validate(self) -> None:
        """Log the loss on held-out file text, in bits per token and, on tokens seen earlier in the window, apart."""
        import torch

        assert self.held_out is not None
        total = repeated = 0.0
        count = repeats = 0
        with torch.no_grad(), torch.autocast(self.device.type, dtype=torch.bfloat16):
            for step in range(min(12, len(self.held_out.tokens) // 4)):
                tokens, weights = self._batch(self.held_out, step, 4)
                scores = self.network.logits(self.network.hidden(tokens[:, :-1])).float()
                each = torch.nn.functional.cross_entropy(
                    scores.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
                )
                mine = (weights[:, 1:] == FILE_WEIGHT).flatten()
                again = _pair_seen(tokens).flatten() & mine
                total, count = total + float(each[mine].sum()), count + int(mine.sum())
                repeated, repeats = repeated + float(each[again].sum()), repeats + int(again.sum())
        nats = math.log(2)
        self._log(
            validation_bits_per_token=total / max(1, count) / nats,
            validation_repeated_pairs_bits=repeated / max(1, repeats) / nats,
        )

    def _log(self, **figures: float) -> None:
        row = {
            "step": self.state.step,
            "tokens": self.state.tokens,
            **{k: round(v, 4) for k, v in figures.items()},
        }
        self.figures.update(row)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        self.talk("  ".join(f"{key} {value:,}" for key, value in row.items()))

    def finish(self) -> dict[str, Any]:
        """Validate once more and write the model folder."""
        from rtlgen.model.network import save_network

        if self.held_out is not None:
            self.validate()
        save_network(self.network, self.out / "model")
        write_atomic(self.out / "model" / "tokenizer.json", (self.out / "tokenizer.json").read_text("utf-8"))
        return self.figures


def _optimisers(network: Network, config: PretrainConfig) -> tuple[list[Any], list[float]]:
    import torch

    hidden = [p for n, p in network.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in network.named_parameters() if p.dim() != 2 or "embed" in n]
    muon = torch.optim.Muon(hidden, lr=config.muon_rate, weight_decay=config.weight_decay, momentum=0.95)
    adam = torch.optim.AdamW(rest, lr=config.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [muon, adam], [config.muon_rate, config.adam_rate]


def _pair_seen(tokens: torch.Tensor) -> torch.Tensor:
    """(B, T + 1) ids to (B, T): does the pair (this token, next token) stand earlier in the row, for copying to find."""
    from itertools import pairwise

    import torch

    seen = torch.zeros(tokens.shape[0], tokens.shape[1] - 1, dtype=torch.bool)
    for row, ids in enumerate(tokens.tolist()):
        pairs: set[tuple[int, int]] = set()
        for place, pair in enumerate(pairwise(ids)):
            seen[row, place] = pair in pairs
            pairs.add(pair)
    return seen.to(tokens.device)
