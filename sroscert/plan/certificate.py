"""Decide how far a router has come with one certificate, and what is left to do. Pure.

The decision is made from what the router shows, never from memory, so that a run that was killed at any moment is taken
up by the next one (laws 1, 4 and 6).
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sroscert.intent import CertificateIntent, RouterIntent
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import Mismatch, renewal_due, satisfies
from sroscert.plan.generation import Generation, generation, number_of, numbers_seen
from sroscert.plan.observed import Observed
from sroscert.values import Path

TLS = Path.of("configure", "system", "security", "tls")
_STATE_TLS = Path.of("state", "system", "security", "tls")
_NO_PAIR = "invalid-cert-key-combo"
_CURVE_BITS = {"secp256r1": 256, "secp384r1": 384, "secp521r1": 521}


class Need(enum.Enum):
    """What is left to do for a certificate, in the order of a first enrolment."""

    KEY = "a key, an enrolment and an import"
    IMPORT_KEY = "the import of the generated key, and an enrolment"
    ENROLMENT = "an enrolment with the imported key"
    POLL = "the CA's answer to a pending request"
    IMPORT = "the check and import of the CA's answer"
    NOTHING = "nothing"


class Request(enum.Enum):
    """How the router asks its CA, by the name of Nokia's command."""

    INITIAL = "initial-registration"
    """By the one-time code of the intent: nothing that the router has is taken by the CA as proof of who it is."""
    UPDATE = "key-update"
    """Signed by a pair of the router: another key for the same subject and SAN."""
    CERTIFICATE = "cert-request"
    """Signed by a pair of the router: another subject, SAN or CA."""


