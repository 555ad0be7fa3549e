"""The static check of a completion, in place, in the user's own build.

`Checker.check` compiles the file with the candidate in it and the same file without it, by slang, with the include
folders, defines, headers, packages and modules of the project, and compares the two. Only what the candidate brings
counts: syntax errors, undeclared names, ports and parameters that the instantiated module does not have, a port
connected twice, a second driver, a redeclaration, an assignment to an input; width mismatches and the like are warnings.

An unfinished file is the normal case. Errors at the end of a text that stops at the cursor do not count, and a candidate
that opens something it does not close, or is one line of a statement of several, is `warned`, not `broken`.

What it does not do: decide where it cannot (inside comments, macro bodies, include fragments nobody includes: status
`unchecked`), elaborate the design from its top, or find a functional error.

Try: rtlgen complete examples/soc --file rtl/alu.sv --json
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.records import CheckReport, sha256_text
from rtlgen.sim.static.compare import Case, declares, judge, subtract
from rtlgen.sim.static.conditionals import activate, activating, has_conditionals
from rtlgen.sim.static.elaborate import Build, Elaborator, Finding, Outcome
from rtlgen.sim.static.findings import UNFINISHED, is_syntax
from rtlgen.sim.static.lexer import code_end, has_code, in_comment_or_string, in_macro_body, significant
from rtlgen.sim.static.openings import Opened, closers, opened, unfinished
from rtlgen.sim.static.sources import SourceIndex, words_of
from rtlgen.sim.static.standin import macro_name

if TYPE_CHECKING:
    from rtlgen.core.project import Project

_KEPT_BASELINES = 32
_PROBE = "`rtlgen_probe_"


@dataclass(frozen=True)
class Baseline:
    """The file as it was: how it is compiled, what was wrong with it already, and why it cannot be checked, if so."""

    prefix: str
    suffix: str
    build: Build
    outcome: Outcome
    head: tuple[Finding, ...] = ()
    """Syntax errors of the text before the cursor alone, those at its end left out."""
    forced: bool = False
    """Conditionals around the cursor were made to take its branch."""
    left_open: Opened | None = None
    """What the text before the cursor leaves open."""
    at_end: bool = False
    """No code follows the cursor."""
    reason: str = ""

    def whole(self, candidate: str = "") -> str:
        """The file with `candidate` in it; what a file that ends at the cursor leaves open is closed."""
        text = self.prefix + candidate + self.suffix
        return (
            text + closers(opened(candidate, self.left_open))
            if self.at_end and not self.build.fragment
            else text
        )

    def end_of(self, candidate: str) -> int:
        """Offset just after the last token of the file up to and with `candidate`."""
        own = code_end(candidate)
        return len(self.prefix) + own if own else code_end(self.prefix)


class Checker:
    """Checks candidates in files of `project`; keeps what it learnt between calls. Safe to call from several threads."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._index: SourceIndex | None = None
        self._elaborator: Elaborator | None = None
        self._baselines: OrderedDict[tuple[str, str, int], Baseline] = OrderedDict()
        self._lock = threading.RLock()

    def check(self, path: str | Path, text: str, inserted: tuple[int, int] | range) -> CheckReport:
        """What `text`, the whole file with the candidate in it, brings that the file without it does not have.

        `path` is relative to the project or absolute; the file need not exist. `inserted` is the candidate's
        (offset, length) in characters, or the range of its 1-based lines. Raises ValueError when it lies outside.
        """
        offset, length = _span(text, inserted)
        candidate = text[offset : offset + length]
        if not candidate.strip():
            return CheckReport("clean")
        with self._lock:
            try:
                base = self._baseline(path, text[:offset], text[offset + length :], candidate)
                if base.reason:
                    return CheckReport("unchecked", reason=base.reason)
                if not significant(candidate) and "/*" not in candidate:
                    return CheckReport("clean")
                return self._compare(str(path), base, candidate)
            except RuntimeError as error:  # what pyslang raises for an exception inside slang
                return CheckReport("unchecked", reason=f"slang gave up: {error}")

    def _tools(self) -> tuple[SourceIndex, Elaborator]:
        if self._index is None or self._elaborator is None:
            self._index = SourceIndex(self._project)
            self._elaborator = Elaborator(self._project, self._index)
        return self._index, self._elaborator

    def _baseline(self, path: str | Path, prefix: str, suffix: str, candidate: str) -> Baseline:
        """The file without the candidate, from the cache unless a file it needs has changed."""
        index, elaborator = self._tools()
        own = has_conditionals(candidate)
        key = (f"{path}{'#' if own else ''}", sha256_text(prefix + suffix), len(prefix))
        if elaborator.stale():
            self._baselines.clear()
        if key in self._baselines:
            self._baselines.move_to_end(key)
            return self._baselines[key]
        index.refresh()
        base = self._measure(self._project.absolute(str(path)), prefix, suffix, steady=own)
        self._baselines[key] = base
        while len(self._baselines) > _KEPT_BASELINES:
            self._baselines.popitem(last=False)
        return base

    def _measure(self, path: Path, prefix: str, suffix: str, *, steady: bool) -> Baseline:
        """Compile the file as it was. `steady` keeps its conditionals as they are."""
        _, elaborator = self._tools()
        text, offset = prefix + suffix, len(prefix)
        base = Baseline(prefix, suffix, Build(path), Outcome(()))
        if in_comment_or_string(text, offset):
            return replace(base, reason="the place is inside a comment or a string")
        if in_macro_body(text, offset):
            return replace(base, reason="the place is inside a macro definition")
        around = self._around(path, text)
        if isinstance(around, str):
            return replace(base, reason=around)
        build, prefix, suffix, head = self._place(path, prefix, suffix, around, steady)
        if head is None:
            return replace(base, reason="the place is not compiled: inside a macro or an untaken branch")
        forced = build.predefines != elaborator.plan(path, text, around).predefines or text != prefix + suffix
        base = Baseline(
            prefix, suffix, build, Outcome(()), head, forced, opened(prefix), at_end=not has_code(suffix)
        )
        outcome = elaborator.run(build, base.whole(), survey=True)
        unknown = {f.name for f in outcome.findings if f.code in {"UnknownModule", "UnknownPackage"}}
        wider = elaborator.extend(build, unknown)
        if wider != build:
            build, outcome = wider, elaborator.run(wider, base.whole(), survey=True)
        return replace(base, build=build, outcome=outcome)

    def _place(
        self, path: Path, prefix: str, suffix: str, around: tuple[Path, str, str] | None, steady: bool
    ) -> tuple[Build, str, str, tuple[Finding, ...] | None]:
        """A build in which the place is compiled, the text around it, and the syntax errors of what stands before it.

        Conditionals around the place are made to take its branch: by defining their macros, or by blanking the other
        branches. None instead of the errors when that does not help.
        """
        _, elaborator = self._tools()
        text, offset = prefix + suffix, len(prefix)
        build = elaborator.plan(path, text, around)
        head = self._head(build, prefix, suffix)
        if head is None and not steady:
            names = activating(build.before + prefix)
            if names:
                defined = replace(build, predefines=(*build.predefines, *(f"{n} 1" for n in names)))
                defined = elaborator.with_macros(defined, text)
                head = self._head(defined, prefix, suffix)
                build = build if head is None else defined
            if head is None:
                active = activate(text, offset)
                prefix, suffix = active[:offset], active[offset:]
                build = elaborator.plan(path, active, around)
                head = self._head(build, prefix, suffix)
        return build, prefix, suffix, () if head is None and steady else head

    def _head(self, build: Build, prefix: str, suffix: str) -> tuple[Finding, ...] | None:
        """Syntax errors before the end of `prefix`; None when the compiler does not see what stands at its end."""
        _, elaborator = self._tools()
        rest = suffix if build.fragment else closers(opened(prefix))
        findings = elaborator.parse(build, f"{prefix} {_PROBE} {rest}")
        if all(f.name != _PROBE[1:] for f in findings):
            return None
        end = code_end(prefix)
        return tuple(f for f in findings if f.offset < end and f.severity == "error")

    def _around(self, path: Path, text: str) -> tuple[Path, str, str] | str | None:
        """The file that includes this one and its text before and after, when this one is an include fragment.

        None for a file that is compiled by itself; why it cannot be checked when nothing that has a module includes it.
        """
        index, _ = self._tools()
        alone = bool(index.units_in(text))
        if alone and not index.is_header(path):
            return None
        current, before, after = path, "", ""
        for _ in range(4):
            includers = [p for p in index.includers(current) if p != path]
            if not includers:
                break
            host = includers[0]
            halves = index.split_at_include(host, current)
            current, before, after = host, halves[0] + before, after + halves[1]
            if index.units_in(before + after):
                return current, before, after
        if not alone and (current != path or index.is_header(path)):
            return "an include fragment that no module of the project includes"
        return None

    def _compare(self, path: str, base: Baseline, candidate: str) -> CheckReport:
        """Compile with the candidate in place and judge what is new."""
        index, elaborator = self._tools()
        build, made_up = self._extended(base, candidate)
        text = base.prefix + candidate + base.suffix
        offset, length = len(base.prefix), len(candidate)
        outcome = elaborator.run(build, base.whole(candidate), candidate=(offset, offset + length))
        new, gone = subtract(outcome.findings, base.outcome.findings, offset, length)
        healed = not base.at_end and any(is_syntax(f) for f in gone)
        why = ""
        if base.at_end:
            end = base.end_of(candidate)
            new = [f for f in new if f.offset < end and f.code not in UNFINISHED]
        elif any(is_syntax(f) for f in new) and not build.fragment:
            why = unfinished(candidate) or ("what follows does not fit yet" if healed else "")
            if why:
                new = [f for f in new if not is_syntax(f)] + self._before_end(build, base, candidate)
        case = Case(
            path=path,
            file=self._project.absolute(path),
            text=text,
            offset=offset,
            length=length,
            base_findings=base.outcome.findings,
            new=tuple(new),
            open_world=bool(base.outcome.missing),
            healed=healed,
            mends=healed or (not base.at_end and declares(gone, candidate)),
            unfinished=why,
            at_end=base.at_end,
            made_up=made_up,
            forced=base.forced,
        )
        return judge(case, index)

    def _extended(self, base: Baseline, candidate: str) -> tuple[Build, tuple[str, ...]]:
        """The build with what the candidate's own names need, and the macros of it that nothing defines."""
        _, elaborator = self._tools()
        build = elaborator.extend(base.build, words_of(candidate))
        if "`" in candidate:
            text = base.prefix + candidate + base.suffix
            build = elaborator.with_macros(build, text)
        fresh = [macro_name(d) for d in build.stand_ins[len(base.build.stand_ins) :]]
        return build, tuple(name for name in fresh if f"`{name}" in candidate)

    def _before_end(self, build: Build, base: Baseline, candidate: str) -> list[Finding]:
        """New syntax errors of the text up to the candidate's end, those at its very end left out."""
        _, elaborator = self._tools()
        text = base.prefix + candidate
        end = base.end_of(candidate)
        rest = closers(opened(candidate, base.left_open))
        findings = [
            f
            for f in elaborator.parse(build, text + rest)
            if f.offset < end and f.severity == "error" and f.code not in UNFINISHED
        ]
        new, _ = subtract(tuple(findings), base.head, len(base.prefix), len(candidate))
        return new


def _span(text: str, inserted: tuple[int, int] | range) -> tuple[int, int]:
    """(offset, length) in characters of what was inserted."""
    if isinstance(inserted, range):
        starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text)]
        first, last = inserted.start - 1, inserted.stop - 1
        if not 0 <= first <= last < len(starts):
            raise ValueError(
                f"lines {inserted.start}..{inserted.stop} are not in a text of {len(starts) - 1} lines"
            )
        return starts[first], starts[last] - starts[first]
    offset, length = inserted
    if offset < 0 or length < 0 or offset + length > len(text):
        raise ValueError(f"({offset}, {length}) is outside a text of {len(text)} characters")
    return offset, length
