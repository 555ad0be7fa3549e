"""Families of combinational designs; `FAMILIES` is all of them."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.combinational import (
    arithmetic,
    codes,
    compare,
    compositions,
    equations,
    gates,
    selectors,
    shifts,
    stories,
    tables,
    vectors,
)
from rtlgen.datasets.spec_pairs.combinational.circuit import Kind

FAMILIES: tuple[Kind, ...] = tuple(
    kind
    for part in (
        gates,
        equations,
        tables,
        selectors,
        vectors,
        compare,
        arithmetic,
        shifts,
        codes,
        stories,
        compositions,
    )
    for kind in part.FAMILIES
)
