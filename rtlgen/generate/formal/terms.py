"""Lists of minterms and maxterms: ``f(a, b, c) = Σm(1, 3, 5) + d(2, 7)``, ``F = product of maxterms M(0, 2)``.

The variables are those in the parentheses behind the function's name, or all inputs in their order; the first is the most
significant bit. In prose: ``the sum of the minterms 1, 3 and 5 of (a, b, c)``. One output only.
"""

from __future__ import annotations

import re

from rtlgen.generate.formal.candidate import Candidate, bits, evidence, inputs, module, outputs
from rtlgen.generate.formal.functions import MAX_BITS, sum_of_products
from rtlgen.generate.specification import Specification

_LIST = r"\(?\s*(\d+(?:\s*(?:,|and|or|,\s*and|,\s*or)\s*\d+)*)\s*\)?"
_SUM = re.compile(
    rf"(?:Σ|∑|\\sum|\bsum)\s*(?:of\s+)?(?:the\s+)?(?:min-?terms?\b|_?m\b)?\s*{_LIST}|\bmin-?terms?\b[\s:=]*(?:m\s*)?{_LIST}",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    rf"(?:Π|∏|\\prod|\bproduct)\s*(?:of\s+)?(?:the\s+)?(?:max-?terms?\b|_?M\b)?\s*{_LIST}"
    rf"|\bmax-?terms?\b[\s:=]*(?:M\s*)?{_LIST}",
    re.IGNORECASE,
)
_OPEN = re.compile(
    rf"(?:\bd|\bdc|\bdon'?t[- ]?cares?(?: for)?|\bd_?c)\s*[:=]?\s*\(\s*(\d+(?:\s*,\s*\d+)*)\s*\)"
    rf"|combinations\s+{_LIST}\s+(?:never occur|are don'?t|do not matter)",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\(\s*([A-Za-z_]\w*(?:\[\d+\])?(?:\s*,\s*[A-Za-z_]\w*(?:\[\d+\])?)+)\s*\)")


def read(spec: Specification) -> list[Candidate]:
    """The candidate of the one list that the text has; nothing when it has several that differ."""
    outs = outputs(spec)
    every = [bit.text for port in inputs(spec) for bit in bits(port)]
    if len(outs) != 1 or (outs[0].width or 1) != 1 or not 1 <= len(every) <= MAX_BITS:
        return []
    text = spec.text
    sums, products = list(_SUM.finditer(text)), list(_PRODUCT.finditer(text))
    chosen = sums or products
    if not chosen or len({frozenset(_numbers(match)) for match in chosen}) > 1:
        return []
    names = next((found for match in _ORDER.finditer(text) if (found := _ordered(match[1], every))), every)
    size = 1 << len(names)
    listed = set(_numbers(chosen[0]))
    free = {n for match in _OPEN.finditer(text) for n in _numbers(match)}
    if not listed or max(listed | free) >= size or listed & free or len(names) != len(every):
        return []
    values = {row: (row in listed) == bool(sums) for row in range(size) if row not in free}
    line = text[: chosen[0].start()].count("\n")
    what = "the list of minterms" if sums else "the list of maxterms"
    body = [f"assign {outs[0].name} = {sum_of_products(names, values)};"]
    return [Candidate(module(spec, body), evidence(what, line, line))]


def _numbers(match: re.Match[str]) -> list[int]:
    text = next((group for group in match.groups() if group), "")
    return [int(number) for number in re.findall(r"\d+", text)]


def _ordered(text: str, every: list[str]) -> list[str]:
    """The names of a list, when they are exactly the input bits."""
    names = [name.strip() for name in text.split(",")]
    return names if sorted(names) == sorted(every) else []
