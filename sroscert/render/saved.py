"""A saved configuration (``admin show configuration``, a backup file) cut down to the parts that are asked for.

Owns what a whole file looks like: header, regions, brace form and flat form. What is not asked for is passed over by
its braces and brackets, not understood; the rest keeps its lines and columns and is read by ``mdcli_read``. A file
that is not whole is an error, never half a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sroscert.render.mdcli_tokens import MdCliSyntaxError
from sroscert.values import Path, Release

_MARK = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\[^\n])*(?P<closed>"?))|(?<![^\s{}\[\]])(?P<comment>#[^\n]*)|(?P<mark>[{}\[\]\n])'
)
_SKIPPED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*(?P<closed>"?)|(?<![^\s{}\[\]])#[^\n]*|(?P<mark>[{}\[\]])')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_RELEASE = re.compile(r"TiMOS-[A-Z]+-(?:[A-Z]+-)*(\d+\.\d+(?:\.[A-Z]+\d+)?)|Configuration format version (\d+\.\d+)")
_HARMLESS = re.compile(
    r"exit(?:\s+all)?|persistent-indices\b.*|(?:bof|debug|li)\b.*|TiMOS-.*|[!*]*(?:\([a-z:\w-]+\))?\[[^\]]*\]|"
    r"\*?[A-D]:[^\s@]+@\S+?[#>].*|(?:INFO|WARNING|MINOR|MAJOR|CRITICAL): .*|Press Q to quit.*|"
    r"/?admin show .*"
)
"""What may stand beside ``configure``: other regions, prompts, messages, the command itself."""
# ASSUMPTION: a file that a router writes begins with "# Generated" and ends with "# Finished", as the classic CLI's do.
_BEGUN = re.compile(r"^#\s*Generated\b", re.MULTILINE)
_ENDED = re.compile(r"^#\s*Finished\b", re.MULTILINE)
_HEADER = 8192
_PIECE = r'(?:[^"#{}\[\]\n]++|"(?:[^"\\\n]|\\[^\n])*+")'

CLASSIC = "this is a classic CLI configuration, not MD-CLI"
CLASSIC_HINT = (
    "what is needed is `admin show configuration` of the MD-CLI (or `info full-context` at its root); "
    "`sroscert import --router` reads a router over NETCONF"
)


@dataclass(frozen=True, slots=True)
class Picked:
    """``text`` has the wanted parts at their old places; ``form`` is ``braces`` or ``flat``."""

    text: str
    form: str
    release: Release | None


@dataclass(slots=True)
class _Frame:
    """An open brace: the names on the way to something wanted, or None once inside it."""

    way: tuple[str, ...] | None
    place: int


@dataclass(slots=True)
class _Scan:
    """One pass over the text; ``dropped`` are the ranges that are not wanted."""

    text: str
    wanted: frozenset[tuple[str, ...]]
    frames: list[_Frame] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    form: str = ""
    brackets: list[int] = field(default_factory=list)
    begin: int = 0
    """Where the present statement begins."""
    place: int = 0

    def error(self, message: str, at: int, hint: str = "") -> MdCliSyntaxError:
        """Return an error for a position of the text."""
        line = self.text.count("\n", 0, at) + 1
        found = MdCliSyntaxError(message, line, at - self.text.rfind("\n", 0, at))
        found.hint = hint or found.hint
        return found

    def run(self) -> None:
        """Find what is not wanted. Raises MdCliSyntaxError."""
        strangers = self._strangers()
        while True:
            if self.begin == self.place and not self.frames and (lines := strangers.match(self.text, self.place)):
                self.form = self.form or "flat"
                self.dropped.append(lines.span())
                self.begin = self.place = lines.end()
            mark = _MARK.search(self.text, self.place)
            if mark is None:
                break
            self.place = mark.end()
            if mark["mark"] is not None:
                self._take(mark["mark"], mark.start())
            elif mark.lastgroup != "comment":
                self._closed(mark)
        if self.brackets:
            raise self.error("a closing bracket is missing", self.brackets[-1], "is the file cut off?")
        if self.frames:
            raise self._cut_off(self.frames[-1].place)
        self._line(self.begin, len(self.text))

    def _take(self, kind: str, at: int) -> None:
        if kind == "[":
            self.brackets.append(at)
        elif kind == "]":
            if not self.brackets:
                raise self.error("this bracket closes nothing", at)
            self.brackets.pop()
        elif self.brackets:
            if kind != "\n":
                raise self.error("a closing bracket is missing", self.brackets[-1])
        else:
            if kind == "{":
                self.place = self._open(self.begin, at)
            elif kind == "}":
                if not self.frames:
                    raise self.error("this brace closes nothing", at, "is the beginning of the file missing?")
                self.frames.pop()
            else:
                self._line(self.begin, at)
            self.begin = self.place

    def _strangers(self) -> re.Pattern[str]:
        """Return what matches many whole flat lines at once that lead to nothing wanted: most of a large file."""
        names = "|".join(sorted({" ".join(map(re.escape, path[:2])) for path in self.wanted}))
        words = rf"(?:{_PIECE}|\[(?:{_PIECE}|\n)*+\])*+"
        return re.compile(rf"(?:/?configure (?!(?:{names})[ \n]){words}\n(?:[ \t]*\n)*+)++")

    def _closed(self, mark: re.Match[str]) -> None:
        if not mark["closed"]:
            raise self.error("the string has no closing quote", mark.start(), "is the file cut off?")

    def _cut_off(self, at: int) -> MdCliSyntaxError:
        return self.error("this brace is never closed", at, "the file is not whole: save it again")

    def _open(self, begin: int, brace: int) -> int:
        """Take the statement that opens a brace; return where to go on: behind its end when it is not wanted."""
        if self.frames and self.frames[-1].way is None:
            self.frames.append(_Frame(None, brace))
            return brace + 1
        words = _code(self.text[begin:brace]).split()
        if not self.frames:
            if not words or words[0].lstrip("/") != "configure":
                if not _HARMLESS.fullmatch(" ".join(words)):
                    raise self._not_expected(" ".join(words[:3]), begin)
                return self._skip(begin, brace)
            self.form = self.form or "braces"
            words = words[1:]
        way = self.frames[-1].way if self.frames else ()
        found = self._follow(way or (), words)
        if found == "foreign":
            return self._skip(begin, brace)
        self.frames.append(_Frame(found if isinstance(found, tuple) else None, brace))
        return brace + 1

    def _follow(self, way: tuple[str, ...], words: Sequence[str]) -> tuple[str, ...] | str:
        """Return ``inside``, ``foreign``, or how far on the way the words lead."""
        for word in words:
            way = (*way, word)
            if way in self.wanted:
                return "inside"
            if not any(path[: len(way)] == way for path in self.wanted):
                return "foreign"
        return way

    def _skip(self, begin: int, brace: int) -> int:
        depth = 0
        opened = 0
        for mark in _SKIPPED.finditer(self.text, brace):
            kind = mark["mark"]
            if kind is None:
                if mark["closed"] == "":
                    self._closed(mark)
            elif kind == "{":
                depth += 1
            elif kind == "[":
                opened = mark.start() + 1
            elif kind == "]":
                opened = 0
            elif opened:
                raise self.error("a closing bracket is missing", opened - 1)
            else:
                depth -= 1
                if not depth:
                    self.dropped.append((begin, mark.end()))
                    return mark.end()
        raise self._cut_off(brace)

    def _line(self, begin: int, end: int) -> None:
        """Take a statement without braces. Inside wanted braces it stays; on the way to them it is another's leaf."""
        if self.frames:
            way = self.frames[-1].way
            if way is not None and self._follow(way, self._words(begin, end)) != "inside":
                self.dropped.append((begin, end))
            return
        words = self._words(begin, end)
        if not words:
            self.dropped.append((begin, end))
        elif words[0] in {"configure", "/configure"}:
            self._flat(words[1:], begin, end)
        elif words[0] == "echo":
            raise self.error(CLASSIC, begin, CLASSIC_HINT)
        elif _HARMLESS.fullmatch(_code(self.text[begin:end])):
            self.dropped.append((begin, end))
        else:
            raise self._not_expected(" ".join(words[:3]), begin)

    def _flat(self, words: Sequence[str], begin: int, end: int) -> None:
        if not words:
            rest = _NOTHING.match(self.text, end)
            if rest is not None and rest.end() < len(self.text) and self.text[rest.end()] == "{":
                raise self.error("the brace stands on a line of its own", rest.end(), "write: configure {")
            raise self.error(CLASSIC, begin, CLASSIC_HINT)
        self.form = self.form or "flat"
        if self._follow((), words) != "inside":
            self.dropped.append((begin, end))

    def _words(self, begin: int, end: int) -> list[str]:
        return _code(self.text[begin:end]).split(None, 8)

    def _not_expected(self, words: str, begin: int) -> MdCliSyntaxError:
        at = begin + len(self.text[begin:]) - len(self.text[begin:].lstrip())
        return self.error(
            f"{words!r} is not expected at the top of a saved configuration", at,
            "a saved configuration is `configure {` … `}`, or lines that begin with /configure (info full-context)",
        )


