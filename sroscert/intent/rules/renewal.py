"""Doubts about renewal: nobody does it, too late, only once, or a window that never opens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sroscert.intent import window
from sroscert.intent.desired import declares_handling, renewal_method
from sroscert.intent.ehs_scripts import PYTHON, has_python, runs_in
from sroscert.intent.rules.finding import Finding, Loc
from sroscert.intent.values import CertificateIntent, RouterIntent
from sroscert.model.pki import PKI, ExpirationWarning
from sroscert.schema import Schema
from sroscert.values import ConfigTree

SHORTEST_WARNING = 24
"""Hours: less leaves no working day to repair a renewal that failed."""
FEW_TRIES = 3
"""With fewer, one night without the CA and one wrong repair are all there is."""
SHORTEST_RENEWAL = timedelta(days=2)
SHORTEST_KEY = 2048


def windows(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful about each certificate's renewal on every release."""
    warning = router.expiration_warning
    for name, certificate in router.certificates.items():
        renewal = certificate.renewal
        loc: Loc = ("certificates", name, "renewal")
        if renewal.method == "none":
            yield Finding("renewal-none", f"nothing renews {name}", (*loc, "method"), "auto")
            continue
        if renewal.before < SHORTEST_RENEWAL:
            yield Finding(
                "renewal-late", "this leaves little time to try again", (*loc, "before"), "a third of the lifetime"
            )
        if certificate.lifetime is not None and renewal.before >= certificate.lifetime:
            yield Finding(
                "renewal-before-lifetime", "a new certificate is due the moment it is issued", (*loc, "before"),
                "a third of the lifetime",
            )
    if router.certificates and warning is not None and warning.hours and not warning.repeat_hours:
        yield Finding(
            "warning-once", "the warning is not repeated: a renewal that fails is not tried again",
            ("expiration_warning",), "repeat_hours: 24",
        )


