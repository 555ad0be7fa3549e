"""What a circuit is built of: its size and the set of its gates, comparable between the states of one search.

A gate is named by the functions of its output and its two inputs, each function by what it answers to 128 random input
patterns (up to complement). Two AIGs of one circuit that were rewritten in one corner share all other gates; the share
of gates that they do not have in common says how differently they will be mapped. Node numbers and order do not count:
measured on training circuits, AIGs with the same gates have the same area and delay after mapping.

The names are hashes of 20 bits; of a big circuit one gate in `keep` is kept, the same ones in every state. Nothing is
proven here: equal patterns are no proof of equal functions, and none is needed to compare.

Source: random simulation as in fraiging (Mishchenko et al., "FRAIGs", 2005).
Try: ``pytest tests/synth/search/test_structure.py``
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 20
"""Bits of a gate's name."""
KEPT = 2048
"""About as many gates of a circuit are compared at most."""
_WORDS = 2
_GOLDEN, _MIX, _MIX2 = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Structure:
    """One AIG: AND nodes, levels, and the sorted names of (a sample of) its gates."""

    nodes: int
    levels: int
    gates: NDArray[np.int32]


def thinning(nodes: int) -> int:
    """One gate in how many (a power of two) is kept for a circuit that starts with `nodes` nodes."""
    keep = 1
    while nodes > keep * KEPT * 2:
        keep *= 2
    return keep


def read(aiger: bytes, keep: int = 1) -> Structure:
    """The structure of a binary AIGER file without registers, of whose gates one in `keep` is compared."""
    inputs, outputs, first, second = _decoded(aiger)
    if not len(first):
        return Structure(0, 0, np.zeros(0, np.int32))
    level = _levels(inputs, first, second)
    names = _functions(inputs, first, second, level)
    ends = names[first >> 1], names[second >> 1]
    low, high = np.minimum(*ends), np.maximum(*ends)
    gates = ((names[inputs + 1 :] * np.uint64(3) + low) * _MIX) ^ (high * _MIX2)
    gates = gates[gates % np.uint64(keep) == 0] if keep > 1 else gates
    short = np.unique((gates * _GOLDEN >> np.uint64(64 - BITS)).astype(np.int32))
    depth = int(level[outputs >> 1].max()) if len(outputs) else 0
    return Structure(len(first), depth, short)


def _decoded(aiger: bytes) -> tuple[int, Ints, Ints, Ints]:
    """(inputs, literals of the outputs, first and second literal of each gate)."""
    head, _, _ = aiger.partition(b"\n")
    words = head.split()
    inputs, outputs, gates = int(words[2]), int(words[4]), int(words[5])
    at = len(head) + 1
    drivers = []
    for _ in range(outputs):
        end = aiger.index(b"\n", at)
        drivers.append(int(aiger[at:end]))
        at = end + 1
    driven = np.array(drivers, np.int64)
    if gates == 0:
        return inputs, driven, np.zeros(0, np.int64), np.zeros(0, np.int64)
    raw = np.frombuffer(aiger, np.uint8, offset=at)
    ends = np.flatnonzero(raw < 0x80)[: 2 * gates]
    raw = raw[: ends[-1] + 1].astype(np.int64)
    starts = np.concatenate(([0], ends[:-1] + 1))
    shift = np.arange(len(raw)) - np.repeat(starts, ends - starts + 1)
    delta = np.add.reduceat((raw & 0x7F) << (7 * shift), starts)
    first = 2 * np.arange(inputs + 1, inputs + 1 + gates) - delta[0::2]
    return inputs, driven, first, first - delta[1::2]


def _levels(inputs: int, first: Ints, second: Ints) -> Ints:
    level = [0] * (inputs + 1)
    for left, right in zip((first >> 1).tolist(), (second >> 1).tolist(), strict=True):
        a, b = level[left], level[right]
        level.append((a if a > b else b) + 1)
    return np.array(level, np.int64)


def _functions(inputs: int, first: Ints, second: Ints, level: Ints) -> Words:
    """A hash of each node's answers to the patterns, the same for a function and its complement."""
    answers = np.zeros((len(level), _WORDS), np.uint64)
    patterns = np.random.Generator(np.random.PCG64(7)).integers(0, 2**64, (inputs, _WORDS), dtype=np.uint64)
    answers[1 : inputs + 1] = patterns
    left, right = first >> 1, second >> 1
    flips = [(-(edge & 1)).view(np.uint64)[:, None] for edge in (first, second)]
    order = np.argsort(level[inputs + 1 :], kind="stable")
    sorted_levels = level[inputs + 1 :][order]
    steps = np.flatnonzero(np.concatenate(([True], sorted_levels[1:] != sorted_levels[:-1], [True])))
    for start, end in itertools.pairwise(steps):
        at = order[start:end]
        answers[at + inputs + 1] = (answers[left[at]] ^ flips[0][at]) & (answers[right[at]] ^ flips[1][at])
    answers ^= np.uint64(0) - (answers[:, :1] & np.uint64(1))
    names = np.zeros(len(level), np.uint64)
    for word in range(_WORDS):
        names = (names ^ answers[:, word]) * _GOLDEN
        names ^= names >> np.uint64(29)
    return names
