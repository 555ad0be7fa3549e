"""One file of a project, compiled by slang together with the files it needs: findings with offsets into that file.

A `Build` says how a file is compiled (include folders, macros, keyword set, needed files, and the file that includes it
when it is an include fragment); `Elaborator.run` compiles a text in that place. Trees of the needed files are parsed
once and kept; they go into every compilation as library units, so only what the file instantiates is elaborated.
All modules of the file are checked with their default parameters, untaken generate branches too.

What it does not do: elaborate the design from its top (a candidate is judged inside its own file and against the ports,
packages and macros it uses), simulate, or judge which findings matter (`sim.static.findings`).

Source: slang 12 through pyslang (https://sv-lang.com).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.sim.devices import without_devices
from rtlgen.sim.static.drivers import TWO_DRIVERS, driven_twice, may_resolve
from rtlgen.sim.static.sources import SourceIndex, Stamp, ascii_text, stamp_of, words_of
from rtlgen.sim.static.standin import macro_name, stand_in

if TYPE_CHECKING:
    from rtlgen.core.project import Project

_MAX_SESSION_BYTES = 16_000_000
_MAX_SESSION_PARSES = 200
"""What one source manager may take in before a fresh one is started: slang never frees texts and macro expansions."""

_MACRO_ROUNDS = 4
"""How deep macros of the project that are defined in terms of each other are followed."""

_MACRO_LINE = re.compile(r"^[ \t]*`include[^\n]*|`\w+", re.MULTILINE)
_KEPT_PLANS = 256
_TOP_KINDS = frozenset({"module", "macromodule", "program"})
_SYSTEMVERILOG = re.compile(r"\b(?:logic|always_ff|always_comb|assert|assume|cover|typedef|unique)\b")
"""Words that no one who writes Verilog-2005 uses as names."""
_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True)
class Finding:
    """A diagnostic of slang in the file under check; `offset` counts characters from the start of its text."""

    phase: str
    """``parse`` | ``semantic`` | ``analysis``."""
    code: str
    severity: str
    """``error`` | ``warning``, as slang has it."""
    message: str
    offset: int

    @property
    def name(self) -> str:
        """The first name the message quotes, without a macro's back-tick; empty when there is none."""
        match = _QUOTED.search(self.message)
        return match.group(1).lstrip("`") if match else ""


@dataclass(frozen=True)
class Build:
    """How one file is compiled."""

    path: Path
    dirs: tuple[str, ...] = ()
    predefines: tuple[str, ...] = ()
    needed: tuple[Path, ...] = ()
    own: frozenset[str] = frozenset()
    """Units that the file defines itself."""
    tops: frozenset[str] = frozenset()
    """Those that are elaborated as tops, whoever else instantiates them: modules and programs."""
    stand_ins: tuple[str, ...] = ()
    """Definitions made up for macros that nothing in the project defines."""
    keywords: str = ""
    """``1364-2005`` for Verilog whose names are keywords of SystemVerilog, else empty."""
    before: str = ""
    """Text of the file that includes this one up to the include, when this one is an include fragment."""
    after: str = ""
    """Text of the file that includes this one, from the include on."""

    @property
    def fragment(self) -> bool:
        """True when the file is compiled inside another one."""
        return bool(self.before or self.after)


@dataclass(frozen=True)
class Outcome:
    """What a compilation said about the file: its findings, and the names nobody in the project defines."""

    findings: tuple[Finding, ...]
    missing: frozenset[str] = frozenset()
    """Headers, macros and packages that are not in the project, the needed files' own included."""


@dataclass
class _Session:
    """A source manager with the trees parsed into it."""

    manager: Any
    library: Any
    trees: dict[Path, tuple[Any, frozenset[str]]] = field(default_factory=dict)
    """Parsed needed files, each with the headers and macros that were not found."""
    stamps: dict[Path, Stamp | None] = field(default_factory=dict)
    """Needed files and headers as they were when they were read."""
    serial: int = 0
    used_bytes: int = 0
    parses: int = 0


