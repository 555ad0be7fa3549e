"""Conditions of the retrieval study: the default, and what differs from it in one factor at a time.

A condition is data: settings, the sources that take part, weights of the fusion, from where the file's own text counts,
the order in the prompt. `table` names them all; `--factor` and `--only` choose.

    rtlgen eval retrieval --data dev.jsonl --factor splitter --factor chunk
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.keys import SOURCES, SPLITTERS

DEFAULT = "default"
FACTORS = ("source", "embedder", "splitter", "chunk", "hits", "own", "weights", "whole", "order", "best")
CHUNK_LINES = (8, 16, 24, 48, 96)
HITS = (4, 8, 24, 48)
OWN_GAPS = (16, 28, 40)
ORDERS = ("place", "best first", "best last")


@dataclass(frozen=True)
class Condition:
    """One way of retrieval. None of `sources` and `weights` means those of the settings and of the index."""

    name: str
    factor: str
    settings: tuple[tuple[str, Any], ...] = ()
    sources: tuple[str, ...] | None = None
    weights: tuple[tuple[str, float], ...] | None = None
    own_gap: int | None = None
    order: str = "place"
    """``place``: interfaces first, then by path, as completion lays it; or by rank."""
    whole: bool = False
    """All files of the unit behind the hits, best hits first: the whole repository when it fits."""

    def made_from(self) -> dict[str, Any]:
        """All but the name, as JSON."""
        return {key: value for key, value in asdict(self).items() if key not in ("name", "factor")}


def chunked(lines: int) -> tuple[tuple[str, Any], ...]:
    """Settings for chunks of `lines` lines that share a quarter, items of at most twice as many."""
    return (
        ("retrieval.window_lines", lines),
        ("retrieval.window_overlap", lines // 4),
        ("retrieval.item_max_lines", 2 * lines),
    )


def table(embedders: Sequence[str] = ()) -> tuple[Condition, ...]:
    """All conditions; `embedders` are folders to compare with the default embedder."""
    found = [Condition(DEFAULT, "")]
    found += [Condition(f"{source} alone", "source", sources=(source,)) for source in SOURCES]
    found += [
        Condition(f"without {source}", "source", sources=tuple(s for s in SOURCES if s != source))
        for source in SOURCES
    ]
    found += [Condition("none", "source", sources=())]
    for embedder in ("hashed", *embedders):
        setting = (("retrieval.embedder", embedder),)
        name = Path(embedder).name
        found += [Condition(f"embedder {name}", "embedder", settings=setting)]
        found += [Condition(f"dense alone, {name}", "embedder", settings=setting, sources=("dense",))]
    found += [
        Condition(f"split by {name}", "splitter", settings=(("retrieval.splitter", name),))
        for name in SPLITTERS
        if name != "both"
    ]
    found += [Condition(f"chunks of {n} lines", "chunk", settings=chunked(n)) for n in CHUNK_LINES]
    found += [Condition(f"{n} hits", "hits", settings=(("retrieval.hits", n),)) for n in HITS]
    found += [Condition(f"own text from {n} lines", "own", own_gap=n) for n in OWN_GAPS]
    found += _weighted()
    found += [Condition("whole unit", "whole", whole=True)]
    found += [Condition(order, "order", order=order) for order in ORDERS if order != "place"]
    return tuple(found)


def _weighted() -> list[Condition]:
    """Other weights of the fusion: each source doubled, and the continuation's no more than the others'."""
    from rtlgen.retrieval.rank import WEIGHTS

    found = [
        Condition(f"{source} counts double", "weights", weights=_changed(source, 2 * weight))
        for source, weight in WEIGHTS.items()
    ]
    return [*found, Condition("equal weights", "weights", weights=tuple((s, 1.0) for s in WEIGHTS))]


def _changed(source: str, weight: float) -> tuple[tuple[str, float], ...]:
    from rtlgen.retrieval.rank import WEIGHTS

    return tuple({**WEIGHTS, source: weight}.items())


def combined(settings: Sequence[str], own_gap: int | None = None) -> Condition:
    """The condition ``best``: settings as ``name=value`` under ``retrieval.`` together."""
    pairs = []
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise UsageError(f"'{setting}' is no NAME=VALUE", hint="--best window_lines=16 --best hits=24")
        pairs.append((f"retrieval.{name}", int(value) if value.isdecimal() else value))
    return Condition("best", "best", settings=tuple(pairs), own_gap=own_gap)


def chosen(
    conditions: Sequence[Condition], factors: Sequence[str], only: Sequence[str]
) -> tuple[Condition, ...]:
    """The default, and the conditions of `factors` and with a name in `only`; all without either.

    Raises UsageError for an unknown name.
    """
    names = {condition.name for condition in conditions}
    for name in only:
        if name not in names:
            raise UsageError(f"no condition '{name}'", hint=f"one of: {', '.join(sorted(names))}")
    if not factors and not only:
        return tuple(conditions)
    return tuple(c for c in conditions if c.name == DEFAULT or c.factor in factors or c.name in only)
