from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from rtlgen.core import process
from rtlgen.core.errors import ToolError
from rtlgen.core.process import Limits, run


def alive(marker: str) -> list[int]:
    """Processes whose command line holds `marker`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if marker.encode() in line and state != "Z":
                found.append(int(entry.name))
    return found


def gone(marker: str) -> bool:
    """Whether they all end within a moment (a killed process needs one to leave the table)."""
    for _ in range(200):
        if not alive(marker):
            return True
        time.sleep(0.01)
    return False


def python(program: str, **arguments: object) -> process.Completed:
    return run([sys.executable, "-I", "-S", "-c", program], **arguments)  # type: ignore[arg-type]


def test_output_and_code_come_back() -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
    assert not (done.timed_out or done.truncated or done.exhausted == "processes")
    assert done.seconds > 0


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    done = run(["echo", "$HOME", "; touch x", "`id`", "a b"], cwd=tmp_path)
    assert done.stdout == "$HOME ; touch x `id` a b\n"
    assert list(tmp_path.iterdir()) == []


def test_environment_and_folder(tmp_path: Path) -> None:
    done = python("import os; print(os.getcwd(), sorted(os.environ))", cwd=tmp_path, env={"ONE": "1"})
    folder, names = done.stdout.split(" ", 1)
    assert folder == str(tmp_path)
    assert "'ONE'" in names
    assert "PATH" not in names


def test_input_bigger_than_a_pipe_goes_through() -> None:
    data = os.urandom(1 << 20).hex().encode()
    done = run(["cat"], stdin=data, limits=Limits(output_kb=4096))
    assert done.stdout.encode() == data


def test_a_program_that_does_not_read_its_input() -> None:
    assert run(["true"], stdin=b"x" * (1 << 20)).returncode == 0
    assert run(["cat"], stdin=b"").stdout == ""
    assert run(["cat"]).stdout == ""


def test_undecodable_output_is_replaced() -> None:
    assert run(["printf", r"a\377b"]).stdout == "a\ufffdb"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["/no/such/program"],
            r"/no/such/program: cannot be started: No such file or directory\n  next: rtlgen doctor",
        ),
        (["/etc/passwd"], r"cannot be started: Permission denied"),
        (["a\0b"], r"cannot be started: embedded null byte"),
    ],
)
def test_what_cannot_be_started(argv: list[str], message: str) -> None:
    with pytest.raises(ToolError, match=message):
        run(argv)


def test_what_cannot_be_started_behind_limits() -> None:
    with pytest.raises(ToolError, match="cannot be started: No such file or directory"):
        run(["/no/such/program"], limits=Limits(cpu_s=1))


def test_the_wall_clock_kills_the_whole_group() -> None:
    marker = "sleep-4711.25"
    script = f"for i in 1 2 3; do (exec -a {marker} sleep 300) & done; echo started; wait"
    done = run(["bash", "-c", script], limits=Limits(wall_s=1.0))
    assert done.timed_out
    assert done.returncode == -9
    assert done.stdout == "started\n"
    assert gone(marker)


def test_nothing_is_left_behind_by_a_program_that_ends() -> None:
    marker = "sleep-4712.25"
    program = (
        f"import subprocess; subprocess.Popen(['bash', '-c', 'exec -a {marker} sleep 300']); print('done')"
    )
    done = python(program)
    assert (done.returncode, done.stdout, done.timed_out) == (0, "done\n", False)
    assert gone(marker)


def test_one_that_leaves_the_group_does_not_hold_us() -> None:
    marker = "sleep-4713.25"
    program = (
        "import subprocess\n"
        f"p = subprocess.Popen(['bash', '-c', 'exec -a {marker} sleep 300'], start_new_session=True)\nprint(p.pid)\n"
    )
    done = python(program, limits=Limits(wall_s=60))
    assert not done.timed_out
    os.kill(int(done.stdout), 9)


def test_a_killed_program_says_its_signal() -> None:
    assert python("import os; os.kill(os.getpid(), 11)").returncode == -11


def test_endless_output_is_capped_while_it_is_read() -> None:
    done = run(["yes", "abcdefg"], limits=Limits(wall_s=0.5, output_kb=4))
    assert done.timed_out
    assert done.truncated
    assert len(done.stdout) < 4200
    assert done.stdout.startswith("abcdefg\nabcdefg\n")
    assert "bytes dropped ...]" in done.stdout


def test_the_end_of_long_output_is_kept() -> None:
    done = python("print('first'); print('x' * 100000); print('last')", limits=Limits(output_kb=1))
    assert done.truncated
    assert done.stdout.startswith("first\n")
    assert done.stdout.endswith("last\n")


def test_output_that_just_fits_is_whole() -> None:
    done = python("print('x' * 1023)", limits=Limits(output_kb=1))
    assert (done.stdout, done.truncated) == ("x" * 1023 + "\n", False)


LIMITS = {
    "cpu": (Limits(cpu_s=1, wall_s=60), "while True: pass", lambda done: done.returncode == -24),
    "memory": (
        Limits(memory_mb=300),
        "x = bytearray(1 << 30)",
        lambda done: done.returncode == 1 and "MemoryError" in done.stderr,
    ),
    "file": (
        Limits(file_mb=1),
        "import os, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nopen('big', 'wb').write(b'x' * (2 << 20))",
        lambda done: done.returncode == 1 and "File too large" in done.stderr,
    ),
    "core": (
        Limits(cpu_s=5),
        "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))",
        lambda done: done.stdout == "(1, 1)\n",
    ),
}


@pytest.mark.parametrize("by_program", [True, False], ids=["prlimit", "trampoline"])
@pytest.mark.parametrize("name", LIMITS)
def test_limits_hold(name: str, by_program: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not by_program:
        monkeypatch.setattr(process.shutil, "which", lambda *_, **__: None)
    limits, program, as_expected = LIMITS[name]
    done = python(program, limits=limits, cwd=tmp_path)
    assert as_expected(done), done
    assert not done.timed_out


def test_a_fork_bomb_ends() -> None:
    program = (  # at most 512 processes, should nothing stop it
        "import os, time\nfor _ in range(9):\n    try: os.fork()\n    except OSError: time.sleep(0.05)\n"
        "time.sleep(20)\n# bomb-4714.25\n"
    )
    done = python(program, limits=Limits(wall_s=5, cpu_s=5, processes=20))
    assert done.exhausted == "processes" or done.timed_out
    assert gone("bomb-4714.25")


def test_threads_can_run_programs_at_once() -> None:
    results: list[str] = []

    def work(number: int) -> None:
        limits = Limits(cpu_s=5, processes=50)
        results.extend(run(["echo", str(number)], limits=limits).stdout for _ in range(5))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted(f"{number}\n" for number in range(8) for _ in range(5))


def test_no_descriptor_is_left_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        run(["cat"], stdin=b"x")
        run(["sleep", "9"], limits=Limits(wall_s=0.01))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_an_interrupt_kills_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    marker = "sleep-4715.25"
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(["bash", "-c", f"exec -a {marker} sleep 300"])
    timer.join()
    assert gone(marker)
