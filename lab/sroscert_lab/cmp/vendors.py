"""Routers that prove who they are by a certificate of their vendor: the first enrolment of 3GPP TS 33.310 section 9.

An operator trusts a vendor's root and says which device is which router; the device's ir is then signed with the
vendor's key and gets one certificate. Owns those rows and the check of the vendor's chain.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, VerificationError
from cryptography.x509.verification import Store as TrustStore

from .names import AlternativeNames, dn_text, parse_dn
from .store import Store

_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class VendorDevice:
    """A device that is expected: the subject of its vendor certificate, and what it may enrol for, once."""

    name: str
    subject: str
    sans: AlternativeNames
    consumed: datetime.datetime | None = None
    serial: str = ""


def _device(row: sqlite3.Row) -> VendorDevice:
    consumed = row["consumed"]
    return VendorDevice(
        row["name"], row["subject"], AlternativeNames(tuple(row["ips"].split()), tuple(row["dns"].split())),
        None if consumed is None else datetime.datetime.fromisoformat(consumed), row["serial"] or "",
    )


class Vendors:
    """The vendors that one CA trusts, and the devices that it expects."""

    def __init__(self, store: Store, now: Callable[[], datetime.datetime]) -> None:
        self._store = store
        self._now = now

    def trust(self, root: x509.Certificate) -> None:
        """Trust a vendor's root certificate."""
        der = root.public_bytes(serialization.Encoding.DER)
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO vendor_root (der) VALUES (?)", (der,))

    def roots(self) -> tuple[x509.Certificate, ...]:
        """Return the roots that are trusted."""
        with self._store.reading() as db:
            rows = db.execute("SELECT der FROM vendor_root ORDER BY rowid").fetchall()
        return tuple(x509.load_der_x509_certificate(row["der"]) for row in rows)

    def expect(
        self, name: str, *, subject: str, san_ips: tuple[str, ...] = (), san_dns: tuple[str, ...] = ()
    ) -> VendorDevice:
        """Say which router the device with this vendor's subject is; said again, it may enrol again. Raises ValueError.
        """
        parse_dn(subject)
        device = VendorDevice(dn_text(parse_dn(name)), subject, AlternativeNames.of(san_ips, san_dns))
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO vendor_device (name, subject, ips, dns) VALUES (?,?,?,?)",
                (device.name, device.subject, " ".join(device.sans.ips), " ".join(device.sans.dns)),
            )
        return device

    def find(self, name: x509.Name) -> VendorDevice | None:
        """Return the device whose vendor certificate has this subject."""
        with self._store.reading() as db:
            row = db.execute("SELECT * FROM vendor_device WHERE name = ?", (dn_text(name),)).fetchone()
        return None if row is None else _device(row)

    def all(self) -> tuple[VendorDevice, ...]:
        """Return the devices that are or were expected, by name."""
        with self._store.reading() as db:
            return tuple(_device(row) for row in db.execute("SELECT * FROM vendor_device ORDER BY name"))

    def consume(self, name: x509.Name, serial: str) -> bool:
        """Note that a device has its certificate; tell False when it already had one."""
        with self._store.transaction() as db:
            changed = db.execute(
                "UPDATE vendor_device SET consumed = ?, serial = ? WHERE name = ? AND consumed IS NULL",
                (self._now().isoformat(), serial, dn_text(name)),
            )
            return changed.rowcount == 1

    def vouch_for(self, certificate: x509.Certificate, others: list[x509.Certificate]) -> bool:
        """Tell whether a trusted vendor made this certificate, over those enclosed, and it is valid now.

        RFC 5280 section 6.1; of the device's own certificate nothing is asked but that it may sign.
        """
        roots = self.roots()
        if not roots:
            return False
        verifier = (
            PolicyBuilder().store(TrustStore(list(roots))).time(self._now()).max_chain_depth(_MAX_DEPTH)
            .extension_policies(
                ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
            )
            .build_client_verifier()
        )
        try:
            verifier.verify(certificate, others)
            usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            return True
        except (VerificationError, UnsupportedAlgorithm, ValueError, x509.DuplicateExtension):
            return False
        return usage.digital_signature
