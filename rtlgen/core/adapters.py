"""Which LoRA adapter a repository has, and whether it was made for the model at hand. It opens no weights.

`rtlgen train` keeps an adapter in the store and names it in ``adapters/current.json``; ``rtlgen.json`` in the adapter's
folder has the SHA-256 of the weights that it was made for. `rtlgen.model.adapter` writes and merges adapters.

Try: ``rtlgen doctor``
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.settings import Settings
from rtlgen.core.store import LAYOUT, default_folders, write_atomic

RECORD = "rtlgen.json"
CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
CURRENT = Path(LAYOUT) / "adapters" / "current.json"
"""Where a store names the adapter of its repository."""
AUTO, OFF = "auto", "off"
"""Values of ``model.adapter`` that are no path."""
_WHOLE_FILE_BYTES = 200_000_000
"""Larger weight files are told apart by their size and their two ends."""


@dataclass(frozen=True)
class Found:
    """The adapter that a repository has: its folder, and why it cannot be used (empty when it can)."""

    folder: Path
    problem: str = ""
    base: str = ""
    """The setting ``model.path`` that it was made under."""


def fingerprint(folder: Path) -> str:
    """SHA-256 in hex of the safetensors weights in a model folder; it names the base of an adapter.

    Raises `ToolError` when there are none.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise ToolError("there is no model here", where=folder, hint="rtlgen doctor, or --model PATH_OR_ID")
    digest = hashlib.sha256()
    for path in files:
        size = path.stat().st_size
        with path.open("rb") as file:
            if size <= _WHOLE_FILE_BYTES:
                while block := file.read(1 << 20):
                    digest.update(block)
            else:
                digest.update(str(size).encode() + file.read(1 << 20))
                file.seek(-(1 << 20), 2)
                digest.update(file.read())
    return digest.hexdigest()


def read_record(folder: Path) -> dict[str, Any]:
    """Content of an adapter's ``rtlgen.json``; empty for an adapter that another program made.

    Raises `ToolError` when the folder holds no adapter or the record is damaged.
    """
    if not (folder / CONFIG).is_file():
        what = "no adapter here (no adapter_config.json)" if folder.is_dir() else "no such adapter folder"
        raise ToolError(what, where=folder, hint="rtlgen train  (makes one), or --adapter off")
    path = folder / RECORD
    if not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text("utf-8"))
        if not isinstance(record, dict):
            raise ValueError("not an object")
    except (OSError, ValueError) as error:
        raise ToolError(
            f"the adapter's record is damaged: {error}",
            where=path,
            hint="rtlgen train  (makes it again), or --adapter off",
        ) from error
    return record


def check_base(folder: Path, base: Path) -> None:
    """Raise `ToolError` unless the adapter in `folder` was made for the weights in `base`, as far as it says so."""
    record = read_record(folder)
    made_for = record.get("base_sha256")
    if made_for is not None and made_for != fingerprint(base):
        raise ToolError(
            f"the adapter was made for another model ({record.get('base', 'unknown')}, SHA-256 {str(made_for)[:12]}...), "
            f"not for {base}",
            where=folder,
            hint="rtlgen train  (adapts this model), or --adapter off",
        )


def current(root: Path, settings: Settings, base: Path) -> Found | None:
    """The adapter that `rtlgen train` kept for the repository at `root`, or None."""
    chosen = settings.path("store.dir")
    for store in (chosen,) if chosen is not None else default_folders(root):
        path = store / CURRENT
        if not path.is_file():
            continue
        try:
            folder = path.parent / str(json.loads(path.read_text("utf-8"))["adapter"])
            made_under = str(read_record(folder).get("base", ""))
            if made_under == settings.get("model.path"):
                check_base(folder, base)
        except (OSError, ValueError, KeyError, TypeError) as error:
            problem = f"the choice of the adapter is damaged: {error!r}"
            return Found(path, problem, str(settings.get("model.path")))
        except ToolError as error:
            return Found(folder, error.what, str(settings.get("model.path")))
        return Found(folder, base=made_under)
    return None


def set_current(store: Path, folder: Path | None) -> None:
    """Let completion take the adapter `folder` (below ``adapters`` of `store`) from now on, or none."""
    path = store / CURRENT
    if folder is None:
        path.unlink(missing_ok=True)
    else:
        write_atomic(path, json.dumps({"adapter": folder.relative_to(path.parent).as_posix()}) + "\n")


def adapter_of(settings: Settings, root: Path | None, base: Path) -> tuple[Path | None, str]:
    """The adapter folder that the settings ask for, and what is to be said when the repository's cannot be used.

    ``auto`` takes the one of the repository at `root`; without a root, none. A folder that is named must be there.
    Raises `UsageError` for a named folder that does not exist.
    """
    asked = settings.get("model.adapter")
    if asked in (None, OFF):
        return None, ""
    if asked == AUTO:
        found = current(root, settings, base) if root is not None else None
        if found is None or found.base != settings.get("model.path"):  # another model was chosen: no adapter
            return None, ""
        if found.problem:
            return None, f"the repository's adapter is not used: {found.problem} (next: rtlgen train)"
        return found.folder, ""
    folder = settings.path("model.adapter")
    assert folder is not None
    if not folder.is_dir():
        raise UsageError(
            "no such adapter folder", where=folder, hint="rtlgen train  (makes one), or --adapter off"
        )
    return folder, ""
