"""What stands behind a bar in the classic CLI: `match` with its options, `count`; several bars one after another.

Evidence: public scripts (`| match TLDP | match expression "[3][5-9]"`, `| match X context all|children`, `post-lines`,
`pre-lines`, `invert-match`, options before or behind the pattern). ASSUMPTION: `ignore-case`, `max-count` and `count`;
that context goes by indentation, that lines which are shown twice are printed once, and that nothing stands between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..answers import Answer
from ..pipes import parted
from ..words import LineFault, Word, split_line
from .expression import BadExpression, compiled
from .forms import BAD_COMMAND, BAD_VALUE, MISSING

_FLAGS = ("ignore-case", "invert-match", "expression")
_NUMBERS = ("pre-lines", "post-lines", "max-count")
_CONTEXTS = ("all", "parents", "children")


def split_bars(line: str) -> tuple[str, list[list[Word]]]:
    """The command, and the words behind each bar that is not in quotes; LineFault for a bar with nothing behind it."""
    cuts: list[int] = []
    quoted = False
    for position, char in enumerate(line):
        if char == '"' and line[position - 1 : position] != "\\":
            quoted = not quoted
        elif char == "|" and not quoted:
            cuts.append(position)
    if not cuts:
        return line, []
    stages = []
    for start, end in zip(cuts, [*cuts[1:], len(line)], strict=True):
        words = split_line(" " * (start + 1) + line[start + 1 : end], frozenset())
        if not words:
            raise LineFault(MISSING)
        stages.append(words)
    return line[: cuts[0]].rstrip(), stages


def filtered(answer: Answer, stages: Sequence[Sequence[Word]]) -> Answer:
    """The answer with its text filtered by each stage, but what goes past a bar."""
    lines, past = parted(answer.text)
    if lines or not past:
        for words in stages:
            lines = _stage(words)(lines)
    return replace(answer, text="".join(f"{line}\n" for line in [*lines, *past])) if stages else answer


def check(stages: Sequence[Sequence[Word]]) -> None:
    """LineFault for a stage that is not understood, before the command is run."""
    for words in stages:
        _stage(words)


def _stage(words: Sequence[Word]) -> Callable[[list[str]], list[str]]:
    if words[0].text == "count" and len(words) == 1:
        return lambda lines: [f"Count: {len(lines)} lines"]
    if words[0].text != "match":
        raise LineFault.at(words[0], BAD_COMMAND)
    return _read(words[1:]).kept


@dataclass(slots=True)
class _Match:
    """The options of one `match`."""

    pattern: Word | None = None
    flags: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)
    context: str = ""
    fits: Callable[[str], bool] = bool

    def kept(self, lines: list[str]) -> list[str]:
        """The lines that are shown."""
        inverted = "invert-match" in self.flags
        hits = [number for number, line in enumerate(lines) if self.fits(line) != inverted]
        hits = hits[: self.numbers.get("max-count", len(hits))]
        shown: set[int] = set(hits)
        before, after = self.numbers.get("pre-lines", 0), self.numbers.get("post-lines", 0)
        for hit in hits:
            shown.update(range(max(0, hit - before), min(len(lines), hit + after + 1)))
        if self.context in ("all", "parents"):
            shown.update(parents(lines, hits))
        if self.context in ("all", "children"):
            shown.update(_children(lines, hits))
        return [lines[number] for number in sorted(shown)]


def _read(words: Sequence[Word]) -> _Match:
    found = _Match()
    left = list(words)
    while left:
        word = left.pop(0)
        if word.text in _FLAGS and not word.quoted:
            found.flags.add(word.text)
        elif word.text in _NUMBERS and not word.quoted:
            found.numbers[word.text] = _number(left)
        elif word.text == "context" and not word.quoted:
            found.context = _choice(left)
        elif found.pattern is None:
            found.pattern = word
        else:
            raise LineFault.at(word, BAD_COMMAND)
    if found.pattern is None:
        raise LineFault(MISSING)
    found.fits = _fitting(found.pattern, found.flags)
    return found


def _fitting(pattern: Word, flags: set[str]) -> Callable[[str], bool]:
    ignores = "ignore-case" in flags
    if "expression" in flags:
        try:
            return compiled(pattern.text, ignore_case=ignores)
        except BadExpression as exc:
            raise LineFault.at(pattern, BAD_VALUE) from exc
    if ignores:
        wanted = pattern.text.lower()
        return lambda line: wanted in line.lower()
    return lambda line: pattern.text in line


def _number(left: list[Word]) -> int:
    if not left:
        raise LineFault(MISSING)
    word = left.pop(0)
    if not (word.text.isascii() and word.text.isdigit() and len(word.text) < 6):
        raise LineFault.at(word, BAD_VALUE)
    return int(word.text)


def _choice(left: list[Word]) -> str:
    if not left:
        raise LineFault(MISSING)
    word = left.pop(0)
    if word.text not in _CONTEXTS:
        raise LineFault.at(word, BAD_COMMAND)
    return word.text


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_title(line: str) -> bool:
    """Whether a line stands at the margin of a configuration without being part of its tree."""
    return line.startswith(("#", "echo "))


def parents(lines: list[str], hits: list[int]) -> Iterator[int]:
    """The lines that the hits stand below."""
    open_lines: list[int] = []
    wanted = set(hits)
    for number, line in enumerate(lines):
        if _is_title(line):
            continue
        while open_lines and _depth(lines[open_lines[-1]]) >= _depth(line):
            open_lines.pop()
        if number in wanted:
            yield from open_lines
        open_lines.append(number)


def _children(lines: list[str], hits: list[int]) -> Iterator[int]:
    """The lines that stand below the hits."""
    for hit in hits:
        for number in range(hit + 1, len(lines)):
            if _is_title(lines[number]):
                continue
            if _depth(lines[number]) <= _depth(lines[hit]):
                break
            yield number
