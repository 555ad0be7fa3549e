"""Bits per byte as text for a terminal. It computes nothing (`rtlgen.evaluate.bits_report` does).

Try: ``rtlgen eval bits --data dev.jsonl --corpus files.jsonl``
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtlgen.evaluate.bits_report import BitsReport
    from rtlgen.evaluate.intervals import Interval
    from rtlgen.evaluate.tokenizers import TokenizerReport


def as_text(report: BitsReport) -> str:
    """Three tables: by coder, one against the other, by repository."""
    names = [coder.name for coder in report.coders]
    first = (
        f"{report.size:,} bytes in {report.segments} segments of {len(report.by_repository)} repositories"
        + (f", {report.tokens:,} tokens" if report.tokens else "")
    )
    coders = [
        [coder.name, f"{coder.bits_per_byte:.3f}", _range(coder.segments, 3), _range(coder.repositories, 3)]
        for coder in report.coders
    ]
    parts = [first, _grid(["bits per byte", "", "95 % segments", "95 % repositories"], coders)]
    if report.against:
        rows = [
            [
                f"{entry.first} against {entry.other}",
                f"{entry.percent:+.1f} %",
                _range(entry.segments, 1),
                _range(entry.repositories, 1),
            ]
            for entry in report.against
        ]
        parts.append(_grid(["on the same segments", "", "95 % segments", "95 % repositories"], rows))
    rows = [
        [name, f"{figures['bytes']:,}", *(f"{figures[coder]:.3f}" for coder in names)]
        for name, figures in report.by_repository.items()
    ]
    parts.append(_grid(["repository", "bytes", *names], rows))
    return "\n\n".join(parts)


def tokenizers_text(report: TokenizerReport) -> str:
    """Bytes per token by scheme and vocabulary."""
    sizes = sorted({entry.vocabulary for entry in report.entries})
    schemes = list(dict.fromkeys(entry.scheme for entry in report.entries))
    cell = {(entry.scheme, entry.vocabulary): entry for entry in report.entries}
    rows = []
    for scheme in schemes:
        row = [scheme]
        for size in sizes:
            entry = cell.get((scheme, size))
            row.append(f"{entry.bytes_per_token:.3f}" if entry else "-")
        rows.append(row)
    head = (
        f"bytes per token on {report.size:,} bytes; vocabularies trained on {report.trained_size:,} bytes\n"
        "lower row of a scheme: tokens per line\n\n"
    )
    lines = []
    for scheme in schemes:
        row = [f"{scheme}, tokens per line"]
        row += [
            f"{cell[scheme, size].tokens_per_line:.2f}" if (scheme, size) in cell else "-" for size in sizes
        ]
        lines.append(row)
    both = [row for pair in zip(rows, lines, strict=True) for row in pair]
    return head + _grid(["scheme", *(f"{size:,}" for size in sizes)], both)


def _range(interval: Interval, digits: int) -> str:
    return f"{interval[0]:.{digits}f} to {interval[1]:.{digits}f}"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [head, *rows]
    )
