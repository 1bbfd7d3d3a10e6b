"""Output modifiers behind a bar: `| match`, `| count`, `| no-more`.

Owns these three; a router has more of them.
"""

from __future__ import annotations

from dataclasses import replace

from .answers import Answer
from .words import LineFault, Word, missing, split_line, unknown

_FLAGS = ("ignore-case", "invert-match")


def split_pipe(line: str) -> tuple[str, list[Word]]:
    """The command, and the words behind the bar; none without a bar."""
    quoted = False
    for position, char in enumerate(line):
        if char == '"' and line[position - 1 : position] != "\\":
            quoted = not quoted
        elif char == "|" and not quoted:
            return line[:position].rstrip(), _words(line, position + 1)
    return line, []


def filtered(answer: Answer, words: list[Word]) -> Answer:
    """The answer with its text filtered; LineFault for a modifier that is not known."""
    if not words or words[0].text == "no-more":
        return answer
    lines = answer.text.splitlines()
    if words[0].text == "count":
        return replace(answer, text=f"Count: {len(lines)} lines\n")
    if words[0].text != "match":
        raise unknown(words[0])
    if len(words) < 2:
        raise missing("pattern")
    flags = [word.text for word in words[2:]]
    for word in words[2:]:
        if word.text not in _FLAGS:
            raise unknown(word)
    pattern = words[1].text
    kept = [line for line in lines if _matches(line, pattern, flags)]
    return replace(answer, text="".join(f"{line}\n" for line in kept))


def _matches(line: str, pattern: str, flags: list[str]) -> bool:
    """Plain text, no expression: what a stranger types must not keep the router busy."""
    if "ignore-case" in flags:
        line, pattern = line.lower(), pattern.lower()
    return (pattern in line) != ("invert-match" in flags)


def _words(line: str, start: int) -> list[Word]:
    found = split_line(" " * start + line[start:])
    if not found:
        # ASSUMPTION: the text.
        raise LineFault("MINOR: CLI #2001: Missing element value - 'pipe'", start - 1)
    return found
