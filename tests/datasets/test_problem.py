"""Which state of a benchmark lies in a folder: by content, by git, or unknown."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.problem import commit_of, digest, existing_folder, listed, read_text


def _git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    assert digest({"x": one, "y": two}) == digest({"y": two, "x": one})
    assert digest({"x": one, "y": two}) != digest({"x": two, "y": one})
    assert digest({"x": one}) != digest({"z": one})


def test_known_content_is_called_by_its_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path, "f" * 64, {"f" * 16: "c498220"}) == "c498220"
    assert commit_of(tmp_path, "e" * 64, {"f" * 16: "c498220"}) == f"unknown, sha256 {'e' * 16}"


def test_work_tree_and_changes_in_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-qm", "first")
    head = _git(tmp_path, "rev-parse", "--short=12", "HEAD")
    assert commit_of(tmp_path, "e" * 64, {}) == head
    (tmp_path / "a").write_text("2")
    assert commit_of(tmp_path, "e" * 64, {}) == f"{head} with changes, sha256 {'e' * 16}"
    inner = tmp_path / "inner"
    inner.mkdir()
    assert commit_of(inner, "e" * 64, {}).startswith("unknown"), "an enclosing work tree says nothing"


def test_text_is_kept_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.v"
    path.write_bytes(b"a\r\nb\xff\n")
    assert read_text(path).encode("utf-8", "surrogateescape") == b"a\r\nb\xff\n"


def test_lists_are_cut() -> None:
    assert listed("cab") == "a, b, c"
    assert listed("abcdefgh") == "a, b, c, d, e and 3 more"


def test_folder_or_error(tmp_path: Path) -> None:
    assert existing_folder(tmp_path, "x") == tmp_path.resolve()
    (tmp_path / "f").write_text("")
    with pytest.raises(UsageError, match="is a file; the benchmark is a folder"):
        existing_folder(tmp_path / "f", "x")
    with pytest.raises(UsageError, match=r"there is no such folder\n  next: clone it"):
        existing_folder(tmp_path / "g", "clone it")
