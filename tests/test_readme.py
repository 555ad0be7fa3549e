"""What README.md and docs/ tell one to type works: every `console` block runs in a copy of examples/.

A block is

    ```console
    $ rtlgen files examples/soc
    ```

Lines that begin with `$ ` are run in order by bash, with rtlgen on the path, in one folder a document;
other lines are shown output and are not compared. `# exit code 2` (or `0 or 3`) behind a command
says what is expected. A block that must not run says why: ```` ```console (not run: it installs packages) ````.
Commands in other code are not run, but their verbs and options must exist.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from rtlgen.cli import VERBS, cli

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
LIMIT_S = 120


def blocks(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    """(line, language and what follows it, lines) of every fenced block."""
    info, start, inside = None, 0, list[str]()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if info is None and line.startswith("```"):
            info, start, inside = line.removeprefix("```"), number, []
        elif info is not None and line.startswith("```"):
            yield start, info, inside
            info = None
        elif info is not None:
            inside.append(line)
    assert info is None, f"{path.name}:{start}: a block that does not end"


def commands(lines: list[str]) -> Iterator[str]:
    """The commands of a console block; a line that ends in a backslash goes on in the next."""
    command = ""
    for line in lines:
        if command or line.startswith("$ "):
            command += line if command else line.removeprefix("$ ")
            if command.endswith("\\"):
                command += "\n"
                continue
            yield command
            command = ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_console_blocks_run(document: Path, tmp_path: Path) -> None:
    runnable = []
    for line, info, inside in blocks(document):
        if not info.startswith("console"):
            continue
        listed = list(commands(inside))
        assert listed, f"{name(document)}:{line}: no command (begin it with '$ ')"
        rest = info.removeprefix("console").strip()
        if rest:
            assert re.fullmatch(r"\(not run: .{10,}\)", rest), f"{name(document)}:{line}: why is it not run?"
            continue
        runnable += [(line, command) for command in listed]
    if not runnable:
        return
    shutil.copytree(
        ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".rtlgen", "sim_build")
    )
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONSAFEPATH": "1"}
    for line, command in runnable:
        found = re.search(r"# exit code (\d+(?: or \d+)*)", command)
        expected = {int(code) for code in found[1].split(" or ")} if found else {0}
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        assert done.returncode in expected, (
            f"{name(document)}:{line}: `{command}` ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        assert "Traceback" not in done.stderr


def typed(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, words) of every rtlgen command in code: indented, fenced or between backticks."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        found = [line.strip().removeprefix("$ ")] if re.match(r"(    |\$ )\s*(\$ )?rtlgen ", line) else []
        found += re.findall(r"`(rtlgen [^`]+)`", line)
        for command in found:
            lexer = shlex.shlex(command, posix=True, punctuation_chars="|;&<>()")
            lexer.whitespace_split = True
            try:
                words = list(lexer)
            except ValueError:  # a quote that goes on in the next line
                words = command.split()
            cut = next((i for i, w in enumerate(words) if set(w) <= set("|;&<>()")), len(words))
            yield number, words[1:cut]


def known_options(command: click.Command) -> set[str]:
    options = {"--help", "-h", "--version"}
    for parameter in command.params:
        options |= {*parameter.opts, *parameter.secondary_opts}
    return options


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_verbs_and_options_exist(document: Path) -> None:
    for line, words in typed(document):
        where = f"{name(document)}:{line}: rtlgen {' '.join(words)}"
        command: click.Command = cli
        context = click.Context(cli)
        for word in words:
            if word.startswith("-") and len(word) > 1:
                assert word.split("=")[0] in known_options(command), f"{where}: no option {word}"
            elif isinstance(command, click.Group) and re.fullmatch(r"[a-z-]+", word):
                if command is cli and word in VERBS and importlib.util.find_spec(VERBS[word][0]) is None:
                    break
                below = command.get_command(context, word)
                assert below is not None or command.invoke_without_command, f"{where}: no verb {word}"
                command = below or command


def test_readme_shows_the_whole_tree() -> None:
    """Each folder and file at the root, and each folder of the program, has its clause in the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    if not listed:
        pytest.skip("no git work tree")
    top = {path.split("/")[0] for path in listed}
    inside = {path.split("/")[1] for path in listed if path.startswith("rtlgen/") and path.count("/") > 1}
    missing = {
        item for item in top | inside if not re.search(rf"^ *{re.escape(item)}[/ ]", text, re.MULTILINE)
    }
    assert not missing, f"not in the README's tree: {sorted(missing)}"
