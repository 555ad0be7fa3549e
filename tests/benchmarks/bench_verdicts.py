"""What a verdict costs: VerilogEval's references scored by rtlgen against the bare tools and the published make flow.

All in one run, in turns, so that the machine's mood hits each alike; medians of the rounds.

* bare: ``iverilog`` and ``vvp`` of each problem, one after the other, summed and divided by the cores; the same with the
  wave file that the test benches write (``vvp`` without ``-none``), which is what the published flow runs; and the
  longest first on all cores at once;
* rtlgen: all references scored sandboxed, letters and verdicts included, as many at a time as there are cores; knowing
  the problems' costs from before, and guessing them;
* make flow: a Makefile as the published one works (for each sample a progress line by a Python process, compiler,
  ``timeout 30``, a log; a Python script over all logs at the end), with as many jobs. With ``VERILOG_EVAL_REPO=path``
  that repository's own configure, Makefile and scripts run instead, in a scratch folder.

A machine under load slows what needs every core more than the bare tools, which need one at a time: "side by side" shows
by how much, and the seconds of processor time of this process and all below it do not depend on it so much. The letters
of all are compared too: neither sandbox nor parallel runs nor waves may change a verdict.

    python tests/benchmarks/bench_verdicts.py [--data ../shared/data/verilog-eval] [--rounds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.costs import key, longest_first
from rtlgen.evaluate.failures import letter
from rtlgen.evaluate.scoring import Config, reference_answer, score_many

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bench_budgets import machine, seconds

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "verilog-eval"
OPTIONS = ["-Wall", "-Winfloop", "-Wno-timescale", "-g2012", "-s", "tb"]
BUDGET = 1.15
BARE, RTLGEN, FLOW = "bare tools", "rtlgen, costs known", "make flow"
Letters = dict[str, str]

_PROGRESS = "import datetime, sys; print(datetime.datetime.now().strftime('%H:%M'), *sys.argv[1:])"
_ANALYZE = """import csv, sys
from pathlib import Path
from rtlgen.evaluate.failures import letter
with open("summary.csv", "w", newline="") as file:
    for name in sys.argv[1:]:
        stem = Path(name) / f"{name}_sample01"
        log = stem.with_name(stem.name + "-sv-iv-test.log").read_text(errors="replace")
        symbol = letter(log, stem.with_suffix(".sv").read_text(errors="surrogateescape"))
        csv.writer(file).writerow([name, int(symbol == "."), 1, float(symbol == "."), symbol])
"""
_MAKEFILE = """SHELL := /bin/bash
problems := {names}
logs := $(foreach p,$(problems),$(p)/$(p)_sample01-sv-iv-test.log)
analyze : $(logs)
\t@{python} analyze.py $(problems)
define template
$(1)/$(1)_sample01-sv-iv-test.log : $(1)/$(1)_sample01.sv {data}/$(1)_test.sv {data}/$(1)_ref.sv
\t@{python} progress.py Testing $(1)
\t-@{iverilog} {options} -o $(1)/$(1)_sample01 $$^ &> $$@
\t-@timeout 30 ./$(1)/$(1)_sample01 &>> $$@; if [[ $$$$? == 124 ]]; then echo TIMEOUT &>> $$@; fi
endef
$(foreach p,$(problems),$(eval $(call template,$(p))))
"""


def run_bare(problem: Problem, waves: bool = False) -> tuple[float, str]:
    """Seconds of compiler and runtime of one reference, and the letter of their log."""
    spent, log = 0.0, ""
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        design, image = Path(folder) / f"{problem.name}_sample01.sv", Path(folder) / "image"
        design.write_text(problem.reference, encoding="utf-8")
        sources = [str(design), str(problem.test), *map(str, problem.support)]
        for command in (
            ["iverilog", *OPTIONS, "-o", str(image), *sources],
            ["vvp", "-n", str(image), *([] if waves else ["-none"])],
        ):
            started = time.perf_counter()
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
            spent += time.perf_counter() - started
            log += (done.stdout + done.stderr).decode("utf-8", "replace")
            if not image.exists():
                break
    return spent, letter(log, problem.reference)


def bare(problems: Sequence[Problem], jobs: int, *, waves: bool = False) -> tuple[float, Letters]:
    """Seconds of compiler and runtime of all problems, run one by one, over `jobs`; the letters of their logs."""
    found = {problem.name: run_bare(problem, waves) for problem in problems}
    spent = sum(seconds for seconds, _ in found.values()) / jobs
    return spent, {name: symbol for name, (_, symbol) in found.items()}


def bare_in_parallel(
    problems: Sequence[Problem], jobs: int, costs: dict[str, float]
) -> tuple[float, Letters]:
    """Wall seconds of the same with `jobs` at a time, the longest first."""
    order = [problems[index] for index in longest_first(problems, costs)]
    started = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        found = list(pool.map(run_bare, order))
    spent = time.perf_counter() - started
    return spent, {problem.name: symbol for problem, (_, symbol) in zip(order, found, strict=True)}


def scored(problems: Sequence[Problem], jobs: int, costs: dict[str, float]) -> tuple[float, Letters]:
    """Wall seconds of scoring the references, and their letters; empty `costs` are filled with what was measured."""
    started = time.perf_counter()
    config = Config(jobs=jobs)
    found = score_many([reference_answer(problem, config) for problem in problems], config, costs=costs)
    spent = time.perf_counter() - started
    if not costs:
        costs.update({key(p): score.verdict.seconds for p, score in zip(problems, found, strict=True)})
    return spent, {score.problem: score.letter for score in found}


def place(problems: Sequence[Problem], folder: Path) -> None:
    """Lay out each reference as the first sample of its problem, with an empty log of its generation."""
    for problem in problems:
        stem = folder / problem.name / f"{problem.name}_sample01"
        stem.parent.mkdir()
        stem.with_suffix(".sv").write_text(problem.reference, encoding="utf-8")
        stem.with_name(stem.name + "-sv-generate.log").write_text("")


def own_flow(problems: Sequence[Problem], folder: Path) -> Callable[[int], None]:
    """Prepare a make flow as the published one works; the result runs it with that many jobs."""
    (folder / "progress.py").write_text(_PROGRESS)
    (folder / "analyze.py").write_text(_ANALYZE)
    makefile = _MAKEFILE.format(
        names=" ".join(problem.name for problem in problems),
        data=problems[0].folder,
        python=sys.executable,
        iverilog=shutil.which("iverilog"),
        options=" ".join(OPTIONS),
    )
    (folder / "Makefile").write_text(makefile)
    return lambda jobs: _quiet(["make", "-s", f"-j{jobs}", "analyze"], folder)


def published_flow(repository: Path, task: str, folder: Path) -> Callable[[int], None]:
    """Configure the published flow in `folder`; the result runs its tests and its analysis, without a model."""
    stub = folder / "stub" / "langchain"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("")
    (stub / "schema.py").write_text("SystemMessage = HumanMessage = None\n")
    environment = {
        **os.environ,
        "PYTHONPATH": str(stub.parent),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    called = verilog_eval.TASKS[task].removeprefix("dataset_")
    _quiet([str(repository / "configure"), f"--with-task={called}", "--with-samples=1"], folder, environment)
    return lambda jobs: _quiet(["make", "SHELL=/bin/bash", f"-j{jobs}", "sv-iv-analyze"], folder, environment)


def _quiet(command: Sequence[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)


def adopt_orphans() -> None:
    """Become the parent of what a sandbox leaves (Linux): bubblewrap does not wait for the processes inside it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def processor_seconds() -> float:
    """Processor time of this process and of all below it that have ended."""
    time.sleep(0.1)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return sum(os.times()[:4])


