"""Slang in a process of its own: questions that would take all time or memory, and the questions after them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from rtlgen.sim import reader
from rtlgen.sim.tamper import suspicions

REACHES = [("uses tb, which only something outside the design can answer", 1)]
LAUGHS = "`define A0 x+\n" + "".join(f"`define A{n} " + f"`A{n - 1} " * 10 + "\n" for n in range(1, 9))
TREE = "".join(
    f"module t{n}; t{n + 1} a(), b(), c(), d(), e(), f(), g(), h(); endmodule\n" for n in range(12)
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS + "module m(input x, output y); assign y = `A8 x; endmodule\n",
        "module m; if (0) begin : g t0 u(); end endmodule\n" + TREE + "module t12; endmodule\n",
    ],
    ids=["macros", "instances"],
)
def test_a_text_that_takes_everything_is_suspicious_and_the_next_one_is_not(text: str) -> None:
    found = reader.ask([text], "m", seconds=2.0)
    assert len(found) == 1 and found[0][0].startswith("cannot be looked through")
    assert reader.ask(["module m; endmodule\n"], "m") == []


def test_the_suspicion_is_told() -> None:
    text = (
        "module m; if (0) begin : g wire w = a.b; t0 u(); end endmodule\n" + TREE + "module t12; endmodule\n"
    )
    assert any("cannot be looked through" in told for told in suspicions([text], "m"))


def test_a_process_is_kept_and_a_thread_that_finds_it_busy_gets_another() -> None:
    reader.close()
    assert reader.ask(["module m; assign x = tb.y; endmodule\n"], "m") == REACHES
    first = reader._idle[0]
    assert reader.ask(["module m; endmodule\n"], "m") == []
    assert reader._idle == [first]
    answers: list[list[tuple[str, int]]] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(reader.ask(["module m; assign x = tb.y; endmodule\n"], "m"))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [REACHES] * 3
    reader.close()
    assert reader._idle == []


def test_nothing_is_imported_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyslang.py").write_text("raise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    reader.close()
    assert reader.ask(["module m; assign x = tb.y; endmodule\n"], "m") == REACHES


def test_no_file_can_be_opened(tmp_path: Path) -> None:
    header = tmp_path / "x.vh"
    header.write_text("`define X 1\n")
    text = f'`include "{header}"\nmodule m; wire w = `X; endmodule\n'
    assert ("uses the macro `X, which it does not define", 2) in reader.ask([text], "m")


def test_a_process_that_died_while_it_waited_is_no_suspicion() -> None:
    reader.close()
    assert reader.ask(["module m; endmodule\n"], "m") == []
    reader._idle[0]._child.kill()
    reader._idle[0]._child.wait()
    assert reader.ask(["module m; endmodule\n"], "m") == []
    assert reader.ask(["module m; assign x = tb.y; endmodule\n"], "m") == REACHES
