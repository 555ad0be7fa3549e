"""What a circuit is mapped to: standard cells of liberty files, or LUTs; and the commands that map and measure.

Several liberty files are one library: the first is read, the others are merged into it in their order (ASAP7: SIMPLE,
then INVBUF, AO, OA). Gzipped files are read as they are. A file that ABC cannot use (no inverter, truncated) is told as
such when the library is opened, not at the first circuit.

Try: ``rtlgen synth examples/soc --top soc --liberty sky130.lib.gz``
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rtlgen.core.errors import DesignError, ToolError, UsageError
from rtlgen.synth.abc import AbcError, AbcProcess
from rtlgen.synth.division import check_target, divide
from rtlgen.synth.grammar import CELLS, LUTS
from rtlgen.synth.qor import QoR, parse_aig, parse_luts, parse_timed
from rtlgen.synth.recipe import Recipe

_LIBRARY = re.compile(rb"\blibrary\s*\(")
_QUOTED = re.compile(rb'/\*.*?\*/|"[^"\n]*"', re.DOTALL)
_SAFE = re.compile(r"[\w./+-]+")
_UNUSABLE = "cannot detect the invertor gate"
MAPPED_CELLS = "map; topo; stime"
"""As the published comparisons map and measure (ABC-RL)."""


@dataclass(frozen=True)
class Library:
    """A target. Exactly one of `files` (liberty, absolute paths) and `lut` (inputs of a LUT) is set."""

    files: tuple[Path, ...] = ()
    lut: int | None = None
    mapping: str = MAPPED_CELLS
    """Commands that map a current AIG and print its figures."""

    @property
    def name(self) -> str:
        """For tables: ``lut6``, or the first file's name without its endings."""
        if self.lut is not None:
            return f"lut{self.lut}"
        return re.sub(r"\.(?:lib|gz)\b", "", self.files[0].name)

    @cached_property
    def fingerprint(self) -> str:
        """Hex SHA-256 over the content of the files, the LUT size and the mapping commands."""
        digest = hashlib.sha256(f"{self.lut} {self.script}".encode())
        for path in self.files:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    @property
    def setup(self) -> tuple[str, ...]:
        """Commands that a fresh ABC begins with."""
        return tuple(f"read_lib -w {'-m ' if number else ''}{path}" for number, path in enumerate(self.files))

    @property
    def script(self) -> str:
        """Commands that map the current AIG and print its figures."""
        return f"if -K {self.lut}; print_stats" if self.lut is not None else self.mapping

    def measured(self, tail: Sequence[str] = ()) -> str:
        """The commands from a recipe's last AIG to its figures: its tail, the mapping that it leaves out, measuring.

        Raises UsageError when a recipe with this tail cannot end at this target.
        """
        division = divide(tuple(tail))
        check_target(division, self.lut)
        if self.lut is not None:
            mapper = () if division.kind == LUTS else (f"if -K {self.lut}",)
            return "; ".join((*tail, *mapper, "print_stats"))
        if division.kind != CELLS:
            return "; ".join((*tail, self.mapping))
        order = () if tail[-1] == "topo" else ("topo",)  # stime takes nothing else
        return "; ".join((*tail, *order, "print_stats", "stime"))

    def script_of(self, recipe: Recipe) -> str:
        """The plain script of `recipe` between reading the circuit and the end: what a fresh ABC has to run through."""
        transitions, tail = recipe.split()
        return "; ".join((*transitions, self.measured(tail)))

    def parse(self, stats: str, mapped: str) -> QoR:
        """The figures of a circuit: `stats` is ``print_stats`` of its AIG, `mapped` what `measured` printed."""
        return self.figures(parse_aig(stats), mapped)

    def figures(self, stats: tuple[int, int], mapped: str) -> QoR:
        """The figures of a circuit with `stats` (AND nodes, levels) from what `measured` printed.

        Raises ToolError when there are none, or when the gates that were timed are not all nodes of the network.
        """
        nodes, levels = stats
        if self.lut is not None:
            luts, depth = parse_luts(mapped)
            return QoR(float(luts), float(depth), luts, nodes, levels)
        gates, area, delay = parse_timed(mapped)
        if " nd =" in mapped and parse_luts(mapped)[0] != gates:
            raise ToolError(
                "not every node of the mapped network is a gate", hint="another mapper at the recipe's end"
            )
        return QoR(area, delay, gates, nodes, levels)


def library(files: Sequence[Path] = (), lut: int | None = None) -> Library:
    """The library of `files` or of LUTs with `lut` inputs.

    Raises UsageError for both or neither, a missing file, a path that ABC cannot take, or a LUT size outside 2..8.
    """
    if bool(files) == (lut is not None):
        raise UsageError("one target is needed", hint="--lut K, or --liberty FILE (repeatable)")
    if lut is not None:
        if not 2 <= lut <= 8:
            raise UsageError(f"LUTs of {lut} inputs cannot be mapped to", hint="--lut 2 to 8")
        return Library(lut=lut)
    paths = []
    for given in files:
        path = given.expanduser().resolve()
        if not path.is_file():
            raise UsageError("no such liberty file", where=given, hint="check the path")
        if not _SAFE.fullmatch(str(path)):
            raise UsageError(
                "ABC cannot take a file name with blanks or special characters",
                where=path,
                hint="copy the file elsewhere",
            )
        paths.append(path)
    return Library(tuple(paths))


def check(target: Library, work: Path) -> None:
    """Read the library once in a process of its own and map an inverter to it.

    Raises DesignError, which names the file, when one is damaged or no liberty, or when ABC cannot map to them.
    """
    if target.lut is not None:
        return
    for path in target.files:
        _check_file(path)
    (work / "probe.blif").write_text(".model probe\n.inputs a b\n.outputs y\n.names a b y\n11 0\n.end\n")
    with AbcProcess(work, setup=target.setup) as process:
        try:
            said = process.run(f"read_blif probe.blif; strash; {target.script}")
            parse_timed(said)
        except AbcError as error:
            said = f"{_UNUSABLE} {error.said}" if _UNUSABLE in error.said else error.what
    if _UNUSABLE in said or "ABC failed" in said:  # without an inverter ABC maps on, to a wrong circuit
        reason = said
        if _UNUSABLE in said:
            reason = "it has no inverter that ABC can use"
        elif "Mapping has failed" in said:
            reason = "its gates do not suffice for an AND of two inputs and its complement"
        raise _unusable(target.files[0], reason)


def _check_file(path: Path) -> None:
    """Raises DesignError when the file is no whole liberty file; what ABC makes of it is not looked at."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except gzip.BadGzipFile:
        raise _unusable(path, "it is named .gz but is not compressed by gzip, or it is damaged") from None
    except (EOFError, zlib.error):
        raise _unusable(path, "its compressed data is damaged or ends too early") from None
    if not data.strip():
        raise _unusable(path, "it is empty")
    if not _LIBRARY.search(data):
        raise _unusable(path, "it is no liberty file: it has no group 'library (NAME) {'")
    text = _QUOTED.sub(b"", data)
    if text.count(b"{") > text.count(b"}"):
        raise _unusable(path, "it ends too early: not every '{' has its '}'")


def _unusable(path: Path, reason: str) -> DesignError:
    return DesignError(
        f"ABC cannot map to this library: {reason}",
        where=path,
        hint="a complete liberty file with combinational cells; ASAP7: SIMPLE first, then INVBUF, AO, OA",
    )
