"""What is said of CAs, CRLs, certificates and the service that no finding speaks of. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.rules.clients import unknown_to
from sroscert.model.pki import CAProfile
from sroscert.pki.checks import check_ca_certificate
from sroscert.plan import findings_pki
from sroscert.plan.health import Contact, Grade, Look, Seen, Subject
from sroscert.plan.health_looks import ok, unread
from sroscert.plan.observed import read_seconds
from sroscert.plan.reach import has_answered, not_reached
from sroscert.plan.service import service_of
from sroscert.values import Path

_LOCKED = "a CRL in the CA profile, or status_verify: {default_result: good}"
_PROFILES = Path.of("configure", "system", "security", "pki")
_STATE = Path.of("state", "system", "security", "pki")


def ca_url(subject: Subject) -> list[Seen]:
    """Whether the CA can be reached from the router.

    The router's last request is the best evidence there is, and that the CA answers us as well makes it today's; a
    ping of its host tells of the way to it, and nothing of the CA.
    """
    seen = [item for profile, contact in subject.contacts.items() for item in _ca_contact(subject, profile, contact)]
    return seen or unread("no CA profile of the intent has a CMP URL")


def _ca_contact(subject: Subject, profile: str, contact: Contact) -> list[Seen]:
    observed, reach = subject.plan.observed, subject.reached.get(profile)
    request = observed.requests.get(profile)
    us = "it answers us" if contact.answered else f"it does not answer us ({contact.reason or 'no reason given'})"
    told = f"{reach.told}; {us}" if reach is not None else us
    if request is not None and request.accepted and contact.answered:
        return ok(f"{profile}: the CA answered this router's last request; {told}")
    if request is not None and request.status == "failed" and not has_answered(observed, profile):
        where = "is there a route, and no filter on the way (ping, its routing instance)?"
        if reach is not None and reach.answered:
            where = "the way to its host is open: does the CA listen there, and does a filter let HTTP through?"
        text = f"{profile}: the router's last request got no answer of the CA; {told}"
        return [Seen(Grade.WARNING, text, hint=f"{contact.url}: {where}")]
    if reach is not None and reach.answered is False and not has_answered(observed, profile):
        said = not_reached(profile, reach)[0]
        return [Seen(Grade.WARNING, f"{profile}: {told}", said.code, hint=said.hint)]
    if request is not None:
        word = (request.code if request.code not in {"", "none"} else request.status) or "not known"
        return unread(f"{profile}: the router's last request came to: {word}; {told}")
    not_yet = "this router has not asked its CA yet, as far as it shows"
    if reach is not None and reach.answered and contact.answered:
        return ok(f"{profile}: {told}; {not_yet}")
    return unread(f"{profile}: {not_yet}; {told}")


def _profiles(subject: Subject) -> Iterator[tuple[str, CAProfile]]:
    """Yield the CA profiles that are not on their way out."""
    return ((name, item) for name, item in subject.plan.router.ca_profiles.items() if not item.retired)


def ca_certificates(subject: Subject) -> list[Seen]:
    """Whether each CA profile has a certificate that SR OS takes, and is up."""
    seen = [item for name, profile in _profiles(subject) for item in _ca_certificate(subject, name, profile)]
    return seen or ok("the intent has no CA profile")


def _ca_certificate(subject: Subject, name: str, profile: CAProfile) -> list[Seen]:
    observed = subject.plan.observed
    info = observed.displayed.get(profile.file)
    if info is None:
        if observed.has_pki_file(profile.file):
            return unread(f"{name}: the display of {profile.file} could not be read")
        if not observed.flash:
            return unread(f"{name}: the files of the router could not be listed, nor {profile.file} be looked for")
        if profile.certificate is None:
            return unread(f"{name}: {profile.file} was not seen on the router, and the intent has no file to import")
        return ok(f"{name}: the intent's CA certificate fits, and is not on the router yet")
    if wrong := check_ca_certificate(info, subject.now):
        words = "; ".join(f"{item.field} is {item.found}, wanted {item.wanted}" for item in wrong)
        text = f"{name}: SR OS does not take {profile.file}: {words}"
        return [Seen(Grade.WARNING, text, "ca-certificate-unfit")]
    return _profile_up(subject, name)


def _profile_up(subject: Subject, name: str) -> list[Seen]:
    observed = subject.plan.observed
    at = _PROFILES.entry("ca-profile", ca_profile_name=name)
    if at not in observed.running:
        return ok(f"{name}: its CA certificate fits; the profile is not configured yet")
    state = observed.state.text(_STATE.entry("ca-profile", ca_profile_name=name) / "oper-state")
    if not state:
        return unread(f"{name}: its CA certificate fits; the router does not show the profile's state")
    if state == "up":
        return ok(f"{name}: its CA certificate fits, and the profile is up")
    flags = ", ".join(findings_pki.profile_flags(observed, name)) or "no reason shown"
    text = f"{name}: the profile is {state} ({flags})"
    return [Seen(Grade.WARNING, text, hint="sroscert plan shows what is missing")]


def crls(subject: Subject) -> list[Seen]:
    """Whether the CRLs that are asked for are fresh, as far as state shows it."""
    seen = [item for name, _ in _profiles(subject) for item in _crl(subject, name)]
    return seen or ok("the intent has no CA profile")


def _crl(subject: Subject, name: str) -> list[Seen]:
    plan, observed = subject.plan, subject.plan.observed
    at = _PROFILES.entry("ca-profile", ca_profile_name=name)
    if at not in observed.running:
        return ok(f"{name}: the profile is not configured yet, and asks for no CRL")
    optional = observed.running.text(at / "revocation-check") == "crl-optional"
    file, dates = findings_pki.crl_of(observed, name)
    if optional and not file:
        locked = [server for server, ca in unknown_to(plan.router, plan.schema) if ca == name]
        if not locked:
            return ok(f"{name}: no CRL is named, and none is required")
        text = f"{name}: no CRL is named, and {locked[0]} counts its clients as revoked, their status being unknown"
        return [Seen(Grade.WARNING, text, "clients-locked-out", _LOCKED)]
    if dates is not None and dates.next_update is not None:
        until = f"{dates.next_update:%Y-%m-%d %H:%M} UTC"
        return ok(f"{name}: {file} is good until {until}{_next_update(subject, name)}")
    if optional:
        return unread(f"{name}: {file} is not required, and its dates could not be read")
    state = observed.state.text(_STATE.entry("ca-profile", ca_profile_name=name) / "oper-state")
    if state == "up":
        return ok(f"{name}: a fresh CRL is required, and the profile is up{_next_update(subject, name)}")
    word = f"{state}, for another reason" if state else "not shown"
    return unread(f"{name}: a fresh CRL is required; the profile is {word}")


def _next_update(subject: Subject, name: str) -> str:
    at = _STATE.entry("ca-profile", ca_profile_name=name) / "auto-crl-update"
    moment = read_seconds(subject.plan.observed.state.text(at / "next-scheduled-auto-crl-update-time"))
    return f"; the router fetches the next one {moment:%Y-%m-%d %H:%M} UTC" if moment is not None else ""


def certificates(subject: Subject) -> list[Seen]:
    """Whether a certificate in use has ended or is about to; the findings speak of those that the plan leaves."""
    plan, observed = subject.plan, subject.plan.observed
    files = findings_pki.files_in_use(observed.running)
    if not files:
        return ok("no certificate is in use yet")
    hidden = sorted(file for file in files if file not in observed.displayed)
    if hidden:
        return unread(f"{', '.join(hidden)} in use could not be displayed: its end is not known")
    ending = findings_pki.near_their_end(plan.router, observed, plan.decisions, subject.now)
    return [
        Seen(Grade.WARNING, f"{file} is in use and {words}; the plan replaces it", "certificate-ends")
        for file, words in ending
    ] or ok("no certificate in use has ended or is about to")


def service(subject: Subject) -> list[Seen]:
    """What the gNMI port serves."""
    observed = subject.plan.observed
    if service_of(observed.running) is None:
        return ok("gRPC with TLS is not enabled: there is nothing to serve yet")
    if observed.served is None:
        return unread("the gNMI port was not looked at: the intent has no CA certificate to verify it by")
    if observed.served.verified:
        return ok("TLS at the gNMI port verifies")
    detail = f" ({observed.served.detail})" if observed.served.detail else ""
    return [
        Seen(
            Grade.WARNING, f"TLS at the gNMI port does not verify: {observed.served.reason}{detail}",
            hint="sroscert plan shows whether that will change",
        )
    ]


LOOKS: dict[str, tuple[tuple[str, ...], Look]] = {
    "CA URL": (("ca-not-reached",), ca_url),
    "CA certificate": (
        (
            "ca-certificate-missing", "ca-certificate-unfit", "ca-certificate-differs", "ca-certificate-unread",
            "ca-certificate-ends", "ca-changed-in-place", "ca-profile-missing",
        ),
        ca_certificates,
    ),
    "CRL": (("crl-stale", "crl-ends"), crls),
    "certificates": (
        (
            "certificate-ends", "certificate-unread", "renewal-due", "renewal-orphaned", "request-pending",
            "generation-unused", "renewal-left-over", "renewal-kept", "renewal-of-others", "file-of-others",
        ),
        certificates,
    ),
    "service": (("service-unverified",), service),
}
"""By the name of the topic: the codes of findings about it, and the look."""
