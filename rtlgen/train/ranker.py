"""Train the ranker of whole-line candidates on next lines of repositories.

Two stages, each collected and then fitted (`rtlgen.train.listwise`). The first needs no model: the proposals of
`rtlgen.retrieval.propose` and their features, cheap enough for tens of thousands of records. The second sees what
completion sees: the pool cut by the first stage, the model's lines and scores. Its records must come from repositories
that neither the model nor the first stage has read, so that their scores mean there what they mean in a user's
repository. Collecting resumes where it stopped. It makes no records (`rtlgen eval rtl-repo build`).

Try: ``rtlgen train ranker --data read.jsonl --scored unread.jsonl --work w --model run/model --out ranker.npz``
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rtlgen.core.errors import UsageError
from rtlgen.train.listwise import Example, FittedStage, StageConfig, fit_stage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.complete.line import LineCompleter
    from rtlgen.core.settings import Settings
    from rtlgen.model.ranker import Ranker

__all__ = ["Example", "StageConfig", "collect", "fit_ranker", "read_examples", "train_ranker"]

Talk = Callable[[str], None]
SHARD = 100
"""Records of a shard; a killed run loses at most one."""
FIRST = StageConfig()
SECOND = StageConfig(hidden=24, epochs=30, batch=32, dropout=0.2, weight_decay=5e-2)


def collect(
    data: Path,
    settings: Settings,
    out: Path,
    *,
    first: Ranker | None = None,
    limit: int | None = None,
    talk: Talk = lambda _: None,
) -> int:
    """Store features and labels of the records of `data` in the folder `out`; return how many are there.

    Without `first` the repository's proposals alone, for the first stage; with it (a ranker with a first stage) the
    pool that completion would choose from, scored by the settings' model. Records of a file come together, so that its
    index is built once; `limit` of them are drawn at random. Raises `UsageError` when the folder holds other features.
    """
    import numpy as np

    names = feature_names(second=first is not None)
    out.mkdir(parents=True, exist_ok=True)
    listed = out / "features.json"
    if listed.is_file() and json.loads(listed.read_text("utf-8")) != names:
        raise UsageError("the folder holds other features", where=out, hint="remove it and collect again")
    listed.write_text(json.dumps(names), "utf-8")
    places = _places(data, limit)
    for number, start in enumerate(range(0, len(places), SHARD)):
        path = out / f"{number:05d}.npz"
        part = places[start : start + SHARD]
        if not path.is_file():
            made = [_example(record, settings, first, names) for record in _records_at(data, part)]
            half = out / f"{number:05d}.part.npz"
            np.savez_compressed(
                half,
                counts=np.array([len(e.labels) for e in made]),
                features=np.concatenate([e.features for e in made]).astype(
                    np.float32 if first else np.float16
                ),
                labels=np.concatenate([e.labels for e in made]),
                similarities=np.concatenate([e.similarities for e in made]),
                repositories=np.array([e.repository for e in made]),
            )
            half.replace(path)
        talk(f"{start + len(part)} records")
    return len(places)


def feature_names(*, second: bool) -> list[str]:
    """Features that a stage reads: those that need no model, or what the model and the first stage say."""
    from rtlgen.complete.evidence import SECOND_FEATURES
    from rtlgen.retrieval.propose.features import FEATURES

    return list(SECOND_FEATURES if second else FEATURES)


def read_records(data: Path, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The records of an RTL-Repo JSONL file, at most `limit`. Raises `UsageError` for a missing or broken file."""
    places = [(number, place) for number, place in enumerate(_offsets(data))][:limit]
    yield from _records_at(data, [("", "", place) for _, place in places])


def _offsets(data: Path) -> Iterator[int]:
    """Where the lines of a file begin."""
    try:
        with data.open("rb") as rows:
            while True:
                at = rows.tell()
                if not rows.readline().strip():
                    return
                yield at
    except OSError as error:
        raise _unreadable(data, error) from error


def _records_at(data: Path, places: Sequence[tuple[str, str, int]]) -> Iterator[dict[str, Any]]:
    try:
        with data.open("rb") as rows:
            for *_, place in places:
                rows.seek(place)
                yield json.loads(rows.readline())
    except (OSError, ValueError) as error:
        raise _unreadable(data, error) from error


def _unreadable(data: Path, error: Exception) -> UsageError:
    return UsageError(
        f"cannot read the records: {error}", where=data, hint="rtlgen eval rtl-repo build --help"
    )


def _places(data: Path, limit: int | None) -> list[tuple[str, str, int]]:
    """``(unit, file, offset)`` of every record, or of `limit` drawn at random, in that order."""
    offsets = list(_offsets(data))
    if limit is not None and limit < len(offsets):
        offsets = random.Random(0).sample(offsets, limit)
    records = _records_at(data, [("", "", at) for at in offsets])
    return sorted(
        (str(record.get("unit", record["repo_name"])), str(record["file_path"]), at)
        for record, at in zip(records, offsets, strict=True)
    )


