"""One line: gather candidates, rank them by the learned ranker, answer with probabilities.

`LineCompleter` works on any index (a project's on disk, or one in memory for a benchmark unit) and keeps what is worth
keeping between calls. It checks nothing; `rtlgen.complete.checked` does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rtlgen.complete.evidence import POOL_FEATURES
from rtlgen.complete.place import matches
from rtlgen.complete.pool import LineQuery, Pool, PoolOptions, build_pool
from rtlgen.core.records import Hit
from rtlgen.model.prompt import Packed, pack, parts_from_hits

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.default import DefaultModel
    from rtlgen.model.interface import CodeModel
    from rtlgen.model.ranker import Ranker
    from rtlgen.retrieval.continuation import Continuation
    from rtlgen.retrieval.index import Index

TOKEN_LINES = 2_500
"""Lines of other files that the token mixture looks through."""


STICKY_LINES = 12
"""Lines typed until `sticky` retrieves anew."""
EXTERNAL_CONTEXT = 4096
"""Prompt budget in tokens of a model that is not of rtlgen's own kind."""


@dataclass(frozen=True)
class RankedLine:
    """A candidate line with the ranker's probability of it being the next line."""

    text: str
    probability: float
    logprob: float | None
    sources: tuple[str, ...]
    utility: float = 0.0
    """What lines are ordered by: the probability and the expected similarity to the next line (0 to 1)."""


@dataclass(frozen=True)
class Ranking:
    """Ranked lines, best first, and what they were made from."""

    lines: tuple[RankedLine, ...]
    hits: tuple[Hit, ...] = ()
    packed: Packed | None = None
    pool: Pool | None = None


def budget_of(settings: Settings, model: CodeModel) -> int:
    """Tokens of a prompt: `model.context_tokens`, or without it what the model was trained on."""
    from rtlgen.model.default import DefaultModel

    asked: int = settings.get("model.context_tokens")
    if asked:
        return asked
    return model.trained_context if isinstance(model, DefaultModel) else EXTERNAL_CONTEXT


def packed_for(
    model: CodeModel, path: str, prefix: str, suffix: str, hits: Sequence[Hit], budget: int
) -> Packed:
    """The prompt of a place in the format of `model`, within `budget` of its tokens."""
    return pack(parts_from_hits(hits), prefix, suffix, budget, model.count, model.format, path=path)


def _apart_from(suffix: str, lines: Sequence[RankedLine]) -> list[RankedLine]:
    """Lines that stand right below the cursor already are put behind the others, their chances divided by ten."""
    below = {" ".join(line.split()) for line in suffix.split("\n", 8)[:8]}
    repeated = [line for line in lines if " ".join(line.text.split()) in below]
    fresh = [line for line in lines if line not in repeated]
    return [*fresh, *(_doubted(line) for line in repeated)]


def _doubted(line: RankedLine) -> RankedLine:
    return replace(line, probability=line.probability / 10, utility=line.utility / 10)


