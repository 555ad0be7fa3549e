"""Designs that do nothing, with the ports of a given module: the least that a test bench must refuse.

Widths are those that the module has with its default parameters; the parameters are declared too, so that a test bench
can set them. Signs and unpacked ports are not imitated. It runs nothing.

Try: ``rtlgen bench check verilog-eval --data DIR --problems 'Prob001*'``
"""

from __future__ import annotations

from rtlgen.core.records import Module, Port

KINDS = {"no body": None, "all 0": "0", "all 1": "1"}
"""Name -> the bit that every output has; None: nothing drives them."""


def design(module: Module, kind: str) -> str:
    """The text of the trivial design `kind` of `KINDS`. Raises ValueError when a width is unknown."""
    bit = KINDS[kind]
    ports = ",\n".join(f"  {_declared(port)}" for port in module.ports)
    parameters = ", ".join(f"parameter {name} = {value}" for name, value in module.parameters)
    head = f"module {module.name}" + (f" #({parameters})" if parameters else "")
    body = ""
    if bit is not None:
        outputs = [port for port in module.ports if port.direction == "output"]
        body = "".join(f"  assign {port.name} = {{{port.width}{{1'b{bit}}}}};\n" for port in outputs)
    return f"{head} (\n{ports}\n);\n{body}endmodule\n"


def _declared(port: Port) -> str:
    if port.width is None or "$" in port.type:
        raise ValueError(f"the width of port {port.name} is not a number of bits")
    size = f"[{port.width - 1}:0] " if port.width > 1 else ""
    return f"{port.direction} {size}{port.name}"
