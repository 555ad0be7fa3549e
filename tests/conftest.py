"""Every test runs alone with itself: no settings of the user, no network but loopback, one thread.

Markers are acted on here: `needs_icarus`, `needs_verilator`, `needs_sandbox` and `needs_data` skip where the tool or
the data is missing; with RTLGEN_REQUIRE_TOOLS=1 a missing tool is a failure (continuous integration sets it).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The benchmark data: RTLGEN_DATA, or ../shared/data beside the repository."""
    return Path(os.environ.get("RTLGEN_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the user's reaches a test, and no test writes into the user's cache."""
    for name in [
        n for n in os.environ if n.startswith("RTLGEN_") and n not in {"RTLGEN_DATA", "RTLGEN_REQUIRE_TOOLS"}
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "config"))


@pytest.fixture(autouse=True, scope="session")
def offline() -> Iterator[None]:
    """Any connection to somewhere else than this machine fails the test that makes it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test asked the network for {address}")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def pytest_configure(config: pytest.Config) -> None:
    """The marker that pyproject.toml does not list; and Ctrl-C is heard, which background jobs of a shell ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "needs_sandbox: runs bubblewrap, which some containers do not allow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run here, with the reason."""
    from rtlgen.core.sandbox import why_unavailable
    from rtlgen.core.tools import find_optional

    required = os.environ.get("RTLGEN_REQUIRE_TOOLS") == "1"
    data = Path(os.environ.get("RTLGEN_DATA") or ROOT.parent / "shared" / "data")
    icarus = shutil.which("iverilog") and shutil.which("vvp")
    verilator = find_optional("verilator") and shutil.which("g++") and shutil.which("make")
    missing = {
        "needs_icarus": None if icarus or required else "iverilog and vvp are not installed",
        "needs_verilator": None if verilator or required else "verilator, g++ or make is not installed",
        "needs_sandbox": None if required else why_unavailable(),
        "needs_data": None if data.is_dir() else f"no benchmark data at {data} (set RTLGEN_DATA)",
    }
    for item in items:
        for marker, reason in missing.items():
            if reason is not None and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
