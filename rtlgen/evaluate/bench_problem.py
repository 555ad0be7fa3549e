"""Check the test bench of one problem: what it says of the reference, of designs that do nothing, and of mutants.

A mutant with which the test passes is compared with the reference by a formal check: it is only called surviving when it
is proved to differ, and taken out when it is proved to behave the same. Both are asked for after the resets of the
reference were held for two cycles: registers begin as x in simulation, and no test bench sees what a reset excludes.

Try: ``rtlgen bench check rtllm --data DIR --problems 'counter*'``
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, RtlgenError
from rtlgen.core.process import Limits
from rtlgen.core.scratch import scratch
from rtlgen.datasets.mutants import Mutant, mutate
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate import trivial
from rtlgen.evaluate.bench_records import MutantResult, ProblemCheck, Trivial
from rtlgen.evaluate.costs import estimate
from rtlgen.evaluate.repairs import repairs_of
from rtlgen.evaluate.scored import Config as Scoring
from rtlgen.evaluate.scoring import reference_answer, score, score_text
from rtlgen.sim.reference.ports import interface
from rtlgen.sim.reference.roles import roles_in
from rtlgen.synth.equivalence import Equivalence, Reset, compare
from rtlgen.synth.netlist import Netlist, prepare

FORMAL_LIMITS = Limits(wall_s=25.0, cpu_s=40, memory_mb=3072, file_mb=256, processes=16, output_kb=2048)
PATIENCE = 3
"""Comparisons without an answer after which the others of a problem get a fifth of the time."""
TOO_SLOW = "Yosys did not end"
"""Beginning of the reason for which the other mutants of a problem are not compared either."""
BUDGET_S = 8.0
"""Simulation time that the mutants of one problem may take together, by the guess of `rtlgen.evaluate.costs`."""
ORDER_ONLY = frozenset({"assignment"})
"""Kinds that change when something happens within a step: a netlist has no such order, so a difference proves nothing."""
LEAST = 4
"""Mutants that are made however long the simulation takes."""
_NOTHING = {"syntax": "not compiling", "elaboration": "not compiling", "tool-error": "error"}
_KILLED = {"mismatch": "killed", "timeout": "timeout", "resource": "timeout"}


@dataclass(frozen=True)
class Effort:
    """How much is done for a problem."""

    mutants: int = 12
    seed: int = 0
    seconds: float = 5.0
    """For ABC in one comparison."""
    depth: int = 20
    """Cycles in which a difference is looked for before a proof is tried."""
    simulator: str = "icarus"
    sandboxed: bool = True


def check_problem(problem: Problem, effort: Effort) -> ProblemCheck:
    """Everything about one test bench. Raises ToolError when a program is missing."""
    start = time.monotonic()
    strict, scoring = (
        Scoring(variant=variant, simulator=effort.simulator, jobs=1, sandboxed=effort.sandboxed)
        for variant in ("strict", "repaired")
    )
    answer = reference_answer(problem, scoring)
    repaired = score(answer, scoring).verdict.kind
    mended = bool(repairs_of(problem, "repaired", (0,))) or answer.code != problem.reference
    published = score(reference_answer(problem, strict), strict).verdict.kind if mended else repaired
    check = ProblemCheck(problem.name, published, repaired)
    if repaired != "pass":
        check = replace(check, reason=f"the reference does not pass ({repaired})")
    else:
        check = _Bench(problem, answer.code, scoring, effort).checked(check)
    return replace(check, seconds=round(time.monotonic() - start, 3))


class _Bench:
    """One test bench and the reference that passes it."""

    def __init__(self, problem: Problem, reference: str, scoring: Scoring, effort: Effort) -> None:
        self.problem, self.reference, self.scoring, self.effort = problem, reference, scoring, effort
        self._gold: Netlist | str | None = None
        self._base = reference
        self._roles: tuple[Reset, ...] | None = None
        self._unanswered = 0
        self._hopeless = ""

    def checked(self, check: ProblemCheck) -> ProblemCheck:
        """`check` with the trivial designs and the mutants."""
        designs = self._trivial()
        wanted = max(LEAST, min(self.effort.mutants, int(BUDGET_S / estimate(self.problem))))
        made = mutate(self.reference, count=wanted, seed=self.effort.seed, accepts=self._passes)
        if made.base != self.reference:
            self._base, self._gold = made.base, None
        results = tuple(self._result(mutant) for mutant in made.mutants)
        sequential = bool(self._gold.registers) if isinstance(self._gold, Netlist) else None
        return replace(
            check, trivial=designs, way=made.way, reason=made.reason, mutants=results, sequential=sequential
        )

    def _passes(self, code: str) -> bool:
        return self._verdict(code) == "pass"

    def _verdict(self, code: str) -> str:
        """Kind of the verdict; a resource that ran out may be another process's doing, so that is asked twice."""
        kind = score_text(self.problem, code, self.scoring).verdict.kind
        if kind in ("resource", "tool-error"):
            kind = score_text(self.problem, code, self.scoring).verdict.kind
        return kind

    def _trivial(self) -> tuple[Trivial, ...]:
        results = []
        try:
            with scratch() as folder:
                module = interface([self._file(folder, "reference", self.reference)], self.problem.top)
            texts = {kind: trivial.design(module, kind) for kind in trivial.KINDS}
        except (RtlgenError, ValueError) as error:
            return tuple(
                Trivial(kind, "not made", detail=str(error).splitlines()[0]) for kind in trivial.KINDS
            )
        for kind, text in texts.items():
            verdict = self._verdict(text)
            right, detail = False, ""
            if verdict == "pass":
                same = self._compared(text)
                right, detail = same.status == "equal", same.detail
            results.append(Trivial(kind, verdict, right, detail))
        return tuple(results)

    def _result(self, mutant: Mutant) -> MutantResult:
        verdict = self._verdict(mutant.text)
        outcome, detail = _KILLED.get(verdict) or _NOTHING.get(verdict, ""), verdict
        if not outcome:
            same = self._compared(mutant.text)
            outcome = {"equal": "equivalent", "different": "surviving"}.get(same.status, "unknown")
            detail = f"{same.method}: {same.detail}" if same.detail else same.method
            if mutant.kind in ORDER_ONLY and outcome == "surviving":
                outcome, detail = (
                    "unknown",
                    f"differs in synthesis ({detail}), which need not be so in simulation",
                )
        return MutantResult(mutant.kind, mutant.line, mutant.description, outcome, detail)

    def _compared(self, code: str) -> Equivalence:
        """The formal answer; ``unknown`` also for what cannot be read, and where a tool fails over it."""
        gold = self._reference_netlist()
        if isinstance(gold, str) or self._hopeless:
            return Equivalence("unknown", "", gold if isinstance(gold, str) else self._hopeless)
        try:
            with scratch() as folder:
                gate = self._prepared(self._file(folder, "mutant", code), "gate")
            result = self._decided(gold, gate, self._resets() if gold.registers else ())
            if result.status == "unknown" and gold.registers and self._resets():
                always = self._decided(gold, gate, ())
                result = always if always.status == "equal" else result
        except RtlgenError as error:
            result = Equivalence("unknown", "", f"the mutant cannot be read: {error.what}")
        self._unanswered += result.status == "unknown"
        self._hopeless = result.detail if result.detail.startswith(TOO_SLOW) else ""
        return result

    def _decided(self, gold: Netlist, gate: Netlist, resets: tuple[Reset, ...]) -> Equivalence:
        result = compare(
            gold,
            gate,
            seconds=self.effort.seconds / (5 if self._unanswered >= PATIENCE else 1),
            depth=self.effort.depth,
            resets=resets,
            limits=FORMAL_LIMITS,
            sandboxed=self.effort.sandboxed,
        )
        return replace(result, method=f"{result.method}, after reset") if resets else result

    def _resets(self) -> tuple[Reset, ...]:
        """The reference's resets, held for two cycles: no simulation sees a state that they exclude."""
        if self._roles is None:
            try:
                with scratch() as folder:
                    file = self._file(folder, "reference", self.reference)
                    found = roles_in([file], self.problem.top).resets
                self._roles = tuple(Reset(one.name, 0 if one.active_low else 1, 2) for one in found)
            except RtlgenError:
                self._roles = ()
        return self._roles

    def _reference_netlist(self) -> Netlist | str:
        """The reference for the formal check, or why it cannot be read."""
        if self._gold is None:
            try:
                with scratch() as folder:
                    self._gold = self._prepared(self._file(folder, "reference", self._base), "gold")
            except RtlgenError as error:
                self._gold = f"the reference cannot be read: {error.what}"
        return self._gold

    def _prepared(self, file: Path, name: str) -> Netlist:
        return prepare(
            [file], self.problem.top, name=name, limits=FORMAL_LIMITS, sandboxed=self.effort.sandboxed
        )

    def _file(self, folder: Path, name: str, code: str) -> Path:
        if not code.strip():
            raise DesignError("the text is empty")
        path = folder / f"{name}{self.problem.test.suffix}"
        path.write_bytes(code.encode("utf-8", "surrogateescape"))
        return path