class Elaborator:
    """Compiles texts in the place of a file of `project`. Not thread-safe."""

    def __init__(self, project: Project, index: SourceIndex) -> None:
        self._index = index
        self._project = project
        self._defines = tuple(name if value is None else f"{name}={value}" for name, value in project.defines)
        self._session = _new_session()
        self._plans: dict[Any, Build] = {}

    def stale(self) -> bool:
        """True when a header or needed file that was read has changed on disk since; everything starts afresh then."""
        moved = any(stamp_of(path) != stamp for path, stamp in self._session.stamps.items())
        if moved:
            self._session = _new_session()
        return moved

    def plan(self, path: Path, text: str, around: tuple[Path, str, str] | None = None) -> Build:
        """How `path` with `text` is compiled: include folders, needed files, macros of other files, keyword set.

        `around` is the including file and its text before and after, for an include fragment. The plan is kept as long
        as the text names the same units, headers and macros and no file of the project changes.
        """
        outer, before, after = around or (path, "", "")
        shown = before + text + after
        units = self._index.units_in(shown)
        own = frozenset(units)
        names = frozenset(words_of(shown) & self._index.units.keys())
        key = (path, around, self._index.version, names, own, frozenset(_MACRO_LINE.findall(text)))
        if key not in self._plans:
            own_dirs = () if around is None else (str(path.parent),)
            build = Build(
                path=outer,
                dirs=self._index.include_dirs(outer, shown) + own_dirs,
                predefines=self._index.earlier_macros(outer, shown),
                needed=self._index.needed(outer, set(names), own=own),
                own=own,
                tops=frozenset(name for name, kind in units.items() if kind in _TOP_KINDS),
                before=before,
                after=after,
            )
            build = self.with_macros(build, text)
            if outer.suffix == ".v":
                build = self._with_keywords(build, text)
            if len(self._plans) >= _KEPT_PLANS:
                self._plans.clear()
            self._plans[key] = build
        return self._plans[key]

    def extend(self, build: Build, names: set[str]) -> Build:
        """`build` with the files that define further `names`."""
        needed = self._index.needed(build.path, names, own=build.own, known=build.needed)
        return build if needed == build.needed else replace(build, needed=needed)

    def with_macros(self, build: Build, text: str) -> Build:
        """Add macros that the text uses and other files of the project define (a shared compilation unit).

        What no file defines is given a stand-in, so that the rest of the line can still be read.
        """
        for _ in range(_MACRO_ROUNDS):
            unknown = self._unknown_macros(build, text)
            found = {name: self._index.predefine(name, build.path) for name in unknown}
            stand_ins = tuple(sorted(unknown[name] for name, text_ in found.items() if text_ is None))
            defined = tuple(sorted(text_ for text_ in found.values() if text_ is not None))
            if not defined and not stand_ins:
                break
            build = replace(
                build, predefines=build.predefines + defined, stand_ins=build.stand_ins + stand_ins
            )
        return build

    def _unknown_macros(self, build: Build, text: str) -> dict[str, str]:
        """Macros nothing defines, in the file or its headers, each with a stand-in definition for its first use."""
        session, tree, _ = self._tree_of(build, text)
        have = {macro_name(d) for d in build.predefines + build.stand_ins}
        unknown: dict[str, str] = {}
        for diagnostic in tree.diagnostics:
            if _code(diagnostic) == "UnknownDirective":
                place = session.manager.getFullyOriginalLoc(diagnostic.location)
                name, definition = stand_in(session.manager.getSourceText(place.buffer), place.offset)
                if name and name not in have:
                    unknown.setdefault(name, definition)
        return unknown

    def _with_keywords(self, build: Build, text: str) -> Build:
        """Take the Verilog-2005 keyword set when it gives fewer syntax errors."""
        errors = _errors(self.parse(build, text))
        if not errors or _SYSTEMVERILOG.search(text):
            return build
        older = replace(build, keywords="1364-2005")
        return older if _errors(self.parse(older, text)) < errors else build

    def parse(self, build: Build, text: str) -> list[Finding]:
        """Lexer, preprocessor and parser findings only."""
        session, tree, own = self._tree_of(build, text)
        return _findings(session, build, own, len(text), tree.diagnostics, "parse")

    def run(
        self, build: Build, text: str, *, candidate: tuple[int, int] | None = None, survey: bool = False
    ) -> Outcome:
        """All findings of `text` in the place of the file, in the order of the text.

        With the span of a `candidate` (start, end), also nets that it drives a second time; with `survey`, what is
        missing.
        """
        from pyslang import analysis, ast

        session, tree, own = self._tree_of(build, text)
        options = _options(self._defines, build)
        compilation = ast.Compilation(options)
        compilation.addSyntaxTree(tree)
        missing = _made_up(build)
        for path in build.needed:
            other, unknown = self._needed_tree(session, path)
            compilation.addSyntaxTree(other)
            missing |= unknown
        semantic = compilation.getSemanticDiagnostics()
        findings = _findings(session, build, own, len(text), tree.diagnostics, "parse")
        findings += _findings(session, build, own, len(text), semantic, "semantic")
        compilation.freeze()
        manager = analysis.AnalysisManager()
        manager.analyze(compilation)
        findings += _findings(session, build, own, len(text), manager.getDiagnostics(), "analysis")
        if candidate is not None and not may_resolve(text):
            findings += _second_drivers(compilation, manager, own, len(_prefix(build)), text, candidate)
        if survey:
            missing |= _missing(session, tree.diagnostics) | _missing(session, semantic)
        return Outcome(tuple(sorted(findings, key=lambda f: f.offset)), missing)

    def _tree_of(self, build: Build, text: str) -> tuple[_Session, Any, Any]:
        """Parse `text` at the place of the file. Returns the session, the tree, and the buffer of the text."""
        from pyslang import syntax

        folders = [build.path.parent, *map(Path, build.dirs)]
        whole = _prefix(build) + without_devices(ascii_text(text), folders) + build.after
        session = self._roomy_session(len(whole))
        session.serial += 1
        alias = build.path.with_name(f"{build.path.name}~{session.serial}")
        buffer = session.manager.assignText(str(alias), whole)
        tree = syntax.SyntaxTree.fromBuffer(buffer, session.manager, _options(self._defines, build))
        _note_headers(session, tree)
        return session, tree, buffer.id

    def _roomy_session(self, size: int) -> _Session:
        session = self._session
        if session.used_bytes + size > _MAX_SESSION_BYTES or session.parses >= _MAX_SESSION_PARSES:
            self._session = _new_session()
        self._session.used_bytes += size
        self._session.parses += 1
        return self._session

    def _needed_tree(self, session: _Session, path: Path) -> tuple[Any, frozenset[str]]:
        """The kept tree of a needed file, parsed on first use."""
        from pyslang import syntax

        if path not in session.trees:
            session.stamps[path] = stamp_of(path)
            text = self._index.text(path)
            build = Build(path=path, dirs=self._index.include_dirs(path, text))
            build = self.with_macros(build, text)
            if path.suffix == ".v":
                build = self._with_keywords(build, text)
            session.serial += 1
            tree = syntax.SyntaxTree.fromText(
                _prefix(build) + text,
                session.manager,
                path.name,
                str(path.with_name(f"{path.name}~{session.serial}")),
                _options(self._defines, build),
                session.library,
            )
            _note_headers(session, tree)
            session.trees[path] = (tree, _made_up(build) | _missing(session, tree.diagnostics))
        return session.trees[path]


