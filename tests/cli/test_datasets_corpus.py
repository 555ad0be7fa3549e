"""`rtlgen datasets corpus`: build, report and audit as typed, resuming after kill -9, no room, and wrong inputs."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy"
Typed = Callable[[str], tuple[int, str, str]]


def design(seed: int, lines: int = 50) -> str:
    rng = random.Random(seed)
    body = "\n".join(
        f"    wire w{seed}_{i} = x{rng.randrange(999)} {rng.choice('&|^+-')} y{rng.randrange(999)};"
        for i in range(lines)
    )
    return f"// Author: Jane Doe <jane@example.org>\nmodule d{seed}(input clk);\n{body}\nendmodule\n"


def repository(root: Path, name: str, files: dict[str, str]) -> None:
    place = root / name.replace("/", "+")
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)
    git = ["git", "-C", str(place), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)


@pytest.fixture()
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number in range(4):
        files = {f"rtl/d{seed}.v": design(seed) for seed in range(10 * number, 10 * number + 5)}
        repository(tmp_path, f"a/r{number}", {"LICENSE": MIT, **files})
    repository(tmp_path, "a/closed", {"x.v": design(70)})
    repository(tmp_path, "h/held", {"y.v": design(80)})
    (tmp_path / "list.json").write_text(json.dumps([f"a/r{number}" for number in range(4)]))
    (tmp_path / "held.json").write_text(json.dumps(["h/held"]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


BUILD = "rtlgen datasets corpus build --repos list.json --git-root . --held-out held.json --out out"


def test_build_report_and_audit(world: Path, typed: Typed) -> None:
    code, out, err = typed(BUILD)
    assert (code, out.splitlines()[0]) == (0, f"20 files, {sum_mb(world)} MB from 4 repositories: out")
    assert "held out: h/held: 1 files" in err
    assert "jane" not in (world / "out" / "files.jsonl").read_text().lower()

    code, out, _ = typed("rtlgen datasets corpus report --corpus out")
    assert code == 0
    assert (
        "20 files, 0.0 MB, from 4 repositories, 4 of them with 4 to 24 files; 20 files were looked at." in out
    )
    assert "| MIT | 20 |" in out
    assert "| name | 20 |" in out
    assert "Held out: h/held." in out
    data = json.loads(typed("rtlgen datasets corpus report --corpus out --json")[1])
    assert data["kind"] == "corpus-report"
    assert data["data"]["kinds"]["design"][0] == 20
    assert sum(data["data"]["weights"].values()) == sum(data["data"]["sizes"].values()) == 20

    audit = "rtlgen datasets corpus audit --corpus out/files.jsonl -q"
    code, out, err = typed(f"{audit} --held-out held.json --git-root .")
    assert (code, err) == (0, "")
    assert "Nothing is above the threshold." in out
    (world / "copy.v").write_text(design(11))
    code, out, _ = typed(f"{audit} --against copy.v")
    assert code == 1
    assert "| above | 1.00 | 1.00 | 43 | a/r1:rtl/d11.v:2 | copy.v |" in out
    code, out, _ = typed(f"{audit} --against copy.v --json")
    assert code == 1
    assert json.loads(out)["data"]["sets"][0]["above"] == 1


def sum_mb(world: Path) -> str:
    rows = [json.loads(line) for line in (world / "out" / "files.jsonl").read_text().splitlines()]
    return f"{sum(len(row['text']) for row in rows) / 1e6:.1f}"


def test_a_killed_build_goes_on_and_gives_the_same(world: Path, typed: Typed) -> None:
    typed(BUILD)
    whole = (world / "out" / "files.jsonl").read_bytes()
    command = [sys.executable, "-m", *BUILD.replace("--out out", "--out again").split()]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not list((world / "again").glob("shards/*.json")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.returncode == -signal.SIGKILL:
        assert not (world / "again" / "manifest.json").exists()
    first = next(iter((world / "again").glob("shards/*.json")))
    first.write_text(first.read_text()[:40])  # torn as well
    assert typed(BUILD.replace("--out out", "--out again"))[0] == 0
    assert (world / "again" / "files.jsonl").read_bytes() == whole


def test_no_room_is_said_and_loses_nothing(world: Path, typed: Typed) -> None:
    typed(BUILD)
    before = (world / "out" / "files.jsonl").read_bytes()
    limit = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); runpy.run_module('rtlgen')"
    code = limit.replace("run_module('rtlgen')", "run_module('rtlgen', run_name='__main__')")
    again = [*BUILD.split()[1:], "--seed", "2"]
    done = subprocess.run([sys.executable, "-c", code, *again], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        "out: cannot write the corpus: File too large\n  next: make room and give the same command again"
        in done.stderr
    )
    assert (world / "out" / "files.jsonl").read_bytes() == before
    assert typed("rtlgen datasets corpus report --corpus out")[0] == 0


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["a/closed"],
            "out: no file of 1 repositories may be trained on (1 licence unknown)\n  next: check the licences",
        ),
        (["a/empty"], "this git folder has no commit at HEAD"),
        (["a/absent"], "no repository of the list was found\n  next: check --git-root"),
        (["a/docs"], "out: no file of 1 repositories may be trained on (they hold no Verilog)"),
        (["h/held"], "held out and in the training list: h/held\n  next: remove them from --repos"),
        ([7], "list.json: the repository list holds something else than names\n  next: write ["),
    ],
)
def test_repositories_that_give_nothing(world: Path, typed: Typed, names: list[str], message: str) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(world / "a+empty")], check=True)
    repository(world, "a/docs", {"README.md": "words"})
    (world / "list.json").write_text(json.dumps(names))
    code, out, err = typed(BUILD)
    assert (code, out) == (2, "")
    assert message in err
    assert not (world / "out" / "files.jsonl").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("report --corpus nowhere", "nowhere/manifest.json: cannot read the manifest of a corpus"),
        ("audit --corpus nowhere.jsonl --against list.json", "nowhere.jsonl: cannot read the corpus"),
        ("audit --corpus out/files.jsonl", "nothing to compare with"),
        ("audit --corpus out/files.jsonl --held-out held.json", "--held-out needs --git-root"),
        ("audit --corpus out/files.jsonl --against gone.v", "gone.v: there is no such file or folder"),
        ("audit --corpus out/files.jsonl --against list.json --jaccard 0", "thresholds out of range"),
    ],
)
def test_wrong_words(world: Path, typed: Typed, line: str, message: str) -> None:
    typed(BUILD)
    code, out, err = typed(f"rtlgen datasets corpus {line}")
    assert (code, out) == (2, "")
    assert message in err


def test_own_text_is_taken_whatever_it_says(world: Path, typed: Typed) -> None:
    repository(world, "a/secret", {"x.v": "// Confidential and proprietary\n" + design(75)})
    (world / "list.json").write_text(json.dumps(["a/secret"]))
    assert typed(BUILD)[0] == 2
    assert typed(f"{BUILD} --own")[0] == 0
    row = json.loads((world / "out" / "files.jsonl").read_text())
    assert (row["licence"], row["path"]) == ("own", "x.v")
    assert typed(BUILD)[0] == 2  # and the shard of the other rule is not taken for it


def test_a_manifest_of_another_build_is_noticed(world: Path, typed: Typed) -> None:
    typed(BUILD)
    rows = (world / "out" / "files.jsonl").read_text().splitlines()
    (world / "out" / "files.jsonl").write_text("\n".join(rows[:-1]) + "\n")
    code, _, err = typed("rtlgen datasets corpus report --corpus out")
    assert code == 2
    assert "files.jsonl has 19 files and its manifest says 20" in err
