"""What loading an intent yields: routers with everything resolved. Plain frozen values, no behaviour of their own."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sroscert.intent.sections import Enrolment, Lint, Login, Ports, Renewal, Verify, VerifyGNMI
from sroscert.model.est import ESTProfile
from sroscert.model.grpc import GRPC
from sroscert.model.log import LogSection
from sroscert.model.pki import (
    CAProfile,
    CertificateAutoUpdate,
    CertificateUpdateProfile,
    CommonNameList,
    ExpirationWarning,
)
from sroscert.model.script_control import ScriptControlSection, ScriptUsers
from sroscert.model.tls import TLSSection
from sroscert.model.transmission import TransmissionProfile
from sroscert.values import Release

TLS = TLSSection

__all__ = [
    "TLS", "CAProfile", "CertificateIntent", "Enrolment", "Intent", "KeyIntent", "Lint", "Login", "Ports", "Renewal",
    "RouterIntent", "Verify", "VerifyGNMI",
]


@dataclass(frozen=True)
class KeyIntent:
    """The key pair that is wanted. ``size`` is in bits and 0 for an ECDSA key; ``curve`` is empty for an RSA key."""

    file: str
    type: str
    size: int
    curve: str


@dataclass(frozen=True)
class CertificateIntent:
    """The certificate that is wanted; ``name`` is the plain file name in system-pki."""

    name: str
    ca_profile: str
    key: KeyIntent
    subject: tuple[tuple[str, str], ...]
    san_ips: tuple[str, ...]
    san_dns: tuple[str, ...]
    enrolment: Enrolment
    renewal: Renewal
    lifetime: timedelta | None = None

    @property
    def subject_dn(self) -> str:
        """The subject as SR OS takes it, e.g. ``C=NL,ST=ZH,O=Nokia,CN=sr``."""
        return ",".join(f"{name}={value}" for name, value in self.subject)


@dataclass(frozen=True)
class RouterIntent:
    """What is wanted of one router: defaults, groups and its own section laid over one another."""

    name: str
    address: str
    release: Release | None
    login: Login
    ca_profiles: Mapping[str, CAProfile]
    certificates: Mapping[str, CertificateIntent]
    tls: TLS = field(default_factory=TLSSection)
    grpc: GRPC | None = None
    log: LogSection = field(default_factory=LogSection)
    script_control: ScriptControlSection = field(default_factory=ScriptControlSection)
    script_users: ScriptUsers = field(default_factory=ScriptUsers)
    expiration_warning: ExpirationWarning | None = None
    crl_expiration_warning: ExpirationWarning | None = None
    common_name_lists: Mapping[str, CommonNameList] = field(default_factory=dict)
    certificate_update_profiles: Mapping[str, CertificateUpdateProfile] = field(default_factory=dict)
    certificate_auto_update: Mapping[str, CertificateAutoUpdate] = field(default_factory=dict)
    transmission_profiles: Mapping[str, TransmissionProfile] = field(default_factory=dict)
    est_profiles: Mapping[str, ESTProfile] = field(default_factory=dict)
    verify: Verify = field(default_factory=Verify)
    lint: Lint = field(default_factory=Lint)
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Intent:
    """The whole of one or many files. Relative ``file:`` references count from ``base``."""

    version: int
    files: tuple[pathlib.Path, ...]
    routers: Mapping[str, RouterIntent]
    base: pathlib.Path
