"""Fixtures of the ground floor: small trees of files, a git repository, a clean environment, a sandbox."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

MakeTree = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No RTLGEN_* variable of the developer's shell reaches a test, except those that name programs."""
    for name in list(os.environ):
        if name.startswith(
            ("RTLGEN_PROJECT", "RTLGEN_RETRIEVAL", "RTLGEN_MODEL", "RTLGEN_COMPLETE", "RTLGEN_STORE")
        ):
            monkeypatch.delenv(name)


@pytest.fixture
def tree(tmp_path: Path) -> MakeTree:
    """Makes a folder `design` of the given files and returns its path."""

    def make(files: dict[str, str | bytes]) -> Path:
        root = tmp_path / "design"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return make


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., None]:
    """Runs git in a folder with an identity of its own and without the user's configuration."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "HOME": str(tmp_path),
    }

    def run(folder: Path, *arguments: str) -> None:
        subprocess.run(
            ["git", *identity, "-c", "protocol.file.allow=always", *arguments],
            cwd=folder,
            env=env,
            check=True,
            capture_output=True,
        )

    return run
