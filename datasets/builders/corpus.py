"""Build a training corpus from repositories: permissive, hand-written, each text once, nothing near the held-out sets.

Two passes. `rtlgen.datasets.corpus_files` writes one shard a repository (licence, decoding, quality, scrubbing; skipped
when it exists, so a killed run resumes). `build` then walks all shards in order, drops copies of held-out files and of
files already kept, caps each repository, and writes ``files.jsonl`` and, last, ``manifest.json`` with what was removed
and why. It does not tokenise.

Try: ``rtlgen datasets corpus build --repos train.json --held-out dev.json --git-root mirror --out corpus``
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.datasets.corpus_files import CorpusLimits, shard_of
from rtlgen.datasets.dedup import NearDuplicates, content_key, signature
from rtlgen.datasets.overlap import Overlaps, Thresholds
from rtlgen.datasets.quality import RULES
from rtlgen.datasets.repositories import Repository, open_repository

Talk = Callable[[str], None]


@dataclass
class CorpusReport:
    """Counts of one build, as written into the manifest."""

    files: int = 0
    bytes: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    scrubbed: Counter[str] = field(default_factory=Counter)
    """Kind of personal data or secret -> how many were replaced in the files kept."""
    repositories: list[dict[str, Any]] = field(default_factory=list)


def named_repositories(listing: Path, git_root: Path, *, needed: bool = False) -> list[Repository]:
    """Repositories of a JSON list (names, or objects with ``repository``) found as ``git_root/owner+name``.

    The git directory may lie in ``repo`` or ``repo/.git`` below that. Raises `UsageError` for a missing list, and, when
    all are `needed`, for a missing repository; otherwise those that are not there are left out.
    """
    names = _listed(listing)
    missing = absent_repositories(listing, git_root)
    if needed and missing:
        raise UsageError(
            f"held-out repositories are not there, so their copies would stay: {', '.join(missing)}",
            where=listing,
            hint="check --git-root: it holds folders owner+name",
        )
    return [open_repository(f"{name}={_place(git_root, name)}") for name in names if name not in missing]


def absent_repositories(listing: Path, git_root: Path) -> list[str]:
    """Names of the list that are not below `git_root`."""
    return [name for name in _listed(listing) if not _place(git_root, name).is_dir()]


def _listed(listing: Path) -> list[str]:
    try:
        rows = json.loads(listing.read_text("utf-8"))
        return [row if isinstance(row, str) else str(row["repository"]) for row in rows]
    except OSError as error:
        raise UsageError(
            "cannot read the repository list", where=listing, hint=f"ls {listing.parent}"
        ) from error
    except ValueError as error:
        raise UsageError(f"the repository list is not JSON: {error}", where=listing) from error
    except (KeyError, TypeError) as error:
        raise UsageError(
            "the repository list holds something else than names",
            where=listing,
            hint='write ["owner/name", ...] or [{"repository": "owner/name"}, ...]',
        ) from error


def _place(git_root: Path, name: str) -> Path:
    base = git_root / name.replace("/", "+")
    places = (base / "repo" / ".git", base / "repo", base / ".git", base)
    return next((p for p in places if p.is_dir()), base)


def build(
    repositories: Sequence[Repository],
    held_out: Sequence[Repository],
    references: Sequence[Path],
    out: Path,
    limits: CorpusLimits | None = None,
    talk: Talk = lambda _: None,
) -> CorpusReport:
    """Write ``out/files.jsonl`` and ``out/manifest.json`` and return the report.

    Args:
        repositories: what may be trained on, in order of precedence among copies.
        held_out: repositories whose copies are removed from the text.
        references: folders of further held-out Verilog (benchmark references), read recursively.
        out: output folder; ``out/shards`` keeps one file a repository for resuming.
        limits: sizes and thresholds.
        talk: receives one progress line a repository.

    Raises:
        UsageError: no repository, none with a file that may be trained on, one that is held out too, or no room for
            the files; an older corpus in `out` stays as it was.
    """
    limits = limits or CorpusLimits()
    if not repositories:
        raise UsageError(
            "no repository of the list was found", hint="check --git-root: it holds folders owner+name"
        )
    clash = {r.name for r in repositories} & {r.name for r in held_out}
    if clash:
        raise UsageError(
            f"held out and in the training list: {', '.join(sorted(clash))}", hint="remove them from --repos"
        )
    others = [open_repository(path) for path in references]
    guard = _held_out_texts([*held_out, *others], limits, talk)
    report = CorpusReport()
    part = out / "files.jsonl.part"
    try:
        out.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", errors="surrogateescape") as sink:
            _write_rows(repositories, guard, sink, out, limits, report, talk)
    except OSError as error:
        raise UsageError(
            f"cannot write the corpus: {error.strerror or error}",
            where=out,
            hint="make room and give the same command again: what was read from the repositories is kept",
        ) from error
    if not report.files:
        reasons = ", ".join(f"{count} {reason}" for reason, count in report.removed.most_common(4))
        raise UsageError(
            f"no file of {len(repositories)} repositories may be trained on ({reasons or 'they hold no Verilog'})",
            where=out,
            hint="check the licences of the repositories; only files under a permissive one are taken",
        )
    part.replace(out / "files.jsonl")
    manifest = {
        "limits": asdict(limits),
        "held_out": [r.name for r in held_out],
        "references": [r.name for r in others],
        "rules": RULES,
        "files": report.files,
        "bytes": report.bytes,
        "removed": dict(report.removed),
        "scrubbed": dict(report.scrubbed),
        "repositories": report.repositories,
    }
    write_atomic(out / "manifest.json", json.dumps(manifest, indent=1))
    return report


def _write_rows(
    repositories: Sequence[Repository],
    guard: Overlaps,
    sink: TextIO,
    out: Path,
    limits: CorpusLimits,
    report: CorpusReport,
    talk: Talk,
) -> None:
    kept = NearDuplicates(limits.near)
    seen: set[str] = set()
    for repository in repositories:
        rows, removed = shard_of(repository, out / "shards", limits)
        chosen = list(_select(rows, removed, guard, kept, seen, limits))
        for row in chosen:
            report.scrubbed.update(row.pop("scrubbed"))
            sink.write(json.dumps(row) + "\n")
        size = sum(len(row["text"].encode("utf-8", "replace")) for row in chosen)
        report.files += len(chosen)
        report.bytes += size
        report.removed += removed
        report.repositories.append(_summary(repository, chosen, size, removed))
        talk(f"{repository.name}: {len(chosen)} files, {size / 1e6:.2f} MB kept; removed {dict(removed)}")


def _summary(
    repository: Repository, rows: Sequence[dict[str, Any]], size: int, removed: Counter[str]
) -> dict[str, Any]:
    return {
        "repository": repository.name,
        "commit": repository.commit,
        "files": len(rows),
        "bytes": size,
        "licences": dict(Counter(row["licence"] for row in rows)),
        "removed": dict(removed),
    }


def _select(
    rows: list[dict[str, Any]],
    removed: Counter[str],
    guard: Overlaps,
    kept: NearDuplicates,
    seen: set[str],
    limits: CorpusLimits,
) -> Iterator[dict[str, Any]]:
    """Rows of one repository that are no copies, in a seeded random order until the repository's cap."""
    rows = sorted(rows, key=lambda row: row["path"])
    random.Random(limits.seed).shuffle(rows)
    room = limits.repository_bytes
    for row in rows:
        key = content_key(row["text"])
        if key in seen:
            removed["exact copy"] += 1
            continue
        if room < len(row["text"]):
            removed["over the repository's cap"] += 1
            continue
        if guard.nearest(row["text"]):
            removed["near a held-out file"] += 1
            continue
        sketch = signature(row["text"])
        if kept.nearest(sketch):
            removed["near copy"] += 1
        else:
            seen.add(key)
            kept.add((row["repo"], row["path"]), sketch)
            room -= len(row["text"])
            yield row


def _held_out_texts(held_out: Sequence[Repository], limits: CorpusLimits, talk: Talk) -> Overlaps:
    guard = Overlaps(Thresholds(jaccard=limits.held_out))
    for repository in held_out:
        count = 0
        for path, content in repository.files():
            text = (content or b"").decode("utf-8", "replace")
            if len(text.split()) >= 20:
                guard.add(f"{repository.name}:{path}", text)
                count += 1
        talk(f"held out: {repository.name}: {count} files")
    return guard
