"""Attacks on the sandbox; each must fail inside and succeed outside where that is harmless."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rtlgen.core import sandbox
from rtlgen.core.errors import ToolError
from rtlgen.core.process import Completed, Limits, run
from rtlgen.core.sandbox import Sandbox, available, why_unavailable

pytestmark = pytest.mark.skipif(
    not available() and not os.environ.get("RTLGEN_REQUIRE_TOOLS"),
    reason=f"no sandbox here: {why_unavailable()}",
)


def shell(script: str, work: Path, *read_only: Path, wall_s: float = 20, **limits: int) -> Completed:
    """Run a script of the attacker's in a sandbox."""
    bounds = Limits(wall_s=wall_s, **limits)  # type: ignore[arg-type]
    return run(["bash", "-c", script], sandbox=Sandbox(work, read_only), limits=bounds)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_it_runs_here() -> None:
    assert why_unavailable() is None


def test_the_work_folder_is_written_and_is_the_working_folder(work: Path) -> None:
    done = shell("pwd; echo kept > result.txt", work)
    assert (done.returncode, done.stdout) == (0, f"{work}\n")
    assert (work / "result.txt").read_text() == "kept\n"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/hostname", "/root", "/home", "/var/lib", "/sys/kernel", "/proc/1/environ"]
)
def test_the_machine_is_not_read(work: Path, path: str) -> None:
    done = shell(f"cat {path} || ls {path}", work)
    assert done.returncode != 0 or path.startswith("/proc")
    assert "root:" not in done.stdout


