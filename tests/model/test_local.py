"""A real (tiny, random) Llama: the same answers for the same arguments, held against generate()."""

from __future__ import annotations

import json
import math
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rtlgen.core.errors import RtlgenError, ToolError, UsageError
from rtlgen.model.chat import Message, as_chat
from rtlgen.model.formats import PLAIN, RTLGEN
from rtlgen.model.interface import CodeModel
from rtlgen.model.local import LocalModel, load_local

PROMPT = "<|bos|><|file|>rtl/alu.v\nmodule alu(input [7:0] a, b);\n  always @(*) begin\n"


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> LocalModel:
    return load_local(tiny_llama)


@pytest.fixture(scope="module")
def reference(tiny_llama: Path) -> Any:
    import transformers

    return transformers.AutoModelForCausalLM.from_pretrained(tiny_llama)


def test_is_a_code_model(model: LocalModel, tiny_llama: Path) -> None:
    assert isinstance(model, CodeModel)
    assert model.name == str(tiny_llama)
    assert model.format is RTLGEN
    assert model.context_tokens == 256
    assert model.count("") == 0 and model.count("<|bos|>") == 1


def test_greedy_is_token_for_token_what_transformers_generates(model: LocalModel, reference: Any) -> None:
    import torch

    ids = model._prompt_ids(PROMPT)
    out = reference.generate(torch.tensor([ids]), max_new_tokens=40, do_sample=False, pad_token_id=1)[
        0, len(ids) :
    ]
    (greedy,) = model.complete(PROMPT, max_new_tokens=40)
    assert greedy.tokens == len(out) == 40
    assert greedy.text == model._tokenizer.decode(out, skip_special_tokens=True).removesuffix("\ufffd")
    logits = reference(torch.tensor([ids + out.tolist()])).logits[0, len(ids) - 1 : -1].log_softmax(-1)
    expected = logits.gather(-1, out[:, None]).mean().item()
    assert greedy.logprob_mean == pytest.approx(expected, abs=1e-4)
    assert greedy.finish == "length"
    assert load_local(model.name).complete(PROMPT, max_new_tokens=40) == [greedy]


def test_kept_cache_changes_nothing_and_is_used(model: LocalModel, tiny_llama: Path) -> None:
    longer = PROMPT + "    case (op)\n"
    fresh = load_local(tiny_llama)
    expected = fresh.complete(longer, n=3, max_new_tokens=12)
    assert fresh.reused_tokens == 0
    model.complete(PROMPT, n=2, max_new_tokens=5)
    got = model.complete(longer, n=3, max_new_tokens=12)
    assert model.reused_tokens == model.count(PROMPT)
    assert [g.text for g in got] == [g.text for g in expected]
    assert [g.text for g in model.complete(longer, n=3, max_new_tokens=12)] == [g.text for g in got]
    assert model.reused_tokens == model.count(longer) - 1
    other = "<|bos|>endmodule"
    assert model.complete(other)[0].text == load_local(tiny_llama).complete(other)[0].text
    assert model.reused_tokens == 1


def test_without_kept_cache_nothing_depends_on_what_was_asked_before(tiny_llama: Path) -> None:
    model = load_local(tiny_llama, keep_cache=False)
    first = model.complete(PROMPT, n=2, max_new_tokens=12)
    model.complete(PROMPT + "    case (op)\n", n=2, max_new_tokens=3)
    assert model.complete(PROMPT, n=2, max_new_tokens=12) == first
    assert model.reused_tokens == 0


def test_messages_go_through_the_tokenizers_own_template(tiny_llama: Path, tmp_path: Path) -> None:
    assert as_chat(load_local(tiny_llama)) is None  # a tokenizer without a template: a base model
    folder = tmp_path / "chat"
    shutil.copytree(tiny_llama, folder)
    (folder / "chat_template.jinja").write_text(
        "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}"
        "<|file|>{{ m.role }}\n{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<|file|>answer\n{% endif %}"
    )
    model = load_local(folder)
    assert as_chat(model) is model
    said = model.chat([Message("user", "module alu")], n=2, max_new_tokens=6, temperature=0.7, seed=3)
    same = model.complete(
        "<|file|>user\nmodule alu\n<|file|>answer\n", n=2, max_new_tokens=6, temperature=0.7, seed=3
    )
    assert [g.text for g in said] == [g.text for g in same]
    with pytest.raises(ToolError, match="does not take these messages: no tools") as raised:
        model.chat([Message("tool", "x")])
    assert "--no-chat" in str(raised.value)


