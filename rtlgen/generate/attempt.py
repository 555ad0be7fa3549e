"""One answer of a model on its way: its code, what was found out about it, and how attempts are put in order.

The order: a real verdict first (``pass``, then how near a mismatch came, then what did not run), then what a formal part
of the specification says, then agreement with the other attempts, then the model's own confidence. An attempt without a
test is never called right: it is `unverified`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rtlgen.core.records import RunRecord, Verdict

UNVERIFIED = "unverified"
"""It compiles with the right ports, and nothing has tested it."""
EMPTY = "empty"
"""The answer holds no code."""
_RANK = {
    "pass": 0,
    UNVERIFIED: 1,
    "mismatch": 2,
    "timeout": 3,
    "resource": 4,
    "tool-error": 5,
    "elaboration": 6,
    "syntax": 7,
    EMPTY: 8,
}
STATES = tuple(_RANK)
"""What an attempt can be, best first."""


@dataclass(frozen=True)
class Attempt:
    """One answer. `round` is 0 for a first answer, else the number of its repair round; `parent` what it repairs."""

    number: int
    round: int
    parent: int | None
    code: str
    """The design, empty when the answer held none."""
    answer: str
    """The model's words."""
    logprob: float | None
    """Mean log-probability per token (nats)."""
    tokens: int
    verdict: Verdict | None = None
    """What the compiler or the test said; None when it compiles and there is no test."""
    digest: str = ""
    """Of its outputs on the shared stimulus; empty when it was not run."""
    votes: int = 0
    """Attempts of the same behaviour, itself included; 0 when it was not run."""
    diagnosis: str = ""
    """What a repair is told of it."""
    evidence: str = ""
    """The formal part of the specification that it was made from; empty for a model's answer."""

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.verdict is not None:
            return self.verdict.kind
        return UNVERIFIED if self.code else EMPTY

    @property
    def order(self) -> tuple[float, ...]:
        """Sorting key, best first."""
        share = 1.0
        if self.verdict is not None and self.verdict.samples:
            share = (self.verdict.wrong or 0) / self.verdict.samples
        confidence = self.logprob if self.logprob is not None else float("-inf")
        return (_RANK[self.state], share, not self.evidence, -self.votes, -confidence, self.number)


@dataclass(frozen=True)
class Result:
    """What generation made of one specification. `best` is the first of `attempts`, None when none holds code."""

    name: str
    top: str
    model: str
    attempts: tuple[Attempt, ...]
    """Best first."""
    tested: str = ""
    """What judged them: the test, the reference, or empty."""
    rounds: int = 0
    """Repair rounds that were run."""
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    record: RunRecord | None = None

    @property
    def best(self) -> Attempt | None:
        """The attempt to hand out; one that does not compile is handed out only when all are so."""
        return self.attempts[0] if self.attempts and self.attempts[0].code else None

    @property
    def passed(self) -> bool:
        """Whether a test said that the best attempt is right."""
        return self.best is not None and self.best.state == "pass"

    def counts(self) -> dict[str, int]:
        """How many attempts are in which state, in the order of `STATES`."""
        found = [attempt.state for attempt in self.attempts]
        return {state: found.count(state) for state in STATES if state in found}
