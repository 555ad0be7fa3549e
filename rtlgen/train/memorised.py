"""How much of its training text a model can be made to recite: the card's figure of memorisation.

Places are drawn at random from a corpus, files weighed by their length. The model is shown the path and the 100 tokens
before the place, and recites when greedy decoding gives the next 50 tokens word by word (Carlini et al., arXiv
2202.07646). The same is asked of text that it has not read: regular code is recited without having been learned, so only
the difference speaks of memory.

It asks without retrieval and without the continuation index: what the weights hold. Adapters have an audit of their
own (`rtlgen.train.audit`), which also looks for secrets.

Try: ``rtlgen train memorised --corpus corpus/files.jsonl --unread dev.jsonl --model run/model``
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text
from rtlgen.evaluate.intervals import wilson
from rtlgen.train.audit import CONTINUATION, PREFIX, Probe, ask
from rtlgen.train.packing import read_corpus

if TYPE_CHECKING:
    from rtlgen.model.default import DefaultModel


@dataclass(frozen=True)
class Memory:
    """Of `probes` continuations of one kind of text (``trained`` or ``unread``): the recited ones, bits a token."""

    kind: str
    probes: int
    recited: int
    percent: float
    interval: tuple[float, float]
    """95 %, Wilson."""
    bits: float
    repositories: int
    """Repositories of the recited continuations."""


def memorised(
    corpus: Path,
    model: Path,
    *,
    unread: Path | None = None,
    skip: Sequence[str] = (),
    probes: int = 1000,
    seed: int = 1,
    talk: Callable[[str], None] = lambda _: None,
) -> tuple[Memory, ...]:
    """Ask the model folder `model` for `probes` continuations of `corpus`, and as many of the corpus `unread`.

    Args:
        corpus: ``files.jsonl`` of the text it was trained on.
        model: a model folder of rtlgen's own kind.
        unread: ``files.jsonl`` of text that it has not read, for comparison.
        skip: repositories of `corpus` that it was not trained on.
        probes: places of each kind.
        seed: of the places.
        talk: receives progress lines.

    Raises UsageError when no file is long enough, ToolError when the model cannot be loaded.
    """
    from rtlgen.model.default import DefaultModel

    loaded = DefaultModel(model)
    found = []
    for kind, path in (("trained", corpus), ("unread", unread)):
        if path is None:
            continue
        drawn = _drawn(read_corpus(path, skip), loaded, kind, probes, seed)
        if not drawn:
            raise UsageError(
                f"no file of more than {CONTINUATION} tokens", where=path, hint="give a larger corpus"
            )
        found.append(_memory(kind, [probe for _, probe in drawn], [name for name, _ in drawn], loaded, talk))
    return tuple(found)


def _drawn(
    repositories: Mapping[str, Mapping[str, str]], model: DefaultModel, kind: str, count: int, seed: int
) -> list[tuple[str, Probe]]:
    """Repository and probe at drawn tokens; a file too short for one is drawn again, at most ten times as often."""
    source = random.Random(f"{seed}:{kind}")
    files = [(name, path) for name in sorted(repositories) for path in sorted(repositories[name])]
    weights = [len(repositories[name][path]) for name, path in files]
    made: list[tuple[str, Probe]] = []
    for name, path in source.choices(files, weights, k=10 * count):
        if len(made) == count:
            break
        ids = model.tokenizer.encode(repositories[name][path])
        if len(ids) <= CONTINUATION + 1:
            continue
        at = source.randrange(1, len(ids) - CONTINUATION)
        wanted = tuple(ids[at : at + CONTINUATION])
        before = model.format.begin + model.format.current.format(path=path, prefix="")
        seen = (*model.tokenizer.encode_prompt(before), *ids[max(0, at - PREFIX) : at])
        line = model.tokenizer.decode(ids[:at]).count("\n") + 1
        made.append((name, Probe(kind, path, line, seen, wanted, model.tokenizer.decode(wanted))))
    return made


def _memory(
    kind: str,
    probes: Sequence[Probe],
    names: Sequence[str],
    model: DefaultModel,
    talk: Callable[[str], None],
) -> Memory:
    answers = ask(model, probes, talk)
    recited = {
        (name, sha256_text(probe.text))
        for name, probe, (right, _) in zip(names, probes, answers, strict=True)
        if right
    }
    count = sum(right for right, _ in answers)
    low, high = wilson(count, len(answers))
    return Memory(
        kind=kind,
        probes=len(answers),
        recited=count,
        percent=round(100 * count / len(answers), 2),
        interval=(round(100 * low, 2), round(100 * high, 2)),
        bits=round(sum(bits for _, bits in answers) / len(answers), 3),
        repositories=len({name for name, _ in recited}),
    )
