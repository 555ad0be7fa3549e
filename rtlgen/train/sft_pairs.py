"""Pairs of a specification and a module as training examples in the layout that `rtlgen generate` asks with.

A pair is a row of `rtlgen datasets pairs build`, or of one's own: ``specification`` (the text), ``code`` (a whole module,
or ``header`` and ``body`` without ``endmodule``), and optionally ``top``, ``family`` and ``name``. Its question is
`rtlgen.generate.layout.text_of`, its answer the text behind the module's header, to the end. Ports that the text
does not show as a list or a header are taken from the code.

Held out are a share of the pairs of every family, and families as a whole. It trains nothing (`rtlgen.train.sft`).

Try: ``rtlgen train sft --data pairs.jsonl --model rtlgen/assets/model --out run --max-minutes 10``
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rtlgen.core.errors import UsageError
from rtlgen.generate.layout import text_of
from rtlgen.generate.specification import Specification, from_header, specification
from rtlgen.model.tokenizer import EOS, VerilogTokenizer

if TYPE_CHECKING:
    from collections.abc import Collection

_BODY = re.compile(r"\)\s*;[ \t]*(?=\n|$)")
_NAME = re.compile(r"\bmodule\s+([A-Za-z_]\w*)")
_HINT = "rows have specification and code, or are those of `rtlgen datasets pairs build`"


@dataclass(frozen=True)
class Pair:
    """A specification's text and the module that meets it."""

    name: str
    family: str
    top: str
    spec: str
    code: str

    @property
    def digest(self) -> int:
        """A number that the content decides, for splitting."""
        text = f"{self.family}\0{self.spec}\0{self.code}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class Split:
    """Pairs to learn from, pairs held out of families that are learned, and pairs of families held out whole."""

    train: tuple[Pair, ...]
    held: tuple[Pair, ...]
    unseen: tuple[Pair, ...]


@dataclass(frozen=True)
class Example:
    """Token ids of question and answer; the first `asked` of them are the question."""

    ids: tuple[int, ...]
    asked: int


def read_pairs(paths: Sequence[Path]) -> list[Pair]:
    """All pairs of the files.

    Raises UsageError for a missing file, a row that is no pair (with its line), and when there is no pair at all.
    """
    pairs: list[Pair] = []
    for path in paths:
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the pairs: {error}", where=path, hint=_HINT) from error
        pairs += [_pair(line, f"{path}:{n}") for n, line in enumerate(lines, 1) if line.strip()]
    if not pairs:
        raise UsageError("there are no pairs", where=paths[0] if paths else None, hint=_HINT)
    return pairs


def _pair(line: str, where: str) -> Pair:
    try:
        row = json.loads(line)
        spec = row["specification"]
        code = row["code"] if "code" in row else f"{row['header']}\n{row['body']}endmodule\n"
        named = _NAME.search(code)
        top = row.get("top") or (named[1] if named else "")
        family = row.get("family") or "pairs"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"not a pair: {error!r}", where=where, hint=_HINT) from error
    if not (isinstance(spec, str) and isinstance(code, str) and spec.strip() and top):
        raise UsageError("not a pair: texts are needed, and a module", where=where, hint=_HINT)
    return Pair(str(row.get("name") or where), str(family), str(top), spec, code)


def split(pairs: Sequence[Pair], *, share: float, families: Collection[str] = ()) -> Split:
    """Hold out about `share` of each family (by content: the same pair always falls alike), and whole `families`.

    Raises UsageError for a family that is not there, and when nothing is left to learn from.
    """
    known = {pair.family for pair in pairs}
    if missing := sorted(set(families) - known):
        raise UsageError(f"no pair is of family '{missing[0]}'", hint=f"families: {', '.join(sorted(known))}")
    unseen = [pair for pair in pairs if pair.family in families]
    rest = [pair for pair in pairs if pair.family not in families]
    held = [pair for pair in rest if pair.digest % 10_000 < share * 10_000]
    codes = {_bare(pair.code) for pair in (*held, *unseen)}
    train = [
        pair for pair in rest if pair.digest % 10_000 >= share * 10_000 and _bare(pair.code) not in codes
    ]
    if not train:
        raise UsageError("nothing is left to learn from", hint="more pairs, or fewer held-out families")
    return Split(tuple(train), tuple(held), tuple(unseen))


def _bare(code: str) -> str:
    return " ".join(code.split())


def specification_of(pair: Pair) -> Specification:
    """The specification as `rtlgen generate` would read it; ports that the text does not show come from the code."""
    given = from_header(pair.name, pair.spec, pair.code, pair.top)
    try:
        read = specification(pair.spec, top=pair.top, name=pair.name)
    except UsageError:
        return given
    same = [(p.name, p.direction, p.width) for p in read.ports] == [
        (p.name, p.direction, p.width) for p in given.ports
    ]
    return read if same else replace(given, ports=given.ports)


def example(pair: Pair, tokenizer: VerilogTokenizer, most: int) -> Example | None:
    """The pair as token ids; None when it is longer than `most`, or its module has no header that can be continued."""
    end = _BODY.search(pair.code)
    try:
        spec = specification_of(pair)
    except UsageError:
        return None
    if end is None or not spec.ports:
        return None
    body = pair.code[end.end() :].strip("\n").rstrip()
    question = tokenizer.encode_prompt(text_of(spec))
    answer = [*tokenizer.encode(f"\n{body}\n"), tokenizer.special[EOS]]
    ids = (*question, *answer)
    return Example(ids, len(question)) if len(ids) <= most else None
