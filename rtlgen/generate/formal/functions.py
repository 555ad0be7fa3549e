"""Logic functions from their rows: a sum of few products, with everything that no row decides as a don't-care.

Quine (1952) and McCluskey (1956), with a greedy cover: small tables only (at most `MAX_BITS` input bits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MAX_BITS = 8


def sum_of_products(names: Sequence[str], rows: Mapping[int, bool], *, opened: bool = True) -> str:
    """Verilog for the function that is 1 on the rows marked True and 0 on those marked False.

    Bit `k` of a row's number, from the most significant, is `names[k]`. Rows not given are don't-cares, or zeros when
    `opened` is off.
    """
    count = len(names)
    ones = {row for row, value in rows.items() if value}
    free = {row for row in range(1 << count) if row not in rows} if opened else set()
    if not ones:
        return "1'b0"
    if len(ones) + len(free) == 1 << count:
        return "1'b1"
    terms = [_product(names, cube) for cube in _cover(ones, _primes(ones | free, count))]
    return " | ".join(f"({term})" if " " in term and len(terms) > 1 else term for term in terms)


def _primes(care: set[int], count: int) -> list[tuple[int, int]]:
    """Prime implicants as (value, mask of the bits that do not matter)."""
    level = {(row, 0) for row in care}
    primes: set[tuple[int, int]] = set()
    while level:
        merged: set[tuple[int, int]] = set()
        following: set[tuple[int, int]] = set()
        for value, mask in level:
            for bit in (1 << place for place in range(count)):
                if mask & bit or (value ^ bit, mask) not in level:
                    continue
                merged.add((value, mask))
                following.add((value & ~bit, mask | bit))
        primes |= level - merged
        level = following
    return sorted(primes, key=lambda cube: (-cube[1].bit_count(), cube))


def _cover(ones: set[int], primes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Few of `primes` that cover `ones`: the essential ones, then the one that covers most."""
    covers = {cube: {row for row in ones if row & ~cube[1] == cube[0]} for cube in primes}
    chosen: list[tuple[int, int]] = []
    left = set(ones)
    for row in sorted(ones):
        holding = [cube for cube in primes if row in covers[cube]]
        if len(holding) == 1 and holding[0] not in chosen:
            chosen.append(holding[0])
            left -= covers[holding[0]]
    while left:
        best = max(primes, key=lambda cube: (len(covers[cube] & left), cube[1].bit_count()))
        chosen.append(best)
        left -= covers[best]
    return chosen


def _product(names: Sequence[str], cube: tuple[int, int]) -> str:
    value, mask = cube
    last = len(names) - 1
    return " & ".join(
        name if value >> (last - place) & 1 else f"~{name}"
        for place, name in enumerate(names)
        if not mask >> (last - place) & 1
    )
