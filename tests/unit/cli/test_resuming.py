"""The words of a run that is taken up: those that it was given, and no others."""

from __future__ import annotations

from typing import Any

import pytest
import typer.main

from sroscert.cli.commands import app
from sroscert.cli.jobs import requested
from sroscert.cli.resuming import command_words

_COMMANDS: Any = typer.main.get_command(app)


def options(words: list[str]) -> Any:
    """What a run of these words would write down."""
    command = _COMMANDS.commands[words[0]]
    return dict(requested(command.make_context(words[0], words[1:])).options)


@pytest.mark.parametrize(
    "words",
    [
        "clean -f a.yaml --keep 0 --yes --jobs 3",
        "clean -f a.yaml",
        "renew -f a.yaml -f b.yaml --settle-timeout 0 --force --certificate x --certificate y --override code-spent",
        "rollback -f a.yaml --to 1 --move-others --allow-interrupt -l r1 -l r2 --max-fail 1",
        "apply some.plan --no-renew --set-secrets -o json --confirm-timeout 30 --verify-timeout 0.5",
    ],
)
def test_a_run_is_taken_up_with_its_options(words: str) -> None:
    """Each command gets back what it wrote down, zeros too."""
    said = options(words.split())

    again = options([words.split()[0], *command_words(_COMMANDS.commands[words.split()[0]], said)])

    assert again == said
