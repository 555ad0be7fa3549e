"""VerilogEval v2 as problems: both tasks, what is missing, and what is something else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.datasets.module_names import defined_modules
from rtlgen.datasets.verilog_eval import load


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A copy of the three problems of examples/problems."""
    return Path(shutil.copytree(root / "examples" / "problems", tmp_path / "bench"))


def test_both_tasks(folder: Path) -> None:
    spec, code = load(folder), load(folder, "code-complete")
    assert [p.name for p in spec] == [p.name for p in code]
    assert [p.name for p in spec] == ["Prob001_invert", "Prob002_count", "Prob003_parity"]
    first = spec[0]
    assert (first.benchmark, first.task, first.top, first.test_top) == (
        "verilog-eval",
        "spec-to-rtl",
        "TopModule",
        "tb",
    )
    assert defined_modules(first.reference) == ("TopModule",)
    assert first.interface is None
    assert code[0].interface is not None
    assert code[0].interface.strip().startswith("module TopModule (")
    assert [path.name for path in first.support] == ["Prob001_invert_ref.sv"]
    assert first.commit.startswith("unknown, sha256 ")
    assert len({p.sha256 for p in (*spec, *code)}) == 6


def test_the_task_folder_itself(folder: Path) -> None:
    assert load(folder / "dataset_spec-to-rtl") == load(folder)
    with pytest.raises(UsageError, match="this is the data of spec-to-rtl, not of code-complete"):
        load(folder / "dataset_spec-to-rtl", "code-complete")


def test_a_change_of_any_part_is_another_problem(folder: Path) -> None:
    before = load(folder)
    for part in ("prompt.txt", "ref.sv", "test.sv"):
        path = folder / "dataset_spec-to-rtl" / f"Prob001_invert_{part}"
        text = path.read_text()
        path.write_text(text + "\n")
        after = load(folder)
        assert after[0].sha256 != before[0].sha256, part
        assert after[1].sha256 == before[1].sha256
        assert after[0].commit != before[0].commit
        path.write_text(text)


def test_missing_files_are_named(folder: Path) -> None:
    data = folder / "dataset_spec-to-rtl"
    (data / "Prob001_invert_ref.sv").unlink()
    for part in ("prompt.txt", "ref.sv", "test.sv"):
        (data / f"Prob002_count_{part}").unlink()
    with pytest.raises(UsageError) as caught:
        load(folder)
    assert "2 files are missing (Prob001_invert_ref.sv, Prob002_count_test.sv)" in str(caught.value)


@pytest.mark.parametrize("what", ["nothing", "v1", "file"])
def test_something_else(tmp_path: Path, what: str) -> None:
    place = tmp_path / "x"
    if what == "file":
        place.write_text("")
    else:
        (place / "data").mkdir(parents=True)
        if what == "v1":
            (place / "data" / "VerilogEval_Human.jsonl").write_text("{}\n")
    message = {
        "nothing": "holds no VerilogEval problems",
        "v1": "this is VerilogEval v1",
        "file": "is a file",
    }
    with pytest.raises(UsageError, match=message[what]):
        load(place)


def test_unknown_task(folder: Path) -> None:
    with pytest.raises(UsageError, match="no task 'spec2rtl'\n  next: one of: spec-to-rtl, code-complete"):
        load(folder, "spec2rtl")


@pytest.mark.needs_data
@pytest.mark.parametrize("task", ["spec-to-rtl", "code-complete"])
def test_the_benchmark(data_dir: Path, task: str) -> None:
    problems = load(data_dir / "verilog-eval", task)
    assert len(problems) == 156
    assert {problem.commit for problem in problems} == {"c498220"}
    assert all(defined_modules(problem.reference)[0] == "TopModule" for problem in problems)
