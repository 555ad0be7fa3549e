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

from rtlgen.sim.reference.stimulus import ROW_NS, Stimulus

STIMULUS_FILE = "rtlgen_stimulus.hex"
TRACE_FILE = "rtlgen_trace.txt"
EXPECTED_FILE = "rtlgen_expected.bin"
BENCH = "rtlgen_bench"
END = "end"
"""The last line of a complete trace."""


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
    ports = [port for port, _ in (*stimulus.columns, *stimulus.outputs)]
    own = _own_prefix(ports)
    inputs = ", ".join(written(port) for port, _ in stimulus.columns)
    outputs = ", ".join(written(port) for port, _ in stimulus.outputs)
    lines = ["`timescale 1ns/1ps", f"module {name};"]
    lines += [f"  reg {_range(bits)}{written(port)};" for port, bits in stimulus.columns]
    lines += [f"  wire {_range(bits)}{written(port)};" for port, bits in stimulus.outputs]
    lines += [f"  reg [{width - 1}:0] {own}rows [0:{rows - 1}];"] if width else []
    lines.append(f"  integer {own}file, {own}row;")
    lines += _shown(stimulus, own) if expected else []
    lines += _instance(top, f"{own}dut" if "dut" in ports else "dut", ports, parameters)
    lines.append("  initial begin")
    lines += [f'    $readmemh("{STIMULUS_FILE}", {own}rows);'] if width else []
    lines += [f'    $readmemb("{EXPECTED_FILE}", {own}answers);'] if expected else []
    lines += [
        f'    {own}file = $fopen("{TRACE_FILE}", "w");',
        f"    for ({own}row = 0; {own}row < {rows}; {own}row = {own}row + 1) begin",
    ]
    lines += [f"      {{{inputs}}} = {own}rows[{own}row];"] if width else []
    if expected:
        right = ", ".join(_expected(port, own) for port, _ in stimulus.outputs)
        lines.append(f"      {{{right}}} = {own}answers[{own}row];")
    lines += [
        f'      #{ROW_NS - 1} $fdisplay({own}file, "%b", {{{outputs}}});',
        "      #1;",
        "    end",
        f'    $fdisplay({own}file, "{END}");',
        f"    $fclose({own}file);",
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
    """`name` as an identifier in the bench: always escaped, so that no keyword and no name of the bench is in the way."""
    return f"\\{name} "


def free_name(texts: list[str], wanted: str = BENCH) -> str:
    """A module name for the bench that no source mentions."""
    number, name = 0, wanted
    while any(name in text for text in texts):
        number += 1
        name = f"{wanted}_{number}"
    return name


def _own_prefix(ports: list[str]) -> str:
    """What the bench's own names begin with: no port does."""
    prefix = "rtlgen_"
    while any(port.startswith(prefix) for port in ports):
        prefix += "_"
    return prefix


def _shown(stimulus: Stimulus, own: str) -> list[str]:
    total = sum(bits for _, bits in stimulus.outputs)
    lines = [f"  reg [{total - 1}:0] {own}answers [0:{len(stimulus.rows) - 1}];"]
    return lines + [f"  reg {_range(bits)}{_expected(port, own)};" for port, bits in stimulus.outputs]


def _expected(port: str, own: str) -> str:
    return written(f"expected_{port}" if own == "rtlgen_" else f"{own}expected_{port}")


def _instance(top: str, name: str, ports: list[str], parameters: tuple[tuple[str, str], ...]) -> list[str]:
    values = ", ".join(f".{written(parameter)}({value})" for parameter, value in parameters)
    head = f"  {written(top)} #({values}) {name} (" if values else f"  {written(top)} {name} ("
    return [head, ",\n".join(f"    .{written(port)}({written(port)})" for port in ports), "  );"]


def _range(bits: int) -> str:
    return "" if bits == 1 else f"[{bits - 1}:0] "
