from __future__ import annotations

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.settings import Settings, load_settings
from rtlgen.retrieval.index import SOURCES, Index, build_memory_index
from rtlgen.retrieval.query import OWN_GAP

PREFIX = """module bridge (input wire clk, input wire rst_n);
  wire fifo_full, fifo_empty;
  fifo #(.WIDTH(8)) u_fifo (
    .clk(clk),
    .rst_n(rst_n),
"""


@pytest.fixture
def settings() -> Settings:
    return load_settings(None)


@pytest.fixture
def index(files: dict[str, str], settings: Settings) -> Index:
    return build_memory_index(files, settings)


def test_content(index: Index, files: dict[str, str]) -> None:
    assert index.texts() == files
    assert set(index.modules()) == {"top", "fifo", "uart", "soc_pkg"}
    paths = {path for path, _ in index.chunks}
    assert paths == set(files)
    for number, (path, _) in enumerate(index.chunks):
        chunk = index.chunk(number)
        assert chunk.path == path
        assert chunk.text == "\n".join(files[path].split("\n")[chunk.start - 1 : chunk.end])


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_finds_the_instance_elsewhere(index: Index, source: str) -> None:
    hits = index.retrieve("rtl/bridge.sv", PREFIX, "", 5, [source])
    assert hits
    assert all(
        hit.why == (f"{source}:{rank}",) or hit.why[0].startswith(source) for rank, hit in enumerate(hits, 1)
    )
    assert any(".full(fifo_full)" in hit.chunk.text.replace(" ", "") for hit in hits)


def test_all_sources_together(index: Index) -> None:
    hits = index.retrieve("rtl/bridge.sv", PREFIX)
    assert {why.split(":")[0] for hit in hits for why in hit.why} >= {"graph", "bm25", "dense"}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert any("module fifo #(parameter WIDTH = 8) (" in hit.chunk.text for hit in hits[:3])
    assert index.retrieve("rtl/bridge.sv", PREFIX) == hits


def test_the_file_itself_is_never_shown(index: Index, files: dict[str, str]) -> None:
    text = files["rtl/top.sv"]
    for end in range(0, len(text), 40):
        hits = index.retrieve("rtl/top.sv", text[:end], "", 50)
        assert all(hit.chunk.path != "rtl/top.sv" for hit in hits)


def test_far_parts_of_the_prefix_are_found(settings: Settings) -> None:
    far = "module m;\n" + "  assign special_name_here = other_special_name;\n" * 4
    prefix = far + "  wire filler;\n" * 100 + "  assign special_name_here = \n"
    index = build_memory_index({"m.v": far + "SECRET", "n.v": "module n; wire filler; endmodule\n"}, settings)
    for source in ("bm25", "dense"):
        hits = index.retrieve("m.v", prefix, "", 5, [source])
        own = [hit for hit in hits if hit.chunk.path == "m.v"]
        assert 1 in [hit.chunk.start for hit in own]
        assert all("SECRET" not in hit.chunk.text and hit.chunk.end <= 107 - OWN_GAP for hit in own)


def test_line_ends_of_two_characters(files: dict[str, str], settings: Settings) -> None:
    windows = build_memory_index({p: t.replace("\n", "\r\n") for p, t in files.items()}, settings)
    expected = build_memory_index(files, settings).retrieve("rtl/bridge.sv", PREFIX)
    assert windows.retrieve("rtl/bridge.sv", PREFIX.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize("texts", [{}, {"a.v": ""}, {"a.v": "\n\n"}, {"a.v": "//"}])
def test_nothing_to_retrieve(texts: dict[str, str], settings: Settings) -> None:
    index = build_memory_index(texts, settings)
    for prefix in ("", PREFIX):
        index.retrieve("b.v", prefix, "", 5)
        assert index.retrieve("b.v", prefix, "", 0) == []


def test_unknown_source(index: Index) -> None:
    with pytest.raises(
        UsageError, match=r"no source 'bm26'\n  next: one of: graph, bm25, dense, continuation"
    ):
        index.retrieve("a.v", PREFIX, sources=["bm26"])


def test_neighbours_are_the_nearest_files(settings: Settings) -> None:
    texts = dict.fromkeys(("a/b/x.v", "a/b/y.v", "a/z.v", "c/w.v"), "line\n" * 10)
    index = build_memory_index(texts, settings)
    assert index.neighbours("a/b/new.v", 20) == ("a/b/x.v", "a/b/y.v")
    assert index.neighbours("a/b/new.v", 30) == ("a/b/x.v", "a/b/y.v", "a/z.v")
    assert index.neighbours("a/b/new.v") == tuple(sorted(texts))


def test_the_scope_knows_packages_and_headers(index: Index, files: dict[str, str]) -> None:
    end = files["rtl/top.sv"].index("  always_ff")
    found = index.scope("rtl/top.sv", files["rtl/top.sv"][:end])
    assert {"DEPTH", "IDLE", "state_t", "`DATA_W", "fifo_level", "u_fifo"} <= set(found.names)
    assert {"fifo_full", "fifo_empty", "fifo_level"} <= found.driven_before
    assert "data_out" not in found.drivers


def test_two_memory_indexes_do_not_disturb_each_other(files: dict[str, str], settings: Settings) -> None:
    first = build_memory_index(files, settings)
    before = first.retrieve("rtl/bridge.sv", PREFIX, "", 8, ["bm25", "dense"])
    second = build_memory_index({"z.v": "module z; wire totally_new_words; endmodule\n"}, settings)
    second.retrieve("y.v", "wire totally_new_words;\n", "", 8)
    assert first.retrieve("rtl/bridge.sv", PREFIX, "", 8, ["bm25", "dense"]) == before


def test_words_of_the_file_alone_count_the_same_every_time(files: dict[str, str], settings: Settings) -> None:
    """Words that no other file holds join the shared vocabulary when they are first asked for."""
    rows = [f"  assign zeta_{n % 7}_only_here = fifo_full & omega_{n}_q;\n" for n in range(120)]
    prefix = "module bridge;\n" + "".join(rows) + "  assign zeta_3_only_here = omega_17_q & fifo_full;\n"
    index = build_memory_index(files, settings)
    first = index.retrieve("rtl/bridge.sv", prefix, sources=["bm25"])
    assert {hit.chunk.path for hit in first} > {"rtl/bridge.sv"}
    assert index.retrieve("rtl/bridge.sv", prefix, sources=["bm25"]) == first
    assert build_memory_index(files, settings).retrieve("rtl/bridge.sv", prefix, sources=["bm25"]) == first
