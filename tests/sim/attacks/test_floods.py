"""Designs that want all memory, all disk or all of the log: `resource`, or `timeout` where time was over first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rtlgen.core.usage import folder_bytes

pytestmark = [pytest.mark.needs_sandbox, pytest.mark.needs_icarus]
MIB = 1 << 20


def most_memory() -> int:
    """Most that any process that was waited for has held (bytes)."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def test_gigabytes_of_display(scene) -> None:
    """What is kept is bounded while it is read; the run goes on until its time is over."""
    text = 'module tb; initial forever $display("%0d %s", $random, {200{"a"}}); endmodule'
    run = scene.icarus(text, limits=replace(scene.job("").limits, wall_s=1.5))
    assert run.timed_out or run.exhausted, run.returncode
    assert run.truncated
    assert len(run.log) < 3 * 64 * 1024
    assert scene.verdict(run).kind in ("timeout", "resource")


def test_one_endless_line(scene) -> None:
    run = scene.icarus(
        'module tb; initial forever $write("%s", {200{"a"}}); endmodule',
        limits=replace(scene.job("").limits, wall_s=1.0),
    )
    assert len(run.log) < 3 * 64 * 1024
    assert scene.verdict(run).kind in ("timeout", "resource")


FILES = {
    "one file": 'f = $fopen("big", "w"); forever $fwrite(f, "%s", {4000{"a"}});',
    "waves": "",
    "several files": (
        'for (n = 0; n < 40; n = n + 1) begin $sformat(name, "big%0d", n); f = $fopen(name, "w");\n'
        '      for (i = 0; i < 1000; i = i + 1) $fwrite(f, "%s", {1000{"a"}}); $fclose(f); end'
    ),
    "many empty files": (
        'for (n = 0; n < 20000; n = n + 1) begin $sformat(name, "f%0d", n); f = $fopen(name, "w"); $fclose(f); end'
    ),
    "the temporary folder": (
        'for (n = 0; n < 20; n = n + 1) begin $sformat(name, "/tmp/big%0d", n); f = $fopen(name, "w");\n'
        '      for (i = 0; i < 2000; i = i + 1) $fwrite(f, "%s", {4000{"a"}}); $fclose(f); end'
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_gigabytes_into_files(scene, name: str) -> None:
    text = f"module tb; integer f, n, i; reg [127:0] name; initial begin {FILES[name]} $finish; end endmodule"
    waves = "none"
    if name == "waves":
        waves = "vcd"
        text = "module tb; reg [4095:0] r = 0; always #1 r = ~r; endmodule"
    limits = scene.job("").limits
    run = scene.icarus(text, waves=waves, limits=replace(limits, disk_mb=1) if "empty" in name else limits)
    verdict = scene.verdict(run)
    assert verdict.kind != "pass"
    assert (folder_bytes(scene.work, 64 * MIB) or 64 * MIB) < 40 * MIB
    if name in ("several files", "many empty files"):
        assert (run.exhausted, verdict.kind) == ("disk", "resource"), verdict
    elif name != "the temporary folder":
        assert (run.exhausted, verdict.kind) == ("file", "resource"), verdict


MEMORY = {
    "an array": "reg [1023:0] m [0:4000000]; integer i; initial for (i = 0; i < 4000000; i = i + 1) m[i] = {32{i}};",
    "a queue": "int q[$]; initial forever q.push_back(1);",
    "a string": 'string s = "a"; initial forever s = {s, s};',
    "events": "integer i; initial for (i = 1; i < 2000000000; i = i + 1) fork #i $display(i); join_none",
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory(scene, name: str) -> None:
    run = scene.icarus(
        f"module tb; {MEMORY[name]} endmodule", limits=replace(scene.job("").limits, wall_s=2.5)
    )
    assert scene.verdict(run).kind in ("resource", "timeout", "tool-error", "syntax", "elaboration")
    assert most_memory() < 2048 * MIB
