"""A set of specification-to-module pairs: families -> designs -> texts, duplicates out, verified, written as JSONL.

Row `k` depends on the seed and `k` alone, so a set can be stopped and continued: the manifest beside it says how far
it is, and what was written behind that point is dropped. A design that fails its verification is a mistake of its
family: it is counted with the reason and never written.

Try: ``rtlgen datasets pairs build --count 200 --seed 1 --out pairs.jsonl``
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.core.store import write_atomic
from rtlgen.datasets.spec_pairs.design import Design, Family
from rtlgen.datasets.spec_pairs.families import FAMILIES
from rtlgen.datasets.spec_pairs.verify import verified
from rtlgen.datasets.spec_pairs.wording import worded

FORMAT = 1
CHUNK = 600
_DRY = 20
"""Chunks in a row with nothing new after which the families have no more to say."""


@dataclass(frozen=True)
class PairsConfig:
    """`families`: names of those to draw from (empty: all)."""

    count: int
    out: Path
    seed: int = 1
    families: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pair:
    """One row. The module is ``header``, a line end, ``body`` and ``endmodule``."""

    family: str
    top: str
    specification: str
    header: str
    body: str
    style: str
    """Layout of the interface in the text."""
    seed: str
    """``seed:number`` that the row was drawn with."""


@dataclass
class PairsReport:
    """How far a set is and what was left out; the manifest is this."""

    format: int
    seed: int
    wanted: tuple[str, ...]
    pairs: int = 0
    drawn: int = 0
    bytes: int = 0
    duplicates: int = 0
    verified: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    """First failure of each family."""
    families: dict[str, int] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)

    @property
    def verified_share(self) -> float:
        """Share of the designs simulated that agreed with their oracle."""
        tried = self.verified + sum(self.failed.values())
        return self.verified / tried if tried else 0.0


def build(config: PairsConfig, say: Callable[[str], object] = lambda _: None) -> PairsReport:
    """Write `config.count` pairs to `config.out` and the manifest beside it; continue what an earlier call began.

    Raises UsageError for an unknown family, a folder that does not exist or cannot be written to, or a set of another
    seed in the way, and DesignError when the families have nothing new to say before the count is reached.
    """
    chosen = _families(config.families)
    report, seen = _begun(config)
    dry = 0
    while report.pairs < config.count:
        before = report.pairs
        pairs = _chunk(chosen, config, report, seen)
        _append(config.out, report, pairs)
        dry = 0 if report.pairs > before else dry + 1
        if dry == _DRY:
            raise DesignError(
                f"only {report.pairs} different pairs came out",
                where=config.out,
                hint="ask for fewer, or for more families",
            )
        say(f"{report.pairs} pairs, {report.duplicates} duplicates, {sum(report.failed.values())} failed")
    return report


def manifest_of(out: Path) -> Path:
    """``pairs.manifest.json`` beside ``pairs.jsonl``."""
    return out.with_name(out.stem + ".manifest.json")


def rows(path: Path) -> Iterator[Pair]:
    """The pairs of a set. Raises UsageError, with the line, for a row that is none."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield Pair(**json.loads(line))
                except (TypeError, ValueError):
                    raise UsageError(
                        "not a specification pair",
                        where=f"{path}:{number}",
                        hint="rtlgen datasets pairs build",
                    ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the pairs cannot be read: {error}", where=path, hint="check the path") from None


def _families(names: Sequence[str]) -> Sequence[Family]:
    known = {family.name: family for family in FAMILIES}
    for name in names:
        if name not in known:
            raise UsageError(f"no family '{name}'", hint="families: " + ", ".join(sorted(known)))
    return [known[name] for name in names] if names else FAMILIES


def _chunk(
    families: Sequence[Family], config: PairsConfig, report: PairsReport, seen: set[bytes]
) -> list[Pair]:
    """New verified pairs of the next `CHUNK` numbers, at most as many as are missing."""
    drawn = [_drawn(families, config.seed, report.drawn + k) for k in range(CHUNK)]
    fresh = {k for k, (_, pair) in enumerate(drawn) if _is_new(pair, seen)}
    verdicts = dict(
        zip(sorted(fresh), verified([drawn[k][0] for k in sorted(fresh)], config.seed), strict=True)
    )
    kept: list[Pair] = []
    for k, (_, pair) in enumerate(drawn):
        if report.pairs + len(kept) == config.count:
            break
        report.drawn += 1
        if k not in fresh:
            report.duplicates += 1
        elif verdicts[k].passed:
            report.verified += 1
            kept.append(pair)
        else:
            report.failed[pair.family] = report.failed.get(pair.family, 0) + 1
            report.reasons.setdefault(pair.family, f"{pair.seed}: {verdicts[k].reason}")
    return kept


def _drawn(families: Sequence[Family], seed: int, number: int) -> tuple[Design, Pair]:
    rng = random.Random(f"{seed}:{number}")
    family = rng.choices(families, [family.weight for family in families])[0]
    design = family.draw(rng)
    text = worded(design, rng)
    body = _indented(design.body)
    return design, Pair(
        family.name, design.top, text.text, text.header, body, text.layout, f"{seed}:{number}"
    )


def _indented(body: str) -> str:
    """The body with two blanks a level, so that all families look alike."""
    lines = body.splitlines(keepends=True)
    margins = [len(line) - len(line.lstrip(" ")) for line in lines]
    if any(margin % 4 for margin in margins):
        return body
    return "".join(line[margin // 2 :] for line, margin in zip(lines, margins, strict=True))


def _is_new(pair: Pair, seen: set[bytes]) -> bool:
    key = _key(pair)
    if key in seen:
        return False
    seen.add(key)
    return True


def _key(pair: Pair) -> bytes:
    return hashlib.blake2b(f"{pair.specification}\0{pair.body}".encode(), digest_size=12).digest()


def _append(out: Path, report: PairsReport, pairs: Sequence[Pair]) -> None:
    """The rows first, then the manifest that counts them: an interrupted call loses a chunk at most."""
    data = b"".join(json.dumps(asdict(pair), ensure_ascii=False).encode() + b"\n" for pair in pairs)
    try:
        with out.open("ab") as file:
            file.write(data)
            file.flush()
            report.bytes = file.tell()
    except OSError as error:
        raise UsageError(
            f"the pairs cannot be written: {error.strerror or error}",
            where=out,
            hint="free some space and run it again: it continues where it stopped",
        ) from None
    report.pairs += len(pairs)
    for pair in pairs:
        report.families[pair.family] = report.families.get(pair.family, 0) + 1
        report.styles[pair.style] = report.styles.get(pair.style, 0) + 1
    content = {**asdict(report), "verified_share": report.verified_share}
    write_atomic(manifest_of(out), json.dumps(content, indent=1, sort_keys=True) + "\n", durable=False)


def _begun(config: PairsConfig) -> tuple[PairsReport, set[bytes]]:
    """The state to continue from: that of the manifest, or a new one with an empty file."""
    out, manifest = config.out, manifest_of(config.out)
    if not out.parent.is_dir():
        raise UsageError("no such folder", where=out.parent, hint=f"mkdir -p {out.parent}")
    if not manifest.exists():
        if out.exists():
            raise UsageError(
                "the file exists and no manifest says what it is",
                where=out,
                hint="another --out, or remove it",
            )
        report = PairsReport(FORMAT, config.seed, config.families)
        _append(out, report, [])
        return report, set()
    report = _read(manifest)
    if (report.format, report.seed, report.wanted) != (FORMAT, config.seed, config.families):
        raise UsageError(
            "another set (seed or families) is being built there",
            where=out,
            hint="another --out, or remove both files",
        )
    try:
        if out.stat().st_size < report.bytes:
            raise UsageError("is shorter than its manifest says", where=out, hint="remove both files")
        with out.open("r+b") as file:
            file.truncate(report.bytes)
    except OSError as error:
        raise UsageError(
            f"the pairs of the manifest cannot be continued: {error.strerror or error}",
            where=out,
            hint=f"bring them back, or remove {manifest_of(out).name}",
        ) from None
    return report, {_key(pair) for pair in rows(out)}


def _read(manifest: Path) -> PairsReport:
    try:
        content = json.loads(manifest.read_text("utf-8"))
        del content["verified_share"]
        report = PairsReport(**content)
        return replace(report, wanted=tuple(report.wanted))
    except (OSError, ValueError, TypeError, KeyError):
        raise UsageError("the manifest is damaged", where=manifest, hint="remove it and the pairs") from None
