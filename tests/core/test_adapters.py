"""Which adapter is chosen: by name, by the repository, or none; doctor says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.core.adapters import CURRENT, adapter_of, check_base, fingerprint, set_current
from rtlgen.core.errors import ToolError, UsageError
from rtlgen.core.health import examine
from rtlgen.core.settings import load_settings


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "config.json").write_text("{}")
    return folder


def adapter(root: Path, base: Path, digest: str | None = None) -> Path:
    folder = root / ".rtlgen" / "v1" / "adapters" / "one"
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")
    record = {"base": str(base), "base_sha256": digest or fingerprint(base)}
    (folder / "rtlgen.json").write_text(json.dumps(record))
    set_current(root / ".rtlgen", folder)
    return folder


def doctor_line(root: Path, base: Path) -> list[tuple[str, str]]:
    checks = examine(root, load_settings(root, {"model.path": str(base)}), gpu=False)
    return [(check.status, check.detail) for check in checks if check.name == "adapter"]


def test_the_repositorys_own_is_taken_and_doctor_shows_it(tmp_path: Path, base: Path) -> None:
    assert doctor_line(tmp_path, base) == []
    folder = adapter(tmp_path, base)
    settings = load_settings(tmp_path, {"model.path": str(base)})
    assert adapter_of(settings, tmp_path, base) == (folder, "")
    assert adapter_of(settings, None, base) == (None, "")
    assert adapter_of(settings.with_overrides({"model.adapter": "off"}), tmp_path, base) == (None, "")
    assert doctor_line(tmp_path, base) == [("ok", str(folder))]
    set_current(tmp_path / ".rtlgen", None)
    assert adapter_of(settings, tmp_path, base) == (None, "")


def test_one_of_other_weights_is_left_out_with_a_word(tmp_path: Path, base: Path) -> None:
    folder = adapter(tmp_path, base, digest="0" * 64)
    settings = load_settings(tmp_path, {"model.path": str(base)})
    found, note = adapter_of(settings, tmp_path, base)
    assert found is None
    assert "made for another model" in note and "next: rtlgen train" in note
    ((status, detail),) = doctor_line(tmp_path, base)
    assert status == "broken" and "made for another model" in detail
    with pytest.raises(ToolError, match=r"made for another model(.|\n)*next: rtlgen train"):
        check_base(folder, base)


def test_another_model_than_the_adapted_one_has_none(tmp_path: Path, base: Path) -> None:
    adapter(tmp_path, base)
    assert adapter_of(load_settings(tmp_path), tmp_path, base) == (None, "")


def test_a_damaged_choice_or_a_missing_folder_is_said(tmp_path: Path, base: Path) -> None:
    folder = adapter(tmp_path, base)
    settings = load_settings(tmp_path, {"model.path": str(base)})
    (folder / "adapter_config.json").unlink()
    assert "no adapter here" in adapter_of(settings, tmp_path, base)[1]
    (tmp_path / ".rtlgen" / CURRENT).write_text("{")
    assert "choice of the adapter is damaged" in adapter_of(settings, tmp_path, base)[1]
    named = settings.with_overrides({"model.adapter": str(tmp_path / "gone")})
    with pytest.raises(UsageError, match=r"no such adapter folder\n  next: rtlgen train"):
        adapter_of(named, tmp_path, base)
