"""Which recipe is handed back: the best one whose plain script gives its figures again and whose netlist is proven equal.

Candidates are taken in the order of their value. Each is exported, its plain script is run by fresh processes without
any cache, and the netlist is proven equal to the design; the first that passes both is the answer. One that fails is
told with the reason, whatever its figures. Nothing is called a win without both.

Try: ``rtlgen synth examples/soc --top soc --recipe-search --budget 20``
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import DesignError, LimitError, ToolError
from rtlgen.core.sandbox import available
from rtlgen.synth.design import Design
from rtlgen.synth.export import export
from rtlgen.synth.findings import Outcome, Rejected
from rtlgen.synth.library import Library
from rtlgen.synth.proof import Proof, prove
from rtlgen.synth.qor import QoR
from rtlgen.synth.recipe import Recipe
from rtlgen.synth.replay import replayed

TRIES = 5
"""Candidates that are tried before the search is said to have found nothing that can be trusted."""


@dataclass(frozen=True)
class Candidate:
    """A recipe with the figures that it must show again, and their value (smaller is better)."""

    recipe: Recipe
    qor: QoR
    value: float


def settle(
    design: Design,
    target: Library,
    candidates: Sequence[Candidate],
    folder: Path,
    say: Callable[[str], None],
    *,
    beaten: str,
    fallback: Candidate | None = None,
    remarks: Sequence[str] = (),
) -> Outcome:
    """The outcome for `candidates`, the best first; what is handed back is written into `folder`, with `remarks` in the
    heads of its scripts.

    `beaten` names what they are better than. When none of them passes, `fallback` (that baseline) is handed back.
    """
    begun = time.monotonic()
    rejected: list[Rejected] = []
    for candidate in candidates[:TRIES]:
        proof, why = _tried(design, target, candidate, folder, remarks)
        if proof is not None and not why:
            return _outcome(candidate, proof, beaten, "", tuple(rejected), begun, win=bool(beaten))
        rejected.append(Rejected(candidate.recipe.script, why))
        say(f"not handed back: {candidate.recipe.script}: {why}")
    reason = _reason(candidates, rejected, beaten)
    if fallback is not None:
        proof, why = _tried(design, target, fallback, folder, remarks)
        if proof is not None and not why:
            return _outcome(fallback, proof, beaten, reason, tuple(rejected), begun, win=False)
        rejected.append(Rejected(fallback.recipe.script or beaten, why))
    return Outcome(
        win=False, beaten=beaten, reason=reason, rejected=tuple(rejected), seconds=time.monotonic() - begun
    )


def _reason(candidates: Sequence[Candidate], rejected: Sequence[Rejected], beaten: str) -> str:
    if not beaten:
        return rejected[-1].why if rejected else ""
    if not candidates:
        return f"no recipe that was scored beats {beaten}"
    return f"of {len(candidates)} recipes that beat {beaten}, the best {len(rejected)} could not be verified"


def _tried(
    design: Design, target: Library, candidate: Candidate, folder: Path, remarks: Sequence[str]
) -> tuple[Proof | None, str]:
    """The proof of `candidate`, and why it is not handed back (empty when it passed both).

    What was exported for one that is not handed back is removed.
    """
    names: tuple[str, ...] = ()
    proof, why = None, ""
    try:
        exported = export(design, candidate.recipe, target, folder, remarks=remarks, sandboxed=available())
        names = exported.files
        again = replayed(exported, sandboxed=available())
        if again.qor != candidate.qor:
            why = f"its plain script gives other figures: {_shown(again.qor)}, not {_shown(candidate.qor)}"
        elif not again.same_netlist:
            why = "its plain script gives another netlist the second time"
        else:
            proof = prove(design, exported, sandboxed=available())
            why = (
                "" if proof.status == "equal" else f"not proven equal: {proof.status} {proof.detail}".strip()
            )
    except (DesignError, LimitError, ToolError) as error:
        why = error.what
    for name in names if why else ():
        (folder / name).unlink(missing_ok=True)
    return proof, why


def _shown(qor: QoR) -> str:
    return f"area {qor.area:g}, delay {qor.delay:g}"


def _outcome(
    candidate: Candidate,
    proof: Proof,
    beaten: str,
    reason: str,
    rejected: tuple[Rejected, ...],
    begun: float,
    *,
    win: bool,
) -> Outcome:
    return Outcome(
        win=win,
        beaten=beaten,
        reason=reason,
        recipe=candidate.recipe.script,
        proof=proof.status,
        method=proof.method,
        detail=proof.detail,
        replayed=True,
        seconds=time.monotonic() - begun,
        rejected=rejected,
    )
