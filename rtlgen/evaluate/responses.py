"""From a model's answer to the Verilog that is scored, by VerilogEval's own rules, quirks included.

Specifications: the lines between a line that begins with ``[BEGIN]`` and one that ends with ``[DONE]``; when there is no
``[BEGIN]``, as for completions. An answer that begins and never ends gives nothing. Completions: the first fenced block
when there are two fences or more; else, up to the first ``endmodule``, everything from ``module TopModule`` on, or
everything. Without a module of its own a completion gets the given interface in front.

`rtlgen.generate.extract` is kinder; it is not used for VerilogEval, because published figures were made by these rules.
Left out is one rule for one model by name (``manual-rtl-coder``).

Source: NVlabs/verilog-eval c498220, scripts/sv-generate. Try: ``rtlgen eval verilog-eval --data DIR --samples FILE``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.datasets.problem import Problem
from rtlgen.generate.extract import code_of

_FENCE = "```"
_BEGIN, _DONE = "[BEGIN]", "[DONE]"
_MODULE, _END = "module TopModule", "endmodule"


@dataclass(frozen=True)
class Extracted:
    """The code of an answer, and what was odd about the answer."""

    code: str
    notes: tuple[str, ...] = ()


def extract(problem: Problem, response: str) -> Extracted:
    """The code that VerilogEval's flow would have written to the sample's file (blank lines and remarks apart).

    Other benchmarks publish no rules for answers; theirs are read as `rtlgen generate` does.
    """
    if problem.benchmark != "verilog-eval":
        code = code_of(response, problem.top)
        return Extracted(code, () if code else ("no code found",))
    lines = response.splitlines()
    if problem.interface is not None:
        return _of_completion(lines, problem.interface)
    marked = _between_marks(lines)
    if marked is None:
        block = _block(lines)
        return Extracted(_text(block.lines), ("no [BEGIN] and [DONE]", *block.notes))
    if not marked:
        return Extracted("", ("[BEGIN] without [DONE]",))
    return Extracted(_text(marked))


def with_interface(problem: Problem, completion: str) -> str:
    """A completion as code: behind the interface, unless it has a module of its own or the task gives none."""
    if problem.interface is None or _declares(completion.splitlines()):
        return completion
    return f"{problem.interface}\n{completion}"


def _of_completion(lines: Sequence[str], interface: str) -> Extracted:
    block = _block(lines)
    head = "" if _declares(lines) else f"{interface}\n\n"
    return Extracted(head + _text(block.lines), block.notes)


def _declares(lines: Sequence[str]) -> bool:
    """Whether a line begins with the module, and no ``endmodule`` stands before the first such line."""
    for line in lines:
        if line.startswith(_MODULE):
            return True
        if line.startswith(_END):
            return False
    return False


def _between_marks(lines: Sequence[str]) -> list[str] | None:
    """The lines between the marks, None without the first mark, nothing without the second."""
    found: list[str] | None = None
    for line in lines:
        if found is None:
            if line.lstrip().startswith(_BEGIN):
                rest = line.lstrip().replace(_BEGIN, "")
                found = [rest] if line.strip() != _BEGIN else []
        elif line.rstrip().endswith(_DONE):
            if line.strip() != _DONE:
                found.append(line.rstrip().replace(_DONE, ""))
            return found or [""]
        else:
            found.append(line)
    return None if found is None else []


@dataclass(frozen=True)
class _Block:
    lines: list[str]
    notes: tuple[str, ...]


def _block(lines: Sequence[str]) -> _Block:
    """The lines that are taken for code, by fences or by the module's first and last line."""
    fences = sum(line.startswith(_FENCE) for line in lines)
    own_module = _declares(lines)
    kept: list[str] = []
    seen_fences = 0
    module = ended = False
    for line in lines:
        module = module or line.strip().startswith(_MODULE)
        taken = seen_fences == 1 if fences >= 2 else not ended and (module or not own_module)
        if line.startswith(_FENCE):
            seen_fences += 1
            continue
        ended = ended or line.strip().startswith(_END)
        if taken:
            kept.append(line)
    notes = []
    if fences == 1 or fences > 2:
        notes.append(f"{fences} fences")
    if not ended:
        notes.append("no endmodule")
    return _Block(kept, tuple(notes))


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
