"""Output modifiers behind a bar: `| match`, `| count`, `| no-more`.

Owns these three; a router has more of them. Owns too, for both engines, what goes past a bar. ASSUMPTION: what the
router says of a line (errors, warnings, INFO, the carets below a word) is no output of a command, and never filtered.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .answers import Answer
from .words import LineFault, Word, missing, split_line, unknown

_FLAGS = ("ignore-case", "invert-match")
_MESSAGE = re.compile(r"(?:INFO|WARNING|MINOR|MAJOR|CRITICAL): [A-Z_]+ |Error: ")
_CARETS = re.compile(r" *\^+ *")


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
    lines, past = parted(answer.text)
    if words[0].text == "count":
        # ASSUMPTION: of a line that has nothing but an error nothing is counted.
        counted = [f"Count: {len(lines)} lines"] if lines or not past else []
        return replace(answer, text="".join(f"{line}\n" for line in [*counted, *past]))
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
    return replace(answer, text="".join(f"{line}\n" for line in [*kept, *past]))


def parted(text: str) -> tuple[list[str], list[str]]:
    """The lines of output, and those at the end that go past a bar."""
    lines = text.splitlines()
    end = len(lines)
    while end and _MESSAGE.match(lines[end - 1]):
        end -= 1
    if 0 < end < len(lines) and _CARETS.fullmatch(lines[end - 1]):
        end -= 1
    return lines[:end], lines[end:]


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
