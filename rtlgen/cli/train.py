"""`rtlgen train`: one learner, one verb."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from rtlgen.cli.train_adapt import adapt
from rtlgen.cli.train_agent import agent
from rtlgen.cli.train_audit import audit
from rtlgen.cli.train_embedder import embedder
from rtlgen.cli.train_memorised import memorised
from rtlgen.cli.train_sft import sft
from rtlgen.cli.train_sweep import sweep

_path = click.Path(path_type=Path)


@click.group(invoke_without_command=True)
@click.pass_context
def train(context: click.Context) -> None:
    """Train models on Verilog text, and the agent of recipe search on circuits.

    Without a command, `rtlgen train` adapts the model to the repository in the working folder (`rtlgen train adapt`).
    """
    if context.invoked_subcommand is None:
        context.invoke(adapt)


@train.command()
@click.option("--corpus", type=_path, required=True, help="files.jsonl of `rtlgen datasets corpus build`.")
@click.option("--out", type=_path, required=True, help="Run folder; an existing one is resumed.")
@click.option("--validation", type=_path, help="A second corpus file, never trained on.")
@click.option("--lines", type=_path, help="Records of `rtlgen eval rtl-repo build`: exact match on the way.")
@click.option("--skip", multiple=True, help="Repository of the corpus to leave out (repeatable).")
@click.option("--init", type=_path, help="Model folder to start from: its weights and its tokenizer.")
@click.option("--max-minutes", type=float, default=60.0, show_default=True, help="Wall clock of this call.")
@click.option(
    "--max-tokens", type=int, default=0, help="Tokens of this call. [default: only the time ends it]"
)
@click.option(
    "--decay",
    type=click.FloatRange(0, 1),
    default=0.25,
    show_default=True,
    help="Share of the call for the decay of the learning rate.",
)
@click.option("--vocabulary", type=int, default=4096, show_default=True)
@click.option("--width", type=int, default=256, show_default=True)
@click.option("--layers", type=int, default=4, show_default=True)
@click.option("--heads", type=int, default=4, show_default=True)
@click.option("--length", type=int, default=768, show_default=True, help="Tokens of a sequence.")
@click.option("--batch", type=int, default=6, show_default=True, help="Sequences a step.")
@click.option(
    "--fim-rate",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="Share of fill-in-the-middle.",
)
@click.option("--rate", type=float, default=1.0, show_default=True, help="Factor on the learning rates.")
@click.option(
    "--long-length", type=int, default=0, help="Tokens of long sequences, read now and then. [default: none]"
)
@click.option(
    "--long-every", type=click.IntRange(2), default=8, show_default=True, help="Steps from one to the next."
)
@click.option(
    "--prompt-tokens", type=int, default=0, help="Prompt budget the folder names. [default: --length]"
)
@click.option("--threads", type=int, default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the last figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def pretrain(
    corpus: Path,
    out: Path,
    validation: Path | None,
    lines: Path | None,
    skip: tuple[str, ...],
    init: Path | None,
    max_minutes: float,
    max_tokens: int,
    decay: float,
    vocabulary: int,
    width: int,
    layers: int,
    heads: int,
    length: int,
    batch: int,
    fim_rate: float,
    rate: float,
    long_length: int,
    long_every: int,
    prompt_tokens: int,
    threads: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Pretrain a model like the shipped one, from scratch or from --init; resumes where the run folder stopped."""
    from rtlgen.core.records import dump
    from rtlgen.train.packing import PackingConfig
    from rtlgen.train.pretrain import PretrainConfig
    from rtlgen.train.pretrain import pretrain as run

    config = PretrainConfig(
        vocabulary=vocabulary,
        width=width,
        layers=layers,
        heads=heads,
        batch=batch,
        max_minutes=max_minutes,
        max_tokens=max_tokens,
        decay=decay,
        rate=rate,
        long_length=long_length,
        long_every=long_every,
        prompt_tokens=prompt_tokens,
        threads=threads,
        seed=seed,
        packing=PackingConfig(length=length, context_tokens=length * 7 // 16, fim_rate=fim_rate, seed=seed),
    )
    figures = run(
        corpus, out, config, validation=validation, lines=lines, skip=skip, init=init, talk=_talk(quiet)
    )
    click.echo(dump("pretrain", figures) if as_json else json.dumps(figures))


@train.command()
@click.option(
    "--data",
    type=_path,
    multiple=True,
    required=True,
    help="Records of `rtlgen eval rtl-repo build` for the first stage, which needs no model (repeatable).",
)
@click.option(
    "--scored",
    type=_path,
    multiple=True,
    required=True,
    help="Records of repositories that neither the model nor the first stage has read (repeatable).",
)
@click.option(
    "--work", type=_path, required=True, help="Folder for the collected features; collecting resumes there."
)
@click.option("--model", required=True, help="The model folder whose scores are features.")
@click.option("--out", type=_path, required=True, help="The ranker file to write.")
@click.option("--limit", type=int, help="Records of each file.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def ranker(
    data: tuple[Path, ...],
    scored: tuple[Path, ...],
    work: Path,
    model: str,
    out: Path,
    limit: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the ranker of whole-line candidates: a stage without the model, and one with its scores."""
    from rtlgen.core.records import dump
    from rtlgen.train.ranker import train_ranker

    figures = train_ranker(data, scored, work, model, out, limit=limit, talk=_talk(quiet))
    click.echo(dump("ranker", figures) if as_json else json.dumps(figures))


@train.command()
@click.option(
    "--data", type=_path, required=True, help="Records of `rtlgen eval rtl-repo build`, never trained on."
)
@click.option("--model", required=True, help="The model folder.")
@click.option("--out", type=_path, help="The file to write. [default: mixture.json in the model folder]")
@click.option("--limit", type=int, help="Records to use.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def mixture(data: Path, model: str, out: Path | None, limit: int | None, as_json: bool, quiet: bool) -> None:
    """Fit the weights of the mixture with the continuation index."""
    from rtlgen.core.records import dump
    from rtlgen.core.settings import load_settings
    from rtlgen.train.mixture import fit_mixture

    settings = load_settings(Path.cwd(), {"model.path": model})
    place = out or Path(model) / "mixture.json"
    figures = fit_mixture(data, settings, place, limit=limit, talk=_talk(quiet))
    click.echo(dump("mixture", figures) if as_json else json.dumps(figures))


@train.command()
@click.option(
    "--manifest",
    type=_path,
    multiple=True,
    required=True,
    help="manifest.json of a corpus it has read (repeatable).",
)
@click.option("--run", type=_path, required=True, help="Run folder of the pretraining.")
@click.option("--out", type=_path, required=True, help="The Markdown file to write.")
@click.option(
    "--skipped", multiple=True, help="Repository of the corpus the model was not trained on (repeatable)."
)
@click.option(
    "--figures", type=_path, multiple=True, help="JSON of `rtlgen eval rtl-repo --json` (repeatable)."
)
@click.option(
    "--audit",
    "audits",
    type=_path,
    multiple=True,
    help="JSON of `rtlgen datasets corpus audit` (repeatable).",
)
@click.option("--notes", type=_path, help="Markdown file with the limits.")
def card(
    manifest: tuple[Path, ...],
    run: Path,
    out: Path,
    skipped: tuple[str, ...],
    figures: tuple[Path, ...],
    audits: tuple[Path, ...],
    notes: Path | None,
) -> None:
    """Write the card of a trained model from what its runs recorded."""
    from rtlgen.train.card import write_card

    text = notes.read_text("utf-8") if notes else ""
    write_card(manifest, run, out, skipped=skipped, figures=figures, audits=audits, notes=text)
    click.echo(str(out))


train.add_command(adapt)
train.add_command(agent)
train.add_command(audit)
train.add_command(embedder)
train.add_command(sft)
train.add_command(sweep)
train.add_command(memorised)


def _talk(quiet: bool) -> Callable[[str], None]:
    return (lambda _: None) if quiet else (lambda text: click.echo(text, err=True))
