from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.keys import KEYS, markdown
from rtlgen.core.settings import load_settings

MakeTree = Callable[[dict[str, str | bytes]], Path]


def test_defaults_need_no_file(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.get("complete.n") == 3
    assert settings.get("retrieval.sources") == ["graph", "bm25", "dense", "continuation"]
    assert {origin for _, _, origin in settings.items()} == {"default"}
    assert [key for key, _, _ in settings.items()] == list(KEYS)


def test_a_list_is_a_fresh_copy(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    settings.get("retrieval.sources").clear()
    assert settings.get("retrieval.sources") == ["graph", "bm25", "dense", "continuation"]


def test_later_sources_win_and_say_so(tree: MakeTree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(
        {
            "pyproject.toml": "[project]\nname = 'x'\n[tool.rtlgen.complete]\nn = 1\nseed = 1\nmode = 'block'\n",
            "rtlgen.toml": "# mine\n[complete]\n\nseed = 2\nmode = 'module'\ntemperature = 1\n",
        }
    )
    monkeypatch.setenv("RTLGEN_COMPLETE_MODE", "line")
    settings = load_settings(root, {"complete.max_new_tokens": 7, "complete.top_p": None})
    found = {key: (value, origin) for key, value, origin in settings.items() if origin != "default"}
    assert found == {
        "complete.n": (1, "pyproject.toml:4"),
        "complete.mode": ("line", "RTLGEN_COMPLETE_MODE"),
        "complete.temperature": (1.0, "rtlgen.toml:6"),
        "complete.seed": (2, "rtlgen.toml:4"),
        "complete.max_new_tokens": (7, "flag"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[model]\npth = 'x'", r'rtlgen\.toml:2: unknown setting "model\.pth"; did you mean "model\.path"\?'),
        ("[modle]\npath = 'x'", r'rtlgen\.toml:1: unknown section "modle"; did you mean "model"\?'),
        ("top = 'x'", r'rtlgen\.toml:1: unknown section "top"; did you mean "project\.top"\?'),
        (
            "model.threds = 2",
            r'rtlgen\.toml:1: unknown setting "model\.threds"; did you mean "model\.threads"\?',
        ),
        ("[complete]\nn = '3'", r"rtlgen\.toml:2: complete\.n must be a whole number, not '3'"),
        ("[complete]\nn = true", r"complete\.n must be a whole number, not True"),
        ("[complete]\nn = 0", r"complete\.n must be from 1 to 100, not 0"),
        ("[complete]\ntemperature = nan", r"complete\.temperature must be from 0 to 5, not nan"),
        (
            "[complete]\nmode = 'lines'",
            r"must be one of line, block, module; did you mean \"line\"\?, not 'lines'",
        ),
        ("[retrieval]\nsources = ['bm52']", r"must be one of graph, .*; did you mean \"bm25\"\?, not 'bm52'"),
        ("[retrieval]\nsources = 'bm25'", r"retrieval\.sources must be a list of texts, not 'bm25'"),
        ("[project]\ndefines = [1]", r"project\.defines must be a list of texts, not \[1\]"),
        ("[project]\nsymlinks = 1", r"project\.symlinks must be true or false, not 1"),
        ("project = 3", r"rtlgen\.toml:1: \[project\] must be a table"),
        ("[retrieval]\nwindow_overlap = 40", r"window_overlap \(40\) must be less than window_lines \(32\)"),
    ],
)
def test_a_wrong_file_is_an_error_at_its_line(tree: MakeTree, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load_settings(tree({"rtlgen.toml": text}))
    assert caught.value.hint


def test_the_line_in_pyproject(tree: MakeTree) -> None:
    root = tree({"pyproject.toml": "[tool.other]\nnn = 1\n\n[tool.rtlgen.complete]\nnn = 1\n"})
    with pytest.raises(
        UsageError, match=r'pyproject\.toml:5: unknown setting "complete\.nn"; did you mean "complete\.n"'
    ):
        load_settings(root)


def test_a_key_written_another_way_is_still_named(tree: MakeTree) -> None:
    root = tree({"rtlgen.toml": "complete = { nn = 1 }\n"})
    with pytest.raises(UsageError, match=r'rtlgen\.toml: unknown setting "complete\.nn"'):
        load_settings(root)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"[complete]\nn = \n",
            r"rtlgen\.toml:2: TOML syntax error: Invalid value\n  next: correct that line",
        ),
        (b"[complete\nn = 1\n", r"rtlgen\.toml:1: TOML syntax error: "),
        (b"[complete]\n[complete]\n", r"rtlgen\.toml:2: TOML syntax error: "),
        (b"a = '", r"rtlgen\.toml:1: TOML syntax error: "),
        (b"# ok\n# gr\xf6\xdfe\n", r"rtlgen\.toml:2: is not UTF-8 text\n  next: convert it: iconv"),
    ],
)
def test_broken_toml_is_an_error_at_its_line(tree: MakeTree, data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_settings(tree({"rtlgen.toml": data}))


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("RTLGEN_PROJECT_FILELISTS", "a.f, b.f,", "project.filelists", ["a.f", "b.f"]),
        ("RTLGEN_PROJECT_SYMLINKS", "Yes", "project.symlinks", True),
        ("RTLGEN_PROJECT_TOP", "", "project.top", None),
        ("RTLGEN_COMPLETE_TOP_P", "0.5", "complete.top_p", 0.5),
        ("RTLGEN_STORE_DIR", "/s", "store.dir", "/s"),
        ("RTLGEN_MODEL_API_KEY_ENV", "KEY", "model.api_key_env", "KEY"),
    ],
)
def test_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, key: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    settings = load_settings(tmp_path)
    assert (settings.get(key), settings.origin(key)) == (value, variable)


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        (
            "RTLGEN_MODEL_PTH",
            "x",
            r'unknown setting "RTLGEN_MODEL_PTH" in the environment; did you mean "RTLGEN_MODEL_PATH"',
        ),
        (
            "RTLGEN_MODEL",
            "x",
            r'unknown setting "RTLGEN_MODEL" in the environment; did you mean "RTLGEN_MODEL_PATH"',
        ),
        ("RTLGEN_COMPLETE_N", "many", r"RTLGEN_COMPLETE_N: complete\.n must be a whole number, not 'many'"),
        ("RTLGEN_PROJECT_SYMLINKS", "si", r"project\.symlinks must be true or false, not 'si'"),
        ("RTLGEN_COMPLETE_N", "", r"complete\.n must be a whole number, not ''"),
    ],
)
def test_a_wrong_variable_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, message: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(UsageError, match=message):
        load_settings(tmp_path)


