"""Read what ``show log log-id`` prints, in either engine: a heading, and two lines or more an event, newest first.

The form is that of the tutorial's transcripts of logs 90, 99 and 101 (21.2, both engines).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime

MOST_EVENTS = 3000
"""The most that a log in memory holds (YANG, max-entries); what is printed beyond is not read."""

_TITLE = re.compile(r"^Event Log \S+", re.MULTILINE)
_HEAD = re.compile(
    r"^ *(\d+) (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (\S+) ([A-Z]+): ([A-Z0-9_]+) #(\d+) (\S+) ?([^\n]*)$",
    re.MULTILINE,
)
_UTC = frozenset({"UTC", "GMT", "Z"})


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of a router's log. ``at`` is aware UTC; None for a log in another zone, whose hours are not known."""

    sequence: int
    at: datetime | None
    severity: str
    application: str
    number: int
    subject: str
    text: str


def parse(text: str) -> tuple[LogEvent, ...] | None:
    """Return the events as they stand there, or None when the text is no log."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _TITLE.search(text):
        return None
    heads = list(itertools.islice(_HEAD.finditer(text), MOST_EVENTS + 1))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    found = (_event(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=False))
    return tuple(itertools.islice(found, MOST_EVENTS))


def _event(head: re.Match[str], body: str) -> LogEvent:
    message = body.strip()
    if len(message) > 1 and message[0] == '"':
        message = message[1 : message.rindex('"')] if message.rindex('"') else message[1:]
    return LogEvent(
        int(head[1]), _time(head[2], head[3]), head[4].lower(), head[5], int(head[6]), head[8].strip(),
        " ".join(message.split()),
    )


def _time(stamp: str, zone: str) -> datetime | None:
    if zone not in _UTC:
        return None
    form = "%Y/%m/%d %H:%M:%S.%f" if "." in stamp else "%Y/%m/%d %H:%M:%S"
    try:
        return datetime.strptime(stamp, form).replace(tzinfo=UTC)
    except ValueError:
        return None
