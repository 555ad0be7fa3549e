"""And-inverter graphs: gates, both forms of the file, simulation."""

from __future__ import annotations

import pytest

from rtlgen.synth.aiger import FALSE, TRUE, Aig, negated, parse

TOGGLE = "aag 3 1 1 2 1\n2\n4 7\n4\n6\n6 5 2\ni0 en\no0 q\no1 gate\nc\nmade by hand\n"


def test_parse_and_simulate() -> None:
    aig = parse(TOGGLE)
    assert (aig.input_names, aig.output_names) == (["en"], ["q", "gate"])
    seen = aig.simulate([{"en": 1}, {"en": 1}, {}, {"en": 0}])
    assert [frame["q"] for frame in seen] == [0, 0, 0, 1]  # next: q, or not en
    assert [frame["gate"] for frame in seen] == [1, 1, 0, 0]


def test_constants_and_gates() -> None:
    aig = Aig(inputs=[2, 4], input_names=["a", "b"], variables=2)
    assert aig.conjunction(2, TRUE) == 2
    assert aig.conjunction(2, FALSE) == FALSE
    assert aig.conjunction() == TRUE
    assert aig.disjunction(2, TRUE) == TRUE
    aig.outputs = [aig.difference(2, 4), aig.disjunction(2, negated(4))]
    aig.output_names = ["xor", "or"]
    for a in (0, 1):
        for b in (0, 1):
            assert aig.simulate([{"a": a, "b": b}]) == [{"xor": a ^ b, "or": a | (1 - b)}]


def test_a_latch_added_later() -> None:
    aig = parse(TOGGLE)
    seen = aig.latch()
    aig.connect(seen, aig.disjunction(seen, aig.output("q")))
    aig.outputs.append(seen)
    aig.output_names.append("seen")
    assert [frame["seen"] for frame in aig.simulate([{"en": 1}, {}, {"en": 1}, {"en": 1}])] == [0, 0, 0, 1]


def test_binary_form() -> None:
    """Variables are numbered anew: inputs, latches, gates; the gate's operands as differences."""
    assert parse(TOGGLE).binary(6) == b"aig 3 1 1 1 1\n7\n6\n\x01\x03"


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "header"), ("aig 1 1 0 0 0\n", "header"), ("aag 1 0 1 0 0\n2 2 1\n", "start at 0")],
)
def test_what_it_refuses(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)


def test_a_loop() -> None:
    with pytest.raises(ValueError, match="combinational loop"):
        parse("aag 2 0 0 1 2\n2\n2 4 4\n4 2 2\n").simulate([{}])
    with pytest.raises(KeyError):
        parse(TOGGLE).output("other")
