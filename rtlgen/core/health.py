"""Whether this machine can do what rtlgen does: packages, programs, sandbox, model, GPU and store.

Every check that fails names the command that mends it. Programs are really asked and a sandbox is really
run; torch is only imported in a child process, for the GPU. Nothing is written and nothing is installed.

Try: ``rtlgen doctor --json``
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rtlgen.core import sandbox
from rtlgen.core.adapters import AUTO, OFF, Found, check_base, current
from rtlgen.core.errors import RtlgenError, ToolError
from rtlgen.core.process import Limits, run
from rtlgen.core.settings import Settings
from rtlgen.core.store import default_folders
from rtlgen.core.tools import TOOLS, find

MODEL_FILES = ("model.safetensors", "config.json")
LEAST_PYTHON = (3, 11)
GPU_SECONDS = 120.0
_GPU_PROGRAM = (
    "import torch\n"
    "names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]\n"
    "print('gpu: ' + (', '.join(names) or 'none'))\n"
)


@dataclass(frozen=True)
class Check:
    """One finding. status: ``ok`` | ``missing`` | ``broken``; `next` mends it and is empty when it is ok."""

    group: str
    name: str
    status: str
    required: bool
    detail: str
    next: str = ""


def examine(root: Path, settings: Settings, *, gpu: bool = True) -> tuple[Check, ...]:
    """Check everything for the project folder `root`; `gpu` asks torch, which takes about a second."""
    return (
        _python(),
        *_packages(),
        *(_tool(name) for name in TOOLS),
        _sandbox(),
        _model(settings),
        *_adapter(root, settings),
        *([_gpu()] if gpu else []),
        _store(root, settings),
    )


def _python() -> Check:
    detail = f"{platform.python_version()} at {sys.executable}, {os.cpu_count()} cores"
    if sys.version_info >= LEAST_PYTHON:
        return Check("python", "python", "ok", True, detail)
    return Check(
        "python", "python", "broken", True, f"{detail}: 3.11 is needed", "install Python 3.11 or newer"
    )


def _packages() -> list[Check]:
    """A check per package the plain install needs, and one per extra."""
    try:
        lines = importlib.metadata.requires("rtlgen") or []
    except importlib.metadata.PackageNotFoundError:
        return [Check("package", "rtlgen", "missing", True, "not installed", "pip install -e .")]
    checks: list[Check] = []
    extras: dict[str, list[Check]] = {}
    for line in lines:
        requirement, _, marker = line.partition(";")
        extra = re.search(r"extra\s*==\s*[\"']([\w-]+)[\"']", marker)
        if extra is None:
            checks.append(_package(requirement.strip()))
        elif extra[1] != "dev":
            extras.setdefault(extra[1], []).append(_package(requirement.strip()))
    return checks + [_extra(name, members) for name, members in extras.items()]


def _package(requirement: str) -> Check:
    """Whether one requirement is installed in a version that fits (without importing it)."""
    name = re.split(r"[\s<>=!~\[(]", requirement, maxsplit=1)[0]
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check("package", name, "missing", True, "not installed", f"pip install '{requirement}'")
    if not _fits(requirement, version):
        detail = f"{version}, needed: {requirement}"
        return Check("package", name, "broken", True, detail, f"pip install '{requirement}'")
    return Check("package", name, "ok", True, version)


def _fits(requirement: str, version: str) -> bool:
    """Whether `version` satisfies `requirement`; taken as true where `packaging` is not installed."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return True
    return Requirement(requirement).specifier.contains(version, prereleases=True)


def _extra(name: str, members: list[Check]) -> Check:
    """One check for all packages of an extra."""
    bad = [member for member in members if member.status != "ok"]
    if not bad:
        detail = ", ".join(f"{member.name} {member.detail}" for member in members)
        return Check("extra", f"rtlgen[{name}]", "ok", False, detail)
    detail = ", ".join(f"{member.name} {member.detail}" for member in bad)
    return Check("extra", f"rtlgen[{name}]", "missing", False, detail, f"pip install 'rtlgen[{name}]'")


def _tool(name: str) -> Check:
    required = TOOLS[name].required
    try:
        tool = find(name)
    except ToolError as error:
        status = "missing" if error.where is None else "broken"
        where = f" ({error.where})" if error.where else ""
        return Check("tool", name, status, required, f"{error.what}{where}", error.hint or "")
    return Check("tool", name, "ok", required, f"{tool.version_text} at {tool.path} [{tool.fingerprint}]")


