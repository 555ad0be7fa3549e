"""LoRA adapters of rtlgen's own models: written as peft writes them, bound to their base by its hash, merged when loaded.

An adapter folder holds ``adapter_config.json`` and ``adapter_model.safetensors`` (peft reads them), ``rtlgen.json`` with
the SHA-256 of the base's weights and the figures that it was kept for, and, when the choice of lines was tuned with it,
``choice.npz`` (`rtlgen.model.tuned`). W' = W + (alpha / r) B A (Hu et al., arXiv 2106.09685), also for the embedding;
merged, so that a token costs what it costs without. The folder that completion takes by itself is named by
``adapters/current.json`` in the store.

It trains nothing (`rtlgen.train.adapt_fit`).

Try: ``rtlgen train`` in a repository, then ``rtlgen complete --file alu.v``
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.store import LAYOUT, default_folders, write_atomic

if TYPE_CHECKING:
    import torch

    from rtlgen.core.settings import Settings
    from rtlgen.model.network import Network

RECORD = "rtlgen.json"
CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
CURRENT = Path(LAYOUT) / "adapters" / "current.json"
"""Where a store names the adapter of its repository."""
AUTO, OFF = "auto", "off"
"""Values of ``model.adapter`` that are no path."""
_WHOLE_FILE_BYTES = 200_000_000
"""Larger weight files are told apart by their size and their two ends."""
_PREFIX = "base_model.model."


@dataclass(frozen=True)
class Found:
    """The adapter that a repository has: its folder, and why it cannot be used (empty when it can)."""

    folder: Path
    problem: str = ""


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


def save_adapter(
    folder: Path,
    tensors: Mapping[str, torch.Tensor],
    *,
    rank: int,
    alpha: int,
    base: str,
    record: Mapping[str, Any],
) -> None:
    """Write an adapter into the new folder `folder`; the record goes last.

    Args:
        folder: where to.
        tensors: ``<module>.lora_A.weight`` (r, inputs) and ``<module>.lora_B.weight`` (outputs, r) by module name, of
        an embedding ``<module>.lora_embedding_A`` (r, entries) and ``<module>.lora_embedding_B`` (width, r).
        rank, alpha: of LoRA; the deltas weigh alpha / rank.
        base: name of the base for people; its hash is in `record` as ``base_sha256``.
        record: content of ``rtlgen.json``.
    """
    from safetensors.torch import save

    modules = sorted({name.partition(".lora_")[0].rpartition(".")[2] for name in tensors})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "target_modules": modules,
    }
    stored = {_PREFIX + name: value.detach().contiguous() for name, value in tensors.items()}
    write_atomic(folder / CONFIG, json.dumps(config, indent=1) + "\n")
    write_atomic(folder / WEIGHTS, save(stored, metadata={"format": "pt"}))
    write_atomic(folder / RECORD, json.dumps(dict(record), indent=1) + "\n")


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


def merge(network: Network, folder: Path, base: Path) -> None:
    """Add the adapter in `folder` to the float32 weights of `network`, which come from `base`.

    Raises `ToolError` when it was made for another model, does not fit, or is damaged.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from rtlgen.model.folder import check_adapter

    check_base(folder, base)
    weights = dict(network.named_parameters())
    check_adapter(folder, {name: tuple(value.shape) for name, value in weights.items()}, str(base))
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        scale = float(config["lora_alpha"]) / float(config["r"])
        tensors = load_file(str(folder / WEIGHTS))
        with torch.no_grad():
            for name, down in tensors.items():
                if name.endswith(".lora_embedding_A"):  # (r, entries) and (width, r)
                    module = name.removeprefix(_PREFIX).removesuffix(".lora_embedding_A")
                    across = tensors[name.removesuffix("_A") + "_B"]
                    weights[f"{module}.weight"].add_(scale * (across.float() @ down.float()).T)
                elif name.endswith(".lora_A.weight"):
                    module = name.removeprefix(_PREFIX).removesuffix(".lora_A.weight")
                    up = tensors[name.replace(".lora_A.", ".lora_B.")]
                    weights[f"{module}.weight"].add_(scale * (up.float() @ down.float()))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ToolError(
            f"the adapter is damaged: {str(error)[:200]}",
            where=folder,
            hint="rtlgen train  (makes it again), or --adapter off",
        ) from error


def current(root: Path, settings: Settings, base: Path) -> Found | None:
    """The adapter that `rtlgen train` kept for the repository at `root`, or None."""
    chosen = settings.path("store.dir")
    for store in (chosen,) if chosen is not None else default_folders(root):
        path = store / CURRENT
        if not path.is_file():
            continue
        try:
            folder = path.parent / str(json.loads(path.read_text("utf-8"))["adapter"])
            check_base(folder, base)
        except (OSError, ValueError, KeyError, TypeError) as error:
            return Found(path, f"the choice of the adapter is damaged: {error!r}")
        except ToolError as error:
            return Found(folder, error.what)
        return Found(folder)
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
        if found is None:
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
