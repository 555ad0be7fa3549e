"""Training sequences have the layout of prompts, lose no text, and are the same for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rtlgen.core.errors import UsageError
from rtlgen.model.tokenizer import VerilogTokenizer, train_tokenizer
from rtlgen.train.packing import CONTEXT_WEIGHT, FILE_WEIGHT, PackingConfig, pack, read_corpus


def module(name: str, child: str) -> str:
    body = "\n".join(f"    wire [7:0] {name}_{i} = {name}_{i + 1};" for i in range(40))
    return f"module {name}(input clk);\n{body}\n    {child} u_{child}(.clk(clk));\nendmodule\n"


FILES = {"r/one": {"a.v": module("a", "b"), "b.v": module("b", "c"), "c.v": module("c", "a")}}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> VerilogTokenizer:
    path = tmp_path_factory.mktemp("t") / "tokenizer.json"
    train_tokenizer([t for files in FILES.values() for t in files.values()], 400).save(str(path))
    return VerilogTokenizer(path)


def test_every_file_token_is_there_once_and_context_comes_from_other_files(
    tokenizer: VerilogTokenizer,
) -> None:
    config = PackingConfig(length=1024, context_tokens=600, context_rate=1.0, fim_rate=0.0)
    packed = pack(FILES, tokenizer, config)
    assert packed.tokens.shape[1] == 1025
    assert packed.tokens.dtype == np.uint16
    mine = tokenizer.decode(packed.tokens[packed.weights == FILE_WEIGHT].tolist())
    for text in FILES["r/one"].values():
        for line in text.splitlines():
            assert line in mine
    assert mine.count("u_b(") == 1
    context = tokenizer.decode(packed.tokens[packed.weights == CONTEXT_WEIGHT].tolist())
    assert any(f"module {name}" in context for name in "abc")
    assert packed.file_bytes == sum(len(t) for t in FILES["r/one"].values())


def test_fill_in_the_middle_keeps_all_text(tokenizer: VerilogTokenizer) -> None:
    packed = pack(FILES, tokenizer, PackingConfig(length=512, context_rate=0.0, fim_rate=1.0))
    special = tokenizer.special
    for row in packed.tokens.tolist():
        assert row.count(special["<|fim_prefix|>"]) == row.count(special["<|fim_middle|>"])
    text = tokenizer.decode(packed.tokens[packed.weights == FILE_WEIGHT].tolist())
    whole = sum(len(t) for t in FILES["r/one"].values())
    assert len(text) >= whole


def test_packing_is_replayed_by_its_seed(tokenizer: VerilogTokenizer) -> None:
    one, two = (pack(FILES, tokenizer, PackingConfig(length=128, context_tokens=64 + 128)) for _ in range(2))
    assert (one.tokens == two.tokens).all()
    other = pack(FILES, tokenizer, PackingConfig(length=128, context_tokens=64 + 128, seed=2))
    assert one.tokens.shape != other.tokens.shape or (one.tokens != other.tokens).any()


def test_a_broken_corpus_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the corpus\n  next: rtlgen datasets corpus build"):
        read_corpus(tmp_path / "files.jsonl")
    (tmp_path / "files.jsonl").write_text('{"repo": "r", "path": "a", "text": "x"}\n{"repo"\n')
    with pytest.raises(UsageError, match=r"files.jsonl:2: not a corpus row"):
        read_corpus(tmp_path / "files.jsonl")
    (tmp_path / "files.jsonl").write_text(json.dumps({"repo": "r", "path": "a", "text": "x"}) + "\n")
    assert read_corpus(tmp_path / "files.jsonl") == {"r": {"a": "x"}}
    with pytest.raises(UsageError, match="the corpus holds no file"):
        read_corpus(tmp_path / "files.jsonl", skip=["r"])


def test_only_the_named_files_become_sequences_and_the_others_serve_as_context(
    tokenizer: VerilogTokenizer,
) -> None:
    files = FILES["r/one"]
    config = PackingConfig(length=256, context_tokens=200, context_rate=1, fim_rate=0)
    made = pack(FILES, tokenizer, config, only=["b.v"])
    assert made.file_bytes == len(files["b.v"])
    own = tokenizer.decode(int(t) for t in made.tokens[made.weights == FILE_WEIGHT])
    assert "module b(" in own
    assert "module a(" not in own
    assert tokenizer.decode(int(t) for t in made.tokens[made.weights == CONTEXT_WEIGHT]).strip()
