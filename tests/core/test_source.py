from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.source import read_source


@pytest.mark.parametrize(
    ("data", "encoding", "newline"),
    [
        (b"module m;\nendmodule\n", "utf-8", "\n"),
        (b"module m;\r\nendmodule\r\n// x\n", "utf-8", "\r\n"),
        ("// größe µ\n".encode(), "utf-8", "\n"),
        ("// größe µ\n".encode("latin-1"), "latin-1", "\n"),
        (b"\xef\xbb\xbfmodule m;\n", "utf-8-sig", "\n"),
        (bytes(range(1, 256)), "latin-1", "\n"),
        (b"", "utf-8", "\n"),
        (b"no newline at the end", "utf-8", "\n"),
    ],
)
def test_every_text_comes_back_byte_for_byte(
    tmp_path: Path, data: bytes, encoding: str, newline: str
) -> None:
    path = tmp_path / "m.v"
    path.write_bytes(data)
    source = read_source(path)
    assert (source.encoding, source.newline) == (encoding, newline)
    assert source.encode() == data


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "m.v").write_bytes(b"\xef\xbb\xbfmodule m;")
    assert read_source(tmp_path / "m.v").text == "module m;"


def test_a_character_outside_latin_1_makes_it_utf_8(tmp_path: Path) -> None:
    (tmp_path / "m.v").write_bytes(b"// \xe9\n")
    source = read_source(tmp_path / "m.v")
    assert source.encode(source.text + "// Ω\n") == "// é\n// Ω\n".encode()


def test_what_is_no_source_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "b.v").write_bytes(b"module\0m")
    (tmp_path / "w.v").write_bytes("module m;".encode("utf-16"))
    (tmp_path / "big.v").write_bytes(b"x" * 1001)
    cases = {
        "none.v": r"none\.v: no such file\n  next: .*rtlgen files",
        ".": r"is a folder, not a file",
        "b.v": r"b\.v: is binary \(holds NUL bytes\)",
        "w.v": r"is UTF-16 text\n  next: convert it: iconv",
        "big.v": r"is too big: 1 kB, the limit is 1 kB",
    }
    for name, message in cases.items():
        with pytest.raises(UsageError, match=message):
            read_source(tmp_path / name, max_bytes=1000)


def test_a_special_file_does_not_hang(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no regular file"):
        read_source(Path("/dev/zero"))
    import os

    os.mkfifo(tmp_path / "pipe.v")
    with pytest.raises(UsageError, match="is no regular file"):
        read_source(tmp_path / "pipe.v")


def test_a_name_no_system_allows_is_an_error() -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_source(Path("a\0b.v"))
    with pytest.raises(UsageError, match="File name too long"):
        read_source(Path("x" * 5000))
