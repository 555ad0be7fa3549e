"""Values over time out of a VCD file.

The declarations are read by pyvcd; the changes are streamed, and only those of the wanted signals in the wanted interval
are kept, up to a cap, so that a file of gigabytes costs time and no memory. A file that ends in the middle (its simulator
was killed) gives what was written. Times are ticks of the file's timescale (`Waves.timescale`, e.g. ``1 ps``).

FST files are not read: ask for VCD (``--wave-format vcd``). Source: IEEE 1800-2017, 21.7 (four-state VCD).
Try: ``python -c "from rtlgen.sim.vcd_file import read_vcd; print(read_vcd('waves.vcd').value_at('q', 125_000))"``
"""

from __future__ import annotations

import bisect
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from rtlgen.core.errors import DesignError, UsageError

MAX_CHANGES = 1_000_000
"""Changes kept of one file."""
MAX_HEADER = 64 << 20
"""Declarations of a file are read up to here (bytes)."""
_SCALARS = frozenset(b"01xzXZuUwWlLhH-")
_UNKNOWN = "x"


@dataclass(frozen=True)
class Signal:
    """A variable: hierarchical name with dots, width in bits (0 for a string, 64 for a real)."""

    name: str
    width: int
    kind: str
    """``wire``, ``reg``, ``integer``, ``real``, ``string``, ..."""
    code: str


@dataclass
class _Track:
    """Changes of one identifier code, times ascending."""

    times: list[int] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)


class Waves:
    """Values over time. Made by `read_vcd`; names may be shortened from the left: ``q`` for ``tb.dut.q``."""

    def __init__(self, signals: dict[str, Signal], timescale: str) -> None:
        self.signals = signals
        """All variables of the file by their full name, also those whose changes were not kept."""
        self.timescale = timescale
        """One tick, e.g. ``1 ns``; empty when the file does not say."""
        self.start: int | None = None
        self.end = 0
        """The first and last time that was read (ticks)."""
        self.truncated = False
        """The file ended in the middle, or the cap was reached."""
        self._tracks: dict[str, _Track] = {}

    def find(self, name: str) -> Signal:
        """The signal called `name`; of several that end so the one highest up. Raises UsageError when there is none."""
        if name in self.signals:
            return self.signals[name]
        ending = f".{name}"
        found = [signal for full, signal in self.signals.items() if full.endswith(ending)]
        if not found:
            raise UsageError(f"no signal {name} in these waves", hint=self._near(name))
        return min(found, key=lambda signal: (signal.name.count("."), signal.name))

    def _near(self, name: str) -> str:
        import difflib

        last = name.split(".")[-1]
        known = {full.split(".")[-1] for full in self.signals}
        near = difflib.get_close_matches(last, sorted(known), n=1)
        return f"did you mean {near[0]}?" if near else "name one that the file declares"

    def value_at(self, name: str, time: int) -> str:
        """The value at `time`, after all changes of that tick: bits (msb first), a number or a string; ``x`` before."""
        signal = self.find(name)
        track = self._tracks.get(signal.code)
        index = bisect.bisect_right(track.times, time) - 1 if track else -1
        if track is None or index < 0:
            return _UNKNOWN * max(signal.width, 1)
        return _widened(track.values[index], signal)

    def changes(self, name: str, start: int = 0, end: int | None = None) -> tuple[tuple[int, str], ...]:
        """(time, value) of every change in ``start..end``, both included."""
        signal = self.find(name)
        track = self._tracks.get(signal.code) or _Track()
        first = bisect.bisect_left(track.times, start)
        last = len(track.times) if end is None else bisect.bisect_right(track.times, end)
        pairs = zip(track.times[first:last], track.values[first:last], strict=True)
        return tuple((time, _widened(value, signal)) for time, value in pairs)

    def rising_edges(self, name: str, start: int = 0, end: int | None = None) -> tuple[int, ...]:
        """Times at which the one-bit signal `name` became 1 in ``start..end``; the initial value is no edge."""
        found = []
        for time, value in self.changes(name, start, end):
            if value == "1" and time > 0 and self.value_at(name, time - 1) != "1":
                found.append(time)
        return tuple(found)


def read_vcd(
    path: Path | str,
    signals: Sequence[str] | None = None,
    *,
    start: int = 0,
    end: int | None = None,
    max_changes: int = MAX_CHANGES,
    until: tuple[str, int, int] | None = None,
) -> Waves:
    """Read `path`: changes of `signals` (default: all) from the last one before `start` up to `end` (ticks).

    At the cap of `max_changes` reading stops; with `until` (clock, time, n), which stops it after n rising edges of one
    of the signals behind a time, the oldest changes are dropped instead.

    Raises UsageError when the file or a signal is missing or the file is an FST file, DesignError when it is no VCD file.
    """
    place = Path(path)
    try:
        with place.open("rb") as stream:
            waves = _header(stream, place)
            wanted = None if signals is None else {waves.find(name).code for name in signals}
            reader = _Reader(waves, wanted, start, end, max_changes)
            if until is not None:
                clock, around, edges = until
                reader.stop_behind(waves.find(clock).code, around, edges)
            reader.read(stream)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=path, hint="check the path") from None
    return waves


class _Lines(io.RawIOBase):
    """Gives a reader one line at a time, so that nothing behind the declarations is taken from the file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._taken = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object) -> int:
        """The next line, or as much of it as fits; nothing behind `MAX_HEADER`."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        line = self._stream.readline(len(view)) if self._taken < MAX_HEADER else b""
        view[: len(line)] = line
        self._taken += len(line)
        return len(line)


