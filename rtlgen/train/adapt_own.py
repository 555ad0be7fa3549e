"""How a model of rtlgen's own kind is loaded, measured, fitted and its choice of lines tuned, for `rtlgen.train.adapt`.

Try: ``rtlgen train adapt --model run/model``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rtlgen.train import adapt_fit, adapt_measure
from rtlgen.train.adapt_choice import Case, Tuned, tune
from rtlgen.train.adapt_fit import FitConfig, Trainable
from rtlgen.train.adapt_measure import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rtlgen.core.settings import Settings
    from rtlgen.core.store import RunFolder
    from rtlgen.retrieval.index import Index
    from rtlgen.train.adapt_split import Place
    from rtlgen.train.packing import Packed

Talk = Callable[[str], None]
NOTHING = Tuned(None, 0, 0.0, 0.0, 0.0, 0.0)
"""No correction, no lines."""


class Learner(Protocol):
    """What an adaptation asks of a kind of model; a subject is a loaded model, with what goes with it."""

    def load(self, adapter: Path | None) -> Any:
        """The model, with an adapter's folder merged in."""
        ...

    def predict(
        self, subject: Any, places: Sequence[Place], run: RunFolder, journal: str, talk: Talk
    ) -> list[dict[str, Any]]:
        """As `adapt_measure.predict`."""
        ...

    def bits(self, subject: Any, places: Sequence[Place]) -> tuple[float, float, int]:
        """As `adapt_measure.bits_per_byte`."""
        ...

    def begin(self, paths: Sequence[str], config: FitConfig) -> tuple[Trainable, list[Packed]]:
        """The trainable deltas, at zero, and the training sequences of the files `paths`."""
        ...

    def save(self, folder: Path, trained: Trainable, record: Mapping[str, Any]) -> None:
        """Write the adapter's folder."""
        ...


@dataclass
class OwnLearner:
    """A model folder of rtlgen's own kind, in one repository."""

    base: Path
    index: Index
    settings: Settings

    def load(self, adapter: Path | None) -> Subject:
        """The model and its ranker."""
        from rtlgen.model.chosen import load_ranker
        from rtlgen.model.default import DefaultModel

        threads = self.settings.get("model.threads")
        model = DefaultModel(self.base, threads=threads, adapter=adapter)
        return Subject(model, load_ranker(self.base, adapter))

    def predict(
        self, subject: Subject, places: Sequence[Place], run: RunFolder, journal: str, talk: Talk
    ) -> list[dict[str, Any]]:
        """The pipeline's line and the model's own."""
        return adapt_measure.predict(self.index, self.settings, subject, places, run, journal, talk=talk)

    def bits(self, subject: Subject, places: Sequence[Place]) -> tuple[float, float, int]:
        """Of the model and of its mixture."""
        return adapt_measure.bits_per_byte(self.index, self.settings, subject, places)

    def begin(self, paths: Sequence[str], config: FitConfig) -> tuple[Trainable, list[Packed]]:
        """LoRA on the network, and sequences of the length that it was trained on."""
        from rtlgen.model.network import load_network
        from rtlgen.model.tokenizer import VerilogTokenizer

        network = load_network(self.base)
        tokenizer = VerilogTokenizer(self.base / "tokenizer.json")
        length = network.config.trained_context
        data = adapt_fit.sequences(self.index.texts(), paths, tokenizer, length, config)
        return adapt_fit.Lora(network, config), data

    def save(self, folder: Path, trained: Trainable, record: Mapping[str, Any]) -> None:
        """In peft's form."""
        from rtlgen.model.adapter import save_adapter

        config, tensors = trained.config, trained.stored()
        alpha = config.alpha * config.strength
        save_adapter(folder, tensors, rank=config.rank, alpha=alpha, base=str(self.base), record=record)

    def tune(self, subject: Subject, places: Sequence[Place], run: RunFolder, talk: Talk) -> Tuned:
        """The correction of the ranker, if it has one to correct."""
        import numpy as np

        from rtlgen.complete.evidence import POOL_FEATURES

        if subject.ranker is None or not places:
            return NOTHING
        cases: list[Case] = []
        files = iter(places)

        def keep(pool: Any, wanted: str) -> None:
            right = np.array([text.split() == wanted.split() for text in pool.texts], dtype=bool)
            cases.append(Case(pool.features, right, next(files)[0]))

        adapt_measure.predict(
            self.index, self.settings, subject, places, run, "rehearsal", keep=keep, talk=talk
        )
        return tune(cases, POOL_FEATURES, subject.ranker)
