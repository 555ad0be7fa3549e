"""The questions of VerilogEval v2, in the structure that it published: both tasks, 0 to 3 examples, optional rules.

Specification to RTL: examples, ``Question:``, the specification, rules, how to mark the answer, ``Answer:``. Completion:
examples, a remark, the description as comments, the module's header. The sentences that a published figure depends on
stand as published (system parts, remark, marks); the examples and the rules are of the published kinds, but our own words
and code: an incrementer, one with registers and a synchronous reset, a state machine that detects two ones. Figures made
with them are comparable in kind, not word for word.

Source: NVlabs/verilog-eval c498220 (MIT), scripts/sv-generate; arXiv 2408.11053.
Try: ``rtlgen eval verilog-eval --data DIR --limit 3 --examples 1 --rules --generate-only``
"""

from __future__ import annotations

from dataclasses import dataclass

from rtlgen.core.errors import UsageError
from rtlgen.datasets.problem import Problem
from rtlgen.evaluate.prompts import Prompt

MOST_EXAMPLES = 3
SYSTEM = {
    "spec-to-rtl": "\nYou are a Verilog RTL designer that only writes code using correct Verilog syntax.\n",
    "code-complete": (
        "\nYou only complete chats with syntax correct Verilog code. End the Verilog module code completion with "
        "'endmodule'. Do not include module, input and output definitions.\n"
    ),
}
REMARK = (
    "// Implement the Verilog module based on the following description. Assume that signals are positive clock/clk "
    "triggered unless otherwise stated."
)
MARKS = "\nEnclose your code with [BEGIN] and [DONE]. Only output the code snippet\nand do NOT output anything else.\n"
STOP = {"spec-to-rtl": "[DONE]", "code-complete": "endmodule"}
"""Where a base model's answer ends."""
RULES = """
Some more rules and conventions for the code:

 - Use logic for every port and every signal, never wire or reg.

 - Write a combinational always block as always @(*); do not list its
   signals.

 - A sized constant needs a size above zero: 0'b0 is no valid
   expression.

 - An always block that reads no signal is never executed. Where nothing
   has to be read, use an assign statement instead.

 - A synchronous reset is looked at when the clock ticks: an always block
   of such a module must not have posedge reset in its sensitivity list.
"""


@dataclass(frozen=True)
class Example:
    """A question with its answer; `ports` as the specifications list them, `header` and `body` as code."""

    ports: str
    description: str
    header: str
    body: str


EXAMPLES = (
    Example(
        ports=" - input  value  (8 bits)\n - output result (8 bits)\n",
        description="The module should output its input plus one. Numbers are in two's complement,\n"
        "and the largest one is followed by the smallest.\n",
        header="module TopModule\n(\n  input  logic [7:0] value,\n  output logic [7:0] result\n);\n",
        body="\n  assign result = value + 8'd1;\n\nendmodule\n",
    ),
    Example(
        ports=" - input  clk\n - input  reset\n - input  value  (8 bits)\n - output result (8 bits)\n",
        description="The module should store its input in a register at each positive edge of the\n"
        "clock, and output the stored number plus one. The reset is synchronous and\n"
        "active high; it sets the register to zero.\n",
        header="module TopModule\n(\n  input  logic       clk,\n  input  logic       reset,\n"
        "  input  logic [7:0] value,\n  output logic [7:0] result\n);\n",
        body="\n  logic [7:0] stored;\n\n  always @(posedge clk) begin\n    if (reset)\n      stored <= 8'd0;\n"
        "    else\n      stored <= value;\n  end\n\n  assign result = stored + 8'd1;\n\nendmodule\n",
    ),
    Example(
        ports=" - input  clk\n - input  reset\n - input  bit_in\n - output found\n",
        description="The module should be a state machine that reads one bit at each positive edge of\n"
        "the clock, and outputs one in the cycle after two ones in a row were read, for as\n"
        "long as ones go on. The reset is synchronous and active high; it makes the machine\n"
        "forget what it has read.\n",
        header="module TopModule\n(\n  input  logic clk,\n  input  logic reset,\n  input  logic bit_in,\n"
        "  output logic found\n);\n",
        body="\n  localparam NONE = 2'd0;\n  localparam ONE  = 2'd1;\n  localparam TWO  = 2'd2;\n\n"
        "  logic [1:0] state;\n  logic [1:0] next;\n\n  always @(*) begin\n    case (state)\n"
        "      NONE:    next = bit_in ? ONE : NONE;\n      ONE:     next = bit_in ? TWO : NONE;\n"
        "      TWO:     next = bit_in ? TWO : NONE;\n      default: next = NONE;\n    endcase\n  end\n\n"
        "  always @(posedge clk) begin\n    if (reset)\n      state <= NONE;\n    else\n      state <= next;\n"
        "  end\n\n  assign found = (state == TWO);\n\nendmodule\n",
    ),
)
"""In the published order: n examples are the first n."""


def prompt_of(problem: Problem, *, examples: int = 0, rules: bool = False) -> Prompt:
    """The question of a problem.

    Raises UsageError for more than 3 examples (the published fourth is another set), and for rules with completions,
    which the published flow never gives.
    """
    check(problem.task, examples, rules)
    shown = EXAMPLES[:examples]
    if problem.task == "code-complete":
        user = "".join(_completed(example) for example in shown)
        user += f"\n{REMARK}\n" + _commented(problem.prompt)
    else:
        user = "".join(_answered(example) for example in shown)
        user += f"\nQuestion:\n{problem.prompt.strip()}\n{RULES if rules else ''}".rstrip() + "\n" + MARKS
        user += "\nAnswer:\n"
    return Prompt(user, SYSTEM[problem.task], STOP[problem.task])


def check(task: str, examples: int, rules: bool) -> None:
    """Raise UsageError for what `prompt_of` cannot make."""
    if not 0 <= examples <= MOST_EXAMPLES:
        raise UsageError(f"{examples} examples: there are 0 to {MOST_EXAMPLES}", hint="--examples 3")
    if rules and task == "code-complete":
        raise UsageError(
            "the published flow gives no rules to completions", hint="--task spec-to-rtl --rules"
        )


def _answered(example: Example) -> str:
    """An example of the specification task."""
    return (
        "Question:\nImplement a hardware module named TopModule with the following interface.\n"
        f"All input and output ports are one bit unless otherwise specified.\n\n{example.ports}\n"
        f"{example.description}{MARKS}\nAnswer:\n[BEGIN]\n{example.header}{example.body}[DONE]\n\n"
    )


def _completed(example: Example) -> str:
    """An example of the completion task."""
    comment = "".join(f"// {line}\n" for line in example.description.splitlines())
    return f"{REMARK}\n//\n{comment}\n{example.header}{example.body}\n"


def _commented(prompt: str) -> str:
    """The description as comments, and from the module's header on as it stands."""
    lines: list[str] = []
    described = True
    for line in prompt.splitlines():
        if "module TopModule" in line:
            lines.append("")
            described = False
        lines.append(f"// {line}" if described else line)
    return "\n".join(lines)
