from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from rtlgen.cli.completion import completion


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    result = CliRunner().invoke(completion, [shell])
    assert result.exit_code == 0
    assert f"_RTLGEN_COMPLETE={shell}_complete" in result.stdout


def test_an_unknown_shell() -> None:
    result = CliRunner().invoke(completion, ["tcsh"])
    assert result.exit_code == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in result.output


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_accepts_the_script() -> None:
    script = CliRunner().invoke(completion, ["bash"]).stdout
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "number", "expected"),
    [
        ("rtlgen fi", 1, "plain,files"),
        ("rtlgen config s", 2, "plain,show"),
        ("rtlgen completion z", 2, "plain,zsh"),
    ],
)
def test_the_program_answers_the_shell(words: str, number: int, expected: str) -> None:
    env = {**os.environ, "_RTLGEN_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    program = "import sys; sys.argv = ['rtlgen']; from rtlgen.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert expected in done.stdout.splitlines(), done.stderr
