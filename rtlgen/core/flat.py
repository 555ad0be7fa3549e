"""Write a project as one flat `.f` list that other tools read.

One entry a line: ``+define+``, ``+incdir+``, ``-y`` and ``+libext+``, ``-v`` files, then sources in compile
order. Icarus (``iverilog -c``), Verilator and slang (``-f``) accept these; what they spell differently
(top, parameters) stands in comment lines that only rtlgen reads (``// rtlgen: -top soc``), so that reading
the file again gives the same build. Names with blanks are quoted, which Icarus does not read in lists.

Try: ``rtlgen files --flat > flat.f && iverilog -c flat.f``
"""

from __future__ import annotations

import re

from rtlgen.core.listwords import COMMENT_MARK
from rtlgen.core.project import Project

_PLAIN = re.compile(r"[\w./@%,=:~^-][\w./@%,=:~^#-]*")


def flat_list(project: Project, *, absolute: bool = False) -> str:
    """The text of a flat list; paths are relative to the root, or absolute.

    Headers are left out (they are found through the include folders), and so are files of ``-y`` folders.
    """

    def path(name: str) -> str:
        return str(project.absolute(name)) if absolute else _as_file(name)

    lines = [f"// {project.root.name}: {len(project.files)} files from {project.origin}"]
    if project.top is not None:
        lines.append(f"{COMMENT_MARK} -top {_quoted(project.top)}")
    lines += [f"{COMMENT_MARK} -G {_quoted(f'{name}={value}')}" for name, value in project.parameters]
    for name, value in project.defines:
        lines.append("+define+" + _quoted(name if value is None else f"{name}={value}"))
    lines += ["+incdir+" + _quoted(path(folder)) for folder in project.include_dirs]
    lines += [f"-y {_quoted(path(folder))}" for folder in project.library_dirs]
    if project.library_dirs:
        lines += ["+libext+" + "+".join(map(_quoted, project.library_extensions))]
    for file in project.files:
        if file.kind == "library" and not file.why.startswith("-y "):
            lines.append(f"-v {_quoted(path(file.path))}")
        elif file.kind not in ("header", "library"):
            lines.append(_quoted(path(file.path)))
    return "\n".join(lines) + "\n"


def _as_file(name: str) -> str:
    """A name that no tool takes for an option or a comment."""
    return f"./{name}" if name.startswith(("-", "+", "#")) else name


def _quoted(text: str) -> str:
    """`text` as one word of a list: as it is when plain, else in quotes with escapes."""
    if _PLAIN.fullmatch(text) and not text.startswith("//"):
        return text
    escaped = re.sub(r'([\\"$])', r"\\\1", text)
    return f'"{escaped}"'


def missing_from_flat(project: Project) -> list[str]:
    """Names that Icarus cannot read from a list: they hold blanks or other characters that need quotes."""
    names = [file.path for file in project.files if file.kind != "header"]
    names += [*project.include_dirs, *project.library_dirs]
    return [name for name in names if _quoted(_as_file(name)) != _as_file(name)]
