"""Any Hugging Face causal language model on this machine, with or without a LoRA adapter.

A folder comes first, then the Hugging Face cache; the network is asked only with `offline=False` and without
`HF_HUB_OFFLINE`. Safetensors only, no code of the model's authors, no telemetry. Decoding is the plain loop
below rather than `generate()`, so that a model's own generation settings (repetition penalty, top-k) never
change what the flags say, log-probabilities are those of the model, and the key-value cache of the last
prompt is kept: a prompt that begins like the one before is computed from where they part.

It does not mix in the continuation index (`rtlgen.model.decode` does, for the default model), heal a token
that the cursor splits, or cut prompts (`rtlgen.model.prompt.pack`).

To try it: `rtlgen complete repo/ --file alu.v --model PATH_OR_ID`
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.model.chat import Message, as_rows
from rtlgen.model.folder import check_adapter, check_model_folder, load_error
from rtlgen.model.formats import PromptFormat, format_for
from rtlgen.model.interface import Generation
from rtlgen.model.sampling import Chooser, Row

SCORE_BATCH = 8
"""Continuations scored at once: the prompt's cache is repeated so many times."""
DECODE_TAIL = 8
"""Prompt tokens decoded with the new ones: some tokenizers drop a blank at the beginning of a text."""


def load_local(
    path_or_id: str | Path,
    *,
    adapter: str | Path | None = None,
    threads: int = 1,
    offline: bool = True,
    device: str | None = None,
    keep_cache: bool = True,
) -> LocalModel:
    """Load a folder, or a model of the Hugging Face cache by id, and put the LoRA `adapter` folder on it.

    `threads` is torch's, for the whole process. `device` defaults to the GPU where there is one. Without
    `keep_cache` every prompt is computed from its beginning: slower, and the last bits of a log-probability
    do not depend on what was asked before (benchmarks want that).
    Raises `ToolError` when there is no such model, its weights are missing, damaged or a pickle, it needs
    its own code, or the adapter was made for another model.
    """
    source = _source(str(path_or_id))
    offline = offline or os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}
    import torch
    import transformers

    torch.set_num_threads(threads)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    options = {"trust_remote_code": False, "local_files_only": offline}
    with _errors(source, offline):
        transformers.AutoConfig.from_pretrained(source, **options)
    with _errors(source, offline, tokenizer=True):
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
    with _errors(source, offline):
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            source, use_safetensors=True, output_loading_info=True, **options
        )
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        # Half precision is emulated on a CPU: slower, and without kernels for part of it.
        half = device == "cpu" and model.dtype == torch.float16
        model = model.to(device, torch.float32 if half else model.dtype)
    if info["missing_keys"]:
        raise ToolError(
            f"{len(info['missing_keys'])} weights are missing, {min(info['missing_keys'])} among them",
            where=source,
            hint="copy or download the weights again",
        )
    if adapter is not None:
        model = _with_adapter(model, Path(adapter).expanduser(), source)
    name = source if adapter is None else f"{source}+{adapter}"
    return LocalModel(name, model.eval(), tokenizer, keep_cache=keep_cache)


def _source(path_or_id: str) -> str:
    """The folder to load from, checked, or the id of a model in the Hugging Face cache."""
    folder = Path(path_or_id).expanduser()
    looks_like_id = re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?", path_or_id) is not None
    if folder.exists() or not looks_like_id:
        check_model_folder(folder)
        return str(folder)
    return path_or_id


@contextlib.contextmanager
def _errors(source: str, offline: bool, *, tokenizer: bool = False) -> Iterator[None]:
    """Every way in which loading (a part of) `source` fails, as an `RtlgenError`."""
    try:
        yield
    except Exception as error:  # transformers, the hub and safetensors raise a dozen kinds for a bad folder
        if Path(source).exists() or not isinstance(error, OSError):
            raise load_error(error, source, tokenizer=tokenizer) from error
        reason = "and the network is not asked" if offline else "and it could not be downloaded"
        what = f"no folder of that name, not in the Hugging Face cache, {reason}"
        if "safetensors" in str(error):
            what = "the model is cached without safetensors weights, and a pickle is not read"
        raise ToolError(
            what,
            where=source,
            hint=f"hf download {source}  (then again; or --model FOLDER, or --model default)",
        ) from error


def _with_adapter(model: Any, folder: Path, base: str) -> Any:
    """`model` with the LoRA adapter of `folder` added into its weights."""
    check_adapter(folder, {name: tuple(p.shape) for name, p in model.named_parameters()}, base)
    import peft

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", FutureWarning
            )  # between peft and transformers, nothing for the user
            return peft.PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    except Exception as error:  # peft raises half a dozen kinds for a bad adapter
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ToolError(
            f"the adapter cannot be put on {base}: {first}", where=folder, hint="rtlgen train adapt"
        ) from error


