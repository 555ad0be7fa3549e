"""What a check of a benchmark's test benches says: records of problems, and their sums.

It runs nothing; `rtlgen.evaluate.bench_check` does. What the words mean: docs/bench-check.md.

Try: ``rtlgen bench check verilog-eval --data DIR --json``
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

OUTCOMES = ("killed", "timeout", "surviving", "unknown", "equivalent", "not compiling", "error")
"""How a mutant ended. ``killed`` and ``timeout``: the test did not pass; ``surviving``: it passed although the mutant is
proved to differ; ``unknown``: it passed, and no proof either way was found; ``equivalent``: it passed and is proved to
behave as the reference; ``not compiling`` and ``error`` (the tool failed) say nothing about the test."""
WEAK_BELOW = 95.0
"""Per cent of noticed mutants below which a test bench is named."""


@dataclass(frozen=True)
class Trivial:
    """A design that does nothing: ``no body``, ``all 0`` or ``all 1``."""

    name: str
    verdict: str
    """Kind of the verdict; ``not made`` when the ports could not be told."""
    right: bool = False
    """It passes and is proved to behave as the reference: it is the right answer."""
    detail: str = ""

    @property
    def wrongly_passed(self) -> bool:
        """It passes and is not known to be right."""
        return self.verdict == "pass" and not self.right


@dataclass(frozen=True)
class MutantResult:
    """One mutant and how it ended."""

    kind: str
    line: int
    description: str
    outcome: str
    detail: str = ""
    """Of the formal check: the counterexample, or why there is no proof; of a kill: kind of the verdict."""


@dataclass(frozen=True)
class ProblemCheck:
    """What is known about one test bench."""

    problem: str
    strict: str
    """Kind of the reference's verdict as published."""
    repaired: str
    """The same with the benchmark's known faults mended; everything below is judged so."""
    trivial: tuple[Trivial, ...] = ()
    way: str = "none"
    """How the mutants were made: ``pyverilog``, ``pyslang`` or ``none``."""
    reason: str = ""
    """Why not by Pyverilog, or why there are no mutants."""
    mutants: tuple[MutantResult, ...] = ()
    sequential: bool | None = None
    """Whether the reference has registers; None when the formal check was not needed or cannot read it."""
    seconds: float = field(default=0.0, compare=False)

    def count(self, *outcomes: str) -> int:
        """How many mutants ended so."""
        return sum(mutant.outcome in outcomes for mutant in self.mutants)

    @property
    def noticed(self) -> int:
        """Mutants with which the test did not pass."""
        return self.count("killed", "timeout")

    @property
    def rate(self) -> float | None:
        """Noticed mutants in per cent of those and the surviving ones; None when there are neither."""
        judged = self.noticed + self.count("surviving")
        return 100.0 * self.noticed / judged if judged else None

    @property
    def weak(self) -> bool:
        """Whether the test bench is named for what it misses."""
        return self.rate is not None and self.rate < WEAK_BELOW


@dataclass(frozen=True)
class BenchSummary:
    """The sums over a benchmark. Rates are in per cent."""

    benchmark: str
    task: str
    commit: str
    seed: int
    wanted: int
    """Mutants asked for per problem."""
    simulator: str
    tools: Mapping[str, str]
    problems: tuple[ProblemCheck, ...]
    strict_passes: int
    repaired_passes: int
    outcomes: dict[str, int]
    rate: float | None
    """Over all mutants."""
    mean_rate: float | None
    """Mean over problems."""
    lowest_rate: float | None
    """Over all mutants, if every unknown one differed."""
    weak: tuple[str, ...]
    """Problems whose test bench notices less than `WEAK_BELOW`, the weakest first."""
    zero: tuple[str, ...]
    """Of these, those that notice none."""
    trivial_passes: dict[str, tuple[str, ...]]
    """Trivial design -> problems that it passes without being right."""
    trivial_right: dict[str, tuple[str, ...]]
    """Trivial design -> problems for which it is right."""
    ways: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    seconds: float = 0.0


def summed(
    problems: Sequence[ProblemCheck],
    *,
    benchmark: str,
    task: str,
    commit: str,
    seed: int,
    wanted: int,
    simulator: str,
    tools: Mapping[str, str],
) -> BenchSummary:
    """The sums of `problems`."""
    every = [mutant for check in problems for mutant in check.mutants]
    outcomes = Counter(mutant.outcome for mutant in every)
    rates = [check.rate for check in problems if check.rate is not None]
    noticed = outcomes["killed"] + outcomes["timeout"]
    weak = sorted(
        (check for check in problems if check.weak), key=lambda check: (check.rate or 0.0, check.problem)
    )
    by_kind: dict[str, Counter[str]] = {}
    for mutant in every:
        by_kind.setdefault(mutant.kind, Counter())[mutant.outcome] += 1
    return BenchSummary(
        benchmark=benchmark,
        task=task,
        commit=commit,
        seed=seed,
        wanted=wanted,
        simulator=simulator,
        tools=tools,
        problems=tuple(problems),
        strict_passes=sum(check.strict == "pass" for check in problems),
        repaired_passes=sum(check.repaired == "pass" for check in problems),
        outcomes={outcome: outcomes[outcome] for outcome in OUTCOMES},
        rate=_share(noticed, noticed + outcomes["surviving"]),
        mean_rate=statistics.fmean(rates) if rates else None,
        lowest_rate=_share(noticed, noticed + outcomes["surviving"] + outcomes["unknown"]),
        weak=tuple(check.problem for check in weak),
        zero=tuple(check.problem for check in weak if check.rate == 0),
        trivial_passes=_trivial(problems, lambda trivial: trivial.wrongly_passed),
        trivial_right=_trivial(problems, lambda trivial: trivial.right),
        ways=dict(Counter(check.way for check in problems).most_common()),
        by_kind={kind: dict(counts) for kind, counts in sorted(by_kind.items())},
        seconds=sum(check.seconds for check in problems),
    )


def check_from_json(row: Mapping[str, Any]) -> ProblemCheck:
    """The record that `rtlgen.core.records.to_json` made `row` of; KeyError or TypeError for another."""
    values = {f.name: row[f.name] for f in fields(ProblemCheck)}
    values["trivial"] = tuple(Trivial(**one) for one in values["trivial"])
    values["mutants"] = tuple(MutantResult(**one) for one in values["mutants"])
    return ProblemCheck(**values)


def _share(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


def _trivial(problems: Iterable[ProblemCheck], holds: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for check in problems:
        for trivial in check.trivial:
            found.setdefault(trivial.name, [])
            if holds(trivial):
                found[trivial.name].append(check.problem)
    return {name: tuple(names) for name, names in found.items()}
