"""Doubts about client certificates: would the router turn all of them away. What clients can speak is ``ciphers``."""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.rules.finding import Finding
from sroscert.intent.values import RouterIntent
from sroscert.model.tls import ServerTLSProfile
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


def unknown_to(router: RouterIntent, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield server profiles with the CA profiles whose clients they turn away, since their status is never found."""
    yield from ((name, ca) for name, ca in known_by_crl(router, schema) if not router.ca_profiles[ca].crl_file)


def known_by_crl(router: RouterIntent, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield server profiles with the CA profiles whose clients they let in by a CRL only: without one none gets in."""
    if not facts(schema).status_verify:
        return
    for name, server in router.tls.server_profiles.items():
        client, verify = server.authenticate_client, server.status_verify
        anchors = router.tls.trust_anchor_profiles.get(client.trust_anchor_profile or "") if client else None
        if anchors is None or (verify and verify.default_result == "good"):
            continue
        methods = _methods(server)
        # ASSUMPTION: a responder can stand in the certificate itself, so `ocsp` is believed to find a status.
        if "ocsp" in methods:
            continue
        yield from ((name, ca) for ca in anchors.trust_anchor)


def _methods(server: ServerTLSProfile) -> set[str]:
    """How the status of a client's certificate is looked for: by the CRL alone unless it is said."""
    how = server.status_verify.ee_revocation if server.status_verify else None
    return {how.primary or "crl", how.secondary or "none"} if how else {"crl"}
