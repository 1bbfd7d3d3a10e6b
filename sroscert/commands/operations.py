"""The operations that sroscert asks of a router, as frozen values; spelled by ``leaves`` and ``classic``.

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
class ExportFile:
    """Write an imported certificate or CRL to a compact flash.

    There is no kind ``key`` and no format that holds one (pkcs12): a private key never leaves its router (law 11).
    """

    name: str
    url: str
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
class SignedRegistration:
    """Ask the CA for the first certificate of a key, protected by a signature.

    ``protection_key`` and ``certificate`` (file names in system-pki) sign the request: a certificate that the CA knows,
    a factory one for example. Without them the key that is to be certified signs. ``with_ca`` is the CA profile whose
    certificate goes along with the chain, which ``send_chain`` asks for.
    """

    ca_profile: str
    key: str
    subject_dn: str
    save_as: str
    certificate: str = ""
    protection_key: str = ""
    hash_algorithm: str = ""
    send_chain: bool = False
    with_ca: str = ""
    ip_address: str = ""
    domain_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CertRequest:
    """Ask the CA for one more certificate (CMPv2 cr, RFC 9810 section 5.3.3), signed by the pair in use."""

    ca_profile: str
    current_key: str
    current_certificate: str
    new_key: str
    subject_dn: str
    save_as: str
    hash_algorithm: str = ""
    ip_address: str = ""
    domain_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyUpdate:
    """Ask the CA to certify a new key in place of an old one (CMPv2 kur, RFC 9810 section 5.3.5), signed by the old."""

    ca_profile: str
    new_key: str
    old_key: str
    old_certificate: str
    save_as: str
    hash_algorithm: str = ""


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
class DisplayCRL:
    """Print a certificate revocation list in system-pki, which is ``der`` whatever its name."""

    url: str


@dataclass(frozen=True, slots=True)
class DisplayRequest:
    """Print a certificate signing request (PKCS #10) that lies on a compact flash."""

    url: str


@dataclass(frozen=True, slots=True)
class GenerateCSR:
    """Make a certificate signing request (PKCS #10) for a key and write it to ``output_url``."""

    key_url: str
    output_url: str
    subject_dn: str
    hash_algorithm: str = ""
    ip_address: str = ""
    domain_names: tuple[str, ...] = ()
    use_printable: bool = False


@dataclass(frozen=True, slots=True)
class CRLUpdate:
    """Have the router fetch the CRL of a CA profile now."""

    ca_profile: str


@dataclass(frozen=True, slots=True)
class ESTCACertificates:
    """Fetch the CA certificates of an EST server (RFC 7030 section 4.1) into a file; never over one that is there."""

    est_profile: str
    output_url: str


@dataclass(frozen=True, slots=True)
class ESTEnroll:
    """Enrol a key at an EST server (RFC 7030 section 4.2.1); the certificate is imported as ``output``.

    ``key_url`` is a URL because Nokia's model wants one here, though it means an imported key.
    """

    est_profile: str
    key_url: str
    output: str
    subject_dn: str = ""
    hash_algorithm: str = ""
    ip_address: str = ""
    domain_names: tuple[str, ...] = ()
    validate_chain: bool = False


@dataclass(frozen=True, slots=True)
class ESTRenew:
    """Renew a certificate at an EST server (RFC 7030 section 4.2.2); the new one is imported as ``output``."""

    est_profile: str
    certificate_url: str
    key_url: str
    output: str
    hash_algorithm: str = ""
    validate_chain: bool = False


@dataclass(frozen=True, slots=True)
class UpdateCertificate:
    """Have a certificate-auto-update entry (22.10 and later) renew its certificate now."""

    certificate: str


@dataclass(frozen=True, slots=True)
class RemoveFile:
    """Remove one file, without a question."""

    url: str


@dataclass(frozen=True, slots=True)
class ListFiles:
    """List a folder, e.g. ``cf3:/`` or ``cf3:/system-pki``."""

    url: str


@dataclass(frozen=True, slots=True)
class CopyFile:
    """Copy a file on the router, never a private key (law 11: the caller knows).

    A file that is there is copied over only with ``replace``.
    """

    source: str
    destination: str
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Checksum:
    """Compute the checksum of a file on the router; ``kind`` is sha256 or md5."""

    url: str
    kind: str = "sha256"


@dataclass(frozen=True, slots=True)
class ShowLog:
    """Show the events of a log in memory, newest first: ``99`` or ``101`` of those that every router has."""

    log: str


@dataclass(frozen=True, slots=True)
class Reload:
    """Have TLS (or IPsec) take a changed certificate and key file of the same names into use."""

    certificate: str
    key: str
    protocol: str = "tls"


@dataclass(frozen=True, slots=True)
class Ping:
    """Send ICMP echo requests from a routing instance (``management``, ``Base`` or the name of a VPRN).

    Done means that an answer came, failed that none came; a command that could not be carried out is neither.
    """

    host: str
    router_instance: str
    count: int = 2
    timeout_s: int = 2


@dataclass(frozen=True, slots=True)
class SaveConfiguration:
    """Save running to startup (``admin save``)."""


Operation = (
    GenerateKeypair | ImportFile | ExportFile | GenerateCSR | InitialRegistration | SignedRegistration | CertRequest
    | KeyUpdate | Poll | ClearRequest | ShowRequest | DisplayCertificate | DisplayCRL | DisplayRequest | CRLUpdate
    | ESTCACertificates | ESTEnroll | ESTRenew | UpdateCertificate | RemoveFile | ListFiles | CopyFile | Checksum
    | ShowLog | Reload | Ping | SaveConfiguration
)

FILE_OPERATIONS = (RemoveFile, ListFiles, CopyFile, Checksum, ShowLog, Ping, SaveConfiguration)
"""The operations that are none of PKI."""
CMP_OPERATIONS = (InitialRegistration, SignedRegistration, CertRequest, KeyUpdate, Poll)
"""The operations that are answered by a CA over CMPv2."""
