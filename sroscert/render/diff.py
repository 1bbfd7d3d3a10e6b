"""The difference between what an intent wants and what a router shows. Pure; says nothing of how it is made.

A difference is only claimed where it can be read: a secret that is present is in sync, whatever it reads back as,
unless the caller names it as one to be written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sroscert.render.branches import Branch, grow
from sroscert.render.secrets import STARS
from sroscert.render.statement import path_words, quote_visibly, statement, value_words
from sroscert.schema import Node, Schema
from sroscert.values import PRESENT, ConfigTree, Path, Segment, Value

Kind = Literal["add", "remove", "change"]
_SIGNS: dict[Kind, str] = {"add": "+", "remove": "-", "change": "~"}
_NOT_OURS = frozenset({"apply-groups", "apply-groups-exclude"})
"""Configuration groups are an operator's own means; they are never taken away as undesired."""


@dataclass(frozen=True, slots=True)
class Change:
    """One node to add, remove or change.

    ``implied`` marks a removal that the router makes by itself, because a node of another case of the same choice is
    set (RFC 7950 section 7.9). A list entry whose ``before`` and ``after`` are both PRESENT must move within its
    user-ordered list: it is made anew, and its members follow as changes of their own.
    """

    kind: Kind
    path: Path
    before: Value | None = None
    after: Value | None = None
    implied: bool = False


@dataclass(frozen=True, slots=True)
class Ownership:
    """The containers and list entries that an intent owns wholly: what it does not want there is removed.

    A last segment that names a list without keys owns all entries. ``shared`` are lists, by schema path, of which an
    owned object above them owns no entry; each entry that is ours is a root of its own.
    """

    roots: tuple[Path, ...] = ()
    shared: tuple[tuple[str, ...], ...] = ()

    def covers(self, path: Path) -> bool:
        """Tell whether ``path`` is an owned root or lies below one."""
        names = path.names
        within = max((len(kind) for kind in self.shared if names[: len(kind)] == kind), default=0)
        return any(_is_below(path, root) and len(root.segments) >= within for root in self.roots)


def diff(
    desired: ConfigTree, observed: ConfigTree, schema: Schema, *, owned: Ownership | None = None,
    rewritten: Collection[Path] = (),
) -> tuple[Change, ...]:
    """Return the changes that turn ``observed`` into ``desired``, in the order of ``desired``.

    Outside ``owned`` nothing is removed. ``rewritten`` are secrets to be written although they are there. Raises
    RenderError for a desired node that the schema does not have.
    """
    if not desired and not observed:
        return ()
    root = next(iter(desired or observed)).segments[0].name
    wanted = grow(desired.items(), schema, root)
    there = grow((item for item in observed.items() if item[0].segments[0].name == root), schema, root)
    walk = _Walk(owned or Ownership(), rewritten)
    walk.compare(wanted.root, there.root, (wanted.root.segment,), dormant=False)
    return tuple(walk.changes)


def change_lines(changes: Sequence[Change], schema: Schema) -> list[tuple[str, str]]:
    """Return each change as its sign (``+``, ``-``, ``~``) and an MD-CLI line; secrets are stars.

    The line of a new entry or presence container is left out when a line for something inside it follows.
    """
    return [_line(change, schema) for change in told(changes)]


def change_texts(changes: Sequence[Change], schema: Schema) -> list[str]:
    """Return the same for people to read, behind a ``~`` also what is there now."""
    texts = []
    for change in told(changes):
        now = value_now(change, schema)
        texts.append(" ".join(_line(change, schema)) + (f"   (now {now})" if now else ""))
    return texts


def value_now(change: Change, schema: Schema) -> str:
    """Return what a leaf that changes has now, as MD-CLI; nothing for a secret, and for what is added or removed."""
    if change.kind != "change" or not isinstance(change.before, str | tuple):
        return ""
    _, node = path_words(change.path, schema)
    return "" if node.secret else " ".join(value_words(node, change.before, quote_visibly))


def _line(change: Change, schema: Schema) -> tuple[str, str]:
    value = change.before if change.kind == "remove" else change.after
    return _SIGNS[change.kind], statement(change.path, value, schema)


