"""The exported scripts once more, by fresh processes in an empty folder: do they give the same figures again.

Nothing of rtlgen takes part but the files that were exported: no kept states, no pool, no store. ABC runs ``best.abc``
and, for Verilog, Yosys runs ``synth.ys`` from the sources. A caller that gets other figures than its search had reports
no win.

Try: ``rtlgen synth examples/soc --recipe 'resyn2; dch' --out out``
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import DesignError
from rtlgen.core.process import Limits
from rtlgen.core.scratch import scratch
from rtlgen.synth import scripts
from rtlgen.synth.export import LIMITS, Exported, library_names, run_abc
from rtlgen.synth.qor import QoR
from rtlgen.synth.sources import shown
from rtlgen.synth.yosys import run_file


@dataclass(frozen=True)
class Replayed:
    """What the scripts gave."""

    qor: QoR
    """Of ``best.abc``; of ``synth.ys`` where that differs."""
    same_netlist: bool
    """Whether the netlists came out byte for byte as in the folder (the Yosys one without its first line)."""
    log: str
    seconds: float


def replay(exported: Exported, *, limits: Limits = LIMITS, sandboxed: bool = True) -> QoR:
    """The figures of the exported scripts: those of `exported` when everything is as it should be.

    Raises DesignError when a script or a file is missing or fails, LimitError at a limit.
    """
    return replayed(exported, limits=limits, sandboxed=sandboxed).qor


def replayed(exported: Exported, *, limits: Limits = LIMITS, sandboxed: bool = True) -> Replayed:
    """The same with the log, the time, and whether the netlists are the same."""
    begun = time.monotonic()
    target, build = exported.target, exported.build
    with scratch() as work:
        for name in _inputs(exported):
            source = exported.folder / name
            if not source.is_file():
                raise DesignError("an exported file is missing", where=source, hint="export again")
            shutil.copyfile(source, work / name)
        log = run_abc(work, target, limits=limits, sandboxed=sandboxed)
        qor = target.parse(log, log)
        netlists = [f"{exported.stem}.blif"]
        if build is not None:
            done = run_file(
                scripts.YOSYS,
                work,
                read_only=shown(build, target),
                limits=limits,
                sandboxed=sandboxed,
            )
            said = "\n".join(line for line in done.log.splitlines() if line.startswith("ABC: "))
            whole = target.parse(said, said)
            qor = qor if whole == qor else whole
            log += done.log
            netlists.append(f"{build.top}.v")
        same = all(_same(exported.folder / name, work / name) for name in netlists)
    return Replayed(qor, same, log, time.monotonic() - begun)


def _inputs(exported: Exported) -> list[str]:
    """The exported files that the scripts read."""
    own = [name for name in library_names(exported.target) if "/" not in name]
    names = [scripts.START, scripts.ABC, *own]
    return names if exported.build is None else [*names, scripts.YOSYS_ABC, scripts.YOSYS]


def _same(first: Path, second: Path) -> bool:
    """Whether two netlists agree but for comments, which hold the date in ABC's."""
    return first.is_file() and second.is_file() and _lines(first) == _lines(second)


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return [line for line in text.splitlines() if not line.startswith(("#", "/*", "//"))]