def test_n_best_begins_with_the_greedy_one(model: LocalModel) -> None:
    (greedy,) = model.complete(PROMPT, max_new_tokens=10)
    three = model.complete(PROMPT, n=3, max_new_tokens=10)
    assert three[0].text == greedy.text
    assert len({g.text for g in three}) == 3


def test_seed_decides_the_samples(model: LocalModel) -> None:
    def draw(seed: int, n: int = 3) -> list[str]:
        return [g.text for g in model.complete(PROMPT, n=n, max_new_tokens=10, temperature=0.9, seed=seed)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)
    assert draw(1, n=1) == draw(1)[:1], "more rows do not change the first ones"
    assert len(set(draw(1))) == 3
    narrow = model.complete(PROMPT, max_new_tokens=10, temperature=0.9, top_p=0.0)
    assert narrow[0].text == model.complete(PROMPT, max_new_tokens=10)[0].text


def test_stop_cuts_the_text_before_it(model: LocalModel) -> None:
    (free,) = model.complete(PROMPT, max_new_tokens=30)
    at = len(free.text) // 2
    mark = free.text[at : at + 2]
    (cut,) = model.complete(PROMPT, max_new_tokens=30, stop=["", mark])
    assert cut.text == free.text[: free.text.find(mark)]
    assert cut.finish == "stop" and cut.tokens <= free.tokens


