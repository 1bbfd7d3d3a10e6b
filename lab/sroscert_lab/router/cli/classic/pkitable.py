"""The part of the classic configuration table below `system security pki` and `tls`.

Evidence: `tls` is in the 16.0 command reference and in classic start-up configurations of public labs; below `pki` that
is so of `ca-profile`, `auto-crl-update create` and `shutdown`.

ASSUMPTION: every other word below `pki`, and in `tls` what came after 21.10 beyond `tls13-cipher`.
"""

from __future__ import annotations

from .tree import Context, Flag, Item, Leaves, Line, State

_DESCRIPTION = Line("description <description>")

_AUTO_CRL_UPDATE = Context(
    "auto-crl-update",
    "auto-crl-update",
    (
        Context(
            "crl-urls", "crl-urls", (Context("url-entry <entry-id>", "url-entry", (Line("url <url>"),), create=True),)
        ),
        Line("schedule-type <schedule-type>"),
        Line("periodic-update-interval sec <periodic-update-interval>"),
        Line("pre-update-time sec <pre-update-time>"),
        Line("retry-interval <retry-interval>"),
        State(),
    ),
    create=True,
)

_CMPV2 = Context(
    "cmpv2",
    "cmpv2",
    (
        Flag("accept-unprotected-errormsg", "accept-unprotected-message/error-message"),
        Flag("accept-unprotected-pkiconf", "accept-unprotected-message/pkiconf-message"),
        Flag("always-set-sender-for-ir", "always-set-sender-for-ir"),
        Line("http-response-timeout <http/response-timeout>"),
        Line("http-version <http/version>"),
        Context(
            "key-list",
            "key-list",
            (Line("key <password> reference <reference-number>", "key", "key reference <reference-number>"),),
        ),
        Line("response-signing-cert <response-signing-cert>"),
        Flag("response-signing-use-extracert", "response-signing-use-extracert"),
        Line("signing-cert-subject <signing-cert-subject>"),
        Line("recipient-subject <recipient-subject>"),
        Flag("same-recipnonce-for-pollreq", "same-recipient-nonce-for-poll-request"),
        Line("url <url/url-string> [service-name <url/service-name>]"),
    ),
)

_CA_PROFILE = Context(
    "ca-profile <ca-profile-name>",
    "ca-profile",
    (
        _DESCRIPTION,
        _AUTO_CRL_UPDATE,
        Line("cert-file <cert-file>"),
        _CMPV2,
        Line("crl-file <crl-file>"),
        Context(
            "ocsp", "ocsp", (Line("responder-url <responder-url>"), Line("service-name <service-name>"))
        ),
        Line("revocation-check <revocation-check>"),
        State(),
    ),
    create=True,
    prompt="ca-prof",
)

_UPDATES: tuple[Item, ...] = (
    Context(
        "est-profile <name>",
        "est-profile",
        (
            Line("client-tls-profile <client-tls-profile>"),
            Flag("check-id-kp-cmcra-only", "check-id-kp-cmcra-only"),
            Context("server", "server", (Leaves(),)),
        ),
        create=True,
    ),
    Context(
        "certificate-update-profile <name>",
        "certificate-update-profile",
        (
            Line("protocol cmpv2 ca-profile <cmpv2/ca-profile>"),
            Line("protocol est est-profile <est/est-profile>"),
            Line("key-generation same-as-existing-key?same-as-existing-key"),
            Line("key-generation rsa <rsa/key-size>"),
            Line("key-generation dsa <dsa/key-size>"),
            Line("key-generation ecdsa <ecdsa/curve>"),
            Line("hash-algorithm <hash-algorithm>"),
            Line("retry-interval <retry-interval>"),
            Line("before-expiry <before-expiry>"),
            Line("after-issue <after-issue>"),
        ),
        create=True,
    ),
    Context(
        "certificate-auto-update <certificate-file-name>",
        "certificate-auto-update",
        (Line("key-file-name <key-file-name>"), Line("profile <profile>")),
        create=True,
    ),
)

PKI = Context(
    "pki",
    "pki",
    (
        _CA_PROFILE,
        Line("certificate-display-format <certificate-display-format>"),
        Line(
            "certificate-expiration-warning <certificate-expiration-warning/hours> "
            "[repeat <certificate-expiration-warning/repeat-hours>]"
        ),
        *_UPDATES,
        Context(
            "common-name-list <cn-list-name>",
            "common-name-list",
            (Line("common-name <cn-index> type <cn-type> value <cn-value>", "common-name"),),
            create=True,
        ),
        Line(
            "crl-expiration-warning <crl-expiration-warning/hours> [repeat <crl-expiration-warning/repeat-hours>]"
        ),
        Line("imported-format <imported-format>"),
        Line("maximum-cert-chain-depth <maximum-cert-chain-depth>"),
    ),
)


def _cipher_list(side: str) -> Context:
    name = f"{side}-cipher-list"
    rows = (
        Line("cipher <index> name <name>", "tls12-cipher|cipher"),
        Line("tls13-cipher <index> name <name>", "tls13-cipher"),
    )
    return Context(f"{name} <{name}-name>", name, rows, create=True)


def _tls13_list(side: str, kind: str) -> Context:
    name = f"{side}-{kind}-list"
    return Context(
        f"{name} <{name}-name>", name, (Line(f"tls13-{kind} <index> name <name>", f"tls13-{kind}"),), create=True
    )


_STATUS_VERIFY = Context("status-verify", "status-verify", (Line("default-result <default-result>"),))
_TLS_PROFILE: tuple[Item, ...] = (
    Line("cert-profile <cert-profile>"),
    Line("cipher-list <cipher-list>"),
    Line("group-list <group-list>"),
    Line("signature-list <signature-list>"),
    Line("protocol-version <protocol-version>"),
    _STATUS_VERIFY,
)

TLS = Context(
    "tls",
    "tls",
    (
        Context(
            "cert-profile <cert-profile-name>",
            "cert-profile",
            (
                Context(
                    "entry <entry-id>",
                    "entry",
                    (
                        Line("cert <certificate-file>"),
                        Line("key <key-file>"),
                        Context("send-chain", "send-chain", (Line("ca-profile <ca-profile-name>", "ca-profile"),)),
                    ),
                    create=True,
                ),
                State(),
            ),
            create=True,
        ),
        _cipher_list("client"),
        _cipher_list("server"),
        *(_tls13_list(side, kind) for kind in ("group", "signature") for side in ("client", "server")),
        Context(
            "trust-anchor-profile <trust-anchor-profile-name>",
            "trust-anchor-profile",
            (Line("trust-anchor <ca-profile-name>", "trust-anchor"),),
            create=True,
        ),
        Context(
            "client-tls-profile <client-profile-name>",
            "client-tls-profile",
            (*_TLS_PROFILE, Line("trust-anchor-profile <trust-anchor-profile>"), State()),
            create=True,
        ),
        Context(
            "server-tls-profile <server-profile-name>",
            "server-tls-profile",
            (
                Context(
                    "authenticate-client",
                    "authenticate-client",
                    (
                        Line("common-name-list <common-name-list>"),
                        Line("trust-anchor-profile <trust-anchor-profile>"),
                    ),
                ),
                *_TLS_PROFILE,
                Line("tls-re-negotiate-timer <tls-re-negotiate-timer>"),
                State(),
            ),
            create=True,
        ),
    ),
)
