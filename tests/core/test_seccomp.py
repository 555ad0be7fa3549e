"""System calls that namespaces do not stop, made from inside: each must fail there and be known to work outside."""

from __future__ import annotations

import platform
import struct
import sys
from pathlib import Path

import pytest

from rtlgen.core import seccomp
from rtlgen.core.process import Completed, Limits, run
from rtlgen.core.sandbox import Sandbox

pytestmark = [
    pytest.mark.needs_sandbox,
    pytest.mark.skipif(seccomp.program() is None, reason="no filter for this machine"),
]
COLUMN = 0 if platform.machine() == "x86_64" else 1
CALL = """
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if libc.syscall(ctypes.c_long(number), *words) >= 0:
        return 'done'
    return errno.errorcode.get(ctypes.get_errno(), 'unknown')
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def attack(work: Path, program: str) -> Completed:
    """Run a Python program of the attacker's in a sandbox, with this Python shown to it."""
    python = Path(sys.executable).resolve()
    (work / "attack.py").write_text(CALL + program)
    return run(
        [str(python), "-I", "-S", "-B", str(work / "attack.py")],
        sandbox=Sandbox(work, (Path(sys.base_prefix),)),
        limits=Limits(wall_s=20, cpu_s=10, processes=50),
    )


def numbers(name: str) -> int:
    return seccomp._DENIED[name][COLUMN]


def test_denied_calls(work: Path) -> None:
    """With arguments that the kernel would refuse in another way (or grant), so that only the filter says EPERM."""
    harmless = {
        "memfd_create": "b'x', 0",
        "shmget": "0, 4096, 0o1600",
        "msgget": "0, 0o1600",
        "semget": "0, 1, 0o1600",
        "keyctl": "0, -3, 0",
        "unshare": "0",
        "openat2": "-1, b'x', 0, 0",
        "io_uring_setup": "0, 0",
        "sendmsg": "-1, 0, 0",
        "process_vm_readv": "-1, 0, 0, 0, 0, 0",
        "mount": "0, 0, 0, 0, 0",
    }
    lines = "".join(
        f"print({name!r}, call({numbers(name)}, {arguments}))\n" for name, arguments in harmless.items()
    )
    done = attack(work, lines)
    assert done.stdout.splitlines() == [f"{name} EPERM" for name in harmless], done.stderr


def test_no_namespaces_of_its_own(work: Path) -> None:
    clone, clone3 = (56, 435) if COLUMN == 0 else (220, 435)
    done = attack(
        work,
        f"for flags in (0x10000000, 0x20000, 0x40000000, 0x2000000):\n"
        f"    print(call({clone}, flags | 17, 0, 0, 0, 0))\nprint(call({clone3}, 0, 0))\n",
    )
    assert done.stdout.split() == ["EPERM"] * 4 + ["ENOSYS"], done.stderr


def test_processes_and_threads_still_work(work: Path) -> None:
    done = attack(
        work,
        "import subprocess, threading\nout = []\n"
        "t = threading.Thread(target=lambda: out.append(subprocess.check_output(['echo', 'x'])))\n"
        "t.start(); t.join(); print(out, os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)[1])\n",
    )
    assert done.stdout == "[b'x\\n'] 0\n", done.stderr


def test_sockets(work: Path) -> None:
    """AF_VSOCK would reach the host of a virtual machine: network namespaces do not hold it."""
    done = attack(
        work,
        "for family in (1, 2, 10, 16, 17, 38, 40):\n"
        "    try: socket.socket(family, socket.SOCK_DGRAM); print(family, 'made')\n"
        "    except OSError as error: print(family, errno.errorcode[error.errno])\n"
        "a, b = socket.socketpair(); a.send(b'x'); print(b.recv(1))\n",
    )
    refused = "EAFNOSUPPORT"
    assert done.stdout.splitlines() == [
        f"1 {refused}",
        "2 made",
        "10 made",
        *(f"{family} {refused}" for family in (16, 17, 38, 40)),
        "b'x'",
    ], done.stderr


def test_it_cannot_undo_that_it_dies_with_rtlgen(work: Path) -> None:
    prctl = 157 if COLUMN == 0 else 167
    done = attack(
        work,
        f"print([call({prctl}, option, 0, 0, 0, 0) for option in (1, 4)], call({prctl}, 15, b'name', 0, 0, 0))\n",
    )
    assert done.stdout == "['EPERM', 'EPERM'] done\n", done.stderr


def test_no_setuid_files(work: Path) -> None:
    done = attack(
        work,
        "def tried(action):\n    try: action(); return 'done'\n    except OSError as e: return errno.errorcode[e.errno]\n"
        "open('a', 'w').close()\n"
        "print(tried(lambda: os.chmod('a', 0o4755)), tried(lambda: os.chmod(os.open('a', 0), 0o2755)),\n"
        "      tried(lambda: os.chmod('a', 0o4755, dir_fd=os.open('.', 0))),\n"
        "      tried(lambda: os.open('b', os.O_CREAT | os.O_WRONLY, 0o4755)), tried(lambda: os.mknod('c', 0o104755)),\n"
        "      tried(lambda: os.chmod('a', 0o755)))\n",
    )
    assert done.stdout == "EPERM EPERM EPERM EPERM EPERM done\n", done.stderr
    assert [path.name for path in work.iterdir() if path.stat().st_mode & 0o6000] == []