def _new_session() -> _Session:
    import pyslang

    return _Session(pyslang.SourceManager(), pyslang.SourceLibrary())


def _prefix(build: Build) -> str:
    """What stands before the file's text: macros of other files, the keyword set, the text of the including file."""
    lines = [f"`define {d}\n" for d in build.predefines + build.stand_ins]
    if build.keywords:
        lines.append(f'`begin_keywords "{build.keywords}"\n')
    return "".join([*lines, build.before])


def _options(defines: tuple[str, ...], build: Build) -> Any:
    """slang's options for a build: limits keep one odd parameter value from costing seconds."""
    import pyslang
    from pyslang import ast, parsing

    compilation = ast.CompilationOptions()
    flags = ast.CompilationFlags
    compilation.flags = (
        flags.CheckUninstantiated
        | flags.AllowTopLevelIfacePorts
        | flags.AllowInvalidTop
        | flags.AllowUnnamedGenerate
    )
    compilation.errorLimit = 0
    compilation.topModules = set(build.tops)
    compilation.maxGenerateSteps = 4096
    compilation.maxInstanceArray = 4096
    compilation.maxConstexprSteps = 100_000
    preprocessor = parsing.PreprocessorOptions()
    preprocessor.predefines = list(defines)
    preprocessor.additionalIncludePaths = [Path(d) for d in build.dirs]
    bag = pyslang.Bag()
    bag.compilationOptions = compilation
    bag.preprocessorOptions = preprocessor
    return bag


