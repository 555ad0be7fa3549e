"""The best attempt: by verdict, then by vote.

Attempts that compile are run on one shared stimulus; those whose outputs agree in every cycle are one cluster, and the
biggest cluster is believed when no test can be asked. The idea: self-consistency (arXiv 2203.11171) on behaviour instead
of on text, as VRank (arXiv 2502.00028) does for Verilog. Right designs agree with each other; wrong ones seldom do.

It cannot make a right design out of wrong ones, and a common misreading of the specification wins a vote as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rtlgen.generate.attempt import Attempt


def with_votes(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Each attempt with the number of attempts that behave as it does.

    The same text answered twice counts twice: it is the model's belief, not the number of texts, that votes.
    """
    sizes = Counter(attempt.digest for attempt in attempts if attempt.digest)
    return [replace(attempt, votes=sizes.get(attempt.digest, 0)) for attempt in attempts]


def in_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, best first: see `Attempt.order`."""
    return sorted(with_votes(attempts), key=lambda attempt: attempt.order)


def to_repair(attempts: Sequence[Attempt], limit: int) -> list[Attempt]:
    """At most `limit` attempts worth a repair: failed ones with a diagnosis, the nearest first, each text once."""
    seen: set[str] = set()
    chosen = []
    for attempt in in_order(attempts):
        text = "".join(attempt.code.split())
        if attempt.diagnosis and attempt.code and text not in seen:
            seen.add(text)
            chosen.append(attempt)
    return chosen[:limit]
