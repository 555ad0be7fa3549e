from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rtlgen.core.errors import LimitError, UsageError
from rtlgen.core.records import Port
from rtlgen.core.settings import load_settings
from rtlgen.core.store import Store, key_of, store_dir, write_atomic

# --- write_atomic ---


def test_bytes_and_text_are_written_as_they_are(tmp_path: Path) -> None:
    write_atomic(tmp_path / "deep/er/a.v", "x\r\ny\nü")
    assert (tmp_path / "deep/er/a.v").read_bytes() == "x\r\ny\nü".encode()
    write_atomic(tmp_path / "b", b"\0\xff")
    assert (tmp_path / "b").read_bytes() == b"\0\xff"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "deep"]


def test_permission_bits_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("old")
    (tmp_path / "run.sh").chmod(0o750)
    (tmp_path / "link").symlink_to("run.sh")
    write_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "run.sh").read_text() == "new"
    assert (tmp_path / "run.sh").stat().st_mode & 0o777 == 0o750


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomic(tmp_path / "a", "x")
    finally:
        os.umask(old)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("target", ["/proc/x/y", "/proc/version", "/dev/null/x"])
def test_where_nothing_can_be_written(target: str) -> None:
    with pytest.raises(
        UsageError, match=rf"{target}: cannot be written: .*\n  next: choose a folder you can write to"
    ):
        write_atomic(target, "x")


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(UsageError, match="cannot be written: Is a directory"):
        write_atomic(tmp_path / "a", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    program = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "from rtlgen.core.store import write_atomic\nfrom rtlgen.core.errors import UsageError\n"
        "try: write_atomic('a', b'n' * 2000)\nexcept UsageError as error: print(error)\n"
    )
    (tmp_path / "a").write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("a: cannot be written: File too large")
    assert (tmp_path / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


WRITER = """
import sys
from rtlgen.core.store import write_atomic
print('go', flush=True)
letter = 0
while True:
    letter = (letter + 1) % 26
    write_atomic(sys.argv[1], bytes([97 + letter]) * 3_000_000, durable=False)
"""


def test_kill_9_in_the_middle_of_a_write_leaves_no_half_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    leftovers = 0
    for attempt in range(8):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.02 + 0.007 * attempt)
        child.kill()
        child.wait()
        child.stdout.close()
        if path.exists():
            data = path.read_bytes()
            assert len(data) == 3_000_000
            assert len(set(data)) == 1
        leftovers = len(list(tmp_path.glob(".a.*.tmp")))
    assert leftovers <= 8


# --- store_dir ---


def test_the_store_ignores_itself(tmp_path: Path) -> None:
    folder = store_dir(tmp_path, load_settings(tmp_path))
    assert folder == tmp_path / ".rtlgen"
    assert (folder / ".gitignore").read_text() == "*\n"
    (folder / ".gitignore").write_text("mine")
    assert store_dir(tmp_path, load_settings(tmp_path)) == folder
    assert (folder / ".gitignore").read_text() == "mine"


def test_a_read_only_root_uses_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    root = Path("/proc/self/task")
    folder = store_dir(root, load_settings(tmp_path))
    assert folder.parent == tmp_path / "rtlgen"
    assert store_dir(Path("/proc/self/fdinfo"), load_settings(tmp_path)) != folder
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    with pytest.raises(
        UsageError, match=r"neither .*\.rtlgen nor /proc/none.* can be written to\n  next: set store\.dir"
    ):
        store_dir(root, load_settings(tmp_path))


def test_a_chosen_folder(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {"store.dir": str(tmp_path / "mine")})
    assert store_dir(tmp_path, settings) == tmp_path / "mine"
    with pytest.raises(UsageError, match="the store folder cannot be written to"):
        store_dir(tmp_path, load_settings(tmp_path, {"store.dir": "/proc/mine"}))


def test_a_file_in_place_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / ".rtlgen").write_text("")
    assert store_dir(tmp_path, load_settings(tmp_path)).is_relative_to(tmp_path / "cache")


# --- Store ---


def test_values_come_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.get("k") is None
    store.put("k", {"a": [1, 2.5, None, "ü"], "port": Port("clk", "input", 1)})
    expected = {
        "a": [1, 2.5, None, "ü"],
        "port": {"name": "clk", "direction": "input", "width": 1, "type": ""},
    }
    assert store.get("k") == expected
    assert Store(tmp_path).get("k") == expected
    store.put("k", 0)
    assert store.get("k") == 0
    store.discard("k")
    store.discard("k")
    assert store.get("k") is None


def test_any_text_is_a_key(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key in ("../../x", "", "a/b", "\0", "x" * 5000, "A", "a"):
        store.put(key, key)
        assert store.get(key) == key
    assert {path.name for path in tmp_path.iterdir()} == {"v1"}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"key": "k", "value": 1, "sha256": "0"}', b'"key"']
)
def test_a_damaged_entry_counts_as_absent_and_goes(tmp_path: Path, damage: bytes) -> None:
    store = Store(tmp_path)
    store.put("k", 1)
    (path,) = (tmp_path / "v1/objects").rglob("*.json")
    path.write_bytes(damage)
    assert store.get("k") is None
    assert not path.exists()
    store.put("k", 2)
    assert store.get("k") == 2


def test_one_changed_bit_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("k", {"area": 123})
    (path,) = (tmp_path / "v1/objects").rglob("*.json")
    path.write_bytes(path.read_bytes().replace(b"123", b"122"))
    assert store.get("k") is None


