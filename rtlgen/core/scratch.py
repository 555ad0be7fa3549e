"""A scratch folder, and the one safe way to take what an untrusted run left in it.

The run owns its work folder: it may leave a link to ``~/.ssh/id_rsa`` where a result is expected, a pipe that blocks
its reader, a sparse file of a terabyte, folders nobody may enter or a thousand levels of them. So the host never
opens a name in such a folder by `Path.open`, `Path.read_text`, `shutil.copy` or `Path.is_file`, which follow links;
it uses `read_bytes`, `read_text`, `collect`, `is_file` and `write_bytes` of this module. They follow no link in any
part of the name, take regular files only, never wait, and take no more than they were told to.

It does not judge what is in a file, and gives no protection from the run before it started: make the folder by
`scratch`. Folders made by it can be entered by this user alone, so that a setuid file left in one is of no use.

Try: ``python -c "from rtlgen.core.scratch import *; print(read_bytes('.', 'README.md', 1 << 20)[:80])"``
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from rtlgen.core.errors import DesignError, LimitError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_HANDLE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 1 << 20


@contextlib.contextmanager
def scratch(parent: Path | str | None = None) -> Iterator[Path]:
    """A new private folder (real path, mode 0700, in `parent` or the temporary folder), removed at the end.

    It is removed whatever the run left in it: odd permissions, depth, names, links (which are never followed).
    """
    folder = Path(tempfile.mkdtemp(prefix="rtlgen-", dir=parent)).resolve()
    try:
        yield folder
    finally:
        remove(folder)


def is_file(folder: Path | str, name: str) -> bool:
    """Whether `name` in `folder` is a regular file, reached without any link."""
    try:
        with _opened(folder, name) as fd:
            return fd is not None
    except DesignError:
        return False


def read_bytes(folder: Path | str, name: str, max_bytes: int) -> bytes | None:
    """The content of `name` (``a/b`` is allowed) in `folder`; None when there is no such file.

    Raises LimitError for more than `max_bytes`, DesignError for a link, a pipe, a folder or a file that cannot be
    read, ValueError for a name that leaves the folder.
    """
    with _opened(folder, name) as fd:
        if fd is None:
            return None
        parts: list[bytes] = []
        _copy(fd, parts.append, max_bytes, Path(folder) / name)
        return b"".join(parts)


def read_text(folder: Path | str, name: str, max_bytes: int) -> str | None:
    """`read_bytes` as UTF-8, what is not replaced by U+FFFD; newlines stay as they are."""
    data = read_bytes(folder, name, max_bytes)
    return None if data is None else data.decode("utf-8", "replace")


def collect(folder: Path | str, name: str, target: Path | str, max_bytes: int) -> bool:
    """Copy `name` in `folder` to `target` (replaced at once, permissions of a new file); False when it is not there.

    Nothing is left at `target` when it raises; the errors are those of `read_bytes`.
    """
    place = Path(target)
    with _opened(folder, name) as fd:
        if fd is None:
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name[:40]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
        try:
            with beside.open("xb") as file:
                _copy(fd, file.write, max_bytes, Path(folder) / name)
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
    return True


def write_bytes(folder: Path | str, name: str, data: bytes | str) -> Path:
    """Write a file into a folder that a run has used: whatever stood at `name` is replaced, never followed.

    Text is written as UTF-8. Raises DesignError when something that is no folder is in the way.
    """
    payload = data.encode("utf-8") if isinstance(data, str) else data
    parts = _parts(name)
    with contextlib.ExitStack() as stack:
        here = _folder(stack, folder)
        for part in parts[:-1]:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=here)
            try:
                here = _enter(stack, part, here)
            except OSError as error:
                raise _strange(Path(folder) / name, error) from None
        beside = f".{secrets.token_hex(8)}.tmp"
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=here)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(payload)
            os.replace(beside, parts[-1], src_dir_fd=here, dst_dir_fd=here)
        except OSError as error:
            os.unlink(beside, dir_fd=here)
            raise _strange(Path(folder) / name, error) from None
    return Path(folder) / name


def remove(folder: Path | str) -> None:
    """Remove `folder` and all in it. Nothing happens when it is not there.

    Flat: what a folder holds is moved up before the folder goes, so that depth costs neither descriptors nor
    recursion, and folders without permissions are opened first. A link is removed, not what it names.
    """
    try:
        _make_accessible(str(folder), None)
        top = os.open(folder, _FOLDER)
    except FileNotFoundError:
        return
    try:
        count, token = 0, secrets.token_hex(8)
        while names := _names(top):
            for name in names:
                if _unlinked(name, top):
                    continue
                with contextlib.closing(_Descriptor(name, top)) as inner:
                    for child in _names(inner.fd):
                        if not _unlinked(child, inner.fd):
                            _make_accessible(child, inner.fd)
                            count += 1
                            os.rename(child, f".{token}.{count}", src_dir_fd=inner.fd, dst_dir_fd=top)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    Path(folder).rmdir()


def _names(fd: int) -> list[str]:
    with os.scandir(fd) as entries:
        return [entry.name for entry in entries]


class _Descriptor:
    """A folder opened for reading although its permissions may forbid it."""

    def __init__(self, name: str, parent: int) -> None:
        _make_accessible(name, parent)
        self.fd = os.open(name, _FOLDER, dir_fd=parent)

    def close(self) -> None:
        os.close(self.fd)


def _make_accessible(name: str, parent: int | None) -> None:
    """Give the owner all rights on a folder, through a handle that cannot be a link."""
    handle = os.open(name, _HANDLE | os.O_DIRECTORY, dir_fd=parent)
    try:
        os.chmod(f"/proc/self/fd/{handle}", 0o700)  # noqa: PTH101 (a handle, not a path)
    finally:
        os.close(handle)


def _unlinked(name: str, parent: int) -> bool:
    """Remove anything but a folder; False for a folder."""
    try:
        os.unlink(name, dir_fd=parent)
    except IsADirectoryError:
        return False
    except PermissionError:  # what unlink(2) says of a folder on some systems
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise
        return False
    return True


def _parts(name: str) -> tuple[str, ...]:
    """The parts of a relative name; ValueError when it leaves its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        raise ValueError(f"not a name inside the scratch folder: {name!r}")
    return path.parts


