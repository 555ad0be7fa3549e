from collections.abc import Callable, Mapping

import pytest

from rtlgen.retrieval.continuation import Continuation
from rtlgen.retrieval.propose.position import Position


@pytest.fixture
def at() -> Callable[..., Position]:
    """A position after `prefix` in `path` of a unit."""

    def make(
        prefix: str, files: Mapping[str, str] | None = None, path: str = "x.v", suffix: str = ""
    ) -> Position:
        return Position.at(path, prefix, Continuation(files or {}), suffix)

    return make
