"""A corpus report as Markdown and a contamination audit as text. They compute nothing.

Try: ``rtlgen datasets corpus report --corpus corpus``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtlgen.datasets.audit import AuditReport, Pair
    from rtlgen.datasets.corpus_report import CorpusReport


def report_markdown(report: CorpusReport) -> str:
    """The report as Markdown."""
    used = [share for share in report.repositories if share.files]
    parts = [
        "# Corpus",
        f"{report.files:,} files, {report.bytes / 1e6:.1f} MB, from {len(used)} repositories,"
        f" {report.small} of them with 4 to 24 files; {report.seen:,} files were looked at.",
        "## Licences",
        _sized("licence", report.licences, report.bytes),
        "## Kinds of file",
        _sized("kind", report.kinds, report.bytes),
        "## Sizes and weights",
        _table(["characters", "files"], [[label, f"{count:,}"] for label, count in report.sizes.items()]),
        _table(
            ["quality weight", "files"], [[label, f"{count:,}"] for label, count in report.weights.items()]
        ),
        "## Left out",
        _table(
            ["reason", "files", "share"],
            [
                [reason, f"{count:,}", f"{count / report.seen:.1%}"]
                for reason, count in report.removed.items()
            ],
        ),
        f"Held out: {', '.join([*report.held_out, *report.references]) or 'nothing'}.",
        "## Scrubbed",
        _table(["what", "replaced"], [[kind, f"{count:,}"] for kind, count in report.scrubbed.items()])
        if report.scrubbed
        else "Nothing had to be replaced.",
        "## Largest files",
        _table(["file", "characters"], [[name, f"{size:,}"] for name, size in report.largest]),
        "## Repositories",
        _table(
            ["repository", "commit", "licences", "files", "MB", "left out"],
            [
                [
                    share.repository,
                    share.commit[:12],
                    ", ".join(f"{name} ({count})" for name, count in sorted(share.licences.items())),
                    str(share.files),
                    f"{share.bytes / 1e6:.2f}",
                    _reasons(share.removed),
                ]
                for share in report.repositories
            ],
        ),
    ]
    return "\n\n".join(parts)


def audit_text(report: AuditReport) -> str:
    """The audit as text: thresholds, one line a benchmark, the nearest pairs."""
    limits = report.thresholds
    lines = "" if not limits.runs else f", or {limits.runs} or more runs of ten equal lines of code"
    parts = [
        f"{report.corpus}: {report.files:,} files, {report.characters / 1e6:.1f} MB, SHA-256 {report.sha256[:12]}",
        f"Above the threshold: Jaccard similarity of 6-token shingles from {limits.jaccard:.2f},"
        f" or {limits.contained:.2f} of the smaller text (from {limits.least} shingles on) in the other{lines}.",
        _table(
            ["against", "texts", "MB", "pairs above"],
            [
                [one.name, f"{one.texts:,}", f"{one.characters / 1e6:.2f}", str(one.above)]
                for one in report.sets
            ],
        ),
    ]
    for one in report.sets:
        if one.pairs:
            parts += [f"Nearest of {one.name}:", _pairs(one.pairs)]
    parts.append("Nothing is above the threshold." if report.clean else "Something is above the threshold.")
    return "\n\n".join(parts)


def _pairs(pairs: Sequence[Pair]) -> str:
    rows = [
        [
            "above" if pair.above else "",
            f"{pair.jaccard:.2f}",
            f"{pair.contained:.2f}",
            str(pair.runs),
            f"{pair.file}:{pair.line}" if pair.line else pair.file,
            pair.against,
        ]
        for pair in pairs
    ]
    return _table(["", "Jaccard", "contained", "runs", "corpus", "benchmark"], rows)


def _sized(head: str, table: Mapping[str, tuple[int, int]], size: int) -> str:
    rows = [
        [name, f"{files:,}", f"{characters / 1e6:.2f}", f"{characters / max(1, size):.1%}"]
        for name, (files, characters) in table.items()
    ]
    return _table([head, "files", "MB", "share"], rows)


def _reasons(removed: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count} {reason}" for reason, count in sorted(removed.items(), key=lambda item: -item[1])
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(
        [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    )
