"""Families of combinational designs; `FAMILIES` is all of them."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.combinational import (
    addition,
    arithmetic,
    codes,
    compare,
    compositions,
    counting,
    encoders,
    equations,
    gates,
    networks,
    selectors,
    shifts,
    slices,
    stories,
    tables,
    vectors,
)
from rtlgen.datasets.spec_pairs.combinational.circuit import Kind

_PARTS = (
    gates,
    networks,
    equations,
    tables,
    selectors,
    encoders,
    slices,
    vectors,
    compare,
    counting,
    addition,
    arithmetic,
    shifts,
    codes,
    stories,
    compositions,
)

FAMILIES: tuple[Kind, ...] = tuple(kind for part in _PARTS for kind in part.FAMILIES)
