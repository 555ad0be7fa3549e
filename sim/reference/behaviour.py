"""What a design does on a shared stimulus, as a digest: equal digests, same behaviour, so that candidates can vote.

Every candidate runs alone with the same rows; all outputs of the required interface over all rows are hashed, x and z
included, rows before the first reset apart. Candidates that do not run have their class instead and vote for nothing.

What it does not do: prove equality (other inputs may tell two designs apart), or treat an x as a wildcard.

Source: agreement by behaviour as in self-consistency (arXiv 2203.11171), on simulated outputs instead of answers.
Try: ``rtlgen generate SPEC.md -n 8``
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core.errors import DesignError
from rtlgen.core.records import Module
from rtlgen.sim.reference.constants import constants_in
from rtlgen.sim.reference.design import Sources, elaborate
from rtlgen.sim.reference.ports import module_of
from rtlgen.sim.reference.recording import DEFAULT, RAN, Settings, record
from rtlgen.sim.reference.roles import roles
from rtlgen.sim.reference.stimulus import DEFAULT_CYCLES, Stimulus, make
from rtlgen.sim.reference.uses import uses


@dataclass(frozen=True)
class Behaviour:
    """`kind` is ``ran`` or a class of verdict; only what ran has a digest. `trace` has one text for every row."""

    kind: str
    digest: str = ""
    trace: tuple[str, ...] = ()
    reason: str = ""
    unknown: float = 0.0
    """Share of the compared output bits that were x or z."""


@dataclass(frozen=True)
class Cluster:
    """Candidates of one behaviour: their places in the list that was given, and their mean log-probability."""

    digest: str
    members: tuple[int, ...]
    logprob: float


def stimulus_for(
    files: Sequence[Path],
    top: str | None,
    *,
    interface: Module | None = None,
    seed: int = 0,
    cycles: int = DEFAULT_CYCLES,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
) -> Stimulus:
    """The stimulus that `files` call for: ports of `interface` (default: their own), roles by their source.

    With an interface and no files the roles come from the names of the ports. Raises DesignError and UsageError as
    `ports.interface` and `stimulus.make` do.
    """
    if not files:
        if interface is None:
            raise DesignError("neither an interface nor a design is given")
        return make(interface, roles(interface), seed=seed, cycles=cycles)
    sources = Sources(tuple(files), tuple(include_dirs), tuple(defines), tuple(parameters))
    design = elaborate(sources, top)
    module = interface or module_of(design)
    return make(
        module,
        roles(module, uses(design)),
        seed=seed,
        cycles=cycles,
        constants=constants_in(path.read_text("utf-8", "replace") for path in sources.files),
    )


def signature(
    files: Sequence[Path],
    top: str,
    stimulus: Stimulus,
    *,
    include_dirs: Sequence[Path] = (),
    defines: Sequence[tuple[str, str | None]] = (),
    parameters: Sequence[tuple[str, str]] = (),
    settings: Settings = DEFAULT,
) -> Behaviour:
    """What the design of `files` does on `stimulus`, in a sandbox.

    Ports that the stimulus does not know are left open; ports that it drives or samples must be there (``elaboration``
    otherwise). Raises ToolError when the simulator is missing, UsageError for a file that cannot be read.
    """
    sources = Sources(tuple(files), tuple(include_dirs), tuple(defines), tuple(parameters))
    misfit = _misfit(sources, top, stimulus)
    recording = record(sources, top, stimulus, settings)
    if recording.kind != RAN or misfit:
        kind = "elaboration" if misfit and recording.kind == RAN else recording.kind
        return Behaviour(kind, trace=recording.trace, reason=misfit or recording.reason)
    counted = recording.trace[stimulus.counted_from :]
    text = "\n".join(counted)
    digest = hashlib.sha256(f"{stimulus.digest}\n{text}".encode()).hexdigest()
    bits = len(text) - text.count("\n")
    unknown = (text.count("x") + text.count("z")) / bits if bits else 0.0
    return Behaviour(RAN, digest, recording.trace, unknown=unknown)


def _misfit(sources: Sources, top: str, stimulus: Stimulus) -> str:
    """A port of another width or direction than the stimulus has it: simulators would cut or extend it in silence."""
    try:
        module = module_of(elaborate(sources, top))
    except DesignError:
        return ""
    have = {port.name: port for port in module.ports}
    for direction, ports in (("input", stimulus.columns), ("output", stimulus.outputs)):
        for name, width in ports:
            port = have.get(name)
            if port is None:
                return f"{direction} '{name}' is missing"
            if port.direction != direction or (port.width is not None and port.width != width):
                return f"'{name}' is {port.direction} of {port.width} bits, expected {direction} of {width}"
    return ""


def agreement(behaviours: Sequence[Behaviour], logprobs: Sequence[float | None] = ()) -> tuple[Cluster, ...]:
    """Clusters of equal behaviour, the biggest first, equals by their mean log-probability, then by their first member.

    Candidates without a digest are in no cluster. `logprobs` are mean log-probabilities per token (nats) in the order of
    the candidates; unknown ones count as lowest.
    """
    members: dict[str, list[int]] = {}
    for place, behaviour in enumerate(behaviours):
        if behaviour.digest:
            members.setdefault(behaviour.digest, []).append(place)
    clusters = [Cluster(d, tuple(places), _mean(places, logprobs)) for d, places in members.items()]
    return tuple(sorted(clusters, key=lambda c: (-len(c.members), -c.logprob, c.members[0])))


def _mean(places: Sequence[int], logprobs: Sequence[float | None]) -> float:
    known = [value for place in places if place < len(logprobs) and (value := logprobs[place]) is not None]
    return sum(known) / len(known) if known else -math.inf
