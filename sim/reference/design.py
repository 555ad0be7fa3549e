"""A design elaborated by slang for questions about its ports and its behaviour: one compilation unit, one top.

The files are read as Icarus reads them: in order, as one unit (macros of an earlier file hold in the later ones).
What slang complains about is no error here as long as the top and its ports can be found: what compiles is the
simulator's word. It elaborates the whole design below the top, but starts no tool.

Source: slang 12 through pyslang (https://sv-lang.com). Try:
``python -c "from rtlgen.sim.reference.design import *; from pathlib import Path;
print(elaborate(Sources((Path('examples/soc/rtl/adder.sv'),)), None).name)"``
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtlgen.core.errors import DesignError, UsageError

MAX_SOURCE_BYTES = 32_000_000
"""Files of a design together; more is no design to be compared in a bench of this kind."""

_INCLUDE = re.compile(r'`include\b([ \t]*["<]([^">\n]+)[">])?')


@dataclass(frozen=True)
class Sources:
    """What a design is compiled from, files in compile order. Paths are made absolute: simulators run elsewhere."""

    files: tuple[Path, ...]
    include_dirs: tuple[Path, ...] = ()
    defines: tuple[tuple[str, str | None], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    """Parameters of the top, by name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(Path(path).absolute() for path in self.files))
        object.__setattr__(self, "include_dirs", tuple(Path(path).absolute() for path in self.include_dirs))


@dataclass(frozen=True)
class Elaborated:
    """A top with what keeps it alive: slang's objects die with their compilation."""

    name: str
    body: Any
    """pyslang's InstanceBodySymbol of the top."""
    compilation: Any
    manager: Any

    def location(self, symbol: Any) -> tuple[str, int]:
        """File and 1-based line of a symbol."""
        return str(self.manager.getFileName(symbol.location)), int(
            self.manager.getLineNumber(symbol.location)
        )


def elaborate(sources: Sources, top: str | None) -> Elaborated:
    """The design below `top` (None: the one module that no other instantiates).

    Raises UsageError for files that cannot be read, DesignError when there is no such top, when two modules have its
    name, or when `top` is None and there is not exactly one.
    """
    import pyslang
    from pyslang import ast, syntax

    manager = pyslang.SourceManager()
    buffers = [manager.assignText(str(path), text) for path, text in _texts(sources)]
    options = _options(sources, top)
    tree = syntax.SyntaxTree.fromBuffers(buffers, manager, options)
    compilation = ast.Compilation(options)
    compilation.addSyntaxTree(tree)
    defined = _modules(tree)
    first = sources.files[0]
    if not defined:
        raise DesignError("no module in the design", where=first, hint=f"iverilog -g2012 -t null {first}")
    if top is not None and top not in defined:
        raise _no_such(top, defined, first)
    name = top if top is not None else _only_top(compilation, defined, first)
    if defined.count(name) > 1:
        raise DesignError(
            f"module '{name}' is defined {defined.count(name)} times",
            where=first,
            hint="leave only one of the files that define it",
        )
    for instance in compilation.getRoot().topInstances:
        if instance.name == name:
            return Elaborated(name, instance.body, compilation, manager)
    raise DesignError(f"'{name}' cannot be elaborated as a top", where=first)


def walk(body: Any) -> Iterator[Any]:
    """Symbols of a module body in order: nets, variables, assignments, blocks and instances.

    Generate blocks that were taken are entered, instances are not.
    """
    from pyslang import ast

    for member in body:
        if isinstance(member, ast.GenerateBlockSymbol):
            if not member.isUninstantiated:
                yield from walk(member)
        elif isinstance(member, ast.GenerateBlockArraySymbol):
            for entry in member.entries:
                yield from walk(entry)
        elif isinstance(member, ast.InstanceArraySymbol):
            yield from _elements(member)
        else:
            yield member


def _elements(array: Any) -> Iterator[Any]:
    from pyslang import ast

    for element in array.elements:
        if isinstance(element, ast.InstanceArraySymbol):
            yield from _elements(element)
        else:
            yield element


