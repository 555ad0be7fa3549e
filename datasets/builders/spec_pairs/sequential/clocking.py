"""The clock and the reset of a module: their ports, the `always` block around its statements, and how they are said.

A reset is synchronous or asynchronous, active high or low; a module may have none. It describes nothing but clock and
reset; the statements and the rest of the text are the families'.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.datasets.spec_pairs.design import DesignPort, Values
from rtlgen.datasets.spec_pairs.sequential.grammar import joined, spin

CLOCKS = ("clk",) * 12 + ("clock",) * 4 + ("clk_i", "i_clk", "aclk", "CLK", "ck", "sys_clk", "sclk", "cp")
HIGH = ("reset", "rst", "reset", "rst", "clear", "clr", "rst_i", "init", "R")
HIGH_ASYNC = ("areset", "arst", "reset", "rst", "areset", "ar", "async_reset", "aclr")
LOW = ("resetn", "rst_n", "rstn", "reset_n", "rst_ni", "n_reset", "clr_n")
LOW_ASYNC = ("aresetn", "rst_n", "arst_n", "resetn", "reset_n", "rst_n")

RESETS = (
    "«{R} is|The input {R} is|{R}:» {an} {L}{kind} reset that «sets|resets|brings|forces» {S} to {V}.",
    "«There is|It has|The module has|Include|Use» {an} {L}{kind} reset {R} that «sets|resets» {S} to {V}.",
    "«The reset|Reset» {R} is {LL} and {kind}; it «sets|resets|forces» {S} to {V}.",
    "{R} is {an} {L}{kind} reset« (to {V})| to {V}|; the reset value of {S} is {V}».",
    "The «{R} input|reset input {R}|signal {R}» is {an} {L}{kind} reset«, which resets|; it resets» {S} to "
    "{V}.",
    "Reset: {R}, {kind}, {LL}, «reset value {V}|sets {S} to {V}».",
    "«With|Through|By» {an} {L}{kind} reset ({R}), {S} «becomes|is set to|goes to» {V}.",
)
SYNCHRONOUS = (
    "«If|When|Whenever» {R} is {level} at «the|an» active clock edge, {S} «becomes|is set to|goes to» {V}« "
    "instead|».",
    "{R} is sampled at the clock edge: «if|when» it is {level}, {S} is «set|reset» to {V}.",
    "The reset is synchronous: a clock edge with {R} {level} «sets|puts» {S} to {V}«, regardless of the "
    "other inputs|».",
)
ASYNCHRONOUS = (
    "As soon as {R} is {level}, without waiting for the clock, {S} «becomes|is set to|goes to» {V}.",
    "While {R} is {level}, {S} is «held at|forced to|kept at» {V} «independently of the "
    "clock|asynchronously».",
    "«When|If|Whenever» {R} is {level}, {S} is immediately «set|reset|forced» to {V} (asynchronous reset).",
)
EDGES = (
    "«All flip-flops are|Everything is|The module is|All registers are» «triggered|clocked|updated» "
    "«by|on|at» the {edge} edge of {clk}.",
    "«Use|Everything happens on|State changes only at» the {edge} edge of «{clk}|the clock {clk}».",
    "The active «clock edge|edge of {clk}» is the {edge} «one|edge».",
    "«All registers switch|Every register switches|Registers change only» on the {edge} edge of «{clk}|the "
    "clock».",
    "{clk} is the clock; «updates occur on|use|the registers react to» its {edge} edge.",
)


@dataclass(frozen=True)
class Clocking:
    """Clock, reset and the manner of writing `always` blocks of one module."""

    clock: str
    negedge: bool = False
    reset: str = ""
    reset_low: bool = False
    asynchronous: bool = False
    always: str = "always"
    separator: str = " or "
    wrap: str = "outer"
    """``bare``: begin/end where needed only; ``outer``: around the `always` body; ``full``: around every branch."""

    @property
    def ports(self) -> tuple[DesignPort, ...]:
        """Clock and reset."""
        clock = DesignPort(self.clock, "input", role="clock")
        return (clock, DesignPort(self.reset, "input", role="reset")) if self.reset else (clock,)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of clock and reset."""
        return (self.clock, self.reset) if self.reset else (self.clock,)

    @property
    def event(self) -> str:
        """What an `always` block waits for."""
        event = f"{'negedge' if self.negedge else 'posedge'} {self.clock}"
        if self.reset and self.asynchronous:
            event += f"{self.separator}{'negedge' if self.reset_low else 'posedge'} {self.reset}"
        return event

    @property
    def test(self) -> str:
        """The condition under which the reset is active."""
        return f"!{self.reset}" if self.reset_low else self.reset

    def resets(self, inputs: Values) -> bool:
        """Whether the reset is active in `inputs`."""
        return bool(self.reset) and bool(inputs[self.reset]) != self.reset_low

    def block(self, cleared: Sequence[str], statements: Sequence[str]) -> str:
        """The `always` block that runs `cleared` under reset (left out when there is none), otherwise `statements`."""
        lines = reset_choice(self.test, cleared, statements, self.wrap) if self.reset else list(statements)
        outer = self.wrap != "bare" or not is_single(lines)
        text = f"    {self.always} @({self.event}){' begin' if outer else ''}\n"
        text += "".join(f"        {line}\n" for line in lines)
        return text + ("    end\n" if outer else "")

    def edge(self, rng: random.Random) -> str:
        """``rising edge of clk`` or a synonym."""
        word = rng.choice(("falling", "negative") if self.negedge else ("rising", "positive"))
        return spin(
            rng,
            f"{word} «edge of {self.clock}|edge of {self.clock}|clock edge|{self.clock} edge|edge of the "
            "clock»",
        )

    def edge_note(self, rng: random.Random) -> str:
        """A sentence about the active edge; for the rising one it may be empty."""
        if not self.negedge and rng.random() < 0.4:
            return ""
        edge = rng.choice(("falling", "negative") if self.negedge else ("rising", "positive"))
        return spin(rng, rng.choice(EDGES).replace("{edge}", edge).replace("{clk}", self.clock))

    def reset_note(self, rng: random.Random, subject: str, value: str) -> str:
        """A sentence about the reset: kind, level, and that it brings `subject` to `value`; empty without a reset."""
        if not self.reset:
            return ""
        own = ASYNCHRONOUS if self.asynchronous else SYNCHRONOUS
        text = spin(rng, rng.choice(own if rng.random() < 0.3 else RESETS))
        level = rng.choice(("low", "0") if self.reset_low else ("high", "1"))
        polarity = spin(rng, "active«-| »" + ("low" if self.reset_low else "high"))
        said = self.reset_low or rng.random() < 0.6
        kind = "asynchronous" if self.asynchronous else "synchronous"
        text = text.replace("{an}", "an" if said or self.asynchronous else "a").replace("{kind}", kind)
        text = text.replace("{LL}", polarity).replace("{L}", f"{polarity} " if said else "")
        text = text.replace("{level}", level).replace("{R}", self.reset)
        return text.replace("{S}", subject).replace("{V}", value)

    def notes(self, rng: random.Random, subject: str, value: str) -> tuple[str, ...]:
        """Four wordings of edge and reset, to stand after what the module does."""
        texts = []
        for _ in range(4):
            pair = [self.reset_note(rng, subject, value), self.edge_note(rng)]
            if rng.random() < 0.4:
                pair.reverse()
            texts.append(joined(*pair))
        return tuple(texts)


