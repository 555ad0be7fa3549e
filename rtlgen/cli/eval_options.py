"""Options that the benchmarks of `rtlgen eval` share: the model, output, progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

QUIET = click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_MODEL = (
    click.option("--model", help="Model folder or Hugging Face id."),
    click.option("--adapter", help="LoRA adapter folder."),
    click.option("--endpoint", help="OpenAI-compatible server."),
    click.option("--endpoint-model", help="Its name of the model."),
    click.option("--context-tokens", type=click.IntRange(min=128), help="Window of the model."),
)
MODEL_NAMES = ("model", "adapter", "endpoint", "endpoint_model", "context_tokens")


def model_options(command: Command) -> Command:
    """Add the options that name a model."""
    for option in reversed(_MODEL):
        command = option(command)
    return command


def model_overrides(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the model options set."""
    found = {f"model.{name}": options[name] for name in MODEL_NAMES if options[name] is not None}
    if "model.model" in found:
        found["model.path"] = found.pop("model.model")
    return found


def progress(seconds: float = 5.0) -> Callable[[str, int, int], None]:
    """A line on stderr now and then: what is done, how many of how many."""
    last = time.monotonic()

    def show(name: str, done: int, wanted: int) -> None:
        nonlocal last
        if done == wanted or time.monotonic() - last >= seconds:
            last = time.monotonic()
            click.echo(f"{name}: {done} of {wanted}", err=True)

    return show
