from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.core.health import Check, examine
from rtlgen.core.settings import load_settings


def examined(root: Path, *, gpu: bool = False, **overrides: object) -> dict[str, Check]:
    settings = load_settings(root, {name.replace("__", "."): value for name, value in overrides.items()})
    return {check.name: check for check in examine(root, settings, gpu=gpu)}


def test_everything_is_looked_at(tmp_path: Path) -> None:
    checks = examined(tmp_path)
    assert {
        "python",
        "click",
        "torch",
        "git",
        "iverilog",
        "vvp",
        "bwrap",
        "sandbox",
        "model",
        "store",
    } <= set(checks)
    assert "rtlgen[train]" in checks
    assert "gpu" not in checks
    assert checks["python"].status == checks["click"].status == "ok"
    assert all(check.next for check in checks.values() if check.status != "ok")
    assert not any(check.next for check in checks.values() if check.status == "ok")
    assert list(tmp_path.iterdir()) == []


def test_missing_programs_name_their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("IVERILOG", "VVP", "BWRAP", "GIT"):
        monkeypatch.delenv(f"RTLGEN_{name}", raising=False)
    checks = examined(tmp_path)
    assert checks["iverilog"] == Check(
        "tool",
        "iverilog",
        "missing",
        True,
        "iverilog was not found on PATH (needed for: simulation)",
        "apt install iverilog, or set RTLGEN_IVERILOG to its path",
    )
    assert checks["sandbox"].status == "missing"
    assert checks["sandbox"].next == "apt install bubblewrap"
    assert (checks["git"].status, checks["git"].required) == ("missing", False)


def test_a_sandbox_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "bwrap"
    script.write_text(
        "#!/bin/sh\n[ $1 = --version ] && { echo bubblewrap 0.8.0; exit 0; }\n"
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("RTLGEN_BWRAP", str(script))
    checks = examined(tmp_path)
    assert checks["bwrap"].status == "ok"
    assert checks["sandbox"].status == "broken"
    assert checks["sandbox"].detail == "the sandbox cannot be started: No permissions to create new namespace"
    assert "kernel.unprivileged_userns_clone" in checks["sandbox"].next


def test_the_model(tmp_path: Path) -> None:
    check = examined(tmp_path, model__path=str(tmp_path / "m"))["model"]
    assert check.status == "missing"
    assert check.detail == f"{tmp_path / 'm'} lacks model.safetensors, config.json"
    (tmp_path / "m").mkdir()
    (tmp_path / "m/config.json").write_text("{}")
    (tmp_path / "m/pytorch_model.bin").write_text("")
    assert examined(tmp_path, model__path=str(tmp_path / "m"))["model"].detail.endswith(
        "lacks model.safetensors"
    )
    (tmp_path / "m/model-00001-of-00002.safetensors").write_bytes(b"x" * 2_000_000)
    check = examined(tmp_path, model__path=str(tmp_path / "m"))["model"]
    assert (check.status, check.detail) == ("ok", f"{tmp_path / 'm'} (2.0 MB)")
    assert "not looked up" in examined(tmp_path, model__path="Qwen/Qwen2.5-Coder-0.5B")["model"].detail
    assert "not contacted" in examined(tmp_path, model__endpoint="http://localhost:1")["model"].detail


def test_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examined(tmp_path)["store"].detail == str(tmp_path / ".rtlgen")
    assert examined(tmp_path, store__dir="/proc/x")["store"].status == "broken"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    settings, root = load_settings(tmp_path), Path("/proc/self/task")
    read_only = {check.name: check for check in examine(root, settings, gpu=False)}["store"]
    assert (read_only.status, Path(read_only.detail).parent) == ("ok", tmp_path / "rtlgen")
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    read_only = {check.name: check for check in examine(root, settings, gpu=False)}["store"]
    assert read_only.status == "broken"
    assert read_only.next == "set store.dir, e.g. RTLGEN_STORE_DIR=/tmp/rtlgen-store"
    assert [path.name for path in tmp_path.iterdir()] == []


def test_an_old_package_is_broken_and_an_absent_one_missing() -> None:
    from rtlgen.core.health import _package

    assert _package("click>=900").status == "broken"
    assert _package("click>=900").next == "pip install 'click>=900'"
    assert _package("no-such-package-x[extra]>=1").name == "no-such-package-x"
    assert _package("no-such-package-x").status == "missing"


def test_a_gpu_is_asked_for_in_a_child(tmp_path: Path) -> None:
    import sys

    before = "torch" in sys.modules
    check = examined(tmp_path, gpu=True)["gpu"]
    assert check.status == "ok"
    assert check.required is False
    assert ("torch" in sys.modules) == before
