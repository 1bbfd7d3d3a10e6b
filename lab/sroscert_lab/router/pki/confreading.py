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
    CommonNameConf,
    CommunityConf,
    CRLSource,
    CRLUpdateConf,
    ESTProfileConf,
    GRPCConf,
    OCSPConf,
    PKIConf,
    ServerProfileConf,
    SNMPConf,
    StatusConf,
    TransmissionConf,
    WarningConf,
)
from .confxml import CONF, children, descend, is_enabled, is_true, text
from .ipsecreading import read_ipsec

if TYPE_CHECKING:
    from lxml.etree import _Element

#: YANG: the first models with `status-verify`.
_STATUS_SINCE = (23, 7)
#: What of a CA profile may change without a restart (YANG: no `auto-restart-to-modify`), and what more from 23.3 on.
_QUIET = frozenset({"description", "admin-state"})
_QUIET_SINCE_23_3 = frozenset({"cmpv2/key-list", "auto-crl-update/admin-state", "auto-crl-update/crl-urls"})


def _canonical(element: _Element, quiet: frozenset[str], at: str = "") -> str:
    """All that an element holds but for what stands at the paths in `quiet`."""
    members = [child for child in element if at + _name(child) not in quiet]
    if not members:
        return f"<{_name(element)}>{(element.text or '').strip()}"
    inner = "".join(_canonical(child, quiet, f"{at}{_name(child)}/") for child in members)
    return f"<{_name(element)}>{inner}"


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _cmp(element: _Element | None, transmissions: dict[str, TransmissionConf]) -> CMPConf:
    return CMPConf(
        url=text(element, "url", "url-string"),
        service_name=text(element, "url", "service-name"),
        response_timeout_s=int(text(element, "http", "response-timeout", default="30")),
        http_version=text(element, "http", "version", default="1.1"),
        unprotected_error=is_true(element, "accept-unprotected-message", "error-message"),
        unprotected_pkiconf=is_true(element, "accept-unprotected-message", "pkiconf-message"),
        always_set_sender=is_true(element, "always-set-sender-for-ir"),
        same_recipient_nonce=is_true(element, "same-recipient-nonce-for-poll-request"),
        response_signing_cert=text(element, "response-signing-cert"),
        signing_in_answer=descend(element, "response-signing-use-extracert") is not None,
        signing_subject=text(element, "signing-cert-subject"),
        recipient_subject=text(element, "recipient-subject"),
        transmission=transmissions.get(text(element, "url", "transmission-profile")),
    )


def _crl_update(element: _Element | None, transmissions: dict[str, TransmissionConf]) -> CRLUpdateConf | None:
    if element is None:
        return None
    urls = [
        CRLSource(
            int(text(entry, "entry-id")), text(entry, "url"), transmissions.get(text(entry, "transmission-profile"))
        )
        for entry in children(descend(element, "crl-urls"), "url-entry")
    ]
    return CRLUpdateConf(
        enabled=is_enabled(element),
        periodic=text(element, "schedule-type") == "periodic",
        interval=int(text(element, "periodic-update-interval", default="86400")),
        pre_update=int(text(element, "pre-update-time", default="3600")),
        retry=int(text(element, "retry-interval", default="3600")),
        urls=tuple(source for source in sorted(urls, key=lambda source: source.entry_id) if source.url),
    )


def _transmission_profiles(system: _Element | None) -> dict[str, TransmissionConf]:
    return {
        text(entry, "name"): TransmissionConf(
            timeout_s=float(text(entry, "timeout", default="60")),
            retry=int(text(entry, "retry", default="0")),
            redirection=int(text(entry, "redirection", default="0")),
            # ASSUMPTION: of the two source addresses the IPv4 one counts where there are both; the lab has no other.
            source_address=text(entry, "ipv4-source-address") or text(entry, "ipv6-source-address"),
            router_instance=text(entry, "router-instance", default="Base"),
            http_version=text(entry, "http-version", default="1.1"),
        )
        for entry in children(system, "transmission-profile")
    }


def _ca_profile(
    element: _Element, train: tuple[int, int], transmissions: dict[str, TransmissionConf]
) -> CAProfileConf:
    ocsp = descend(element, "ocsp")
    return CAProfileConf(
        name=text(element, "ca-profile-name"),
        enabled=is_enabled(element),
        description=text(element, "description"),
        cert_file=text(element, "cert-file"),
        crl_file=text(element, "crl-file"),
        crl_required=text(element, "revocation-check", default="crl") == "crl",
        cmp=_cmp(descend(element, "cmpv2"), transmissions),
        crl_update=_crl_update(descend(element, "auto-crl-update"), transmissions),
        ocsp=OCSPConf(
            responder_url=text(ocsp, "responder-url"),
            service_name=text(ocsp, "service-name"),
            transmission=transmissions.get(text(ocsp, "transmission-profile"), TransmissionConf()),
        ),
        restart_key=_canonical(element, _QUIET | _QUIET_SINCE_23_3 if train >= (23, 3) else _QUIET),
    )


