"""Fetching a CRL over HTTP, as `auto-crl-update` and `crl-update` do.

Owns one URL. Whether what comes is a CRL that may be used is crlupdate.py's.
"""

from __future__ import annotations

from collections.abc import Callable

from ..faults import Faults
from .conf import CRLSource, TransmissionConf
from .httpask import Question, exchange
from .pinging import cut_off
from .routing import instances

#: Gives the bytes that a URL holds; OSError, saying why, when there are none.
Fetch = Callable[[CRLSource], bytes]

# ASSUMPTION: how long a router waits that no transmission profile tells.
_HOW = TransmissionConf(timeout_s=10)


class HTTPFetcher:
    """Fetches from the router's own address, unless a transmission profile names another."""

    def __init__(self, source_address: str, faults: Faults) -> None:
        self._source_address = source_address
        self._faults = faults

    def __call__(self, source: CRLSource) -> bytes:
        """The body of an answer with status 200; OSError."""
        if cut_off(self._faults, instances("", source.transmission)):
            raise OSError("no route to the host")
        return exchange(Question(source.url), self._source_address, source.transmission or _HOW)
