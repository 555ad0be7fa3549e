"""Pyverilog's parser and code generator, without its side effects.

Pyverilog's own entry point runs `iverilog` as a preprocessor and writes tables and logs into the working folder; neither
happens here: the text goes to the grammar directly, its tables live in a folder that is deleted, and what it prints is
caught. Compiler directives are lost on the way, except the leading ones of `KEPT`. One thread at a time uses it.

Source: Pyverilog 1.3 (S. Takamaeda-Yamazaki, Apache-2.0).
Try: ``python -c "from rtlgen.datasets.mutants.tree import *; print(generate(parse('module m; endmodule')))"``
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

KEPT = ("timescale", "default_nettype")
"""Directives that are written back before the generated text."""
_DIRECTIVE = re.compile(r"^[ \t]*`(\w+)[^\n]*", re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_LOCK = threading.RLock()
MAX_CHARACTERS = 200_000


class UnreadableError(Exception):
    """Pyverilog cannot parse the text or write the tree; the message says why, in one line."""


def parse(text: str) -> Any:
    """The tree of `text`. Raises UnreadableError, also for macros and conditional compilation."""
    directives = {found[1] for found in _DIRECTIVE.finditer(_bare(text))}
    if "`" in _DIRECTIVE.sub("", _bare(text)) or directives - set(KEPT):
        raise UnreadableError("macros or conditional compilation")
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(f"more than {MAX_CHARACTERS} characters")
    with _LOCK, _quiet():
        parser = _parser()
        parser.lexer.reset_lineno()
        try:
            tree = parser.parse(_DIRECTIVE.sub("", text))
        except Exception as error:  # ParseError, and whatever the grammar's actions run into
            parser.parser.restart()
            raise UnreadableError(" ".join(str(error).split()) or type(error).__name__) from None
    if tree is None:
        raise UnreadableError("nothing in it")
    return tree


def generate(tree: Any) -> str:
    """The Verilog text of a tree or of one of its nodes. Raises UnreadableError."""
    with _LOCK, _quiet():
        try:
            return str(_generator().visit(tree))
        except Exception as error:
            raise UnreadableError(f"the tree cannot be written: {type(error).__name__}: {error}") from None


def kept_directives(text: str) -> str:
    """The directives of `text` that a generated text needs before it, one a line."""
    found = [match[0].strip() for match in _DIRECTIVE.finditer(_bare(text)) if match[1] in KEPT]
    return "".join(f"{line}\n" for line in dict.fromkeys(found))


def classes() -> ModuleType:
    """The module of node classes."""
    with _LOCK, _quiet():
        return importlib.import_module("pyverilog.vparser.ast")


def _bare(text: str) -> str:
    """`text` without comments, line by line as it was."""
    return _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)


@cache
def _parser() -> Any:
    """The parser; building its tables takes about a second, once per process."""
    from pyverilog.vparser.parser import VerilogParser

    # ply would take its tables from any module `parsetab` on the path, also one in the working folder.
    before = sys.modules.get("parsetab")
    sys.modules["parsetab"] = None  # type: ignore[assignment]
    try:
        with tempfile.TemporaryDirectory(prefix="rtlgen-") as folder:
            return VerilogParser(outputdir=folder, debug=False)
    finally:
        del sys.modules["parsetab"]
        if before is not None:
            sys.modules["parsetab"] = before


@cache
def _generator() -> Any:
    from pyverilog.ast_code_generator.codegen import ASTCodeGenerator

    return ASTCodeGenerator()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What Pyverilog and ply print or warn of is dropped."""
    sink = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        warnings.simplefilter("ignore")
        yield
