from __future__ import annotations

import pytest

from rtlgen.sim.static.standin import macro_name, stand_in


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("assign y = `M(a, b);", "1"),
        ("wire [`M-1:0] x;", "1"),
        ("a = b;\n`M(a, b)\n", ""),
        ("a = b;\n// note\n`M(a, b)\n", ""),
        ("begin\n`M(a);\nend", ""),
        ("assert property (p) else `M(a);\n", ""),
        ("assert property (p) else `M(a)\nassign", ";"),
        ("parameter `M(width)", "a0"),
        ("logic `M;", "rtlgen_name_"),
    ],
)
def test_stand_ins(text: str, body: str) -> None:
    name, definition = stand_in(text, text.index("`M"))
    assert name == macro_name(definition) == "M"
    assert definition.split(" ", 1)[1] == body


def test_no_macro_no_stand_in() -> None:
    assert stand_in("assign y = a;", 7) == ("", "")
