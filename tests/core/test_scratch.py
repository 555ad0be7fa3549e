"""What a run may leave in its scratch folder, and that the host does not step into it."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from rtlgen.core.errors import DesignError, LimitError
from rtlgen.core.scratch import collect, is_file, read_bytes, read_text, remove, scratch, write_bytes

MAX = 1 << 20


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the host, in a folder of its own, beside the scratch folder."""
    path = tmp_path / "home" / "secret"
    path.parent.mkdir()
    path.write_text("secret")
    return path


def test_plain_files_are_read_and_collected(work: Path, tmp_path: Path) -> None:
    (work / "deep").mkdir()
    (work / "deep/result.xml").write_bytes(b"<a>\r\n\xff")
    assert read_bytes(work, "deep/result.xml", 100) == b"<a>\r\n\xff"
    assert read_text(work, "deep/result.xml", 100) == "<a>\r\n\ufffd"
    assert is_file(work, "deep/result.xml")
    assert collect(work, "deep/result.xml", tmp_path / "out/r.xml", 100)
    assert (tmp_path / "out/r.xml").read_bytes() == b"<a>\r\n\xff"
    assert names(tmp_path / "out") == ["r.xml"]


def test_what_is_not_there(work: Path, tmp_path: Path) -> None:
    assert read_bytes(work, "none", MAX) is None
    assert read_text(work, "no/ne", MAX) is None
    assert not collect(work, "none", tmp_path / "x", MAX)
    assert not is_file(work, "none")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["../home/secret", "/etc/passwd", "a/../../home/secret", "", "."])
def test_names_that_leave_the_folder(work: Path, secret: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name inside"):
        read_bytes(work, name, MAX)
    with pytest.raises(ValueError, match="not a name inside"):
        write_bytes(work, name, b"x")


def test_links_are_not_followed(work: Path, secret: Path, tmp_path: Path) -> None:
    (work / "waves.vcd").symlink_to(secret)
    (work / "there").symlink_to(secret.parent)
    (work / "near").symlink_to("waves.vcd")
    (work / "dangling").symlink_to(tmp_path / "created")
    for name in ("waves.vcd", "there/secret", "near", "dangling"):
        with pytest.raises(DesignError, match="only taken from regular files"):
            read_bytes(work, name, MAX)
        with pytest.raises(DesignError):
            collect(work, name, tmp_path / "out", MAX)
        assert not is_file(work, name)
    assert not (tmp_path / "out").exists()


def test_writing_replaces_a_link(work: Path, secret: Path, tmp_path: Path) -> None:
    (work / "waves.v").symlink_to(secret)
    (work / "there").symlink_to(secret.parent)
    (work / "dangling").symlink_to(tmp_path / "created")
    write_bytes(work, "waves.v", "module")
    write_bytes(work, "dangling", b"module")
    assert (work / "waves.v").read_text() == (work / "dangling").read_text() == "module"
    assert not (work / "waves.v").is_symlink()
    with pytest.raises(DesignError, match="regular file"):
        write_bytes(work, "there/secret", b"over")
    assert secret.read_text() == "secret"
    assert not (tmp_path / "created").exists()
    assert write_bytes(work, "new/er/file", b"x").read_bytes() == b"x"
    (work / "taken").mkdir()
    with pytest.raises(DesignError):
        write_bytes(work, "taken", b"x")
    assert not [name for name in names(work) if name.endswith(".tmp")]


def test_pipes_devices_and_folders_are_refused_at_once(work: Path) -> None:
    os.mkfifo(work / "pipe")
    (work / "folder").mkdir()
    answers: list[str] = []

    def ask() -> None:
        for name in ("pipe", "folder", "folder/x/y", "pipe/x"):
            try:
                answers.append(repr(read_bytes(work, name, MAX)))
            except DesignError as error:
                answers.append(error.what)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(20)  # a plain open of the pipe would wait for ever
    assert not thread.is_alive()
    assert ["regular" in answer for answer in answers] == [True, True, False, True], answers


def test_size_is_capped(work: Path, tmp_path: Path) -> None:
    with (work / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    (work / "fits").write_bytes(b"x" * 10)
    assert read_bytes(work, "fits", 10) == b"x" * 10
    for name, size in (("sparse", MAX), ("fits", 9)):
        with pytest.raises(LimitError, match=f"more than {size} bytes"):
            collect(work, name, tmp_path / "out" / "x", size)
    assert names(tmp_path / "out") == []
    # /proc files say size 0: the cap holds by what is read
    with pytest.raises(LimitError):
        read_bytes("/proc/self", "environ", 1)


def test_the_scratch_folder_is_private_and_goes(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        assert folder.parent == tmp_path.resolve()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "x").write_text("x")
    assert names(tmp_path) == []
    with pytest.raises(RuntimeError), scratch(tmp_path) as folder:
        raise RuntimeError
    assert names(tmp_path) == []


def test_odd_permissions_and_names_do_not_stay(tmp_path: Path, secret: Path) -> None:
    with scratch(tmp_path) as folder:
        (folder / "closed/inner/most").mkdir(parents=True)
        (folder / "closed/inner/most/file").write_text("x")
        (folder / "closed/inner/most/file").chmod(0)
        os.mkfifo(folder / "closed/pipe")
        (folder / "closed/out").symlink_to(secret.parent)
        (folder / "out").symlink_to(secret)
        (folder / os.fsdecode(b"new\nline\xff")).mkdir()
        for name in ("closed/inner/most", "closed/inner", "closed", "."):
            (folder / name).chmod(0)
    assert names(tmp_path) == ["home"]
    assert secret.read_text() == "secret"


def test_depth_does_not_stop_the_removal(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        here = os.open(folder, os.O_RDONLY)
        for _ in range(3000):  # deeper than Python's recursion, open descriptors and a path may be
            os.mkdir("d", dir_fd=here)
            inner = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(here)
    assert names(tmp_path) == []


def test_removing_what_is_not_there(tmp_path: Path) -> None:
    remove(tmp_path / "none")
