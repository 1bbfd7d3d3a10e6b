"""Decision: may a client whose certificate chains to a trust anchor connect, by its common name and status.

Works on what the CA profiles hold at the moment of the handshake, and on `status-verify` of the TLS server profile
(YANG: default-result since 23.7, ee-revocation since 24.10); responders are asked through ocsp.py. Chain and validity
are the TLS library's; a profile that needs a CRL and has none is down (verdicts.py), and then no trust anchor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cryptography import x509
from cryptography.x509.oid import NameOID

from .conf import CommonNameConf, StatusConf
from .ocsp import Found
from .verdicts import CAVerdict, compute_chain

#: Gives the status of a certificate that the CA of the named CA profile has issued.
AskOCSP = Callable[[x509.Certificate, str], Found]


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """What the status of a client's certificate is found by.

    Attributes:
        status: `status-verify` of the server profile.
        authorities: verdict of every CA profile.
        crls: the CRLs that can be used, by the name of the CA profile.
        ocsp: asks the responder of a CA profile, which may take its time.
        common_names: those of `common-name-list`; None when any may come in.
    """

    status: StatusConf
    authorities: Mapping[str, CAVerdict]
    crls: Mapping[str, x509.CertificateRevocationList]
    ocsp: AskOCSP
    common_names: tuple[CommonNameConf, ...] | None = None

    def refusal(self, der: bytes) -> str:
        """Why the peer with this certificate is not let in; empty when it is. May wait for a responder."""
        certificate = x509.load_der_x509_certificate(der)
        if not self._is_named(certificate):
            return "common name is not in the list"
        names, _ = compute_chain(certificate, self.authorities)
        # The status of a CA's certificate needs a CRL (Nokia guide, "OCSP"): that of the CA above it.
        # ASSUMPTION: where there is none, the state of that CA's profile has decided.
        for name, above in pairwise(names):
            authority = self.authorities[name].certificate
            if authority is not None and self._by_crl(authority, above).status == "revoked":
                return f'CA certificate of CA profile "{name}" is revoked'
        issuer = names[0] if names else ""
        why: list[str] = []
        for method in (self.status.primary, self.status.secondary):
            if method == "none":
                continue
            found = self._by_crl(certificate, issuer) if method == "crl" else self._by_ocsp(certificate, issuer)
            if found.status != "unknown":
                return "certificate is revoked" if found.status == "revoked" else ""
            why.append(f"{method.upper()} - {found.why}")
        # The guide has it so for IPsec: primary, secondary, default. ASSUMPTION: so it is for TLS; and the text.
        return f"certificate status is unknown ({', '.join(why)})" if self.status.default == "revoked" else ""

    def _is_named(self, certificate: x509.Certificate) -> bool:
        if self.common_names is None:
            return True
        return any(_matches(wanted, name) for wanted in self.common_names for name in _names(certificate, wanted))

    def _by_crl(self, certificate: x509.Certificate, issuer: str) -> Found:
        crl = self.crls.get(issuer)
        if crl is None:
            return Found("unknown", "no CRL that can be used")
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return Found("good" if entry is None else "revoked")

    def _by_ocsp(self, certificate: x509.Certificate, issuer: str) -> Found:
        return self.ocsp(certificate, issuer) if issuer else Found("unknown", "no CA profile has issued it")


def _names(certificate: x509.Certificate, wanted: CommonNameConf) -> list[str]:
    """The common name and the alternative ones: either may be on the list (MIB, tmnxPkiCNListTable).

    ASSUMPTION: of the alternative names those of the kind that `cn-type` says.
    """
    names = [str(item.value) for item in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return names
    if wanted.is_address:
        return names + [str(address) for address in others.get_values_for_type(x509.IPAddress)]
    return names + others.get_values_for_type(x509.DNSName)


def _matches(wanted: CommonNameConf, name: str) -> bool:
    """The value is a regular expression (YANG, MIB). ASSUMPTION: for the whole name, and case does not count."""
    try:
        return re.fullmatch(wanted.expression, name, re.IGNORECASE) is not None
    except re.error:
        return wanted.expression.casefold() == name.casefold()


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
