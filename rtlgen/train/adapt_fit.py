"""LoRA on a repository's own text: the training loop, with checkpoints that a killed run goes on from.

Every linear layer of the decoder, and the embedding that is also its last layer, gets W + (alpha / r) B A (Hu et al.,
arXiv 2106.09685), B zero at first; only A and B are trained, by AdamW, on sequences in the layout of completion's prompts
(`rtlgen.train.packing`). The rate warms up and falls to zero over the steps planned, or over the time allowed when that
ends sooner.

It decides nothing (`rtlgen.train.adapt`). `Lora` is for rtlgen's own models; others come with peft's
(`rtlgen.train.adapt_hugging`).

Try: ``rtlgen train adapt --rank 32 --epochs 2``
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rtlgen.core.errors import LimitError, ToolError, UsageError
from rtlgen.train.packing import FILE_WEIGHT, Packed, PackingConfig, pack

if TYPE_CHECKING:
    import torch

    from rtlgen.model.network import Network
    from rtlgen.model.tokenizer import VerilogTokenizer

Talk = Callable[[str], None]


@dataclass(frozen=True)
class FitConfig:
    """Constants of the training; see docs/algorithms/adapt.md for how they were chosen."""

    rank: int = 64
    alpha: int = 64
    strength: float = 0.5
    """Share of the fitted delta that is put on the weights of rtlgen's own models (Wortsman et al., arXiv 2109.01903)."""
    rate: float = 5e-3
    """Peak learning rate a step."""
    epochs: float = 4.0
    """Times that the text is read, at most."""
    most_tokens: int = 300_000
    """Tokens read at most, retrieved text and padding counted."""
    batch: int = 4
    """Sequences a step."""
    warmup_steps: int = 10
    fim_rate: float = 0.1
    packings: int = 2
    """Different cuts of the text into sequences."""
    checkpoint_seconds: float = 20.0
    seed: int = 1


@dataclass(frozen=True)
class Fitted:
    """What a fit read and how long it took. `stopped` says that the time ended it, not the plan."""

    steps: int
    tokens: int
    seconds: float
    loss_first: float
    """Mean training loss (nats a token) of the first tenth of the steps."""
    loss_last: float
    stopped: bool


def sequences(
    texts: Mapping[str, str], only: Sequence[str], tokenizer: VerilogTokenizer, length: int, config: FitConfig
) -> list[Packed]:
    """`config.packings` cuts of the files `only` into sequences of `length` tokens, in the prompts of completion.

    The retrieved text in them comes from these files alone, so that nothing held out is read.
    """
    files = {path: texts[path] for path in only}
    return [
        pack(
            {"repository": files},
            tokenizer,
            PackingConfig(
                length=length,
                context_tokens=length * 7 // 16,
                fim_rate=config.fim_rate,
                seed=100 * config.seed + cut,
            ),
        )
        for cut in range(config.packings)
    ]


def planned_steps(rows: int, length: int, config: FitConfig) -> int:
    """Steps of a fit on `rows` sequences of `length` tokens."""
    tokens = min(config.epochs * rows * length, config.most_tokens)
    return max(1, int(tokens / (config.batch * length)))


