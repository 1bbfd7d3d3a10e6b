"""Operations in the words of the classic CLI, without the ``//`` that leads there from MD-CLI.

The tutorial's transcript (21.2) shows gen-keypair, import, display, initial-registration by password, cert-request,
show-request and reload; Nokia's pages show update-cert. The words of the others are those of the classic command
reference as remembered; it could not be read. Each of them carries the word ASSUMPTION.
"""

from __future__ import annotations

from sroscert.commands import operations as op
from sroscert.commands import texts
from sroscert.commands.words import (
    CHECKSUMS,
    RELOADS,
    Secret,
    Word,
    ca_profile,
    certificate_format,
    domain_names,
    est_profile,
    exported_kind,
    file_url,
    folder_url,
    hash_algorithm,
    host,
    instance,
    ip_address,
    key_parameters,
    log_name,
    number,
    pki_name,
    reference,
    subject,
)

Words = tuple[Word, ...]
_PKI: Words = ("admin", "certificate")
_CMP: Words = (*_PKI, "cmpv2")
_KINDS = {"certificate": "cert", "key": "key", "crl": "crl"}


def classic_words(operation: op.Operation) -> Words:
    """Return the words of an operation. Raises CommandError ``unsafe-text``."""
    match operation:
        case op.InitialRegistration() | op.SignedRegistration() | op.CertRequest() | op.KeyUpdate():
            return _request(operation)
        case op.Poll() | op.ClearRequest() | op.ShowRequest():
            # ASSUMPTION: poll and clear-request take "ca <profile>" as show-request, alone in the transcript, does.
            verb = {op.Poll: "poll", op.ClearRequest: "clear-request", op.ShowRequest: "show-request"}[type(operation)]
            return (*_CMP, verb, "ca", ca_profile(operation.ca_profile))
        case op.ESTCACertificates() | op.ESTEnroll() | op.ESTRenew():
            return _est(operation)
        case op.CRLUpdate():
            # ASSUMPTION: crl-update takes "ca <profile>" as the CMPv2 commands do.
            return (*_PKI, "crl-update", "ca", ca_profile(operation.ca_profile))
        case op.UpdateCertificate():
            # ASSUMPTION: the command (Nokia 22.10 guide) takes the entry's name without a word before it.
            return (*_PKI, "update-cert", pki_name(operation.certificate))
        case op.Reload():
            return (
                *_PKI, "reload", "type", "cert-key-pair", pki_name(operation.certificate), "protocol",
                texts.one_of(operation.protocol, RELOADS, "protocol"), "key-file", pki_name(operation.key),
            )
        case op.ShowLog():
            return ("show", "log", "log-id", log_name(operation.log))
        case op.SaveConfiguration():
            return ("admin", "save")
        case op.Ping():
            # ASSUMPTION: router, count and timeout; of the classic command the target alone is in public transcripts.
            return (
                "ping", host(operation.host), "router", instance(operation.router_instance),
                "count", number(operation.count, 100), "timeout", number(operation.timeout_s, 10),
            )
        case op.RemoveFile() | op.ListFiles() | op.CopyFile() | op.Checksum():
            return _file(operation)
        case _:
            return _pki_file(operation)


_PKIFile = (
    op.GenerateKeypair | op.ImportFile | op.ExportFile | op.GenerateCSR | op.DisplayCertificate | op.DisplayCRL
    | op.DisplayRequest
)


def _pki_file(operation: _PKIFile) -> Words:
    match operation:
        case op.GenerateKeypair():
            kind, parameter = key_parameters(operation)
            if kind == "rsa":
                return (*_PKI, "gen-keypair", file_url(operation.url), "size", parameter, "type", "rsa")
            # ASSUMPTION: the classic spelling for elliptic curves is in no public source that could be read.
            return (*_PKI, "gen-keypair", file_url(operation.url), "type", "ecdsa", "curve", parameter)
        case op.ImportFile():
            return (
                *_PKI, "import", "type", _KINDS[texts.one_of(operation.kind, tuple(_KINDS), "kind of file")],
                "input", file_url(operation.url), "output", pki_name(operation.output),
                "format", certificate_format(operation.format),
            )
        case op.ExportFile():
            # ASSUMPTION: export has the words of import, the other way round.
            return (
                *_PKI, "export", "type", _KINDS[exported_kind(operation.kind)], "input", pki_name(operation.name),
                "output", file_url(operation.url), "format", certificate_format(operation.format),
            )
        case op.GenerateCSR():
            # ASSUMPTION: all words of gen-local-cert-req.
            return (
                *_PKI, "gen-local-cert-req", "keypair", file_url(operation.key_url),
                "subject-dn", subject(operation.subject_dn), *_names(operation),
                "file", file_url(operation.output_url), *_hash(operation.hash_algorithm),
                *(("use-printable",) if operation.use_printable else ()),
            )
        case op.DisplayCertificate():
            form = certificate_format(operation.format)
            return (*_PKI, "display", "type", "cert", "format", form, file_url(operation.url))
        case op.DisplayCRL():
            return (*_PKI, "display", "type", "crl", "format", "der", file_url(operation.url))
        case op.DisplayRequest():
            # ASSUMPTION: cert-request and pkcs10 are the words for a signing request.
            return (*_PKI, "display", "type", "cert-request", "format", "pkcs10", file_url(operation.url))


