"""A configuration tree as MD-CLI text: flat ``/configure`` lines, or braces as ``info`` shows it.

Made for people to read, to keep and to paste; sroscert itself edits by NETCONF. Reading back is ``mdcli_read``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sroscert.errors import RenderError
from sroscert.render.branches import Branch, grow
from sroscert.render.mdcli_read import MdCliSyntaxError, from_text
from sroscert.render.secrets import shown
from sroscert.render.statement import quote, quote_visibly, segment_words, value_words
from sroscert.render.templates import environment
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path, Segment

__all__ = ["MdCliSyntaxError", "from_text", "quote", "to_braces", "to_lines"]

Resolve = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the nested form; its words are finished."""

    depth: int
    words: str
    opens: bool = False


def to_lines(tree: ConfigTree, schema: Schema, *, resolve: Resolve | None = None) -> list[str]:
    """Return one absolute line for each leaf, and for each list entry or presence container without leaves.

    A secret is shown as its reference in angle brackets, or as stars; only ``resolve`` writes it. Raises RenderError
    for nodes outside the schema and for text that no MD-CLI line can carry.
    """
    root = grow(tree.items(), schema).root
    statements = _statements(root, (root.segment,), (root.segment.name,), resolve)
    text = environment().get_template("mdcli/flat.j2").render(statements=statements)
    return text.split("\n")[:-1]


def to_braces(tree: ConfigTree, schema: Schema, *, resolve: Resolve | None = None) -> str:
    """Return the tree in the nested form, from ``configure {`` to ``}``. Secrets and errors as in ``to_lines``."""
    root = grow(tree.items(), schema).root
    rows = (Row(0, root.segment.name, opens=True), *_rows(root, (root.segment,), 1, resolve), Row(0, "}"))
    return environment().get_template("mdcli/braces.j2").render(rows=rows)


def _statements(
    branch: Branch, trail: tuple[Segment, ...], stem: tuple[str, ...], resolve: Resolve | None
) -> Iterator[tuple[str, ...]]:
    for segment, below in branch.branches.items():
        here = (*trail, segment)
        words = (*stem, *_words(below, here, resolve))
        if below.branches:
            yield from _statements(below, here, words, resolve)
        elif _stands(below):
            yield words


def _rows(branch: Branch, trail: tuple[Segment, ...], depth: int, resolve: Resolve | None) -> Iterator[Row]:
    for segment, below in branch.branches.items():
        here = (*trail, segment)
        words = " ".join(_words(below, here, resolve))
        if below.node.kind in {"container", "list"}:
            yield Row(depth, words, opens=True)
            yield from _rows(below, here, depth + 1, resolve)
            yield Row(depth, "}")
        elif _stands(below):
            yield Row(depth, words)


def _stands(branch: Branch) -> bool:
    return branch.value is not None or branch.node.kind == "list"


def _words(branch: Branch, trail: tuple[Segment, ...], resolve: Resolve | None) -> list[str]:
    try:
        words = segment_words(branch.node, branch.segment)
        if branch.node.secret and isinstance(branch.value, str):
            words.append(quote(shown(branch.value) if resolve is None else resolve(branch.value)))
        else:
            words += value_words(branch.node, branch.value)
    except ValueError as error:
        raise RenderError(str(error), path=_visible(trail)) from None
    return words


def _visible(trail: tuple[Segment, ...]) -> str:
    """Return the path as text that a terminal can show: the keys may be what is wrong."""
    return quote_visibly(str(Path(trail)))[1:-1]
