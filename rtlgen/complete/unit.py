"""The completion pipeline on a benchmark unit: the same ranking as in a repository, on files held in memory.

A unit is a handful of files given as texts; nothing is read from or written to disk but the model. What a unit's
records share is kept between calls. The candidates are not checked: the unit is no build.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rtlgen.complete.line import LineCompleter, Ranking
from rtlgen.complete.models import load_model, load_ranker
from rtlgen.complete.pool import PoolOptions
from rtlgen.core.records import sha256_text

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.default import DefaultModel
    from rtlgen.model.ranker import Ranker

COPY_SOURCES = frozenset({"copy", "rename", "analogy", "template", "vocabulary"})
"""Whole-line sources that take lines that stand elsewhere, left out by ``--ablate copy``."""
_KEPT = 3

_models: dict[tuple[str, str], tuple[DefaultModel, Ranker | None]] = {}
_units: OrderedDict[tuple[Any, ...], LineCompleter] = OrderedDict()


def complete_in_unit(
    context: Mapping[str, str], path: str, prefix: str, *, options: Mapping[str, Any] | None = None
) -> str:
    """The next line after `prefix` in `path`, with the other files `context` (path -> text).

    Options: ``settings`` (`Settings`), ``without`` (retrieval sources or ``copy`` to leave out), ``model_alone``
    (the model's own greedy line, with retrieved context and without the mixture and the repository's lines).
    """
    options = dict(options or {})
    without = frozenset(options.get("without", ()))
    completer = unit_completer(
        context, options["settings"], without=without, alone=bool(options.get("model_alone"))
    )
    prefix = prefix if not prefix or prefix.endswith("\n") else prefix + "\n"
    if options.get("model_alone"):
        model = completer.model
        assert model is not None
        hits = completer.index.retrieve(path, prefix, "", completer.settings.get("retrieval.hits"), None)
        return model.greedy_line(completer.pack(path, prefix, hits).text).text
    ranking: Ranking = completer.rank(path, prefix)
    return ranking.lines[0].text if ranking.lines else ""


def unit_completer(
    context: Mapping[str, str],
    settings: Settings,
    *,
    without: frozenset[str] = frozenset(),
    alone: bool = False,
    ranked: bool = True,
) -> LineCompleter:
    """A `LineCompleter` over the files of a unit; the last few are kept."""
    from rtlgen.retrieval.index import build_memory_index

    key = (
        tuple((p, sha256_text(t)) for p, t in sorted(context.items())),
        without,
        alone,
        ranked,
        tuple(str(v) for _, v, _ in settings.items()),
    )
    found = _units.get(key)
    if found is None:
        model, ranker = _loaded(settings)
        sources: Sequence[str] = [s for s in settings.get("retrieval.sources") if s not in without]
        found = LineCompleter(
            build_memory_index(context, settings),
            settings,
            model,
            ranker if ranked else None,
            PoolOptions(drop=COPY_SOURCES if "copy" in without else frozenset()),
            tuple(sources),
        )
        _units[key] = found
        while len(_units) > _KEPT:
            _units.popitem(last=False)
    return found


def _loaded(settings: Settings) -> tuple[DefaultModel, Ranker | None]:
    from rtlgen.core.errors import UsageError
    from rtlgen.model.default import DefaultModel

    key = (str(settings.get("model.path")), str(settings.get("model.adapter")))
    if key not in _models:
        model = load_model(settings)
        if not isinstance(model, DefaultModel):
            raise UsageError(
                "the pipeline ranks with a model of rtlgen's own kind",
                hint="--predictor model for any other model",
            )
        _models[key] = (model, load_ranker(model.folder))
    return _models[key]
