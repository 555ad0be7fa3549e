"""What a cocotb run says: from cocotb's results file and its log to a verdict for the module and one for each test.

An import error, a module without tests, a simulator that ended before cocotb was done, a crash, a limit and a failed
test are told apart. Nothing is run here.

Source: the xUnit files and messages of cocotb 2.0 and 2.1.
Try: ``rtlgen sim examples/soc --test tests/test_timer.py --json``
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rtlgen.core.records import Verdict
from rtlgen.sim.job import SimRun
from rtlgen.sim.verdict import judge

_RUNNING = re.compile(r"cocotb\.regression\s+running (\S+) \((\d+)/(\d+)\)")
_FRAME = re.compile(r'^\s*File "([^"]+)", line (\d+)', re.MULTILINE)
_ERROR = re.compile(
    r"^(?:[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Failed)|[A-Z]\w+)(?:: .*)?$"
)
_SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
_LENGTH = 300


@dataclass(frozen=True)
class Part:
    """One test function of a module. kind: ``pass``, ``mismatch`` or ``skip``."""

    name: str
    kind: str
    seconds: float
    sim_time: str = ""
    """When it ended, in simulated time with its unit."""
    reason: str = ""
    """The failed assertion or the exception, one line."""
    where: str = ""
    """``file:line`` in the test module."""


def judge_cocotb(module: Path, run: SimRun, results: str | None) -> tuple[Verdict, tuple[Part, ...]]:
    """The verdict on the run of `module`, and its parts. `results` is the text of cocotb's results file."""
    if not run.compiled:
        return judge(run), ()
    parts = parse_results(results, module) if results is not None else ()
    limit = _limit(run)
    if limit is not None:
        return _verdict(run, *limit, parts=parts), parts
    if results is None:
        return _verdict(run, "tool-error", _why_no_results(run, module)), ()
    return _verdict(run, *_of_parts(run, parts), parts=parts), parts


def parse_results(text: str, module: Path) -> tuple[Part, ...]:
    """The tests of a results file, in order; empty when it is damaged or declares entities."""
    if "<!" in text.split("<testsuite", 1)[0]:
        return ()
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return ()
    return tuple(_part(case, module) for case in root.iter("testcase"))


def _part(case: ElementTree.Element, module: Path) -> Part:
    properties = {item.get("name"): item.get("value", "") for item in case.iter("property")}
    stop, unit = properties.get("sim_time_stop", ""), properties.get("sim_time_unit", "")
    bad = case.find("failure")
    bad = case.find("error") if bad is None else bad
    name = case.get("name", "")
    seconds = _seconds(case.get("time", ""))
    if bad is None:
        kind = "pass" if case.find("skipped") is None else "skip"
        return Part(name, kind, seconds, f"{stop} {unit}".strip())
    message = _line(bad.get("message") or (bad.text or "").strip())
    reason = f"{bad.get('type')}: {message}" if bad.get("type") else message
    return Part(name, "mismatch", seconds, f"{stop} {unit}".strip(), reason, _place(bad.text or "", module))


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _place(traceback: str, module: Path) -> str:
    """The last line of the traceback that is in the folder of the module, ``file:line`` with the bare file name."""
    folder = module.resolve().parent
    frames = [(Path(path), line) for path, line in _FRAME.findall(traceback)]
    own = [(path, line) for path, line in frames if path.is_relative_to(folder)]
    return f"{own[-1][0].name}:{own[-1][1]}" if own else ""


def _limit(run: SimRun) -> tuple[str, str] | None:
    """Kind and reason when a limit or a crash ended the run."""
    during = _during(run.run_log)
    if run.timed_out or run.exhausted == "cpu":
        spent = f"had not ended after {run.seconds:.1f} s" if run.timed_out else "used up its processor time"
        return "timeout", f"the simulation {spent}{during}"
    if run.exhausted:
        return "resource", f"the simulation ran out of {run.exhausted}{during}"
    signal = -run.returncode if run.returncode < 0 else run.returncode - 128
    if signal == 9:
        return "resource", f"the simulation was killed from outside, most likely for its memory{during}"
    if signal in _SIGNALS:
        return "tool-error", f"the simulator crashed ({_SIGNALS[signal]}){during}"
    return None


def _during(log: str) -> str:
    """`` in NAME (2 of 5)``: the test that was running last."""
    running = _RUNNING.findall(log)
    return f" in {running[-1][0]} ({running[-1][1]} of {running[-1][2]})" if running else ""


def _why_no_results(run: SimRun, module: Path) -> str:
    """Why cocotb wrote no results: the module cannot be imported, has no tests, or the simulator ended before it."""
    log = run.run_log
    _, found, traceback = log.rpartition("Traceback (most recent call last):")
    if "No tests were discovered" in traceback:
        return f"{module.name}: no cocotb test in this module"
    if found and not _RUNNING.search(log):
        lines = [line.strip() for line in traceback.splitlines() if line.strip()]
        error = next((line for line in reversed(lines) if _ERROR.match(line)), lines[-1] if lines else "")
        place = _place(traceback, module) or module.name
        return _line(f"{place}: cannot be imported: {error}")
    during = _during(log)
    code = f" with exit code {run.returncode}" if run.returncode else ""
    return f"the simulator ended early{code}{during}, before cocotb had written its results"


def _of_parts(run: SimRun, parts: tuple[Part, ...]) -> tuple[str, str]:
    failed = [part for part in parts if part.kind == "mismatch"]
    done = [part for part in parts if part.kind != "skip"]
    if failed:
        names = ", ".join(part.name for part in failed[:4]) + (", ..." if len(failed) > 4 else "")
        return "mismatch", f"{len(failed)} of {len(done)} tests failed: {names}"
    if not done:
        return "tool-error", "every test was skipped" if parts else "the results of cocotb cannot be read"
    if run.returncode != 0:
        return "mismatch", f"the tests passed, but the simulator ended with exit code {run.returncode}"
    return "pass", ""


def _verdict(run: SimRun, kind: str, reason: str, parts: tuple[Part, ...] = ()) -> Verdict:
    failed = [part for part in parts if part.kind == "mismatch"]
    done = [part for part in parts if part.kind != "skip"]
    return Verdict(
        kind=kind,
        reason=_line(reason),
        samples=len(done) if done else None,
        wrong=len(failed) if done else None,
        first=_first(failed[0]) if failed else "",
        log=run.log,
        seconds=run.seconds,
    )


def _first(part: Part) -> str:
    at = f" at {part.sim_time}" if part.sim_time else ""
    where = f" ({part.where})" if part.where else ""
    return f"{part.name}{at}: {part.reason}{where}"


def _line(text: str) -> str:
    """One line of bounded length; of an assertion's explanation the message and its first line."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    line = "; ".join(lines[:2])
    return line if len(line) <= _LENGTH else line[: _LENGTH - 4] + " ..."
