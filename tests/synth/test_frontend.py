"""Verilog to the network between registers: designs with known answers, and everything that can be wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, RtlgenError, UsageError
from rtlgen.synth.design import Design, Source, source_of
from rtlgen.synth.frontend import load
from rtlgen.synth.library import Library, library

pytestmark = pytest.mark.needs_sandbox
Load = Callable[..., Design]
SOC = Path(__file__).resolve().parents[2] / "examples" / "soc"

COUNTER = """
module counter #(parameter W = 4) (input clk, input rst, input en, output reg [W-1:0] q);
  always @(posedge clk) if (rst) q <= 0; else if (en) q <= q + 1;
endmodule
module two (input clk, input rst, input en, output [3:0] a, b, output [7:0] c, output odd);
  counter x (.clk(clk), .rst(rst), .en(en), .q(a));
  counter y (.clk(clk), .rst(rst), .en(~en), .q(b));
  counter #(.W(8)) z (.clk(clk), .rst(rst), .en(en), .q(c));
  assign odd = ^{a, b, c};
endmodule
"""


@pytest.fixture
def read(tmp_path: Path, generic: Library) -> Load:
    """Write files (name to text), and load the folder."""

    def run(files: dict[str, str] | str, top: str | None = None, **options: object) -> Design:
        root, work = tmp_path / "design", tmp_path / "work"
        root.mkdir()
        work.mkdir()
        for name, text in ({"top.v": files} if isinstance(files, str) else files).items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
        target = options.pop("target", generic)
        keys = {key: options.pop(key) for key in ("parameters", "defines", "filelists") if key in options}
        source = Source(root=root, top=top, **keys)  # type: ignore[arg-type]
        return load(source, target, work, **options)  # type: ignore[arg-type]

    return run


def test_registers_stay_and_the_logic_between_them_is_the_circuit(read: Load) -> None:
    design = read(COUNTER, rows=False)
    assert (design.name, design.kind, design.registers) == ("two", "verilog", 16)
    assert "top two: no other module instantiates it" in design.warnings
    # 16 registers, rst and en come in; their next states and odd go out. The clock is no part of the logic.
    assert (design.circuit.inputs, design.circuit.outputs) == (18, 17)
    assert design.register_area == 16 * 24.0  # DFF_X1
    assert design.build is not None and design.build.reader == "verilog" and design.build.maps_registers


def test_rows_of_modules(read: Load) -> None:
    design = read(COUNTER, "two")
    rows = {row.name: row for row in design.modules}
    assert next(iter(rows)) == "two" and len(rows) == 3
    assert rows["counter"].instances == 2 and rows["counter"].registers == 4
    (wide,) = (row for name, row in rows.items() if "W=8" in name)
    assert (wide.instances, wide.registers) == (1, 8)
    assert wide.area is not None and wide.area > (rows["counter"].area or 0) > 0
    assert rows["two"].registers == 0 and rows["two"].nodes > 20
    assert sum(row.instances * row.registers for row in design.modules) == design.registers


def test_the_same_source_gives_the_same_network(tmp_path: Path, generic: Library) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        design = load(Source(root=SOC), generic, tmp_path / name, rows=False)
        found.append(design.circuit.digest)
    assert found[0] == found[1]
    assert design.build is not None and design.build.reader == "slang"  # `import` in a module's head
    assert (design.registers, design.circuit.inputs) == (219, 235)


def test_parameters_and_defines(read: Load) -> None:
    text = "module top #(parameter W = 2) (input [W-1:0] a, output y);\n`ifdef ODD\nassign y = ^a;\n`endif\nendmodule\n"
    design = read(text, parameters=(("W", "5"),), defines=(("ODD", None),), rows=False)
    assert (design.circuit.inputs, design.circuit.outputs) == (5, 1)


def test_luts_and_a_library_without_registers(read: Load, tmp_path: Path, generic: Library) -> None:
    design = read(COUNTER, target=library(lut=4), rows=False)
    assert design.registers == 16 and design.register_area is None
    assert design.build is not None and not design.build.maps_registers
    bare = tmp_path / "bare.lib"
    text = generic.files[0].read_text()
    bare.write_text(text[: text.index("  cell (DFF_X1)")] + "}\n")
    again = load(design.source, library([bare]), tmp_path / "work", rows=False)
    assert any("no flip-flops" in line for line in again.warnings)
    assert again.register_area is None


def test_files_of_others_are_not_in_the_way(read: Load) -> None:
    """A testbench that cannot be synthesised, a package that comes late, an include beside its file."""
    design = read(
        {
            "top.sv": '`include "ops.svh"\nmodule top import p::*; (input word_t a, output word_t y);'
            " assign y = `FLIP(a); endmodule : top\n",
            "z_p.sv": "package p; typedef logic [2:0] word_t; endpackage\n",
            "ops.svh": "`define FLIP(x) (~x ^ (x << 1))\n",
            "bench.sv": "module bench; top u (); initial begin $display(1); #1 $finish; end endmodule\n",
        },
        "top",
        rows=False,
    )
    assert design.build is not None
    assert [path.name for path in design.build.files] == ["z_p.sv", "top.sv"]
    assert (design.circuit.inputs, design.circuit.outputs) == (3, 3)


def test_memories_become_registers_or_are_refused_by_name(read: Load) -> None:
    ram = """
