"""Families of clocked designs."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.design import Family
from rtlgen.datasets.spec_pairs.sequential import chains, counters, flipflops, gates, latches

MODULES = (flipflops, gates, latches, chains, counters)
FAMILIES: tuple[Family, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
"""Every family of clocked designs."""
