"""The text that a model of rtlgen's own kind is asked with: the specification as few comment lines, then the header.

The same function makes the text that such a model is trained on (`rtlgen.train.sft`), so that it is asked for what it has
learned. The comment says each thing once: sentences that only ask for a module, and the list of ports that the header
repeats, are left out; wrapped lines become one line a paragraph; runs of blanks in tables become one. Names and numbers
stay as they were written. The header is always made from the ports when they are known, its outputs ``logic``.

It samples nothing (`rtlgen.generate.prompts`) and reads no file.

Try: ``rtlgen generate spec.md --prompt``
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rtlgen.generate.specification import PORT_LINE, Specification, header_of
from rtlgen.model.formats import RTLGEN

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_ASKING = re.compile(
    r"(?:hi[,!]?\s*)?(?:please\s+)?(?:act as .*|you are an? .*|"
    r"(?:(?:i|we) (?:would like|want|need) you to |your task is to |can you )?"
    r"(?:please )?(?:design|implement|write|create|build|develop|provide|give me|generate)\s+"
    r"(?:me )?(?:an?|the|this)?\s*(?:synthesi[sz]able )?(?:system)?(?:verilog|rtl|hdl)?\s*"
    r"(?:code for )?(?:an?|the)?\s*module"
    r"(?:\s+(?:named|called)?\s*[`'\"]?\w+[`'\"]?)?"
    r"(?:\s*,?\s*(?:with|that has|having) the (?:following|given|listed) (?:interface|ports|inputs and outputs)[^.:]*)?"
    r"(?:\s+that does the following)?"
    r"|(?:the |its )?(?:interface|ports|inputs and outputs|port list|signals)(?: (?:is|are)(?: as follows)?)?"
    r"|all (?:input and output )?(?:ports|signals|inputs and outputs)(?: \w+)? are one bit.*"
    r"|(?:give me|provide|write|return) the (?:complete|full|whole) (?:code|module)"
    r"|here (?:is|are) the (?:interface|ports|header|module header)|module header)\s*[.:!]?",
    re.IGNORECASE,
)
_WHAT = re.compile(r"^(?:the module|it|this module|topmodule) should\s+", re.IGNORECASE)
_TABLE = re.compile(r"[|]|\S {2,}\S|\t|^\s*[-+=*]{3,}|->|^\s*\d+\s|;\s*$|^[\s01xXd-]+$|,\s*[01xX-]\s*(?:,|$)")
_BULLET = re.compile(r"^\s*(?:[-*+]|\(?\w{1,2}[.)])\s+")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_KIND = re.compile(r"\b(?:wire|reg|logic|bit)\b")
_WRAPPED = 50
"""A line of prose at least this long may go on in the next one."""


def header_for(spec: Specification) -> str:
    """The header that the answer continues: made from the ports, or as it was written when it has parameters."""
    if spec.header and re.search(r"#\s*\(|\binterface\b|\.\w+\s*\(", spec.header):
        return spec.header.rstrip()
    if spec.ports:
        return header_of(
            spec.top, [replace(port, type=_KIND.sub("", port.type).strip()) for port in spec.ports]
        )
    return spec.header.rstrip() or f"module {spec.top} ("


def text_of(spec: Specification, *, lines: Sequence[str] | None = None, kept: str = "") -> str:
    """The whole question, special tokens included; it ends with the header, or with `kept`, a body's first lines.

    It has no line end at its end: that one belongs to the first token of the answer.

    `lines` are those of the comment (default: `plain_lines` of the text).
    """
    rows = plain_lines(spec) if lines is None else lines
    comment = "".join(f"// {line}".rstrip() + "\n" for line in rows)
    prefix = RTLGEN.clean(f"{comment}{header_for(spec)}\n{kept}".rstrip("\n"))
    return RTLGEN.begin.format(repo=spec.top) + RTLGEN.current.format(path=f"{spec.top}.sv", prefix=prefix)


def plain_lines(spec: Specification) -> list[str]:
    """The specification's text as the lines of the comment: said once, unwrapped, without the ports."""
    rows = _paragraphs(_without_ports(_without_header(spec)))
    kept = []
    for row in rows:
        said = row if _is_table(row) else _said(row)
        if said:
            kept.append(said)
    return kept


def _without_header(spec: Specification) -> list[str]:
    """Lines of the text without code fences' marks and without the header that it shows."""
    text = spec.text
    if spec.origin == "header in the text" and spec.header:
        pattern = r"\s*".join(re.escape(word) for word in spec.header.split())
        text = re.sub(pattern + r"(?:\s*endmodule)?", "", text, count=1)
    return [line.rstrip() for line in text.splitlines() if not _FENCE.match(line)]


def _without_ports(lines: Sequence[str]) -> list[str]:
    """Lines without those that say no more of a port than the header does."""
    return [line for line in lines if not PORT_LINE.fullmatch(line)]


def _is_table(line: str) -> bool:
    return _TABLE.search(line) is not None


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Wrapped prose as one line a paragraph; rows of tables and lists stay lines, with single blanks."""
    rows: list[str] = []
    open_ = False
    for line in lines:
        bare = _HEADING.sub("", line)
        prose = bool(bare.strip()) and not _is_table(bare)
        begins = _BULLET.match(bare) is not None or bare != line
        if prose and open_ and not begins:
            rows[-1] = f"{rows[-1]} {bare.strip()}"
        elif bare.strip():
            rows.append(re.sub(r"[ \t]+", " ", bare.strip()))
        open_ = prose and bare == line and (len(line) >= _WRAPPED or (open_ and not begins))
    return rows


def _said(paragraph: str) -> str:
    """A paragraph without the sentences that only ask for a module; ``The module should`` goes from the others."""
    sentences = [s for s in _SENTENCE_END.split(paragraph) if s and not _ASKING.fullmatch(s)]
    return " ".join(_capital(_WHAT.sub("", sentence)) for sentence in sentences)


def _capital(sentence: str) -> str:
    """With a capital, when the first word is one of prose: a name keeps its letters."""
    word = re.match(r"[a-z]+\b(?![_\[=])", sentence)
    return sentence[:1].upper() + sentence[1:] if word and len(word[0]) > 3 else sentence
