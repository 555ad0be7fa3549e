"""A small generic cell library: the target without a liberty file, so that recipes have real gates to be judged by.

Twenty-six combinational cells with delays by logical effort, d = tau (p + g h): the published efforts of static CMOS
gates (Sutherland, Sproull, Harris, "Logical Effort", 1999, tables 1.1 and 1.2), two drive strengths where mapping gains
by them, and areas counted in transistors of unit width. Its numbers compare recipes; they are no process. Registers are
there so that Yosys can map a whole design; ABC leaves them out.

Try: ``python -c "from rtlgen.synth.generic import liberty; print(liberty()[:400])"``
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.store import write_atomic
from rtlgen.synth.library import Library, library

FILE = "rtlgen_generic.lib"
"""Name of the library's file."""
TAU_PS = 5.0
"""Delay unit (ps): an inverter that drives itself without its own parasitics."""
UNIT_CAP_FF = 1.0
"""Input capacitance of the unit inverter (fF)."""
MAX_LOAD = 24.0
"""Largest load a unit cell is tabulated for, in unit capacitances."""
SLEWS = (1.0, 80.0)
"""Input transitions of the tables (ps). Delays grow by a tenth of the transition."""


@dataclass(frozen=True)
class Cell:
    """One gate: function in liberty's syntax, logical effort of each input, parasitic delay, area in transistors."""

    name: str
    function: str
    inputs: str
    effort: float
    parasitic: float
    area: float
    unate: str
    """``negative_unate``, ``positive_unate`` or ``non_unate``."""
    drive: float = 1.0


def _inverting(name: str, function: str, inputs: str, effort: float, parasitic: float, area: float) -> Cell:
    return Cell(name, function, inputs, effort, parasitic, area, "negative_unate")


CELLS = (
    _inverting("INV_X1", "!A", "A", 1.0, 1.0, 2),
    Cell("INV_X2", "!A", "A", 1.0, 1.0, 3, "negative_unate", 2.0),
    Cell("INV_X4", "!A", "A", 1.0, 1.0, 5, "negative_unate", 4.0),
    Cell("BUF_X1", "A", "A", 1.0, 2.0, 4, "positive_unate"),
    Cell("BUF_X4", "A", "A", 1.0, 2.0, 7, "positive_unate", 4.0),
    _inverting("NAND2_X1", "!(A & B)", "AB", 4 / 3, 2.0, 4),
    Cell("NAND2_X2", "!(A & B)", "AB", 4 / 3, 2.0, 6, "negative_unate", 2.0),
    _inverting("NAND3_X1", "!(A & B & C)", "ABC", 5 / 3, 3.0, 6),
    _inverting("NAND4_X1", "!(A & B & C & D)", "ABCD", 6 / 3, 4.0, 8),
    _inverting("NOR2_X1", "!(A | B)", "AB", 5 / 3, 2.0, 4),
    Cell("NOR2_X2", "!(A | B)", "AB", 5 / 3, 2.0, 6, "negative_unate", 2.0),
    _inverting("NOR3_X1", "!(A | B | C)", "ABC", 7 / 3, 3.0, 6),
    _inverting("NOR4_X1", "!(A | B | C | D)", "ABCD", 9 / 3, 4.0, 8),
    Cell("AND2_X1", "A & B", "AB", 4 / 3, 3.5, 6, "positive_unate"),
    Cell("AND3_X1", "A & B & C", "ABC", 5 / 3, 4.5, 8, "positive_unate"),
    Cell("OR2_X1", "A | B", "AB", 5 / 3, 3.5, 6, "positive_unate"),
    Cell("OR3_X1", "A | B | C", "ABC", 7 / 3, 4.5, 8, "positive_unate"),
    _inverting("AOI21_X1", "!((A & B) | C)", "ABC", 2.0, 3.0, 6),
    _inverting("OAI21_X1", "!((A | B) & C)", "ABC", 2.0, 3.0, 6),
    _inverting("AOI22_X1", "!((A & B) | (C & D))", "ABCD", 2.0, 4.0, 8),
    _inverting("OAI22_X1", "!((A | B) & (C | D))", "ABCD", 2.0, 4.0, 8),
    _inverting("AOI211_X1", "!((A & B) | C | D)", "ABCD", 8 / 3, 5.0, 8),
    _inverting("OAI211_X1", "!((A | B) & C & D)", "ABCD", 8 / 3, 5.0, 8),
    Cell("XOR2_X1", "A ^ B", "AB", 4.0, 4.0, 10, "non_unate"),
    Cell("XNOR2_X1", "!(A ^ B)", "AB", 4.0, 4.0, 10, "non_unate"),
    Cell("MUX2_X1", "(A & !S) | (B & S)", "ABS", 2.0, 4.0, 10, "non_unate"),
)
"""The combinational cells."""

