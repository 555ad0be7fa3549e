"""The pipeline on files in memory: it proposes, ranks, leaves sources out, and the model alone is another thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtlgen.complete.pool import POOL_FEATURES
from rtlgen.complete.unit import complete_in_unit, unit_completer
from rtlgen.core.errors import UsageError
from rtlgen.core.settings import Settings, load_settings

OTHER = {
    "rtl/one.v": "module one(input clk, input rst, output reg a);\n    always @(posedge clk)\n"
    "        if (rst)\n            a <= 1'b0;\n        else\n            a <= ~a;\nendmodule\n"
}
PREFIX = "module two(input clk, input rst, output reg b);\n    always @(posedge clk)\n        if (rst)"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(tmp_path_factory.mktemp("settings"))


def test_a_known_pattern_is_carried_over_with_the_own_name(settings: Settings) -> None:
    assert complete_in_unit(OTHER, "rtl/two.v", PREFIX, options={"settings": settings}).split() == [
        "b",
        "<=",
        "1'b0;",
    ]


def test_the_pool_has_one_row_a_candidate_and_finite_features(settings: Settings) -> None:
    import numpy as np

    pool = unit_completer(OTHER, settings, ranked=False).rank("rtl/two.v", PREFIX + "\n", learned=False).pool
    assert pool is not None
    assert pool.features is not None
    assert pool.features.shape == (len(pool.texts), len(POOL_FEATURES))
    assert np.isfinite(pool.features).all()
    assert len({" ".join(text.split()) for text in pool.texts}) == len(pool.texts)
    model_sum = pool.features[:, POOL_FEATURES.index("model_sum")]
    assert (model_sum < 0).all()
    assert any("model" in sources for sources in pool.sources)


def test_lines_are_ordered_by_utility_and_probabilities_sum_below_one(settings: Settings) -> None:
    ranking = unit_completer(OTHER, settings).rank("rtl/two.v", PREFIX + "\n")
    utilities = [line.utility for line in ranking.lines]
    assert utilities == sorted(utilities, reverse=True)
    chances = [line.probability for line in ranking.lines]
    assert 0 < sum(chances) <= 1
    assert ranking.packed is not None
    assert ranking.packed.text.endswith(PREFIX + "\n")


def test_sources_can_be_left_out(settings: Settings) -> None:
    options = {"settings": settings, "without": ("continuation",)}
    assert complete_in_unit(OTHER, "rtl/two.v", PREFIX, options=options).split() != []
    completer = unit_completer(OTHER, settings, without=frozenset({"continuation"}))
    assert not completer.continuation("rtl/two.v").paths


def test_what_is_typed_filters_the_lines(settings: Settings) -> None:
    lines = unit_completer(OTHER, settings).rank("rtl/two.v", PREFIX + "\n", partial="            b <").lines
    assert lines
    assert all(line.text.replace(" ", "").startswith("b<") for line in lines)


def test_lines_below_the_cursor_come_last(settings: Settings) -> None:
    completer = unit_completer(OTHER, settings)
    first = completer.rank("rtl/two.v", PREFIX + "\n").lines[0]
    again = completer.rank("rtl/two.v", PREFIX + "\n", suffix=first.text + "\n").lines
    assert again[0].text != first.text
    assert again[-1].text == first.text


def test_only_models_of_our_kind_rank(tmp_path: Path, settings: Settings) -> None:
    other = load_settings(tmp_path, {"model.endpoint": "http://127.0.0.1:9"})
    with pytest.raises(UsageError, match=r"the pipeline ranks with a model of rtlgen's own kind"):
        complete_in_unit(OTHER, "rtl/two.v", PREFIX, options={"settings": other})
