"""What the profiles of a local user let him do, command by command (/configure/system/security/aaa/local-profiles).

Owns the entries of a profile, their matches and the default-action. Which operations and calls a user may make at all
is accounts.py's. Source: YANG (entries with `match` and `action`, `default-action`), a transcript for the words.

ASSUMPTION: profiles are asked in the order of `member`, the entries of each by number, and the first that matches and
has an action decides, else the default-action, where `none` leaves it to the next profile; what nobody decides is
denied; a user without a profile is restricted by none. A match is the beginning of a command, and need not name the
keys of entries. Edits over NETCONF and gNMI are held against it by their paths as a line of the MD-CLI is.
A limit of the lab: what is read is not restricted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from .accounts import profiles_of
from .errors import CommandFailed
from .namespaces import local_name
from .schema import Node
from .tree import elements, text_of

_WORD = re.compile(r"\"([^\"]*)\"|(\S+)")


@dataclass(frozen=True, slots=True)
class Step:
    """A word of a command; `is_key` for the value of a key."""

    word: str
    is_key: bool = False


def words_of(line: str) -> tuple[Step, ...]:
    """The words of a line of either CLI, or of a match."""
    return tuple(Step(quoted or plain) for quoted, plain in _WORD.findall(line.strip().lstrip("/")))


def denial(word: str) -> str:
    """What the router says (transcript)."""
    return f"MINOR: MGMT_CORE #2020: Permission denied - unauthorized use of '{word}'"


class Rights:
    """The rights of one user, as a configuration has them."""

    def __init__(self, running: etree._Element, username: str) -> None:
        self._profiles = profiles_of(running, username)

    @property
    def are_unlimited(self) -> bool:
        """Whether nothing needs to be looked at."""
        if not self._profiles:
            return True
        decides = self._profiles[0]
        return text_of(decides, "default-action") == "permit-all" and next(elements(decides, "entry"), None) is None

    def refused(self, command: Sequence[Step], *, writes: bool = True) -> str:
        """The element that the user may not use; empty when the command is allowed."""
        if self.are_unlimited or not command:
            return ""
        for profile in self._profiles:
            for entry in sorted(elements(profile, "entry"), key=lambda item: int(text_of(item, "entry-id") or 0)):
                action, match = text_of(entry, "action", default="none"), words_of(text_of(entry, "match"))
                if action != "none" and match and _begins(command, match):
                    allowed = action == "permit" or (action == "read-only" and not writes)
                    return "" if allowed else match[-1].word
            default = text_of(profile, "default-action", default="none")
            if default == "permit-all" or (default == "read-only-all" and not writes):
                return ""
            if default != "none":
                break
        return [step.word for step in command if not step.is_key][-1]

    def refused_edit(self, config: etree._Element, root: Node) -> tuple[str, str] | None:
        """Path and element of the first part of an edit that the user may not make."""
        if self.are_unlimited:
            return None
        for top in elements(config):
            for path, command in _edited(top, root, "", ()):
                word = self.refused(command)
                if word:
                    return path, word
        return None


def authorize(running: etree._Element, username: str, line: str) -> None:
    """CommandFailed for a command, of either CLI or an action's path, that the user may not give."""
    words = words_of(line)
    refused = Rights(running, username).refused(words, writes=bool(words) and words[0].word != "show")
    if refused:
        raise CommandFailed(denial(refused))


def _begins(command: Sequence[Step], match: Sequence[Step]) -> bool:
    rest = list(match)
    for step in command:
        if not rest:
            return True
        if step.word == rest[0].word:
            del rest[0]
        elif not step.is_key:
            return False
    return not rest


def _edited(
    item: etree._Element, node: Node, above: str, before: tuple[Step, ...]
) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Each leaf of an edit, and each node that it makes, removes or replaces as a whole."""
    keys = [text_of(item, key) for key in node.keys]
    path = f"{above}/{node.name}" + "".join(
        f"[{key}='{value}']" for key, value in zip(node.keys, keys, strict=True)
    )
    command = (*before, Step(node.name), *(Step(value, is_key=True) for value in keys))
    below = [part for part in elements(item) if local_name(part) not in node.keys]
    if node.is_leaf or not below or item.attrib:
        yield path, command
    for part in below:
        known = node.children.get(local_name(part))
        if known is not None:
            yield from _edited(part, known, path, command)
