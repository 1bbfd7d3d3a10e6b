"""What an item of the classic configuration table is, and which of them a release has.

Owns the shape of the table and its resolution against the models. The table itself is table.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...schema import Node, Schema
from .forms import Form, parse_form


@dataclass(frozen=True, slots=True)
class Line:
    """One command that sets leaves, or, where `at` is a list, one entry of it.

    Attributes:
        form: its words and, in angle brackets, the leaves that its values are (forms.py).
        at: where those leaves are looked for, below the context.
        no: the form behind `no`, where more than the first words and the keys is needed, or less.
    """

    form: str
    at: str = ""
    no: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """`word` and `no word`: a boolean or empty leaf."""

    word: str
    path: str


@dataclass(frozen=True, slots=True)
class State:
    """`shutdown` and `no shutdown`."""

    path: str = "admin-state"


@dataclass(frozen=True, slots=True)
class Leaves:
    """Every leaf below `at` under its own name, booleans as flags."""

    at: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A context: a container, or an entry of a list.

    Attributes:
        form: its words and keys.
        at: the node, below that of the context above; empty when it is the same one.
        items: what can be said in it, in the order of `info`.
        create: a new one asks for the word `create`.
        prompt: its name in the prompt, where it is not the first word.
        goes: `no` takes it away, although it is neither an entry nor a container with presence.
    """

    form: str
    at: str = ""
    items: tuple[Item, ...] = ()
    create: bool = False
    prompt: str = ""
    goes: bool = False

    @property
    def shown(self) -> str:
        """Its name in the prompt."""
        return self.prompt or self.form.split()[0]


Item = Context | Line | Flag | State | Leaves


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a saved configuration under a title of its own; contexts of several sections are one in the tree."""

    title: str
    items: tuple[Context, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An item that the release has.

    Attributes:
        item: a context, or a line, flag or state.
        form: its words.
        node: what the paths of the form are relative to: for a context its own node, for an entry the list.
        steps: the names from the context's node to it.
    """

    item: Context | Line | Flag | State
    form: Form
    node: Node
    steps: tuple[str, ...]

    @property
    def is_entry(self) -> bool:
        """Whether it is an entry of a list, one of several."""
        return bool(self.steps) and self.node.kind == "list"

    @property
    def context(self) -> Context:
        """The item, of which the caller knows that it is a context; TypeError when it is none."""
        if not isinstance(self.item, Context):
            raise TypeError(f"{self.item} is no context")
        return self.item

    @property
    def no_form(self) -> Form:
        """What stands behind `no`: the words up to the last key, unless the table says otherwise."""
        if isinstance(self.item, Line) and self.item.no:
            return parse_form(self.item.no)
        keys = [number for number, part in enumerate(self.form.parts) if set(part.paths) & set(self.node.keys)]
        return Form(self.form.parts[: max(keys, default=0) + 1])


def merged(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Contexts of the same words as one, where the first of them stands."""
    bodies: dict[tuple[str, str], tuple[Item, ...]] = {}
    for item in items:
        if isinstance(item, Context):
            bodies[item.form, item.at] = (*bodies.get((item.form, item.at), ()), *item.items)
    found: list[Item] = []
    for item in items:
        if not isinstance(item, Context):
            found.append(item)
        elif (item.form, item.at) in bodies:
            found.append(replace(item, items=merged(bodies.pop((item.form, item.at)))))
    return tuple(found)


def walk(node: Node, path: str) -> tuple[Node, tuple[str, ...]] | None:
    """The node at `a/b`, or at the first of `a/b|c` that there is, and the names to it."""
    for choice in path.split("|"):
        names = tuple(choice.split("/")) if choice else ()
        found: Node | None = node
        for name in names:
            found = None if found is None else found.children.get(name)
        if found is not None:
            return found, names
    return None


def target(node: Node, path: str) -> tuple[Node, tuple[str, ...]]:
    """As `walk`, for a path of a form that the release has; KeyError when it has not."""
    found = walk(node, path)
    if found is None:
        raise KeyError(f"{node.path} has no {path}")
    return found


def items_in(schema: Schema, node: Node, items: tuple[Item, ...]) -> Iterator[Found]:
    """The items that the models of the release have below `node`."""
    for item in items:
        if isinstance(item, Leaves):
            yield from _leaves(schema, node, item)
            continue
        at = walk(node, item.at if isinstance(item, Context | Line) else "")
        if at is None:
            continue
        form = parse_form(_form(item))
        parts = tuple(part for part in form.parts if _is_there(at[0], part.paths))
        if _is_there(at[0], form.needed) and (not form.paths or any(part.paths for part in parts)):
            yield Found(item, Form(parts), *at)


def _is_there(node: Node, paths: tuple[str, ...]) -> bool:
    return all(walk(node, path) is not None for path in paths)


def _form(item: Context | Line | Flag | State) -> str:
    if isinstance(item, Flag):
        return f"{item.word}?{item.path}"
    return f"shutdown?{item.path}" if isinstance(item, State) else item.form


def _leaves(schema: Schema, node: Node, item: Leaves) -> Iterator[Found]:
    at = walk(node, item.at)
    if at is None:
        return
    for name, below in at[0].children.items():
        if below.kind != "leaf" or name in at[0].keys:
            continue
        is_flag = schema.resolve(below.type).get("base") == "boolean"
        one: Item = Flag(name, name) if is_flag else Line(f"{name} <{name}>")
        for found in items_in(schema, at[0], (one,)):
            yield replace(found, steps=(*at[1], *found.steps))