def _sandbox() -> Check:
    reason = sandbox.why_unavailable()
    if reason is None:
        return Check("sandbox", "sandbox", "ok", True, "a process ran in it")
    if "not found" in reason:
        return Check("sandbox", "sandbox", "missing", True, reason, TOOLS["bwrap"].install)
    allow = (
        "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 (in a container: --privileged)"
    )
    return Check("sandbox", "sandbox", "broken", True, reason, allow)


def _model(settings: Settings) -> Check:
    """The model that `complete` would use: present, not loaded."""
    endpoint = settings.get("model.endpoint")
    if endpoint:
        return Check("model", "model", "ok", True, f"endpoint {endpoint} (not contacted)")
    name = str(settings.get("model.path"))
    if name == "default":
        folder = Path(__file__).parent.parent / "assets" / "model"
        mend = "reinstall rtlgen, train one (rtlgen train pretrain), or set model.path to a model folder"
    else:
        folder = settings.base("model.path") / Path(name).expanduser()
        mend = "set model.path to a folder with config.json and model.safetensors, or to: default"
        if not folder.exists() and re.fullmatch(r"[\w.-]+/[\w.-]+", name):
            return Check("model", "model", "ok", True, f"{name} from the Hugging Face hub (not looked up)")
    lacking = [file for file in MODEL_FILES if not (folder / file).is_file()]
    if lacking == ["model.safetensors"] and any(folder.glob("*.safetensors")):
        lacking = []  # sharded weights
    if lacking:
        return Check("model", "model", "missing", True, f"{folder} lacks {', '.join(lacking)}", mend)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    return Check("model", "model", "ok", True, f"{folder} ({size / 1e6:.1f} MB)")


def _adapter(root: Path, settings: Settings) -> list[Check]:
    """The adapter that `complete` would put on the model, when one is asked for or kept here."""
    name = str(settings.get("model.path"))
    folder = Path(__file__).parent.parent / "assets" / "model"
    if name != "default":
        folder = settings.base("model.path") / Path(name).expanduser()
    asked = settings.get("model.adapter")
    if settings.get("model.endpoint") or asked == OFF or not any(folder.glob("*.safetensors")):
        return []
    if asked == AUTO:
        found = current(root, settings, folder)
        if found is None or found.base != name:
            return []
    else:
        found = Found(settings.base("model.adapter") / Path(str(asked)).expanduser())
        try:
            check_base(found.folder, folder)
        except ToolError as error:
            found = Found(found.folder, error.what)
    if found.problem:
        mend = 'rtlgen train  (makes it again), or set model.adapter = "off"'
        return [Check("model", "adapter", "broken", False, f"{found.folder}: {found.problem}", mend)]
    return [Check("model", "adapter", "ok", False, str(found.folder))]


def _gpu() -> Check:
    """What torch sees, asked in a child process: a broken driver may end it."""
    try:
        result = run([sys.executable, "-P", "-c", _GPU_PROGRAM], limits=Limits(wall_s=GPU_SECONDS))
    except RtlgenError as error:
        return Check("gpu", "gpu", "broken", False, error.what, "pip install torch")
    found = re.search(r"^gpu: (.+)$", result.stdout, re.MULTILINE)
    if found is None:
        lines = result.stderr.strip().splitlines()
        return Check(
            "gpu", "gpu", "broken", False, lines[-1] if lines else "torch gave no answer", "pip install torch"
        )
    return Check("gpu", "gpu", "ok", False, found[1] if found[1] != "none" else "none, the CPU is used")


def _store(root: Path, settings: Settings) -> Check:
    """Whether the store folder can be written to; it is not made."""
    chosen = settings.path("store.dir")
    if chosen is not None:
        if _writable(chosen):
            return Check("store", "store", "ok", True, str(chosen))
        mend = "set store.dir to another folder"
        return Check("store", "store", "broken", True, f"{chosen} cannot be written to", mend)
    for folder in default_folders(root):
        if _writable(folder):
            return Check("store", "store", "ok", True, str(folder))
    mend = "set store.dir, e.g. RTLGEN_STORE_DIR=/tmp/rtlgen-store"
    return Check(
        "store", "store", "broken", True, f"neither {root} nor the cache folder can be written to", mend
    )


def _writable(folder: Path) -> bool:
    """Whether `folder` could be made and written to, tried with a file without a name where it or its parent is."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