@dataclass
class LineCompleter:
    """Ranks candidate lines with the files of `index` as neighbours."""

    index: Index
    settings: Settings
    model: DefaultModel | None
    ranker: Ranker | None
    options: PoolOptions = field(default_factory=PoolOptions)
    sources: tuple[str, ...] | None = None
    """Retrieval sources that take part; None: those of the settings."""
    sticky: bool = False
    """Keep what was retrieved while one types on: faster, but an answer then depends on the one before."""
    _last: tuple[str, str, list[Hit]] | None = None
    _encoded: dict[str, list[int]] = field(default_factory=dict)
    _token_indexes: OrderedDict[tuple[str, ...], Any] = field(default_factory=OrderedDict)

    def rank(
        self, path: str, prefix: str, suffix: str = "", partial: str = "", *, learned: bool = True
    ) -> Ranking:
        """Candidate lines at the end of `prefix`, which ends with the line above; `partial` is already typed.

        With ``learned=False`` the pool is returned in the order of its sources (used to train the ranker).
        """
        sources = self._sources()
        hits = self._hits(path, prefix, suffix, sources)
        packed = self.pack(path, prefix, hits) if self.model is not None and self.options.model else None
        pool = build_pool(
            LineQuery(path, prefix, suffix, packed.text if packed else ""),
            self.continuation(path),
            self._modules(sources),
            self.model,
            self.options,
            lambda: self.token_index(path, hits),
            self.ranker,
        )
        lines = (
            self._ranked(pool)
            if learned
            else [RankedLine(t, 0.0, None, s) for t, s in zip(pool.texts, pool.sources, strict=True)]
        )
        lines = _apart_from(suffix, lines)
        if partial.strip():
            lines = [line for line in lines if matches(line.text, partial)]
        return Ranking(tuple(lines), tuple(hits), packed, pool)

    def _hits(self, path: str, prefix: str, suffix: str, sources: Sequence[str]) -> list[Hit]:
        """What is retrieved; with `sticky` what was for the text shortly above, so that the prompt's head stays."""
        last = self._last
        if (
            self.sticky
            and last is not None
            and last[0] == path
            and prefix.startswith(last[1])
            and prefix.count("\n", len(last[1])) <= STICKY_LINES
        ):
            return last[2]
        hits = self.index.retrieve(path, prefix, suffix, self.settings.get("retrieval.hits"), sources)
        self._last = (path, prefix, hits)
        return hits

    def _sources(self) -> tuple[str, ...]:
        return tuple(self.settings.get("retrieval.sources")) if self.sources is None else self.sources

    def _modules(self, sources: Sequence[str]) -> Mapping[str, Any]:
        return self.index.modules() if "graph" in sources else {}

    def _ranked(self, pool: Pool) -> list[RankedLine]:
        if not pool.texts:
            return []
        assert pool.features is not None
        count = len(pool.texts)
        if self.ranker is None:
            chances = [0.0] * count
            utilities = [pool.mean_logprob(i) or -float(i) for i in range(count)]
        else:
            scored = self.model is not None and self.options.model
            scores = self.ranker.scores(pool.features, POOL_FEATURES, model=scored)
            chances = [float(p) for p in scores.probabilities]
            utilities = [float(u) for u in scores.utilities]
        order = sorted(range(count), key=lambda i: (-utilities[i], i))
        return [
            RankedLine(
                pool.texts[i],
                chances[i],
                pool.mean_logprob(i),
                pool.sources[i],
                utilities[i] if self.ranker else 0.0,
            )
            for i in order
        ]

    def pack(self, path: str, prefix: str, hits: Sequence[Hit]) -> Packed:
        """The prompt up to the line above, packed for the default model."""
        assert self.model is not None
        return packed_for(self.model, path, prefix, "", hits, budget_of(self.settings, self.model))

    def continuation(self, path: str) -> Continuation:
        """The line index over the neighbours of `path`, empty when that source is left out."""
        if "continuation" in self._sources():
            return self.index.continuation(path)
        from rtlgen.retrieval.continuation import Continuation

        return Continuation({})

    def token_index(self, path: str, hits: Sequence[Hit]) -> Any:
        """The token index of the mixture: the files with hits first, at most `TOKEN_LINES` lines."""
        from rtlgen.retrieval.ngrams import TokenIndex

        assert self.model is not None
        texts = self.index.texts()
        rank = {hit.chunk.path: place for place, hit in reversed(list(enumerate(hits)))}
        chosen: list[str] = []
        room = TOKEN_LINES
        for other in sorted(self.index.neighbours(path), key=lambda p: (rank.get(p, 1000), p)):
            count = texts[other].count("\n")
            if count <= room:
                chosen.append(other)
                room -= count
        key = tuple(sorted(chosen))
        found = self._token_indexes.get(key)
        if found is None:
            for other in key:
                if other not in self._encoded:
                    self._encoded[other] = self.model.tokenizer.encode(texts[other])
            found = TokenIndex([self._encoded[p] for p in key])
            self._token_indexes[key] = found
            while len(self._token_indexes) > 4:
                self._token_indexes.popitem(last=False)
        return found
