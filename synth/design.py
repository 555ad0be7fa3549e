"""What recipe search is given: a design, where it came from, and the one network whose recipe is searched.

`Source` is what a user names: a Verilog project (folder, files, filelists, top), or one circuit file. `Design` is what
`rtlgen.synth.frontend.load` makes of it: the combinational logic between the registers as a `Circuit`, which is exactly
the network that the exported Yosys script hands to ABC, and what stands around it. Data only: nothing here runs a tool.

Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.synth.circuit import ENDINGS, Circuit

VERILOG = (".v", ".sv", ".vh", ".svh")
"""Endings of Verilog files."""


@dataclass(frozen=True)
class Source:
    """What the user named. Either `circuit`, or Verilog: `root` with discovery or `filelists`, or `files` alone."""

    root: Path | None = None
    """Folder of the project; None with `files` or `circuit`."""
    files: tuple[Path, ...] = ()
    """Verilog files in compile order; with a `root` they replace its discovery."""
    filelists: tuple[str, ...] = ()
    top: str | None = None
    include_dirs: tuple[Path, ...] = ()
    """Added to those of the project."""
    defines: tuple[tuple[str, str | None], ...] = ()
    """Added to those of the project, and stronger."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Parameters of the top, as Verilog constants."""
    circuit: Path | None = None
    """One .aig, .blif, .bench or .pla file."""

    def __post_init__(self) -> None:
        """Raises UsageError when nothing is named, or a circuit together with Verilog."""
        verilog = self.root is not None or bool(self.files) or bool(self.filelists)
        if self.circuit is not None and verilog:
            raise UsageError(
                "a circuit file and Verilog at once", where=self.circuit, hint="name one of the two"
            )
        if self.circuit is None and not verilog:
            raise UsageError(
                "nothing to synthesise", hint="name a folder, Verilog files, or a .aig, .blif or .bench file"
            )


def source_of(paths: tuple[Path, ...], *, top: str | None = None, filelists: tuple[str, ...] = ()) -> Source:
    """The source that a user names by `paths`: one folder, one circuit file, or Verilog files.

    Raises UsageError for a mixture, a missing path or an unknown ending.
    """
    for path in paths:
        if not path.exists():
            raise UsageError("no such file or folder", where=path, hint="check the path")
    folders = [path for path in paths if path.is_dir()]
    circuits = [path for path in paths if path.suffix.lower() in ENDINGS]
    if len(paths) == 1 and folders:
        return Source(root=paths[0], top=top, filelists=filelists)
    if len(paths) == 1 and circuits:
        return Source(circuit=paths[0])
    if folders or circuits:
        raise UsageError(
            "one folder, one circuit file, or Verilog files: not a mixture",
            where=(folders or circuits)[0],
            hint="rtlgen synth FOLDER --top NAME",
        )
    for path in paths:
        if path.suffix.lower() not in VERILOG:
            raise UsageError(
                f"'{path.suffix}' is no ending of a circuit or of Verilog",
                where=path,
                hint=f"one of {' '.join((*VERILOG, *ENDINGS))}",
            )
    return Source(files=paths, top=top, filelists=filelists)


@dataclass(frozen=True)
class Build:
    """How Yosys reads the design: every path absolute, the top decided."""

    root: Path
    files: tuple[Path, ...]
    library_files: tuple[Path, ...]
    """Read like the others, but a module of `files` with the same name wins."""
    include_dirs: tuple[Path, ...]
    defines: tuple[tuple[str, str | None], ...]
    parameters: tuple[tuple[str, str], ...]
    top: str
    reader: str = "verilog"
    """``verilog``: Yosys's own reader; ``slang``: its SystemVerilog reader, for what that one cannot read."""
    maps_registers: bool = False
    """Whether flip-flops are mapped to cells of the target."""


@dataclass(frozen=True)
class ModuleRow:
    """One module of the hierarchy, synthesised by itself with its parameters; its instances are not in its figures."""

    name: str
    instances: int
    """How often it is in the whole design."""
    registers: int
    """Bits, of one instance."""
    nodes: int
    """AND nodes of the logic of one instance."""
    levels: int
    area: float | None
    """Cells without registers, units of the library (LUTs for a LUT target); None without logic."""
    delay: float | None
    """ps (levels of LUTs for a LUT target); None without logic."""
    cells: int
    """Cells or LUTs without registers."""


@dataclass(frozen=True)
class Design:
    """A design that is ready to be searched over."""

    name: str
    circuit: Circuit
    """The combinational logic between registers; for a circuit file what is in it."""
    registers: int
    """Bits."""
    register_area: float | None
    """Of the library's flip-flops; None when the target has none (LUTs, ASAP7's combinational files) or for circuits."""
    modules: tuple[ModuleRow, ...]
    """Empty for circuit files."""
    source: Source
    kind: str
    """``verilog`` or ``circuit``."""
    build: Build | None = None
    """None for circuit files."""
    warnings: tuple[str, ...] = ()
