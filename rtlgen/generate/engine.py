"""From a specification to a checked design: ask, judge, repair, vote, choose.

    formal parts, answers -> code -> compiles, right ports, keeps to itself -> test -> (repair) -> behaviour -> order

Every answer is judged by real tools in a sandbox. Failed attempts go back to the model with what those tools said, at
most `Config.rounds` times. Attempts that compile are run on one shared stimulus, and agree when all their outputs do.
The same code is judged once. Same model, seed and tools: same result.

It does not write test benches, and without a test nothing is called right (`unverified`).

Try: ``rtlgen generate spec.md -n 8 --repair 1``
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.records import RunRecord, Verdict, sha256_text
from rtlgen.core.scratch import scratch
from rtlgen.generate.attempt import Attempt, Result
from rtlgen.generate.choose import in_order, to_repair
from rtlgen.generate.diagnose import diagnosis
from rtlgen.generate.extract import code_of
from rtlgen.generate.judge import DESIGN, Judge
from rtlgen.generate.prompts import Failure, Sampling, ask, continued_header
from rtlgen.generate.specification import Specification
from rtlgen.generate.vote import Voter
from rtlgen.model.chat import as_chat

if TYPE_CHECKING:
    from rtlgen.model.interface import CodeModel, Generation

Progress = Callable[[str], None]
REPAIRS = 4
"""Attempts that one repair round goes on from."""


@dataclass(frozen=True)
class Config:
    """How a specification is worked on."""

    sampling: Sampling = field(default_factory=Sampling)
    rounds: int = 0
    """Repair rounds at most."""
    repairs: int = REPAIRS
    """Attempts that one round goes on from."""
    chat: bool = True
    """Speak to a chat model in messages."""
    jobs: int = 2
    vote: bool = True
    """Run what compiles on a shared stimulus and count agreement."""
    formal: bool = True
    """Make attempts from tables, maps, equations and waveforms of the text; they take the place of the model's."""
    cycles: int | None = None
    """Of that stimulus; None: the default of `rtlgen.sim.reference`."""


@dataclass(frozen=True)
class _Judged:
    verdict: Verdict | None
    digest: str
    diagnosis: str

    @property
    def runs(self) -> bool:
        """Whether its behaviour can be looked at."""
        return self.verdict is None or self.verdict.kind in ("pass", "mismatch")


def generate(
    spec: Specification, model: CodeModel, judge: Judge, config: Config, progress: Progress | None = None
) -> Result:
    """All attempts at `spec`, best first. Raises as the model does, and ToolError when a tool is missing."""
    say = progress or (lambda _: None)
    work = _Work(spec, model, judge, config)
    attempts = work.read_attempts()
    wanted = config.sampling.n - len(attempts)
    if wanted:
        say(f"{spec.name}: asking {model.name} for {wanted} answers")
        attempts += work.attempts(
            work.first_answers(wanted), round_=0, parents=[None] * wanted, start=len(attempts)
        )
    rounds = 0
    for number in range(1, config.rounds + 1):
        failed = [] if any(a.state == "pass" for a in attempts) else to_repair(attempts, config.repairs)
        if not failed:
            break
        rounds = number
        say(f"{spec.name}: repair round {number} of {len(failed)} attempts ({_told(attempts)})")
        answers = [answer for attempt in failed for answer in work.repair(attempt, number)]
        parents = [attempt.number for attempt in failed]
        attempts += work.attempts(answers, round_=number, parents=parents, start=len(attempts))
    ordered = in_order(attempts)
    say(f"{spec.name}: {_told(ordered)}")
    return Result(
        name=spec.name,
        top=spec.top,
        model=model.name,
        attempts=tuple(ordered),
        tested=judge.name,
        rounds=rounds,
        seconds={name: round(value, 3) for name, value in work.seconds.items()},
        notes=work.notes(ordered),
        record=work.record(),
    )


