"""VerilogEval's letters on thousands of real logs, held against the published script itself.

Damaged references of all problems (`damaged_samples`) are scored as `rtlgen eval verilog-eval` scores samples, sandboxed,
each with its log and its letter. With ``VERILOG_EVAL_REPO=path/to/verilog-eval`` the script of that repository reads the
same logs (the one module it imports and does not use, of langchain, is stood in for by an empty one), and letters, pass
rates and diversity are compared. Without it only the letters that a kind of damage makes certain are checked.

    python tests/benchmarks/study_letters.py --data ../shared/data/verilog-eval [--problems N]
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from damaged_samples import CERTAIN, ENDLESS, samples

from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.failures import Finding, classify, gini_simpson, pass_rate
from rtlgen.evaluate.scoring import Answer, Config, score

WALL_SECONDS = 20.0
ENDLESS_SECONDS = 1.0


@dataclass(frozen=True)
class Case:
    """One sample with its log and our letter. `number` is from 1 within its problem."""

    problem: str
    number: int
    kind: str
    code: str
    log: str
    found: Finding


def make_cases(problems: Sequence[Problem], jobs: int) -> list[Case]:
    """Every damaged sample of `problems`, run in a sandbox; endless ones only of each eighth problem."""
    work = [
        (problem, number, kind, code)
        for index, problem in enumerate(problems)
        for number, (kind, code) in enumerate(
            [
                *samples(problem.name, problem.reference),
                *((k, _endless(problem, k)) for k in ENDLESS if index % 8 == 0),
            ],
            start=1,
        )
    ]
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda item: run_case(*item), work))


def _endless(problem: Problem, kind: str) -> str:
    return ENDLESS[kind](problem.reference, random.Random(0)) or ""


def run_case(problem: Problem, number: int, kind: str, code: str) -> Case:
    """Score one sample as `rtlgen eval` does; its log is the one that the letter was made from."""
    config = Config(jobs=1, wall_s=ENDLESS_SECONDS if kind in ENDLESS else WALL_SECONDS)
    found = score(Answer(problem, code, number), config)
    return Case(
        problem.name, number, kind, code, found.log, replace(classify(found.log, code), letter=found.letter)
    )


@dataclass(frozen=True)
class Published:
    """What the published script said: letters by problem and sample number, and its two figures."""

    letters: dict[tuple[str, int], str]
    pass_rate: float
    gini_simpson: float


def published(repository: Path, cases: Sequence[Case], folder: Path) -> Published:
    """Lay the logs out as the published flow does and let its script read them, in `folder`."""
    stub = folder / "stub" / "langchain"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("")
    (stub / "schema.py").write_text("SystemMessage = HumanMessage = None\n")
    results = folder / "results"
    for case in cases:
        stem = results / case.problem / f"{case.problem}_sample{case.number:02}"
        stem.parent.mkdir(parents=True, exist_ok=True)
        for ending, text in [(".sv", case.code), ("-sv-iv-test.log", case.log), ("-sv-generate.log", "")]:
            stem.with_name(stem.name + ending).write_text(
                text, encoding="utf-8", errors="replace", newline=""
            )
    done = subprocess.run(
        [sys.executable, str(repository / "scripts" / "sv-iv-analyze"), "--csv=summary.csv"],
        cwd=results,
        env={**os.environ, "PYTHONPATH": str(stub.parent), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    with (results / "summary.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    figures = dict(re.findall(r"^(pass_rate|avg_gini_simpson_idx)\s*=\s*(\S+)$", done.stdout, re.MULTILINE))
    return Published(
        {(row[0], number): symbol for row in rows for number, symbol in enumerate(row[4:], start=1)},
        float(figures["pass_rate"]),
        float(figures["avg_gini_simpson_idx"]),
    )


def our_figures(cases: Sequence[Case]) -> tuple[float, float]:
    """Macro mean of floored pass rates, and of the Gini-Simpson index, over problems."""
    by_problem: dict[str, list[Finding]] = {}
    for case in cases:
        by_problem.setdefault(case.problem, []).append(case.found)
    rates = [pass_rate(sum(f.letter == "." for f in found), len(found)) for found in by_problem.values()]
    indices = [gini_simpson([f.outcome for f in found]) for found in by_problem.values()]
    return sum(rates) / len(rates), sum(indices) / len(indices)


def uncertain(cases: Sequence[Case]) -> list[Case]:
    """Cases whose kind makes their letter certain, and that have another; not of references that do not pass."""
    passing = {case.problem for case in cases if case.kind == "reference" and case.found.letter == "."}
    certain = [case for case in cases if case.problem in passing and case.kind in CERTAIN]
    return [case for case in certain if case.found.letter not in CERTAIN[case.kind]]


def by_kind(cases: Sequence[Case]) -> str:
    """Kind of damage against letter."""
    symbols = sorted({case.found.letter for case in cases}, key=".S0enwmpcCTrR".find)
    counts = Counter((case.kind, case.found.letter) for case in cases)
    lines = [f"{'kind of sample':<28}" + "".join(f"{symbol:>6}" for symbol in symbols)]
    for kind in dict.fromkeys(case.kind for case in cases):
        cells = "".join(f"{counts[kind, symbol] or '':>6}" for symbol in symbols)
        lines.append(f"{kind:<28}{cells}")
    totals = Counter(case.found.letter for case in cases)
    lines.append(f"{'all':<28}" + "".join(f"{totals[symbol]:>6}" for symbol in symbols))
    return "\n".join(lines)


def confusion(pairs: Counter[tuple[str, str]]) -> str:
    """Published letter (rows) against ours (columns)."""
    symbols = sorted({symbol for pair in pairs for symbol in pair}, key=".S0enwmpcCTrR?".find)
    lines = ["published \\ ours" + "".join(f"{symbol:>6}" for symbol in symbols)]
    lines += [
        f"{row:>16}" + "".join(f"{pairs[row, column] or '':>6}" for column in symbols) for row in symbols
    ]
    return "\n".join(lines)


def main() -> int:
    """Print the tables; exit code 1 when a letter differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--task", default="spec-to-rtl")
    parser.add_argument("--problems", type=int, help="only the first N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    cases = make_cases(verilog_eval.load(options.data, options.task)[: options.problems], options.jobs)
    print(
        by_kind(cases),
        f"\n{len(cases)} logs, {len({case.log for case in cases})} of them different\n",
        sep="\n",
    )
    wrong = uncertain(cases)
    for case in wrong[:20]:
        print(f"{case.problem} {case.kind}: {case.found.letter}, but {CERTAIN[case.kind]} is certain")
    repository = os.environ.get("VERILOG_EVAL_REPO")
    if not repository:
        print("VERILOG_EVAL_REPO is not set: not compared with the published script")
        return int(bool(wrong))
    with tempfile.TemporaryDirectory(prefix="published-") as folder:
        theirs = published(Path(repository).resolve(), cases, Path(folder))
    pairs = Counter((theirs.letters[case.problem, case.number], case.found.letter) for case in cases)
    same = sum(count for (a, b), count in pairs.items() if a == b)
    rate, index = our_figures(cases)
    print(confusion(pairs))
    print(f"agreement: {same} of {len(cases)}")
    print(f"pass_rate {rate:.2f}, published {theirs.pass_rate:.2f}")
    print(f"avg_gini_simpson_idx {index:.2f}, published {theirs.gini_simpson:.2f}")
    return int(same != len(cases) or bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
