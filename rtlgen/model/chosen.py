"""Which model answers: the one that ships, any Hugging Face model, or a server; its adapter, and its ranker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.interface import CodeModel
    from rtlgen.model.ranker import Ranker

RANKER_FILE = "ranker.npz"


def load_model(settings: Settings, root: Path | None = None) -> CodeModel:
    """The model of the settings: `model.endpoint` when given, else `model.path` (``default``, a folder, or an id).

    A folder of rtlgen's own kind (`rtlgen train pretrain` writes it) is loaded like the shipped model. With `root`, the
    adapter that `rtlgen train` kept for that repository is put on it when ``model.adapter`` is ``auto``; one that was
    made for another model is left out with a line on stderr.
    Raises `ToolError` when the model or an adapter that was named cannot be loaded, `UsageError` when two models are
    asked for.
    """
    endpoint, path = settings.get("model.endpoint"), settings.get("model.path")
    threads = settings.get("model.threads")
    if endpoint:
        if (
            path != "default"
            and settings.origin("model.path") == "flag"
            and settings.origin("model.endpoint") == "flag"
        ):
            raise UsageError("two models are asked for", hint="--model PATH or --endpoint URL, not both")
        from rtlgen.model.endpoint import EndpointModel

        return EndpointModel(
            endpoint,
            model=settings.get("model.endpoint_model"),
            api_key_env=settings.get("model.api_key_env"),
        )
    from rtlgen.model.default import DEFAULT_FOLDER, DefaultModel, is_own

    folder = DEFAULT_FOLDER if path == "default" else settings.base("model.path") / Path(path).expanduser()
    adapter = _adapter(settings, root, folder)
    if path == "default" or is_own(folder):
        return DefaultModel(folder, threads=threads, adapter=adapter)
    from rtlgen.model.local import load_local

    return load_local(folder if folder.exists() else path, adapter=adapter, threads=threads)


def _adapter(settings: Settings, root: Path | None, base: Path) -> Path | None:
    """The adapter to put on the model in `base`; what cannot be used of the repository's is said on stderr."""
    from rtlgen.core.adapters import adapter_of, check_base

    adapter, note = adapter_of(settings, root, base)
    if note:
        print(f"rtlgen: {note}", file=sys.stderr)
    if adapter is not None and base.is_dir():
        check_base(adapter, base)
    return adapter


def load_ranker(folder: Path, adapter: Path | None = None) -> Ranker | None:
    """The ranker beside a model, tuned by what an adapter brings for it; None when the folder has none."""
    from rtlgen.model.ranker import Ranker
    from rtlgen.model.tuned import CHOICE_FILE, Correction, TunedRanker

    path = folder / RANKER_FILE
    if not path.is_file():
        return None
    ranker = Ranker.load(path)
    if adapter is None or not (adapter / CHOICE_FILE).is_file():
        return ranker
    return TunedRanker(ranker, Correction.load(adapter / CHOICE_FILE))
