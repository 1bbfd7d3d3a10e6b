"""Pure decision: may a client whose certificate chains to a trust anchor connect, by its common name and status.

Works on what the CA profiles hold at the moment of the handshake, and on `status-verify` of the TLS server profile
(YANG: default-result since 23.7, ee-revocation since 24.10). Chain and validity are the TLS library's; a profile that
needs a CRL and has none is down (verdicts.py), and then no trust anchor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from .conf import StatusConf
from .verdicts import CAVerdict, compute_chain

_Status = Literal["good", "revoked", "unknown"]


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """What the status of a client's certificate is found by.

    Attributes:
        status: `status-verify` of the server profile.
        authorities: verdict of every CA profile.
        crls: the CRLs that can be used, by the name of the CA profile.
        common_names: those of `common-name-list`; None when any may come in.
    """

    status: StatusConf
    authorities: Mapping[str, CAVerdict]
    crls: Mapping[str, x509.CertificateRevocationList]
    common_names: tuple[str, ...] | None = None

    def refusal(self, der: bytes) -> str:
        """Why the client with this certificate is not let in; empty when it is."""
        certificate = x509.load_der_x509_certificate(der)
        if not self._is_named(certificate):
            return "common name is not in the list"
        names, _ = compute_chain(certificate, self.authorities)
        # ASSUMPTION: status-verify is about the client's own certificate (the name "ee-revocation"); that of a CA is
        # looked up in the CRL of the CA above it, and where there is none the state of that CA's profile has decided.
        for name, above in pairwise(names):
            authority = self.authorities[name].certificate
            if authority is not None and self._by_crl(authority, above) == "revoked":
                return f'CA certificate of CA profile "{name}" is revoked'
        issuer = names[0] if names else ""
        for method in (self.status.primary, self.status.secondary):
            # A limit of the lab: it asks no OCSP responder, which is as one that does not answer.
            found = self._by_crl(certificate, issuer) if method == "crl" else "unknown"
            if found != "unknown":
                return "certificate is revoked" if found == "revoked" else ""
        # ASSUMPTION: default-result is for a status that neither method finds, as in IPsec's cert-status-verify.
        return "certificate status is unknown" if self.status.default == "revoked" else ""

    def _is_named(self, certificate: x509.Certificate) -> bool:
        if self.common_names is None:
            return True
        # ASSUMPTION: it is the common name of the subject that counts, whatever cn-type says, and case does not.
        attributes = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        allowed = {name.casefold() for name in self.common_names}
        return any(str(item.value).casefold() in allowed for item in attributes)

    def _by_crl(self, certificate: x509.Certificate, issuer: str) -> _Status:
        crl = self.crls.get(issuer)
        if crl is None:
            return "unknown"
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return "good" if entry is None else "revoked"


@dataclass(slots=True)
class Checks:
    """How many checks of clients' certificates passed and failed since the start."""

    passed: int = 0
    failed: int = 0

    def count(self, passed: bool) -> None:
        """One more; from one thread only."""
        if passed:
            self.passed += 1
        else:
            self.failed += 1
