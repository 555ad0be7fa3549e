# SPDX-License-Identifier: Apache-2.0
"""cocotb 2 test of the arithmetic unit: one test for each operation, against Python's own arithmetic.

Run it with any simulator that cocotb knows, top level `alu`; from the root of the repository:

    rtlgen sim examples/soc --test tests/test_alu.py
"""

from __future__ import annotations

import random
from collections.abc import Callable

import cocotb
from cocotb.triggers import Timer

MASK = 0xFFFF
CORNERS = (0x0000, 0x0001, 0x7FFF, 0x8000, 0xFFFF)

OPERATIONS: dict[str, tuple[int, Callable[[int, int], int]]] = {
    "add": (0, lambda a, b: a + b),
    "sub": (1, lambda a, b: a - b),
    "and": (2, lambda a, b: a & b),
    "or": (3, lambda a, b: a | b),
    "xor": (4, lambda a, b: a ^ b),
    "shl": (5, lambda a, b: a << (b & 15)),
    "shr": (6, lambda a, b: a >> (b & 15)),
    "slt": (7, lambda a, b: int(a < b)),
}


def operands() -> list[tuple[int, int]]:
    draw = random.Random(1)
    pairs = [(a, b) for a in CORNERS for b in CORNERS]
    return pairs + [(draw.randint(0, MASK), draw.randint(0, MASK)) for _ in range(50)]


@cocotb.test()
@cocotb.parametrize(name=list(OPERATIONS))
async def operation(dut, name: str) -> None:
    code, model = OPERATIONS[name]
    dut.op.value = code
    for a, b in operands():
        dut.a.value = a
        dut.b.value = b
        await Timer(1, unit="ns")
        expected = model(a, b) & MASK
        assert dut.y.value.is_resolvable, f"{name}({a:#06x}, {b:#06x}) is {dut.y.value}"
        assert dut.y.value.to_unsigned() == expected, f"{name}({a:#06x}, {b:#06x})"
        assert bool(dut.zero.value) == (expected == 0)
