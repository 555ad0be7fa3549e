"""What a recipe may hold, and what it must not."""

from __future__ import annotations

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.synth.library import Library, library
from rtlgen.synth.recipe import PUBLISHED, SCRIPTS, Recipe, parse


def test_aliases_and_scripts_are_spelled_out() -> None:
    assert parse("b; rwz\nrf ;; # nothing").steps == ("balance", "rewrite -z", "refactor")
    steps = parse("resyn2; dch").steps
    assert len(steps) == 11 and steps[:3] == ("balance", "rewrite", "refactor") and steps[-1] == "dch"
    assert parse("&get -n; &deepsyn -I 1 -J 12; &put").script == "&get -n; &deepsyn -I 1 -J 12; &put"
    assert len(parse("rs -K 6 -N 2").steps) == 1 and parse("").steps == ()


def test_every_published_action_and_every_script_is_a_recipe() -> None:
    assert [parse(action).steps for action in PUBLISHED] == [(action,) for action in PUBLISHED]
    assert all(parse(name).steps for name in SCRIPTS)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("!ls", "'!ls' runs a shell, which no recipe may", "allowed"),
        ("rewrite; !rm -rf x", "runs a shell", ""),
        ("source evil.abc", "'source evil.abc' is no command of a recipe", ""),
        ("write_aiger /tmp/x", "is no command of a recipe", ""),
        ("read_lib x.lib", "is no command of a recipe", ""),
        ("rewrit", "'rewrit' is no command of a recipe", "did you mean rewrite?"),
        ("rewrite -q", "'-q' is no option of rewrite that a recipe may use", "rewrite takes -l"),
        ("balance foo", "'foo' is no option of balance", ""),
        ("dc2 > /etc/passwd", "'>' is no option of dc2", ""),
        ("b;" * 501, "a recipe of 501 commands", "at most 500"),
        ("resyn22", "is no command of a recipe", "did you mean resyn2?"),
        (
            "map; rewrite",
            "(command 2) works on an AIG, but behind 'map' there is mapped cells",
            "mapping comes last",
        ),
        ("if -K 6; rewrite", "behind 'if -K 6' there is a network of LUTs", "put 'strash' before it"),
        ("&dc2", "'&dc2' (command 1) works on an AIG in the & space", "put '&get -n' before it"),
        ("&get -n; &dc2", "ends in an AIG in the & space", "end it with '&put'"),
        ("&get -n; rewrite", "there is an AIG in the & space", "put '&put' before it"),
        ("buffer -c", "works on mapped cells", "put a mapper before it"),
        ("mfs2", "works on", "put 'if -K 6' before it"),
        ("dch; rewrite", "there is an AIG with choices", "put 'strash' before it"),
        ("renode", "ends in a network of logic nodes", "end it with 'strash'"),
        ("fraig_store; resub", "fraig_store without a fraig_restore", "end the snapshots"),
        ("fraig_restore", "fraig_restore without a fraig_store", ""),
        ("if", "if needs -K in a recipe", "if takes -K 2..12"),
        ("&get -n; &deepsyn -T 2; &put", "'-T' is no option of &deepsyn", "-J 1..1000"),
        ("&get -n; &deepsyn; &put", "&deepsyn needs -J", ""),
        ("resub -K 20", "'-K 20' of resub is out of range", "-K 4..16"),
        ("resub -K", "-K of resub needs a whole number", ""),
        ("resub -K 6.5", "-K of resub needs a whole number", ""),
        ("resub -zK 6", "'-zK' is no option of resub", ""),
        ("map; topo; stime", "the figures are taken behind every recipe", "leave it out"),
        ("map; mfs3", "ended ABC", ""),
        ("&get -n; &put x.aig", "'x.aig' is no option of &put", "&put takes none"),
    ],
)
def test_what_is_no_recipe(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(text, where="--recipe")
    assert message in str(raised.value) and hint in str(raised.value.hint)
    assert "--recipe" in str(raised.value)


def test_a_recipe_is_cut_where_it_is_an_aig_again() -> None:
    recipe = parse(
        "b; &get -n; &dc2; &put; if -K 6 -a; mfs2 -e; strash; dch; map -a; buffer -c; topo; upsize"
    )
    assert recipe.split() == (
        ("balance", "&get -n; &dc2; &put", "if -K 6 -a; mfs2 -e; strash"),
        ("dch", "map -a", "buffer -c", "topo", "upsize"),
    )
    assert Recipe(("balance", "&get -n; &dc2; &put")).split() == (("balance", "&get -n; &dc2; &put"), ())
    assert parse("fraig_store; b; fraig_store; fraig_restore; strash; rw").split()[0][1] == "rewrite"
    assert parse("if -g -K 6; rw").split() == (("if -g -K 6", "rewrite"), ())
    assert parse("&get -n; &dch -f; &if -K 4; &put").split()[1][-1] == "&put"
    with pytest.raises(UsageError, match="runs a shell"):
        Recipe(("!ls",)).split()


def test_a_mapper_that_takes_delays_of_before_gets_a_map_before_it() -> None:
    assert parse("&get -n; &nf; &put").split() == ((), ("&get -n", "map", "&nf", "&put"))
    assert parse("&get -n; map -G 100; &nf; &put").split()[1] == ("&get -n", "map -G 100", "&nf", "&put")
    assert parse("b; emap -a; strash").split()[0] == ("balance", "&get -n; map; &put; emap -a; strash")


@pytest.mark.parametrize(
    ("text", "lut", "message"),
    [
        ("if -K 6", 4, "maps to LUTs of 6 inputs, but the target has 4"),
        ("&get -n; &lf; &put", 4, "maps to LUTs of 6 inputs"),
        ("amap", 6, "maps to cells, but the target is LUTs"),
        ("map; strash", 6, "maps to cells, but the target is LUTs"),
        ("dch; if -K 6 -a", None, "ends in LUTs (behind 'if -K 6 -a'), but the target is a cell library"),
    ],
)
def test_a_recipe_that_cannot_end_at_its_target(
    text: str, lut: int | None, message: str, generic: Library
) -> None:
    with pytest.raises(UsageError) as raised:
        parse(text, target=generic if lut is None else library(lut=lut))
    assert message in str(raised.value) and raised.value.hint


def test_the_plain_script_of_a_recipe(generic: Library) -> None:
    six = library(lut=6)
    assert generic.script_of(parse("b; dch")) == "balance; dch; map; topo; stime"
    assert generic.script_of(parse("amap")) == "amap; topo; print_stats; stime"
    assert (
        generic.script_of(parse("amap; buffer -c; topo")) == "amap; topo; buffer -c; topo; print_stats; stime"
    )
    assert six.script_of(parse("b; dch")) == "balance; dch; if -K 6; print_stats"
    assert six.script_of(parse("b; dch; if -K 4 -a; mfs2")) == "balance; dch; if -K 4 -a; mfs2; print_stats"
