"""Runs inside the sandbox, by itself: builds a design or runs one cocotb module through cocotb's Python runner.

`sim.cocotb` writes what to do into a JSON file and starts this file by its path with the Python of its environment.
Nothing of rtlgen is imported here: the sandbox does not show it. Exit code: that of the simulator (128 + n for signal n).

Source: cocotb_tools.runner of cocotb 2.0 and 2.1. Try: ``rtlgen sim examples/soc --test tests/test_timer.py``
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

NO_LIBPYTHON = "rtlgen: this Python has no shared library"
_FAILED = re.compile(r"Command failed with return code: (-?\d+)")


def main(path: str) -> int:
    """Do what the JSON file at `path` says: ``simulator``, ``step``, ``arguments``, ``python_path``, ``waves``."""
    os.dup2(1, 2)  # one log, in the order in which things were said
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    Path(path).unlink()  # it names the results file
    from cocotb_tools.runner import get_runner

    runner = get_runner(job["simulator"])
    try:
        if job["step"] == "build":
            runner.build(**job["arguments"])
        else:
            sys.path[:0] = job["python_path"]  # only now: a random.py of the tests is not the runner's
            if job["simulator"] == "icarus":
                _name_waves(runner, job["waves"])
            runner.test(**job["arguments"])
    except RuntimeError as error:
        found = _FAILED.search(str(error))
        if found is None:
            raise
        code = int(found[1])
        return code if code >= 0 else 128 - code
    except ValueError as error:
        if "libpython" not in str(error):
            raise
        print(f"{NO_LIBPYTHON}: {error}")
        return 1
    return 0


def _name_waves(runner: Any, waves: str) -> None:
    """cocotb's runner makes FST waves only: vvp takes the format from its last option."""
    command = runner._test_command

    def with_format() -> list[list[str]]:
        made: list[list[str]] = command()
        return [[f"-{waves}" if part == "-fst" else part for part in line] for line in made]

    runner._test_command = with_format


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
