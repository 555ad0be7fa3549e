"""Recited is what greedy decoding gives word by word; regular text is recited unread."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from rtlgen.cli import cli
from rtlgen.core.errors import ToolError, UsageError
from rtlgen.model.default import DEFAULT_FOLDER, DefaultModel
from rtlgen.train.audit import ask
from rtlgen.train.memorised import _drawn, memorised

REGULAR = "module m;\n" + "".join("  always @(posedge clk) q <= q + 1;\n" for _ in range(120)) + "endmodule\n"


def corpus(path: Path, *texts: str) -> Path:
    rows = [{"repo": f"r/{n}", "path": f"m{n}.v", "text": text} for n, text in enumerate(texts)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def odd(seed: int) -> str:
    import random

    source = random.Random(seed)
    words = ["".join(source.choices("abcdefghjkmnpqrstuvwxyz", k=6)) for _ in range(300)]
    return "module odd;\n" + "".join(f"  wire {a}_{b};\n" for a, b in pairwise(words))


def test_the_share_is_what_greedy_decoding_gives(tmp_path: Path) -> None:
    path = corpus(tmp_path / "files.jsonl", REGULAR, odd(1))
    kinds = memorised(path, DEFAULT_FOLDER, unread=corpus(tmp_path / "odd.jsonl", odd(2)), probes=24)
    trained, unread = kinds
    assert (trained.kind, unread.kind) == ("trained", "unread")
    assert trained.probes == unread.probes == 24
    assert unread.recited == 0 and trained.recited > 2 and trained.repositories == 1
    assert trained.interval[0] < trained.percent < trained.interval[1]
    model = DefaultModel()
    for _, probe in _drawn({"r/0": {"m0.v": REGULAR}}, model, "trained", 6, 1):
        made = model.decoder.greedy(list(probe.seen), 50, lambda _: False)
        assert REGULAR.count(probe.text) > 0
        # 50 greedy tokens one by one say the same as one reading of the text
        assert ask(model, [probe])[0][0] == (tuple(made.ids) == probe.wanted)


def test_bad_input(tmp_path: Path) -> None:
    short = corpus(tmp_path / "short.jsonl", "module a; endmodule\n")
    with pytest.raises(UsageError, match=r"no file of more than 50 tokens\n  next: give a larger corpus"):
        memorised(short, DEFAULT_FOLDER)
    with pytest.raises(ToolError, match="there is no model here"):
        memorised(short, tmp_path)
    with pytest.raises(UsageError, match="cannot read the corpus"):
        memorised(tmp_path / "none.jsonl", DEFAULT_FOLDER)


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    path = corpus(tmp_path / "files.jsonl", REGULAR)
    command = [
        "train",
        "memorised",
        "--corpus",
        str(path),
        "--model",
        str(DEFAULT_FOLDER),
        "--probes",
        "10",
        "-q",
    ]
    shown = CliRunner().invoke(cli, command)
    assert shown.exit_code == 0, shown.output
    assert shown.output.splitlines()[0].replace("|", " ").split()[:3] == ["text", "probes", "recited"]
    found = json.loads(CliRunner().invoke(cli, [*command, "--json"]).output)
    assert found["data"]["shares"][0]["probes"] == 10
