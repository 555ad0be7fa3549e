"""What a model is asked, for both kinds of model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rtlgen.generate.prompts import Failure, Sampling, ask, messages_for, text_for
from rtlgen.generate.specification import specification
from rtlgen.model.default import DefaultModel
from rtlgen.model.formats import PLAIN, RTLGEN, PromptFormat
from rtlgen.model.interface import Generation

SPEC = specification("Build a module named inv.\n - input a\n - output y\nIt inverts `a`.\n")


class Continues:
    """A base model that answers what it is told to, and keeps what it was asked."""

    name = "base"
    context_tokens = 400

    def __init__(self, answer: Generation, fmt: PromptFormat = PLAIN) -> None:
        self.answer, self.format = answer, fmt
        self.prompts: list[str] = []
        self.limits: list[int] = []

    def count(self, text: str) -> int:
        return len(text) // 3

    def complete(
        self, prompt: str, *, n: int = 1, max_new_tokens: int = 256, **_: object
    ) -> list[Generation]:
        self.prompts.append(prompt)
        self.limits.append(max_new_tokens)
        return [self.answer] * n

    def score(self, prompt: str, continuations: Sequence[str]) -> list[float]:
        raise AssertionError


def test_messages_hold_the_text_and_the_module() -> None:
    system, user = messages_for(SPEC)
    assert (system.role, user.role) == ("system", "user")
    assert SPEC.text.strip() in user.content and "Write the module `inv`." in user.content
    assert "module inv (" not in user.content  # a header that was only derived from the text is not shown


def test_an_interface_file_is_shown_and_a_failure_too(tmp_path: Path) -> None:
    spec = specification("An inverter.", top="inv")
    given = type(spec)(spec.name, spec.text, spec.top, (), "module inv (input a);", "interface file")
    user = messages_for(given, Failure("module inv; endmodule", "It does not compile:\n x"))[1].content
    assert "```verilog\nmodule inv (input a);\n```" in user
    assert "```verilog\nmodule inv; endmodule\n```" in user and "It does not compile:\n x" in user


def test_a_base_model_continues_the_header() -> None:
    model = Continues(Generation("  assign y = ~a;\n", -0.5, 9, "stop"))
    (answer,) = ask(model, SPEC, Sampling(n=1))
    (prompt,) = model.prompts
    assert prompt.startswith("// Path: inv.sv\n// Build a module named inv.\n")
    assert prompt.endswith("module inv (\n  input a,\n  output logic y\n);\n")
    assert answer.text == "  assign y = ~a;\nendmodule\n"
    assert model.limits == [200]  # half of its context


def test_an_answer_that_ran_out_of_tokens_stays_unfinished() -> None:
    model = Continues(Generation("  assign y =", -0.5, 9, "length"))
    assert ask(model, SPEC, Sampling(n=2))[1].text == "  assign y ="


def test_a_long_text_is_cut_and_the_header_kept() -> None:
    long = specification(SPEC.text + "More and more words.\n" * 200)
    model = Continues(Generation("", None, 0))
    text = text_for(long, model, room=150)
    assert model.count(text) <= 150 and text.endswith("output logic y\n);\n") and "Build a module" in text


def test_a_failure_is_a_comment_of_a_base_model() -> None:
    text = text_for(
        SPEC, Continues(Generation("", None, 0)), Failure("module inv; oops", "It does not compile:\nx")
    )
    assert "// module inv; oops\n" in text and "// It does not compile:\n// x\n" in text
    assert text.endswith("// The corrected module:\nmodule inv (\n  input a,\n  output logic y\n);\n")


def test_the_shipped_model_is_asked_in_its_own_layout_within_its_context() -> None:
    model = DefaultModel()
    long = specification(SPEC.text + "More and more words.\n\n" * 400)
    text = text_for(long, model, room=model.trained_context - 300)
    assert text.startswith("<|bos|><|file|>inv.sv\n// It inverts `a`.\n// More and more")
    assert text.endswith("module inv (\n  input a,\n  output logic y\n);")
    assert model.count(text) <= model.trained_context - 300
    (answer,) = ask(model, SPEC, Sampling(n=1, max_new_tokens=24, temperature=0.0))
    assert answer.tokens <= 25 and answer.text


def test_a_repair_of_the_shipped_model_goes_on_before_the_first_complaint() -> None:
    model = Continues(Generation("  assign y = ~a;\n", -0.5, 9, "stop"), RTLGEN)
    code = "module inv (\n  input a,\n  output logic y\n);\n  wire b;\n  asign y = ~a;\nendmodule\n"
    said = "It does not compile:\ndesign.sv:6: syntax error\n    asign y = ~a;"
    (answer,) = ask(model, SPEC, Sampling(n=1), Failure(code, said))
    assert model.prompts[0].endswith(");\n  wire b;") and "asign" not in model.prompts[0]
    assert answer.text == "  wire b;\n  assign y = ~a;\nendmodule\n"
    ask(model, SPEC, Sampling(n=1), Failure(code, "It compiles, but its outputs are wrong."))
    assert model.prompts[1].endswith("output logic y\n);")
