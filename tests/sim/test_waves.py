"""Values and tables out of VCD files: by hand, by Icarus, cut short, damaged, big."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, UsageError
from rtlgen.sim.waves import read_vcd, shown, window

HEAD = """\
$date today $end
$timescale 10 ns $end
$scope module tb $end
$var reg 1 ! clk $end
$var wire 8 " data [7:0] $end
$var real 1 # level $end
$var string 0 $ state $end
$var reg 1 % \\odd.name[3] $end
$var wire 1 & bus [2] $end
$scope module dut $end
$var wire 8 " data [7:0] $end
$var reg 8 ' q [7:0] $end
$upscope $end
$upscope $end
$enddefinitions $end
"""
BODY = """\
$comment a
comment over lines $end
#0
$dumpvars
0!
bx "
r1.5 #
sIDLE $
1%
z&
bx '
$end
#5
1!
b101 "
#10
0!
bz01 "
r-2e3 #
sRUN $
#15
1!
b11110000 "
b101 '
#20
0! 1&
#25
1!
b1x '
"""


@pytest.fixture
def vcd(tmp_path: Path) -> Path:
    path = tmp_path / "w.vcd"
    path.write_text(HEAD + BODY)
    return path


def test_signals_and_values(vcd: Path) -> None:
    waves = read_vcd(vcd)
    assert list(waves.signals) == [
        "tb.clk", "tb.data", "tb.level", "tb.state", "tb.odd.name[3]", "tb.bus[2]", "tb.dut.data", "tb.dut.q",
    ]  # fmt: skip
    assert (waves.timescale, waves.start, waves.end, waves.truncated) == ("10 ns", 0, 25, False)
    assert waves.value_at("tb.data", 0) == "xxxxxxxx"
    assert waves.value_at("tb.data", 4) == "xxxxxxxx"
    assert waves.value_at("tb.data", 5) == "00000101"
    assert waves.value_at("tb.dut.data", 12) == "zzzzzz01"
    assert waves.value_at("level", 9) == "1.5"
    assert waves.value_at("level", 99) == "-2e3"
    assert waves.value_at("state", 10) == "RUN"
    assert waves.value_at("odd.name[3]", 3) == "1"
    assert waves.value_at("bus[2]", 19) == "z" and waves.value_at("bus[2]", 20) == "1"
    assert waves.changes("tb.clk", 5, 15) == ((5, "1"), (10, "0"), (15, "1"))
    assert waves.rising_edges("clk") == (5, 15, 25)


def test_a_short_name_means_the_one_highest_up(vcd: Path) -> None:
    waves = read_vcd(vcd)
    assert waves.find("data").name == "tb.data"
    assert waves.find("dut.data").name == "tb.dut.data"
    with pytest.raises(UsageError, match="no signal dta in these waves") as error:
        waves.find("dta")
    assert error.value.hint == "did you mean data?"


def test_only_the_wanted_signals_and_times(vcd: Path) -> None:
    waves = read_vcd(vcd, ["q"], start=16, end=20)
    assert waves.changes("q") == ((15, "00000101"),)  # the last change before the start gives the value at it
    assert waves.value_at("q", 16) == "00000101"
    assert waves.changes("clk") == ()
    assert waves.end == 20


def test_a_file_that_was_cut_short(vcd: Path) -> None:
    whole = vcd.read_bytes()
    for cut in range(whole.index(b"#0") + 1, len(whole) - 1):
        vcd.write_bytes(whole[:cut])
        waves = read_vcd(vcd)
        assert waves.truncated == (whole[cut - 1 : cut] != b"\n")
        assert waves.value_at("clk", 99) in "01x"
    vcd.write_bytes(whole[: len(HEAD) - 20])
    with pytest.raises(DesignError, match="ends within its declarations"):
        read_vcd(vcd)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"hello world\n", "is no VCD file"),
        (b"", "ends within its declarations"),
        (b"\0\0\0\x01FST", "is an FST file"),
        (b"$var wire $end\n", "is no VCD file"),
    ],
)
def test_other_files(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "x.vcd"
    path.write_bytes(data)
    with pytest.raises((UsageError, DesignError), match=what):
        read_vcd(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_vcd(tmp_path / "missing.vcd")


def test_damage_behind_the_declarations_ends_the_file(vcd: Path) -> None:
    vcd.write_text(HEAD + "#0\n0!\n#banana\n1!\n")
    waves = read_vcd(vcd)
    assert waves.truncated and waves.value_at("clk", 5) == "0"


def test_the_cap_holds(tmp_path: Path) -> None:
    path = tmp_path / "long.vcd"
    path.write_text(HEAD + "".join(f"#{time}\n{time % 2}!\nb{time % 256:b} '\n" for time in range(4000)))
    waves = read_vcd(path, max_changes=100)
    assert waves.truncated and waves.end < 60
    near = read_vcd(path, ["clk", "q"], max_changes=100, until=("clk", 3000, 2))
    assert near.value_at("q", 3000) == f"{3000 % 256:08b}" and near.end < 3010


def test_values_for_people(vcd: Path) -> None:
    waves = read_vcd(vcd)
    data, clock = waves.find("data"), waves.find("clk")
    assert shown("00011010", data) == "1a"
    assert (
        shown("xxxxxxxx", data) == "xx"
        and shown("zzzzzz01", data) == "zZ"
        and shown("0000x001", data) == "0X"
    )
    assert shown("1", clock) == "1"


def test_a_window_aligned_to_the_clock(vcd: Path) -> None:
    assert window(vcd, ["data", "q", "state", "level"], 15, clock="clk").splitlines() == [
        "time (10 ns)     5   >15    25",
        "tb.data[8]      xx    zZ    f0",
        "tb.dut.q[8]     xx    xx    05",
        "tb.state      IDLE   RUN   RUN",
        "tb.level       1.5  -2e3  -2e3",
        "(values just before each rising edge of tb.clk)",
    ]


def test_a_window_of_changes(vcd: Path) -> None:
    assert window(vcd, ["q"], 14).splitlines() == ["time (10 ns)  >0  15  25", "tb.dut.q[8]   xx  05  0X"]
    assert window(vcd, ["q"], 14, span=3).splitlines() == ["time (10 ns)  >15", "tb.dut.q[8]    05"]
    assert window(vcd, ["q"], 900, span=3) == "(nothing changes there)"


@pytest.mark.needs_icarus
def test_what_icarus_writes(tmp_path: Path) -> None:
    (tmp_path / "t.sv").write_text("""
`timescale 1ns/1ps
module tb;
  reg clk = 0; reg [11:0] n = 0; wire [3:0] high = n[11:8];
  always #5 clk = ~clk;
  always @(posedge clk) n <= n + 12'h101;
  initial begin $dumpfile("o.vcd"); $dumpvars(0, tb); #62 $finish; end
endmodule
""")
    for command in (["iverilog", "-g2012", "-o", "t", "t.sv"], ["vvp", "-n", "t"]):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert window(tmp_path / "o.vcd", ["n", "high"], 26_000, cycles=2, clock="clk").splitlines() == [
        "time (1 ps)  15000  25000  >35000  45000  55000",
        "tb.n[12]       101    202     303    404    505",
        "tb.high[4]       1      2       3      4      5",
        "(values just before each rising edge of tb.clk)",
    ]
