"""Numbers in Verilog and in words, of one value and width.

It keeps widths of 1 to 64 bits; negative numbers are the caller's to wrap.
"""

from __future__ import annotations

import random


def literal(rng: random.Random, value: int, width: int) -> str:
    """A Verilog literal of `value` in a usual manner: bare 0, decimal, seldom binary or hexadecimal."""
    if value == 0 and rng.random() < 0.7:
        return "0"
    if width == 1:
        return f"1'b{value}"
    if width <= 4 and rng.random() < 0.3:
        return f"{width}'b{value:0{width}b}"
    return f"{width}'d{value}" if value < 1000 or rng.random() < 0.5 else f"{width}'h{value:x}"


def constant(rng: random.Random, value: int, width: int) -> tuple[str, str]:
    """`value` as the text says it and as the code writes it, in the same base."""
    roll = rng.random()
    if value == 0 or width == 1 or roll < 0.4:
        return str(value), literal(rng, value, width)
    if width <= 8 and roll < 0.6:
        code = f"{width}'b{value:0{width}b}"
        return rng.choice((code, code, f"binary {value:0{width}b}")), code
    if roll < 0.7:
        return f"{width}'d{value}", f"{width}'d{value}"
    code = f"{width}'h{value:x}"
    return rng.choice((code, f"0x{value:x}")), code


def number(rng: random.Random, value: int, width: int = 0) -> str:
    """`value` as a text says it: decimal mostly, with a width or in hexadecimal sometimes."""
    if width <= 1 or (value < 2 and rng.random() < 0.8):
        return str(value)
    styles = (str(value), str(value), f"0x{value:x}", f"{width}'h{value:x}", f"{width}'d{value}")
    return rng.choice(styles if value > 9 else (str(value), str(value), f"{width}'d{value}"))


def bits_for(count: int) -> int:
    """Width of a register with `count` values, at least 1."""
    return max(1, (count - 1).bit_length())


def vector(width: int) -> str:
    """``[7:0] `` with the blank behind it, or nothing for one bit."""
    return f"[{width - 1}:0] " if width > 1 else ""


def mask(width: int) -> int:
    """All ones of `width` bits."""
    return (1 << width) - 1
