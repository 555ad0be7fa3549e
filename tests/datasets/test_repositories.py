"""Reading repositories: work trees, git folders, names, and what is not there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.repositories import open_repository

GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]


def _commit(folder: Path) -> None:
    subprocess.run([*GIT, "init", "-q"], cwd=folder, check=True)
    subprocess.run([*GIT, "add", "-A"], cwd=folder, check=True)
    subprocess.run([*GIT, "commit", "-qm", "one"], cwd=folder, check=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "me+core"
    for name in ("rtl/b.sv", "rtl/a.v", "rtl/defs.vh", "README.md", ".hidden/x.v"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"// {name}\n")
    (folder / "rtl" / "link.v").symlink_to(folder / "rtl" / "a.v")
    return folder


def test_work_tree(tree: Path) -> None:
    repository = open_repository(tree)
    assert (repository.name, repository.commit, repository.is_git) == ("me/core", None, False)
    assert [path for path, _ in repository.files()] == ["rtl/a.v", "rtl/b.sv", "rtl/defs.vh"]
    _commit(tree)
    commit = open_repository(tree).commit
    assert commit is not None
    assert len(commit) == 40


def test_git_folder_gives_the_same_files(tree: Path, tmp_path: Path) -> None:
    _commit(tree)
    bare = tmp_path / "bare.git"
    subprocess.run([*GIT, "clone", "-q", "--bare", str(tree), str(bare)], check=True)
    repository = open_repository(bare)
    assert repository.name == "bare"
    assert repository.commit == open_repository(tree).commit
    assert dict(repository.files()) == dict(open_repository(tree).files())


def test_missing_objects_are_none(tree: Path, tmp_path: Path) -> None:
    _commit(tree)
    name = subprocess.run(["git", "rev-parse", "HEAD:rtl/a.v"], cwd=tree, capture_output=True, check=True)
    blob = name.stdout.decode().strip()
    (tree / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found = dict(open_repository(tree / ".git").files())
    assert found["rtl/a.v"] is None
    assert found["rtl/b.sv"] == b"// rtl/b.sv\n"


def test_a_name_can_be_given(tree: Path) -> None:
    assert open_repository(f"their/core={tree}").name == "their/core"


def test_what_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none: is not a folder"):
        open_repository(tmp_path / "none")
    subprocess.run([*GIT, "init", "-q", "--bare", str(tmp_path / "e.git")], check=True)
    with pytest.raises(UsageError, match="this git folder has no commit at HEAD"):
        open_repository(tmp_path / "e.git")
