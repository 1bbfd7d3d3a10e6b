"""Roll-over of a CA: the new one is trusted beside the old, certificates move, and only then the old one goes. Pure.

Two CA profiles stand in the intent meanwhile. A certificate moves because it names the new one (``certificate.decide``
sees that its pair is of another CA); the old profile goes once the intent calls it retired and nothing that is in use
is of it. ASSUMPTION: SR OS takes two CA profiles whose CAs have one name, as after a new key, and tells them apart
when it builds a chain; where it does not, the commit that brings the second one is rolled back by its checks.
Owns when that is, and what is said of a roll-over that is under way or half made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sroscert.intent import CertificateIntent, RouterIntent
from sroscert.intent.desired import Desired, ca_profile
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import is_issued_by
from sroscert.plan.certificate import TLS, Decision, Need, pair_in_use
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.values import ConfigTree, Path


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of who issued the certificates of a router."""

    router: RouterIntent
    observed: Observed
    cas: Mapping[str, LocalCA]
    coming: Mapping[str, CertificateIntent]


def settle_retired(
    wanted: Desired, future: ConfigTree, router: RouterIntent, decisions: Iterable[Decision], observed: Observed,
    cas: Mapping[str, LocalCA],
) -> tuple[Desired, tuple[Finding, ...]]:
    """Return what is desired with the retired CA profiles left as they are that ``future`` still needs, and say so.

    ``future`` is running as it will be after everything but the retirement.
    """
    coming = {item.generation.certificate: item.certificate for item in decisions if item.need is not Need.NOTHING}
    known = _Known(router, observed, cas, coming)
    going, kept, said = [], [], []
    for name, profile in router.ca_profiles.items():
        entry = ca_profile(name)
        if not profile.retired or entry not in observed.running:
            continue
        reasons = [*_holders(name, future, known), *_issued_cas(name, known)]
        if reasons:
            kept.append(entry)
            text = f"CA profile {name} is retired and stays for now: {'; '.join(reasons)}"
            said.append(Finding(Severity.NOTE, "retirement-waits", text, hint=_WAITING))
        else:
            going.append(entry)
    settled = replace(left_alone(wanted, kept, observed.running), retiring=tuple(going))
    return settled, tuple(said)


def left_alone(wanted: Desired, entries: Collection[Path], running: ConfigTree) -> Desired:
    """Return what is desired with ``entries`` as they are in running: nothing of them is changed or taken away."""
    items = dict(wanted.tree.items())
    for entry in entries:
        items |= dict(running.subtree(entry).items())
    tree = ConfigTree.from_items(items.items())
    return replace(
        wanted,
        tree=tree,
        owned=tuple(root for root in wanted.owned if root not in entries),
        retiring=tuple(root for root in wanted.retiring if root not in entries),
    )


_WAITING = "it goes with the next apply after the last of these has moved"


def _holders(name: str, future: ConfigTree, known: _Known) -> Iterator[str]:
    """Yield which certificates that will be in use are of a CA, or may be."""
    local = known.cas.get(name)
    if local is None:
        yield "it has no local certificate, so that nobody can tell what is of it"
        return
    files = {
        value
        for path, value in future.items()
        if path.is_within(TLS) and path.last.name == "certificate-file" and isinstance(value, str)
    }
    for file in sorted(files):
        item = known.coming.get(file)
        if item is not None:
            if item.ca_profile == name:
                yield f"{file} will be of it"
            continue
        info = known.observed.displayed.get(file)
        if info is None:
            yield f"{file} is in use, and its display could not be read"
        elif is_issued_by(info, local.info):
            yield f"{file} is in use and of it"


def _issued_cas(name: str, known: _Known) -> Iterator[str]:
    """Yield the CAs that stay and that this one certified: it may be needed for their chain."""
    local = known.cas.get(name)
    for other, profile in known.router.ca_profiles.items():
        info = known.cas[other].info if other in known.cas else None
        if local is None or info is None or profile.retired or _is_root(info):
            continue
        if is_issued_by(info, local.info):
            yield f"the CA of profile {other} is certified by it"


def _is_root(info: CertificateInfo) -> bool:
    return is_issued_by(info, info)


def findings(
    router: RouterIntent, decisions: Iterable[Decision], observed: Observed, cas: Mapping[str, LocalCA]
) -> list[Finding]:
    """Say which certificates move to another CA; stop where one would lose the CA that it is of."""
    found = []
    for decision in decisions:
        item = decision.certificate
        current = pair_in_use(router, item, observed)
        info = observed.displayed.get(current.certificate) if current is not None else None
        new = cas.get(item.ca_profile)
        if current is None or info is None or new is None or is_issued_by(info, new.info):
            continue
        old = next((name for name, local in cas.items() if is_issued_by(info, local.info)), "")
        if old:
            found.append(_under_way(item, current.certificate, old, router))
        elif _loses(item, router, observed):
            found.append(_in_place(item, current.certificate, router, observed))
    return found


def not_there(decisions: Iterable[Decision], observed: Observed) -> list[Finding]:
    """Stop a run that only renews where the router does not have the CA profile that would be asked."""
    return [
        Finding(
            Severity.STOP,
            "ca-profile-missing",
            f"CA profile {item.certificate.ca_profile} is not on the router, and renew changes nothing else: "
            f"{item.certificate.name} cannot be asked for there",
            hint="sroscert apply brings the CA profile, and moves the certificate",
        )
        for item in decisions
        if item.asks and ca_profile(item.certificate.ca_profile) not in observed.running
    ]


def _under_way(item: CertificateIntent, file: str, old: str, router: RouterIntent) -> Finding:
    last = "then it goes" if router.ca_profiles[old].retired else f"then `retired: true` takes {old} away"
    return Finding(
        Severity.NOTE,
        "ca-rollover",
        f"{item.name} moves to another CA: {item.ca_profile} is trusted beside {old}, {file} gives way to a "
        f"certificate of the new CA, and {old} stays until nothing in use is of it; {last}",
        hint=f"let clients trust both CAs before {file} gives way",
    )


def _loses(item: CertificateIntent, router: RouterIntent, observed: Observed) -> bool:
    """Tell whether the CA profile would get another CA's certificate under its name."""
    there = observed.running.text(ca_profile(item.ca_profile) / "cert-file")
    return bool(there) and there != router.ca_profiles[item.ca_profile].file


def _in_place(item: CertificateIntent, file: str, router: RouterIntent, observed: Observed) -> Finding:
    profile = router.ca_profiles[item.ca_profile]
    there = observed.running.text(ca_profile(item.ca_profile) / "cert-file")
    return Finding(
        Severity.STOP,
        "ca-changed-in-place",
        f"CA profile {profile.name} would change from {there} to {profile.file}, another CA, while {file} is in use: "
        "the router could no longer build its chain",
        hint=f"leave {profile.name} as it was, declare the new CA as a profile of its own, and have {item.name} name "
        "that; see docs/rollover.md",
    )
