"""Completions of a model that is not of rtlgen's own kind: asked in its family's prompt, cut to the mode.

Such a model writes; the repository's own lines are offered behind its answers, never before. It is given the same
retrieved context, and text after the cursor when its family fills in the middle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rtlgen.complete.block import MAX_LINES, depth
from rtlgen.complete.line import LineCompleter, Ranking, budget_of, packed_for
from rtlgen.complete.place import Place
from rtlgen.complete.request import CompletionRequest
from rtlgen.core.records import Candidate

if TYPE_CHECKING:
    from rtlgen.model.interface import CodeModel

LINE_TOKENS = 96


def external_candidates(
    completer: LineCompleter, model: CodeModel, request: CompletionRequest, place: Place
) -> tuple[Ranking, list[Candidate]]:
    """Retrieve, pack in the model's format, sample `request.n` answers, and append the repository's own lines."""
    settings = completer.settings
    hits = completer.index.retrieve(
        request.path,
        place.prefix,
        place.suffix,
        settings.get("retrieval.hits"),
        settings.get("retrieval.sources"),
    )
    packed = packed_for(
        model,
        request.path,
        place.prefix + place.partial,
        place.suffix,
        hits,
        budget_of(settings, model),
    )
    line = request.mode == "line"
    made = model.complete(
        packed.text,
        n=request.n,
        max_new_tokens=LINE_TOKENS if line else request.max_new_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        seed=request.seed,
        stop=("\n",) if line and not place.lead else (),
    )
    candidates: dict[str, Candidate] = {}
    for number, generation in enumerate(made):
        text = _cut(generation.text, request.mode)
        if not text.strip() or " ".join(text.split()) in candidates:
            continue
        logprob = generation.logprob_mean
        score = math.exp(logprob) if logprob is not None else 1.0 / (1 + number)
        evidence = (f"written by {model.name}",)
        text = place.lead + place.in_file(text)
        candidates[" ".join(text.split())] = Candidate(text, 1 + score, logprob, "model", evidence=evidence)
    ranking = completer.rank(request.path, place.prefix, place.suffix, place.partial)
    if line:
        for number, own in enumerate(ranking.lines[:SPARE_LINES]):
            text = place.insertion(own.text)
            candidates.setdefault(
                " ".join(text.split()),
                Candidate(
                    text,
                    1.0 / (2 + number),
                    None,
                    own.sources[0],
                    evidence=(f"proposed by {own.sources[0]}",),
                ),
            )
    ordered = sorted(candidates.values(), key=lambda c: -c.score)
    return Ranking(ranking.lines, tuple(hits), packed), ordered


SPARE_LINES = 8
"""Lines of the repository offered behind the model's."""


def _cut(text: str, mode: str) -> str:
    """The part of a generation that the mode asks for."""
    if mode == "line":
        return next((line for line in text.split("\n") if line.strip()), "")
    kept: list[str] = []
    level, opened = 0, False
    for line in text.split("\n")[: MAX_LINES[mode]]:
        kept.append(line)
        level += depth(line)
        opened = opened or level > 0
        if mode == "module" and "endmodule" in line:
            break
        if mode == "block" and (level < 0 or (opened and level == 0)):
            break
    return "\n".join(kept)
