from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtlgen.retrieval import storage
from rtlgen.retrieval.facts import Facts, Recipe
from rtlgen.retrieval.lexical import Vocabulary
from rtlgen.retrieval.storage import Stored


@pytest.fixture
def stored(files: dict[str, str]) -> Stored:
    vocabulary = Vocabulary()
    made = {
        path: (f"hash of {path}", Facts.made(path, text, Recipe(), vocabulary))
        for path, text in files.items()
    }
    return Stored(Recipe(), vocabulary, made)


def test_what_is_written_is_read(stored: Stored, tmp_path: Path) -> None:
    storage.write(tmp_path, stored)
    found, problem = storage.read(tmp_path)
    assert found is not None and problem == ""
    assert found.recipe == stored.recipe
    assert found.vocabulary.ids == stored.vocabulary.ids
    assert list(found.files) == list(stored.files)
    for path, (digest, facts) in stored.files.items():
        other = found.files[path][1]
        assert found.files[path][0] == digest
        assert (other.spans, other.modules, other.count, other.lines) == (
            facts.spans,
            facts.modules,
            facts.count,
            facts.lines,
        )
        assert all(np.array_equal(a, b) for a, b in zip(other.counts, facts.counts, strict=True))


def test_an_empty_index(tmp_path: Path) -> None:
    storage.write(tmp_path, Stored(Recipe(defined=("A",)), Vocabulary(), {}))
    found, _ = storage.read(tmp_path)
    assert found is not None
    assert (found.files, len(found.vocabulary), found.recipe.defined) == ({}, 0, ("A",))


def test_there_is_none(tmp_path: Path) -> None:
    assert storage.read(tmp_path) == (None, "")
    assert storage.generation(tmp_path) == (0, 0, 0)
    assert storage.read_vectors(tmp_path, "hashed-1") == {}


def test_every_damage_is_found(stored: Stored, tmp_path: Path) -> None:
    storage.write(tmp_path, stored)
    file = tmp_path / storage.FILE
    good = file.read_bytes()
    found, _ = storage.read(tmp_path)
    assert found is not None
    for at in range(0, len(good), len(good) // 60):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :]):
            file.write_bytes(bad)
            other, problem = storage.read(tmp_path)
            assert (other is None and problem) or (
                other is not None and other.files.keys() == found.files.keys()
            )
    file.write_bytes(b"PK nonsense")
    assert storage.read(tmp_path)[1].startswith("is damaged (")


def test_another_version(stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "VERSION", 999)
    storage.write(tmp_path, stored)
    monkeypatch.undo()
    assert storage.read(tmp_path) == (None, f"is of version 999, not {storage.VERSION}")


def test_vectors(tmp_path: Path) -> None:
    rows = np.arange(12, dtype=np.float16).reshape(4, 3)
    storage.write_vectors(tmp_path, "key", {"a": rows[:1], "b": rows[1:]})
    found = storage.read_vectors(tmp_path, "key")
    assert list(found) == ["a", "b"]
    assert np.array_equal(found["b"], rows[1:])
    assert storage.read_vectors(tmp_path, "other") == {}
    (tmp_path / "vectors-key.npz").write_bytes(b"x")
    assert storage.read_vectors(tmp_path, "key") == {}
    storage.write_vectors(tmp_path, "key", {})
    assert storage.read_vectors(tmp_path, "key") == {}
