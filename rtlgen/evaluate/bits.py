"""Bits per byte on held-out text: the model, the mixture that completion decodes with, xz, and 5-gram models.

Every coder gives the same sampled segments (`bits_text`) a code length, having seen the other files of the repository and
the file up to the segment; the probability models sum to one over the tokens of the model's tokenizer, so that the sum of
-log2 p is a code length of the bytes (an upper bound: other token sequences for the same bytes are not counted). The
model reads in the prompts of completion (`rtlgen.complete.reading`). Rows are written as they are made; the same command
goes on where it was stopped. What the figures mean: docs/eval-bits.md.

Try: ``rtlgen eval bits --data dev.jsonl --corpus files.jsonl --out bits``
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.bits_text import Repositories, Segment, read_repositories, sample
from rtlgen.evaluate.journal import Journal, fingerprint

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.evaluate.bits_ngram import CountedGrams
    from rtlgen.evaluate.bits_report import BitsReport
    from rtlgen.model.default import DefaultModel

CODERS = ("model", "mixture", "mixture-near", "xz", "5-gram", "5-gram+repository")
"""In the order of the table. The first three read together, and so do the last two."""
_GROUPS = {
    "model": ("model", "mixture", "mixture-near"),
    "xz": ("xz",),
    "ngram": ("5-gram", "5-gram+repository"),
}
VERSION = 1
"""Of what a row means; rows of another one are not mixed."""


@dataclass(frozen=True)
class BitsConfig:
    """What is measured on what."""

    data: Path
    corpus: Path | None = None
    """Training text of the 5-gram models; without it they are left out."""
    out: Path | None = None
    """Folder of the rows and of the token cache; None: nothing is kept."""
    coders: tuple[str, ...] = CODERS
    repositories: tuple[str, ...] = ()
    share: int = 32_000
    """Bytes of each repository."""
    size: int = 2_500
    """Bytes of a segment."""
    limit: int | None = None
    """Most segments, the first of each repository in turn."""
    seed: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)


def evaluate(config: BitsConfig, progress: Callable[[str, int, int], None] | None = None) -> BitsReport:
    """Measure; raises `UsageError` for unusable data. `progress` takes a name, what is done, and of how many."""
    from rtlgen.evaluate.bits_report import report

    unknown = [name for name in config.coders if name not in CODERS]
    if unknown or not config.coders:
        raise UsageError(
            f"no coder '{unknown[0]}'" if unknown else "no coder is left", hint=f"one of: {', '.join(CODERS)}"
        )
    repositories = read_repositories(config.data, only=config.repositories)
    segments = _limited(sample(repositories, config.share, config.size, config.seed), config.limit)
    bench = _Bench(config, repositories)
    rows: list[dict[str, Any]] = [{**asdict(segment), "tokens": None, "bits": {}} for segment in segments]
    for group in bench.groups:
        found = _coded(bench, group, segments, progress)
        for row, part in zip(rows, found, strict=True):
            row["bits"].update({k: v for k, v in part["bits"].items() if k in bench.coders})
            row["tokens"] = row["tokens"] or part["tokens"]
    return report(rows, bench.coders, {group: bench.made_from(group) for group in bench.groups}, config.seed)


def _coded(
    bench: _Bench,
    group: str,
    segments: Sequence[Segment],
    progress: Callable[[str, int, int], None] | None,
) -> list[dict[str, Any]]:
    """The rows of a group of coders, those of an earlier run among them."""
    made_from = bench.made_from(group)
    out = bench.config.out
    if out is None:
        return list(_rows(bench, group, segments, {}, progress))
    # what rows depend on is part of the name: one folder serves several models
    path = out / f"bits-{group}-{fingerprint(made_from)[:8]}.jsonl"
    rows = []
    with Journal(path, "bits", made_from) as journal:
        done = {row["id"]: row for _, row in journal.rows}
        for row in _rows(bench, group, segments, done, progress):
            if row["id"] not in done:
                journal.add(row)
            rows.append(row)
    return rows


def _limited(segments: Sequence[Segment], limit: int | None) -> list[Segment]:
    if limit is None:
        return list(segments)
    turn: dict[str, int] = {}
    numbered = []
    for segment in segments:
        turn[segment.repository] = turn.get(segment.repository, 0) + 1
        numbered.append((turn[segment.repository], segment.repository, segment))
    kept = {entry[2] for entry in sorted(numbered, key=lambda entry: entry[:2])[:limit]}
    return [segment for segment in segments if segment in kept]


def _rows(
    bench: _Bench,
    group: str,
    segments: Sequence[Segment],
    done: Mapping[str, Any],
    progress: Callable[[str, int, int], None] | None,
) -> Iterator[dict[str, Any]]:
    for number, segment in enumerate(segments, 1):
        yield done.get(segment.id) or bench.code(group, segment)
        if progress is not None:
            progress(f"{group} segments", number, len(segments))


class _Bench:
    """The coders, each made when it is first needed; what a repository's segments share is kept."""

    def __init__(self, config: BitsConfig, repositories: Repositories) -> None:
        from rtlgen.core.settings import load_settings

        self.config = config
        self.repositories = repositories
        self.coders = tuple(
            name
            for name in CODERS
            if name in config.coders and (config.corpus is not None or not name.startswith("5-gram"))
        )
        if not self.coders:
            raise UsageError("the 5-gram models need a corpus", hint="--corpus files.jsonl")
        self.settings: Settings = load_settings(Path.cwd(), dict(config.overrides))
        self._model: DefaultModel | None = None
        self._grams: CountedGrams | None = None
        self._encoded: tuple[str, dict[str, list[int]]] = ("", {})

    @property
    def model(self) -> DefaultModel:
        """The model whose tokens the probability models code."""
        if self._model is None:
            from rtlgen.complete.unit import unit_completer

            found = unit_completer({}, self.settings, ranked=False).model
            assert found is not None
            self._model = found
        return self._model

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups of coders that work together, those that are wanted."""
        return tuple(g for g, names in _GROUPS.items() if any(name in self.coders for name in names))

    def made_from(self, group: str) -> dict[str, Any]:
        """What the rows of a group depend on; which segments are drawn is not among it."""
        found: dict[str, Any] = {"version": VERSION, "data_sha256": _digest(self.config.data)}
        if group == "model":
            names = ("config.json", "model.safetensors", "tokenizer.json", "mixture.json")
            found["model"] = self.model.name
            folder = self.model.folder
            found["model_sha256"] = [_digest(folder / name) for name in names if (folder / name).is_file()]
            found["settings"] = {
                k: v for k, v, _ in self.settings.items() if k.startswith(("retrieval.", "model.context"))
            }
        elif group == "ngram":
            assert self.config.corpus is not None
            found["corpus_sha256"] = _digest(self.config.corpus)
            found["tokenizer_sha256"] = _digest(self.model.folder / "tokenizer.json")
        return found

    def code(self, group: str, segment: Segment) -> dict[str, Any]:
        """The row of a segment: bits by coder."""
        from rtlgen.evaluate.bits_xz import xz_bits

        started = time.monotonic()
        files = self.repositories[segment.repository]
        tokens = None
        if group == "model":
            bits, tokens = self._by_model(files, segment)
        elif group == "xz":
            bits = {"xz": xz_bits(files, segment)}
        else:
            bits = self._by_counts(files, segment)
        seconds = round(time.monotonic() - started, 2)
        return {"id": segment.id, "size": segment.size, "tokens": tokens, "bits": bits, "seconds": seconds}

    def _by_model(self, files: Mapping[str, str], segment: Segment) -> tuple[dict[str, float], int]:
        from rtlgen.complete.reading import near_index, read_with
        from rtlgen.complete.unit import unit_completer
        from rtlgen.retrieval.ngrams import TokenIndex

        completer = unit_completer(files, self.settings, ranked=False)
        ids = self._ids(segment.repository)
        whole = TokenIndex([ids[path] for path in sorted(files) if path != segment.path])
        place = (segment.path, files[segment.path], segment.first)
        near = near_index(completer, *place)
        read = read_with(completer, *place, segment.last, [whole, near])
        mixed = [_bits(reading.mixed(self.model.mixture_weights)) for reading in read]
        bits = {"model": _bits(read[0].own), "mixture": mixed[0], "mixture-near": mixed[1]}
        return bits, len(read[0].ids)

    def _by_counts(self, files: Mapping[str, str], segment: Segment) -> dict[str, float]:
        from rtlgen.complete.reading import lines_from
        from rtlgen.evaluate.bits_ngram import CountedGrams, with_cache

        grams = self._trained()
        encode = self.model.tokenizer.encode
        text = files[segment.path]
        tokens = [self._border, *encode(lines_from(text, 0, segment.last))]
        first = 1 + len(encode(lines_from(text, 0, segment.first)))
        plain = grams.kneser_ney(tokens)[first:]
        ids = self._ids(segment.repository)
        others = [i for path in sorted(files) if path != segment.path for i in (self._border, *ids[path])]
        cached = with_cache(plain, tokens, first, CountedGrams(others, grams.vocabulary))
        return {"5-gram": _bits(plain), "5-gram+repository": _bits(cached)}

    @property
    def _border(self) -> int:
        """The token that stands before every file."""
        from rtlgen.model.tokenizer import FILE

        return self.model.tokenizer.special[FILE]

    def _ids(self, repository: str) -> dict[str, list[int]]:
        if self._encoded[0] != repository:
            files = self.repositories[repository]
            encode = self.model.tokenizer.encode
            self._encoded = (repository, {path: encode("\n" + files[path]) for path in files})
        return self._encoded[1]

    def _trained(self) -> CountedGrams:
        if self._grams is None:
            import numpy as np

            from rtlgen.evaluate.bits_ngram import CountedGrams

            assert self.config.corpus is not None
            tokenizer = self.model.tokenizer
            parts: list[Any] = []
            corpus = read_repositories(self.config.corpus)
            for repository in sorted(corpus):
                files = corpus[repository]
                for ids in tokenizer.encode_many(["\n" + files[path] for path in sorted(files)]):
                    parts += [np.array([self._border, *ids], dtype=np.int64)]
            self._grams = CountedGrams(np.concatenate(parts), tokenizer.size)
        return self._grams


def _bits(probabilities: Any) -> float:
    import numpy as np

    return round(float(-np.log(np.maximum(probabilities, 1e-300)).sum() / math.log(2)), 3)


def _digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise UsageError("cannot read the file", where=path) from error
    return digest.hexdigest()
