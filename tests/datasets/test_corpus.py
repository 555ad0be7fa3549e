"""A corpus from real git repositories: licences, copies, held-out text, caps, resuming, and the report of it all."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("datasketch")

from rtlgen.core.errors import UsageError
from rtlgen.datasets.corpus import build, named_repositories
from rtlgen.datasets.corpus_files import CorpusLimits
from rtlgen.datasets.quality import RULES
from rtlgen.datasets.repositories import open_repository

MIT = "Permission is hereby granted, free of charge, to any person"


def design(name: str, salt: int) -> str:
    body = "\n".join(
        f"    wire [{(i * salt) % 31}:0] {name}_{i} = {name}_{(i * 7 + salt) % 40} {'&|^+-'[(i * salt) % 5]} {salt + i};"
        for i in range(40)
    )
    return f"module {name}(input clk);\n{body}\nendmodule\n"


@pytest.fixture()
def world(tmp_path: Path) -> Path:
    def repository(name: str, files: dict[str, str]) -> None:
        place = tmp_path / name.replace("/", "+")
        for path, text in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        git = ["git", "-C", str(place), "-c", "user.name=t", "-c", "user.email=t@example.com"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
            subprocess.run([*git, *command], check=True)

    repository(
        "a/one",
        {
            "LICENSE": MIT,
            "rtl/alpha.v": design("alpha", 3),
            "rtl/beta.v": design("beta", 5),
            "rtl/copied.v": "// other words\n" + design("alpha", 3),
            "gpl/gamma.v": "// GNU General Public License\n" + design("gamma", 11),
            "secret.v": design("secret", 13).replace("wire [0:0]", "wire"),
            "doc.md": "no verilog",
        },
    )
    repository("a/two", {"delta.sv": design("delta", 17)})
    repository("h/held", {"rtl/secret.v": design("secret", 13)})
    return tmp_path


def run(world: Path, **limits: int) -> tuple[dict[str, object], list[dict[str, str]]]:
    (world / "list.json").write_text(json.dumps([{"repository": "a/one"}, "a/two", "a/absent"]))
    repositories = named_repositories(world / "list.json", world)
    build(repositories, [open_repository(world / "h+held")], [], world / "out", CorpusLimits(**limits))
    rows = [json.loads(line) for line in (world / "out" / "files.jsonl").read_text().splitlines()]
    return json.loads((world / "out" / "manifest.json").read_text()), rows


def test_what_is_kept_and_why_the_rest_is_not(world: Path) -> None:
    manifest, rows = run(world)
    assert sorted(row["path"] for row in rows) in (
        ["rtl/alpha.v", "rtl/beta.v"],
        ["rtl/beta.v", "rtl/copied.v"],
    )
    assert {row["licence"] for row in rows} == {"MIT"}
    assert manifest["removed"] == {
        "exact copy": 1,
        "licence restricted": 1,
        "near a held-out file": 1,
        "licence unknown": 1,
    }
    first = manifest["repositories"][0]  # type: ignore[index]
    assert first["repository"] == "a/one"
    assert len(first["commit"]) == 40


def test_same_input_gives_the_same_bytes_and_shards_are_reused(world: Path) -> None:
    run(world)
    before = (world / "out" / "files.jsonl").read_bytes()
    shard = world / "out" / "shards" / "a+one.json"
    stamp = shard.stat().st_mtime_ns
    run(world)
    assert (world / "out" / "files.jsonl").read_bytes() == before
    assert shard.stat().st_mtime_ns == stamp


def test_shards_of_older_rules_are_made_anew(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest, _ = run(world)
    shard = world / "out" / "shards" / "a+one.json"
    stamp = shard.stat().st_mtime_ns
    monkeypatch.setattr("rtlgen.datasets.corpus.RULES", 99)
    monkeypatch.setattr("rtlgen.datasets.corpus_files.RULES", 99)
    newer, _ = run(world)
    assert (manifest["rules"], newer["rules"]) == (RULES, 99)
    assert shard.stat().st_mtime_ns > stamp


def test_references_are_held_out_and_named_without_their_place(world: Path) -> None:
    (world / "bench").mkdir()
    (world / "bench" / "beta_ref.sv").write_text(design("beta", 5))
    build([open_repository(world / "a+one")], [], [world / "bench"], world / "out")
    manifest = json.loads((world / "out" / "manifest.json").read_text())
    assert manifest["references"] == ["bench"]
    assert manifest["removed"]["near a held-out file"] == 1
    assert str(world) not in json.dumps(manifest)


def test_a_git_folder_below_repo_without_a_work_tree_is_read(world: Path) -> None:
    (world / "m" / "h+held" / "repo").mkdir(parents=True)
    (world / "h+held" / ".git").rename(world / "m" / "h+held" / "repo" / ".git")
    (world / "held.json").write_text(json.dumps(["h/held"]))
    (held,) = named_repositories(world / "held.json", world / "m")
    assert [path for path, _ in held.files()] == ["rtl/secret.v"]


def test_a_repository_is_capped(world: Path) -> None:
    manifest, rows = run(world, repository_bytes=len(design("alpha", 3)) + 30)
    assert len(rows) == 1
    assert "over the repository's cap" in manifest["removed"]  # type: ignore[operator]


def test_held_out_repositories_cannot_be_trained_on(world: Path) -> None:
    held = open_repository(world / "h+held")
    with pytest.raises(
        UsageError, match=r"held out and in the training list: h/held\n  next: remove them from --repos"
    ):
        build([held], [held], [], world / "out")


def test_a_held_out_repository_that_is_not_there_is_an_error(world: Path) -> None:
    (world / "list.json").write_text(json.dumps(["h/held", "h/gone"]))
    assert [r.name for r in named_repositories(world / "list.json", world)] == ["h/held"]
    with pytest.raises(UsageError, match=r"so their copies would stay: h/gone\n  next: check --git-root"):
        named_repositories(world / "list.json", world, needed=True)


def test_nothing_to_build_from_is_said(world: Path) -> None:
    with pytest.raises(UsageError, match=r"no repository of the list was found\n  next: check --git-root"):
        build([], [], [], world / "out")
    with pytest.raises(UsageError, match=r"nowhere.json: cannot read the repository list"):
        named_repositories(world / "nowhere.json", world)
