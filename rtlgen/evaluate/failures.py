"""VerilogEval's letters: one character that says how a sample ended, derived exactly as the benchmark does.

`classify` reads the log (compiler and simulator output in one text) line by line: the first line that decides, ends
the reading; two findings (a name that cannot be bound, the word "error") are only remembered and speak at the end,
before the count of mismatches does. Quirks kept on purpose, because published figures contain them: any line with
"error", printed by whomever, spoils a pass; a test bench that prints TIMEOUT fails with zero mismatches; one line of
zero mismatches passes whatever later lines say; a log that says nothing at all is ``R``. `pass_rate` and
`gini_simpson` are the benchmark's two figures of a problem.

It runs nothing and judges no other benchmark (`rtlgen.sim.verdict` does).

Source: NVlabs/verilog-eval c498220, scripts/sv-iv-analyze and Makefile.in; arXiv 2408.11053, section on failures.
Try: ``rtlgen eval verilog-eval --data DIR --samples FILE``
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rtlgen.sim.job import SimRun

PASS = "."
MISSING = "?"
"""Of a sample that has no log."""


@dataclass(frozen=True)
class Letter:
    """One letter of the benchmark: its name in the published tables, and the verdict's kind that it comes nearest."""

    letter: str
    name: str
    meaning: str
    kind: str
    """One of `rtlgen.core.records.VERDICTS`, for samples of which only the letter is known; empty: not scored."""


LETTERS: tuple[Letter, ...] = (
    Letter(
        PASS, "no mismatches", "the test bench counted zero mismatches, and nothing spoke against it", "pass"
    ),
    Letter("S", "syntax error", "the compiler said 'syntax error'", "syntax"),
    Letter("0", "zero-sized constant", "a sized constant of width zero", "syntax"),
    Letter("e", "explicit cast required", "a vector assigned to an enum without a cast", "elaboration"),
    Letter("n", "no sensitivities", "an always block that reads no signal never runs", "elaboration"),
    Letter("w", "declared as wire", "a procedure assigns to a wire", "elaboration"),
    Letter("m", "unknown module", "an instance of a module that does not exist", "elaboration"),
    Letter("p", "cannot bind a name", "a name that is not declared", "elaboration"),
    Letter("c", "cannot bind clk", "clk is used, but the module has no clk", "elaboration"),
    Letter("C", "other error", "the compiler, or anything in the log, said 'error'", "elaboration"),
    Letter("T", "timeout", "30 s were not enough, or the test bench printed TIMEOUT", "timeout"),
    Letter(
        "r",
        "mismatch, reset in edge list",
        "wrong; 'posedge reset' or alike where the reset is synchronous",
        "mismatch",
    ),
    Letter("R", "mismatch", "it ran, and did not pass", "mismatch"),
    Letter(MISSING, "missing", "there is no such sample, or no log of it", ""),
)
"""Every letter, passes first, then by the phase that fails."""

BY_LETTER = {entry.letter: entry for entry in LETTERS}


@dataclass(frozen=True)
class Finding:
    """What a log says: the letter, the count of mismatches, and the line that decided."""

    letter: str
    mismatches: int = 0
    """Of the last line that counted more than zero before the reading ended."""
    line: int = 0
    """1-based line of the log that decided; 0 when nothing in it did (``R``, ``r``, ``?``)."""
    text: str = ""
    """That line, stripped."""

    @property
    def outcome(self) -> Hashable:
        """What the Gini-Simpson index counts as one outcome: the mismatches of an ``R``, else the letter."""
        return self.mismatches if self.letter == "R" else self.letter


