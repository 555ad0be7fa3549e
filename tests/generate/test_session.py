"""Which model writes: the one asked for, else the shipped one for specifications where there is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import load_settings
from rtlgen.generate.session import writer
from rtlgen.model import default


@pytest.fixture()
def spec_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(default.DEFAULT_FOLDER, tmp_path / "spec"))
    monkeypatch.setattr(default, "SPEC_FOLDER", folder)
    return folder


def test_the_model_for_specifications_writes(spec_folder: Path, tmp_path: Path) -> None:
    model = writer(load_settings(tmp_path, {}))
    assert isinstance(model, default.DefaultModel) and model.folder == spec_folder
    assert model.name == "default for specifications"


def test_without_it_the_default_model_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default, "SPEC_FOLDER", tmp_path / "nothing")
    assert writer(load_settings(tmp_path, {})).name == "default"


def test_a_model_that_is_asked_for_writes(spec_folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(spec_folder, tmp_path / "mine"))
    assert writer(load_settings(tmp_path, {"model.path": str(other)})).name == str(other)
    with pytest.raises(UsageError, match="no such adapter folder"):
        writer(load_settings(tmp_path, {"model.adapter": str(tmp_path / "no-adapter")}))
