"""Read the files of a repository: a work tree, or a git folder whose objects may be incomplete.

It never fetches: an object that a partial clone lacks is reported as missing. Symbolic links are not
followed, hidden folders are not entered, nothing is checked out.

    python -c "from rtlgen.datasets.repositories import open_repository; print(open_repository('.').name)"
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import ToolError, UsageError

SUFFIXES = (".v", ".sv", ".vh", ".svh")
"""Endings of Verilog files."""


def is_verilog(path: str) -> bool:
    """Has the path an ending of `SUFFIXES`?"""
    return path.endswith(SUFFIXES)


@dataclass(frozen=True)
class Repository:
    """A repository by name (``owner/name``) and path; `commit` is HEAD in hex, None when there is none."""

    name: str
    path: Path
    is_git: bool
    """The path is a git folder (read from its objects), not a work tree."""
    commit: str | None

    def files(self, wanted: Callable[[str], bool] = is_verilog) -> Iterator[tuple[str, bytes | None]]:
        """(path, bytes) of every `wanted` file in the order of paths; None for an object that is not there."""
        return _from_objects(self.path, wanted) if self.is_git else _from_tree(self.path, wanted)


def open_repository(given: str | Path) -> Repository:
    """A `Repository` of a path or of ``NAME=PATH``.

    The name is NAME, else the ``owner+name`` part of the path as ``owner/name``, else the last folder.

    Raises:
        UsageError: the path is not a folder, or a git folder without a commit.
    """
    text = str(given)
    name, _, rest = text.partition("=")
    named = bool(rest) and not Path(text).exists()
    path = Path(rest if named else text)
    if not path.is_dir():
        raise UsageError(
            "is not a folder", where=path, hint="give the folder of a work tree or of a bare git repository"
        )
    is_git = (path / "HEAD").is_file() and (path / "objects").is_dir()
    commit = _head(path, is_git)
    if is_git and commit is None:
        raise UsageError(
            "this git folder has no commit at HEAD", where=path, hint=f"git --git-dir {path} log -1"
        )
    return Repository(name if named else _name_of(path.resolve()), path, is_git, commit)


def _name_of(path: Path) -> str:
    for part in reversed(path.parts):
        if re.fullmatch(r"[\w.-]+\+[\w.+-]+", part):
            return part.replace("+", "/", 1)
    return path.name.removesuffix(".git") if path.name != ".git" else path.parent.name


def _git(
    path: Path, is_git: bool, *arguments: str, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    where = ["--git-dir", str(path)] if is_git else ["-C", str(path)]
    environment = {
        **os.environ,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
    }
    command = ["git", "-c", "safe.directory=*", "-c", "core.quotePath=false", *where, *arguments]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)
    except FileNotFoundError:
        raise ToolError("git is not installed", hint="apt-get install git") from None


def _head(path: Path, is_git: bool) -> str | None:
    if not is_git and not (path / ".git").exists():
        return None
    done = _git(path, is_git, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return done.stdout.decode().strip() or None if done.returncode == 0 else None


def _from_tree(root: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(folder) / name
            if (
                wanted(path.relative_to(root).as_posix())
                and not name.startswith(".")
                and path.is_file()
                and not path.is_symlink()
            ):
                found.append(path.relative_to(root).as_posix())
    for relative in sorted(found):
        try:
            yield relative, (root / relative).read_bytes()
        except OSError:
            yield relative, None


def _from_objects(git_folder: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    listed = _git(git_folder, True, "ls-tree", "-r", "-z", "HEAD")
    if listed.returncode != 0:
        message = listed.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            f"git cannot list HEAD: {message[-1] if message else 'no message'}",
            where=git_folder,
            hint="fetch the repository again: its trees are missing",
        )
    chosen: dict[str, str] = {}
    for entry in listed.stdout.decode("utf-8", "surrogateescape").split("\0"):
        head, _, path = entry.partition("\t")
        mode = head.split(" ")[0]
        hidden = any(part.startswith(".") for part in path.split("/"))
        if mode in ("100644", "100755") and wanted(path) and not hidden and path.isprintable():
            chosen[path] = head.split(" ")[2]
    paths = sorted(chosen)
    for start in range(0, len(paths), 500):
        block = paths[start : start + 500]
        yield from zip(block, _contents(git_folder, [chosen[path] for path in block]), strict=True)


def _contents(git_folder: Path, objects: list[str]) -> list[bytes | None]:
    """The bytes of blobs by `git cat-file --batch`; None for a missing one."""
    done = _git(git_folder, True, "cat-file", "--batch", stdin="".join(f"{o}\n" for o in objects).encode())
    data, position, contents = done.stdout, 0, list[bytes | None]()
    while len(contents) < len(objects):
        end = data.find(b"\n", position)
        if end < 0:  # git stopped early: the rest is not there
            contents.append(None)
            continue
        header = data[position:end].split()
        position = end + 1
        if len(header) == 3 and header[1] == b"blob":
            size = int(header[2])
            contents.append(data[position : position + size])
            position += size + 1
        else:
            contents.append(None)
    return contents