def _note_headers(session: _Session, tree: Any) -> None:
    """Remember which headers were read and their stamps, so that a change on disk is noticed."""
    for include in tree.getIncludeDirectives():
        path = Path(session.manager.getFullPath(include.buffer.id))
        if path not in session.stamps:
            session.stamps[path] = stamp_of(path)


def _findings(
    session: _Session, build: Build, own: Any, length: int, diagnostics: Any, phase: str
) -> list[Finding]:
    """Those of slang's diagnostics that lie in the file under check, each where its macro is used."""
    import pyslang

    manager = session.manager
    engine = pyslang.DiagnosticEngine(manager)
    shift = len(_prefix(build))
    out = []
    for diagnostic in diagnostics:
        place = manager.getFullyExpandedLoc(diagnostic.location)
        if place.buffer != own or not shift <= place.offset <= shift + length:
            continue
        severity = engine.getSeverity(diagnostic.code, diagnostic.location).name
        if severity in {"Ignored", "Note"}:
            continue
        out.append(
            Finding(
                phase=phase,
                code=_code(diagnostic),
                severity="warning" if severity == "Warning" else "error",
                message=engine.formatMessage(diagnostic),
                offset=place.offset - shift,
            )
        )
    return out


def _missing(session: _Session, diagnostics: Any) -> frozenset[str]:
    """Names of headers, macros and packages that were looked for and not found."""
    import pyslang

    engine = pyslang.DiagnosticEngine(session.manager)
    wanted = {
        pyslang.Diags.CouldNotOpenIncludeFile,
        pyslang.Diags.UnknownDirective,
        pyslang.Diags.UnknownPackage,
    }
    names = set()
    for diagnostic in diagnostics:
        if diagnostic.code in wanted:
            match = _QUOTED.search(engine.formatMessage(diagnostic))
            names.add(match.group(1) if match else "?")
    return frozenset(names)


def _second_drivers(
    compilation: Any, manager: Any, own: Any, shift: int, text: str, span: tuple[int, int]
) -> list[Finding]:
    """Findings, in slang's manner, for nets that the candidate in `span` of `text` drives a second time."""
    names = words_of(text[span[0] : span[1]])
    found = driven_twice(compilation, manager, own, (span[0] + shift, span[1] + shift), names)
    return [
        Finding("analysis", TWO_DRIVERS, "error", f"'{name}' is driven here and by {other}", offset - shift)
        for name, other, offset in found
    ]


def _made_up(build: Build) -> frozenset[str]:
    """Macros that have a stand-in, as they are used."""
    return frozenset(f"`{macro_name(d)}" for d in build.stand_ins)


def _code(diagnostic: Any) -> str:
    """Slang's own name of a diagnostic, such as ``UndeclaredIdentifier``."""
    return repr(diagnostic.code)[len("DiagCode(") : -1]


def _errors(findings: list[Finding]) -> int:
    return sum(f.severity == "error" for f in findings)
