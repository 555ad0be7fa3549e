"""Training the embedder: pairs, learning, resuming, the file in use, and what cannot be trained on."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.retrieval.dense import embedder_of
from rtlgen.retrieval.embedder import TrainedEmbedder
from rtlgen.retrieval.lexical import Vocabulary
from rtlgen.train.embedder import EmbedderConfig, train_embedder
from rtlgen.train.embedder_network import Network, apart
from rtlgen.train.embedder_pairs import PairConfig, Pairs, Unit, mine, units_of

TINY = EmbedderConfig(
    words=300,
    buckets=64,
    width=8,
    units=2,
    of_unit=16,
    pairs=PairConfig(places=20, instances=5, following=10),
)


def project(tag: str, files: int = 4) -> dict[str, str]:
    """A bus of `files` modules that use each other's signals."""
    made = {}
    for n in range(files):
        ports = ", ".join(f"input [7:0] {tag}_{n}_port{i}" for i in range(6))
        body = "".join(
            f"  wire [7:0] {tag}_{n}_net{i};\n  assign {tag}_{n}_net{i} = {tag}_{(n + 1) % files}_port{i % 6} + {i};\n"
            for i in range(14)
        )
        made[f"rtl/{tag}{n}.v"] = (
            f"module {tag}{n} ({ports});\n{body}  {tag}{(n + 1) % files} u_{n} (\n    .{tag}_{n}_port0({tag}_x),\n"
            f"    .{tag}_{n}_port1({tag}_y)\n  );\nendmodule\n"
        )
    return made


CORPUS = {f"me/{tag}": project(tag) for tag in ("spi", "uart", "gpio")}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = [
        {"repo": repository, "path": path, "text": text}
        for repository, files in CORPUS.items()
        for path, text in files.items()
    ]
    path = tmp_path / "files.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def minutes(value: float) -> EmbedderConfig:
    return replace(TINY, max_minutes=value)


def test_pairs_hold_what_the_place_needs() -> None:
    pairs = mine(CORPUS, TINY.pairs)
    assert set(pairs.kind.tolist()) == {0, 1, 2}
    assert pairs.repositories == sorted(CORPUS)
    for row in np.nonzero(pairs.kind == 0)[0]:
        needed = pairs.needed.ids[pairs.needed.indptr[row] : pairs.needed.indptr[row + 1]]
        held = pairs.chunks.ids[pairs.chunks.indptr[row] : pairs.chunks.indptr[row + 1]]
        assert set(needed.tolist()) & set(held.tolist())
        assert {pairs.words[i].split("_")[0] for i in held if "_port" in pairs.words[i]} <= {
            pairs.repositories[pairs.unit[row]].split("/")[1]
        }
    header = pairs.words.index("spi1")
    instances = np.nonzero((pairs.kind == 1) & (pairs.unit == pairs.repositories.index("me/spi")))[0]
    held = [pairs.chunks.ids[pairs.chunks.indptr[r] : pairs.chunks.indptr[r + 1]].tolist() for r in instances]
    assert any(header in words for words in held)


def test_the_same_corpus_gives_the_same_pairs(tmp_path: Path) -> None:
    first, second = mine(CORPUS, TINY.pairs), mine(dict(reversed(CORPUS.items())), TINY.pairs)
    np.testing.assert_array_equal(first.queries.ids, second.queries.ids)
    first.save(tmp_path / "pairs.npz")
    loaded = Pairs.load(tmp_path / "pairs.npz")
    assert loaded.words == first.words
    np.testing.assert_array_equal(loaded.needed.ids, first.needed.ids)
    np.testing.assert_array_equal(loaded.batch(3, 2, 16, 1), first.batch(3, 2, 16, 1))
    (tmp_path / "pairs.npz").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"the pairs cannot be read.*\n.*remove pairs\.npz"):
        Pairs.load(tmp_path / "pairs.npz")


def test_units_are_of_nearly_equal_size() -> None:
    units = list(units_of({f"f{n:03d}.v": "x" for n in range(50)}))
    assert [len(unit) for unit in units] == [16, 17, 17]
    assert list(units_of({"only.v": "x"})) == []


def test_a_place_needs_the_names_that_are_not_shown() -> None:
    unit = Unit(
        {"a.v": "wire q;\nassign q = far;\nassign far = q & near;\n", "b.v": "wire far, near;\n"},
        Vocabulary(),
    )
    place = unit.place("a.v", 2)
    assert [unit.vocabulary.words[i] for i in place.needed] == ["near"]
    assert unit.covered(place).tolist()[-1] == 1.0


def test_chunks_that_help_as_well_are_left_out() -> None:
    pairs = mine(CORPUS, TINY.pairs)
    rows = pairs.batch(0, 1, 16, 1)
    network = Network(pairs, 300, 2, 64, 8, 0.5, 1)
    scores, counts = network.scores(rows, 0.6)
    assert scores.shape == counts.shape == (len(rows), len(rows))
    assert bool(counts.diagonal().all())
    assert not bool(counts.all())