def _cert_profile(element: _Element) -> CertProfileConf:
    entries = [
        CertEntryConf(
            entry_id=int(text(entry, "entry-id", default="1")),
            certificate_file=text(entry, "certificate-file"),
            key_file=text(entry, "key-file"),
            send_chain=tuple(
                text(anchor, "ca-profile-name") for anchor in children(descend(entry, "send-chain"), "ca-profile")
            ),
        )
        for entry in children(element, "entry")
    ]
    ordered = tuple(sorted(entries, key=lambda entry: entry.entry_id))
    return CertProfileConf(text(element, "cert-profile-name"), is_enabled(element), ordered)


def _status(element: _Element | None, train: tuple[int, int]) -> StatusConf:
    # ASSUMPTION: before the leaf came, a CRL that was there was heeded, and where there was none clients were let in.
    return StatusConf(
        default=text(element, "default-result", default="revoked" if train >= _STATUS_SINCE else "good"),
        primary=text(element, "ee-revocation", "primary", default="crl"),
        secondary=text(element, "ee-revocation", "secondary", default="none"),
    )


def _tls_profiles(tls: _Element | None, side: str, train: tuple[int, int]) -> dict[str, ServerProfileConf]:
    key = f"{side}-profile-name"
    return {text(entry, key): _tls_profile(entry, key, train) for entry in children(tls, f"{side}-tls-profile")}


def _tls_profile(element: _Element, key: str, train: tuple[int, int]) -> ServerProfileConf:
    return ServerProfileConf(
        name=text(element, key),
        enabled=is_enabled(element),
        cert_profile=text(element, "cert-profile"),
        cipher_list=text(element, "cipher-list"),
        protocol_version=text(element, "protocol-version", default="tls-version-12"),
        trust_anchor_profile=text(element, "authenticate-client", "trust-anchor-profile")
        or text(element, "trust-anchor-profile"),
        status=_status(descend(element, "status-verify"), train),
        common_name_list=text(element, "authenticate-client", "common-name-list"),
    )


def _suites(element: _Element, name: str) -> list[str]:
    ordered = sorted(children(element, name), key=lambda suite: int(text(suite, "index", default="0")))
    return [text(suite, "name") for suite in ordered]


def _cipher_list(element: _Element, key: str) -> CipherListConf:
    return CipherListConf(
        name=text(element, key),
        tls12=tuple(_suites(element, "cipher") + _suites(element, "tls12-cipher")),
        tls13=tuple(_suites(element, "tls13-cipher")),
    )


def _cipher_lists(tls: _Element | None, side: str) -> dict[str, CipherListConf]:
    key = f"{side}-cipher-list-name"
    return {text(entry, key): _cipher_list(entry, key) for entry in children(tls, f"{side}-cipher-list")}


def _est_profile(element: _Element, transmissions: dict[str, TransmissionConf]) -> ESTProfileConf:
    server = descend(element, "server")
    return ESTProfileConf(
        name=text(element, "name"),
        host=text(server, "ipv4") or text(server, "ipv6") or text(server, "fqdn"),
        port=int(text(server, "port", default="443")),
        client_tls_profile=text(element, "client-tls-profile"),
        only_cmc_ra=is_true(element, "check-id-kp-cmcra-only"),
        username=text(element, "http-authentication", "username"),
        password=text(element, "http-authentication", "password"),
        paths={
            name: text(server, "path", name)
            for name in ("cacerts", "simpleenroll", "simplereenroll")
            if text(server, "path", name)
        },
        transmission=transmissions.get(text(element, "transmission-profile")),
    )


def _trust_anchors(tls: _Element | None) -> dict[str, tuple[str, ...]]:
    return {
        text(entry, "trust-anchor-profile-name"): tuple(
            text(anchor, "ca-profile-name") for anchor in children(entry, "trust-anchor")
        )
        for entry in children(tls, "trust-anchor-profile")
    }


def _common_names(pki: _Element | None) -> dict[str, tuple[CommonNameConf, ...]]:
    return {
        text(entry, "cn-list-name"): tuple(
            CommonNameConf(text(item, "cn-type") == "ip-address", text(item, "cn-value"))
            for item in children(entry, "common-name")
        )
        for entry in children(pki, "common-name-list")
    }


