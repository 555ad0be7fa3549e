"""What a repair is told: the compiler's complaints beside the lines they are about, or the first mismatch in context.

Debugging by execution rather than by the bare word "fail": for a design that runs and is wrong, the model sees the first
wrong output, when it was wrong, and the waveform of the signals that this output depends on, around that moment. For one
that does not compile it sees each complaint with its source line. For one that never ends, where it was last heard of.

It runs nothing; `rtlgen.generate.judge` hands it the results. The idea of feeding waveforms back: MAGE (arXiv 2412.07822)
and VerilogCoder (arXiv 2408.08927).
"""

from __future__ import annotations

import re

from rtlgen.core.records import Verdict

MAX_COMPLAINTS = 6
MAX_LOG_LINES = 12
_COMPLAINT = re.compile(r"^(?:%(?:Error|Warning)[^:]*: )?(?:\S*/)?(design\.sv):(\d+):(?:\d+:)?\s*(.*)$")
_TIME = re.compile(
    r"(?:\((?=\d+ ns\))|\bat time|\btime\s*[=:]?|\bat|@|\bt\s*=)\s*\(?\s*(\d+)(?:\.\d+)?\s*(?:fs|ps|ns|us|ms|s)?\b",
    re.IGNORECASE,
)
_SIGNAL = re.compile(r"[Oo]utput '(\w+)' has (?!no)\w+ mismatch")
_FIRST_TIME = re.compile(
    r"[Oo]utput '(?P<signal>\w+)' has \d+ mismatches\. First mismatch occurred at time (?P<time>\d+)"
)
_NAMED = re.compile(
    r"\b([A-Za-z_]\w*)\s+(?:is|=|was|got|has)\s+\S+.{0,40}?(?:expected|should|not|instead|wanted|!=)"
)


def diagnosis(verdict: Verdict, code: str, *, waves: str = "") -> str:
    """A few lines for the model on why `code` (called ``design.sv`` in the log) got `verdict`.

    `waves` is the text of the waveform around the first mismatch, empty when there is none.
    """
    if verdict.kind in ("syntax", "elaboration"):
        return _complaints(verdict, code)
    if verdict.kind in ("timeout", "resource"):
        return (
            f"It compiles, but {verdict.reason or 'the simulation did not end'}. "
            "Look for a combinational loop, a loop without an end, or an event that never comes."
        )
    rows = ["It compiles, but its outputs are wrong."]
    if verdict.samples:
        rows[0] = f"It compiles, but {verdict.wrong} of {verdict.samples} checks are wrong."
    if verdict.first:
        rows.append(f"First: {verdict.first}.")
    elif verdict.reason:
        rows.append(f"The test says: {verdict.reason}.")
    if not waves:
        rows += ["Output of the test:", *_said(verdict.log)]
    else:
        rows += ["Signals around that time, the wrong output and what it depends on:", waves.rstrip()]
    return "\n".join(rows)


def first_mismatch(verdict: Verdict) -> tuple[str | None, int | None]:
    """(signal, time in the unit that the test prints) of the first mismatch that the log tells; None when unknown."""
    times = [(int(match["time"]), match["signal"]) for match in _FIRST_TIME.finditer(verdict.log)]
    if times:
        time, signal = min(times)
        return signal, time
    text = verdict.first or verdict.reason
    named = _SIGNAL.search(verdict.log) or _NAMED.search(text)
    at = _TIME.search(text)
    return (named[1] if named else None), (int(at[1]) if at else None)


def _complaints(verdict: Verdict, code: str) -> str:
    """Each complaint about the design with its source line; complaints of the test bench about it as they are."""
    lines = code.splitlines()
    rows: list[str] = []
    for line in verdict.log.splitlines():
        match = _COMPLAINT.match(line.strip())
        if match is None:
            continue
        number, words = int(match[2]), match[3].strip()
        if words.lower().startswith(("warning", "        :")) or not words:
            continue
        row = f"design.sv:{number}: {words}"
        if row not in rows and 0 < number <= len(lines):
            rows += [row, f"    {lines[number - 1].strip()}"]
        if len(rows) >= 2 * MAX_COMPLAINTS:
            break
    return "It does not compile:\n" + "\n".join(rows or [f"  {verdict.reason}"])


def _said(log: str) -> list[str]:
    """The lines of a log that a person would read first: its last ones, without repeats."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    return [f"  {line[:160]}" for line in dict.fromkeys(lines[-MAX_LOG_LINES:])]
