"""Make a next-line benchmark of RTL-Repo's form from repositories: units of 4-24 files, one hidden line each.

Every record has RTL-Repo's columns (`repo_name, file_path, context[{path, snippet}], cropped_code,
next_line`) and `id, line, kind, unit, commit`. `cropped_code` is the lines before the hidden one joined by
newlines, without the last newline; `next_line` keeps its indentation and a carriage return; `context` is
every other file of the unit, by path. Left out: generated, encrypted, huge, binary and near-duplicate files
(over all repositories of the call), and comment lines, also inside block comments. The same repositories
and seed give the same bytes. It knows no licence: whether a text may be used is decided before it is given
here. Protocol: RTL-Repo, arXiv 2405.17378.

    rtlgen eval rtl-repo build path/to/repo other/repo.git --out dev.jsonl --lines 400 --seed 2003
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.store import write_atomic
from rtlgen.datasets.line_kinds import line_kind
from rtlgen.datasets.repositories import Repository, open_repository
from rtlgen.datasets.rtl_lines import (
    LONGEST_LINE,
    MAX_BYTES,
    MAX_LINES,
    eligible_lines,
    like_published,
    usable_text,
)
from rtlgen.datasets.rtl_units import MAX_FILES, MIN_FILES, cut_into_units, near_duplicates

DUPLICATE = 0.8
"""Jaccard similarity of token shingles from which a file counts as a near-duplicate of an earlier one."""


@dataclass(frozen=True)
class BuildReport:
    """What was built: records by file, repository and kind, and why files were left out."""

    files: dict[str, int]
    """Path of each file that was written -> records."""
    manifest: str
    seed: int
    records: int
    repositories: tuple[dict[str, Any], ...]
    kinds: dict[str, int]


@dataclass
class _Unit:
    repository: Repository
    name: str
    files: dict[str, str]


def build(
    repositories: Sequence[str | Path],
    out: Path,
    *,
    lines: int | None = None,
    per_repository: int | None = None,
    only_like_published: bool = False,
    apart_from: Sequence[Path] = (),
    seed: int = 2003,
    test_share: float | None = None,
) -> BuildReport:
    """Write `out` (JSONL) and, last, `<out stem>.manifest.json`.

    Args:
        repositories: git folders or work trees, or ``NAME=PATH``; see `repositories.open_repository`.
        lines: records in all, shared evenly over the repositories; None: 4 for every unit, as in RTL-Repo.
        per_repository: at most so many records from one repository.
        only_like_published: hide only lines for which `like_published` holds.
        apart_from: other files of records: no near-duplicate of a file in them is taken.
        seed: of the choice and the order of lines.
        test_share: when given, repositories (never files) are divided: that share of them goes to
            ``<out>.test.jsonl``, the rest to ``<out>.train.jsonl``, and `out` itself is not written.

    Raises:
        UsageError: no repository, one given twice, or not a repository. DesignError: no unit could be made.
    """
    if out.suffix != ".jsonl":
        raise UsageError(f"the output must end in .jsonl, not '{out.name}'", hint="--out dev.jsonl")
    opened = [open_repository(repository) for repository in repositories]
    _refuse_twice(opened)
    test = _test_repositories(opened, test_share, seed)
    units, notes = _units_of(opened, _texts_in(apart_from))
    if not units:
        raise DesignError(
            f"no unit of {MIN_FILES} to {MAX_FILES} Verilog files in {len(opened)} repositories",
            hint=f"give one with {MIN_FILES} distinct hand-written files of at most {MAX_LINES} lines",
        )
    chosen = _choose(units, lines, per_repository, only_like_published, seed)
    written = []
    for split, path in _outputs(out, test_share):
        mine = [c for c in chosen if split is None or (c[0].repository.name in test) == (split == "test")]
        written.append((path, *_write_records(path, mine)))
    report = _report(out, seed, opened, notes, chosen, written)
    settings = {
        "lines": lines,
        "per_repository": per_repository,
        "only_like_published": only_like_published,
        "apart_from": [path.name for path in apart_from],
        "test_share": test_share,
    }
    _write_manifest(report, written, settings)
    return report


def _refuse_twice(opened: Sequence[Repository]) -> None:
    if not opened:
        raise UsageError(
            "no repository was given", hint="rtlgen eval rtl-repo build path/to/repository --out dev.jsonl"
        )
    for name, count in Counter(repository.name for repository in opened).items():
        if count > 1:
            raise UsageError(
                f"two repositories have the name '{name}'", hint="give one of them another name: NAME=PATH"
            )


def _texts_in(files: Sequence[Path]) -> list[str]:
    """The distinct texts in the contexts of record files."""
    texts: dict[str, None] = {}
    for path in files:
        try:
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    texts.update(dict.fromkeys(entry["snippet"] for entry in json.loads(line)["context"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(
                "is not a file of records",
                where=path,
                hint="give a .jsonl file that rtlgen eval rtl-repo build has made",
            ) from None
    return list(texts)


def _units_of(
    opened: Sequence[Repository], held_out: Sequence[str]
) -> tuple[list[_Unit], list[dict[str, Any]]]:
    """The units of all repositories, near-duplicates removed across them, and what was left out of each."""
    found: list[tuple[Repository, str, str]] = []
    notes: list[dict[str, Any]] = []
    for repository in opened:
        left_out: Counter[str] = Counter()
        seen = 0
        for path, data in repository.files():
            seen += 1
            text, reason = usable_text(data)
            if text is None:
                left_out[reason] += 1
            else:
                found.append((repository, path, text))
        notes.append(
            {"name": repository.name, "commit": repository.commit, "files": seen, "left_out": left_out}
        )
    repeats = _repeats(held_out, [text for _, _, text in found])
    units: list[_Unit] = []
    for repository, note in zip(opened, notes, strict=True):
        mine = {p: t for i, (r, p, t) in enumerate(found) if r is repository and i not in repeats}
        note["left_out"].update(reason for i, reason in repeats.items() if found[i][0] is repository)
        cut = cut_into_units(mine)
        note["left_out"]["unit too small"] += len(mine) - sum(map(len, cut))
        note["files_sha256"] = _hash_files(mine)
        for number, paths in enumerate(cut):
            units.append(
                _Unit(repository, f"{repository.name}#{number}", {path: mine[path] for path in paths})
            )
        note["units"] = [len(paths) for paths in cut]
    return units, notes


def _repeats(held_out: Sequence[str], texts: Sequence[str]) -> dict[int, str]:
    """Index of every text that repeats another one -> ``held out`` or ``near-duplicate``."""
    found = near_duplicates([*held_out, *texts], DUPLICATE)
    return {
        index - len(held_out): "held out" if first < len(held_out) else "near-duplicate"
        for index, first in found.items()
        if index >= len(held_out)
    }


def _hash_files(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.encode() + b"\0" + files[path].encode() + b"\0")
    return digest.hexdigest()


def _choose(
    units: Sequence[_Unit],
    lines: int | None,
    per_repository: int | None,
    only_like_published: bool,
    seed: int,
) -> list[tuple[_Unit, str, int]]:
    """(unit, path, 0-based line) of every record, in the order of the file: all repositories shuffled."""
    by_repository: dict[str, list[_Unit]] = {}
    for unit in units:
        by_repository.setdefault(unit.repository.name, []).append(unit)
    drawn = {
        name: list(_draw(mine, only_like_published, f"{seed}:{name}")) for name, mine in by_repository.items()
    }
    wanted = {
        name: min(
            len(drawn[name]), 4 * len(mine) if lines is None else lines, per_repository or len(drawn[name])
        )
        for name, mine in by_repository.items()
    }
    if lines is not None:
        wanted = even_shares(wanted, lines)
    chosen = [record for name in by_repository for record in drawn[name][: wanted[name]]]
    random.Random(seed).shuffle(chosen)
    return chosen


def _draw(units: Sequence[_Unit], only_like_published: bool, seed: str) -> Iterator[tuple[_Unit, str, int]]:
    """All eligible lines of a repository as they are drawn: one of every file, then a second, and so on."""
    source = random.Random(seed)
    piles = []
    for unit in units:
        for path, text in unit.files.items():
            numbers = eligible_lines(text)
            if only_like_published:
                raw = text.split("\n")
                numbers = [number for number in numbers if like_published(raw[number])]
            source.shuffle(numbers)
            if numbers:
                piles.append([(unit, path, number) for number in numbers])
    while piles:
        source.shuffle(piles)
        for pile in piles:
            yield pile.pop()
        piles = [pile for pile in piles if pile]


def even_shares(available: Mapping[str, int], total: int) -> dict[str, int]:
    """Divide `total` as evenly as what is available allows; earlier names get the remainder."""
    shares = dict.fromkeys(available, 0)
    left = min(total, sum(available.values()))
    while left:
        open_names = [name for name in available if shares[name] < available[name]]
        step = max(1, left // len(open_names))
        for name in open_names:
            given = min(step, available[name] - shares[name], left)
            shares[name] += given
            left -= given
    return shares


def _test_repositories(opened: Sequence[Repository], share: float | None, seed: int) -> set[str]:
    if share is None:
        return set()
    if not 0 < share < 1 or len(opened) < 2:
        raise UsageError(
            "a split needs two or more repositories and a share between 0 and 1",
            hint="--test-share 0.3 sends three of ten repositories to the test file",
        )
    names = sorted(repository.name for repository in opened)
    random.Random(f"{seed}:split").shuffle(names)
    return set(names[: min(len(names) - 1, max(1, round(share * len(names))))])


def _outputs(out: Path, test_share: float | None) -> list[tuple[str | None, Path]]:
    if test_share is None:
        return [(None, out)]
    return [(split, out.with_suffix(f".{split}.jsonl")) for split in ("train", "test")]


def record_of(unit: _Unit, path: str, number: int) -> dict[str, Any]:
    """The record that hides 0-based line `number` of `path`."""
    before = unit.files[path].split("\n")
    return {
        "id": f"{unit.repository.name}/{path}:{number + 1}",
        "repo_name": unit.repository.name,
        "file_path": path,
        "context": [{"path": p, "snippet": t} for p, t in sorted(unit.files.items()) if p != path],
        "cropped_code": "\n".join(before[:number]),
        "next_line": before[number],
        "line": number + 1,
        "kind": line_kind(before[number]),
        "unit": unit.name,
        "commit": unit.repository.commit,
    }


def _write_records(path: Path, chosen: Iterable[tuple[_Unit, str, int]]) -> tuple[str, int]:
    """Write the records beside `path`, rename, and return (SHA-256 of the file, records)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    digest, count = hashlib.sha256(), 0
    with beside.open("wb") as file:
        for unit, name, number in chosen:
            line = json.dumps(record_of(unit, name, number), ensure_ascii=True).encode() + b"\n"
            file.write(line)
            digest.update(line)
            count += 1
    beside.replace(path)
    return digest.hexdigest(), count


