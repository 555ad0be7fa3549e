"""How a test bench says pass and failure: the rule of ordinary benches, those of two benchmarks, and the user's own.

It holds the rules only; `sim.verdict` applies them, `sim.phrases` has the expressions of `PLAIN`.

Source of VERILOG_EVAL: scripts/sv-iv-analyze of NVlabs/verilog-eval c498220; of RTLLM: auto_run.py of hkust-zhiyao/RTLLM
41b2689. Try: ``python -c "from rtlgen.sim.rules import rule_of; print(rule_of(['^all good$']))"``
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rtlgen.core.errors import UsageError
from rtlgen.sim.phrases import FAILS, GIVEN_UP, IGNORED, PASSES


@dataclass(frozen=True)
class Rule:
    """How a test bench says pass and failure: regular expressions, each searched in every line by itself.

    A pass needs a line of `passes`, no line of `fails` and, with `fatal_exit`, exit code 0.
    """

    passes: tuple[str, ...]
    fails: tuple[str, ...] = ()
    fatal_exit: bool = True
    """An exit code other than 0 (``$fatal``) is a failure whatever was printed."""
    name: str = "custom"
    ignored: tuple[str, ...] = ()
    """Taken out of a line before `fails` are looked for: ``0 errors``."""
    given_up: tuple[str, ...] = ()
    """Lines by which the test bench says that it gave up waiting: ``timeout`` instead of ``mismatch``."""
    compiler_counts: bool = False
    """Lines of the compiler are judged too, as if the test bench had printed them."""
    benchmark: bool = False
    """A published rule: whole lines, however long, and a test bench that gave up has given up."""


PLAIN = Rule(PASSES, FAILS, ignored=IGNORED, given_up=GIVEN_UP, name="plain")
"""What most test benches print: PASS, all tests passed, 0 errors; FAIL, ERROR, mismatch. Both seen is a mismatch."""

VERILOG_EVAL = Rule(
    passes=(r"^Mismatches: 0 in \d+ samples$",),
    fails=(
        r"error",
        r"warning: always_comb process has no sensitivities",
        r"found no sensitivities so it will never trigger",
        r"is declared here as wire",
        r"Unknown module type",
        r"Unable to bind wire/reg",
    ),
    fatal_exit=False,
    name="verilog-eval",
    given_up=(r"TIMEOUT",),
    compiler_counts=True,
    benchmark=True,
)
"""VerilogEval v2: zero mismatches and not one of its error words in the compiler's or the simulator's lines."""

RTLLM = Rule(passes=(r"Pass|pass",), fatal_exit=False, name="rtllm", benchmark=True)
"""RTLLM: "Pass" or "pass" anywhere in the output, also in "did not pass"."""


def rule_of(passes: Sequence[str] = (), fails: Sequence[str] = ()) -> Rule:
    """PLAIN with the user's patterns in place of its own; an empty list keeps PLAIN's.

    A user's pass pattern stands above PLAIN's guesses at failures: only ``$fatal``, ``$error`` and the user's own `fails`
    count then. Raises UsageError for a pattern that is no regular expression.
    """
    for pattern in (*passes, *fails):
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(
                f"is not a regular expression: {error}",
                where=pattern,
                hint="quote special characters with \\",
            ) from None
    if not passes and not fails:
        return PLAIN
    own = (r"^(?:ERROR|FATAL): \S+:\d+: ", r"%(?:Error|Fatal)\b")
    return Rule(
        passes=tuple(passes) or PLAIN.passes,
        fails=(*fails, *(own if passes else PLAIN.fails)),
        ignored=() if passes else PLAIN.ignored,
        given_up=PLAIN.given_up,
        name="custom",
    )
