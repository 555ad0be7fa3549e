"""Every family of clocked designs: its Verilog against its oracle in Icarus, and the text against the ports.

`SEQUENTIAL_DRAWS=200` draws 200 of each family, a thorough check.
"""

from __future__ import annotations

import os
import random
import re

import pytest

from rtlgen.datasets.spec_pairs.design import Design
from rtlgen.datasets.spec_pairs.sequential import FAMILIES
from rtlgen.datasets.spec_pairs.verify import Verdict, verified

DRAWS = int(os.environ.get("SEQUENTIAL_DRAWS", "3"))
SEED = os.environ.get("SEQUENTIAL_SEED", "1")
NAMES = [family.name for family in FAMILIES]


@pytest.fixture(scope="module")
def judged() -> dict[str, list[tuple[Design, Verdict]]]:
    """All families' draws, simulated together."""
    drawn: list[Design] = []
    for family in FAMILIES:
        rng = random.Random(f"{family.name} {SEED}")
        drawn += [family.draw(rng) for _ in range(DRAWS)]
    found: dict[str, list[tuple[Design, Verdict]]] = {name: [] for name in NAMES}
    for design, verdict in zip(drawn, verified(drawn, int(SEED)), strict=True):
        found[design.family].append((design, verdict))
    return found


@pytest.mark.needs_icarus
@pytest.mark.parametrize("name", NAMES)
def test_the_module_does_what_the_oracle_says(name, judged):
    wrong = [f"{verdict.reason}\n{design.body}" for design, verdict in judged[name] if not verdict.passed]
    assert len(judged[name]) == DRAWS
    assert not wrong, "\n".join(wrong[:2])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_draw_repeats_by_its_seed(family):
    for seed in range(6):
        design, again = family.draw(random.Random(seed)), family.draw(random.Random(seed))
        assert (design.body, design.says, design.ports) == (again.body, again.says, again.ports)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_ports_and_body_fit_the_interface_of_a_design(family):
    for seed in range(12):
        design = family.draw(random.Random(seed))
        names = [port.name for port in design.ports]
        assert len(set(names)) == len(names)
        assert design.family == family.name
        assert re.match(r"  \S", design.body) and design.body.endswith("\n")
        assert {design.clock, design.reset} - {""} <= {port.name for port in design.inputs}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_texts_are_whole_sentences_that_name_the_reset(family):
    for seed in range(12):
        design = family.draw(random.Random(seed))
        assert len(set(design.says)) >= 3
        for text in design.says:
            assert not set("«»") & set(text), text
            assert not design.reset or re.search(rf"\b{design.reset}\b", text), text
            assert not design.negedge or re.search("falling|negative", text), text
            prose = re.sub(r"(?m)^.*\|.*$|^[ *-].*$|^(time|\d+ns) .*$", "", text).replace(" ...", "")
            assert not re.search(r"\w {2}\w|(?<!\d)\.\.(?![\d.])|\bNone\b| [,.;]", prose), text


def test_every_output_of_a_design_is_in_its_oracle_s_answer():
    for family in FAMILIES:
        design = family.draw(random.Random(7))
        quiet = {port.name: 0 for port in design.inputs if port.name != design.clock}
        assert set(design.oracle().step(quiet)) == {port.name for port in design.outputs}


def test_names_are_unique():
    assert len(set(NAMES)) == len(NAMES)
