"""Clocked tables of values: kept only where a hypothesis reproduces them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from rtlgen.generate.formal.candidates import candidates


def _table(
    step: Callable[[dict[str, int]], None], names: dict[str, int], out: str, edges: int, seed: int = 1
) -> str:
    """A simulation written as a table: inputs change after the falling edge, the output at the rising one."""
    rng = random.Random(seed)
    values = dict.fromkeys(names, 0) | {out: 0}
    rows = [f"time clk {' '.join(names)} {out}"]
    for cycle in range(edges):
        values |= {name: rng.randrange(1 << width) for name, width in names.items()}
        rows.append(f"{10 * cycle}ns 0 " + " ".join(f"{values[name]:x}" for name in [*names, out]))
        step(values)
        rows.append(f"{10 * cycle + 5}ns 1 " + " ".join(f"{values[name]:x}" for name in [*names, out]))
    return "\n".join(rows) + "\n"


def _register(v: dict[str, int]) -> None:
    v["q"] = v["d"]


def _toggle(v: dict[str, int]) -> None:
    v["q"] ^= v["t"]


def _counter(v: dict[str, int]) -> None:
    v["q"] = 0 if v["r"] else v["q"] + 1 & 7 if v["e"] else v["q"]


def _wraps(v: dict[str, int]) -> None:
    v["q"] = 4 if v["a"] else 0 if v["q"] == 6 else v["q"] + 1


CASES = {
    "register": (_register, {"d": 4}, "q:4", 20),
    "toggle": (_toggle, {"t": 1}, "q", 20),
}


@pytest.mark.parametrize("name", CASES)
def test_hypotheses_reproduce(name: str, write: Any) -> None:
    step, ins, out, edges = CASES[name]
    text = _table(step, ins, "q", edges)
    spec = write.spec(text, "clk " + " ".join(f"{n}:{w}" if w > 1 else n for n, w in ins.items()), out)
    assert any("always @(posedge clk)" in found.code for found in candidates(spec))


def test_a_register_is_a_register(write: Any, same: Any) -> None:
    spec = write.spec(_table(_register, {"d": 4}, "q", 20), "clk d:4", "q:4")
    found = candidates(spec)[0]
    assert "q <= d;" in found.code
    assert same(spec, found.code, "reg [3:0] s; always @(posedge clk) s <= d; assign q = s;")


def test_a_counter_with_reset_and_enable(write: Any) -> None:
    found = candidates(write.spec(_table(_counter, {"r": 1, "e": 1}, "q", 40), "clk r e", "q:3"))
    assert any("q + 1'b1" in one.code and "3'd0" in one.code for one in found)


def test_a_counter_that_wraps_and_loads(write: Any) -> None:
    found = candidates(write.spec(_table(_wraps, {"a": 1}, "q", 60), "clk a", "q:3"))
    assert any("a ? 3'd4" in one.code and "q == 3'd6 ? 3'd0" in one.code for one in found), [
        o.code for o in found
    ]


def test_noise_is_not_explained(write: Any) -> None:
    rng = random.Random(3)

    def noise(v: dict[str, int]) -> None:
        v["q"] = rng.randrange(256)

    assert candidates(write.spec(_table(noise, {"d": 8}, "q", 40), "clk d:8", "q:8")) == ()


def test_too_few_edges_are_no_evidence(write: Any) -> None:
    assert not any(
        "posedge" in c.code for c in candidates(write.spec(_table(_toggle, {"t": 1}, "q", 3), "clk t", "q"))
    )
