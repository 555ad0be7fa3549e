"""Saved answers to a benchmark's problems, from wherever they were made: JSON lines, or the folders of the benchmarks.

Read are

* our own file (its first line says what the answers were made from), and JSON lines of other harnesses: a problem
  (``problem``, ``task_id``, ``design``, ...), the number of the sample when there is one, and the text as whole ``code``,
  as a ``completion`` that goes behind the interface, or as a raw ``response`` from which the code is taken
  (`rtlgen.evaluate.responses`); a list of texts is a list of samples;
* VerilogEval's build folder, ``ProbNNN_name/ProbNNN_name_sampleMM.sv`` (or ``..._sampleMM_response.txt``);
* RTLLM's folder of trials, ``tN/<design>.v``.

What cannot be used is one clear error, before anything is run. An empty answer is scored as it is, and counted.

Try: ``rtlgen eval verilog-eval --data DIR --samples FILE``
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.datasets.problem import Problem, listed
from rtlgen.evaluate.journal import Row, read_rows
from rtlgen.evaluate.responses import extract, with_interface
from rtlgen.evaluate.sample_folders import files_of
from rtlgen.evaluate.scored import Answer

FORMAT = "rtlgen-code-samples"
"""Key of the first line of our own files."""
NAMES = ("problem", "task_id", "problem_id", "name", "design", "design_name", "id")
NUMBERS = ("sample", "sample_id", "sample_index", "completion_id", "index")
TEXTS = {
    "code": ("code", "solution"),
    "completion": ("completion", "completions"),
    "response": ("response", "responses", "output", "generation", "generated", "text", "resps"),
}
"""Form of a text -> the keys under which it is found, tried in this order."""
_HINT = "see docs/eval-verilog-eval.md for the forms that are read"


@dataclass(frozen=True)
class Text:
    """One answer as saved: `form` is ``code``, ``completion`` or ``response``. `number` is None when none was given."""

    problem: str
    number: int | None
    form: str
    text: str
    where: str
    """``file:line`` or the file, for messages."""


@dataclass(frozen=True)
class CodeSamples:
    """The answers of a file or folder that belong to the problems asked for."""

    path: str
    made_from: Mapping[str, Any] | None
    """What our own file says it was made from; None for others."""
    answers: tuple[Answer, ...]
    without: tuple[str, ...]
    """Problems asked for that have no answer."""
    empty: int
    """Answers without any code; they are scored as they are."""


def read_code_samples(
    path: Path, problems: Sequence[Problem], selected: Iterable[str] | None = None
) -> CodeSamples:
    """The answers at `path` to the `selected` ones (names; default: all) of a benchmark's `problems`.

    Raises UsageError for a missing file, a line that is no answer, problems that are not in the benchmark (named), and
    two answers with the same number.
    """
    if not path.exists():
        raise UsageError("there are no samples", where=path, hint="give a .jsonl file or a folder")
    made_from: Mapping[str, Any] | None = None
    if path.is_dir():
        texts = [Text(*found) for found in files_of(path, problems)]
    else:
        rows = read_rows(path, FORMAT, hint="remove that line, or repair it")
        if rows and FORMAT in rows[0][1]:
            made_from = rows[0][1].get("made_from") or {}
            rows = rows[1:]
        texts = [text for row in rows for text in _texts(path, row)]
    if not texts:
        raise UsageError("holds no samples", where=path, hint=_HINT)
    named = _resolved(texts, problems)
    _refuse_double(named)
    wanted = {problem.name for problem in problems} if selected is None else set(selected)
    numbered = _numbered(named)
    answers = tuple(
        answer_of(problem, text.form, text.text, number)
        for problem, number, text in numbered
        if problem.name in wanted
    )
    answered = {answer.problem.name for answer in answers}
    return CodeSamples(
        path=str(path),
        made_from=made_from,
        answers=answers,
        without=tuple(sorted(wanted - answered)),
        empty=sum(not answer.code.strip() for answer in answers),
    )


def answer_of(problem: Problem, form: str, text: str, number: int) -> Answer:
    """An answer to be scored, its code taken out of `text` as the form asks for."""
    notes: tuple[str, ...] = () if text.strip() else ("empty",)
    if form == "response":
        extracted = extract(problem, text)
        return Answer(problem, extracted.code, number, (*notes, *extracted.notes))
    if form == "completion":
        return Answer(problem, with_interface(problem, text), number, notes)
    return Answer(problem, text, number, notes)


def _texts(path: Path, row: Row) -> Iterator[Text]:
    """The answers of one line: one, or as many as its list has."""
    number, fields = row
    where = f"{path}:{number}"
    inner = fields.get("doc")
    name = _first(fields, NAMES) or (_first(inner, NAMES) if isinstance(inner, Mapping) else None)
    if not isinstance(name, str) or not name:
        raise UsageError(
            f"names no problem; it has the keys {', '.join(sorted(fields))}", where=where, hint=_HINT
        )
    form = next((form for form, keys in TEXTS.items() if _first(fields, keys) is not None), None)
    if form is None:
        raise UsageError(
            f"has no code, completion or response; it has the keys {', '.join(sorted(fields))}",
            where=where,
            hint=_HINT,
        )
    given = _sample_number(fields, where)
    found = list(_flat(_first(fields, TEXTS[form]), where))
    if isinstance(_first(fields, TEXTS[form]), str):
        yield Text(name, given, form, found[0], where)
        return
    for offset, text in enumerate(found):
        yield Text(name, None if given is None else given + offset, form, text, where)


def _first(fields: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((fields[key] for key in keys if fields.get(key) is not None), None)


def _flat(value: Any, where: str) -> Iterator[str]:
    """Texts of a text or of (lists of) lists of texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, where)
    else:
        raise UsageError(f"a text is needed, not {type(value).__name__}", where=where, hint=_HINT)


