"""Likely lines with one thing changed: the name they are about, a width, a constant, the source of an assignment.

The best proposals of the other sources are often one token away from the line that is written. This source takes them
as templates; it is asked last and knows the ranking so far.

    edits(position, ["    assign a = 1'b0;"])
"""

from __future__ import annotations

from pathlib import PurePosixPath

from rtlgen.retrieval.lines import classes, read_line, tokens_of
from rtlgen.retrieval.propose.expected import expected_names
from rtlgen.retrieval.propose.layout import aligned
from rtlgen.retrieval.propose.ports import similar_names
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.ranges import declared_range, range_tokens, with_range, written
from rtlgen.retrieval.propose.subwords import changed_part, exchange

_FLIPS = {"0": "1", "1": "0", "1'b0": "1'b1", "1'b1": "1'b0", "'0": "'1", "'1": "'0"}
_ABOUT = ("declaration", "port", "parameter", "assign", "nonblocking", "blocking", "case_item", "directive")
_TYPES = {"reg": "wire", "wire": "reg"}


def edits(position: Position, templates: list[str], limit: int = 45) -> list[Proposal]:
    """Edited copies of `templates` (best first), at most `limit`."""
    names = [name for name, _ in expected_names(position)]
    columns = [
        _renamed(position, templates, names),
        _sources(position, templates),
        _constants(templates),
        _ranges(position, templates),
        _headers(position, templates),
        _declarations(position, names),
        _files(position),
        _repaired(position, templates),
        _operators(position, templates),
    ]
    result: list[Proposal] = []
    for kind, column in zip(
        ("name", "source", "constant", "range", "header", "declared", "file", "repair", "operator"),
        columns,
        strict=True,
    ):
        for rank, text in enumerate(column[: limit // 2]):
            result.append(Proposal(text, "edit", {"edit_rank": rank + 1.0, f"edit_{kind}": 1.0}))
    result.sort(key=lambda proposal: proposal.evidence["edit_rank"])
    return result[:limit]


def _rewritten(template: str, images: list[str]) -> str:
    """Template without its comment, its tokens replaced."""
    return aligned(images, template)


def _renamed(position: Position, templates: list[str], names: list[str]) -> list[str]:
    """Templates made to be about the expected names: the first template with every name, then the next."""
    last = position.last
    bases = [text for text in templates if read_line(text.strip()).kind in _ABOUT][:3]
    if last.kind in _ABOUT:
        bases.insert(0, position.texts[-1])
    result = []
    for depth, base in enumerate(bases):
        line = read_line(base.strip())
        if not line.key:
            continue
        for name in names[: 6 - 2 * min(depth, 2)]:
            images = _about(line.tokens, line.key, name)
            if line.kind in ("declaration", "port"):
                known = declared_range(position, name)
                if known is not None and known != range_tokens(line.tokens):
                    result.append(written(base, with_range(images, name, known)))
            result.append(
                position.laid_out(images)
                if depth == 0 and base is position.texts[-1]
                else _rewritten(base, images)
            )
    return result


def _about(tokens: tuple[str, ...], old: str, new: str) -> list[str]:
    """`tokens` with the name `old` exchanged for `new`; names that hold `old`, or its changed part, follow."""
    pair = changed_part(old, new)
    images = []
    for token in tokens:
        if token == old:
            images.append(new)
        elif classes[token] == "I" and pair is not None and len(pair[0]) > 1:
            images.append(exchange(token, *pair))
        elif classes[token] == "I" and len(old) > 2 and old in token:
            images.append(token.replace(old, new))
        else:
            images.append(token)
    return images


def _sources(position: Position, templates: list[str]) -> list[str]:
    """Assignments and connections whose single source name becomes one that shares parts with the target."""
    result: list[str] = []
    for base in templates[:12]:
        line = read_line(base.strip())
        tokens = line.tokens
        if line.kind in ("nonblocking", "blocking", "assign") and len(tokens) >= 4 and tokens[-1] == ";":
            at = len(tokens) - 2
            if tokens[at - 1] not in ("<=", "="):
                continue
        elif line.kind == "portmap" and len(tokens) in (5, 6) and tokens[2] == "(":
            at = 3
        else:
            continue
        names = [*similar_names(position, line.key, 2), *stems(position, line.key)]
        result.extend(
            _rewritten(base, [*tokens[:at], name, *tokens[at + 1 :]]) for name in names if name != tokens[at]
        )
    return result


def stems(position: Position, name: str) -> list[str]:
    """Known names that extend or shorten `name`: ``spi3w`` and ``spi3wff``, ``nbits_reg`` and ``nbits``."""
    root = name[:-2] if len(name) > 3 and name[-2] == "_" else name
    found = [
        other
        for other in position.names
        if other != name and len(other) > 2 and (other.startswith(root) or root.startswith(other))
    ]
    return found[-2:]


def _declarations(position: Position, names: list[str]) -> list[str]:
    """Declarations of the expected names as other places write them, with the last line's ending."""
    last = position.last
    if last.kind not in ("declaration", "port", "parameter"):
        return []
    ending = last.tokens[-1] if last.tokens[-1] in (",", ";") else ""
    result = []
    for name in names[:6]:
        for segment in (position.own, position.continuation.segment):
            found = [index for index in segment.where(name) if segment.lines[index].key == name]
            index = next((index for index in found if segment.lines[index].kind == last.kind), None)
            if index is not None:
                body = aligned(list(segment.lines[index].tokens), segment.texts[index]).strip()
                result.append(position.indent + body.rstrip(" ,;") + ending)
                break
    return result


def _files(position: Position) -> list[str]:
    """Includes of unit files not included yet, in the order of their names after the last one."""
    last = position.last
    if last.tokens[:1] != ("`include",) or len(last.tokens) < 2:
        return []
    current = last.tokens[1].strip('"')
    folder, _, _ = current.rpartition("/")
    done = {
        line.tokens[1].strip('"')
        for line in position.code
        if line.tokens[:1] == ("`include",) and line.tokens[1:]
    }
    names = sorted(
        (f"{folder}/" if folder else "") + PurePosixPath(path).name
        for path in position.continuation.paths
        if PurePosixPath(path).suffix == PurePosixPath(current).suffix
    )
    rest = [name for name in names if name not in done]
    rest.sort(key=lambda name: (name < current, name))
    return [_rewritten(position.texts[-1], ["`include", f'"{name}"']) for name in rest[:5]]


def _repaired(position: Position, templates: list[str]) -> list[str]:
    """Templates with names this file does not know exchanged for known ones that share their parts."""
    result = []
    for base in templates[:20]:
        line = read_line(base.strip())
        if line.kind in ("declaration", "port", "parameter", "header", "directive"):
            continue
        foreign = [name for name in dict.fromkeys(line.names) if name not in position.names]
        if line.kind == "portmap":
            foreign = [name for name in foreign if name != line.key]
        if not 1 <= len(foreign) <= 2:
            continue
        for name in similar_names(position, foreign[0], 2):
            images = [name if token == foreign[0] else token for token in line.tokens]
            result.append(_rewritten(base, images))
    return result


def _operators(position: Position, templates: list[str]) -> list[str]:
    """Assignments with the operator of the process around the cursor, and literals as wide as their target."""
    result = []
    for base in templates[:20]:
        line = read_line(base.strip())
        if line.kind not in ("nonblocking", "blocking"):
            continue
        images = list(line.tokens)
        wanted = "<=" if position.process == "seq" else "=" if position.process == "comb" else ""
        at = next((index for index, token in enumerate(images) if token in ("=", "<=")), -1)
        if wanted and at >= 0 and images[at] != wanted:
            images[at] = wanted
            result.append(_rewritten(base, images))
        width = position.widths.get(line.key)
        if width:
            sized = [
                f"{width}{token[token.index(chr(39)) :]}" if token[:1].isdigit() and "'" in token else token
                for token in images
            ]
            if sized != list(line.tokens):
                result.append(_rewritten(base, sized))
    return result


def _constants(templates: list[str]) -> list[str]:
    """Assignments of a constant with the constant flipped."""
    result: list[str] = []
    for base in templates[:12]:
        line = read_line(base.strip())
        if (
            line.kind in ("nonblocking", "blocking", "assign")
            and len(line.tokens) > 3
            and line.tokens[-2] in _FLIPS
        ):
            images = list(line.tokens)
            images[-2] = _FLIPS[images[-2]]
            result.append(_rewritten(base, images))
    return result


def _ranges(position: Position, templates: list[str]) -> list[str]:
    """Declarations without a range, with the last line's or a popular one, and with `reg` and `wire` exchanged."""
    result: list[str] = []
    last = position.last
    wanted: list[tuple[str, ...]] = [()]
    if last.kind in ("declaration", "port"):
        wanted.append(range_tokens(last.tokens))
    wanted.extend(position.popular_ranges)
    for base in templates[:4]:
        line = read_line(base.strip())
        if line.kind not in ("declaration", "port") or line.key not in line.tokens:
            continue
        mine = range_tokens(line.tokens)
        result.extend(
            written(base, with_range(list(line.tokens), line.key, other))
            for other in dict.fromkeys(wanted)
            if other != mine
        )
        if line.tokens[0] in _TYPES:
            result.append(_rewritten(base, [_TYPES[line.tokens[0]], *line.tokens[1:]]))
    return result


def _headers(position: Position, templates: list[str]) -> list[str]:
    """Module headers and the like with the file's own name."""
    stem = PurePosixPath(position.path).name.split(".")[0]
    result = []
    for base in templates:
        line = read_line(base.strip())
        if line.kind == "header" and line.key and line.key != stem:
            images = [stem if token == line.key else token for token in tokens_of(base.strip())]
            result.append(_rewritten(base, images))
    if position.module_start == 0:
        result.extend(f"module {stem}{tail}" for tail in (" (", "", " #(", "("))
    return result
