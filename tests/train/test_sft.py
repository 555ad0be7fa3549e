"""Fine-tuning on pairs learns them, goes on after a kill, and says what is wrong with what it is given."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.generate.layout import text_of
from rtlgen.generate.specification import specification
from rtlgen.model.network import Network, NetworkConfig, save_network
from rtlgen.model.tokenizer import EOS, VerilogTokenizer, train_tokenizer
from rtlgen.train.sft import SftConfig, _Data, _Run, finetune
from rtlgen.train.sft_pairs import example, read_pairs, specification_of, split

CONFIG = SftConfig(batch_tokens=1024, held_share=0.2, max_minutes=0.12, warmup_steps=3, length=256)


def _row(rng: random.Random) -> dict[str, str]:
    names = rng.sample(["a", "b", "c", "d", "x", "z"], 2)
    word, sign = rng.choice([("and", "&"), ("or", "|"), ("exclusive or", "^")])
    spec = (
        f"Write a module named top.\n- input {names[0]}\n- input {names[1]}\n- output y\n"
        f"The output y is the {word} of the inputs.\n"
    )
    code = (
        f"module top (\n  input {names[0]},\n  input {names[1]},\n  output logic y\n);\n"
        f"  assign y = {names[0]} {sign} {names[1]};\nendmodule\n"
    )
    return {"specification": spec, "code": code, "top": "top", "family": word}


@pytest.fixture()
def pairs(tmp_path: Path) -> Path:
    rng = random.Random(1)
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(_row(rng)) + "\n" for _ in range(300)))
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "model"
    network = Network(
        NetworkConfig(
            vocab_size=400,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
        )
    )
    network.initialise(1)
    save_network(network, folder)
    rng = random.Random(2)
    texts = [row["specification"] + row["code"] for row in (_row(rng) for _ in range(50))]
    train_tokenizer(texts, 400).save(str(folder / "tokenizer.json"))
    return folder


def test_the_training_text_is_the_asking_text(pairs: Path, base: Path) -> None:
    tokenizer = VerilogTokenizer(base / "tokenizer.json")
    (pair, *_) = read_pairs([pairs])
    made = example(pair, tokenizer, 256)
    assert made is not None
    asked = text_of(specification(pair.spec))
    assert list(made.ids[: made.asked]) == tokenizer.encode_prompt(asked)
    assert made.ids[-1] == tokenizer.special[EOS]
    assert pair.code == asked[asked.index("module") :] + tokenizer.decode(made.ids[made.asked :])
    assert example(pair, tokenizer, len(made.ids) - 1) is None


def test_ports_that_the_text_does_not_list_come_from_the_code(pairs: Path) -> None:
    (pair, *_) = read_pairs([pairs])
    prose = replace(pair, spec="The module top takes a and b and gives y, their sum without carry.")
    assert [port.name for port in specification_of(prose).ports] == [
        port.name for port in specification_of(pair).ports
    ]


def test_it_learns_and_a_killed_run_goes_on(pairs: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    short = finetune([pairs], base, out, replace(CONFIG, max_minutes=0.02))
    (out / "last.part").write_bytes(b"torn")  # what a kill in the middle of a checkpoint leaves
    talk: list[str] = []
    figures = finetune([pairs], base, out, CONFIG, talk=talk.append)
    assert any(line.startswith("resumed at step") for line in talk)
    assert figures["tokens"] > short["tokens"]
    assert figures["held_bits_per_token"] < short["held_bits_per_token"]
    config = json.loads((out / "model" / "config.json").read_text())
    assert config["trained_context"] == 256 and config["rtlgen"] == 1


def test_batches_hold_every_example_once_and_go_on_in_their_place(
    pairs: Path, base: Path, tmp_path: Path
) -> None:
    tokenizer = VerilogTokenizer(base / "tokenizer.json")
    examples = tuple(made for p in read_pairs([pairs]) if (made := example(p, tokenizer, 256)))
    data = _Data(examples, (), (), {"tokens": [[0] * 65]})
    run = _Run(base, tmp_path, CONFIG, data, tokenizer, lambda _: None)
    first = run._batches()
    epoch = [next(first) for _ in range(len(run._epoch(random.Random("1 0"))))]
    assert sorted(one.ids for batch in epoch if batch for one in batch) == sorted(one.ids for one in examples)
    assert all(sum(len(one.ids) for one in batch) <= 1024 for batch in epoch if batch)
    assert 0.05 < epoch.count(None) / len(epoch) < 0.3
    run.state.epoch, run.state.place = 0, 5
    assert next(run._batches()) == epoch[5]


def test_families_are_held_out_whole_and_no_code_is_on_both_sides(pairs: Path) -> None:
    parts = split(read_pairs([pairs]), share=0.2, families=("or",))
    assert {pair.family for pair in parts.unseen} == {"or"}
    assert not {pair.code for pair in parts.train} & {pair.code for pair in (*parts.held, *parts.unseen)}
    assert parts.held


def test_bad_pairs_are_refused(tmp_path: Path, base: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"specification": "x", "code": "module m; endmodule"}\n{"specification": "x"}\n')
    with pytest.raises(UsageError, match="not a pair") as caught:
        read_pairs([bad])
    assert caught.value.where == f"{bad}:2"
    bad.write_text("\n")
    with pytest.raises(UsageError, match="there are no pairs"):
        read_pairs([bad])
    with pytest.raises(UsageError, match="cannot read the pairs"):
        read_pairs([tmp_path / "nothing.jsonl"])
    bad.write_text('{"specification": "x", "code": "module m; endmodule"}\n')
    with pytest.raises(UsageError, match="no pair can be learned from"):
        finetune([bad], base, tmp_path / "run", replace(CONFIG, held_share=0.0))


def test_an_unknown_family_is_named(pairs: Path) -> None:
    with pytest.raises(UsageError, match="no pair is of family 'fifo'") as caught:
        split(read_pairs([pairs]), share=0.1, families=("fifo",))
    assert "exclusive or" in str(caught.value.hint)


def test_a_run_is_not_gone_on_with_from_other_things(pairs: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    finetune([pairs], base, out, replace(CONFIG, max_minutes=0.001))
    with pytest.raises(UsageError, match="begun with another model"):
        finetune([pairs], out / "model", out, CONFIG)
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps(_row(random.Random(9))) + "\n")
    with pytest.raises(UsageError, match="begun with other pairs"):
        finetune([pairs, more], base, out, CONFIG)
    with pytest.raises(UsageError, match="no weights to start from"):
        finetune([pairs], tmp_path, tmp_path / "new", CONFIG)
    with pytest.raises(UsageError, match="no packed corpus text"):
        finetune([pairs], base, out, CONFIG, replay=pairs)


def test_a_broken_checkpoint_is_named(pairs: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    finetune([pairs], base, out, replace(CONFIG, max_minutes=0.001))
    (out / "last.pt").write_bytes(b"broken")
    with pytest.raises(ToolError, match="the checkpoint cannot be read") as caught:
        finetune([pairs], base, out, CONFIG)
    assert str(caught.value.where) == str(out / "last.pt")


def test_a_full_disk_loses_nothing(
    pairs: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    out = tmp_path / "run"
    finetune([pairs], base, out, replace(CONFIG, max_minutes=0.001))
    before = (out / "last.pt").read_bytes()

    def full(_content: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(ToolError, match=r"cannot be written: .*No space left"):
        finetune([pairs], base, out, replace(CONFIG, max_minutes=0.01))
    assert (out / "last.pt").read_bytes() == before and not (out / "last.part").exists()


def test_the_sampled_loss_is_the_weighted_one_on_average(pairs: Path, base: Path, tmp_path: Path) -> None:
    import torch

    tokenizer = VerilogTokenizer(base / "tokenizer.json")
    examples = tuple(made for p in read_pairs([pairs])[:8] if (made := example(p, tokenizer, 256)))
    run = _Run(base, tmp_path, CONFIG, _Data(examples, (), ()), tokenizer, lambda _: None)
    tokens, weights = run._rows(examples)
    with torch.no_grad():
        whole = float(run.network.loss(tokens, weights))
        sampled = []
        for run.state.step in range(40):
            sampled.append(float(run._loss(tokens, weights)))
    assert sum(sampled) / 40 == pytest.approx(whole, rel=0.01)
