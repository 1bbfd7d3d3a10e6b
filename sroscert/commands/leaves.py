"""Operations in the terms of Nokia's YANG: the path of the action, and its leaves in the model's order.

Nokia's models have actions for PKI since 23.3 (/admin/system/security/pki, nokia-oper-admin), for files since 21.5
(/file, nokia-oper-file), and for ping since 21.10 (nokia-oper-global). MD-CLI has the same words, which is why ``raw``
writes its lines from here too.
"""

from __future__ import annotations

from sroscert.commands import operations as op
from sroscert.commands import texts
from sroscert.commands.words import (
    CHECKSUMS,
    KINDS,
    RELOADS,
    Secret,
    Word,
    ca_profile,
    certificate_format,
    domain_names,
    est_profile,
    exported_kind,
    file_url,
    hash_algorithm,
    host,
    instance,
    ip_address,
    key_parameters,
    number,
    pki_name,
    reference,
    subject,
)
from sroscert.errors import InternalError

PKI = "/admin/system/security/pki"
Leaf = tuple[str, Word | None]
"""The name of a leaf and its value; None where the leaf is of type empty."""

_PATHS: dict[type, str] = {
    op.GenerateKeypair: f"{PKI}/generate-keypair",
    op.ImportFile: f"{PKI}/import",
    op.ExportFile: f"{PKI}/export",
    op.GenerateCSR: f"{PKI}/generate-csr",
    op.InitialRegistration: f"{PKI}/cmpv2/initial-registration",
    op.SignedRegistration: f"{PKI}/cmpv2/initial-registration",
    op.CertRequest: f"{PKI}/cmpv2/cert-request",
    op.KeyUpdate: f"{PKI}/cmpv2/key-update",
    op.Poll: f"{PKI}/cmpv2/poll",
    op.ClearRequest: f"{PKI}/cmpv2/clear-request",
    op.CRLUpdate: f"{PKI}/crl-update",
    op.ESTCACertificates: f"{PKI}/est/ca-certificates",
    op.ESTEnroll: f"{PKI}/est/enroll",
    op.ESTRenew: f"{PKI}/est/renew",
    op.UpdateCertificate: f"{PKI}/update-certificate",
    op.RemoveFile: "/file/remove",
    op.CopyFile: "/file/copy",
    op.Checksum: "/file/checksum",
    op.Ping: "/global-operations/ping",
}


def action_path(operation: op.Operation) -> str | None:
    """Return the schema path of the action for an operation, or None where Nokia models none.

    ShowRequest, the displays, ListFiles, ShowLog and SaveConfiguration have none in any release.
    """
    if isinstance(operation, op.Reload):
        # The action's application is ipsec alone in every release (nokia-oper-admin 23.3 to 26.3): not for TLS.
        return f"{PKI}/reload" if operation.protocol == "ipsec" else None
    return _PATHS.get(type(operation))


def action_leaves(operation: op.Operation) -> list[Leaf]:
    """Return the leaves of the action for an operation. Raises CommandError ``unsafe-text``."""
    match operation:
        case op.InitialRegistration() | op.SignedRegistration() | op.CertRequest() | op.KeyUpdate():
            return _cmp(operation)
        case op.Poll() | op.ClearRequest() | op.CRLUpdate():
            return [("ca-profile", ca_profile(operation.ca_profile))]
        case op.ESTCACertificates() | op.ESTEnroll() | op.ESTRenew():
            return _est(operation)
        case op.GenerateCSR():
            return [
                ("key-url", file_url(operation.key_url)), *_hash(operation.hash_algorithm),
                ("subject-dn", subject(operation.subject_dn)), *_names(operation),
                ("output-url", file_url(operation.output_url)), *_empty("use-printable", operation.use_printable),
            ]
        case op.RemoveFile():
            return [("url", file_url(operation.url)), ("force", None)]
        case op.CopyFile():
            # Without force: a file that is there is asked about, and no answer is a no.
            return [
                ("source-url", file_url(operation.source)), ("destination-url", file_url(operation.destination)),
                *_empty("force", operation.replace),
            ]
        case op.Ping():
            return [
                ("destination", host(operation.host)), ("router-instance", instance(operation.router_instance)),
                ("count", number(operation.count, 100)), ("timeout", number(operation.timeout_s, 10)),
            ]
        case op.Checksum():
            return [("type", texts.one_of(operation.kind, CHECKSUMS, "checksum")), ("url", file_url(operation.url))]
        case _:
            return _files(operation)


