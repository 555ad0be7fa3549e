from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rtlgen.core.errors import LimitError
from rtlgen.core.project import load_project
from rtlgen.core.settings import load_settings
from rtlgen.core.store import Store, store_dir
from rtlgen.retrieval import update
from rtlgen.retrieval.index import Index, IndexStats, open_index
from rtlgen.retrieval.libraries import add_library

PREFIX = "module n;\n fifo u_fifo (\n  .clk(clk),\n"


def opened(root: Path, **options: object) -> Index:
    settings = load_settings(root, options.pop("overrides", None))  # type: ignore[arg-type]
    return open_index(load_project(root, settings=settings), settings, **options)  # type: ignore[arg-type]


def counts(stats: IndexStats) -> tuple[int, int, int, int]:
    return stats.added, stats.changed, stats.removed, stats.kept


def stored_file(root: Path) -> Path:
    return root / ".rtlgen/index/v1/index.npz"


def same(one: Index, other: Index) -> bool:
    asked = [("new.v", PREFIX), ("rtl/new.sv", "  wire fifo_full;\n  always @(posedge clk)\n")]
    return all(one.retrieve(p, t, "", 20) == other.retrieve(p, t, "", 20) for p, t in asked)


def test_what_changed_is_counted(design: Path) -> None:
    stats = opened(design).stats
    assert counts(stats) == (5, 0, 0, 0)
    assert (stats.files, stats.modules, stats.note) == (5, 4, "")
    assert stats.lines == sum(text.count("\n") for text in opened(design).texts().values())
    assert counts(opened(design).stats) == (0, 0, 0, 5)
    (design / "rtl/new.v").write_text("module new_one; endmodule\n")
    (design / "rtl/uart.sv").write_text("module uart (input wire rx); endmodule\n")
    (design / "inc/defs.vh").unlink()
    index = opened(design)
    assert counts(index.stats) == (1, 1, 1, 3)
    assert set(index.modules()) == {"top", "fifo", "uart", "soc_pkg", "new_one"}
    assert [p.name for p in index.modules()["uart"].ports] == ["rx"]


def test_touching_a_file_changes_nothing(design: Path) -> None:
    opened(design)
    before = stored_file(design).stat().st_mtime_ns
    (design / "rtl/uart.sv").write_bytes((design / "rtl/uart.sv").read_bytes())
    assert counts(opened(design).stats) == (0, 0, 0, 5)
    assert stored_file(design).stat().st_mtime_ns == before


def test_an_updated_index_equals_one_from_nothing(design: Path, tmp_path: Path) -> None:
    opened(design)
    for step in range(3):
        (design / f"rtl/step{step}.v").write_text(
            f"module step{step} (input clk, output fifo_full);\nendmodule\n"
        )
        (design / "rtl/top.sv").write_text((design / "rtl/top.sv").read_text() + f"// step {step}\n")
        index = opened(design)
    fresh = tmp_path / "fresh"
    shutil.copytree(design, fresh, ignore=shutil.ignore_patterns(".rtlgen"))
    assert same(index, opened(fresh))
    assert same(opened(design), opened(fresh))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 nonsense", b"\x00" * 5000])
