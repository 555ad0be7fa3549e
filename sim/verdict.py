"""From what a simulation printed and how it ended to one of seven classes of verdict.

A `Rule` says how a test bench tells pass from failure; `judge` applies it to a `SimRun`. What went wrong before the test
bench could say anything comes first, and none of it is a mismatch: time (``timeout``), memory, disk, processes and output
(``resource``), a compiler or simulator that crashed (``tool-error``), sources that do not parse (``syntax``) or do not
elaborate (``elaboration``). A pass needs a line that says so; silence is no pass.

It does not know whether the line came from the test bench or from the design: `sim.tamper` looks at the design for that.

Try: ``rtlgen sim examples/soc --test tests/tb_soc.sv``
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rtlgen.core.records import Verdict
from rtlgen.sim.compile_log import (
    clipped,
    compile_kind,
    crashed,
    first_complaint,
    not_runnable,
    out_of_memory,
)
from rtlgen.sim.job import SimRun
from rtlgen.sim.rules import PLAIN, RTLLM, VERILOG_EVAL, Rule, rule_of

__all__ = ["PLAIN", "RTLLM", "VERILOG_EVAL", "Rule", "compile_kind", "judge", "rule_of"]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LINE_HEAD, _LINE_TAIL = 400, 200
"""A line is judged by its first and last characters: no design can make a regular expression slow with a long one."""
_REASON = 300
_SIGNALS = {4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}
_KILLED = 9
_COUNTS = (
    re.compile(r"^Mismatches: (?P<wrong>\d+) in (?P<samples>\d+) samples$"),
    re.compile(r"(?i)\b(?P<wrong>\d+)\s*/\s*(?P<samples>\d+)\s+(?:failures|failed|errors|mismatches)\b"),
    re.compile(r"(?i)\b(?P<right>\d+)\s*/\s*(?P<samples>\d+)\s+(?:tests?(?:\(s\))?\s+)?passed\b"),
    re.compile(r"(?i)\b(?P<right>\d+)\s+passed\W+(?P<wrong>\d+)\s+failed\b"),
    re.compile(r"(?i)\bpassed\s*[:=]\s*(?P<right>\d+)\W+failed\s*[:=]\s*(?P<wrong>\d+)\b"),
    re.compile(r"(?i)\b(?P<wrong>\d+)\s+(?:errors?(?:\(s\))?|failures|mismatches)(?![A-Za-z])"),
    re.compile(r"(?i)\b(?:errors|error count|mismatches|failures)\s*[:=]+\s*(?P<wrong>\d+)\b"),
)
_SAYS_PASS = re.compile(r"(?i)pass|succe|\bok\b")
_FIRST = re.compile(r"(First mismatch occurred at time \d+)")


@dataclass(frozen=True)
class _Reading:
    """The first line of each kind that a rule found, empty for none, and the counts."""

    passed: str = ""
    failed: str = ""
    gave_up: str = ""
    samples: int | None = None
    wrong: int | None = None


def judge(run: SimRun, rule: Rule = PLAIN) -> Verdict:
    """The verdict on `run` by `rule`: kind, reason, counts, first mismatch, log and seconds are filled in."""
    early = _before_the_test(run)
    if early is not None:
        return _verdict(run, *early)
    counts = (
        rule.compiler_counts and run.simulator == "icarus"
    )  # the warnings of Verilator quote lines of the test bench
    text = run.log if counts else run.run_log
    reading = _read(_lines(text), rule)
    kind, reason = _said(run, rule, reading)
    return _verdict(run, kind, reason, reading)


def _verdict(run: SimRun, kind: str, reason: str, reading: _Reading | None = None) -> Verdict:
    read = reading or _Reading()
    first = _FIRST.search(run.run_log)
    return Verdict(
        kind=kind,
        reason=_short(reason),
        samples=read.samples,
        wrong=read.wrong,
        first="" if kind == "pass" else first[1] if first else _short(read.failed),
        log=run.log,
        seconds=run.seconds,
    )


def _before_the_test(run: SimRun) -> tuple[str, str] | None:
    """Kind and reason when something ended the job before the test bench's word counts; None when it counts."""
    what = "simulation" if run.compiled else "compilation"
    if run.timed_out or run.exhausted == "cpu":
        return "timeout", _endless(run, what)
    if run.exhausted:
        return "resource", f"the {what} ran out of {_RESOURCES.get(run.exhausted, run.exhausted)}"
    signal = _signal(run.returncode)
    if signal == _KILLED:
        return "resource", f"the {what} was killed from outside, most likely for its memory"
    if not run.compiled:
        return _not_compiled(run, signal)
    if signal in _SIGNALS and not _aborted_by_the_test(run, signal):
        return "tool-error", f"the simulator crashed ({_SIGNALS[signal]}): {_last(run.run_log)}"
    broken = not_runnable(clipped(run.run_log))
    return None if broken is None else ("elaboration", str(broken))


_RESOURCES = {"file": "the size allowed for one file", "disk": "disk space", "processes": "processes"}


def _endless(run: SimRun, what: str) -> str:
    reason = f"the {what} had not ended after {run.seconds:.1f} s"
    if run.exhausted == "cpu":
        reason = f"the {what} used up its processor time"
    said = _read(_lines(run.run_log), PLAIN).passed if run.compiled else ""
    return f"{reason}; it had printed {said!r} (is $finish missing?)" if said else reason


