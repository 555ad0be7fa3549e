"""What the user of `rtlgen synth` asked for, resolved: source, settings, target, objective; refused before any work.

Try: ``rtlgen synth examples/soc --recipe-search --budget 0``
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.project import find_root
from rtlgen.core.settings import Settings, load_settings
from rtlgen.core.store import Store, store_dir
from rtlgen.synth.design import Source, source_of
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import Objective
from rtlgen.synth.recipe import Recipe, parse
from rtlgen.synth.search import strategy

CELLS = "cells"
"""Folder in the store with the generic library."""


@dataclass(frozen=True)
class Config:
    """What was asked for; paths are as the user typed them."""

    design: tuple[str, ...] = (".",)
    """The folder of a project, Verilog files, or one circuit file."""
    top: str | None = None
    filelists: tuple[str, ...] = ()
    include_dirs: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    overrides: tuple[tuple[str, object], ...] = ()
    """Settings given as flags, e.g. ``("synth.budget", 50)``; None for not given."""
    recipe: str | None = None
    search: bool = False
    out: str | None = None
    command: str = ""
    """The command line, for the record."""


@dataclass(frozen=True)
class Request:
    """A `Config` that can be done, as far as one can tell without running a tool."""

    config: Config
    source: Source
    settings: Settings
    store: Store
    objective: Objective
    recipe: Recipe | None

    def get(self, name: str) -> Any:
        """The setting ``synth.<name>``."""
        return self.settings.get(f"synth.{name}")

    @property
    def jobs(self) -> int:
        """ABC processes at a time."""
        return int(self.get("jobs")) or os.cpu_count() or 1


def resolve(config: Config) -> Request:
    """Check and read what the user gave. Raises UsageError for what cannot be meant."""
    recipe = None if config.recipe is None else parse(config.recipe, where="--recipe")
    if config.search and recipe is not None:
        raise UsageError("--recipe and --recipe-search at once", hint="leave one of them out")
    if config.out is not None and not config.search and recipe is None:
        raise UsageError(
            "--out: there is nothing to write", hint="with --recipe-search, or --recipe 'SCRIPT'"
        )
    source = _source(config)
    settings = _settings(config)
    if config.search:
        strategy(settings.get("synth.strategy"))  # an unknown one is refused before the design is read
    store = Store(store_dir(_root(config), settings))
    objective = Objective(settings.get("synth.objective"), settings.get("synth.max_delay"))
    return Request(config, source, settings, store, objective, recipe)


def target_of(request: Request) -> Library:
    """The library of the settings: liberty files, LUTs, or the generic cells, kept in the store."""
    files, lut = request.settings.paths("synth.liberty"), request.get("lut")
    if files or lut is not None:
        return library(files, lut)
    from rtlgen.synth.generic import generic_library

    folder = request.store.folder / CELLS
    folder.mkdir(parents=True, exist_ok=True)
    return generic_library(folder)


def _source(config: Config) -> Source:
    """The source with what the command line adds to it."""
    source = source_of(
        tuple(Path(name) for name in config.design), top=config.top, filelists=config.filelists
    )
    extras = [config.top, *config.filelists, *config.include_dirs, *config.defines, *config.parameters]
    if source.circuit is not None and any(extras):
        raise UsageError(
            "a circuit file has no top, files, macros or parameters",
            where=source.circuit,
            hint="leave --top, -f, -I, -D and -P out",
        )
    return replace(
        source,
        include_dirs=tuple(_folder(name) for name in config.include_dirs),
        defines=tuple(_macro(item) for item in config.defines),
        parameters=tuple(_parameter(item) for item in config.parameters),
    )


def _folder(name: str) -> Path:
    path = Path(os.path.normpath(Path.cwd() / Path(name).expanduser()))
    if not path.is_dir():
        raise UsageError("no such include folder", where=name, hint="correct -I")
    return path


def _macro(item: str) -> tuple[str, str | None]:
    name, equals, value = item.partition("=")
    return name, value if equals else None


def _parameter(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not (name and equals and value):
        raise UsageError(f"'{item}' is no parameter", where="-P", hint="-P NAME=VALUE")
    return name, value


def _settings(config: Config) -> Settings:
    """The settings of the project under the flags; a target of the flags replaces the other kind of the settings."""
    flags = {name: value for name, value in config.overrides if value is not None}
    liberty, lut = flags.get("synth.liberty"), flags.get("synth.lut")
    if liberty and lut is not None:
        raise UsageError("--lut and --liberty at once", hint="one target: cells or LUTs")
    if flags.get("synth.budget", 1) == 0:
        raise UsageError("a budget of 0 scored recipes finds nothing", where="--budget", hint="--budget 100")
    objective = flags.get("synth.objective")
    if objective is not None:
        Objective(str(objective))
    settings = load_settings(_root(config), flags)
    both = bool(settings.get("synth.liberty")) and settings.get("synth.lut") is not None
    if both and lut is not None:
        return settings.with_overrides({"synth.liberty": []})
    if both:
        raise UsageError(
            "a target of LUTs and one of cells at once",
            where=f"synth.lut: {settings.origin('synth.lut')}, synth.liberty: {settings.origin('synth.liberty')}",
            hint="take one of them out",
        )
    return settings


def _root(config: Config) -> Path:
    """The folder whose settings and store are used: the project's, or the nearest one around the first file."""
    first = Path(config.design[0])
    return first if first.is_dir() else find_root(first)
