"""What a built corpus consists of: repositories, licences, kinds of file, sizes, weights, and what was left out.

Counted from ``files.jsonl`` and ``manifest.json`` of one corpus folder in one pass. It looks at no repository and
judges no text again.

Try: ``rtlgen datasets corpus report --corpus corpus``
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.datasets.audit import corpus_rows

SIZES = (1_000, 4_000, 16_000, 64_000, 96_000)
"""Upper ends (characters) of the classes of file sizes."""
LARGEST = 10
"""Largest files that are listed."""


@dataclass(frozen=True)
class RepositoryShare:
    """One repository of the corpus."""

    repository: str
    commit: str
    files: int
    bytes: int
    licences: dict[str, int]
    removed: dict[str, int]


@dataclass(frozen=True)
class CorpusReport:
    """Counts of one corpus; sizes in characters unless bytes are said."""

    files: int
    bytes: int
    repositories: tuple[RepositoryShare, ...]
    small: int
    """Repositories with 4 to 24 files kept, the kind that completion benchmarks take."""
    licences: dict[str, tuple[int, int]]
    """Licence -> files, characters."""
    kinds: dict[str, tuple[int, int]]
    """Kind of file (``design``, ``test bench``, ``package``, ``header``) -> files, characters."""
    sizes: dict[str, int]
    """Class of size -> files."""
    weights: dict[str, int]
    """Tenth of the quality weight -> files."""
    largest: tuple[tuple[str, int], ...]
    removed: dict[str, int]
    """Reason -> files, over all repositories."""
    scrubbed: dict[str, int]
    """Kind of personal data or secret -> replacements in the files kept."""
    held_out: tuple[str, ...]
    references: tuple[str, ...]
    rules: int

    @property
    def seen(self) -> int:
        """Files looked at."""
        return self.files + sum(self.removed.values())


def report(folder: Path) -> CorpusReport:
    """The report of the corpus in `folder`. Raises UsageError when it is not one, or files and manifest disagree."""
    manifest = _manifest(folder / "manifest.json")
    licences: dict[str, list[int]] = {}
    kinds: dict[str, list[int]] = {}
    sizes, weights = Counter[str](), Counter[str]()
    largest: list[tuple[str, int]] = []
    files = 0
    for row in corpus_rows(folder / "files.jsonl"):
        files += 1
        size = len(row["text"])
        for table, key in (
            (licences, str(row.get("licence", "?"))),
            (kinds, kind_of(row["path"], row["text"])),
        ):
            entry = table.setdefault(key, [0, 0])
            entry[0], entry[1] = entry[0] + 1, entry[1] + size
        sizes[next((f"up to {end:,}" for end in SIZES if size <= end), f"over {SIZES[-1]:,}")] += 1
        tenth = min(9, int(float(row.get("weight", 1.0)) * 10))
        weights[f"{tenth / 10:.1f} to {tenth / 10 + 0.1:.1f}"] += 1
        largest = sorted(
            [*largest, (f"{row['repo']}:{row['path']}", size)], key=lambda item: (-item[1], item[0])
        )[:LARGEST]
    if files != manifest["files"]:
        raise UsageError(
            f"files.jsonl has {files} files and its manifest says {manifest['files']}: a build is under way or broke off",
            where=folder,
            hint="run rtlgen datasets corpus build again: it goes on where it stopped",
        )
    shares = tuple(
        RepositoryShare(
            entry["repository"],
            entry["commit"] or "",
            entry["files"],
            entry["bytes"],
            entry["licences"],
            entry["removed"],
        )
        for entry in manifest["repositories"]
    )
    return CorpusReport(
        files,
        manifest["bytes"],
        tuple(sorted(shares, key=lambda share: (-share.bytes, share.repository))),
        sum(4 <= share.files <= 24 for share in shares),
        {key: (value[0], value[1]) for key, value in sorted(licences.items(), key=lambda item: -item[1][1])},
        {key: (value[0], value[1]) for key, value in sorted(kinds.items(), key=lambda item: -item[1][1])},
        {
            label: sizes[label]
            for label in [f"up to {end:,}" for end in SIZES] + [f"over {SIZES[-1]:,}"]
            if sizes[label]
        },
        dict(sorted(weights.items())),
        tuple(largest),
        dict(sorted(manifest["removed"].items(), key=lambda item: -item[1])),
        manifest.get("scrubbed", {}),
        tuple(manifest["held_out"]),
        tuple(manifest.get("references", ())),
        manifest.get("rules", 0),
    )


def kind_of(path: str, text: str) -> str:
    """What a file is by its name and text: ``design``, ``test bench``, ``package`` or ``header``."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
    bench = stem.startswith(("tb", "test")) or stem.endswith(("_tb", "_test", "_bench", "testbench"))
    if bench or "$finish" in text or "`uvm_" in text:
        return "test bench"
    if path.endswith((".vh", ".svh")):
        return "header"
    return "design" if "endmodule" in text or "endinterface" in text else "package"


def _manifest(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
        if not {"files", "bytes", "removed", "repositories", "held_out"} <= found.keys():
            raise ValueError("it names no files, removals and repositories")
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(
            f"cannot read the manifest of a corpus: {error}",
            where=path,
            hint="rtlgen datasets corpus build writes it last; run it again if it was interrupted",
        ) from error
    return dict(found)
