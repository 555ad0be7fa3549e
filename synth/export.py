"""What a user takes home: plain scripts that reproduce the figures without rtlgen, and the mapped netlist.

A folder with the start as AIGER, ``best.abc`` for ABC alone, for Verilog also ``synth.ys`` (with ``best-for-yosys.abc``)
from the sources to the netlist and ``synth.sh`` that runs it, the netlists that these scripts wrote, and how to give the
recipe to LibreLane and OpenROAD-flow-scripts. Sources and liberty files stay where they are and are named by absolute
paths; the generic library is copied. The scripts are run before anything is put in place, so what is there works; a file
is put in place whole or not at all.

It proves nothing and compares nothing: see `rtlgen.synth.replay` and `rtlgen.synth.proof`.

Try: ``rtlgen synth examples/soc --recipe 'resyn2; dch' --out out``
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen import __version__
from rtlgen.core import process
from rtlgen.core.errors import DesignError, LimitError, ToolError
from rtlgen.core.process import Limits
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import scratch
from rtlgen.core.tools import find
from rtlgen.synth import scripts
from rtlgen.synth.abc import failed, first_error
from rtlgen.synth.design import Build, Design
from rtlgen.synth.library import Library
from rtlgen.synth.qor import QoR
from rtlgen.synth.recipe import Recipe
from rtlgen.synth.sources import shown
from rtlgen.synth.yosys import fingerprint, run_file

LIMITS = Limits(wall_s=600.0, cpu_s=1200, memory_mb=8192, file_mb=1024, processes=16, output_kb=8192)
"""Limits of one run of a script."""


@dataclass(frozen=True)
class Exported:
    """A folder that was written, and what its scripts need."""

    folder: Path
    name: str
    """Of the design: stem of the netlists."""
    kind: str
    """``verilog`` or ``circuit``."""
    recipe: Recipe
    target: Library
    build: Build | None
    qor: QoR
    """What ``best.abc`` said when the netlists were written."""
    files: tuple[str, ...]

    @property
    def stem(self) -> str:
        """Of the netlist that ``best.abc`` writes: the design, or the logic between its registers."""
        return scripts.LOGIC if self.build is not None else self.name

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type in the folder: ABC alone, and for Verilog Yosys."""
        yosys = (f"sh {scripts.SHELL}",) if self.build is not None else ()
        return (f"yosys-abc -f {scripts.ABC}", *yosys)


def export(
    design: Design,
    recipe: Recipe,
    target: Library,
    out: Path,
    *,
    remarks: Sequence[str] = (),
    limits: Limits = LIMITS,
    sandboxed: bool = True,
) -> Exported:
    """Write the folder `out` for `recipe`; other files in it stay. `remarks` go into the heads of the scripts.

    Raises DesignError when a script fails, LimitError at a limit, ToolError when a tool is missing; `out` is then as
    it was.
    """
    out = out.resolve()
    stem = design.name if design.build is None else scripts.LOGIC
    exported = Exported(out, design.name, design.kind, recipe, target, design.build, QoR(0, 0, 0, 0, 0), ())
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(out.parent) as staging:
        write_start(design, target, staging)
        _write_scripts(exported, staging, stem, remarks)
        said = run_abc(staging, target, limits=limits, sandboxed=sandboxed)
        exported = replace(exported, qor=target.parse(said, said))
        _write_scripts(exported, staging, stem, [*remarks, _figures(exported)])
        if design.build is not None:
            run_file(
                scripts.YOSYS,
                staging,
                read_only=shown(design.build, target),
                limits=limits,
                sandboxed=sandboxed,
            )
        names = sorted(path.name for path in staging.iterdir() if path.is_file())
        out.mkdir(exist_ok=True)
        for name in names:
            (staging / name).chmod(0o755 if name.endswith(".sh") else 0o644)
            (staging / name).replace(out / name)
    return replace(exported, files=tuple(names))


def write_start(design: Design, target: Library, folder: Path) -> None:
    """The start of the recipe, and the generic library where it is the target."""
    (folder / scripts.START).write_bytes(design.circuit.aiger)
    for path, name in zip(target.files, library_names(target), strict=True):
        if name != str(path):
            (folder / name).write_bytes(path.read_bytes())


def library_names(target: Library) -> list[str]:
    """How the scripts name the libraries: the generic one lies beside them, others where the user has them."""
    from rtlgen.synth.generic import liberty

    own = liberty().encode()
    return [path.name if path.read_bytes() == own else str(path) for path in target.files]


def _write_scripts(exported: Exported, folder: Path, stem: str, remarks: Sequence[str]) -> None:
    recipe, target, build = exported.recipe, exported.target, exported.build
    names = library_names(target)
    tool = find("yosys-abc")
    made = [
        f"made by rtlgen {__version__} for {exported.name}, target {target.name}",
        f"ABC {tool.version_text} {tool.fingerprint}, Yosys {fingerprint()}",
        *(f"{path.name}: SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in target.files),
        *remarks,
    ]
    texts = {
        scripts.ABC: scripts.header("The best recipe, for ABC alone: yosys-abc -f best.abc", made)
        + scripts.for_abc(recipe, target, names, stem),
        scripts.ABC_SHELL: "#!/bin/sh\n"
        + scripts.header("The best recipe, for ABC alone", made)
        + scripts.for_abc_shell(),
    }
    if build is not None:
        texts |= {
            scripts.YOSYS_ABC: scripts.header("The best recipe, for Yosys: abc -script", made)
            + scripts.for_yosys_abc(recipe, target),
            scripts.YOSYS: scripts.header(f"Synthesis with the best recipe: sh {scripts.SHELL}", made)
            + scripts.for_yosys(build, target, names),
            scripts.SHELL: "#!/bin/sh\n"
            + scripts.header("Synthesis with the best recipe", made)
            + scripts.for_shell(),
        }
        if target.files:
            texts["librelane.json"] = scripts.for_librelane(exported.folder)
            texts["openroad.mk"] = scripts.for_openroad(exported.folder, build.top)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _figures(exported: Exported) -> str:
    qor = exported.qor
    if exported.target.lut is not None:
        return (
            f"{qor.gates} LUTs in {qor.delay:g} levels; before mapping {qor.nodes} nodes, {qor.levels} levels"
        )
    return (
        f"logic: area {qor.area:g}, delay {qor.delay:g} ps, {qor.gates} cells; "
        f"before mapping {qor.nodes} nodes, {qor.levels} levels"
    )


def run_abc(folder: Path, target: Library, *, limits: Limits = LIMITS, sandboxed: bool = True) -> str:
    """What ``best.abc`` prints when a fresh ABC runs it in `folder`, without colours.

    Raises LimitError at a limit, DesignError when ABC says that a command failed.
    """
    tool = find("yosys-abc")
    done = process.run(
        [str(tool.path), "-f", scripts.ABC],
        cwd=folder,
        limits=limits,
        sandbox=Sandbox(folder, (tool.path.parent, *target.files)) if sandboxed else None,
    )
    text = done.stdout + done.stderr
    if done.timed_out or done.exhausted:
        raise LimitError(
            f"{scripts.ABC} did not end within its limits", where=folder, hint="a shorter recipe"
        )
    if done.returncode or failed(text):
        raise DesignError(f"{scripts.ABC} fails: {first_error(text)}", where=folder, hint="another recipe")
    if not text.strip():
        raise ToolError("ABC said nothing", where=str(tool.path), hint="rtlgen doctor")
    return text
