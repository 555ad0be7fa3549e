"""LoRA adapters of rtlgen's own models: written as peft writes them, bound to their base by its hash, merged when loaded.

An adapter folder holds ``adapter_config.json`` and ``adapter_model.safetensors`` (peft reads them), ``rtlgen.json`` with
the SHA-256 of the base's weights and the figures that it was kept for, and, when the choice of lines was tuned with it,
``choice.npz`` (`rtlgen.model.tuned`). W' = W + (alpha / r) B A (Hu et al., arXiv 2106.09685), also for the embedding;
merged, so that a token costs what it costs without.

It trains nothing (`rtlgen.train.adapt_fit`) and does not choose (`rtlgen.core.adapters`).

Try: ``rtlgen train`` in a repository, then ``rtlgen complete --file alu.v``
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.adapters import CONFIG, RECORD, WEIGHTS, check_base
from rtlgen.core.errors import ToolError
from rtlgen.core.store import write_atomic

if TYPE_CHECKING:
    import torch

    from rtlgen.model.network import Network

_PREFIX = "base_model.model."


def save_adapter(
    folder: Path,
    tensors: Mapping[str, torch.Tensor],
    *,
    rank: int,
    alpha: float,
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