@dataclass
class _Kept:
    """The key-value cache of the last prompt, and the prompt's tokens."""

    ids: list[int]
    cache: Any


class LocalModel:
    """A causal language model of `transformers` with its tokenizer; not safe to share between threads."""

    def __init__(self, name: str, model: Any, tokenizer: Any, *, keep_cache: bool = True) -> None:
        # The logits of the whole prompt would take more memory than the model: 2,000 x 150,000 numbers.
        takes = inspect.signature(model.forward).parameters
        self._prefill_options = {"logits_to_keep": 1} if "logits_to_keep" in takes else {}
        if "past_key_values" not in takes:
            raise ToolError(
                "the model keeps no key-value cache (a state-space model?), which is not supported here",
                where=name,
                hint="serve it, and give --endpoint URL",
            )
        self._name = name
        self._model = model
        self._tokenizer = tokenizer
        self._format = format_for(tokenizer)
        self._keep_cache = keep_cache
        self._kept: _Kept | None = None
        self._ends, self._stop_texts = self._end_tokens()
        self.context_tokens = int(getattr(model.config, "max_position_embeddings", None) or 1 << 30)
        """Positions the model was made for: prompt and completion together."""
        self.reused_tokens = 0
        """Of the last prompt: how many tokens came from the cache of the one before."""

    @property
    def name(self) -> str:
        """Folder or id, and the adapter after a plus sign."""
        return self._name

    @property
    def format(self) -> PromptFormat:
        """The layout that the tokenizer's special tokens tell."""
        return self._format

    @property
    def network(self) -> Any:
        """The `transformers` model itself, for training."""
        return self._model

    def prompt_ids(self, prompt: str) -> list[int]:
        """Token ids of a prompt as they are read: with the tokenizer's bos, without an end token."""
        return self._prompt_ids(prompt)

    def count(self, text: str) -> int:
        """Tokens of `text`, without those that the tokenizer adds by itself."""
        return len(self._ids(text, special=False))

    def complete(
        self,
        prompt: str,
        *,
        n: int = 1,
        max_new_tokens: int = 256,
        temperature: float = 0.0,
        top_p: float = 0.95,
        seed: int = 0,
        stop: Sequence[str] = (),
    ) -> list[Generation]:
        """`n` continuations of `prompt`, each cut before the first of `stop` and of the family's own ends.

        Temperature 0: the first is greedy, the others begin with the next likeliest tokens. Above: drawn
        from `seed` (`rtlgen.model.sampling.Chooser`).
        Raises `UsageError` when the prompt leaves no room in the model's positions.
        """
        import torch

        ids = self._prompt_ids(prompt)
        tail = ids[-DECODE_TAIL:]
        known = len(self._text(tail))
        stops = (*stop, *self._stop_texts)
        rows = [Row(lambda new: self._text(tail + new)[known:], self._ends, stops) for _ in range(n)]
        chooser = Chooser(n, temperature, top_p, seed)
        last = min(max_new_tokens, self.context_tokens - len(ids)) - 1
        with torch.inference_mode():
            logits = self._prefill(ids).expand(n, -1)  # (n, V)
            with self._branches(n) as cache:
                for step in range(last + 1):
                    logprobs = logits.float().log_softmax(-1)
                    chosen = chooser(logits)
                    for i, row in enumerate(rows):
                        row.add(chosen[i], float(logprobs[i, chosen[i]]))
                    if step == last or all(row.done for row in rows):
                        break
                    logits = self._forward([[token] for token in chosen], cache)[:, -1]
        return [row.generation() for row in rows]

    @property
    def chats(self) -> bool:
        """Whether the tokenizer brings a chat template."""
        return bool(getattr(self._tokenizer, "chat_template", None))

    def chat(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        max_new_tokens: int = 1024,
        temperature: float = 0.0,
        top_p: float = 0.95,
        seed: int = 0,
        stop: Sequence[str] = (),
    ) -> list[Generation]:
        """Answers to `messages` in the tokenizer's own chat template; else as `complete`.

        Raises `ToolError` when the template does not take these messages.
        """
        try:
            prompt = self._tokenizer.apply_chat_template(
                as_rows(messages), tokenize=False, add_generation_prompt=True
            )
        except Exception as error:  # templates are programs of their authors and raise what they like
            raise ToolError(
                f"the chat template does not take these messages: {str(error).splitlines()[0]}",
                where=self._name,
                hint="rtlgen generate ... --no-chat",
            ) from error
        return self.complete(
            str(prompt),
            n=n,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            stop=stop,
        )

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        """Mean log-probability per token (nats) of each continuation, tokenised apart from the prompt.

        -inf for an empty one. Raises `UsageError` when prompt and continuation exceed the model's positions.
        """
        import torch

        prompt_ids = self._prompt_ids(prompt)
        tokens = [self._ids(text, special=False) for text in continuations]
        self._check_length(len(prompt_ids) + max(map(len, tokens), default=0) - 1)
        scores: list[float] = []
        with torch.inference_mode():
            for start in range(0, len(tokens), SCORE_BATCH):
                scores += self._score_batch(prompt_ids, tokens[start : start + SCORE_BATCH])
        return scores

    def _score_batch(self, prompt_ids: list[int], batch: list[list[int]]) -> list[float]:
        longest = max(len(ids) for ids in batch)
        first = self._prefill(prompt_ids).float().log_softmax(-1)  # (V,)
        totals = [float(first[ids[0]]) if ids else 0.0 for ids in batch]
        if longest > 1:
            # Causal attention: what is padded on the right is seen by nothing that is read.
            padded = [(ids + [0] * longest)[: longest - 1] for ids in batch]
            with self._branches(len(batch)) as cache:
                logprobs = self._forward(padded, cache).float().log_softmax(-1)  # (B, L - 1, V)
            for row, ids in enumerate(batch):
                totals[row] += sum(float(logprobs[row, at, token]) for at, token in enumerate(ids[1:]))
        return [total / len(ids) if ids else float("-inf") for total, ids in zip(totals, batch, strict=True)]

    def _prefill(self, ids: list[int]) -> Any:
        """Logits (V,) after `ids`, computed from where they part from the last prompt (its cache is kept)."""
        self._check_length(len(ids))
        cache, same = None, 0
        if self._kept is not None and self._keep_cache:
            limit = min(len(ids), len(self._kept.ids)) - (len(ids) <= len(self._kept.ids))
            while same < limit and ids[same] == self._kept.ids[same]:
                same += 1
            cache = _cropped(self._kept.cache, len(self._kept.ids) - same) if same else None
        self._kept = None  # an interrupt from here on must not leave half a cache behind
        self.reused_tokens = same if cache is not None else 0
        out = self._model(
            input_ids=self._tensor([ids[self.reused_tokens :]]),
            past_key_values=cache,
            use_cache=True,
            **self._prefill_options,
        )
        self._kept = _Kept(list(ids), out.past_key_values)
        return out.logits[0, -1]

    def _forward(self, rows: list[list[int]], cache: Any) -> Any:
        """Logits (B, L, V) of token `rows` (B, L) after what `cache` holds; the cache grows by L."""
        return self._model(input_ids=self._tensor(rows), past_key_values=cache, use_cache=True).logits

    @contextlib.contextmanager
    def _branches(self, n: int) -> Iterator[Any]:
        """The last prompt's cache for `n` rows; afterwards it is the prompt's alone again, or dropped."""
        kept = self._kept
        assert kept is not None
        self._kept = None
        if n > 1:
            kept.cache.batch_repeat_interleave(n)
        yield kept.cache
        if n > 1:
            kept.cache.batch_select_indices(self._tensor([0]))
        cache = _cropped(kept.cache, kept.cache.get_seq_length() - len(kept.ids))
        self._kept = None if cache is None else kept

    def _check_length(self, tokens: int) -> None:
        if tokens >= self.context_tokens:
            raise UsageError(
                f"the prompt has {tokens} tokens and the model takes {self.context_tokens}",
                where=self._name,
                hint="rtlgen config show  (then lower model.context_tokens)",
            )

    def _prompt_ids(self, prompt: str) -> list[int]:
        """Tokens of a prompt: with the tokenizer's bos unless the text brings it, without an end token."""
        bos = self._tokenizer.bos_token
        ids = self._ids(prompt, special=not (bos and prompt.startswith(bos)))
        while ids and ids[-1] == self._tokenizer.eos_token_id:
            ids.pop()
        return ids or [self._tokenizer.bos_token_id or 0]

    def _ids(self, text: str, *, special: bool) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=special, verbose=False)["input_ids"])

    def _text(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _tensor(self, data: Any) -> Any:
        import torch

        return torch.tensor(data, device=self._model.device, dtype=torch.long)

    def _end_tokens(self) -> tuple[frozenset[int], tuple[str, ...]]:
        """Token ids that end a completion, and the family's stop strings that are no single token."""
        settings = self._model.generation_config
        listed = settings.eos_token_id if settings is not None else None
        ends = {self._tokenizer.eos_token_id, *(listed if isinstance(listed, list) else [listed])}
        texts = []
        for stop in self._format.stop:
            ids = self._ids(stop, special=False)
            if len(ids) == 1:
                ends.add(ids[0])
            else:
                texts.append(stop)
        return frozenset(int(i) for i in ends if i is not None), tuple(texts)


def _cropped(cache: Any, tokens: int) -> Any | None:
    """`cache` without its last `tokens` tokens; None when it cannot forget (a sliding window, a state)."""
    try:
        if tokens > 0:
            cache.crop(-tokens)
    except (RuntimeError, ValueError, NotImplementedError, AttributeError):
        return None
    return cache