def _request(operation: op.InitialRegistration | op.SignedRegistration | op.CertRequest | op.KeyUpdate) -> Words:
    profile = ca_profile(operation.ca_profile)
    save: Words = ("save-as", file_url(operation.save_as))
    match operation:
        case op.InitialRegistration():
            return (
                *_CMP, "initial-registration", "ca", profile, "key-to-certify", pki_name(operation.key),
                "protection-alg", "password", Secret(operation.secret_reference, "enrolment password"),
                "reference", reference(operation.reference), "subject-dn", subject(operation.subject_dn),
                *_names(operation), *save,
            )
        case op.SignedRegistration():
            # ASSUMPTION: all words between signature and subject-dn; the option set is that of YANG and of the MIB.
            chain: Words = ("send-chain",) if operation.send_chain else ()
            through: Words = ("with-ca", ca_profile(operation.with_ca)) if operation.with_ca else ()
            return (
                *_CMP, "initial-registration", "ca", profile, "key-to-certify", pki_name(operation.key),
                "protection-alg", "signature", *_named("cert", operation.certificate), *chain, *through,
                *_named("protection-key", operation.protection_key), *_hash(operation.hash_algorithm),
                "subject-dn", subject(operation.subject_dn), *_names(operation), *save,
            )
        case op.CertRequest():
            # ASSUMPTION: hash-alg stands before newkey; the transcript names no hash.
            return (
                *_CMP, "cert-request", "ca", profile, "current-key", pki_name(operation.current_key),
                "current-cert", pki_name(operation.current_certificate), *_hash(operation.hash_algorithm),
                "newkey", pki_name(operation.new_key), "subject-dn", subject(operation.subject_dn),
                *_names(operation), *save,
            )
        case op.KeyUpdate():
            # ASSUMPTION: all words of key-update.
            return (
                *_CMP, "key-update", "ca", profile, "newkey", pki_name(operation.new_key),
                "oldkey", pki_name(operation.old_key), "oldcert", pki_name(operation.old_certificate),
                *_hash(operation.hash_algorithm), *save,
            )


def _est(operation: op.ESTCACertificates | op.ESTEnroll | op.ESTRenew) -> Words:
    # ASSUMPTION: the words of est; of the classic command only cacerts, enroll and renew are remembered. What YANG
    # calls output-url and output-file is called output here, as import does.
    profile: Words = ("est-profile", est_profile(operation.est_profile))
    match operation:
        case op.ESTCACertificates():
            return (*_PKI, "est", "cacerts", *profile, "output", file_url(operation.output_url))
        case op.ESTEnroll():
            about: Words = ("subject-dn", subject(operation.subject_dn)) if operation.subject_dn else ()
            begin: Words = (*_PKI, "est", "enroll", *profile, "key", file_url(operation.key_url))
            middle: Words = (*_hash(operation.hash_algorithm), *about, *_names(operation))
        case op.ESTRenew():
            begin = (
                *_PKI, "est", "renew", *profile, "cert", file_url(operation.certificate_url),
                "key", file_url(operation.key_url),
            )
            middle = _hash(operation.hash_algorithm)
    validated: Words = ("validate-cert-chain",) if operation.validate_chain else ()
    return (*begin, *middle, "output", pki_name(operation.output), *validated)


def _file(operation: op.RemoveFile | op.ListFiles | op.CopyFile | op.Checksum) -> Words:
    match operation:
        case op.RemoveFile():
            return ("file", "delete", file_url(operation.url), "force")
        case op.ListFiles():
            return ("file", "dir", folder_url(operation.url))
        case op.CopyFile():
            over: Words = ("force",) if operation.replace else ()
            return ("file", "copy", file_url(operation.source), file_url(operation.destination), *over)
        case op.Checksum():
            # ASSUMPTION: the classic engine has the command, with the words of MD-CLI.
            kind = texts.one_of(operation.kind, CHECKSUMS, "checksum")
            return ("file", "checksum", kind, file_url(operation.url))


_Named = op.InitialRegistration | op.SignedRegistration | op.CertRequest | op.ESTEnroll | op.GenerateCSR


def _names(operation: _Named) -> Words:
    # ASSUMPTION: domain-name stands between subject-dn and ip-addr; the transcript has no DNS name.
    domains: Words = ("domain-name", domain_names(operation.domain_names)) if operation.domain_names else ()
    address: Words = ("ip-addr", ip_address(operation.ip_address)) if operation.ip_address else ()
    return (*domains, *address)


def _hash(name: str) -> Words:
    return ("hash-alg", hash_algorithm(name)) if name else ()


def _named(word: str, name: str) -> Words:
    return (word, pki_name(name)) if name else ()
