from __future__ import annotations

import pytest

from rtlgen.retrieval.graph import Graph, open_instance, shared_folders
from rtlgen.retrieval.verilog import modules_in


@pytest.fixture
def graph(files: dict[str, str]) -> Graph:
    return Graph([unit for path, text in files.items() for unit in modules_in(text, path)], files)


def names(graph: Graph, text: str, path: str = "rtl/new.sv") -> list[tuple[str, str]]:
    return [(chunk.kind, chunk.path) for chunk in graph.interfaces_for(text, path)]


def test_the_open_port_map_comes_first(graph: Graph) -> None:
    text = (
        "module n import soc_pkg::*; (input clk);\n uart u_uart (.clk(clk));\n fifo u_fifo (\n  .clk(clk),\n"
    )
    found = graph.interfaces_for(text, "rtl/new.sv")
    assert [(c.kind, c.path) for c in found] == [
        ("header", "rtl/fifo.sv"),
        ("item", "rtl/top.sv"),
        ("item", "rtl/uart.sv"),
        ("header", "rtl/uart.sv"),
        ("header", "rtl/soc_pkg.sv"),
    ]
    assert found[0].text.startswith("module fifo #(parameter WIDTH = 8) (")
    assert found[0].text.endswith(");")
    assert found[1].text.strip().startswith("fifo #(")
    assert found[1].text.endswith(");")
    assert (found[1].start, found[1].end) == (10, 18)


def test_the_nearest_instantiation_comes_first(graph: Graph) -> None:
    text = "module n;\n fifo a (.clk(clk));\n uart b (.clk(clk));\n wire x;\n"
    assert names(graph, text)[:2] == [("header", "rtl/uart.sv"), ("header", "rtl/fifo.sv")]


def test_included_headers(graph: Graph) -> None:
    assert names(graph, '`include "defs.vh"\nmodule n;\n') == [("window", "inc/defs.vh")]
    assert graph.included("defs.vh", "rtl/top.sv") == "`define DATA_W 16\n`define UNUSED 1\n"
    assert graph.included("none.vh", "rtl/top.sv") is None


def test_a_file_never_sees_itself(graph: Graph, files: dict[str, str]) -> None:
    assert all(
        chunk.path != "rtl/top.sv" for chunk in graph.interfaces_for(files["rtl/top.sv"], "rtl/top.sv")
    )


@pytest.mark.parametrize("text", ["", "module", "fifo", "garbage ( [", "module m; unknown u (\n"])
def test_little_text_asks_for_nothing(graph: Graph, text: str) -> None:
    assert graph.interfaces_for(text, "x.v") == []


def test_interfaces_and_old_names() -> None:
    texts = {
        "bus.sv": "interface bus_if (input clk);\n logic valid;\n modport m (output valid);\nendinterface\n",
        "a.sv": "module a (bus_if.m port);\n",
    }
    graph = Graph([unit for path, text in texts.items() for unit in modules_in(text, path)], texts)
    (chunk,) = graph.interfaces_for(texts["a.sv"], "a.sv")
    assert "modport m" in chunk.text


def test_the_nearest_of_several_modules() -> None:
    texts = {p: f"module x (input {n}); endmodule\n" for p, n in (("a/b/x.v", "near"), ("c/x.v", "far"))}
    graph = Graph([unit for path, text in texts.items() for unit in modules_in(text, path)], texts)
    near, far = graph.module("x", "a/b/top.v"), graph.module("x", "c/top.v")
    assert near is not None and far is not None
    assert (near.ports[0].name, far.ports[0].name) == ("near", "far")
    assert graph.module("y") is None
    assert (
        shared_folders("a/b/x.v", "a/b/c.v")
        > shared_folders("a/x.v", "a/b/c.v")
        > shared_folders("c/d/x.v", "a/b/c.v")
    )


def test_packages(graph: Graph) -> None:
    assert [(s.name, s.kind, s.line) for s in graph.package_signals("soc_pkg")] == [
        ("DEPTH", "parameter", 0),
        ("IDLE", "enum", 0),
        ("BUSY", "enum", 0),
        ("state_t", "type", 0),
    ]
    assert graph.package_signals("fifo") == ()
    assert graph.package_signals("none") == ()


def test_widths_that_need_other_files(graph: Graph) -> None:
    fifo, top = graph.module("fifo"), graph.module("top")
    assert fifo is not None and top is not None
    assert fifo.ports[-1].width is None
    assert graph.resolved(fifo).ports[-1].width == 4
    assert graph.resolved(top).ports[-1].width == 16
    uart = graph.module("uart")
    assert uart is not None
    assert graph.resolved(uart) is uart


def test_who_instantiates(graph: Graph) -> None:
    assert [(unit.name, i.name, i.line) for unit, i in graph.instances_of("fifo")] == [
        ("top", "u_fifo", 10),
        ("uart", "u_tx_fifo", 4),
    ]
    assert open_instance("module m;\n fifo #(.W(1)) u (\n") == "fifo"
    assert open_instance("module m;\n assign a = (\n") is None


def test_long_headers_and_packages_are_cut() -> None:
    ports = ",\n".join(f"  input p{n}" for n in range(200))
    constants = "\n".join(f"  parameter C{n} = {n};" for n in range(200))
    texts = {"m.v": f"module m (\n{ports}\n);\nendmodule\n", "p.sv": f"package p;\n{constants}\nendpackage\n"}
    graph = Graph([unit for path, text in texts.items() for unit in modules_in(text, path)], texts)
    found = {c.path: c for c in graph.interfaces_for("import p::*;\nmodule n;\nm u (.p0(C150),\n", "n.v")}
    assert found["m.v"].text.count("\n") == 80
    assert "parameter C150 = 150;" in found["p.sv"].text
    assert found["p.sv"].end - found["p.sv"].start < 32
