"""pass@k without bias, its interval over problems, and VerilogEval's own mean.

pass@k of a problem with n samples of which c pass is the chance that at least one of k samples drawn without putting
back passes: 1 - C(n-c, k) / C(n, k) (Chen et al. 2021, arXiv 2107.03374, eq. 1), computed as their product so that no
binomial overflows. It is not defined for k > n: `pass_at_k` and `Figure.value` are None then, as in the published
evaluators, which leave such a k out; nothing is extrapolated. The figure of a benchmark is the mean over problems, and
its interval comes from drawing problems again, because samples of one problem resemble each other.

A sample that is missing counts as one that does not pass (so does VerilogEval's ``?``). A problem without any sample
counts as zero here; VerilogEval leaves it out of its mean, and `published_mean` does so too.

It knows no benchmark and reads no file. Try:

    python -c "from rtlgen.evaluate.pass_at_k import pass_at_k; print(pass_at_k(20, 3, 5))"
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.failures import pass_rate
from rtlgen.evaluate.intervals import Interval, bootstrap_mean, paired_difference


@dataclass(frozen=True)
class Count:
    """Samples of one problem: how many count, how many of them passed, how many of them are missing."""

    problem: str
    samples: int
    passed: int
    missing: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.passed <= self.samples - self.missing or self.missing < 0:
            raise ValueError(
                f"{self.problem}: {self.passed} passed of {self.samples}, {self.missing} missing"
            )


@dataclass(frozen=True)
class Figure:
    """pass@k over problems in per cent; `value` and `interval` are None when a problem has fewer than k samples."""

    k: int
    value: float | None
    interval: Interval | None
    """95 %, bootstrap over problems."""
    problems: int
    fewest: int
    """Samples of the problem that has the fewest."""


@dataclass(frozen=True)
class Difference:
    """pass@k of one run minus that of another on the same problems, in points of per cent."""

    k: int
    value: float
    interval: Interval
    """95 %, bootstrap over problems, paired."""
    better: int
    """Problems on which the first run is higher."""
    worse: int
    problems: int


def pass_at_k(samples: int, passed: int, k: int) -> float | None:
    """Unbiased chance in 0..1 that one of `k` samples passes; None for `k` above `samples`. ValueError for k < 1."""
    if k < 1 or not 0 <= passed <= samples:
        raise ValueError(f"pass@{k} with {passed} passed of {samples}")
    if k > samples:
        return None
    if samples - passed < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(samples - passed + 1, samples + 1))


def figure(counts: Sequence[Count], k: int, *, seed: int = 0) -> Figure:
    """The mean of pass@k over problems in per cent, with its interval."""
    values = [pass_at_k(count.samples, count.passed, k) for count in counts]
    defined = [100.0 * value for value in values if value is not None]
    fewest = min((count.samples for count in counts), default=0)
    if not counts or len(defined) < len(values):
        return Figure(k, None, None, len(counts), fewest)
    return Figure(
        k, math.fsum(defined) / len(defined), bootstrap_mean(defined, seed=seed), len(counts), fewest
    )


def difference(first: Sequence[Count], second: Sequence[Count], k: int, *, seed: int = 0) -> Difference:
    """pass@k of `first` minus `second`, paired by problem.

    Raises UsageError when they are not of the same problems, or a problem has fewer than `k` samples in one.
    """
    other = {count.problem: count for count in second}
    names = {count.problem for count in first}
    if names != set(other):
        alone = sorted(names ^ set(other))
        raise UsageError(
            f"the runs are not of the same problems: {len(alone)} are in one only ({', '.join(alone[:5])})",
            hint="score both on the same problems",
        )
    pairs = [(count, other[count.problem]) for count in first]
    values = [(pass_at_k(a.samples, a.passed, k), pass_at_k(b.samples, b.passed, k)) for a, b in pairs]
    mine = [100.0 * a for a, _ in values if a is not None]
    theirs = [100.0 * b for _, b in values if b is not None]
    if len(mine) < len(pairs) or len(theirs) < len(pairs):
        raise UsageError(f"a problem has fewer than {k} samples", hint="compare at a smaller k")
    mean, interval = paired_difference(mine, theirs, seed=seed)
    better = sum(a > b for a, b in zip(mine, theirs, strict=True))
    worse = sum(a < b for a, b in zip(mine, theirs, strict=True))
    return Difference(k, mean, interval, better, worse, len(pairs))


def macro_mean(counts: Sequence[Count]) -> float:
    """Mean over problems of passed / samples, in per cent: pass@1. A problem without samples is a zero.

    nan without problems.
    """
    if not counts:
        return math.nan
    return math.fsum(100.0 * c.passed / c.samples for c in counts if c.samples) / len(counts)


def published_mean(counts: Sequence[Count]) -> float:
    """VerilogEval's ``pass_rate``: each problem's per cent floored to a whole number, then the mean.

    Problems of which every sample is missing are left out. nan when none is left.
    """
    rates = [pass_rate(count.passed, count.samples) for count in counts if count.samples > count.missing]
    return sum(rates) / len(rates) if rates else math.nan