def test_no_input_for_a_terminal(work: Path) -> None:
    done = attack(
        work,
        "import fcntl\nend, _ = os.pipe()\n"  # which would say ENOTTY: the filter comes first
        "for request in (0x5412, 0x541C):\n    try: print(fcntl.ioctl(end, request, b'x'))\n"
        "    except OSError as e: print(errno.errorcode[e.errno])\n",
    )
    assert done.stdout.split() == ["EPERM", "EPERM"], done.stderr


@pytest.mark.skipif(COLUMN != 0, reason="other calling conventions of x86-64")
def test_other_calling_conventions_are_no_way_around(work: Path) -> None:
    done = attack(
        work,
        "import mmap\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(bytes.fromhex('b814000000cd80c3'))  # getpid by int 0x80\n"
        "f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\n"
        f"print(-f() == errno.ENOSYS, call({0x40000000 + 39}))\n",
    )
    assert done.stdout == "True ENOSYS\n", done.stderr


def test_disk_is_not_taken_at_once_and_no_lease_holds_up_the_machine(work: Path) -> None:
    """fallocate gives a terabyte in a moment, beyond the limit of a file's size where the size is kept."""
    fallocate = 285 if COLUMN == 0 else 47
    done = attack(
        work,
        "import fcntl\nf = os.open('f', os.O_CREAT | os.O_RDWR)\n"
        f"print(call({fallocate}, f, 1, 0, 1 << 20), os.stat('f').st_blocks)\n"
        "os.posix_fallocate(f, 0, 5000); print(os.stat('f').st_size)\n"
        "try: fcntl.fcntl(os.open('f', os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)\n"
        "except OSError as error: print(errno.errorcode[error.errno])\n",
    )
    assert done.stdout.splitlines() == ["ENOTSUP 0", "5000", "EPERM"], done.stderr


def test_the_filter_is_on_and_capabilities_are_gone(work: Path) -> None:
    done = attack(work, "print(open('/proc/self/status').read())")
    values = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    assert (values["NoNewPrivs"], values["Seccomp"]) == ("1", "2")
    assert {values[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_program_is_well_formed(machine: str) -> None:
    """Jumps stay inside, the end is a return: what the kernel checks, for the machine that this is not, too."""
    code = seccomp.program(machine)
    assert code is not None
    assert len(code) < 4096  # fits into any pipe
    steps = [struct.unpack_from("<HBBI", code, at) for at in range(0, len(code), 8)]
    for place, (operation, matched, otherwise, _) in enumerate(steps):
        if operation & 7 == 5:
            assert place + 1 + max(matched, otherwise) < len(steps)
    assert steps[-1] == (6, 0, 0, 0x7FFF0000)


def run_filter(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the filter returns for a call: a small interpreter of its instructions."""
    code = seccomp.program(machine)
    assert code is not None
    words = struct.pack(
        "<IIQ6Q",
        number,
        seccomp._ARCHITECTURES[machine][0] if audit is None else audit,
        0,
        *(*arguments, *[0] * (6 - len(arguments))),
    )
    value, place = 0, 0
    while True:
        operation, matched, otherwise, operand = struct.unpack_from("<HBBI", code, 8 * place)
        place += 1
        if operation == 0x06:
            return operand
        if operation == 0x20:
            value = struct.unpack_from("<I", words, operand)[0]
            continue
        holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[operation]
        place += matched if holds else otherwise


ALLOW, EPERM, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT = 0x7FFF0000, 0x50001, 0x50026, 0x5005F, 0x50061


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_the_filter_says(machine: str) -> None:
    """Both architectures by interpretation; the tests above show that this kernel agrees on its own."""
    column = seccomp._ARCHITECTURES[machine][1]
    for name, both in seccomp._DENIED.items():
        assert run_filter(machine, both[column]) == EPERM, name
    socket, clone, ioctl, prctl, fchmodat, openat = (
        (41, 198),
        (56, 220),
        (16, 29),
        (157, 167),
        (268, 53),
        (257, 56),
    )
    wanted = [
        (socket, (2,), ALLOW),
        (socket, (10,), ALLOW),
        (socket, (40,), EAFNOSUPPORT),
        (socket, (1,), EAFNOSUPPORT),
        (clone, (0x1200011,), ALLOW),
        (clone, (0x10000011,), EPERM),
        (ioctl, (0, 0x5401), ALLOW),
        (ioctl, (0, 0x5412), EPERM),
        (ioctl, (0, 0x100005412), EPERM),
        (ioctl, (0, 0x541C), EPERM),
        (prctl, (4,), EPERM),
        (prctl, (15,), ALLOW),
        (fchmodat, (0, 0, 0o755), ALLOW),
        (fchmodat, (0, 0, 0o2755), EPERM),
        (openat, (0, 0, 0, 0o644), ALLOW),
        (openat, (0, 0, 0, 0o4644), EPERM),
        ((72, 25), (0, 1024), EPERM),
        ((72, 25), (0, 4), ALLOW),
        ((285, 47), (3, 1), EOPNOTSUPP),
        ((435, 435), (), ENOSYS),
        ((0, 63), (), ALLOW),
    ]
    for both, arguments, verdict in wanted:
        assert run_filter(machine, both[column], *arguments) == verdict, (both[column], arguments)
    assert run_filter(machine, 1, audit=0x40000003) == ENOSYS


def test_no_filter_elsewhere() -> None:
    assert seccomp.program("riscv64") is None
