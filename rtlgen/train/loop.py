"""The loop of pretraining: steps, checkpoints, resuming, validation, on one device or on several.

Several processes are accelerate's: each reads its share of every step's sequences, gradients are averaged, the main one
writes. All of them stop and decay by the main one's clock. A checkpoint holds the network, the optimisers and the
place in the data, so a run that was killed goes on as if it had not been, but for the steps since.

It packs no data and reads no corpus (`rtlgen.train.packing`).

Try: ``rtlgen train pretrain --corpus corpus/files.jsonl --out run --max-minutes 5``
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError
from rtlgen.core.store import write_atomic
from rtlgen.train.packing import FILE_WEIGHT, Packed

if TYPE_CHECKING:
    import torch

    from rtlgen.model.network import Network
    from rtlgen.train.pretrain import PretrainConfig, Talk
    from rtlgen.train.validation import Lines, Text


@dataclass
class State:
    """Where a run stands. `minutes` is unused by new runs and kept for old checkpoints."""

    step: int = 0
    tokens: int = 0
    minutes: float = 0.0
    decaying_since: float | None = None


class Run:
    """The training loop with its checkpoints."""

    def __init__(
        self,
        out: Path,
        config: PretrainConfig,
        data: Packed,
        text: Text | None,
        lines: Lines | None,
        talk: Talk,
        long: Packed | None = None,
    ) -> None:
        import torch
        from accelerate import Accelerator

        from rtlgen.model.network import Network, NetworkConfig

        self.out, self.config, self.data, self.text, self.lines = out, config, data, text, lines
        self.accelerator = Accelerator(cpu=not torch.cuda.is_available())
        self.long = long
        self.main = bool(self.accelerator.is_main_process)
        self.talk: Talk = talk if self.main else lambda _: None
        self.device: torch.device = self.accelerator.device
        self.network = Network(
            NetworkConfig(
                vocab_size=config.vocabulary,
                hidden_size=config.width,
                intermediate_size=(config.width * 11 // 4 + 31) // 32 * 32,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                trained_context=config.prompt_tokens or config.packing.length,
            )
        )
        self.network.initialise(config.seed)
        self.network.to(self.device)
        self.optimisers, self.peaks = optimisers(self.network, config)
        self.state = State()
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
            self.state = State(**saved["state"])
        except (RuntimeError, LookupError, EOFError, ValueError, TypeError, OSError) as error:
            raise ToolError(
                f"the checkpoint cannot be read: {str(error)[:200]}",
                where=path,
                hint=f"remove {path.name} to start from the one before",
            ) from error
        self.talk(f"resumed at step {self.state.step}, {self.state.tokens / 1e6:.1f}M tokens")
        return True

    def _save(self, name: str) -> None:
        if not self.main:
            return
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
        loss_of = self._distributed()
        begun = time.monotonic()
        last_saved = last_checked = last_logged = begun
        tokens_before = state.tokens
        losses: list[float] = []
        while (left := 1 - self._agreed(self._done(begun, tokens_before))) > 0:
            if config.decay and left < config.decay and state.decaying_since is None:
                self._save("stable")
                state.decaying_since = float(state.step)
            scale = min(
                1.0, (state.step + 1) / config.warmup_steps, left / config.decay if config.decay else 1.0
            )
            losses.append(self._step(loss_of, scale))
            now = time.monotonic()
            if now - last_logged > 30:
                rate = (state.tokens - tokens_before) / (now - begun)
                self._log(loss=sum(losses) / len(losses), rate=rate, scale=scale)
                last_logged, losses = now, []
            if now - last_saved > 60 * config.checkpoint_minutes:
                self._save("last")
                last_saved = now
            if now - last_checked > 60 * config.validate_minutes:
                self.validate()
                last_checked = time.monotonic()
        self._save("last")

    def _done(self, begun: float, tokens_before: int) -> float:
        """Share of this call that is over: of its minutes, or of its tokens when that is more."""
        config = self.config
        minutes = (time.monotonic() - begun) / 60 / config.max_minutes if config.max_minutes else 1.0
        tokens = (self.state.tokens - tokens_before) / config.max_tokens if config.max_tokens else 0.0
        return max(minutes, tokens)

    def _distributed(self) -> Any:
        """The loss as a module whose gradients are averaged over the processes."""
        import torch

        network = self.network

        class Loss(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.network = network

            def forward(self, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
                return network.loss(tokens, weights)

        module = Loss()
        return self.accelerator.prepare_model(module) if self.accelerator.num_processes > 1 else module

    def _agreed(self, value: float) -> float:
        """The main process's `value`, in all of them: they must take the same decisions."""
        if self.accelerator.num_processes == 1:
            return value
        import torch
        from accelerate.utils import broadcast

        return float(broadcast(torch.tensor([value], device=self.device))[0])

    def _step(self, loss_of: Any, scale: float) -> float:
        import torch

        config, state = self.config, self.state
        if self.long is not None and state.step % config.long_every == config.long_every - 1:
            tokens, weights = self.batch(self.long, state.step // config.long_every, 1, shared=True)
        else:
            tokens, weights = self.batch(self.data, state.step, config.batch, shared=True)
        for optimiser, peak in zip(self.optimisers, self.peaks, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = peak * scale
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss = loss_of(tokens, weights[:, 1:].float() / FILE_WEIGHT)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        state.step += 1
        state.tokens += int(tokens.numel()) * int(self.accelerator.num_processes)
        return float(loss.detach())

    def batch(
        self, data: Packed, step: int, size: int, *, shared: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Batch `step` of an endless, seeded sequence of epochs: tokens and weights (size, length + 1).

        An epoch holds each row with the probability that is its quality, none twice (systematic sampling in a drawn
        order), so its length is the same every time. With `shared` the processes read different rows of one batch.
        """
        import numpy as np
        import torch

        number, of = (self.accelerator.process_index, self.accelerator.num_processes) if shared else (0, 1)
        per_epoch = max(1, int(data.quality.sum(dtype=np.float64)) // (size * of))
        epoch, place = divmod(step, per_epoch)
        place = place * of + number
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(len(data.tokens))
        begin = rng.random()
        ends = np.floor(begin + np.cumsum(data.quality[order], dtype=np.float64))
        rows = order[np.diff(ends, prepend=np.floor(begin)) > 0][place * size : (place + 1) * size]
        tokens = torch.from_numpy(data.tokens[rows].astype(np.int64)).to(self.device)
        return tokens, torch.from_numpy(data.weights[rows]).to(self.device)

    def validate(self) -> None:
        """Log the figures of `rtlgen.train.validation` that were asked for, in the main process."""
        found: dict[str, float] = {}
        if self.main and self.text is not None:
            found |= self.text.figures(self.network, self.batch)
        if self.main and self.lines is not None:
            from rtlgen.model.default import DefaultModel

            self._write_model(self.out / "current")
            found |= self.lines.figures(DefaultModel(self.out / "current", threads=self.config.threads))
        self.accelerator.wait_for_everyone()
        if found:
            self._log(**found)

    def _log(self, **figures: float) -> None:
        row = {
            "step": self.state.step,
            "tokens": self.state.tokens,
            **{k: round(v, 4) for k, v in figures.items()},
        }
        self.figures.update(row)
        if not self.main:
            return
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        self.talk("  ".join(f"{key} {value:,}" for key, value in row.items()))

    def finish(self) -> dict[str, Any]:
        """Validate once more and write the model folder."""
        self.validate()
        if self.main:
            self._write_model(self.out / "model")
        self.accelerator.wait_for_everyone()
        return self.figures

    def _write_model(self, folder: Path) -> None:
        from rtlgen.model.network import save_network

        save_network(self.network, folder)
        write_atomic(folder / "tokenizer.json", (self.out / "tokenizer.json").read_text("utf-8"))


def optimisers(network: Network, config: PretrainConfig) -> tuple[list[Any], list[float]]:
    """Muon on the hidden matrices, AdamW on embeddings and norms; and their peak learning rates."""
    import torch

    hidden = [p for n, p in network.named_parameters() if p.dim() == 2 and "embed" not in n]
    rest = [p for n, p in network.named_parameters() if p.dim() != 2 or "embed" in n]
    muon = torch.optim.Muon(hidden, lr=config.muon_rate, weight_decay=config.weight_decay, momentum=0.95)
    adam = torch.optim.AdamW(rest, lr=config.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    return [muon, adam], [config.rate * config.muon_rate, config.rate * config.adam_rate]
