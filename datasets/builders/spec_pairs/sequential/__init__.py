"""Families of clocked designs."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs.design import Family
from rtlgen.datasets.spec_pairs.sequential import (
    accumulators,
    arbiters,
    chains,
    checks,
    coded_counters,
    counters,
    digit_counters,
    edges,
    flipflops,
    gates,
    generators,
    handshakes,
    latches,
    lfsr,
    machines,
    memories,
    next_state_logic,
    predictors,
    receivers,
    sequencers,
    sequences,
    shifts,
    stories,
    synchronisers,
    timers,
    waveforms,
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
    generators,
    shifts,
    lfsr,
    edges,
    synchronisers,
    machines,
    next_state_logic,
    sequences,
    receivers,
    stories,
    sequencers,
    memories,
    accumulators,
    checks,
    arbiters,
    handshakes,
    predictors,
    waveforms,
)
FAMILIES: tuple[Family, ...] = tuple(family for module in MODULES for family in module.FAMILIES)
"""Every family of clocked designs."""
