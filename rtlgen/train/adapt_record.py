"""The outcome of an adaptation: its record, the rule by which an adapter is kept, and the record's way to JSON and back.

Kept is an adapter that lowers the model's bits per byte on the held-out files and gains at least so many points of exact
match there as were asked for (none by default: it must not fall).

Try: ``rtlgen train adapt --json``
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rtlgen.train.adapt_choice import Tuned
from rtlgen.train.adapt_fit import Fitted
from rtlgen.train.adapt_measure import Compared, Measured

TUNED = ("lines", "without", "with_it", "top_without", "top_with")
"""Fields of `Tuned` that are kept."""


@dataclass(frozen=True)
class Adapted:
    """The outcome of a run; what `--json` prints."""

    root: str
    kept: bool
    reason: str
    adapter: str | None
    """Folder of the adapter, None when it was not kept."""
    base: str
    base_sha256: str
    split: Mapping[str, Any]
    before: Measured
    after: Measured
    pipeline: Compared
    """Exact match of the pipeline, after against before."""
    model_alone: Compared
    """Exact match of the model's own greedy line."""
    fits: tuple[Fitted, ...]
    choice: Tuned
    seconds: float
    """Wall clock of all calls that made this run."""
    cpu_seconds: float
    resumed: bool


def decide(before: Measured, after: Measured, pipeline: Compared, min_gain: float) -> tuple[bool, str]:
    """Whether to keep the adapter, and why: bits per byte must fall, exact match must gain `min_gain` points."""
    if after.bits_per_byte >= before.bits_per_byte:
        return (
            False,
            f"bits per byte did not fall ({before.bits_per_byte:.3f} to {after.bits_per_byte:.3f})",
        )
    if pipeline.difference < min_gain:
        return False, f"exact match changed by {pipeline.difference:+.2f} points, wanted are {min_gain:+.2f}"
    return True, "bits per byte fell and exact match did not"


def to_json(made: Adapted) -> Any:
    """Plain JSON data of a record."""
    from rtlgen.core import records

    return records.to_json(made)


def from_json(data: Mapping[str, Any]) -> Adapted:
    """An `Adapted` of a finished run."""
    parts = dict(data)
    for key, kind in (("before", Measured), ("after", Measured)):
        values = dict(parts[key])
        values["exact_match_interval"] = tuple(values["exact_match_interval"])
        parts[key] = kind(**values)
    for key in ("pipeline", "model_alone"):
        values = dict(parts[key])
        values["interval"] = tuple(values["interval"])
        parts[key] = Compared(**values)
    parts["fits"] = tuple(Fitted(**fit) for fit in parts["fits"])
    parts["choice"] = Tuned(None, *(parts["choice"][key] for key in TUNED))
    return Adapted(**parts)
