"""Completion results as text, JSON and unified diff."""

from __future__ import annotations

import difflib

from rtlgen.complete.request import CompletionResult
from rtlgen.complete.session import applied
from rtlgen.core.records import Candidate, dump


def as_json(result: CompletionResult) -> str:
    """The `completion` record."""
    return dump("completion", result)


def as_diff(text: str, result: CompletionResult) -> str:
    """A unified diff of the best candidate, empty without one."""
    if not result.candidates:
        return ""
    new = applied(text, result)
    return "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(
            text.splitlines(keepends=True),
            new.splitlines(keepends=True),
            f"a/{result.path}",
            f"b/{result.path}",
        )
    )


def as_text(result: CompletionResult) -> str:
    """Each candidate under a line with its rank and evidence."""
    return "\n".join(
        f"{number}  {'; '.join(candidate.evidence)}\n{_indented(candidate.text)}"
        for number, candidate in enumerate(result.candidates, 1)
    )


def _indented(text: str) -> str:
    return "\n".join(f"   | {line}" for line in text.strip("\n").split("\n"))


def talk(result: CompletionResult, *, applied: bool = False) -> str:
    """Where, with which model, and how long it took."""
    seconds = result.seconds
    dropped = f", {len(result.dropped)} dropped by the check" if result.dropped else ""
    words = (
        f"{result.path}:{result.line}:{result.column}: {len(result.candidates)} {result.mode} candidates"
        f" by {result.model}{dropped} (load {seconds.get('load', 0):.2f} s,"
        f" candidates {seconds.get('candidates', 0):.2f} s, check {seconds.get('check', 0):.2f} s)"
    )
    if applied and result.candidates:
        words += f"\n{result.path}: written; the file as it was is {result.path}.orig"
    return words


def explanation(result: CompletionResult) -> str:
    """What was retrieved, what of it was packed, and which candidates the check dropped."""
    rows = ["retrieved:"]
    rows += [
        f"  {hit.score:.4f} {hit.chunk.path}:{hit.chunk.start}-{hit.chunk.end} ({', '.join(hit.why)})"
        for hit in result.hits
    ]
    packed = result.packed
    if packed:
        rows.append(
            f"packed: {packed['tokens']} tokens, {packed['prefix_lines']} lines of the file itself, and"
        )
        rows += [
            f"  {piece['path']}:{piece['start']}-{piece['end']} {piece['tokens']} tokens"
            for piece in packed["context"]
        ]
    if result.dropped:
        rows.append("dropped by the check:")
        rows += [f"  {candidate.text.strip()!r}: {_reason(candidate)}" for candidate in result.dropped]
    return "\n".join(rows)


def nothing(result: CompletionResult) -> str:
    """The message when no candidate is left, or none is sure enough."""
    if result.silent:
        return (
            f"rtlgen: {result.path}:{result.line}: nothing to show: {result.silent}"
            "\n  next: --min-confidence 0 shows it"
        )
    if not result.dropped:
        return (
            f"rtlgen: {result.path}:{result.line}: no candidate"
            "\n  next: --mode block, or --explain to see what was retrieved"
        )
    rows = [f"  {candidate.text.strip()!r}: {_reason(candidate)}" for candidate in result.dropped[:3]]
    return (
        f"rtlgen: {result.path}:{result.line}: every candidate breaks the build\n"
        + "\n".join(rows)
        + "\n  next: --n 10, --no-check to see them all, or --explain"
    )


def _reason(candidate: Candidate) -> str:
    return candidate.evidence[-1] if candidate.evidence else "unknown"