def _files(operation: op.Operation) -> list[Leaf]:
    match operation:
        case op.GenerateKeypair():
            kind, parameter = key_parameters(operation)
            leaf = "ecdsa-curve" if kind == "ecdsa" else "rsa-key-size"
            return [("save-path", file_url(operation.url)), (leaf, parameter)]
        case op.ImportFile():
            return [
                ("input-url", file_url(operation.url)), ("output-file", pki_name(operation.output)),
                ("type", texts.one_of(operation.kind, KINDS, "kind of file")),
                ("format", certificate_format(operation.format)),
            ]
        case op.ExportFile():
            return [
                ("input-file", pki_name(operation.name)), ("output-url", file_url(operation.url)),
                ("type", exported_kind(operation.kind)), ("format", certificate_format(operation.format)),
            ]
        case op.UpdateCertificate():
            return [("certificate", pki_name(operation.certificate))]
        case op.Reload():
            return [
                ("application", texts.one_of(operation.protocol, RELOADS, "protocol")),
                ("certificate", pki_name(operation.certificate)), ("key", pki_name(operation.key)),
            ]
        case _:
            raise InternalError(f"no leaves are known for the action of {type(operation).__name__}")


def _cmp(operation: op.InitialRegistration | op.SignedRegistration | op.CertRequest | op.KeyUpdate) -> list[Leaf]:
    leaves: list[Leaf] = [("ca-profile", ca_profile(operation.ca_profile))]
    match operation:
        case op.InitialRegistration():
            leaves += [
                ("key-to-certify", pki_name(operation.key)),
                ("password", Secret(operation.secret_reference, "enrolment password")),
                ("reference", reference(operation.reference)),
                ("subject-dn", subject(operation.subject_dn)), *_names(operation),
            ]
        case op.SignedRegistration():
            leaves += [
                ("key-to-certify", pki_name(operation.key)), *_name("certificate", operation.certificate),
                *_empty("send-chain", operation.send_chain),
                *([("with-ca", ca_profile(operation.with_ca))] if operation.with_ca else []),
                *_name("protection-key", operation.protection_key), *_hash(operation.hash_algorithm),
                ("subject-dn", subject(operation.subject_dn)), *_names(operation),
            ]
        case op.CertRequest():
            leaves += [
                ("current-key", pki_name(operation.current_key)),
                ("current-certificate", pki_name(operation.current_certificate)),
                ("new-key", pki_name(operation.new_key)), *_hash(operation.hash_algorithm),
                ("subject-dn", subject(operation.subject_dn)), *_names(operation),
            ]
        case op.KeyUpdate():
            leaves += [
                ("new-key", pki_name(operation.new_key)), ("old-key", pki_name(operation.old_key)),
                ("old-certificate", pki_name(operation.old_certificate)), *_hash(operation.hash_algorithm),
            ]
    return [*leaves, ("save-as", file_url(operation.save_as))]


def _est(operation: op.ESTCACertificates | op.ESTEnroll | op.ESTRenew) -> list[Leaf]:
    leaves: list[Leaf] = [("est-profile", est_profile(operation.est_profile))]
    match operation:
        case op.ESTCACertificates():
            return [*leaves, ("output-url", file_url(operation.output_url))]
        case op.ESTEnroll():
            leaves += [("key", file_url(operation.key_url)), *_hash(operation.hash_algorithm)]
            if operation.subject_dn:
                leaves.append(("subject-dn", subject(operation.subject_dn)))
            leaves += _names(operation)
        case op.ESTRenew():
            leaves += [
                ("certificate", file_url(operation.certificate_url)), ("key", file_url(operation.key_url)),
                *_hash(operation.hash_algorithm),
            ]
    return [
        *leaves, ("output-file", pki_name(operation.output)),
        *_empty("validate-certificate-chain", operation.validate_chain),
    ]


_Named = op.InitialRegistration | op.SignedRegistration | op.CertRequest | op.ESTEnroll | op.GenerateCSR


def _names(operation: _Named) -> list[Leaf]:
    leaves: list[Leaf] = []
    if operation.domain_names:
        leaves.append(("domain-name", domain_names(operation.domain_names)))
    if operation.ip_address:
        leaves.append(("ip-address", ip_address(operation.ip_address)))
    return leaves


def _hash(name: str) -> list[Leaf]:
    return [("hash-algorithm", hash_algorithm(name))] if name else []


def _name(leaf: str, text: str) -> list[Leaf]:
    return [(leaf, pki_name(text))] if text else []


def _empty(leaf: str, wanted: bool) -> list[Leaf]:
    return [(leaf, None)] if wanted else []
