"""A scene for one attack: a home folder with secrets outside the sandbox, and the check that nothing happened to it.

Every test of this folder gets the check by using `scene`: afterwards everything outside the scratch folder is as it was,
no secret is in what came out, and no process of the run is left. Attacks on memory, processes and disk bound themselves
too, so that a sandbox that does not hold costs the machine little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rtlgen.core.limits import Limits
from rtlgen.core.records import Verdict
from rtlgen.core.scratch import is_file, read_bytes, scratch
from rtlgen.sim import icarus
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.verdict import PLAIN, judge

TIGHT = Limits(
    wall_s=6.0,
    cpu_s=5,
    memory_mb=256,
    file_mb=8,
    processes=16,
    output_kb=64,
    disk_mb=16,
    total_memory_mb=256,
)
SECRET = "5EC2E7C0FFEE"
PROTECTED = "PRECIOUS"


@dataclass
class Scene:
    """Where an attack plays. `work` is the scratch folder, `home` what it must neither read nor write."""

    root: Path
    work: Path
    outputs: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """Outside of everything that the sandbox shows."""
        return self.root / "home"

    def job(self, text: str, *, name: str = "tb.sv", **changes: object) -> Job:
        """A job of one file with `TIGHT` limits."""
        source = self.root / "design" / name
        source.parent.mkdir(exist_ok=True)
        source.write_text(text)
        made = Job(folder=self.work, sources=(source,), top=("tb",), limits=TIGHT)
        return replace(made, **changes)  # type: ignore[arg-type]

    def icarus(self, text: str, **changes: object) -> SimRun:
        """Compile and run on Icarus; what it printed is looked through for secrets afterwards."""
        run = icarus.run(self.job(text, **changes))
        self.outputs.append(run.log)
        return run

    def verdict(self, run: SimRun) -> Verdict:
        """By the plain rule."""
        return judge(run, PLAIN)

    def processes(self) -> list[str]:
        """Processes of this machine that work in the scratch folder."""
        return processes_in(self.work)

    def taken(self) -> bytes:
        """All regular files that the run left, taken as rtlgen takes them."""
        names = [
            os.path.relpath(Path(at) / name, self.work)
            for at, _, names in os.walk(self.work)
            for name in names
        ]
        plain = [name for name in names if is_file(self.work, name)]
        return b"".join(read_bytes(self.work, name, 64 << 20) or b"" for name in plain)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene, checked when the test is over."""
    (tmp_path / "home").mkdir()
    (tmp_path / "scratch").mkdir()
    (tmp_path / "home" / "secret.txt").write_text(f"{SECRET}\n")
    (tmp_path / "home" / "secret.vh").write_text(f"{SECRET} is no Verilog\n")
    (tmp_path / "home" / "secret.hex").write_text(f"{SECRET}\n")
    (tmp_path / "home" / "precious.txt").write_text(PROTECTED)
    with scratch(tmp_path / "scratch") as work:
        made = Scene(tmp_path, work)
        before = state(tmp_path / "home")
        yield made
        assert state(tmp_path / "home") == before
        assert {path.name for path in tmp_path.iterdir()} <= {"design", "home", "scratch"}
        assert processes_in(work) == []
        for output in [*made.outputs, made.taken().decode("latin-1")]:
            assert SECRET.lower() not in output.lower()
    assert list((tmp_path / "scratch").iterdir()) == []


def state(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Content, mode and time of change of every file of a folder."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def processes_in(work: Path) -> list[str]:
    """Processes of this machine that work in the scratch folder or are named after it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or entry.name == str(os.getpid()):
            continue
        try:
            line = (entry / "cmdline").read_bytes()
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(work).encode() in line or where.startswith(str(work)):
            found.append(f"{entry.name} {line!r}")
    return found
