"""Which circuits the agent may learn from: the published split, and the circuits that comparisons are made on.

The training circuits are those of ABC-RL (split 5001); its test circuits, and those that our own comparison reports on,
are refused by name and, where the files were at hand, by the digest of their logic, so that a renamed copy is refused
too.

Source: arXiv 2401.12205 and its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rtlgen.core.errors import UsageError

_TRAINING = (
    "alu2 apex3 apex5 b2 c1355 c5315 c2670 prom2 frg1 i7 i8 m3 max512 table5 adder log2 multiplier max ctrl "
    "int2float priority arbiter"
)
TRAINING = tuple(_TRAINING.split())
"""The published training circuits, of MCNC and EPFL."""
_PUBLISHED_TEST = (
    "alu4 apex1 apex2 apex4 b9 c880 c7552 i9 m4 pair max1024 prom1 bar div square sqrt cavlc mem_ctrl router "
    "voter"
)
PUBLISHED_TEST = tuple(_PUBLISHED_TEST.split())
"""The published test circuits: never trained or tuned on."""
_EVALUATION = "apex6 apex7 c1908 c3540 c432 c499 c6288 frg2 i10 max128 seq table3 dec i2c sin hyp"
EVALUATION = tuple(_EVALUATION.split())
"""The circuits outside the published split on which `rtlgen bench recipes` reports."""
DIGESTS = {
    "ca91c06a0331dbebc944cdea02e7e0e6": "bar",
    "bfa280c9cff1ef25130855394bff1917": "div",
    "4c972ab385dbea302c38a8fecc80989b": "square",
    "832573f1a7b84b098308dd36d4695040": "sqrt",
    "af6a69acd5389695248aa893172fd5e5": "cavlc",
    "94a1eb1b2e87e8a31297b5f89c6f9ced": "mem_ctrl",
    "daf953cb3ea7e9552fc324812f2cfad6": "router",
    "76c865ab07d63726fccd7f42a682be73": "voter",
    "c7348e93e29924365b99cae34e390919": "apex6",
    "b82f30b2931c5c6e8aa854392135e48b": "apex7",
    "341f42216bbc9a532aadd0979f1515d5": "c1908",
    "897cfe5cff275ef228ef84b74da81069": "c3540",
    "1216e15d081d47e310ecbb0c0f3f3587": "c432",
    "169227041ea764aa7793c9ec9d3f5b13": "c499",
    "9f50d8cbf497321975b43b1af73fed99": "c6288",
    "aa0d68d6dd11fa75241240e659fe5336": "frg2",
    "8874789630072d50df1c7881b897a895": "i10",
    "ea586a3312075b73690e96891fa7d192": "max128",
    "bcf512652d74afb029d2b86f39f003d8": "seq",
    "5b56b0cd68574556f9eed90c2e571c8e": "table3",
    "0cb01b84a8da5474044d3686df7da6b9": "dec",
    "c5f18cd4faaf5ea671835becc7b5906f": "i2c",
    "a7ff906ba33e3392c11abdd3408c5da3": "sin",
    "7ab498ff85b661d9b893e458d7ce9520": "hyp",
}
"""First half of the digest of a circuit's logic as ABC reads it -> its name, for those refused."""


def refuse(names: Sequence[str], digests: Sequence[str] = (), *, where: Path | str | None = None) -> None:
    """Raise UsageError when one of the circuits is kept for comparisons, by its name or by what it computes."""
    for name in names:
        if name.lower() in (*PUBLISHED_TEST, *EVALUATION):
            kind = "published test circuit" if name.lower() in PUBLISHED_TEST else "circuit of our comparison"
            raise UsageError(
                f"'{name}' is a {kind}: the agent may not learn from it",
                where=where,
                hint=f"take circuits of the training split: {' '.join(TRAINING[:6])} ...",
            )
    for name, digest in zip(names, digests, strict=False):
        known = DIGESTS.get(digest[:32])
        if known is not None:
            raise UsageError(
                f"'{name}' is the circuit {known}, which is kept for comparisons: the agent may not learn from it",
                where=where,
                hint=f"take circuits of the training split: {' '.join(TRAINING[:6])} ...",
            )
