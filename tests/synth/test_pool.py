"""What must not be lost when ABC is killed, hangs or lies, and when a store is shared or damaged."""

from __future__ import annotations

import dataclasses
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.core.process import Limits, run
from rtlgen.core.scratch import scratch
from rtlgen.core.store import Store
from rtlgen.core.tools import find
from rtlgen.synth.circuit import Circuit, digest_of, logic_of, read_circuit
from rtlgen.synth.explorer import LARGE, Explorer
from rtlgen.synth.library import Library, library
from rtlgen.synth.qor import QoR, parse_luts, parse_timed
from rtlgen.synth.recipe import PUBLISHED, Recipe, parse
from rtlgen.synth.search.structure import read

SLOW = "&get -n; &deepsyn -I 1 -J 4; &put; &get -n; &deepsyn -I 1 -J 4 -S 3; &put"
WIDE = (
    "resyn2; &get -n; &nf; &put",
    "emap -a; buffer -c; topo; upsize; dnsize",
    "b; dch; map -B 0.9; topo; buffer -N 4; topo; upsize -D 10",
    "amap -m; strash; dch; amap -i",
    "&get -n; &dch -f; &nf -p; &put; buffer -c; topo; dnsize",
    "if -K 6 -a; mfs2 -a -e; strash; rw; if -g -K 6; dc2",
    "map -G 100; strash; &get -n; &nf; &put",
    "fraig_store; rs -K 6; fraig_store; b; rw; fraig_store; fraig_restore; map -a",
    "renode -K 5 -s; sop; fx; strash; &get -n; &syn3; &b -d; &put; dc2 -b",
    "fraig_store; b; fraig_store; fraig_restore",
)


def plain(circuit: Circuit, target: Library, recipe: Recipe, folder: Path) -> str:
    """What a fresh ABC that runs the plain script through says."""
    (folder / "plain.aig").write_bytes(circuit.aiger)
    script = "; ".join([*target.setup, "read_aiger plain.aig", target.script_of(recipe)])
    done = run([str(find("yosys-abc").path), "-s", "-c", script], cwd=folder, limits=Limits(wall_s=60))
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def kill_soon(explorer: Explorer, times: int) -> threading.Thread:
    """Kill the explorer's ABC with SIGKILL while it works, `times` times."""

    def work() -> None:
        killed: set[int] = set()
        deadline = time.monotonic() + 30
        while len(killed) < times and time.monotonic() < deadline:
            for pid in set(explorer.pids) - killed:
                time.sleep(0.15)
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_wide_recipes_give_the_figures_of_a_plain_script(
    knot: Circuit, generic: Library, tmp_path: Path
) -> None:
    chance = random.Random(11)
    texts = [*WIDE, *("; ".join(chance.choices(PUBLISHED, k=10)) for _ in range(6))]
    order = [*texts, *texts]
    chance.shuffle(order)
    expected = {text: parse_timed(plain(knot, generic, parse(text), tmp_path)) for text in texts}
    with scratch() as work, Explorer(knot, generic, work) as explorer:
        for text in order:  # in any order, so that nothing of one recipe is in the next
            qor = explorer.evaluate(parse(text))
            assert qor is not None and (qor.gates, qor.area, qor.delay) == expected[text], text


def test_luts_give_the_figures_of_a_plain_script(knot: Circuit, tmp_path: Path) -> None:
    target = library(lut=5)
    with scratch() as work, Explorer(knot, target, work) as explorer:
        for text in (
            "",
            "resyn2; dch",
            "dch; if -K 4 -a",
            "b; if -K 5 -a; mfs2 -a",
            "&get -n; &syn3; &lf -K 5; &put",
        ):
            qor = explorer.evaluate(parse(text, target=target))
            assert qor is not None and (qor.gates, int(qor.delay)) == parse_luts(
                plain(knot, target, parse(text), tmp_path)
            )
        with pytest.raises(UsageError, match="maps to LUTs of 6 inputs"):
            explorer.score(explorer.root, ("if -K 6",))


def test_nodes_and_levels_are_those_of_the_aig(explorer: Explorer) -> None:
    for text in ("", "balance", "rewrite -z; resub", "resyn2", "&get -n; &dc2; &put"):
        state, _ = explorer.walk(parse(text))
        assert state is not None
        known = read(explorer.aiger(state))
        assert explorer.stats(state) == (known.nodes, known.levels), text
        assert digest_of(explorer.aiger(state)) == state


def test_the_logic_of_a_file_ends_where_its_gates_do(explorer: Explorer) -> None:
    logic = logic_of(explorer.aiger(explorer.root))
    for behind in (b"", b"c\nplain", "i0 \u00e4\u00f6\nc\n\u00fc".encode(), b"\xff\xff\x01"):
        assert logic_of(logic + behind) == logic


def test_an_abc_that_is_killed_repeats_its_command(knot: Circuit, generic: Library) -> None:
    with scratch() as work, Explorer(knot, generic, work) as calm:
        expected = calm.evaluate(parse(SLOW))
    with scratch() as work, Explorer(knot, generic, work) as explorer:
        thread = kill_soon(explorer, 1)
        assert explorer.evaluate(parse(SLOW)) == expected
        thread.join()
        assert explorer.evaluate(parse("resyn2")) is not None


