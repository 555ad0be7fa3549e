"""What a model is asked: messages for those that chat, the beginning of a file for those that continue text.

A chat model gets one system message and the specification with the interface. A base model gets its family's layout
of a file: the specification as a comment, then the module's header, which it continues. A repair shows the last
attempt and what a real tool said of it, in the same two forms.

A model of rtlgen's own kind is asked with `rtlgen.generate.layout`, which it was trained on. It has never seen words
about an attempt: its repair keeps the lines before the first one that the compiler complains of, and goes on from there.

The wording is ours; VerilogEval's published prompts are in `rtlgen.evaluate.verilog_eval_prompts`.

Try: ``rtlgen generate spec.md --prompt``
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rtlgen.generate.layout import header_for, plain_lines, text_of
from rtlgen.generate.specification import Specification
from rtlgen.model.chat import ChatModel, Message, as_chat
from rtlgen.model.formats import RTLGEN

if TYPE_CHECKING:
    from rtlgen.model.interface import CodeModel, Generation

SYSTEM = (
    "You are an experienced RTL designer. You write synthesizable Verilog that compiles with Icarus Verilog (-g2012) "
    "and answer with exactly one code block that holds the complete design."
)
ASK = "Write the module `{top}`. Keep the names, directions and widths of its ports exactly as specified."
REPAIR = (
    "This is an attempt at it:\n\n```verilog\n{code}```\n\nIt is wrong. {diagnosis}\n\n"
    "Find the cause, then give the complete corrected design in one code block."
)
END = "endmodule"
_COMPLAINED = re.compile(r"^design\.sv:(\d+):", re.MULTILINE)
REPLY_SHARE = 0.5
"""Share of a base model's context that its answer may take."""


@dataclass(frozen=True)
class Failure:
    """An attempt and what a tool said of it: `diagnosis` is text for the model (and for people)."""

    code: str
    diagnosis: str


@dataclass(frozen=True)
class Sampling:
    """How answers are drawn."""

    n: int = 8
    temperature: float = 0.8
    top_p: float = 0.95
    max_new_tokens: int = 1024
    seed: int = 0


def messages_for(spec: Specification, failure: Failure | None = None) -> tuple[Message, ...]:
    """The messages for a chat model."""
    parts = [spec.text.strip()]
    if spec.origin == "interface file":
        parts.append(f"The interface:\n\n```verilog\n{spec.header}\n```")
    parts.append(ASK.format(top=spec.top))
    if failure is not None:
        parts.append(REPAIR.format(code=_ended(failure.code), diagnosis=failure.diagnosis.strip()))
    return (Message("system", SYSTEM), Message("user", "\n\n".join(parts)))


def text_for(spec: Specification, model: CodeModel, failure: Failure | None = None, *, room: int = 0) -> str:
    """The beginning of a file for a model that continues text, in its family's layout.

    The comment is cut from its end when it takes more than `room` tokens (0: no limit); the header never is.
    """
    if model.format is RTLGEN:
        return _own_text(spec, model, kept_lines(spec, failure), room)
    head = _header(spec)
    lines = spec.text.strip().splitlines()
    if failure is not None:
        lines += [
            "",
            "An attempt that is wrong:",
            *failure.code.rstrip().splitlines(),
            "",
            *failure.diagnosis.splitlines(),
        ]
        lines += ["", "The corrected module:"]
    fmt = model.format
    while True:
        comment = "".join(f"// {line.rstrip()}".rstrip() + "\n" for line in lines)
        body = fmt.clean(f"{comment}{head}\n")
        text = fmt.begin.format(repo=spec.top) + fmt.current.format(path=f"{spec.top}.sv", prefix=body)
        if room <= 0 or len(lines) <= 1 or model.count(text) <= room:
            return text
        del lines[max(1, len(lines) - max(1, len(lines) // 8)) :]


def _own_text(spec: Specification, model: CodeModel, kept: str, room: int) -> str:
    lines = plain_lines(spec)
    while True:
        text = text_of(spec, lines=lines, kept=kept)
        if room <= 0 or len(lines) <= 1 or model.count(text) <= room:
            return text
        del lines[max(1, len(lines) - max(1, len(lines) // 8)) :]


def kept_lines(spec: Specification, failure: Failure | None) -> str:
    """Lines of a failed body before the first one that a compiler complains of; nothing when it names none."""
    if failure is None:
        return ""
    complained = [int(match[1]) for match in _COMPLAINED.finditer(failure.diagnosis)]
    head = header_for(spec).count("\n") + 1
    lines = failure.code.splitlines(keepends=True)
    return "".join(lines[head : min(complained) - 1]) if complained else ""


def continued_header(spec: Specification, model: CodeModel) -> str:
    """What a continuation stands behind: the header that `text_for` ended with."""
    return header_for(spec) if model.format is RTLGEN else _header(spec)


def ask(
    model: CodeModel,
    spec: Specification,
    sampling: Sampling,
    failure: Failure | None = None,
    *,
    chat: bool = True,
) -> list[Generation]:
    """`sampling.n` answers; `chat` off treats a chat model as one that continues text. Raises as the model does."""
    talker = as_chat(model) if chat else None
    if talker is not None:
        return _answers(talker, messages_for(spec, failure), sampling)
    window = context_of(model)
    tokens = min(sampling.max_new_tokens, int(window * REPLY_SHARE)) if window else sampling.max_new_tokens
    prompt = text_for(spec, model, failure, room=max(window - tokens, 64) if window else 0)
    made = model.complete(
        prompt,
        n=sampling.n,
        max_new_tokens=tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        seed=sampling.seed,
        stop=(END,),
    )
    if model.format is RTLGEN and failure is not None:
        kept = kept_lines(spec, failure)
        made = [replace(answer, text=kept + answer.text.lstrip("\n")) for answer in made]
    # A continuation is cut before the word that ended it; one that ran out of tokens stays unfinished.
    return [
        replace(answer, text=answer.text + END + "\n") if answer.finish == "stop" else answer
        for answer in made
    ]


def context_of(model: CodeModel) -> int:
    """Tokens that prompt and answer may take together; 0 when the model does not say."""
    for name in ("trained_context", "context_tokens"):
        tokens = getattr(model, name, None)
        if isinstance(tokens, int):
            return tokens if tokens < 1 << 24 else 0
    return 0


def _answers(model: ChatModel, messages: Sequence[Message], sampling: Sampling) -> list[Generation]:
    return model.chat(
        messages,
        n=sampling.n,
        max_new_tokens=sampling.max_new_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        seed=sampling.seed,
    )


def _header(spec: Specification) -> str:
    return spec.header.rstrip() or f"module {spec.top} ("


def _ended(code: str) -> str:
    return code if code.endswith("\n") else code + "\n"
