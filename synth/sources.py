"""From what a user names to what Yosys reads: files in compile order, include folders, and the top.

The build description is the one of everything else (`rtlgen.core.project`). Of its files only those are taken that the
top needs (all of those on the command line): a scan by words (comments and strings removed, conditionals not followed)
tells which file defines and which one mentions a module, an interface or a package, so that a testbench that nothing can
synthesise is not in the way. Packages come before what uses them. Without a top the one module that no other
instantiates is taken.

It does not parse Verilog: `rtlgen.synth.frontend` lets Yosys do that, which has the last word.

Try: ``python -c "from pathlib import Path; from rtlgen.synth.sources import *; from rtlgen.synth.design import Source
print(build_of(Source(root=Path('examples/soc'))))"``
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.project import Project, load_project
from rtlgen.synth.design import Build, Source
from rtlgen.synth.library import Library

MAX_BYTES = 16 << 20
"""A file above this is not scanned, and is taken only where it was named."""
_NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_UNIT = re.compile(
    r"^[ \t]*(?:`[\w]+[ \t]+|\(\*.*?\*\)\s*)*(module|macromodule|interface|package|primitive)\s+"
    r"(?:automatic\s+|static\s+)?(?!class\b)([A-Za-z_][\w$]*)",
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z_][\w$]*")
_END = re.compile(r"\bend(?:module|interface|package)\s*:\s*\w+")
_PLAIN = re.compile(r"[A-Za-z_][\w$]*")
_SHOWN = 8


@dataclass(frozen=True)
class Scan:
    """Words of one file: what it defines, and everything it mentions."""

    path: Path
    modules: tuple[str, ...]
    others: frozenset[str]
    """Interfaces, packages and primitives."""
    words: frozenset[str]
    """Names it mentions, those of its own units only where they occur more than once."""

    @property
    def defined(self) -> frozenset[str]:
        """All names of units."""
        return self.others | frozenset(self.modules)


def build_of(source: Source) -> tuple[Build, tuple[str, ...]]:
    """The build of a Verilog source, and what is worth saying about it.

    Raises UsageError for files that are missing, DesignError when there is no module, no such top, or no telling which.
    """
    project = _project(source)
    listed = [project.absolute(file.path) for file in project.files if file.kind in _COMPILED]
    library = [project.absolute(file.path) for file in project.files if file.kind == "library"]
    if not listed:
        raise DesignError(
            "no Verilog file to synthesise",
            where=project.root,
            hint="check the folder; rtlgen files shows what is found and why",
        )
    scans = {path: scan(path) for path in dict.fromkeys([*listed, *library])}
    own = [scans[path] for path in listed]
    notes: list[str] = []
    top = project.top or source.top
    if top is None:
        top = _only_top(own, project.root)
        notes.append(f"top {top}: no other module instantiates it")
    elif not any(top in entry.modules for entry in scans.values()):
        raise _no_such_top(top, own, project.root)
    needed = _needed(top, list(scans.values()))
    files = [path for path in listed if source.files or path in needed]
    build = Build(
        root=project.root,
        files=in_package_order(files, scans),
        library_files=tuple(path for path in library if path in needed and path not in files),
        include_dirs=_includes(project, source, files),
        defines=tuple({**dict(project.defines), **dict(source.defines)}.items()),
        parameters=tuple({**dict(project.parameters), **dict(source.parameters)}.items()),
        top=top,
    )
    _checked(build)
    return build, tuple(notes)


_COMPILED = ("verilog", "systemverilog")


def _project(source: Source) -> Project:
    """The project, with `source.files` in place of its own when there are any."""
    if source.root is not None and not source.files:
        return load_project(source.root, filelists=source.filelists, top=source.top)
    if source.files:
        for path in source.files:
            if not path.is_file():
                raise UsageError("no such file", where=path, hint="check the path")
        paths = [path.resolve() for path in source.files]
        base = source.root.resolve() if source.root else paths[0].parent
        settings = Project(base, (), (), (), (), None, (), (), (), "the command line")
        if source.root is not None:
            settings = load_project(source.root, filelists=source.filelists, top=source.top)
        from rtlgen.core.glance import kind_of
        from rtlgen.core.records import SourceFile

        files = tuple(SourceFile(str(path), "the command line", kind_of(str(path))) for path in paths)
        return replace(settings, files=files, top=source.top or settings.top)
    return load_project(Path.cwd(), filelists=source.filelists, top=source.top)


def scan(path: Path) -> Scan:
    """The words of one file; empty for one that cannot be read or is too big."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError:
        data = b""
    text = _END.sub(" ", _NOISE.sub(" ", data.decode("utf-8", "replace")))
    modules: list[str] = []
    others: set[str] = set()
    seen: dict[str, int] = {}
    for kind, name in _UNIT.findall(text):
        if kind.endswith("module"):
            modules.append(name)
        else:
            others.add(name)
        seen[name] = seen.get(name, 0) + 1
    counts: dict[str, int] = {}
    for word in _WORD.findall(text):
        counts[word] = counts.get(word, 0) + 1
    words = frozenset(word for word, count in counts.items() if count > seen.get(word, 0))
    return Scan(path, tuple(dict.fromkeys(modules)), frozenset(others), words)


