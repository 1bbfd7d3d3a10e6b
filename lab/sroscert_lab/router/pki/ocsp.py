"""The router as a client of OCSP responders: `ca-profile/ocsp`, and the cache that `clear-ocsp-cache` clears.

Nokia guide, "OCSP": over HTTP alone, not by the management routing instance, for end-entity certificates only; what a
valid response says is cached. Owns asking and remembering; what a response is worth is ocspanswer.py's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from ..faults import Faults
from .conf import CAProfileConf
from .httpask import Question, exchange
from .ocspanswer import Answer, Inquiry, Status, Unreliable
from .pinging import cut_off

#: YANG: the highest `entry-id` of `clear-ocsp-cache`.
MAX_ENTRIES = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """The status of a certificate, and why it is unknown where it is."""

    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """One entry of the cache: what a responder said, from its thisUpdate until its nextUpdate."""

    entry_id: int
    ca_profile: str
    authority: x509.Certificate
    serial: int
    status: Status
    since: datetime
    until: datetime


class OCSPDesk:
    """Asks the responders of one router's CA profiles. Nothing is locked while one is being asked."""

    def __init__(self, source_address: str, faults: Faults, clock: Callable[[], datetime]) -> None:
        self._source_address = source_address
        self._faults = faults
        self._clock = clock
        self._lock = threading.Lock()
        self._cache: dict[int, CachedAnswer] = {}

    def ask(self, certificate: x509.Certificate, profile: CAProfileConf, authority: x509.Certificate) -> Found:
        """The status of a certificate that the CA of a profile has issued, from the cache or its responder."""
        known = self._remembered(profile.name, authority, certificate.serial_number)
        if known is not None:
            return Found(known)
        try:
            answer = self._inquire(certificate, Inquiry.about(certificate, authority), profile)
        except Unreliable as error:
            return Found("unknown", str(error))
        if answer.status == "unknown":
            # ASSUMPTION: "unknown" is no result: the next method is asked, and it is not remembered.
            return Found("unknown", "the responder does not know the certificate")
        self._remember(profile.name, authority, certificate.serial_number, answer)
        return Found(answer.status)

    def entries(self) -> tuple[CachedAnswer, ...]:
        """What is cached and not out of date, by number."""
        now = self._clock()
        with self._lock:
            self._cache = {number: self._cache[number] for number in sorted(self._cache)
                           if self._cache[number].until >= now}
            return tuple(self._cache.values())

    def clear(self, entry_id: int | None = None) -> None:
        """`clear-ocsp-cache`: forget one entry, or all of them."""
        with self._lock:
            if entry_id is None:
                self._cache.clear()
            else:
                # ASSUMPTION: that there is no such entry is no failure.
                self._cache.pop(entry_id, None)

    def _inquire(self, certificate: x509.Certificate, inquiry: Inquiry, profile: CAProfileConf) -> Answer:
        conf = profile.ocsp
        # ASSUMPTION: the responder that the certificate itself names is asked (RFC 5280, authority information access),
        # and that of the CA profile where it names none, as the classic command reference is recalled to say.
        url = _named_in(certificate) or conf.responder_url
        if not url:
            raise Unreliable(f'no responder in the certificate or in CA profile "{profile.name}"')
        # A limit of the lab: a service-name is reached over the router's one address too.
        instance = conf.transmission.router_instance if not conf.service_name else conf.service_name
        if instance == "management":
            raise Unreliable("the responder cannot be reached: not over the management routing instance")
        if cut_off(self._faults, (instance,)):
            raise Unreliable("the responder cannot be reached: no route")
        question = Question(url, inquiry.der, "application/ocsp-request")
        try:
            response = exchange(question, self._source_address, conf.transmission)
        except OSError as error:
            raise Unreliable(f"the responder cannot be reached: {error}") from error
        return inquiry.read(response, self._clock())

    def _remembered(self, ca_profile: str, authority: x509.Certificate, serial: int) -> Status | None:
        wanted = (ca_profile, authority, serial)
        return next(
            (item.status for item in self.entries() if (item.ca_profile, item.authority, item.serial) == wanted), None
        )

    def _remember(self, ca_profile: str, authority: x509.Certificate, serial: int, answer: Answer) -> None:
        # ASSUMPTION: without nextUpdate there is always something newer (RFC 6960), and nothing is remembered.
        if answer.next_update is None:
            return
        about = (ca_profile, authority, serial)
        with self._lock:
            # Two peers may show one certificate at the same time.
            self._cache = {
                taken: item for taken, item in self._cache.items()
                if (item.ca_profile, item.authority, item.serial) != about
            }
            if len(self._cache) >= MAX_ENTRIES:
                # ASSUMPTION: the entry that would go first anyway makes room.
                del self._cache[min(self._cache, key=lambda taken: self._cache[taken].until)]
            number = next(number for number in range(1, MAX_ENTRIES + 1) if number not in self._cache)
            self._cache[number] = CachedAnswer(
                number, ca_profile, authority, serial, answer.status, answer.this_update, answer.next_update
            )


def _named_in(certificate: x509.Certificate) -> str:
    """The first responder that a certificate names and that HTTP leads to; empty without one."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    places = [
        item.access_location.value for item in access if item.access_method == AuthorityInformationAccessOID.OCSP
    ]
    return next((str(place) for place in places if str(place).lower().startswith("http://")), "")
