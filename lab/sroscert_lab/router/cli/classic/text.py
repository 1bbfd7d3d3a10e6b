"""The configuration as classic text: `info`, `info detail`, `admin display-config`.

Owns indentation, `exit`, `no`, and what is left out. Secrets come in as the router shows them. Form: published
configurations (four blanks a level, counted from `configure`; the ruler; titles of the parts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from ...schema import Node, Schema
from ...tree import elements, first
from ...validation import add_defaults
from ..configtext import is_bare
from . import eventnumbers
from .forms import Part, Value, quoted
from .table import SECTIONS, TREE
from .tree import Context, Flag, Found, Item, Line, State, items_in, target

RULER = "-" * 46
_INDENT = "    "
_TITLE = "#" + "-" * 50
_HASHES = (" hash", " hash2", " custom")


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints parts of one configuration.

    Attributes:
        schema: of the release.
        detail: defaults are shown, and what is not set, with `no`.
    """

    schema: Schema
    detail: bool = False

    def info(self, tree: etree._Element, node: Node, items: tuple[Item, ...], depth: int) -> Iterator[str]:
        """The lines of `info` in a context, without the rulers.

        Args:
            tree: the context's element; is changed when `detail` is asked for.
            node: its node.
            items: what the table has there.
            depth: of the context; 1 for `configure`.
        """
        if self.detail:
            add_defaults(tree, node)
        yield from self._items(tree, node, items, depth)

    def titled(self, tree: etree._Element, node: Node, context: Context, depth: int) -> Iterator[str]:
        """As `info`, of `configure` or one of its own contexts: with the titles of the parts that it belongs to."""
        if self.detail:
            add_defaults(tree, node)
        for section in SECTIONS:
            tops: tuple[Item, ...] = section.items
            if depth > 1:
                tops = tuple(item for top in section.items if top.form == context.form for item in top.items)
            body = list(self._items(tree, node, tops, depth))
            yield from (_TITLE, f'echo "{section.title}"', _TITLE, *body) if body else ()

    def _items(
        self, element: etree._Element | None, node: Node, items: tuple[Item, ...], depth: int
    ) -> Iterator[str]:
        printed = [(found, list(self._item(element, found, depth))) for found in items_in(self.schema, node, items)]
        said = {found.form.words[0] for found, texts in printed if texts}
        for found, texts in printed:
            yield from texts
            name = found.form.words[0]
            if self.detail and not texts and name not in said and _is_line_for_leaves(found):
                said.add(name)
                yield f"{_INDENT * depth}no {name}"

    def _item(self, element: etree._Element | None, found: Found, depth: int) -> Iterator[str]:
        above = _below(element, found.steps[:-1])
        here = _below(element, found.steps)
        indent = _INDENT * depth
        if isinstance(found.item, Context):
            yield from self._context(above if found.is_entry else here, found, found.item, depth)
        elif isinstance(found.item, Line) and found.is_entry:
            rows = [self._words(found, entry, always=True) for entry in _entries(above, found.steps)]
            yield from (f"{indent}{words}" for words in rows if words)
        else:
            words = self._state(here, found) if isinstance(found.item, State) else (
                self._flag(here, found) if isinstance(found.item, Flag) else self._words(found, here)
            )
            if words:
                yield f"{indent}{words}"

    def _context(self, place: etree._Element | None, found: Found, item: Context, depth: int) -> Iterator[str]:
        indent = _INDENT * depth
        # ASSUMPTION: with `detail` containers stand there that hold nothing.
        shown = place is not None or (self.detail and not found.node.presence)
        places = _entries(place, found.steps) if found.is_entry else [place] if shown else []
        for element in places:
            body = list(self._items(element, found.node, item.items, depth + 1))
            if not body and not found.is_entry and not found.node.presence:
                continue
            create = " create" if item.create else ""
            yield f"{indent}{self._words(found, element, always=True)}{create}"
            yield from body
            yield f"{indent}exit"

    def _words(self, found: Found, element: etree._Element | None, *, always: bool = False) -> str:
        """The words of a line; empty when it is not set, or says what holds anyway."""
        words: list[str] = []
        differs, says = always, False
        for part in found.form.parts:
            shown = self._part(found.node, part, element)
            if shown is None:
                if not part.optional:
                    return ""
                continue
            texts, is_other = shown
            if part.optional and not is_other and not self.detail:
                continue
            words += texts
            differs, says = differs or is_other, says or bool(part.paths)
        return " ".join(words) if differs or (self.detail and says) else ""

    def _part(self, node: Node, part: Part, element: etree._Element | None) -> tuple[list[str], bool] | None:
        """The words of one part and whether they are not the default; None when something of it is not set."""
        words = [quoted(part.word) if part.quoted else part.word] if part.word else []
        is_other = False
        if part.sets:
            held = _at(node, element, part.sets)
            if not (part.to in held.texts if part.to else held.is_set):
                return None
            is_other = held.node.default != (part.to or "true",)
        for value in part.values:
            held = _at(node, element, value.path)
            texts = held.texts or [text for text in held.node.default if text == value.default]
            if not texts:
                return None
            words += [self._shown(held.node, value, text) for text in texts]
            is_other = is_other or texts != list(held.node.default) or bool(value.default)
        return words, is_other

    def _shown(self, node: Node, value: Value, text: str) -> str:
        if node.secret:
            for suffix in _HASHES:
                if text.endswith(suffix):
                    return f"{quoted(text.removesuffix(suffix))}{suffix}"
        text = eventnumbers.number_of(node, text)
        return text if not value.quoted and is_bare(self.schema, node, text) else quoted(text)

    def _flag(self, element: etree._Element | None, found: Found) -> str:
        held = _at(found.node, element, found.form.parts[0].sets)
        if not held.elements and not self.detail:
            return ""
        is_set = held.is_set
        if not self.detail and held.node.default == ("true" if is_set else "false",):
            return ""
        return found.form.parts[0].word if is_set else f"no {found.form.parts[0].word}"

    def _state(self, element: etree._Element | None, found: Found) -> str:
        held = _at(found.node, element, found.form.parts[0].sets)
        # ASSUMPTION: an entry always says its state, a container only what was set.
        if not held.elements and not self.detail and found.node.kind != "list":
            return ""
        state = held.texts[0] if held.texts else next(iter(held.node.default), "disable")
        return "no shutdown" if state == "enable" else "shutdown"


