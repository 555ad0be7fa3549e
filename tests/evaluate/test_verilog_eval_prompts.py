"""The published structure of VerilogEval's questions, and examples that are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets import verilog_eval
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.verilog_eval_prompts import EXAMPLES, RULES, prompt_of

ASK = "Enclose your code with [BEGIN] and [DONE]. Only output the code snippet\nand do NOT output anything else.\n"


@pytest.fixture
def spec(problems_dir: Path) -> Problem:
    return verilog_eval.load(problems_dir)[1]


@pytest.fixture
def completion(problems_dir: Path) -> Problem:
    return verilog_eval.load(problems_dir, "code-complete")[1]


def test_specification(spec: Problem) -> None:
    prompt = prompt_of(spec)
    assert prompt.user == f"\nQuestion:\n{spec.prompt.strip()}\n\n{ASK}\nAnswer:\n"
    assert prompt.system == (
        "\nYou are a Verilog RTL designer that only writes code using correct Verilog syntax.\n"
    )
    assert [message.role for message in prompt.messages] == ["system", "user"]
    assert prompt.text == f"{prompt.system}\n{prompt.user}"


def test_rules_stand_between_question_and_marks(spec: Problem) -> None:
    user = prompt_of(spec, rules=True).user
    assert user == f"\nQuestion:\n{spec.prompt.strip()}\n{RULES}\n{ASK}\nAnswer:\n"
    assert RULES.count("\n - ") == 5


def test_completion(completion: Problem) -> None:
    prompt = prompt_of(completion)
    lines = prompt.user.splitlines()
    assert lines[0] == ""
    assert lines[1].startswith("// Implement the Verilog module based on the following description.")
    header = lines.index("module TopModule (")
    assert lines[header - 1] == ""
    assert all(line.startswith("// ") for line in lines[2 : header - 1])
    assert not any(line.startswith("//") for line in lines[header:])
    assert "Do not include module, input and output definitions." in prompt.system
    assert prompt.stop == "endmodule"


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_examples_in_order(spec: Problem, completion: Problem, number: int) -> None:
    user = prompt_of(spec, examples=number).user
    assert user.count("Question:\n") == user.count("\nAnswer:\n") == number + 1
    assert user.count("[BEGIN]\nmodule TopModule") == user.count("endmodule\n[DONE]\n") == number
    assert user.endswith(prompt_of(spec).user)
    completed = prompt_of(completion, examples=number).user
    assert completed.count("// Implement the Verilog module") == number + 1
    assert completed.count("module TopModule\n(") == number
    assert completed.endswith(prompt_of(completion).user)
    assert "[BEGIN]" not in completed


def test_what_there_is_not(spec: Problem, completion: Problem) -> None:
    with pytest.raises(UsageError, match="4 examples: there are 0 to 3"):
        prompt_of(spec, examples=4)
    with pytest.raises(UsageError, match="gives no rules to completions"):
        prompt_of(completion, rules=True)


BENCHES = (
    "logic [7:0] value, result; TopModule d(value, result); initial for (int i = 0; i < 256; i++) begin "
    "value = i; #1 if (result !== ((i + 1) & 255)) $display("
    '"wrong"); end',
    "logic clk = 0, reset = 1; logic [7:0] value = 9, result; TopModule d(clk, reset, value, result);\n"
    'task tick; #1 clk = 1; #1 clk = 0; endtask initial begin tick; if (result !== 1) $display("wrong");\n'
    'reset = 0; tick; if (result !== 10) $display("wrong"); value = 255; #1 if (result !== 10) $display("wrong");\n'
    'tick; if (result !== 0) $display("wrong"); end',
    "logic clk = 0, reset = 1, b = 1, f; TopModule d(clk, reset, b, f); logic [6:0] in = 7'b1101110;\n"
    "logic [6:0] out = 7'b0100110; task tick; #1 clk = 1; #1 clk = 0; endtask initial begin tick; tick; reset = 0;\n"
    'for (int i = 6; i >= 0; i--) begin b = in[i]; tick; if (f !== out[i]) $display("wrong"); end end',
)


@pytest.mark.needs_icarus
@pytest.mark.parametrize("index", [0, 1, 2])
def test_examples_are_right(tmp_path: Path, index: int) -> None:
    from rtlgen.sim.icarus import run
    from rtlgen.sim.job import Job

    example = EXAMPLES[index]
    design, bench = tmp_path / "d.sv", tmp_path / "b.sv"
    design.write_text(example.header + example.body)
    bench.write_text(f'module t; {BENCHES[index]}\n final $display("ended"); endmodule\n')
    found = run(
        Job(tmp_path, (design, bench), top=("t",), options=("-Wall", "-Wno-timescale"), sandboxed=False)
    )
    assert found.log == "ended\n"
    assert example.body.count("endmodule") == 1