def declared_profiles(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful about native renewal that is declared outright."""
    lifetimes = {
        auto.profile: router.certificates[name].lifetime
        for name, auto in router.certificate_auto_update.items() if name in router.certificates
    }
    for name, profile in router.certificate_update_profiles.items():
        loc: Loc = ("certificate_update_profiles", name)
        if profile.hash_algorithm in ("md5", "sha1"):
            yield Finding(
                "hash-weak", f"{profile.hash_algorithm} is broken as a signature hash", (*loc, "hash_algorithm"),
                "sha256",
            )
        if profile.rsa is not None and profile.rsa.key_size < SHORTEST_KEY:
            yield Finding(
                "key-short", f"{profile.rsa.key_size} bits can be broken", (*loc, "rsa", "key_size"), "2048 or more"
            )
        life = lifetimes.get(name)
        for leaf in ("before_expiry", "after_issue"):
            seconds = getattr(profile, leaf)
            if life is not None and seconds is not None and seconds >= life.total_seconds():
                yield Finding(
                    "renewal-before-lifetime",
                    "a new certificate is due the moment it is issued" if leaf == "before_expiry"
                    else "the certificate has expired before its renewal is due", (*loc, leaf),
                    "a third of the lifetime",
                )


def on_release(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    """Yield what is doubtful about renewal on the release of ``schema``."""
    methods = {name: renewal_method(router, item, schema)[0] for name, item in router.certificates.items()}
    for name, certificate in router.certificates.items():
        yield from _certificate(router, certificate, methods[name], schema)
    yield from _update_profiles(router, schema)
    mine = [name for name, method in methods.items() if method == "ehs"]
    warning = window.warning_of(router, mine)
    if warning is not None:
        for name in mine:
            yield from _first_warning(router, router.certificates[name], warning, schema.release.train)
        if mine and warning.hours and warning.repeat_hours:
            yield from _repeats(router, mine, warning)
    if methods and declares_handling(router) and "ehs" not in methods.values() and router.expiration_warning is None:
        yield Finding(
            "handling-never", "without an expiration warning the declared event handling is never set off",
            ("log", "triggers"), "expiration_warning: {hours: 720, repeat_hours: 24}",
        )


def _certificate(
    router: RouterIntent, certificate: CertificateIntent, method: str, schema: Schema
) -> Iterator[Finding]:
    loc: Loc = ("certificates", certificate.name, "renewal")
    train, name = schema.release.train, certificate.name
    if method == "native" and name not in router.certificate_auto_update:
        before, retry = certificate.renewal.before.total_seconds(), _default_retry(schema)
        if before <= retry:
            yield _single(f"SR OS {train} tries again every {retry} s, which is after expiry", (*loc, "before"))
    if method == "native" and declares_handling(router):
        yield Finding(
            "renewal-twice", f"SR OS {train} renews {name} by itself and the declared event handling does it again",
            (*loc, "method"), "method: ehs, or no log section",
        )
    if certificate.renewal.script_user is not None and method != "ehs":
        yield Finding(
            "script-user-unused", f"on SR OS {train} no script renews {name} ({method}), so no user is set for one",
            (*loc, "script_user"), "method: ehs, or leave it out",
        )
    python = runs_in(certificate, None, ConfigTree(), schema) == PYTHON
    if method == "ehs" and python and not has_python(schema):
        yield Finding(
            "ehs-python-missing", f"SR OS {train} cannot renew by a Python handler: that takes 23.3 or later",
            (*loc, "engine"), "leave engine out",
        )
    if method == "ehs" and not declares_handling(router) and certificate.key.type == "ecdsa" and not python:
        yield Finding(
            "ehs-ecdsa-unproven", f"no public source shows how SR OS {train} makes an ECDSA key by command",
            (*loc, "method"), "external",
        )


def _first_warning(
    router: RouterIntent, certificate: CertificateIntent, warning: ExpirationWarning, train: str
) -> Iterator[Finding]:
    """Hold the moment of the first warning, which renews, against the certificate's life and its window."""
    declared = router.expiration_warning is not None
    wanted = window.hours_of(certificate.renewal.before)
    at: Loc = ("expiration_warning", "hours") if declared else ("certificates", certificate.name, "renewal", "before")
    life = certificate.lifetime
    by_window = life is not None and certificate.renewal.before >= life  # said for every release
    if life is not None and warning.hours * 3600 >= life.total_seconds() and (declared or not by_window):
        yield Finding(
            "renewal-before-lifetime", "the first warning comes the moment it is issued, and each one renews", at,
            "a third of the lifetime",
        )
    at_least = f"at least {max(SHORTEST_WARNING, wanted)}"
    if warning.hours == 0:
        yield Finding(
            "renewal-never", "the only warning comes after expiry, and an expired certificate cannot ask for a new one",
            at, at_least,
        )
    elif wanted > window.MOST_HOURS:
        yield Finding(
            "warning-window-short", f"SR OS warns {window.MOST_HOURS} hours before expiry at most",
            ("certificates", certificate.name, "renewal", "before"), "365d",
        )
    elif declared and warning.hours < max(SHORTEST_WARNING, wanted):
        yield Finding(
            "warning-window-short", f"on SR OS {train} the first warning renews, {warning.hours} hours before expiry",
            at, at_least,
        )
    elif warning.hours > wanted:
        yield Finding(
            "warning-window-long",
            f"on SR OS {train} the first warning renews, {warning.hours} hours before expiry, and not the {wanted} of "
            f"{certificate.name}", at, str(wanted) if declared else "the same for all certificates of the router",
        )


def _update_profiles(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    for name, profile in router.certificate_update_profiles.items():
        retry = profile.retry_interval or _default_retry(schema)
        if profile.before_expiry is not None and profile.before_expiry <= retry:
            yield _single(
                f"the router tries again every {retry} s, which is after expiry",
                ("certificate_update_profiles", name, "before_expiry"),
            )


def _repeats(router: RouterIntent, mine: list[str], warning: ExpirationWarning) -> Iterator[Finding]:
    """Count the tries that are left when the first one fails."""
    repeat = warning.repeat_hours or 0
    if repeat >= warning.hours:
        at: Loc = ("expiration_warning", "repeat_hours")
        if router.expiration_warning is None:
            at = ("certificates", mine[0], "renewal", "before")
        yield _single("the second warning comes after expiry", at)
        return
    for name in mine if not declares_handling(router) else ():
        certificate = router.certificates[name]
        delay = window.delay_of(certificate, warning)
        tries = window.tries_of(warning, delay)
        # The next warning comes exactly then, and a handler is a little later than its warning.
        if delay >= repeat * 3600:
            yield Finding(
                "renewal-delayed",
                f"the handler drops the next warning, which comes earlier than this: {tries} tries before expiry",
                ("certificates", name, "renewal", "min_delay"), f"less than {repeat * 3600}",
            )
        elif tries < FEW_TRIES and router.expiration_warning is not None:
            yield Finding(
                "renewal-few-tries", f"{tries} tries before expiry: {warning.hours} hours, one each "
                f"{repeat}", ("expiration_warning", "repeat_hours"),
                str(min(window.USUAL_REPEAT, max(1, warning.hours // window.FEWEST_TRIES))),
            )


def _single(why: str, loc: Loc) -> Finding:
    return Finding("renewal-single-try", why, loc, "days, not hours")


def _default_retry(schema: Schema) -> int:
    node = schema.node((*PKI.names, "certificate-update-profile", "retry-interval"))
    default = node.default if node is not None else None
    # 3600 is the default of every release that has the leaf (22.10 to 26.3).
    return int(default) if isinstance(default, str) and default.isdigit() else 3600
