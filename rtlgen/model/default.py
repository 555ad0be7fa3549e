"""The model that ships with rtlgen, or any folder of the same kind, behind the questions completion asks.

It answers the `CodeModel` protocol like every other model, and besides proposes and scores whole lines with one reading
of the prompt, which is what makes a line cheap on a CPU. A test holds its network to `transformers`' Llama.

Try: ``rtlgen complete repo/ --file alu.v``
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import ToolError
from rtlgen.model.formats import FORMATS, PromptFormat
from rtlgen.model.interface import Generation
from rtlgen.model.mixture import read_weights
from rtlgen.model.tokenizer import EOS, FILE, VerilogTokenizer

if TYPE_CHECKING:
    from rtlgen.model.decode import Decoded
    from rtlgen.model.mixture import Mixture, MixtureWeights
    from rtlgen.retrieval.ngrams import TokenIndex

ASSETS = Path(__file__).resolve().parent.parent / "assets"
DEFAULT_FOLDER = ASSETS / "model"
SPEC_FOLDER = ASSETS / "spec"
"""The model that `rtlgen generate` asks: the default one, fine-tuned on specifications (`rtlgen train sft`)."""
LINE_TOKENS = 56
"""Most tokens of one generated line."""


@dataclass(frozen=True)
class ScoredLine:
    """A line (without its line end) and the log-probability (nats) of each of its tokens and of its end."""

    text: str
    logprobs: tuple[float, ...]


def is_own(folder: Path) -> bool:
    """Is this a model folder of rtlgen's own kind (its ``config.json`` says so)?"""
    try:
        return "rtlgen" in json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False


