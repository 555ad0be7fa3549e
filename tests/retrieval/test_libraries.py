from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import load_settings
from rtlgen.retrieval.libraries import Library, add_library, libraries_of, remove_library


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    folder = tmp_path / "stock"
    folder.mkdir()
    return folder


def test_add_list_remove(design: Path, stock: Path) -> None:
    settings = load_settings(design)
    assert libraries_of(design, settings) == []
    expected = [Library(str(stock), "rtlgen index add", True)]
    assert add_library(design, settings, stock) == expected
    assert add_library(design, settings, stock) == expected
    assert libraries_of(design, settings) == expected
    stock.rmdir()
    assert libraries_of(design, settings)[0].present is False
    assert remove_library(design, settings, stock) == []


def test_libraries_of_the_settings_come_first(design: Path, stock: Path) -> None:
    (design / "rtlgen.toml").write_text('[retrieval]\nlibraries = ["../stock"]\n', encoding="utf-8")
    settings = load_settings(design)
    other = stock.parent / "other"
    other.mkdir()
    add_library(design, settings, other)
    assert [(lib.path, lib.origin) for lib in libraries_of(design, settings)] == [
        (str(stock), "rtlgen.toml:2"),
        (str(other), "rtlgen index add"),
    ]
    with pytest.raises(
        UsageError, match=r"^rtlgen\.toml:2: is a library by settings\n  next: take it out there$"
    ):
        remove_library(design, settings, stock)


def test_wrong_folders(design: Path, stock: Path) -> None:
    settings = load_settings(design)
    with pytest.raises(UsageError, match="nowhere: no such folder"):
        add_library(design, settings, stock / "nowhere")
    with pytest.raises(UsageError, match="is the project itself"):
        add_library(design, settings, design)
    with pytest.raises(
        UsageError, match=r"is no library of this project\n  next: list them: rtlgen index libs"
    ):
        remove_library(design, settings, stock)


def test_a_damaged_list_counts_as_empty(design: Path, stock: Path) -> None:
    settings = load_settings(design)
    add_library(design, settings, stock)
    (design / ".rtlgen/index/v1/libraries.json").write_text("{")
    assert libraries_of(design, settings) == []
