"""The card says what the build and the run recorded, and nothing that they did not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.train.card import write_card

MANIFEST = {
    "files": 3,
    "bytes": 2_000_000,
    "held_out": ["h/held"],
    "removed": {"tiny": 2, "exact copy": 5},
    "repositories": [
        {
            "repository": name,
            "commit": "0123456789abcdef",
            "files": files,
            "bytes": 1_000_000,
            "licences": {"MIT": files},
        }
        for name, files in (("a/one", 2), ("a/two", 1), ("a/none", 0))
    ],
}
CONFIG = {
    "layers": 2,
    "width": 32,
    "heads": 2,
    "vocabulary": 320,
    "batch": 4,
    "packing": {"length": 64, "fim_rate": 0.2},
}
LOG = [{"step": 1, "tokens": 256}, {"step": 9, "tokens": 2304}]


def card(folder: Path, manifest: dict[str, object], config: dict[str, object]) -> str:
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in LOG))
    return write_card(
        folder / "manifest.json", folder, folder / "CARD.md", skipped=["a/two"], notes="- Small."
    )


def test_sources_removals_and_sizes_are_shown(tmp_path: Path) -> None:
    text = card(tmp_path, MANIFEST, CONFIG)
    assert text == (tmp_path / "CARD.md").read_text()
    assert "| a/one | 0123456789ab | MIT (2) | 2 | 1.00 | model |" in text
    assert "| a/two | 0123456789ab | MIT (1) | 1 | 1.00 | not read by the model |" in text
    assert "a/none" not in text
    assert text.index("| exact copy | 5 |") < text.index("| tiny | 2 |")
    assert "| steps, tokens seen | 9, 2,304 |" in text
    assert "Held out, with every file near one of theirs removed: h/held." in text
    assert text.endswith("## Limits\n\n- Small.\n")
    assert "started from" not in text


def test_first_weights_and_references_are_named(tmp_path: Path) -> None:
    text = card(tmp_path, {**MANIFEST, "references": ["bench"]}, {**CONFIG, "init_sha256": "ab" * 32})
    assert "| started from | weights with SHA-256 abababababab, whose tokens are not counted here |" in text
    assert "near one of theirs removed: h/held, bench." in text


def test_every_corpus_and_audit_is_shown(tmp_path: Path) -> None:
    card(tmp_path, MANIFEST, CONFIG)
    second = {**MANIFEST, "rules": 4, "scrubbed": {"name": 7, "token": 1}}
    (tmp_path / "second.json").write_text(json.dumps(second))
    found = {"above": True, "jaccard": 0.9, "contained": 1.0}
    sets = [
        {
            "name": "bench",
            "texts": 3,
            "characters": 2_500_000,
            "above": 1,
            "pairs": [found, {**found, "above": False}],
        }
    ]
    sets[0]["pairs"][1] |= {"jaccard": 0.31, "contained": 0.7}  # type: ignore[index]
    limits = {"jaccard": 0.4, "contained": 0.8, "least": 40, "runs": 1}
    report = {"files": 3, "sha256": "ab" * 32, "thresholds": limits, "sets": sets}
    (tmp_path / "audit.json").write_text(json.dumps({"kind": "corpus-audit", "data": report}))
    manifests = [tmp_path / "manifest.json", tmp_path / "second.json"]
    text = write_card(manifests, tmp_path, tmp_path / "CARD.md", audits=[tmp_path / "audit.json"])
    assert text.count("## Sources") == 2
    assert "from 2 repositories by version 4 of the rules." in text
    assert "Replaced in the files kept: 7 name, 1 token;" in text
    assert "| 3 files, SHA-256 abababababab | bench | 3 | 2.50 | 1 | 0.31, 0.70 |" in text


def test_a_missing_manifest_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"manifest.json: cannot read.*(\n.*)*next: rtlgen train card --help"
    ):
        write_card(tmp_path / "manifest.json", tmp_path, tmp_path / "CARD.md")
