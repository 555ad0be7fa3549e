"""What the token index says of whole candidate lines: the share it gives each of their tokens.

The index (`rtlgen.retrieval.ngrams`) knows what followed the longest equal context in other files and above. Candidates
that begin alike share their lookups. No network is asked.

    copied_shares(model, index, prompt, ["    assign a = b;"])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rtlgen.model.default import DefaultModel

TOKENS = 32
"""Tokens of a line that are looked up; the others count as the mean of those."""


def copied_shares(model: DefaultModel, index: Any, prompt: str, lines: Sequence[str]) -> list[list[float]]:
    """For every line the index's share (0 to 1) of each of its tokens, in order, and of a line end after them.

    Lengths equal those of `DefaultModel.score_lines`.
    """
    from rtlgen.model.default import LINE_TOKENS

    history = model.tokenizer.encode_prompt(prompt.removesuffix("\n"))
    ends = model.tokenizer.newline_ids
    encoded = [ids[:LINE_TOKENS] for ids in model.tokenizer.encode_many(["\n" + line for line in lines])]
    known: dict[tuple[int, ...], dict[int, float]] = {}
    result: list[list[float]] = [[] for _ in lines]
    for number in sorted(range(len(lines)), key=lambda n: encoded[n]):
        tokens = encoded[number]
        shares = result[number]
        for at in range(min(len(tokens), TOKENS) + 1):
            made = tuple(tokens[:at])
            if made not in known:
                known[made] = index.next_tokens([*history, *made])
            if at < len(tokens):
                shares.append(known[made].get(tokens[at], 0.0))
            else:
                shares.append(sum(share for token, share in known[made].items() if token in ends))
        if len(tokens) > TOKENS:
            mean = sum(shares[:TOKENS]) / TOKENS
            shares[TOKENS:] = [mean] * (len(tokens) + 1 - TOKENS)
        if not tokens:
            shares.clear()
    return result
