"""Samples as models get them wrong, made of VerilogEval's references by plain text: for `study_letters.py`.

Each kind damages a reference in one way; `samples` gives those that apply to a problem, seeded by its name. `CERTAIN`
names the letters a kind must end with when the damage took hold; kinds that are not in it may end in any.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

Damage = Callable[[str, random.Random], str | None]

_HEADER = re.compile(r"module\s+TopModule\b.*?\);", re.DOTALL)
_OPERATORS = {
    "&": "|", "|": "&", "^": "&", "+": "-", "==": "!=", "!=": "==", "<": ">", "~": "", "!": "", "&&": "||", "||": "&&",
}  # fmt: skip
_OPERATOR = re.compile(
    r"&&|\|\||==|!=|(?<![<>=&|])[<](?![<=])|(?<![&|<>=!~^(@*])[&|^+](?![&|=:*)])|[~!](?!=)"
)
_PORT = re.compile(r"\b(input|output)\b[^,;)]*?\b(\w+)\s*(?=,|\)|$)", re.MULTILINE)


def _body(code: str) -> int:
    """Where the module's body begins: behind its header."""
    header = _HEADER.search(code)
    return header.end() if header else code.find(";") + 1


def insert(text: str) -> Damage:
    """Put `text` at the begin of the module's body."""
    return lambda code, _: code[: _body(code)] + f"\n{text}\n" + code[_body(code) :]


def swap(pattern: str, new: str, count: int = 1) -> Damage:
    """Replace one place (0: all) that matches; None without a match."""

    def damage(code: str, draw: random.Random) -> str | None:
        places = list(re.finditer(pattern, code))
        if not places:
            return None
        if count == 0:
            return re.sub(pattern, new, code)
        place = draw.choice(places)
        return code[: place.start()] + place.expand(new) + code[place.end() :]

    return damage


def truncate(share: float) -> Damage:
    """Keep the first `share` of the text."""
    return lambda code, _: code[: int(len(code) * share)]


def operator(code: str, draw: random.Random) -> str | None:
    """One operator of the body replaced by another."""
    start = _body(code)
    places = list(_OPERATOR.finditer(code, start))
    if not places:
        return None
    place = draw.choice(places)
    return code[: place.start()] + _OPERATORS[place.group()] + code[place.end() :]


def constant(code: str, draw: random.Random) -> str | None:
    """One digit of the body replaced by another."""
    places = list(re.finditer(r"(?<=['bdhs])[0-9]|(?<![\w\[:'])[0-9](?=\s*;)", code[_body(code) :]))
    if not places:
        return None
    place = draw.choice(places)
    at = _body(code) + place.start()
    return code[:at] + ("1" if code[at] == "0" else "0") + code[at + 1 :]


def rename_port(code: str, draw: random.Random) -> str | None:
    """One port renamed, everywhere in the module."""
    names = [match[2] for match in _PORT.finditer(code[: _body(code)])]
    return re.sub(rf"\b{(name := draw.choice(names))}\b", f"{name}_x", code) if names else None


def undeclared(code: str, draw: random.Random) -> str | None:
    """One use of a port in the body misspelt."""
    names = [match[2] for match in _PORT.finditer(code[: _body(code)])]
    places = [m for name in names for m in re.finditer(rf"\b{name}\b", code) if m.start() > _body(code)]
    if not places:
        return None
    place = draw.choice(places)
    return code[: place.end()] + "_q" + code[place.end() :]


def wired(code: str, draw: random.Random) -> str | None:
    """Registers at the ports declared as wires."""
    return swap(r"output\s+(?:reg|logic)\b", "output wire", 0)(code[: _body(code)] + " ", draw) and (
        re.sub(r"output\s+(?:reg|logic)\b", "output wire", code[: _body(code)]) + code[_body(code) :]
    )


def constant_output(code: str, draw: random.Random) -> str | None:
    """A module with the right ports whose outputs are never driven."""
    header = _HEADER.search(code)
    return f"{header.group()}\nendmodule\n" if header else None