def test_what_was_killed_or_cut_off_is_tried_again_by_a_later_run(
    knot: Circuit, generic: Library, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    recipe = parse("&get -n; &deepsyn -I 4 -J 60; &put")
    with scratch() as work, Explorer(knot, generic, work, store=store, seconds=0.3) as hasty:
        assert hasty.evaluate(recipe) is None and hasty.counts.failed == 1
        assert (
            hasty.evaluate(recipe) is None and hasty.counts.known_transitions == 1
        )  # not a second time in one run
        assert hasty.evaluate(parse("balance")) is not None
    with scratch() as work, Explorer(knot, generic, work, store=store) as stubborn:
        thread = kill_soon(stubborn, 2)
        assert stubborn.evaluate(recipe) is None  # killed again when it was repeated
        thread.join()
    patient_recipe = parse("&get -n; &deepsyn -I 1 -J 2; &put")
    with scratch() as work, Explorer(knot, generic, work, store=store, seconds=0.001) as hasty:
        assert hasty.evaluate(patient_recipe) is None
    with scratch() as work, Explorer(knot, generic, work, store=store) as patient:
        assert patient.evaluate(patient_recipe) is not None


def test_a_state_that_only_the_store_knows_is_made_again(
    knot: Circuit, generic: Library, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    with scratch() as work, Explorer(knot, generic, work, store=store) as explorer:
        expected = explorer.evaluate(parse("resyn2")), explorer.evaluate(parse("resyn2; dch"))
    for path in (tmp_path / "store").rglob("*.json"):
        if "score" in path.read_text() and "dch" in path.read_text():
            path.write_text(path.read_text()[:-20])  # a damaged entry is as none
    with scratch() as work, Explorer(knot, generic, work, store=store) as again:
        assert again.evaluate(parse("resyn2")) == expected[0]
        assert not list(work.glob("*.aig"))[1:] and again.counts.scores == 0
        assert again.evaluate(parse("resyn2; dch")) == expected[1]
        assert again.counts.scores == 1


OTHER = """
import sys
from pathlib import Path
from rtlgen.core.scratch import scratch
from rtlgen.core.store import Store
from rtlgen.synth.circuit import read_circuit
from rtlgen.synth.explorer import LARGE, Explorer
from rtlgen.synth.library import library
from rtlgen.synth.recipe import parse
with scratch() as work:
    circuit = read_circuit(Path(sys.argv[1]), work)
    with Explorer(circuit, library([Path(sys.argv[2])]), work, store=Store(sys.argv[3])) as explorer:
        for text in sys.argv[4:]:
            qor = explorer.evaluate(parse(text))
            print(qor.area, qor.delay, qor.gates, qor.nodes, qor.levels)
"""


def test_two_processes_share_a_store(knot: Circuit, generic: Library, tmp_path: Path) -> None:
    (tmp_path / "knot.aig").write_bytes(knot.aiger)
    texts = ["resyn2", "b; rw; rf", "b; rw; rs; dch", "resyn2; rw"]
    argv = [
        sys.executable,
        "-c",
        OTHER,
        str(tmp_path / "knot.aig"),
        str(generic.files[0]),
        str(tmp_path / "store"),
    ]
    with scratch() as work, Explorer(knot, generic, work) as explorer:
        expected = [explorer.evaluate(parse(text)) for text in texts]
    children = [
        subprocess.Popen([*argv, *order], stdout=subprocess.PIPE, text=True) for order in (texts, texts[::-1])
    ]
    said = [child.communicate(timeout=120)[0].splitlines() for child in children]
    for lines, figures in ((said[0], expected), (said[1], expected[::-1])):
        found = [line.split() for line in lines]
        assert [QoR(float(a), float(d), int(g), int(n), int(v)) for a, d, g, n, v in found] == figures


def test_several_at_a_time_are_the_same_and_nothing_is_done_twice(knot: Circuit, generic: Library) -> None:
    recipes = [
        parse(f"b; rw; rf; {text}") for text in ("b", "rs", "rsz", "rwz", "rfz", "b; b", "rs; rw", "dc2")
    ]
    with scratch() as work, Explorer(knot, generic, work) as one:
        expected = one.evaluate_all(recipes)
        counts = (one.counts.transitions, one.counts.scores)
    with scratch() as work, Explorer(knot, generic, work, jobs=3) as three:
        assert three.evaluate_all(recipes) == expected
        assert three.counts.transitions - counts[0] <= 3 and three.counts.scores == counts[1]


@pytest.mark.needs_data
@pytest.mark.parametrize("name", ["frg1", "c1355"])
def test_real_circuits_and_cells_give_the_figures_of_a_plain_script(
    data_dir: Path, tmp_path: Path, name: str
) -> None:
    cells = [
        next((data_dir / "liberty").glob(f"asap7*_{part}_RVT*")) for part in ("SIMPLE", "INVBUF", "AO", "OA")
    ]
    target = library(cells)
    chance = random.Random(name)
    texts = ["; ".join(chance.choices(PUBLISHED, k=10)) for _ in range(2)]
    texts += ["resyn2; &get -n; &nf; &put", "dch; map -B 0.9; topo; buffer -c; topo; upsize; dnsize"]
    with scratch() as work:
        circuit = read_circuit(next((data_dir / "circuits").glob(f"*/{name}.aig")), work)
        with Explorer(circuit, target, work, jobs=2) as explorer:
            found = explorer.evaluate_all([parse(text) for text in [*texts, *texts[::-1]]])
    for text, qor, again in zip(texts, found[: len(texts)], found[: len(texts) - 1 : -1], strict=True):
        assert qor is not None and qor == again
        assert (qor.gates, qor.area, qor.delay) == parse_timed(
            plain(circuit, target, parse(text), tmp_path)
        ), text


def test_a_large_circuit_has_more_time(knot: Circuit, generic: Library) -> None:
    slow = parse("&get -n; &deepsyn -I 1 -J 3; &put")
    with scratch() as work, Explorer(knot, generic, work, seconds=0.05) as small:
        assert small.evaluate(slow) is None
    with (
        scratch() as work,
        Explorer(dataclasses.replace(knot, nodes=600 * LARGE), generic, work, seconds=0.05) as big,
    ):
        assert big.evaluate(slow) is not None
