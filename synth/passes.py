"""The Yosys commands from the sources to what ABC is given, the same for the front end and for the script to take home.

They are those of Yosys's own ``synth`` in its order (hierarchy, processes, flattening, word-level optimisation, memories
to registers, gates), with two additions that change nothing where there is nothing to change: tri-states inside the
design become logic (``tribuf -logic``), and flip-flops become cells of the library before the logic is mapped
(``dfflibmap``), so that inverters around them are part of what is optimised.

ABC is given the gates alone (selection ``logic``): Yosys 0.70 cuts what it hands over into one piece for each clock and
enable as soon as it sees flip-flops of its own.

Try: see `rtlgen.synth.frontend`
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

from rtlgen.synth.design import Build
from rtlgen.synth.library import Library

MEMORY_BITS = 1 << 16
"""Bits of one memory above which it is not turned into registers (checked up to a factor of two)."""
GATES = "AND NAND OR NOR XOR XNOR ANDNOT ORNOT MUX NMUX AOI3 OAI3 AOI4 OAI4 NOT BUF"
"""The gates that Yosys leaves to ABC."""
_FLIP_FLOP_GROUP = re.compile(r"^\s*ff\s*\(", re.MULTILINE)


def reading(build: Build, *, hierarchical: bool = False) -> list[str]:
    """Read the sources and make `build.top` the top. `hierarchical` asks slang to keep the modules apart."""
    files = (*build.files, *build.library_files)
    folders = [f"-I{path}" for path in build.include_dirs]
    macros = [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in build.defines]
    if build.reader == "slang":
        words = ["read_slang", f"--top {build.top}"]
        words += ["--best-effort-hierarchy"] if hierarchical else []
        words += [f"-G {name}={value}" for name, value in build.parameters]
        return [" ".join([*words, *folders, *macros, *map(str, files)]), f"hierarchy -check -top {build.top}"]
    commands = []
    for path in files:
        language = ["-sv"] if path.suffix.lower() in (".sv", ".svh", ".svp") else []
        commands.append(" ".join(["read_verilog", *language, *folders, *macros, str(path)]))
    changes = [f"-chparam {name} {value}" for name, value in build.parameters]
    return [*commands, " ".join([f"hierarchy -check -top {build.top}", *changes])]


def word_level(build: Build, target: Library, *, flat: bool = True) -> list[str]:
    """From the hierarchy to optimised words and memories."""
    own = ["proc", *(["setattr -mod -unset keep_hierarchy", "flatten"] if flat else []), "tribuf -logic"]
    return [*own, f"{_synth(build, target, flat)} -run coarse:fine"]


def bounded_memories() -> list[str]:
    """Checks that end the script when a memory is too big for registers: in bits, up to a factor of two."""
    bound = 2 * MEMORY_BITS
    pairs = [(1 << bits, bound >> bits) for bits in range(bound.bit_length())]
    return [f"select -assert-none t:$mem_v2 r:WIDTH>={width} %i r:SIZE>={words} %i" for width, words in pairs]


def gate_level(build: Build, *, flat: bool = True) -> list[str]:
    """Memories to registers, and everything to gates."""
    return [f"{_synth(build, None, flat)} -noabc -run fine:check"]


def named_registers() -> list[str]:
    """Short names for registers without one, and for the wires they drive: a netlist's registers are known by them."""
    return [
        "select -set registers t:$_*DFF* t:$_FF_ t:$_*LATCH* t:$_SR_*",
        "rename -enumerate -pattern _register%_ @registers @registers %co1:+[Q] w:* %i",
    ]


def _synth(build: Build, target: Library | None, flat: bool) -> str:
    lut = f" -lut {target.lut}" if target is not None and target.lut is not None else ""
    return f"synth{' -flatten' if flat else ''}{lut} -top {build.top}"


def registers(target: Library, names: Sequence[str] | None = None) -> list[str]:
    """Flip-flops and latches to cells of the target; an error where it lacks one. `names` as for `liberties`."""
    return [f"dfflibmap {liberties(target, names)}", "opt_clean"]


def liberties(target: Library, names: Sequence[str] | None = None) -> str:
    """``-liberty FILE`` for each file of the target, by `names` where they are given."""
    return " ".join(f"-liberty {name}" for name in (names or [str(path) for path in target.files]))


def logic_selection() -> str:
    """The command that names the gates ``logic``."""
    return "select -set logic " + " ".join(f"t:$_{gate}_" for gate in GATES.split())


def has_registers(target: Library) -> bool:
    """Whether a liberty file of the target has a flip-flop."""
    return any(_FLIP_FLOP_GROUP.search(_text(path)) for path in target.files)


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("latin-1")
