"""Take personal data and secrets out of source text, and count what was taken.

Addresses, names in the usual header fields, home folders, credentials in URLs, private keys and access tokens are
replaced by neutral words of the same shape, so that the text still reads as code. It works by pattern: a name in running
prose or a password in a plain variable of another name stays. It does not judge licences.

Try: ``python -c "from rtlgen.datasets.scrub import scrub; print(scrub('// Author: Jane Doe <jd@x.org>'))"``
"""

from __future__ import annotations

import re
from collections import Counter

_FIELD = (
    r"(?:authors?|engineers?|designers?|maintainers?|programmers?|coders?|developers?|students?|contact|contributors?"
    r"|(?:created|written|designed|developed|modified|maintained|coded|edited|ported|changed)\s+by)"
)
_BY = r"(?:[@\\]authors?|(?:created|written|designed|developed|maintained|coded|edited|ported)\s+by)"
_PERSON_WORD = r"(?:[^\W\d_a-z][\w'-]+|[A-Z]\.|van|von|de[nrl]?|d[iu]|la|el|bin)"
_PERSON = r"(?:(?:[A-Z][a-z][\w'-]*|[A-Z]\.)[ \t]+){0,3}[A-Z][a-z][\w'-]+"
_LEADER = r"^[ \t]*(?://|/?\*+|#|--)"
_END = r"[ \t]*(?:\*+/?|//|\|)?[ \t]*"
_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "private key",
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        "PRIVATE-KEY",
    ),
    (
        "token",
        re.compile(
            r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_\w{22,}\b|\bglpat-[\w-]{20,}"
            r"|\bxox[abprs]-[\w-]{10,}|\bsk-[A-Za-z0-9_-]{20,}|\bAIza[\w-]{35}|\bhf_[A-Za-z0-9]{30,}\b|\bnpm_[A-Za-z0-9]{36}\b"
            r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
        ),
        "TOKEN",
    ),
    (
        "password",
        re.compile(
            r"(?P<keep>\b(?:password|passwd|api[_-]?key|secret[_-]?key|access[_-]?token)\b\"?\s*[:=]\s*)"
            r"(?:\"[^\"\s]{6,}\"|'[^'\s]{6,}')",
            re.IGNORECASE,
        ),
        r'\g<keep>"PASSWORD"',
    ),
    (
        "credentials in a URL",
        re.compile(r"(?P<keep>\b[a-z][a-z0-9+]*://)[^\s/:@\"']+:[^\s/@\"']+@"),
        r"\g<keep>",
    ),
    (
        "e-mail address",
        re.compile(r"(?<![\w.+-])(?!user@example\.com\b)[\w.+-]+@[\w-]+\.[\w.-]*\w"),
        "user@example.com",
    ),
    (
        "name",  # Jane Doe <user@example.com>, of the rule before
        re.compile(
            rf"{_PERSON_WORD}(?:[ \t]+{_PERSON_WORD}){{0,3}},?(?P<keep>[ \t]*[<(\[]?user@example\.com)"
        ),
        r"the authors\g<keep>",
    ),
    (
        "home folder",
        re.compile(r"(?P<keep>/(?:home|Users)/|\b[A-Za-z]:[\\/]+Users[\\/]+)(?!user\b)[\w.-]+"),
        r"\g<keep>user",
    ),
    (
        "name",  # Author: Jane Doe
        re.compile(
            rf"(?P<keep>{_LEADER}[^\n\w@\\]*[@\\]?{_FIELD}(?:\(s\))?[ \t]*[:=-]+[ \t]*)(?!the authors\b)"
            rf"[^\s*][^\n]*?(?P<end>{_END})$",
            re.IGNORECASE | re.MULTILINE,
        ),
        r"\g<keep>the authors\g<end>",
    ),
    (
        "name",  # created by Jane Doe, @author J. Doe
        re.compile(
            rf"(?P<keep>{_LEADER}(?:[^\n]*?(?<![\w.])(?i:{_BY})|/*[ \t]*[Bb]y)[ \t]+)(?!the authors\b)"
            rf"{_PERSON}(?P<end>[^\n]*)$",
            re.MULTILINE,
        ),
        r"\g<keep>the authors\g<end>",
    ),
    (
        "name",
        re.compile(
            rf"(?P<keep>{_LEADER}[^\n]*\bCopyright\b[ \t]*(?:\(c\)|©)?[ \t]*"
            r"(?:\d{4}(?:[ \t]*[-,][ \t]*\d{4})*)?,?[ \t]*)"
            r"(?!the authors\b)(?:by[ \t]+)?[^\W\d][^\n]*$",
            re.IGNORECASE | re.MULTILINE,
        ),
        r"\g<keep>the authors",
    ),
)


_LIST = re.compile(
    rf"(?P<head>{_LEADER}[^\n\w]*{_FIELD}(?:\(s\))?[ \t]*:?[ \t]*\n)(?P<names>(?:[ \t]*(?://|\*)[ \t]*-[^\n]*\n)+)",
    re.IGNORECASE | re.MULTILINE,
)
"""``// Authors:`` and the list below it."""


def _list_of_names(found: re.Match[str]) -> str:
    return found["head"] + re.sub(r"(-[ \t]*)[^\n]*", r"\1the authors", found["names"])


def scrub_counted(text: str) -> tuple[str, Counter[str]]:
    """`text` scrubbed, with plain line ends and no trailing blanks, and how many of each kind were replaced."""
    text = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    counts: Counter[str] = Counter()
    text, lists = _LIST.subn(_list_of_names, text)
    if lists:
        counts["name"] += lists
    for kind, pattern, by in _RULES:
        if "@" not in text and kind in ("e-mail address", "credentials in a URL"):
            continue  # the slowest two patterns, and most files have none
        text, count = pattern.subn(by, text)
        if count:
            counts[kind] += count
    return text, counts


def scrub(text: str) -> str:
    """`text` scrubbed as by `scrub_counted`."""
    return scrub_counted(text)[0]
