"""What the default model makes of the contexts of a retrieval study: bits of the hidden lines, and exact match.

Bits: the model's log-probability of the hidden line, and of the lines from it on, after the prompt that completion packs;
nothing is generated. Match: the whole pipeline's first line, by RTL-Repo's exact match. Orders of the context in the
prompt are compared here only; recall does not depend on them.

    rtlgen eval retrieval --data dev.jsonl --bits 150 --only "best first" --only none
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.complete.line import LineCompleter, budget_of, packed_for
from rtlgen.core.errors import UsageError
from rtlgen.evaluate.journal import Journal
from rtlgen.evaluate.metrics import exact_match, post_process
from rtlgen.evaluate.predictors import model_hash
from rtlgen.evaluate.retrieval_study import (
    FORMAT,
    StudyConfig,
    base_of,
    hits_of,
    indexed,
    made_already,
    settings_of,
)
from rtlgen.evaluate.retrieval_study_conditions import Condition
from rtlgen.evaluate.retrieval_study_places import StudyPlace
from rtlgen.model.default import DefaultModel
from rtlgen.model.prompt import Packed

if TYPE_CHECKING:
    from rtlgen.core.records import Hit
    from rtlgen.evaluate.rtl_repo_records import Data
    from rtlgen.model.ranker import Ranker
    from rtlgen.retrieval.index import Index

Progress = Callable[[str, int, int], None]
SCORED_TOKENS = 160
"""Tokens of the hidden lines that are scored at most."""


def model_rows(
    config: StudyConfig, data: Data, places: Sequence[StudyPlace], folder: Path, progress: Progress | None
) -> list[dict[str, Any]]:
    """Rows of bits and of match for the conditions of `config`, made or found in the folder.

    Raises UsageError when the settings name a model of another kind.
    """
    from rtlgen.model.chosen import load_model, load_ranker

    model = load_model(settings_of(Condition("", ""), config.overrides))
    if not isinstance(model, DefaultModel):
        raise UsageError(
            "bits and matches are measured with a model of rtlgen's own kind",
            hint="leave --bits and --match out for recall alone",
        )
    ranker = load_ranker(model.folder) if config.match else None
    base = base_of(config, data, "model") | {"model": model_hash(str(model.folder))}
    with Journal(folder / "model.jsonl", FORMAT, base, rows_are="these figures") as journal:
        rows = [row for _, row in journal.rows]
        for kind, count in (("bits", config.bits), ("match", config.match)):
            done = {(row["id"], row["made_from"]) for row in rows if row["kind"] == kind}
            made = made_already(places[:count], config.conditions, done)
            for place, condition, key, index in indexed(
                places[:count], config.conditions if count else (), config.overrides, done
            ):
                measured = (
                    bits(place, index, condition, model)
                    if kind == "bits"
                    else match(place, index, condition, model, ranker)
                )
                row = {"kind": kind, "id": place.record.id, "condition": condition.name, "made_from": key}
                journal.add(row | measured)
                rows.append(row | measured)
                done.add((place.record.id, key))
                made += 1
                if progress is not None:
                    progress(kind, made, count * len(config.conditions))
    return rows


def bits(place: StudyPlace, index: Index, condition: Condition, model: DefaultModel) -> dict[str, Any]:
    """Bits and tokens of the hidden line, and of the lines from it on."""
    hits = hits_of(place, index, condition)
    packed = packed_for(
        model, place.record.file_path, place.record.prefix, "", hits, budget_of(index.settings, model)
    )
    prompt = ordered(packed, condition.order, model)
    ids = model.tokenizer.encode_prompt(prompt.removesuffix("\n"))
    texts = ["\n" + place.hidden[0], "\n" + "\n".join(place.hidden)]
    encoded = [found[:SCORED_TOKENS] for found in model.tokenizer.encode_many(texts)]
    line, following = model.decoder.score(ids, encoded, sorted(model.tokenizer.newline_ids))
    return {
        "line_bits": round(-sum(line) / math.log(2), 3),
        "line_tokens": len(line),
        "next_bits": round(-sum(following[:-1]) / math.log(2), 3),
        "next_tokens": len(following) - 1,
        "prompt_tokens": packed.tokens,
    }


def match(
    place: StudyPlace, index: Index, condition: Condition, model: DefaultModel, ranker: Ranker | None
) -> dict[str, Any]:
    """Is the pipeline's first line the hidden one?"""
    completer = _Study(index, index.settings, model, ranker)
    completer.order, completer.given = condition.order, hits_of(place, index, condition)
    lines = completer.rank(place.record.file_path, place.record.prefix).lines
    text = post_process(lines[0].text) if lines else ""
    return {"match": float(exact_match(text, place.record.next_line))}


class _Study(LineCompleter):
    """Completion with given hits in a given order: what the model reads differs, not what the repository proposes."""

    order = "place"
    given: Sequence[Hit] = ()

    def _hits(self, path: str, prefix: str, suffix: str, sources: Sequence[str]) -> list[Hit]:  # noqa: ARG002
        return list(self.given)

    def pack(self, path: str, prefix: str, hits: Sequence[Hit]) -> Packed:
        """The prompt, with its context in the order of the condition."""
        packed = super().pack(path, prefix, hits)
        assert self.model is not None
        return replace(packed, text=ordered(packed, self.order, self.model))


def ordered(packed: Packed, order: str, model: DefaultModel) -> str:
    """The text of a prompt with its context in another order."""
    if order == "place":
        return packed.text
    form = model.format
    used = sorted(packed.used, key=lambda u: u.part.rank, reverse=order == "best last")
    pieces = [
        form.piece.format(
            path=u.part.path, text=u.part.text if u.part.text.endswith("\n") else u.part.text + "\n"
        )
        for u in used
    ]
    begin = form.begin.format(repo="")
    start = packed.text.removeprefix(begin)
    current = start[sum(len(piece) for piece in pieces) :]
    return begin + "".join(pieces) + current
