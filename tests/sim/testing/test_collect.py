"""Which files are the tests: by name, folder and pattern, and by convention."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.sim.testing.collect import conventional_tests, named_tests
from rtlgen.sim.testing.design import Design

BENCH = "module tb; initial ; endmodule\n"
COCOTB = "import cocotb\n@cocotb.test()\nasync def t(dut): pass\n"
FILES = {
    "rtl/alu.v": "module alu(input a); endmodule\n",
    "rtl/boot.v": "module boot; initial ; endmodule\n",  # does something, but neither name nor folder say test
    "rtl/alu_tb.v": BENCH,
    "tests/anything.sv": BENCH,
    "tests/model.v": "module model(input a); endmodule\n",
    "tests/test_alu.py": COCOTB,
    "tests/test_runner.py": "from cocotb_tools.runner import get_runner\n",
    "tests/helper.py": "import cocotb\n",
    ".venv/tests/test_x.py": COCOTB,
    "venv/pyvenv.cfg": "",
    "venv/lib/test_x.py": COCOTB,
    "sim_build/tb_x.v": BENCH,
    "docs/drawing.v": "module drawing(input a); endmodule\n",
}


@pytest.fixture
def design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Design:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return Design(root=tmp_path, sources=())


def found(design: Design, *names: str) -> list[str]:
    return [path.relative_to(design.root).as_posix() for path in named_tests(design, names)]


def test_by_convention(design: Design) -> None:
    paths = [path.relative_to(design.root).as_posix() for path in conventional_tests(design)]
    assert paths == ["rtl/alu_tb.v", "tests/anything.sv", "tests/test_alu.py"]


def test_a_module_with_a_syntax_error_is_not_passed_over(design: Design) -> None:
    (design.root / "tests" / "test_bad.py").write_text(COCOTB.replace("(dut):", "(dut)"))
    assert "test_bad.py" in [path.name for path in conventional_tests(design)]


def test_by_name_folder_and_pattern(design: Design) -> None:
    assert found(design, "rtl/boot.v") == ["rtl/boot.v"]
    assert found(design, "tests") == ["tests/anything.sv", "tests/test_alu.py"]
    assert found(design, "*/*.v") == ["rtl/alu_tb.v", "rtl/boot.v", "sim_build/tb_x.v"]
    assert found(design, "tests/test_alu.py", "tests") == ["tests/test_alu.py", "tests/anything.sv"]


def test_the_root_comes_before_the_working_folder(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(design.root / "rtl")
    assert found(design, "tests/test_alu.py") == ["tests/test_alu.py"]
    assert found(design, "alu_tb.v") == ["rtl/alu_tb.v"]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("tests/missing.v", "no such test"),
        ("tests/no_*.v", "no test matches this pattern"),
        ("docs", "no tests in this folder"),
    ],
)
def test_nothing_there(design: Design, name: str, what: str) -> None:
    with pytest.raises(UsageError) as error:
        named_tests(design, [name])
    assert error.value.what == what
    assert error.value.hint


def test_a_project_without_tests(tmp_path: Path) -> None:
    (tmp_path / "a.v").write_text("module a(input x); endmodule\n")
    with pytest.raises(UsageError, match="no tests found") as error:
        conventional_tests(Design(root=tmp_path, sources=()))
    assert "--test FILE" in str(error.value.hint)
