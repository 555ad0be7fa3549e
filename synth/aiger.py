"""And-inverter graphs in the AIGER format: read the ASCII form, add gates, write the binary form, simulate.

Literals as in AIGER: variable * 2, plus 1 when inverted; 0 is false, 1 is true. All latches start at 0 (`write_aiger
-zinit` makes them so). It is a small reader for circuits of up to some 100,000 gates, not an optimiser.

Source: A. Biere, "The AIGER And-Inverter Graph (AIG) Format", version 20071012.
Try: ``python -c "from rtlgen.synth.aiger import parse; print(parse('aag 1 1 0 1 0\\n2\\n3\\n').outputs)"``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FALSE, TRUE = 0, 1


def negated(literal: int) -> int:
    """The inverse of a literal."""
    return literal ^ 1


@dataclass
class Aig:
    """A sequential circuit. Inputs and outputs have names; an unnamed input is called ``$<position>``."""

    inputs: list[int] = field(default_factory=list)
    latches: list[tuple[int, int]] = field(default_factory=list)
    """(literal, literal of its next value)."""
    outputs: list[int] = field(default_factory=list)
    gates: list[tuple[int, int, int]] = field(default_factory=list)
    """(literal, left, right): the literal is left AND right."""
    input_names: list[str] = field(default_factory=list)
    output_names: list[str] = field(default_factory=list)
    variables: int = 0
    """The highest variable in use."""

    def _new(self) -> int:
        self.variables += 1
        return 2 * self.variables

    def conjunction(self, *literals: int) -> int:
        """A literal that is true when all `literals` are."""
        result = TRUE
        for literal in literals:
            if result in (TRUE, literal):
                result = literal
            elif FALSE in (result, literal):
                result = FALSE
            elif literal != TRUE:
                gate = self._new()
                self.gates.append((gate, result, literal))
                result = gate
        return result

    def disjunction(self, *literals: int) -> int:
        """A literal that is true when one of `literals` is."""
        return negated(self.conjunction(*map(negated, literals)))

    def difference(self, a: int, b: int) -> int:
        """A literal that is true when `a` and `b` differ."""
        return self.disjunction(self.conjunction(a, negated(b)), self.conjunction(negated(a), b))

    def latch(self) -> int:
        """A new latch, 0 at first; `connect` gives it its next value."""
        literal = self._new()
        self.latches.append((literal, FALSE))
        return literal

    def connect(self, latch: int, following: int) -> None:
        """Set the next value of a latch."""
        self.latches = [(lit, following if lit == latch else old) for lit, old in self.latches]

    def unite(self, pairs: Mapping[int, int]) -> None:
        """Read the input that a key names wherever the input that is its value is read (literals, not inverted)."""
        swapped = {taken: kept for kept, taken in pairs.items()}

        def new(literal: int) -> int:
            return swapped.get(literal & ~1, literal & ~1) | (literal & 1)

        self.gates = [(gate, new(left), new(right)) for gate, left, right in self.gates]
        self.latches = [(latch, new(following)) for latch, following in self.latches]
        self.outputs = [new(literal) for literal in self.outputs]

    def output(self, name: str) -> int:
        """The literal of a named output; KeyError when there is none."""
        try:
            return self.outputs[self.output_names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def simulate(self, frames: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
        """The values of all outputs in each of `frames` (input name to 0 or 1; missing ones are 0)."""
        ordered = _ordered(self)
        state = {latch: 0 for latch, _ in self.latches}
        seen = []
        for frame in frames:
            values = {0: 0, **state}
            for name, literal in zip(self.input_names, self.inputs, strict=True):
                values[literal] = frame.get(name, 0)
            for gate, left, right in ordered:
                values[gate] = _value(values, left) & _value(values, right)
            seen.append(
                {
                    name: _value(values, literal)
                    for name, literal in zip(self.output_names, self.outputs, strict=True)
                }
            )
            state = {latch: _value(values, following) for latch, following in self.latches}
        return seen

    def binary(self, bad: int) -> bytes:
        """The circuit in the binary form, with the single output `bad`; only what it depends on of the gates."""
        number = {0: 0}
        for literal in [*self.inputs, *(latch for latch, _ in self.latches)]:
            number[literal >> 1] = len(number)
        body = bytearray()
        ordered = _ordered(self)
        for gate, left, right in ordered:
            number[gate >> 1] = len(number)
            own = 2 * number[gate >> 1]
            high, low = sorted((_renumbered(number, left), _renumbered(number, right)), reverse=True)
            body += _delta(own - high) + _delta(high - low)
        head = f"aig {len(number) - 1} {len(self.inputs)} {len(self.latches)} 1 {len(ordered)}\n"
        head += "".join(f"{_renumbered(number, following)}\n" for _, following in self.latches)
        return (head + f"{_renumbered(number, bad)}\n").encode() + bytes(body)


def parse(text: str) -> Aig:
    """Read the ASCII form. Raises ValueError for anything but zero-initialised latches, gates and symbols."""
    lines = text.splitlines()
    head = lines[0].split() if lines else []
    if len(head) != 6 or head[0] != "aag":
        raise ValueError(f"no ASCII AIGER header: {lines[0][:60] if lines else ''!r}")
    variables, n_inputs, n_latches, n_outputs, n_gates = map(int, head[1:])
    rows = [
        tuple(map(int, line.split())) for line in lines[1 : 1 + n_inputs + n_latches + n_outputs + n_gates]
    ]
    aig = Aig(variables=variables)
    cut = n_inputs + n_latches
    aig.inputs = [row[0] for row in rows[:n_inputs]]
    for row in rows[n_inputs:cut]:
        if len(row) > 2 and row[2] != 0:
            raise ValueError("a latch that does not start at 0")
        aig.latches.append((row[0], row[1]))
    aig.outputs = [row[0] for row in rows[cut : cut + n_outputs]]
    aig.gates = [(row[0], row[1], row[2]) for row in rows[cut + n_outputs :]]
    aig.input_names = [f"${index}" for index in range(n_inputs)]
    aig.output_names = [f"${index}" for index in range(n_outputs)]
    for line in lines[1 + len(rows) :]:
        if line == "c":
            break
        place, _, name = line.partition(" ")
        names = {"i": aig.input_names, "o": aig.output_names}.get(place[:1])
        if names is not None:
            names[int(place[1:])] = name
    return aig


def _ordered(aig: Aig) -> list[tuple[int, int, int]]:
    """The gates, each after those it reads. Raises ValueError for a combinational loop."""
    gates = {gate: (left, right) for gate, left, right in aig.gates}
    done: set[int] = set()
    active: set[int] = set()
    ordered = []
    for root in gates:
        stack = [root]
        while stack:
            gate = stack[-1]
            if gate in done:
                stack.pop()
                continue
            waiting = [s & ~1 for s in gates[gate] if (s & ~1) in gates and (s & ~1) not in done]
            if not waiting:
                done.add(gate)
                active.discard(gate)
                ordered.append((gate, *gates[gate]))
                stack.pop()
                continue
            active.add(gate)
            if active.intersection(waiting):
                raise ValueError("a combinational loop")
            stack += waiting
    return ordered


def _value(values: Mapping[int, int], literal: int) -> int:
    return values[literal & ~1] ^ (literal & 1)


def _renumbered(number: Mapping[int, int], literal: int) -> int:
    return 2 * number[literal >> 1] + (literal & 1)


def _delta(value: int) -> bytes:
    """A number in the 7-bit groups of the binary form."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
