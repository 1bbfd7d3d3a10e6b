"""Read MD-CLI configuration text back into a tree: flat lines, braces, transcripts with prompts, or a mix of them.

Names are taken exactly as the schema spells them: MD-CLI itself also completes abbreviations, but a saved text never
needs that, and a guess could hit another node in another release.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sroscert.render.mdcli_tokens import MdCliSyntaxError, Token, tokens
from sroscert.render.secrets import reference, shown_only
from sroscert.render.statement import NAMED_KEYS
from sroscert.schema import InvalidValueError, Node, Schema
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path, Segment, Value

__all__ = ["MdCliSyntaxError", "Skipped", "from_saved", "from_text"]

_LEFT_OUT: Mapping[str, Mapping[str, str]] = {"script": {"owner": "TiMOS CLI"}, "script-policy": {"owner": "TiMOS CLI"}}
"""Keys that may be left out, as the tutorial transcript does; its handler display shows what SR OS puts there."""


_HASHES = frozenset({"hash", "hash2", "custom"})
"""How a router says that a secret is not shown in the clear, where it is not part of the text."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A statement that the schema does not know: its path without values, and where it stands."""

    path: Path
    line: int
    column: int


def from_text(text: str, schema: Schema, *, skip_unknown: bool = False) -> ConfigTree:
    """Return the configuration that ``text`` holds; later statements win over earlier ones.

    A boolean without a value is true. Prompts set the context that relative statements belong to; comments, messages
    and the pager's lines are passed over. Raises MdCliSyntaxError with the place and, for an unknown word, the nearest
    known one. ``skip_unknown`` passes over statements that the schema does not know, with what is in their braces.
    """
    reader = _Reader(schema, skip_unknown=skip_unknown)
    return ConfigTree(tuple(reader.read(tokens(text)).items()))


