"""One of each operation, for tests that must hold for all of them."""

from __future__ import annotations

from typing import get_args

from sroscert.commands import operations as op

SIGNED = op.SignedRegistration(
    "ejbca-profile", "sr-key", "C=NL,O=Nokia,CN=sr", "cf3:/sr-cert.der", certificate="factory", protection_key="fkey",
    hash_algorithm="sha256", send_chain=True, with_ca="factory-ca", ip_address="172.20.20.5",
    domain_names=("a.example", "b.example"),
)
EVERY: tuple[op.Operation, ...] = (
    op.GenerateKeypair("cf3:/sr-key"),
    op.GenerateKeypair("cf3:/sr-key", "ecdsa", None, "secp384r1"),
    op.ImportFile("cf3:/ManagementCA.pem", "ManagementCA.pem", "certificate", "pem"),
    op.ExportFile("sr-cert", "cf3:/sr-cert.pem", "certificate", "pem"),
    op.GenerateCSR("cf3:/sr-key", "cf3:/sr.csr", "C=NL,CN=sr", "sha256", "172.20.20.5", ("a.example",), True),
    op.InitialRegistration(
        "ejbca-profile", "sr-key", "1", "env:X", "C=NL,CN=sr", "cf3:/sr-cert.der", "172.20.20.5", ("a.example",)
    ),
    SIGNED,
    op.CertRequest(
        "ejbca-profile", "sr-key", "sr-cert", "sr-key-g2", "C=NL,CN=sr", "cf3:/sr-cert-g2.der", "sha256",
        "172.20.20.5", ("a.example",),
    ),
    op.KeyUpdate("ejbca-profile", "sr-key-g2", "sr-key", "sr-cert", "cf3:/sr-cert-g2.der", "sha384"),
    op.Poll("ejbca-profile"),
    op.ClearRequest("ejbca-profile"),
    op.ShowRequest("ejbca-profile"),
    op.DisplayCertificate("cf3:/system-pki/sr-cert"),
    op.DisplayCRL("cf3:/system-pki/ca.crl"),
    op.DisplayRequest("cf3:/sr.csr"),
    op.CRLUpdate("ejbca-profile"),
    op.ESTCACertificates("est", "cf3:/cas.pem"),
    op.ESTEnroll(
        "est", "cf3:/system-pki/sr-key", "sr-cert", "CN=sr", "sha256", "2001:db8::1", ("a.example",), True
    ),
    op.ESTRenew("est", "cf3:/system-pki/sr-cert", "cf3:/system-pki/sr-key", "sr-cert-g2", "sha256", True),
    op.UpdateCertificate("sr-cert"),
    op.RemoveFile("cf3:/sr-cert.der"),
    op.ListFiles("cf3:/"),
    op.CopyFile("cf3:/a.pem", "cf3:/b.pem"), op.CopyFile("cf3:/a.txt", "cf3-b:/a.txt", replace=True),
    op.Checksum("cf3:/a.pem"),
    op.ShowLog("101"),
    op.Reload("sr-cert", "sr-key"),
    op.Reload("sr-cert", "sr-key", "ipsec"),
    op.Ping("172.20.20.6", "management"),
    op.Ping("ca.example.net", "to the CA", 5, 10),
    op.SaveConfiguration(),
)
KINDS: frozenset[type] = frozenset(get_args(op.Operation))


def name_of(operation: op.Operation) -> str:
    """Return a name for a test's id."""
    return type(operation).__name__
