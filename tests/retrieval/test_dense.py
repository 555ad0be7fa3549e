from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.retrieval.dense import DIMENSION, Dense, HashedEmbedder, SentenceEmbedder, embedder_of

TEXTS = ["wire write_pointer;", "reg [3:0] write_ptr;", "uart_tx <= shift_register[0];", "", "// "]


def test_vectors_have_length_one_or_zero() -> None:
    vectors = HashedEmbedder().embed(TEXTS)
    assert vectors.shape == (5, DIMENSION)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1)[:3], 1.0, rtol=1e-5)
    assert not vectors[3].any()


def test_names_spelt_alike_are_near() -> None:
    vectors = HashedEmbedder().embed(["write_pointer", "write_ptr", "uart_tx_busy"])
    like = vectors @ vectors.T
    assert like[0, 1] > 0.3 > like[0, 2]


def test_the_same_in_every_process() -> None:
    code = "from rtlgen.retrieval.dense import HashedEmbedder as B; print(B().embed(['wire a_b;'])[0, :40].tolist())"
    here = str(HashedEmbedder().embed(["wire a_b;"])[0, :40].tolist())
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert there.stdout.strip() == here


def test_search_is_exact() -> None:
    vectors = HashedEmbedder().embed(TEXTS)
    dense = Dense()
    dense.build(vectors)
    assert len(dense) == 5
    found = dense.search(vectors[1], 2)
    assert [index for index, _ in found] == [1, 0]
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert dense.search(vectors[3], 2) == []
    assert Dense().search(vectors[1], 2) == []


def test_save_and_load(tmp_path: Path) -> None:
    vectors = HashedEmbedder().embed(TEXTS)
    dense = Dense()
    dense.build(vectors)
    dense.save(tmp_path / "dense.faiss")
    assert Dense.load(tmp_path / "dense.faiss").search(vectors[0], 3) == dense.search(vectors[0], 3)


def test_no_faiss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ToolError, match=r"the dense source needs faiss.*\n.*pip install faiss-cpu") as error:
        Dense().build(HashedEmbedder().embed(TEXTS))
    assert error.value.exit_code == 3


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder with a sentence-transformers model"):
        embedder_of(str(tmp_path / "none"))


def test_sentence_transformers_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ToolError, match=r"(?s)sentence-transformers is not installed.*pip install"):
        SentenceEmbedder(tmp_path)


def test_the_default_needs_nothing() -> None:
    assert embedder_of("hashed").key == "hashed-1"
