"""Designs that never end: while they are compiled, without time passing, and in simulation. Their class is `timeout`."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import pytest

pytestmark = [pytest.mark.needs_sandbox, pytest.mark.needs_icarus]

LOOP = "module tb; genvar i; generate for ({}) begin : g reg r; end endgenerate endmodule"
FUNCTION = (
    "module tb; function automatic integer f(input integer x); {} endfunction\n"
    "  localparam P = f(1); reg [P:0] r; endmodule"
)
COMPILING = {
    "a generate loop": LOOP.format("i = 0; i < 2000000000; i = i + 1"),
    "a generate loop that stands still": LOOP.format("i = 0; i < 1; i = i"),
    "a constant function": FUNCTION.format("begin f = 0; while (x) f = f + 1; end"),
    "a recursive constant function": FUNCTION.format("f = f(x + 1) + f(x + 2);"),
    "a recursive module": (
        "module m #(parameter N = 1) (); m #(N + 1) a(); m #(N + 2) b(); endmodule\nmodule tb; m u(); endmodule"
    ),
    "a recursive macro": "`define A `B `B\n`define B `A `A\nmodule tb; initial `A endmodule",
    "macros that double": (
        "`define M0 x = 1;\n"
        + "".join(f"`define M{n + 1} `M{n} `M{n}\n" for n in range(40))
        + "module tb; reg x; initial begin `M40 end endmodule"
    ),
    "an include of itself": '`include "tb.sv"\nmodule tb; endmodule',
    "a power": 'module tb; localparam [1 << 26:0] P = 3 ** (1 << 24); initial $display("%d", P); endmodule',
}
HUGE = {
    "a wide vector": "module tb; reg [2000000000:0] r; initial r = ~r; endmodule",
    "a huge array": "module tb; reg [1023:0] m [0:1 << 28]; initial m[5] = 1; endmodule",
    "a huge parameter": 'module tb #(parameter A = {1 << 30{1\'b1}}) (); initial $display("%b", A); endmodule',
}


@pytest.mark.parametrize("name", COMPILING)
def test_while_it_is_compiled(scene, name: str) -> None:
    job = {"include_dirs": (scene.root / "design",)} if "include" in name else {}
    limits = replace(scene.job("").limits, wall_s=0.8)
    run = scene.icarus(COMPILING[name], limits=limits, **job)
    verdict = scene.verdict(run)
    assert run.phase == "compile", run
    assert verdict.kind in ("timeout", "resource", "syntax", "elaboration", "tool-error"), verdict


@pytest.mark.parametrize("name", HUGE)
def test_of_a_size_that_nobody_has(scene, name: str) -> None:
    """The compiler refuses some, the simulator runs out of memory with others: never a pass."""
    run = scene.icarus(HUGE[name], limits=replace(scene.job("").limits, wall_s=0.8))
    assert scene.verdict(run).kind not in ("pass",), run


RUNNING = {
    "no time passes": "module tb; initial forever; endmodule",
    "events that call each other": (
        "module tb; event e, f; always @e begin #0; -> f; end always @f begin #0; -> e; end\n"
        "  initial #1 -> e; endmodule"
    ),
    "a combinational loop": "module tb; wire a; reg go = 0; assign a = go & ~a; initial #1 go = 1; endmodule",
    "nobody finishes": "module tb; reg c = 0; always #5 c = ~c; endmodule",
    "a recursive function": (
        "module tb; function automatic integer f(input integer x); f = x == 0 ? 0 : f(x) + 1; endfunction\n"
        "  integer r; initial r = f(1); endmodule"
    ),
    "a recursive task": "module tb; task automatic t; begin t; t; end endtask\n  initial t; endmodule",
    "more and more processes": "module tb; task automatic t; fork t; t; join endtask\n  initial t; endmodule",
    "it waits for ever": "module tb; event e; reg c = 0; always #1 c = ~c; initial @e $finish; endmodule",
}


@pytest.mark.parametrize("name", RUNNING)
def test_while_it_runs(scene, name: str) -> None:
    run = scene.icarus(RUNNING[name], limits=replace(scene.job("").limits, wall_s=0.8))
    assert run.phase == "run", run
    verdict = scene.verdict(run)
    recursive = "recurs" in name or "more and more" in name
    assert verdict.kind in (("timeout", "resource", "tool-error") if recursive else ("timeout",)), verdict


def test_processor_time_ends_what_the_wall_clock_would_not(scene) -> None:
    limits = replace(scene.job("").limits, wall_s=60, cpu_s=1)
    run = scene.icarus(RUNNING["no time passes"], limits=limits)
    assert (run.exhausted, run.timed_out) == ("cpu", False)
    assert scene.verdict(run).kind == "timeout"


@pytest.mark.parametrize("name", ["a constant function", "no time passes"])
def test_nothing_goes_on_when_rtlgen_is_killed(scene, name: str) -> None:
    """kill -9 of rtlgen in the middle of compiling and of simulating: the kernel ends the sandbox with it."""
    job = scene.job({**COMPILING, **RUNNING}[name])
    program = (
        "import sys\nfrom pathlib import Path\nfrom rtlgen.core.limits import Limits\n"
        "from rtlgen.sim import icarus\nfrom rtlgen.sim.job import Job\n"
        f"job = Job(Path({str(job.folder)!r}), (Path({str(job.sources[0])!r}),), ('tb',), limits=Limits(wall_s=60))\n"
        "print('started', flush=True)\nicarus.run(job)\n"
    )
    parent = subprocess.Popen([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    try:
        assert parent.stdout.readline() == "started\n"
        program_name = "vvp" if name in RUNNING else "ivl"
        for _ in range(500):
            if any(program_name in line for line in scene.processes()):
                break
            time.sleep(0.01)
        assert any(program_name in line for line in scene.processes())
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    for _ in range(300):
        if not scene.processes():
            break
        time.sleep(0.01)
    assert scene.processes() == []