def _header(stream: BinaryIO, path: Path) -> Waves:
    """The declarations of a file; the stream stands behind them afterwards."""
    from vcd.reader import TokenKind, VCDParseError, tokenize

    if stream.peek(4)[:1] == b"\0":  # type: ignore[attr-defined]
        raise UsageError("is an FST file, which is not read", where=path, hint="run with --wave-format vcd")
    signals: dict[str, Signal] = {}
    scopes: list[str] = []
    timescale = ""
    try:
        for token in tokenize(_Lines(stream)):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes = scopes[:-1]
            elif token.kind is TokenKind.TIMESCALE:
                scale = token.timescale
                timescale = f"{int(scale.magnitude)} {scale.unit.value}"
            elif token.kind is TokenKind.VAR:
                var = token.var
                bit = var.bit_index
                name = f"{var.reference}[{bit}]" if isinstance(bit, int) and var.size == 1 else var.reference
                full = ".".join([*(scope for scope in scopes if scope), name.removeprefix("\\")])
                signals.setdefault(full, Signal(full, var.size, var.type_.value, var.id_code))
            elif token.kind is TokenKind.ENDDEFINITIONS:
                return Waves(signals, timescale)
    except (VCDParseError, ValueError, IndexError) as error:
        raise DesignError(
            f"is no VCD file: {error}", where=path, hint="name a file that a simulator wrote"
        ) from None
    raise DesignError(
        "ends within its declarations, or is no VCD file", where=path, hint="run the simulation again"
    )


class _Reader:
    """Keeps the changes of the wanted codes while the file goes by; one that is cut short ends where it ends."""

    def __init__(self, waves: Waves, wanted: set[str] | None, start: int, end: int | None, most: int) -> None:
        self._waves = waves
        self._tracks = waves._tracks
        codes = {signal.code for signal in waves.signals.values()} if wanted is None else wanted
        for code in codes:
            self._tracks[code] = _Track()
        self._by_code = {code.encode(): self._tracks[code] for code in codes}
        self._start = start
        self._end = end
        self._most = most
        self._kept = 0
        self._now = 0
        self._edges_left = -1
        self._clock: _Track | None = None
        self._around = 0

    def stop_behind(self, clock: str, around: int, edges: int) -> None:
        """Stop after so many rising edges of the code `clock` behind `around`, and forget old changes, not new ones."""
        self._clock, self._around, self._edges_left = self._tracks[clock], around, edges

    def read(self, stream: BinaryIO) -> None:
        """Read to the end, to the interval's end, or to the cap."""
        known = self._by_code
        for line in stream:
            if line[-1] != 10:
                self._waves.truncated = True  # the writer was stopped within this line
                return
            first = line[0]
            if first == 98:  # b
                value, _, code = line[1:].rstrip().partition(b" ")
                if code in known and not self._take(known[code], value):
                    return
            elif first == 35:  # "#"
                if not self._advance(line[1:]):
                    return
            elif first in _SCALARS and b" " not in line:
                code = line[1:].rstrip()
                if code in known and not self._take(known[code], line[:1]):
                    return
            elif not self._words(line, stream):
                return

    def _advance(self, word: bytes) -> bool:
        """The next time; False when it is behind the end, or no number."""
        number, *rest = word.split(maxsplit=1)
        if not number.isdigit():
            self._waves.truncated = True
            return False
        self._now = int(number)
        if self._end is not None and self._now > self._end:
            return False
        if self._waves.start is None:
            self._waves.start = self._now
        self._waves.end = self._now
        return not rest or self._words(rest[0], None)

    def _take(self, track: _Track, value: bytes) -> bool:
        """A change; False when nothing more is to be read."""
        now = self._now
        if track.times and (track.times[-1] == now or now <= self._start):
            track.times[-1], track.values[-1] = (
                now,
                value,
            )  # only the last one of a tick counts, and of the time before
            return True
        if track is self._clock and value == b"1" and now > self._around:
            self._edges_left -= 1
        track.times.append(now)
        track.values.append(value)
        self._kept += 1
        if self._kept >= self._most:
            if self._clock is None:
                self._waves.truncated = True
                return False
            self._forget()
        return self._edges_left != 0

    def _forget(self) -> None:
        """Drop the older half of every track, so that what is near the interesting time stays."""
        for track in self._tracks.values():
            half = len(track.times) // 2
            del track.times[:half], track.values[:half]
        self._kept = sum(len(track.times) for track in self._tracks.values())

    def _words(self, line: bytes, stream: BinaryIO | None) -> bool:
        """A line of another shape: reals, strings, commands, several changes. False for what is no VCD."""
        words = line.split()
        index = 0
        while index < len(words):
            word = words[index]
            first = word[:1]
            if first == b"$":
                if word == b"$comment" and stream is not None and b"$end" not in words:
                    found = next((other for other in stream if b"$end" in other), b"")
                    self._waves.truncated = not found.endswith(b"\n")
                    return not self._waves.truncated
            elif first == b"#":
                if not self._advance(word[1:]):
                    return False
            elif first in b"bBrRsS" and index + 1 < len(words):
                index += 1
                track = self._by_code.get(words[index])
                if track is not None and not self._take(track, word[1:]):
                    return False
            elif word[0] in _SCALARS:
                track = self._by_code.get(word[1:])
                if track is not None and not self._take(track, first):
                    return False
            else:
                self._waves.truncated = True
                return False
            index += 1
        return True


def _widened(data: bytes, signal: Signal) -> str:
    """Bits extended to the width: leading zeros are left out in the file, a leading x or z stands for all of them."""
    if signal.kind in ("real", "realtime", "string"):
        return data.decode("utf-8", "replace")
    value = data.decode("ascii", "replace").lower()
    if len(value) >= signal.width:
        return value
    lead = value[0] if value and value[0] in "xz" else "0"
    return lead * (signal.width - len(value)) + value
