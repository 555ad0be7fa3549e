"""Every family of clocked designs: its Verilog against its oracle in Icarus, and the text against the ports."""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from rtlgen.datasets.spec_pairs.design import Design
from rtlgen.datasets.spec_pairs.sequential import FAMILIES

CYCLES = 120
DRAWS = int(os.environ.get("SEQUENTIAL_DRAWS", "6"))


def drive(design: Design, rng: random.Random, cycles: int) -> list[tuple[dict[str, int], bool]]:
    """Input vectors; True marks an asynchronous pulse of the reset between edges."""
    free = [port for port in design.inputs if port.name not in (design.clock, design.reset)]
    odds = {port.name: rng.choice((0.15, 0.5, 0.85)) for port in free}
    values = dict.fromkeys((port.name for port in free), 0)
    idle, active = (1, 0) if design.reset_low else (0, 1)
    vectors = []
    for cycle in range(cycles):
        if cycle % 30 == 0:
            odds = {port.name: rng.choice((0.05, 0.15, 0.5, 0.5, 0.85, 0.95)) for port in free}
        for port in free:
            if port.width == 1:
                values[port.name] = int(rng.random() < odds[port.name])
            elif rng.random() < 0.8:
                values[port.name] = rng.choice((0, (1 << port.width) - 1, *[rng.getrandbits(port.width)] * 6))
        pulse = bool(design.reset) and design.asynchronous and cycle > 2 and rng.random() < 0.02
        if design.reset:
            values[design.reset] = active if cycle < 2 or pulse or rng.random() < 0.012 else idle
        vectors.append((dict(values), pulse))
    return vectors


def joined_name(names: Sequence[str]) -> str:
    return "{" + ", ".join(names) + "}" if names else "1'b0"


def bench(design: Design, index: int, rng: random.Random) -> str:
    """The design and its bench as modules m<index> and t<index>."""
    oracle = design.oracle()
    ins = [port for port in design.inputs if port.name != design.clock]
    outs = list(design.outputs)
    clock = design.clock
    before, after = ("1", "0") if design.negedge else ("0", "1")

    def packed(values: dict[str, int | None], ports: Sequence[object]) -> tuple[str, str]:
        bits, known = "", ""
        for port in ports:
            value = values[port.name]
            width = port.width
            assert value is None or 0 <= value < 1 << width, (design.family, port.name, value, width)
            bits += f"{value or 0:0{width}b}"
            known += ("0" if value is None else "1") * width
        return bits, known

    def port_text(port: object) -> str:
        kind = "input" if port.direction == "input" else "output logic"
        return f"{kind} {f'[{port.width - 1}:0] ' if port.width > 1 else ''}{port.name}"

    widths_in, widths_out = max(1, sum(p.width for p in ins)), sum(p.width for p in outs)
    lines = [f"module m{index} ({', '.join(port_text(p) for p in design.ports)});", design.body, "endmodule"]
    lines += [
        f"module t{index}; reg clk_; reg [{widths_in - 1}:0] i_; wire [{widths_out - 1}:0] o_; reg bad_;"
    ]
    names_in = [f"i_{p.name}" for p in ins]
    names_out = [f"o_{p.name}" for p in outs]
    lines += [f"wire [{p.width - 1}:0] i_{p.name};" for p in ins]
    lines += [f"wire [{p.width - 1}:0] o_{p.name};" for p in outs]
    if ins:
        lines += [f"assign {joined_name(names_in)} = i_;"]
    lines += [f"assign o_ = {joined_name(names_out)};"]
    hooks = [f".{p.name}(i_{p.name})" for p in ins] + [f".{p.name}(o_{p.name})" for p in outs]
    hooks += [f".{clock}(clk_)"] if clock else []
    lines += [f"m{index} dut ({', '.join(hooks)});"]
    lines += [
        f"task s(input [{widths_in - 1}:0] v, input [{widths_out - 1}:0] x, input [{widths_out - 1}:0] k,",
        "input p, input integer n);",
        "begin #1 i_ = v; #1;",
        f"if (!p) begin clk_ = {after}; #1; end",
        "if (((o_ ^ x) & k) !== 0 && !bad_) begin bad_ = 1;",
        f'$display("FAIL {index} cycle %0d inputs %b got %b expected %b known %b", n, v, o_, x, k); end',
        f"#1 clk_ = {before}; #1; end endtask",
        f"initial begin bad_ = 0; clk_ = {before}; i_ = 0;",
    ]
    for cycle, (values, pulse) in enumerate(drive(design, rng, CYCLES)):
        expected = oracle.step(values)
        assert set(expected) == {port.name for port in outs}, (design.family, set(expected))
        bits, known = packed(expected, outs)
        given = packed(values, ins)[0] if ins else "0"
        lines += [
            f"s({widths_in}'b{given}, {widths_out}'b{bits}, {widths_out}'b{known}, {int(pulse)}, {cycle});"
        ]
    lines += ["end endmodule"]
    return "\n".join(lines)


def failures(designs: Sequence[Design], folder: Path, seed: int = 0) -> list[str]:
    """What the simulation of every design says against its oracle, all in one run."""
    source = folder / "all.sv"
    text = [bench(design, index, random.Random(seed + index)) for index, design in enumerate(designs)]
    tops = "; ".join(f"t{index} i{index}()" for index in range(len(designs)))
    source.write_text("\n".join([*text, f"module all; {tops}; endmodule"]))
    built = subprocess.run(
        ["iverilog", "-g2012", "-s", "all", "-o", str(folder / "all.vvp"), str(source)],
        capture_output=True,
        text=True,
    )
    if built.returncode:
        where = [
            (int(number), line)
            for line in built.stderr.splitlines()
            for number in re.findall(r"all\.sv:(\d+)", line)
        ]
        rows = source.read_text().splitlines()
        return [f"{line}\n    {rows[number - 1]}" for number, line in where[:6]] or [built.stderr]
    ran = subprocess.run(["vvp", "-n", str(folder / "all.vvp")], capture_output=True, text=True)
    found = [line for line in ran.stdout.splitlines() if line.startswith("FAIL")]
    if ran.returncode or ran.stderr:
        found.append(ran.stderr)
    told = []
    for line in found:
        parts = line.split()
        design = designs[int(parts[1])] if parts[0] == "FAIL" else designs[0]
        told.append(f"{line}\n{[p.name for p in design.ports]}\n{design.body}\n{design.says[0]}")
    return told


@pytest.mark.needs_icarus
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_module_does_what_the_oracle_says(family, tmp_path):
    rng = random.Random(f"{family.name} {os.environ.get('SEQUENTIAL_SEED', '1')}")
    designs = [family.draw(rng) for _ in range(DRAWS)]
    told = failures(designs, tmp_path)
    assert not told, "\n".join(told[:3])


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_draw_is_complete_and_repeats_by_its_seed(family):
    for seed in range(12):
        design, again = family.draw(random.Random(seed)), family.draw(random.Random(seed))
        assert (design.body, design.says, design.ports) == (again.body, again.says, again.ports)
        names = [port.name for port in design.ports]
        assert len(set(names)) == len(names)
        assert design.family == family.name
        assert len(design.says) >= 3 and all(
            "«" not in text and "»" not in text and "{" + "R}" not in text for text in design.says
        )
        assert not re.search(
            r" {2}(?=[a-z])|\.\.(?!\.)|\bNone\b", re.sub(r"(?m)^.*\|.*$|^ .*$", "", design.says[0])
        ), design.says[0]
        assert design.body.endswith("\n") and design.body.startswith("    ")
        if design.reset:
            assert any(design.reset in text for text in design.says)


def test_names_are_unique():
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)
