"""How much of what a place needs stands in the chunks that an embedder finds, on repositories it was not trained on.

Units, places and needed names are those of `rtlgen.train.embedder_pairs`. BM25 and the hashed embedder are measured on
the same places. It decides during training which state is kept; the study on benchmark data is `rtlgen eval retrieval`.

    rtlgen train embedder --corpus corpus/files.jsonl --out run --validation owner/name
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rtlgen.evaluate.intervals import paired_difference
from rtlgen.retrieval.dense import CountEmbedder, HashedEmbedder
from rtlgen.retrieval.lexical import Lexical, Vocabulary
from rtlgen.retrieval.query import QUERY_LINES
from rtlgen.train.embedder_pairs import Place, Unit, places_of, units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

HITS = 12
PLACES = 16
"""Places of a unit."""
UNITS = 3
"""Units of a repository at most, drawn."""


@dataclass
class Validation:
    """Units of repositories with their places. `found` keeps recalls by name of what was measured, place by place."""

    units: list[tuple[Unit, list[Place]]]
    found: dict[str, list[float]] = field(default_factory=dict)

    @classmethod
    def of(cls, repositories: Mapping[str, Mapping[str, str]], seed: int) -> Validation:
        """The same units and places for the same repositories and seed; BM25 and the hashed embedder are measured."""
        units = []
        for repository, files in sorted(repositories.items()):
            draw = random.Random(f"{seed} {repository}")
            made = list(units_of(files))
            for texts in draw.sample(made, min(UNITS, len(made))):
                unit = Unit(texts, Vocabulary())
                units.append((unit, list(places_of(unit, PLACES, draw))))
        validation = cls([(unit, places) for unit, places in units if places])
        validation.measure("hashed", HashedEmbedder())
        validation.found["bm25"] = validation._bm25()
        return validation

    def measure(self, name: str, embedder: CountEmbedder) -> float:
        """Mean share of needed names in the `HITS` best chunks of other files by `embedder`."""
        found = []
        for unit, places in self.units:
            words = unit.vocabulary.words
            vectors = embedder.embed_counts(words, unit.counts)
            for place in places:
                rows = "\n".join(unit.files[place.path].split("\n")[: place.line]).rstrip().split("\n")
                asked = [words[i] for i in place.asked]
                query = embedder.embed_query("\n".join(rows[-QUERY_LINES:]), asked)
                found.append(_held(unit, place, (vectors @ query + 2) * unit.elsewhere(place.path)))
        self.found[name] = found
        return sum(found) / len(found) if found else 0.0

    def _bm25(self) -> list[float]:
        found = []
        for unit, places in self.units:
            lexical = Lexical(unit.vocabulary, unit.counts)
            for place in places:
                scores = lexical.scores(list(place.asked))
                scores = scores[: len(unit.spans)] * unit.elsewhere(place.path)
                found.append(_held(unit, place, scores))
        return found

    def figures(self) -> dict[str, Any]:
        """Mean recalls; differences of ``trained`` with 95 % bootstrap intervals over places."""
        count = len(self.found["bm25"])
        if not count:
            return {}
        figures: dict[str, Any] = {
            f"recall_{name}": round(sum(values) / count, 4) for name, values in self.found.items()
        }
        for other in ("hashed", "bm25"):
            mean, (low, high) = paired_difference(self.found["trained"], self.found[other])
            figures[f"trained_minus_{other}"] = [round(value, 4) for value in (mean, low, high)]
        return figures | {"recall_places": count}


def _held(unit: Unit, place: Place, scores: NDArray[Any]) -> float:
    """Share of the needed names that stand in the `HITS` chunks of highest positive score."""
    import numpy as np

    best = np.argsort(-scores, kind="stable")[:HITS]
    counts = unit.counts
    held: set[int] = set()
    for number in best.tolist():
        if scores[number] > 0:
            held.update(counts.ids[int(counts.indptr[number]) : int(counts.indptr[number + 1])].tolist())
    return sum(word in held for word in place.needed) / len(place.needed)
