"""Pairs from real code: short modules of a corpus whose leading comment says what they do.

A module counts when it has ports, at most `ExtractConfig.lines` lines and no macros, is no test bench, compiles alone
with Icarus Verilog, and the comment directly above it keeps at least `WORDS` words once rulers, licence and
author lines are gone. Whether the comment is true nobody checks: these pairs have no oracle.

Try: ``rtlgen datasets pairs extract --corpus files.jsonl --out commented.jsonl``
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import UsageError
from rtlgen.core.limits import Limits
from rtlgen.core.process import run
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import scratch
from rtlgen.core.store import write_atomic
from rtlgen.core.tools import find
from rtlgen.datasets.spec_pairs.build import Pair
from rtlgen.datasets.spec_pairs.verify import programs_outside

WORDS = 5
MOST_WORDS = 150
_MODULE = re.compile(
    r"(?P<comment>(?:^[ \t]*//[^\n]*\n|^[ \t]*/\*.*?\*/[ \t]*\n|^[ \t]*\n|^`(?:timescale|default_nettype)[^\n]*\n)*)"
    r"^(?P<module>[ \t]*module\s+(?P<name>[A-Za-z_]\w*)\b.*?^[ \t]*endmodule)",
    re.MULTILINE | re.DOTALL,
)
_HEADER_END = re.compile(r"\)\s*;")
_DROPPED = re.compile(
    r"copyright|licen[cs]e|spdx|\bauthor|engineer|company|created?\b|\bdate\b|revision|\bversion\b|project name|"
    r"target device|tool versions?|dependencies|additional comments|file ?name|\bfile\b *:|https?:|@|\bwarrant|"
    r"all rights reserved|module name|design name|language|verilator|lint_o|synopsys|pragma|todo|fixme|\$id",
    re.IGNORECASE,
)
_BENCH = re.compile(r"\$(finish|display|monitor|dumpfile|stop)\b")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_CODE = re.compile(r";\s*$|^\s*(assign|wire|reg|input|output|always|module|endmodule|`)\b|<=|\bbegin\b")


@dataclass(frozen=True)
class ExtractConfig:
    """Where the corpus is (JSON lines with ``repo``, ``path``, ``text``) and where the pairs go."""

    corpus: Path
    out: Path
    lines: int = 60


@dataclass(frozen=True)
class ExtractReport:
    """Modules seen, pairs written, and why the others were left out."""

    modules: int
    pairs: int
    left_out: dict[str, int]


def extract(config: ExtractConfig, say: Callable[[str], object] = lambda _: None) -> ExtractReport:
    """Write the pairs of a corpus, all at once at the end: an earlier file stays until then.

    Raises UsageError when the corpus cannot be read or a line is no file of one, ToolError without Icarus or sandbox.
    """
    left: Counter[str] = Counter()
    modules = 0
    seen: set[str] = set()
    lines: list[str] = []
    if not config.out.parent.is_dir():
        raise UsageError("no such folder", where=config.out.parent, hint=f"mkdir -p {config.out.parent}")
    with scratch() as folder:
        for row in _files(config.corpus):
            for match in _MODULE.finditer(row["text"]):
                modules += 1
                pair, reason = _pair(match, row, config.lines)
                if pair is not None and pair.body in seen:
                    pair, reason = None, "seen before"
                if pair is not None and not _compiles(folder, pair):
                    pair, reason = None, "does not compile alone"
                if pair is None:
                    left[reason] += 1
                    continue
                seen.add(pair.body)
                lines.append(json.dumps(asdict(pair), ensure_ascii=False) + "\n")
                if len(lines) % 100 == 0:
                    say(f"{len(lines)} pairs from {modules} modules")
    write_atomic(config.out, "".join(lines), durable=False)
    return ExtractReport(modules, len(lines), dict(left))


def _files(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    yield {"text": str(row["text"]), "repo": str(row["repo"]), "path": str(row["path"])}
                except (ValueError, KeyError, TypeError):
                    raise UsageError(
                        "not a file of a corpus",
                        where=f"{path}:{number}",
                        hint="rtlgen datasets corpus build",
                    ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the corpus cannot be read: {error}", where=path, hint="check the path") from None


def _pair(match: re.Match[str], row: dict[str, Any], most_lines: int) -> tuple[Pair | None, str]:
    """The pair of one module, or None and why not."""
    module, name = match["module"].strip("\n"), match["name"]
    end = _HEADER_END.search(module)
    if module.count("\n") >= most_lines:
        return None, "too long"
    if end is None or "module" in module[7 : end.end()] or "`" in module:
        return None, "no ports, or macros"
    header, body = module[: end.end()].strip(), module[end.end() :].removesuffix("endmodule").strip("\n")
    if not re.search(r"\b(input|inout)\b", module) or not re.search(r"\boutput\b", module):
        return None, "no ports, or macros"
    if re.search(r"\$(finish|display|monitor|dumpfile|stop)\b", body) or re.search(
        r"(^|_)(tb|test)", name, re.IGNORECASE
    ):
        return None, "test bench"
    if not re.search(r"\b(assign|always\w*|and|or|not|xor|buf)\b|\.\w+\s*\(", body):
        return None, "empty body"
    said = cleaned(match["comment"])
    count = len(_LETTERS.findall(said))
    if not WORDS <= count <= MOST_WORDS:
        return None, "no comment that says something"
    text = f"{said}\n\nThe module is named {name}.\n"
    body = body.rstrip() + "\n"
    return Pair("corpus", name, text, header, body, "comment", f"{row['repo']}/{row['path']}"), ""


def cleaned(comment: str) -> str:
    """The sentences of a comment: without marks, rulers, code, licence and author lines, repeated blanks."""
    lines = []
    for raw in comment.splitlines():
        line = re.sub(r"^\s*(?:/\*+|\*+/|//+!?|\*+)?", "", raw)
        line = re.sub(r"\*+/\s*$", "", line).strip(" \t/*#=-|+_")
        if raw.lstrip().startswith("`") or _DROPPED.search(line) or _CODE.search(line) or not line.isascii():
            continue
        lines.append(line)
    text = "\n".join(lines).strip()
    return re.sub(r"\n{2,}", "\n\n", re.sub(r"[ \t]{2,}", " ", text))


def _compiles(folder: Path, pair: Pair) -> bool:
    """Whether the module stands alone."""
    tool = find("iverilog")
    (folder / "one.sv").write_text(f"{pair.header}\n{pair.body}endmodule\n", "utf-8")
    box = Sandbox(folder, programs_outside(tool.path))
    command = [str(tool.path), "-g2012", "-t", "null", "-s", pair.top, "one.sv"]
    done = run(command, sandbox=box, limits=Limits(wall_s=20, output_kb=64))
    return done.returncode == 0 and not done.timed_out
