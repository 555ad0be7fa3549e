"""What a recipe may hold, and what it must not."""

from __future__ import annotations

import pytest

from rtlgen.core.errors import UsageError
from rtlgen.synth.recipe import PUBLISHED, SCRIPTS, parse


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
    ],
)
def test_what_is_no_recipe(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(text, where="--recipe")
    assert message in str(raised.value) and hint in str(raised.value.hint)
    assert "--recipe" in str(raised.value)
