"""`rtlgen memory` as one types it: a search is remembered, listed, found near its circuit, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rtlgen.core.store import Store, store_dir
from rtlgen.synth.circuit import read_circuit
from rtlgen.synth.library import library
from rtlgen.synth.memory import Memory
from rtlgen.synth.qor import Objective, QoR
from rtlgen.synth.recipe import Recipe

pytestmark = pytest.mark.needs_sandbox
Shell = Callable[..., tuple[int, str, str]]
MAJ = """.model maj
.inputs a b c d
.outputs y
.names a b c x
11- 1
1-1 1
-11 1
.names x d y
10 1
01 1
.end
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Shell) -> Shell:
    """Run a command line in a project that has searched its circuit maj.blif once: (exit code, stdout, stderr)."""
    from rtlgen.core.settings import load_settings

    monkeypatch.chdir(tmp_path)
    (tmp_path / "rtlgen.toml").write_text("")
    (tmp_path / "maj.blif").write_text(MAJ)
    work = tmp_path / "work"
    work.mkdir()
    circuit = read_circuit(tmp_path / "maj.blif", work)
    store = Store(store_dir(tmp_path, load_settings(tmp_path)))
    base, better = QoR(4, 2, 4, 8, 4), QoR(3, 2, 3, 8, 4)
    found = [(Recipe(("balance", "rewrite")), better)]
    Memory(store).add(circuit, library(lut=4), Objective(), base, found)

    return typed


def test_list(shell: Shell) -> None:
    code, out, _ = shell("rtlgen memory list")
    assert code == 0 and len(out.splitlines()) > 15
    code, out, _ = shell("rtlgen memory list --local")
    (line,) = out.splitlines()
    assert line.startswith("maj") and "+25.0 %  balance; rewrite" in line and "lut4" in line
    code, out, _ = shell("rtlgen memory list --local --json")
    record = json.loads(out)
    assert record["kind"] == "memory" and record["data"]["entries"][0]["recipes"][0]["gain"] == 0.25


def test_near_tells_distance_and_origin(shell: Shell) -> None:
    code, out, _ = shell("rtlgen memory near maj.blif --lut 4 -k 2")
    assert code == 0
    assert out.startswith("maj on lut4: ") and "maj  distance 0.0000  (local, this very circuit)" in out
    assert "searched for another target: asap7" in out
    code, out, _ = shell("rtlgen memory near maj.blif --lut 4 -k 1 --json")
    (near,) = json.loads(out)["data"]["neighbours"]
    assert (near["name"], near["distance"], near["same_target"]) == ("maj", 0, True)
    code, _, err = shell("rtlgen memory near nothing.blif --lut 4")
    assert code == 2 and "nothing.blif" in err


def test_prune(shell: Shell) -> None:
    assert shell("rtlgen memory prune maj")[:2] == (0, "forgotten: 1\n")
    assert shell("rtlgen memory list --local")[1].startswith("nothing is known yet")
    code, _, err = shell("rtlgen memory prune maj")
    assert (
        code == 2 and "no search of 'maj' is remembered here" in err and "rtlgen memory list --local" in err
    )
    code, _, err = shell("rtlgen memory prune")
    assert code == 2 and "nothing to forget was named" in err
