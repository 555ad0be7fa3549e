"""Bodies for one-bit functions given by their rows: minimal sums of products, and case statements in input order."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

from rtlgen.datasets.spec_pairs.combinational.circuit import cases


def primes(count: int, ones: Collection[int], opened: Collection[int]) -> list[tuple[int, int]]:
    """Prime implicants as (value, mask of the bits that matter), by Quine and McCluskey."""
    full = (1 << count) - 1
    level = {(row, full) for row in [*ones, *opened]}
    found: set[tuple[int, int]] = set()
    while level:
        joined: set[tuple[int, int]] = set()
        used: set[tuple[int, int]] = set()
        for value, mask in level:
            for k in range(count):
                other = (value ^ (1 << k), mask)
                if mask >> k & 1 and other in level:
                    joined.add((value & ~(1 << k), mask & ~(1 << k)))
                    used |= {(value, mask), other}
        found |= level - used
        level = joined
    return sorted(found, key=lambda prime: (bin(prime[1]).count("1"), -prime[0], -prime[1]))


def cover(count: int, ones: Collection[int], opened: Collection[int] = ()) -> list[tuple[int, int]]:
    """Few prime implicants that cover `ones`, always the same ones for the same function."""
    left, chosen = set(ones), []
    candidates = primes(count, ones, opened)
    while left:
        single = [[p for p in candidates if row & p[1] == p[0]] for row in sorted(left)]
        needed = next((options[0] for options in single if len(options) == 1), None)
        best = needed or max(candidates, key=lambda p: sum(row & p[1] == p[0] for row in left))
        chosen.append(best)
        candidates.remove(best)
        left -= {row for row in left if row & best[1] == best[0]}
    return sorted(chosen, key=lambda p: (-p[1], -p[0]))


def product(names: Sequence[str], value: int, mask: int) -> str:
    """``a & ~b``; the first name is the most significant bit."""
    count = len(names)
    found = []
    for k, name in enumerate(names):
        at = count - 1 - k
        if mask >> at & 1:
            found.append(name if value >> at & 1 else f"~{name}")
    return " & ".join(found)


def sum_body(
    rng: random.Random, names: Sequence[str], out: str, ones: Collection[int], opened: Collection[int] = ()
) -> str:
    """One assign of a sum of products: minimal, or one product per row in input order."""
    count = len(names)
    if not opened and len(ones) <= 6 and rng.random() < 0.35:
        terms = [(row, (1 << count) - 1) for row in sorted(ones)]
    else:
        terms = cover(count, ones, opened)
    products = [product(names, value, mask) for value, mask in terms]
    many = len(products) > 1
    text = " | ".join(f"({p})" if many and "&" in p else p for p in products)
    return f"  assign {out} = {text or chr(39).join(['1', 'b1'])};\n"


def listed_body(
    rng: random.Random, selector: Sequence[str], out: str, rows: Sequence[tuple[str, int | None]]
) -> str:
    """A case statement with the rows as they are given: label and value, open ones left to the default."""
    width = len(selector)
    labels = [(f"{width}'b{label}", f"{out} = 1'b{value};") for label, value in rows if value is not None]
    whole = len(labels) == 1 << width
    default = f"{out} = 1'b0;" if not whole or rng.random() < 0.8 else None
    return cases(rng, f"{{{', '.join(selector)}}}" if width > 1 else selector[0], labels, default)


def chosen_body(rng: random.Random, names: Sequence[str], out: str, ones: Collection[int]) -> str:
    """A case statement over the row numbers whose output is 1."""
    width = len(names)
    joined = rng.random() < 0.3
    numbers = [f"{width}'d{row}" for row in sorted(ones)]
    labels = [", ".join(numbers)] if joined else numbers
    selector = f"{{{', '.join(names)}}}" if width > 1 else names[0]
    return cases(rng, selector, [(label, f"{out} = 1'b1;") for label in labels], f"{out} = 1'b0;")
