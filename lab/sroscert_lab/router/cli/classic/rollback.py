"""`admin rollback` of the classic CLI: checkpoints, what differs from them, the way back.

Owns `save`, `compare`, `revert` and `delete`, and the form of the comparison. Evidence: Nokia's public Ansible plugin
(these commands, `latest-rb`, `active-cfg`, `now`, and that what differs stands between two rulers) and the guide
(a commit of the candidate makes a checkpoint unless `no-checkpoint` is said; no way back while one waits to
be confirmed). ASSUMPTION: the signs and indentation, the other texts, that ten checkpoints are kept, in memory and
wherever `rollback-location` points; `comment` is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from lxml import etree

from ...authorization import authorize
from ...core import RouterCore
from ...engines import configuration_mode
from ...errors import CommandFailed
from ...reading import hide
from ...sessions import Session
from ...tree import copy_of
from ..answers import Answer, Question, is_yes, lines
from ..words import LineFault, Word
from .candidatewords import only
from .forms import BAD_COMMAND, BAD_VALUE, MISSING
from .matching import parents
from .rules import NOT_ALLOWED
from .table import TREE
from .text import RULER, Printer

ACTIVE, LATEST = "active-cfg", "latest-rb"
NO_CHECKPOINT = "MINOR: CLI Rollback checkpoint '{}' does not exist."
PENDING = "MINOR: CLI Rollback is not allowed - a commit waits for its confirmation."
_ASK = "Are you sure (y/n)? The configuration will be reverted to '{}' [y,n] "
_KEPT = 10


def save_checkpoint(core: RouterCore) -> None:
    """Keep what is running as the latest checkpoint."""
    core.checkpoints.insert(0, core.running())
    del core.checkpoints[_KEPT:]


def run_rollback(core: RouterCore, session: Session, line: str, words: list[Word]) -> Answer:
    """`admin rollback …`; LineFault, and RPCFailed when a way back is not to be had.

    Args:
        core: the router.
        session: who asks.
        line: as it was typed.
        words: behind `rollback`.
    """
    try:
        authorize(core.running(), session.user, line)
    except CommandFailed as exc:
        return lines(exc.text)
    if not words:
        raise LineFault(MISSING)
    name, rest = words[0].text, words[1:]
    if name == "save":
        only(rest[2:] if rest and rest[0].text == "comment" else rest)
        save_checkpoint(core)
        return Answer()
    if name == "compare":
        return _compare(core, rest)
    if name not in ("revert", "delete"):
        raise LineFault.at(words[0], BAD_COMMAND)
    if not rest:
        raise LineFault(MISSING)
    number = _number(rest[0])
    if number >= len(core.checkpoints):
        return lines(NO_CHECKPOINT.format(rest[0].text))
    if name == "revert":
        return _revert(core, session, rest, number)
    only(rest[1:])
    del core.checkpoints[number]
    return Answer()


def _revert(core: RouterCore, session: Session, words: list[Word], number: int) -> Answer:
    now = only(words[1:], "now")
    wanted = core.checkpoints[number]
    if configuration_mode(core.running()) == "model-driven":
        return lines(NOT_ALLOWED)

    def answered(reply: str) -> Answer:
        if is_yes(reply) and core.datastores.pending is not None:
            return lines(PENDING)
        if is_yes(reply):
            core.datastores.change(session, lambda _running: copy_of(wanted))
        return Answer()

    return answered("y") if now else Answer(question=Question(_ASK.format(words[0].text), answered))


def _compare(core: RouterCore, words: list[Word]) -> Answer:
    """`compare [source] [to source]`: without a word what is active to the latest checkpoint."""
    left = list(words)
    first = left.pop(0).text if left and left[0].text != "to" else ACTIVE
    other = LATEST
    if left:
        if left.pop(0).text != "to" or not left:
            raise LineFault(MISSING)
        other = left.pop(0).text
    only(left)
    trees: list[etree._Element] = []
    for source in (first, other):
        number = None if source == ACTIVE else _number(Word(source, -1, 0))
        if number is not None and number >= len(core.checkpoints):
            return lines(NO_CHECKPOINT.format(source))
        trees.append(core.running() if number is None else copy_of(core.checkpoints[number]))
    return lines(RULER, *_differences(*(_text(core, tree) for tree in trees)), RULER)


def _number(word: Word) -> int:
    if word.text == LATEST:
        return 0
    if not (word.text.isascii() and word.text.isdigit() and len(word.text) < 4):
        raise LineFault.at(word, BAD_VALUE)
    return int(word.text)


def _text(core: RouterCore, tree: etree._Element) -> list[str]:
    """A configuration without titles, secrets as the router shows them."""
    node = core.schema.roots["configure"]
    hide(tree, node, core.secrets)
    return ["configure", *Printer(core.schema).info(tree, node, TREE.items, 1), "exit"]


def _differences(old: list[str], new: list[str]) -> Iterator[str]:
    """The lines of one only, with the contexts that they stand in."""
    merged: list[tuple[str, str]] = []
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            merged += ((" ", line) for line in old[start:end])
        else:
            merged += (("-", line) for line in old[start:end])
            merged += (("+", line) for line in new[first:last])
    changed = [number for number, (sign, _) in enumerate(merged) if sign != " "]
    shown = {*changed, *parents([line for _, line in merged], changed)}
    yield from (f"{merged[number][0]} {merged[number][1]}" for number in sorted(shown))
