"""Verilog text without comments and strings: system tasks, directives and keywords, whatever conditionals hide.

Compilers disagree on what a preprocessor leaves of a text; so this looks at all of it, branches that are not taken and
bodies of macros included, and reports what no plain design needs. Where one reader would see a comment or a string and
another one code (an escaped name with ``//`` in it, three quotes, a comment that ends in a backslash), it says so or
takes it for code.

It does not parse. Used by `sim.tamper`.
Try: ``python -c "from rtlgen.sim.raw_text import read_raw; print(read_raw('initial $finish;').findings)"``
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

_TASKS = """
    signed unsigned clog2 bits size high low left right increment dimensions unpacked_dimensions
    countones countbits onehot onehot0 isunknown isunbounded typename cast
    random urandom urandom_range dist_uniform dist_normal dist_exponential dist_poisson dist_chi_square dist_t dist_erlang
    time realtime stime rtoi itor realtobits bitstoreal shortrealtobits bitstoshortreal
    ln log10 exp sqrt pow floor ceil sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh atanh abs min max
    past past_gclk rose fell stable changed sampled rose_gclk fell_gclk stable_gclk changed_gclk global_clock
    setup hold setuphold recovery removal recrem width period skew timeskew fullskew nochange sformatf
"""
_DIRECTIVES = """
    define undef ifdef ifndef elsif else endif timescale default_nettype celldefine endcelldefine resetall
    unconnected_drive nounconnected_drive begin_keywords end_keywords include __FILE__ __LINE__
    default_decay_time default_trireg_strength delay_mode_distributed delay_mode_path delay_mode_unit delay_mode_zero
