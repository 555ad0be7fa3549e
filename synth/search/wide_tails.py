"""What may stand behind the last AIG of a recipe: choices, a mapper, buffers and sizes; and what is expected of each.

A tail is put together of four parts, each from a short list. `expected` is what the parts did to area and delay of the
training circuits under ASAP7 (sums of logarithms, as if the parts did not touch one another); a search begins with that
and corrects it by what it measures. `likeness` says how much two tails have in common.

Only what a designer can live with: `buffer` and the sizing commands keep to the loads of the library's tables; nothing is
left unmapped. ABC's `stime` has ideal drivers at the inputs and no load at the outputs, for every script alike.

Source: the parts are those of ABC (`map`, `amap`, `emap`, `&nf`, `if`, `buffer`, `upsize`, `dnsize`) and of the scripts
of OpenROAD and LibreLane. Try: ``python -c "from rtlgen.synth.search.wide_tails import cells; print(len(cells(1000)))"``
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rtlgen.synth.qor import Objective


@dataclass(frozen=True)
class Part:
    """One way to do one part of a tail. `area` and `delay`: its usual effect, in natural logarithms."""

    text: str
    family: str
    area: float = 0.0
    delay: float = 0.0


@dataclass(frozen=True)
class Tail:
    """Commands behind the last AIG."""

    parts: tuple[Part, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """The commands, one by one."""
        commands = "; ".join(part.text for part in self.parts if part.text)
        return tuple(command.strip() for command in commands.split(";") if command.strip())

    def expected(self, objective: Objective) -> float:
        """The usual effect on the logarithm of the objective's value, without its bound."""
        area = sum(part.area for part in self.parts)
        delay = sum(part.delay for part in self.parts)
        return {"product": area + delay, "area": area, "delay": delay}[objective.name]

    @property
    def kind(self) -> tuple[str, str]:
        """The families of its choices and its mapper."""
        return self.parts[0].family, self.parts[1].family

    def sized(self, delay: float) -> Tail:
        """This tail with its sizes recovered only down to `delay` (ps): smaller, and slower."""
        last = self.parts[-1]
        grown, _, _ = last.text.rpartition("; dnsize")
        if "upsize" not in grown:
            return self
        return replace(
            self, parts=(*self.parts[:-1], replace(last, text=f"{grown}; dnsize -D {round(delay)}"))
        )


_LIKENESS = ((0.98, 0.88), (0.95, 0.5), (0.995, 0.98), (0.99, 0.7))
"""For each part: likeness of two of one family, and of two families."""

_CHOICES = (Part("", "none"), Part("dch", "dch", -0.02, -0.06), Part("dch -f", "dch", -0.01, -0.045))
_MAPPERS = (
    Part("map; topo", "map"),
    Part("map -B 0.5; topo", "map -B", -0.05, -0.02),
    Part("map -B 0.8; topo", "map -B", -0.05, -0.03),
    Part("map -B 0.9; topo", "map -B", -0.05, -0.03),
    Part("map -B 0.99; topo", "map -B", -0.045, -0.03),
    Part("map -a; topo", "area", -0.22, 0.236),
    Part("amap; topo", "amap", -0.25, 0.325),
    Part("emap; topo", "emap", -0.19, 0.15),
    Part("&get -n; &nf; &put; topo", "&nf", -0.05, 0.0),
    Part("&get -n; &nf -p; &put; topo", "&nf", -0.04, 0.0),
    Part("&get -n; &nf -R 10 -F 5; &put; topo", "&nf", -0.12, 0.04),
)
_BUFFERS = (
    Part("", "none"),
    Part("buffer -c -N 20; topo", "buffer", 0.0, -0.03),
    Part("buffer -c -N 30; topo", "buffer", 0.0, -0.03),
    Part("buffer -c; topo", "buffer", 0.02, -0.02),
)
_SIZES = (
    Part("", "none"),
    Part("dnsize", "down", -0.014, 0.0),
    Part("minsize", "down", -0.02, 0.06),
    Part("upsize; dnsize", "up", 0.06, -0.462),
    Part("upsize -R 2; dnsize", "up", 0.045, -0.475),
    Part("upsize -N 1 -R 5; dnsize", "up", 0.03, -0.47),
    Part("upsize -N 1 -R 2; dnsize", "up", 0.03, -0.47),
    Part("upsize -N 1 -W 3 -R 10; dnsize", "up", 0.035, -0.47),
    Part("dnsize; upsize -N 1 -R 5; dnsize", "up", 0.03, -0.47),
)
_SOLO = ("emap", "&get")
"""Mappers that take an AIG without choices."""
_SLOW = 12000
"""AND nodes from which the slow parts are left out."""


def likeness(tails: Sequence[Tail]) -> NDArray[np.float64]:
    """How much each two tails have in common [T, T]: 1, less for each part that differs, less yet between families."""
    like = np.ones((len(tails), len(tails)))
    for at, (near, far) in enumerate(_LIKENESS):
        texts = np.unique([tail.parts[at].text for tail in tails], return_inverse=True)[1]
        families = np.unique([tail.parts[at].family for tail in tails], return_inverse=True)[1]
        like *= np.where(texts[:, None] == texts, 1.0, np.where(families[:, None] == families, near, far))
    return like


def cells(nodes: int) -> list[Tail]:
    """The tails for a cell library, for a circuit of `nodes` AND nodes."""
    found = []
    for parts in itertools.product(_CHOICES, _MAPPERS, _BUFFERS, _SIZES):
        choices, mapper, _, _ = parts
        if choices.text and mapper.text.startswith(_SOLO):
            continue
        if nodes > _SLOW and (choices.text == "dch" or mapper.text.startswith(("emap", "&get -n; &nf -p"))):
            continue
        found.append(Tail(parts))
    return found


def luts(size: int, nodes: int) -> list[Tail]:
    """The tails for LUTs of `size` inputs."""
    mappers = (
        Part(f"if -K {size}", "if"),
        Part(f"if -K {size} -a", "if -a", -0.03, 0.3),
        Part(f"if -K {size} -C 16 -F 2 -A 4", "if", -0.01, 0.0),
        Part(f"if -K {size} -R 10 -C 16 -F 2 -A 4", "if", -0.02, 0.05),
        Part(f"if -K {size} -e", "if", 0.01, 0.0),
    )
    after = (
        Part("", "none"),
        Part("mfs2 -a", "mfs", -0.03, 0.0),
        Part("mfs2 -a -e -W 4 -M 500", "mfs", -0.035, 0.0),
        Part("mfs2 -a -e -L 2", "mfs", -0.035, 0.01),
    )
    plain = (Part("", "none"),)
    choices = tuple(part for part in _CHOICES if nodes <= _SLOW or part.text != "dch")
    return [Tail(parts) for parts in itertools.product(choices, mappers, plain, after)]
