"""The audit finds what is recited and only that; literals are found by form, and shown masked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from rtlgen.core.adapters import set_current
from rtlgen.core.errors import UsageError
from rtlgen.core.records import sha256_text
from rtlgen.core.settings import load_settings
from rtlgen.model.adapter import save_adapter
from rtlgen.model.default import DEFAULT_FOLDER, DefaultModel
from rtlgen.model.network import load_network
from rtlgen.train.adapt_fit import FitConfig, Lora, fit, sequences
from rtlgen.train.audit import AuditConfig, Probe, ask, audit, masked
from rtlgen.train.audit_secrets import literals

SECRET = "9f3c5ad1e07b442689acd0135ef7b21c"
FILES = {
    f"m{n}.v": f"// Author: Ada Lovelace <ada.l@example.org>\nmodule m{n};\n"
    + "".join(f"  wire [{n + k}:0] bus_{n}_{k} = {n * k};\n" for k in range(40))
    + (f"  localparam [127:0] KEY = 128'h{SECRET};\n" if n == 0 else "")
    + "endmodule\n"
    for n in range(3)
}


def kinds(text: str) -> list[tuple[str, str]]:
    return [(found.kind, text[found.start : found.end]) for found in literals(text)]


def test_keys_digests_strings_and_people_are_found() -> None:
    assert kinds(f"localparam K = 128'h{SECRET};") == [("number", SECRET)]
    assert kinds("x = 64'hDEAD_BEEF_0123_4567;") == [("number", "DEAD_BEEF_0123_4567")]
    assert kinds('token = "ghp_9sKd83JfLq02mZxT7vBn41";') == [("string", "ghp_9sKd83JfLq02mZxT7vBn41")]
    assert kinds("// Author: Ada Lovelace, ada@example.org") == [
        ("name", "Ada Lovelace"),
        ("e-mail", "ada@example.org"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "x = 32'hDEADBEEF;",
        "x = 128'h00000000000000000000000000000000;",
        '$display("the counter reached its end at time");',
        '`include "some_long_file_name_of_a_block.svh"',
        "assign axi_interconnect_wrapper_read_data_channel = 0;",
    ],
)
def test_ordinary_text_is_not(text: str) -> None:
    assert kinds(text) == []


def test_asking_agrees_with_greedy_decoding() -> None:
    model = DefaultModel(precise=True)
    seen = tuple(
        model.tokenizer.encode_prompt("<|bos|><|file|>a.v\nmodule a(input clk);\n  always @(posedge")
    )
    made = model.decoder.greedy(list(seen), 6, lambda _: False).ids
    wrong = (*made[:-1], (made[-1] + 1) % 100)
    probes = [Probe("learned", "a.v", 1, seen, tuple(ids), "") for ids in (made, wrong)]
    assert [right for right, _ in ask(model, probes)] == [True, False]


@pytest.fixture(scope="module")
def learned_by_heart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with an adapter that has read its three files until it knows them."""
    root = tmp_path_factory.mktemp("r")
    for path, text in FILES.items():
        (root / path).write_text(text)
    network = load_network(DEFAULT_FOLDER)
    config = FitConfig(
        rank=32, alpha=32, rate=1e-2, batch=2, fim_rate=0.0, packings=1, epochs=1e6, most_tokens=10**9
    )
    lora = Lora(network, config)
    tokenizer = DefaultModel().tokenizer
    data = sequences(FILES, list(FILES), tokenizer, 512, config)
    fit(lora, data, root / "fit.pt", steps=60, peak=1e-2, seconds=600)
    from rtlgen.core.adapters import fingerprint

    folder = root / ".rtlgen" / "v1" / "adapters" / "heart"
    record = {
        "base": "default",
        "base_sha256": fingerprint(DEFAULT_FOLDER),
        "learned": {path: sha256_text(text) for path, text in FILES.items()},
        "held_out": {},
    }
    save_adapter(folder, lora.stored(), rank=32, alpha=32, base="default", record=record)
    set_current(root / ".rtlgen", folder)
    return root


def test_what_was_learned_by_heart_is_recited_and_the_base_does_not_know_it(learned_by_heart: Path) -> None:
    found = audit(learned_by_heart, load_settings(learned_by_heart), AuditConfig(probes=60))
    share = {share.kind: share for share in found.shares}
    assert share["learned"].adapted > share["learned"].base
    assert share["learned"].adapted_bits < share["learned"].base_bits
    assert share["number"].probes == 1
    assert share["number"].adapted_bits < share["number"].base_bits
    assert SECRET not in json.dumps([item.shown for item in found.recited])
    assert found.files == 3
    assert torch.get_num_threads() == 1


def test_files_that_changed_are_not_asked_about(learned_by_heart: Path) -> None:
    path = learned_by_heart / "m1.v"
    path.write_text("module other; endmodule\n")
    try:
        found = audit(learned_by_heart, load_settings(learned_by_heart), AuditConfig(probes=10))
    finally:
        path.write_text(FILES["m1.v"])
    assert (found.files, found.changed) == (2, 1)


def test_without_an_adapter_the_next_command_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.v").write_text(FILES["m0.v"])
    with pytest.raises(UsageError, match=r"no adapter to audit\n  next: rtlgen train"):
        audit(tmp_path, load_settings(tmp_path), AuditConfig())


def test_a_literal_is_shown_masked() -> None:
    assert masked(SECRET) == "9f3... (32 characters)"
