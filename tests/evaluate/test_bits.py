"""Bits per byte: the 5-gram models are distributions, segments cover the text, xz is the tool's, runs go on and agree."""

from __future__ import annotations

import json
import lzma
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.bits import CODERS, BitsConfig, evaluate
from rtlgen.evaluate.bits_ngram import CountedGrams, with_cache
from rtlgen.evaluate.bits_report import ratio_interval, report
from rtlgen.evaluate.bits_text import before, read_repositories, sample, segments_of, text_of
from rtlgen.evaluate.bits_xz import xz_bits, xz_size


def module(name: str, lines: int) -> str:
    rows = [f"  assign {name}_y{i} = {name}_a{i} & {name}_b{i % 3};" for i in range(lines)]
    return "\n".join([f"module {name}(input clk);", *rows, "endmodule", ""])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bits") / "files.jsonl"
    rows = [
        {"repo": f"me/r{r}", "path": f"rtl/{n}.v", "text": module(n + str(r), 30), "weight": 1.0}
        for r in range(2)
        for n in ("alu", "fifo", "uart")
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_kneser_ney_is_a_distribution_and_agrees_with_itself() -> None:
    draw = random.Random(1)
    tokens = [draw.randrange(7) for _ in range(300)]
    grams = CountedGrams(tokens, 9)
    for history in ([], [3], tokens[:4], tokens[50:60], [8, 8, 8, 8], [1, 8, 2, 3, 4]):
        whole = grams.distribution(history)
        assert whole.sum() == pytest.approx(1.0)
        assert whole.min() > 0
        each = [float(grams.kneser_ney([*history, token])[-1]) for token in range(9)]
        assert each == pytest.approx(whole.tolist())


def test_kneser_ney_of_a_small_text_by_hand() -> None:
    """Bigrams of a b a c: the closed form has too little to say, so the discounts are 0.5, 1 and 1.5."""
    grams = CountedGrams([0, 1, 0, 2], 3, order=2)
    unigram = grams.distribution([])
    # different tokens before a: b; before b: a; before c: a. Each count of 1 is discounted by 0.5, 1.5 is spared
    assert unigram.tolist() == pytest.approx([(0.5 + 1.5 / 3) / 3] * 3)
    after_a = grams.distribution([0])
    assert after_a.tolist() == pytest.approx([(1.0 / 3) / 2, (0.5 + 1.0 / 3) / 2, (0.5 + 1.0 / 3) / 2])


def test_higher_orders_are_learned() -> None:
    grams = CountedGrams([1, 2, 3, 4, 5] * 40, 8)
    values = grams.kneser_ney([1, 2, 3, 4, 5])
    assert values[-1] > 0.95
    assert values[1:].min() > 0.5
    assert grams.sizes == (5, 5, 5, 5, 5)


def test_the_cache_is_a_distribution_and_counts_others_and_the_file_so_far() -> None:
    vocabulary, others = 6, CountedGrams([1, 2, 3, 1, 2, 4], 6)
    for history in ([1, 2], [5, 5, 1, 2, 3], [0, 0, 0, 0]):
        each = []
        for token in range(vocabulary):
            tokens = [*history, token]
            base = np.full(len(tokens) - 1, 1 / vocabulary)
            each.append(float(with_cache(base, tokens, 1, others)[-1]))
        assert sum(each) == pytest.approx(1.0)
    base = np.full(4, 1 / 6)
    seen = with_cache(base, [1, 2, 5, 1, 2], 1, CountedGrams([0], 6))
    assert seen[3] > 2 * seen[0]  # 2 after 1, once the file has had it
    assert with_cache(base[:1], [1, 2], 1, others)[0] > 0.5  # and from the other files


def test_segments_cover_a_file_and_count_its_bytes(corpus: Path) -> None:
    files = {"a.v": "x\nyy\n\nzé\nlast", "b.v": module("b", 40)}
    for path, text in files.items():
        parts = segments_of("me/r", path, text, 6)
        assert "".join(text_of(files, part) for part in parts) == text
        assert sum(part.size for part in parts) == len(text.encode())
        assert [before(files, part) + text_of(files, part) for part in parts][-1] == text
    repositories = read_repositories(corpus)
    drawn = sample(repositories, 600, 200, seed=3)
    assert drawn == sample(repositories, 600, 200, seed=3) != sample(repositories, 600, 200, seed=4)
    assert {part.repository for part in drawn} == {"me/r0", "me/r1"}


def test_xz_is_what_the_tool_writes(tmp_path: Path) -> None:
    text = module("alu", 200).encode()
    (tmp_path / "t").write_bytes(text)
    try:
        written = subprocess.run(["xz", "-9e", "-c", tmp_path / "t"], capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("no xz here")
    assert abs(xz_size(text) - len(written)) <= 4
    assert lzma.decompress(written) == text
    files = {"alu.v": module("alu", 40), "copy.v": module("alu", 40)}
    [whole] = segments_of("me/r", "copy.v", files["copy.v"], 10**6)
    alone = xz_bits({"copy.v": files["copy.v"]}, whole)
    assert xz_bits(files, whole) < alone / 4


def test_figures_of_a_report() -> None:
    rows = [
        {"repository": "a", "size": 100, "tokens": 40, "bits": {"mixture": 80.0, "xz": 160.0}},
        {"repository": "b", "size": 300, "tokens": 90, "bits": {"mixture": 320.0, "xz": 640.0}},
    ]
    found = report(rows, ("mixture", "xz"), {})
    assert [coder.bits_per_byte for coder in found.coders] == [1.0, 2.0]
    [against] = found.against
    assert (against.first, against.other, against.percent) == ("mixture", "xz", -50.0)
    assert against.repositories == (-50.0, -50.0)
    assert found.by_repository["a"] == {"bytes": 100, "segments": 1, "mixture": 0.8, "xz": 1.6}
    low, high = ratio_interval([1, 1, 9], [1, 1, 1], range(3))
    assert low < 11 / 3 < high


def test_a_run_goes_on_and_agrees(corpus: Path, tmp_path: Path) -> None:
    config = BitsConfig(data=corpus, corpus=corpus, out=tmp_path / "run", share=500, size=300)
    seen: list[str] = []
    first = evaluate(config, lambda name, done, wanted: seen.append(f"{name} {done}/{wanted}"))
    assert tuple(coder.name for coder in first.coders) == CODERS
    assert seen[-1].startswith("ngram segments")
    values = {coder.name: coder.bits_per_byte for coder in first.coders}
    assert all(0 < value < 8 for value in values.values())
    assert max(values["mixture"], values["model"]) < 2
    assert values["5-gram+repository"] < 2
    [file] = (tmp_path / "run").glob("bits-model-*.jsonl")
    rows = file.read_text().splitlines()
    file.write_text("\n".join(rows[:2]) + "\n" + rows[2][:20])  # killed while the second row was written
    again = evaluate(config)
    assert again == first
    assert len(file.read_text().splitlines()) == len(rows)


def test_unusable_data_is_one_error(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no repository 'nobody/x'"):
        evaluate(BitsConfig(data=corpus, repositories=("nobody/x",)))
    with pytest.raises(UsageError, match="no coder 'zip'"):
        evaluate(BitsConfig(data=corpus, coders=("zip",)))
    with pytest.raises(UsageError, match="the 5-gram models need a corpus"):
        evaluate(BitsConfig(data=corpus, coders=("5-gram",)))
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"repo": "a/b", "path": "x.v"}\n')
    with pytest.raises(UsageError, match=r"bad.jsonl:1: not a corpus row: repo, path and text are needed"):
        evaluate(BitsConfig(data=bad))
    bad.write_text("{\n")
    with pytest.raises(UsageError, match="not a corpus row: no JSON"):
        evaluate(BitsConfig(data=bad))
    bad.write_text("")
    with pytest.raises(UsageError, match="the corpus holds no file"):
        evaluate(BitsConfig(data=bad))
    with pytest.raises(UsageError, match="cannot read the corpus"):
        evaluate(BitsConfig(data=tmp_path / "none.jsonl"))
