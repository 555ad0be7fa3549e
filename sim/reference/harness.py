"""The text of a bench around one module: it plays the rows of a stimulus and writes down every output.

The bench judges nothing. Design and reference run in benches of their own, in processes and sandboxes of their own, and
only rtlgen sees both traces: a design cannot look at the reference or at its outputs, there is no line that it could
print to pass, and equal module names or macros on both sides cannot meet.

The outputs of a row go to a file as one line of ``0 1 x z``, in the order of the columns. The bench's own names start
with ``rtlgen_``; its signals have the names of the ports, so that waves read like the design. For waves the expected
outputs can be played beside the real ones (`expected`).

What it does not do: use any construct that Icarus 11 lacks; connect unpacked arrays, interfaces and inouts.

Try: ``rtlgen sim DESIGN.v --reference REF.v``
"""

from __future__ import annotations

import re

from rtlgen.sim.reference.stimulus import ROW_NS, Stimulus

STIMULUS_FILE = "rtlgen_stimulus.hex"
TRACE_FILE = "rtlgen_trace.txt"
EXPECTED_FILE = "rtlgen_expected.bin"
BENCH = "rtlgen_bench"
END = "end"
"""The last line of a complete trace."""

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERED = re.compile(r"[A-Za-z_][\w$]*")


def bench(
    top: str,
    stimulus: Stimulus,
    *,
    parameters: tuple[tuple[str, str], ...] = (),
    name: str = BENCH,
    expected: bool = False,
) -> str:
    """The bench `name` around an instance of `top`; with `expected` it also shows what the outputs should be."""
    rows, width = len(stimulus.rows), stimulus.width
    inputs = [written(port) for port, _ in stimulus.columns]
    outputs = [written(port) for port, _ in stimulus.outputs]
    lines = ["`timescale 1ns/1ps", f"module {name};"]
    lines += [f"  reg {_range(bits)}{written(port)};" for port, bits in stimulus.columns]
    lines += [f"  wire {_range(bits)}{written(port)};" for port, bits in stimulus.outputs]
    if width:
        lines.append(f"  reg [{width - 1}:0] rtlgen_rows [0:{rows - 1}];")
    lines.append("  integer rtlgen_file, rtlgen_row;")
    lines += _shown(stimulus) if expected else []
    lines += _instance(top, [port for port, _ in (*stimulus.columns, *stimulus.outputs)], parameters)
    lines.append("  initial begin")
    if width:
        lines.append(f'    $readmemh("{STIMULUS_FILE}", rtlgen_rows);')
    if expected:
        lines.append(f'    $readmemb("{EXPECTED_FILE}", rtlgen_answers);')
    lines += [
        f'    rtlgen_file = $fopen("{TRACE_FILE}", "w");',
        f"    for (rtlgen_row = 0; rtlgen_row < {rows}; rtlgen_row = rtlgen_row + 1) begin",
    ]
    if width:
        lines.append(f"      {{{', '.join(inputs)}}} = rtlgen_rows[rtlgen_row];")
    if expected:
        lines.append(
            f"      {{{', '.join(_expected(p) for p, _ in stimulus.outputs)}}} = rtlgen_answers[rtlgen_row];"
        )
    lines += [
        f'      #{ROW_NS - 1} $fdisplay(rtlgen_file, "%b", {{{", ".join(outputs)}}});',
        "      #1;",
        "    end",
        f'    $fdisplay(rtlgen_file, "{END}");',
        "    $fclose(rtlgen_file);",
        "    $finish(0);",
        "  end",
        "endmodule",
        "",
    ]
    return "\n".join(lines)


def rows_text(stimulus: Stimulus) -> str:
    """The rows in hexadecimal, one a line, for ``$readmemh``."""
    return "".join(f"{row.value:x}\n" for row in stimulus.rows)


def written(name: str) -> str:
    """`name` as an identifier in the bench: escaped where it is no plain one."""
    return name if _SIMPLE.fullmatch(name) and not name.startswith("rtlgen_") else f"\\{name} "


def free_name(texts: list[str], wanted: str = BENCH) -> str:
    """A module name for the bench that no source mentions."""
    number, name = 0, wanted
    while any(name in text for text in texts):
        number += 1
        name = f"{wanted}_{number}"
    return name


def _shown(stimulus: Stimulus) -> list[str]:
    total = sum(bits for _, bits in stimulus.outputs)
    lines = [f"  reg [{total - 1}:0] rtlgen_answers [0:{len(stimulus.rows) - 1}];"]
    return lines + [f"  reg {_range(bits)}{_expected(port)};" for port, bits in stimulus.outputs]


def _expected(port: str) -> str:
    return written(f"expected_{port}")


def _instance(top: str, ports: list[str], parameters: tuple[tuple[str, str], ...]) -> list[str]:
    values = ", ".join(f".{written(name)}({value})" for name, value in parameters)
    head = f"  {written(top)} #({values}) dut (" if values else f"  {written(top)} dut ("
    return [head, ",\n".join(f"    .{written(port)}({written(port)})" for port in ports), "  );"]


def _range(bits: int) -> str:
    return "" if bits == 1 else f"[{bits - 1}:0] "
