"""The whole walk with real compilers and simulators; the model's words are scripted, as a chat model would say them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rtlgen.generate.engine import Config, generate
from rtlgen.generate.judge import Bench, BenchJudge, CompileJudge
from rtlgen.generate.prompts import Sampling
from rtlgen.generate.specification import specification
from rtlgen.model.chat import Message
from rtlgen.model.formats import PLAIN
from rtlgen.model.interface import Generation

pytestmark = [pytest.mark.needs_icarus, pytest.mark.needs_sandbox]

SPEC = specification(
    "A module named inc.\n - input  clk\n - input  d (4 bits)\n - output q (4 bits)\nAdds one.\n"
)
GOOD = "module inc (input clk, input [3:0] d, output reg [3:0] q);\n  always @(posedge clk) q <= d + 4'd1;\nendmodule"
SAME = "module inc (input clk, input [3:0] d, output logic [3:0] q);\n  always_ff @(posedge clk) q <= 1 + d;\nendmodule"
WRONG = GOOD.replace("4'd1", "4'd2")
BROKEN = GOOD.replace("d + 4'd1", "e + 4'd1")
BENCH = """\
module tb;
  reg clk = 0; reg [3:0] d = 0; wire [3:0] q; integer errors = 0;
  inc dut (.clk(clk), .d(d), .q(q));
  always #5 clk = ~clk;
  initial begin
    repeat (9) begin
      @(posedge clk) #1;
      if (q !== ((d + 4'd1) & 4'hf)) begin
        if (errors == 0) $display("ERROR at time %0d: q is %0d, expected %0d", $time, q, (d + 4'd1) & 4'hf);
        errors = errors + 1;
      end
      d = d + 3;
    end
    if (errors == 0) $display("PASS"); else $display("FAIL: %0d errors", errors);
    $finish;
  end
endmodule
"""


class Says:
    """A chat model that answers a conversation with what a function makes of it."""

    name = "scripted"
    format = PLAIN
    chats = True

    def __init__(self, answers: Callable[[str, int], Sequence[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def chat(
        self, messages: Sequence[Message], *, n: int = 1, seed: int = 0, **_: object
    ) -> list[Generation]:
        self.asked.append(messages[-1].content)
        said = self.answers(messages[-1].content, seed)[:n]
        return [
            Generation(f"```verilog\n{text}\n```", -0.1 * i, 30, "stop") for i, text in enumerate(said, 1)
        ]

    def complete(self, prompt: str, **_: object) -> list[Generation]:
        raise AssertionError("a chat model is spoken to in messages")

    def count(self, text: str) -> int:
        return len(text) // 3

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        raise AssertionError


@pytest.fixture
def test_bench(tmp_path: Path) -> Path:
    path = tmp_path / "tb.v"
    path.write_text(BENCH)
    return path


def config(n: int, rounds: int = 0) -> Config:
    return Config(Sampling(n=n), rounds=rounds, cycles=40)


def test_a_verdict_decides_before_the_votes(test_bench: Path) -> None:
    model = Says(lambda *_: [WRONG, WRONG, BROKEN, GOOD])
    result = generate(SPEC, model, BenchJudge(SPEC, Bench(), [test_bench]), config(4))
    assert result.passed and result.best is not None and result.best.number == 3
    assert result.counts() == {"pass": 1, "mismatch": 2, "elaboration": 1}
    assert [a.votes for a in result.attempts] == [1, 2, 2, 0]
    assert result.tested == str(test_bench) and result.rounds == 0


def test_without_a_test_the_answers_vote_by_behaviour() -> None:
    result = generate(
        SPEC, Says(lambda *_: [WRONG, GOOD, BROKEN, SAME]), CompileJudge(SPEC, Bench()), config(4)
    )
    assert result.best is not None and (result.best.number, result.best.votes) == (1, 2)
    assert result.best.state == "unverified" and not result.passed
    assert result.attempts[0].digest == result.attempts[1].digest != result.attempts[2].digest
    assert any("no test was given" in note for note in result.notes)


def test_a_repair_sees_what_the_test_said_and_can_pass(test_bench: Path) -> None:
    def answers(question: str, _: int) -> list[str]:
        if "This is an attempt" not in question:
            return [WRONG, BROKEN]
        return [GOOD if "d + 4'd2" in question else BROKEN]

    model = Says(answers)
    result = generate(SPEC, model, BenchJudge(SPEC, Bench(), [test_bench]), config(2, rounds=3))
    assert result.passed and result.rounds == 1
    assert result.best is not None and (result.best.round, result.best.parent) == (1, 0)
    asked = [question for question in model.asked if "This is an attempt" in question]
    assert "expected 1" in asked[0] and "d + 4'd2" in asked[0]
    assert "design.sv:2: error" in asked[1] and "q <= e + 4'd1;" in asked[1]


def test_rounds_end_when_nothing_gets_better(test_bench: Path) -> None:
    result = generate(
        SPEC, Says(lambda *_: [BROKEN]), BenchJudge(SPEC, Bench(), [test_bench]), config(1, rounds=2)
    )
    assert not result.passed and result.rounds == 2 and len(result.attempts) == 3
    assert {a.state for a in result.attempts} == {"elaboration"}


def test_answers_without_code_are_counted_and_never_best() -> None:
    model = Says(lambda *_: ["I would rather not.", "Sorry."])
    result = generate(SPEC, model, CompileJudge(SPEC, Bench()), config(2))
    assert result.best is None and result.counts() == {"empty": 2}


def test_the_same_question_gives_the_same_result(test_bench: Path) -> None:
    judge = BenchJudge(SPEC, Bench(), [test_bench])
    first, second = (
        generate(SPEC, Says(lambda *_: [WRONG, GOOD, BROKEN]), judge, config(3)) for _ in range(2)
    )

    def plain(result: object) -> list[tuple[object, ...]]:
        return [(a.number, a.state, a.digest, a.diagnosis) for a in result.attempts]  # type: ignore[attr-defined]

    assert plain(first) == plain(second)


def test_formal_parts_come_first_and_take_the_place_of_answers() -> None:
    table = specification(
        "Module named t.\n - input a\n - input b\n - output y\n\na b y\n0 0 1\n0 1 0\n1 0 0\n1 1 1\n"
    )
    wrong = "module t (input a, input b, output y); assign y = a; endmodule"
    model = Says(lambda _prompt, _seed: [wrong] * 3)
    result = generate(table, model, CompileJudge(table, Bench()), Config(Sampling(n=3)))
    assert [bool(attempt.evidence) for attempt in result.attempts] == [True, False, False]
    assert result.best is not None and result.best.evidence == "the truth table in lines 6-10"
    assert result.best.votes == 1 and result.attempts[1].votes == 2
    plain = generate(table, model, CompileJudge(table, Bench()), Config(Sampling(n=3), formal=False))
    assert len(plain.attempts) == 3 and not any(attempt.evidence for attempt in plain.attempts)
