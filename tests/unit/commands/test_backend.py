"""What a router offers decides how commands are given to it."""

from __future__ import annotations

import pytest

from sroscert import schema as schemas
from sroscert.commands.action import ENGINE_LINES
from sroscert.commands.backend import RIGHTS_LINE, SESSION_LINES, Offer, choose
from sroscert.commands.raw import Engine
from sroscert.schema.loader import known_releases

MD, CLASSIC = (Engine.MD_CLI,), (Engine.CLASSIC,)
BOTH = (*MD, *CLASSIC)


@pytest.mark.parametrize(
    ("release", "offer", "name", "lines"),
    [
        ("25.10", Offer(), "action", "raw"),
        ("25.10", Offer(engines=BOTH), "action", "raw"),
        ("25.10", Offer(engines=MD), "action", "raw"),
        ("25.10", Offer(engines=CLASSIC), "action", "cli"),
        ("25.10", Offer(raw_command=False), "action", "cli"),
        ("25.10", Offer(raw_command=False, cli_login=False), "", ""),
        ("25.10", Offer(engines=CLASSIC, sessions_left=0), "", ""),
        ("21.2", Offer(), "raw", "raw"),
        ("21.2", Offer(sessions_left=0), "raw", "raw"),
        ("21.2", Offer(engines=CLASSIC), "cli", "cli"),
        ("21.2", Offer(engines=MD), "", ""),
        ("21.2", Offer(raw_command=False, sessions_left=1), "cli", "cli"),
        ("21.2", Offer(raw_command=False, sessions_left=0), "", ""),
        ("19.10", Offer(), "cli", "cli"),
        ("19.10", Offer(engines=BOTH, cli_login=True, sessions_left=2), "cli", "cli"),
        ("19.10", Offer(engines=CLASSIC), "cli", "cli"),
        ("19.10", Offer(engines=MD), "", ""),
        ("19.10", Offer(cli_login=False), "", ""),
        ("19.10", Offer(sessions_left=0), "", ""),
    ],
)
def test_the_choice(release: str, offer: Offer, name: str, lines: str) -> None:
    """Actions before raw lines before a CLI session; what has no action goes by a way that is open."""
    choice = choose(schemas.load(release), offer)

    assert (choice.name, choice.lines) == (name, lines)
    assert choice.reason
    assert bool(choice.to_type) == (not name)


@pytest.mark.parametrize(
    ("release", "offer", "typed"),
    [
        ("21.2", Offer(engines=MD), "cli-engine [md-cli classic-cli]"),
        ("19.10", Offer(cli_login=False), "access console true"),
        ("19.10", Offer(sessions_left=0), "inbound-max-sessions"),
        ("25.10", Offer(engines=CLASSIC, sessions_left=0), "cli-engine [md-cli classic-cli]"),
    ],
)
def test_where_no_way_is_left_the_lines_to_type_are_given(release: str, offer: Offer, typed: str) -> None:
    """Each obstacle names itself, and what an operator types to remove it."""
    choice = choose(schemas.load(release), offer)

    assert any(typed in line for line in choice.to_type)


def test_without_classic_words_the_reason_is_given_once() -> None:
    """The same obstacle on two ways is one reason."""
    assert choose(schemas.load("21.2"), Offer(engines=MD)).reason.count("classic-cli") == 1


@pytest.mark.parametrize("release", [release.train for release in known_releases()])
def test_the_lines_to_type_exist_in_every_release(release: str) -> None:
    """What an operator is told to type is a node of the release's models."""
    schema = schemas.load(release)
    for line in (ENGINE_LINES[0], SESSION_LINES[0], RIGHTS_LINE):
        words = [word for word in line.strip("/").split(" ") if not word.startswith(('"', "["))]
        while words and not schema.has("/" + "/".join(words)):
            words.pop()
        assert len(words) >= 5, line
