"""What a node is, on every known release: its type, values, default, marks, and since when. Pure, over the schemas.

Knows nothing of intents. A property that is the same on all releases has one span, one that changed has several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sroscert.schema.loader import Schema, known_releases, load
from sroscert.schema.nodes import Node
from sroscert.schema.types import Type

ROOTS = ("configure", "state")


@dataclass(frozen=True, slots=True)
class Span:
    """A value that held from one release to another, both included."""

    first: str
    last: str
    value: str


@dataclass(frozen=True, slots=True)
class ValueSpan:
    """A named value, since when it is there, and since when it is obsolete or gone (empty where it is not)."""

    name: str
    since: str
    obsolete_since: str = ""
    gone_since: str = ""


@dataclass(frozen=True)
class Explanation:
    """All that is known of one path. ``properties`` maps a word such as ``default`` to its spans."""

    path: str
    kind: str
    since: str
    obsolete_since: str
    gone_since: str
    properties: dict[str, tuple[Span, ...]]
    values: tuple[ValueSpan, ...]
    children: tuple[str, ...]


def history(names: Sequence[str], only: Schema | None = None) -> Explanation | None:
    """Return what is known of a schema path on all releases, or of one only; None where no release has it."""
    schemas = [only] if only is not None else [load(release) for release in known_releases()]
    found = [(schema, _line(schema, names)) for schema in schemas]
    there = [(schema, line) for schema, line in found if line]
    if not there:
        return None
    trains = [schema.release.train for schema, _ in there]
    known = [schema.release.train for schema in schemas]
    obsolete = [schema.release.train for schema, line in there if any(node.status == "obsolete" for node in line)]
    node = there[-1][1][-1]
    gone = known[known.index(trains[-1]) + 1 :]
    return Explanation(
        path="/" + "/".join(names),
        kind=node.kind,
        since=trains[0],
        obsolete_since=obsolete[0] if obsolete and obsolete[-1] == trains[-1] else "",
        gone_since=gone[0] if gone else "",
        properties=_properties([(schema.release.train, line) for schema, line in there]),
        values=_values([(schema.release.train, line[-1]) for schema, line in there], known),
        children=tuple(node.children),
    )


def _line(schema: Schema, names: Sequence[str]) -> tuple[Node, ...]:
    """Return the nodes from the root to the path's end; empty where the release has not all of them."""
    line: list[Node] = []
    children = schema.roots
    for name in names:
        if name not in children:
            return ()
        line.append(children[name])
        children = line[-1].children
    return tuple(line)


def _properties(rows: list[tuple[str, tuple[Node, ...]]]) -> dict[str, tuple[Span, ...]]:
    table: dict[str, list[Span]] = {}
    described = [(train, _facts(line)) for train, line in rows]
    words = dict.fromkeys(word for _, facts in described for word in facts)
    for word in words:
        spans = table.setdefault(word, [])
        for train, facts in described:
            value = facts.get(word, "")
            if spans and spans[-1].value == value:
                spans[-1] = Span(spans[-1].first, train, value)
            else:
                spans.append(Span(train, train, value))
    return {word: tuple(spans) for word, spans in table.items()}


def _facts(line: tuple[Node, ...]) -> dict[str, str]:
    """Return the properties of the last node of a line, each as a text; what does not apply is left out."""
    node = line[-1]
    # The mark is SR OS's auto-restart-to-modify, on the node or on one above it.
    marked = [line[index - 1].name for index, item in enumerate(line) if index and item.restart]
    default = node.default if isinstance(node.default, str) else " ".join(node.default or ())
    facts = {
        "type": type_text(node.type) if node.type is not None else "",
        "reference": node.type.target if node.type is not None else "",
        "default": default,
        "units": node.units,
        "keys": " ".join(node.keys),
        "order": "of the user" if node.user_ordered else "",
        "entries": _entries(node),
        "presence": "its being there means something" if node.presence else "",
        "mandatory": "yes" if node.mandatory else "",
        "immutable": "can only be given when its parent is created" if node.immutable else "",
        "secret": "yes" if node.secret else "",
        "restart": f"a change restarts its {marked[-1]}" if marked else "",
        "choice": " ".join(f"{choice}={case}" for choice, case in node.choice),
        "configuration": "" if node.config else "no: state only",
    }
    return {word: text for word, text in facts.items() if text}


def _entries(node: Node) -> str:
    if node.maximum is None and not node.minimum:
        return ""
    return f"{node.minimum} to {'any number' if node.maximum is None else node.maximum}"


def type_text(type_: Type) -> str:
    """Return a type in words: its base and what restricts it; the names of an enumeration are told elsewhere."""
    if type_.base == "leafref" and type_.of is not None:
        return f"reference, {type_text(type_.of)}"
    if type_.base == "union":
        return " or ".join(dict.fromkeys(type_text(member) for member in type_.members))
    parts = [type_.base]
    if type_.range:
        parts.append(" | ".join(type_.range))
    if type_.length:
        parts.append(f"{' | '.join(type_.length)} {'bytes' if type_.base == 'binary' else 'characters'}")
    parts += [f"form {pattern}" for pattern in type_.patterns]
    parts += [f"not of the form {pattern}" for pattern in type_.inverted_patterns]
    if type_.bits:
        parts.append("any of " + " ".join(type_.bits))
    return ", ".join(parts)


def _names(type_: Type | None) -> Iterator[tuple[str, str]]:
    if type_ is None:
        return
    yield from type_.enum.items()
    for member in (*type_.members, *([type_.of] if type_.of is not None else [])):
        yield from _names(member)


def _values(rows: list[tuple[str, Node]], known: list[str]) -> tuple[ValueSpan, ...]:
    seen: dict[str, dict[str, str]] = {}
    for train, node in rows:
        for name, status in _names(node.type):
            seen.setdefault(name, {})[train] = status
    found = []
    for name, statuses in seen.items():
        trains = list(statuses)
        obsolete = [train for train in trains if statuses[train] == "obsolete"]
        gone = [train for train, _ in rows[[row[0] for row in rows].index(trains[-1]) + 1 :]]
        found.append(
            ValueSpan(
                name, trains[0], obsolete[0] if obsolete and obsolete[-1] == trains[-1] else "", gone[0] if gone else ""
            )
        )
    return tuple(sorted(found, key=lambda item: (known.index(item.since), list(seen).index(item.name))))


def every_path(schema: Schema) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield every node of a release with its path. Builds them all: for a search, not for a look-up."""
    pending: list[tuple[tuple[str, ...], Node]] = [
        ((name,), node) for name, node in reversed(tuple(schema.roots.items()))
    ]
    while pending:
        names, node = pending.pop()
        yield names, node
        pending += [((*names, name), child) for name, child in reversed(tuple(node.children.items()))]
