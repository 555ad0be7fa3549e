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
    {
        "Apache-2.0",
        "MIT",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "ISC",
        "0BSD",
        "Solderpad",
        "CERN-OHL-P-2.0",
        "Unlicense",
        "CC0-1.0",
    }
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
    ("bsl-1", "BSL-1.0"),
    ("cern-ohl-p-2", "CERN-OHL-P-2.0"),
    ("isc", "ISC"),
    ("0bsd", "0BSD"),
    ("shl-", "Solderpad"),
    ("solderpad", "Solderpad"),
    ("unlicense", "Unlicense"),
    ("cc0", "CC0-1.0"),
)
_COPYLEFT = re.compile(
    r"GNU\s+(Lesser\s+|Library\s+|Affero\s+)?General\s+Public|SPDX-License-Identifier:\s*\(?(A|L)?GPL|\bL?GPL\s*v?[23]\b",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    _COPYLEFT.pattern + r"|\bGPL|\bCERN[- ]OHL|Open\s+Hardware\s+Licen|Mozilla\s+Public"
    r"|confidential|proprietary|all\s+use\s+requires|not\s+be\s+(copied|disclosed|reproduced)|trade\s+secret"
    r"|non-?commercial|\bCC[- ]BY[- ](NC|SA|ND)|(educational|academic|research|evaluation)\s+(use|purposes?)\s+only"
    r"|your\s+use\s+of\s+(altera|intel)",
    re.IGNORECASE,
)
_PHRASES = (
    (
        "CERN-OHL-P-2.0",
        re.compile(r"CERN\s+Open\s+Hardware\s+Licen[cs]e\s+Version\s+2\s+-\s+Permissive", re.IGNORECASE),
    ),
    ("BSL-1.0", re.compile(r"Boost\s+Software\s+License", re.IGNORECASE)),
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
        re.compile(
            r"Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary.*(neither\s+the\s+name|endorse\s+or\s+promote)"
            r"|BSD\s+3-Clause",
            re.IGNORECASE | re.DOTALL,
        ),
    ),
    (
        "BSD-2-Clause",
        re.compile(r"Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary|BSD\s+2-Clause", re.IGNORECASE),
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
    if named == "CERN-OHL-P-2.0" and not _COPYLEFT.search(text):
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


_COMMENT = r"//[^\n]*\n?|/\*.*?\*/"
_LEADING = re.compile(rf"(?:\s+|{_COMMENT})*", re.DOTALL)
_BEGINNING = re.compile(
    rf"(?:\s+|{_COMMENT}|`(?:timescale|default_nettype|include|ifn?def|define|undef|resetall|celldefine|line)\b[^\n]*\n?)*",
    re.DOTALL,
)
_COMMENT_BLOCK = re.compile(rf"(?:[ \t]*(?:{_COMMENT})[ \t]*\n*)+", re.DOTALL)
_STATEMENT = re.compile(r"licen[cs]e|copyright|SPDX|warrant", re.IGNORECASE)


def header_of(text: str, limit: int = 4000) -> str:
    """The leading comments of a Verilog file (at most `limit` characters)."""
    leading = _LEADING.match(text[:limit])
    return leading.group(0) if leading else ""


def beginning_of(text: str) -> str:
    """The comments and compiler directives before the code of a Verilog file, where licences are stated."""
    leading = _BEGINNING.match(text)
    return leading.group(0) if leading else ""


def strip_licence_header(text: str) -> str:
    """`text` without those comment blocks before its code that are licence statements."""
    beginning = beginning_of(text)
    kept = _COMMENT_BLOCK.sub(
        lambda block: "" if _STATEMENT.search(block.group(0)) else block.group(0), beginning
    )
    return kept.lstrip("\n") + text[len(beginning) :] if kept != beginning else text


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
        """Licence of the file `path` with content `text`: its beginning if that states one, else the nearest folder's."""
        own = licence_of_text(beginning_of(text))
        if own == "unknown" and _COPYLEFT.search(text):
            return (
                "restricted"  # named further down: a pasted part, or a licence after the first lines of code
            )
        if own != "unknown":
            return own
        for folder in PurePosixPath(path).parents:
            if str(folder) in self._by_folder:
                return self._by_folder[str(folder)]
        return "unknown"