@dataclass(frozen=True, slots=True)
class Replacing:
    """Why a pair that satisfies the intent gives way to another one all the same.

    A pair that is there already and was made to follow it must not end within ``before``.
    """

    reason: str
    before: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do for one certificate.

    ``in_use`` says that running already names this pair, ``unread`` names a file whose display told nothing.
    ``request`` is how the CA is asked, where it has to be: signed by ``signer``, for the reason ``asked_so``.
    """

    certificate: CertificateIntent
    generation: Generation
    need: Need
    reason: str
    in_use: bool = False
    foreign_request: str = ""
    unread: str = ""
    request: Request = Request.INITIAL
    signer: Generation | None = None
    asked_so: str = ""

    @property
    def asks(self) -> bool:
        """Whether a request is still to be sent to the CA."""
        return self.need in {Need.KEY, Need.IMPORT_KEY, Need.ENROLMENT}


def decide(
    router: RouterIntent, certificate: CertificateIntent, observed: Observed, ca: CertificateInfo | None, now: datetime,
    replacing: Replacing | None = None,
) -> Decision:
    """Return what is left to do for ``certificate``.

    ``ca`` is the local CA certificate. The pair that stands is kept when it satisfies the intent, whatever its names,
    and nothing is ``replacing`` it; else the highest generation seen on the router is taken up where it was left; else
    a new one is begun. How the CA is asked is ``renewal``'s matter.
    """
    in_use = pair_in_use(router, certificate, observed) is not None
    current = standing_pair(router, certificate, observed)
    why_not = ""
    if current is not None and (in_use or replacing is not None):
        lacks = shortcomings(certificate, current, observed, ca, now)
        if not lacks and replacing is None:
            return Decision(certificate, current, Need.NOTHING, "the pair in use satisfies the intent", in_use=True)
        if _is_unread(lacks):
            return _left_alone(certificate, current, in_use=in_use)
        why_not = f"the pair in use does not satisfy: {_words(lacks)}" if lacks or replacing is None else (
            replacing.reason
        )
    plains = (certificate.name, certificate.key.file)
    names = [entry.name for entry in (*observed.system_pki, *observed.flash)]
    names += _referenced_names(observed)
    seen = numbers_seen(names, plains)
    if not seen:
        why = why_not or "the router has no key and no certificate yet"
        return Decision(certificate, generation(*plains, 1), Need.KEY, why)
    newest = generation(*plains, max(seen))
    if why_not and current is not None and newest.number <= current.number:
        return Decision(certificate, generation(*plains, newest.number + 1), Need.KEY, why_not)
    return _take_up(certificate, newest, observed, ca, now, replacing)


def standing_pair(router: RouterIntent, certificate: CertificateIntent, observed: Observed) -> Generation | None:
    """Return the pair in use; for a certificate that the intent uses in no profile the newest imported one."""
    current = pair_in_use(router, certificate, observed)
    if current is not None or profile_entries(router, certificate.name):
        return current
    return newest_imported(certificate, observed)


def newest_imported(certificate: CertificateIntent, observed: Observed) -> Generation | None:
    """Return the highest generation whose certificate is imported, used or not."""
    numbers = (number_of(entry.name, certificate.name) for entry in observed.system_pki)
    found = [number for number in numbers if number is not None]
    return generation(certificate.name, certificate.key.file, max(found)) if found else None


def pair_in_use(router: RouterIntent, certificate: CertificateIntent, observed: Observed) -> Generation | None:
    """Return the file pair that running names where the intent wants this certificate, or None."""
    for profile, entry_id in profile_entries(router, certificate.name):
        entry = TLS.entry("cert-profile", cert_profile_name=profile).entry("entry", entry_id=str(entry_id))
        file, key = observed.running.text(entry / "certificate-file"), observed.running.text(entry / "key-file")
        if file and key:
            return Generation(number_of(file, certificate.name) or 1, file, key)
    return None


def profile_entries(router: RouterIntent, certificate: str) -> list[tuple[str, int]]:
    """Return the (cert-profile, entry) pairs of the intent that use ``certificate``."""
    return [
        (profile_name, int(number))
        for profile_name, profile in router.tls.cert_profiles.items()
        for number, entry in profile.entries.items()
        if entry.certificate == certificate
    ]


def shortcomings(
    certificate: CertificateIntent, pair: Generation, observed: Observed, ca: CertificateInfo | None, now: datetime
) -> tuple[Mismatch, ...]:
    """Say what the imported pair lacks, from the router's display of the file."""
    missing = [name for name in (pair.certificate, pair.key) if not observed.has_pki_file(name)]
    if missing:
        return tuple(Mismatch("file", name, "not in system-pki") for name in missing)
    info = observed.displayed.get(pair.certificate)
    if info is None:
        return (Mismatch("display", pair.certificate, "unreadable"),)
    wanted = satisfies(
        info,
        subject=certificate.subject,
        san_ips=frozenset(certificate.san_ips),
        san_dns=frozenset(certificate.san_dns),
        issuer=ca,
        now=now,
        key_type=certificate.key.type,
        key_bits=_key_bits(certificate),
    )
    return (*wanted, *_torn(pair, observed))


def _torn(pair: Generation, observed: Observed) -> list[Mismatch]:
    """Say that a certificate is not of its key, as far as the router shows it: once it has tried to load the pair.

    A script that was cut off, or an import over a key in use, leaves this behind; nothing can be signed with it.
    """
    for profile in observed.running.entries(TLS, "cert-profile"):
        for entry in observed.running.entries(profile, "entry"):
            files = (observed.running.text(entry / "certificate-file"), observed.running.text(entry / "key-file"))
            reasons = observed.state.text(Path((*_STATE_TLS.segments, profile.last, entry.last)) / "down-reasons")
            if files == (pair.certificate, pair.key) and _NO_PAIR in reasons.split():
                return [Mismatch("key-match", f"the key of {pair.certificate}", f"{pair.key}, another one")]
    return []


def _key_bits(certificate: CertificateIntent) -> int:
    return certificate.key.size or _CURVE_BITS.get(certificate.key.curve, 0)


