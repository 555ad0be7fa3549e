"""The completion pipeline on a benchmark unit: the same ranking as in a repository, on files held in memory.

A unit is a handful of files given as texts; nothing is read from or written to disk but the model. What a unit's
records share is kept between calls. The candidates are not checked: the unit is no build.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rtlgen.complete.external import LINE_TOKENS
from rtlgen.complete.line import LineCompleter, budget_of, packed_for
from rtlgen.complete.pool import PoolOptions
from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text
from rtlgen.model.chosen import load_model, load_ranker

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.default import DefaultModel
    from rtlgen.model.interface import CodeModel
    from rtlgen.model.ranker import Ranker

COPY_SOURCES = frozenset({"copy", "rename", "analogy", "template", "vocabulary"})
"""Whole-line sources that take lines that stand elsewhere, left out by ``--ablate copy``."""
_KEPT = 3

_models: dict[tuple[str, ...], CodeModel] = {}
_units: OrderedDict[tuple[Any, ...], LineCompleter] = OrderedDict()


def complete_in_unit(
    context: Mapping[str, str], path: str, prefix: str, *, options: Mapping[str, Any] | None = None
) -> str:
    """The next line after `prefix` in `path`, with the other files `context` (path -> text).

    Options: ``settings`` (`Settings`), ``without`` (retrieval sources or ``copy`` to leave out), ``model_alone``
    (the model's own greedy line, with retrieved context and without the mixture and the repository's lines).
    """
    options = dict(options or {})
    settings: Settings = options["settings"]
    prefix = prefix if not prefix or prefix.endswith("\n") else prefix + "\n"
    if options.get("model_alone"):
        return _model_alone(context, path, prefix, settings)
    ranking = unit_completer(context, settings, without=frozenset(options.get("without", ()))).rank(
        path, prefix
    )
    return ranking.lines[0].text if ranking.lines else ""


def _model_alone(context: Mapping[str, str], path: str, prefix: str, settings: Settings) -> str:
    """The greedy next line of any model, given the retrieved context that completion would give it."""
    from rtlgen.model.default import DefaultModel
    from rtlgen.retrieval.index import build_memory_index

    model = _model(settings)
    index = build_memory_index(context, settings)
    hits = index.retrieve(path, prefix, "", settings.get("retrieval.hits"), settings.get("retrieval.sources"))
    prompt = packed_for(model, path, prefix, "", hits, budget_of(settings, model)).text
    if isinstance(model, DefaultModel):
        return model.greedy_line(prompt).text
    made = model.complete(prompt, max_new_tokens=LINE_TOKENS)
    return next((line for line in made[0].text.split("\n") if line.strip()), "") if made else ""


def unit_completer(
    context: Mapping[str, str],
    settings: Settings,
    *,
    without: frozenset[str] = frozenset(),
    ranked: bool = True,
) -> LineCompleter:
    """A `LineCompleter` over the files of a unit; the last few are kept."""
    from rtlgen.retrieval.index import build_memory_index

    key = (
        tuple((p, sha256_text(t)) for p, t in sorted(context.items())),
        without,
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


def _model(settings: Settings) -> CodeModel:
    key = tuple(str(settings.get(f"model.{name}")) for name in ("path", "adapter", "endpoint"))
    if key not in _models:
        _models[key] = load_model(settings)
    return _models[key]


def _loaded(settings: Settings) -> tuple[DefaultModel, Ranker | None]:
    from rtlgen.model.default import DefaultModel

    model = _model(settings)
    if not isinstance(model, DefaultModel):
        raise UsageError(
            "the pipeline ranks with a model of rtlgen's own kind",
            hint="--predictor model for any other model",
        )
    return model, load_ranker(model.folder, model.adapter)
