"""Fetching a CRL over HTTP, as `auto-crl-update` and `crl-update` do.

Owns one GET. Whether what comes is a CRL that may be used is crlupdate.py's.
"""

from __future__ import annotations

import http.client
import urllib.parse
from collections.abc import Callable

#: Gives the bytes that a URL holds; OSError, saying why, when there are none.
Fetch = Callable[[str], bytes]

# A limit of the lab: a transmission-profile's timeout, retries and redirections are not read.
_TIMEOUT_S = 10.0
_MAX_BYTES = 16 * 1024 * 1024
_OK = 200


class HTTPFetcher:
    """Fetches from the router's own address."""

    def __init__(self, source_address: str) -> None:
        self._source_address = source_address

    def __call__(self, url: str) -> bytes:
        """The body of an answer with status 200; OSError."""
        try:
            parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname, parts.port or 80
        except ValueError as error:
            raise OSError(f"the URL cannot be read: {error}") from error
        if parts.scheme != "http" or not host:
            raise OSError("the URL is not an http URL")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection(
            host, port, timeout=_TIMEOUT_S, source_address=(self._source_address, 0)
        )
        try:
            connection.request("GET", target, headers={"Connection": "close"})
            response = connection.getresponse()
            body = response.read(_MAX_BYTES + 1)
        except http.client.HTTPException as error:
            raise OSError(f"the answer cannot be read: {type(error).__name__}") from error
        finally:
            connection.close()
        if response.status != _OK:
            raise OSError(f"HTTP status {response.status}")
        if len(body) > _MAX_BYTES:
            raise OSError("the answer is too long")
        return body
