"""What must hold of a model folder before its weights are opened, and what to type when it does not.

Only safetensors are read: a pickle runs whatever code its author put in it. Code shipped with a model is
never run (`trust_remote_code` is off). A LoRA adapter is held against the shapes of the model it is put on,
because a wrong base is otherwise found late or not at all.

It does not judge what the weights are good for.

To try it: `rtlgen complete repo/ --file alu.v --model FOLDER`
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rtlgen.core.errors import LimitError, RtlgenError, ToolError

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
"""File names that weights in Python's pickle format go by."""
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "tekken.json")
"""Files that a tokenizer is loaded from."""
CONVERT = (
    'python -c "from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; import sys; '
    "i, o = sys.argv[1:]; M.from_pretrained(i, use_safetensors=False).save_pretrained(o); "
    'T.from_pretrained(i).save_pretrained(o)"'
)
"""Writes the safetensors form of a pickled model (arguments IN OUT). It opens the pickle."""


def check_model_folder(folder: Path) -> None:
    """Raise `ToolError` unless `folder` holds a configuration and safetensors weights."""
    if folder.is_file():
        raise ToolError(
            "a model is a folder in Hugging Face form, this is a file",
            where=folder,
            hint=f"rtlgen complete --model {shlex.quote(str(folder.parent))} ...",
        )
    if not folder.is_dir():
        raise ToolError("no such model folder", where=folder, hint="rtlgen doctor  (or --model default)")
    check_safetensors(folder, "model*.safetensors")
    if not (folder / "config.json").is_file():
        raise ToolError(
            "the model folder has no config.json",
            where=folder,
            hint="copy config.json and the tokenizer's files from where the weights come from",
        )
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise ToolError(
            "the model folder has no tokenizer",
            where=folder,
            hint="copy tokenizer.json and tokenizer_config.json beside the weights",
        )


def check_safetensors(folder: Path, pattern: str) -> None:
    """Raise `ToolError` unless a file of `folder` matches `pattern`; name the pickle or GGUF in its place."""
    if any(folder.glob(pattern)):
        return
    pickles = sorted(p.name for kind in PICKLES for p in folder.glob(kind))
    if pickles:
        source = shlex.quote(str(folder))
        raise ToolError(
            f"the weights are a pickle ({pickles[0]}), which runs code when it is opened; "
            "only safetensors are read",
            where=folder,
            hint=f"if you trust its origin: {CONVERT} {source} {shlex.quote(str(folder) + '-safetensors')}",
        )
    if any(folder.glob("*.gguf")):
        raise ToolError(
            "the weights are GGUF, which transformers does not run here",
            where=folder,
            hint="serve them (llama-server -m FILE.gguf) and give --endpoint http://127.0.0.1:8080",
        )
    raise ToolError(
        f"no weights in the folder ({pattern})",
        where=folder,
        hint="ls " + shlex.quote(str(folder)) + "  (a clone without git-lfs leaves them out: git lfs pull)",
    )


def check_adapter(folder: Path, shapes: Mapping[str, tuple[int, ...]], base: str) -> None:
    """Raise `ToolError` unless the LoRA adapter in `folder` fits a model of parameter `shapes`."""
    config = folder / "adapter_config.json"
    if not config.is_file():
        raise ToolError("no adapter here (no adapter_config.json)", where=folder, hint=f"ls {folder}")
    check_safetensors(folder, "adapter_model*.safetensors")
    try:
        made_for = str(json.loads(config.read_text(encoding="utf-8")).get("base_model_name_or_path"))
        changes = _lora_shapes(_tensor_shapes(folder))
    except (ValueError, OSError, AttributeError) as error:
        raise ToolError(f"the adapter is damaged: {error}", where=folder, hint="copy it again") from error
    for module, shape in changes.items():
        weight = shapes.get(f"{module}.weight")
        if weight is None:
            wrong = f"it changes {module}, which this model does not have"
        elif weight not in {shape, shape[::-1]}:  # GPT-2 keeps its weights transposed
            wrong = f"{module} is {shape[0]} x {shape[1]} there and {weight[0]} x {weight[1]} here"
        else:
            continue
        raise ToolError(
            f"the adapter was made for another model ({made_for}), not for {base}: {wrong}",
            where=folder,
            hint=f"rtlgen complete --model {shlex.quote(made_for)} ...  (or without the adapter)",
        )


def _lora_shapes(tensors: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, int]]:
    """Module -> (outputs, inputs) of its weight, from lora_A (rank, inputs) and lora_B (outputs, rank)."""
    halves: dict[str, dict[str, int]] = {}
    for name, shape in tensors.items():
        module, _, half = name.removeprefix("base_model.model.").rpartition(".lora_")
        if module and half[:1] in {"A", "B"} and len(shape) == 2:
            halves.setdefault(module, {})[half[0]] = shape[1] if half[0] == "A" else shape[0]
    return {module: (sides["B"], sides["A"]) for module, sides in halves.items() if len(sides) == 2}


def _tensor_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Name -> shape of every tensor, from the headers of the files alone (8 bytes of length, then JSON)."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > path.stat().st_size:
                raise ValueError(f"{path.name} is cut off")
            header: dict[str, Any] = json.loads(file.read(length))
        shapes.update({name: tuple(t["shape"]) for name, t in header.items() if name != "__metadata__"})
    return shapes


def load_error(error: Exception, name: str, *, tokenizer: bool = False) -> RtlgenError:
    """Our error for what transformers or safetensors raised while loading `name`, or its tokenizer."""
    text = str(error).strip()
    first = text.splitlines()[0] if text else type(error).__name__
    if isinstance(error, MemoryError) or "out of memory" in text or "not enough memory" in text:
        return LimitError(
            "the model does not fit in memory", where=name, hint="a smaller --model, or --endpoint URL"
        )
    if "trust_remote_code" in text or "custom code" in text:
        return ToolError(
            "the model needs code that is shipped with it, and rtlgen does not run such code",
            where=name,
            hint="serve it where you trust it, and give --endpoint URL",
        )
    if type(error).__name__ == "SafetensorError":
        return ToolError(
            f"the weights are damaged: {first}",
            where=name,
            hint="copy or download them again  (in a clone: git lfs pull)",
        )
    if tokenizer:
        return ToolError(
            f"the tokenizer cannot be loaded: {first}",
            where=name,
            hint="copy tokenizer.json and tokenizer_config.json beside the weights",
        )
    if "does not recognize this architecture" in text or "Unrecognized configuration class" in text:
        return ToolError(
            "the model is of a kind that the installed transformers cannot run as a causal language model",
            where=name,
            hint="pip install --upgrade transformers  (or serve it, and give --endpoint URL)",
        )
    if "ignore_mismatched_sizes" in text or "size mismatch" in text:
        return ToolError(
            "the weights do not have the shapes that config.json says",
            where=name,
            hint="copy config.json from where the weights come from",
        )
    return ToolError(f"the model cannot be loaded: {first}", where=name, hint="rtlgen doctor")
