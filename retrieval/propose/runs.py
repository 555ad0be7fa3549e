"""The next step of a run of lines: counted numbers, and names in the order in which they stand elsewhere.

Counted: the last lines have one shape; every slot that changes by a constant number (``[7:0]`` to ``[15:8]``,
``4'h3`` to ``4'h4``, ``a_2`` to ``a_3``, ``1 << n`` one-hot codes) takes its next step.

Parallel lists: the names of a run follow an order that stands elsewhere in the file or the unit (ports, declarations,
reset, next state). When ``foo`` is followed by ``bar`` in some other run, the line after ``foo <= 0;`` may be
``bar <= 0;``.

    propose(Position.at("a.v", prefix, Continuation({})))
"""

from __future__ import annotations

from rtlgen.retrieval.lines import Line, classes
from rtlgen.retrieval.propose.layout import aligned
from rtlgen.retrieval.propose.order import key_successors
from rtlgen.retrieval.propose.position import Position, Proposal
from rtlgen.retrieval.propose.rename import analogy

_LOOK = 4
_SUCCESSORS = 6


def propose(position: Position) -> list[Proposal]:
    """Counted steps of the run above the cursor, then steps along parallel lists."""
    if not position.last.tokens:
        return []
    result = _counted(position)
    result.extend(_parallel(position))
    return result


def _run(position: Position) -> int:
    """Number of lines of the last line's shape directly above the cursor."""
    shape = position.code[-1].shape
    count = 0
    for line in reversed(position.code):
        if line.shape != shape:
            break
        count += 1
    return count


def _counted(position: Position) -> list[Proposal]:
    """Extrapolations from the last line and an earlier line of the same shape at distance 1, 2, ..."""
    code = position.code
    last = code[-1]
    result: list[Proposal] = []
    run = float(min(_run(position), 20))
    for distance in range(1, _LOOK + 1):
        if len(code) <= distance:
            break
        before = code[-1 - distance]
        if before.shape != last.shape or before.tokens == last.tokens:
            continue
        images = _extrapolate(before, last)
        if images is not None:
            rank = len(result) + 1.0
            evidence = {"run_rank": rank, "run_length": run, "run_distance": float(distance)}
            result.append(Proposal(position.laid_out(images), "run", evidence))
    result.extend(_blockwise(position, run, len(result)))
    return result


def _blockwise(position: Position, run: float, offset: int) -> list[Proposal]:
    """Period p > 1: lines repeat in groups; the next line is the one p above, carried on by the step of the group."""
    code, texts = position.code, position.texts
    result: list[Proposal] = []
    for period in range(2, 9):
        if len(code) < 2 * period:
            break
        if any(code[-1 - k].shape != code[-1 - k - period].shape for k in range(period)):
            continue
        source, older = code[-period], code[-2 * period]
        if source.shape != older.shape:
            continue
        images = _extrapolate(older, source)
        if images is not None:
            rank = offset + len(result) + 1.0
            evidence = {"run_rank": rank, "run_length": run, "run_distance": float(period)}
            result.append(Proposal(aligned(images, texts[-period], [texts[-2 * period]]), "run", evidence))
    return result


def _extrapolate(before: Line, last: Line) -> list[str] | None:
    """Tokens of the line that follows `last` as `last` followed `before`; None when a name changes freely."""
    images = []
    moved = False
    for a, b in zip(before.tokens, last.tokens, strict=True):
        if a == b:
            images.append(b)
            continue
        image = _shifted(a, b) or analogy(a, b, b)
        if image is None or image == b:
            return None
        images.append(image)
        moved = True
    return images if moved else None


def _shifted(a: str, b: str) -> str | None:
    """One-hot codes: ``4'b0010 -> 4'b0100`` and ``'h2 -> 'h4`` continue by doubling."""
    if "'" not in a or "'" not in b:
        return None
    mark = b[b.index("'") + 1]
    digits_a, digits_b = a.rsplit(mark, 1)[-1], b.rsplit(mark, 1)[-1]
    if (
        mark.lower() != "b"
        or len(digits_a) != len(digits_b)
        or digits_a.count("1") != 1
        or digits_b.count("1") != 1
    ):
        return None
    step = digits_a.index("1") - digits_b.index("1")
    place = digits_b.index("1") - step
    if abs(step) != 1 or not 0 <= place < len(digits_b):
        return None
    return b[: len(b) - len(digits_b)] + "0" * place + "1" + "0" * (len(digits_b) - place - 1)


def _parallel(position: Position) -> list[Proposal]:
    """The last line with its changing names moved one step along lists elsewhere."""
    last = position.code[-1]
    if not last.names:
        return []
    free = _free_slots(position)
    old = last.key if last.key in free else next((name for name in last.names if name in free), "")
    if not old:
        return []
    result: list[Proposal] = []
    for rank, (new, count) in enumerate(key_successors(position, old, kind=last.kind)):
        images = []
        for token in last.tokens:
            if token == old:
                images.append(new)
            elif classes[token] == "I" and token in free:
                images.append(analogy(old, new, token) or token)
            else:
                images.append(token)
        if tuple(images) == last.tokens:
            continue
        evidence = {
            "list_rank": rank + 1.0,
            "list_count": float(count),
            "run_length": float(min(_run(position), 20)),
        }
        result.append(Proposal(position.laid_out(images), "list", evidence))
    return result


def _free_slots(position: Position) -> set[str]:
    """Names of the last line that a line of the same shape shortly above does not have."""
    last = position.code[-1]
    names = set(last.names)
    for line in reversed(position.code[-1 - _LOOK : -1]):
        if line.shape == last.shape:
            changed = {
                b for a, b in zip(line.tokens, last.tokens, strict=True) if a != b and classes[b] == "I"
            }
            return changed or names
    return names
