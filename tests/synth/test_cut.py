"""Networks cut at their registers: what is paired, and that a register of one side alone is no constant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rtlgen.synth.cut import Network, blif, network, paired


def module(
    cells: dict[str, Any], names: dict[str, list[int]], outputs: dict[str, list[int]]
) -> dict[str, Any]:
    ports = {"clk": {"direction": "input", "bits": [2]}, "a": {"direction": "input", "bits": [3]}}
    ports |= {name: {"direction": "output", "bits": bits} for name, bits in outputs.items()}
    wires = {name: {"bits": bits, "hide_name": 0} for name, bits in names.items()}
    return {"ports": ports, "cells": cells, "netnames": wires}


def flip_flop(output: int, data: int, kind: str = "$_DFF_P_") -> dict[str, Any]:
    return {"type": kind, "connections": {"C": [2], "D": [data], "Q": [output]}}


def of(
    folder: Path, cells: dict[str, Any], names: dict[str, list[int]], outputs: dict[str, list[int]]
) -> Network:
    path = folder / "cut.json"
    path.write_text(json.dumps({"modules": {"top": module(cells, names, outputs)}}))
    return network(path, "top")


def gate(output: int, first: int, second: int) -> dict[str, Any]:
    return {"type": "$_AND_", "connections": {"A": [first], "B": [second], "Y": [output]}}


def test_registers_are_known_by_any_of_their_names(tmp_path: Path) -> None:
    gold = of(tmp_path, {"f": flip_flop(9, 3)}, {"q": [9], "other": [9]}, {"y": [9]})
    same = of(tmp_path, {"_1_": flip_flop(7, 3)}, {"other": [7]}, {"y": [7]})
    pairs, why = paired(gold, same)
    assert (len(pairs), why) == (1, "")
    assert blif(gold, [pairs[0][0]], 0).replace("n9", "n7") == blif(same, [pairs[0][1]], 0)


def test_what_cannot_be_paired_is_said(tmp_path: Path) -> None:
    gold = of(tmp_path, {"f": flip_flop(9, 3)}, {"q": [9]}, {"y": [9]})
    assert "ports" in paired(gold, of(tmp_path, {}, {}, {"z": [3]}))[1]
    kind = of(tmp_path, {"f": flip_flop(9, 3, "$_DFF_N_")}, {"q": [9]}, {"y": [9]})
    assert "no register of the gates is the netlist's q[0]" in paired(gold, kind)[1]
    unknown = of(tmp_path, {"f": {"type": "\\other", "connections": {"Y": [9]}}}, {}, {"y": [9]})
    assert "no function" in paired(gold, unknown)[1]


def test_a_register_of_the_gates_alone_is_a_free_input(tmp_path: Path) -> None:
    gold = of(
        tmp_path,
        {"f": flip_flop(9, 3), "g": flip_flop(8, 9), "h": gate(7, 9, 8)},
        {"q": [9], "r": [8]},
        {"y": [7]},
    )
    bare = of(tmp_path, {"f": flip_flop(9, 3), "h": gate(7, 9, 9)}, {"q": [9]}, {"y": [7]})
    pairs, why = paired(gold, bare)
    assert why == "" and len(pairs) == 1
    first, second = blif(gold, [a for a, _ in pairs], 1), blif(bare, [b for _, b in pairs], 1)
    assert ".inputs i0 i1 q0 f0" in first and ".inputs i0 i1 q0 f0" in second
    assert ".names q0 f0 n7" in first and ".names q0 q0 n7" in second


def test_constants_and_inverters(tmp_path: Path) -> None:
    side = of(tmp_path, {"i": {"type": "$_NOT_", "connections": {"A": [3], "Y": [9]}}}, {}, {"y": [9]})
    assert ".names i0 n9\n0 1\n" in blif(side, [], 0)  # inputs by name: a, then clk
    assert ".names n1\n1\n" in blif(side, [], 0)
