"""The choice of the way in which commands are given to a router, by what the router offers. Pure.

Three ways are known: YANG actions, command lines by md-cli-raw-command, command lines in a CLI session over SSH. The
release's models say what could be there; ``Offer`` says what was observed of this router, and may leave anything open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sroscert.commands.action import ENGINE_LINES
from sroscert.commands.raw import Engine
from sroscert.schema import Schema
from sroscert.schema.facts import RAW_COMMAND, facts

SESSION_LINES = ("/configure system login-control ssh inbound-max-sessions 10", "commit")
RIGHTS_LINE = '/configure system security user-params local-user user "NAME" access console true'


@dataclass(frozen=True, slots=True)
class Offer:
    """What was observed of a router's ways in. None is: not observed, and then it is tried.

    ``engines`` are the CLI engines that the user may use; ``raw_command`` and ``cli_login`` whether the user's rights
    allow md-cli-raw-command and a CLI login; ``sessions_left`` how many more SSH sessions the router would take.
    """

    engines: Collection[Engine] | None = None
    raw_command: bool | None = None
    cli_login: bool | None = None
    sessions_left: int | None = None


NOTHING_OBSERVED = Offer()


@dataclass(frozen=True, slots=True)
class Choice:
    """How commands are given: ``name`` is action, raw, cli, or empty where no way is left; ``reason`` says why.

    ``lines`` is raw or cli: how what has no action is given. ``to_type`` is what an operator would type on the router
    to open a way, where there is none.
    """

    name: str
    reason: str
    lines: str = ""
    to_type: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    open: bool
    why: str
    to_type: tuple[str, ...] = ()


def choose(schema: Schema, offer: Offer = NOTHING_OBSERVED) -> Choice:
    """Choose the backend: actions before raw lines before a CLI session."""
    raw, cli = _raw(schema, offer), _cli(schema, offer)
    lines = "raw" if raw.open else "cli" if cli.open else ""
    if not lines:
        reasons = dict.fromkeys((raw.why, cli.why))
        return Choice("", "; ".join(reasons), to_type=tuple(dict.fromkeys((*raw.to_type, *cli.to_type))))
    if facts(schema).pki_actions:
        through = "" if raw.open else f"; what has none goes by the CLI: {raw.why}"
        return Choice("action", f"the release has YANG actions for PKI{through}", lines)
    if raw.open:
        return Choice("raw", f"the release has no YANG actions for PKI (since 23.3), but {RAW_COMMAND}", lines)
    return Choice("cli", f"commands are typed in a CLI session over SSH: {raw.why}", lines)


def _raw(schema: Schema, offer: Offer) -> _Way:
    if not facts(schema).raw_command:
        return _Way(False, f"the release has neither YANG actions for PKI (since 23.3) nor {RAW_COMMAND} (since 20.10)")
    if offer.raw_command is False:
        return _Way(False, "the user may not use md-cli-raw-command", (RIGHTS_LINE, "commit"))
    if offer.engines is not None and Engine.MD_CLI not in offer.engines:
        return _Way(False, "md-cli-raw-command needs the md-cli engine, which is not allowed", ENGINE_LINES)
    return _needs_classic(schema, offer) or _Way(True, "")


def _cli(schema: Schema, offer: Offer) -> _Way:
    if offer.cli_login is False:
        return _Way(False, "the user may not log in to the CLI (access console)", (RIGHTS_LINE, "commit"))
    if offer.sessions_left is not None and offer.sessions_left < 1:
        return _Way(False, "the router takes no further SSH session for the CLI", SESSION_LINES)
    return _needs_classic(schema, offer) or _Way(True, "")


def _needs_classic(schema: Schema, offer: Offer) -> _Way | None:
    """Return the obstacle where PKI commands exist in classic words only, and the classic engine is not allowed."""
    if facts(schema).pki_actions or offer.engines is None or Engine.CLASSIC in offer.engines:
        return None
    return _Way(False, "PKI commands below 23.3 need the classic-cli engine, which is not allowed", ENGINE_LINES)
