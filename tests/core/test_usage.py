"""What all processes of a run use together is bounded, also when the run hides it. Every attack bounds itself, too."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from rtlgen.core.limits import Limits
from rtlgen.core.process import Completed, run
from rtlgen.core.sandbox import Sandbox
from rtlgen.core.scratch import scratch
from rtlgen.core.usage import DEPTH, FILE_BYTES, folder_bytes

pytestmark = pytest.mark.needs_sandbox
MIB = 1 << 20
ordinary_user = pytest.mark.skipif(os.geteuid() == 0, reason="nothing is hidden from root")


def attack(program: str, work: Path, *, wall_s: float = 20, **limits: int) -> Completed:
    """Run a Python program of the attacker's in a sandbox, with this Python shown to it."""
    python = Path(sys.executable).resolve()
    head = "import ctypes, mmap, os, sys, threading, time\n"
    bounds = Limits(wall_s=wall_s, cpu_s=20, **limits)  # type: ignore[arg-type]
    return run(
        [str(python), "-I", "-S", "-B", "-c", head + program],
        sandbox=Sandbox(work, (Path(sys.base_prefix),)),
        limits=bounds,
    )


def nobody_left(marker: str) -> bool:
    """Whether no process of this machine has `marker` in its command line, not even a dying one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                if marker.encode() in (entry / "cmdline").read_bytes():
                    return False
            except OSError:
                continue
    return True


MEMORY = {
    "one process": "x = bytearray(300 << 20)\ntime.sleep(20)",
    "many processes": "for _ in range(6):\n    if os.fork() == 0: x = bytearray(50 << 20); break\ntime.sleep(20)",
    "shared": "m = mmap.mmap(-1, 300 << 20)\nfor at in range(0, 300 << 20, 4096): m[at] = 1\ntime.sleep(20)",
    "the main thread is gone": (
        "def grow():\n    global x\n    time.sleep(0.3); x = bytearray(300 << 20); time.sleep(20)\n"
        "threading.Thread(target=grow).start()\nctypes.CDLL(None).pthread_exit(None)\n"
    ),
    "an orphan": (
        "if os.fork() == 0:\n    os.setsid()\n"
        "    if os.fork() == 0: x = bytearray(300 << 20); time.sleep(20)\n    os._exit(0)\ntime.sleep(20)"
    ),
    "a child of a second thread": (
        "def child():\n    if os.fork() == 0: x = bytearray(300 << 20); time.sleep(20); os._exit(0)\n    time.sleep(20)\n"
        "threading.Thread(target=child).start()\ntime.sleep(20)"
    ),
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory_of_all_processes(name: str, tmp_path: Path) -> None:
    done = attack(f"# {tmp_path}\n{MEMORY[name]}", tmp_path, total_memory_mb=150)
    assert (done.exhausted, done.returncode) == ("memory", -9), done
    assert nobody_left(str(tmp_path))


def test_what_processes_share_is_counted_once(tmp_path: Path) -> None:
    done = attack(
        "x = bytearray(100 << 20)\nfor at in range(0, len(x), 4096): x[at] = 1\n"
        "children = [pid for pid in (os.fork() for _ in range(4)) if pid]\n"
        "time.sleep(0.4)\n"
        "if len(children) == 4:\n    for pid in children: os.waitpid(pid, 0)\n",
        tmp_path,
        total_memory_mb=400,
    )
    assert (done.exhausted, done.returncode) == ("", 0), done


DISK = {
    "many files": "for n in range(20): open(f'f{n}', 'wb').write(bytes(1 << 20))",
    "open and deleted": (
        "keep = []\nfor n in range(20):\n    f = open('f', 'wb'); f.write(bytes(1 << 20)); f.flush(); os.unlink('f')\n"
        "    keep.append(f)\n"
    ),
    "mapped and deleted": (  # not by Python's mmap, which keeps a descriptor
        "libc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p\nfor n in range(20):\n"
        "    f = open('f', 'w+b'); f.write(bytes(1 << 20)); f.flush()\n"
        "    libc.mmap(None, ctypes.c_size_t(4096), 1, 1, f.fileno(), ctypes.c_long(0)); f.close(); os.unlink('f')\n"
    ),
    "without a name from the start": (
        "keep = []\nfor n in range(20):\n"
        "    f = os.open('.', os.O_TMPFILE | os.O_RDWR); os.write(f, bytes(1 << 20)); keep.append(f)\n"
    ),
    "empty files": "for n in range(300): open(f'f{n}', 'w').close()",
    "empty folders": "for n in range(300): os.mkdir(f'd{n}')",
    "links": "for n in range(300): os.symlink('x' * 200, f'l{n}')",
    "more mappings than can be looked through": (
        "open('f', 'wb').write(bytes(8192)); f = open('f', 'rb')\n"
        "keep = [mmap.mmap(f.fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ + n % 2 * mmap.PROT_EXEC)"
        " for n in range(2)]\nlibc = ctypes.CDLL(None); libc.mmap.restype = ctypes.c_void_p\n"
        "for n in range(60000): libc.mmap(None, ctypes.c_size_t(4096), 1 + n % 2 * 4, 1, f.fileno(), ctypes.c_long(0))\n"
    ),
    "depth": "for n in range(100): os.mkdir('d'); os.chdir('d')",
    "empty files in memory": "for n in range(20000): open(f'/tmp/f{n}', 'w').close()",
    "empty files in shared memory": "for n in range(20000): open(f'/dev/shm/f{n}', 'w').close()",
}


@pytest.mark.parametrize("name", DISK)
def test_disk(name: str) -> None:
    with scratch() as work:
        done = attack(DISK[name] + "\ntime.sleep(20)", work, disk_mb=1, file_mb=2)
        assert (done.exhausted, done.returncode) == ("disk", -9), done
        assert nobody_left(str(work))


@ordinary_user
@pytest.mark.parametrize(
    "program",
    [
        "os.mkdir('d')\nfor n in range(20): open(f'd/f{n}', 'wb').write(bytes(1 << 20))\nos.chmod('d', 0)",
        "import shutil\nshutil.copy('/bin/sleep', 'sleep'); os.chmod('sleep', 0o111)\nos.execv('sleep', ['sleep', '20'])",
    ],
)
def test_what_is_hidden_counts_as_over(program: str) -> None:
    with scratch() as work:
        assert attack(program + "\ntime.sleep(20)", work, disk_mb=4).exhausted == "disk"


def test_a_run_too_short_to_be_watched_is_measured_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtlgen.core.watch.FIRST_SECONDS", 60.0)
    with scratch() as work:
        limits = Limits(disk_mb=1, file_mb=4)
        done = run(["/bin/sh", "-c", "head -c 3M /dev/zero > big"], sandbox=Sandbox(work), limits=limits)
        assert (done.exhausted, done.returncode) == ("disk", 0)
        (work / "big").unlink()
        done = run(["/bin/sh", "-c", "head -c 900k /dev/zero > big"], sandbox=Sandbox(work), limits=limits)
        assert (done.exhausted, done.returncode) == ("", 0)


PROCESSES = {
    "forks": "for _ in range(60):\n    if os.fork() == 0: time.sleep(20); os._exit(0)\ntime.sleep(20)",
    "sessions": (
        "for _ in range(60):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0: time.sleep(20)\n"
        "        os._exit(0)\ntime.sleep(20)"
    ),
    "threads": "for _ in range(60): threading.Thread(target=time.sleep, args=(20,)).start()",
    "zombies": "for _ in range(60):\n    if os.fork() == 0: os._exit(0)\ntime.sleep(20)",
}


@pytest.mark.parametrize("name", PROCESSES)
def test_processes(name: str, tmp_path: Path) -> None:
    done = attack(f"# {tmp_path}\n{PROCESSES[name]}", tmp_path, processes=30)
    assert (done.exhausted, done.returncode) == ("processes", -9), done
    assert nobody_left(str(tmp_path))


def test_as_many_processes_as_allowed(tmp_path: Path) -> None:
    done = attack(
        "for _ in range(8):\n    if os.fork() == 0: time.sleep(0.3); os._exit(0)\ntime.sleep(0.5)",
        tmp_path,
        processes=10,
    )
    assert (done.exhausted, done.returncode) == ("", 0), done


def test_processes_and_memory_are_counted_without_a_sandbox(tmp_path: Path) -> None:
    for name, program, limits in [
        ("processes", PROCESSES["forks"], Limits(processes=30, wall_s=20)),
        ("memory", MEMORY["many processes"], Limits(total_memory_mb=150, wall_s=20)),
    ]:
        marked = f"import os, time\n# {tmp_path}\n{program}"
        done = run([sys.executable, "-I", "-S", "-c", marked], limits=limits)
        assert (done.exhausted, done.returncode) == (name, -9), done
        for _ in range(200):
            if nobody_left(str(tmp_path)):
                break
            time.sleep(0.01)
        assert nobody_left(str(tmp_path))


def test_files_in_memory_are_bounded(tmp_path: Path) -> None:
    done = attack(
        "for place, size in (('/tmp', 80), ('/dev/shm', 20), ('/', 1), ('/dev', 1), ('/proc/1', 1)):\n"
        "    try: open(place + '/big', 'wb').write(bytes(size << 20)); print(place, 'written')\n"
        "    except OSError as error: print(place, error.strerror)\n",
        tmp_path,
    )
    assert done.stdout.splitlines() == [
        "/tmp No space left on device",
        "/dev/shm No space left on device",
        "/ Read-only file system",
        f"/dev {'Permission denied' if os.geteuid() == 0 else 'Read-only file system'}",
        "/proc/1 Read-only file system",
    ], done.stderr


def test_folder_bytes(tmp_path: Path) -> None:
    assert folder_bytes(tmp_path, MIB) == 0
    (tmp_path / "a").write_bytes(b"x")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "link").symlink_to("/usr")
    assert folder_bytes(tmp_path, MIB) == 3 * FILE_BYTES
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b").write_bytes(bytes(100_000))
    assert 100_000 < (folder_bytes(tmp_path, MIB) or 0) < 150_000
    assert folder_bytes(tmp_path, 100_000) is None
    assert folder_bytes(tmp_path / "gone", MIB) == 0
    (tmp_path / "/".join(["d"] * (DEPTH + 1))).mkdir(parents=True)
    assert folder_bytes(tmp_path, MIB) is None
