"""Results of generation as text, a table and JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rtlgen.core.records import dump
from rtlgen.generate.attempt import Attempt, Result

SHOWN = 12
"""Attempts listed under one result."""


def as_json(results: Sequence[Result]) -> str:
    """The `generation` record: a list of results."""
    return dump("generation", list(results))


def code(result: Result) -> str:
    """The best attempt's code, empty when there is none."""
    return result.best.code if result.best is not None else ""


def talk(result: Result) -> str:
    """Each attempt on a line, best first, and what should be known of them."""
    judged = f", judged by {result.tested}" if result.tested else ""
    rows = [f"{result.name}: module {result.top} by {result.model}{judged}"]
    rows += [f"  {_attempt(attempt)}" for attempt in result.attempts[:SHOWN]]
    if len(result.attempts) > SHOWN:
        rows.append(f"  ... and {len(result.attempts) - SHOWN} more (--json has them all)")
    rows += [f"  note: {note}" for note in result.notes]
    return "\n".join(rows)


def _attempt(attempt: Attempt) -> str:
    words = [f"#{attempt.number}", attempt.state]
    verdict = attempt.verdict
    if verdict is not None and verdict.samples:
        words.append(f"{verdict.samples - (verdict.wrong or 0)}/{verdict.samples} right")
    if attempt.evidence:
        words.append(f"from {attempt.evidence}")
    if attempt.votes:
        words.append(f"{attempt.votes} agree")
    if attempt.logprob is not None:
        words.append(f"logprob {attempt.logprob:.2f}")
    if attempt.parent is not None:
        words.append(f"round {attempt.round}, repairs #{attempt.parent}")
    if verdict is not None and not verdict.passed and verdict.reason:
        words.append(verdict.reason)
    return "  ".join(words)[:160]


def table(results: Sequence[Result]) -> str:
    """One line a specification, and a total: what the best attempt is, and how all attempts ended."""
    width = max([len(result.name) for result in results] + [len("specification")])
    head = f"{'specification':{width}}  {'best':11}  {'right':>9}  attempts"
    rows = [head, "-" * len(head)]
    for result in results:
        best = result.best
        state = best.state if best is not None else "no code"
        right = ""
        if best is not None and best.verdict is not None and best.verdict.samples:
            right = f"{best.verdict.samples - (best.verdict.wrong or 0)}/{best.verdict.samples}"
        counts = ", ".join(f"{number} {name}" for name, number in result.counts().items())
        rows.append(f"{result.name:{width}}  {state:11}  {right:>9}  {counts or 'none'}")
    passed = sum(result.passed for result in results)
    rows += ["-" * len(head), f"{passed} of {len(results)} passed"]
    return "\n".join(rows)


def nothing(result: Result) -> str:
    """The message when no attempt holds code."""
    return (
        f"rtlgen: {result.name}: no answer held a module"
        "\n  next: --json shows the answers; try -n 20, a higher --temperature or another --model"
    )
