"""Vocabularies by scheme: each covers any text, larger ones need fewer tokens, unknown ones are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.tokenizers import SCHEMES, _trained, study
from rtlgen.model.default import DEFAULT_FOLDER

TEXT = "module alu(input [15:0] a);\n\tassign y_next = a[12:3] + 8'hFF; // größe\r\n\n\n    end\nendmodule\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "files.jsonl"
    rows = [{"repo": "me/r", "path": f"{i}.v", "text": TEXT.replace("alu", f"unit_{i}")} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_larger_vocabularies_need_fewer_tokens_and_files_are_measured_too(corpus: Path) -> None:
    file = DEFAULT_FOLDER / "tokenizer.json"
    found = study(corpus, corpus, vocabularies=(280, 300), files=[file])
    assert [(e.scheme, e.vocabulary) for e in found.entries[:2]] == [("rtlgen", 280), ("rtlgen", 300)]
    by_scheme = {name: [e for e in found.entries if e.scheme == name] for name in SCHEMES}
    for small, large in by_scheme.values():
        assert small.tokens >= large.tokens
        assert large.bytes_per_token == pytest.approx(found.size / large.tokens)
        assert small.embedding_share < large.embedding_share < 1
    assert found.entries[-1].scheme == "model"
    assert found.entries[-1].vocabulary == 4096


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_keeps_the_text(scheme: str) -> None:
    from tokenizers import decoders

    tokenizer = _trained([TEXT], scheme, 300)
    tokenizer.decoder = decoders.ByteLevel()
    assert tokenizer.decode(tokenizer.encode(TEXT, add_special_tokens=False).ids) == TEXT


def test_unknown_schemes_and_broken_files_are_one_error(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scheme 'bert'"):
        study(corpus, corpus, schemes=("bert",))
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(UsageError, match="cannot read the tokenizer"):
        study(corpus, corpus, schemes=(), files=[tmp_path / "tokenizer.json"])
