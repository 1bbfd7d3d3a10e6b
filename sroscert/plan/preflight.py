"""Findings of ``lint`` that need to know certificates or commands: CA certificate files, texts of commands.

Pure but for reading the CA certificates, each file once a run.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from sroscert.commands import texts
from sroscert.errors import CommandError, PKIError
from sroscert.intent import CertificateIntent, RouterIntent
from sroscert.intent.findings import Finding
from sroscert.intent.rules.finding import Loc
from sroscert.intent.rules.rollover import users
from sroscert.pki import cafile
from sroscert.pki.certificate import CertificateInfo, load
from sroscert.pki.checks import check_ca_certificate, is_issued_by
from sroscert.schema import Schema
from sroscert.schema.facts import facts

SHORTEST_RSA = 2048
_WEAK_HASHES = frozenset({"md5", "sha1"})

Found = tuple[str, str, str]
"""Code, reason and fix."""


def authority_rule(now: datetime) -> Callable[[RouterIntent], Iterator[Finding]]:
    """Return the rule about CA certificates; it reads each file once."""
    known: dict[pathlib.Path, tuple[tuple[Found, ...], CertificateInfo | None]] = {}

    def rule(router: RouterIntent) -> Iterator[Finding]:
        fit: dict[str, CertificateInfo] = {}
        for name, profile in router.ca_profiles.items():
            if profile.certificate is None or not profile.certificate.exists():
                continue
            if profile.certificate not in known:
                known[profile.certificate] = _examined(profile.certificate, now)
            found, info = known[profile.certificate]
            if profile.retired:
                continue  # that a CA has ended, for example, is why it goes
            loc: Loc = ("ca_profiles", name, "certificate")
            yield from (Finding(code, why, loc, fix) for code, why, fix in found)
            if info is not None:
                fit[name] = info
                yield from _ends(router, name, info.not_after - now, loc)
        yield from _unused(router, fit)

    return rule


def _unused(router: RouterIntent, fit: Mapping[str, CertificateInfo]) -> Iterator[Finding]:
    """Yield the CA profiles that nothing needs: no name of the intent, and no chain of another CA.

    Where the intent shows certificates of others, nobody can tell whose they are.
    """
    entries = [entry for profile in router.tls.cert_profiles.values() for entry in profile.entries.values()]
    if not router.certificates or any(entry.certificate is None for entry in entries):
        return
    needed = {name for name, _ in users(router)}
    for name, info in fit.items():
        issued = (other for other in fit if other != name and is_issued_by(fit[other], info))
        if name not in needed and not any(issued):
            yield Finding(
                "ca-unused", f"no certificate, chain or trust anchor of the intent is of CA profile {name}",
                ("ca_profiles", name), "after a roll-over: retired: true takes it off the routers",
            )


def _examined(file: pathlib.Path, now: datetime) -> tuple[tuple[Found, ...], CertificateInfo | None]:
    try:
        local = cafile.read_file(file)
        wrong = check_ca_certificate(local.info, now)
    except PKIError as error:
        return ((error.code, error.message, error.hint),), None
    found: list[Found] = []
    if wrong:
        words = "; ".join(f"{item.field} is {item.found}, wanted {item.wanted}" for item in wrong)
        found.append((
            "ca-certificate-unfit", f"{file.name} cannot be a CA's certificate on SR OS: {words}",
            "the CA's own certificate, as the CA hands it out",
        ))
    found += _weaknesses(load(local.data), local.info.key_type, local.info.key_bits)
    return tuple(found), None if wrong else local.info


def _weaknesses(certificate: x509.Certificate, key_type: str, key_bits: int) -> Iterator[Found]:
    if key_type == "rsa" and key_bits < SHORTEST_RSA:
        yield "ca-certificate-weak", f"its RSA key has {key_bits} bits and can be broken", "a CA with 2048 bits or more"
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return
    # What a root signs itself with protects nothing: it is trusted as a file.
    if algorithm is not None and algorithm.name in _WEAK_HASHES and certificate.issuer != certificate.subject:
        yield "ca-certificate-weak", f"it is signed with {algorithm.name.upper()}", "one that is signed with SHA-256"


def _ends(router: RouterIntent, ca_profile: str, left: timedelta, loc: Loc) -> Iterator[Finding]:
    """Yield when the CA ends before certificates that it issues today are renewed: no life can outlast it."""
    for certificate in router.certificates.values():
        if certificate.ca_profile == ca_profile and left <= certificate.renewal.before:
            yield Finding(
                "ca-certificate-ends",
                f"it ends in {left.days} days, and whatever it issues with it: every renewal is due at once",
                loc, "bring the next CA certificate in first",
            )
            return


def command_texts(router: RouterIntent) -> Iterator[Finding]:
    """Yield the texts that neither a command line nor an action can carry."""
    for name, certificate in router.certificates.items():
        for loc, check in _texts(certificate):
            try:
                check()
            except CommandError as error:
                yield Finding("unsafe-text", error.message, ("certificates", name, *loc), error.hint)


def _texts(certificate: CertificateIntent) -> Iterator[tuple[Loc, Callable[[], str]]]:
    yield (), lambda: texts.file_name(certificate.name, "certificate name")
    yield (), lambda: texts.action_url(f"cf3:/{certificate.name}", "certificate name")
    yield ("key", "file"), lambda: texts.file_name(certificate.key.file, "key file name")
    yield ("key", "file"), lambda: texts.action_url(f"cf3:/{certificate.key.file}", "key file name")
    yield ("subject",), lambda: texts.subject_dn(certificate.subject_dn)
    if certificate.san_dns:
        yield ("san", "dns"), lambda: texts.domain_names(certificate.san_dns)
    yield ("enrolment", "reference"), lambda: texts.printable(certificate.enrolment.reference, "reference", 64)
    yield ("ca_profile",), lambda: texts.printable(certificate.ca_profile, "CA profile name", 32)


def command_words(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    """Yield the texts that cannot be one word of a command line, on releases without actions."""
    if facts(schema).pki_actions:
        return
    for name, certificate in router.certificates.items():
        words = (
            (("ca_profile",), certificate.ca_profile, "CA profile name"),
            (("enrolment", "reference"), certificate.enrolment.reference, "reference"),
            ((), certificate.name, "certificate name"),
            (("key", "file"), certificate.key.file, "key file name"),
        )
        for loc, text, what in words:
            try:
                token = texts.token(text, what)
                if not facts(schema).raw_command:
                    texts.typed(token, what)
            except CommandError as error:
                yield Finding("unsafe-text", error.message, ("certificates", name, *loc), error.hint)
