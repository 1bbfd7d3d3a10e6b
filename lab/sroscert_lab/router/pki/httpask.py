"""One HTTP exchange of the router's own: a GET or a POST, with what a transmission-profile says of it.

YANG: /configure/system/transmission-profile. Owns retries, redirections and bounds; what a body means is the caller's.
"""

from __future__ import annotations

import http.client
import urllib.parse
from dataclasses import dataclass, replace

from .conf import TransmissionConf

_MAX_BYTES = 16 * 1024 * 1024
_OK = 200
#: With these the same request goes to the other place; 303 would make a GET of a POST, and nobody here needs it.
_MOVED = (301, 302, 307, 308)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a GET, or with a `body` a POST."""

    url: str
    body: bytes | None = None
    content_type: str = ""


class _OldConnection(http.client.HTTPConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


def exchange(question: Question, source_address: str, conf: TransmissionConf) -> bytes:
    """The body of an answer with status 200; OSError, saying why there is none.

    `source_address` is the router's own, unless the profile names another.
    """
    source = conf.source_address or source_address
    left = conf.redirection
    while True:
        target = _persist(question, source, conf)
        if isinstance(target, bytes):
            return target
        if left == 0:
            raise OSError(f"the server points to {target}, and no redirection is left")
        left -= 1
        question = replace(question, url=target)


def _persist(question: Question, source: str, conf: TransmissionConf) -> bytes | str:
    """The body, or where it is instead; asks again as often as the profile says while nobody answers."""
    for _ in range(conf.retry):
        try:
            return _ask(question, source, conf)
        except (ConnectionError, TimeoutError):
            continue
    return _ask(question, source, conf)


def _ask(question: Question, source: str, conf: TransmissionConf) -> bytes | str:
    url = question.url if "://" in question.url else f"http://{question.url}"
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise OSError(f"the URL cannot be read: {error}") from error
    if parts.scheme.lower() != "http" or not host:
        raise OSError("the URL is not an http URL")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kind = _OldConnection if conf.http_version == "1.0" else http.client.HTTPConnection
    connection = kind(host, port, timeout=conf.timeout_s, source_address=(source, 0))
    headers = {"Connection": "close"} | ({"Content-Type": question.content_type} if question.content_type else {})
    try:
        connection.request("GET" if question.body is None else "POST", target, question.body, headers)
        response = connection.getresponse()
        body = response.read(_MAX_BYTES + 1)
    except http.client.HTTPException as error:
        raise OSError(f"the answer cannot be read: {type(error).__name__}") from error
    finally:
        connection.close()
    location = response.headers.get("Location", "")
    if response.status in _MOVED and location:
        return urllib.parse.urljoin(url, location)
    if response.status != _OK:
        raise OSError(f"HTTP status {response.status}")
    if len(body) > _MAX_BYTES:
        raise OSError("the answer is too long")
    return body