def told(changes: Sequence[Change]) -> Iterator[Change]:
    """Yield the changes that get a line: not a new entry or container when something inside it follows."""
    for place, change in enumerate(changes):
        follower = changes[place + 1] if place + 1 < len(changes) else None
        if change.after is not PRESENT or follower is None or not _shows(follower, change):
            yield change


def _shows(follower: Change, change: Change) -> bool:
    return follower.kind == change.kind and follower.path != change.path and follower.path.is_within(change.path)


class _Walk:
    """One comparison; collects the changes in order."""

    def __init__(self, owned: Ownership, rewritten: Collection[Path] = ()) -> None:
        self._owned = owned
        self._rewritten = rewritten
        self.changes: list[Change] = []

    def compare(self, want: Branch, there: Branch | None, trail: tuple[Segment, ...], *, dormant: bool) -> None:
        """Compare what is below two branches of the same place.

        ``dormant``: the place lies in a case of which the router shows nothing, so its defaults are not in effect.
        """
        known = there.branches if there is not None else {}
        moving = _to_move(want.branches, known)
        implied: set[Segment] = set()
        for segment, below in want.branches.items():
            here = (*trail, segment)
            for other in _displaced(below, want.branches, known):
                if other not in implied:
                    implied.add(other)
                    self._remove(known[other], (*trail, other), implied=True)
            if segment in moving:
                self._anew(below, known[segment], here)
            else:
                self._one(below, known.get(segment), here, dormant=dormant or _is_dormant(want.node, below.node, known))
        for segment, below in known.items():
            if segment not in want.branches and segment not in implied:
                self._undesired(below, (*trail, segment))

    def _one(self, want: Branch, there: Branch | None, trail: tuple[Segment, ...], *, dormant: bool) -> None:
        if want.node.kind in {"leaf", "leaf-list"}:
            self._leaf(want, there, Path(trail), dormant=dormant)
            return
        absent = there is None or (want.node.presence and there.value is None)
        if absent and (want.node.kind == "list" or want.value is PRESENT):
            self.changes.append(Change("add", Path(trail), None, PRESENT))
        self.compare(want, there, trail, dormant=dormant)

    def _leaf(self, want: Branch, there: Branch | None, path: Path, *, dormant: bool) -> None:
        before = there.value if there is not None else None
        after = want.value
        if before is None or before == ():
            if after != () and (dormant or not _is_default(want.node, after)):
                self.changes.append(Change("add", path, None, after))
        elif after == ():
            self.changes.append(Change("remove", path, before, None))
        elif want.node.secret:
            if path in self._rewritten and after is not None:
                # What the router shows of it may be another hash at each look: it has no place in a plan's fingerprint.
                self.changes.append(Change("change", path, STARS, after))
        elif after is not None and not _same(want.node, before, after):
            self.changes.append(Change("change", path, before, after))

    def _undesired(self, there: Branch, trail: tuple[Segment, ...]) -> None:
        """Remove what the intent owns and does not want: the outermost members."""
        if there.segment.name in _NOT_OURS:
            return
        if self._owned.covers(Path(trail)):
            self._remove(there, trail, implied=False)
        elif there.node.kind in {"container", "list"}:
            for segment, below in there.branches.items():
                self._undesired(below, (*trail, segment))

    def _remove(self, there: Branch, trail: tuple[Segment, ...], *, implied: bool) -> None:
        if there.node.kind == "container" and there.value is None:
            for segment, below in there.branches.items():
                here = (*trail, segment)
                if segment.name not in _NOT_OURS and (implied or self._owned.covers(Path(here))):
                    self._remove(below, here, implied=implied)
        elif there.value != () and (implied or not _is_default(there.node, there.value)):
            before = PRESENT if there.node.kind == "list" else there.value
            self.changes.append(Change("remove", Path(trail), before, None, implied=implied))

    def _anew(self, want: Branch, there: Branch, trail: tuple[Segment, ...]) -> None:
        """Make an entry anew: list every member that it will have, what others put there included."""
        inner = _Walk(self._owned)
        inner.compare(want, there, trail, dormant=False)
        gone = [change.path for change in inner.changes if change.kind == "remove"]
        before = dict(_members(there, trail))
        after = dict(_members(want, trail))
        for path, value in before.items():
            if path not in after and not any(path.is_within(lost) for lost in gone):
                after[path] = value
        self.changes.append(Change("change", Path(trail), PRESENT, PRESENT))
        for path, value in after.items():
            self.changes.append(Change("change" if path in before else "add", path, before.get(path), value))


