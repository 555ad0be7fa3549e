import random

import pytest

from rtlgen.retrieval.ngrams import MAX_ORDER, TokenIndex


def brute(sequences: list[list[int]], tokens: list[int]) -> list[tuple[int, list[int]]]:
    """Followers by context length, the slow and plain way."""
    levels = []
    for length in range(1, min(MAX_ORDER, len(tokens)) + 1):
        followers: list[int] = []
        for sequence in [*sequences, tokens]:
            places = range(length, len(sequence))
            followers += [sequence[at] for at in places if sequence[at - length : at] == tokens[-length:]]
        if not followers:
            break
        levels.append((length, sorted(followers)))
    return levels[::-1]


def test_levels_agree_with_the_plain_way() -> None:
    draw = random.Random(0)
    for _ in range(40):
        sequences = [[draw.randrange(4) for _ in range(draw.randrange(1, 60))] for _ in range(3)]
        tokens = [draw.randrange(4) for _ in range(draw.randrange(1, 40))]
        found = [(length, sorted(followers)) for length, followers in TokenIndex(sequences).levels(tokens)]
        assert found == brute(sequences, tokens)


def test_next_tokens_prefers_the_longest_context() -> None:
    index = TokenIndex([[1, 2, 3, 4], [9, 3, 5], [8, 3, 5]])
    weights = index.next_tokens([1, 2, 3])
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights[4] > weights[5] > 0
    assert index.match_length([1, 2, 3]) == 3
    assert index.next_tokens([77]) == {}
    assert index.next_tokens([]) == {}


def test_own_text_counts_and_grows() -> None:
    index = TokenIndex([])
    assert index.next_tokens([5, 6, 7, 5, 6]) == {7: 1.0}
    assert index.next_tokens([5, 6, 7, 5, 6, 7]) == {5: 1.0}
    assert index.next_tokens([1, 6, 8, 1, 6]) == {8: 1.0}


def test_draft_copies_what_followed_and_stops_at_the_end_of_a_file() -> None:
    index = TokenIndex([[1, 2, 3, 4], [5, 6, 7]])
    assert index.draft([1, 2], 5) == [3, 4]
    assert index.draft([0, 5], 1) == [6]
    assert index.draft([4, 5, 6, 9, 4, 5], 2) == [6, 9]
    assert index.draft([42], 3) == []
    assert index.draft([1], 0) == []
