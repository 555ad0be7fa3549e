"""Adapting to a repository: measured on files it has not read, kept when it helps, used by completion, not half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

from rtlgen.complete.engine import Engine
from rtlgen.core.adapters import CURRENT
from rtlgen.core.errors import LimitError, ToolError, UsageError
from rtlgen.core.settings import Settings, load_settings
from rtlgen.train.adapt import Adapted, Config, adapt
from rtlgen.train.adapt_fit import FitConfig
from rtlgen.train.adapt_split import SplitConfig


def _adaptable() -> ModuleType:
    spec = util.spec_from_file_location("adaptable", Path(__file__).with_name("adaptable.py"))
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


made = _adaptable()
QUICK = Config(
    max_minutes=2.0,
    split=SplitConfig(lines=60, rehearsal_lines=20),
    fit=FitConfig(rank=8, alpha=8, rate=2e-2, epochs=3, most_tokens=60_000, packings=1),
)


def settings_of(root: Path, model: Path, **more: object) -> Settings:
    return load_settings(root, {"model.path": str(model), **more})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = made.make_model(tmp_path_factory.mktemp("base"))
    return folder


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory, model: Path) -> tuple[Path, Adapted]:
    root: Path = made.make_repository(tmp_path_factory.mktemp("repository"))
    return root, adapt(root, settings_of(root, model), QUICK)


def test_it_helps_on_held_out_files_and_is_kept(adapted: tuple[Path, Adapted]) -> None:
    root, found = adapted
    assert found.after.bits_per_byte < 0.8 * found.before.bits_per_byte
    assert found.pipeline.won - found.pipeline.lost == pytest.approx(
        found.pipeline.difference * found.before.lines / 100, abs=0.01
    )
    assert found.kept, found.reason
    assert found.adapter is not None
    folder = Path(found.adapter)
    record = json.loads((folder / "rtlgen.json").read_text())
    learned, held_out = set(record["learned"]), set(record["held_out"])
    assert learned and held_out and not learned & held_out
    assert {row["path"] for row in _journal(root, "after.jsonl")} <= held_out
    assert (root / ".rtlgen" / ".gitignore").read_text() == "*\n"


def _journal(root: Path, name: str) -> list[dict[str, object]]:
    (path,) = (root / ".rtlgen" / "v1" / "runs").glob(f"adapt-*/{name}")
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_completion_uses_it_from_then_on(adapted: tuple[Path, Adapted], model: Path) -> None:
    root, found = adapted
    assert found.adapter is not None
    name = Path(found.adapter).name
    for asked, expected in (
        ("auto", f"{model}+{name}"),
        ("off", str(model)),
        (found.adapter, f"{model}+{name}"),
    ):
        engine = Engine.open(root, overrides={"model.path": str(model), "model.adapter": asked})
        assert engine.model.name == expected


def test_a_finished_run_is_not_repeated(adapted: tuple[Path, Adapted], model: Path) -> None:
    root, found = adapted
    (root / ".rtlgen" / CURRENT).unlink()
    told: list[str] = []
    assert adapt(root, settings_of(root, model), QUICK, talk=told.append) == found
    assert told == [
        "this repository was adapted to already, with these files and options (--again repeats it)"
    ]
    assert (root / ".rtlgen" / CURRENT).is_file()


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing:FutureWarning")
@pytest.mark.filterwarnings("ignore:Model (has|with) .tie_word_embeddings:UserWarning")
def test_peft_reads_the_adapter_and_comes_to_the_same_weights(
    adapted: tuple[Path, Adapted], model: Path
) -> None:
    import peft
    import torch
    from transformers import LlamaForCausalLM

    from rtlgen.model.default import DefaultModel

    _, found = adapted
    assert found.adapter is not None
    base = LlamaForCausalLM.from_pretrained(model, dtype=torch.float32)
    merged = peft.PeftModel.from_pretrained(base, found.adapter).merge_and_unload()
    ours = DefaultModel(model, precise=True, adapter=Path(found.adapter)).decoder.network
    theirs = dict(merged.named_parameters())
    for name, value in ours.named_parameters():
        torch.testing.assert_close(value, theirs[name], atol=1e-5, rtol=1e-5)


def test_another_base_is_refused_by_name_and_left_out_by_itself(
    adapted: tuple[Path, Adapted], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, found = adapted
    other: Path = made.make_model(tmp_path / "other", seed=2)
    with pytest.raises(
        ToolError, match=r"made for another model.*\n  next: rtlgen train  \(adapts this model\)"
    ):
        _ = Engine.open(root, overrides={"model.path": str(other), "model.adapter": found.adapter}).model
    assert Engine.open(root, overrides={"model.path": str(other)}).model.name == str(other)
    assert capsys.readouterr().err == ""  # another model was chosen: nothing to say


@pytest.mark.slow
def test_a_base_that_changed_is_said_and_completion_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root: Path = made.make_repository(tmp_path / "r", files=10)
    base: Path = made.make_model(tmp_path / "base")
    few = replace(QUICK, split=SplitConfig(lines=20, rehearsal_lines=10), min_gain=-100.0)
    found = adapt(root, settings_of(root, base), few)
    assert found.kept, found.reason
    made.make_model(base, seed=5)
    assert Engine.open(root, overrides={"model.path": str(base)}).model.name == str(base)
    assert "adapter is not used: the adapter was made for another model" in capsys.readouterr().err
    again = adapt(root, settings_of(root, base), few)
    assert again.adapter != found.adapter


def test_what_does_not_help_is_not_kept(tmp_path: Path, model: Path) -> None:
    root: Path = made.make_repository(tmp_path, files=10)
    strict = replace(QUICK, split=SplitConfig(lines=20, rehearsal_lines=10), min_gain=100.0)
    found = adapt(root, settings_of(root, model), strict)
    assert not found.kept
    assert found.adapter is None
    assert "wanted are +100.00" in found.reason
    assert Engine.open(root, overrides={"model.path": str(model)}).model.name == str(model)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (0, r"no Verilog file was found here\n  next: rtlgen files"),
        (
            3,
            r"too small to adapt to: 3 hand-written files .* needed are 8 and 600\n  next: rtlgen complete works",
        ),
    ],
)
def test_too_little_text_says_what_is_needed(tmp_path: Path, model: Path, files: int, message: str) -> None:
    root: Path = made.make_repository(tmp_path, files)
    with pytest.raises(UsageError, match=message):
        adapt(root, settings_of(root, model), QUICK)


def test_a_server_is_refused(tmp_path: Path) -> None:
    root: Path = made.make_repository(tmp_path)
    with pytest.raises(UsageError, match="behind an endpoint"):
        adapt(root, load_settings(root, {"model.endpoint": "http://127.0.0.1:9"}), QUICK)


def command(root: Path, model: Path) -> list[str]:
    options = "--rank 8 --epochs 100 --most-tokens 4000000 --lines 20 --json"
    return [
        sys.executable,
        "-P",
        "-m",
        "rtlgen",
        "train",
        "adapt",
        str(root),
        "--model",
        str(model),
        *options.split(),
    ]


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, model: Path) -> None:
    root: Path = made.make_repository(tmp_path)
    child = subprocess.Popen(
        command(root, model), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    for line in child.stderr:  # killed while it trains, after the base was measured
        if line.startswith("training: step"):
            break
    os.kill(child.pid, signal.SIGKILL)
    child.stderr.close()
    child.wait()
    before = _journal(root, "before.jsonl")
    assert before
    assert not (root / ".rtlgen" / CURRENT).exists()
    quick = [*command(root, model), "--max-minutes", "0.3"]
    done = subprocess.run(quick, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)["data"]
    assert data["resumed"]
    assert _journal(root, "before.jsonl") == before
    assert data["seconds"] > 0


def test_a_damaged_checkpoint_is_named_and_the_measurements_stay(tmp_path: Path, model: Path) -> None:
    root: Path = made.make_repository(tmp_path)
    config = replace(QUICK, split=SplitConfig(lines=20, rehearsal_lines=10))

    class Stop(Exception):
        pass

    def stop(text: str) -> None:
        if text.startswith("before:"):
            raise Stop

    with pytest.raises(Stop):
        adapt(root, settings_of(root, model), config, talk=stop)
    (run,) = (root / ".rtlgen" / "v1" / "runs").glob("adapt-*")
    (run / "first.pt").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ToolError, match=r"checkpoint cannot be read(.|\n)*next: rm .*first.pt"):
        adapt(root, settings_of(root, model), config)
    (run / "first.pt").unlink()
    assert adapt(root, settings_of(root, model), config).resumed


@pytest.mark.needs_sandbox
def test_a_full_disk_says_so_and_the_same_command_goes_on(tmp_path: Path, model: Path) -> None:
    """A real one: the store is a file system in memory of 300 kB."""
    root: Path = made.make_repository(tmp_path)
    (root / ".rtlgen").mkdir()
    limited = ["bwrap", "--dev-bind", "/", "/", "--size", "300000", "--tmpfs", str(root / ".rtlgen")]
    done = subprocess.run([*limited, *command(root, model)], capture_output=True, text=True)
    assert done.returncode in (2, 4), done.stderr
    assert "No space left on device" in done.stderr
    assert "next: " in done.stderr
    assert "Traceback" not in done.stderr
    done = subprocess.run([*command(root, model), "--max-minutes", "0.3"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path, model: Path) -> None:
    root: Path = made.make_repository(tmp_path / "r")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="the store folder cannot be written to"):
        adapt(root, settings_of(root, model, **{"store.dir": str(tmp_path / "file")}), QUICK)


def test_two_at_a_time_wait_for_each_other(
    adapted: tuple[Path, Adapted], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rtlgen.core.store import Store

    root, _ = adapted
    monkeypatch.setattr("rtlgen.train.adapt.LOCK_SECONDS", 0.2)
    with (
        Store(root / ".rtlgen").lock("adapt"),
        pytest.raises(LimitError, match="another rtlgen process"),
    ):
        adapt(root, settings_of(root, model), QUICK)


def test_a_missing_or_damaged_adapter_folder_is_named(tmp_path: Path, model: Path) -> None:
    root: Path = made.make_repository(tmp_path / "r")
    base = {"model.path": str(model)}
    with pytest.raises(UsageError, match=r"no such adapter folder\n  next: rtlgen train"):
        _ = Engine.open(root, overrides={**base, "model.adapter": str(tmp_path / "gone")}).model
    (tmp_path / "empty").mkdir()
    with pytest.raises(ToolError, match=r"no adapter here \(no adapter_config.json\)\n  next: rtlgen train"):
        _ = Engine.open(root, overrides={**base, "model.adapter": str(tmp_path / "empty")}).model


def test_damaged_weights_of_an_adapter_are_named(
    adapted: tuple[Path, Adapted], tmp_path: Path, model: Path
) -> None:
    import shutil

    root, found = adapted
    assert found.adapter is not None
    copy = tmp_path / "copy"
    shutil.copytree(found.adapter, copy)
    (copy / "adapter_model.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(ToolError, match="the adapter is damaged"):
        _ = Engine.open(root, overrides={"model.path": str(model), "model.adapter": str(copy)}).model


@pytest.mark.slow
def test_a_hugging_face_model_is_adapted_through_peft(tmp_path: Path) -> None:
    """The small model as `transformers` knows it: a folder that does not say that it is of rtlgen's own kind."""
    root: Path = made.make_repository(tmp_path / "r")
    base: Path = made.make_model(tmp_path / "base")
    config = json.loads((base / "config.json").read_text())
    del config["rtlgen"]
    (base / "config.json").write_text(json.dumps(config))
    (base / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|bos|>", "eos_token": "<|eos|>"}
        )
    )
    few = replace(QUICK, split=SplitConfig(lines=12, rehearsal_lines=10))
    found = adapt(root, settings_of(root, base), few)
    assert found.after.bits_per_byte < found.before.bits_per_byte
    assert found.kept, found.reason
    assert found.adapter is not None
    engine = Engine.open(root, overrides={"model.path": str(base)})
    assert engine.model.name == f"{base}+{found.adapter}"