def _report(
    out: Path,
    seed: int,
    opened: Sequence[Repository],
    notes: Sequence[dict[str, Any]],
    chosen: Sequence[tuple[_Unit, str, int]],
    written: Sequence[tuple[Path, str, int]],
) -> BuildReport:
    taken = Counter(unit.repository.name for unit, _, _ in chosen)
    files = {name: len({p for u, p, _ in chosen if u.repository.name == name}) for name in taken}
    kinds = Counter(line_kind(unit.files[path].split("\n")[number]) for unit, path, number in chosen)
    rows = tuple(
        {
            **note,
            "left_out": {reason: count for reason, count in sorted(note["left_out"].items()) if count},
            "records": taken[repository.name],
            "files_with_records": files.get(repository.name, 0),
        }
        for repository, note in zip(opened, notes, strict=True)
    )
    return BuildReport(
        files={str(path): count for path, _, count in written},
        manifest=str(out.with_suffix(".manifest.json")),
        seed=seed,
        records=len(chosen),
        repositories=rows,
        kinds=dict(kinds.most_common()),
    )


def _write_manifest(
    report: BuildReport, written: Sequence[tuple[Path, str, int]], settings: Mapping[str, Any]
) -> None:
    data = {
        "schema": 1,
        "benchmark": "rtl-repo",
        "files": [{"name": path.name, "sha256": digest, "records": count} for path, digest, count in written],
        "seed": report.seed,
        "settings": dict(settings),
        "rules": {
            "files_in_unit": [MIN_FILES, MAX_FILES],
            "max_lines": MAX_LINES,
            "max_bytes": MAX_BYTES,
            "longest_line": LONGEST_LINE,
            "near_duplicate": DUPLICATE,
        },
        "repositories": list(report.repositories),
        "kinds": report.kinds,
    }
    write_atomic(Path(report.manifest), json.dumps(data, indent=1) + "\n")
