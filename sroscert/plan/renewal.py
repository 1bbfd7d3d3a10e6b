"""When a certificate is renewed by us, and how its CA is asked. Pure; ``now`` is a parameter.

Owns who renews (law 1: what a router renews by itself is left to it, unless it is asked for) and the kind of request:
key-update while subject, SAN and CA stay, cert-request when one of them changed, initial-registration when there is no
pair that a CA could take as proof. How far a renewal has come is ``certificate``'s matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sroscert.intent import CertificateIntent, RouterIntent
from sroscert.intent.desired import renewal_method
from sroscert.pki import names
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import is_issued_by, renewal_due
from sroscert.plan.certificate import (
    Decision,
    Need,
    Replacing,
    Request,
    decide,
    foreign_pending,
    pair_in_use,
    shortcomings,
    standing_pair,
)
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import Generation, generation
from sroscert.plan.observed import Observed
from sroscert.plan.renewers import renewers
from sroscert.schema import Schema

HASH = "sha256"
"""What signed requests are protected with. SR OS's own default is SHA-1 (transcript)."""
_IDENTITY = {"subject": "subject", "san-ip": "SAN", "san-dns": "SAN", "issuer": "CA", "issuer-key": "CA"}
_SPENT = {"not-before": "is not valid yet", "not-after": "has expired", "file": "is not whole in system-pki",
          "display": "cannot be read", "key-match": "is not of its key"}


@dataclass(frozen=True, slots=True)
class Renewing:
    """What of renewal a run was asked for.

    With ``only`` nothing but renewal is done (``sroscert renew``), and ``names`` are the certificates meant, all when
    empty. ``force`` renews what is not due, or what its router renews by itself. ``by_code`` asks with the enrolment
    code in place of the pair in use, ``new_profile`` has a flip make its cert-profile anew (``profiles``). With
    ``restoring`` what renews the certificates meant on their router is brought to the intent with them: a pair that
    goes back may be of another CA (``sroscert rollback``). ``others`` has entries outside the intent moved along
    (``plan.others``). Without ``due`` nothing that satisfies the intent is
    replaced. ``made`` has issuer and serial of certificates that the run which is taken up had made: where one of them
    is in use, it was forced already, and once is what was asked for.
    """

    only: bool = False
    names: tuple[str, ...] = ()
    force: bool = False
    by_code: bool = False
    due: bool = True
    new_profile: bool = False
    others: bool = False
    restoring: bool = False
    made: frozenset[tuple[str, str]] = frozenset()

    def means(self, certificate: str) -> bool:
        """Tell whether a certificate is one of those asked for."""
        return not self.names or certificate in self.names

    @property
    def afterwards(self) -> Renewing:
        """What is asked once it was done: a certificate is forced once."""
        return replace(self, force=False)


AS_DUE = Renewing()
"""What ``apply`` does: renew what is due and nobody else's to renew."""
NEVER = Renewing(due=False)
"""What ``drift`` does: compare with the pair that stands."""


def decisions(
    router: RouterIntent, observed: Observed, schema: Schema, cas: Mapping[str, LocalCA], now: datetime,
    renewing: Renewing = AS_DUE,
) -> tuple[Decision, ...]:
    """Return what is left to do for each certificate of a router, and how its CA is asked."""
    found = []
    for item in router.certificates.values():
        local = cas.get(item.ca_profile)
        made = decision(router, item, observed, schema, local.info if local else None, now, renewing)
        found.append(foreign_pending(made, observed))
    return tuple(found)


def decision(
    router: RouterIntent, item: CertificateIntent, observed: Observed, schema: Schema, ca: CertificateInfo | None,
    now: datetime, renewing: Renewing = AS_DUE,
) -> Decision:
    """Return what is left to do for one certificate; what was not asked for stays as it is."""
    if renewing.only and (not renewing.means(item.name) or standing_pair(router, item, observed) is None):
        return _as_it_stands(router, item, observed)
    replacing = _replacing(router, item, observed, schema, now, renewing)
    return with_request(decide(router, item, observed, ca, now, replacing), router, observed, ca, now, renewing.by_code)


def with_request(
    made: Decision, router: RouterIntent, observed: Observed, ca: CertificateInfo | None, now: datetime,
    by_code: bool = False,
) -> Decision:
    """Return the decision with the kind of request that its CA is sent."""
    if not made.asks:
        return made
    signer = standing_pair(router, made.certificate, observed)
    if signer is None:
        return replace(made, asked_so="no pair of the router vouches for it")
    if by_code:
        return replace(made, asked_so="asked for by the code")
    lacks = {wrong.field for wrong in shortcomings(made.certificate, signer, observed, ca, now)}
    spent = [words for field, words in _SPENT.items() if field in lacks]
    if spent:
        return replace(made, asked_so=f"{signer.certificate} {spent[0]} and signs nothing")
    if made.generation.key.lower() == signer.key.lower():
        # Never with the new key as the current one: whoever has the old key would go on having it.
        return replace(made, asked_so=f"{signer.key} is the key in use")
    if {"issuer", "issuer-key"} & lacks and _is_of_another_server(made.certificate, signer, router, observed):
        return replace(made, asked_so="the CA changed to one of another server, which knows no pair of this router")
    changed = list(dict.fromkeys(word for field, word in _IDENTITY.items() if field in lacks))
    if changed:
        return replace(made, request=Request.CERTIFICATE, signer=signer, asked_so=f"{_list(changed)} changed")
    return replace(made, request=Request.UPDATE, signer=signer, asked_so="subject, SAN and CA are unchanged")


