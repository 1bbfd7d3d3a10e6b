"""Commands that do not depend on a configuration mode: the behaviour's, and what only a session needs.

Owns the form that output and failures have on a screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..authorization import authorize
from ..core import RouterCore
from ..errors import CommandFailed
from ..sessions import Session
from ..urltext import without_passwords
from .answers import Answer, Question, is_yes

_CARETS = frozenset(" ^\n")


def lost(session: Session) -> Answer:
    """The connection is cut, as a fault has it."""
    session.disconnect()
    return Answer(ends=True)


def run_command(core: RouterCore, session: Session, line: str, *, classic: bool, indent: int) -> Answer:
    """Run one operational command; a command that must be confirmed asks first.

    Args:
        core: the router.
        session: who asks.
        line: without the engine's prefix.
        classic: which engine's grammar.
        indent: width of the prompt that the line was typed behind, for the carets below a word.
    """
    question = _confirmation(line, classic=classic)
    if question is None:
        return Answer(_output(core, session, line, classic=classic, indent=indent))

    def answered(reply: str) -> Answer:
        if not is_yes(reply):
            return Answer()
        return Answer(_output(core, session, f"{line} force", classic=classic, indent=indent))

    return Answer(question=Question(question, answered))


def _output(core: RouterCore, session: Session, line: str, *, classic: bool, indent: int) -> str:
    try:
        authorize(core.running(), session.user, line)
        return core.behaviour.command(line, session.user, classic=classic)
    except CommandFailed as exc:
        printed = exc.output
        if printed and "^" in printed and _CARETS.issuperset(printed):
            printed = " " * indent + printed
        return f"{printed}{exc.text}\n"


#: Commands that ask before they destroy something.
_ASKING = {False: ("remove",), True: ("delete",)}


def _confirmation(line: str, *, classic: bool) -> str | None:
    """What is asked before a file is removed; None for every other line."""
    words = line.split()
    asks = words[:1] == ["file"] and len(words) > 2 and words[1] in _ASKING[classic] and "force" not in words
    # ASSUMPTION: the words of the question.
    return f"Are you sure (y/n)? {without_passwords(words[2])} will be removed [y,n] " if asks else None


def environment_more(words: Sequence[str], more: bool) -> bool:
    """Whether paging is on after `environment …`: `more [true|false]`, `no more`, `more` in classic."""
    if list(words[:2]) == ["no", "more"]:
        return False
    if words[:1] and words[0] == "more":
        return list(words[1:2]) != ["false"]
    return more
