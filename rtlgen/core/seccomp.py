"""The system calls that a sandboxed program does without: a seccomp filter, as the bytes that bubblewrap loads.

Namespaces hide the machine; this filter closes what they leave open to a program without privileges:

* memory that belongs to no process and so escapes its limits: memory files, System V and POSIX queues and segments;
* namespaces of its own, in which it could mount memory without bound; io_uring, which passes a filter by;
* sockets other than IP: ``AF_VSOCK`` reaches the host of a virtual machine from every network namespace, ``AF_UNIX``
  whoever listens in a folder that is shown (a pair of connected sockets can still be had); open files inside a
  message (nobody could count them); input pushed into a terminal;
* allocation of disk faster than anybody can count; leases on files that are shown, which would hold up who writes them;
* the user's keyring; looking into other processes; undoing that the sandbox dies with rtlgen; setuid files.

Everything else is allowed: it is a list of what is known to harm, not a proof. There are numbers for x86-64 and for
64-bit ARM; elsewhere there is no filter (`program` says None, and the sandbox forbids namespaces another way).

Source: seccomp(2), bpf(2), Linux's syscall_64.tbl and asm-generic/unistd.h.

Try: ``python -m rtlgen.core.seccomp | wc -c``
"""

from __future__ import annotations

import errno
import platform
import struct
import sys
from dataclasses import dataclass
from functools import cache

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""Machine -> number in the audit table, column of the tables below."""
_X32 = 0x40000000  # calls of the x32 ABI carry this bit
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16

_SETUID_BITS = 0o6000
_NEW_NAMESPACES = 0x7E020000
_IP = (2, 10)
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_PDEATHSIG_AND_DUMPABLE = (1, 4)
_SET_LEASE = (1024,)

_DENIED: dict[str, tuple[int, int]] = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "openat2": (
        437,
        437,
    ),  # its mode is in memory that a filter cannot see; every library falls back to openat
}
"""Call -> its numbers; they fail with EPERM."""


@dataclass(frozen=True)
class _Rule:
    """One call that is denied by one of its arguments (its lower 32 bits)."""

    numbers: tuple[int, int]
    """-1: the architecture has no such call."""
    argument: int
    jump: int
    """How the argument is compared with each of `values`: `_EQUAL` or `_ANY_BIT`."""
    values: tuple[int, ...]
    error: int = errno.EPERM
    unless: bool = False
    """Deny when nothing matches."""


_RULES = (
    _Rule((41, 198), 0, _EQUAL, _IP, errno.EAFNOSUPPORT, unless=True),  # socket
    _Rule((56, 220), 0, _ANY_BIT, (_NEW_NAMESPACES,)),  # clone
    _Rule(
        (435, 435), 0, _AT_LEAST, (0,), errno.ENOSYS
    ),  # clone3: its flags are in memory; libraries fall back to clone
    _Rule((16, 29), 1, _EQUAL, _TERMINAL_INPUT),  # ioctl
    _Rule((72, 25), 1, _EQUAL, _SET_LEASE),  # fcntl
    _Rule((285, 47), 0, _AT_LEAST, (0,), errno.EOPNOTSUPP),  # fallocate: libraries fall back to writing
    _Rule((157, 167), 0, _EQUAL, _PDEATHSIG_AND_DUMPABLE),  # prctl
    _Rule((90, -1), 1, _ANY_BIT, (_SETUID_BITS,)),  # chmod
    _Rule((91, 52), 1, _ANY_BIT, (_SETUID_BITS,)),  # fchmod
    _Rule((268, 53), 2, _ANY_BIT, (_SETUID_BITS,)),  # fchmodat
    _Rule((452, 452), 2, _ANY_BIT, (_SETUID_BITS,)),  # fchmodat2
    _Rule((2, -1), 2, _ANY_BIT, (_SETUID_BITS,)),  # open
    _Rule((257, 56), 3, _ANY_BIT, (_SETUID_BITS,)),  # openat
    _Rule((85, -1), 1, _ANY_BIT, (_SETUID_BITS,)),  # creat
    _Rule((133, -1), 1, _ANY_BIT, (_SETUID_BITS,)),  # mknod
    _Rule((259, 33), 2, _ANY_BIT, (_SETUID_BITS,)),  # mknodat
)


@cache
def program(machine: str | None = None) -> bytes | None:
    """The filter for `machine` (default: this one) as an array of struct sock_filter; None where there is none."""
    known = _ARCHITECTURES.get(machine or platform.machine())
    if known is None or sys.byteorder != "little" or struct.calcsize("P") != 8:
        return None
    audit, column = known
    code = [_load(_ARCHITECTURE_AT), _step(_EQUAL, audit, 1, 0), _deny(errno.ENOSYS), _load(_NUMBER_AT)]
    if column == 0:
        code += [_step(_AT_LEAST, _X32, 0, 1), _deny(errno.ENOSYS)]
    for numbers in _DENIED.values():
        code += [_step(_EQUAL, numbers[column], 0, 1), _deny(errno.EPERM)]
    for rule in _RULES:
        code += _of_rule(rule, rule.numbers[column])
    return b"".join([*code, _step(_RETURN, _ALLOW)])


def _of_rule(rule: _Rule, number: int) -> list[bytes]:
    """Compare the number; then the argument with each value; end with a verdict, so that nothing falls through."""
    if number < 0:
        return []
    body = [_load(_ARGUMENTS_AT + 8 * rule.argument)]
    for left, value in enumerate(reversed(rule.values)):
        body.insert(1, _step(rule.jump, value, left + 1, 0))  # on a match over the rest and the first verdict
    verdicts = [_step(_RETURN, _ALLOW), _deny(rule.error)]
    body += verdicts if not rule.unless else verdicts[::-1]
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _load(offset: int) -> bytes:
    return _step(_LOAD, offset)


def _deny(error: int) -> bytes:
    return _step(_RETURN, _ERRNO | error)


def _step(code: int, value: int, matched: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("<HBBI", code, matched, otherwise, value)


if __name__ == "__main__":
    sys.stdout.buffer.write(program() or b"")
