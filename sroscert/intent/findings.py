"""Doubts about an intent that is sound: what works in a tutorial and fails at night.

Each finding is an error or a warning with a code and a place. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sroscert.intent import cipher_lists, ehs
from sroscert.intent.desired import Loc, declares_handling, renewal_method
from sroscert.intent.values import CertificateIntent, RouterIntent
from sroscert.model.ciphers import RSA_CBC_SHA, RSA_CBC_SHA256, WEAK
from sroscert.schema import Schema

EXACT_MINUTE = re.compile(r"\d+ hour\(?s?\)?.*\d+ minute")
SHORTEST_WARNING = 24
"""Hours: less leaves no working day to repair a renewal that failed."""
SHORTEST_RENEWAL = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """A doubt, and where in the router's scope it belongs."""

    code: str
    message: str
    loc: Loc
    suggestion: str = ""
    severity: str = "warning"


def router_findings(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful on every release."""
    yield from _ca_profiles(router)
    yield from _weak_ciphers(router)
    yield from _handling(router)
    yield from _renewal(router)


def _ca_profiles(router: RouterIntent) -> Iterator[Finding]:
    for name, profile in router.ca_profiles.items():
        loc: Loc = ("ca_profiles", name)
        if profile.certificate is not None and not profile.certificate.is_file():
            yield Finding(
                "file-missing", f"there is no file {profile.certificate.name} beside the intent", (*loc, "certificate"),
                "fetch the CA certificate first",
            )
        enrols = [item.name for item in router.certificates.values() if item.ca_profile == name]
        if profile.certificate is None and enrols:
            yield Finding(
                "ca-certificate-missing", f"without it nobody could check what the CA issues for {enrols[0]}", loc,
                "certificate: FILE, the CA's certificate beside the intent", "error",
            )
        if profile.revocation_check == "crl-optional":
            yield Finding(
                "crl-optional", "a revoked certificate is accepted while the CRL is missing or expired",
                (*loc, "revocation_check"), "crl, with auto_crl_update",
            )
        accepted = profile.cmpv2.accept_unprotected_message if profile.cmpv2 else None
        for leaf in ("error_message", "pkiconf_message"):
            if accepted is not None and getattr(accepted, leaf):
                yield Finding(
                    "accept-unprotected-message", "anybody on the way to the CA can forge this message",
                    (*loc, "cmpv2", "accept_unprotected_message", leaf), "false, if the CA protects its answers",
                )


def _weak_ciphers(router: RouterIntent) -> Iterator[Finding]:
    lists = (("server", router.tls.server_cipher_lists), ("client", router.tls.client_cipher_lists))
    for side, named in lists:
        for name, wanted in named.items():
            for index, suite in enumerate(wanted.ciphers):
                loc: Loc = ("tls", f"{side}_cipher_lists", name, index)
                if suite in WEAK:
                    yield Finding("cipher-weak", f"{suite} is broken", loc, "leave it out")
                elif suite in (*RSA_CBC_SHA, *RSA_CBC_SHA256):
                    yield Finding(
                        "cipher-aging", f"{suite} has no forward secrecy and many clients no longer offer it", loc,
                        "compatible takes the best that the release has",
                    )


def _handling(router: RouterIntent) -> Iterator[Finding]:
    for name, log_filter in router.log.filters.items():
        for entry_name, entry in log_filter.named_entry.items():
            message = entry.match.message if entry.match else None
            if message and message.eq and not message.regexp and EXACT_MINUTE.search(message.eq):
                yield Finding(
                    "exact-minute",
                    "this matches one minute of one hour: a reboot or a clock step then, and nothing renews",
                    ("log", "filters", name, "named_entry", entry_name, "match", "message", "eq"),
                    f"regexp: true, eq: {ehs.warning_pattern('CERTIFICATE')}",
                )
    for name, handler in router.log.handlers.items():
        for number, handled in handler.entry.items():
            if handled.script_policy.owner is None:
                yield _ownerless(("log", "handlers", name, "entry", number, "script_policy"))
    for name, policy in router.script_control.policies.items():
        if policy.owner is None:
            yield _ownerless(("script_control", "policies", name))
        if policy.script.owner is None:
            yield _ownerless(("script_control", "policies", name, "script"))
    for name, script in router.script_control.scripts.items():
        if script.owner is None:
            yield _ownerless(("script_control", "scripts", name))


def _ownerless(loc: Loc) -> Finding:
    return Finding(
        "owner-missing", "without an owner the reference dangles on some releases (19.10 to 20.7, 21.2, 21.5)", loc,
        'owner: "TiMOS CLI"',
    )


def _renewal(router: RouterIntent) -> Iterator[Finding]:
    warning = router.expiration_warning
    for name, certificate in router.certificates.items():
        renewal = certificate.renewal
        loc: Loc = ("certificates", name, "renewal")
        if renewal.method == "none":
            yield Finding("renewal-none", f"nothing renews {name}", (*loc, "method"), "auto")
        if renewal.method != "none" and renewal.before < SHORTEST_RENEWAL:
            yield Finding(
                "renewal-late", "this leaves little time to try again", (*loc, "before"), "a third of the lifetime"
            )
        profiles = router.tls.cert_profiles.values()
        if not any(entry.certificate == name for profile in profiles for entry in profile.entries.values()):
            yield Finding("certificate-unused", f"no certificate profile shows {name}", ("certificates", name))
    if router.certificates and warning is not None and not warning.repeat_hours:
        yield Finding(
            "warning-once", "the warning is not repeated: a renewal that fails is not tried again",
            ("expiration_warning",), "repeat_hours: 24",
        )


def release_findings(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    """Yield what is doubtful on the release of ``schema``."""
    yield from _unreachable(router, schema)
    for name, certificate in router.certificates.items():
        yield from _release_renewal(router, name, certificate, schema)


def _unreachable(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    train = schema.release.train
    for name, profile in router.tls.server_profiles.items():
        if profile.cipher_list is None:
            yield Finding("cipher-list-missing", "a server profile without a cipher list offers nothing",
                          ("tls", "server_profiles", name), "cipher_list: …")
            continue
        wanted = router.tls.server_cipher_lists[profile.cipher_list]
        loc: Loc = ("tls", "server_cipher_lists", profile.cipher_list)
        if wanted.cipher_class and not cipher_lists.suites(router, schema, "server", wanted):
            yield Finding(
                "cipher-class-empty", f"SR OS {train} has no {wanted.cipher_class} cipher suite for this key",
                loc, "compatible" if wanted.cipher_class == "modern" else "an RSA key", "error",
            )
        elif not cipher_lists.reachable(router, schema, profile):
            yield Finding(
                "cipher-unreachable",
                f"no gNMI client of today speaks any of these on SR OS {train}, nor ours: nothing could be verified",
                loc, "compatible", "error",
            )


def _release_renewal(
    router: RouterIntent, name: str, certificate: CertificateIntent, schema: Schema
) -> Iterator[Finding]:
    method, _ = renewal_method(router, certificate, schema)
    loc: Loc = ("certificates", name, "renewal")
    train = schema.release.train
    warning, wanted = router.expiration_warning, int(certificate.renewal.before.total_seconds()) // 3600
    if method == "ehs" and warning is not None and warning.hours < max(SHORTEST_WARNING, wanted):
        yield Finding(
            "warning-window-short", f"on SR OS {train} the first warning renews, {warning.hours} hours before expiry",
            ("expiration_warning", "hours"), f"at least {max(SHORTEST_WARNING, wanted)}",
        )
    if method == "native" and declares_handling(router):
        yield Finding(
            "renewal-twice", f"SR OS {train} renews {name} by itself and the declared event handling does it again",
            (*loc, "method"), "method: ehs, or no log section",
        )
    if method == "ehs" and not declares_handling(router) and certificate.key.type == "ecdsa":
        yield Finding(
            "ehs-ecdsa-unproven", f"no public source shows how SR OS {train} makes an ECDSA key by command",
            (*loc, "method"), "external",
        )


def shared_secrets(routers: Iterable[RouterIntent]) -> Iterator[tuple[str, Finding]]:
    """Yield, with the router, every enrolment code that an earlier router has too."""
    first: dict[str, str] = {}
    for router in routers:
        for name, certificate in router.certificates.items():
            secret = certificate.enrolment.secret
            owner = first.setdefault(secret, router.name)
            if owner != router.name:
                yield router.name, Finding(
                    "secret-shared", f"{owner} has the same enrolment code: one router can pose as the other",
                    ("certificates", name, "enrolment", "secret"), "file:codes/{router}",
                )
