"""The parts of a repository do not overlap, near copies do not cross, and hidden lines are code of held-out files."""

from __future__ import annotations

from rtlgen.datasets.rtl_lines import eligible_lines
from rtlgen.train.adapt_split import SplitConfig, split_repository


def source(number: int, lines: int = 60) -> str:
    body = "\n".join(
        f"  assign n{number}_{k} = (s{number * 31 + k} & t{k * number}) | {number + k}'d{k};"
        for k in range(lines)
    )
    return f"// file {number}\nmodule m{number}(input a);\n{body}\nendmodule\n"


def repository(count: int = 30) -> dict[str, str]:
    return {f"{'core' if n % 3 else 'bus'}/m{n:02}.v": source(n) for n in range(count)}


def test_parts_are_disjoint_cover_all_folders_and_are_replayed() -> None:
    texts = repository()
    split = split_repository(texts, SplitConfig())
    parts = [set(split.learn), set(split.rehearse), set(split.held_out)]
    assert sum(map(len, parts)) == len(texts) == len(set.union(*parts))
    assert len(split.held_out) == 4  # 15 % of 30
    assert {path.split("/")[0] for path in split.held_out} == {"core", "bus"}
    assert split == split_repository(texts, SplitConfig())
    assert split.held_out != split_repository(texts, SplitConfig(seed=2)).held_out


def test_hidden_lines_come_from_every_file_in_turn_and_are_code() -> None:
    texts = repository()
    split = split_repository(texts, SplitConfig(lines=10))
    assert len(split.lines) == 10
    assert {path for path, _ in split.lines[:4]} == set(split.held_out)
    assert all(line in eligible_lines(texts[path]) for path, line in split.lines)
    assert len(set(split.lines)) == 10


def test_near_copies_are_on_one_side() -> None:
    texts = repository(12)
    for n in range(6):  # two files in three have a copy under another header
        texts[f"copy/m{n:02}.v"] = "// another header\n" + source(n).replace("assign", "assign ")
    split = split_repository(texts, SplitConfig())
    for path in split.held_out:
        number = int(path[-4:-2])
        others = {f"copy/m{number:02}.v", f"core/m{number:02}.v", f"bus/m{number:02}.v"} - {path}
        assert not others & {*split.learn, *split.rehearse}


def test_when_most_files_have_copies_the_copies_leave() -> None:
    texts = repository(10)
    for n in range(9):
        texts[f"copy/m{n:02}.v"] = source(n)
    split = split_repository(texts, SplitConfig())
    assert len(split.held_out) >= 2
    assert split.left_out["near copy of a held-out file"] >= 1
    learned = {source for path in (*split.learn, *split.rehearse) for source in [texts[path]]}
    assert not learned & {texts[path] for path in split.held_out}


def test_generated_files_take_no_part_and_long_ones_are_only_learned_from() -> None:
    texts = repository(12)
    texts["gen.v"] = "// automatically generated, do not edit\n" + source(40)
    texts["long.v"] = source(41, 1500)
    for seed in range(6):
        split = split_repository(texts, SplitConfig(seed=seed))
        assert "gen.v" not in {*split.learn, *split.rehearse, *split.held_out}
        assert "long.v" in split.learn
        assert split.left_out == {"generated": 1}
