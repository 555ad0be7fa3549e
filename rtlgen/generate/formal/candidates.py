"""All candidates that the formal parts of a specification give, each text once, in a fixed order of the readers.

Try: ``rtlgen generate table.md -n 1`` on a specification with a truth table
"""

from __future__ import annotations

from rtlgen.generate.formal import equations, karnaugh, states, terms, truth, waves
from rtlgen.generate.formal.candidate import Candidate
from rtlgen.generate.specification import Specification

READERS = (truth.read, karnaugh.read, terms.read, equations.read, states.read, waves.read)


def candidates(spec: Specification) -> tuple[Candidate, ...]:
    """What the readers find; nothing without known ports."""
    if not spec.ports or not all(port.width for port in spec.ports):
        return ()
    found = [candidate for read in READERS for candidate in read(spec)]
    return tuple({candidate.code: candidate for candidate in reversed(found)}.values())[::-1]
