"""State machines from a graph in the text (`graphs`): a register with next-state logic, or that logic alone.

Reset state: the one that the text names beside the reset, else the first of the graph. A design with clock gets binary
states; one without clock must have a state input and a next-state output, and its codes are the text's (``A = 2'b01``,
or states that are called by their codes). One-hot codes become sums over the arrows that come in, as such specifications
ask for it ("by inspection").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from rtlgen.generate.formal.candidate import Candidate, Clocking, clocking, evidence, inputs, module, outputs
from rtlgen.generate.formal.graphs import Condition, Graph, Move, Signals, graphs
from rtlgen.generate.specification import Specification

_CODE = re.compile(r"\b([A-Za-z_]\w*)\s*(?:=|:|is|as)\s*(?:\d+'b)?([01]{2,}|[01](?=\W))")
_ONE_HOT_PLACE = re.compile(r"\b\w+\[(\d+)\]\s*(?:is|=|for|:)\s*(?:state\s+)?([A-Za-z_]\w*)")


def read(spec: Specification) -> list[Candidate]:
    """A candidate for each whole graph of the text."""
    clocks = clocking(spec)
    if clocks is None:
        return _logic_alone(spec)
    used = {clocks.clock, clocks.reset}
    signals = Signals(
        {port.name: port.width or 1 for port in inputs(spec) if port.name not in used},
        {port.name: port.width or 1 for port in outputs(spec)},
    )
    found = []
    for graph in graphs(spec.text, signals):
        idle = _idle(graph, signals)
        if len(idle) > 1 or (idle and (clocks.reset or "reset" not in spec.text.lower())):
            continue
        mine = clocking(spec, reset=idle[0]) if idle else clocks
        body = _machine(spec, graph, mine) if mine else []
        if body:
            found.append(
                Candidate(module(spec, body), evidence("the state transitions", graph.first, graph.last))
            )
    return found


def _idle(graph: Graph, signals: Signals) -> list[str]:
    """Inputs that no transition looks at: one of them may be the reset under another name."""
    looked = {name for moves in graph.moves.values() for move in moves for name, _ in move.when}
    return [name for name in signals.inputs if name not in looked]


def _machine(spec: Specification, graph: Graph, clocks: Clocking) -> list[str]:
    """Register, next state and outputs; nothing when an output is not said."""
    taken = {port.name for port in spec.ports}
    state, following = _free("state", taken), _free("next_state", taken)
    width = max(1, (len(graph.moves) - 1).bit_length())
    codes = {name: f"{width}'d{place}" for place, name in enumerate(graph.moves)}
    driven = [_output(port.name, graph, codes, state) for port in outputs(spec)]
    if not all(driven):
        return []
    start = codes[_start(spec.text, graph)]
    lines = [f"reg [{width - 1}:0] {state}{'' if clocks.reset else f' = {start}'}, {following};", ""]
    lines += ["always @(*) begin", f"  case ({state})"]
    lines += [
        f"    {codes[name]}: {following} = {_chosen(moves, codes[name], lambda m: codes[m.target])};"
        for name, moves in graph.moves.items()
    ]
    lines += [f"    default: {following} = {start};", "  endcase", "end", ""]
    lines.append(f"always @({clocks.sensitivity}) begin")
    if clocks.reset:
        lines += [f"  if ({clocks.condition}) {state} <= {start};", f"  else {state} <= {following};"]
    else:
        lines.append(f"  {state} <= {following};")
    return [*lines, "end", "", *(line for part in driven for line in part)]


def _output(name: str, graph: Graph, codes: Mapping[str, str], state: str) -> list[str]:
    """The lines that drive one output; none when a state or transition does not say it."""
    if all(name in graph.says.get(one, {}) for one in graph.moves):
        values = {one: str(graph.says[one][name]) for one in graph.moves}
    elif all(name in move.says for moves in graph.moves.values() for move in moves):
        values = {
            one: _chosen(moves, "0", lambda move: str(move.says[name])) for one, moves in graph.moves.items()
        }
    else:
        return []
    return (
        ["always @(*) begin", f"  case ({state})"]
        + [f"    {codes[one]}: {name} = {value};" for one, value in values.items()]
        + [f"    default: {name} = 0;", "  endcase", "end"]
    )


def _chosen(moves: Sequence[Move], stays: str, value: Callable[[Move], str]) -> str:
    """Choices by the transitions' conditions; when they leave a case open, `stays`."""
    ordered = sorted(moves, key=lambda move: not move.when)
    texts = [value(move) for move in ordered]
    if len(set(texts)) == 1 and (not ordered[-1].when or _complete(ordered)):
        return texts[0]
    tail = texts.pop() if not ordered[-1].when or _complete(ordered) else stays
    for move, text in reversed(list(zip(ordered[: len(texts)], texts, strict=True))):
        tail = f"{_condition(move.when)} ? {text} : {tail if ' ? ' not in tail else f'({tail})'}"
    return tail