def _only_top(scans: Sequence[Scan], root: Path) -> str:
    """The module that nothing mentions; DesignError when there is none or more than one."""
    modules = [name for entry in scans for name in entry.modules]
    if not modules:
        raise DesignError("no module in these files", where=root, hint="rtlgen files shows what is read")
    mentioned = frozenset().union(*(entry.words for entry in scans))
    tops = [name for name in dict.fromkeys(modules) if name not in mentioned]
    if len(tops) == 1:
        return tops[0]
    names = tops or list(dict.fromkeys(modules))
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    what = f"{len(tops)} modules could be the top: {shown}" if tops else f"no module is the top: {shown}"
    raise DesignError(what, where=root, hint=f"name it: --top {names[0]}")


def _no_such_top(top: str, scans: Sequence[Scan], root: Path) -> DesignError:
    known = [name for entry in scans for name in entry.modules]
    near = difflib.get_close_matches(top, known, n=1)
    if near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = "modules: " + (", ".join(known[:_SHOWN]) or "none") + (", ..." if len(known) > _SHOWN else "")
    return DesignError(f"no module '{top}'", where=root, hint=hint)


def _needed(top: str, scans: Sequence[Scan]) -> frozenset[Path]:
    """The files that define `top` and, in turn, what they mention; of several that define a name all."""
    homes: dict[str, list[Scan]] = {}
    for entry in scans:
        for name in entry.defined:
            homes.setdefault(name, []).append(entry)
    reached: set[Path] = set()
    todo = list(homes.get(top, ()))
    while todo:
        entry = todo.pop()
        if entry.path in reached:
            continue
        reached.add(entry.path)
        for word in entry.words & homes.keys():
            todo += [home for home in homes[word] if home.path not in reached]
    return frozenset(reached)


def in_package_order(files: Sequence[Path], scans: dict[Path, Scan]) -> tuple[Path, ...]:
    """`files` with packages, interfaces and primitives before the files that mention them; else the order stays."""
    home = {name: path for path in reversed(files) for name in scans[path].others}
    placed: dict[Path, None] = {}

    def place(path: Path, above: frozenset[Path]) -> None:
        if path in placed or path in above:
            return
        for name in sorted(scans[path].words & home.keys()):
            if home[name] != path:
                place(home[name], above | {path})
        placed[path] = None

    for path in files:
        place(path, frozenset())
    return tuple(placed)


def _includes(project: Project, source: Source, files: Sequence[Path]) -> tuple[Path, ...]:
    """Folders of includes: those named, those of the project, and the folders of the files themselves."""
    named = [path.resolve() for path in source.include_dirs]
    for path in named:
        if not path.is_dir():
            raise UsageError("no such include folder", where=path, hint="check the path")
    listed = [project.absolute(path) for path in project.include_dirs]
    return tuple(dict.fromkeys([*named, *listed, *(path.parent for path in files)]))


def _checked(build: Build) -> None:
    """Raise UsageError for a name that would not be one word of a script."""
    for name in (build.top, *(name for name, _ in (*build.defines, *build.parameters))):
        if not _PLAIN.fullmatch(name):
            raise UsageError(f"'{name}' cannot be given to Yosys as a name", hint="letters, digits and _")
    for name, value in (*build.defines, *build.parameters):
        if value is not None and not re.fullmatch(r"[\w.'+\-]*", value):
            raise UsageError(
                f"the value of {name} cannot be given to Yosys: {value!r}",
                hint="a number, or a constant such as 8'hff",
            )
    for path in (*build.files, *build.library_files, *build.include_dirs):
        if not re.fullmatch(r"[^\s\"\\;!`#]+", str(path)):
            raise UsageError(
                "Yosys cannot take a file name with blanks or special characters",
                where=path,
                hint="copy the design elsewhere: letters, digits . _ -",
            )


def shown(build: Build, target: Library) -> tuple[Path, ...]:
    """What a sandbox must show of the sources and the libraries."""
    files = (*build.files, *build.library_files)
    folders = dict.fromkeys((*build.include_dirs, *(path.parent for path in files)))
    if all(path.is_relative_to(build.root) for path in folders) and len(build.root.parts) > 2:
        folders = {build.root: None}
    return (*folders, *target.files)
