"""The part of the configuration that concerns PKI, TLS and gRPC, as plain values with their defaults.

YANG paths: /configure/system/security/pki, /configure/system/security/tls, /configure/system/grpc and /configure/ipsec.
Owns no decision: what a value means for the operational state is in profiles.py. Reading them is confreading.py's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..engines import BOTH


@dataclass(frozen=True, slots=True)
class TransmissionConf:
    """One `transmission-profile`, or what holds without one.

    ASSUMPTION: no `retry` and no `redirection` are none, and without a profile its defaults hold.
    """

    timeout_s: float = 60
    retry: int = 0
    redirection: int = 0
    source_address: str = ""
    router_instance: str = "Base"
    http_version: str = "1.1"


@dataclass(frozen=True, slots=True)
class CMPConf:
    """`ca-profile/cmpv2`."""

    url: str = ""
    service_name: str = ""
    response_timeout_s: int = 30
    http_version: str = "1.1"
    unprotected_error: bool = False
    unprotected_pkiconf: bool = False
    always_set_sender: bool = False
    same_recipient_nonce: bool = False
    response_signing_cert: str = ""
    signing_in_answer: bool = False
    signing_subject: str = ""
    recipient_subject: str = ""
    #: None when the URL names no profile.
    transmission: TransmissionConf | None = None


@dataclass(frozen=True, slots=True)
class OCSPConf:
    """`ca-profile/ocsp`."""

    responder_url: str = ""
    service_name: str = ""
    transmission: TransmissionConf = field(default_factory=TransmissionConf)


@dataclass(frozen=True, slots=True)
class CRLSource:
    """One `url-entry`: where a CRL is, and how it is asked for where a transmission profile says it."""

    entry_id: int
    url: str
    transmission: TransmissionConf | None = None


@dataclass(frozen=True, slots=True)
class CRLUpdateConf:
    """`ca-profile/auto-crl-update`; times in seconds, URLs by number in their order."""

    enabled: bool = False
    periodic: bool = False
    interval: int = 86400
    pre_update: int = 3600
    retry: int = 3600
    urls: tuple[CRLSource, ...] = ()


@dataclass(frozen=True, slots=True)
class CAProfileConf:
    """One `ca-profile`."""

    name: str
    enabled: bool = False
    description: str = ""
    cert_file: str = ""
    crl_file: str = ""
    crl_required: bool = True
    cmp: CMPConf = field(default_factory=CMPConf)
    crl_update: CRLUpdateConf | None = None
    ocsp: OCSPConf = field(default_factory=OCSPConf)
    #: Everything whose change restarts the profile (`auto-restart-to-modify`), in one string.
    restart_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CertEntryConf:
    """One `cert-profile/entry`, of TLS or IPsec."""

    entry_id: int
    certificate_file: str = ""
    key_file: str = ""
    send_chain: tuple[str, ...] = ()
    #: `compare-chain-include`, of IPsec alone.
    compare_with: str = ""


@dataclass(frozen=True, slots=True)
class CertProfileConf:
    """One `cert-profile`, of TLS or IPsec."""

    name: str
    enabled: bool = False
    entries: tuple[CertEntryConf, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusConf:
    """`status-verify`: how it is found out whether a client's certificate is revoked."""

    default: str = "revoked"
    primary: str = "crl"
    secondary: str = "none"


@dataclass(frozen=True, slots=True)
class ServerProfileConf:
    """One `server-tls-profile` (or, with the fields it has, `client-tls-profile`)."""

    name: str
    enabled: bool = False
    cert_profile: str = ""
    cipher_list: str = ""
    protocol_version: str = "tls-version-12"
    trust_anchor_profile: str = ""
    status: StatusConf = field(default_factory=StatusConf)
    common_name_list: str = ""


