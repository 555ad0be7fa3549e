"""Which licence a file carries, and whether text under it may be trained on.

The file's own SPDX tag or header speaks first, then the nearest licence file above it in the repository.
Only licences on the permissive list pass; copyleft, proprietary and unknown do not. This module recognises well-known
texts by their phrases; it is no legal opinion, and says ``unknown`` rather than guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

PERMISSIVE = frozenset(
    {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Solderpad", "Unlicense", "CC0-1.0"}
)
"""SPDX identifiers (Solderpad stands for SHL-0.5 to 2.1) whose text may be trained on."""

LICENCE_FILE = re.compile(r"^(licen[cs]e|copying|copyright)([.\-_].*)?$", re.IGNORECASE)
"""Names of files that state a licence for the folder they lie in."""

_SPDX = re.compile(r"SPDX-License-Identifier:\s*([^\s*/]+(?:\s+(?:OR|AND|WITH)\s+[^\s*/]+)*)", re.IGNORECASE)
_SPDX_PREFIXES = (
    ("apache", "Apache-2.0"),
    ("mit", "MIT"),
    ("bsd-2", "BSD-2-Clause"),
    ("bsd-3", "BSD-3-Clause"),
    ("isc", "ISC"),
    ("0bsd", "0BSD"),
    ("shl-", "Solderpad"),
    ("solderpad", "Solderpad"),
    ("unlicense", "Unlicense"),
    ("cc0", "CC0-1.0"),
)
_FORBIDDEN = re.compile(
    r"GNU\s+(Lesser\s+|Library\s+|Affero\s+)?General\s+Public|\bGPL|\bCERN[- ]OHL|Open\s+Hardware\s+Licen"
    r"|Mozilla\s+Public"
    r"|confidential|proprietary|all\s+use\s+requires|not\s+be\s+(copied|disclosed|reproduced)|trade\s+secret",
    re.IGNORECASE,
)
_PHRASES = (
    ("Solderpad", re.compile(r"solderpad", re.IGNORECASE)),
    (
        "Apache-2.0",
        re.compile(r"Apache\s+License,?\s+(?:Version\s+)?2\.0|apache\.org/licenses", re.IGNORECASE),
    ),
    (
        "MIT",
        re.compile(
            r"Permission\s+is\s+hereby\s+granted,\s+free\s+of\s+charge|\bMIT\s+licen[cs]e", re.IGNORECASE
        ),
    ),
    (
        "ISC",
        re.compile(r"Permission\s+to\s+use,\s+copy,\s+modify,\s+and(?:/or)?\s+distribute", re.IGNORECASE),
    ),
    (
        "BSD-3-Clause",
        re.compile(r"Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary|BSD\s+3-Clause", re.IGNORECASE),
    ),
    ("Unlicense", re.compile(r"free\s+and\s+unencumbered\s+software", re.IGNORECASE)),
    ("CC0-1.0", re.compile(r"CC0\s+1\.0", re.IGNORECASE)),
)


def licence_of_text(text: str) -> str:
    """The licence a text states: a name of `PERMISSIVE`, ``restricted``, or ``unknown``.

    An SPDX expression with ``OR`` takes its first permissive part; with ``AND`` every part must be permissive.
    """
    spdx = _SPDX.search(text)
    if spdx:
        return _of_expression(spdx.group(1))
    text = re.sub(r"\s*\n[\s/*#]*", " ", text)  # phrases run over line ends and comment leaders
    named = next((name for name, phrase in _PHRASES if phrase.search(text)), None)
    if named == "Solderpad" or (named and not _FORBIDDEN.search(text)):
        return named
    return "restricted" if _FORBIDDEN.search(text) else "unknown"


def _of_expression(expression: str) -> str:
    def single(identifier: str) -> str:
        low = identifier.lower()
        return next((name for prefix, name in _SPDX_PREFIXES if low.startswith(prefix)), "restricted")

    options = [
        [single(part) for part in re.split(r"\s+(?:AND|WITH)\s+", option)]
        for option in re.split(r"\s+OR\s+", expression)
    ]
    allowed = [parts for parts in options if all(part in PERMISSIVE for part in parts)]
    return allowed[0][0] if allowed else "restricted"


def header_of(text: str, limit: int = 4000) -> str:
    """The leading comments of a Verilog file (at most `limit` characters), where licences are stated."""
    leading = re.match(r"(?:\s+|//[^\n]*\n?|/\*.*?\*/)*", text[:limit], re.DOTALL)
    return leading.group(0) if leading else ""


def strip_licence_header(text: str) -> str:
    """`text` without its leading comment block when that block is a licence statement."""
    header = header_of(text)
    if header and re.search(r"licen[cs]e|copyright|SPDX|warrant", header, re.IGNORECASE):
        return text[len(header) :].lstrip("\n")
    return text


class RepositoryLicences:
    """Licence of every file of one repository, from its licence files and the files' own headers."""

    def __init__(self, licence_files: Mapping[str, str]) -> None:
        """`licence_files`: path in the repository (POSIX) -> text of each file whose name is `LICENCE_FILE`."""
        self._by_folder: dict[str, str] = {}
        for path in sorted(licence_files):
            folder = str(PurePosixPath(path).parent)
            found = licence_of_text(licence_files[path])
            if found in PERMISSIVE or folder not in self._by_folder:
                self._by_folder[folder] = found

    def of(self, path: str, text: str) -> str:
        """Licence of the file `path` with content `text`: its header if that states one, else the nearest folder's."""
        own = licence_of_text(header_of(text))
        if own != "unknown":
            return own
        for folder in PurePosixPath(path).parents:
            if str(folder) in self._by_folder:
                return self._by_folder[str(folder)]
        return "unknown"