def _texts(sources: Sources) -> list[tuple[Path, str]]:
    """The files' texts, one byte a character; UsageError for one that cannot be read or for too much of it."""
    if not sources.files:
        raise UsageError("no design files", hint="name at least one Verilog file")
    texts = []
    total = 0
    for path in sources.files:
        try:
            if not path.is_file():
                raise FileNotFoundError(2, "no such file")
            total += path.stat().st_size
            if total > MAX_SOURCE_BYTES:
                raise UsageError(
                    f"the design has more than {MAX_SOURCE_BYTES // 1_000_000} MB of source", where=path
                )
            text = path.read_bytes().decode("utf-8", "replace")
        except OSError as error:
            raise UsageError(f"cannot read: {error.strerror}", where=path) from None
        texts.append((path, _safe(text.removeprefix("\ufeff"), (path.parent, *sources.include_dirs))))
    return texts


def _safe(text: str, folders: Sequence[Path]) -> str:
    """`text` with only the includes that name a regular file: slang would read a device such as ``/dev/zero`` for ever.

    An include of a macro's value is dropped as well, since only slang knows the value.
    """

    def kept(match: re.Match[str]) -> str:
        name = match[2]
        if name is None:
            return ""
        found = [path for path in (Path(folder, name) for folder in folders) if path.exists()]
        return match[0] if all(path.is_file() for path in found) else ""

    return _INCLUDE.sub(kept, text)


def _options(sources: Sources, top: str | None) -> Any:
    """slang's options: limits keep one odd parameter value from costing seconds."""
    import pyslang
    from pyslang import ast, parsing

    compilation = ast.CompilationOptions()
    flags = ast.CompilationFlags
    compilation.flags = (
        flags.AllowTopLevelIfacePorts
        | flags.AllowInvalidTop
        | flags.AllowUnnamedGenerate
        | flags.AllowUseBeforeDeclare
        | flags.RelaxEnumConversions
        | flags.DisableInstanceCaching
    )
    compilation.errorLimit = 0
    compilation.maxGenerateSteps = 4096
    compilation.maxInstanceArray = 4096
    compilation.maxInstanceDepth = 64
    compilation.maxConstexprSteps = 200_000
    if top is not None:
        compilation.topModules = {top}
    compilation.paramOverrides = [f"{name}={value}" for name, value in sources.parameters]
    preprocessor = parsing.PreprocessorOptions()
    preprocessor.predefines = [n if v is None else f"{n}={v}" for n, v in sources.defines]
    preprocessor.additionalIncludePaths = list(sources.include_dirs)
    bag = pyslang.Bag()
    bag.compilationOptions = compilation
    bag.preprocessorOptions = preprocessor
    return bag


def _modules(tree: Any) -> list[str]:
    """Names of the modules and programs of a tree, in order, with repeats."""
    root = tree.root
    members = root.members if root.kind.name == "CompilationUnit" else [root]
    kinds = {"ModuleDeclaration", "ProgramDeclaration"}
    return [m.header.name.valueText for m in members if m.kind.name in kinds]


def _only_top(compilation: Any, defined: Sequence[str], first: Path) -> str:
    tops = [instance.name for instance in compilation.getRoot().topInstances]
    if len(tops) == 1:
        return str(tops[0])
    if not tops and len(defined) == 1:
        return defined[0]
    if not tops:
        raise DesignError(
            f"no top: each of the modules {_listed(defined)} is instantiated by another",
            where=first,
            hint="name the top with --top",
        )
    raise DesignError(
        f"{len(tops)} possible tops: {_listed(tops)}", where=first, hint=f"name one: --top {tops[0]}"
    )


def _no_such(top: str, defined: Sequence[str], first: Path) -> DesignError:
    near = difflib.get_close_matches(top, defined, n=3, cutoff=0.6)
    by_case = [name for name in defined if name.lower() == top.lower()]
    near = list(dict.fromkeys(by_case + near))
    hint = f"did you mean {_listed(near)}?" if near else f"the design has {_listed(defined)}"
    return DesignError(f"no module '{top}' in the design", where=first, hint=hint)


def _listed(names: Sequence[str], limit: int = 6) -> str:
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