def test_the_home_folder_and_neighbours_are_not_there(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    done = shell(f"ls -a {Path.home()} {tmp_path} /tmp; cat {tmp_path}/secret ../secret", work)
    assert "secret" not in done.stdout
    assert "cannot access" in done.stderr or "No such file" in done.stderr


def test_nothing_outside_is_written(work: Path, tmp_path: Path) -> None:
    done = shell(
        f"echo x > /usr/evil; echo x > {tmp_path}/evil; echo x > /tmp/evil-rtlgen; echo x > /evil; mkdir /usr/e",
        work,
    )
    assert done.returncode != 0
    assert not (tmp_path / "evil").exists()
    assert not any(Path(name).exists() for name in ("/tmp/evil-rtlgen", "/usr/evil", "/evil", "/usr/e"))


def test_a_link_in_the_work_folder_leads_nowhere(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (work / "link").symlink_to(tmp_path / "secret")
    (work / "etc").symlink_to("/etc")
    done = shell("cat link etc/passwd; echo over > link", work)
    assert done.stdout == ""
    assert (tmp_path / "secret").read_text() == "secret"


def test_read_only_paths_are_read_only(work: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.v").write_text("module a;\n")
    done = shell(
        f"cat {source}/a.v; echo x > {source}/a.v; echo x > {source}/b.v; rm -f {source}/a.v", work, source
    )
    assert done.stdout == "module a;\n"
    assert [path.name for path in source.iterdir()] == ["a.v"]
    assert (source / "a.v").read_text() == "module a;\n"


def test_the_inner_of_two_folders_decides(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    done = shell(f"echo x > out/ok; echo x > {tmp_path}/bad", tmp_path / "out", tmp_path)
    assert done.returncode != 0
    done = run(
        ["bash", "-c", "echo x > ok"], sandbox=Sandbox(tmp_path / "out", (tmp_path,)), cwd=tmp_path / "out"
    )
    assert (done.returncode, (tmp_path / "out/ok").read_text()) == (0, "x\n")
    inner = tmp_path / "out/fixed"
    inner.mkdir()
    assert shell("echo x > fixed/bad", tmp_path / "out", inner).returncode != 0


def test_there_is_no_network(work: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = shell(f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected", work)
        assert "connected" not in done.stdout
        outside = subprocess.run(
            ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo connected"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert outside.stdout == "connected\n"
    done = shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1", work)
    assert done.stdout.split() in ([], ["lo"])


def test_abstract_sockets_are_out_of_reach(work: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0rtlgen-{os.getpid()}")
        server.listen()
        program = (
            "import socket; s = socket.socket(socket.AF_UNIX)\n"
            f"s.connect('\\0rtlgen-{os.getpid()}'); print('connected')\n"
        )
        if not Path("/usr/bin/python3").exists():
            pytest.skip("no system python to attack with")
        done = run(["/usr/bin/python3", "-I", "-S", "-c", program], sandbox=Sandbox(work))
        assert "connected" not in done.stdout


def test_the_environment_is_empty(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTLGEN_API_KEY", "secret")
    done = shell("env", work)
    names = {line.split("=")[0] for line in done.stdout.splitlines()}
    assert names <= {"PATH", "HOME", "LANG", "PWD", "SHLVL", "_", "OLDPWD"}
    done = run(["env"], sandbox=Sandbox(work), env={"SEED": "1", "PATH": "/usr/bin"})
    assert "SEED=1\n" in done.stdout
    assert "secret" not in done.stdout


def test_other_processes_cannot_be_seen_or_signalled(work: Path) -> None:
    victim = subprocess.Popen(["sleep", "300"])
    try:
        done = shell(f"ls /proc | grep -c '^[0-9]'; kill -9 {victim.pid}; kill -9 -1", work)
        assert int(done.stdout.split()[0]) < 10
        assert victim.poll() is None
    finally:
        victim.kill()
        victim.wait()


def test_descriptors_of_rtlgen_are_not_inherited(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with (tmp_path / "secret").open() as file:
        os.set_inheritable(file.fileno(), True)
        done = shell(f"cat <&{file.fileno()}", work)
    assert "secret" not in done.stdout


def ended(work: Path) -> bool:
    """Whether what writes to the heartbeat file has stopped."""
    for _ in range(100):
        before = (work / "beat").stat().st_size
        time.sleep(0.1)
        if (work / "beat").stat().st_size == before:
            return True
    return False


BEAT = "setsid nohup bash -c 'while :; do echo x >> beat; sleep 0.01; done' > /dev/null 2>&1 &"


def test_nothing_is_left_behind(work: Path) -> None:
    done = shell(f"{BEAT} until [ -s beat ]; do sleep 0.01; done", work)
    assert done.returncode == 0
    assert (work / "beat").exists()
    assert ended(work)


def test_nothing_is_left_behind_after_the_wall_clock(work: Path) -> None:
    done = shell(f"trap '' TERM INT HUP; {BEAT} while :; do sleep 1; done", work, wall_s=1.5)
    assert done.timed_out
    assert ended(work)


def test_nothing_is_left_behind_when_rtlgen_is_killed(work: Path) -> None:
    program = (
        "from pathlib import Path\nfrom rtlgen.core.process import *\nfrom rtlgen.core.sandbox import Sandbox\n"
        f"run(['bash', '-c', {BEAT + ' sleep 300'!r}], sandbox=Sandbox(Path({str(work)!r})), limits=Limits(wall_s=300))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    try:
        for _ in range(500):
            if (work / "beat").exists():
                break
            time.sleep(0.01)
        assert (work / "beat").exists()
    finally:
        parent.kill()
        parent.wait()
    assert ended(work)


def test_a_fork_bomb_ends(work: Path) -> None:
    done = shell(
        # at most some 500 processes, should nothing stop it
        "echo x > beat; bomb() { if [ $1 -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & fi; sleep 20; }; "
        "bomb 8 & while :; do echo x >> beat; done",
        work,
        wall_s=10,
        processes=40,
        cpu_s=5,
    )
    assert done.returncode != 0
    assert ended(work)


def test_limits_hold_inside(work: Path) -> None:
    done = shell("dd if=/dev/zero of=big bs=1M count=4", work, file_mb=1)
    assert done.returncode != 0
    assert (work / "big").stat().st_size <= 1 << 20
    done = shell("ulimit -c; ulimit -t; ulimit -t 100", work, cpu_s=7)
    assert done.stdout.split() == ["0", "7"]
    assert done.returncode != 0


def test_devices_and_mounts_are_out_of_reach(work: Path) -> None:
    done = shell(
        "ls /dev; mount -t tmpfs x /usr; mknod b b 8 0; cat /dev/mem /dev/kmsg; chroot / true; unshare -r true",
        work,
    )
    assert not {"sda", "mem", "kmsg", "vda"} & set(done.stdout.split())
    assert not (work / "b").exists()


def test_a_folder_that_is_not_shown_is_an_error(work: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"is not visible inside the sandbox\n  next: add it to read_only"):
        run(["true"], sandbox=Sandbox(work), cwd=tmp_path)
    with pytest.raises(ToolError, match="no such path"):
        run(["true"], sandbox=Sandbox(work, (tmp_path / "none",)))


def test_no_bubblewrap(work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RTLGEN_BWRAP", str(tmp_path / "none"))
    with pytest.raises(
        ToolError,
        match="bwrap is not an executable file\n  next: apt install bubblewrap, or set RTLGEN_BWRAP",
    ):
        run(["true"], sandbox=Sandbox(work))
    assert why_unavailable() == "bwrap is not an executable file"


def test_a_missing_bubblewrap_says_how_to_run_without(
    work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RTLGEN_BWRAP", str(tmp_path / "none"))
    with pytest.raises(
        ToolError, match="to its path; --unsafe-no-sandbox runs it without one, with all your rights"
    ):
        run(["true"], sandbox=Sandbox(work))


def wrapped_bwrap(folder: Path, script: str) -> str:
    """A program that stands before bubblewrap: for machines and versions that this one is not."""
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_sandbox_that_cannot_start_is_no_failure_of_the_design(
    work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = (
        '[ "$1" = --version ] && exec echo bubblewrap 0.8.0\n'
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    )
    monkeypatch.setenv("RTLGEN_BWRAP", wrapped_bwrap(tmp_path, script))
    with pytest.raises(
        ToolError,
        match=r"the sandbox cannot be started: No permissions to create new namespace\n  next: .*--unsafe-no-sandbox",
    ):
        run(["true"], sandbox=Sandbox(work))
    assert why_unavailable() == "the sandbox cannot be started: No permissions to create new namespace"


def test_a_design_cannot_pretend_that_the_sandbox_did_not_start(work: Path) -> None:
    done = shell("echo 'bwrap: No permissions to create new namespace' >&2; exit 1", work)
    assert (done.returncode, done.stderr) == (1, "bwrap: No permissions to create new namespace\n")


def test_an_old_bubblewrap_makes_no_memory_without_bound(
    work: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before 0.7 it cannot bound a tmpfs: the work folder, which is counted, stands in for /tmp."""
    real = shutil.which("bwrap")
    script = f'[ "$1" = --version ] && exec echo bubblewrap 0.6.1\nexec {real} "$@"'
    monkeypatch.setenv("RTLGEN_BWRAP", wrapped_bwrap(tmp_path, script))
    done = shell("echo $TMPDIR; touch /tmp/x /dev/shm/x /x; mktemp", work)
    assert done.stdout.splitlines()[0] == str(work)
    assert done.stdout.splitlines()[1].startswith(f"{work}/")
    assert done.stderr.count("cannot touch") == 3


def test_kernel_settings_are_read_only(work: Path) -> None:
    """For root they are writable by number alone: core_pattern would run a program on the machine."""
    done = shell(
        "for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/pid_max /proc/sys/net/ipv4/ip_forward "
        "/proc/self/oom_score_adj /proc/sysrq-trigger; do (: >> $f) 2>/dev/null && echo open $f; done",
        work,
    )
    assert done.stdout == ""


def test_bubblewrap_itself_is_out_of_reach(work: Path) -> None:
    """/proc/1 would lead to the machine's own /usr/bin/bwrap and to bubblewrap's memory and files."""
    done = shell(
        "ls /proc/1 /proc/1/task; chmod 755 /proc/1/exe && echo changed; cat /proc/1/cmdline; : > /proc/1/mem",
        work,
    )
    assert done.stdout in ("", "/proc/1:\n")


def test_device_files_of_the_machine_keep_their_mode(work: Path) -> None:
    """Their owner, root, could take everybody's right to use them. The attack asks for the mode that they have."""
    done = shell(
        "for f in null zero full random urandom tty; do chmod 666 /dev/$f 2>/dev/null && echo changed $f; done; "
        "echo x > /dev/null && head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c",
        work,
    )
    assert done.stdout.split() == ["3", "3"], done
    assert stat.S_IMODE(Path("/dev/null").stat().st_mode) == 0o666


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sandbox has a /dev of its own")
def test_the_own_devices_are_made_once_and_again_when_they_are_gone(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    sandbox._device_folder.cache_clear()
    try:
        for _ in range(2):
            assert shell("echo x > /dev/null && echo fine; ls -l /dev/null", work).stdout.startswith("fine\n")
            made = tmp_path / "rtlgen-dev"
            assert sorted(path.name for path in tmp_path.iterdir()) == ["rtlgen-dev", "work"]
            assert (stat.S_IMODE(made.stat().st_mode), (made / "dev/null").stat().st_uid) == (0o700, 65534)
            shutil.rmtree(made)
        made.mkdir(mode=0o777)  # somebody else's: not taken, not replaced
        (made / "dev").mkdir()
        sandbox._device_folder.cache_clear()
        assert shell("echo x > /dev/null && echo fine", work).stdout == "fine\n"
        assert str(sandbox._device_folder()).startswith(f"{made}-")
    finally:
        sandbox._device_folder.cache_clear()


def test_no_open_file_leads_out(work: Path) -> None:
    """Standard input, too: through the machine's /dev/null its mode could be changed."""
    done = shell("cd /proc/self/fd; for n in *; do readlink $n; done; cat; chmod 666 /dev/stdin", work)
    assert {line.split(":")[0] for line in done.stdout.splitlines()} <= {"pipe"}, done
    given = run(["cat"], sandbox=Sandbox(work), stdin=b"given")
    assert given.stdout == "given"


def test_a_socket_in_a_folder_that_is_shown_is_out_of_reach(work: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(shown / "s"))
        server.listen()
        python = Path(sys.executable).resolve()
        attack = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(shown / 's')!r}); print('connected')"
        done = run(
            [str(python), "-I", "-S", "-c", attack], sandbox=Sandbox(work, (shown, Path(sys.base_prefix)))
        )
        assert "connected" not in done.stdout
        assert "Address family not supported" in done.stderr


def test_a_link_laid_by_an_earlier_run_shows_nothing_to_the_next(work: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    shell(
        f"ln -s {tmp_path}/secret design.sv; ln -s {tmp_path} sources; echo fine > fine.sv; ln -s fine.sv near.sv",
        work,
    )
    for name in ("design.sv", "sources", "sources/secret"):
        with pytest.raises(ToolError, match="is a link out of the work folder"):
            run(["cat", str(work / name)], sandbox=Sandbox(work, (work / name,)))
    done = run(["cat", "near.sv"], sandbox=Sandbox(work, (work / "near.sv",)))
    assert done.stdout == "fine\n"


def test_a_crash_starts_nothing_on_the_machine(work: Path) -> None:
    """With a limit of 1 byte (not of 0) the kernel does not even start the program that /proc/sys names for it."""
    python = Path(sys.executable).resolve()
    crash = "import os, resource; print(resource.getrlimit(resource.RLIMIT_CORE), flush=True); os.abort()"
    done = run([str(python), "-I", "-S", "-c", crash], sandbox=Sandbox(work, (Path(sys.base_prefix),)))
    assert (done.returncode, done.stdout) == (134, "(1, 1)\n")
    assert list(work.iterdir()) == []


def test_everything_is_gone_when_the_run_returns(work: Path) -> None:
    """Not a moment later: whoever removes the folder must not meet a process that still writes."""
    python = Path(sys.executable).resolve()
    attack = (  # memory that takes the kernel a while to take back, in sessions of their own, without our pipes
        "import os, signal, time\n"
        "os.mkdir(work + '/ready')\n"
        "for n in range(6):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        for fd in range(3): os.close(fd)\n"
        "        x = bytearray(60 << 20); os.mkdir(f'{work}/ready/{n}')\n"
        "        time.sleep(30); os._exit(0)\n"
        "while len(os.listdir(work + '/ready')) < 6: time.sleep(0.01)\n"
    )
    for number, end in enumerate(("", "os.kill(os.getpid(), 9)", "time.sleep(30)")):
        folder = work / str(number)
        folder.mkdir()
        program = f"work = {str(folder)!r}\n{attack}{end}"
        done = run(
            [str(python), "-I", "-S", "-c", program],
            sandbox=Sandbox(folder, (Path(sys.base_prefix),)),
            limits=Limits(wall_s=3 if "sleep" in end else 30),
        )
        living = [
            entry.name
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and str(folder).encode() in cmdline(entry)
        ]
        assert (living, done.timed_out) == ([], "sleep" in end), (end, done)
        assert len(list((folder / "ready").iterdir())) == 6


def cmdline(entry: Path) -> bytes:
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.needs_icarus
def test_simulated_verilog_cannot_read_the_machine(work: Path) -> None:
    (work / "evil.v").write_text(
        "module evil; integer f, c; initial begin\n"
        '  f = $fopen("/etc/passwd", "r"); $display("read %0d", f);\n'
        '  f = $fopen("/usr/evil", "w"); $display("usr %0d", f);\n'
        '  f = $fopen("mine", "w"); $display("mine %0d", f != 0);\n'
        "  $finish; end endmodule\n"
    )
    compiled = run(["iverilog", "-o", "evil.vvp", "evil.v"], sandbox=Sandbox(work))
    assert compiled.returncode == 0, compiled.stderr
    done = run(
        ["vvp", "-n", "evil.vvp"], sandbox=Sandbox(work), limits=Limits(wall_s=10, cpu_s=5, memory_mb=500)
    )
    assert done.stdout.splitlines()[:3] == ["read 0", "usr 0", "mine 1"]