class DefaultModel:
    """Tokenizer and network of one folder, with the cache of the last prompt."""

    def __init__(
        self,
        folder: Path = DEFAULT_FOLDER,
        *,
        threads: int = 1,
        precise: bool = False,
        adapter: Path | None = None,
    ) -> None:
        """Load `folder`; with `precise` in float32, else in bfloat16 where the processor computes in it.

        A LoRA `adapter` is merged into the weights. Raises `ToolError` when the folder holds no model, or the adapter
        is damaged or was made for another one.
        """
        import torch

        from rtlgen.model.decode import Decoder
        from rtlgen.model.network import load_network

        if not (folder / "model.safetensors").is_file():
            raise ToolError(
                "there is no model here", where=folder, hint="rtlgen doctor, or --model PATH_OR_ID"
            )
        torch.set_num_threads(threads)
        fast = not precise and bool(torch.backends.mkldnn.is_available() and _computes_in_bfloat16())
        self.folder, self.adapter = folder, adapter
        self.tokenizer = VerilogTokenizer(folder / "tokenizer.json")
        network = load_network(folder, torch.bfloat16 if fast and adapter is None else torch.float32)
        if adapter is not None:
            from rtlgen.model.adapter import merge

            merge(network, adapter, folder)
        self.decoder = Decoder(network.to(torch.bfloat16) if fast else network)
        self._ends = sorted(
            self.tokenizer.newline_ids | {self.tokenizer.special[EOS], self.tokenizer.special[FILE]}
        )
        self._end_set = frozenset(self._ends)
        self._mixture_weights = read_weights(folder)

    @property
    def name(self) -> str:
        """Name in records: ``default`` or the folder, and the adapter after a plus sign."""
        shipped = {DEFAULT_FOLDER: "default", SPEC_FOLDER: "default for specifications"}
        base = shipped.get(self.folder, str(self.folder))
        return base if self.adapter is None else f"{base}+{self.adapter.name}"

    @property
    def format(self) -> PromptFormat:
        """The layout it was trained in."""
        return FORMATS["rtlgen"]

    def count(self, text: str) -> int:
        """Tokens of `text`."""
        return len(self.tokenizer.encode_prompt(text))

    @property
    def trained_context(self) -> int:
        """Tokens of a prompt that it is good for."""
        return self.decoder.network.config.trained_context

    @property
    def mixes(self) -> bool:
        """Has it fitted mixture weights?"""
        return self._mixture_weights.any

    @property
    def mixture_weights(self) -> MixtureWeights:
        """How much is copied where, as fitted for this model."""
        return self._mixture_weights

    def mixture(self, index: TokenIndex) -> Mixture:
        """The mixture with a continuation index over this tokenizer's ids, weighted as fitted for this model."""
        from rtlgen.model.mixture import Mixture

        return Mixture(index, self._mixture_weights)

    def _line_ended(self, ids: list[int]) -> bool:
        """A special token, or a line end after something else than line ends (each begins the next line's token)."""
        if ids[-1] not in self._end_set:
            return False
        if ids[-1] not in self.tokenizer.newline_ids:
            return True
        return any(i not in self.tokenizer.newline_ids for i in ids)

    def greedy_line(self, prompt: str, mixture: Mixture | None = None) -> Generation:
        """The most probable line after `prompt`, which ends with the line before it, without its line end."""
        ids = self._line_start(prompt)
        return self._generation(self.decoder.greedy(ids, LINE_TOKENS, self._line_ended, mixture=mixture))

    def sample_lines(
        self, prompt: str, n: int, temperature: float, top_p: float, seed: int
    ) -> list[Generation]:
        """`n` sampled lines after `prompt`."""
        import torch

        generator = torch.Generator().manual_seed(seed)
        ids = self._line_start(prompt)
        return [
            self._generation(
                self.decoder.sample(
                    ids,
                    LINE_TOKENS,
                    self._line_ended,
                    temperature=temperature,
                    top_p=top_p,
                    generator=generator,
                )
            )
            for _ in range(n)
        ]

    def _line_start(self, prompt: str) -> list[int]:
        """Ids of a prompt; the line end between it and the next line belongs to the next line's first token."""
        return self.tokenizer.encode_prompt(prompt.removesuffix("\n"))

    def _generation(self, decoded: Decoded) -> Generation:
        text = self.tokenizer.decode(decoded.ids)
        return Generation(text.lstrip("\n"), decoded.mean, len(decoded.ids), decoded.finish)

    def score_lines(self, prompt: str, lines: Sequence[str]) -> list[ScoredLine]:
        """Log-probabilities of whole next lines (with their indentation) after `prompt`."""
        encoded = [ids[:LINE_TOKENS] for ids in self.tokenizer.encode_many(["\n" + line for line in lines])]
        values = self.decoder.score(self._line_start(prompt), encoded, self._ends)
        return [ScoredLine(line, tuple(row)) for line, row in zip(lines, values, strict=True)]

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
        """As `CodeModel.complete`: the first of temperature 0 is greedy; all others step together, drawn from `seed`."""
        from rtlgen.model.branches import sample_many

        ids = self.tokenizer.encode_prompt(prompt)
        special = frozenset(self.tokenizer.special.values())

        def ended(made: list[int]) -> bool:
            if made[-1] in special:
                return True
            tail = self.tokenizer.decode(made[-24:]) if stop else ""
            return any(s in tail for s in stop)

        decoded = [] if temperature > 0 else [self.decoder.greedy(ids, max_new_tokens, ended)]
        if n > len(decoded):
            decoded += sample_many(
                self.decoder,
                ids,
                n - len(decoded),
                max_new_tokens,
                ended,
                temperature=temperature or 0.8,
                top_p=top_p,
                seed=seed,
            )
        made = []
        for one in decoded:
            text = self.tokenizer.decode(one.ids)
            cut = min((i for s in stop if (i := text.find(s)) >= 0), default=len(text))
            made.append(Generation(text[:cut], one.mean, len(one.ids), one.finish))
        return made

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        """As `CodeModel.score`: mean log-probability per token (nats); ``-inf`` for an empty continuation."""
        ids = self.tokenizer.encode_prompt(prompt)
        rows = self.decoder.score(ids, self.tokenizer.encode_many(list(continuations)), self._ends)
        return [sum(row[:-1]) / (len(row) - 1) if len(row) > 1 else float("-inf") for row in rows]


def _computes_in_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
