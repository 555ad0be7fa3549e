"""Figures out of ABC's text, and objectives."""

from __future__ import annotations

import pytest

from rtlgen.core.errors import ToolError, UsageError
from rtlgen.synth.qor import Objective, QoR, parse_aig, parse_luts, parse_timed

STIME = (
    'WireLoad = "none"  Gates =    772 ( 17.1 %)   Cap =  1.1 ff (  1.5 %)   '
    "Area =       55.80 ( 84.6 %)   Delay =   264.61 ps  (  2.6 %)"
)
SMALL = QoR(area=10.0, delay=100.0, gates=5, nodes=20, levels=4)
FAST = QoR(area=12.0, delay=80.0, gates=6, nodes=22, levels=3)


def test_figures_of_stime_and_print_stats() -> None:
    assert parse_timed("noise\n" + STIME) == (772, 55.80, 264.61)
    assert parse_aig("i2c: i/o =  147/  142  lat =    0  and =   1342  lev = 20") == (1342, 20)
    assert parse_luts("i2c: i/o = 147/ 142  lat = 0  nd =  353  edge = 1500  aig = 2000  lev = 5") == (353, 5)
    for parse in (parse_timed, parse_aig, parse_luts):
        with pytest.raises(ToolError):
            parse("nothing of the kind")


def test_objectives() -> None:
    assert Objective().value(SMALL) == 1000.0 and Objective("area").value(FAST) == 12.0
    assert Objective("delay").reduction(FAST, SMALL) == pytest.approx(0.2)
    bound = Objective("area", max_delay=90.0)
    assert bound.value(FAST) == 12.0 < bound.value(SMALL)  # too slow is worse than any that is not
    assert bound.value(QoR(1.0, 200.0, 1, 1, 1)) > bound.value(SMALL)
    assert FAST.dominates(QoR(12.0, 81.0, 1, 1, 1)) and not FAST.dominates(SMALL) and not FAST.dominates(FAST)
    with pytest.raises(UsageError, match="no objective 'power'"):
        Objective("power")
    with pytest.raises(UsageError, match="cannot be met"):
        Objective("area", max_delay=0.0)