def test_other_variables_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RTLGEN_API_KEY", "RTLGEN_DATA", "RTLGEN_IVERILOG", "RTLGEN_REQUIRE_TOOLS"):
        monkeypatch.setenv(name, "x")
    load_settings(tmp_path)


def test_flags_are_checked_too(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"flag: complete\.n must be from 1 to 100, not 0"):
        load_settings(tmp_path, {"complete.n": 0})
    with pytest.raises(UsageError, match=r'flag: unknown setting "complete\.m"; did you mean'):
        load_settings(tmp_path, {"complete.m": 0})
    with pytest.raises(
        UsageError, match=r'unknown setting "window_lines"; did you mean "retrieval\.window_lines"'
    ):
        load_settings(tmp_path).get("window_lines")


def test_paths_stand_against_where_they_were_written(tree: MakeTree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"rtlgen.toml": "[retrieval]\nlibraries = ['../ip']\n[model]\nadapter = 'lora'\n"})
    monkeypatch.chdir("/")
    monkeypatch.setenv("RTLGEN_STORE_DIR", "tmp/store")
    settings = load_settings(root)
    assert settings.paths("retrieval.libraries") == [root / "../ip"]
    assert settings.path("model.adapter") == root / "lora"
    assert settings.path("store.dir") == Path("/tmp/store")
    assert settings.path("project.top") is None


def test_a_pyproject_without_rtlgen_says_nothing(tree: MakeTree) -> None:
    settings = load_settings(tree({"pyproject.toml": "[tool.black]\nline-length = 1\n"}))
    assert settings.origin("complete.n") == "default"


def test_the_documentation_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == markdown(), (
        "run: rtlgen config keys --markdown > docs/settings.md"
    )


def test_the_documentation_names_every_setting() -> None:
    text = markdown()
    assert all(f"`{key.name.split('.')[1]}`" in text for key in KEYS.values())
