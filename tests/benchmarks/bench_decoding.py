"""Decoding with drafts of the continuation index against decoding without: tokens a step, time a token, their ratio.

    make bench                                                      on examples/soc
    python tests/benchmarks/bench_decoding.py --data dev.jsonl      on a sample of a corpus file

At seeded places of the files the same greedy text is decoded twice with the mixture that completion uses, to the end of
the line, and 96 tokens on (a block); once more the 96 tokens without the mixture. The text must be the same. Times are
CPU seconds of one thread; nothing is asserted but that.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BLOCK = 96


def places(repositories: dict[str, dict[str, str]], count: int) -> list[tuple[str, str, int]]:
    """(repository, path, line) drawn evenly from the repositories."""
    draw = random.Random(0)
    found = []
    names = sorted(repositories)
    for number in range(count):
        repository = names[number % len(names)]
        files = repositories[repository]
        path = draw.choice([p for p in sorted(files) if files[p].count("\n") > 30])
        found.append((repository, path, draw.randrange(10, files[path].count("\n") - 5)))
    return found


def decoded(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call gives and its CPU seconds."""
    started = time.process_time()
    found = call()
    return found, time.process_time() - started


def measure(
    model: Any, prompts: list[tuple[str, Any]], stop: Callable[[Any], Any], limit: int, mixed: bool
) -> str:
    """One row: the same places with and without drafts."""
    tokens = steps = 0
    seconds = {"plain": 0.0, "drafted": 0.0}
    for prompt, index in prompts:
        ids = model._line_start(prompt)
        mixture = model.mixture(index) if mixed else None

        def run(drafts: int | None, ids: list[int] = ids, mixture: Any = mixture, index: Any = index) -> Any:
            model.decoder.prefill(ids)
            more = {} if drafts is None else {"draft_tokens": drafts}
            return decoded(
                lambda: model.decoder.greedy(ids, limit, stop, mixture=mixture, copy=index, **more)
            )

        run(0)
        plain, first = run(0)
        drafted, second = run(None)
        assert plain.ids == drafted.ids, "drafts changed the text"
        seconds["plain"] += first
        seconds["drafted"] += second
        tokens += len(plain.logprobs)
        steps += drafted.steps + 1
    per = {name: 1000 * value / tokens for name, value in seconds.items()}
    return (
        f"{tokens:>7,}{tokens / steps:>10.2f}{per['plain']:>12.2f}{per['drafted']:>12.2f}"
        f"{per['plain'] / per['drafted']:>9.2f}x"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="files.jsonl of a corpus")
    parser.add_argument("--model", default="default", help="another model than the shipped one")
    parser.add_argument("--places", type=int, default=21)
    options = parser.parse_args()
    from rtlgen.complete.unit import unit_completer
    from rtlgen.core.settings import load_settings

    repositories: dict[str, dict[str, str]]
    if options.data:
        from rtlgen.evaluate.bits_text import read_repositories

        repositories = {name: dict(files) for name, files in read_repositories(options.data).items()}
    else:
        root = Path(__file__).parents[2] / "examples/soc"
        files = {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*.v"))}
        repositories = {"examples/soc": files}
    settings = load_settings(Path.cwd(), {"model.path": options.model})
    prompts, model = [], None
    for repository, path, line in places(repositories, options.places):
        completer = unit_completer(repositories[repository], settings, ranked=False)
        model = completer.model
        prefix = "".join(row + "\n" for row in repositories[repository][path].split("\n")[:line])
        hits = completer._hits(path, prefix, "", completer._sources())
        prompts.append((completer.pack(path, prefix, hits).text, completer.token_index(path, hits)))
    assert model is not None
    print(f"{len(prompts)} places, {model.trained_context} tokens of context, one thread, CPU time")
    print(f"{'':<26}{'tokens':>7}{'a step':>10}{'ms plain':>12}{'ms drafted':>12}{'faster':>10}")
    print(f"{'a line, mixture':<26}" + measure(model, prompts, model._line_ended, 56, True))
    print(f"{f'{BLOCK} tokens, mixture':<26}" + measure(model, prompts, lambda _: False, BLOCK, True))
    print(f"{f'{BLOCK} tokens, model alone':<26}" + measure(model, prompts, lambda _: False, BLOCK, False))


if __name__ == "__main__":
    main()