def test_an_entry_of_another_key_is_not_taken(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("one", 1)
    (path,) = (tmp_path / "v1/objects").rglob("*.json")
    store.put("two", 2)
    other = next(item for item in (tmp_path / "v1/objects").rglob("*.json") if item != path)
    other.write_bytes(path.read_bytes())
    assert store.get("two") is None
    assert store.get("one") == 1


def test_addresses_of_content() -> None:
    assert key_of({"a": 1, "b": (2, 3)}) == key_of({"b": [2, 3], "a": 1})
    assert key_of({"a": 1}) != key_of({"a": "1"})
    assert len(key_of(None)) == 64


def test_the_lock_excludes_other_processes(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom rtlgen.core.store import Store\n"
        "with Store(sys.argv[1]).lock('index'):\n    print('held', flush=True)\n    time.sleep(300)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        store = Store(tmp_path)
        with (
            pytest.raises(LimitError, match=r"another rtlgen process has held this lock for 0\.1 s"),
            store.lock("index", timeout_s=0.1),
        ):
            pass
        with store.lock("other"):
            pass
    finally:
        child.kill()
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]
    with Store(tmp_path).lock("index", timeout_s=20):
        pass


def test_the_lock_excludes_other_threads(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with Store(tmp_path).lock("x"):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_the_lock_is_freed_by_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), Store(tmp_path).lock("x"):
        1 / 0  # noqa: B018
    with Store(tmp_path).lock("x", timeout_s=0.1):
        pass


def test_many_processes_write_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom rtlgen.core.store import Store\nstore = Store(sys.argv[1])\n"
        "for i in range(100):\n    store.put('k', {'who': sys.argv[2], 'text': sys.argv[2] * 5000})\n"
        "    value = store.get('k')\n    assert value['text'] == value['who'] * 5000\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), letter]) for letter in "abc"]
    assert [child.wait() for child in children] == [0, 0, 0]


def test_old_leftovers_are_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("k", 1)
    folder = next((tmp_path / "v1/objects").iterdir())
    old, young, other = (
        folder / ".a.json.12.0123abcd.tmp",
        folder / ".b.json.12.0123abcd.tmp",
        folder / ".mine.tmp",
    )
    for path in (old, young, other):
        path.write_text("half")
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    assert store.sweep() == 1
    assert (old.exists(), young.exists(), other.exists()) == (False, True, True)


# --- runs ---


def test_a_run_is_finished_when_its_manifest_says_so(tmp_path: Path) -> None:
    run = Store(tmp_path).run_folder("eval rtl-repo/2")
    assert run.finished() is None
    run.write("plots/a.csv", "x,y\n")
    run.append({"step": 1})
    assert run.finished() is None
    run.finish({"seed": 1})
    again = Store(tmp_path).run_folder("eval rtl-repo/2")
    assert again.folder == run.folder
    assert again.finished() == {"seed": 1}
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert sorted(manifest["files"]) == ["journal.jsonl", "plots/a.csv"]


@pytest.mark.parametrize("damage", ["changed", "removed", "half"])
def test_a_damaged_run_is_unfinished(tmp_path: Path, damage: str) -> None:
    run = Store(tmp_path).run_folder("r")
    run.write("a.csv", "x")
    run.finish({})
    if damage == "changed":
        (run.folder / "a.csv").write_text("y")
    elif damage == "removed":
        (run.folder / "a.csv").unlink()
    else:
        (run.folder / "manifest.json").write_text('{"record": {')
    assert run.finished() is None


def test_names_of_runs_do_not_collide(tmp_path: Path) -> None:
    store = Store(tmp_path)
    names = ["a b", "a_b", "a/b", "../a", ".a", "a", "", "x" * 200, "x" * 201]
    folders = {store.run_folder(name).folder for name in names}
    assert len(folders) == len(names)
    assert {folder.parent for folder in folders} == {tmp_path / "v1/runs"}


def test_a_journal_resumes_after_a_torn_line(tmp_path: Path) -> None:
    run = Store(tmp_path).run_folder("r")
    assert run.steps() == []
    run.append({"i": 1})
    run.append({"i": 2})
    with (run.folder / "journal.jsonl").open("ab") as file:
        file.write(b'{"i": 3, "half')
    assert run.steps() == [{"i": 1}, {"i": 2}]
    run.append({"i": 3})
    assert run.steps() == [{"i": 1}, {"i": 2}, {"i": 3}]


STEPS = """
import sys
from rtlgen.core.store import Store
run = Store(sys.argv[1]).run_folder('r')
done = len(run.steps())
print(done, flush=True)
for step in range(done, 100000):
    run.append({'step': step, 'pad': 'x' * 5000})
"""


def test_kill_9_loses_at_most_the_step_in_flight(tmp_path: Path) -> None:
    run = Store(tmp_path).run_folder("r")
    seen = [0]
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", STEPS, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        seen.append(int(child.stdout.readline()))
        while len(run.steps()) < seen[-1] + 3:
            time.sleep(0.01)
        child.kill()
        child.wait()
        child.stdout.close()
    steps = run.steps()
    assert [step["step"] for step in steps] == list(range(len(steps)))
    assert all(later >= earlier + 3 for earlier, later in zip(seen[1:], [*seen[2:], len(steps)], strict=True))
