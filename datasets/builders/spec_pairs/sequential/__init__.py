"""Families of clocked designs."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.design import Family
from rtlgen.datasets.spec_pairs.sequential import (
    chains,
    counters,
    edges,
    flipflops,
    gates,
    latches,
    lfsr,
    machines,
    next_state_logic,
    receivers,
    sequences,
    shifts,
)

MODULES = (
    flipflops,
    gates,
    latches,
    chains,
    counters,
    shifts,
    lfsr,
    edges,
    machines,
    next_state_logic,
    sequences,
    receivers,
)
FAMILIES: tuple[Family, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
"""Every family of clocked designs."""
