"""Units: their sizes, who stays together, and near-duplicates."""

from __future__ import annotations

import random

from rtlgen.datasets.rtl_units import MAX_FILES, MIN_FILES, cut_into_units, near_duplicates, references


def _module(name: str, uses: tuple[str, ...] = ()) -> str:
    inside = "\n".join(f"  {used} u_{used} ();" for used in uses)
    return f"module {name};\n{inside}\nendmodule\n"


def test_a_small_repository_is_one_unit() -> None:
    files = {f"{name}.v": _module(name) for name in "dacb"}
    assert cut_into_units(files) == [["a.v", "b.v", "c.v", "d.v"]]
    assert cut_into_units(dict(list(files.items())[:3])) == []


def test_units_keep_their_size_and_share_no_file() -> None:
    source = random.Random(1)
    names = [f"m{i}" for i in range(300)]
    files = {
        f"d{source.randrange(9)}/s{source.randrange(4)}/{name}.v": _module(name, (source.choice(names),))
        for name in names
    }
    units = cut_into_units(files)
    assert all(MIN_FILES <= len(unit) <= MAX_FILES for unit in units)
    together = [path for unit in units for path in unit]
    assert len(together) == len(set(together)) == 300
    assert units == cut_into_units(dict(reversed(files.items())))


def test_folders_stay_together() -> None:
    files = {f"{folder}/{i}.v": _module(f"{folder}{i}") for folder in "ab" for i in range(20)}
    assert [len(unit) for unit in cut_into_units(files)] == [20, 20]


def test_a_flat_folder_is_cut_along_references() -> None:
    files = {}
    for group in range(3):
        files[f"z{group}_top.v"] = _module(f"top{group}", tuple(f"g{group}_{i}" for i in range(9)))
        files |= {f"{i}_{group}.v": _module(f"g{group}_{i}") for i in range(9)}
    units = cut_into_units(files)
    assert [len(unit) for unit in units] == [15, 15]
    whole = [
        group
        for group in range(3)
        if any(sum(p.startswith(f"z{group}") or p.endswith(f"_{group}.v") for p in u) == 10 for u in units)
    ]
    assert len(whole) == 2  # the third fills both up


def test_a_small_folder_joins_what_it_uses() -> None:
    files = {f"{folder}/{i}.v": _module(f"{folder}{i}") for folder in "ab" for i in range(14)}
    files["tb/t.v"] = _module("t", ("b3",))
    units = cut_into_units(files)
    assert "tb/t.v" in next(unit for unit in units if "b/3.v" in unit)


def test_references_by_module_and_include() -> None:
    files = {
        "a.v": '`include "defs.vh"\n' + _module("a", ("b",)),
        "b.v": "// a is not used here\n" + _module("b"),
        "inc/defs.vh": "`define W 8\n",
    }
    assert references(files) == {"a.v": {"b.v", "inc/defs.vh"}, "b.v": {"a.v"}, "inc/defs.vh": {"a.v"}}


def _long(seed: int, lines: int = 60) -> str:
    source = random.Random(seed)
    return "\n".join(f"assign s{source.randrange(999)} = t{source.randrange(999)};" for _ in range(lines))


def test_near_duplicates_point_to_the_first() -> None:
    text = _long(1)
    other_header = "// Copyright somebody else\n" + text.replace("assign", "  assign")
    one_line = text.replace("\n", "\nassign new_line = 1;\n", 1)
    assert near_duplicates([text, _long(2), other_header, one_line]) == {2: 0, 3: 0}


def test_half_equal_texts_are_kept() -> None:
    text = _long(1)
    half = "\n".join(text.split("\n")[:30] + _long(3).split("\n")[:30])
    assert near_duplicates([text, half, "", "x", ""]) == {4: 2}