def _is_unread(mismatches: Sequence[Mismatch]) -> bool:
    return any(item.field == "display" for item in mismatches)


def _left_alone(certificate: CertificateIntent, pair: Generation, *, in_use: bool = False) -> Decision:
    """Decide when a certificate is there and cannot be judged: a new one each time would be no better."""
    reason = f"the display of {pair.certificate} could not be read"
    return Decision(certificate, pair, Need.NOTHING, reason, in_use=in_use, unread=pair.certificate)


def _take_up(
    certificate: CertificateIntent, newest: Generation, observed: Observed, ca: CertificateInfo | None, now: datetime,
    replacing: Replacing | None,
) -> Decision:
    key_imported = observed.has_pki_file(newest.key)
    if observed.has_pki_file(newest.certificate):
        lacks = shortcomings(certificate, newest, observed, ca, now)
        if not lacks and replacing is not None and _ends_within(observed, newest, replacing.before, now):
            return _next(certificate, newest, replacing.reason)
        if not lacks:
            return Decision(certificate, newest, Need.NOTHING, "the imported pair satisfies the intent")
        if _is_unread(lacks):
            return _left_alone(certificate, newest)
        return _next(certificate, newest, f"{newest.certificate} does not satisfy: {_words(lacks)}")
    if key_imported and newest.key.lower() in {name.lower() for name in _referenced_names(observed)}:
        return _next(certificate, newest, f"{newest.key} is the key of another certificate in use")
    if key_imported:
        return _with_key(certificate, newest, observed)
    if observed.flash_file(newest.key) is not None:
        return Decision(certificate, newest, Need.IMPORT_KEY, f"cf3:/{newest.key} was generated and not yet imported")
    return _next(certificate, newest, f"what is left of {newest.certificate} has no key")


def _ends_within(observed: Observed, pair: Generation, before: timedelta, now: datetime) -> bool:
    info = observed.displayed.get(pair.certificate)
    return info is not None and renewal_due(info, before, now)


def _with_key(certificate: CertificateIntent, newest: Generation, observed: Observed) -> Decision:
    """Decide when the key is imported and the certificate is not: law 4, observe before sending again."""
    request = observed.requests.get(certificate.ca_profile)
    ours = request is not None and request.key.lower() == newest.key.lower()
    if request is not None and request.pending:
        if ours:
            return Decision(certificate, newest, Need.POLL, "the CA has not answered our request yet")
        return Decision(
            certificate,
            newest,
            Need.ENROLMENT,
            "the key is imported",
            foreign_request=f"key {request.key or 'unknown'}, saved as {request.save_as or 'unknown'}",
        )
    if observed.flash_file(newest.save_as) is not None:
        return Decision(certificate, newest, Need.IMPORT, f"the CA's answer is in cf3:/{newest.save_as}")
    return Decision(certificate, newest, Need.ENROLMENT, "the key is imported, there is no certificate for it yet")


def _next(certificate: CertificateIntent, newest: Generation, reason: str) -> Decision:
    following = generation(certificate.name, certificate.key.file, newest.number + 1)
    return Decision(certificate, following, Need.KEY, reason)


def foreign_pending(decision: Decision, observed: Observed) -> Decision:
    """Mark a decision that would send a request while somebody else's is pending at the same CA profile."""
    request = observed.requests.get(decision.certificate.ca_profile)
    if request is None or not request.pending or not decision.asks or decision.foreign_request:
        return decision
    return replace(decision, foreign_request=f"key {request.key or 'unknown'}, saved as {request.save_as or 'unknown'}")


def _referenced_names(observed: Observed) -> list[str]:
    leaves = {"certificate-file", "key-file"}
    return [value for path, value in observed.running.items() if path.last.name in leaves and isinstance(value, str)]


def _words(mismatches: Sequence[Mismatch]) -> str:
    return "; ".join(f"{item.field} is {item.found}, wanted {item.wanted}" for item in mismatches)