@dataclass(frozen=True, slots=True)
class CipherListConf:
    """One `server-cipher-list` or `client-cipher-list`: names in the order of their index."""

    name: str
    tls12: tuple[str, ...] = ()
    tls13: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ESTProfileConf:
    """One `est-profile`; `paths` are those of 26.3, by operation.

    A limit of the lab: of a transmission-profile only the routing instance and the source address are read.
    """

    name: str
    host: str = ""
    port: int = 443
    client_tls_profile: str = ""
    only_cmc_ra: bool = False
    username: str = ""
    password: str = field(default="", repr=False)
    paths: dict[str, str] = field(default_factory=dict)
    transmission: TransmissionConf | None = None


@dataclass(frozen=True, slots=True)
class GRPCConf:
    """`/configure/system/grpc`."""

    enabled: bool = False
    tls_server_profile: str = ""
    unsecure: bool = False
    port: int = 57400
    gnmi_enabled: bool = True
    cert_mgmt_enabled: bool = False


@dataclass(frozen=True, slots=True)
class AutoUpdateConf:
    """One `certificate-auto-update` with its `certificate-update-profile`; times in seconds.

    `key_type` is empty for a key like the one in use.
    """

    certificate: str
    key: str
    #: One of the two.
    ca_profile: str = ""
    est_profile: str = ""
    hash_algorithm: str = "sha256"
    retry_interval: int = 3600
    before_expiry: int = 86400
    after_issue: int | None = None
    key_type: str = ""
    key_size: int = 2048
    curve: str = "secp256r1"


@dataclass(frozen=True, slots=True)
class CommonNameConf:
    """One `common-name-list/common-name`: an expression for names of one kind."""

    is_address: bool
    expression: str


@dataclass(frozen=True, slots=True)
class CommunityConf:
    """One `snmp community` that may reach security objects; `models` are 1 for SNMPv1 and 2 for SNMPv2c."""

    name: str = field(repr=False)
    models: tuple[int, ...] = (1, 2)


@dataclass(frozen=True, slots=True)
class SNMPConf:
    """`management-interface snmp` and `security snmp community`."""

    enabled: bool = False
    port: int = 161
    communities: tuple[CommunityConf, ...] = ()


@dataclass(frozen=True, slots=True)
class WarningConf:
    """`certificate-expiration-warning` or `crl-expiration-warning`, when its `hours` are set."""

    hours: int
    repeat_hours: int = 0


@dataclass(frozen=True, slots=True)
class TransportConf:
    """`ipsec-transport-mode-profile/key-exchange/dynamic/cert`: the one user of the profiles outside of services."""

    name: str
    cert_profile: str = ""
    trust_anchor_profile: str = ""
    status: StatusConf = field(default_factory=StatusConf)


@dataclass(frozen=True, slots=True)
class IPsecConf:
    """`/configure/ipsec`, each list by name; trust anchors are CA profiles."""

    cert_profiles: dict[str, CertProfileConf] = field(default_factory=dict)
    trust_anchors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    transports: dict[str, TransportConf] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PKIConf:
    """Everything that the PKI side reads from the running configuration."""

    ca_profiles: dict[str, CAProfileConf] = field(default_factory=dict)
    cert_profiles: dict[str, CertProfileConf] = field(default_factory=dict)
    server_profiles: dict[str, ServerProfileConf] = field(default_factory=dict)
    client_profiles: dict[str, ServerProfileConf] = field(default_factory=dict)
    trust_anchors: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cipher_lists: dict[str, CipherListConf] = field(default_factory=dict)
    grpc: GRPCConf = field(default_factory=GRPCConf)
    cli_engines: tuple[str, ...] = BOTH
    auto_updates: tuple[AutoUpdateConf, ...] = ()
    certificate_warning: WarningConf | None = None
    crl_warning: WarningConf | None = None
    client_cipher_lists: dict[str, CipherListConf] = field(default_factory=dict)
    est_profiles: dict[str, ESTProfileConf] = field(default_factory=dict)
    common_names: dict[str, tuple[CommonNameConf, ...]] = field(default_factory=dict)
    snmp: SNMPConf = field(default_factory=SNMPConf)
    ipsec: IPsecConf = field(default_factory=IPsecConf)
    max_chain: int = 7
    #: `imported-format`: `any`, or `secure` for files in that form only.
    imported_format: str = "any"
