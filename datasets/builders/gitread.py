"""Read files of a repository at its newest commit, from a work tree or a git directory, in one pass.

It runs `git ls-tree` and `git cat-file --batch`, checks nothing out, and skips objects that are absent from a partial
clone. A folder that is no repository is walked instead.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from rtlgen.core.errors import UsageError


def git_directory(place: Path) -> Path | None:
    """The git directory of `place` (a work tree or a bare/plain git directory), or None."""
    for candidate in (place / ".git", place):
        if (candidate / "HEAD").is_file() and (candidate / "objects").is_dir():
            return candidate
    return None


def head_commit(place: Path) -> str:
    """The commit id at HEAD, or ``worktree`` for a folder without git or without a commit."""
    git = git_directory(place)
    if git is None:
        return "worktree"
    done = _git(git, "rev-parse", "--verify", "-q", "HEAD")
    return done.decode().strip() or "worktree"


def read_files(place: Path, wanted: Callable[[str], bool], max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Yield (path, content) of the regular files whose path is `wanted` and whose size is at most `max_bytes`.

    Raises `UsageError` when `place` does not exist.
    """
    if not place.is_dir():
        raise UsageError("no such repository", where=place, hint=f"ls {place.parent}")
    git = git_directory(place)
    if git is None or head_commit(place) == "worktree":
        yield from _walk(place, wanted, max_bytes)
        return
    entries = []
    for row in _git(git, "ls-tree", "-r", "-z", "HEAD").split(b"\0"):
        head, _, name = row.partition(b"\t")
        fields = head.split()
        path = name.decode("utf-8", "replace")
        if len(fields) == 3 and fields[1] == b"blob" and fields[0] != b"120000" and wanted(path):
            entries.append((path, fields[2]))
    yield from _batch(git, entries, max_bytes)


def _batch(git: Path, entries: list[tuple[str, bytes]], max_bytes: int) -> Iterator[tuple[str, bytes]]:
    command = ["git", f"--git-dir={git}", "cat-file", "--batch"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for path, blob in entries:
            process.stdin.write(blob + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline().split()
            if len(answer) != 3:  # "<id> missing": a partial clone
                continue
            content = process.stdout.read(int(answer[2]))
            process.stdout.read(1)
            if len(content) <= max_bytes:
                yield path, content
        process.stdin.close()


def _walk(place: Path, wanted: Callable[[str], bool], max_bytes: int) -> Iterator[tuple[str, bytes]]:
    for file in sorted(place.rglob("*")):
        path = file.relative_to(place).as_posix()
        if wanted(path) and ".git/" not in path and file.is_file() and not file.is_symlink():
            if file.stat().st_size <= max_bytes:
                yield path, file.read_bytes()


def _git(git: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", f"--git-dir={git}", *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout
