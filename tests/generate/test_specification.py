"""The module's name and ports out of the ways in which people write them down."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.generate.specification import read_specification, specification

BULLETS = """\
Please build a module named gray_step with this interface. One bit unless said otherwise.

 - input  clk
 - input  hold
 - input  start (4 bits)
 - output code  ( 4 bits)

When reset, the output should be zero. Each module steps on the rising edge; `hold` input stops it.
"""
SECTIONS = """\
Implement a saturating adder module.

Module name:
    sat_add
Input ports:
    a[7:0]: 8-bit operand.
    b [7:0]: the other operand.
    mode: Saturate when high.
    total: 12-bit running value.
Output ports:
    s[8:1]: the sum
    over: set when it saturated.

Implementation:
The module adds: a and b: both unsigned.
"""
FENCED = """\
# Debouncer
Complete this:

```verilog
module debounce #(parameter N = 4) (
  input  wire         clk,
  input  wire [N-1:0] noisy,
  output reg  [N-1:0] clean
);
endmodule
```
The module debounces; an earlier module called `old_debounce (input x)` did not.
"""


def ports(text: str, **options: str) -> list[tuple[str, str, int | None]]:
    return [(p.name, p.direction, p.width) for p in specification(text, **options).ports]


def test_a_list_of_bullets() -> None:
    spec = specification(BULLETS)
    assert (spec.top, spec.origin) == ("gray_step", "list in the text")
    assert ports(BULLETS) == [
        ("clk", "input", 1),
        ("hold", "input", 1),
        ("start", "input", 4),
        ("code", "output", 4),
    ]
    assert spec.header == (
        "module gray_step (\n  input clk,\n  input hold,\n  input [3:0] start,\n  output logic [3:0] code\n);"
    )
    assert [port.name for port in spec.inputs] == ["clk", "hold", "start"]


def test_sections_of_ports_end_where_a_line_says_nothing() -> None:
    spec = specification(SECTIONS)
    assert spec.top == "sat_add"
    assert ports(SECTIONS) == [
        ("a", "input", 8),
        ("b", "input", 8),
        ("mode", "input", 1),
        ("total", "input", 12),
        ("s", "output", 8),
        ("over", "output", 1),
    ]
    assert "output logic [8:1] s," in spec.header


def test_a_header_in_a_fence_is_taken_as_written() -> None:
    spec = specification(FENCED)
    assert (spec.top, spec.origin) == ("debounce", "header in the text")
    assert spec.header.startswith("module debounce #(parameter N = 4) (")
    assert [(p.name, p.width) for p in spec.ports] == [("clk", 1), ("noisy", 4), ("clean", 4)]


def test_a_header_of_another_module_is_no_interface() -> None:
    text = "Fix this, as a module named good.\n module bad (input a, output b); endmodule\n - input x\n - output y\n"
    spec = specification(text)
    assert (spec.top, [p.name for p in spec.ports]) == ("good", ["x", "y"])


def test_prose_about_modules_is_no_header() -> None:
    text = "Build a module named m.\n - input a\n - output b\nThe module should output (a); the input (b) is an output."
    assert ports(text) == [("a", "input", 1), ("b", "output", 1)]


def test_an_interface_file_wins_and_needs_no_body(tmp_path: Path) -> None:
    text, header = tmp_path / "fifo.md", tmp_path / "ports.v"
    text.write_text("A queue of eight words.\n - input wrong\n")
    header.write_text("module fifo (input clk, input [31:0] d, output [31:0] q);\n")
    spec = read_specification(text, interface=header)
    assert (spec.name, spec.top, spec.origin) == ("fifo", "fifo", "interface file")
    assert [p.name for p in spec.ports] == ["clk", "d", "q"]


def test_a_name_without_ports_is_enough() -> None:
    spec = specification("A multiplexer.", top="mux")
    assert (spec.top, spec.ports, spec.header, spec.origin) == ("mux", (), "", "nothing")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the specification cannot be read: No such file or directory"),
        ("  \n", "the specification is empty"),
        ("A counter that counts.", "nothing says what the module is called"),
        (b"\xff\xfe\x00", "the specification is not UTF-8 text"),
    ],
)
def test_what_is_no_specification(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    path = tmp_path / "spec.md"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UsageError) as raised:
        read_specification(path)
    assert message in str(raised.value)
    assert raised.value.hint and str(path) in str(raised.value)


def test_an_interface_with_several_modules_needs_a_top(tmp_path: Path) -> None:
    text, header = tmp_path / "s.md", tmp_path / "ports.v"
    text.write_text("Something.")
    header.write_text("module a (input x);\nendmodule\nmodule b (input y);\nendmodule\n")
    with pytest.raises(UsageError, match="several modules, which one is wanted\\? a, b"):
        read_specification(text, interface=header)
    assert read_specification(text, interface=header, top="b").top == "b"
    with pytest.raises(UsageError, match="no module 'c' in the interface; it has: a, b"):
        read_specification(text, interface=header, top="c")