def _complete(moves: Sequence[Move]) -> bool:
    """Both values of the one single-bit input that all conditions look at."""
    looked = {move.when for move in moves}
    return any(looked == {((name, 0),), ((name, 1),)} for move in moves for name, _ in move.when[:1])


def _condition(when: Condition) -> str:
    terms = [
        name if value == 1 else f"!{name}" if value == 0 else f"({name} == {value})" for name, value in when
    ]
    return terms[0] if len(terms) == 1 else "(" + " && ".join(terms) + ")"


def _start(text: str, graph: Graph) -> str:
    """The state that the text names beside the word reset, or as the initial one; else the first."""
    names = "|".join(re.escape(name) for name in sorted(graph.moves, key=len, reverse=True))
    for pattern in (
        rf"(?:re)?sets?\b[^.;]{{0,60}}?\b(?:to|into|in|is|state)\s+(?:the\s+)?(?:state\s+)?[`'\"]?({names})\b",
        rf"\b(?:initial|start|starting|idle|reset) state\s*(?:is|:|=)?\s*[`'\"]?({names})\b",
        rf"\b({names})\b[`'\"]? (?:is|being|as) the (?:initial|start|starting|reset) state",
        rf"\bstate [`'\"]?({names})\b[`'\"]?[^.;]{{0,30}}\b(?:after|on|at|upon|by|during) (?:an? |the )?(?:\w+ )?reset",
    ):
        match = re.search(pattern, text, re.IGNORECASE)
        if match and match[1] in graph.moves:
            return match[1]
    return next(iter(graph.moves))


def _logic_alone(spec: Specification) -> list[Candidate]:
    """Next state and outputs as functions of a state that is given."""
    wide = [port for port in inputs(spec) if (port.width or 1) > 1]
    nexts = [port for port in outputs(spec) if wide and port.width == wide[0].width]
    if len(wide) != 1 or len(nexts) > 1:
        return []
    state, width = wide[0].name, wide[0].width or 1
    outs = {port.name: port.width or 1 for port in outputs(spec) if port not in nexts}
    signals = Signals({p.name: p.width or 1 for p in inputs(spec) if p.name != state}, outs)
    found = []
    for graph in graphs(spec.text, signals):
        codes = _codes(spec.text, graph, width)
        if not codes or not nexts:
            continue
        body = _next_logic(graph, codes, state, (nexts[0].name, width), list(outs))
        if body:
            found.append(
                Candidate(module(spec, body), evidence("the state transitions", graph.first, graph.last))
            )
    return found


def _next_logic(
    graph: Graph, codes: Mapping[str, int], state: str, following: tuple[str, int], outs: Sequence[str]
) -> list[str]:
    target, width = following
    texts = {name: f"{width}'b{code:0{width}b}" for name, code in codes.items()}
    if sorted(codes.values()) == [1 << place for place in range(width)]:
        return _one_hot(graph, codes, state, target, outs)
    lines = ["always @(*) begin", f"  case ({state})"]
    lines += [
        f"    {texts[name]}: {target} = {_chosen(moves, texts[name], lambda m: texts[m.target])};"
        for name, moves in graph.moves.items()
    ]
    lines += [f"    default: {target} = {texts[next(iter(graph.moves))]};", "  endcase", "end"]
    driven = [_output(name, graph, texts, state) for name in outs]
    return [*lines, *(line for part in driven for line in part)] if all(driven) else []


def _one_hot(
    graph: Graph, codes: Mapping[str, int], state: str, target: str, outs: Sequence[str]
) -> list[str]:
    place = {name: code.bit_length() - 1 for name, code in codes.items()}
    lines = []
    for name in graph.moves:
        terms = [
            " & ".join([f"{state}[{place[source]}]", *(_literals(move.when))])
            for source, moves in graph.moves.items()
            for move in moves
            if move.target == name
        ]
        if any(not move.when for moves in graph.moves.values() for move in moves if len(moves) > 1):
            return []
        lines.append(
            f"assign {target}[{place[name]}] = {' | '.join(f'({t})' for t in terms) or '1' + chr(39) + 'b0'};"
        )
    for name in outs:
        if not all(name in graph.says.get(one, {}) for one in graph.moves):
            return []
        ones = [f"{state}[{place[one]}]" for one in graph.moves if graph.says[one][name]]
        lines.append(f"assign {name} = {' | '.join(ones) or '0'};")
    return lines


def _literals(when: Condition) -> list[str]:
    return [name if value else f"~{name}" for name, value in when]


def _codes(text: str, graph: Graph, width: int) -> dict[str, int]:
    """State -> code of `width` bits, as the text says; empty when it does not say it for every state."""
    if all(re.fullmatch(rf"[01]{{{width}}}", name) for name in graph.moves):
        return {name: int(name, 2) for name in graph.moves}
    found = {
        name: int(code, 2) for name, code in _CODE.findall(text) if name in graph.moves and len(code) == width
    }
    if len(found) < len(graph.moves):
        found = {name: 1 << int(place) for place, name in _ONE_HOT_PLACE.findall(text) if name in graph.moves}
    return found if len(found) == len(graph.moves) == len(set(found.values())) else {}


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
