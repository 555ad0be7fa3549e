"""All families of generated designs, combinational and clocked."""

from __future__ import annotations

from rtlgen.datasets.spec_pairs import combinational, sequential
from rtlgen.datasets.spec_pairs.design import Family

FAMILIES: tuple[Family, ...] = (*combinational.FAMILIES, *getattr(sequential, "FAMILIES", ()))
"""Every family, in a fixed order."""
