"""The words of `candidate` commands, and of the lines that go into the candidate.

Owns what options a command has and that a secret is not kept as it was typed.
"""

from __future__ import annotations

from ...core import RouterCore
from ...reading import hide
from ...tree import copy_of
from ..words import LineFault, Word
from .forms import BAD_COMMAND, BAD_VALUE, MISSING, quoted
from .statement import Statement, retyped

_MINUTES = range(1, 169)
_HASH = " hash2"


def shown(core: RouterCore, words: list[Word], statement: Statement) -> str:
    """The words of a line, secrets as the router shows them. ASSUMPTION: that it does so in the candidate."""
    if statement.edit is None or not statement.secrets:
        return retyped(words)
    hidden = copy_of(statement.edit)
    for top in hidden:
        hide(top, core.schema.roots["configure"], core.secrets)
    pairs = zip(statement.edit.iter(), hidden.iter(), strict=True)
    texts = {clear.text: other.text or "" for clear, other in pairs if clear.text != other.text}
    return " ".join(
        _secret(texts.get(word.text, "")) if word.start in statement.secrets else retyped([word]) for word in words
    )


def _secret(text: str) -> str:
    return f"{quoted(text.removesuffix(_HASH))}{_HASH}" if text.endswith(_HASH) else quoted(text)


def only(words: list[Word], option: str = "") -> bool:
    """Whether the option is there; LineFault for any other word."""
    is_there = bool(option and words and words[0].text == option)
    for word in words[1:] if is_there else words:
        raise LineFault.at(word, BAD_COMMAND)
    return is_there


def confirmed(words: list[Word]) -> int:
    """The minutes of `commit [no-checkpoint] [confirmed n] [comment text]`; 0 without."""
    left, minutes = list(words), 0
    checkpoint = not (left and left[0].text == "no-checkpoint")
    if not checkpoint:
        left.pop(0)
    if left and left[0].text == "confirmed":
        left.pop(0)
        if not left:
            raise LineFault(MISSING)
        word = left.pop(0)
        minutes = int(word.text) if word.text.isascii() and word.text.isdigit() and len(word.text) < 5 else 0
        if minutes not in _MINUTES:
            raise LineFault.at(word, BAD_VALUE)
    if checkpoint and len(left) == 2 and left[0].text == "comment":
        return minutes
    only(left)
    return minutes
