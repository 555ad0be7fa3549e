"""How often the static check is wrong about true lines, and what it catches of wrong ones.

For lines drawn from the files of each repository: the line is taken out and put back as the candidate (`true`; judged
`broken` it is a false alarm), a line of another file is put there (`random`), or the line with one name misspelt
(`misspelt`). Each is done with the rest of the file in place (`place`) and with the file ending there (`end`).
A misspelt declaration is not wrong by itself, so `misspelt` cannot reach 100 %; nor can `random`, some of which fits.
Times are milliseconds per check: `cold` the first at a place, `warm` the others there.

    python tests/benchmarks/bench_check.py REPO... [-n 300] [--seed 0] [--show true|random|misspelt]
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from pathlib import Path

from rtlgen.core.project import Project, load_project
from rtlgen.core.source import read_source
from rtlgen.sim.check import Checker

_NAME = re.compile(r"(?<![\w$'])[A-Za-z_]\w{2,}")
_KEYWORDS = frozenset(
    """module input output inout wire reg logic assign always always_ff always_comb begin end case endcase endmodule
    else for generate endgenerate parameter localparam posedge negedge function endfunction task integer genvar
    typedef struct packed initial signed unsigned int import package include define ifdef ifndef endif default
    interface enum""".split()  # noqa: SIM905
)


def misspell(line: str, draw: random.Random) -> str | None:
    """`line` with one letter inside one of its names replaced; None when it has no name."""
    code = re.sub(r'//.*|"[^"\n]*"', lambda m: " " * len(m.group()), line)
    names = [m for m in _NAME.finditer(code) if m.group() not in _KEYWORDS]
    if not names:
        return None
    name = draw.choice(names)
    place = name.start() + draw.randrange(1, len(name.group()) - 1)
    letter = draw.choice([c for c in "qxzjk" if c != line[place]])
    return line[:place] + letter + line[place + 1 :]


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith(("//", "/*", "*"))


def measure(project: Project, mode: str, lines: int, seed: int, show: str) -> str:
    """One row of the table."""
    texts = {f.path: read_source(project.absolute(f.path)).text for f in project.files}
    paths = sorted(texts)
    pool = [
        (p, line) for p in paths for line in texts[p].splitlines() if _is_code(line) and len(line.strip()) > 3
    ]
    draw, checker = random.Random(seed), Checker(project)
    counts = {kind: Counter[str]() for kind in ("true", "random", "misspelt")}
    cold, warm = [], []
    while counts["true"].total() < lines:
        path = draw.choice(paths)
        text = texts[path].splitlines(keepends=True)
        places = [i for i, line in enumerate(text) if _is_code(line)]
        if len(places) < 3:
            continue
        i = draw.choice(places)
        before, after = "".join(text[:i]), "".join(text[i + 1 :]) if mode == "place" else ""
        other = next(
            o for p, o in iter(lambda: draw.choice(pool), None) if p != path and o.strip() != text[i].strip()
        )
        tries = {"true": text[i], "random": other + "\n", "misspelt": misspell(text[i], draw)}
        for kind, candidate in tries.items():
            if candidate is None:
                continue
            start = time.perf_counter()
            report = checker.check(path, before + candidate + after, (len(before), len(candidate)))
            (cold if kind == "true" else warm).append(1000 * (time.perf_counter() - start))
            counts[kind][report.status] += 1
            wrong = kind == show and (report.status == "broken") == (kind == "true")
            if wrong or (show == kind == "true" and report.status == "unchecked"):
                print(
                    f"  {mode} {path}:{i + 1} {report.status}: {candidate.strip()[:90]} | {report.reason[:110]}"
                )
    return _row(project.root.name, mode, counts, cold, warm)


def _row(name: str, mode: str, counts: dict[str, Counter[str]], cold: list[float], warm: list[float]) -> str:
    def share(kind: str, status: str) -> str:
        return f"{100 * counts[kind][status] / max(counts[kind].total(), 1):6.1f}"

    def times(values: list[float]) -> str:
        ordered = sorted(values)
        return f"{ordered[len(ordered) // 2]:6.1f}{ordered[len(ordered) * 9 // 10]:7.1f}"

    shares = [share("true", s) for s in ("broken", "warned", "unchecked")]
    shares += [share(k, s) for k in ("random", "misspelt") for s in ("broken", "warned")]
    return (
        f"{name[:26]:<27}{mode:<6}" + "".join(f"{s:>9}" for s in shares) + f"   {times(cold)}   {times(warm)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("-n", "--lines", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", choices=["true", "random", "misspelt"], default="")
    options = parser.parse_args()
    print(f"{'':<33}{'true, %':>27}{'random, %':>18}{'misspelt, %':>18}{'cold, ms':>16}{'warm, ms':>16}")
    print(
        f"{'repository':<27}{'mode':<6}" + "".join(f"{h:>9}" for h in ("broken", "warned", "uncheck.")),
        end="",
    )
    print("".join(f"{h:>9}" for h in ("broken", "warned") * 2) + "   " + "   ".join(["   p50    p90"] * 2))
    for repository in options.repositories:
        project = load_project(repository)
        for mode in ("place", "end"):
            print(measure(project, mode, options.lines, options.seed, options.show), flush=True)


if __name__ == "__main__":
    main()