def from_saved(text: str, schema: Schema) -> tuple[ConfigTree, tuple[Skipped, ...]]:
    """Return what a router wrote: as ``from_text``, but a value that the schema refuses is taken as it stands.

    What the schema does not know is passed over and named. A secret is a reference or stars: hash2 can be undone.
    Raises MdCliSyntaxError for what is no MD-CLI at all.
    """
    reader = _Reader(schema, skip_unknown=True, strict=False)
    return ConfigTree(tuple(reader.read(tokens(text)).items())), tuple(reader.skipped)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reader stands; without a node at the very top, above ``configure``."""

    trail: tuple[Segment, ...] = ()
    node: Node | None = None


_TOP = _Place()


class _Reader:
    """Reads a stream of tokens. ``_frames`` are the open braces, ``_here`` is where the present line has got to."""

    def __init__(self, schema: Schema, *, skip_unknown: bool, strict: bool = True) -> None:
        self._schema = schema
        self._skip_unknown = skip_unknown
        self._strict = strict
        self.skipped: list[Skipped] = []
        self._frames = [_TOP]
        self._here = _TOP
        self._opens = False
        self._items: dict[Path, Value] = {}
        self._tokens: Iterator[Token] = iter(())
        self._pushed: list[Token] = []

    def read(self, stream: Iterator[Token]) -> dict[Path, Value]:
        self._tokens = stream
        token: Token | None = None
        while (following := self._next()) is not None:
            token = following
            self._take(token)
        if len(self._frames) > 1 and token is not None:
            raise MdCliSyntaxError("a closing brace is missing", token.line, token.column)
        return self._items

    def _next(self) -> Token | None:
        return self._pushed.pop() if self._pushed else next(self._tokens, None)

    def _peek(self) -> Token | None:
        token = self._next()
        if token is not None:
            self._pushed.append(token)
        return token

    def _take(self, token: Token) -> None:
        if token.kind == "end":
            self._here, self._opens = self._frames[-1], False
        elif token.kind == "context":
            self._enter(token)
        elif token.kind == "{":
            if not self._opens:
                raise MdCliSyntaxError("a brace follows nothing that can hold statements", token.line, token.column)
            self._frames.append(self._here)
            self._opens = False
        elif token.kind == "}":
            if len(self._frames) == 1:
                raise MdCliSyntaxError("this brace closes nothing", token.line, token.column)
            self._frames.pop()
            self._here, self._opens = self._frames[-1], False
        elif token.kind == "word":
            self._statement(token)
        else:
            raise MdCliSyntaxError(f"a name was expected, not {token.text!r}", token.line, token.column)

    def _enter(self, prompt: Token) -> None:
        """Make a prompt's path the context of what follows. One that the schema does not know is an error, too."""
        if len(self._frames) > 1:
            raise MdCliSyntaxError("a prompt stands inside braces", prompt.line, prompt.column)
        inner = _Reader(self._schema, skip_unknown=False)
        path = prompt.text.removeprefix("/")
        shift = prompt.column + len(prompt.text) - len(path) - 1
        shifted = (Token(token.kind, token.text, prompt.line, shift + token.column) for token in tokens(path))
        inner._tokens = (token for token in shifted if token.kind != "end")
        while (token := inner._next()) is not None:
            if token.kind != "word":
                raise MdCliSyntaxError("the prompt's path cannot be read", prompt.line, prompt.column)
            inner._statement(token)
        for entry, value in inner._items.items():
            self._items.setdefault(entry, value)
        self._frames = [inner._here]
        self._here, self._opens = inner._here, False

    def _statement(self, token: Token) -> None:
        name = token.text
        if name.startswith("/") and self._here is self._frames[-1] and not self._opens and len(self._frames) == 1:
            self._here, name = _TOP, name[1:]
        node = self._child(name)
        if node is None:
            self._unknown(token, name)
        elif node.kind in {"container", "list"}:
            keys = self._keys(node, token) if node.kind == "list" else ()
            self._here = _Place((*self._here.trail, Segment(name, keys)), node)
            self._opens = True
            if node.kind == "list" or node.presence:
                self._items.setdefault(Path(self._here.trail), PRESENT)
        else:
            self._opens = False
            self._leaf(node, Path((*self._here.trail, Segment(name))), token)

    def _child(self, name: str) -> Node | None:
        if self._here.node is None:
            return self._schema.node((name,)) if name in {"configure", "state"} else None
        if name in self._here.node.keys:
            return None
        return self._here.node.children.get(name)

    def _unknown(self, token: Token, name: str) -> None:
        node = self._here.node
        if self._skip_unknown:
            self.skipped.append(Skipped(Path(self._here.trail) / name, token.line, token.column))
            self._skip()
            return
        known = ("configure", "state") if node is None else tuple(node.children)
        near = difflib.get_close_matches(name, known, n=1)
        where = Path(self._here.trail) if self._here.trail else "the top"
        kind = "is the key of" if node is not None and name in node.keys else "is not known in"
        raise MdCliSyntaxError(f"{name!r} {kind} {where}", token.line, token.column, near[0] if near else "")

    def _skip(self) -> None:
        """Pass over the rest of the statement: to the end of the line, or of the braces that it opens."""
        depth = 0
        while (token := self._next()) is not None:
            if token.kind in {"{", "["}:
                depth += 1
            elif token.kind in {"}", "]"}:
                if not depth:
                    self._pushed.append(token)
                    return
                depth -= 1
                if not depth and token.kind == "}":
                    self._here, self._opens = self._frames[-1], False
                    return
            elif token.kind == "end" and not depth:
                self._pushed.append(token)
                return

    def _keys(self, node: Node, at: Token) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        token = self._peek()
        named = token is not None and token.kind == "word" and token.text in NAMED_KEYS.intersection(node.keys)
        if node.keys and not named:
            found[node.keys[0]] = self._text(node.children[node.keys[0]], at)
        while (token := self._peek()) is not None and token.kind == "word":
            if token.text not in node.keys or token.text in found:
                break
            self._next()
            found[token.text] = self._text(node.children[token.text], token)
        for name in node.keys:
            if name not in found:
                if name not in _LEFT_OUT.get(node.name, {}):
                    raise MdCliSyntaxError(f"{node.name!r} lacks its key {name!r}", at.line, at.column)
                found[name] = _LEFT_OUT[node.name][name]
        return tuple((name, found[name]) for name in node.keys)

    def _leaf(self, node: Node, path: Path, at: Token) -> None:
        base = node.type.base if node.type is not None else ""
        if node.kind == "leaf-list":
            there = self._items.get(path, ())
            kept = there if isinstance(there, tuple) else ()
            self._items[path] = (*kept, *(text for text in self._several(node, at) if text not in kept))
        elif base == "empty":
            self._items[path] = EMPTY
        elif base == "boolean" and not self._has_boolean():
            self._items[path] = "true"
        elif base == "bits":
            self._items[path] = self._checked(node, " ".join(self._several(None, at)), at)
        else:
            self._items[path] = self._text(node, at)
            if node.secret and not self._strict:
                self._items[path] = shown_only(str(self._items[path]))
                self._pass_hash()

    def _pass_hash(self) -> None:
        token = self._peek()
        if token is not None and token.kind == "word" and token.text in _HASHES:
            self._next()

    def _has_boolean(self) -> bool:
        token = self._peek()
        return token is not None and token.kind in {"word", "string"} and token.text in {"true", "false"}

    def _text(self, node: Node | None, at: Token) -> str:
        token = self._next()
        if token is None or token.kind not in {"word", "string"}:
            place = token or at
            raise MdCliSyntaxError(f"{at.text!r} lacks its value", place.line, place.column)
        return self._checked(node, token.text, token)

    def _several(self, node: Node | None, at: Token) -> Iterator[str]:
        token = self._peek()
        if token is None or token.kind != "[":
            yield self._text(node, at)
            return
        self._next()
        while (token := self._next()) is not None and token.kind != "]":
            if token.kind == "end":
                continue
            if token.kind not in {"word", "string"}:
                raise MdCliSyntaxError(f"a value was expected, not {token.text!r}", token.line, token.column)
            yield self._checked(node, token.text, token)
        if token is None:
            raise MdCliSyntaxError("a closing bracket is missing", at.line, at.column)

    def _checked(self, node: Node | None, text: str, token: Token) -> str:
        """Return the canonical form of a value. A secret is taken as it stands: its reference is no value."""
        if node is None:
            return text
        if node.secret:
            return reference(text)
        try:
            return node.canonical(text)
        except InvalidValueError as error:
            if not self._strict:
                return text
            raise MdCliSyntaxError(str(error), token.line, token.column, error.suggestion) from error