def _grpc(element: _Element | None) -> GRPCConf:
    return GRPCConf(
        enabled=is_enabled(element),
        tls_server_profile=text(element, "tls-server-profile"),
        unsecure=descend(element, "allow-unsecure-connection") is not None,
        port=int(text(element, "listening-port", default="57400")),
        gnmi_enabled=is_enabled(descend(element, "gnmi"), default="enable"),
        cert_mgmt_enabled=is_enabled(descend(element, "gnoi", "cert-mgmt")),
    )


def _snmp(system: _Element | None) -> SNMPConf:
    management = descend(system, "management-interface", "snmp")
    models = {"v1": (1,), "v2c": (2,)}
    return SNMPConf(
        enabled=is_enabled(management, default="enable"),
        port=int(text(management, "general-port", default="161")),
        # ASSUMPTION: `rwa` alone reaches security objects, as the classic command reference is recalled to say.
        communities=tuple(
            CommunityConf(text(entry, "community-string"), models.get(text(entry, "version"), (1, 2)))
            for entry in children(descend(system, "security", "snmp"), "community")
            if text(entry, "access-permissions") == "rwa"
        ),
    )


def read_configuration(running: _Element | None, train: tuple[int, int]) -> PKIConf:
    """Read the running configuration; `running` is the `configure` element or anything around it."""
    root = running
    if running is not None and running.tag != f"{{{CONF}}}configure":
        root = running.find(f".//{{{CONF}}}configure")
    system = descend(root, "system")
    pki = descend(system, "security", "pki")
    transmissions = _transmission_profiles(system)
    tls = descend(system, "security", "tls")
    return PKIConf(
        ca_profiles={
            text(entry, "ca-profile-name"): _ca_profile(entry, train, transmissions)
            for entry in children(pki, "ca-profile")
        },
        cert_profiles={item.name: item for item in map(_cert_profile, children(tls, "cert-profile"))},
        server_profiles=_tls_profiles(tls, "server", train),
        client_profiles=_tls_profiles(tls, "client", train),
        trust_anchors=_trust_anchors(tls),
        cipher_lists=_cipher_lists(tls, "server"),
        client_cipher_lists=_cipher_lists(tls, "client"),
        est_profiles={
            text(entry, "name"): _est_profile(entry, transmissions) for entry in children(pki, "est-profile")
        },
        grpc=_grpc(descend(system, "grpc")),
        cli_engines=BOTH if root is None else authorised_engines(root),
        auto_updates=_auto_updates(pki),
        certificate_warning=_warning(descend(pki, "certificate-expiration-warning")),
        common_names=_common_names(pki),
        ipsec=read_ipsec(root),
        snmp=_snmp(system),
        max_chain=int(text(pki, "maximum-cert-chain-depth", default="7")),
        crl_warning=_warning(descend(pki, "crl-expiration-warning")),
        imported_format=text(pki, "imported-format", default="any"),
    )


def _warning(element: _Element | None) -> WarningConf | None:
    hours = text(element, "hours")
    return WarningConf(int(hours), int(text(element, "repeat-hours", default="0"))) if hours else None


def _auto_updates(pki: _Element | None) -> tuple[AutoUpdateConf, ...]:
    profiles = {text(profile, "name"): profile for profile in children(pki, "certificate-update-profile")}
    return tuple(
        _auto_update(entry, profiles.get(text(entry, "profile")))
        for entry in children(pki, "certificate-auto-update")
    )


def _auto_update(entry: _Element, profile: _Element | None) -> AutoUpdateConf:
    after = text(profile, "after-issue")
    key_type = next((name for name in ("rsa", "dsa", "ecdsa") if descend(profile, name) is not None), "")
    return AutoUpdateConf(
        certificate=text(entry, "certificate-file-name"),
        key=text(entry, "key-file-name"),
        est_profile=text(profile, "est", "est-profile"),
        ca_profile=text(profile, "cmpv2", "ca-profile"),
        hash_algorithm=text(profile, "hash-algorithm", default="sha256"),
        retry_interval=int(text(profile, "retry-interval", default="3600")),
        before_expiry=int(text(profile, "before-expiry", default="86400")),
        after_issue=int(after) if after else None,
        key_type=key_type,
        key_size=int(text(profile, key_type, "key-size", default="2048")) if key_type in ("rsa", "dsa") else 2048,
        curve=text(profile, "ecdsa", "curve", default="secp256r1"),
    )
