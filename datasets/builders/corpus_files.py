"""What one repository gives to a corpus: its trainable files, read once and kept as a shard.

Licence per file, decoding, quality rules, scrubbing. A shard is keyed by commit, size limit and version of the rules, so
that it is made anew when one of them changes or when it is damaged. Copies are not looked for here
(`rtlgen.datasets.corpus`).

Try: ``ls corpus/shards`` after ``rtlgen datasets corpus build``
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.store import write_atomic
from rtlgen.datasets.licence import LICENCE_FILE, PERMISSIVE, RepositoryLicences, strip_licence_header
from rtlgen.datasets.quality import RULES, refuse, refuse_path, weight
from rtlgen.datasets.repositories import Repository, is_verilog
from rtlgen.datasets.scrub import scrub_counted


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
    own: bool = False
    """The repositories are one's own: files are taken whatever licence they state, and marked ``own``."""


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
    licence = "own" if limits.own else judge.of(path, text)
    if licence not in PERMISSIVE and not limits.own:
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


def shard_of(
    repository: Repository, folder: Path, limits: CorpusLimits
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """What `read_repository` says of a repository, from its shard in `folder`, which is written when it has none.

    A work tree without a commit is read every time. Raises UsageError when the shard cannot be written.
    """
    shard = folder / f"{repository.name.replace('/', '+')}.json"
    key = [repository.commit, limits.file_bytes, RULES, *(["own"] if limits.own else [])]
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
