"""Specifications with formal parts, written for these tests."""

from __future__ import annotations

import pytest

from rtlgen.generate.specification import Specification, specification


class Written:
    """Makes a specification of port names and a text, and says what a design does by running it."""

    def spec(self, text: str, ins: str, outs: str = "y") -> Specification:
        rows = [f"- input {name}" for name in ins.split()] + [f"- output {name}" for name in outs.split()]
        rows = [row.replace(":", " (", 1) + " bits)" if ":" in row else row for row in rows]
        return specification("Write a module named top.\n" + "\n".join(rows) + "\n\n" + text)


@pytest.fixture()
def write() -> Written:
    """`write.spec(text, "a b d:8", "y")`."""
    return Written()


@pytest.fixture()
def same() -> object:
    """`same(spec, code, reference)`: whether two designs agree on a shared stimulus."""
    import tempfile
    from pathlib import Path

    from rtlgen.generate.judge import Bench
    from rtlgen.generate.judges import ReferenceJudge
    from rtlgen.generate.layout import header_for

    def agree(spec: Specification, code: str, body: str) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            reference = Path(folder) / "reference.sv"
            reference.write_text(f"{header_for(spec)}\n{body}\nendmodule\n")
            design = Path(folder) / "design.sv"
            design.write_text(code)
            verdict = ReferenceJudge(spec, Bench(), reference).judge(design)
        assert verdict is not None
        return verdict.passed

    return agree