def _folder(stack: contextlib.ExitStack, folder: Path | str) -> int:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    stack.callback(os.close, fd)
    return fd


def _enter(stack: contextlib.ExitStack, part: str, here: int) -> int:
    fd = os.open(part, _FOLDER, dir_fd=here)
    stack.callback(os.close, fd)
    return fd


@contextlib.contextmanager
def _opened(folder: Path | str, name: str) -> Iterator[int | None]:
    """A descriptor of the regular file `name`; None when it is not there."""
    parts = _parts(name)
    with contextlib.ExitStack() as stack:
        fd = None
        try:
            here = _folder(stack, folder)
            for part in parts[:-1]:
                here = _enter(stack, part, here)
            fd = os.open(parts[-1], _FILE, dir_fd=here)
            stack.callback(os.close, fd)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _strange(Path(folder) / name, error) from None
        if fd is not None and not stat.S_ISREG(os.fstat(fd).st_mode):
            raise _strange(Path(folder) / name, None)
        yield fd


def _copy(fd: int, take: Callable[[bytes], object], max_bytes: int, where: Path) -> None:
    """Hand over the bytes of `fd` in pieces; LimitError before more than `max_bytes` were handed over."""
    if os.fstat(fd).st_size > max_bytes:
        raise _too_big(where, max_bytes)
    left = max_bytes
    while data := os.read(fd, _CHUNK):
        left -= len(data)
        if left < 0:
            raise _too_big(where, max_bytes)
        take(data)


def _too_big(where: Path, max_bytes: int) -> LimitError:
    return LimitError(
        f"the run left a file of more than {max_bytes} bytes",
        where=where,
        hint="make the run write less, or raise the limit",
    )


def _strange(where: Path, error: OSError | None) -> DesignError:
    """What the run left instead of a plain file."""
    what = "is not a regular file"
    if error is not None and error.errno in (errno.ELOOP, errno.EMLINK):
        what = "is a link"
    elif error is not None and error.errno not in (errno.ENOTDIR, errno.EISDIR, errno.ENXIO):
        what = f"cannot be used: {error.strerror}"
    return DesignError(
        f"{what}; what a run leaves is only taken from regular files",
        where=where,
        hint="look at what the run wrote",
    )
