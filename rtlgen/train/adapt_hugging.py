"""How a Hugging Face model is loaded, measured and fitted with peft, for `rtlgen.train.adapt`.

The model is asked by itself, in its family's prompt with the retrieved context that completion would give it: its greedy
next line, and the probability of stretches of held-out text. It is trained on whole files in the same layout, cut into
windows. LoRA is peft's, on all linear layers.

Try: ``rtlgen train adapt --model PATH --rank 16 --rate 2e-4``
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.adapters import RECORD
from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.evaluate.metrics import edit_similarity, exact_match, post_process
from rtlgen.train.adapt_fit import FitConfig
from rtlgen.train.packing import FILE_WEIGHT, Packed

if TYPE_CHECKING:
    import torch

    from rtlgen.core.settings import Settings
    from rtlgen.core.store import RunFolder
    from rtlgen.model.local import LocalModel
    from rtlgen.retrieval.index import Index
    from rtlgen.train.adapt_split import Place

Talk = Callable[[str], None]
WINDOW = 1024
"""Tokens of a training sequence, at most; what the model takes when that is less."""
PROMPT_TOKENS = 1024
"""Prompt budget when hidden lines are asked for."""
LINE_TOKENS = 96
STRETCH_LINES = 20
"""Lines of a held-out file whose probability is asked."""


class PeftLora:
    """peft's LoRA on a model of `transformers`, with the questions that `adapt_fit.fit` asks."""

    def __init__(self, model: Any, config: FitConfig) -> None:
        import peft
        import torch

        torch.manual_seed(config.seed)
        options = peft.LoraConfig(
            r=config.rank, lora_alpha=config.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            self.model = peft.get_peft_model(model.float(), options)
        self.config = config
        self.tensors: dict[str, torch.Tensor] = {
            name: value for name, value in self.model.named_parameters() if value.requires_grad
        }

    def loss(self, tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Mean next-token cross-entropy (nats) of (B, T + 1) ids under (B, T) weights."""
        import torch

        scores = self.model(input_ids=tokens[:, :-1]).logits.float()
        each = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
        )
        found: torch.Tensor = (each * weights.flatten()).sum() / weights.sum().clamp(min=1)
        return found

    def load(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take over the values of `tensors`."""
        import torch

        with torch.no_grad():
            for name, mine in self.tensors.items():
                mine.copy_(tensors[name])

    def stored(self) -> dict[str, torch.Tensor]:
        """The trained tensors."""
        return {name: value.detach().clone() for name, value in self.tensors.items()}


@dataclass
class HuggingLearner:
    """A model folder or id, in one repository."""

    source: str
    index: Index
    settings: Settings

    def load(self, adapter: Path | None) -> LocalModel:
        """The model on this machine."""
        from rtlgen.model.local import load_local

        return load_local(self.source, adapter=adapter, threads=self.settings.get("model.threads"))

    def predict(
        self, subject: LocalModel, places: Sequence[Place], run: RunFolder, journal: str, talk: Talk
    ) -> list[dict[str, Any]]:
        """The model's greedy line at each place, those of the journal first."""
        done = {(row["path"], row["line"]): row for row in run.steps(journal=journal)}
        rows = []
        for number, (path, line) in enumerate(places):
            row = done.get((path, line + 1))
            if row is None:
                row = self._predicted(subject, path, line)
                run.append(row, journal=journal)
            rows.append(row)
            if (number + 1) % 20 == 0:
                talk(f"{journal.partition('.')[0]}: line {number + 1} of {len(places)}")
        return rows

    def _predicted(self, model: LocalModel, path: str, line: int) -> dict[str, Any]:
        text = self.index.texts()[path].split("\n")
        made = model.complete(self._prompt(model, path, text, line), max_new_tokens=LINE_TOKENS)
        got = post_process(next((row for row in made[0].text.split("\n") if row.strip()), ""))
        wanted = text[line]
        right = exact_match(got, wanted)
        return {
            "path": path,
            "line": line + 1,
            "wanted": wanted,
            "got": got,
            "alone": got,
            "right": right,
            "alone_right": right,
            "similarity": edit_similarity(got, wanted),
        }

    def _prompt(self, model: LocalModel, path: str, text: Sequence[str], line: int) -> str:
        from rtlgen.complete.line import packed_for

        prefix = "".join(row + "\n" for row in text[:line])
        get = self.settings.get
        hits = self.index.retrieve(path, prefix, "", get("retrieval.hits"), get("retrieval.sources"))
        budget = min(PROMPT_TOKENS, model.context_tokens // 2)
        return packed_for(model, path, prefix, "", hits, budget).text

    def bits(self, subject: LocalModel, places: Sequence[Place]) -> tuple[float, float, int]:
        """Of the model, twice: no continuation index is mixed in."""
        total, size = 0.0, 0
        room = subject.context_tokens // 4
        for path, first in dict(reversed(places)).items():
            text = self.index.texts()[path].split("\n")
            rows: list[str] = []
            for row in text[first : first + STRETCH_LINES]:
                if subject.count("\n".join([*rows, row])) > room:
                    break
                rows.append(row)
            stretch = "\n".join(rows) + "\n"
            mean = subject.score(self._prompt(subject, path, text, first), [stretch])[0]
            if rows and math.isfinite(mean):
                total -= mean * subject.count(stretch) / math.log(2)
                size += len(stretch.encode("utf-8", "replace"))
        each = total / max(1, size)
        return each, each, size

    def begin(self, paths: Sequence[str], config: FitConfig) -> tuple[PeftLora, list[Packed]]:
        """LoRA by peft, and whole files in the family's layout, cut into windows."""
        import numpy as np

        subject = self.load(None)
        length = min(WINDOW, subject.context_tokens - 1)
        ids: list[int] = []
        for path in paths:
            layout = subject.format
            text = layout.clean(self.index.texts()[path])
            ids += subject.prompt_ids(
                layout.begin.format(repo="") + layout.current.format(path=path, prefix=text)
            )
        if len(ids) <= length:
            raise UsageError("there is less text than one window of the model", where=self.source)
        rows = np.array(
            [ids[start : start + length + 1] for start in range(0, len(ids) - length, length)], dtype=np.int32
        )
        weights = np.full(rows.shape, FILE_WEIGHT, dtype=np.uint8)
        quality = np.ones(len(rows), dtype=np.float32)
        return PeftLora(subject.network, config), [Packed(rows, weights, 0, quality)]

    def save(self, folder: Path, trained: Any, record: Mapping[str, Any]) -> None:
        """By peft; the record goes last."""
        import json

        folder.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trained.model.save_pretrained(str(folder), safe_serialization=True)
        write_atomic(folder / RECORD, json.dumps(dict(record), indent=1) + "\n")
