"""Verdicts by a reference: itself passes, damage is found, and everything else gets its class or one clear error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, LimitError, UsageError
from rtlgen.core.records import Verdict
from rtlgen.sim.reference.compare import Comparison, answers, check, compare, compared
from rtlgen.sim.reference.design import Sources
from rtlgen.sim.reference.recording import LIMITS, Settings

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

FIXTURES = Path(__file__).parent / "fixtures"
DESIGNS = sorted([*FIXTURES.glob("*.v"), *FIXTURES.glob("*.sv")])
SHORT = Settings(limits=replace(LIMITS, wall_s=2.0, cpu_s=2))
Write = Callable[..., Path]

COUNTER = "counter.v"
DAMAGE = [
    ("counter.v", "count + 1'b1", "count + 2'd2"),
    ("counter.v", "negedge rst_n", "posedge rst_n"),
    ("counter.v", "or negedge rst_n", ""),
    ("counter.v", "&count", "&count[2:0]"),
    ("counter.v", "~|count", "~&count"),
    ("fifo.v", "!full", "1'b1"),
    ("fifo.v", "!empty", "1'b1"),
    ("fifo.v", "mem[rp[1:0]]", "mem[wp[1:0]]"),
    ("fifo.v", "wp <= 0; rp <= 0;", "wp <= 0;"),
    ("detector.v", "C: state <= x ? D : A", "C: state <= x ? D : C"),
    ("detector.v", "D: state <= x ? B : C", "D: state <= x ? B : A"),
    ("detector.v", "or posedge areset", ""),
    ("alu.v", "a < b;", "$unsigned(a) < b;"),
    ("alu.v", "a >>> b", "a >> b"),
    ("alu.v", "y == 0", "y[15:1] == 0"),
    ("alu.v", "a ^ b", "a | b"),
    ("crossing.v", "t2 ^ t3) got", "t1 ^ t2) got"),
    ("crossing.v", "negedge rrst_n", "negedge wrst_n"),
    ("crossing.v", "posedge rclk", "posedge wclk"),
    ("latch.v", "if (!clear_n) q = 0;\n    else ", ""),
    ("latch.v", "q = d;", "q = d; else q = 0;"),
    ("falling.v", "negedge", "posedge"),
    ("falling.v", "8'h34", "8'h35"),
    ("falling.v", "if (reset) ", "if (!reset) "),
    ("arbiter.v", "last <= who", "last <= last"),
    ("arbiter.v", "i >= 1", "i >= 2"),
    ("arbiter.v", "last <= 3", "last <= 2"),
    ("shifter.v", "{q[0], q[15:1]}", "{1'b0, q[15:1]}"),
    ("shifter.v", "2'b10", "2'b11"),
    ("packets.sv", "LIMIT = 5", "LIMIT = 6"),
    ("packets.sv", "== HEAD ? {", "== TAIL ? {"),
    ("packets.sv", "last_o <= NONE", "last_o <= TAIL"),
]
"""Of a design: what is replaced by what. Every one must be found."""


def judged(design: Path, reference: Path, **more: object) -> Verdict:
    return compare([design], [reference], None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", DESIGNS, ids=[p.stem for p in DESIGNS])
def test_itself_passes(path: Path) -> None:
    for seed in (0, 1):
        verdict = judged(path, path, seed=seed)
        assert (verdict.kind, verdict.wrong, verdict.first, verdict.seed) == ("pass", 0, "", seed)
        assert verdict.samples is not None
        assert verdict.samples > 100


@pytest.mark.parametrize(("name", "old", "new"), DAMAGE)
def test_damage_is_found(write: Write, name: str, old: str, new: str) -> None:
    text = (FIXTURES / name).read_text()
    assert text.count(old) >= 1
    verdict = judged(write(text.replace(old, new, 1), name), FIXTURES / name)
    assert verdict.kind == "mismatch"
    assert verdict.wrong
    assert " is " in verdict.first
    assert ", expected " in verdict.first


def test_the_first_mismatch_by_cycle_and_signal(write: Write) -> None:
    reference = write(
        "module m(input clk, rst, output reg [7:0] q); always @(posedge clk) q <= rst ? 0 : q + 1; endmodule"
    )
    design = write(
        "module m(input clk, rst, output reg [7:0] q); always @(posedge clk) q <= rst ? 0 : q + (q != 3); endmodule",
        "d.v",
    )
    comparison = compared([design], [reference], "m")
    assert comparison.verdict.first == "cycle 7 (199 ns): q is 8'h03, expected 8'h04"
    found = comparison.mismatch
    assert found is not None
    assert (found.cycle, found.time_ns, found.event) == (7, 199, "clk rose")
    assert [(s.name, s.got, s.expected) for s in found.signals] == [("q", "8'h03", "8'h04")]
    assert found.history[-1].inputs == (("clk", "1"), ("rst", "0"))
    assert len(found.history) == 9
    assert comparison.verdict.log == f"the rows up to the first mismatch:\n{found.table()}\n"
    last = found.table().splitlines()[-1]
    assert last == "199 ns, clk rose: clk=1 rst=0 -> q=8'h03 (expected 8'h04)"


def test_vectors_of_a_design_without_clocks(write: Write) -> None:
    reference = write("module m(input [1:0] a, output y); assign y = &a; endmodule")
    design = write("module m(input [1:0] a, output y); assign y = |a; endmodule", "d.v")
    verdict = judged(design, reference)
    assert verdict.first.startswith("vector ")
    assert (verdict.samples, verdict.wrong) == (32, 16)
    assert verdict.reason == "16 of 32 samples differ from the reference"


def test_waves_show_what_was_expected(write: Write, tmp_path: Path) -> None:
    damaged = write((FIXTURES / COUNTER).read_text().replace("+ 1'b1", "+ 2'd3"))
    waves = tmp_path / "out" / "fail.vcd"
    verdict = judged(damaged, FIXTURES / COUNTER, waves=waves)
    assert verdict.waves == str(waves)
    text = waves.read_text()
    assert "expected_count" in text
    assert " dut " in text
    assert judged(FIXTURES / COUNTER, FIXTURES / COUNTER, waves=waves).waves is None


def test_the_record_names_inputs_and_tools(write: Write) -> None:
    design = write((FIXTURES / COUNTER).read_text())
    record = judged(design, FIXTURES / COUNTER, seed=5).record
    assert record is not None
    assert set(record.inputs) == {str(design), str(FIXTURES / COUNTER)}
    assert record.seed == 5
    assert set(record.tools) == {"iverilog", "vvp"}


def test_one_reference_judges_many(write: Write) -> None:
    known = answers(Sources((FIXTURES / "detector.v",)), None)
    good = Sources((write((FIXTURES / "detector.v").read_text()),))
    bad = Sources((write((FIXTURES / "detector.v").read_text().replace("== D", "== C"), "bad.v"),))
    assert [check(known, s).verdict.kind for s in (good, bad, good)] == ["pass", "mismatch", "pass"]


# x and reset


X_CASES = [
    ("x of the reference matches anything", "2'b0x", "2'b01", "pass"),
    ("x of the design matches an x", "2'b0x", "2'b0x", "pass"),
    ("x of the design is no value", "2'b00", "2'b0x", "mismatch"),
    ("known bits beside an x count", "2'b0x", "2'b11", "mismatch"),
    ("z matches z", "2'b0z", "2'b0z", "pass"),
    ("z is no value", "2'b00", "2'b0z", "mismatch"),
    ("a value is no z", "2'b0z", "2'b00", "mismatch"),
]


@pytest.mark.parametrize(
    ("reference", "design", "kind"), [c[1:] for c in X_CASES], ids=[c[0] for c in X_CASES]
)
def test_unknown_values(write: Write, reference: str, design: str, kind: str) -> None:
    text = "module m(input a, output [1:0] y); assign y = a ? {} : 2'b10; endmodule"
    files = [write(text.format(value), f"{n}.v") for n, value in enumerate((design, reference))]
    assert judged(*files).kind == kind


def test_before_the_first_reset_nothing_counts(write: Write) -> None:
    text = "module m(input clk, rst, d, output reg q{}); always @(posedge clk) if (rst) q <= 0; else q <= d; endmodule"
    assert judged(write(text.format("")), write(text.format(" = 1"), "r.v")).kind == "pass"


def test_a_design_that_stays_x_without_a_reset(write: Write) -> None:
    reference = write(
        "module m(input clk, d, output reg [3:0] q = 0); always @(posedge clk) q <= q + d; endmodule"
    )
    design = write(
        "module m(input clk, d, output reg [3:0] q); always @(posedge clk) q <= q + d; endmodule", "d.v"
    )
    verdict = judged(design, reference)
    assert verdict.kind == "mismatch"
    assert verdict.first.endswith("q is 4'hx, expected 4'h0")


def test_a_reference_that_never_leaves_x(write: Write) -> None:
    path = write("module m(input clk, d, output reg [3:0] q); always @(posedge clk) q <= q + d; endmodule")
    with pytest.raises(DesignError, match="no output of the reference 'm' ever left x"):
        judged(path, path)


# ports


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("input a, input [3:0] b, output [2:0] y", "output 'y' has 3 bits, expected 4 bits"),
        (
            "input a, input [3:0] b, output [3:0] z",
            "output 'y' (4 bits) is missing; output 'z' is not in the reference",
        ),
        ("input a, output [3:0] y", "input 'b' (4 bits) is missing"),
        ("input a, b, output [3:0] y", "input 'b' has 1 bit, expected 4 bits"),
        ("input a, inout [3:0] b, output [3:0] y", "'b' is an inout, expected an input"),
        ("input p, output q", "input 'a' (1 bit) is missing"),
    ],
)
def test_ports_that_differ(write: Write, header: str, said: str) -> None:
    reference = write(
        "module m(input a, input [3:0] b, output [3:0] y); assign y = b ^ {4{a}}; endmodule", "r.v"
    )
    verdict = judged(write(f"module m({header}); endmodule"), reference)
    assert verdict.kind == "elaboration"
    assert verdict.reason.startswith("the ports of 'm' differ: ")
    assert said in verdict.reason


def test_what_only_the_simulator_can_read(write: Write) -> None:
    """The name of the header is a macro, which is not followed for the sake of the ports."""
    header = write("module counter(input clk, output q); assign q = clk; endmodule", "head.vh")
    design = write(f'`define HEAD "{header}"\n`include `HEAD\n')
    settings = Settings(headers_beside=True, sandboxed=False)
    assert judged(design, header, settings=settings).kind == "pass"


def test_signs_and_types_of_equal_width_do_not_differ(write: Write) -> None:
    plain = (FIXTURES / "packets.sv").read_text().replace("input flit_t flit_i", "input logic [7:0] flit_i")
    plain = plain.replace("flit_i.kind", "kind_t'(flit_i[7:6])").replace("flit_i.data", "flit_i[5:0]")
    plain = plain.replace("last_o <= kind_t'(flit_i[7:6])", "last_o <= flit_i[7:6]").replace(
        "output kind_t", "output logic [1:0]"
    )
    plain = plain.replace("kind_t'(flit_i[7:6]) == HEAD", "flit_i[7:6] == 2'd1")
    assert judged(write(plain), FIXTURES / "packets.sv").kind == "pass"


def test_parameters_hold_for_both(write: Write) -> None:
    text = (FIXTURES / COUNTER).read_text()
    wide = [("W", "7")]
    assert judged(write(text), FIXTURES / COUNTER, parameters=wide).kind == "pass"
    fixed = write(text.replace("#(parameter W = 4) ", "").replace("W-1", "3"), "fixed.v")
    assert "expected 7 bits" in judged(fixed, FIXTURES / COUNTER, parameters=wide).reason


def test_the_reference_has_another_name(write: Write) -> None:
    reference = write((FIXTURES / COUNTER).read_text().replace("module counter", "module golden"), "golden.v")
    assert compare([FIXTURES / COUNTER], [reference], "counter", reference_top="golden").kind == "pass"
    assert compare([FIXTURES / COUNTER], [reference], "counter").kind == "pass"


def test_equal_names_on_both_sides_do_not_meet(write: Write) -> None:
    """Both files have a module `half` and a macro `OP`, which mean different things."""
    reference = write(
        "`define OP ^\nmodule half(input a, b, output y); assign y = a `OP b; endmodule\n"
        "module m(input a, b, output y); half u(a, b, y); endmodule\n",
        "r.v",
    )
    design = write(
        "`define OP &\nmodule half(input a, b, output y); assign y = a `OP ~b; endmodule\n"
        "module m(input a, b, output y); wire p, q; half u(a, b, p); half v(b, a, q); assign y = p | q; endmodule\n",
    )
    assert judged(design, reference).kind == "pass"


def test_names_that_a_bench_would_use(write: Write) -> None:
    text = (
        "module rtlgen_bench(input rtlgen_row, input \\odd[0].name , input logic dut,"
        " output rtlgen_file, output \\module );\n"
        "  assign rtlgen_file = rtlgen_row ^ dut;\n  assign \\module = \\odd[0].name ;\nendmodule\n"
    )
    assert judged(write(text), write(text, "r.sv")).kind == "pass"


# designs that do not run


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (("endmodule", ""), "syntax", "syntax error"),
        (("always @(posedge clk or", "always (posedge clk or"), "syntax", "syntax error"),
        (("count + 1'b1", "cuont + 1'b1"), "elaboration", "cuont"),
        (("endmodule", "nowhere u(); endmodule"), "elaboration", "nowhere"),
        (("module counter", "module contour"), "elaboration", "did you mean contour?"),
        (("endmodule", "always begin end endmodule"), "elaboration", ""),
    ],
)
def test_designs_that_do_not_compile(write: Write, change: tuple[str, str], kind: str, said: str) -> None:
    text = (FIXTURES / COUNTER).read_text().replace(*change)
    verdict = compare([write(text)], [FIXTURES / COUNTER], "counter", settings=SHORT)
    assert verdict.kind in (kind, "timeout" if not said else kind)
    assert said in verdict.reason


LOOPS = [
    "wire n = ~n; assign q = n & d;",
    "reg n = 0; always @(d) begin n = 1; while (1) n = ~n; end assign q = n;",
    "reg n = 0; initial forever #0 n = ~n; assign q = n;",
    "reg n = 0; always @(n or d) n <= ~n; assign q = n;",
]


@pytest.mark.parametrize("body", LOOPS)
def test_loops_in_zero_time(write: Write, body: str) -> None:
    """A ring of nets settles at x in Icarus; the others never end."""
    reference = write("module m(input d, output q); assign q = d; endmodule", "r.v")
    verdict = judged(write(f"module m(input d, output q); {body} endmodule"), reference, settings=SHORT)
    assert verdict.kind == ("mismatch" if body is LOOPS[0] else "timeout")


def test_endless_output_does_not_end_a_run(write: Write) -> None:
    text = (
        (FIXTURES / COUNTER)
        .read_text()
        .replace("endmodule", 'always @(count) repeat (999) $display("%d", count);\nendmodule')
    )
    verdict = judged(write(text), FIXTURES / COUNTER)
    assert verdict.kind == "pass"
    assert len(verdict.log) < 3_000_000


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("initial #100 $finish;", "the design ended the simulation in cycle 4"),
        ("initial #100 $stop;", "the design ended the simulation in cycle 4"),
        ("initial $finish;", "the design ended the simulation in cycle"),
        ('initial #100 $fatal(1, "no");', "the design ended the simulation in cycle 4"),
    ],
)
def test_a_design_that_stops_the_simulation(write: Write, statement: str, said: str) -> None:
    text = (FIXTURES / COUNTER).read_text().replace("endmodule", f"{statement}\nendmodule")
    verdict = judged(write(text), FIXTURES / COUNTER)
    assert verdict.kind == "mismatch"
    assert verdict.reason.startswith(said)


# references that are no good


def test_bad_references(write: Write, tmp_path: Path) -> None:
    design = FIXTURES / COUNTER
    with pytest.raises(UsageError, match=r"gone\.v: cannot read: no such file"):
        judged(design, tmp_path / "gone.v")
    with pytest.raises(DesignError, match=r"the reference does not run \(syntax\)"):
        judged(design, write("module counter(input clk, output q; endmodule"))
    with pytest.raises(DesignError, match="no module 'other' in the design"):
        compare([design], [design], None, reference_top="other")
    with pytest.raises(DesignError, match="'counter' has no outputs"):
        judged(design, write("module counter(input clk); endmodule"))
    with pytest.raises(DesignError, match="the design ended the simulation"):
        judged(design, write("module counter(input clk, output q); assign q = 0; initial $finish; endmodule"))
    with pytest.raises(LimitError, match="the reference: the simulation had not ended"):
        judged(
            design,
            write("module counter(input c, output q); reg n = 0; initial forever #0 n = ~n; endmodule"),
            settings=SHORT,
        )
    with pytest.raises(DesignError, match="port 'a' of 'm' is an unpacked array"):
        judged(design, write("module m(input [1:0] a [0:1], output q); assign q = a[0][0]; endmodule"))
    with pytest.raises(UsageError, match="cannot read"):
        judged(tmp_path / "gone.v", design)


def test_inouts_are_left_out_only_when_told(write: Write) -> None:
    path = write(
        "module pad(input en, input d, inout io, output y); assign io = en ? d : 1'bz; assign y = d; endmodule"
    )
    with pytest.raises(
        DesignError, match="'pad' has the inout 'io': ports driven from both sides are not compared"
    ):
        judged(path, path)
    assert judged(path, path, skip_inouts=True).kind == "pass"


# a design that attacks


def attack(
    write: Write, body: str, *, damage: tuple[str, str] = ("count + 1'b1", "count + 2'd2")
) -> Comparison:
    text = (FIXTURES / COUNTER).read_text().replace(*damage).replace("endmodule", f"{body}\nendmodule")
    reference = write((FIXTURES / COUNTER).read_text(), "hidden/reference.v")
    return compared([write(text, "attacker/design.v")], [reference], "counter")


ATTACKS = {
    "prints a pass": 'initial begin #1 $display("Mismatches: 0 in 1000 samples\\nPASS\\nend"); end',
    "writes a trace of its own": 'integer f; initial begin f = $fopen("rtlgen_trace.txt", "w");'
    ' repeat (3000) $fdisplay(f, "00000"); $fdisplay(f, "end"); $fflush(f); end',
    "writes the trace at the end": 'integer f; initial begin #29990 f = $fopen("rtlgen_trace.txt", "w");'
    ' repeat (3000) $fdisplay(f, "00000"); $fdisplay(f, "end"); $fflush(f); end',
    "empties the stimulus": 'integer f; initial begin f = $fopen("rtlgen_stimulus.hex", "w"); $fclose(f); end',
    "writes into the bench": "initial #1 begin force rtlgen_bench.count = 0; force rtlgen_bench.wrap = 0; end",
    "shortens the bench": "initial #1 force rtlgen_bench.rtlgen_row = 2999;",
    "closes the trace": "initial #500 begin $fclose(rtlgen_bench.rtlgen_file); end",
    "writes into the bench's file": 'initial #500 $fdisplay(rtlgen_bench.rtlgen_file, "00000");',
    "stops after a good beginning": "initial #60 $finish;",
}


@pytest.mark.parametrize("body", ATTACKS.values(), ids=ATTACKS.keys())
def test_attacks_do_not_pass(write: Write, body: str) -> None:
    assert attack(write, body).verdict.kind in ("mismatch", "elaboration")


@pytest.mark.parametrize("path", ["../hidden/reference.v", "{hidden}/reference.v"])
def test_the_reference_cannot_be_included(write: Write, tmp_path: Path, path: str) -> None:
    write((FIXTURES / COUNTER).read_text(), "hidden/reference.v")
    name = path.format(hidden=tmp_path / "hidden")
    design = write(f'`include "{name}"\n', "attacker/design.v")
    verdict = compare([design], [tmp_path / "hidden" / "reference.v"], "counter")
    assert verdict.kind in ("syntax", "elaboration")


def test_the_reference_cannot_be_read(write: Write, tmp_path: Path) -> None:
    reference = write((FIXTURES / COUNTER).read_text(), "hidden/reference.v")
    body = f'integer f; initial begin f = $fopen("{reference}", "r"); if (f) $display("FOUND IT"); end'
    text = (FIXTURES / COUNTER).read_text().replace("endmodule", f"{body}\nendmodule")
    verdict = compare([write(text, "attacker/design.v")], [reference], "counter")
    assert verdict.kind == "pass"
    assert "FOUND" not in verdict.log


@pytest.mark.slow
@pytest.mark.needs_verilator
def test_on_verilator(write: Write) -> None:
    settings = Settings("verilator", replace(LIMITS, wall_s=120.0, cpu_s=200))
    damaged = write((FIXTURES / COUNTER).read_text().replace("count + 1'b1", "count + 2'd2"))
    assert judged(FIXTURES / COUNTER, FIXTURES / COUNTER, settings=settings).kind == "pass"
    verdict = judged(damaged, FIXTURES / COUNTER, settings=settings)
    assert (verdict.kind, "expected 4'h" in verdict.first) == ("mismatch", True)
