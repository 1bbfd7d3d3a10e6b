"""Takes secrets out of what a router said. The same secret becomes the same word, another one another word.

Owns what counts as a secret: leaves that the models call one, leaves with a name like one, values that look like one,
and whatever the user wants hidden besides. What is not sure is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from ..router.namespaces import local_name
from ..router.schema import Node, Schema
from ..router.tree import elements

_NAMES = re.compile(r"(.*-)?(password|passphrase|secret|community|psk|pre-shared-key|private-key|md5|hash|.*[^c]-key)")
_HASHED = re.compile(r"\S+ (?:hash|hash2|custom)")
_CRYPT = re.compile(r"\$(?:2[aby]|5|6)\$[./A-Za-z0-9$]{20,}")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_TYPED = re.compile(
    r"(?P<word>\b(?:password|passphrase|secret|community|\S*-key)\s+)(?P<value>\"[^\"]*\"|\S+)"
)
#: The classic engine quotes what it shows; `hash` is a word of its own too, so it counts behind a quoted value only.
_QUOTED = re.compile(r'"(?P<value>[^"\n]+)" (?:hash2?|custom)\b')
_IN_TEXT = re.compile(r"\S+ (?:hash2|custom)\b")
_IN_URL = re.compile(r"\b[a-z]+://[^\s/:@\"]*:(?P<value>[^\s/@\"]+)@")


class Scrubber:
    """Remembers which word stands for which secret."""

    def __init__(self, schema: Schema, hide: Sequence[str] = ()) -> None:
        self._schema = schema
        self._hide = sorted((word for word in hide if word), key=len, reverse=True)
        self._words: dict[str, str] = {}

    @property
    def count(self) -> int:
        """How many different things were taken out."""
        return len(self._words)

    def reply(self, root: etree._Element) -> None:
        """Scrub a whole rpc-reply in place."""
        for item in root.iter("*"):
            if local_name(item) in self._schema.roots:
                self._tree(item, self._schema.roots[local_name(item)])
        for item in root.iter("*"):
            if item.text and not len(item):
                item.text = self.text(item.text)

    def _tree(self, element: etree._Element, node: Node | None) -> None:
        for item in elements(element):
            below = None if node is None else node.children.get(local_name(item))
            if len(item):
                self._tree(item, below)
            elif item.text and (below.secret if below is not None else _NAMES.fullmatch(local_name(item))):
                item.text = self._leaf(item.text)

    def _leaf(self, value: str) -> str:
        ending = next((ending for ending in (" hash2", " hash", " custom") if value.endswith(ending)), "")
        word = self._word(value.removesuffix(ending))
        return f"$2y$10${word}" if value.startswith("$2") else f"{word}{ending}"

    def text(self, text: str) -> str:
        """Scrub what a command printed, or the value of a leaf."""
        text = _PEM.sub(lambda match: self._word(match[0]), text)
        text = _CRYPT.sub(lambda match: self._word(match[0]), text)
        if _HASHED.fullmatch(text):
            return self._hidden(self._leaf(text)) if "scrubbed-" not in text else self._hidden(text)
        text = _IN_URL.sub(self._value, text)
        text = _QUOTED.sub(self._value, text)
        text = _IN_TEXT.sub(lambda match: self._leaf(match[0]) if "scrubbed-" not in match[0] else match[0], text)
        text = _TYPED.sub(
            lambda match: match[0] if "scrubbed-" in match[0] else match["word"] + self._word(match["value"]), text
        )
        return self._hidden(text)

    def _value(self, match: re.Match[str]) -> str:
        """The match with its `value` taken out, unless that was done before."""
        if "scrubbed-" in match["value"]:
            return match[0]
        start, end = match.start("value") - match.start(), match.end("value") - match.start()
        return match[0][:start] + self._word(match["value"]) + match[0][end:]

    def _hidden(self, text: str) -> str:
        for word in self._hide:
            if word in text:
                text = text.replace(word, self._word(word))
        return text

    def _word(self, secret: str) -> str:
        return self._words.setdefault(secret, f"scrubbed-{len(self._words) + 1}")
