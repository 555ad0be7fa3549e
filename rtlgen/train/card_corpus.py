"""The part of a model card about its text: sources, removals, what was scrubbed, and the contamination audit.

Read from the ``manifest.json`` of every corpus that the weights have read and from the JSON of
``rtlgen datasets corpus audit``; nothing is typed in by hand.

Try: ``rtlgen train card --manifest corpus/manifest.json --audit audit.json --run run --out CARD.md``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def sections(corpora: Sequence[Mapping[str, Any]], skipped: Sequence[str]) -> list[str]:
    """Markdown of sources and removals of each corpus manifest; `skipped` repositories were not trained on."""
    parts = []
    for number, corpus in enumerate(corpora, 1):
        which = f" {number} of {len(corpora)}" if len(corpora) > 1 else ""
        parts += [_sources(corpus, skipped, which), _removals(corpus, which)]
    return parts


def _sources(corpus: Mapping[str, Any], skipped: Sequence[str], which: str) -> str:
    used = [entry for entry in corpus["repositories"] if entry["files"]]
    rules = f" by version {corpus['rules']} of the rules" if corpus.get("rules") else ""
    rows = [
        f"## Sources{which}",
        "",
        f"{corpus['files']:,} files, {corpus['bytes'] / 1e6:.1f} MB in all, from {len(used)} repositories{rules}.",
        "",
        "| repository | commit | licences of the files taken | files | MB | used for |",
        "|---|---|---|---|---|---|",
    ]
    for entry in used:
        licences = ", ".join(f"{name} ({count})" for name, count in sorted(entry["licences"].items()))
        use = "not read by the model" if entry["repository"] in skipped else "model"
        commit = (entry["commit"] or "")[:12]
        rows.append(
            f"| {entry['repository']} | {commit} | {licences} | {entry['files']} | {entry['bytes'] / 1e6:.2f} | {use} |"
        )
    return "\n".join(rows)


def _removals(corpus: Mapping[str, Any], which: str) -> str:
    rows = [f"## Removed from the text{which}, and why", "", "| reason | files |", "|---|---|"]
    rows += [
        f"| {reason} | {count} |"
        for reason, count in sorted(corpus["removed"].items(), key=lambda item: -item[1])
    ]
    if corpus.get("scrubbed"):
        replaced = ", ".join(
            f"{count} {kind}" for kind, count in sorted(corpus["scrubbed"].items(), key=lambda item: -item[1])
        )
        rows += [
            "",
            f"Replaced in the files kept: {replaced}; licence comments before the code were dropped.",
        ]
    held_out = ", ".join([*corpus["held_out"], *corpus.get("references", [])])
    rows += ["", f"Held out, with every file near one of theirs removed: {held_out}."]
    return "\n".join(rows)


def audit_section(reports: Sequence[Mapping[str, Any]]) -> str:
    """Markdown of the contamination audits, one row a benchmark."""
    rows = ["## Contamination audit", ""]
    limits = (reports[0].get("data", reports[0]))["thresholds"]
    rows += [
        "Above the threshold is a pair of texts with a Jaccard similarity of their 6-token runs"
        f" from {limits['jaccard']:.2f}, or {limits['contained']:.2f} of the smaller one's"
        f" (from {limits['least']}) in the other, or {limits['runs']} or more runs of ten equal lines of code.",
        "",
        "| training text | against | texts | MB | pairs above | nearest below: Jaccard, contained |",
        "|---|---|---|---|---|---|",
    ]
    for report in reports:
        data = report.get("data", report)
        for one in data["sets"]:
            below = [pair for pair in one["pairs"] if not pair["above"]]
            jaccard = max((pair["jaccard"] for pair in below), default=0.0)
            contained = max((pair["contained"] for pair in below), default=0.0)
            rows.append(
                f"| {data['files']:,} files, SHA-256 {data['sha256'][:12]} | {one['name']} | {one['texts']:,} "
                f"| {one['characters'] / 1e6:.2f} | {one['above']} | {jaccard:.2f}, {contained:.2f} |"
            )
    return "\n".join(rows)