_NOTHING = re.compile(r"(?:\s|#[^\n]*(?=\n|\Z))*")


def _code(statement: str) -> str:
    """Return a statement without the comment lines before it."""
    lines = [line for line in statement.split("\n") if not line.lstrip().startswith("#")] if "#" in statement else None
    return (statement if lines is None else "\n".join(lines)).strip()


def pick(text: str, wanted: Sequence[Path]) -> Picked:
    """Return the parts of a saved configuration at or below ``wanted`` (paths without keys).

    Raises MdCliSyntaxError with its place for a file that is not whole, is of the classic CLI, or is something else.
    """
    text = _plain(text)
    if (other := re.match(r"\s*(?:<|\{)", text)) is not None:
        kind = "XML" if other[0].endswith("<") else "JSON"
        raise _Scan(text, frozenset()).error(f"this is {kind}, not MD-CLI", other.end() - 1, CLASSIC_HINT)
    scan = _Scan(text, frozenset(path.names[1:] for path in wanted))
    scan.run()
    if not scan.form:
        raise scan.error("there is no configuration in it", 0, "it would have `configure {`, or /configure lines")
    if scan.form == "flat" and _BEGUN.search(text[:_HEADER]) and not _ENDED.search(text[-_HEADER:]):
        raise scan.error(
            "the file is cut off: it has a line `# Generated` and no line `# Finished`", len(text),
            "save it again; if it is whole, take the line `# Generated` out",
        )
    return Picked("".join(_kept(text, scan.dropped)), scan.form, header_release(text))


def _plain(text: str) -> str:
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = re.sub(r"\r+\n", "\n", text)
    if (odd := _CONTROL.search(text)) is not None:
        raise _Scan(text, frozenset()).error(
            f"character U+{ord(odd[0]):04X} has no place in a configuration", odd.start(), "is it a text file?"
        )
    return text


def _kept(text: str, dropped: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the text with the dropped ranges made blank, so that places stay true."""
    place = 0
    for begin, end in dropped:
        yield text[place:begin]
        lines = text.count("\n", begin, end)
        yield "\n" * lines + " " * (end - max(begin, text.rfind("\n", begin, end) + 1))
        place = end
    yield text[place:]


def header_release(text: str) -> Release | None:
    """Return the release that the header names: ``# TiMOS-B-21.2.R1 …``; None where it names none."""
    lines = [line for line in text[:_HEADER].split("\n")[:40] if line.startswith(("#", "TiMOS"))]
    for found in map(_RELEASE.search, lines):
        if found is not None:
            return Release.parse(found[1] or found[2])
    return None
