"""The problems of an intent for people: by file, with the line and a caret, alike ones folded. Decides nothing.

A line that may hold a secret where a reference belongs is not shown.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from sroscert.errors import Grade, Problem

_COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36", "accepted": "2"}
Paint = Callable[[str, str], str]
"""Colour and text → text."""
_WIDEST = 100
_PLACES = 4
_UNREAD = frozenset({"yaml-syntax", "yaml-tag", "control-character", "several-documents", "file-missing", "empty-file"})
_SECRET = re.compile(r"\b(password|secret|key_list)\b")
_LITERAL = re.compile(
    r"""((?:password|secret)["']?\s*:\s*)(?!["']?(?:env|file|keyring|prompt):)("[^"]*"?|'[^']*'?|[^,}\]#]+)"""
)
_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s,\]}:]+")


def report(
    problems: Sequence[Problem], *, width: int | None = None, colour: bool | None = None
) -> Iterator[str]:
    """Yield the lines of the report, ending with the total."""
    paint = _painter(sys.stdout.isatty() and "NO_COLOR" not in os.environ if colour is None else colour)
    wide = min(width or shutil.get_terminal_size((80, 24)).columns, _WIDEST)
    by_file: dict[str, list[Problem]] = {}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    for file, mine in by_file.items():
        source = _Source(file, mine)
        yield paint("1", file or "(no file)")
        shown = (0, 0)
        for alike in _folded(mine):
            place = (alike[0].line, alike[0].column)
            yield from _one(alike, source, wide, paint, excerpt=place != shown)
            shown = place
        yield ""
    yield total(problems)


def total(problems: Iterable[Problem]) -> str:
    """Return the one line under it all."""
    counts = dict.fromkeys(_COLOURS, 0)
    for problem in problems:
        counts["accepted" if problem.accepted else str(problem.severity)] += 1
    if not any(counts.values()):
        return "nothing found: 0 errors, 0 warnings"
    parts = [f"{counts[word]} {word}{'' if counts[word] == 1 else 's'}" for word in ("error", "warning")]
    if counts["note"]:
        parts.append(f"{counts['note']} note{'' if counts['note'] == 1 else 's'}")
    if counts["accepted"]:
        parts.append(f"{counts['accepted']} accepted")
    return ", ".join(parts)


def _painter(colour: bool) -> Paint:
    return (lambda code, text: f"\x1b[{code}m{text}\x1b[0m") if colour else (lambda code, text: text)


def _folded(problems: Sequence[Problem]) -> list[list[Problem]]:
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        key = (problem.code, problem.severity, problem.message, problem.suggestion, problem.accepted)
        groups.setdefault(key, []).append(problem)
    return list(groups.values())


def _one(alike: Sequence[Problem], source: _Source, width: int, paint: Paint, *, excerpt: bool) -> Iterator[str]:
    first = alike[0]
    word = "accepted" if first.accepted else str(first.severity)
    place = f"{first.line}:{first.column}" if first.line else "-"
    room = width - len(f"{place:>8}  {word}  {first.code}  ")
    where = f"  {first.path}" if first.path and len(first.path) <= room else ""
    yield f"{place:>8}  {paint(_COLOURS[word], word)}  {paint('1', first.code)}{where}"
    for line in source.excerpt(first, width - 12) if excerpt else ():
        yield f"          {paint('2', line)}"
    yield from _wrapped("", first.message, width)
    if first.accepted:
        yield from _wrapped("because: ", first.accepted, width)
    elif first.suggestion:
        yield from _wrapped("fix: ", first.suggestion, width)
    if also := _also(alike):
        yield from _wrapped("", also, width)


def _wrapped(lead: str, text: str, width: int) -> Iterator[str]:
    indent = " " * 10
    first, *rest = text.splitlines() or [""]
    yield from textwrap.wrap(
        lead + first, width, initial_indent=indent, subsequent_indent=indent + " " * len(lead),
        break_long_words=False, break_on_hyphens=False,
    )
    for line in rest:
        yield f"{indent}{' ' * len(lead)}{line}"


def _also(alike: Sequence[Problem]) -> str:
    parts = []
    others = [f"{item.line}:{item.column}" for item in alike[1:]]
    if others:
        more = len(others) - _PLACES
        parts.append(f"also at {', '.join(others[:_PLACES])}" + (f" and {more} more places" if more > 0 else ""))
    routers = list(dict.fromkeys(name for item in alike for name in item.routers))
    if len(routers) > 1:
        more = len(routers) - 1
        parts.append(f"for {routers[0]} and {more} more router{'' if more == 1 else 's'}")
    releases = list(dict.fromkeys(train for item in alike for train in item.releases))
    if len(releases) > 1:
        parts.append(f"on {len(releases)} releases, {releases[0]} to {releases[-1]}")
    elif releases and releases[0] not in alike[0].message:
        parts.append(f"on SR OS {releases[0]}")
    return "; ".join(parts)


def _may_show_a_secret(problem: Problem) -> bool:
    """Tell whether the line may hold a literal: a reference that passed its check is none."""
    checked = problem.severity != Grade.ERROR or problem.code == "secret-read-as-hash"
    return problem.code == "secret-literal" or (not checked and _SECRET.search(problem.path) is not None)


class _Source:
    """The lines of one file, as far as they may be shown."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.lines: list[str] = []
        self.hidden = {problem.line for problem in problems if _may_show_a_secret(problem)}
        # Below an unknown key nothing was checked, so a literal secret may stand there.
        self.unchecked = {problem.line for problem in problems if problem.code == "unknown-key"}
        if any(problem.code in _UNREAD for problem in problems):
            return
        try:
            self.lines = Path(file).read_text("utf-8", "replace").splitlines() if file else []
        except OSError:
            return

    def excerpt(self, problem: Problem, width: int) -> list[str]:
        """Return the line and the caret under it, or nothing."""
        if not 0 < problem.line <= len(self.lines) or problem.line in self.hidden:
            return []
        line = self.lines[problem.line - 1]
        at = problem.column - 1
        token = _TOKEN.match(line, at)
        length = len(token[0]) if token else 1
        if problem.line in self.unchecked:
            line, at = line[at:at + length] + ":", 0
        else:
            masked = _LITERAL.sub(lambda match: match[1] + "…" * len(match[2]), line)
            line = "".join(char if char.isprintable() else "?" for char in masked)
            cut = len(line) - len(line.lstrip())
            line, at = line[cut:], at - cut
        if len(line) > width:
            start = max(0, min(at - width // 3, len(line) - width + 1))
            line = ("…" if start else "") + line[start + bool(start):start + width - 1] + (
                "…" if start + width - 1 < len(line) else ""
            )
            at -= start
        return [line, " " * at + "^" + "~" * (min(length, max(1, width - at)) - 1)]
