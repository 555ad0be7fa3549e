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
from collections.abc import Collection, Sequence
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
_EMPTY = frozenset(
    """
    a an the this that module modules design block circuit named called name is are be wanted required
    needed it its has have having with by of for to in as below above follows following given described
    shown listed here input inputs output outputs port ports signal signals interface interfaces list header
    headers pin pins i o bit bits wide width verilog systemverilog rtl hdl code text complete full write
    make create describe give develop provide produce implement build please you your task need me must
    should shall synthesizable synthesisable whose and takes drives digital professional designer engineer
    hardware asked use assume unless otherwise specified stated noted indicated if nothing else said says
    without all one single they default these there
    """.split()  # noqa: SIM905
)
"""Words of sentences that say nothing beside the module's name and its ports."""
_PORTS_SAID = re.compile(
    r"^(?:it has|there (?:is|are)|the module (?:has|takes)|ports?\b|inputs?\b\s*:|outputs?\b\s*:|"
    r"the inputs? (?:is|are)|the outputs? (?:is|are))",
    re.IGNORECASE,
)
_PLAIN_NOTE = frozenset(
    "clock reset enable data value result input output signal bit bits wide port the of a an in out".split()  # noqa: SIM905
)
_LISTED = re.compile(r"^\s*(?:[-*]\s+)?[`*]*([A-Za-z_]\w*)[`*]*\s*(?:\[[^\]]+\])?\s*:\s*(.*)$")
_TITLE = re.compile(
    r"^\W*(?:module name|name|(?:input|output)s?(?: ports?| signals?)?|ports?|interface|behaviou?r|functions?|"
    r"functionality|description|implementation|specification|requirements?|task|signals?)\W*$",
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
    names = {port.name.lower() for port in spec.ports}
    rows = _paragraphs([line for line in _without_header(spec) if not _only_port(line, spec.top, names)])
    kept = []
    for row in rows:
        said = row if _is_table(row) else _said(row, spec.top.lower(), names)
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


def _only_port(line: str, top: str, names: Collection[str]) -> bool:
    """Whether a line says no more of a port than the header does, or is a title, or the module's name alone."""
    if PORT_LINE.fullmatch(line) or _TITLE.match(line) or line.strip(" `*#") == top:
        return bool(line.strip())
    words = set(re.findall(r"[a-z_]\w*", line.lower()))
    if re.search(r"[|]|\S {2,}\S", line) and words & {"input", "output", "direction"}:
        return words <= _PLAIN_NOTE | set(names) | {
            "direction",
            "description",
            "width",
            "name",
            "size",
            "role",
        }
    listed = _LISTED.match(line)
    if listed is None or listed[1].lower() not in names:
        return False
    return all(word in _PLAIN_NOTE or word.isdigit() for word in re.findall(r"[a-z]+|\d+", listed[2].lower()))


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
        elif bare.strip(" \t|:+=-_"):
            rows.append(re.sub(r"[ \t]+", " ", bare.strip()))
        open_ = prose and bare == line and (len(line) >= _WRAPPED or (open_ and not begins))
    return rows


def _said(paragraph: str, top: str, names: Collection[str]) -> str:
    """A paragraph without sentences that only ask for a module; ``The module should`` goes from the others."""
    sentences = [
        sentence
        for sentence in _SENTENCE_END.split(paragraph)
        if sentence and not _ASKING.fullmatch(sentence) and not _empty(sentence, top, names)
    ]
    return " ".join(_capital(_WHAT.sub("", s), names) if _WHAT.match(s) else s for s in sentences)


def _empty(sentence: str, top: str, names: Collection[str]) -> bool:
    """Whether a sentence says only that there is a module of this name, or which ports it has."""
    words = set(re.findall(r"[a-z_]\w*", sentence.lower()))
    if _PORTS_SAID.match(sentence):
        return words <= _EMPTY | set(names)
    return bool(words & {top, "module", "interface", "ports", "designer", "engineer"}) and words <= _EMPTY | {
        top
    }


def _capital(sentence: str, names: Collection[str]) -> str:
    """With a capital, unless it begins with a port."""
    word = re.match(r"\w+", sentence)
    return sentence if word and word[0].lower() in names else sentence[:1].upper() + sentence[1:]