def test_a_damaged_index_is_built_anew(
    design: Path, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = opened(design).retrieve("new.v", PREFIX)
    stored_file(design).write_bytes(damage)
    for vectors in design.glob(".rtlgen/index/v1/vectors-*"):
        vectors.write_bytes(damage)
    index = opened(design)
    err = capsys.readouterr().err
    assert "index.npz is damaged (" in err
    assert "it is built anew" in err
    assert counts(index.stats) == (5, 0, 0, 0)
    assert index.stats.note.startswith("the stored index is damaged")
    assert index.retrieve("new.v", PREFIX) == expected
    opened(design)
    assert capsys.readouterr().err == ""


def test_an_index_of_another_version_is_built_anew(
    design: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened(design)
    monkeypatch.setattr(update.storage, "VERSION", 2)
    shutil.copytree(design / ".rtlgen/index/v1", design / ".rtlgen/index/v2")
    assert counts(opened(design).stats) == (5, 0, 0, 0)
    assert "is of version 1, not 2; it is built anew" in capsys.readouterr().err


def test_other_sizes_of_chunks_are_another_index(design: Path) -> None:
    first = opened(design)
    second = opened(design, overrides={"retrieval.window_lines": 8, "retrieval.window_overlap": 2})
    assert second.stats.note == "settings of the index changed"
    assert second.stats.chunks > first.stats.chunks
    assert counts(opened(design, rebuild=True).stats) == (5, 0, 0, 0)


def test_without_update_nothing_is_written(design: Path) -> None:
    index = opened(design, update=False)
    assert counts(index.stats) == (5, 0, 0, 0)
    assert index.retrieve("new.v", PREFIX)
    assert not stored_file(design).exists()


def test_files_that_cannot_be_read_are_named(design: Path) -> None:
    settings = load_settings(design)
    project = load_project(design, settings=settings)
    (design / "rtl/uart.sv").write_bytes(b"module\0")
    (design / "rtl/fifo.sv").unlink()
    stats = open_index(project, settings).stats
    assert stats.files == 3
    assert [path for path, _ in stats.skipped] == ["rtl/fifo.sv", "rtl/uart.sv"]


def test_an_empty_folder(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert counts(index.stats) == (0, 0, 0, 0)
    assert index.retrieve("a.v", PREFIX) == []
    assert counts(opened(tmp_path).stats) == (0, 0, 0, 0)


def test_sources_in_latin_1(design: Path) -> None:
    (design / "rtl/fifo.sv").write_bytes("// Größe\nmodule fifo (input µ); endmodule\n".encode("latin-1"))
    assert "Größe" in opened(design).texts()["rtl/fifo.sv"]
    assert counts(opened(design).stats) == (0, 0, 0, 5)


WORKER = """
import sys
from pathlib import Path
from rtlgen.core.project import load_project
from rtlgen.core.settings import load_settings
from rtlgen.retrieval.index import open_index
root, number = Path(sys.argv[1]), sys.argv[2]
settings = load_settings(root)
for step in range(4):
    (root / f"rtl/own{number}.v").write_text(f"module own{number}_{step}; endmodule\\n")
    index = open_index(load_project(root, settings=settings), settings)
    index.retrieve("new.v", "module n; fifo u (", "", 5, ["graph", "bm25"])
    assert f"own{number}_{step}" in index.modules()
"""


def test_two_processes(design: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(design), str(number)]) for number in range(2)
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    index = opened(design)
    assert {"own0_3", "own1_3"} <= set(index.modules())
    assert not list(design.glob(".rtlgen/index/v1/.*.tmp"))


def test_a_lock_that_is_held(design: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "WAIT_SECONDS", 0.05)
    with (
        Store(store_dir(design, load_settings(design))).lock("index"),
        pytest.raises(LimitError, match="another rtlgen process has held this lock"),
    ):
        opened(design)
    opened(design)


def test_libraries_rank_behind_the_repository(design: Path, tmp_path: Path) -> None:
    stock = tmp_path / "stock"
    stock.mkdir()
    shutil.copy(design / "rtl/fifo.sv", stock / "fifo.sv")
    (stock / "arbiter.sv").write_text(
        "module arbiter (\n  input wire clk,\n  output wire grant\n);\nendmodule\n"
    )
    settings = load_settings(design)
    add_library(design, settings, stock)
    index = open_index(load_project(design, settings=settings), settings)
    hits = index.retrieve("rtl/new.sv", PREFIX, "", 30)
    paths = [hit.chunk.path for hit in hits]
    assert paths.index("rtl/fifo.sv") < paths.index(f"{stock}/fifo.sv")
    assert paths[0].startswith("rtl/")
    (found,) = index.retrieve("n.sv", "module n;\n arbiter u (\n", "", 3, ["graph"])
    assert found.chunk.path == f"{stock}/arbiter.sv"
    assert "arbiter" in index.modules()
    assert not (stock / ".rtlgen").exists()
    assert set(index.texts()) == set(opened(design).texts())


def test_a_library_that_is_gone(design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stock = tmp_path / "stock"
    stock.mkdir()
    add_library(design, load_settings(design), stock)
    stock.rmdir()
    assert opened(design).retrieve("new.v", PREFIX)
    assert f"the library {stock} (rtlgen index add) is not there and is left out" in capsys.readouterr().err
