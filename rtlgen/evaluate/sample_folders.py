"""The folders in which VerilogEval and RTLLM keep answers, as the files in them.

VerilogEval: ``ProbNNN_name/ProbNNN_name_sampleMM.sv``, as its make flow writes them; where only the model's answer is
there (``..._sampleMM_response.txt``, its manual protocol), that is taken. RTLLM: ``tN/<design>.v``, one folder a trial.
Logs and programs beside them are not looked at.

Try: ``rtlgen eval verilog-eval --data DIR --samples build/``
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from rtlgen.core.errors import UsageError
from rtlgen.datasets.problem import Problem, read_text

_SAMPLE = re.compile(r"(?P<name>.+)_sample(?P<number>\d+)(?P<end>\.sv|\.v|_response\.txt)")
_TRIAL = re.compile(r"t(?P<number>\d+)")

Found = tuple[str, int, str, str, str]
"""Problem, number of the sample, form, text, path."""


def files_of(folder: Path, problems: Sequence[Problem]) -> list[Found]:
    """The answers in a folder of either benchmark.

    Raises UsageError for a folder that holds none.
    """
    found = list(_trials(folder)) if problems[0].benchmark == "rtllm" else list(_samples(folder))
    if not found:
        form = "tN/<design>.v" if problems[0].benchmark == "rtllm" else "<problem>/<problem>_sampleMM.sv"
        raise UsageError(f"holds no samples of the form {form}", where=folder, hint="give that folder itself")
    return found


def _samples(folder: Path) -> Iterator[Found]:
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        by_number: dict[int, tuple[str, Path]] = {}
        for path in sorted(inner.iterdir()):
            match = _SAMPLE.fullmatch(path.name)
            if match is None or match["name"] != inner.name:
                continue
            code = match["end"] != "_response.txt"
            if code or int(match["number"]) not in by_number:
                by_number[int(match["number"])] = ("code" if code else "response", path)
        for number, (form, path) in sorted(by_number.items()):
            yield inner.name, number, form, read_text(path), str(path)


def _trials(folder: Path) -> Iterator[Found]:
    for inner in sorted(folder.iterdir()):
        match = _TRIAL.fullmatch(inner.name)
        if match and inner.is_dir():
            for path in sorted([*inner.glob("*.v"), *inner.glob("*.sv")]):
                yield path.stem, int(match["number"]), "code", read_text(path), str(path)
