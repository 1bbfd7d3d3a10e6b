"""Reads the running configuration into the values of conf.py, with the defaults of the models.

Owns paths and defaults, and which leaves restart a CA profile; decides nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engines import BOTH, authorised_engines
from .conf import (
    AutoUpdateConf,
    CAProfileConf,
    CertEntryConf,
    CertProfileConf,
    CipherListConf,
    CMPConf,
    CRLSource,
    CRLUpdateConf,
    ESTProfileConf,
    GRPCConf,
    OCSPConf,
    PKIConf,
    ServerProfileConf,
    StatusConf,
    TransmissionConf,
    WarningConf,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

CONF = "urn:nokia.com:sros:ns:yang:sr:conf"


def _children(element: _Element | None, name: str) -> list[_Element]:
    return [] if element is None else element.findall(f"{{{CONF}}}{name}")


def _descend(element: _Element | None, *names: str) -> _Element | None:
    for name in names:
        element = None if element is None else element.find(f"{{{CONF}}}{name}")
    return element


def _text(element: _Element | None, *names: str, default: str = "") -> str:
    leaf = _descend(element, *names)
    return default if leaf is None else (leaf.text or "").strip()


def _is_true(element: _Element | None, *names: str) -> bool:
    return _text(element, *names) == "true"


def _is_enabled(element: _Element | None, default: str = "disable") -> bool:
    return _text(element, "admin-state", default=default) == "enable"


#: YANG: the first models with `status-verify`.
_STATUS_SINCE = (23, 7)
#: What of a CA profile may change without a restart (YANG: no `auto-restart-to-modify`), and what more from 23.3 on.
_QUIET = frozenset({"description", "admin-state"})
_QUIET_SINCE_23_3 = frozenset({"cmpv2/key-list", "auto-crl-update/admin-state", "auto-crl-update/crl-urls"})


def _canonical(element: _Element, quiet: frozenset[str], at: str = "") -> str:
    """All that an element holds but for what stands at the paths in `quiet`."""
    children = [child for child in element if at + _name(child) not in quiet]
    if not children:
        return f"<{_name(element)}>{(element.text or '').strip()}"
    inner = "".join(_canonical(child, quiet, f"{at}{_name(child)}/") for child in children)
    return f"<{_name(element)}>{inner}"


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _cmp(element: _Element | None, transmissions: dict[str, TransmissionConf]) -> CMPConf:
    return CMPConf(
        url=_text(element, "url", "url-string"),
        service_name=_text(element, "url", "service-name"),
        response_timeout_s=int(_text(element, "http", "response-timeout", default="30")),
        http_version=_text(element, "http", "version", default="1.1"),
        unprotected_error=_is_true(element, "accept-unprotected-message", "error-message"),
        unprotected_pkiconf=_is_true(element, "accept-unprotected-message", "pkiconf-message"),
        always_set_sender=_is_true(element, "always-set-sender-for-ir"),
        same_recipient_nonce=_is_true(element, "same-recipient-nonce-for-poll-request"),
        response_signing_cert=_text(element, "response-signing-cert"),
        signing_in_answer=_descend(element, "response-signing-use-extracert") is not None,
        signing_subject=_text(element, "signing-cert-subject"),
        recipient_subject=_text(element, "recipient-subject"),
        transmission=transmissions.get(_text(element, "url", "transmission-profile")),
    )


def _crl_update(element: _Element | None, transmissions: dict[str, TransmissionConf]) -> CRLUpdateConf | None:
    if element is None:
        return None
    urls = [
        CRLSource(
            int(_text(entry, "entry-id")), _text(entry, "url"), transmissions.get(_text(entry, "transmission-profile"))
        )
        for entry in _children(_descend(element, "crl-urls"), "url-entry")
    ]
    return CRLUpdateConf(
        enabled=_is_enabled(element),
        periodic=_text(element, "schedule-type") == "periodic",
        interval=int(_text(element, "periodic-update-interval", default="86400")),
        pre_update=int(_text(element, "pre-update-time", default="3600")),
        retry=int(_text(element, "retry-interval", default="3600")),
        urls=tuple(source for source in sorted(urls, key=lambda source: source.entry_id) if source.url),
    )


def _transmission_profiles(system: _Element | None) -> dict[str, TransmissionConf]:
    return {
        _text(entry, "name"): TransmissionConf(
            timeout_s=float(_text(entry, "timeout", default="60")),
            retry=int(_text(entry, "retry", default="0")),
            redirection=int(_text(entry, "redirection", default="0")),
            # ASSUMPTION: of the two source addresses the IPv4 one counts where there are both; the lab has no other.
            source_address=_text(entry, "ipv4-source-address") or _text(entry, "ipv6-source-address"),
            router_instance=_text(entry, "router-instance", default="Base"),
            http_version=_text(entry, "http-version", default="1.1"),
        )
        for entry in _children(system, "transmission-profile")
    }


def _ca_profile(
    element: _Element, train: tuple[int, int], transmissions: dict[str, TransmissionConf]
) -> CAProfileConf:
    ocsp = _descend(element, "ocsp")
    return CAProfileConf(
        name=_text(element, "ca-profile-name"),
        enabled=_is_enabled(element),
        description=_text(element, "description"),
        cert_file=_text(element, "cert-file"),
        crl_file=_text(element, "crl-file"),
        crl_required=_text(element, "revocation-check", default="crl") == "crl",
        cmp=_cmp(_descend(element, "cmpv2"), transmissions),
        crl_update=_crl_update(_descend(element, "auto-crl-update"), transmissions),
        ocsp=OCSPConf(
            responder_url=_text(ocsp, "responder-url"),
            service_name=_text(ocsp, "service-name"),
            transmission=transmissions.get(_text(ocsp, "transmission-profile"), TransmissionConf()),
        ),
        restart_key=_canonical(element, _QUIET | _QUIET_SINCE_23_3 if train >= (23, 3) else _QUIET),
    )


def _cert_profile(element: _Element) -> CertProfileConf:
    entries = [
        CertEntryConf(
            entry_id=int(_text(entry, "entry-id", default="1")),
            certificate_file=_text(entry, "certificate-file"),
            key_file=_text(entry, "key-file"),
            send_chain=tuple(
                _text(anchor, "ca-profile-name") for anchor in _children(_descend(entry, "send-chain"), "ca-profile")
            ),
        )
        for entry in _children(element, "entry")
    ]
    ordered = tuple(sorted(entries, key=lambda entry: entry.entry_id))
    return CertProfileConf(_text(element, "cert-profile-name"), _is_enabled(element), ordered)


def _status(element: _Element | None, train: tuple[int, int]) -> StatusConf:
    # ASSUMPTION: before the leaf came, a CRL that was there was heeded, and where there was none clients were let in.
    return StatusConf(
        default=_text(element, "default-result", default="revoked" if train >= _STATUS_SINCE else "good"),
        primary=_text(element, "ee-revocation", "primary", default="crl"),
        secondary=_text(element, "ee-revocation", "secondary", default="none"),
    )


def _tls_profile(element: _Element, key: str, train: tuple[int, int]) -> ServerProfileConf:
    return ServerProfileConf(
        name=_text(element, key),
        enabled=_is_enabled(element),
        cert_profile=_text(element, "cert-profile"),
        cipher_list=_text(element, "cipher-list"),
        protocol_version=_text(element, "protocol-version", default="tls-version-12"),
        trust_anchor_profile=_text(element, "authenticate-client", "trust-anchor-profile")
        or _text(element, "trust-anchor-profile"),
        status=_status(_descend(element, "status-verify"), train),
        common_name_list=_text(element, "authenticate-client", "common-name-list"),
    )


def _suites(element: _Element, name: str) -> list[str]:
    ordered = sorted(_children(element, name), key=lambda suite: int(_text(suite, "index", default="0")))
    return [_text(suite, "name") for suite in ordered]


def _cipher_list(element: _Element, key: str) -> CipherListConf:
    return CipherListConf(
        name=_text(element, key),
        tls12=tuple(_suites(element, "cipher") + _suites(element, "tls12-cipher")),
        tls13=tuple(_suites(element, "tls13-cipher")),
    )


def _cipher_lists(tls: _Element | None, side: str) -> dict[str, CipherListConf]:
    entries = _children(tls, f"{side}-cipher-list")
    return {item.name: item for item in (_cipher_list(entry, f"{side}-cipher-list-name") for entry in entries)}


def _est_profile(element: _Element, transmissions: dict[str, TransmissionConf]) -> ESTProfileConf:
    server = _descend(element, "server")
    return ESTProfileConf(
        name=_text(element, "name"),
        host=_text(server, "ipv4") or _text(server, "ipv6") or _text(server, "fqdn"),
        port=int(_text(server, "port", default="443")),
        client_tls_profile=_text(element, "client-tls-profile"),
        only_cmc_ra=_is_true(element, "check-id-kp-cmcra-only"),
        username=_text(element, "http-authentication", "username"),
        password=_text(element, "http-authentication", "password"),
        paths={
            name: _text(server, "path", name)
            for name in ("cacerts", "simpleenroll", "simplereenroll")
            if _text(server, "path", name)
        },
        transmission=transmissions.get(_text(element, "transmission-profile")),
    )


def _grpc(element: _Element | None) -> GRPCConf:
    return GRPCConf(
        enabled=_is_enabled(element),
        tls_server_profile=_text(element, "tls-server-profile"),
        unsecure=_descend(element, "allow-unsecure-connection") is not None,
        port=int(_text(element, "listening-port", default="57400")),
        gnmi_enabled=_is_enabled(_descend(element, "gnmi"), default="enable"),
        cert_mgmt_enabled=_is_enabled(_descend(element, "gnoi", "cert-mgmt")),
    )


def read_configuration(running: _Element | None, train: tuple[int, int]) -> PKIConf:
    """Read the running configuration; `running` is the `configure` element or anything around it."""
    root = running
    if running is not None and running.tag != f"{{{CONF}}}configure":
        root = running.find(f".//{{{CONF}}}configure")
    system = _descend(root, "system")
    pki = _descend(system, "security", "pki")
    transmissions = _transmission_profiles(system)
    tls = _descend(system, "security", "tls")
    return PKIConf(
        ca_profiles={
            item.name: item
            for item in (_ca_profile(entry, train, transmissions) for entry in _children(pki, "ca-profile"))
        },
        cert_profiles={item.name: item for item in map(_cert_profile, _children(tls, "cert-profile"))},
        server_profiles={
            item.name: item
            for item in (
                _tls_profile(entry, "server-profile-name", train) for entry in _children(tls, "server-tls-profile")
            )
        },
        client_profiles={
            item.name: item
            for item in (
                _tls_profile(entry, "client-profile-name", train) for entry in _children(tls, "client-tls-profile")
            )
        },
        trust_anchors={
            _text(entry, "trust-anchor-profile-name"): tuple(
                _text(anchor, "ca-profile-name") for anchor in _children(entry, "trust-anchor")
            )
            for entry in _children(tls, "trust-anchor-profile")
        },
        cipher_lists=_cipher_lists(tls, "server"),
        client_cipher_lists=_cipher_lists(tls, "client"),
        est_profiles={
            item.name: item
            for item in (_est_profile(entry, transmissions) for entry in _children(pki, "est-profile"))
        },
        grpc=_grpc(_descend(system, "grpc")),
        cli_engines=BOTH if root is None else authorised_engines(root),
        auto_updates=_auto_updates(pki),
        certificate_warning=_warning(_descend(pki, "certificate-expiration-warning")),
        common_names={
            _text(entry, "cn-list-name"): tuple(_text(item, "cn-value") for item in _children(entry, "common-name"))
            for entry in _children(pki, "common-name-list")
        },
        max_chain=int(_text(pki, "maximum-cert-chain-depth", default="7")),
        crl_warning=_warning(_descend(pki, "crl-expiration-warning")),
        imported_format=_text(pki, "imported-format", default="any"),
    )


def _warning(element: _Element | None) -> WarningConf | None:
    hours = _text(element, "hours")
    return WarningConf(int(hours), int(_text(element, "repeat-hours", default="0"))) if hours else None


def _auto_updates(pki: _Element | None) -> tuple[AutoUpdateConf, ...]:
    profiles = {_text(profile, "name"): profile for profile in _children(pki, "certificate-update-profile")}
    return tuple(
        _auto_update(entry, profiles.get(_text(entry, "profile")))
        for entry in _children(pki, "certificate-auto-update")
    )


def _auto_update(entry: _Element, profile: _Element | None) -> AutoUpdateConf:
    after = _text(profile, "after-issue")
    key_type = next((name for name in ("rsa", "dsa", "ecdsa") if _descend(profile, name) is not None), "")
    return AutoUpdateConf(
        certificate=_text(entry, "certificate-file-name"),
        key=_text(entry, "key-file-name"),
        est_profile=_text(profile, "est", "est-profile"),
        ca_profile=_text(profile, "cmpv2", "ca-profile"),
        hash_algorithm=_text(profile, "hash-algorithm", default="sha256"),
        retry_interval=int(_text(profile, "retry-interval", default="3600")),
        before_expiry=int(_text(profile, "before-expiry", default="86400")),
        after_issue=int(after) if after else None,
        key_type=key_type,
        key_size=int(_text(profile, key_type, "key-size", default="2048")) if key_type in ("rsa", "dsa") else 2048,
        curve=_text(profile, "ecdsa", "curve", default="secp256r1"),
    )
