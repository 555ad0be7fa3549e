"""Names of modules by tokens: definitions, instances, and a rename that touches nothing else."""

from __future__ import annotations

import pytest

from rtlgen.datasets.module_names import (
    defined_modules,
    instantiated_modules,
    rename_module,
    root_modules,
)

TEXT = """\
// module ghost (input a); old old (.a(a));
module old #(parameter W = 4) (input [W-1:0] old_in, input other);
  wire old = other;   /* old u (x); */
  initial $display("old %d", old);
  `old_macro
endmodule : old

module automatic second(input a);
  old #(.W(2 * (1 + 1))) u1 (.old_in(a), .other(a));
  old u2 [3:0] (a, a);
  and g (x, a, a);
endmodule
macromodule third; second s(.a(1'b0)); endmodule
"""


def test_definitions_and_instances() -> None:
    assert defined_modules(TEXT) == ("old", "second", "third")
    assert instantiated_modules(TEXT) == ("old", "second")
    assert root_modules(TEXT) == ("third",)


def test_rename_touches_modules_only() -> None:
    renamed = rename_module(TEXT, "old", "fresh")
    assert defined_modules(renamed) == ("fresh", "second", "third")
    assert instantiated_modules(renamed) == ("fresh", "second")
    assert "endmodule : fresh" in renamed
    for kept in (
        "// module ghost (input a); old old (.a(a));",
        "wire old = other;   /* old u (x); */",
        'display("old %d", old)',
        "`old_macro",
        ".old_in(a)",
    ):
        assert kept in renamed
    assert renamed.count("old") == TEXT.count("old") - 4


def test_rename_to_itself_and_of_nothing() -> None:
    assert rename_module(TEXT, "old", "old") is TEXT
    assert rename_module(TEXT, "absent", "fresh") == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "module t; task run (input a); endtask function integer f (input a); endfunction endmodule",
        "module t; initial begin if (a) x = b; $display (a); end endmodule",
        "module t; reg [3:0] m (",
        "module t; assign y = f (a); endmodule",
    ],
)
def test_what_is_no_instance(text: str) -> None:
    assert instantiated_modules(text) == ()


def test_instances_behind_labels_and_conditions() -> None:
    text = "module t; generate if (1) begin : g leaf u(a); end else leaf2 v(a); endgenerate endmodule"
    assert instantiated_modules(text) == ("leaf", "leaf2")
