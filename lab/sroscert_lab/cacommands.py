"""What an operator asks of the lab's CA, as plain data: certificates, revocation, transactions, codes, vendors.

Owns the words of the answers. What the CA does is ``cmp.ca``'s; how the question arrives is ``control``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from cryptography import x509

from .cmp.ca import CertificationAuthority
from .cmp.certificates import IssuedCertificate, serial_text
from .cmp.codes import EnrolmentCode
from .cmp.names import AlternativeNames, alternative_names, dn_text
from .cmp.transactions import Transaction
from .cmp.vendors import VendorDevice

_Item = TypeVar("_Item")
REASONS = {
    "unspecified": 0, "keyCompromise": 1, "cACompromise": 2, "affiliationChanged": 3, "superseded": 4,
    "cessationOfOperation": 5, "certificateHold": 6, "privilegeWithdrawn": 9, "aACompromise": 10,
}
"""CRLReason of RFC 5280 section 5.3.1, as far as a CRL of this CA can hold it."""
_REASON_NAMES = {number: name for name, number in REASONS.items()}
_LEAST_PREFIX = 4


def run(ca: CertificationAuthority, verb: str, **arguments: str) -> Any:
    """Carry out one of ``VERBS``. Raises ValueError for what the CA does not know, TypeError for wrong arguments."""
    if verb not in VERBS:
        raise ValueError(f"unknown: ca {verb}; there are {', '.join(VERBS)}")
    return VERBS[verb](ca, **arguments)


def est(url: str, certificate: str) -> dict[str, str]:
    """What a client of the EST port must know, and how it logs in."""
    return {
        "url": url,
        "operations": "cacerts, simpleenroll, simplereenroll",
        "trust": certificate,
        "first": "HTTP basic login by a router's name and its code (codes/<router>), or a trusted vendor's certificate",
        "renewal": "TLS by a certificate of this CA with the same subject, or a login by a fresh code",
    }


def _certificates(ca: CertificationAuthority) -> list[dict[str, Any]]:
    return [_certificate(item) for item in ca.certificates.all()]


def _certificate(item: IssuedCertificate) -> dict[str, Any]:
    certificate = item.certificate
    names = alternative_names(certificate.extensions) or AlternativeNames()
    revocation = None
    if item.revoked:
        known = item.revocation
        revocation = {
            "time": known.time.isoformat(timespec="seconds") if known else "",
            "reason": _REASON_NAMES.get(known.reason if known else 0, ""),
        }
    return {
        "serial": serial_text(certificate),
        "subject": dn_text(certificate.subject),
        "names": [*names.ips, *names.dns],
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "revoked": revocation,
    }


def _revoke(ca: CertificationAuthority, serial: str, reason: str = "unspecified") -> dict[str, Any]:
    if reason not in REASONS:
        raise ValueError(f"unknown reason '{reason}'; there are {', '.join(REASONS)}")
    wanted = serial.lower().replace(":", "").lstrip("0")
    known = {serial_text(item.certificate): item for item in ca.certificates.all()}
    if wanted in known:
        number = wanted
    else:
        _check_length(wanted, "certificate's serial number")
        number = _one("certificate", serial, [number for number in known if number.startswith(wanted)])
    if known[number].revoked:
        raise ValueError(f"the certificate {number} has been revoked already")
    ca.revoke(number, REASONS[reason])
    return _certificate(_one("certificate", serial, [item for item in [ca.certificates.find(number)] if item]))


def _transactions(ca: CertificationAuthority) -> list[dict[str, Any]]:
    return [_transaction(item) for item in ca.transactions.all()]


def _transaction(item: Transaction) -> dict[str, Any]:
    return {
        "transaction": item.tid.hex(), "kind": item.kind.name.lower(), "credential": item.credential,
        "state": item.state.value, "serial": item.serial or "", "approved": item.approved,
    }


def _show(ca: CertificationAuthority, transaction: str) -> dict[str, Any]:
    found = _find(ca, transaction)
    entries = [asdict(entry) for entry in ca.journal.entries() if entry.transaction_id == found.tid.hex()]
    return {**_transaction(found), "journal": entries}


def _find(ca: CertificationAuthority, prefix: str) -> Transaction:
    """Return the transaction whose identifier begins so; at least four digits, for one alone may be many."""
    wanted = prefix.lower()
    _check_length(wanted, "transaction's identifier")
    return _one("transaction", prefix, [item for item in ca.transactions.all() if item.tid.hex().startswith(wanted)])


def _check_length(beginning: str, of_what: str) -> None:
    if len(beginning) < _LEAST_PREFIX:
        raise ValueError(f"give at least {_LEAST_PREFIX} digits of a {of_what}")


def _approve(ca: CertificationAuthority, transaction: str = "") -> dict[str, int]:
    if not transaction:
        return {"approved": ca.approve()}
    found = _find(ca, transaction)
    if ca.approve(found.tid) == 0:
        raise ValueError(f"the transaction {found.tid.hex()} does not wait, it is {found.state.value}")
    return {"approved": 1}


def _trust(ca: CertificationAuthority, pem: str) -> dict[str, str]:
    try:
        root = x509.load_pem_x509_certificate(pem.encode("latin-1"))
    except ValueError as error:
        raise ValueError(f"the file holds no certificate in PEM: {error}") from error
    ca.vendors.trust(root)
    return {"trusted": dn_text(root.subject)}


def _expect(ca: CertificationAuthority, device: str, router: str) -> dict[str, Any]:
    code = ca.codes.find(router)
    if code is None:
        known = ", ".join(item.reference for item in ca.codes.all()) or "none yet: see lab codes issue"
        raise ValueError(f"no router {router}; there are {known}")
    return _device(
        ca.vendors.expect(device, subject=code.subject, san_ips=code.sans.ips, san_dns=code.sans.dns)
    )


def _codes(ca: CertificationAuthority) -> list[dict[str, Any]]:
    return [_code(item, ca.codes.is_expired(item)) for item in ca.codes.all()]


def _code(item: EnrolmentCode, is_expired: bool) -> dict[str, Any]:
    """What a code is for and how it stands; never its secret."""
    state = "used" if item.consumed else "locked" if item.is_locked else "expired" if is_expired else "good"
    return {
        "reference": item.reference, "subject": item.subject, "names": [*item.sans.ips, *item.sans.dns],
        "state": state, "serial": item.serial, "expires": item.expires.isoformat() if item.expires else "",
    }


def _vendors(ca: CertificationAuthority) -> dict[str, Any]:
    return {
        "roots": [dn_text(root.subject) for root in ca.vendors.roots()],
        "devices": [_device(item) for item in ca.vendors.all()],
    }


def _device(item: VendorDevice) -> dict[str, Any]:
    return {
        "device": item.name, "subject": item.subject, "names": [*item.sans.ips, *item.sans.dns], "serial": item.serial
    }


def _one(what: str, wanted: str, found: list[_Item]) -> _Item:
    if len(found) != 1:
        how_many = "no" if not found else "more than one"
        raise ValueError(f"there is {how_many} {what} {wanted}")
    return found[0]


VERBS: dict[str, Callable[..., Any]] = {
    "list": _certificates, "revoke": _revoke, "transactions": _transactions, "show": _show, "approve": _approve,
    "codes": _codes, "trust": _trust, "expect": _expect, "vendors": _vendors,
}
