from rtlgen.retrieval.propose.features import FEATURES, RANKS, Place, row_of
from rtlgen.retrieval.propose.prior import WEIGHTS


def feature(row: list[float], name: str) -> float:
    return row[FEATURES.index(name)]


def test_names_are_unique_and_weights_known() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    assert set(WEIGHTS) <= set(FEATURES)
    assert {f"{name}_rank" for name in RANKS} <= set(FEATURES)


def test_first_features_stay_where_rankers_learned_them() -> None:
    assert FEATURES[:4] == ("match_exact_lines", "match_shape_lines", "match_count", "match_same_gap")
    assert FEATURES.index("match_coarse_lines") == 107


def test_row(at) -> None:
    position = at("module m;\nreg a;\nalways @(posedge clk) begin\n  a <= 0;\n", {"o.v": "b <= 0;\n"})
    row = row_of(Place(position), "  b <= a + fresh;", {"copy_rank": 2.0, "match_count": 1.0}, 1, 3.0, 4.0)
    assert len(row) == len(FEATURES)
    assert feature(row, "copy_rank") == 0.5
    assert feature(row, "vote_share") == 0.75
    assert feature(row, "names") == 3
    assert feature(row, "names_unknown") == 1
    assert feature(row, "names_unit_only") * 3 == 1
    assert feature(row, "kind_nonblocking") == feature(row, "last_nonblocking") == 1
    assert feature(row, "process_seq") == feature(row, "process_fits") == 1
    assert feature(row, "block_begin") == 1
    assert feature(row, "indent_same") == 1
    assert feature(row, "seen_own") == 0
    assert feature(row_of(Place(position), "  a <= 0;", {}, 1, 0.0, 0.0), "seen_distance") == 1


def test_suffix_features(at) -> None:
    place = Place(at("wire a;\n", suffix="wire b;\nassign b = a;\n"))
    row = row_of(place, "wire b;", {}, 1, 0.0, 0.0)
    assert feature(row, "suffix_line") == feature(row, "suffix_names") == 1
