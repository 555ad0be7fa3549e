"""What a verdict costs beside the bare tools: small jobs on Icarus, builds on Verilator, designs looked through.

    python tests/benchmarks/bench_simulators.py [--jobs 100] [--no-verilator]

Icarus: one counter, compiled and run; bare (iverilog, then vvp), through rtlgen in its sandbox and without one, in
turns, so that a load on the machine hits all three. Verilator: the same counter; the first build compiles the runtime
into an empty cache, the later ones use it; beside them Verilator's own makefile. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rtlgen.sim import icarus, verilator
from rtlgen.sim.job import Job, SimRun
from rtlgen.sim.simulators import replay_lines, simulator
from rtlgen.sim.tamper import suspicions

BENCH = """\
module counter(input clk, output reg [7:0] q);
  initial q = 0;
  always @(posedge clk) q <= q + 1;
endmodule
module tb;
  reg clk = 0;
  wire [7:0] q;
  integer i;
  counter u(clk, q);
  initial begin
    for (i = 0; i < 200; i = i + 1) #1 clk = ~clk;
    $display("PASS %0d", q);
    $finish;
  end
endmodule
"""


def milliseconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def bare(source: Path) -> None:
    """The two tools, as a script would call them."""
    compile_it = ["iverilog", "-g2012", "-stb", "-o", "x.vvp", str(source)]
    subprocess.run(compile_it, check=True, cwd=source.parent)
    subprocess.run(["vvp", "-n", "x.vvp", "-none"], check=True, cwd=source.parent, capture_output=True)


def job(source: Path, run: Callable[[Job], SimRun], *, sandboxed: bool = True) -> None:
    """One job in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        done = run(Job(folder=Path(folder), sources=(source,), top=("tb",), sandboxed=sandboxed))
    assert "PASS" in done.run_log, done.log


def measure_icarus(source: Path, count: int) -> None:
    """Three ways in turns."""
    ways: dict[str, Callable[[], object]] = {
        "iverilog and vvp": lambda: bare(source),
        "job, no sandbox": lambda: job(source, icarus.run, sandboxed=False),
        "job, sandboxed": lambda: job(source, icarus.run),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(count):
        for name, way in ways.items():
            taken[name].append(milliseconds(way))
    base = statistics.mean(taken["iverilog and vvp"])
    for name, values in taken.items():
        mean = statistics.mean(values)
        print(f"{name:<28}mean {mean:7.2f} ms  min {min(values):7.2f} ms  +{mean - base:.2f} ms")


def measure_verilator(source: Path) -> None:
    """An empty cache, then a kept runtime, then Verilator's own makefile."""
    os.environ["XDG_CACHE_HOME"] = str(source.parent / "cache")
    print(f"{'first build, empty cache':<28}{milliseconds(lambda: job(source, verilator.run)) / 1e3:7.2f} s")
    kept = [milliseconds(lambda: job(source, verilator.run)) for _ in range(5)]
    print(f"{'build and run':<28}{statistics.mean(kept) / 1e3:7.2f} s  (5, min {min(kept) / 1e3:.2f} s)")
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        made = Job(folder=Path(folder), sources=(source,), top=("tb",))
        line, _ = replay_lines(simulator("verilator"), made)
        taken = milliseconds(
            lambda: subprocess.run(["sh", "-c", line], cwd=folder, check=True, capture_output=True)
        )
    print(f"{'with its own makefile':<28}{taken / 1e3:7.2f} s")


def main() -> None:
    """Parse the arguments and print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--no-verilator", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder).resolve() / "tb.v"
        source.write_text(BENCH)
        measure_icarus(source, given.jobs)
        suspicions([BENCH], "tb")
        looked = [
            milliseconds(lambda: suspicions([BENCH.split("module tb")[0]], "counter"))
            for _ in range(given.jobs)
        ]
        print(
            f"{'design looked through':<28}mean {statistics.mean(looked):7.2f} ms  min {min(looked):7.2f} ms"
        )
        if not given.no_verilator:
            measure_verilator(source)


if __name__ == "__main__":
    sys.exit(main())
