"""The Verilog in an answer: models wrap it in thoughts, fences and pleasantries.

Tried in this order: what stands between ``[BEGIN]`` and ``[DONE]``; fenced blocks, those with the wanted module first;
the text from the first ``module`` to the last ``endmodule``; and, for a model that continued a header it was given, that
header and its text up to the first ``endmodule``. Thinking parts are dropped first. It repairs nothing: code without an
``endmodule`` stays so, and the compiler says it.

VerilogEval's own rules, which differ, are in `rtlgen.evaluate.code_samples`.
"""

from __future__ import annotations

import re

_THOUGHT = re.compile(r"<(think|thinking|reasoning|analysis)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_MARKED = re.compile(r"\[BEGIN\](.*?)(?:\[DONE\]|\Z)", re.DOTALL)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_MODULE = re.compile(
    r"^[ \t]*(?:\(\*.*?\*\)\s*)?(?:`\w+[^\n]*\n\s*)*(?:module|macromodule|package|interface)\b", re.MULTILINE
)
_END = re.compile(r"\bend(?:module|package|interface)\b(?:[ \t]*:[ \t]*\w+)?")


def code_of(answer: str, top: str, *, header: str = "") -> str:
    """The code in `answer` that is to define module `top`; empty when there is none.

    With `header` the answer is the continuation of that header (a base model's), unless it declares `top` itself.
    """
    text = _THOUGHT.sub("", answer)
    if header and not _declares(text, top):
        end = _END.search(text)
        body = text[: end.end()] if end else text
        return f"{header.rstrip()}\n{body.strip(chr(10)).rstrip()}\n" if body.strip() else ""
    parts = [match[1] for match in _MARKED.finditer(text)]
    inner = "\n".join(parts) if parts else text
    fenced = [match[2] for match in _FENCE.finditer(inner)]
    if fenced:
        wanted = [part for part in fenced if _declares(part, top)]
        blocks = wanted[-1:] or [
            part for part in fenced if _MODULE.search(part)
        ]  # the last answer is the considered one
        if wanted and len(fenced) > 1:
            blocks = _with_helpers(fenced, wanted[-1], top)
        inner = "\n".join(blocks) if blocks else inner
    return _span(inner)


def _declares(text: str, name: str) -> bool:
    return (
        re.search(rf"\b(?:module|macromodule)\s+(?:automatic\s+|static\s+)?{re.escape(name)}\b", text)
        is not None
    )


def _with_helpers(fenced: list[str], wanted: str, top: str) -> list[str]:
    """The wanted block, with the other blocks whose modules it instantiates; other versions of `top` are left out."""
    helpers = []
    for part in fenced:
        names = re.findall(r"\b(?:module|package|interface)\s+([A-Za-z_]\w*)", part)
        if (
            part is not wanted
            and not _declares(part, top)
            and any(re.search(rf"\b{name}\b", wanted) for name in names)
        ):
            helpers.append(_span(part))
    return [*helpers, wanted]


def _span(text: str) -> str:
    """From the first design unit (with directives just above it) to the last end of one."""
    start = _MODULE.search(text)
    if start is None:
        return ""
    ends = list(_END.finditer(text))
    stop = ends[-1].end() if ends and ends[-1].end() > start.start() else len(text)
    return text[start.start() : stop].strip() + "\n"
