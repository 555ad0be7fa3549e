"""Word tables of the line lexer: reserved words and what a line that begins with them is.

"always_ff" in KEYWORDS
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


KEYWORDS = _words(
    """
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before
    begin bind bit break buf bufif0 bufif1 byte case casex casez cell chandle class clocking cmos config
    const constraint context continue cover covergroup coverpoint cross deassign default defparam design
    disable dist do edge else end endcase endclass endclocking endconfig endfunction endgenerate
    endgroup endinterface endmodule endpackage endprimitive endprogram endproperty endsequence
    endspecify endtable endtask enum event eventually expect export extends extern final first_match for
    force foreach forever fork forkjoin function generate genvar global if iff ifnone illegal_bins
    implements implies import incdir include initial inout input inside instance int integer
    interconnect interface intersect join join_any join_none large let liblist library local localparam
    logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
    noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive
    priority program property protected pull0 pull1 pulldown pullup pulsestyle_ondetect
    pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime ref reg reject_on
    release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime
    s_until s_until_with scalared sequence shortint shortreal showcancelled signed small soft solve
    specify specparam static string strong strong0 strong1 struct super supply0 supply1 sync_accept_on
    sync_reject_on table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1
    tri tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until until_with
    untyped use uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard
    wire with within wor xnor xor
    """
)
"""Reserved words of SystemVerilog."""

BLOCKS = {
    "begin": "end",
    "fork": "join",
    "case": "endcase",
    "casex": "endcase",
    "casez": "endcase",
    "module": "endmodule",
    "macromodule": "endmodule",
    "interface": "endinterface",
    "package": "endpackage",
    "program": "endprogram",
    "class": "endclass",
    "function": "endfunction",
    "task": "endtask",
    "generate": "endgenerate",
    "property": "endproperty",
    "sequence": "endsequence",
    "covergroup": "endgroup",
    "specify": "endspecify",
}
"""Keyword that opens a block -> the keyword that closes it."""

DECLARATORS = _words(
    """
    reg wire logic integer genvar real time bit byte int shortint longint tri tri0 tri1 wand wor supply0
    supply1 var event string signed unsigned rand randc enum struct union typedef wreal uwire
    """
)
"""First words of a declaration."""

COMPILER = _words(
    """
    `begin_keywords `celldefine `default_nettype `define `else `elsif `end_keywords `endcelldefine
    `endif `ifdef `ifndef `include `line `nounconnected_drive `pragma `resetall `timescale
    `unconnected_drive `undef `undefineall `__FILE__ `__LINE__
    """
)
"""Compiler directives; any other word with a backtick is a macro and counts as a name."""

CLOSERS = _words(
    """
    end endmodule endcase endfunction endtask endgenerate endpackage endinterface endclass endprogram
    endproperty endsequence endspecify endtable endprimitive endclocking endgroup endconfig join
    join_any join_none ) } ]
    """
)
"""First words and brackets that close something."""

CONTROL = _words(
    """
    if else case casex casez for while repeat forever foreach begin always always_ff always_comb
    always_latch initial final fork unique priority unique0 do generate return break continue wait
    disable assert assume cover
    """
)
"""First words of control lines and processes."""
