import numpy as np

from rtlgen.retrieval.propose import FEATURES, propose_all

FILES = {
    "a.v": "module a (\n  input clk,\n  input rst_n,\n  output reg q\n);\nendmodule\n",
    "b.v": "module b (\n  input clk,\n  input rst_n,\n  input d\n);\nendmodule\n",
}


def test_texts_are_distinct_and_have_features(at) -> None:
    found = propose_all(at("module c (\n  input clk,\n", FILES))
    keys = [" ".join(proposal.text.split()) for proposal in found]
    assert len(set(keys)) == len(keys) > 3
    assert np.array([proposal.features for proposal in found], np.float32).shape == (
        len(found),
        len(FEATURES),
    )
    assert keys[0] == "input rst_n,"


def test_sources_of_one_text_are_joined(at) -> None:
    first = propose_all(at("module c (\n  input clk,\n", FILES))[0]
    assert len(first.sources) > 1
    assert first.source == first.sources[0]
    assert first.features[FEATURES.index("sources")] == len(first.sources)


def test_limit_and_determinism(at) -> None:
    prefix = "module c (\n  input clk,\n  input rst_n,\n"
    assert len(propose_all(at(prefix, FILES), limit=2)) == 2
    once, again = propose_all(at(prefix, FILES)), propose_all(at(prefix, FILES))
    assert once == again


def test_odd_places_do_not_break(at) -> None:
    for prefix in (
        "",
        "\n\n",
        "/* open\n",
        "\\weird .x(\n",
        ")\nend\nendmodule\n",
        "`\n",
        "'\n",
        '"open\n',
        "[ [ (\n",
        "\t\n",
        "é\n",
    ):
        assert isinstance(propose_all(at(prefix, {**FILES, "empty.v": "", "odd.v": prefix})), list)
