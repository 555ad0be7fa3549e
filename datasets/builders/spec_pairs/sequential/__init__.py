"""Families of clocked designs."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.design import Family
from rtlgen.datasets.spec_pairs.sequential import (
    chains,
    coded_counters,
    counters,
    digit_counters,
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
    synchronisers,
    timers,
)

MODULES = (
    flipflops,
    gates,
    latches,
    chains,
    counters,
    digit_counters,
    coded_counters,
    timers,
    shifts,
    lfsr,
    edges,
    synchronisers,
    machines,
    next_state_logic,
    sequences,
    receivers,
)
FAMILIES: tuple[Family, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
"""Every family of clocked designs."""
