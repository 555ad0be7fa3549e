"""Under what conditions scores were made, and the refusal to put different ones into one figure.

Benchmark, task, the state of the benchmark, variant, simulators and their versions, time limit, sandbox, and what the
samples were made from (model, prompt, temperature, ...) must be the same for all scores of one figure. RTLLM may choose
the simulator per design; then each design must have been given the one that it is known to need.

Two builds of one version of a simulator may meet: their fingerprints all stand in the report. Try:

    rtlgen eval verilog-eval --data DIR --references
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rtlgen.core.errors import UsageError
from rtlgen.evaluate.repairs import NEEDS_VERILATOR
from rtlgen.evaluate.scored import REFERENCE, Scored

PER_DESIGN = "per-design"


@dataclass(frozen=True)
class Conditions:
    """What all scores of a report have in common."""

    benchmark: str
    task: str
    commit: str
    """State of the benchmark."""
    variant: str
    simulator: str
    """``icarus``, ``verilator``, or ``per-design`` when both were used as the designs need them."""
    versions: tuple[str, ...]
    """``iverilog 11.0``, ..., of the programs used."""
    tools: tuple[str, ...]
    """The same with their fingerprints."""
    wall_s: tuple[str, ...] = ()
    """Time limit in seconds, by simulator where there are two: ``30``."""
    sandboxed: bool = True
    references: bool = False
    """The answers are the benchmark's own."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """What the samples were made from: ``model``, ``prompt``, ``temperature``, ...; empty for references."""


def conditions_of(scored: Sequence[Scored], made_from: Iterable[Mapping[str, object]] = ()) -> Conditions:
    """The common conditions of `scored`, and of the sample files' `made_from`, one mapping a file.

    Raises UsageError naming what differs and how many scores have which; also when there are no scores.
    """
    if not scored:
        raise UsageError("there are no scores to report", hint="score some samples first: --samples FILE")
    _one("benchmark", scored, lambda score: score.benchmark)
    _one("task", scored, lambda score: score.task)
    _one("state of the benchmark", scored, lambda score: score.commit)
    _one("variant", scored, lambda score: score.variant)
    _one("sandbox", scored, lambda score: "sandboxed" if score.verdict.sandboxed else "not sandboxed")
    _one("answers", scored, lambda score: "references" if score.sample == REFERENCE else "samples")
    for name in sorted({score.simulator for score in scored}):
        group = [score for score in scored if score.simulator == name]
        _one(f"version of {name}", group, lambda score: ", ".join(_versions(score)))
        _one("time limit", group, _limit)
    first = scored[0]
    return Conditions(
        benchmark=first.benchmark,
        task=first.task,
        commit=first.commit,
        variant=first.variant,
        simulator=_simulator(scored),
        versions=tuple(sorted({version for score in scored for version in _versions(score)})),
        tools=tuple(sorted({tool for score in scored for tool in _tools(score)})),
        wall_s=tuple(sorted({_limit(score) for score in scored} - {""})),
        sandboxed=first.verdict.sandboxed,
        references=first.sample == REFERENCE,
        made_from=_origin(list(made_from)),
    )


def refuse_other(first: Conditions, second: Conditions, but: Sequence[str] = ()) -> None:
    """Raise UsageError when two reports must not be compared, naming what differs; fields in `but` may differ.

    What the samples were made from may always differ: that is what is compared.
    """
    names = ("benchmark", "task", "commit", "variant", "simulator", "versions", "wall_s", "references")
    different = [
        f"{name}: {_shown(getattr(first, name))} and {_shown(getattr(second, name))}"
        for name in names
        if name not in but and getattr(first, name) != getattr(second, name)
    ]
    if different:
        raise UsageError(
            f"these runs cannot be compared ({'; '.join(different)})",
            hint="score both samples files again under the same conditions: --samples FILE",
        )


def _one(what: str, scored: Sequence[Scored], value: Callable[[Scored], str]) -> None:
    counts = Counter(value(score) for score in scored)
    if len(counts) > 1:
        told = " and ".join(f"{name or 'unknown'} ({count} scores)" for name, count in counts.most_common())
        raise UsageError(
            f"scores of different conditions are not mixed; {what}: {told}",
            hint="score all samples again: --samples FILE",
        )


def _tools(score: Scored) -> list[str]:
    tools = score.verdict.record.tools if score.verdict.record else {}
    return [f"{name} {text}" for name, text in tools.items()]


def _versions(score: Scored) -> list[str]:
    """``iverilog 11.0``: without the fingerprint, which is the last word."""
    return sorted(tool.rpartition(" ")[0] for tool in _tools(score))


def _limit(score: Scored) -> str:
    limit = score.verdict.record.limits.get("wall_s") if score.verdict.record else None
    return "" if limit is None else f"{limit:g}"


def _simulator(scored: Sequence[Scored]) -> str:
    """The simulator of all, or ``per-design``; UsageError when two were used otherwise."""
    by_problem: dict[str, set[str]] = defaultdict(set)
    for score in scored:
        by_problem[score.problem].add(score.simulator)
    used = set().union(*by_problem.values())
    if len(used) == 1:
        return used.pop()
    needed = scored[0].benchmark == "rtllm" and all(
        simulators == {"verilator" if problem in NEEDS_VERILATOR else "icarus"}
        for problem, simulators in by_problem.items()
    )
    if not needed:
        _one("simulator", scored, lambda score: score.simulator)
    return PER_DESIGN


def _origin(mappings: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """What the samples files were made from, the same for all."""
    rows = [{str(key): str(value) for key, value in mapping.items()} for mapping in mappings]
    for row in rows[1:]:
        differing = sorted(key for key in rows[0].keys() | row.keys() if rows[0].get(key) != row.get(key))
        if differing:
            told = "; ".join(
                f"{key}: {_shown(rows[0].get(key, 'not given'))} and {_shown(row.get(key, 'not given'))}"
                for key in differing
            )
            raise UsageError(
                f"samples of different origin are not mixed ({told})",
                hint="report each samples file by itself",
            )
    return rows[0] if rows else {}


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "unknown"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:12]}..."