def _not_compiled(run: SimRun, signal: int) -> tuple[str, str]:
    """Kind and reason of what was not compiled. Icarus may crash over a syntax error that it has told: that counts."""
    log = clipped(run.compile_log)
    if out_of_memory(log):
        return "resource", "the compilation ran out of memory"
    complaint = first_complaint(log)
    if run.phase == "build" or (complaint is None and (signal in _SIGNALS or crashed(log))):
        name = f" ({_SIGNALS[signal]})" if signal in _SIGNALS else ""
        return "tool-error", f"the {run.simulator} compiler failed{name}: {_crash_line(log)}"
    if complaint is None:
        return compile_kind(log), _noted(run, _crash_line(log))
    if complaint.unsupported:
        other = "verilator" if run.simulator == "icarus" else "icarus"
        what = complaint.text.rstrip(".")
        place = f"{complaint.at}: " if complaint.at else ""
        return (
            "elaboration",
            f"{place}{run.simulator} cannot do this construct ({what}): try --simulator {other}",
        )
    return compile_kind(log), _noted(run, str(complaint))


def _noted(run: SimRun, reason: str) -> str:
    return f"{reason} ({run.note})" if run.note else reason


def _signal(returncode: int) -> int:
    """The number of the signal that ended a program, also as a shell or bwrap reports it (128 + n); else 0."""
    if returncode < 0:
        return -returncode
    return returncode - 128 if returncode > 128 else 0


def _aborted_by_the_test(run: SimRun, signal: int) -> bool:
    """Verilator ends by abort() after ``$fatal`` and says so: a failure of the test, not a crash."""
    return run.simulator == "verilator" and _SIGNALS[signal] == "SIGABRT" and "Aborting..." in run.run_log


def _said(run: SimRun, rule: Rule, reading: _Reading) -> tuple[str, str]:
    """Kind and reason by what was printed."""
    if reading.gave_up and (not reading.failed or rule.benchmark):
        return "timeout", f"the test bench gave up: {reading.gave_up}"
    if reading.failed:
        both = f" (it also printed {reading.passed!r})" if reading.passed else ""
        return "mismatch", _noted(run, f"the test bench says: {reading.failed}{both}")
    if run.truncated:
        return (
            "resource",
            "more output than is kept was printed: the verdict may be in the part that was dropped",
        )
    if rule.fatal_exit and run.returncode != 0:
        return "mismatch", f"the simulation ended with exit code {run.returncode}: {_last(run.run_log)}"
    if reading.passed:
        return "pass", _doubt(run, rule)
    if rule.passes == PLAIN.passes:
        return (
            "mismatch",
            "the test bench ended without a verdict: give --reference REF.v or --pass-pattern REGEX",
        )
    return "mismatch", f"the test bench ended without a line that passes by the rule {rule.name}"


def _doubt(run: SimRun, rule: Rule) -> str:
    """A pass by RTLLM's rule whose log says the opposite: the rule is kept as published, the doubt is told."""
    if rule.name != RTLLM.name:
        return ""
    failed = _read(_lines(run.run_log), PLAIN).failed
    return f"a pass by RTLLM's rule although the log says: {failed}" if failed else ""


def _read(lines: Iterable[str], rule: Rule) -> _Reading:
    """The first line of each kind, and the last counts that were printed."""
    passes, fails = _compiled(rule.passes), _compiled(rule.fails)
    ignored, given_up = _compiled(rule.ignored), _compiled(rule.given_up)
    passed = failed = gave_up = ""
    samples = wrong = None
    final = rule.benchmark
    for whole in lines:
        line = whole if rule.benchmark else _trimmed(whole)
        if not line:
            continue
        rest = line
        for pattern in ignored:
            rest = pattern.sub(" ", rest)
        bad = any(pattern.search(rest) for pattern in fails)
        if any(pattern.search(rest) for pattern in given_up):
            gave_up = gave_up or line.strip()
            final = final or bad
        elif bad:
            failed = failed or line.strip()
        elif (gave_up or not passed) and any(pattern.search(line) for pattern in passes):
            passed = passed or line.strip()
            if not final and _SAYS_PASS.search(
                line
            ):  # it went on and passed: the time-out was the design's, as tested
                gave_up = ""
        samples, wrong = _counted(_trimmed(line), samples, wrong)
    return _Reading(passed, failed, gave_up, samples, wrong)


def _lines(log: str) -> list[str]:
    """The lines as a file opened for text has them: no form feed or Unicode separator makes a line."""
    return log.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _trimmed(line: str) -> str:
    line = _ANSI.sub("", line) if "\x1b" in line else line
    return line if len(line) <= _LINE_HEAD + _LINE_TAIL else f"{line[:_LINE_HEAD]} ... {line[-_LINE_TAIL:]}"


def _counted(line: str, samples: int | None, wrong: int | None) -> tuple[int | None, int | None]:
    """Vectors compared and wrong ones by this line; the counts so far when it has none."""
    if not any(character.isdigit() for character in line):
        return samples, wrong
    for pattern in _COUNTS:
        match = pattern.search(line)
        if match is None:
            continue
        found = {name: int(value) for name, value in match.groupdict().items()}
        total = found.get("samples")
        if total is None and "right" in found:
            total = found["right"] + found.get("wrong", 0)
        bad = found.get("wrong")
        if bad is None and total is not None:
            bad = total - found["right"]
        return (samples if total is None else total), bad
    return samples, wrong


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


def _crash_line(log: str) -> str:
    """The line that says how a compiler failed, else the first line of its log."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    loud = next((line for line in lines if crashed(line) or " error: " in line), "")
    return loud or (lines[0] if lines else "it said nothing")


def _last(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing was printed"


def _short(text: str) -> str:
    """One line of at most `_REASON` characters."""
    line = " ".join(text.split())
    return line if len(line) <= _REASON else line[: _REASON - 4] + " ..."
