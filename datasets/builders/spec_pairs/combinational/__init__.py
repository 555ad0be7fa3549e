"""Families of combinational designs; `FAMILIES` is all of them."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.combinational import equations, gates, tables
from rtlgen.datasets.spec_pairs.combinational.circuit import Kind

FAMILIES: tuple[Kind, ...] = (*gates.FAMILIES, *equations.FAMILIES, *tables.FAMILIES)
