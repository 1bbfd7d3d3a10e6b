"""Doubts about cipher suites: broken, aging, and what no client, or not the named ones, can speak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sroscert.intent import cipher_lists
from sroscert.intent.rules.finding import Finding, Loc
from sroscert.intent.values import RouterIntent
from sroscert.model.ciphers import NULL, RSA_CBC_SHA, RSA_CBC_SHA256, TLS13_NAMES, WEAK
from sroscert.model.clients import CLIENTS, COMMON
from sroscert.model.tls import ServerTLSProfile
from sroscert.schema import Schema


def weak_suites(router: RouterIntent) -> Iterator[Finding]:
    """Yield the suites of declared lists that should not be used."""
    lists = (("server", router.tls.server_cipher_lists), ("client", router.tls.client_cipher_lists))
    for side, named in lists:
        for name, wanted in named.items():
            for index, suite in enumerate(wanted.ciphers):
                yield from _weak(suite, ("tls", f"{side}_cipher_lists", name, index))


def _weak(suite: str, loc: Loc) -> Iterator[Finding]:
    if suite in NULL:
        yield Finding("cipher-null", f"{suite} does not encrypt: passwords travel in clear", loc, "leave it out")
    elif suite in WEAK:
        yield Finding("cipher-weak", f"{suite} is broken", loc, "leave it out")
    elif suite in (*RSA_CBC_SHA, *RSA_CBC_SHA256):
        yield Finding(
            "cipher-aging", f"{suite} has no forward secrecy and many clients no longer offer it", loc,
            "compatible takes the best that the release has",
        )


def profiles(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful about TLS profiles and gRPC on every release."""
    for name, profile in router.tls.server_profiles.items():
        loc: Loc = ("tls", "server_profiles", name)
        if profile.cipher_list is None:
            yield Finding(
                "cipher-list-missing", "a server profile without a cipher list offers nothing", loc, "cipher_list: …"
            )
        if profile.tls_re_negotiate_timer:
            yield Finding(
                "tls-re-negotiation", "gRPC does not support re-negotiation: sessions break when the timer runs out",
                (*loc, "tls_re_negotiate_timer"), "0",
            )
        if profile.protocol_version in ("tls-version-13", "tls-version-all") and not (
            profile.group_list and profile.signature_list
        ):
            yield Finding(
                "tls13-lists-missing", "sources differ on whether TLS 1.3 comes up without group and signature lists",
                (*loc, "protocol_version"), "give group_list and signature_list",
            )
    if router.grpc is not None and router.grpc.allow_unsecure_connection:
        yield Finding(
            "grpc-unsecure", "user names and passwords travel in clear", ("grpc", "allow_unsecure_connection"),
            "tls_server_profile: …",
        )


def reach(router: RouterIntent, schema: Schema, clients: Sequence[str] = ()) -> Iterator[Finding]:
    """Yield the lists that the verifier or a client cannot speak on the release of ``schema``."""
    train = schema.release.train
    for profile in router.tls.server_profiles.values():
        if profile.cipher_list is None:
            continue
        wanted = router.tls.server_cipher_lists[profile.cipher_list]
        loc: Loc = ("tls", "server_cipher_lists", profile.cipher_list)
        if wanted.cipher_class and not cipher_lists.suites(router, schema, "server", wanted):
            yield Finding(
                "cipher-class-empty", f"SR OS {train} has no {wanted.cipher_class} cipher suite for this key",
                loc, "compatible" if wanted.cipher_class == "modern" else "an RSA key",
            )
        elif not cipher_lists.reachable(router, schema, profile):
            yield Finding(
                "cipher-unreachable",
                f"no gNMI client of today speaks any of these on SR OS {train}, nor ours: nothing could be verified",
                loc, "compatible",
            )
        else:
            yield from _clients(router, schema, profile, loc, clients)


def _clients(
    router: RouterIntent, schema: Schema, profile: ServerTLSProfile, loc: Loc, clients: Sequence[str]
) -> Iterator[Finding]:
    if router.grpc is None or router.grpc.tls_server_profile != profile.name:
        return
    named = tuple(dict.fromkeys((*clients, *(router.verify.gnmi.clients if router.verify.gnmi else ()))))
    train = schema.release.train
    deaf = [name for name in named or COMMON if not cipher_lists.spoken_by(router, schema, profile, CLIENTS[name])]
    better = _better(schema)
    if not named and deaf:
        yield Finding(
            "clients-need-setting",
            f"{', '.join(deaf)} {'speak' if len(deaf) > 1 else 'speaks'} none of these suites unless told to",
            loc, better or "docs/lint.md has the setting of each client",
        )
    for name in deaf if named else ():
        yield Finding(
            "client-cannot-connect", f"{name} ({CLIENTS[name].means}) speaks none of these on SR OS {train}", loc,
            better or CLIENTS[name].remedy,
        )


def _better(schema: Schema) -> str:
    """Return what the release offers that every client speaks."""
    if any(suite.startswith("tls-ecdhe-") for suite in cipher_lists.offered(schema, "server")):
        return "compatible, or a list with tls-ecdhe-rsa-aes256-gcm-sha384"
    if TLS13_NAMES & set(cipher_lists.offered(schema, "server", "tls13-cipher")):
        return "protocol_version: tls-version-all, with TLS 1.3 suites in the list"
    return ""
