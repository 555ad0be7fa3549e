"""How many mutants of VerilogEval's references a comparison by `rtlgen.sim.reference` kills, by number of cycles.

For every problem the reference is damaged at one place of its text (operators, constants, edges, negations), and the
mutant is judged twice: by the problem's own test bench and by comparison with the reference. What neither kills is most
often equivalent. Every reference is also compared with itself. The figures are in docs/reference.md.

What it does not do: tell equivalent mutants apart (`rtlgen bench check` does, by proof).

Try: ``python tests/benchmarks/study_reference.py --data ../shared/data --mutants 6 --cycles 100 500``
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rtlgen.core.errors import RtlgenError
from rtlgen.sim.reference.compare import Answers, answers, check
from rtlgen.sim.reference.design import Sources

SWAPS = {
    "&": "|", "|": "&", "^": "|", "+": "-", "-": "+", "==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": "<",
    ">=": ">", "&&": "||", "||": "&&", "posedge": "negedge", "negedge": "posedge", "~": "", "!": "", "<<": ">>",
    ">>": "<<", "?": None,
}  # fmt: skip
TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"[^\"\n]*\"|\d*'[sS]?[bdhBDH][\w?]+|[A-Za-z_$][\w$]*|\d+|<<|>>|==|!=|<=|>=|&&|\|\||\S|\s+",
    re.DOTALL,
)


def mutants(text: str, count: int, rng: random.Random) -> list[str]:
    """`count` texts that differ from `text` in one token of the module's body."""
    tokens = TOKEN.findall(text)
    start = next((i for i, token in enumerate(tokens) if token == ";"), 0)
    depth = 0
    places = []
    for i, token in enumerate(tokens):
        depth += (token == "[") - (token == "]")
        nonblocking = token == "<=" and _statement_before(tokens, i)
        if i > start and depth == 0 and not nonblocking:
            changed = _changed(token, rng)
            if changed is not None:
                places.append((i, changed))
    rng.shuffle(places)
    return ["".join([*tokens[:i], new, *tokens[i + 1 :]]) for i, new in places[:count]]


def _statement_before(tokens: list[str], i: int) -> bool:
    """Whether the ``<=`` at `i` assigns: its left side begins a statement, and is in no parentheses."""
    level = 0
    for token in reversed(tokens[:i]):
        if token == ")":
            level += 1
        elif token == "(":
            if level == 0:
                return False
            level -= 1
        elif token in (";", "begin", "else", ":"):
            return True
        elif token in ("if", "?", "=", "&&", "||"):
            return token == "if"
    return True


def _changed(token: str, rng: random.Random) -> str | None:
    if token in SWAPS:
        return SWAPS[token]
    literal = re.fullmatch(r"(\d*'[bB])([01]+)", token)
    if literal:
        digits = list(literal[2])
        at = rng.randrange(len(digits))
        digits[at] = "1" if digits[at] == "0" else "0"
        return literal[1] + "".join(digits)
    literal = re.fullmatch(r"(\d*'[dDhH])(\d+)", token)
    if literal:
        return f"{literal[1]}{int(literal[2]) + 1}"
    return str(int(token) + 1) if token.isdigit() else None


