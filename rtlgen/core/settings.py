"""Settings with the origin of every value: defaults < pyproject.toml < rtlgen.toml < RTLGEN_* < flags.

`load_settings` reads the files of one root and the environment and checks every value against `keys.KEYS`.
An unknown section or key is an error with a suggestion, wherever it stands. It does not search parent
folders: `root` is the folder whose ``rtlgen.toml`` or ``pyproject.toml`` counts.

Try: ``rtlgen config show``
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.keys import KEYS, SECTIONS, Value, checked, did_you_mean, from_text, unknown_key
from rtlgen.core.source import read_bytes

FILE = "rtlgen.toml"
PYPROJECT = "pyproject.toml"
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Setting:
    """A value, where it came from, and the folder that its relative paths stand against."""

    value: Value
    origin: str
    base: Path


class Settings:
    """Every setting with its origin; immutable. Made by `load_settings`."""

    def __init__(self, values: Mapping[str, Setting]) -> None:
        self._values = dict(values)

    def _setting(self, key: str) -> Setting:
        if key not in self._values:
            raise unknown_key(key, None)
        return self._values[key]

    def get(self, key: str) -> Any:
        """The value of ``section.name`` in its documented type (a list is a fresh copy)."""
        value = self._setting(key).value
        return list(value) if isinstance(value, list) else value

    def origin(self, key: str) -> str:
        """Where the value came from: ``default``, ``rtlgen.toml:3``, ``RTLGEN_MODEL_PATH`` or ``flag``."""
        return self._setting(key).origin

    def base(self, key: str) -> Path:
        """The folder that a relative path in the value of `key` stands against (absolute)."""
        return self._setting(key).base

    def path(self, key: str) -> Path | None:
        """The value of a path setting as an absolute path, None when it has none."""
        setting = self._setting(key)
        return None if setting.value is None else setting.base / Path(str(setting.value)).expanduser()

    def paths(self, key: str) -> list[Path]:
        """The values of a list of paths as absolute paths."""
        base = self.base(key)
        return [base / Path(item).expanduser() for item in self.get(key)]

    def items(self) -> list[tuple[str, Value, str]]:
        """Every (key, value, origin) in the order of the documentation."""
        return [(key, self.get(key), setting.origin) for key, setting in self._values.items()]

    def with_overrides(self, overrides: Mapping[str, object]) -> Settings:
        """These settings with flags on top; a flag of None was not given."""
        values = dict(self._values)
        for name, value in overrides.items():
            if name not in KEYS:
                raise unknown_key(name, "flag")
            if value is not None:
                values[name] = Setting(checked(KEYS[name], value, "flag"), "flag", Path.cwd())
        _check_together(values)
        return Settings(values)


def load_settings(root: Path | str | None = None, overrides: Mapping[str, object] | None = None) -> Settings:
    """Read the settings of `root` (default: the working folder); `overrides` are flags by ``section.name``.

    Raises UsageError for an unknown key or section, a value of the wrong type or bounds, and an unreadable
    file.
    """
    folder = Path.cwd() if root is None else Path(root).absolute()
    values = {name: Setting(key.initial, "default", folder) for name, key in KEYS.items()}
    for file in (PYPROJECT, FILE):
        values.update(_from_file(folder / file))
    values.update(_from_environment(os.environ))
    return Settings(values).with_overrides(overrides or {})


def parse_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; an encoding or syntax error is a `UsageError` at file:line."""
    data = read_bytes(path, max_bytes=MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            "is not UTF-8 text", where=f"{path}:{line}", hint=f"convert it: iconv -f LATIN1 -t UTF-8 {path}"
        ) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        what = str(error).split(" (at ")[0]
        raise UsageError(
            f"TOML syntax error: {what}", where=f"{path}:{line}", hint="correct that line"
        ) from None


def _from_file(path: Path) -> dict[str, Setting]:
    """The settings of one file; nothing when there is no such file (or no rtlgen table in pyproject.toml)."""
    if not path.is_file():
        return {}
    tables: Any = parse_toml(path)
    prefix = ""
    if path.name == PYPROJECT:
        tool = tables.get("tool", {})
        tables, prefix = (tool.get("rtlgen", {}) if isinstance(tool, dict) else {}), "tool.rtlgen."
        if not isinstance(tables, dict):
            raise UsageError("[tool.rtlgen] must be a table", where=path, hint="write [tool.rtlgen.project]")
    values: dict[str, Setting] = {}
    for section, table in tables.items():
        where = _where(path, prefix + section, None)
        if section not in SECTIONS:
            owner = next((key for key in KEYS if key.split(".")[1] == section), None)
            near = f'; did you mean "{owner}"?' if owner else did_you_mean(section, list(SECTIONS))
            raise UsageError(
                f'unknown section "{section}"{near}', where=where, hint="list them: rtlgen config keys"
            )
        if not isinstance(table, dict):
            raise UsageError(
                f"[{section}] must be a table",
                where=where,
                hint=f"write [{prefix}{section}] on a line of its own",
            )
        for name, value in table.items():
            where = _where(path, prefix + section, name)
            key = KEYS.get(f"{section}.{name}")
            if key is None:
                raise unknown_key(f"{section}.{name}", where)
            origin = where.removeprefix(f"{path.parent}{os.sep}")
            values[key.name] = Setting(checked(key, value, where), origin, path.parent)
    return values


def _where(path: Path, table: str, name: str | None) -> str:
    """``file:line`` of a key in a table, found by its text; just the file when it is written another way."""
    current = ""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]#]+?)\s*\]+", line)
        if header:
            current = re.sub(r"[\s\"']", "", header[1])
            if name is None and (current + ".").startswith(table + "."):
                return f"{path}:{number}"
            continue
        match = re.match(r"\s*([\w.\"'\s-]+?)\s*=", line)
        if match:
            written = re.sub(r"[\s\"']", "", match[1])
            full = f"{current}.{written}" if current else written
            if full == (table if name is None else f"{table}.{name}"):
                return f"{path}:{number}"
    return str(path)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Setting]:
    """The settings in RTLGEN_SECTION_NAME variables; a known section with an unknown name is an error."""
    by_env = {key.env: key for key in KEYS.values()}
    values: dict[str, Setting] = {}
    for variable, text in environment.items():
        if variable in by_env:
            key = by_env[variable]
            values[key.name] = Setting(from_text(key, text, variable), variable, Path.cwd())
        elif any((variable + "_").startswith(f"RTLGEN_{section.upper()}_") for section in SECTIONS):
            near = did_you_mean(variable, list(by_env))
            raise UsageError(
                f'unknown setting "{variable}" in the environment{near}',
                hint=f"list them, or: unset {variable}",
            )
    return values


def _check_together(values: Mapping[str, Setting]) -> None:
    """Rules between settings."""
    lines, overlap = values["retrieval.window_lines"], values["retrieval.window_overlap"]
    assert isinstance(lines.value, int) and isinstance(overlap.value, int)
    if overlap.value >= lines.value:
        raise UsageError(
            f"window_overlap ({overlap.value}) must be less than window_lines ({lines.value})",
            where=overlap.origin if overlap.origin != "default" else lines.origin,
            hint="set both, e.g. window_lines = 32 and window_overlap = 8",
        )