def flow(problems: Sequence[Problem], jobs: int, repository: Path | None) -> tuple[float, Letters]:
    """Wall seconds of the make flow, and its letters."""
    with tempfile.TemporaryDirectory(prefix="flow-") as name:
        folder = Path(name)
        if repository is None:
            run = own_flow(problems, folder)
        else:
            run = published_flow(repository, problems[0].task, folder)
        place(problems, folder)
        spent = seconds(lambda: run(jobs))
        with (folder / "summary.csv").open(newline="") as file:
            letters = {row[0]: row[4] for row in csv.reader(file)}
    return spent, letters


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--task", default="spec-to-rtl")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"verdicts: no benchmark data at {options.data} (--data)")
        return
    repository = os.environ.get("VERILOG_EVAL_REPO")
    problems = verilog_eval.load(options.data, options.task)
    print(f"{machine()}, {options.jobs} jobs, {options.task}, {len(problems)} references")
    adopt_orphans()
    costs: dict[str, float] = {}
    scored(problems, options.jobs, costs)
    ways: dict[str, Callable[[], tuple[float, Letters]]] = {
        BARE: lambda: bare(problems, options.jobs),
        "bare tools, side by side": lambda: bare_in_parallel(problems, options.jobs, costs),
        "bare tools, waves written": lambda: bare(problems, options.jobs, waves=True),
        "rtlgen, costs guessed": lambda: scored(problems, options.jobs, {}),
        RTLGEN: lambda: scored(problems, options.jobs, costs),
        FLOW: lambda: flow(problems, options.jobs, Path(repository).resolve() if repository else None),
    }
    times: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}
    letters: dict[str, Letters] = {}
    for _ in range(options.rounds):
        for what, measure in ways.items():
            before = processor_seconds()
            spent, letters[what] = measure()
            times.setdefault(what, []).append(spent)
            processor.setdefault(what, []).append(processor_seconds() - before)
    show(times, processor, letters, "the published one" if repository else "as the published one works")


def show(
    times: dict[str, list[float]], processor: dict[str, list[float]], letters: dict[str, Letters], which: str
) -> None:
    """Medians, the range of the rounds, ratios to the bare tools, and whether the letters agree."""
    medians = {what: statistics.median(values) for what, values in times.items()}
    floor = medians[BARE]
    spent = {what: statistics.median(values) for what, values in processor.items()}
    print(f"{'':<26}{'wall':>8}{'of rounds':>18}{'ratio':>8}{'CPU':>8}{'ratio':>8}{'pass':>6}")
    for what, value in medians.items():
        ratio = value / floor
        passed = sum(symbol == "." for symbol in letters[what].values())
        verdict = ""
        if what == RTLGEN:
            verdict = f"budget {BUDGET}x  {'ok' if ratio <= BUDGET else 'OVER'}"
        spread = f"{min(times[what]):.2f} to {max(times[what]):.2f}"
        cpu = f"{spent[what]:>6.1f} s{spent[what] / spent[BARE]:>7.2f}x"
        print(f"{what:<26}{value:>6.2f} s{spread:>18}{ratio:>7.2f}x{cpu}{passed:>6}  {verdict}")
    half = medians[RTLGEN] / medians[FLOW]
    print(
        f"rtlgen takes {half:.2f} of the make flow ({which}); budget 0.50  {'ok' if half <= 0.5 else 'OVER'}"
    )
    for what, found in letters.items():
        different = [name for name in found if found[name] != letters[BARE].get(name)]
        if different or len(found) != len(letters[BARE]):
            print(
                f"letters of '{what}' differ from the bare tools': {', '.join(different) or 'problems are missing'}"
            )


if __name__ == "__main__":
    main()
