"""The CA's HTTP server asked by ourselves: does it answer at all, and what time does it say it is (RFC 9110, Date).

No CMP message is sent, and nothing follows a redirection or a proxy. That we reach a CA says nothing of the router's
way to it, and that we do not is no fault: many networks let routers only.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

_KEPT_S = 60.0
_PORT = 80


@dataclass(frozen=True, slots=True)
class CAContact:
    """How a CA answered us. ``ahead`` is its clock against ours, None where it told no time.

    ``reason`` says why there was no answer; ``answered`` is whether there was any.
    """

    answered: bool
    ahead: timedelta | None = None
    reason: str = ""


class CAContacts:
    """Contacts by URL, each made once a minute at most: a thousand routers have one CA. Safe to use from any thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, CAContact]] = {}

    def ask(self, url: str, timeout_s: float) -> CAContact:
        """Return how the CA at ``url`` answers."""
        with self._lock:
            at, known = self._known.get(url, (0.0, None))
            if known is None or self._now() - at > _KEPT_S:
                known = contact(url, timeout_s)
                self._known[url] = (self._now(), known)
            return known


def contact(url: str, timeout_s: float) -> CAContact:
    """Send one HEAD request to the CA's URL. Any answer of HTTP will do: a CMP server need not know HEAD."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return CAContact(False, reason=str(error))
    if host is None:
        return CAContact(False, reason="the URL names no host")
    connection = http.client.HTTPConnection(host, port or _PORT, timeout=timeout_s)
    try:
        connection.request("HEAD", parts.path or "/")
        answer = connection.getresponse()
        at = datetime.now(UTC)
        return CAContact(True, _ahead(answer.getheader("Date", ""), at))
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        # UnicodeError: a name that no resolver can be asked for, such as one with a label of 64 letters.
        return CAContact(False, reason=str(error) or type(error).__name__)
    finally:
        connection.close()


def _ahead(date: str, at: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment - at if moment.tzinfo is not None else None