def _sample_number(fields: Mapping[str, Any], where: str) -> int | None:
    value = _first(fields, NUMBERS)
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0 or isinstance(value, float | bool):
        raise UsageError(f"'{value}' is no number of a sample", where=where, hint="count from 1, or from 0")
    return number


def _resolved(texts: Sequence[Text], problems: Sequence[Problem]) -> list[tuple[Problem, Text]]:
    """Every answer with its problem; one error names all that belong to none."""
    names = _spellings(problems)
    unknown = dict.fromkeys(text.problem for text in texts if _plain(text.problem) not in names)
    if unknown:
        first = next(text for text in texts if text.problem in unknown)
        raise UsageError(
            f"{len(unknown)} problems are not in {problems[0].benchmark} ({problems[0].task}): {listed(unknown)}",
            where=first.where,
            hint=f"names are like {problems[0].name}; is it another benchmark or task?",
        )
    return [(names[_plain(text.problem)], text) for text in texts]


def _spellings(problems: Sequence[Problem]) -> dict[str, Problem]:
    """Problems by name and, where they are unique, by number (``Prob001``), the rest of the name (``zero``), or top."""
    names = {_plain(problem.name): problem for problem in problems}
    parts: dict[str, list[Problem]] = {}
    for problem in problems:
        parts.setdefault(_plain(problem.top), []).append(problem)
        head, _, rest = problem.name.partition("_")
        if head.startswith("Prob") and rest:
            for part in (head, rest):
                parts.setdefault(_plain(part), []).append(problem)
    short = {part: found[0] for part, found in parts.items() if len(found) == 1}
    return short | names


def _plain(name: str) -> str:
    """A name without the folder before it and without regard to case."""
    return name.rstrip("/").rsplit("/", 1)[-1].lower()


def _refuse_double(named: Sequence[tuple[Problem, Text]]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for problem, text in named:
        if text.number is None:
            continue
        key = (problem.name, text.number)
        if key in seen:
            raise UsageError(
                f"a second sample {text.number} for {problem.name}, the first is at {seen[key]}",
                where=text.where,
                hint="remove one of the two, or leave the numbers out",
            )
        seen[key] = text.where


def _numbered(named: Sequence[tuple[Problem, Text]]) -> Iterator[tuple[Problem, int, Text]]:
    """Samples counted from 1: a file that counts from 0 is moved by one, and those without a number are counted."""
    shift = 1 if any(text.number == 0 for _, text in named) else 0
    taken: dict[str, set[int]] = {}
    for problem, text in named:
        if text.number is not None:
            taken.setdefault(problem.name, set()).add(text.number + shift)
    following: dict[str, int] = {}
    for problem, text in named:
        number = text.number
        if number is not None:
            yield problem, number + shift, text
            continue
        counted = following.get(problem.name, 0) + 1
        while counted in taken.get(problem.name, ()):
            counted += 1
        following[problem.name] = counted
        yield problem, counted, text