_HEAD = """\
/* Generic cells by logical effort; made by rtlgen.synth.generic. Not a process. */
library (rtlgen_generic) {
  delay_model : table_lookup;
  time_unit : "1ps";
  capacitive_load_unit (1, ff);
  voltage_unit : "1V";
  current_unit : "1mA";
  pulling_resistance_unit : "1kohm";
  leakage_power_unit : "1nW";
  nom_process : 1; nom_voltage : 1; nom_temperature : 25;
  default_max_transition : 1000;
  input_threshold_pct_rise : 50; input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50; output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20; slew_upper_threshold_pct_rise : 80;
  slew_lower_threshold_pct_fall : 20; slew_upper_threshold_pct_fall : 80;
"""


def liberty() -> str:
    """The library as liberty text; always the same bytes."""
    parts = [
        _HEAD,
        *_templates(),
        *(_cell(cell) for cell in CELLS),
        _register("DFF_X1", ""),
        _register("DFFR_X1", "!RN"),
    ]
    return "".join(parts) + "}\n"


def generic_library(work: Path) -> Library:
    """The library as a target: the file in the folder `work`, written when it is not there or not the same."""
    path, text = work / FILE, liberty()
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_atomic(path, text)
    return library([path])


def _templates() -> list[str]:
    rows = []
    for drive in sorted({cell.drive for cell in CELLS}):
        loads = ", ".join(f"{load:g}" for load in _loads(drive))
        slews = ", ".join(f"{slew:g}" for slew in SLEWS)
        rows.append(
            f"  lu_table_template (x{drive:g}) {{\n    variable_1 : input_net_transition;\n"
            f'    variable_2 : total_output_net_capacitance;\n    index_1 ("{slews}");\n    index_2 ("{loads}");\n  }}\n'
        )
    return rows


def _loads(drive: float) -> tuple[float, ...]:
    return (0.0, MAX_LOAD * drive / 4, MAX_LOAD * drive)


def _cell(cell: Cell) -> str:
    cap = cell.effort * UNIT_CAP_FF * cell.drive
    pins = "".join(
        f"    pin ({name}) {{ direction : input; capacitance : {cap:.4f}; }}\n" for name in cell.inputs
    )
    arcs = "".join(_arc(cell, name) for name in cell.inputs)
    return (
        f"  cell ({cell.name}) {{\n    area : {cell.area:g};\n{pins}"
        f'    pin (Y) {{\n      direction : output;\n      function : "{cell.function}";\n'
        f"      max_capacitance : {MAX_LOAD * cell.drive:g};\n{arcs}    }}\n  }}\n"
    )


def _arc(cell: Cell, name: str) -> str:
    """Delay tau (p + g h) with h the load over this input's capacitance; transitions are twice the effort's part."""
    unate = "non_unate" if cell.name.startswith("MUX2") and name == "S" else cell.unate
    unate = "positive_unate" if cell.name.startswith("MUX2") and name != "S" else unate
    delays, slews = [], []
    for slew in SLEWS:
        row = [
            TAU_PS * (cell.parasitic + load / (UNIT_CAP_FF * cell.drive)) + slew / 10
            for load in _loads(cell.drive)
        ]
        edge = [
            2 * TAU_PS * (0.5 * cell.parasitic + load / (UNIT_CAP_FF * cell.drive))
            for load in _loads(cell.drive)
        ]
        delays.append(", ".join(f"{value:.3f}" for value in row))
        slews.append(", ".join(f"{max(value, 1.0):.3f}" for value in edge))
    tables = "".join(
        f"        {kind} (x{cell.drive:g}) {{ values (" + ", ".join(f'"{row}"' for row in rows) + "); }\n"
        for kind, rows in (
            ("cell_rise", delays),
            ("cell_fall", delays),
            ("rise_transition", slews),
            ("fall_transition", slews),
        )
    )
    return f'      timing () {{\n        related_pin : "{name}";\n        timing_sense : {unate};\n{tables}      }}\n'


def _register(name: str, clear: str) -> str:
    """A rising-edge register, with an active-low asynchronous clear when `clear` says so."""
    pin = "    pin (RN) { direction : input; capacitance : 1.0; }\n" if clear else ""
    line = f'      clear : "{clear}";\n' if clear else ""
    return (
        f"  cell ({name}) {{\n    area : {28 if clear else 24};\n"
        f'    ff (IQ, IQN) {{\n      next_state : "D";\n      clocked_on : "CK";\n{line}    }}\n'
        "    pin (D) { direction : input; capacitance : 1.0; }\n"
        "    pin (CK) { direction : input; clock : true; capacitance : 1.0; }\n"
        f'{pin}    pin (Q) {{ direction : output; function : "IQ"; max_capacitance : {MAX_LOAD:g}; }}\n  }}\n'
    )
