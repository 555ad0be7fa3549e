"""Which model answers: the one that ships, any Hugging Face model, or a server; and the ranker of the shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.interface import CodeModel
    from rtlgen.model.ranker import Ranker

RANKER_FILE = "ranker.npz"


def load_model(settings: Settings) -> CodeModel:
    """The model of the settings: `model.endpoint` when given, else `model.path` (``default``, a folder, or an id).

    A folder of rtlgen's own kind (`rtlgen train pretrain` writes it) is loaded like the shipped model.
    Raises `ToolError` when it cannot be loaded, `UsageError` when two are asked for.
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

    adapter = settings.get("model.adapter")
    folder = DEFAULT_FOLDER if path == "default" else settings.base("model.path") / path
    if (path == "default" or is_own(folder)) and not adapter:
        return DefaultModel(folder, threads=threads)
    from rtlgen.model.local import load_local

    if path == "default":
        return load_local(DEFAULT_FOLDER, adapter=settings.base("model.adapter") / adapter, threads=threads)
    place: str | Path = folder if folder.exists() else path
    return load_local(
        place, adapter=(settings.base("model.adapter") / adapter) if adapter else None, threads=threads
    )


def load_ranker(folder: Path) -> Ranker | None:
    """The ranker beside a model, or None when the folder has none."""
    from rtlgen.model.ranker import Ranker

    path = folder / RANKER_FILE
    return Ranker.load(path) if path.is_file() else None
