"""Completion in a repository: one engine a project, warm between calls.

The engine opens the project, its index, the model and the checker once. A request walks: place -> retrieval -> packing
-> candidates of the repository and the model -> ranking -> check in the user's build -> candidates with evidence.
A model that is not of rtlgen's own kind is asked for its own completions instead of scoring lines.

Try: ``rtlgen complete repo/ --file alu.v --line 20 --json``
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.complete.block import chain
from rtlgen.complete.checked import judge
from rtlgen.complete.external import external_candidates
from rtlgen.complete.line import LineCompleter, RankedLine, Ranking, budget_of
from rtlgen.complete.place import Place, find_place, next_line
from rtlgen.complete.pool import PoolOptions
from rtlgen.complete.request import MODES, CompletionRequest, CompletionResult
from rtlgen.core.errors import UsageError
from rtlgen.core.project import Project, load_project
from rtlgen.core.records import Candidate, RunRecord, sha256_text
from rtlgen.core.settings import Settings, load_settings
from rtlgen.model.chosen import load_model, load_ranker

if TYPE_CHECKING:
    from rtlgen.model.interface import CodeModel
    from rtlgen.retrieval.index import Index
    from rtlgen.sim.check import Checker

SPARE = 12
"""Candidates ranked behind the wanted ones that may replace those that break."""


@dataclass
class Engine:
    """A project with everything loaded that completion needs."""

    project: Project
    settings: Settings

    @classmethod
    def open(
        cls, root: Path | str, *, filelists: Sequence[str] = (), overrides: dict[str, object] | None = None
    ) -> Engine:
        """The engine of the project at `root`, with settings from its files, the environment and `overrides`."""
        settings = load_settings(root, overrides)
        return cls(load_project(root, filelists=filelists, settings=settings), settings)

    @cached_property
    def model(self) -> CodeModel:
        """The model of the settings, loaded at first use."""
        return load_model(self.settings, self.project.root)

    @cached_property
    def index(self) -> Index:
        """The retrieval index, brought up to date at first use."""
        from rtlgen.retrieval.index import open_index

        return open_index(self.project, self.settings)

    @cached_property
    def checker(self) -> Checker:
        """The static checker of the project's build."""
        from rtlgen.sim.check import Checker

        return Checker(self.project)

    @cached_property
    def completer(self) -> LineCompleter:
        """Ranks lines with the shipped kind of model; with any other model it only retrieves."""
        from rtlgen.model.default import DefaultModel

        own = self.model if isinstance(self.model, DefaultModel) else None
        ranker = load_ranker(own.folder, own.adapter) if own else None
        return LineCompleter(self.index, self.settings, own, ranker, sticky=True)

    def complete(self, request: CompletionRequest) -> CompletionResult:
        """Candidates for `request`, best first, each checked in the project's build unless that is switched off."""
        if request.mode not in MODES:
            raise UsageError(f"no mode '{request.mode}'", hint=f"--mode {'|'.join(MODES)}")
        started = time.monotonic()
        place = find_place(request.text, request.path, request.line, request.column)
        completer = self.completer
        loaded = time.monotonic()
        ranking, candidates = self._candidates(request, place)
        if not candidates and request.column is None and place.partial.strip():
            place = next_line(request.text, place)  # nothing continues the typed line: the next one is wanted
            ranking, candidates = self._candidates(request, place)
        made = time.monotonic()
        dropped: list[Candidate] = []
        silent = _unsure(candidates, request.min_confidence)
        if request.check and not silent:
            candidates, dropped = judge(
                self.checker, request.path, request.text, place, candidates[: request.n + SPARE], request.n
            )
            silent = _unsure(candidates[:1], request.min_confidence)
        candidates = [] if silent else candidates[: request.n]
        column = len(place.partial) + 1
        return CompletionResult(
            path=request.path,
            line=place.line,
            column=column,
            start=place.start,
            end=place.end,
            mode=request.mode,
            model=self.model.name,
            candidates=tuple(candidates),
            dropped=tuple(dropped),
            silent=silent,
            hits=ranking.hits,
            packed=ranking.packed.explain() if ranking.packed else {},
            seconds={
                "load": round(loaded - started, 4),
                "candidates": round(made - loaded, 4),
                "check": round(time.monotonic() - made, 4),
            },
            record=self._record(request, completer),
        )

    def _candidates(self, request: CompletionRequest, place: Place) -> tuple[Ranking, list[Candidate]]:
        if self.completer.model is None:
            return external_candidates(self.completer, self.model, request, place)
        heat = request.temperature
        self.completer.options = PoolOptions(
            samples=request.n if heat > 0 else 0, temperature=heat, top_p=request.top_p, seed=request.seed
        )
        ranking = self.completer.rank(request.path, place.prefix, place.suffix, place.partial)
        if request.mode == "line":
            return ranking, [_as_candidate(line, place) for line in ranking.lines if line.text.strip()]
        chains = []
        for first in ranking.lines[: max(1, request.n)]:
            made = chain(
                first,
                place.prefix,
                request.mode,
                lambda prefix: self._next(request.path, prefix, place.suffix),
            )
            text = place.insertion("\n".join(made.lines))
            evidence = (f"{len(made.lines)} lines from {', '.join(made.sources)}", f"ended: {made.finish}")
            sure = made.probability
            chains.append(Candidate(text, sure, None, made.sources[0], evidence=evidence, probability=sure))
        return ranking, sorted(chains, key=lambda c: -c.score)

    def _next(self, path: str, prefix: str, suffix: str) -> RankedLine | None:
        lines = self.completer.rank(path, prefix, suffix).lines
        return lines[0] if lines else None

    def _record(self, request: CompletionRequest, completer: LineCompleter) -> RunRecord:
        where = f" --line {request.line}" if request.line is not None else ""
        where += f" --column {request.column}" if request.column is not None else ""
        return RunRecord(
            inputs={request.path: sha256_text(request.text)},
            tools={"model": self.model.name, "ranker": "learned" if completer.ranker else "log-probability"},
            seed=request.seed,
            limits={"context_tokens": budget_of(self.settings, self.model)},
            replay=f"rtlgen complete {self.project.root} --file {request.path}{where}"
            f" --mode {request.mode} --seed {request.seed}",
        )


def _as_candidate(line: RankedLine, place: Place) -> Candidate:
    source = line.sources[0] if line.sources else "model"
    evidence = [f"proposed by {', '.join(line.sources)}"]
    if line.probability:
        evidence.append(f"probability {line.probability:.2f}")
    return Candidate(
        place.insertion(line.text),
        line.utility,
        line.logprob,
        source,
        evidence=tuple(evidence),
        probability=line.probability or None,
    )


def _unsure(candidates: Sequence[Candidate], least: float) -> str:
    """Why to stay silent: no candidate of those whose probability is known reaches `least`. Empty: do not."""
    known = [candidate.probability for candidate in candidates if candidate.probability is not None]
    if len(known) < len(candidates) or not known or max(known) >= least:
        return ""
    return f"the best candidate has probability {max(known):.2f}, less than complete.min_confidence {least:g}"


def complete(root: Path | str, request: CompletionRequest, **options: object) -> CompletionResult:
    """One completion without keeping the engine: see `Engine`."""
    return Engine.open(root, **options).complete(request)  # type: ignore[arg-type]
