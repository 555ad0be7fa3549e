"""What one file declares and asks for."""

from __future__ import annotations

from pathlib import Path

from rtlgen.sim.testing.units import FileUnits, Scanner


def scan(tmp_path: Path, text: str, defines: tuple[tuple[str, str | None], ...] = ()) -> FileUnits:
    path = tmp_path / "x.sv"
    path.write_text(text, encoding="utf-8")
    return Scanner([tmp_path], defines).scan(path)


def test_units_and_instances(tmp_path: Path) -> None:
    text = """
    module tb; dut #(.W(3)) u(.a(1)); and g(a, b, c); if (1) begin : x deep d(); end initial begin end endmodule
    module ports(input a); endmodule
    module old(a); input a; endmodule
    program p; initial ; endprogram
    interface i; endinterface
    package k; endpackage
    primitive q(o, a); output o; input a; table 0 : 1; endtable endprimitive
    """
    found = scan(tmp_path, text)
    assert [(unit.name, unit.kind, unit.ports, unit.is_bench) for unit in found.units] == [
        ("tb", "module", False, True),
        ("ports", "module", True, False),
        ("old", "module", True, False),
        ("p", "program", False, True),
        ("i", "interface", False, False),
        ("k", "package", False, False),
        ("q", "primitive", True, False),
    ]
    tb = found.unit("tb")
    assert tb is not None and (tb.line, tb.instances) == (2, ("dut", "deep"))


def test_a_nested_module_keeps_its_own_instances(tmp_path: Path) -> None:
    found = scan(tmp_path, "module a; b x(); module c; d y(); endmodule e z(); endmodule")
    assert [(unit.name, unit.instances) for unit in found.units] == [("a", ("b", "e")), ("c", ("d",))]


def test_packages_classes_and_interfaces_are_needed(tmp_path: Path) -> None:
    text = """module m import p::*; (bus.master b, input q::t x); always_comb y = r::F;
    virtual interface v h; endmodule // s::no"""
    assert scan(tmp_path, text).needs == {"p", "bus", "q", "r", "v"}


def test_macros_of_the_build_decide(tmp_path: Path) -> None:
    text = "module m; `ifdef FAST fast f(); `else slow s(); `endif endmodule"
    assert scan(tmp_path, text).needs == {"slow"}
    assert scan(tmp_path, text, (("FAST", None),)).needs == {"fast"}


def test_an_unfinished_file_gives_what_it_has(tmp_path: Path) -> None:
    found = scan(tmp_path, "module m(input a);\n sub s(\nmodule n; endmodule\n")
    assert "m" in [unit.name for unit in found.units]


def test_other_text_than_ascii(tmp_path: Path) -> None:
    assert scan(tmp_path, "// Zähler\nmodule m; initial ; endmodule\n").unit("m") is not None
