"""`rtlgen train adapt`, and `rtlgen train` without more words: parse, adapt once, show what came out.

Try: ``rtlgen train`` in a repository
"""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("root", type=click.Path(path_type=Path), default=".")
@click.option("--model", help="A model folder of rtlgen's own kind. [default: the one that ships]")
@click.option(
    "--max-minutes",
    type=click.FloatRange(0.2, 600),
    default=9.0,
    show_default=True,
    help="Wall clock to aim at, both measurements included.",
)
@click.option(
    "--min-gain",
    type=click.FloatRange(-100, 100),
    default=0.0,
    show_default=True,
    help="Points of exact match that the adapter must gain to be kept.",
)
@click.option("--lines", type=click.IntRange(20, 5000), default=240, show_default=True, help="Hidden lines.")
@click.option("--rank", type=click.IntRange(1, 256), default=64, show_default=True, help="Rank of LoRA.")
@click.option(
    "--strength",
    type=click.FloatRange(0.01, 1.0),
    default=0.5,
    show_default=True,
    help="Share of the fitted change that is put on the weights.",
)
@click.option("--rate", type=float, default=5e-3, show_default=True, help="Peak learning rate.")
@click.option(
    "--epochs",
    type=click.FloatRange(0.1, 100),
    default=4.0,
    show_default=True,
    help="Times the text is read at most.",
)
@click.option(
    "--most-tokens",
    type=click.IntRange(1000),
    default=300_000,
    show_default=True,
    help="Tokens read at most.",
)
@click.option("--no-choice", is_flag=True, help="Do not tune the choice among candidate lines.")
@click.option("--again", is_flag=True, help="Repeat a finished run.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def adapt(
    root: Path,
    model: str | None,
    max_minutes: float,
    min_gain: float,
    lines: int,
    rank: int,
    strength: float,
    rate: float,
    epochs: float,
    most_tokens: int,
    no_choice: bool,
    again: bool,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Adapt the model to the repository at ROOT; keep the adapter if it helps on held-out files.

    `rtlgen complete` uses a kept adapter from then on (model.adapter = auto). The same command goes on with a run that
    was interrupted.
    """
    from rtlgen.core.project import project_root
    from rtlgen.core.records import dump
    from rtlgen.core.settings import load_settings
    from rtlgen.report import adaptation as show
    from rtlgen.train.adapt import Config
    from rtlgen.train.adapt import adapt as run
    from rtlgen.train.adapt_fit import FitConfig
    from rtlgen.train.adapt_split import SplitConfig

    config = Config(
        max_minutes=max_minutes,
        min_gain=min_gain,
        again=again,
        tune_choice=not no_choice,
        split=SplitConfig(lines=lines, rehearsal_lines=lines, seed=seed),
        fit=FitConfig(
            rank=rank,
            alpha=rank,
            strength=strength,
            rate=rate,
            epochs=epochs,
            most_tokens=most_tokens,
            seed=seed,
        ),
    )
    settings = load_settings(project_root(root), {"model.path": model})
    made = run(root, settings, config, talk=(lambda _: None) if quiet else _say)
    click.echo(dump("train adapt", made) if as_json else show.as_text(made))
    if not quiet and not as_json:
        click.echo(show.talk(made), err=True)


def _say(text: str) -> None:
    click.echo(text, err=True)