module top (input clk, we, input [{a}:0] wa, ra, input [7:0] d, output reg [7:0] q);
  reg [7:0] store [0:{n}];
  always @(posedge clk) begin if (we) store[wa] <= d; q <= store[ra]; end
endmodule
"""
    design = read(ram.format(a=3, n=15), rows=False)
    assert design.registers == 16 * 8 + 8
    assert any("memories as registers: 128 bits (store)" in line for line in design.warnings)


def test_a_big_memory_is_refused(read: Load) -> None:
    text = """
module top (input clk, we, input [15:0] wa, ra, input [31:0] d, output reg [31:0] q);
  reg [31:0] store [0:65535];
  always @(posedge clk) begin if (we) store[wa] <= d; q <= store[ra]; end
endmodule
"""
    with pytest.raises(DesignError) as failed:
        read(text)
    assert "the memory store has 65,536 words of 32 bits (2,097,152 bits)" in failed.value.what


def test_latches_and_tristates_stay(read: Load) -> None:
    design = read(
        """
module top (input e, input [3:0] a, b, output [3:0] y, inout pin);
  reg [3:0] held;
  always @* if (e) held = a + b;
  assign y = held ^ b;
  assign pin = e ? ^a : 1'bz;
endmodule
""",
        rows=False,
    )
    assert design.registers == 4
    assert any("4 latch bits (held)" in line for line in design.warnings)
    assert any("1 tri-state drivers stay" in line for line in design.warnings)


BAD: list[tuple[str, str, str | None, type[RtlgenError], str]] = [
    ("no module", "// nothing\n", None, DesignError, "no module in these files"),
    ("no such top", COUNTER, "tow", DesignError, "no module 'tow'"),
    (
        "two tops",
        "module a(input x, output y); assign y = ~x; endmodule\nmodule b(input x, output y); assign y = x; endmodule\n",
        None,
        DesignError,
        "2 modules could be the top: a, b",
    ),
    (
        "unresolved",
        "module top(input x, output y); missing u (.x(x), .y(y)); endmodule\n",
        None,
        DesignError,
        "missing",
    ),
    (
        "syntax",
        "module top(input x, output y);\nassign y = ;\nendmodule\n",
        None,
        DesignError,
        "design/top.v:2: ",
    ),
    (
        "wires",
        "module top(input x, output y); assign y = x; endmodule\n",
        None,
        DesignError,
        "no logic between the registers",
    ),
    (
        "constants",
        "module top(input x, output [3:0] y); assign y = 5 + 2; endmodule\n",
        None,
        DesignError,
        "no logic between the registers",
    ),
    ("empty", "module top(); endmodule\n", None, DesignError, "no logic between the registers"),
    (
        "registers only",
        "module top(input c, x, output reg y); always @(posedge c) y <= x; endmodule\n",
        None,
        DesignError,
        "no logic between the registers",
    ),
    ("odd top", COUNTER, "two; exec ls", DesignError, "no module 'two; exec ls'"),
    (
        "cannot be synthesised",
        "module top(input x, output reg y); initial forever #1 y = ~x; endmodule\n",
        None,
        DesignError,
        "top",
    ),
]


@pytest.mark.parametrize(
    ("text", "top", "error", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_bad_input_is_one_clear_error(
    read: Load, text: str, top: str | None, error: type[RtlgenError], said: str
) -> None:
    with pytest.raises(error) as failed:
        read(text, top, rows=False)
    assert said in str(failed.value)
    assert failed.value.hint


def test_what_is_named_decides_what_is_read(tmp_path: Path, generic: Library) -> None:
    for name in ("a.v", "b.blif"):
        (tmp_path / name).write_text("")
    assert source_of((tmp_path,), top="t") == Source(root=tmp_path, top="t")
    assert source_of((tmp_path / "b.blif",)) == Source(circuit=tmp_path / "b.blif")
    assert source_of((tmp_path / "a.v",)).files == (tmp_path / "a.v",)
    with pytest.raises(UsageError, match="not a mixture"):
        source_of((tmp_path / "a.v", tmp_path / "b.blif"))
    with pytest.raises(UsageError, match="no such file"):
        source_of((tmp_path / "c.v",))
    (tmp_path / "odd.txt").write_text("")
    with pytest.raises(UsageError, match="no ending"):
        source_of((tmp_path / "odd.txt",))
    with pytest.raises(UsageError, match="nothing to synthesise"):
        Source()
    with pytest.raises(UsageError, match="at once"):
        Source(root=tmp_path, circuit=tmp_path / "b.blif")


def test_a_circuit_file(tmp_path: Path, generic: Library) -> None:
    (tmp_path / "knot.blif").write_text(
        ".model knot\n.inputs a b c\n.outputs y\n.names a b n\n11 1\n.names n c y\n10 1\n.end\n"
    )
    design = load(Source(circuit=tmp_path / "knot.blif"), generic, tmp_path)
    assert (design.kind, design.name, design.modules, design.register_area) == ("circuit", "knot", (), None)


def test_names_that_would_end_a_command_are_refused(read: Load, tmp_path: Path, generic: Library) -> None:
    with pytest.raises(UsageError, match="value of W cannot be given"):
        read(COUNTER, "two", parameters=(("W", "1; exec ls"),))
    odd = tmp_path / "a b"
    odd.mkdir()
    (odd / "top.v").write_text(COUNTER)
    with pytest.raises(UsageError, match="blanks or special characters"):
        load(Source(root=odd, top="two"), generic, tmp_path)


def test_hierarchy_that_wants_to_be_kept_is_flattened_too(read: Load) -> None:
    design = read(
        """