def bench_kills(mutant: str, stem: Path, scratch: Path) -> bool | None:
    """Whether the problem's own test bench finds a mismatch; None when the mutant does not compile."""
    design = scratch / "dut.sv"
    design.write_text(mutant.replace("RefModule", "TopModule"))
    image = scratch / "x.vvp"
    command = [
        "iverilog",
        "-g2012",
        "-s",
        "tb",
        "-o",
        str(image),
        str(design),
        f"{stem}_test.sv",
        f"{stem}_ref.sv",
    ]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        return None
    try:
        run = subprocess.run(
            ["vvp", "-n", str(image), "-none"],
            capture_output=True,
            text=True,
            cwd=scratch,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    found = re.search(r"^Mismatches: (\d+) in (\d+) samples$", run.stdout, re.MULTILINE)
    return found is None or int(found[1]) > 0


def study(stem: Path, count: int, all_cycles: list[int], seeds: int, draw: int) -> dict[str, object]:
    """One problem: each mutant's fate by the bench and by comparison, itself by comparison."""
    reference = Path(f"{stem}_ref.sv")
    text = reference.read_text()
    row: dict[str, object] = {"name": stem.name, "self": {}, "mutants": []}
    rng = random.Random(f"study {draw} {stem.name}")
    known: dict[tuple[int, int], Answers] = {}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for cycles in all_cycles:
            for seed in range(seeds):
                try:
                    known[cycles, seed] = answers(
                        Sources((reference,)), "RefModule", seed=seed, cycles=cycles
                    )
                except RtlgenError as error:
                    row["error"] = str(error)
                    return row
                verdict = check(known[cycles, seed], Sources((reference,))).verdict
                row["self"][f"{cycles}/{seed}"] = verdict.kind  # type: ignore[index]
        for number, mutant in enumerate(mutants(text, count, rng)):
            design = scratch / f"m{number}.sv"
            design.write_text(mutant)
            own = bench_kills(mutant, stem, scratch)
            if own is None:
                continue
            fate: dict[str, object] = {"bench": own, "text": _difference(text, mutant)}
            for (cycles, seed), answer in known.items():
                began = time.perf_counter()
                verdict = check(answer, Sources((design,))).verdict
                fate[f"{cycles}/{seed}"] = verdict.kind
                fate[f"{cycles}/{seed} s"] = round(time.perf_counter() - began, 4)
            row["mutants"].append(fate)  # type: ignore[attr-defined]
    return row


def _difference(old: str, new: str) -> str:
    for number, (a, b) in enumerate(zip(old.splitlines(), new.splitlines(), strict=False), 1):
        if a != b:
            return f"{number}: {a.strip()} -> {b.strip()}"
    return ""


def summary(rows: list[dict[str, object]], all_cycles: list[int], seeds: int) -> list[str]:
    """Lines for docs/reference.md."""
    fates = [fate for row in rows for fate in row["mutants"]]  # type: ignore[attr-defined]
    columns = [f"{cycles}/{seed}" for cycles in all_cycles for seed in range(seeds)]
    dead = [f for f in fates if f["bench"] or any(f[c] != "pass" for c in columns)]
    lines = [f"{len(rows)} problems, {len(fates)} mutants that compile, {len(dead)} killed by anything"]
    own = sum(bool(f["bench"]) for f in dead)
    lines.append(f"own test bench: {own} = {own / len(dead):.1%}")
    for column in columns:
        mine = sum(f[column] != "pass" for f in dead)
        only = sum(f[column] != "pass" and not f["bench"] for f in dead)
        missed = sum(f[column] == "pass" and bool(f["bench"]) for f in dead)
        seconds = sorted(float(f[f"{column} s"]) for f in fates)
        lines.append(
            f"cycles/seed {column}: {mine} = {mine / len(dead):.1%}; only here {only}, only the bench {missed}; "
            f"median {1000 * seconds[len(seconds) // 2]:.0f} ms, mean {1000 * sum(seconds) / len(seconds):.0f} ms"
        )
    bad = [f"{r['name']}: {r['self']}" for r in rows if set(r["self"].values()) - {"pass"}]  # type: ignore[attr-defined]
    lines.append(f"references that do not pass against themselves: {bad or 'none'}")
    lines += [f"not compared: {r['name']}: {r['error']}" for r in rows if "error" in r]
    return lines


def main() -> None:
    """Run the study and print its summary; every fate goes to --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mutants", type=int, default=6)
    parser.add_argument("--cycles", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--draw", type=int, default=0, help="another choice of mutants")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    folder = options.data / "verilog-eval" / "dataset_spec-to-rtl"
    stems = [Path(str(p).removesuffix("_ref.sv")) for p in sorted(folder.glob("*_ref.sv"))]
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(
            pool.map(lambda s: study(s, options.mutants, options.cycles, options.seeds, options.draw), stems)
        )
    if options.out:
        options.out.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    print("\n".join(summary(rows, options.cycles, options.seeds)))


if __name__ == "__main__":
    main()