"""
HARMLESS_TASKS = frozenset(_TASKS.split())
"""System tasks and functions that neither print, stop, read, write nor control anything."""
HARMLESS_DIRECTIVES = frozenset(_DIRECTIVES.split())
"""Directives of the language without influence on the test; others are macros or are reported."""
_LOUD_DIRECTIVES = {
    "line": "renames its lines with `line",
    "protect": "hides text with `protect",
    "protected": "hides text with `protected",
    "undefineall": "forgets all macros with `undefineall",
    "systemc_header": "inserts C++ with `systemc_header",
    "systemc_ctor": "inserts C++ with `systemc_ctor",
    "systemc_dtor": "inserts C++ with `systemc_dtor",
    "systemc_interface": "inserts C++ with `systemc_interface",
    "systemc_imp_header": "inserts C++ with `systemc_imp_header",
    "systemc_implementation": "inserts C++ with `systemc_implementation",
    "systemc_include_header": "inserts C++ with `systemc_include_header",
    "verilator_config": "configures the compiler with `verilator_config",
    "vlt": "configures the compiler with `vlt",
    "uselib": "names other libraries with `uselib",
}
_LOUD_WORDS = {
    "bind": "binds something into another module",
    "program": "is a program: its end ends the simulation",
    "force": "forces a signal",
    "release": "releases a signal",
    "config": "has a configuration",
    "alias": "joins nets with alias",
}
_HIDDEN = re.compile(
    r'(?P<comment>//[^\n\r]*|/\*.*?\*/)|(?P<unclosed>/\*.*)|(?P<macro_quote>`\\?`?")|(?P<string>"(?:\\\r?\n|\\[^\n\r]|[^"\\\n\r])*")'
    r'|(?P<unended>")|(?P<escaped_macro>`\\[^\s`])|(?P<escaped>(?<!`)\\[^\s\\][^\s]*)',
    re.DOTALL,
)
_DOTTED = re.compile(r"[\w\]$`)]\s*\.\s*(?:[A-Za-z_\\`]|$)|\.\s*`", re.MULTILINE)
_CHOICE = re.compile(r"\b(?:if|case|for)\b")
_SYSTEM = re.compile(r"\$([\w$]*)")
_DIRECTIVE = re.compile(r"`([A-Za-z_]\w*)")
_CONDITION = re.compile(r"`(ifdef|ifndef|elsif|else|endif)\b[ \t]*(\w*)")
_DEFINE = re.compile(r"`define[ \t]+([A-Za-z_]\w*)")
_DEFINITION = re.compile(r"^[ \t]*`define[ \t](?:[^\n]*\\\r?\n)*[^\n]*", re.MULTILINE)
_INCLUDE = re.compile(r"`include\b[^\n]*")
_UNDEF = re.compile(r"`undef[ \t]+([A-Za-z_]\w*)")
_MODULE = re.compile(
    r"\b(?:macromodule|module|interface|program|primitive|package|checker)\s+(?:automatic\s+|static\s+)?(\w+)"
)
_LOUD = re.compile(rf"(?<![\w$.'`])({'|'.join(_LOUD_WORDS)})(?![\w$])")
_DPI = re.compile(r"\b(import|export)\s*\"")
_MOST = 64
_BARE_DOLLAR_ENDS = frozenset("]):,;+-* \t}")


@dataclass(frozen=True)
class Raw:
    """A text and what a look at it without parsing gives."""

    text: str
    code: str
    """The text with comments, strings and escaped names blanked; offsets and lines are the same."""
    findings: tuple[str, ...]

    @cached_property
    def dotted(self) -> bool:
        """Whether it may have hierarchical names, beside generate constructs that may not be taken."""
        return _DOTTED.search(self.code) is not None and _CHOICE.search(self.code) is not None

    @cached_property
    def conditional(self) -> bool:
        """Whether the text has conditional parts."""
        return "`if" in self.code

    @cached_property
    def without_includes(self) -> str:
        """The text with `` `include`` blanked to the end of its line: nothing may open a file that it names."""
        return _blank_spans(self.text, [match.span() for match in _INCLUDE.finditer(self.code)])

    @cached_property
    def all_branches(self) -> str:
        """The text without includes and with the conditional directives blanked: all branches one after the other."""
        return _blank_spans(self.without_includes, [match.span() for match in _CONDITION.finditer(self.code)])

    @cached_property
    def definitions(self) -> str:
        """The `` `define`` lines alone."""
        return "".join(match[0].rstrip("\r\n") + "\n" for match in _DEFINITION.finditer(self.text))

    @cached_property
    def modules(self) -> dict[str, str]:
        """Modules, packages and the like that it defines: name to ``line N``."""
        return {match[1]: self.line(match.start(1)) for match in _MODULE.finditer(self.code)}

    @cached_property
    def macros(self) -> dict[str, str]:
        """Macros that it defines or undefines: name to ``line N``."""
        found = {match[1]: self.line(match.start(1)) for match in _DEFINE.finditer(self.code)}
        return found | {match[1]: self.line(match.start(1)) for match in _UNDEF.finditer(self.code)}

    @cached_property
    def asked(self) -> frozenset[str]:
        """Macros that it asks for before it defines them: by a conditional or by use."""
        first: dict[str, int] = {}
        for match in _DEFINE.finditer(self.code):
            first.setdefault(match[1], match.start())
        uses = [(match[2], match.start()) for match in _CONDITION.finditer(self.code) if match[2]]
        uses += [
            (match[1], match.start())
            for match in _DIRECTIVE.finditer(self.code)
            if match[1] not in HARMLESS_DIRECTIVES
        ]
        return frozenset(name for name, at in uses if at < first.get(name, len(self.code) + 1))

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    def line(self, offset: int) -> str:
        """``line N`` of a character."""
        return f"line {bisect_left(self._ends, offset) + 1}"


def read_raw(text: str, headers: Sequence[str] = ()) -> Raw:
    """Look through `text` (latin-1 characters). It may include files named as one of `headers`."""
    found: list[tuple[int, str]] = []
    code = _blanked(text, found)
    found += _tasks(code)
    found += _directives(code)
    found += _includes(text, code, headers)
    found += [(match.start(), _LOUD_WORDS[match[1]]) for match in _LOUD.finditer(code)]
    found += [(match.start(), f"{match[1]}s a function of another language") for match in _DPI.finditer(code)]
    found += _structure(code)
    told = dict.fromkeys(
        f"{what} (line {text.count(chr(10), 0, at) + 1})" for at, what in sorted(found)[:_MOST]
    )
    return Raw(text, code, tuple(told))


def _blanked(text: str, found: list[tuple[int, str]]) -> str:
    """`text` with comments, string contents and escaped names blanked; what is not the same to every reader is found."""
    if "\0" in text:
        found.append((text.index("\0"), "has a null character"))

    def blank(match: re.Match[str]) -> str:
        whole = match[0]
        kind = match.lastgroup
        if kind == "comment" and whole.startswith("//") and whole.endswith("\\"):
            return "  " + whole[2:]  # inside a macro definition some readers end the comment at the backslash
        if kind == "string":
            if match.end() < len(text) and text[match.end()] == '"':
                found.append((match.start(), "has quotes that readers take differently"))
            return '"' + _spaces(whole[1:-1]) + '"'
        if kind == "unclosed":
            found.append((match.start(), "has a comment that does not end"))
        elif kind == "unended":
            found.append((match.start(), "has a string that does not end"))
        elif kind == "escaped_macro":
            found.append((match.start(), "has a macro of an escaped name"))
        elif kind == "escaped":
            if whole.startswith("\\$"):
                found.append(
                    (match.start(), f"calls {whole[1:]} by an escaped name")
                )  # Icarus takes it for the task
            if any(sign in whole for sign in ("//", "/*", '"', "`")):
                found.append((match.start(), "has an escaped name that hides a comment, a string or a macro"))
            return "_" * len(whole)
        return _spaces(whole)

    return _HIDDEN.sub(blank, text)


def _blank_spans(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """`text` with the `spans` (in order, apart from each other) blanked, line ends kept."""
    parts, last = [], 0
    for start, end in spans:
        parts += [text[last:start], _spaces(text[start:end])]
        last = end
    return "".join([*parts, text[last:]])


def _spaces(text: str) -> str:
    return re.sub(r"[^\n\r]", " ", text) if "\n" in text or "\r" in text else " " * len(text)


def _tasks(code: str) -> Iterator[tuple[int, str]]:
    """System tasks that are not harmless, and dollar signs that a macro could complete."""
    for match in _SYSTEM.finditer(code):
        before = code[match.start() - 1 : match.start()]
        if before.isalnum() or before == "_":
            continue  # a dollar sign inside a name
        name = match[1]
        if name in HARMLESS_TASKS:
            if code.startswith("`", match.end()):
                yield match.start(), f"builds the name of a system task from ${name}"
        elif name:
            yield match.start(), f"calls ${name}"
        elif code[match.end() : match.end() + 1] not in _BARE_DOLLAR_ENDS:
            yield match.start(), "builds the name of a system task"


def _directives(code: str) -> Iterator[tuple[int, str]]:
    for match in _DIRECTIVE.finditer(code):
        name = match[1]
        if name in _LOUD_DIRECTIVES:
            yield match.start(), _LOUD_DIRECTIVES[name]
        elif name == "pragma" and re.match(r"\s*protect", code[match.end() : match.end() + 40]):
            yield match.start(), "hides text with `pragma protect"


def _includes(text: str, code: str, headers: Sequence[str]) -> Iterator[tuple[int, str]]:
    for match in _INCLUDE.finditer(code):
        named = re.match(r'`include\s*["<]([^">\n]*)[">]', text[match.start() : match.end()])
        name = named[1] if named else ""
        if name.rpartition("/")[2] not in headers or ".." in name:
            yield match.start(), f"includes {name or 'a file that a macro names'}"


def _structure(code: str) -> Iterator[tuple[int, str]]:
    """Conditionals left open: they would swallow the files that come after."""
    depth = 0
    last = 0
    for match in _CONDITION.finditer(code):
        if match[1] in {"ifdef", "ifndef"}:
            depth, last = depth + 1, match.start()
        elif match[1] == "endif":
            depth -= 1
            if depth < 0:
                yield match.start(), "closes a conditional that it did not open"
                depth = 0
    if depth:
        yield last, "leaves a conditional open"