@dataclass(frozen=True, slots=True)
class _Held:
    node: Node
    elements: tuple[etree._Element, ...]

    @property
    def texts(self) -> list[str]:
        return [item.text or "" for item in self.elements]

    @property
    def is_set(self) -> bool:
        """Whether a boolean is true, or an empty leaf or a container is there."""
        return any(len(item) or item.text != "false" for item in self.elements)


def _at(node: Node, element: etree._Element | None, path: str) -> _Held:
    found, names = target(node, path)
    above = _below(element, names[:-1])
    return _Held(found, () if above is None else tuple(elements(above, names[-1])))


def _below(element: etree._Element | None, names: tuple[str, ...]) -> etree._Element | None:
    for name in names:
        element = None if element is None else first(element, name)
    return element


def _entries(above: etree._Element | None, steps: tuple[str, ...]) -> list[etree._Element | None]:
    return [] if above is None else list(elements(above, steps[-1]))


def _is_line_for_leaves(found: Found) -> bool:
    return isinstance(found.item, Line) and not found.is_entry


def display_config(tree: etree._Element, schema: Schema, release: str, now: datetime) -> str:
    """What `admin display-config` prints.

    Args:
        tree: the `configure` element, secrets as the router shows them.
        schema: of the release.
        release: in full, `B-19.10.R1`.
        now: the router's time.
    """
    # ASSUMPTION: the lines at both ends; published configurations have them, with Nokia's copyright between.
    when = f"{now:%a %b %d %H:%M:%S %Y} UTC".upper()
    head = [f"# TiMOS-{release} both/x86_64 Nokia 7750 SR", f"# Generated {when}", "", "exit all", "configure"]
    body = Printer(schema).titled(tree, schema.roots["configure"], TREE, 1)
    return "".join(f"{line}\n" for line in (*head, *body, "", "exit all", "", f"# Finished {when}"))
