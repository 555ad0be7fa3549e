"""Includes that must not be followed: slang reads ``include "/dev/zero"`` inside this process until memory ends.

Simulators run in a sandbox with limits; slang does not. So before a text that others wrote is given to it, includes are
blanked that name something else than a regular file (a device, a pipe, a folder), or a file of /proc or /sys. Offsets and
line numbers stay. An include of a macro's value is blanked when the text itself names such a path.

It does not look into the included files: those are the user's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_INCLUDE = re.compile(r"`include[ \t]*(?:[\"<]([^\"<>\n]*)[\">]|`\w+[^\n]*)")
_ODD = re.compile(r"/(?:dev|proc|sys)/")


def without_devices(text: str, folders: Sequence[Path]) -> str:
    """`text` with the includes that must not be followed made blank; `folders` are where includes are looked for."""
    if "`include" not in text:
        return text
    odd = _ODD.search(text) is not None

    def kept(match: re.Match[str]) -> str:
        name = match[1]
        bad = odd if name is None else any(_unreadable(folder / name) for folder in folders or (Path("/"),))
        return " " * len(match[0]) if bad else match[0]

    return _INCLUDE.sub(kept, text)


def _unreadable(path: Path) -> bool:
    try:
        real = path.resolve()
        return _ODD.match(f"{real}/") is not None or (real.exists() and not real.is_file())
    except (OSError, ValueError, RuntimeError):
        return True
