"""Which file an include means when no include folder is given, and the folders that make every include resolve.

A name resolves to the file beside its includer, else to the file with that ending of its path which is nearest to the
includer. Files of any ending count: includes called ``.inc``, ``.h`` or ``.vi`` are found because they are included.

Try: ``rtlgen files`` (the ``+incdir+`` lines come from here)
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile

from rtlgen.core.glance import Glance


@dataclass(frozen=True)
class Included:
    """What includes lead to. Paths are POSIX, relative to the root."""

    by: Mapping[str, str]
    """Included file -> its first includer as ``path:line``."""
    folders: tuple[str, ...]
    """Include folders, those that most includes need first."""
    further: Mapping[str, Glance]
    """Included files that were not among the given ones."""


def follow_includes(
    looks: Mapping[str, Glance], names: Iterable[str], accept: Callable[[str], Glance | None]
) -> Included:
    """Resolve the includes of the files in `looks`, and of the further ones among `names` that these lead to.

    `accept` looks at a further file, or says None when it must stay out.
    """
    by_last: dict[str, list[str]] = {}
    for name in names:
        by_last.setdefault(name.rsplit("/", 1)[-1], []).append(name)
    by: dict[str, str] = {}
    needed: Counter[str] = Counter()
    further: dict[str, Glance] = {}
    refused: set[str] = set()
    queue = list(looks.items())
    for name, look in queue:  # grows while it is read
        for wanted, line in look.includes:
            target, folder = _resolve(name, wanted, by_last)
            if target is None or target in refused:
                continue
            if target not in looks and target not in further:
                seen = accept(target)
                if seen is None:
                    refused.add(target)
                    continue
                further[target] = seen
                queue.append((target, seen))
            by.setdefault(target, f"{name}:{line}")
            needed[folder] += 1
    order = sorted(needed, key=lambda folder: (-needed[folder], folder))
    return Included(by, tuple(order), further)


def _resolve(includer: str, wanted: str, by_last: Mapping[str, list[str]]) -> tuple[str | None, str]:
    """The file that ``include "wanted"`` in `includer` means, and the include folder it needs."""
    same_name = by_last.get(wanted.rsplit("/", 1)[-1], ())
    own = includer.rpartition("/")[0]
    beside = os.path.normpath(f"{own}/{wanted}" if own else wanted)
    if beside in same_name:
        return beside, own or "."
    plain = os.path.normpath(wanted).lstrip("/")
    found = [name for name in same_name if name == plain or name.endswith("/" + plain)]
    if not found:
        return None, ""
    best = min(found, key=lambda name: (-_shared_folders(name, includer), len(name), name))
    return best, best[: -len(plain)].rstrip("/") or "."


def _shared_folders(one: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
