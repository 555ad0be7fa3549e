"""The card of a trained model: sources with licences and commits, removals, sizes, compute, figures, limits.

Everything on it is read from files that the build and the run wrote (corpus ``manifest.json``, run ``config.json`` and
``log.jsonl``, evaluation JSON); nothing is typed in by hand but the notes.

Try: ``rtlgen train card --manifest corpus/manifest.json --run run --out run/model/CARD.md``
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.store import write_atomic
from rtlgen.train.card_corpus import audit_section, sections


def write_card(
    manifest: Path | Sequence[Path],
    run: Path,
    out: Path,
    *,
    skipped: Sequence[str] = (),
    figures: Sequence[Path] = (),
    audits: Sequence[Path] = (),
    notes: str = "",
) -> str:
    """Write the card as Markdown to `out` and return it.

    Args:
        manifest: ``manifest.json`` of the corpus, or of every corpus that the weights have read.
        run: run folder of the pretraining.
        out: the file to write.
        skipped: repositories of the corpus that the model was not trained on (kept for the ranker).
        figures: JSON files of ``rtlgen eval ... --json``, shown as they are reported.
        audits: JSON files of ``rtlgen datasets corpus audit --json``.
        notes: Markdown appended under "Limits".
    """
    corpora = [_read(path) for path in ([manifest] if isinstance(manifest, Path) else manifest)]
    config = _read(run / "config.json")
    log = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    parts = [
        "# Model card\n",
        _about(config, log),
        *sections(corpora, skipped),
        audit_section([_read(path) for path in audits]) if audits else "",
        "## Figures\n\n" + "\n".join(_figures(_read(path)) for path in figures) if figures else "",
        "## Limits\n\n" + notes if notes else "",
    ]
    text = "\n".join(part.strip() + "\n" for part in parts if part)
    write_atomic(out, text)
    return text


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read: {error}", where=path, hint="rtlgen train card --help") from error


def _about(config: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> str:
    last = {key: value for row in log for key, value in row.items()}
    packing = config["packing"]
    rows = [
        (
            "architecture",
            f"Llama, {config['layers']} layers, width {config['width']}, {config['heads']} heads, tied embeddings",
        ),
        ("vocabulary", f"{config['vocabulary']}, byte-level BPE over Verilog-aware pieces"),
        (
            "trained with",
            f"Muon and AdamW, bfloat16, batch {config['batch']} sequences, up to {packing['length']} tokens each",
        ),
        ("steps, tokens seen", f"{last['step']:,}, {last['tokens']:,}"),
        ("fill-in-the-middle", f"{packing['fim_rate']:.0%} of segments"),
    ]
    if config.get("init_sha256"):
        rows.insert(
            2,
            (
                "started from",
                f"weights with SHA-256 {config['init_sha256'][:12]}, whose tokens are not counted here",
            ),
        )
    if "validation_bits_per_token" in last:
        rows.append(
            (
                "held-out text (dev repositories)",
                f"{last['validation_bits_per_token']:.3f} bits a token;"
                f" {last['validation_repeated_pairs_bits']:.3f} on pairs seen before in the window",
            )
        )
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _figures(report: Mapping[str, Any]) -> str:
    data = report.get("data", report)
    rows = [
        f"{data['records']} lines, data SHA-256 {data['data_sha256'][:12]}; 95 % intervals by repository.",
        "",
        "| run | exact match | edit similarity |",
        "|---|---|---|",
    ]
    rows += [
        f"| {run['name']} | {run['exact_match']:.2f} ({_interval(run, 'exact_match')}) "
        f"| {run['edit_similarity']:.2f} ({_interval(run, 'edit_similarity')}) |"
        for run in data["runs"]
    ]
    return "\n".join(rows) + "\n"


def _interval(run: Mapping[str, Any], metric: str) -> str:
    low, high = run["intervals"][metric]["repositories"]
    return f"{low:.1f} to {high:.1f}"
