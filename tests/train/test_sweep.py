"""A sweep trains each size once, shares what runs have in common, and ranks by bits per byte."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.train.packing import PackingConfig
from rtlgen.train.pretrain import PretrainConfig
from rtlgen.train.sweep import Size, parse_size, sweep

CONFIG = PretrainConfig(
    batch=2, warmup_steps=3, max_minutes=5.0, max_tokens=6_000, packing=PackingConfig(length=300)
)


@pytest.fixture()
def corpus(tmp_path: Path) -> Path:
    texts = ["module m;\n" + "".join(f"  wire [7:0] a{n}_{i};\n" for i in range(60)) for n in range(12)]
    rows = [{"repo": "r/one", "path": f"m{n}.v", "text": text} for n, text in enumerate(texts)]
    path = tmp_path / "files.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_sizes_are_trained_once_and_ranked(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    sizes = [Size(64, 1, 300, 300), Size(64, 2, 300, 300)]
    rows = sweep(corpus, corpus, out, sizes, CONFIG)
    assert [row["bits_per_byte"] for row in rows] == sorted(row["bits_per_byte"] for row in rows)
    layer = 4 * 64 * 64 + 3 * 64 * 192 + 2 * 64
    assert {row["layers"]: row["parameters"] for row in rows} == {
        n: 300 * 64 + 64 + n * layer for n in (1, 2)
    }
    assert all(6_000 <= row["tokens"] < 8_000 and row["decode_ms"] > 0 for row in rows)
    shared = [(out / size.name / "train.300.npz").stat() for size in sizes]
    assert shared[0].st_ino == shared[1].st_ino
    said: list[str] = []
    again = sweep(corpus, corpus, out, sizes, CONFIG, talk=said.append)
    assert again == rows
    assert said == []


def test_a_size_is_a_word() -> None:
    assert parse_size("256x4") == Size(256, 4)
    assert parse_size("128x6-v2048-l512") == Size(128, 6, 2048, 512)
    for wrong in ("256", "256x4-q3", "256x0", "100x4", "ax4"):
        with pytest.raises(UsageError, match=r"\n  next: --size 256x4"):
            parse_size(wrong)


def test_equal_tokens_are_required(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a sweep compares at equal tokens\n  next: --max-tokens 1000000"):
        sweep(corpus, corpus, tmp_path / "s", [Size(64, 1)], replace(CONFIG, max_tokens=0))