# The order is the rule: of two texts in one line the upper one decides.
_STEPS: tuple[tuple[str, str, bool], ...] = (  # text in the line, letter, whether it decides at once
    ("syntax error", "S", True),
    ("error", "C", False),
    ("error: This assignment requires an explicit cast", "e", True),
    ("error: Sized numeric constant must have a size greater than zero", "0", True),
    ("warning: always_comb process has no sensitivities", "n", True),
    ("found no sensitivities so it will never trigger", "n", True),
    ("is declared here as wire", "w", True),
    ("Unknown module type", "m", True),
    ("Unable to bind wire/reg", "p", False),
    ("Unable to bind wire/reg/memory `clk'", "c", True),
    ("TIMEOUT", "T", True),
)
_AT_THE_END = ("p", "C", PASS)
"""What was remembered speaks in this order."""
_MISMATCHES = re.compile(r"^Mismatches: (\d+) in \d+ samples$")
_RESET_EDGES = ("posedge reset", "negedge reset", "posedge r)")


def letter(log: str | None, source: str = "") -> str:
    """The letter of a sample: `log` is compiler and simulator output in order, `source` the sample's Verilog.

    None for a log means that there is none (``?``). For a `SimRun` take `log_of(run)`: it adds the line that the
    published flow adds when its time is over.
    """
    return classify(log, source).letter


def classify(log: str | None, source: str = "") -> Finding:
    """As `letter`, with the mismatches and the line that decided."""
    if log is None:
        return Finding(MISSING)
    remembered: dict[str, tuple[int, str]] = {}
    mismatches = 0
    for number, line in enumerate(_lines(log), start=1):
        for words, symbol, decides in _STEPS:
            if words in line:
                if decides:
                    return Finding(symbol, mismatches, number, line.strip())
                remembered.setdefault(symbol, (number, line.strip()))
        counted = _MISMATCHES.match(line)
        if counted and int(counted[1]) == 0:
            remembered.setdefault(PASS, (number, line.strip()))
        elif counted:
            mismatches = int(counted[1])
    for symbol in _AT_THE_END:
        if symbol in remembered:
            return Finding(symbol, mismatches, *remembered[symbol])
    return Finding("r" if has_reset_edge(source) else "R", mismatches)


def has_reset_edge(source: str) -> bool:
    """Whether a line of `source` has an edge of a signal named reset..., or ends a list with ``posedge r)``."""
    return any(words in line for line in _lines(source) for words in _RESET_EDGES)


def _lines(text: str) -> io.StringIO:
    """Lines as a file opened for text gives them: ended by LF, CR or CRLF and by nothing else."""
    return io.StringIO(text, newline=None)


def log_of(run: SimRun) -> str:
    """The log of a run as the published flow writes it: a last line TIMEOUT when the time limit ended it.

    That flow limits only the simulation; here the limit holds for compilation too, and its end is a ``T`` as well.
    """
    if not run.timed_out:
        return run.log
    gap = "" if not run.log or run.log.endswith("\n") else "\n"
    return f"{run.log}{gap}TIMEOUT\n"


def name_of(symbol: str) -> str:
    """The name of a letter; ``unknown`` for a character that is none."""
    entry = BY_LETTER.get(symbol)
    return entry.name if entry else "unknown"


def kind_of(symbol: str) -> str:
    """The kind of verdict that comes nearest a letter; empty for ``?`` and for what is no letter."""
    entry = BY_LETTER.get(symbol)
    return entry.kind if entry else ""


def pass_rate(passed: int, samples: int) -> int:
    """Whole per cent of a problem as the benchmark floors it: `int((passed / samples) * 100)`, in floating point.

    So 29 of 50 are 57 %, not 58 %. Raises ValueError without samples.
    """
    if not 0 <= passed <= samples or samples == 0:
        raise ValueError(f"{passed} passed of {samples}")
    return int((passed / samples) * 100)


def gini_simpson(outcomes: Sequence[Hashable]) -> float:
    """1 minus the sum of the squared shares of `outcomes` (see `Finding.outcome`): 0 when all are alike."""
    if not outcomes:
        raise ValueError("no outcomes")
    return 1 - sum((count / len(outcomes)) ** 2 for count in Counter(outcomes).values())
