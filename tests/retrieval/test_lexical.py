from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtlgen.retrieval.lexical import K1, B, Counts, Lexical, Vocabulary, top, words

TEXTS = [
    "assign fifo_full = (level == DEPTH);",
    "always @(posedge clk) fifo_level <= fifo_level + 1;",
    "// the uart transmitter\nassign tx = shift_reg[0];",
    "",
    "assign tx_busy = |bit_count;",
]


def test_words_split_names_and_keep_numbers_and_operators() -> None:
    assert words("assign s_axiWData_q <= 8 'hF_F & ~addr[3:0]; // the RxFIFO") == [
        "assign",
        "s_axiwdata_q",
        "s",
        "axi",
        "w",
        "data",
        "q",
        "<=",
        "8'hff",
        "&",
        "~",
        "addr",
        "3",
        "0",
        "/",
        "/",
        "the",
        "rxfifo",
        "rx",
        "fifo",
    ]


def test_the_engine_scores_as_bm25s_does() -> None:
    import bm25s

    peer = bm25s.BM25(k1=K1, b=B, method="lucene")
    peer.index([words(text) for text in TEXTS if text], show_progress=False)
    lexical = Lexical()
    lexical.build([text for text in TEXTS if text])
    for query in TEXTS[:3]:
        known = [word for word in words(query) if word in peer.vocab_dict]
        ids = lexical.vocabulary.known(known)
        np.testing.assert_allclose(lexical.scores(ids), peer.get_scores(known), rtol=1e-5)


def test_search() -> None:
    lexical = Lexical()
    lexical.build(TEXTS)
    found = lexical.search("fifo_level", 5)
    assert [index for index, _ in found] == [1, 0]
    assert found[0][1] > found[1][1] > 0
    assert lexical.search("nowhere", 5) == []
    assert lexical.search("tx", 1) == lexical.search("tx", 9)[:1] != []
    assert lexical.search("tx", 0) == []


@pytest.mark.parametrize("texts", [[], [""], ["", "\n"]])
def test_nothing_to_find(texts: list[str]) -> None:
    lexical = Lexical()
    lexical.build(texts)
    assert lexical.search("assign", 3) == []


def test_scores_of_documents_outside() -> None:
    lexical = Lexical()
    lexical.build(TEXTS)
    ids = lexical.vocabulary.known(words("assign tx_busy new_word"))
    again = lexical.vocabulary.count(TEXTS[4].split("\n"), [(0, 1)])
    np.testing.assert_allclose(lexical.scores_of(again, ids), lexical.scores(ids)[4:], rtol=1e-5)
    assert len(lexical.scores_of(lexical.vocabulary.count([], []), ids)) == 0


def test_words_seen_later_are_not_asked_for() -> None:
    lexical = Lexical()
    lexical.build(TEXTS)
    lexical.vocabulary.add("brand_new_name")
    assert lexical.search("brand_new_name", 3) == []


def test_save_and_load(tmp_path: Path) -> None:
    lexical = Lexical()
    lexical.build(TEXTS)
    lexical.save(tmp_path / "bm25")
    loaded = Lexical.load(tmp_path / "bm25")
    assert loaded.search("fifo tx", 5) == lexical.search("fifo tx", 5)
    (tmp_path / "bm25/scores.npz").write_bytes(b"no archive")
    with pytest.raises((OSError, ValueError, KeyError)):
        Lexical.load(tmp_path / "bm25")


def test_counts_of_spans_and_their_union() -> None:
    vocabulary = Vocabulary()
    counts = vocabulary.count(["a b", "b c", ""], [(0, 1), (0, 2), (2, 3)])
    assert counts.indptr.tolist() == [0, 2, 5, 5]
    assert counts.ids.tolist() == [0, 1, 0, 1, 2]
    assert counts.counts.tolist() == [1, 1, 1, 2, 1]
    assert counts.lengths().tolist() == [2, 4, 0]
    both = Counts.joined([counts, counts])
    assert both.documents == 6
    assert both.indptr.tolist() == [0, 2, 5, 5, 7, 10, 10]
    assert Counts.joined([]).documents == 0


def test_top_keeps_the_order_of_equal_scores() -> None:
    scores = np.array([0.0, 2.0, 1.0, 2.0, -1.0], dtype=np.float32)
    assert top(scores, 3) == [(1, 2.0), (3, 2.0), (2, 1.0)]
    assert top(scores, 9) == [(1, 2.0), (3, 2.0), (2, 1.0)]
