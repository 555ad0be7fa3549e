"""Pretraining learns, resumes, keeps the state before the decay, starts from other weights, and writes a model."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.train.initial import fingerprint
from rtlgen.train.loop import Run
from rtlgen.train.packing import Packed, PackingConfig
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


def test_a_run_starts_from_the_weights_and_the_tokenizer_of_a_model_folder(
    corpus: Path, tmp_path: Path
) -> None:
    first = pretrain(corpus, tmp_path / "run", _minutes(0.06), validation=corpus)
    folder, out = tmp_path / "run" / "model", tmp_path / "next"
    talk: list[str] = []
    second = pretrain(corpus, out, _minutes(0.0), validation=corpus, init=folder, talk=talk.append)
    assert "training a tokenizer of 320 entries" not in talk
    assert (out / "tokenizer.json").read_text() == (folder / "tokenizer.json").read_text()
    assert second["tokens"] == 0
    assert second["validation_bits_per_token"] == pytest.approx(first["validation_bits_per_token"], abs=0.05)
    recorded = json.loads((out / "config.json").read_text())
    assert recorded["init_sha256"] == fingerprint(folder)
    assert str(tmp_path) not in json.dumps(recorded)
    pretrain(corpus, out, _minutes(0.01))
    assert torch.load(out / "last.pt", weights_only=True)["state"]["tokens"] > 0
    assert json.loads((out / "config.json").read_text()) | {"max_minutes": 0.0} == recorded


def test_rates_are_scaled_and_the_folder_names_its_prompt_budget(corpus: Path, tmp_path: Path) -> None:
    pretrain(corpus, tmp_path / "run", _minutes(0.02))
    folder = tmp_path / "run" / "model"
    long = replace(TINY, packing=PackingConfig(length=128, context_tokens=192, context_rate=0.3))
    still = replace(long, max_minutes=5.0, max_tokens=2_000, rate=0.0, prompt_tokens=64)
    figures = pretrain(corpus, tmp_path / "long", still, init=folder)
    assert 2_000 <= torch.load(tmp_path / "long" / "last.pt", weights_only=True)["state"]["tokens"] < 3_000
    assert figures == {}
    assert fingerprint(tmp_path / "long" / "model") == fingerprint(folder)
    assert json.loads((tmp_path / "long" / "model" / "config.json").read_text())["trained_context"] == 64
    assert json.loads((folder / "config.json").read_text())["trained_context"] == 64


def test_long_sequences_are_read_now_and_then(corpus: Path, tmp_path: Path) -> None:
    config = replace(TINY, max_minutes=5.0, max_tokens=4_000, long_length=200, long_every=4)
    out = tmp_path / "run"
    pretrain(corpus, out, config)
    state = torch.load(out / "last.pt", weights_only=True)["state"]
    steps = state["step"]
    assert np.load(out / "train.200.npz")["tokens"].shape[1] == 201
    assert state["tokens"] == (steps - steps // 4) * 4 * 65 + steps // 4 * 201
    assert json.loads((out / "model" / "config.json").read_text())["trained_context"] == 64


def test_weights_that_do_not_fit_are_refused(corpus: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    pretrain(corpus, run, _minutes(0.0))
    folder = run / "model"
    with pytest.raises(
        UsageError, match=r"the weights to start from have \{'hidden_size': 32, 'intermediate"
    ):
        pretrain(corpus, tmp_path / "wide", replace(TINY, width=64, max_minutes=0.0), init=folder)
    with pytest.raises(UsageError, match=r"wide: this run has no checkpoint yet\n  next: give --init again"):
        pretrain(corpus, tmp_path / "wide", replace(TINY, width=64, max_minutes=0.0))
    with pytest.raises(UsageError, match=r"not begun from these weights\n  next: leave --init out"):
        pretrain(corpus, run, _minutes(0.0), init=folder)
    with pytest.raises(UsageError, match=r"no weights to start from\n  next: give the folder that a run"):
        pretrain(corpus, tmp_path / "other", _minutes(0.0), init=tmp_path / "nowhere")
    (folder / "tokenizer.json").write_text((run / "tokenizer.json").read_text().replace('"Ġ"', '"ĠĠĠ"'))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tokenizer.json").write_text((run / "tokenizer.json").read_text())
    with pytest.raises(UsageError, match=r"another tokenizer than the weights.*\n  next: use another --out"):
        pretrain(corpus, tmp_path / "mine", _minutes(0.0), init=folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(UsageError, match="no tokenizer to start from"):
        pretrain(corpus, tmp_path / "third", _minutes(0.0), init=folder)


def test_rows_are_read_as_often_as_their_quality_says(tmp_path: Path) -> None:
    count = 400
    tokens = np.repeat(np.arange(count, dtype=np.uint16)[:, None], 65, axis=1)
    quality = np.where(np.arange(count) < 200, 1.0, 0.25).astype(np.float32)
    data = Packed(tokens, np.full(tokens.shape, 255, np.uint8), 1, quality)
    run = Run(tmp_path, TINY, data, None, None, print)
    epoch = int(quality.sum()) // 4
    rows = [run.batch(data, step, 4)[0][:, 0].tolist() for step in range(2 * epoch)]
    first, second = (sorted(chain(*part)) for part in (rows[:epoch], rows[epoch:]))
    assert len(set(first)) == len(first) == epoch * 4 == 248
    assert first != second
    assert sum(row < 200 for row in first + second) / len(first + second) == pytest.approx(0.8, abs=0.01)
    even = replace(data, quality=np.ones(count, np.float32))
    assert len({row for step in range(100) for row in run.batch(even, step, 4)[0][:, 0].tolist()}) == count


def test_the_weight_of_a_file_reaches_its_rows_but_not_the_validation(tmp_path: Path) -> None:
    rows = [
        {"repo": "r/one", "path": f"m{n}.v", "weight": w, "text": "module m;\n" + "  wire a;\n" * 40}
        for n, w in enumerate((1.0, 0.25))
    ]
    path = tmp_path / "files.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    pretrain(path, tmp_path / "run", _minutes(0.0), validation=path)
    quality = np.load(tmp_path / "run" / "train.64.npz")["quality"]
    assert quality.min() == 0.25
    assert quality.max() == 1.0
    assert set(np.load(tmp_path / "run" / "validation.64.npz")["quality"]) == {1.0}


def _minutes(minutes: float) -> PretrainConfig:
    return replace(TINY, max_minutes=minutes)


def test_other_sizes_and_a_corrupt_checkpoint_are_refused(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    pretrain(corpus, out, _minutes(0.005))
    with pytest.raises(
        UsageError, match=r"this run was begun with \{'width': 32\}\n  next: use the same sizes"
    ):
        pretrain(corpus, out, replace(TINY, width=64, max_minutes=0.005))
    kept = (out / "stable.pt").read_bytes()
    torch.save(torch.zeros(3), out / "stable.pt")
    with pytest.raises(ToolError, match=r"the checkpoint cannot be read"):
        pretrain(corpus, out, _minutes(0.005))
    (out / "stable.pt").write_bytes(kept[: len(kept) // 2])
    with pytest.raises(ToolError, match=r"the checkpoint cannot be read"):
        pretrain(corpus, out, _minutes(0.005))
    (out / "stable.pt").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ToolError, match=r"the checkpoint cannot be read.*(\n.*)*next: remove stable.pt"):
        pretrain(corpus, out, _minutes(0.005))


@pytest.mark.slow
def test_two_processes_share_every_step(tmp_path: Path) -> None:
    corpus = tmp_path / "files.jsonl"
    texts = ["module m;\n" + "".join(f"  wire [7:0] a{n}_{i};\n" for i in range(90)) for n in range(40)]
    rows = [{"repo": "r/one", "path": f"m{n}.v", "text": text} for n, text in enumerate(texts)]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["-m", "rtlgen", "train", "pretrain", "--corpus", str(corpus), "--out", str(tmp_path / "run")]
    command += ["--validation", str(corpus), "--vocabulary", "320", "--width", "32", "--layers", "2"]
    command += ["--heads", "2", "--batch", "2", "--length", "300", "--max-minutes", "0.2", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    state = torch.load(tmp_path / "run" / "last.pt", weights_only=True)["state"]
    assert state["tokens"] == state["step"] * 2 * 2 * 301
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in log] == sorted(row["step"] for row in log)
    assert (tmp_path / "run" / "model" / "model.safetensors").is_file()
