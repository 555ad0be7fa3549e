"""ABC's answers on circuits of a few gates."""

from __future__ import annotations

import pytest

from rtlgen.synth.aiger import TRUE, Aig, negated, parse
from rtlgen.synth.decide import decide

pytestmark = pytest.mark.needs_sandbox


def counter(bits: int) -> Aig:
    """Counts up by one a cycle while `en`; output ``full`` when all bits are 1."""
    aig = Aig(inputs=[2], input_names=["en"], variables=1)
    values = [aig.latch() for _ in range(bits)]
    carry = 2
    for value in values:
        aig.connect(value, aig.difference(value, carry))
        carry = aig.conjunction(carry, value)
    aig.outputs, aig.output_names = [aig.conjunction(*values)], ["full"]
    return aig


def test_reached_in_the_last_of_as_many_cycles() -> None:
    found = decide(counter(3), counter(3).outputs[0], sequential=True)
    assert (found.answer, found.method, found.frames) == ("yes", "bmc3", 8)
    assert [frame["en"] for frame in found.inputs[:7]] == [1] * 7


def test_never() -> None:
    aig = counter(3)
    bad = aig.conjunction(aig.outputs[0], negated(aig.latches[0][0]))
    assert decide(aig, bad, sequential=True).answer == "never"
    late = aig.latch()
    aig.connect(late, bad)
    assert decide(aig, late, sequential=True).answer == "never"


def test_combinational() -> None:
    aig = parse("aag 3 2 0 1 1\n2\n4\n6\n6 2 5\ni0 a\ni1 b\n")
    found = decide(aig, 6, sequential=False)
    assert (found.answer, found.inputs) == ("yes", ({"a": 1, "b": 0},))
    assert decide(aig, aig.conjunction(6, 4), sequential=False).answer == "never"
    assert decide(aig, TRUE, sequential=False).answer == "yes"
