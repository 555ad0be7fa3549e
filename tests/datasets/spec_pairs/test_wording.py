"""Specifications of designs: `rtlgen generate` reads the interface back from the layouts that it knows."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from rtlgen.datasets.spec_pairs.design import Design, DesignPort
from rtlgen.datasets.spec_pairs.families import FAMILIES
from rtlgen.datasets.spec_pairs.interface import LAYOUTS, header, prose, storage_of, table
from rtlgen.datasets.spec_pairs.wording import Worded, worded
from rtlgen.generate.specification import header_of, specification

SAMPLES = 6


def samples() -> list[tuple[Design, Worded]]:
    """Some texts of every family."""
    found = []
    for family in FAMILIES:
        for number in range(SAMPLES):
            rng = random.Random(f"{family.name} {number}")
            design = family.draw(rng)
            found.append((design, worded(design, rng)))
    return found


@pytest.fixture(scope="module")
def texts() -> list[tuple[Design, Worded]]:
    return samples()


def test_the_same_seed_gives_the_same_text(texts: list[tuple[Design, Worded]]) -> None:
    assert [worded.text for _, worded in samples()] == [worded.text for _, worded in texts]


def test_generate_reads_the_interface_back(texts: list[tuple[Design, Worded]]) -> None:
    read, known = Counter[str](), Counter[str]()
    for design, text in texts:
        if text.layout in ("prose", "table"):
            continue
        known[text.layout] += 1
        found = specification(text.text)
        if (found.header, found.top) == (text.header, design.top):
            read[text.layout] += 1
    for layout, count in known.items():
        assert read[layout] >= 0.98 * count, (layout, read[layout], count)
    assert sum(known.values()) > 0.8 * len(texts), "most texts have a layout that generate reads"


def test_every_text_names_the_module_and_its_ports(texts: list[tuple[Design, Worded]]) -> None:
    for design, text in texts:
        assert design.top in text.text
        missing = [port.name for port in design.ports if port.name not in text.text]
        assert not missing, (design.family, missing, text.text)


def test_nothing_of_the_grammar_is_left(texts: list[tuple[Design, Worded]]) -> None:
    for design, text in texts:
        left = [mark for mark in ("$D", "$d", "$should", "$is_", "<|", "|>", "{{") if mark in text.text]
        assert not left or design.family == "concatenate", (design.family, left, text.text)


def test_all_layouts_occur(texts: list[tuple[Design, Worded]]) -> None:
    assert {text.layout for _, text in texts} == {layout.__name__ for layout, _ in LAYOUTS}


def design(body: str) -> Design:
    ports = (DesignPort("a", "input", 8), DesignPort("y", "output", 8), DesignPort("z", "output"))
    return Design("wire", "top", ports, body, ("y is a.",), lambda: None)  # type: ignore[arg-type, return-value]


def test_the_header_is_the_one_that_generate_writes() -> None:
    shown = design("  assign y = a;\n")
    read = specification("- input a (8 bits)\n- output y (8 bits)\n- output z\nmodule named top")
    assert header("top", shown.ports) == header_of("top", read.ports)
    assert header("top", shown.ports).splitlines() == [
        "module top (", "  input [7:0] a,", "  output logic [7:0] y,", "  output logic z", ");"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("  assign y = a;\n", {"", "logic", "wire"}),
        ("  always @(*) y = a;\n", {"reg", "logic"}),
        ("  assign z = 0;\n  always @(*) y = a;\n", {"logic"}),
    ],
)
def test_outputs_in_code_are_declared_as_the_body_drives_them(body: str, wanted: set[str]) -> None:
    assert {storage_of(design(body), random.Random(seed)) for seed in range(40)} == wanted


def test_prose_and_tables_say_the_widths() -> None:
    shown = design("  assign y = a;\n")
    assert all("a (8 bits)" in prose(shown, random.Random(seed)) for seed in range(20))
    assert all("8" in table(shown, random.Random(seed)) for seed in range(20))
