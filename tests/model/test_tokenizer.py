"""The tokenizer keeps any text, cuts a name the same way everywhere, and keeps markers out of plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.errors import ToolError
from rtlgen.model.tokenizer import FILE, SPECIAL_TOKENS, VerilogTokenizer, train_tokenizer

SAMPLE = """module counter #(parameter WIDTH = 8) (
    input  wire             clk_core,
    output reg  [WIDTH-1:0] count_q
);
    always @(posedge clk_core) begin
        count_q <= count_q + 1'b1;
    end
endmodule
"""


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> VerilogTokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    train_tokenizer([SAMPLE] * 4, 420).save(str(path))
    return VerilogTokenizer(path)


@pytest.mark.parametrize(
    "text", [SAMPLE, "", "\t\tx\r\n\r\n", "äöü 日本 \x00\x7f", "  a  <=  b;\n\n\n", "'h__Z1 \\esc "]
)
def test_text_survives_a_round_trip(tokenizer: VerilogTokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_special_tokens_come_first_and_plain_text_cannot_spell_them(tokenizer: VerilogTokenizer) -> None:
    assert [tokenizer.special[token] for token in SPECIAL_TOKENS] == list(range(len(SPECIAL_TOKENS)))
    plain = tokenizer.encode(f"a {FILE} b")
    assert not set(plain) & set(tokenizer.special.values())
    assert tokenizer.decode(plain) == f"a {FILE} b"
    assert tokenizer.encode_prompt(f"{FILE}a") == [tokenizer.special[FILE], *tokenizer.encode("a")]


def test_a_name_is_cut_the_same_way_wherever_it_stands(tokenizer: VerilogTokenizer) -> None:
    name = tokenizer.encode("count_q")
    for text in ("(count_q)", "count_q;", "x <= count_q + 1", "\tcount_q"):
        ids = tokenizer.encode(text)
        assert any(ids[i : i + len(name)] == name for i in range(len(ids))), text


def test_tokens_that_begin_a_line_are_known(tokenizer: VerilogTokenizer) -> None:
    ids = tokenizer.encode("a;\n    b;")
    assert sum(i in tokenizer.newline_ids for i in ids) == 1


def test_a_missing_or_foreign_tokenizer_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"cannot read the tokenizer.*\n  next: rtlgen doctor"):
        VerilogTokenizer(tmp_path / "tokenizer.json")
    from tokenizers import Tokenizer, models

    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ToolError, match=r"the tokenizer lacks <\|bos\|>"):
        VerilogTokenizer(tmp_path / "tokenizer.json")
