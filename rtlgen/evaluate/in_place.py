"""Do shown lines hold in place? Completion with its check, on the units of a benchmark laid out as repositories.

For every record the unit's files are written to a folder, the hidden line is taken out of its file, and completion is
asked as an editor would ask. What follows the line is known when another record of the unit holds the whole file;
else the file ends at the cursor. Only what is shown counts: candidates that break the build are dropped before. It
scores no text apart from exact match before and after the check.

    rtlgen eval rtl-repo --data dev.jsonl --limit 800 --check 200
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rtlgen.evaluate.intervals import Interval, wilson
from rtlgen.evaluate.metrics import exact_match
from rtlgen.evaluate.rtl_repo_records import Record

if TYPE_CHECKING:
    from rtlgen.complete.engine import Engine
    from rtlgen.complete.request import CompletionResult

STATUSES = ("clean", "warned", "unchecked")


@dataclass(frozen=True)
class Shares:
    """Candidates shown and what the check said of them, in percent; `holds`: clean or warned, with its interval."""

    shown: int
    holds: float
    interval: Interval
    clean: float
    warned: float
    unchecked: float


@dataclass(frozen=True)
class InPlace:
    """What the check said of the lines shown at `places` places."""

    places: int
    whole_files: int
    """Places whose file is known beyond the cursor."""
    nothing: int
    """Places where no candidate held."""
    dropped: int
    """Candidates that broke the build and were not shown."""
    best: Shares
    """Of the best candidate of every place."""
    every: Shares
    """Of all candidates shown."""
    exact_unchecked: float
    """Exact match in percent of the best candidate without the check."""
    exact_checked: float
    """Exact match in percent of the best candidate with it."""


def check_in_place(
    records: Sequence[Record],
    overrides: Mapping[str, Any],
    progress: Callable[[str, int, int], None] | None = None,
) -> InPlace:
    """Complete every record's line with the check and count what it says of the candidates that are shown.

    Raises what loading the model raises.
    """
    by_unit: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_unit[record.unit].append(record)
    kept: dict[str, Any] = {}
    best: Counter[str] = Counter()
    every: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    done = 0
    for unit in sorted(by_unit):
        whole = _files_of(by_unit[unit])
        for record, result, bare, known in _completed(by_unit[unit], whole, overrides, kept):
            totals["whole"] += known
            totals["dropped"] += len(result.dropped)
            totals["bare"] += exact_match(_first(bare), record.next_line)
            totals["checked"] += exact_match(_first(result), record.next_line)
            statuses = [c.check.status for c in result.candidates if c.check is not None]
            every.update(statuses)
            best.update(statuses[:1])
            totals["nothing"] += not statuses
            done += 1
            if progress is not None:
                progress("check in place", done, len(records))
    count = max(1, len(records))
    return InPlace(
        places=len(records),
        whole_files=totals["whole"],
        nothing=totals["nothing"],
        dropped=totals["dropped"],
        best=_shares(best),
        every=_shares(every),
        exact_unchecked=round(100 * totals["bare"] / count, 2),
        exact_checked=round(100 * totals["checked"] / count, 2),
    )


def _files_of(records: Sequence[Record]) -> dict[str, str]:
    """The whole files of a unit, as far as its records' contexts hold them."""
    whole: dict[str, str] = {}
    for record in records:
        whole.update(record.files)
    return whole


def _completed(
    records: Sequence[Record], whole: Mapping[str, str], overrides: Mapping[str, Any], kept: dict[str, Any]
) -> Iterator[tuple[Record, CompletionResult, CompletionResult, bool]]:
    """Each record with its completion, the one without the check, and whether its file is known beyond the cursor."""
    from rtlgen.complete.engine import Engine
    from rtlgen.complete.request import CompletionRequest

    with tempfile.TemporaryDirectory(prefix="rtlgen-") as folder:
        root = Path(folder)
        own = {record.file_path: record.prefix for record in records}
        for path, text in {**own, **whole}.items():
            if not _below(path):
                continue
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode("utf-8", "surrogateescape"))
        engine = Engine.open(root, overrides=dict(overrides))
        _reuse(engine, kept)
        for record in records:
            if not _below(record.file_path):
                continue
            begun = record.prefix + record.next_line
            text = whole.get(record.file_path, "")
            known = text.startswith(begun)
            after = text[len(begun) :] if known else ""
            line = record.prefix.count("\n") + 1
            asked = CompletionRequest(
                record.file_path,
                record.prefix + after,
                line=line,
                column=1,
                n=int(engine.settings.get("complete.n")),
            )
            bare = CompletionRequest(asked.path, asked.text, line=line, column=1, n=1, check=False)
            yield record, engine.complete(asked), engine.complete(bare), known


def _below(path: str) -> bool:
    """May a file of that path be written below a folder?"""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _reuse(engine: Engine, kept: dict[str, Any]) -> None:
    """Load the model once for all units."""
    if "model" not in kept:
        kept["model"] = engine.model
    engine.__dict__["model"] = kept["model"]


def _first(result: CompletionResult) -> str:
    return result.candidates[0].text if result.candidates else ""


def _shares(counts: Counter[str]) -> Shares:
    shown = counts.total()
    share = {status: round(100 * counts[status] / max(1, shown), 2) for status in STATUSES}
    held = counts["clean"] + counts["warned"]
    low, high = wilson(held, shown)
    return Shares(
        shown, round(100 * held / max(1, shown), 2), (round(100 * low, 2), round(100 * high, 2)), **share
    )


def as_text(found: InPlace) -> str:
    """The figures as a short table."""
    rows = ["in place          shown  holds  95 %          clean  warned  unchecked"]
    for name, shares in (("best candidate", found.best), ("all candidates", found.every)):
        low, high = shares.interval
        rows.append(
            f"{name:<16} {shares.shown:>6} {shares.holds:>6.2f}  {low:>5.1f}..{high:<5.1f}"
            f" {shares.clean:>6.2f} {shares.warned:>7.2f} {shares.unchecked:>10.2f}"
        )
    rows.append(
        f"{found.places} places ({found.whole_files} with the rest of the file), {found.nothing} without a candidate;"
        f" {found.dropped} candidates broke the build and were not shown"
    )
    rows.append(
        f"exact match of the best: {found.exact_unchecked:.2f} without the check, {found.exact_checked:.2f} with it"
    )
    return "\n".join(rows)