def is_single(lines: Sequence[str]) -> bool:
    """Whether `lines` are one statement, as written here (what belongs to a statement is indented under it)."""
    return all(line.startswith((" ", "else", "end")) for line in lines[1:])


def branch(head: str, lines: Sequence[str], full: bool = False) -> list[str]:
    """`lines` under `head` (``if (...)`` or ``else``), with begin/end where needed or wanted."""
    if head == "else" and is_single(lines) and lines[0].startswith("if ") and not full:
        return [f"else {lines[0]}", *lines[1:]]
    if full or not is_single(lines):
        return [f"{head} begin", *(f"    {line}" for line in lines), "end"]
    return [head, *(f"    {line}" for line in lines)]


def reset_choice(test: str, cleared: Sequence[str], statements: Sequence[str], wrap: str) -> list[str]:
    """``if (test) cleared else statements`` as lines."""
    if wrap != "full":
        return [*branch(f"if ({test})", cleared), *branch("else", statements)]
    rest = branch("else", statements, full=True)
    return [*branch(f"if ({test})", cleared, full=True)[:-1], f"end {rest[0]}", *rest[1:]]


def draw_clocking(rng: random.Random, resets: str = "sync async") -> Clocking:
    """A clocking; `resets` lists the kinds of reset to draw from: ``none``, ``sync``, ``async`` (repeat to weigh)."""
    kind = rng.choice(resets.split())
    low = rng.random() < 0.25
    pools = {
        ("sync", False): HIGH,
        ("sync", True): LOW,
        ("async", False): HIGH_ASYNC,
        ("async", True): LOW_ASYNC,
    }
    return Clocking(
        clock=rng.choice(CLOCKS),
        negedge=rng.random() < 0.08,
        reset="" if kind == "none" else rng.choice(pools[kind, low]),
        reset_low=low and kind != "none",
        asynchronous=kind == "async",
        always=rng.choice(("always", "always", "always_ff")),
        separator=rng.choice((" or ", ", ")),
        wrap=rng.choice(("bare", "outer", "outer", "full")),
    )
