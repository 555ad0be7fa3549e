"""Bits that xz needs for a text after it has seen its repository.

    8 (size(xz(others + file up to the end of the segment)) - size(xz(others + file up to its beginning)))

`others` are all other files of the repository, one after the other by path; the preset is that of ``xz -9e``, whose
dictionary of 64 MiB holds them whole. xz pads its output to four bytes, so one segment is right to 32 bits.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping

from rtlgen.evaluate.bits_text import Segment, before, text_of

PRESET = 9 | lzma.PRESET_EXTREME


def xz_size(data: bytes) -> int:
    """Bytes of `data` compressed as by ``xz -9e``."""
    return len(lzma.compress(data, format=lzma.FORMAT_XZ, preset=PRESET))


def xz_bits(files: Mapping[str, str], segment: Segment) -> float:
    """Bits of the segment given the other `files` (path -> text) of its repository and its own file before it."""
    seen = "".join(files[path] for path in sorted(files) if path != segment.path) + before(files, segment)
    known = seen.encode()
    return 8.0 * (xz_size(known + text_of(files, segment).encode()) - xz_size(known))
