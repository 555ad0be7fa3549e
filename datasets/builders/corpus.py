"""Build a training corpus from repositories: permissive, hand-written, each text once, nothing near the held-out sets.

Two passes. `read_repository` writes one shard a repository (licence, decoding, quality; skipped when it exists, so a
killed run resumes). `build` then walks all shards in order, drops copies of held-out files and of files already kept,
caps each repository, and writes ``files.jsonl`` and, last, ``manifest.json`` with what was removed and why.
It does not tokenise.

Try: ``rtlgen datasets corpus build --repos train.json --held-out dev.json --git-root mirror --out corpus``
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.datasets.dedup import NearDuplicates, content_key, signature
from rtlgen.datasets.licence import LICENCE_FILE, PERMISSIVE, RepositoryLicences, strip_licence_header
from rtlgen.datasets.overlap import Overlaps, Thresholds
from rtlgen.datasets.quality import RULES, refuse, refuse_path, weight
from rtlgen.datasets.repositories import Repository, is_verilog, open_repository
from rtlgen.datasets.scrub import scrub_counted

Talk = Callable[[str], None]


@dataclass(frozen=True)
class CorpusLimits:
    """Sizes in bytes and similarity thresholds (0-1) of a corpus."""

    file_bytes: int = 96_000
    """Larger files are mostly generated."""
    repository_bytes: int = 3_000_000
    """So that no single repository sets the tone; files are taken in a seeded random order until it is full."""
    near: float = 0.8
    """Files this similar to one already kept are dropped."""
    held_out: float = 0.4
    """Files this similar to a held-out file are dropped."""
    seed: int = 1


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
    try:
        rows = json.loads(listing.read_text("utf-8"))
    except OSError as error:
        raise UsageError(
            "cannot read the repository list", where=listing, hint=f"ls {listing.parent}"
        ) from error
    except ValueError as error:
        raise UsageError(f"the repository list is not JSON: {error}", where=listing) from error
    names = [row if isinstance(row, str) else row["repository"] for row in rows]
    missing = [name for name in names if not _place(git_root, name).is_dir()]
    if needed and missing:
        raise UsageError(
            f"held-out repositories are not there, so their copies would stay: {', '.join(missing)}",
            where=listing,
            hint="check --git-root: it holds folders owner+name",
        )
    return [open_repository(f"{name}={_place(git_root, name)}") for name in names if name not in missing]


def _place(git_root: Path, name: str) -> Path:
    base = git_root / name.replace("/", "+")
    places = (base / "repo" / ".git", base / "repo", base / ".git", base)
    return next((p for p in places if p.is_dir()), base)


def read_repository(
    repository: Repository, limits: CorpusLimits
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Rows (repo, path, licence, weight, text) of the trainable files of one repository, and why others were removed."""
    sources: dict[str, bytes] = {}
    licences: dict[str, str] = {}

    def wanted(path: str) -> bool:
        return is_verilog(path) or bool(LICENCE_FILE.match(path.rsplit("/", 1)[-1]))

    for path, content in repository.files(wanted):
        if content is None:
            continue
        if is_verilog(path):
            sources[path] = content
        else:
            licences[path] = content.decode("utf-8", "replace")
    judge = RepositoryLicences(licences)
    rows: list[dict[str, Any]] = []
    removed: Counter[str] = Counter()
    for path in sorted(sources):
        reason, row = _judge_file(repository, path, sources[path], judge, limits)
        if row is None:
            removed[reason] += 1
        else:
            rows.append(row)
    return rows, removed


def _judge_file(
    repository: Repository, path: str, content: bytes, judge: RepositoryLicences, limits: CorpusLimits
) -> tuple[str, dict[str, Any] | None]:
    if len(content) > limits.file_bytes:
        return "too large", None
    if b"\0" in content:
        return "binary", None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    licence = judge.of(path, text)
    if licence not in PERMISSIVE:
        return f"licence {licence}", None
    reason = refuse_path(path) or refuse(text)
    if reason:
        return reason, None
    text, scrubbed = scrub_counted(strip_licence_header(text))
    return "", {
        "repo": repository.name,
        "path": path,
        "licence": licence,
        "weight": round(weight(text), 3),
        "scrubbed": dict(scrubbed),
        "text": text,
    }


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
    kept = NearDuplicates(limits.near)
    seen: set[str] = set()
    out.mkdir(parents=True, exist_ok=True)
    with (out / "files.jsonl.part").open("w", encoding="utf-8", errors="surrogateescape") as sink:
        for repository in repositories:
            rows, removed = _shard(repository, out / "shards", limits)
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
    (out / "files.jsonl.part").replace(out / "files.jsonl")
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


def _shard(
    repository: Repository, folder: Path, limits: CorpusLimits
) -> tuple[list[dict[str, Any]], Counter[str]]:
    shard = folder / f"{repository.name.replace('/', '+')}.json"
    key = [repository.commit, limits.file_bytes, RULES]
    if shard.is_file():
        stored = _stored(shard)
        if stored.get("key") == key and repository.commit is not None:
            return stored["rows"], Counter(stored["removed"])
    rows, removed = read_repository(repository, limits)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(shard, json.dumps({"key": key, "rows": rows, "removed": removed}))
    return rows, removed


def _stored(shard: Path) -> dict[str, Any]:
    """What a shard holds; nothing when it is damaged, so that it is made anew."""
    try:
        stored = json.loads(shard.read_text("utf-8"))
    except ValueError:
        return {}
    return stored if isinstance(stored, dict) and {"rows", "removed"} <= stored.keys() else {}


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
