"""Fetching a CRL over HTTP, as `auto-crl-update` and `crl-update` do.

Owns one GET. Whether what comes is a CRL that may be used is crlupdate.py's.
"""

from __future__ import annotations

from collections.abc import Callable

from .conf import TransmissionConf
from .httpask import Question, exchange

#: Gives the bytes that a URL holds; OSError, saying why, when there are none.
Fetch = Callable[[str], bytes]

# A limit of the lab: a transmission-profile's timeout, retries and redirections are not read.
_HOW = TransmissionConf(timeout_s=10)


class HTTPFetcher:
    """Fetches from the router's own address."""

    def __init__(self, source_address: str) -> None:
        self._source_address = source_address

    def __call__(self, url: str) -> bytes:
        """The body of an answer with status 200; OSError."""
        return exchange(Question(url), self._source_address, _HOW)
