"""Read `.f` lists, the build description that simulators share.

Understood: files, ``-f LIST`` (entries relative to the root, as to the folder where a tool is started),
``-F LIST`` (entries relative to LIST itself), ``-v FILE``, ``-y DIR``, ``+libext+.v+.sv``, ``+incdir+A+B``,
``-I DIR``, ``+define+A=1+B``, ``-D A=1``, ``-G name=value``, ``-pvalue+name=value``, ``-top NAME``
(``--top-module``, ``-s``), ``$VAR ${VAR} $(VAR)``, ``//``, ``#`` and ``/* */`` comments, quotes,
backslashes and continued lines, file patterns with ``*`` and ``?``. Lines written by `flat.py` as ``//
rtlgen: ...`` are read as well.

Options of other tools are kept as skipped, with the reason. Missing files, unset variables and lists that
read themselves are collected into one `UsageError` that names each place and the chain of lists to it.

Try: ``rtlgen files -f rtl/soc.f``
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.core.glance import SOURCE_EXTENSIONS
from rtlgen.core.listwords import Word, words
from rtlgen.core.source import read_source

OTHER_LANGUAGES = re.compile(
    r"\.(vhdl?|c|cc|cpp|cxx|o|a|so|tcl|do|sdc|xdc|ucf|xci|vlt|mem|hex|dat|edif|lib|lef|json)$", re.IGNORECASE
)
"""Endings of files in lists that are no Verilog: kept as skipped."""

TAKES_VALUE = re.compile(
    r"--?(timescale|std|l|log|o|work|lib|L|Mdir|mdir|cm|cm_dir|cm_name|sv_lib|sv_root|suppress|nowarn|error|note|"
    r"override_timescale|libmap|j|assert|xprop|snapshot|cdslib|hdlvar|reflib|makelib|P|ntb_opts|w|default_ext|"
    r"uvmhome|elabdir|msglimit|svseed|seed)"
)
"""Options of other tools that are followed by a value."""

MAX_DEPTH = 64


@dataclass(frozen=True)
class Entry:
    """A file of a list: its absolute path, the ``list:line`` that names it, and whether it came by ``-v``."""

    path: Path
    why: str
    library: bool = False


@dataclass
class FileList:
    """What one or several lists say, in their order. Paths are absolute; each carries its ``list:line``."""

    files: list[Entry] = field(default_factory=list)
    include_dirs: list[Entry] = field(default_factory=list)
    library_dirs: list[Entry] = field(default_factory=list)
    library_extensions: list[str] = field(default_factory=list)
    defines: dict[str, str | None] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    tops: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    lists: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_filelists(root: Path, lists: list[tuple[Path, bool, str]]) -> FileList:
    """Read lists in order. Each is (absolute path, entries relative to the list itself?, who named it).

    Raises one UsageError with every missing file, unset variable and cycle.
    """
    reader = _Reader(root)
    for path, own_base, named_by in lists:
        reader.read(path, path.parent if own_base else root, (), named_by)
    result = reader.result
    if result.problems:
        raise _problem_error(root, result, lists)
    return result


def _problem_error(root: Path, result: FileList, lists: list[tuple[Path, bool, str]]) -> UsageError:
    """All problems as one error, with the hint that fits them."""
    shown = result.problems[:20]
    if len(result.problems) > len(shown):
        shown.append(f"... and {len(result.problems) - len(shown)} more")
    hint = "correct these entries"
    missing = re.match(r".*: no such file: (\S+)", result.problems[0])
    for path, own_base, _ in lists:
        if missing and not own_base and path.parent != root and (path.parent / missing[1]).exists():
            hint = f"the entries look relative to the list's own folder: use -F {os.path.relpath(path, root)}"
    count = f"{len(result.problems)} problems" if len(result.problems) > 1 else "a problem"
    return UsageError(f"the build lists have {count}\n  " + "\n  ".join(shown), hint=hint)


class _Reader:
    """Follows lists into each other and collects what they say."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.result = FileList()
        self._seen: dict[Path, str] = {}

    def shown(self, path: Path) -> str:
        """`path` relative to the root where it is inside."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def read(self, path: Path, base: Path, chain: tuple[tuple[Path, str], ...], named_by: str) -> None:
        """Read one list whose entries are relative to `base`; `chain` are the lists that lead here."""
        real = path.resolve()
        trail = " <- ".join(place for _, place in reversed(chain))
        if any(real == other for other, _ in chain) or len(chain) > MAX_DEPTH:
            self.result.problems.append(f"{named_by}: {self.shown(path)} reads itself ({trail})")
            return
        try:
            text = read_source(path).text
        except UsageError as error:
            what = "no such list" if error.what == "no such file" else f"list {error.what}"
            self.result.problems.append(
                f"{named_by}: {what}: {self.shown(path)}" + (f" ({trail})" if len(chain) > 1 else "")
            )
            return
        self.result.lists.append(path)
        _Interpreter(self, path, base, (*chain, (real, ""))).interpret(words(text))

    def add_file(self, entry: Entry) -> None:
        """Take a file once; a second mention is kept as skipped."""
        first = self._seen.get(entry.path)
        if first is not None:
            self.result.skipped.append(
                (self.shown(entry.path), f"listed again at {entry.why}, first at {first}")
            )
            return
        self._seen[entry.path] = entry.why
        self.result.files.append(entry)


class _Interpreter:
    """Gives the words of one list their meaning."""

    def __init__(self, reader: _Reader, path: Path, base: Path, chain: tuple[tuple[Path, str], ...]) -> None:
        self.reader = reader
        self.out = reader.result
        self.name = reader.shown(path)
        self.base = base
        self.chain = chain
        self.with_value: dict[str, Callable[[Word], None]] = {
            "-f": lambda word: self._nested(word, own_base=False),
            "-file": lambda word: self._nested(word, own_base=False),
            "-F": lambda word: self._nested(word, own_base=True),
            "-v": lambda word: self._file(word, library=True),
            "-y": self._library_dir,
            "-I": self._include_dir,
            "-incdir": self._include_dir,
            "-D": self._define,
            "-define": self._define,
            "-G": self._parameter,
            "-defparam": self._parameter,
            "-libext": lambda word: self._extensions([word]),
            "-Y": lambda word: self._extensions([word]),
            "-top": self._top,
            "--top": self._top,
            "-top-module": self._top,
            "--top-module": self._top,
            "-s": self._top,
        }
        self.plus: dict[str, Callable[[Word], None]] = {
            "+incdir+": lambda word: self._each(word, self._include_dir),
            "+libdir+": lambda word: self._each(word, self._library_dir),
            "+define+": lambda word: self._each(word, self._define),
            "+parameter+": lambda word: self._each(word, self._parameter),
            "-pvalue+": lambda word: self._each(word, self._parameter),
            "+libext+": lambda word: self._extensions(word.split_plus()),
        }

    def interpret(self, items: list[Word]) -> None:
        """Go through the words; an option takes its value from the next one."""
        at = 0
        while at < len(items):
            word = items[at]
            following = items[at + 1] if at + 1 < len(items) else None
            at += 1 + self._one(word, following)

    def _one(self, word: Word, following: Word | None) -> int:
        """Take one word (and perhaps the following one); returns how many further words were taken."""
        text = word.text
        if text in self.with_value:
            if following is None:
                self._problem(word, f"{text} stands without its value")
                return 0
            self.with_value[text](following)
            return 1
        for prefix, action in self.plus.items():
            if text.startswith(prefix):
                action(word.after(prefix))
                return 0
        if not text.startswith(("-", "+")):
            self._file(word)
            return 0
        return 0 if self._joined(word) else self._foreign(word, following)

    def _joined(self, word: Word) -> bool:
        """An option with its value in the same word (``-Idir``, ``-DA=1``, ``-Gn=v``, ``--top=x``)?"""
        text = word.text
        for option in ("--top-module=", "--top=", "-top=", "-top-module="):
            if text.startswith(option):
                self._top(word.after(option))
                return True
        if re.match(r"-I.", text):
            self._include_dir(word.after("-I"))
        elif re.match(r"-D[A-Za-z_]", text):
            self._define(word.after("-D"))
        elif re.match(r"-[GgP][A-Za-z_][\w.]*=", text):
            self._parameter(word.after("-G"))
        else:
            return False
        return True

    def _foreign(self, word: Word, following: Word | None) -> int:
        """An option of another tool: keep it as skipped, with its value where it has one."""
        takes = 0
        if following is not None and word.text.startswith("-") and not following.text.startswith(("-", "+")):
            same_line = following.line == word.line
            looks_like_file = Path(following.plain).suffix.lower() in SOURCE_EXTENSIONS
            if TAKES_VALUE.fullmatch(word.text):
                takes = 1
            elif same_line and "=" not in word.text and not looks_like_file:
                takes = 0 if self._absolute(following).exists() else 1
        text = " ".join(item.plain for item in ([word, following] if takes and following else [word]))
        self.out.skipped.append((text, f"option of another tool at {self._at(word)}"))
        return takes

    def _at(self, word: Word) -> str:
        return f"{self.name}:{word.line}"

    def _problem(self, word: Word, what: str) -> None:
        trail = " <- ".join(place for _, place in reversed(self.chain) if place)
        self.out.problems.append(f"{self._at(word)}: {what}" + (f" (read by {trail})" if trail else ""))

    def _absolute(self, word: Word) -> Path:
        return Path(os.path.normpath(self.base / Path(word.plain).expanduser()))

    def _has_variables(self, word: Word) -> bool:
        """Report variables without a value; True when the path can be used."""
        for name in word.unset:
            self._problem(word, f"the environment variable {name} is not set (in {word.plain})")
        return not word.unset

    def _each(self, word: Word, action: Callable[[Word], None]) -> None:
        for part in word.split_plus():
            action(part)

    def _nested(self, word: Word, *, own_base: bool) -> None:
        if not self._has_variables(word):
            return
        path = self._absolute(word)
        chain = (*self.chain[:-1], (self.chain[-1][0], self._at(word)))
        self.reader.read(path, path.parent if own_base else self.reader.root, chain, self._at(word))

    def _file(self, word: Word, *, library: bool = False) -> None:
        if not self._has_variables(word):
            return
        if not word.plain:
            self._problem(word, "a file without a name")
            return
        path = self._absolute(word)
        why = f"{'-v at ' if library else ''}{self._at(word)}"
        if OTHER_LANGUAGES.search(path.name):
            self.out.skipped.append((self.reader.shown(path), f"no Verilog file, at {self._at(word)}"))
        elif path.is_file():
            self.reader.add_file(Entry(path, why, library))
        elif path.is_dir():
            self._problem(word, f"is a folder: {word.plain} (write {word.plain}/*.v, or -y for a library)")
        elif any(char in word.plain for char in "*?[") and (found := _matching(path)):
            for item in found:
                self.reader.add_file(Entry(item, why, library))
        else:
            self._problem(word, f"no such file: {word.plain}")

    def _folder(self, word: Word, what: str) -> Entry | None:
        """The folder of an option; None (and skipped) when it is not there: stale folders are common."""
        if not self._has_variables(word):
            return None
        path = self._absolute(word)
        if path.is_dir():
            return Entry(path, self._at(word))
        self.out.skipped.append((self.reader.shown(path), f"{what} at {self._at(word)}: no such folder"))
        return None

    def _include_dir(self, word: Word) -> None:
        entry = self._folder(word, "include folder")
        if entry and all(entry.path != other.path for other in self.out.include_dirs):
            self.out.include_dirs.append(entry)

    def _library_dir(self, word: Word) -> None:
        entry = self._folder(word, "library folder")
        if entry and all(entry.path != other.path for other in self.out.library_dirs):
            self.out.library_dirs.append(entry)

    def _extensions(self, parts: list[Word]) -> None:
        self.out.library_extensions += [
            part.plain for part in parts if part.plain not in self.out.library_extensions
        ]

    def _define(self, word: Word) -> None:
        name, equals, value = word.plain.partition("=")
        self.out.defines[name] = value if equals else None

    def _parameter(self, word: Word) -> None:
        name, equals, value = word.plain.partition("=")
        if equals and name:
            self.out.parameters[name] = value
        else:
            self._problem(word, f"a parameter needs a value: {word.plain} (write -G name=value)")

    def _top(self, word: Word) -> None:
        self.out.tops.append((word.plain, self._at(word)))


def _matching(pattern: Path) -> list[Path]:
    """The files that a pattern with ``*``, ``?``, ``[...]`` or ``**`` stands for, sorted."""
    try:
        found = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
        return sorted(path for path in found if path.is_file())
    except (ValueError, OSError):
        return []