class _Work:
    """One specification in the making: answers, judgements of codes seen, time spent."""

    def __init__(self, spec: Specification, model: CodeModel, judge: Judge, config: Config) -> None:
        self.spec, self.model, self.judge, self.config = spec, model, judge, config
        self.seconds = {"ask": 0.0, "judge": 0.0, "vote": 0.0}
        self._known: dict[str, _Judged] = {}
        self._voter = Voter(
            spec, judge.bench, seed=config.sampling.seed, cycles=config.cycles, jobs=config.jobs
        )

    def read_attempts(self) -> list[Attempt]:
        """What the formal parts of the text say, at most as many as answers are wanted."""
        from rtlgen.generate.formal.candidates import candidates

        read = candidates(self.spec)[: self.config.sampling.n] if self.config.formal else ()
        self._take([candidate.code for candidate in read])
        return [
            self._attempt(Attempt(number, 0, None, candidate.code, "", None, 0, evidence=candidate.evidence))
            for number, candidate in enumerate(read)
        ]

    def first_answers(self, n: int) -> list[Generation]:
        """The model's answers of round 0."""
        return self._ask(replace(self.config.sampling, n=n), None)

    def repair(self, attempt: Attempt, round_: int) -> list[Generation]:
        """One answer that is to mend `attempt`; its seed depends on the round and the attempt."""
        base = self.config.sampling
        sampling = replace(base, n=1, seed=base.seed + 1000 * round_ + attempt.number)
        return self._ask(sampling, Failure(attempt.code, attempt.diagnosis))[:1]

    def _ask(self, sampling: Sampling, failure: Failure | None) -> list[Generation]:
        started = time.monotonic()
        made = ask(self.model, self.spec, sampling, failure, chat=self.config.chat)
        self.seconds["ask"] += time.monotonic() - started
        return made

    def attempts(
        self, answers: Sequence[Generation], *, round_: int, parents: Sequence[int | None], start: int
    ) -> list[Attempt]:
        """The answers as judged attempts, in their order; equal codes are judged once."""
        header = "" if self.config.chat and as_chat(self.model) else continued_header(self.spec, self.model)
        codes = [code_of(answer.text, self.spec.top, header=header) for answer in answers]
        self._take(codes)
        return [
            self._attempt(
                Attempt(
                    number=start + number,
                    round=round_,
                    parent=parents[number] if number < len(parents) else None,
                    code=code,
                    answer=answer.text,
                    logprob=answer.logprob_mean,
                    tokens=answer.tokens,
                )
            )
            for number, (answer, code) in enumerate(zip(answers, codes, strict=True))
        ]

    def _take(self, codes: Sequence[str]) -> None:
        """Judge those of `codes` that are new, and run those that can be run on the shared stimulus."""
        started = time.monotonic()
        fresh = [code for code in dict.fromkeys(codes) if code and code not in self._known]
        with ThreadPoolExecutor(max_workers=max(1, self.config.jobs)) as pool:
            self._known.update(zip(fresh, pool.map(self._judge, fresh), strict=True))
        self.seconds["judge"] += time.monotonic() - started
        self._vote(fresh)

    def _attempt(self, attempt: Attempt) -> Attempt:
        """The attempt with what is known of its code."""
        known = self._known.get(attempt.code)
        if known is None:
            return attempt
        return replace(attempt, verdict=known.verdict, digest=known.digest, diagnosis=known.diagnosis)

    def _judge(self, code: str) -> _Judged:
        """What the tools say of one code, in a scratch folder that is removed."""
        with scratch() as folder:
            design = folder / DESIGN
            design.write_text(code, "utf-8")
            verdict = self.judge.judge(design)
            if verdict is not None:
                verdict = _without_path(verdict, folder)
            text = ""
            if verdict is not None and not verdict.passed and self.config.rounds:
                text = diagnosis(verdict, code, waves=self.judge.waves(design, verdict))
        return _Judged(verdict, "", text)

    def _vote(self, codes: Sequence[str]) -> None:
        """Give those of `codes` that run the digest of what they do."""
        started = time.monotonic()
        runs = [code for code in codes if self._known[code].runs] if self.config.vote else []
        for code, digest in zip(runs, self._voter.digests(runs), strict=True):
            self._known[code] = replace(self._known[code], digest=digest)
        self.seconds["vote"] += time.monotonic() - started

    def notes(self, ordered: Sequence[Attempt]) -> tuple[str, ...]:
        """What a user should know of this result."""
        rows = []
        if not self.spec.ports:
            rows.append("the ports are unknown: they were not checked (give --interface)")
        if not self.judge.name and any(a.state == "unverified" for a in ordered):
            rows.append("no test was given: the order is by agreement among the answers, not by a verdict")
        if self.config.vote and self._voter.why_not and not any(a.digest for a in ordered):
            rows.append(f"agreement was not counted: {self._voter.why_not}")
        return tuple(rows)

    def record(self) -> RunRecord:
        """What is needed to make the same attempts again."""
        sampling = self.config.sampling
        tested = f" --test {self.judge.name}" if self.judge.name else ""
        return RunRecord(
            inputs={self.spec.name: sha256_text(self.spec.text)},
            tools={"model": self.model.name, "simulator": self.judge.bench.simulator},
            seed=sampling.seed,
            limits={
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "max_new_tokens": sampling.max_new_tokens,
                "wall_s": self.judge.bench.limits.wall_s,
            },
            replay=f"rtlgen generate {self.spec.name} -n {sampling.n} --seed {sampling.seed}{tested}",
        )


def _without_path(verdict: Verdict, folder: Path) -> Verdict:
    """The verdict with the scratch folder's path taken out: the same code gives the same words."""
    prefix = f"{folder}/"
    return replace(
        verdict,
        log=verdict.log.replace(prefix, ""),
        reason=verdict.reason.replace(prefix, ""),
        seconds=verdict.seconds,
    )


def _told(attempts: Sequence[Attempt]) -> str:
    states = [attempt.state for attempt in attempts]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states)) or "no answers"
