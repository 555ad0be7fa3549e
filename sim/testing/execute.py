"""One test with one seed: run in a scratch folder of its own, judged, its log and waves kept, its replay line written.

Plain benches go to the simulator by name (`sim.simulators`), cocotb modules to `sim.cocotb` (built once for each wave
format and shared by all seeds), cases of kind ``reference`` to `sim.reference.compare`; so does a bench that says
nothing, when there is a reference. A failed run is repeated once, same seed, with waves, when those are wanted.

Plain benches are told the seed as ``+seed=N``, ``+SEED=N``, ``+random_seed=N`` and ``+ntb_random_seed=N``, Verilator also
as ``+verilator+seed+N``; cocotb by COCOTB_RANDOM_SEED. Nothing is printed.

Try: ``rtlgen sim examples/soc --test tests/tb_soc.sv --seed 3``
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
import shutil
import signal
import tempfile
import threading
from dataclasses import asdict, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, LimitError, RtlgenError, UsageError
from rtlgen.core.process import Limits
from rtlgen.core.records import RunRecord, Verdict
from rtlgen.core.scratch import collect, scratch, write_bytes
from rtlgen.core.store import RunFolder
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.simulators import simulator
from rtlgen.sim.tamper import suspicions
from rtlgen.sim.testing import cocotb
from rtlgen.sim.testing.cocotb_results import Part, judge_cocotb
from rtlgen.sim.testing.design import shown
from rtlgen.sim.testing.runs import Listener, Result, Setup, Stopped
from rtlgen.sim.testing.testcases import Case
from rtlgen.sim.verdict import judge

SEED_PLUSARGS = ("seed", "SEED", "random_seed", "ntb_random_seed")
"""Names by which test benches ask for their seed (VCS, VUnit-like benches and common habit)."""
LOG_KEPT = 16_000
"""Characters of a log that go into the records; all of it is in the log file."""
WAVED_TIMEOUT_S = 10.0
"""How long a run that never ends is repeated with waves."""
MAX_WAVES = 512 << 20
MAX_WAVED = 8
"""Failed runs of one test that are repeated with waves."""
_UNSAFE = re.compile(r"[^\w./-]|\.\.")
_BARE = re.compile(r"^\W*(?:test\s+)?(?:FAIL(?:ED|URE)?|ERROR)\W*$", re.IGNORECASE)
_NOISE = re.compile(r"^(?:VCD|FST|LXT2?) (?:info|warning)|^WARNING: .*\$readmem|^\W*$")
_WORTH_WAVES = ("mismatch", "timeout")
_NO_VERDICT = "ended without a verdict"


class Executor:
    """Runs cases; safe to be used from several threads."""

    def __init__(self, setup: Setup, folder: RunFolder) -> None:
        self.setup = setup
        self.folder = folder
        self.stopped = False
        self._lock = threading.Lock()
        self._builds: dict[tuple[str, str], _Shared] = {}
        self._hashes: dict[Path, str] = {}
        self._waved: dict[str, int] = {}

    def run(self, case: Case, seed: int, listener: Listener | None = None) -> Result:
        """Run `case` with `seed`. Raises Stopped when the suite was stopped meanwhile."""
        if self.stopped:
            raise Stopped
        if listener is not None:
            listener.started(case, seed)
        place = self.folder.folder / _UNSAFE.sub("_", case.name.strip("/")) / f"seed-{seed}"
        waves = self.setup.wave_format if self.setup.waves == "always" else "none"
        try:
            verdict, parts = self._once(case, seed, waves, place, self.setup.limits)
        except (DesignError, LimitError, UsageError) as error:  # of this test alone: the others go on
            where, hint = (
                (f"{error.where}: " if error.where else ""),
                (f" ({error.hint})" if error.hint else ""),
            )
            kind = "resource" if isinstance(error, LimitError) else "elaboration"
            verdict, parts = Verdict(kind, f"{where}{error.what}{hint}"), ()
        note = ""
        if self.setup.waves == "fail" and verdict.kind in _WORTH_WAVES and verdict.waves is None:
            verdict, note = self._again(case, seed, place, verdict)
        if self.stopped:
            raise Stopped
        return Result(
            case.name, case.kind, case.top, seed, self._complete(case, seed, verdict, place), parts, note
        )

    def _again(self, case: Case, seed: int, place: Path, first: Verdict) -> tuple[Verdict, str]:
        """`first` with the waves of a second run, and what is to be said when that one ended otherwise."""
        with self._lock:
            waved = self._waved[case.name] = self._waved.get(case.name, 0) + 1
        if waved > MAX_WAVED:
            return first, f"no waves: {MAX_WAVED} failed runs of this test have them"
        limits = self.setup.limits
        if first.kind == "timeout":
            limits = replace(limits, wall_s=min(limits.wall_s, WAVED_TIMEOUT_S))
        second, _ = self._once(case, seed, self.setup.wave_format, place, limits)
        note = ""
        if second.kind != first.kind and not (first.kind == "timeout" and second.kind == "resource"):
            note = f"with waves the same seed gave {second.kind}: {second.reason or 'it passed'}"
        return replace(first, waves=second.waves), note

    def _once(
        self, case: Case, seed: int, waves: str, place: Path, limits: Limits
    ) -> tuple[Verdict, tuple[Part, ...]]:
        """One run: the verdict with the path of its waves, and the parts of a cocotb module."""
        if self.stopped:
            raise Stopped
        if case.kind == "reference":
            return self._compared(case, seed, waves, place, limits), ()
        with scratch() as folder:
            if case.kind == "cocotb":
                verdict, parts, run = self._cocotb(case, seed, waves, folder, limits)
            else:
                run = simulator(self.setup.simulator).run(self._job(case, seed, waves, folder, limits))
                verdict, parts = _with_first(judge(run, self.setup.rule), run), ()
            kept = self._kept_waves(run, folder, place)
        if self.setup.references and case.dut and _NO_VERDICT in verdict.reason:
            return self._compared(case, seed, waves, place, limits), ()
        if self.setup.untrusted and verdict.passed:
            verdict = self._suspected(case, verdict)
        record = self._record(case, seed, limits, run.tools)
        return replace(verdict, waves=kept, record=record), parts

    def _job(self, case: Case, seed: int, waves: str, folder: Path, limits: Limits) -> Job:
        design = self.setup.design
        self._put_data(case, folder)
        seeds = tuple(f"+{name}={seed}" for name in SEED_PLUSARGS)
        seeds += (f"+verilator+seed+{seed}",) if self.setup.simulator == "verilator" else ()
        inherited = design.parameters if case.top == design.top else ()
        return Job(
            folder=folder,
            sources=case.sources,
            top=(case.top,),
            include_dirs=case.include_dirs,
            defines=design.defines,
            parameters=(*inherited, *self.setup.parameters),
            library_dirs=design.library_dirs,
            library_extensions=design.library_extensions,
            plusargs=(*self.setup.plusargs, *(seed for seed in seeds if not self._given(seed))),
            waves=waves,
            headers_beside=not self.setup.untrusted,
            limits=limits,
            sandboxed=self.setup.sandboxed,
        )

    def _put_data(self, case: Case, folder: Path) -> None:
        """Copy data files into the working folder; for an untrusted design just those that its bench itself names."""
        named = case.path.read_text(encoding="utf-8", errors="replace") if self.setup.untrusted else ""
        for name, path in case.data:
            if not self.setup.untrusted or f'"{name}"' in named:
                write_bytes(folder, name, path.read_bytes())

    def _given(self, plusarg: str) -> bool:
        """Whether the user set this plusarg."""
        name = plusarg.partition("=")[0]
        return any(given.partition("=")[0] == name for given in self.setup.plusargs)

    def _cocotb(
        self, case: Case, seed: int, waves: str, folder: Path, limits: Limits
    ) -> tuple[Verdict, tuple[Part, ...], SimRun]:
        options = self._options(case, limits)
        built = self._build(case, options, waves)
        if not built.ok:
            verdict, _ = judge_cocotb(case.path, built.run, None)
            return verdict, (), built.run
        self._put_data(case, folder)
        run, results = cocotb.run(case, built, options, seed, folder)
        verdict, parts = judge_cocotb(case.path, run, results)
        return verdict, parts, run

    def _options(self, case: Case, limits: Limits) -> cocotb.Options:
        design = self.setup.design
        inherited = design.parameters if case.top == design.top else ()
        return cocotb.Options(
            simulator=self.setup.simulator,
            defines=design.defines,
            parameters=(*inherited, *self.setup.parameters),
            plusargs=self.setup.plusargs,
            python_path=self.setup.python_path,
            environment=self.setup.environment,
            limits=limits,
            sandboxed=self.setup.sandboxed,
        )

    def _build(self, case: Case, options: cocotb.Options, waves: str) -> cocotb.Build:
        """The build of a case, made by the first that asks; the others wait for it."""
        key = (hashlib.sha256(repr((case.top, case.sources, case.include_dirs)).encode()).hexdigest(), waves)
        with self._lock:
            shared = self._builds.setdefault(key, _Shared())
        with shared.lock:
            if shared.build is None:
                folder = Path(tempfile.mkdtemp(prefix="build-", dir=self._build_room()))
                shared.build = cocotb.build(case, options, waves, folder.resolve())
            return shared.build

    def _build_room(self) -> Path:
        with self._lock:
            if not hasattr(self, "_room"):
                self._room = Path(tempfile.mkdtemp(prefix="rtlgen-"))
            return self._room

    def close(self) -> None:
        """Delete the builds."""
        if hasattr(self, "_room"):
            shutil.rmtree(self._room, ignore_errors=True)

    def _compared(self, case: Case, seed: int, waves: str, place: Path, limits: Limits) -> Verdict:
        """The verdict by comparison with the reference."""
        from rtlgen.sim.reference.compare import compare
        from rtlgen.sim.reference.recording import Settings

        target = place / "waves.vcd"
        design = self.setup.design
        place.mkdir(parents=True, exist_ok=True)
        files = [path for path in case.sources if path != case.path]
        try:
            verdict = compare(
                files,
                self.setup.references,
                case.dut or None,
                seed=seed,
                include_dirs=case.include_dirs,
                defines=design.defines,
                parameters=self.setup.parameters,
                settings=Settings(
                    self.setup.simulator,
                    limits,
                    self.setup.sandboxed,
                    headers_beside=not self.setup.untrusted,
                ),
                waves=target if self.setup.waves != "never" or waves != "none" else None,
            )
        except (DesignError, LimitError) as error:  # of the reference: nothing can be said of the design
            where = f"{error.where}: " if error.where else ""
            return Verdict("tool-error", f"{where}{error.what}")
        record = verdict.record or self._record(case, seed, limits, dict(self.setup.tools))
        return replace(verdict, waves=str(target) if target.is_file() else None, record=record)

    def _suspected(self, case: Case, verdict: Verdict) -> Verdict:
        """A pass of code that a model wrote counts only when it left the test alone."""
        design = [path for path in case.sources if path != case.path]
        bench = [case.path] if case.kind == "plain" else []
        found = suspicions(design, case.dut or case.top, case.includes, bench=bench)
        if not found:
            return verdict
        return replace(verdict, kind="mismatch", reason=f"the design {'; '.join(found)}")

    def _kept_waves(self, run: SimRun, folder: Path, place: Path) -> str | None:
        """Copy the waves of a run out of its scratch folder."""
        if run.waves is None:
            return None
        target = place / run.waves.name
        with contextlib.suppress(RtlgenError):
            if collect(folder, run.waves.name, target, MAX_WAVES):
                return str(target)
        return None

    def _complete(self, case: Case, seed: int, verdict: Verdict, place: Path) -> Verdict:
        """The verdict with its log on disk, its seed, replay line and record."""
        log = self.folder.write(f"{place.relative_to(self.folder.folder)}/log.txt", verdict.log or "\n")
        replay = self.replay(case, seed)
        record = verdict.record or self._record(case, seed, self.setup.limits, dict(self.setup.tools))
        return replace(
            verdict,
            log=_capped(verdict.log),
            log_path=str(log),
            seed=seed,
            replay=replay,
            sandboxed=self.setup.sandboxed,
            record=replace(record, replay=replay),
        )

    def replay(self, case: Case, seed: int) -> str:
        """The command that runs this test with this seed again, with waves."""
        before, behind = self.setup.replay
        test = [] if case.kind == "reference" else ["--test", case.name]
        return shlex.join([*before, *test, "--seed", str(seed), "--waves", "always", *behind])

    def _record(self, case: Case, seed: int, limits: Limits, tools: dict[str, str]) -> RunRecord:
        files = dict.fromkeys((*case.sources, *case.includes, case.path, *(path for _, path in case.data)))
        root = self.setup.design.root
        inputs = {shown(root, path): self._hash(path) for path in files}
        return RunRecord(inputs=inputs, tools=tools, seed=seed, limits=asdict(limits))

    def _hash(self, path: Path) -> str:
        with self._lock:
            known = self._hashes.get(path)
        if known is None:
            try:
                with path.open("rb") as file:
                    known = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                known = ""
            with self._lock:
                self._hashes[path] = known
        return known


class _Shared:
    """A build that several runs wait for."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.build: cocotb.Build | None = None


def _with_first(verdict: Verdict, run: SimRun) -> Verdict:
    """A bare ``FAIL`` explains nothing: the first line that the test bench printed usually does."""
    if verdict.kind != "mismatch" or not _BARE.match(verdict.first):
        return verdict
    lines = (line.strip() for line in run.run_log.splitlines())
    first = next((line for line in lines if line and not _NOISE.match(line)), "")
    return replace(verdict, first=first[:300] if first else verdict.first)


def _capped(log: str) -> str:
    half = LOG_KEPT // 2
    if len(log) <= LOG_KEPT:
        return log
    return f"{log[:half]}\n[... {len(log) - LOG_KEPT} characters: see the log file ...]\n{log[-half:]}"


def interrupt() -> None:
    """Kill the simulations that this process started: each leads a session of its own, so Ctrl-C does not reach it."""
    for task in Path("/proc/self/task").glob("*"):
        with contextlib.suppress(OSError, ValueError):
            for word in (task / "children").read_text().split():
                pid = int(word)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    if os.getsid(pid) == pid:
                        os.killpg(pid, signal.SIGKILL)