DAMAGES: dict[str, Damage] = {
    "reference": lambda code, _: code,
    "reference crlf": lambda code, _: code.replace("\n", "\r\n"),
    "truncated early": truncate(0.3),
    "truncated late": truncate(0.8),
    "no endmodule": swap(r"\bendmodule\b", "", 0),
    "keyword module": swap(r"\bmodule\b", "modul"),
    "keyword assign": swap(r"\bassign\b", "asign"),
    "keyword always": swap(r"\balways\w*", "alway"),
    "keyword begin": swap(r"\bbegin\b", "begn"),
    "semicolon": swap(r";", ""),
    "fences": lambda code, _: f"Here is the module:\n```verilog\n{code}```\n",
    "port renamed": rename_port,
    "undeclared use": undeclared,
    "clk renamed": swap(r"(?s)(\binput\b[^;]*?)\bclk\b", r"\1clock"),
    "clk not there": insert("reg rtl_t; always @(posedge clk) rtl_t <= ~rtl_t;"),
    "unknown name": insert("wire rtl_u = nothing_like_it & 1'b1;"),
    "wire in always": wired,
    "wire in always 2": insert("wire rtl_w; always @(*) rtl_w = 1'b0;"),
    "zero width": swap(r"\b\d+'(?=[bdh])", "0'"),
    "zero width 2": insert("wire [3:0] rtl_z = 0'd0;"),
    "enum": insert("typedef enum logic [1:0] {RA} rtl_e; rtl_e rtl_s; logic [1:0] rtl_v;\nalways_comb rtl_s = rtl_v;"),
    "no sensitivity": insert("reg rtl_n; always @(*) rtl_n = 1'b0;"),
    "no sensitivity 2": insert("logic rtl_n; always_comb rtl_n = 1'b0;"),
    "unknown module": insert("rtl_nowhere rtl_i();"),
    "wrong module name": swap(r"\bTopModule\b", "top_module", 0),
    "module twice": lambda code, _: code + "\n" + code,
    "empty": lambda code, _: "",
    "comment only": lambda code, _: "// error: syntax error TIMEOUT posedge reset\n",
    "no body": constant_output,
    "operator 1": operator,
    "operator 2": operator,
    "operator 3": operator,
    "constant": constant,
    "edge": swap(r"\bposedge\s+clk\b", "negedge clk", 0),
    "reset in list": swap(r"(?s)@\s*\(\s*posedge\s+clk\s*\)", "@(posedge clk or posedge reset)", 0),
    "reset in list, mutant": lambda code, draw: swap(
        r"(?s)@\s*\(\s*posedge\s+clk\s*\)", "@(posedge clk or posedge reset)", 0
    )(operator(code, draw) or code, draw),
    "reset in comment, no body": lambda code, draw: f"// posedge r)\n{constant_output(code, draw)}",
    "prints error": insert('initial $display("an error of no kind");'),
    "prints pass": insert('initial $display("Mismatches: 0 in 1 samples");'),
    "prints timeout": insert('initial $display("TIMEOUT");'),
    "prints letters": insert('initial $display("Unable to bind wire/reg of the text");'),
    "early finish": insert("initial $finish;"),
}  # fmt: skip
"""Kind -> what it does."""

ENDLESS: dict[str, Damage] = {
    "endless in zero time": insert("reg rtl_l = 0; always @(rtl_l) rtl_l <= ~rtl_l; initial #0 rtl_l = 1;"),
    "endless loop": insert("initial while (1) ;"),
}
"""Kinds that only the time limit ends."""

CERTAIN: dict[str, str] = {
    "truncated early": "SC",
    "no endmodule": "S",
    "keyword module": "S",
    "fences": "S",
    "clk not there": "c.Rr",
    "unknown name": "p",
    "wire in always 2": "w",
    "zero width 2": "0",
    "enum": "e",
    "no sensitivity": "n",
    "no sensitivity 2": "n",
    "unknown module": "m",
    "wrong module name": "m",
    "empty": "m",
    "comment only": "m",
    "prints error": "C",
    "prints timeout": "T",
    "prints letters": "p",
    "endless in zero time": "T",
    "endless loop": "T",
}
"""Letters that a kind may end with, where the kind itself says so and the reference by itself passes."""


def samples(name: str, reference: str) -> Iterator[tuple[str, str]]:
    """Kind and Verilog text of every damage that applies to the `reference` of problem `name`."""
    for kind, damage in DAMAGES.items():
        code = damage(reference, random.Random(f"{name} {kind}"))
        if code is not None:
            yield kind, code
