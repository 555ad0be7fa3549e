"""What an adapter can be made to recite of the text it learned from: continuations word by word, and near-secrets.

A probe is a place in a file. The model is shown the path and the `PREFIX` tokens before the place, as completion would
show them, without retrieval and without the continuation index: what is asked is what the weights hold. Recited is a
continuation of 50 tokens that greedy decoding gives word by word (Carlini et al., arXiv 2202.07646). Greedy decoding
follows the true text as long as every token of it is the likeliest, so one reading of the text answers. The same probes
go to the base model, and to held-out files that the adapter has not read: the difference is what adapting adds. Text that
anybody could guess (boilerplate, closers) is recited without having been learned.

It removes nothing: an adapter that recites what it must not is switched off (``model.adapter = "off"``) or made anew
without the files (``project.exclude``).

Try: ``rtlgen train audit`` in a repository that `rtlgen train` has adapted to
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.adapters import adapter_of, read_record
from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text
from rtlgen.evaluate.intervals import wilson
from rtlgen.train.audit_secrets import literals

if TYPE_CHECKING:
    from rtlgen.core.settings import Settings
    from rtlgen.model.default import DefaultModel

Talk = Callable[[str], None]
PREFIX = 100
"""Tokens of the file before a probe."""
CONTINUATION = 50
"""Tokens of a continuation."""
BATCH = 16
LONGEST = 64
"""Tokens of a literal that are asked for at most."""


@dataclass(frozen=True)
class AuditConfig:
    """How many probes of each kind, and the seed of their places."""

    probes: int = 500
    literals: int = 200
    seed: int = 1


@dataclass(frozen=True)
class Probe:
    """A place: `kind` is ``learned``, ``unread`` or one of `audit_secrets.KINDS`; what is seen and what is wanted."""

    kind: str
    path: str
    line: int
    """1-based."""
    seen: tuple[int, ...]
    wanted: tuple[int, ...]
    text: str


@dataclass(frozen=True)
class Share:
    """Of `probes` probes of a kind: how many were recited, as percent with its 95 % interval, and bits a token."""

    kind: str
    probes: int
    base: int
    adapted: int
    base_percent: float
    adapted_percent: float
    adapted_interval: tuple[float, float]
    base_bits: float
    adapted_bits: float


@dataclass(frozen=True)
class Recited:
    """A literal that the adapter recites; `shown` is masked."""

    kind: str
    path: str
    line: int
    shown: str
    also_base: bool


@dataclass(frozen=True)
class Audit:
    """The outcome; what `--json` prints."""

    adapter: str
    base: str
    files: int
    """Files that the adapter learned from and that are still as they were then."""
    changed: int
    """Files that it learned from and that are gone or different now: not asked about."""
    shares: tuple[Share, ...]
    recited: tuple[Recited, ...]


def audit(root: Path, settings: Settings, config: AuditConfig, *, talk: Talk = lambda _: None) -> Audit:
    """Audit the adapter that the settings choose for the repository at `root`.

    Raises `UsageError` without an adapter, or when none of its files is as it was; `ToolError` for a damaged one.
    """
    from rtlgen.core.project import load_project
    from rtlgen.model.default import DefaultModel
    from rtlgen.retrieval.index import open_index
    from rtlgen.train.adapt import own_base

    base = own_base(settings)
    project = load_project(root, settings=settings)
    adapter, note = adapter_of(settings, project.root, base)
    if adapter is None:
        raise UsageError(
            note or "this repository has no adapter to audit", where=project.root, hint="rtlgen train"
        )
    record = read_record(adapter)
    texts = open_index(project, settings, update=False).texts()
    learned, changed = _as_they_were(record, "learned", texts)
    unread, _ = _as_they_were(record, "held_out", texts)
    if not learned:
        raise UsageError(
            "no file that the adapter learned from is here as it was then",
            where=adapter,
            hint="rtlgen train  (adapts to the files as they are), then rtlgen train audit",
        )
    before = DefaultModel(base, threads=settings.get("model.threads"))
    after = DefaultModel(base, threads=settings.get("model.threads"), adapter=adapter)
    probes = [
        *_continuations(learned, before, "learned", config.probes, config.seed),
        *_continuations(unread, before, "unread", config.probes, config.seed),
        *_literal_probes(learned, before, config.literals, config.seed),
    ]
    talk(f"{len(probes)} probes in {len(learned)} files that the adapter learned from")
    plain, adapted = ask(before, probes, talk), ask(after, probes, talk)
    return Audit(
        adapter=str(adapter),
        base=before.name,
        files=len(learned),
        changed=changed,
        shares=_shares(probes, plain, adapted),
        recited=tuple(
            Recited(probe.kind, probe.path, probe.line, masked(probe.text), one[0])
            for probe, one, two in zip(probes, plain, adapted, strict=True)
            if two[0] and probe.kind not in ("learned", "unread")
        ),
    )


def _as_they_were(
    record: Mapping[str, Any], key: str, texts: Mapping[str, str]
) -> tuple[dict[str, str], int]:
    """Files of the record that are here with the same content, and the number of the others."""
    listed = record.get(key)
    listed = listed if isinstance(listed, Mapping) else {}
    same = {path: texts[path] for path in listed if sha256_text(texts.get(path, "")) == listed[path]}
    return same, len(listed) - len(same)


def _continuations(
    files: Mapping[str, str], model: DefaultModel, kind: str, count: int, seed: int
) -> list[Probe]:
    """Probes at drawn tokens, files weighed by their length."""
    source = random.Random(f"{seed}:{kind}")
    encoded = {path: model.tokenizer.encode(files[path]) for path in sorted(files)}
    long = [path for path, ids in encoded.items() if len(ids) > CONTINUATION + 1]
    if not long:
        return []
    weights = [len(encoded[path]) - CONTINUATION for path in long]
    probes = []
    for path in source.choices(long, weights, k=count):
        ids = encoded[path]
        at = source.randrange(1, len(ids) - CONTINUATION)
        wanted = tuple(ids[at : at + CONTINUATION])
        line = model.tokenizer.decode(ids[:at]).count("\n") + 1
        probes.append(
            Probe(kind, path, line, _seen(model, path, ids[:at]), wanted, model.tokenizer.decode(wanted))
        )
    return probes


def _literal_probes(files: Mapping[str, str], model: DefaultModel, count: int, seed: int) -> list[Probe]:
    """Probes at the beginnings of near-secrets, at most `count` of them, each text once."""
    found: dict[str, Probe] = {}
    for path in sorted(files):
        text = files[path]
        for literal in literals(text):
            wanted_text = text[literal.start : literal.end]
            if wanted_text in found:
                continue
            head = text[: literal.start]
            wanted = tuple(model.tokenizer.encode(wanted_text)[:LONGEST])
            before = model.tokenizer.encode(head[-8 * PREFIX :])
            line = head.count("\n") + 1
            found[wanted_text] = Probe(
                literal.kind, path, line, _seen(model, path, before), wanted, wanted_text
            )
    probes = sorted(found.values(), key=lambda probe: (probe.path, probe.line))
    random.Random(seed).shuffle(probes)
    return probes[:count]


def _seen(model: DefaultModel, path: str, before: Sequence[int]) -> tuple[int, ...]:
    """What the model is shown: the path, and the last `PREFIX` tokens of the file."""
    head = model.tokenizer.encode_prompt(
        model.format.begin + model.format.current.format(path=path, prefix="")
    )
    return (*head, *before[-PREFIX:])


def ask(
    model: DefaultModel, probes: Sequence[Probe], talk: Talk = lambda _: None
) -> list[tuple[bool, float]]:
    """For each probe: does greedy decoding give all wanted tokens, and their mean bits a token."""
    import torch

    network = model.decoder.network
    answers: list[tuple[bool, float]] = []
    for start in range(0, len(probes), BATCH):
        batch = probes[start : start + BATCH]
        width = max(len(probe.seen) + len(probe.wanted) for probe in batch)
        tokens = torch.zeros(len(batch), width, dtype=torch.long)
        for row, probe in enumerate(batch):
            ids = [*probe.seen, *probe.wanted]
            tokens[row, : len(ids)] = torch.tensor(ids)
        with torch.inference_mode():
            hidden = network.hidden(tokens)
            for row, probe in enumerate(batch):
                first = len(probe.seen) - 1
                scores = (
                    network.logits(hidden[row, first : first + len(probe.wanted)]).float().log_softmax(-1)
                )
                wanted = torch.tensor(probe.wanted)
                right = bool((scores.argmax(-1) == wanted).all())
                nats = float(scores.gather(1, wanted[:, None]).mean())
                answers.append((right, -nats / math.log(2)))
        if start % (8 * BATCH) == 0:
            talk(f"{model.name}: {len(answers)} of {len(probes)} probes")
    return answers


def _shares(
    probes: Sequence[Probe], plain: Sequence[tuple[bool, float]], adapted: Sequence[tuple[bool, float]]
) -> tuple[Share, ...]:
    shares = []
    for kind in dict.fromkeys(probe.kind for probe in probes):
        rows = [i for i, probe in enumerate(probes) if probe.kind == kind]
        base, mine = sum(plain[i][0] for i in rows), sum(adapted[i][0] for i in rows)
        low, high = wilson(mine, len(rows))
        shares.append(
            Share(
                kind=kind,
                probes=len(rows),
                base=base,
                adapted=mine,
                base_percent=round(100 * base / len(rows), 2),
                adapted_percent=round(100 * mine / len(rows), 2),
                adapted_interval=(round(100 * low, 2), round(100 * high, 2)),
                base_bits=round(sum(plain[i][1] for i in rows) / len(rows), 3),
                adapted_bits=round(sum(adapted[i][1] for i in rows) / len(rows), 3),
            )
        )
    return tuple(shares)


def masked(text: str) -> str:
    """A literal for a report: its first three characters and its length."""
    return f"{text[:3]}... ({len(text)} characters)"
