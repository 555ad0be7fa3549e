"""The latency budgets of rtlgen on this machine: start, indexing, and completion of a line.

    make bench                     on a generated repository of 100,000 lines
    make bench REPO=path/to/repo   completion on a real one

Each row is measured in this process or in child processes of it, on one thread, and printed beside its budget; the
start also beside that of a bare interpreter. Medians; nothing is asserted, a machine under load prints worse figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LINES = 100_000
PLACES = 25
TYPED = 15


def seconds(call: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def median_of(runs: int, argv: list[str]) -> float:
    """Median wall seconds of a command."""
    return statistics.median(
        seconds(lambda: subprocess.run(argv, capture_output=True, check=False)) for _ in range(runs)
    )


def row(what: str, value: float, budget: float, peer: str = "") -> None:
    """Print one line of the table, times in milliseconds or seconds as they fit."""
    unit, scale = ("s", 1.0) if budget >= 2 else ("ms", 1000.0)
    verdict = "ok" if value <= budget else "OVER"
    print(
        f"{what:<52}{value * scale:>9.1f} {unit:<2}  budget {budget * scale:>6.0f} {unit:<2}  {verdict:<5} {peer}"
    )


def machine() -> str:
    """What the figures were taken on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _read("/proc/cpuinfo") if line.startswith("model name")),
        "",
    )
    load = f"load {os.getloadavg()[0]:.1f}"
    return (
        f"{model or platform.processor()}, {os.cpu_count()} cores, {load}, Python {platform.python_version()}"
    )


def _read(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def generated_module(number: int, draw: random.Random) -> str:
    """A module of about 250 lines with names of its own: registers, a decoder, an instance of another module."""
    tag = f"{draw.choice(['uart', 'spi', 'dma', 'fifo', 'pwm', 'i2c', 'crc', 'axi'])}{number}"
    width = draw.choice([8, 16, 32])
    regs = [f"{tag}_{draw.choice(['ctrl', 'stat', 'data', 'cnt', 'mask', 'addr'])}{i}_q" for i in range(36)]
    lines = [f"// {tag}: generated for measuring", f"module {tag} #(parameter W = {width}) ("]
    lines += ["  input  wire clk,", "  input  wire rst_n,", "  input  wire [7:0] addr,", "  input  wire we,"]
    lines += ["  input  wire [W-1:0] wdata,", "  output reg  [W-1:0] rdata", ");"]
    lines += [f"  reg [W-1:0] {name};" for name in regs]
    for i, name in enumerate(regs):
        lines += [
            "  always @(posedge clk or negedge rst_n)",
            f"    if (!rst_n) {name} <= {width}'d{draw.randrange(200)};",
        ]
        lines += [
            f"    else if (we && addr == 8'h{i:02x}) {name} <= wdata {draw.choice('+^&|')} {draw.choice(regs)};"
        ]
    lines += ["  always @(*) begin", "    case (addr)"]
    lines += [f"      8'h{i:02x}: rdata = {name};" for i, name in enumerate(regs)]
    lines += ["      default: rdata = {W{1'b0}};", "    endcase", "  end"]
    return "\n".join([*lines, "endmodule", ""])


def generated_repository(root: Path) -> int:
    """Write modules of together at least `LINES` lines below `root`; return the lines."""
    draw, total = random.Random(0), 0
    number = 0
    while total < LINES:
        text = generated_module(number, draw)
        path = root / f"rtl/block{number % 20}/m{number}.v"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        total += text.count("\n")
        number += 1
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    return total


def bench_start() -> None:
    """`rtlgen --help` in a fresh process, five times after one that warms the file cache."""
    rtlgen = str(Path(sys.executable).parent / "rtlgen")
    median_of(1, [rtlgen, "--help"])
    bare = median_of(5, [sys.executable, "-c", "pass"])
    value = median_of(5, [rtlgen, "--help"])
    row("rtlgen --help", value, 0.2, f"{value / bare:.1f}x of `python -c pass` ({bare * 1000:.0f} ms)")


def bench_index(root: Path) -> None:
    """Indexing from nothing, and after one file has changed, each opened anew."""
    from rtlgen.core.project import load_project
    from rtlgen.core.settings import load_settings
    from rtlgen.retrieval.index import open_index

    settings = load_settings(root)
    project = load_project(root, settings=settings)
    cold = seconds(lambda: open_index(load_project(root, settings=settings), settings))
    row(f"index {LINES:,} lines, from nothing", cold, 10.0)
    changed = project.absolute(project.files[len(project.files) // 2].path)
    values = []
    for i in range(3):
        changed.write_text(changed.read_text(encoding="utf-8") + f"// changed {i}\n", encoding="utf-8")
        values.append(seconds(lambda: open_index(project, settings)))
    row("index, one file changed", statistics.median(values), 0.3)


def bench_completion(root: Path, model: str) -> None:
    """One line at random places of a warm engine, 2,048 tokens of context; then line after line at one place."""
    from rtlgen.complete.engine import Engine
    from rtlgen.complete.request import CompletionRequest
    from rtlgen.core.source import read_source

    engine = Engine.open(root, overrides={"model.context_tokens": 2048, "model.path": model})
    draw = random.Random(0)
    files = [f.path for f in engine.project.files]
    texts = {
        path: read_source(engine.project.absolute(path)).text
        for path in draw.sample(files, min(len(files), 40))
    }
    long = [path for path, text in texts.items() if text.count("\n") > 60] or list(texts)

    def complete(path: str, line: int) -> float:
        text = "".join(texts[path].splitlines(keepends=True)[:line])
        return seconds(lambda: engine.complete(CompletionRequest(path, text)))

    complete(long[0], 10)
    places = [(path, draw.randrange(5, texts[path].count("\n"))) for path in draw.choices(long, k=PLACES)]
    values = sorted(complete(path, line) for path, line in places)
    row(
        "complete a line, warm, 2,048 tokens of context, p50",
        statistics.median(values),
        0.4,
        f"p90 {values[int(0.9 * PLACES)] * 1000:.0f} ms",
    )
    path = long[-1]
    start = texts[path].count("\n") // 2
    typed = [complete(path, start + i) for i in range(TYPED)][1:]
    row(
        "the same, the next line of the same file, p50",
        statistics.median(typed),
        0.15,
        f"p90 {sorted(typed)[-2] * 1000:.0f} ms",
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repo", type=Path, help="a real repository to complete in")
    parser.add_argument("--model", default="default", help="another model than the shipped one")
    options = parser.parse_args()
    print(machine())
    bench_start()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repo"
        root.mkdir()
        generated_repository(root)
        bench_index(root)
        if options.repo is None:
            bench_completion(root, options.model)
        else:
            copy = Path(folder) / "copy"
            shutil.copytree(options.repo, copy, ignore=shutil.ignore_patterns(".rtlgen"))
            bench_completion(copy, options.model)


if __name__ == "__main__":
    main()
