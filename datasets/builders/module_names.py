"""Names of modules in Verilog text, by tokens: which are defined, which are instantiated, and renaming one.

Comments and strings are never touched, and a signal or port that happens to have the module's name keeps it. It does
not parse: text behind macros and conditional directives counts as it stands.

Try: ``python -c "from rtlgen.datasets.module_names import *; print(rename_module('module a; endmodule', 'a', 'b'))"``
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|`[A-Za-z_]\w*|\s+)
      |(?P<word>\\[^\s]+|[A-Za-z_$][\w$]*)
      |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_DEFINING = ("module", "macromodule")
_LIFETIMES = ("automatic", "static")
_KEYWORDS = """
    always always_comb always_ff always_latch and assert assign assume automatic begin bit buf bufif0 bufif1 case
    casex casez class default defparam disable else end endcase endfunction endgenerate endmodule endtask enum event
    expect extends final for force foreach forever fork forkjoin function generate genvar if import initial inout input
    int integer join join_any join_none localparam logic longint macromodule module nand negedge new nmos nor not notif0
    notif1 or output package parameter pmos posedge program property pulldown pullup randcase real realtime reg release
    repeat return scalared sequence shortint shortreal signed specify static string struct supply0 supply1 table task
    time tri tri0 tri1 triand trior typedef union unique unsigned var vectored virtual void wait wand while wire wor
    xnor xor
"""
_NO_MODULE = frozenset(_KEYWORDS.split())
"""Keywords that may stand before ``name (``: what follows them is no instance."""


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int


def _tokens(text: str) -> Iterator[_Word]:
    """Words and single characters; blanks, comments, strings and directives are left out."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            yield _Word(match[0], match.start(), match.end())


def defined_modules(text: str) -> tuple[str, ...]:
    """Names after ``module``, in order."""
    return tuple(word.text for word in _definitions(list(_tokens(text))))


def instantiated_modules(text: str) -> tuple[str, ...]:
    """Names of modules that `text` instantiates, in order, each once."""
    return tuple(dict.fromkeys(word.text for word in _instances(list(_tokens(text)))))


def root_modules(text: str) -> tuple[str, ...]:
    """Modules that `text` defines and does not itself instantiate."""
    used = set(instantiated_modules(text))
    return tuple(name for name in defined_modules(text) if name not in used)


def rename_module(text: str, old: str, new: str) -> str:
    """`text` with the module `old` called `new`: its declaration, end label and instances; nothing else changes."""
    if old == new:
        return text
    words = list(_tokens(text))
    places = [*_definitions(words), *_instances(words), *_end_labels(words)]
    for word in sorted((w for w in places if w.text == old), key=lambda w: -w.start):
        text = text[: word.start] + new + text[word.end :]
    return text


def _definitions(words: list[_Word]) -> Iterator[_Word]:
    for i, word in enumerate(words[:-1]):
        if word.text in _DEFINING:
            after = words[i + 1 : i + 3]
            name = after[1] if after[0].text in _LIFETIMES and len(after) > 1 else after[0]
            if _is_name(name):
                yield name


def _end_labels(words: list[_Word]) -> Iterator[_Word]:
    for i, word in enumerate(words[:-2]):
        if word.text == "endmodule" and words[i + 1].text == ":":
            yield words[i + 2]


def _instances(words: list[_Word]) -> Iterator[_Word]:
    """First words of ``name [#(...)] name [range] (`` at the beginning of a statement."""
    for i, word in enumerate(words):
        before = words[i - 1].text if i else ";"
        labelled = i > 1 and words[i - 2].text == ":"  # begin : name
        if not _is_name(word) or not (before in (";", ")", ":") or before in _NO_MODULE or labelled):
            continue
        if before in _DEFINING or before in ("function", "task", "class", "import", "package", "extends"):
            continue
        j = i + 1
        if j < len(words) and words[j].text == "#":
            j = _behind(words, j + 1, "(", ")")
        if j < len(words) and _is_name(words[j]):
            j = _behind(words, j + 1, "[", "]")
            if j < len(words) and words[j].text == "(":
                yield word


def _behind(words: list[_Word], i: int, left: str, right: str) -> int:
    """The index behind a balanced pair that begins at `i`; `i` when there is none."""
    if i >= len(words) or words[i].text != left:
        return i
    depth = 0
    while i < len(words):
        depth += {left: 1, right: -1}.get(words[i].text, 0)
        i += 1
        if depth == 0:
            break
    return i


def _is_name(word: _Word) -> bool:
    first = word.text[0]
    return (first.isalpha() or first in "_\\") and word.text not in _NO_MODULE
