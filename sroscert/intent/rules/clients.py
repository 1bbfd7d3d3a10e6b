"""Doubts about certificates of peers: would the router turn all clients away, or the EST server that it asks.

What clients can speak is ``ciphers``.
"""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.rules.finding import Finding
from sroscert.intent.values import RouterIntent
from sroscert.model.tls import StatusVerify
from sroscert.schema import Schema
from sroscert.schema.facts import facts


def locked_out(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    """Yield the server profiles that count every client of a CA as revoked on the release of ``schema``."""
    for server, authority in unknown_to(router, schema):
        profile = router.tls.server_profiles[server]
        yield Finding(
            "clients-locked-out",
            f"the clients of {authority} are turned away: it names no CRL, and an unknown status counts as revoked",
            ("tls", "server_profiles", server, "status_verify" if profile.status_verify else "authenticate_client"),
            "crl_file with auto_crl_update in the CA profile, or status_verify: {default_result: good}",
        )


def servers_refused(router: RouterIntent, schema: Schema) -> Iterator[Finding]:
    """Yield the client profiles of EST that count every server of a CA as revoked on the release of ``schema``."""
    if not facts(schema).status_verify:
        return
    for name in sorted({est.client_tls_profile for est in router.est_profiles.values() if est.client_tls_profile}):
        client = router.tls.client_profiles.get(name)
        if client is None or not _needs_crl(client.status_verify):
            continue
        anchors = router.tls.trust_anchor_profiles.get(client.trust_anchor_profile or "")
        for authority in anchors.trust_anchor if anchors else ():
            profile = router.ca_profiles.get(authority)
            if profile is not None and not profile.crl_file:
                yield Finding(
                    "est-server-refused",
                    f"EST servers of {authority} are refused: it names no CRL, and an unknown status counts as revoked",
                    ("tls", "client_profiles", name, *(("status_verify",) if client.status_verify else ())),
                    "crl_file with auto_crl_update in the CA profile, or status_verify: {default_result: good}",
                )


def unknown_to(router: RouterIntent, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield server profiles with the CA profiles whose clients they turn away, since their status is never found."""
    yield from ((name, ca) for name, ca in known_by_crl(router, schema) if not router.ca_profiles[ca].crl_file)


def known_by_crl(router: RouterIntent, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield server profiles with the CA profiles whose clients they let in by a CRL only: without one none gets in."""
    if not facts(schema).status_verify:
        return
    for name, server in router.tls.server_profiles.items():
        client = server.authenticate_client
        anchors = router.tls.trust_anchor_profiles.get(client.trust_anchor_profile or "") if client else None
        if anchors is None or not _needs_crl(server.status_verify):
            continue
        yield from ((name, ca) for ca in anchors.trust_anchor)


def _needs_crl(verify: StatusVerify | None) -> bool:
    """Whether a peer's status must be found, and can be by the CRL alone, which is so unless it is said."""
    if verify is None:
        return True
    how = verify.ee_revocation
    # ASSUMPTION: a responder can stand in the certificate itself, so `ocsp` is believed to find a status.
    return verify.default_result != "good" and (how is None or "ocsp" not in (how.primary, how.secondary))