class Trainable(Protocol):
    """Deltas under training: their tensors by name (changed in place), and the loss of the model with them."""

    config: FitConfig
    tensors: dict[str, torch.Tensor]

    def loss(self, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Mean next-token cross-entropy (nats) of (B, T + 1) token ids under (B, T) weights."""
        ...

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take over values. Raises KeyError or RuntimeError when they do not fit."""
        ...

    def stored(self) -> dict[str, torch.Tensor]:
        """Copies of the tensors by the names of their file."""
        ...


class Lora:
    """Trainable low-rank deltas on the linear layers and the embedding of a network."""

    def __init__(self, network: Network, config: FitConfig) -> None:
        """Put A (drawn from `config.seed`) and B (zero) on every linear layer of `network`, whose weights stay."""
        import torch
        from torch.nn.utils import parametrize

        generator = torch.Generator().manual_seed(config.seed)
        self.network, self.config = network, config
        self.tensors: dict[str, torch.Tensor] = {}
        self.embeddings: list[str] = []
        for name, module in list(network.named_modules()):
            if isinstance(module, torch.nn.Linear | torch.nn.Embedding):
                outputs, inputs = module.weight.shape
                down = torch.randn(config.rank, inputs, generator=generator) * inputs**-0.5
                low = _delta(down, torch.zeros(outputs, config.rank), config.alpha / config.rank)
                parametrize.register_parametrization(module, "weight", low)
                self.tensors[f"{name}.lora_A.weight"] = low.down
                self.tensors[f"{name}.lora_B.weight"] = low.up
                if isinstance(module, torch.nn.Embedding):
                    self.embeddings.append(name)

    def loss(self, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """As `Network.loss`."""
        return self.network.loss(tokens, weights)

    def stored(self) -> dict[str, torch.Tensor]:
        """The tensors by peft's names: an embedding's are transposed and called otherwise."""
        found = {name: value.detach().clone() for name, value in self.tensors.items()}
        for name in self.embeddings:
            down, up = found.pop(f"{name}.lora_A.weight"), found.pop(f"{name}.lora_B.weight")
            found[f"{name}.lora_embedding_A"] = up.T.contiguous()
            found[f"{name}.lora_embedding_B"] = down.T.contiguous()
        return found

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take over the values of `tensors`. Raises KeyError or RuntimeError when they do not fit."""
        import torch

        with torch.no_grad():
            for name, mine in self.tensors.items():
                mine.copy_(tensors[name])


def _delta(down: torch.Tensor, up: torch.Tensor, scale: float) -> Any:
    """The parametrisation W -> W + scale B A."""
    import torch

    class Delta(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.down, self.up = torch.nn.Parameter(down), torch.nn.Parameter(up)

        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            return weight + scale * (self.up @ self.down)

    return Delta()


def fit(
    lora: Trainable,
    data: Sequence[Packed],
    checkpoint: Path,
    *,
    steps: int,
    peak: float,
    seconds: float,
    talk: Talk = lambda _: None,
) -> Fitted:
    """Train `lora` for `steps` steps at the peak rate `peak`, or until `seconds` of all calls together are over.

    `checkpoint` is written every few seconds and at the end, and gone on from when it is there. Raises `ToolError` for
    a damaged one, `UsageError` when it cannot be written.
    """
    import torch

    config = lora.config
    parameters = list(lora.tensors.values())
    optimiser = torch.optim.AdamW(parameters, lr=peak, betas=(0.9, 0.98), weight_decay=0.0)
    step, spent, losses = _resume(lora, optimiser, checkpoint)
    order = _Order(data, config)
    length = data[0].tokens.shape[1] - 1
    begun = saved = told = time.monotonic()
    while step < steps and (passed := spent + time.monotonic() - begun) < seconds:
        done = max(step / steps, passed / seconds)
        rate = peak * min(1.0, (step + 1) / config.warmup_steps, max(0.02, (1 - done) / 0.7))
        for group in optimiser.param_groups:
            group["lr"] = rate
        tokens, weights = order.batch(step)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = lora.loss(tokens, weights[:, 1:].float() / FILE_WEIGHT)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        step += 1
        now = time.monotonic()
        if now - saved > config.checkpoint_seconds:
            _save(lora, optimiser, checkpoint, step, spent + now - begun, losses)
            saved = now
        if now - told > 5:
            speed = step * config.batch * length / max(0.1, spent + now - begun)
            talk(f"training: step {step} of {steps}, loss {losses[-1]:.2f}, {speed:,.0f} tokens/s")
            told = now
    spent += time.monotonic() - begun
    _save(lora, optimiser, checkpoint, step, spent, losses)
    tenth = max(1, len(losses) // 10)
    return Fitted(
        steps=step,
        tokens=step * config.batch * length,
        seconds=round(spent, 1),
        loss_first=round(sum(losses[:tenth]) / tenth, 4) if losses else 0.0,
        loss_last=round(sum(losses[-tenth:]) / tenth, 4) if losses else 0.0,
        stopped=step < steps,
    )


class _Order:
    """Batches by step: the rows of the packings in turn, each shuffled by the seed."""

    def __init__(self, data: Sequence[Packed], config: FitConfig) -> None:
        self._data, self._config = data, config
        self._rows: list[tuple[int, int]] = []

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens and weights (batch, length + 1) of one step."""
        import numpy as np
        import torch

        size = self._config.batch
        while len(self._rows) < (step + 1) * size:
            epoch = len(self._rows)
            which = self._epochs % len(self._data)
            rng = np.random.default_rng([self._config.seed, epoch])
            self._rows += [(which, int(row)) for row in rng.permutation(len(self._data[which].tokens))]
            self._epochs += 1
        rows = self._rows[step * size : (step + 1) * size]
        tokens = np.stack([self._data[which].tokens[row] for which, row in rows]).astype(np.int64)
        weights = np.stack([self._data[which].weights[row] for which, row in rows])
        return torch.from_numpy(tokens), torch.from_numpy(weights)

    _epochs = 0


def _save(
    lora: Trainable, optimiser: Any, checkpoint: Path, step: int, spent: float, losses: Sequence[float]
) -> None:
    import io

    import torch

    from rtlgen.core.store import write_atomic

    buffer = io.BytesIO()
    state = {"step": step, "seconds": spent, "losses": list(losses)}
    tensors = {name: value.detach() for name, value in lora.tensors.items()}
    torch.save({"tensors": tensors, "optimiser": optimiser.state_dict(), "state": state}, buffer)
    try:
        write_atomic(checkpoint, buffer.getvalue())
    except UsageError as error:
        if "space" in error.what.lower():
            raise LimitError(
                f"the disk is full: {error.what}",
                where=checkpoint,
                hint="free some space, or set store.dir to another disk; the same command then goes on",
            ) from error
        raise


def _resume(lora: Trainable, optimiser: Any, checkpoint: Path) -> tuple[int, float, list[float]]:
    """Step, seconds spent and losses of a checkpoint, whose weights are taken over; zeros without one."""
    import torch

    if not checkpoint.is_file():
        return 0, 0.0, []
    try:
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        lora.load(saved["tensors"])
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]
        return int(state["step"]), float(state["seconds"]), [float(loss) for loss in state["losses"]]
    except Exception as error:  # torch raises half a dozen kinds for a damaged file
        raise ToolError(
            f"the checkpoint cannot be read: {(str(error).splitlines() or [type(error).__name__])[0][:160]}",
            where=checkpoint,
            hint=f"rm {checkpoint}  (the training of this run then begins again; nothing else is lost)",
        ) from error