def _is_of_another_server(
    item: CertificateIntent, signer: Generation, router: RouterIntent, observed: Observed
) -> bool:
    """Tell whether the pair that would sign is of a CA of the intent that is asked elsewhere (RFC 9810 section 5.3.3).

    A certificate request speaks for somebody whom the CA knows; a CA at the same address may know its predecessor's.
    """
    info = observed.displayed.get(signer.certificate)
    address = _address(router, item.ca_profile)
    for name, profile in router.ca_profiles.items():
        former = observed.displayed.get(profile.file)
        if name != item.ca_profile and info is not None and former is not None and is_issued_by(info, former):
            return _address(router, name) != address
    return False


def _address(router: RouterIntent, ca_profile: str) -> str:
    cmpv2 = router.ca_profiles[ca_profile].cmpv2
    url = cmpv2.url if cmpv2 is not None else None
    return (url.url_string or "") if url is not None else ""


def always_due(info: CertificateInfo, before: timedelta) -> bool:
    """Tell whether a certificate is due from its first day: renewing it at once would never end."""
    return renewal_due(info, before, info.not_before)


def findings(
    router: RouterIntent, observed: Observed, schema: Schema, made: tuple[Decision, ...], now: datetime,
    renewing: Renewing = AS_DUE,
) -> list[Finding]:
    """Say which certificates are due and not renewed by this plan, and why."""
    found = []
    for item in made:
        if not renewing.only or renewing.means(item.certificate.name):
            found += _not_renewed(router, item, observed, schema, now)
            if renewing.only and standing_pair(router, item.certificate, observed) is None:
                text = f"{item.certificate.name} is not in use yet: there is nothing to renew"
                found.append(Finding(Severity.NOTE, "not-enrolled", text, hint="sroscert apply enrols it"))
    return found


def _replacing(
    router: RouterIntent, item: CertificateIntent, observed: Observed, schema: Schema, now: datetime,
    renewing: Renewing,
) -> Replacing | None:
    pair = standing_pair(router, item, observed)
    info = observed.displayed.get(pair.certificate) if pair is not None else None
    if pair is None or info is None or not renewing.due:
        return None
    before, ends = item.renewal.before, f"{pair.certificate} is valid until {info.not_after:%Y-%m-%d %H:%M} UTC"
    due, due_words = renewal_due(info, before, now), f"{ends} and due for renewal"
    if renewing.force and (names.text(info.issuer), f"{info.serial:x}") not in renewing.made:
        return Replacing(due_words, before) if due else Replacing(f"asked for, though {ends}")
    ours = renewal_method(router, item, schema)[0] == "external"
    if due and ours and not always_due(info, before):
        return Replacing(due_words, before)
    return None


def _as_it_stands(router: RouterIntent, item: CertificateIntent, observed: Observed) -> Decision:
    current = pair_in_use(router, item, observed)
    pair = current or generation(item.name, item.key.file, 1)
    return Decision(item, pair, Need.NOTHING, "not asked for", in_use=current is not None)


def _not_renewed(
    router: RouterIntent, made: Decision, observed: Observed, schema: Schema, now: datetime
) -> list[Finding]:
    item, pair = made.certificate, made.generation
    stands = made.need is Need.NOTHING and standing_pair(router, item, observed) == pair
    info = observed.displayed.get(pair.certificate)
    before = item.renewal.before
    if not stands or info is None or not renewal_due(info, before, now):
        return []
    method = renewal_method(router, item, schema)[0]
    text = f"{pair.certificate} is valid until {info.not_after:%Y-%m-%d %H:%M} UTC and due for renewal"
    if method == "none":
        others = [one.words for one in renewers(observed.running, schema, pair.certificate) if one.acts]
        who = f"left to {', '.join(others)} on its router (none)" if others else "nobody renews it (none)"
        hint = "renewal.method in the intent says who; sroscert renew --force does once"
    elif always_due(info, before):
        life = info.not_after - info.not_before
        who = f"it is due from its first day, since it lives for {_span(life)} and is renewed {_span(before)} before"
        hint = "make renewal.before shorter than its life; "
        if method == "external":
            hint += "sroscert renew --force renews it once"
        else:
            who += f"; its router renews it again and again ({method})"
            hint += "sroscert apply tells the router"
    elif method == "external":
        who, hint = f"sroscert renews it ({method})", "sroscert renew, or apply"
    else:
        who, hint = f"its router renews it ({method})", "sroscert status says when; sroscert renew --force does it now"
    return [Finding(Severity.WARNING, "renewal-due", f"{text}: {who}", hint=hint)]


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _span(time: timedelta) -> str:
    return f"{time.days} days" if time.days > 1 else f"{time.total_seconds() / 3600:.0f} hours"
