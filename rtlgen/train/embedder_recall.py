"""How much of what a place needs stands in the chunks that an embedder finds, on repositories it was not trained on.

Units, places and needed names are those of `rtlgen.train.embedder_pairs`. BM25 and the hashed embedder are measured on
the same places. It is a quick check during training; the study on benchmark data is `rtlgen eval retrieval`.

    rtlgen train embedder --corpus corpus/files.jsonl --out run --validation owner/name
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.evaluate.intervals import paired_difference
from rtlgen.retrieval.dense import CountEmbedder, HashedEmbedder
from rtlgen.retrieval.embedder import TrainedEmbedder
from rtlgen.retrieval.lexical import Lexical, Vocabulary
from rtlgen.retrieval.query import QUERY_LINES
from rtlgen.train.embedder_pairs import Place, Unit, places_of, units_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

HITS = 12
PLACES = 24
"""Places of a unit."""

Talk = Callable[[str], None]


def recall_of(
    folder: Path, repositories: Mapping[str, Mapping[str, str]], *, seed: int = 1, talk: Talk = lambda _: None
) -> dict[str, Any]:
    """Mean share of needed names in the 12 best chunks of other files by ``trained``, ``hashed`` and ``bm25``.

    Differences of ``trained`` come with 95 % bootstrap intervals over places.
    """
    trained, plain = TrainedEmbedder(folder), HashedEmbedder()
    found: dict[str, list[float]] = {"trained": [], "hashed": [], "bm25": []}
    for repository, files in sorted(repositories.items()):
        draw = random.Random(f"{seed} {repository}")
        for texts in units_of(files):
            for name, values in _unit_recall(Unit(texts, Vocabulary()), trained, plain, draw).items():
                found[name] += values
        talk(f"recall: {repository}, {len(found['bm25'])} places so far")
    count = len(found["bm25"])
    if not count:
        return {}
    figures: dict[str, Any] = {f"recall_{name}": sum(v) / count for name, v in found.items()}
    for other in ("hashed", "bm25"):
        mean, (low, high) = paired_difference(found["trained"], found[other])
        figures[f"trained_minus_{other}"] = [round(value, 4) for value in (mean, low, high)]
    return figures | {"recall_places": count}


def _unit_recall(
    unit: Unit, trained: TrainedEmbedder, plain: HashedEmbedder, draw: random.Random
) -> dict[str, list[float]]:
    places = list(places_of(unit, PLACES, draw))
    words = unit.vocabulary.words
    lexical = Lexical(unit.vocabulary, unit.counts)
    vectors = {"trained": trained.embed_counts(words, unit.counts)}
    vectors["hashed"] = plain.embed_counts(words, unit.counts)
    embedders: dict[str, CountEmbedder] = {"trained": trained, "hashed": plain}
    found: dict[str, list[float]] = {"trained": [], "hashed": [], "bm25": []}
    for place in places:
        allowed = unit.elsewhere(place.path)
        asked = [words[i] for i in place.asked]
        rows = unit.files[place.path].split("\n")[: place.line]
        above = "\n".join("\n".join(rows).rstrip().split("\n")[-QUERY_LINES:])
        for name, embedder in embedders.items():
            query = embedder.embed_query(above, asked)
            found[name].append(_held(unit, place, (vectors[name] @ query + 2) * allowed))
        found["bm25"].append(_held(unit, place, lexical.scores(list(place.asked)) * allowed))
    return found


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
