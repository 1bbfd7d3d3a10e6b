"""What a line of input leads to: text, a question, the other engine, or the end of the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the router asks before it goes on.

    Attributes:
        text: printed in place of the prompt.
        answer: gets the next line of input.
    """

    text: str
    answer: Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of one line.

    Attributes:
        text: what is printed, lines ended by `\\n`.
        question: asked next, in place of a prompt.
        ends: the session is over.
    """

    text: str = ""
    question: Question | None = None
    ends: bool = False


def lines(*texts: str) -> Answer:
    """An answer of whole lines."""
    return Answer("".join(f"{text}\n" for text in texts))


def is_yes(line: str) -> bool:
    """Whether the answer to a `[y,n]` question is yes."""
    return line.strip().lower() in ("y", "yes")
