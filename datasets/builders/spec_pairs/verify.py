"""Generated designs against their oracles, simulated by Icarus Verilog: many designs in one run.

Each design becomes a module and a bench of its own in one file; the bench applies the rows of `stimulus` and compares
every output bit that the oracle decides with ``!==`` (an X fails). A design that does not compile, does not end or
differs is reported with the reason; when a whole run fails, its halves are tried, down to the single design.

Generated text runs in the sandbox. It proves nothing beyond the rows that were tried.

Try: ``rtlgen datasets pairs build --count 200 --out pairs.jsonl`` (the manifest says what was verified)
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import ToolError
from rtlgen.core.limits import Limits
from rtlgen.core.process import run
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import scratch
from rtlgen.core.tools import find
from rtlgen.datasets.spec_pairs.design import Design
from rtlgen.datasets.spec_pairs.interface import header
from rtlgen.datasets.spec_pairs.stimulus import Step, steps_of

BATCH = 300
CPU_SECONDS = 20
_KILLED = (-9, -24, 137, 152)
"""Exit codes of a run that used up its processor time."""


@dataclass(frozen=True)
class Verdict:
    """`reason` is empty when every row agreed."""

    passed: bool
    reason: str = ""


def verified(designs: Sequence[Design], seed: int = 0, cpu_seconds: int = CPU_SECONDS) -> list[Verdict]:
    """One verdict per design, in order; `cpu_seconds` bound each simulator run.

    Raises ToolError when Icarus or the sandbox is missing.
    """
    verdicts: list[Verdict | None] = [None] * len(designs)
    ready: list[tuple[int, Design, list[Step]]] = []
    for number, design in enumerate(designs):
        try:
            ready.append((number, design, steps_of(design, random.Random(f"{seed} {number}"))))
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            verdicts[number] = Verdict(False, f"oracle: {type(error).__name__}: {error}")
    for start in range(0, len(ready), BATCH):
        _judge(ready[start : start + BATCH], verdicts, cpu_seconds)
    return [verdict or Verdict(False, "not judged") for verdict in verdicts]


def _judge(
    batch: list[tuple[int, Design, list[Step]]], verdicts: list[Verdict | None], cpu_seconds: int
) -> None:
    """Fill in the verdicts of one batch; halve it when it does not run."""
    if not batch:
        return
    said, problem = _simulated(batch, cpu_seconds)
    if problem and len(batch) > 1:
        middle = len(batch) // 2
        _judge(batch[:middle], verdicts, cpu_seconds)
        _judge(batch[middle:], verdicts, cpu_seconds)
        return
    for number, _, _ in batch:
        if problem:
            verdicts[number] = Verdict(False, problem)
        elif f"PASS {number}" in said:
            verdicts[number] = Verdict(True)
        else:
            lines = [line for line in said if line.startswith(f"FAIL {number} ")]
            verdicts[number] = Verdict(False, lines[0] if lines else "the bench did not end")


def _simulated(batch: Sequence[tuple[int, Design, list[Step]]], cpu_seconds: int) -> tuple[set[str], str]:
    """The lines that the benches printed, and what went wrong with the run as a whole."""
    iverilog, vvp = find("iverilog"), find("vvp")
    limits = Limits(wall_s=30.0 * cpu_seconds, cpu_s=cpu_seconds, output_kb=512)
    with scratch() as folder:
        text = "\n".join(
            _module(number, design) + _bench(number, design, steps) for number, design, steps in batch
        )
        for number, design, steps in batch:
            (folder / f"{number}.hex").write_text(
                "".join(f"{_row(design, step):x}\n" for step in steps), "utf-8"
            )
        (folder / "all.sv").write_text("`timescale 1ns/1ns\n" + text, "utf-8")
        box = Sandbox(folder, programs_outside(iverilog.path, vvp.path))
        tops = [word for number, _, _ in batch for word in ("-s", f"bench_{number}")]
        compiled = run(
            [str(iverilog.path), "-g2012", *tops, "-o", "all.vvp", "all.sv"], sandbox=box, limits=limits
        )
        if compiled.returncode:
            return set(), "compile: " + (compiled.stderr or compiled.stdout)[:400]
        ran = run([str(vvp.path), "-n", "all.vvp"], sandbox=box, limits=limits)
        if ran.returncode or ran.timed_out:
            too_long = ran.timed_out or ran.returncode in _KILLED
            return set(), f"run: {'too long' if too_long else ran.stderr[:400]}"
        if ran.truncated:
            raise ToolError("the benches said too much", hint="verify fewer designs at once")
        return set(ran.stdout.splitlines()), ""


def programs_outside(*paths: Path) -> tuple[Path, ...]:
    """Folders of programs that are not below /usr."""
    return tuple({path.resolve().parent for path in paths if not path.resolve().is_relative_to("/usr")})


def _module(number: int, design: Design) -> str:
    return f"{header(f'dut_{number}', design.ports)}\n{design.body}endmodule\n"


def _bench(number: int, design: Design, steps: Sequence[Step]) -> str:
    """A bench that ends with one line ``PASS number`` or ``FAIL number row port``."""
    ins = [port for port in design.inputs if port.name != design.clock]
    names = {port.name: f"p{k}" for k, port in enumerate(design.ports)}
    wide_in, wide_out = sum(port.width for port in ins), sum(port.width for port in design.outputs)
    idle = "1'b1" if design.negedge else "1'b0"
    lines = [f"module bench_{number};"]
    for port in design.ports:
        kind = "wire" if port.direction == "output" else "reg"
        lines.append(f"  {kind} [{port.width - 1}:0] {names[port.name]};")
    lines.append(f"  reg [{1 + wide_in + 2 * wide_out - 1}:0] rows [0:{len(steps) - 1}];")
    lines.append(f"  reg [{wide_out - 1}:0] want, mask; reg edge_; reg bad; integer k;")
    links = ", ".join(f".{port.name}({names[port.name]})" for port in design.ports)
    lines.append(f"  dut_{number} dut({links});")
    lines.append("  initial begin")
    lines.append("    bad = 0;")
    if design.clock:
        lines.append(f"    {names[design.clock]} = {idle};")
    lines.append(f'    $readmemh("{number}.hex", rows);')
    fed = "".join(f"{names[port.name]}, " for port in ins)
    lines.append(f"    for (k = 0; k < {len(steps)}; k = k + 1) begin")
    lines.append(f"      {{edge_, {fed}want, mask}} = rows[k];")
    lines.append("      #1;")
    if design.clock:
        lines.append(f"      if (edge_) {names[design.clock]} = ~{idle};")
        lines.append("      #1;")
    outs = ", ".join(names[port.name] for port in design.outputs)
    lines.append(f"      if (!bad && ((({{{outs}}} ^ want) & mask) !== {wide_out}'d0)) begin")
    lines.append(
        f'        bad = 1; $display("FAIL {number} row %0d got %b want %b mask %b", k, '
        f"{{{outs}}}, want, mask);"
    )
    lines.append("      end")
    if design.clock:
        lines.append(f"      #1 {names[design.clock]} = {idle};")
        lines.append("      #1;")
    lines.append("    end")
    lines.append(f'    if (!bad) $display("PASS {number}");')
    lines.append("  end")
    lines.append("endmodule\n")
    return "\n".join(lines)


def _row(design: Design, step: Step) -> int:
    """A row of the bench's memory: edge, inputs, wanted outputs, mask."""
    value = int(step.edge)
    fields = [(step.inputs[port.name], port.width) for port in design.inputs if port.name != design.clock]
    fields += [(step.expected[port.name] or 0, port.width) for port in design.outputs]
    fields += [
        (0 if step.expected[port.name] is None else (1 << port.width) - 1, port.width)
        for port in design.outputs
    ]
    for part, bits in fields:
        value = value << bits | part
    return value
