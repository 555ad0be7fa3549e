"""Pyverilog's parser and generator, quiet and without files."""

from __future__ import annotations

import threading

import pytest

from rtlgen.datasets.mutants.tree import UnreadableError, generate, kept_directives, parse

TEXT = "`timescale 1ns/1ps\nmodule m (input a, output y); // `define X\n  assign y = ~a;\nendmodule\n"


def test_round_trip(capfd: pytest.CaptureFixture[str]) -> None:
    text = generate(parse(TEXT))
    assert "assign y = ~a;" in text
    assert generate(parse(text)) == text
    assert capfd.readouterr() == ("", "")


def test_lines_begin_at_one_every_time() -> None:
    for _ in range(2):
        assert parse(TEXT).description.definitions[0].items[0].lineno == 3


def test_directives() -> None:
    assert kept_directives(TEXT) == "`timescale 1ns/1ps\n"
    for text in ("`define W 4\n" + TEXT, TEXT.replace("~a", "`A"), "`ifdef A\n" + TEXT + "`endif\n"):
        with pytest.raises(UnreadableError, match="macros or conditional compilation"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("module m; wire = ; endmodule", "line:1"),
        ("interface i; endinterface", "line:1"),
        ("// nothing\n", "end of input"),
    ],
)
def test_unreadable(text: str, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        parse(text)
    assert generate(parse(TEXT))  # the parser goes on


def test_threads() -> None:
    results: list[str] = []

    def work() -> None:
        results.append(generate(parse(TEXT)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1


def test_depth_is_bounded() -> None:
    with pytest.raises(UnreadableError):
        generate(parse(TEXT.replace("~a", "(" * 3000 + "a" + ")" * 3000 + "~" * 3000)))
