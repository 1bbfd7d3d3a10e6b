"""The operations that sroscert asks of a router, as frozen values. How they are spelled is in ``raw`` and ``action``.

A URL is SR OS's: ``cf3:/sr-key`` and ``cf3:\\sr-key`` are the same file. A secret is carried as the reference text of
the intent (``env:…``, ``file:…``) and resolved when the line or the action is made, never before.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GenerateKeypair:
    """Make a key pair on the router; the private key lies in the clear at ``url`` until it is removed.

    ``key_type`` is ``rsa`` (``size`` in bits) or ``ecdsa`` (``curve`` secp256r1, secp384r1 or secp521r1).
    """

    url: str
    key_type: str = "rsa"
    size: int | None = 2048
    curve: str | None = None


@dataclass(frozen=True, slots=True)
class ImportFile:
    """Import a file from a compact flash into system-pki as ``output``.

    ``kind`` is certificate, key or crl; ``format`` is that of the input: der, pem, pkcs7-der, pkcs7-pem.
    """

    url: str
    output: str
    kind: str
    format: str


@dataclass(frozen=True, slots=True)
class InitialRegistration:
    """Ask the CA for the first certificate of a key (CMPv2 ir, RFC 9810 section 5.3.1), protected by a password.

    ``key`` is a file name in system-pki. SR OS has no hash argument beside a password: neither the classic command
    (tutorial transcript) nor the YANG case (/admin/system/security/pki/cmpv2/initial-registration) has a place for one.
    """

    ca_profile: str
    key: str
    reference: str
    secret_reference: str
    subject_dn: str
    save_as: str
    ip_address: str = ""
    domain_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """Ask the CA for the answer to the pending request of a CA profile (RFC 9810 section 5.3.22)."""

    ca_profile: str


@dataclass(frozen=True, slots=True)
class ClearRequest:
    """Have the router forget the request of a CA profile; the CA is not told."""

    ca_profile: str


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """Show the last or pending request of a CA profile. From 23.3 state has the same."""

    ca_profile: str


@dataclass(frozen=True, slots=True)
class DisplayCertificate:
    """Print a certificate file, also one in system-pki, which is ``der`` whatever its name."""

    url: str
    format: str = "der"


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Remove one file, without a question."""

    url: str


@dataclass(frozen=True, slots=True)
class ListFiles:
    """List a folder, e.g. ``cf3:/`` or ``cf3:/system-pki``."""

    url: str


@dataclass(frozen=True, slots=True)
class Reload:
    """Have TLS take a changed certificate and key file of the same names into use."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class SaveConfiguration:
    """Save running to startup (``admin save``)."""


Operation = (
    GenerateKeypair | ImportFile | InitialRegistration | Poll | ClearRequest | ShowRequest | DisplayCertificate
    | RemoveFile | ListFiles | Reload | SaveConfiguration
)
