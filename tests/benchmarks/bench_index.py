"""What the retrieval index costs on this machine: from nothing, after one change, and per question.

    python tests/benchmarks/bench_index.py                 on 100,000 lines made from examples/
    python tests/benchmarks/bench_index.py path/to/repo    on 100,000 lines made from a folder's Verilog files

Files are copied with their names of modules and signals varied, until there are enough lines. One thread; nothing is
asserted, a machine under load prints worse figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rtlgen.retrieval.lines import KEYWORDS

os.environ["OMP_NUM_THREADS"] = "1"
LINES = 100_000
PLACES = 40
ENDINGS = (".v", ".sv", ".vh", ".svh")
_NAME = re.compile(r"(?<![\w$`'.])[a-z_]\w{3,}")
_SEED = """module seed #(parameter WIDTH = 8) (
  input wire clk,
  input wire rst_n,
  input wire [WIDTH-1:0] value_in,
  output reg [WIDTH-1:0] value_out
);
  wire [WIDTH-1:0] value_next = value_out + value_in;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) value_out <= 0;
    else value_out <= value_next;
endmodule
"""


def seconds(call: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def row(what: str, value: float, unit: str, note: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:<52}{value * (1000 if unit == 'ms' else 1):>9.2f} {unit:<2}  {note}")


def sources_of(folder: Path) -> list[str]:
    """Texts of the Verilog files below `folder`, or one small module when there are none."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix in ENDINGS and p.is_file())
    texts = [p.read_text("utf-8", "replace") for p in paths if p.stat().st_size < 1_000_000]
    return [text for text in texts if text.strip()] or [_SEED]


def varied(text: str, tag: int, draw: random.Random) -> str:
    """`text` with a third of its longer names changed."""
    chosen: dict[str, str] = {}

    def rename(found: re.Match[str]) -> str:
        name = found[0]
        if name not in chosen:
            own = draw.random() < 0.33 and name not in KEYWORDS
            chosen[name] = f"{name}_{tag}" if own else name
        return chosen[name]

    return _NAME.sub(rename, text)


def made(root: Path, texts: list[str]) -> int:
    """Write varied copies of `texts` below `root` until there are `LINES` lines; returns the lines."""
    draw = random.Random(0)
    total = number = 0
    while total < LINES:
        text = varied(texts[number % len(texts)], number // len(texts), draw)
        path = root / f"rtl/block{number % 25}/f{number}.sv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        total += text.count("\n")
        number += 1
    return total


def places_in(texts: dict[str, str]) -> list[tuple[str, str]]:
    """(path, prefix) of random places in files of more than 30 lines."""
    draw = random.Random(1)
    paths = [path for path, text in texts.items() if text.count("\n") > 30] or list(texts)
    result = []
    for _ in range(PLACES):
        path = draw.choice(paths)
        lines = texts[path].splitlines(keepends=True)
        result.append((path, "".join(lines[: draw.randrange(1, len(lines) + 1)])))
    return result


def median(call: Callable[[str, str], object], places: list[tuple[str, str]]) -> tuple[float, float]:
    """Median and 90th percentile of the seconds of `call` over places."""
    values = sorted(seconds(lambda p=p, t=t: call(p, t)) for p, t in places)
    return statistics.median(values), values[int(0.9 * (len(values) - 1))]


def bench(root: Path) -> None:
    """Print the table for the files below `root`."""
    from rtlgen.core.project import load_project
    from rtlgen.core.settings import load_settings
    from rtlgen.retrieval.index import SOURCES, build_memory_index, open_index
    from rtlgen.retrieval.scope import scope_between

    settings = load_settings(root)
    project = load_project(root, settings=settings)
    stats = []
    row("index from nothing", seconds(lambda: stats.append(open_index(project, settings).stats)), "s")
    print(
        f"  {stats[0].files} files, {stats[0].lines} lines, {stats[0].chunks} chunks, {stats[0].modules} units"
    )
    changed = project.absolute(project.files[len(project.files) // 2].path)
    values, asked = [], []
    for i in range(5):
        changed.write_text(changed.read_text("utf-8") + f"// changed {i}\n", encoding="utf-8")
        values.append(seconds(lambda: open_index(project, settings)))
        index = open_index(project, settings)
        asked.append(
            seconds(lambda i=index: i.retrieve("new.v", "assign value_next = ", sources=["bm25", "dense"]))
        )
    row("one file changed", statistics.median(values), "s")
    row("first question after opening (BM25 and dense)", statistics.median(asked), "s")
    places = places_in(index.texts())
    for source in SOURCES:
        index.retrieve(*places[0], sources=[source])
        middle, high = median(lambda p, t, s=source: index.retrieve(p, t, sources=[s]), places)
        row(f"a question, {source}", middle, "ms", f"p90 {high * 1000:.1f} ms")
    middle, high = median(lambda p, t: index.retrieve(p, t), places)
    row("a question, all sources", middle, "ms", f"p90 {high * 1000:.1f} ms")
    middle, high = median(lambda p, t: scope_between(t, "", p), places)
    row("scope at a place", middle, "ms", f"p90 {high * 1000:.1f} ms")
    unit = dict(list(index.texts().items())[:24])
    texts = {f"unit/{path}": text + "\n" for path, text in unit.items()}
    lines = sum(text.count("\n") for text in texts.values())
    row(
        f"index in memory, {len(texts)} files, {lines} lines",
        seconds(lambda: build_memory_index(texts, settings)),
        "ms",
    )
    memory = build_memory_index(texts, settings)
    first = seconds(lambda: memory.retrieve("new.v", places[0][1]))
    row("its first question, all sources", first, "ms")


def main() -> None:
    """Make the input and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    examples = Path(__file__).resolve().parents[2] / "examples"
    parser.add_argument(
        "folder", type=Path, nargs="?", default=examples, help="where the Verilog is taken from"
    )
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "repo"
        made(root, sources_of(options.folder))
        bench(root)


if __name__ == "__main__":
    main()
