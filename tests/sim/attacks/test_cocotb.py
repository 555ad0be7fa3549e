"""Python inside the simulator: a cocotb module may do what a program may, so it is where bombs come from.

All of it runs through rtlgen's own way of running cocotb. Every bomb ends by itself (300 forks, 700 MB).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError
from rtlgen.core.limits import Limits
from rtlgen.core.scratch import collect, is_file, read_bytes, scratch
from rtlgen.sim.testing import cocotb
from rtlgen.sim.testing.testcases import Case

pytestmark = [pytest.mark.needs_sandbox, pytest.mark.needs_icarus]
TIGHT = Limits(
    wall_s=20.0,
    cpu_s=20,
    memory_mb=1024,
    file_mb=8,
    processes=24,
    output_kb=64,
    disk_mb=16,
    total_memory_mb=300,
)
HEAD = """import os, signal, subprocess, sys, time, cocotb
HOME, HOST = {home!r}, {pid}
def tried(what, path, action):
    try: action(); print(what, path)
    except OSError: pass
@cocotb.test()
async def attack(dut):
"""
ATTACKS = {
    "forks": """
    for _ in range(300):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(20)
            os._exit(0)
    time.sleep(20)
""",
    "memory": """
    for _ in range(7):
        if os.fork() == 0: x = bytearray(100 << 20); time.sleep(20); os._exit(0)
    time.sleep(20)
""",
    "disk": """
    keep = []
    for n in range(30):
        keep.append(open('f', 'wb')); keep[-1].write(bytes(2 << 20)); keep[-1].flush(); os.unlink('f')
    time.sleep(20)
""",
    "output": """
    for _ in range(300): print('x' * 100000)
""",
    "the machine": """
    for path in ('/etc/passwd', HOME + '/secret.txt', f'/proc/{{HOST}}/environ', '/proc/kcore', '/dev/mem'):
        tried('READ', path, lambda: open(path).read())
    for path in (HOME + '/precious.txt', HOME + '/new', '/usr/evil', '/evil', __file__, sys.executable):
        tried('WROTE', path, lambda: open(path, 'a').write('x'))
    for path in (sys.executable, '/usr/bin/env', '/dev/null', '/proc/1/exe', __file__):
        tried('CHANGED', path, lambda: os.utime(path, ns=(os.stat(path).st_atime_ns, os.stat(path).st_mtime_ns)))
    for call in ('sudo -n true', 'mount -t tmpfs x /tmp', 'unshare -r true', 'su -c true'):
        if os.system(call + ' > /dev/null 2>&1') == 0: print('DID', call)
    tried('SIGNALLED', HOST, lambda: os.kill(HOST, 0))
    subprocess.Popen(['/bin/sh', '-c', 'trap "" TERM HUP; while :; do echo x >> beat; done'],
                     start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists('beat'): time.sleep(0.01)
    print('attack', 'over')
""",
    "links": """
    for name in (os.path.basename(os.environ['COCOTB_RESULTS_FILE']), 'waves.vcd', 'waves.fst'):
        os.symlink(HOME + '/secret.txt', name)
    os.symlink(HOME, 'deep')
    os.mkfifo('pipe')
    os.kill(-1, signal.SIGKILL)
""",
}


@dataclass
class Bench:
    """The design built once, and where attacks are written."""

    case: Case
    built: cocotb.Build
    options: cocotb.Options

    def attack(self, name: str, home: Path, work: Path) -> tuple[cocotb.SimRun, str | None]:
        path = self.case.path.with_name("test_attack.py")
        path.write_text((HEAD + ATTACKS[name]).format(home=str(home), pid=os.getpid()))
        return cocotb.run(replace(self.case, path=path), self.built, self.options, 1, work)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    root = tmp_path_factory.mktemp("cocotb")
    source = root / "design" / "gate.v"
    (root / "tests").mkdir()
    source.parent.mkdir()
    source.write_text("module gate(input a, output y); assign y = ~a; endmodule\n")
    case = Case(
        name="attack",
        path=root / "tests" / "test_attack.py",
        kind="cocotb",
        top="gate",
        why_top="",
        sources=(source,),
        include_dirs=(),
        reads_seed=True,
    )
    options = cocotb.Options(limits=TIGHT)
    with scratch(root) as folder:
        built = cocotb.build(case, options, "none", folder)
        assert built.ok, built.run
        yield Bench(case, built, options)


@pytest.mark.parametrize(("name", "limit"), [("forks", "processes"), ("memory", "memory"), ("disk", "disk")])
def test_bombs(bench: Bench, scene, name: str, limit: str) -> None:
    run, _ = bench.attack(name, scene.home, scene.work)
    scene.outputs.append(run.log)
    assert (run.exhausted, run.timed_out) == (limit, False), run


def test_output_is_bounded(bench: Bench, scene) -> None:
    run, _ = bench.attack("output", scene.home, scene.work)
    assert run.truncated
    assert len(run.log) < 3 * 64 * 1024


def test_the_machine_is_neither_read_nor_written_and_nothing_is_left_running(bench: Bench, scene) -> None:
    run, _ = bench.attack("the machine", scene.home, scene.work)
    scene.outputs.append(run.log)
    words = ("READ", "WROTE", "CHANGED", "DID", "SIGNALLED")
    assert not [line for line in run.log.splitlines() if line.startswith(words)], run.log
    assert "attack over" in run.log
    size = (scene.work / "beat").stat().st_size
    time.sleep(0.1)
    assert (scene.work / "beat").stat().st_size == size


def test_results_replaced_by_links_are_not_followed(bench: Bench, scene) -> None:
    with pytest.raises(DesignError, match="is a link; what a run leaves is only taken from regular files"):
        bench.attack("links", scene.home, scene.work)
    for name in ("waves.vcd", "deep/secret.txt", "pipe"):
        with pytest.raises(DesignError, match="only taken from regular files"):
            read_bytes(scene.work, name, 1 << 20)
        with pytest.raises(DesignError):
            collect(scene.work, name, scene.root / "design" / "taken", 1 << 20)
        assert not is_file(scene.work, name)
    assert not (scene.root / "design").exists()
