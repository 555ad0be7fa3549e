"""Pretraining learns, resumes, keeps the state before the decay, and writes a model that transformers loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.train.packing import PackingConfig
from rtlgen.train.pretrain import PretrainConfig, pretrain

TINY = PretrainConfig(
    vocabulary=320,
    width=32,
    layers=2,
    heads=2,
    batch=4,
    warmup_steps=5,
    packing=PackingConfig(length=64, context_tokens=192, context_rate=0.3),
)


@pytest.fixture()
def corpus(tmp_path: Path) -> Path:
    rows = [
        {
            "repo": "r/one",
            "path": f"m{n}.v",
            "text": f"module m{n};\n" + f"    wire [7:0] a{n};\n" * 30 + "endmodule\n",
        }
        for n in range(6)
    ]
    path = tmp_path / "files.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_it_learns_resumes_and_saves(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = pretrain(corpus, out, _minutes(0.06), validation=corpus)
    assert (out / "stable.pt").is_file()
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert log[-1]["validation_bits_per_token"] < 6
    talk: list[str] = []
    second = pretrain(corpus, out, _minutes(0.04), validation=corpus, talk=talk.append)
    assert any(line.startswith("resumed at step") for line in talk)
    assert second["tokens"] > torch.load(out / "stable.pt", weights_only=True)["state"]["tokens"] > 0
    assert second["validation_bits_per_token"] < first["validation_bits_per_token"] + 0.5
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(out / "model")
    assert model.config.num_hidden_layers == 2


def _minutes(minutes: float) -> PretrainConfig:
    from dataclasses import replace

    return replace(TINY, max_minutes=minutes)


def test_other_sizes_and_a_corrupt_checkpoint_are_refused(corpus: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    out = tmp_path / "run"
    pretrain(corpus, out, _minutes(0.005))
    with pytest.raises(
        UsageError, match=r"this run was begun with \{'width': 32\}\n  next: use the same sizes"
    ):
        pretrain(corpus, out, replace(TINY, width=64, max_minutes=0.005))
    (out / "stable.pt").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ToolError, match=r"the checkpoint cannot be read.*(\n.*)*next: remove stable.pt"):
        pretrain(corpus, out, _minutes(0.005))
