"""The retrieval study: which share of the names that a place needs stands in the context it is given.

For every place and condition the hits are packed to several budgets of tokens as a prompt packs them, and the needed
names (`rtlgen.evaluate.retrieval_study_places`) are looked up in the packed text. Conditions differ from the default in
one factor at a time, and are compared with it on the same places. The questions are those of RTLRepoCoder (arXiv
2504.08862): splitter, chunk size, embedding, whole repository. Rows are appended as they are made, and a run that was
stopped goes on. What the model makes of a context is `rtlgen.evaluate.retrieval_study_model`.

    rtlgen eval retrieval --data dev.jsonl --limit 300 --out study
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.core.records import Chunk, Hit, dump
from rtlgen.core.settings import load_settings
from rtlgen.core.store import store_dir, write_atomic
from rtlgen.evaluate.journal import Journal, fingerprint
from rtlgen.evaluate.retrieval_study_conditions import Condition
from rtlgen.evaluate.retrieval_study_places import NEXT_LINES, WINDOW_TOKENS, StudyPlace, places_of
from rtlgen.evaluate.retrieval_study_report import StudyReport, report_of
from rtlgen.evaluate.rtl_repo_records import Data, Record, read_data
from rtlgen.model.formats import FORMATS
from rtlgen.model.prompt import pack, parts_from_hits

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.retrieval.index import Index

BUDGETS = (256, 448, 1024, 2048)
"""Tokens of context, by the default model's tokenizer."""
ALL = "all"
"""The budget that all hits fit into."""
FORMAT = "rtlgen-retrieval-study"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")

Progress = Callable[[str, int, int], None]
"""Called with what is measured, rows made and rows wanted."""


@dataclass(frozen=True)
class StudyConfig:
    """One study: `conditions` on the first `limit` places of `data`, with the model on the first `bits` and `match`."""

    data: Path
    conditions: tuple[Condition, ...]
    out: Path | None = None
    """Folder of rows and report; None: ``.rtlgen/eval/retrieval/<hash of the data>``."""
    limit: int | None = 300
    bits: int = 0
    """Places whose hidden lines the model scores."""
    match: int = 0
    """Places whose next line the pipeline completes."""
    overrides: tuple[tuple[str, Any], ...] = ()
    """Settings above files and environment, of every condition."""
    seed: int = 0


def study(config: StudyConfig, progress: Progress | None = None) -> StudyReport:
    """Measure what is missing, and write ``report.json`` into the out folder.

    Raises:
        UsageError: bad data or settings, rows of other data or code, a disk that is full.
    """
    data = read_data(config.data)
    counter = line_counter()
    places = places_of(data, config.limit, counter)
    if not places:
        raise UsageError(
            "no place of the data needs a name that its prefix does not show",
            where=config.data,
            hint="rtlgen eval rtl-repo build REPO... --out dev.jsonl",
        )
    folder = config.out or _default_folder(data)
    try:
        rows = _recall_rows(config, data, places, folder, progress)
        if config.bits or config.match:
            from rtlgen.evaluate.retrieval_study_model import model_rows

            rows += model_rows(config, data, places, folder, progress)
        report = report_of(str(config.data), data.sha256, places, config.conditions, rows, config.seed)
        write_atomic(folder / "report.json", dump("eval retrieval", report.to_json()) + "\n")
    except OSError as error:
        raise UsageError(
            f"cannot write the study: {error.strerror or error}",
            where=folder,
            hint="free some space, or give another --out; the same command goes on where it stopped",
        ) from error
    return report


def _default_folder(data: Data) -> Path:
    here = Path.cwd()
    return store_dir(here, load_settings(here)) / "eval" / "retrieval" / data.sha256[:12]


def _recall_rows(
    config: StudyConfig, data: Data, places: Sequence[StudyPlace], folder: Path, progress: Progress | None
) -> list[dict[str, Any]]:
    """Rows of recall for every condition and place, made or found in the folder."""
    wanted = [condition for condition in config.conditions if condition.order == "place"]
    with Journal(
        folder / "recall.jsonl", FORMAT, base_of(config, data, "recall"), rows_are="these figures"
    ) as journal:
        rows = [row for _, row in journal.rows]
        done = {(row["id"], row["made_from"]) for row in rows}
        made = made_already(places, wanted, done)
        for place, condition, key, index in indexed(places, wanted, config.overrides, done):
            row = {"kind": "recall", "id": place.record.id, "condition": condition.name, "made_from": key}
            row |= recall(place, index, condition)
            journal.add(row)
            rows.append(row)
            done.add((place.record.id, key))
            made += 1
            if progress is not None:
                progress("recall", made, len(wanted) * len(places))
    return rows


def made_already(
    places: Sequence[StudyPlace], conditions: Sequence[Condition], done: Collection[tuple[str, str]]
) -> int:
    """How many of the wanted rows are there."""
    keys = [key_of(condition) for condition in conditions]
    return sum((place.record.id, key) in done for key in keys for place in places)


