"""A combinational circuit as ABC sees it: an AIG with names, read from a file, identified by its content.

``.aig``, ``.blif``, ``.bench`` and ``.pla`` are read by ABC and structurally hashed; what comes out is the start
of every recipe. Registers become inputs and outputs (``comb``), so that recipes optimise the logic between them and keep
the registers. Projects in Verilog go through `rtlgen.synth.frontend` first.

Try: ``rtlgen synth circuit.aig --lut 6``
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.process import Limits, run
from rtlgen.core.sandbox import Sandbox, available
from rtlgen.core.tools import find
from rtlgen.synth.abc import failed, first_error
from rtlgen.synth.qor import parse_aig

ENDINGS = {".aig": "read_aiger", ".blif": "read_blif", ".bench": "read_bench", ".pla": "read_pla"}
"""Ending of a circuit file -> the command that reads it."""
MAX_BYTES = 256 << 20
LIMITS = Limits(wall_s=120.0, memory_mb=8192, file_mb=512, processes=16, output_kb=1024)
"""Limits of the ABC that reads a file."""
_PLAIN = bytes(range(0x80))
_CONTINUED = bytes(range(0x80, 0x100))
"""Bytes of AIGER's numbers behind which the number goes on."""
_IO = re.compile(r"i/o\s*=\s*(\d+)/\s*(\d+)\s+lat\s*=\s*(\d+)")


@dataclass(frozen=True)
class Circuit:
    """An AIG. `aiger` is binary AIGER with the names of inputs and outputs, as ABC wrote it after ``strash``."""

    name: str
    aiger: bytes
    inputs: int
    outputs: int
    latches: int
    """Registers of the file; their inputs and outputs are among those of the AIG."""
    nodes: int
    levels: int

    @property
    def digest(self) -> str:
        """Content address of the logic: names and comments do not count."""
        return digest_of(self.aiger)


def digest_of(aiger: bytes) -> str:
    """Hex SHA-256 of the AIG in a binary AIGER file: header and gates, without symbols and comments."""
    return hashlib.sha256(logic_of(aiger)).hexdigest()


def logic_of(aiger: bytes) -> bytes:
    """The header, outputs and gates of a binary AIGER file: everything before its symbol table."""
    head, _, _ = aiger.partition(b"\n")
    words = head.split()
    if len(words) < 6 or words[0] != b"aig":
        raise DesignError("not a binary AIGER file", hint="write_aiger in ABC writes one")
    latches, outputs, gates = int(words[3]), int(words[4]), int(words[5])
    at = len(head) + 1
    for _ in range(latches + outputs):
        at = aiger.index(b"\n", at) + 1
    return aiger[: at + _bytes_of(2 * gates, aiger, at)]


def _bytes_of(numbers: int, aiger: bytes, at: int) -> int:
    """How many bytes from `at` on the next `numbers` take, in AIGER's 7-bit groups."""
    last = len(aiger[at:].translate(None, _CONTINUED))  # bytes that end a number, or are none of one
    end = len(aiger) - (last - numbers)
    if at < end <= len(aiger) and aiger[end - 1] < 0x80 and not aiger[end:].translate(None, _PLAIN):
        return end - at  # plain text follows, a byte a character
    start = at
    for _ in range(numbers):
        while aiger[at] & 0x80:
            at += 1
        at += 1
    return at - start


def read_circuit(path: Path, work: Path, *, name: str = "") -> Circuit:
    """The circuit in a file, read by an ABC of its own that may write to `work`.

    Raises UsageError for a missing file or an unknown ending, DesignError when ABC cannot read it or there is no logic.
    """
    if not path.is_file():
        raise UsageError("no such circuit file", where=path, hint="check the path")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        known = " ".join(ENDINGS)
        raise UsageError(
            f"'{ending}' is no ending of a circuit file", where=path, hint=f"one of {known}, or Verilog"
        )
    if path.stat().st_size > MAX_BYTES:
        raise UsageError(f"more than {MAX_BYTES >> 20} MiB", where=path, hint="a smaller circuit")
    copy = work / f"circuit{ending}"
    copy.write_bytes(path.read_bytes())
    said = _run(f"{ENDINGS[ending]} {copy.name}; print_stats", work, path)
    latches = _latches(said)
    comb = "comb; " if latches else ""
    stats = _run(
        f"{ENDINGS[ending]} {copy.name}; {comb}strash; write_aiger -s start.aig; print_stats", work, path
    )
    nodes, levels = parse_aig(stats)
    ports = _IO.search(stats)
    inputs, outputs = (int(ports[1]), int(ports[2])) if ports else (0, 0)
    if nodes == 0:
        raise DesignError(
            "the circuit has no logic to optimise: its outputs are constants or wires",
            where=path,
            hint="nothing to search; check that the right top was taken",
        )
    return Circuit(
        name or path.stem, (work / "start.aig").read_bytes(), inputs, outputs, latches, nodes, levels
    )


def _run(commands: str, work: Path, path: Path) -> str:
    """What an ABC in a sandbox (where there is one) says to `commands`; it is the only one that reads a foreign file."""
    tool = find("yosys-abc")
    box = Sandbox(work, (tool.path.parent,)) if available() else None
    done = run([str(tool.path), "-s", "-c", commands], cwd=work, limits=LIMITS, sandbox=box)
    text = done.stdout + done.stderr
    if done.timed_out or done.returncode or failed(text):
        reason = "it takes too long" if done.timed_out else first_error(text)
        raise DesignError(f"ABC cannot read it: {reason}", where=path, hint="check the file with ABC")
    return text


def _latches(stats: str) -> int:
    match = _IO.search(stats)
    return int(match[3]) if match else 0
