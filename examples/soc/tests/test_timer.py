# SPDX-License-Identifier: Apache-2.0
"""cocotb 2 test of the timer: registers, and the moment at which it expires, also behind the wrap-around of the counter.

The stimulus is random: cocotb seeds `random` with the seed of the run and the name of the test, so a failing seed fails
again. From the root of the repository:

    rtlgen sim examples/soc --test tests/test_timer.py --seeds 8
"""

from __future__ import annotations

import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

TOPLEVEL = "timer"
LAST = 0xFFFF
CONTROL, COUNT, COMPARE, STATUS = range(4)


async def start(dut) -> None:
    """Reset; everything is driven and looked at on the falling edge."""
    Clock(dut.clk, 10, unit="ns").start()
    dut.select.value = 0
    dut.write.value = 0
    dut.addr.value = 0
    dut.wdata.value = 0
    dut.rst_n.value = 0
    await FallingEdge(dut.clk)
    dut.rst_n.value = 1


async def write(dut, register: int, value: int) -> None:
    dut.select.value = 1
    dut.write.value = 1
    dut.addr.value = register
    dut.wdata.value = value
    await FallingEdge(dut.clk)
    dut.select.value = 0
    dut.write.value = 0


async def read(dut, register: int) -> int:
    dut.addr.value = register
    await FallingEdge(dut.clk)
    return dut.rdata.value.to_unsigned()


@cocotb.test()
async def registers(dut) -> None:
    """What is written can be read, and the counter stands still until it is enabled."""
    await start(dut)
    for _ in range(8):
        count, compare = random.randint(0, LAST), random.randint(0, LAST)
        await write(dut, COUNT, count)
        await write(dut, COMPARE, compare)
        assert await read(dut, COUNT) == count
        assert await read(dut, COMPARE) == compare
        assert await read(dut, CONTROL) == 0


@cocotb.test()
async def fires(dut) -> None:
    """The interrupt comes when the counter has reached the compare value, and not before."""
    await start(dut)
    distance = random.randint(1, 30)
    near_the_end = random.random() < 0.25
    first = random.randint(LAST - 20, LAST) if near_the_end else random.randint(0, LAST - 64)
    compare = (first + distance) & LAST
    await write(dut, COMPARE, compare)
    await write(dut, COUNT, first)
    await write(dut, CONTROL, 1)
    for cycle in range(distance + 1):
        await FallingEdge(dut.clk)
        early = f"from {first:#06x} to {compare:#06x}: irq is {dut.irq.value} in cycle {cycle} of {distance}"
        assert bool(dut.irq.value) == (cycle >= distance), early
    await write(dut, STATUS, 0)
    assert not dut.irq.value
