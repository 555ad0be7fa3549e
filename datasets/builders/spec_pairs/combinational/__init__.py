"""Families of combinational designs; `FAMILIES` is all of them."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.combinational import (
    arithmetic,
    codes,
    compare,
    equations,
    gates,
    selectors,
    shifts,
    tables,
    vectors,
)
from rtlgen.datasets.spec_pairs.combinational.circuit import Kind

FAMILIES: tuple[Kind, ...] = tuple(
    kind
    for part in (gates, equations, tables, selectors, vectors, compare, arithmetic, shifts, codes)
    for kind in part.FAMILIES
)
