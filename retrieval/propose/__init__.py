"""Whole-line proposals for the next line, one source a file: copies, analogies, ports, signals, runs, closers."""

from __future__ import annotations

from rtlgen.retrieval.propose.features import FEATURES
from rtlgen.retrieval.propose.pool import propose_all
from rtlgen.retrieval.propose.position import Position, Proposal

__all__ = ["FEATURES", "Position", "Proposal", "propose_all"]
