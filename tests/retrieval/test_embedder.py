"""The trained embedder from its file: vectors, queries, incremental updates, and files that cannot be used."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.project import load_project
from rtlgen.core.settings import load_settings
from rtlgen.retrieval.dense import DIMENSION, CountEmbedder, embedder_of
from rtlgen.retrieval.embedder import CLASSES, FILE, TrainedEmbedder, class_of, packed
from rtlgen.retrieval.index import open_index
from rtlgen.retrieval.lexical import words

WORDS = ["wr", "read", "assign", "fifo", "==", "8'h0"]
WIDTH = 16


def content(share: float = 0.4, seed: int = 0) -> bytes:
    draw = np.random.default_rng(seed)
    return packed(
        WORDS,
        draw.normal(size=(len(WORDS), WIDTH)).astype(np.float32),
        draw.normal(size=(64, WIDTH)).astype(np.float32),
        draw.uniform(0.2, 2, (len(WORDS), 2)).astype(np.float32),
        draw.uniform(0.2, 2, (CLASSES, 2)).astype(np.float32),
        draw.normal(size=(WIDTH, WIDTH)).astype(np.float32),
        share,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "embedder"
    path.mkdir()
    (path / FILE).write_bytes(content())
    return path


def test_vectors_have_length_one_or_zero(folder: Path) -> None:
    vectors = TrainedEmbedder(folder).embed(["assign wr_ptr = 8'h0;", "fifo u (.clk(clk));", "", "\n"])
    assert vectors.shape == (4, DIMENSION + WIDTH)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1)[:2], 1.0, rtol=1e-5)
    assert not vectors[2:].any()


def test_the_formula(folder: Path) -> None:
    """The learned part of one text, by hand from the stored tables."""
    with np.load(folder / FILE) as stored:
        table = stored["table"] * stored["table_scale"][:, None]
        turn = stored["turn"].astype(np.float32)
    plain = TrainedEmbedder(folder)
    chunk = plain.embed(["== == == 8'h0"])[0, DIMENSION:]
    expected = np.log1p(3) * table[4] + np.log1p(1) * table[5]
    np.testing.assert_allclose(
        chunk, np.sqrt(0.6) * expected / np.linalg.norm(expected), rtol=2e-3, atol=1e-4
    )
    query = plain.embed_query("", ["==", "8'h0", "==", "=="])[DIMENSION:]
    turned = expected @ turn
    np.testing.assert_allclose(query, np.sqrt(0.6) * turned / np.linalg.norm(turned), rtol=2e-3, atol=1e-4)


def test_the_company_of_a_text_does_not_matter(folder: Path) -> None:
    embedder = TrainedEmbedder(folder)
    texts = ["assign wr_ptr = read_data;", "module fifo;", "zeta alpha wr_ptr"]
    together = embedder.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(embedder.embed([text])[0].astype(np.float16), vector.astype(np.float16))
    np.testing.assert_array_equal(
        embedder.embed(texts[::-1])[::-1].astype(np.float16), together.astype(np.float16)
    )


def test_unknown_names_are_near_by_their_letters(folder: Path) -> None:
    vectors = TrainedEmbedder(folder).embed(["write_pointer", "write_ptr", "uart_tx_busy"])
    like = vectors @ vectors.T
    assert like[0, 1] > like[0, 2] + 0.1


def test_classes() -> None:
    found = [
        class_of(w) for w in ("8'h0", "'1", "<=", "clk", "ready", "interrupts", "wr_ptr", "write_pointer_q")
    ]
    assert found == [0, 0, 1, 2, 3, 4, 5, 6]


def test_the_same_in_every_process(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from rtlgen.retrieval.embedder import TrainedEmbedder as T;"
        "assert 'torch' not in sys.modules;"
        "t = T(Path(sys.argv[1])); print(t.key, t.embed(['wire a_b = fifo;'])[0].tolist())"
    )
    embedder = TrainedEmbedder(folder)
    here = f"{embedder.key} {embedder.embed(['wire a_b = fifo;'])[0].tolist()}"
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout.strip() == here


def test_by_the_setting(folder: Path) -> None:
    embedder = embedder_of(str(folder))
    assert isinstance(embedder, TrainedEmbedder)
    assert isinstance(embedder, CountEmbedder)
    assert embedder.key.startswith("trained-")
    other = folder.parent / "other"
    other.mkdir()
    (other / FILE).write_bytes(content(seed=1))
    assert embedder_of(str(other)).key != embedder.key


def test_an_updated_index_answers_as_a_fresh_one(folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "design"
    root.mkdir()
    for number in range(6):
        body = "".join(f"  assign wr_{number}_{i} = read_{i} + fifo_{number};\n" for i in range(40))
        (root / f"m{number}.v").write_text(f"module m{number} (input clk);\n{body}endmodule\n")
    settings = load_settings(root, {"retrieval.embedder": str(folder), "retrieval.sources": ["dense"]})
    open_index(load_project(root, settings=settings), settings)
    (root / "m3.v").write_text(
        "module m3 (input zeta);\n  assign zeta_1 = fifo_3;\n  wire wr_2_1;\nendmodule\n"
    )
    (root / "m0.v").unlink()
    updated = open_index(load_project(root, settings=settings), settings)
    assert (updated.stats.changed, updated.stats.removed, updated.stats.kept) == (1, 1, 4)
    asked = ("new.v", "module new;\n  assign zeta = wr_2_1;\n  fifo_3\n")
    found = updated.retrieve(*asked)
    assert found
    fresh = open_index(load_project(root, settings=settings), settings, rebuild=True)
    assert fresh.retrieve(*asked) == found
    np.testing.assert_array_equal(np.sort(fresh.vectors, axis=0), np.sort(updated.vectors, axis=0))
    assert open_index(load_project(root, settings=settings), settings).retrieve(*asked) == found


def test_query_of_nothing(folder: Path) -> None:
    assert not TrainedEmbedder(folder).embed_query("", []).any()
    assert words("") == []


def rewritten(folder: Path, **changes: object) -> None:
    with np.load(folder / FILE) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays |= {name: np.asarray(value) for name, value in changes.items() if value is not None}
    for name, value in changes.items():
        if value is None:
            del arrays[name]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (folder / FILE).write_bytes(buffer.getvalue())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda f: (f / FILE).write_bytes((f / FILE).read_bytes()[:-200]),
            r"the embedder is damaged \(BadZipFile",
        ),
        (lambda f: (f / FILE).write_bytes(b""), r"the embedder is damaged \("),
        (lambda f: rewritten(f, version=9), "is of version 9, not 1"),
        (lambda f: rewritten(f, table=None), r"the embedder is damaged \(KeyError"),
        (lambda f: rewritten(f, turn=np.eye(3)), r"the embedder is damaged \(ValueError"),
        (lambda f: rewritten(f, share=1.5), r"the embedder is damaged \(ValueError: sizes do not agree"),
    ],
)
def test_a_file_that_cannot_be_used(folder: Path, damage: object, message: str) -> None:
    assert callable(damage)
    damage(folder)
    with pytest.raises(
        UsageError, match=rf"(?s)embedder\.npz: .*{message}.*next: .*retrieval\.embedder = 'hashed'"
    ):
        embedder_of(str(folder))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no embedder"):
        TrainedEmbedder(tmp_path)