def test_end_token_ends_and_is_no_text(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = model._tokenizer(model.complete(PROMPT, max_new_tokens=3)[0].text)["input_ids"]
    monkeypatch.setattr(model, "_ends", frozenset({ids[0]}))
    (none,) = model.complete(PROMPT, max_new_tokens=9)
    assert (none.text, none.tokens, none.finish) == ("", 1, "stop")
    assert {
        model._tokenizer.convert_tokens_to_ids(t) for t in ("<|eos|>", "<|file|>")
    } <= model._end_tokens()[0]


def test_score_is_the_mean_log_probability(model: LocalModel, reference: Any) -> None:
    import torch

    texts = ["    case (op)\n", "", "y", "  end\nendmodule\n", *(f"      3'd{i}: y = a;\n" for i in range(9))]
    scores = model.score(PROMPT, texts)
    prompt = model._prompt_ids(PROMPT)
    for text, score in zip(texts, scores, strict=True):
        ids = model._ids(text, special=False)
        if not ids:
            assert score == -math.inf
            continue
        logits = reference(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
        assert score == pytest.approx(logits.gather(-1, torch.tensor(ids)[:, None]).mean().item(), abs=1e-4)
    assert model.score(PROMPT, []) == []


def test_prompt_without_room_is_an_error(model: LocalModel) -> None:
    with pytest.raises(
        UsageError, match=r"the prompt has \d+ tokens and the model takes 256\n.*model.context_tokens"
    ):
        model.complete("wire x;\n" * 200)
    (short,) = model.complete("wire x;\n" * 20, max_new_tokens=10_000)
    assert short.tokens <= 256 - model.count("wire x;\n" * 20)


def test_other_families_bring_their_own_bos(make_llama: Callable[..., Path], tmp_path: Path) -> None:
    folder = make_llama(tmp_path / "plain", special=["<s>", "</s>"])
    plain = load_local(folder)
    assert plain.format is PLAIN
    assert plain._stop_texts == ("\n// Path: ",)
    assert plain._prompt_ids("<s>module")[0] == 0 and plain._prompt_ids("") == [0]


# --- what cannot be loaded --------------------------------------------------------------------------------


def refused(source: str | Path, **options: Any) -> str:
    with pytest.raises(ToolError) as raised:
        load_local(source, **options)
    assert raised.value.exit_code == 3
    assert raised.value.hint
    return str(raised.value)


@pytest.fixture
def copy(tiny_llama: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_llama, tmp_path / "copy"))


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_missing_folder_and_missing_id(tmp_path: Path) -> None:
    assert "no such model folder" in refused(tmp_path / "none")
    text = refused("nobody/no-such-model")
    assert text.startswith(
        "nobody/no-such-model: no folder of that name, not in the Hugging Face cache, and the network is"
    )
    assert "next: hf download nobody/no-such-model" in text
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    assert "a model is a folder in Hugging Face form, this is a file" in refused(file)


def test_folder_without_weights(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    assert "no weights in the folder" in refused(copy)
    (copy / "q4.gguf").touch()
    assert "--endpoint" in refused(copy)


def pickled(folder: Path) -> str:
    """Turn the weights of `folder` into a pickle; the text of its refusal."""
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return refused(folder)


def test_pickle_is_refused(copy: Path) -> None:
    text = pickled(copy)
    assert "the weights are a pickle (pytorch_model.bin), which runs code when it is opened" in text
    assert "next: if you trust its origin: python -c " in text


@pytest.mark.slow
def test_the_hint_for_a_pickle_converts_it(copy: Path) -> None:
    command = shlex.split(pickled(copy).split("if you trust its origin: ")[1])
    assert command[0] == "python"
    subprocess.run([sys.executable, *command[1:]], check=True, capture_output=True)
    assert load_local(f"{copy}-safetensors").complete(PROMPT, max_new_tokens=2)


def test_state_space_model_is_refused() -> None:
    import torch
    from transformers import MambaConfig, MambaForCausalLM

    with torch.device("meta"):
        mamba = MambaForCausalLM(MambaConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1))
    with pytest.raises(ToolError, match=r"m: the model keeps no key-value cache .*\n.*--endpoint URL"):
        LocalModel("m", mamba, None)


def test_damaged_folders(copy: Path) -> None:
    weights = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(weights[:5000])
    assert "the weights are damaged" in refused(copy)
    (copy / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    assert "git lfs pull" in refused(copy)
    (copy / "model.safetensors").write_bytes(weights)
    edit_config(copy, num_hidden_layers=3)
    assert "9 weights are missing, model.layers.2." in refused(copy)
    edit_config(copy, num_hidden_layers=2, hidden_size=32)
    assert "do not have the shapes that config.json says" in refused(copy)
    edit_config(copy, hidden_size=64, model_type="unheard_of")
    assert "of a kind that the installed transformers cannot run" in refused(copy)
    edit_config(copy, auto_map={"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"})
    assert "needs code that is shipped with it, and rtlgen does not run such code" in refused(copy)
    (copy / "config.json").write_text("{")
    assert "config.json" in refused(copy)
    (copy / "config.json").unlink()
    assert "the model folder has no config.json" in refused(copy)


def test_missing_tokenizer(copy: Path) -> None:
    (copy / "tokenizer.json").write_text("{")
    assert "the tokenizer cannot be loaded: " in refused(copy)
    (copy / "tokenizer.json").unlink()
    assert "the model folder has no tokenizer" in refused(copy)


# --- adapters ---------------------------------------------------------------------------------------------


def save_adapter(base: Path, folder: Path) -> Path:
    import peft
    import torch
    import transformers

    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    config = peft.LoraConfig(
        r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        peft.get_peft_model(model, config).save_pretrained(folder)
    return folder


def test_adapter_changes_the_answers(tiny_llama: Path, tmp_path: Path, model: LocalModel) -> None:
    adapter = save_adapter(tiny_llama, tmp_path / "adapter")
    adapted = load_local(tiny_llama, adapter=adapter)
    assert adapted.name == f"{tiny_llama}+{adapter}"
    assert (
        adapted.complete(PROMPT, max_new_tokens=20)[0].text
        != model.complete(PROMPT, max_new_tokens=20)[0].text
    )


def test_adapter_of_another_base_is_refused(
    tiny_llama: Path, tmp_path: Path, make_llama: Callable[..., Path]
) -> None:
    wider = make_llama(tmp_path / "wider", hidden=32)
    text = refused(tiny_llama, adapter=save_adapter(wider, tmp_path / "a"))
    assert f"the adapter was made for another model ({wider}), not for {tiny_llama}: model.layers.0." in text
    assert " there and " in text and f"next: rtlgen complete --model {wider}" in text
    deeper = make_llama(tmp_path / "deeper", layers=3)
    text = refused(tiny_llama, adapter=save_adapter(deeper, tmp_path / "b"))
    assert "it changes model.layers.2." in text and "which this model does not have" in text


def test_adapter_folders_that_are_none(tiny_llama: Path, tmp_path: Path) -> None:
    assert "no adapter here" in refused(tiny_llama, adapter=tmp_path)
    adapter = save_adapter(tiny_llama, tmp_path / "adapter")
    weights = (adapter / "adapter_model.safetensors").read_bytes()
    (adapter / "adapter_model.safetensors").write_bytes(weights[:100])
    assert "the adapter is damaged" in refused(tiny_llama, adapter=adapter)
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    assert "the weights are a pickle (adapter_model.bin)" in refused(tiny_llama, adapter=adapter)


def test_errors_are_never_bare(tiny_llama: Path) -> None:
    with pytest.raises(RtlgenError):
        load_local("../none")
    with pytest.raises(RtlgenError):
        load_local("")
