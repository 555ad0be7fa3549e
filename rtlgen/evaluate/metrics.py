"""The metrics of next-line completion, as RTL-Repo and CrossCodeEval define them.

Exact match (EM) compares the words of prediction and label. Edit similarity (ES) is the InDel ratio of
python-Levenshtein, 0-100, rounded to an integer for every pair and not stripped: indentation and carriage
returns count. That is what the published figures were made with (RTL-Repo, arXiv 2405.17378; its code:
AUCOHL/RTL-Repo, src/); `stripped_similarity` is the same without the blanks at both ends. Identifier match
and F1 follow CrossCodeEval (arXiv 2310.11248), with F1 averaged over the labels that have identifiers. All
means are in percent.

    rtlgen eval rtl-repo --samples predictions.jsonl
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rtlgen.datasets.line_kinds import KINDS, code_lines, line_kind
from rtlgen.evaluate.intervals import Interval, bootstrap_mean, cluster_bootstrap_mean, wilson
from rtlgen.retrieval.lines import KEYWORDS

__all__ = ["KINDS", "Pair", "Summary", "breakdown", "line_kind", "post_process", "summarise"]

_NOT_NAMES = re.compile(r"\"(?:\\.|[^\"\\])*\"?|[`$]\w+|\d*'[sS]?[bBoOdDhH]\s*[\w?]+|\b\d\w*")
"""Strings, macros, system tasks and numbers."""
_NAME = re.compile(r"[A-Za-z_][\w$]*|\\\S+")


@dataclass(frozen=True)
class Pair:
    """A prediction and the line that was hidden; `repository` groups the pairs for the intervals."""

    prediction: str
    label: str
    repository: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Summary:
    """Means in percent over `count` pairs. `intervals`: metric -> how made -> (low, high) in percent."""

    count: int
    exact_match: float
    edit_similarity: float
    stripped_edit_similarity: float
    identifier_match: float
    identifier_f1: float | None
    """Over the `identifier_count` labels with identifiers; None when there is none."""
    identifier_count: int
    intervals: dict[str, dict[str, Interval]] = field(default_factory=dict)


def post_process(text: str) -> str:
    """The line that counts as the prediction: the first that is neither empty nor begins with ``//``.

    When there are only comments the last comment, when there is nothing the empty string.
    """
    last_comment = ""
    for line in text.split("\n"):
        if line.strip():
            if not line.strip().startswith("//"):
                return line
            last_comment = line
    return last_comment


def exact_match(prediction: str, label: str) -> bool:
    """Whether both have the same words; blanks at the ends and their number do not matter."""
    return prediction.split() == label.split()


def edit_similarity(prediction: str, label: str) -> int:
    """InDel ratio ``100 * 2 LCS / (len a + len b)``, rounded to an integer 0-100; 100 for two empty ones."""
    from rapidfuzz.distance import Indel

    return round(100 * Indel.normalized_similarity(prediction, label))


def stripped_similarity(prediction: str, label: str) -> int:
    """`edit_similarity` without the blanks and carriage returns at both ends."""
    return edit_similarity(prediction.strip(), label.strip())


def identifiers(line: str) -> tuple[str, ...]:
    """The identifiers of a line in order, with repeats; no keywords, macros, system tasks or comments."""
    code = _NOT_NAMES.sub(" ", " ".join(code_lines(line)))
    return tuple(name for name in _NAME.findall(code) if name not in KEYWORDS)


def identifier_match(prediction: str, label: str) -> bool:
    """Whether both have the same sequence of identifiers."""
    return identifiers(prediction) == identifiers(label)


def identifier_f1(prediction: str, label: str) -> float | None:
    """F1 of the sets of identifiers, 0..1; None when the label has none."""
    found, wanted = set(identifiers(prediction)), set(identifiers(label))
    if not wanted:
        return None
    return 2 * len(found & wanted) / (len(found) + len(wanted))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def summarise(pairs: Sequence[Pair], *, seed: int = 0, intervals: bool = True) -> Summary:
    """All metrics over `pairs`, rounded as the benchmark rounds (3 decimals, in percent).

    Intervals: EM by Wilson and by drawing repositories again; the means by drawing lines and repositories
    again.
    """
    columns: dict[str, list[float]] = {
        "exact_match": [float(exact_match(p.prediction, p.label)) for p in pairs],
        "edit_similarity": [edit_similarity(p.prediction, p.label) / 100 for p in pairs],
        "stripped_edit_similarity": [stripped_similarity(p.prediction, p.label) / 100 for p in pairs],
        "identifier_match": [float(identifier_match(p.prediction, p.label)) for p in pairs],
    }
    by_label = [(identifier_f1(p.prediction, p.label), p.repository) for p in pairs]
    f1 = [(value, repository) for value, repository in by_label if value is not None]
    found: dict[str, dict[str, Interval]] = {}
    if intervals and pairs:
        repositories = [p.repository for p in pairs]
        for name, values in columns.items():
            found[name] = _intervals(values, repositories, share=name.endswith("match"), seed=seed)
        if f1:
            values = [value for value, _ in f1]
            found["identifier_f1"] = _intervals(values, [r for _, r in f1], share=False, seed=seed)
    return Summary(
        count=len(pairs),
        exact_match=round(100 * _mean(columns["exact_match"]), 3),
        edit_similarity=round(100 * _mean(columns["edit_similarity"]), 3),
        stripped_edit_similarity=round(100 * _mean(columns["stripped_edit_similarity"]), 3),
        identifier_match=round(100 * _mean(columns["identifier_match"]), 3),
        identifier_f1=round(100 * _mean([value for value, _ in f1]), 3) if f1 else None,
        identifier_count=len(f1),
        intervals=found,
    )


def _intervals(
    values: Sequence[float], repositories: Sequence[str], *, share: bool, seed: int
) -> dict[str, Interval]:
    """(low, high) in percent by ``wilson`` or ``lines``, and by ``repositories`` if there are several."""
    if share:
        found = {"wilson": wilson(round(sum(values)), len(values))}
    else:
        found = {"lines": bootstrap_mean(values, seed=seed)}
    if len(set(repositories)) > 1:
        found["repositories"] = cluster_bootstrap_mean(values, repositories, seed=seed)
    return {how: (round(100 * low, 2), round(100 * high, 2)) for how, (low, high) in found.items()}


def breakdown(pairs: Iterable[Pair], key: Callable[[Pair], str], *, seed: int = 0) -> dict[str, Summary]:
    """A `Summary` for every value of `key`, the most frequent first; intervals by Wilson and by lines."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(key(pair), []).append(Pair(pair.prediction, pair.label, "", pair.kind))
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return {name: summarise(members, seed=seed) for name, members in ordered}
