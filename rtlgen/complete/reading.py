"""The model reading a file on, in the prompts of completion: what it and the continuation index said of every token.

The lines are read in windows. Each window has the prompt that completion would make at its first line (retrieved for that
place, packed for the model), and the window's tokens follow it: together never more than the model was trained on. The
copy distribution is looked up at every token, in the other files and in the file up to there. Nothing is generated and
nothing is weighed: `rtlgen.model.mixture` does that from the `Reading`.

Try: ``rtlgen eval bits --data dev.jsonl --limit 2``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rtlgen.complete.line import packed_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rtlgen.complete.line import LineCompleter
    from rtlgen.model.default import DefaultModel
    from rtlgen.model.mixture import MixtureWeights
    from rtlgen.retrieval.ngrams import Followers, TokenIndex

WINDOW_SHARE = 4
"""A window's tokens are one in so many of the model's context; the prompt has the others."""
BATCH = 6
"""Windows read at once."""


@dataclass(frozen=True)
class Reading:
    """One row a token, arrays (n,). Probabilities are natural; `length` and so on as in `Followers`."""

    ids: NDArray[np.int32]
    own: NDArray[np.float64]
    """Probability by the model."""
    own_best: NDArray[np.float64]
    """Of the model's most probable token."""
    own_of_top: NDArray[np.float64]
    """By the model, of the copy source's most probable token; 0 when nothing matches."""
    copied: NDArray[np.float64]
    """Probability by the copy source."""
    top: NDArray[np.float64]
    """Share of the copy source's most probable token; 0 when nothing matches."""
    length: NDArray[np.int32]
    total: NDArray[np.int32]
    distinct: NDArray[np.int32]

    def features(self) -> NDArray[np.float64]:
        """(n, len(GATE_FEATURES)): what a gate sees at each token."""
        from rtlgen.model.mixture import gate_features

        return gate_features(self.length, self.total, self.distinct, self.top, self.own_best, self.own_of_top)

    def mixed(self, weights: MixtureWeights) -> NDArray[np.float64]:
        """Probability (n,) of each token by the mixture."""
        weight = weights.of(self.features(), self.length)
        found: NDArray[np.float64] = (1 - weight) * self.own + weight * self.copied
        return found


@dataclass(frozen=True)
class _Window:
    """Tokens that the model sees before, and those whose probabilities are wanted."""

    before: list[int]
    wanted: list[int]


def lines_from(text: str, first: int, last: int) -> str:
    """Lines `first` to `last` (0-based, end excluded) of `text`, each behind the line end that leads to it.

    So the file begins with the line end behind its path, as in the layout of the model.
    """
    return "".join("\n" + line for line in text.split("\n")[first:last])


def read_on(completer: LineCompleter, path: str, text: str, first: int, last: int) -> Reading:
    """Read lines `first` to `last` (0-based, end excluded) of `text`, the file `path` beside the completer's files.

    The copy source searches what completion would search there, and the file up to each token.
    """
    return read_with(completer, path, text, first, last, [near_index(completer, path, text, first)])[0]


def near_index(completer: LineCompleter, path: str, text: str, first: int) -> TokenIndex:
    """What completion's copy source searches at line `first` (0-based) of `text`, besides the text itself."""
    prefix = _prefix(text.split("\n")[:first])
    found: TokenIndex = completer.token_index(path, _hits(completer, path, prefix))
    return found


def read_with(
    completer: LineCompleter, path: str, text: str, first: int, last: int, indexes: Sequence[TokenIndex]
) -> list[Reading]:
    """As `read_on`, once with each of `indexes` as what the copy source searches besides the file itself."""
    model = completer.model
    assert model is not None
    windows = _windows(completer, path, text.split("\n"), first, last)
    wanted = [token for window in windows for token in window.wanted]
    history = model.tokenizer.encode(lines_from(text, 0, first))
    if not history:  # what leads to the first line is the path
        history = windows[0].before[-8:]
    found = [_looked_up(index, history, wanted) for index in indexes]
    logs = _by_model(model, windows, [[followers.top[0] for followers in each] for each in found])
    return [_reading(wanted, each, logs[[0, 1, 2 + number]]) for number, each in enumerate(found)]


