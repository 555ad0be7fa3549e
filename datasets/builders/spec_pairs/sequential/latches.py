"""Level-sensitive storage: D latches with an enable, set or clear, several of them, and transparent multiplexers.

The oracles leave the output open when an enable falls in the same step in which the data change.

Try: ``rtlgen datasets pairs build --count 20 --out pairs.jsonl``
"""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.design import Design, Values
from rtlgen.datasets.spec_pairs.sequential.grammar import several
from rtlgen.datasets.spec_pairs.sequential.names import DATA_IN, DATA_OUT, Names, top_name
from rtlgen.datasets.spec_pairs.sequential.sketch import Drawn, data, indented, result


class Transparent:
    """The oracle: `q` is `d` while the enable is at `level`; a clear goes first."""

    def __init__(self, d: str, q: str, enable: str, level: int, clear: str = "") -> None:
        self._d, self._q, self._enable, self._level, self._clear = d, q, enable, level, clear
        self._stored: int | None = None
        self._before: Values = {}

    def step(self, inputs: Values) -> dict[str, int | None]:
        """New levels of the inputs."""
        before, self._before = self._before, dict(inputs)
        if self._clear and inputs[self._clear]:
            self._stored = 0
        elif inputs[self._enable] == self._level:
            self._stored = inputs[self._d]
        elif before and (
            (before[self._enable] == self._level and before[self._d] != inputs[self._d])
            or (self._clear and before[self._clear] and before[self._enable] == self._level)
        ):  # fmt: skip
            self._stored = None
        return {self._q: self._stored}


def latch(rng: random.Random) -> Design:
    """A D latch, perhaps with a clear."""
    names = Names(rng)
    d, q = names.take(*DATA_IN), names.take(*DATA_OUT)
    width = rng.choice((1, 1, 1, 4, 8))
    low = rng.random() < 0.2
    enable = (
        names.take("en_n", "hold", "g_n")
        if low
        else names.take("ena", "en", "enable", "g", "gate", "le", "G")
    )
    clear = names.take("clr", "clear", "rst", "reset") if rng.random() < 0.3 else ""
    test = f"!{enable}" if low else enable
    keyword = rng.choice(("always @(*)", "always @(*)", "always_latch"))
    head = (
        [f"    if ({clear})", f"        {q} = 0;", f"    else if ({test})"] if clear else [f"    if ({test})"]
    )
    body = "".join(f"    {line}\n" for line in (keyword, *head, f"        {q} = {d};"))
    level, other = ("low", "high") if low else ("high", "low")
    cleared = ""
    if clear:
        cleared = (
            f" {clear} high «forces|sets|clears» {q} to 0« at once|, whatever {enable} is| with priority»."
        )
    texts = (
        f"«Implement|Build|Write» a {'' if width == 1 else f'{width}-bit '}D latch with «enable|gate» "
        f"{enable} (active {level}): data {d}, output {q}.{cleared}",
        f"While {enable} is {level}, {q} «follows|is equal to» {d}; while it is {other}, {q} «holds|keeps» "
        f"its last value. There is no clock.{cleared}",
        f"A level-sensitive storage element: transparent from {d} to {q} when {enable} is {level}, closed "
        f"otherwise.{cleared}",
        f"A transparent latch. {enable} {level} opens it ({q} = {d}), {enable} {other} «freezes|latches» "
        f"{q}.{cleared}",
        f"Without a clock: {q} «tracks|copies» {d} as long as {enable} is {level} and remembers the last "
        f"value afterwards.{cleared}",
    )
    ports = (
        data(d, width),
        data(enable, role="enable"),
        *((data(clear),) if clear else ()),
        result(q, width),
    )
    return Design(
        family="latch", top=top_name(rng, "latch", "d_latch", "dlatch", "transparent"), ports=ports, body=indented(body),
        says=several(rng, [text.replace(" ,", ",") for text in texts], ()),
        oracle=lambda: Transparent(d, q, enable, int(not low), clear),
    )  # fmt: skip


FAMILIES = (Drawn("latch", latch),)
