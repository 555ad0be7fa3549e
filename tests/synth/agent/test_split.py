"""Circuits of comparisons are refused by name and by logic; the lists do not overlap."""

from __future__ import annotations

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.synth.agent.split import DIGESTS, EVALUATION, PUBLISHED_TEST, TRAINING, refuse


def test_the_lists() -> None:
    assert len(TRAINING) == 22 and len(PUBLISHED_TEST) == 20 and len(EVALUATION) == 16
    assert not set(TRAINING) & {*PUBLISHED_TEST, *EVALUATION} and not set(PUBLISHED_TEST) & set(EVALUATION)
    assert set(DIGESTS.values()) <= {*PUBLISHED_TEST, *EVALUATION}


def test_training_circuits_pass() -> None:
    refuse(TRAINING, ["0" * 64] * len(TRAINING))


@pytest.mark.parametrize("name", ["alu4", "voter", "ALU4"])
def test_a_published_test_circuit_is_refused(name: str) -> None:
    with pytest.raises(
        UsageError, match=f"'{name}' is a published test circuit: the agent may not learn from it"
    ):
        refuse([name])


def test_a_circuit_of_our_comparison_is_refused() -> None:
    with pytest.raises(UsageError, match="'i10' is a circuit of our comparison"):
        refuse(["adder", "i10"])


def test_a_renamed_copy_is_refused() -> None:
    digest, name = next(iter(DIGESTS.items()))
    with pytest.raises(UsageError, match=f"'mine' is the circuit {name}, which is kept for comparisons"):
        refuse(["mine"], [digest + "0" * 32])
