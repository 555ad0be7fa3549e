"""What a run is judged by: bits that agree with the network's own loss, and lines that completion would ask for."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from rtlgen.core.errors import UsageError
from rtlgen.model.default import DEFAULT_FOLDER, DefaultModel
from rtlgen.model.network import load_network
from rtlgen.train.packing import FILE_WEIGHT, Packed, PackingConfig, pack
from rtlgen.train.validation import Lines, Text, pair_seen

FILES = {
    "r/one": {
        f"m{n}.v": f"module m{n}(input clk, output reg [7:0] q{n});\n"
        + f"  always @(posedge clk) q{n} <= q{n} + 1;\n" * 30
        + "endmodule\n"
        for n in range(4)
    }
}


def batch(data: Packed, step: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    rows = slice(step * size, (step + 1) * size)
    return torch.from_numpy(data.tokens[rows].astype(np.int64)), torch.from_numpy(data.weights[rows])


def test_bits_per_byte_are_the_loss_of_the_files_own_text() -> None:
    tokenizer = DefaultModel().tokenizer
    network = load_network(DEFAULT_FOLDER)
    data = pack(
        FILES, tokenizer, PackingConfig(length=256, context_tokens=130, context_rate=0.0, fim_rate=0.0)
    )
    figures = Text(data, tokenizer).figures(network, batch)
    tokens, weights = batch(data, 0, len(data.tokens) // 4 * 4)
    mine = weights[:, 1:] == FILE_WEIGHT
    with torch.no_grad():
        loss = float(network.loss(tokens, mine.float()))
    text = tokenizer.decode(tokens[:, 1:][mine].tolist())
    assert figures["validation_bits_per_token"] == pytest.approx(loss / math.log(2), rel=0.02)
    per_byte = figures["validation_bits_per_token"] * int(mine.sum()) / len(text.encode())
    assert figures["validation_bits_per_byte"] == pytest.approx(per_byte, rel=1e-3)
    assert figures["validation_repeated_pairs_bits"] < figures["validation_bits_per_token"]


def test_a_pair_is_seen_from_its_second_time_on() -> None:
    assert pair_seen(torch.tensor([[5, 6, 5, 6, 7, 5]])).tolist() == [[False, False, True, False, False]]


def test_hidden_lines_are_asked_for_as_completion_does(tmp_path: Path) -> None:
    text = FILES["r/one"]["m0.v"]
    lines = text.split("\n")
    row = {
        "repo_name": "r/one",
        "file_path": "m0.v",
        "context": [{"path": "m1.v", "snippet": FILES["r/one"]["m1.v"]}],
        "cropped_code": "\n".join(lines[:12]),
        "next_line": lines[12],
        "id": "1",
    }
    path = tmp_path / "lines.jsonl"
    path.write_text(json.dumps(row) + "\n")
    model = DefaultModel()
    (asked,) = Lines(path, model.tokenizer, 768)._asked
    assert asked.prompt.endswith(lines[11] + "\n")
    written = row | {"next_line": model.greedy_line(asked.prompt).text}
    other = row | {"id": "2", "next_line": "  zebra_17 <= 8'hd3;"}
    path.write_text(json.dumps(written) + "\n" + json.dumps(other) + "\n")
    figures = Lines(path, model.tokenizer, 768).figures(model)
    assert figures["validation_exact_match"] == 50.0
    assert 0.3 < figures["validation_line_bits_per_byte"] < 4
    with pytest.raises(UsageError, match="there is no such data file"):
        Lines(tmp_path / "none.jsonl", model.tokenizer, 768)
