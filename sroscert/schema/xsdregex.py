"""Match YANG patterns, which are W3C XML Schema regular expressions (RFC 7950 section 9.4.5), with Python's ``re``.

The two languages differ: an XSD expression is anchored at both ends, ``^`` and ``$`` outside a class are ordinary
characters, ``.`` refuses carriage returns too, ``\\w`` is everything but punctuation, separators and control
characters, and there are Unicode categories. Class subtraction and Unicode blocks, which Nokia does not use, are
refused by ValueError.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Iterator

_ASCII_ONLY = 0x7F

_NAME_START = r"_:A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\ud7ff"
_NAME = _NAME_START + r"\-.0-9\xb7\u0300-\u036f\u203f\u2040"

_QUANTIFIED = frozenset("nrt")


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole of ``text`` matches an XSD pattern. Raises ValueError for a pattern we cannot read."""
    return compiled(pattern, text.isascii()).fullmatch(text) is not None


@functools.cache
def compiled(pattern: str, ascii_only: bool) -> re.Pattern[str]:
    """Return the Python form of an XSD pattern; one for ASCII texts spares building the tables of all of Unicode."""
    return re.compile(translate(pattern, ascii_only))


def translate(pattern: str, ascii_only: bool = False) -> str:
    """Return the Python regular expression that matches the same texts, to be used with ``fullmatch``."""
    pieces: list[str] = []
    reader = iter(_atoms(pattern))
    for atom in reader:
        if atom == "[":
            pieces.append(_character_class(reader, ascii_only))
        elif atom == ".":
            pieces.append(r"[^\n\r]")
        elif atom in ("^", "$"):
            pieces.append("\\" + atom)
        elif atom.startswith("\\"):
            inside, negated = _escape(atom, ascii_only)
            pieces.append(f"[{'^' if negated else ''}{inside}]")
        else:
            pieces.append(atom)
    return "".join(pieces)


def _atoms(pattern: str) -> Iterator[str]:
    index = 0
    while index < len(pattern):
        end = index + 1
        if pattern[index] == "\\":
            end += 1
            if pattern[index + 1 : end] in ("p", "P"):
                end = pattern.index("}", end) + 1
        yield pattern[index:end]
        index = end


def _character_class(reader: Iterator[str], ascii_only: bool) -> str:
    """Read a class up to its closing bracket and return it in Python's spelling."""
    negated = False
    inside: list[str] = []
    alternatives: list[str] = []
    first = True
    for atom in reader:
        if atom == "]":
            break
        if atom == "^" and first:
            negated = True
        elif atom == "[":
            if inside and inside[-1] == "-":
                raise ValueError("class subtraction is not supported")
            inside.append(r"\[")
        elif atom.startswith("\\"):
            text, inverted = _escape(atom, ascii_only)
            (alternatives if inverted else inside).append(f"[^{text}]" if inverted else text)
        elif atom in "&~|^":
            inside.append("\\" + atom)
        else:
            inside.append(atom)
        first = False
    if not alternatives:
        return f"[{'^' if negated else ''}{''.join(inside)}]"
    choices = "|".join([*([f"[{''.join(inside)}]"] if inside else []), *alternatives])
    return rf"(?:(?!{choices})[\s\S])" if negated else f"(?:{choices})"


def _escape(atom: str, ascii_only: bool) -> tuple[str, bool]:
    """Return what an escape means as the inside of a class, and whether the class is to be inverted."""
    letter = atom[1]
    if letter in "pP":
        return _category(atom[3:-1], ascii_only), letter == "P"
    simple = {"s": r" \t\n\r", "i": _NAME_START, "c": _NAME}
    if letter.lower() in simple:
        return simple[letter.lower()], letter.isupper()
    if letter in "dD":
        return ("0-9" if ascii_only else _category("Nd", False)), letter == "D"
    if letter in "wW":
        return "".join(_category(name, ascii_only) for name in "PZC"), letter == "w"
    return (atom if letter in _QUANTIFIED else re.escape(letter)), False


@functools.cache
def _category(name: str, ascii_only: bool) -> str:
    """Return the characters of a Unicode general category as ranges for a class."""
    if name.startswith("Is") or not 1 <= len(name) <= 2:
        raise ValueError(f"the Unicode block {name!r} is not supported")
    last = _ASCII_ONLY if ascii_only else sys.maxunicode
    ranges: list[list[int]] = []
    for code in range(last + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in ranges)
