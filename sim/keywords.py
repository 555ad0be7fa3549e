"""Words that are names in Verilog-2005 and keywords in SystemVerilog, in the lines of a compiler's syntax errors.

Icarus reads all files of a job as SystemVerilog; an older ``.v`` file may call a register ``bit`` or ``logic``. The files
that a syntax error of that kind names can then be read by the older set of keywords, between `` `begin_keywords`` and
`` `end_keywords``. It does not find such names in files without an error.

Source: IEEE 1800-2017 annex B, IEEE 1364-2005 annex B.
Try: ``python -c "from rtlgen.sim.keywords import newer_keyword; print(newer_keyword('reg bit;'))"``
"""

from __future__ import annotations

import re
from pathlib import Path

from rtlgen.sim.job import Job

_NEWER = """
    accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break byte
    chandle checker class clocking const constraint context continue cover covergroup coverpoint cross dist do
    endchecker endclass endclocking endgroup endinterface endpackage endprogram endproperty endsequence enum
    eventually expect export extends extern final first_match foreach forkjoin global iff ignore_bins
    illegal_bins implements implies import inside int interconnect interface intersect join_any join_none let
    local logic longint matches modport nettype new nexttime null package packed priority program property
    protected pure rand randc randcase randsequence ref reject_on restrict return s_always s_eventually
    s_nexttime s_until s_until_with sequence shortint shortreal soft solve static string strong struct super
    sync_accept_on sync_reject_on tagged this throughout timeprecision timeunit type typedef union unique
    unique0 until until_with untyped uwire var virtual void wait_order weak wildcard with within
"""
NEWER = frozenset(_NEWER.split())
"""Keywords of SystemVerilog that Verilog-2005 does not have."""
_WORD = re.compile(r"(?<![\w$`.'])[A-Za-z_]\w*")
_SYNTAX_ERROR = re.compile(r"^(.+):(\d+): syntax error", re.MULTILINE)
_LINES_BEFORE = 1
"""A syntax error is told at the line where the compiler noticed it, often the one after the name."""


def newer_keyword(line: str) -> str:
    """The first word of `line` that only SystemVerilog has as a keyword; empty for none."""
    code = line.split("//")[0]
    return next((word for word in _WORD.findall(code) if word in NEWER), "")


def files_with_older_names(job: Job, log: str) -> dict[Path, str]:
    """The ``.v`` sources of `job` whose syntax errors in `log` are at such a word, each with the word.

    Only sources of the job are opened, whatever the log names.
    """
    by_name = {str(path): path for path in job.sources if path.suffix == ".v" and not path.is_symlink()}
    found: dict[Path, str] = {}
    for name, number in _SYNTAX_ERROR.findall(log):
        path = by_name.get(name)
        if path is None or path in found:
            continue
        lines = path.read_bytes().decode("latin-1").split("\n")
        last = int(number)
        for line in lines[max(last - 1 - _LINES_BEFORE, 0) : last]:
            word = newer_keyword(line)
            if word:
                found.setdefault(path, word)
    return found
