"""What rtlgen keeps on disk: atomic writes, content-addressed results, run folders, locks, resume.

Every file is written beside its place and renamed, so that a reader (or a kill -9) never sees half of one.

* `write_atomic` for single files.
* `Store.put`/`Store.get` keep JSON values by key. An entry that does not parse or does not match its
  checksum is deleted and counts as absent: losing a cached result costs a recomputation, never a crash.
* `Store.run_folder` is a folder whose manifest is written last: a run without a manifest is unfinished and
  is resumed from its journal, whose torn last line is dropped.
* `Store.lock` excludes other processes on this machine.

The layout is versioned (`LAYOUT`); a newer layout lives beside an older one and neither reads the other.
It does not protect against a power loss for cached results (they are not synced), only for `write_atomic`.

Try: ``ls .rtlgen/v1`` after ``rtlgen index``
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rtlgen.core.errors import LimitError, UsageError
from rtlgen.core.records import to_json
from rtlgen.core.settings import Settings

LAYOUT = "v1"
STALE_SECONDS = 3600.0
"""Age at which a temporary file is taken for one left by a killed process (seconds)."""

_TEMPORARY = re.compile(r"^\..+\.[0-9]+\.[0-9a-f]{8}\.tmp$")


def write_atomic(path: Path | str, data: bytes | str, *, durable: bool = True) -> None:
    """Write `data` (text as UTF-8, newlines as they are) beside `path`, then rename it over `path`.

    An existing file keeps its permission bits, and a symbolic link stays a link to the new content. With
    `durable` the data reaches the disk before the rename. Raises UsageError when the folder cannot be
    written to.
    """
    target = Path(path)
    target = target.resolve() if target.is_symlink() else target
    temporary = target.with_name(f".{target.name[:40]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    payload = data.encode("utf-8") if isinstance(data, str) else data
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(payload)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o7777)
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise UsageError(
            f"cannot be written: {error.strerror or error}",
            where=target,
            hint="choose a folder you can write to",
        ) from None
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def store_dir(root: Path, settings: Settings) -> Path:
    """The folder for index, cache and runs of the project at `root`; it exists and is writable on return.

    ``store.dir`` when it is set; else ``<root>/.rtlgen``, which ignores itself in git; else, when the root is
    read-only, ``$XDG_CACHE_HOME/rtlgen/<hash of root>``. Raises UsageError when none can be written to.
    """
    chosen = settings.path("store.dir")
    if chosen is not None:
        if not _prepared(chosen):
            raise UsageError(
                "the store folder cannot be written to", where=chosen, hint="set store.dir to another folder"
            )
        return chosen
    local, fallback = default_folders(root)
    for folder in (local, fallback):
        if _prepared(folder):
            return folder
    raise UsageError(
        f"neither {local} nor {fallback} can be written to",
        where=root,
        hint="set store.dir, e.g. RTLGEN_STORE_DIR=/tmp/rtlgen-store",
    )


def default_folders(root: Path) -> tuple[Path, Path]:
    """Where the store of `root` is when ``store.dir`` is not set: in the root, or in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    return root / ".rtlgen", cache / "rtlgen" / hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def _prepared(folder: Path) -> bool:
    """Make `folder` with a .gitignore that ignores all of it; False when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if ignore.exists():
            return os.access(folder, os.W_OK)
        write_atomic(ignore, "*\n", durable=False)
    except (OSError, UsageError):
        return False
    return True


def key_of(value: Any) -> str:
    """The content address of JSON-like data (records too): hex SHA-256 of its canonical JSON text."""
    return hashlib.sha256(_canonical(to_json(value))).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Store:
    """Results and runs under one folder; safe under several processes."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder) / LAYOUT
        self._objects = self.folder / "objects"

    def _object(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._objects / name[:2] / f"{name}.json"

    def put(self, key: str, value: Any) -> None:
        """Keep JSON data (or a record) under `key`; an older value is replaced."""
        plain = to_json(value)
        entry = {"key": key, "sha256": hashlib.sha256(_canonical(plain)).hexdigest(), "value": plain}
        write_atomic(self._object(key), json.dumps(entry), durable=False)

    def get(self, key: str) -> Any:
        """The value kept under `key`, None when there is none (or it was damaged: then it is deleted)."""
        path = self._object(key)
        try:
            entry = json.loads(path.read_bytes())
            if (
                entry["key"] == key
                and entry["sha256"] == hashlib.sha256(_canonical(entry["value"])).hexdigest()
            ):
                return entry["value"]
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            pass
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def discard(self, key: str) -> None:
        """Forget `key`; nothing happens when it is not kept."""
        with contextlib.suppress(OSError):
            self._object(key).unlink()

    @contextlib.contextmanager
    def lock(self, name: str, *, timeout_s: float = 60.0) -> Iterator[None]:
        """Hold the lock `name` against other processes and threads; freed when the holder dies.

        Raises LimitError when it is still held by another after `timeout_s` seconds.
        """
        import filelock

        path = self.folder / "locks" / f"{_file_name(name)}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(path)
            lock.acquire(timeout=timeout_s)
        except filelock.Timeout:
            raise LimitError(
                f"another rtlgen process has held this lock for {timeout_s:g} s",
                where=path,
                hint="wait until it is done and repeat the command",
            ) from None
        except OSError as error:
            raise UsageError(
                f"cannot be locked: {error.strerror or error}", where=path, hint="check store.dir"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def run_folder(self, name: str) -> RunFolder:
        """The run called `name`, new or as it was left."""
        return RunFolder(self.folder / "runs" / _file_name(name))

    def sweep(self) -> int:
        """Delete temporary files that killed processes left more than an hour ago; returns how many."""
        removed = 0
        for path in self.folder.rglob(".*.tmp"):
            with contextlib.suppress(OSError):
                if _TEMPORARY.match(path.name) and time.time() - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()
                    removed += 1
        return removed


class RunFolder:
    """The files of one run. It is finished when its manifest, written last, matches every file it names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, data: bytes | str) -> Path:
        """Write one result file of the run atomically; returns its path."""
        path = self.folder / name
        write_atomic(path, data)
        return path

    def append(self, value: Any, *, journal: str = "journal.jsonl") -> None:
        """Add a finished step to the journal: one synced JSON line; a kill loses at most the next."""
        line = json.dumps(to_json(value), ensure_ascii=False).encode() + b"\n"
        path = self.folder / journal
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _drop_torn_line(path)
            with path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(
                f"cannot be written: {error.strerror or error}", where=path, hint="check store.dir"
            ) from None

    def steps(self, *, journal: str = "journal.jsonl") -> list[Any]:
        """The finished steps of the journal; a torn or damaged line is left out."""
        try:
            data = (self.folder / journal).read_bytes()
        except OSError:
            return []
        steps = []
        for line in data.split(b"\n")[:-1]:
            with contextlib.suppress(ValueError):
                steps.append(json.loads(line))
        return steps

    def finish(self, record: Any) -> None:
        """Write the manifest: `record` and the SHA-256 of every file. After this the run is finished."""
        files = {
            path.relative_to(self.folder).as_posix(): _sha256_file(path)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.name != "manifest.json" and not _TEMPORARY.match(path.name)
        }
        manifest = {"layout": LAYOUT, "record": to_json(record), "files": files}
        write_atomic(self.folder / "manifest.json", json.dumps(manifest, indent=1) + "\n")

    def finished(self) -> Any:
        """The record of a finished run whose files are all as the manifest says, else None."""
        try:
            manifest = json.loads((self.folder / "manifest.json").read_bytes())
            intact = all(
                _sha256_file(self.folder / name) == digest for name, digest in manifest["files"].items()
            )
            return manifest["record"] if intact else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def _sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _drop_torn_line(path: Path) -> None:
    """Cut a journal back to its last newline (a process may have died inside a write)."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)


def _file_name(name: str) -> str:
    """`name` as one file name: itself when it is plain, else made plain and told apart by a hash."""
    plain = re.sub(r"[^\w.-]", "_", name)[:80].lstrip(".")
    return plain if plain and plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
