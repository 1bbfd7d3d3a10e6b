"""What a run of sroscert asks a router to do, in order, as short names: the rows of the matrix.

Owns which requests write, their names, and the names of their places in a job; reads nothing but the text of a request
as `sroscert_lab.router.moments` tells it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_TAG = re.compile(r"<(?!/)(?:\w+:)?([\w-]+)[^>]*>")
#: Found anywhere in a request: what it is called. The first that fits.
_NAMES = (
    (re.compile(r"\b(gen-keypair|generate-keypair)\b"), "generate key"),
    (re.compile(r"\bgenerate-csr\b"), "write request"),
    (re.compile(r"\b(initial-registration|key-update|cert-request)\b"), "request"),
    (re.compile(r"\bimport\b.*\btype>?\s*key\b"), "import key"),
    (re.compile(r"\bimport\b.*\btype>?\s*cert"), "import certificate"),
    (re.compile(r"\bfile\W+(?:remove|delete)\b"), "remove file"),
    (re.compile(r"\bfile\W+copy\b"), "copy file"),
)


def name_of(request: str) -> str:
    """The name of a request that writes; empty for one that only reads, or prepares."""
    word = request.split(" ", 1)[0]
    if word == "commit":
        return "commit"
    if word == "copy-config":
        return "save"
    if word == "upload":
        return "upload"
    text = _TAG.sub(r"\1> ", request) if word == "action" else request
    return next((name for pattern, name in _NAMES if pattern.search(text)), "")


@dataclass(frozen=True)
class Part:
    """Requests of a job in a row, and what they are for."""

    name: str
    moments: tuple[str, ...]


def places(parts: Iterable[Part]) -> tuple[str, ...]:
    """What each moment of a job is called: `commit of TLS`, `2nd commit of TLS`.

    Told by what it is for and not by its number, so that a case keeps its name, and its results, when a job learns a
    step elsewhere.
    """
    found = []
    seen: Counter[str] = Counter()
    for part in parts:
        for moment in part.moments:
            place = f"{moment} of {part.name}"
            seen[place] += 1
            found.append(place if seen[place] == 1 else f"{_nth(seen[place])} {place}")
    return tuple(found)


def _nth(number: int) -> str:
    return str(number) + {2: "nd", 3: "rd"}.get(number, "th")