def base_of(config: StudyConfig, data: Data, what: str) -> dict[str, Any]:
    """What all rows of a file are made from."""
    import rtlgen.retrieval

    digest = hashlib.sha256()
    for path in sorted(Path(rtlgen.retrieval.__path__[0]).glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return {
        "study": what,
        "data": data.sha256,
        "retrieval": digest.hexdigest(),
        "settings": [[key, value] for key, value in config.overrides],
        "window": WINDOW_TOKENS,
        "lines": NEXT_LINES,
        "budgets": list(BUDGETS),
    }


def key_of(condition: Condition) -> str:
    """What tells a condition's rows from others'; the embedder counts by its content."""
    from rtlgen.retrieval.dense import embedder_of

    made = condition.made_from()
    named = dict(condition.settings).get("retrieval.embedder")
    embedder = embedder_of(str(named or load_settings(Path.cwd()).get("retrieval.embedder"))).key
    return fingerprint(made | {"embedder": embedder})[:16]


def indexed(
    places: Sequence[StudyPlace],
    conditions: Sequence[Condition],
    overrides: Sequence[tuple[str, Any]],
    done: Collection[tuple[str, str]],
) -> Iterator[tuple[StudyPlace, Condition, str, Index]]:
    """Places and conditions (with their keys) that have no row yet, with the index of the other files of the unit.

    The places of a file come together, and its indexes share what does not depend on the condition.
    """
    from rtlgen.retrieval.index import build_memory_index

    keyed = [(condition, key_of(condition), settings_of(condition, overrides)) for condition in conditions]
    groups: dict[tuple[str, str], list[StudyPlace]] = defaultdict(list)
    for place in places:
        groups[place.record.unit, place.record.file_path].append(place)
    for group in (groups[key] for key in sorted(groups)):
        first: Index | None = None
        for condition, key, settings in keyed:
            todo = [place for place in group if (place.record.id, key) not in done]
            if not todo:
                continue
            index = build_memory_index(group[0].record.files, settings)
            if first is None:
                first = index
            else:
                index.share(first)
            if condition.weights is not None:
                index.weights = dict(condition.weights)
            if condition.own_gap is not None:
                index.own_gap = condition.own_gap
            for place in todo:
                yield place, condition, key, index


def settings_of(condition: Condition, overrides: Sequence[tuple[str, Any]]) -> Settings:
    """The settings of a condition."""
    return load_settings(Path.cwd(), {**dict(overrides), **dict(condition.settings)})


def hits_of(place: StudyPlace, index: Index, condition: Condition) -> list[Hit]:
    """What a condition retrieves; with `whole` every file of the unit follows."""
    record, sources = place.record, condition.sources
    hits = index.retrieve(record.file_path, record.prefix, "", index.settings.get("retrieval.hits"), sources)
    if condition.whole:
        hits += [
            Hit(Chunk(path, 1, text.count("\n") + 1, text), 0.0, ("whole",))
            for path, text in sorted(record.files.items())
        ]
    return hits


def recall(place: StudyPlace, index: Index, condition: Condition) -> dict[str, Any]:
    """Shares of the needed names of the next line and of the next lines in the context, by budget; None when none is
    needed."""
    hits = hits_of(place, index, condition)
    line: dict[str, float | None] = {}
    following: dict[str, float | None] = {}
    for budget in (*BUDGETS, ALL):
        if budget == ALL:
            text = "\n".join(hit.chunk.text for hit in hits)
        else:
            text = context_of(hits, place.record, int(budget))
        names = set(_NAME.findall(text))
        line[str(budget)] = _share(place.line_names, names)
        following[str(budget)] = _share(place.next_names, names)
    return {"line": line, "next": following, "hits": len(hits)}


def context_of(hits: Sequence[Hit], record: Record, budget: int) -> str:
    """The hits packed as a prompt's context of at most `budget` tokens."""
    form, count = FORMATS["rtlgen"], line_counter()
    frame = count(form.begin) + count(form.current.format(path=record.file_path, prefix=""))
    packed = pack(parts_from_hits(hits), "", "", budget + frame, count, form, path=record.file_path)
    return "\n".join(used.part.text for used in packed.used)


def _share(needed: frozenset[str], names: set[str]) -> float | None:
    return round(len(needed & names) / len(needed), 4) if needed else None


@lru_cache(maxsize=1)
def line_counter() -> Callable[[str], int]:
    """Tokens of a text by the default model's tokenizer, remembered for lines."""
    from rtlgen.model.default import DEFAULT_FOLDER
    from rtlgen.model.tokenizer import VerilogTokenizer

    tokenizer = VerilogTokenizer(DEFAULT_FOLDER / "tokenizer.json")

    @lru_cache(maxsize=200_000)
    def of_line(line: str) -> int:
        return len(tokenizer.encode_prompt(line))

    return lambda text: of_line(text) if len(text) < 400 else len(tokenizer.encode_prompt(text))