def _looked_up(index: TokenIndex, before: Sequence[int], wanted: Sequence[int]) -> list[Followers]:
    history = list(before)
    found: list[Followers] = []
    for token in wanted:
        found.append(index.look(history))
        history.append(token)
    return found


def _prefix(rows: Sequence[str]) -> str:
    return "".join(row + "\n" for row in rows)


def _hits(completer: LineCompleter, path: str, prefix: str) -> list[Any]:
    settings = completer.settings
    sources = completer.sources if completer.sources is not None else settings.get("retrieval.sources")
    return completer.index.retrieve(path, prefix, "", settings.get("retrieval.hits"), sources)


def _windows(
    completer: LineCompleter, path: str, rows: Sequence[str], first: int, last: int
) -> list[_Window]:
    """Windows of whole lines; a line longer than a window is cut into several."""
    model = completer.model
    assert model is not None
    size = model.trained_context // WINDOW_SHARE
    encoded = model.tokenizer.encode_many(["\n" + row for row in rows[first:last]])
    windows: list[_Window] = []
    at = first
    while at < last:
        end, wanted = at, list[int]()
        while end < last and (end == at or len(wanted) + len(encoded[end - first]) <= size):
            wanted += encoded[end - first]
            end += 1
        before = _prompt(completer, path, _prefix(rows[:at]), model.trained_context - size)
        for start in range(0, len(wanted), size):
            seen = [*before, *wanted[:start]]
            windows.append(_Window(seen[-(model.trained_context - size) :], wanted[start : start + size]))
        at = end
    return windows


def _prompt(completer: LineCompleter, path: str, prefix: str, budget: int) -> list[int]:
    """Ids of completion's prompt behind `prefix`."""
    model = completer.model
    assert model is not None
    packed = packed_for(model, path, prefix, "", _hits(completer, path, prefix), budget)
    return model.tokenizer.encode_prompt(packed.text.removesuffix("\n"))


def _by_model(
    model: DefaultModel, windows: Sequence[_Window], tops: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Log-probabilities (2 + k, n) of each wanted token, the likeliest one, and of k rows of `tops` (-1: none)."""
    import numpy as np
    import torch

    parts: list[NDArray[np.float64]] = []
    network, done = model.decoder.network, 0
    for start in range(0, len(windows), BATCH):
        batch = windows[start : start + BATCH]
        width = max(len(window.before) + len(window.wanted) for window in batch) - 1
        tokens = torch.zeros(len(batch), width, dtype=torch.long)
        for row, window in enumerate(batch):
            ids = [*window.before, *window.wanted[:-1]]
            tokens[row, : len(ids)] = torch.tensor(ids)
        with torch.inference_mode():
            hidden = network.hidden(tokens)
            for number, window in enumerate(batch):
                count, first = len(window.wanted), len(window.before) - 1
                scores = torch.log_softmax(
                    network.logits(hidden[number, first : first + count]).float(), dim=-1
                )
                asked = torch.tensor([window.wanted, *(row[done : done + count] for row in tops)])
                picked = scores.gather(1, asked.T.clamp(min=0)).T.double().numpy()
                picked[asked.numpy() < 0] = -np.inf
                parts.append(np.stack([picked[0], scores.amax(dim=1).double().numpy(), *picked[1:]]))
                done += count
    return np.concatenate(parts, axis=1)


def _reading(wanted: Sequence[int], found: Sequence[Followers], logs: NDArray[np.float64]) -> Reading:
    import numpy as np

    own, own_best, own_of_top = np.exp(logs)
    pairs = zip(wanted, found, strict=True)
    return Reading(
        ids=np.array(wanted, dtype=np.int32),
        own=own,
        own_best=own_best,
        own_of_top=own_of_top,
        copied=np.array([followers.weights.get(token, 0.0) for token, followers in pairs]),
        top=np.array([followers.top[1] for followers in found]),
        length=np.array([followers.length for followers in found], dtype=np.int32),
        total=np.array([followers.total for followers in found], dtype=np.int32),
        distinct=np.array([followers.distinct for followers in found], dtype=np.int32),
    )
