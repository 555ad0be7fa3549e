"""ABC's own search, ``&deepsyn``, given as many seconds as another strategy took: what a user has without rtlgen.

It is the one opponent that is limited by time, so its figures depend on the machine and on what else it does, and
cannot be reproduced. Its result is measured as it is and with choices before mapping (``dch``); the better one counts.

Source: berkeley-abc/abc, ``&deepsyn -T seconds`` (one iteration: the limit holds for each of ``-I``).
Try: ``rtlgen bench recipes --circuits circuit.aig --lut 6 --budget 10 --strategies portfolio,deepsyn``
"""

from __future__ import annotations

import math
import time
from pathlib import Path

from rtlgen.synth.abc import AbcError, AbcProcess
from rtlgen.synth.circuit import Circuit
from rtlgen.synth.library import Library
from rtlgen.synth.qor import Objective, QoR

NAME = "deepsyn"
TAILS = ("", "dch; ")


def timed(
    circuit: Circuit, target: Library, work: Path, seconds: float, objective: Objective
) -> tuple[QoR, str, float]:
    """The best figures, the recipe and the wall seconds of ``&deepsyn`` with `seconds` (rounded up) to search.

    Raises AbcError when ABC fails, AbcTimeout when it does not heed its limit.
    """
    limit = max(1, math.ceil(seconds))
    (work / "deepsyn.aig").write_bytes(circuit.aiger)
    recipe = f"&get -n; &deepsyn -T {limit}; &put"
    started = time.monotonic()
    found: list[tuple[float, QoR, str]] = []
    with AbcProcess(work, setup=target.setup) as process:
        process.run(f"read_aiger deepsyn.aig; {recipe}; write_aiger -s deep.aig", seconds=3 * limit + 60)
        for tail in TAILS:
            stats = process.run("read_aiger deep.aig; print_stats")
            mapped = process.run(f"{tail}{target.script}", seconds=300)
            qor = target.parse(stats, mapped)
            found.append((objective.value(qor), qor, f"{recipe}; {tail}".rstrip("; ")))
    if not found:
        raise AbcError(recipe, "no figures")
    _, qor, text = min(found, key=lambda entry: entry[0])
    return qor, text, time.monotonic() - started
