"""`rtlgen eval`: measure on a benchmark. Each benchmark has a file of its own.

rtlgen eval verilog-eval --data DIR --references
"""

from __future__ import annotations

import click

from rtlgen.cli.eval_bits import bits, tokenizer
from rtlgen.cli.eval_retrieval import retrieval
from rtlgen.cli.eval_rtl_repo import rtl_repo
from rtlgen.cli.eval_rtllm import rtllm
from rtlgen.cli.eval_verilog_eval import verilog_eval


@click.group()
def eval() -> None:
    """Measure on a benchmark."""


for benchmark in (verilog_eval, rtllm, rtl_repo, bits, tokenizer, retrieval):
    eval.add_command(benchmark)