def _members(branch: Branch, trail: tuple[Segment, ...]) -> Iterator[tuple[Path, Value]]:
    for segment, below in branch.branches.items():
        here = (*trail, segment)
        if below.node.kind == "list":
            yield Path(here), PRESENT
        elif below.value is not None:
            yield Path(here), below.value
        yield from _members(below, here)


def _to_move(wanted: Mapping[Segment, Branch], known: Mapping[Segment, Branch]) -> frozenset[Segment]:
    """Return the known entries of user-ordered lists that must be made anew for the wanted order to hold.

    New entries are appended; from the first entry on that would then stand wrong, all are written again in order.
    """
    lists: dict[str, list[Segment]] = {}
    for segment, below in wanted.items():
        if below.node.kind == "list" and below.node.user_ordered:
            lists.setdefault(segment.name, []).append(segment)
    moving: set[Segment] = set()
    for order in lists.values():
        result = [segment for segment in known if segment in wanted and segment.name == order[0].name]
        result += [segment for segment in order if segment not in known]
        for place, segment in enumerate(order):
            if result[place] != segment:
                moving.update(other for other in order[place:] if other in known)
                break
    return frozenset(moving)


def _displaced(
    want: Branch, wanted: Mapping[Segment, Branch], known: Mapping[Segment, Branch]
) -> Iterator[Segment]:
    """Name the observed siblings that setting ``want`` takes away: those of another case of the same choice."""
    if not want.node.choice or want.segment in known or want.value == ():
        return
    for segment, other in known.items():
        if segment not in wanted and _excludes(want.node, other.node):
            yield segment


def _excludes(one: Node, other: Node) -> bool:
    for (choice, case), (other_choice, other_case) in zip(one.choice, other.choice, strict=False):
        if choice != other_choice:
            return False
        if case != other_case:
            return True
    return False


def _is_dormant(parent: Node, node: Node, known: Mapping[Segment, Branch]) -> bool:
    """Tell whether ``node`` lies in a case that is not in effect on the router (RFC 7950 section 7.9.3).

    The default case of a choice is in effect when nothing of any case is there.
    """
    for depth, (choice, case) in enumerate(node.choice):
        cases = {
            other.node.choice[depth][1]
            for other in known.values()
            if other.node.choice[:depth] == node.choice[:depth]
            and len(other.node.choice) > depth
            and other.node.choice[depth][0] == choice
        }
        rule = parent.choices.get(choice)
        if case not in cases and (cases or rule is None or rule.default != case):
            return True
    return False


def _is_default(node: Node, value: Value | None) -> bool:
    if node.default is None:
        return False
    if isinstance(value, tuple):
        return not isinstance(node.default, str) and value == tuple(node.default)
    return value == node.default


def _same(node: Node, before: Value, after: Value) -> bool:
    if isinstance(before, tuple) and isinstance(after, tuple):
        if node.user_ordered:
            return before == after
        return {_canonical(node, text) for text in before} == {_canonical(node, text) for text in after}
    if isinstance(before, str) and isinstance(after, str):
        return before == after or _canonical(node, before) == _canonical(node, after)
    return before == after


def _canonical(node: Node, text: str) -> str:
    try:
        return node.canonical(text)
    except ValueError:
        return text  # what the schema does not accept can still be compared as it stands


def _is_below(path: Path, root: Path) -> bool:
    if path.is_within(root):
        return True
    depth = len(root.segments)
    return (
        0 < depth <= len(path.segments)
        and not root.segments[-1].keys
        and root.segments[:-1] == path.segments[: depth - 1]
        and root.segments[-1].name == path.segments[depth - 1].name
    )
