"""One run of `rtlgen synth`: load the design, score the baselines, search, and hand back only what was proven.

The order is fixed: `frontend.load` makes one combinational circuit of the design, `baselines` says what has to be
beaten, a strategy searches under a `Tracker`, and `verified` exports the best recipe, runs its plain script in a fresh
process and proves the netlist equal. Everything that was computed is kept in the store: the same command after a
kill -9 asks the same questions, is answered from disk, and ends with the same result.

It prints nothing; `rtlgen.report.synthesis` renders its `Result`. Try: ``rtlgen synth examples/soc --top soc``
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen.core.records import RunRecord
from rtlgen.core.scratch import scratch
from rtlgen.core.store import key_of
from rtlgen.core.tools import find
from rtlgen.synth import outputs, yosys
from rtlgen.synth.baselines import baselines, of_recipe
from rtlgen.synth.design import Design
from rtlgen.synth.explorer import Explorer
from rtlgen.synth.findings import Outcome, Result, Row
from rtlgen.synth.frontend import load
from rtlgen.synth.library import Library, check
from rtlgen.synth.memory import Memory
from rtlgen.synth.recalled import Recalled, recalled
from rtlgen.synth.recipe import parse
from rtlgen.synth.request import Config, Request, resolve, target_of
from rtlgen.synth.search.tracker import Scored
from rtlgen.synth.searching import Listener, best_fixed, record, search
from rtlgen.synth.verified import Candidate, settle

__all__ = ["Config", "Listener", "run"]

MEMORY_FOLDER = Path("/dev/shm")
FREE_BYTES, MANY_NODES = 4 << 30, 50_000
"""Free memory and AND nodes for which the networks of a search are kept there."""


@dataclass(frozen=True)
class _Task:
    """A request whose design and target have been read."""

    request: Request
    design: Design
    target: Library
    listener: Listener
    begun: float

    @property
    def key(self) -> str:
        """Content address of the question: the same circuit, target, tool and search have the same."""
        get = self.request.get
        names = (
            "strategy",
            "budget",
            "objective",
            "max_delay",
            "seed",
            "length",
            "actions",
            "timeout_s",
            "memory",
        )
        asked = (
            {name: get(name) for name in names} if self.request.config.search else str(self.request.recipe)
        )
        tool = find("yosys-abc").fingerprint
        return key_of([self.design.circuit.digest, self.target.fingerprint, tool, asked])

    @property
    def recalled_key(self) -> str:
        """Where the recipes are kept that the search begins with."""
        return f"synth recalled {self.key}"


def run(config: Config, listener: Listener | None = None, draw: outputs.Draw | None = None) -> Result:
    """Do what `config` asks for. With a search, or a recipe and an out folder, results are written to a folder.

    `draw` draws pictures of a result into its folder.

    Raises UsageError, DesignError, ToolError and LimitError for what cannot be done. The first Ctrl-C ends the search and
    hands back the best so far; a second one ends the process with 130.
    """
    begun = time.monotonic()
    tell = listener or _Silent()
    request = resolve(config)
    folder = None if config.out is None else outputs.claim(config.out)
    target = target_of(request)
    with scratch() as work:
        tell.phase("reading the design")
        check(target, work)
        design = load(request.source, target, work, recipe=request.recipe)
    for warning in design.warnings:
        tell.note(warning)
    task = _Task(request, design, target, tell, begun)
    with request.store.lock(f"synth {task.key}", timeout_s=2.0), scratch(_in_memory(design)) as states:
        with Explorer(
            design.circuit,
            target,
            states,
            jobs=request.jobs,
            seconds=request.get("timeout_s"),
            store=request.store,
        ) as explorer:
            result = _finished(task, explorer, folder, draw)
        request.store.discard(task.recalled_key)
    return result


def _in_memory(design: Design) -> Path | None:
    """Where the networks of a search are best kept: in memory, unless they are big or there is little of it."""
    try:
        free = shutil.disk_usage(MEMORY_FOLDER).free
    except OSError:
        return None
    return MEMORY_FOLDER if free > FREE_BYTES and design.circuit.nodes < MANY_NODES else None


def _finished(task: _Task, explorer: Explorer, folder: Path | None, draw: outputs.Draw | None) -> Result:
    """The result of a task, written to its folder when there is one."""
    request = task.request
    task.listener.phase("scoring the baselines")
    rows = baselines(explorer, sized=request.get("actions") == "all")
    result = _report(task, rows)
    if request.config.search:
        place = folder or outputs.run_folder(request.store, task.design.name, task.key)
        result = _searched(task, explorer, result, place)
    elif request.recipe is not None:
        row = of_recipe(explorer, request.recipe)
        result = replace(result, rows=(*rows, row))
        if folder is not None:
            task.listener.phase("proving and replaying")
            outcome = _settled(task, [_candidate(task, row)], folder, "", None)
            result = replace(result, outcome=outcome, folder=str(folder))
    result = replace(result, seconds=time.monotonic() - task.begun)
    return result if result.folder is None else outputs.write(result, draw)


def _searched(task: _Task, explorer: Explorer, result: Result, folder: Path) -> Result:
    """`result` with a search, and the best of its recipes that could be verified."""
    memory = Memory(task.request.store) if task.request.get("memory") else None
    tracker = search(task.request, explorer, task.listener, _recalled(task, memory))
    value = tracker.objective.value
    known = [row for row in result.rows if row.qor is not None]
    bar = min((_candidate(task, row) for row in known), key=lambda candidate: candidate.value)
    beaten = next(row.name for row in known if row.recipe == bar.recipe.script)
    better = [Candidate(s.recipe, s.qor, value(s.qor)) for s in tracker.scored if s.value < bar.value]
    better.sort(key=lambda candidate: candidate.value)  # stable: the earliest of equals first
    task.listener.phase("proving and replaying")
    outcome = _settled(task, better, folder, beaten, bar)
    if memory is not None and outcome.proof:
        scored = [(entry.recipe, entry.qor) for entry in tracker.scored]
        memory.add(task.design.circuit, task.target, tracker.objective, tracker.baseline, scored)
    fixed = best_fixed(tracker, {row.recipe for row in result.rows})
    rows = (*result.rows, *([fixed] if fixed is not None else []), *_found(outcome, better, bar))
    return replace(
        result,
        rows=rows,
        search=record(task.request, tracker, result.rows),
        outcome=outcome,
        folder=str(folder),
        interrupted=tracker.stopped,
    )


def _recalled(task: _Task, memory: Memory | None) -> list[Recalled]:
    """What is known of circuits like this one; nothing without a memory."""
    if memory is None:
        return []
    task.listener.phase("looking for circuits that are alike")
    store, name = task.request.store, task.request.objective.name
    return recalled(memory, task.design.circuit, task.target, name, store, task.recalled_key)


def _found(outcome: Outcome, better: Sequence[Candidate], bar: Candidate) -> list[Row]:
    """The row of what is handed back; none when nothing is."""
    for candidate in (*better, bar):
        if candidate.recipe.script == outcome.recipe and outcome.proof:
            return [
                Row(
                    "found" if outcome.win else f"{outcome.beaten} (kept)",
                    outcome.recipe,
                    candidate.qor,
                    "search",
                )
            ]
    return []


def _candidate(task: _Task, row: Row) -> Candidate:
    assert row.qor is not None
    return Candidate(parse(row.recipe), row.qor, task.request.objective.value(row.qor))


def _settled(
    task: _Task, candidates: Sequence[Candidate], folder: Path, beaten: str, fallback: Candidate | None
) -> Outcome:
    say = task.listener.note
    return settle(
        task.design,
        task.target,
        candidates,
        folder,
        say,
        beaten=beaten,
        fallback=fallback,
        remarks=_remarks(task.request),
    )


def _remarks(request: Request) -> tuple[str, ...]:
    """How the search that found a recipe was asked; nothing for a recipe that was given."""
    if not request.config.search:
        return ()
    get = request.get
    return (
        f"found by {get('strategy')} with seed {get('seed')} and a budget of {get('budget')}, "
        f"objective {get('objective')}, actions {get('actions')}",
    )


def _report(task: _Task, rows: tuple[Row, ...]) -> Result:
    """What is known before any search."""
    design, circuit = task.design, task.design.circuit
    return Result(
        design=design.name,
        kind=design.kind,
        target=task.target.name,
        inputs=circuit.inputs,
        outputs=circuit.outputs,
        nodes=circuit.nodes,
        levels=circuit.levels,
        registers=design.registers,
        register_area=design.register_area,
        modules=design.modules,
        rows=rows,
        warnings=design.warnings,
        record=_record(task),
    )


def _record(task: _Task) -> RunRecord:
    """Hashes of what was read, the tools, the seed and the limits."""
    request, design = task.request, task.design
    read = [*task.target.files]
    if design.build is not None:
        read += [*design.build.files, *design.build.library_files]
    if request.source.circuit is not None:
        read.append(request.source.circuit)
    own = request.store.folder  # the generic library is a part of rtlgen, wherever its file lies
    names = {path: path.name if path.is_relative_to(own) else str(path.resolve()) for path in read}
    inputs = {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in names.items()}
    inputs["circuit"] = design.circuit.digest
    abc = find("yosys-abc")
    tools = {"yosys-abc": f"{abc.version_text} {abc.fingerprint}"}
    if design.kind == "verilog":
        tools["yosys"] = yosys.fingerprint()
    limits: dict[str, float | int | None] = {
        "command_s": request.get("timeout_s"),
        "budget": request.get("budget") if request.config.search else None,
    }
    seed = request.get("seed") if request.config.search else None
    return RunRecord(inputs, tools, seed, limits, request.config.command)


class _Silent:
    """Hears nothing."""

    def phase(self, text: str) -> None: ...

    def scored(self, entry: Scored, best: Scored, budget: int, share: float) -> None: ...

    def note(self, text: str) -> None: ...
