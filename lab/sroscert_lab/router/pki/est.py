"""EST operations of one router: CA certificates, enrolment, renewal, by an `est-profile` (RFC 7030; YANG from 21.10).

Owns what is asked for and what is taken of the answer. HTTP and TLS are sroscert_lab.est.client's, the files are the
caller's. The texts of all refusals are ASSUMPTIONs.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime

from cryptography import x509

from ...est import client
from ..faults import Faults
from ..tlscontext import client_context
from ..tlspeer import untimely, verified_chain
from . import csr, pkcs7
from .conf import ESTProfileConf
from .failure import PKIRefusal
from .formats import Kind, PKIObject, is_pair
from .identities import client_identity, peer_check
from .ocsp import OCSPDesk
from .pinging import cut_off
from .profiles import ProfileTable
from .routing import instances


class ESTPending(PKIRefusal):
    """The server wants time: the same request may be sent again."""


class ESTDesk:
    """Asks EST servers, from the router's own address."""

    def __init__(
        self, profiles: ProfileTable, source_address: str, clock: Callable[[], datetime], faults: Faults, ocsp: OCSPDesk
    ) -> None:
        self._profiles = profiles
        self._faults = faults
        self._ocsp = ocsp
        self._source_address = source_address
        self._clock = clock

    def ca_certificates(self, profile: str) -> bytes:
        """The CA certificates that the server has, as it sends them: PKCS #7 in DER. PKIRefusal."""
        data = self._ask(profile, "cacerts", None)
        _certificates(data)
        return data

    def enroll(self, profile: str, key: PKIObject, request: bytes) -> PKIObject:
        """A certificate for a key, by its request. PKIRefusal."""
        return self._certificate(profile, "simpleenroll", key, request)

    def renew(self, profile: str, certificate: PKIObject, key: PKIObject, hash_name: str) -> PKIObject:
        """A certificate for a key, new or not, with the names of another certificate. PKIRefusal.

        RFC 7030 section 4.2.2: subject and subjectAltName are those of the certificate that is renewed.
        """
        present = certificate.certificate()
        try:
            names = present.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            names = None
        return self._certificate(profile, "simplereenroll", key, csr.sign(key, present.subject, names, hash_name))

    def _certificate(self, profile: str, operation: str, key: PKIObject, request: bytes) -> PKIObject:
        data = self._ask(profile, operation, request)
        for item in _certificates(data):
            if is_pair(item, key):
                return item
        raise PKIRefusal("The certificate is for another key")

    def _ask(self, name: str, operation: str, request: bytes | None) -> bytes:
        profile = self._profiles.conf.est_profiles.get(name)
        if profile is None:
            raise PKIRefusal(f'EST profile "{name}" does not exist')
        if cut_off(self._faults, instances("", profile.transmission)):
            raise PKIRefusal("No response from the server: no route to the host")
        try:
            return client.ask(self._endpoint(profile), operation, request)
        except client.ESTWait as wait:
            # ASSUMPTION: an operation does not wait for the CA, and there is none to ask later but the same again.
            raise ESTPending(str(wait)) from wait
        except client.ESTError as error:
            raise PKIRefusal(str(error)) from error

    def _endpoint(self, profile: ESTProfileConf) -> client.ESTEndpoint:
        if not profile.host:
            raise PKIRefusal(f'EST profile "{profile.name}" has no server')
        if not profile.client_tls_profile:
            raise PKIRefusal(f'EST profile "{profile.name}" has no client TLS profile')
        identity = client_identity(self._profiles, profile.client_tls_profile)
        if not identity.authorities:
            # ASSUMPTION: without a trust anchor no server is trusted.
            raise PKIRefusal(f'Client TLS profile "{profile.client_tls_profile}" has no trust anchor in service')
        return client.ESTEndpoint(
            host=profile.host,
            port=profile.port,
            # ASSUMPTION: check-id-kp-cmcra-only stands in the place of the check of the name, as in RFC 7030.
            context=client_context(identity, checks_name=not profile.only_cmc_ra),
            source_address=(profile.transmission and profile.transmission.source_address) or self._source_address,
            refusal=self._refusal(profile.client_tls_profile),
            only_cmc_ra=profile.only_cmc_ra,
            login=(profile.username, profile.password) if profile.username else None,
            paths=profile.paths,
        )

    def _refusal(self, name: str) -> Callable[[ssl.SSLSocket], str]:
        """Whether a server is accepted: by the router's clock, and by `status-verify` of the client TLS profile."""
        with self._profiles.lock:
            check = peer_check(self._profiles, self._profiles.conf.client_profiles[name].status, self._ocsp)

        def refusal(secured: ssl.SSLSocket) -> str:
            chain = verified_chain(secured)
            return untimely(chain, self._clock()) or check.refusal(chain[0])

        return refusal


def _certificates(data: bytes) -> list[PKIObject]:
    try:
        found = [PKIObject(Kind.CERT, der) for der in pkcs7.certificates(data)]
    except ValueError as error:
        raise PKIRefusal("The server's answer cannot be read") from error
    if not found:
        raise PKIRefusal("The server's answer holds no certificate")
    return found
