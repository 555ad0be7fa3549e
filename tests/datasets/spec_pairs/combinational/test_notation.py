"""Tables as text: every row is there, in the order that the bodies follow."""

from __future__ import annotations

import random

from rtlgen.datasets.spec_pairs.combinational.boolean import Expression, drawn, gate_text, variable
from rtlgen.datasets.spec_pairs.combinational.notation import karnaugh, time_table, truth_table


def value(row: int) -> int | None:
    return None if row == 2 else row & 1


def test_a_truth_table_has_all_rows_and_marks_open_ones() -> None:
    for seed in range(30):
        lines = truth_table(random.Random(seed), ["a", "b"], "y", value).splitlines()
        rows = [line for line in lines if line.lstrip("| ").startswith(("0", "1"))]
        assert len(rows) == 4
        ends = [row.strip("| ").split()[-1].split("|")[-1].split(",")[-1] for row in rows]
        assert ends[:2] == ["0", "1"] and ends[3] == "1" and ends[2] in set("xX-d"), rows


def test_the_cells_of_a_map_are_the_function_under_its_titles() -> None:
    for seed in range(60):
        names = ["a", "b", "c", "d"][: 2 + seed % 3]
        text, order, cells = karnaugh(random.Random(seed), names, value)
        assert sorted(order) == names and len(cells) == 1 << len(names)
        for label, cell in cells:
            bits = dict(zip(order, label, strict=True))
            assert cell == value(int("".join(bits[name] for name in names), 2))
        shown = [mark for line in text.splitlines()[1:] for mark in line.replace("|", " ").split()[1:]]
        known = [mark for mark in shown if mark in ("0", "1")]
        assert [str(cell) for _, cell in cells if cell is not None] == known[
            -sum(c is not None for _, c in cells) :
        ]


def test_neighbouring_cells_of_a_line_differ_in_one_bit() -> None:
    _, _, cells = karnaugh(random.Random(3), ["a", "b", "c", "d"], value)
    labels = [int(label, 2) for label, _ in cells[:4]]
    assert all((p ^ q).bit_count() == 1 for p, q in zip(labels, [*labels[1:], labels[0]], strict=True))


def test_a_time_table_has_one_line_a_sample() -> None:
    text = time_table(random.Random(1), ["a", "b"], "y", [0, 3, 1], value)
    assert len([line for line in text.splitlines() if "0" in line or "1" in line]) == 3


def test_expressions_keep_their_meaning_in_verilog() -> None:
    a, b, c = (variable(name) for name in "abc")
    inner = Expression("and", (Expression("or", (Expression("not", (a,)), b)), c))
    assert inner.verilog() == "(~a | b) & c"
    assert Expression("or", (Expression("nand", (a, b)), c)).verilog() == "~(a & b) | c"
    assert inner.formula("word") == "(NOT a OR b) AND c" and inner.formula("prime") == "(a' + b)·c"
    assert inner.value({"a": 0, "b": 0, "c": 1}) == 1 and inner.variables() == {"a", "b", "c"}
    assert gate_text("xnor", ["a", "b"]) == "~(a ^ b)"


def test_drawn_expressions_evaluate_like_their_verilog() -> None:
    for seed in range(40):
        found = drawn(random.Random(seed), ["a", "b", "c"], 2)
        for row in range(8):
            values = {name: row >> k & 1 for k, name in enumerate("abc")}
            assert found.value(values) == eval(found.verilog(), {}, values) & 1, (
                "~ & ^ | bind alike in Python"
            )