def test_apart_by_hand() -> None:
    from rtlgen.train.embedder_pairs import _counts

    needed = _counts([{1: 1, 2: 1}, {3: 1}])
    chunks = _counts([{1: 1, 2: 1}, {1: 1, 2: 2, 3: 1}])
    assert apart(needed, chunks, 0.6).tolist() == [[True, False], [True, True]]


def test_numpy_and_torch_agree(corpus: Path, tmp_path: Path) -> None:
    """The written embedder gives the scores that were trained, up to the eight bits of the tables."""
    train_embedder(corpus, tmp_path / "run", minutes(0.03))
    pairs = Pairs.load(tmp_path / "run" / "pairs.npz")
    saved = torch.load(tmp_path / "run" / "last.pt", weights_only=True)
    network = Network(pairs, TINY.words, TINY.least_spread, TINY.buckets, TINY.width, TINY.share, TINY.seed)
    network.load_state_dict(saved["network"])
    rows = pairs.batch(0, 2, 8, 1)
    scores = network.scores(rows, 0.6)[0].detach().numpy()
    trained = TrainedEmbedder(tmp_path / "run")
    chunks = trained.embed_counts(pairs.words, pairs.chunks)[rows]
    for number, row in enumerate(rows.tolist()):
        span = slice(int(pairs.queries.indptr[row]), int(pairs.queries.indptr[row + 1]))
        asked = np.repeat(pairs.queries.ids[span], pairs.queries.counts[span])
        query = trained.embed_query("", [pairs.words[i] for i in asked])
        np.testing.assert_allclose(chunks @ query, scores[number], atol=0.02)


def test_it_learns_resumes_and_is_used(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = train_embedder(corpus, out, minutes(0.04), validation=["me/gpio"])
    assert first["recall_places"] > 10
    assert 0 < first["recall_trained"] <= 1
    assert len(first["trained_minus_bm25"]) == 3
    assert first["bytes"] == (out / "embedder.npz").stat().st_size
    assert "gpio" not in Pairs.load(out / "pairs.npz").words
    talk: list[str] = []
    second = train_embedder(corpus, out, minutes(0.03), validation=["me/gpio"], talk=talk.append)
    assert second["steps"] > first["steps"]
    assert f"resumed at step {first['steps']}" in talk
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert log[-1]["loss"] < 2.5  # log(32) before any step
    assert embedder_of(str(out)).key.startswith("trained-")
    assert json.loads((out / "figures.json").read_text()) == second


def test_other_options_need_another_folder(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train_embedder(corpus, out, minutes(0.0))
    with pytest.raises(
        UsageError, match=r"begun with another width\n  next: use the same options, or another --out"
    ):
        train_embedder(corpus, out, replace(minutes(0.0), width=4))
    with pytest.raises(UsageError, match="begun with another validation"):
        train_embedder(corpus, out, minutes(0.0), validation=["me/spi"])
    (out / "last.pt").write_bytes(b"torn")
    with pytest.raises(ToolError, match=r"(?s)the checkpoint cannot be read.*remove last\.pt"):
        train_embedder(corpus, out, minutes(0.0))
    (out / "last.pt").unlink()
    assert train_embedder(corpus, out, minutes(0.0))["steps"] == 0


def test_what_cannot_be_trained_on(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"no repository 'me/none'\n  next: one of: me/gpio, me/spi, me/uart"
    ):
        train_embedder(corpus, tmp_path / "run", TINY, validation=["me/none"])
    with pytest.raises(UsageError, match=r"gives no pairs: a repository needs two files"):
        train_embedder(corpus, tmp_path / "none", TINY, validation=list(CORPUS))
    single = tmp_path / "single.jsonl"
    single.write_text(json.dumps({"repo": "a/b", "path": "a.v", "text": "module a; endmodule\n"}) + "\n")
    with pytest.raises(UsageError, match=r"gives no pairs"):
        train_embedder(single, tmp_path / "single", TINY)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    with pytest.raises(UsageError, match="the corpus holds no file"):
        train_embedder(empty, tmp_path / "empty", TINY)


def test_a_disk_that_is_full(corpus: Path, tmp_path: Path) -> None:
    """Files may not grow past 64 kB: the command says so, and the same command goes on later."""
    command = [
        sys.executable,
        "-m",
        "rtlgen",
        "train",
        "embedder",
        "--corpus",
        str(corpus),
        "--out",
        str(tmp_path / "o"),
    ]
    command += ["--max-minutes", "0", "-q"]
    limited = (
        "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)); sys.argv = sys.argv[1:];"
        "runpy.run_module('rtlgen', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "rtlgen", *command[3:]], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert "cannot write the run: " in done.stderr
    assert "the same command goes on where it stopped" in done.stderr
    assert not (tmp_path / "o" / "embedder.npz").exists()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 0