(* keep_hierarchy *) module sub (input [3:0] a, b, output [3:0] y); assign y = a + b; endmodule
module top (input [3:0] a, b, c, output [3:0] y, z);
  wire [3:0] t;
  sub u (a, b, t);
  sub v (t, c, y);
  assign z = t ^ c;
endmodule
""",
        "top",
        rows=False,
    )
    assert (design.circuit.inputs, design.circuit.outputs) == (12, 8 - 1)  # z[0] is y[0]


def test_what_yosys_finds_odd_is_said(read: Load) -> None:
    design = read(
        """
module top (input clk, input [3:0] a, b, input s, output [3:0] y, w, output reg [3:0] r = 5);
  wire [3:0] p, q, u;
  assign p = s ? a : (q ^ b);
  assign q = s ? (p + b) : b ^ p;
  assign y = p ^ q;
  assign w = u & a;
  always @(posedge clk) r <= r + a;
endmodule
""",
        rows=False,
    )
    said = "\n".join(design.warnings)
    assert "is used but has no driver" in said
    assert "logic loop" in said
    assert "initial values of registers (r) are not in the netlist" in said


def test_registers_that_the_library_lacks_stay_generic(read: Load) -> None:
    design = read(
        "module top (input e, clk, input [3:0] a, output reg [3:0] y, z);\n"
        "  always @* if (e) y = ~a;\n  always @(posedge clk) z <= z + y;\nendmodule\n",
        rows=False,
    )
    assert any("no cells for some of these registers" in line for line in design.warnings)
    assert design.registers == 8 and design.register_area is None
