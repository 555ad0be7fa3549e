"""`rtlgen completion`: print the script that makes a shell complete rtlgen's verbs and options.

The script is click's own; it calls rtlgen each time the tab key is pressed.

Try: ``rtlgen completion bash > ~/.local/share/bash-completion/completions/rtlgen``
"""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    bash: eval "$(rtlgen completion bash)"        in ~/.bashrc
    zsh:  eval "$(rtlgen completion zsh)"         in ~/.zshrc
    fish: rtlgen completion fish > ~/.config/fish/completions/rtlgen.fish
    """
    from click.shell_completion import get_completion_class

    from rtlgen.cli import cli

    script = get_completion_class(shell)
    assert script is not None
    click.echo(script(cli, {}, "rtlgen", "_RTLGEN_COMPLETE").source())
