"""Half-made roll-overs of a CA: what still names the old one where the rest has moved on."""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.rules.finding import Finding, Loc
from sroscert.intent.values import RouterIntent


def rollovers(router: RouterIntent) -> Iterator[Finding]:
    """Yield what names a retired CA profile, and what of a certificate names another CA than the certificate does."""
    for name, loc in users(router):
        if name in router.ca_profiles and router.ca_profiles[name].retired:
            yield Finding(
                "retired-in-use", f"CA profile {name} is retired, and goes off the router", loc,
                "the CA profile that takes its place, or no `retired: true` yet",
            )
    yield from _chains(router)
    yield from _renewals(router)


def users(router: RouterIntent) -> Iterator[tuple[str, Loc]]:
    """Yield the CA profiles that the intent names, and where."""
    for name, certificate in router.certificates.items():
        yield certificate.ca_profile, ("certificates", name, "ca_profile")
    for name, profile in router.tls.cert_profiles.items():
        for number, entry in profile.entries.items():
            for index, ca in enumerate(entry.send_chain):
                yield ca, ("tls", "cert_profiles", name, number, "send_chain", index)
    for name, anchors in router.tls.trust_anchor_profiles.items():
        for index, ca in enumerate(anchors.trust_anchor):
            yield ca, ("tls", "trust_anchor_profiles", name, index)
    for name, update in router.certificate_update_profiles.items():
        if update.cmpv2 is not None:
            yield update.cmpv2.ca_profile, ("certificate_update_profiles", name, "cmpv2", "ca_profile")


def _chains(router: RouterIntent) -> Iterator[Finding]:
    for name, profile in router.tls.cert_profiles.items():
        for number, entry in profile.entries.items():
            certificate = router.certificates.get(entry.certificate or "")
            if certificate is not None and entry.send_chain and certificate.ca_profile not in entry.send_chain:
                why = f"{certificate.name} is of CA profile {certificate.ca_profile}, which is not sent along"
                loc: Loc = ("tls", "cert_profiles", name, number, "send_chain")
                yield Finding("chain-of-another-ca", why, loc, f"send_chain: [{certificate.ca_profile}]")


def _renewals(router: RouterIntent) -> Iterator[Finding]:
    for name, auto in router.certificate_auto_update.items():
        certificate = router.certificates.get(name)
        update = router.certificate_update_profiles.get(auto.profile)
        if certificate is None or update is None or update.cmpv2 is None:
            continue
        if update.cmpv2.ca_profile != certificate.ca_profile:
            yield Finding(
                "renewal-of-another-ca",
                f"{name} is of CA profile {certificate.ca_profile}, and would be renewed by {update.cmpv2.ca_profile}",
                ("certificate_update_profiles", auto.profile, "cmpv2", "ca_profile"), certificate.ca_profile,
            )
