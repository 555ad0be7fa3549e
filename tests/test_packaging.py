"""What is installed: every package folder and asset is in the wheel, and the command line starts light."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from rtlgen.cli import VERBS

ROOT = Path(__file__).resolve().parent.parent
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
FOLDERS = {name: ROOT / folder for name, folder in SETUP["package-dir"].items()}


def folder_of(package: str) -> Path:
    """The folder of a package, through the longest name in the package map."""
    known = max((name for name in FOLDERS if package == name or package.startswith(name + ".")), key=len)
    return FOLDERS[known].joinpath(*package.removeprefix(known).strip(".").split("."))


def packages_on_disk() -> set[str]:
    found = set()
    for name, folder in FOLDERS.items():
        for init in folder.rglob("__init__.py"):
            found.add(".".join([name, *init.parent.relative_to(folder).parts]))
    return found


def test_every_package_folder_is_listed() -> None:
    """`packages` is explicit: a folder that is not listed works when editable and is not in the wheel."""
    assert packages_on_disk() == set(SETUP["packages"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel, built from a copy of what git has (so that nothing is left behind here)."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for folder in ("rtlgen", "retrieval", "sim", "synth", "datasets"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    build = (
        "import setuptools; setuptools.setup(script_args=['-q', 'bdist_wheel', '--compression', 'stored'])"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", build], cwd=copy, check=True, capture_output=True)
    (path,) = (copy / "dist").glob("*.whl")
    return zipfile.ZipFile(path)


def test_wheel_holds_every_module_and_asset(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    expected = {"rtlgen/py.typed"}
    for package in SETUP["packages"]:
        files = (
            folder_of(package).rglob("*") if package == "rtlgen.assets" else folder_of(package).glob("*.py")
        )
        for path in files:
            if path.is_file() and path.suffix != ".pyc":
                expected.add("/".join([*package.split("."), *path.relative_to(folder_of(package)).parts]))
    assert expected <= inside, f"missing from the wheel: {sorted(expected - inside)}"
    assert {name.split("/")[0] for name in inside} == {
        "rtlgen",
        next(n for n in inside if "dist-info" in n).split("/")[0],
    }
    assert any(name.endswith("licenses/LICENSE") for name in inside)


LIGHT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "transformers", "peft", "faiss", "bm25s", "pyslang", "rapidfuzz",
            "numpy"}: raise AssertionError(f"{name} was imported")
sys.meta_path.insert(0, Refuse())
import click, importlib.util
from rtlgen.cli import VERBS, cli

def show(command, path, context=None):
    context = click.Context(command, info_name=path[-1], parent=context)
    assert command.get_help(context).startswith("Usage: rtlgen"), path
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if len(path) > 1 or importlib.util.find_spec(VERBS[name][0]):
                show(command.get_command(context, name), [*path, name], context)
    print(*path)
show(cli, ["rtlgen"])
"""


def test_help_of_every_verb_opens_no_heavy_library() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()
    assert shown[-1] == "rtlgen"
    assert {f"rtlgen {verb}" for verb in VERBS if importlib.util.find_spec(VERBS[verb][0])} <= set(shown)


def test_every_verb_of_the_table_is_there() -> None:
    assert not [verb for verb, (module, _) in VERBS.items() if importlib.util.find_spec(module) is None]


def test_the_script_and_the_module_are_the_same_command(tmp_path: Path) -> None:
    script = Path(sys.executable).parent / "rtlgen"
    for command in ([str(script)], [sys.executable, "-m", "rtlgen"]):
        done = subprocess.run([*command, "--version"], capture_output=True, text=True, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "rtlgen, version 0.1.0\n")
        wrong = subprocess.run([*command, "no-such-verb"], capture_output=True, text=True, cwd=tmp_path)
        assert wrong.returncode == 2 and "no-such-verb" in wrong.stderr and "Traceback" not in wrong.stderr


def test_the_root_does_not_shadow_hugging_face_datasets() -> None:
    code = "import importlib.util as u; spec = u.find_spec('datasets'); print(spec and spec.origin)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, env={}
    )
    assert str(ROOT) not in done.stdout