def _example(
    record: dict[str, Any], settings: Settings, first: Ranker | None, names: Sequence[str]
) -> Example:
    """One record as candidates with features `names`."""
    import numpy as np

    from rtlgen.complete.evidence import COLUMN, likeness
    from rtlgen.complete.unit import unit_completer

    context = {piece["path"]: piece["snippet"] for piece in record["context"]}
    completer = unit_completer(context, settings, ranked=False)
    prefix = record["cropped_code"] + "\n" if record["cropped_code"] else ""
    if first is None:
        texts, matrix = _proposals(completer, record["file_path"], prefix)
    else:
        completer.ranker = first
        pool = completer.rank(record["file_path"], prefix, learned=False).pool
        assert pool is not None and pool.features is not None
        texts, matrix = pool.texts, pool.features
    hidden = record["next_line"]
    wanted = hidden.split()
    return Example(
        matrix[:, [COLUMN[name] for name in names]],
        np.array([float(text.split() == wanted) for text in texts], dtype=np.float32),
        likeness(texts, [hidden])[:, 0] if texts else np.zeros(0, np.float32),
        record["repo_name"],
    )


def _proposals(completer: LineCompleter, path: str, prefix: str) -> tuple[list[str], NDArray[np.float32]]:
    """The repository's proposals for a place, without any model."""
    from rtlgen.complete.evidence import matrix_of
    from rtlgen.complete.pool import PROPOSED
    from rtlgen.retrieval.propose.pool import propose_all
    from rtlgen.retrieval.propose.position import Position

    position = Position.at(path, prefix, completer.continuation(path), "", completer.index.modules())
    proposals = propose_all(position, PROPOSED)
    return [p.text for p in proposals], matrix_of([p.features for p in proposals])


def read_examples(folders: Sequence[Path]) -> tuple[list[str], list[Example]]:
    """Feature names and examples of collected folders of one stage."""
    import numpy as np

    names: list[str] | None = None
    examples: list[Example] = []
    for folder in folders:
        try:
            mine = json.loads((folder / "features.json").read_text("utf-8"))
        except OSError as error:
            raise UsageError(
                "no collected features here", where=folder, hint="rtlgen train ranker --data FILE"
            ) from error
        if names is not None and mine != names:
            raise UsageError("the folders hold different features", where=folder, hint="collect them again")
        names = mine
        for path in sorted(p for p in folder.glob("[0-9]*.npz") if not p.name.endswith(".part.npz")):
            with np.load(path) as stored:
                ends = np.cumsum(stored["counts"])
                columns = [stored[key] for key in ("features", "labels", "similarities")]
                for size, end, name in zip(stored["counts"], ends, stored["repositories"], strict=True):
                    features, labels, similarities = (column[end - size : end] for column in columns)
                    examples.append(Example(features, labels, similarities, str(name)))
    assert names is not None
    return names, examples


def write_ranker(stages: dict[str, FittedStage], out: Path) -> None:
    """Write the stages into one ``.npz``, networks in half precision, whole or not at all."""
    import numpy as np

    arrays = {}
    for stage, fitted in stages.items():
        for name, value in fitted.weights.items():
            arrays[f"{stage}.{name}"] = value.astype(np.float16) if name in ("w1", "w2") else value
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.replace(out)


def fit_ranker(
    first: Sequence[Path], out: Path, *, seed: int = 1, talk: Talk = lambda _: None
) -> tuple[FittedStage, Ranker]:
    """Fit the first stage on collected folders and write a ranker of it alone."""
    from rtlgen.model.ranker import Ranker

    names, examples = read_examples(first)
    fitted = fit_stage(names, examples, replace(FIRST, seed=seed), talk)
    write_ranker({"first": fitted}, out)
    return fitted, Ranker.load(out)


def train_ranker(
    data: Sequence[Path],
    scored: Sequence[Path],
    work: Path,
    model: str,
    out: Path,
    *,
    limit: int | None = None,
    talk: Talk = lambda _: None,
) -> dict[str, dict[str, float]]:
    """Collect `data` and fit the first stage, collect `scored` and fit the second, write `out`.

    Returns the figures of both stages on their folds' own records. `limit`: records of each file.
    """
    from rtlgen.core.settings import load_settings

    settings = load_settings(Path.cwd(), {"model.path": model})
    folders = [work / "first" / path.stem for path in data]
    for path, folder in zip(data, folders, strict=True):
        collect(path, settings, folder, limit=limit, talk=talk)
    fitted, ranker = fit_ranker(folders, work / "first.npz", talk=talk)
    folders = [work / "second" / path.stem for path in scored]
    for path, folder in zip(scored, folders, strict=True):
        collect(path, settings, folder, first=ranker, limit=limit, talk=talk)
    names, examples = read_examples(folders)
    second = fit_stage(names, examples, SECOND, talk)
    write_ranker({"first": fitted, "second": second}, out)
    return {"first": fitted.figures, "second": second.figures}
