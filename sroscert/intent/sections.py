"""The intent file as pydantic models: its keys, their types and what they mean.

A *scope* is what may stand at the top of a file, under ``defaults``, in a group and in a router. The models check one
router's scope after everything was laid over everything; they are also where the JSON schema for editors comes from.
"""

from __future__ import annotations

import ipaddress
import pathlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sroscert.model.base import Listed, Named, Strict
from sroscert.model.est import ESTProfile
from sroscert.model.grpc import GRPC
from sroscert.model.log import LogSection
from sroscert.model.pki import CAProfile, CertificateAutoUpdate, CertificateUpdateProfile, CommonNameList
from sroscert.model.pki import ExpirationWarning as WarningHours
from sroscert.model.scalars import Duration, PKIFileName, SecretReference
from sroscert.model.script_control import ScriptControlSection, ScriptUsers, UserName
from sroscert.model.tls import TLSSection
from sroscert.model.transmission import TransmissionProfile
from sroscert.values import Release

RenewalMethod = Literal["auto", "native", "ehs", "external", "none"]
Engine = Literal["python", "md-cli", "classic-cli"]
ClientName = Literal["grpcio", "grpcio-high", "pygnmi", "gnmic", "gnmic-0.34", "java"]
"""The names in ``model.clients``, written out for the JSON schema."""

_UNSAFE = re.compile(r'[,="\\]')
_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*")
MAX_SUBJECT = 256
MAX_DOMAIN_NAMES = 512


def _release(text: str) -> str:
    try:
        release = Release.parse(text)
    except ValueError:
        raise PydanticCustomError("bad-value", "a release looks like 21.2 or 25.10.R1, in quotes") from None
    if text not in (str(release), release.train):
        raise PydanticCustomError("bad-value", "a release looks like 21.2 or 25.10.R1, in quotes")
    return text


def _address(text: str) -> str:
    if len(text) > 253 or not _HOST.fullmatch(text) or re.fullmatch(r"[0-9.]+", text):
        _ip(text)
    return text


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise PydanticCustomError("bad-value", "this is not an IP address") from None


def _dns_name(text: str) -> str:
    if len(text) > 253 or not _HOST.fullmatch(text.removeprefix("*.")):
        raise PydanticCustomError("bad-value", "this is not a DNS name")
    return text


def _subject_value(text: str) -> str:
    # No escape is known for these in `subject-dn`, which is one comma-separated string on every router.
    if unsafe := _UNSAFE.search(text):
        raise PydanticCustomError(
            "unsafe-subject", "a subject cannot hold {what}: SR OS has no way to write it", {"what": unsafe[0]}
        )
    if text != text.strip() or not text:
        raise PydanticCustomError("unsafe-subject", "a part of a subject does not begin or end with a blank")
    return text


def _reason(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("bad-value", "a reason is not blank")
    return text


SubjectValue = Annotated[str, AfterValidator(_subject_value)]
Address = Annotated[str, AfterValidator(_address)]
IPAddress = Annotated[str, AfterValidator(_ip)]
DNSName = Annotated[str, AfterValidator(_dns_name)]
ReleaseText = Annotated[str, AfterValidator(_release)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Ports(Strict):
    """Where we connect; never part of the configuration."""

    netconf: Port = 830
    ssh: Port = 22
    gnmi: Port = 57400


class Login(Strict):
    """How we get onto a router."""

    username: str = Field(min_length=1)
    password: SecretReference = Field(description="reference to the password: env:, file:, keyring: or prompt:")
    known_hosts: pathlib.Path = Field(
        default=pathlib.Path("~/.ssh/known_hosts"), strict=False, description="file of known SSH host keys"
    )
    ports: Ports = Field(default_factory=Ports)


class KeySection(Strict):
    """The key pair, made on the router and never leaving it."""

    file: PKIFileName | None = Field(default=None, description="name in system-pki; `<certificate>-key` when left out")
    type: Literal["rsa", "ecdsa"] = "rsa"
    size: int | None = Field(default=None, ge=2048, le=8192, description="bits of an RSA key; 2048 when left out")
    curve: Literal["secp256r1", "secp384r1", "secp521r1"] | None = Field(
        default=None, description="curve of an ECDSA key; secp256r1 when left out"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.type == "rsa" and self.curve is not None:
            raise PydanticCustomError("bad-value", "an RSA key has a size, not a curve")
        if self.type == "ecdsa" and self.size is not None:
            raise PydanticCustomError("bad-value", "an ECDSA key has a curve, not a size")
        return self


class Subject(Strict):
    """The distinguished name: the five attributes that SR OS takes, in this order."""

    C: Annotated[SubjectValue | None, Field(pattern="^[A-Z]{2}$")] = Field(default=None, description="country")
    ST: SubjectValue | None = Field(default=None, description="state or province")
    O: SubjectValue | None = Field(default=None, description="organisation")  # noqa: E741
    OU: SubjectValue | None = Field(default=None, description="organisational unit")
    CN: SubjectValue | None = Field(default=None, description="common name")

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the attributes that are there."""
        values = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, value) for name, value in values if value is not None)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        pairs = self.pairs()
        if not pairs:
            raise PydanticCustomError("bad-value", "a subject has at least one of C, ST, O, OU, CN")
        if len(",".join(f"{name}={value}" for name, value in pairs)) > MAX_SUBJECT:
            raise PydanticCustomError("unsafe-subject", f"the subject is longer than {MAX_SUBJECT} characters")
        return self


class SAN(Strict):
    """The names that clients know the router by."""

    ip: Annotated[tuple[IPAddress, ...], Listed] = Field(default=(), description="one address at most")
    dns: Annotated[tuple[DNSName, ...], Listed] = Field(default=(), description="DNS names")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.ip) > 1:
            raise PydanticCustomError(
                "several-ip-addresses", "SR OS can ask for one IP address in a certificate, not for several"
            )
        if len(",".join(self.dns)) > MAX_DOMAIN_NAMES:
            raise PydanticCustomError("bad-value", f"the DNS names are longer than {MAX_DOMAIN_NAMES} characters")
        return self


class Enrolment(Strict):
    """How the first request to the CA is protected (RFC 9810 section 5.1.3)."""

    protection: Literal["password"] = "password"
    reference: str = Field(min_length=1, max_length=64, description="number of the enrolment code at the CA, in quotes")
    secret: SecretReference = Field(description="reference to the enrolment code; one code a router")


class Renewal(Strict):
    """When and by whom the certificate is renewed."""

    before: Duration = Field(default=timedelta(days=30), description="how long before expiry")
    method: RenewalMethod = Field(
        default="auto",
        description="native (on the router, from 22.10), ehs (a script on the router), external (by sroscert), none; "
        "auto takes the best that the release has",
    )
    engine: Engine | None = Field(
        default=None,
        description="what runs event-handling scripts: python (model-driven mode, from 23.3) or a CLI engine; left "
        "out, python where the router has it, else the CLI engine that it shows, or md-cli",
    )
    min_delay: int | None = Field(
        default=None, ge=1, le=604800,
        description="seconds between two runs of the script; left out, 3600, or half the time between two warnings",
    )
    script_user: UserName | None = Field(
        default=None,
        description="local user whose rights the script has; one for all scripts of its kind on a router: it says the "
        "same as script_users, for the kind that the router runs",
    )


class CertificateSection(Strict):
    """A certificate of the router; its name is the file name in system-pki."""

    ca_profile: str = Field(description="the CA profile that issues it")
    key: KeySection = Field(default_factory=KeySection)
    subject: Subject
    san: SAN = Field(default_factory=SAN)
    enrolment: Enrolment = Field(description="how to get the first one")
    lifetime: Duration | None = Field(
        default=None, description="how long the CA makes it valid, where that is known; lint compares renewal with it"
    )
    renewal: Renewal = Field(default_factory=Renewal)


class VerifyGNMI(Strict):
    """What gNMI Capabilities must tell."""

    models: Annotated[tuple[str, ...], Listed] = Field(default=(), description="YANG models that must be there")
    clients: Annotated[tuple[ClientName, ...], Listed] = Field(
        default=(), description="clients that must be able to speak the cipher suites; lint looks at it"
    )


class Lint(Strict):
    """What lint may find."""

    accept: Mapping[str, Annotated[str, Field(min_length=1), AfterValidator(_reason)]] = Field(
        default_factory=dict, description="code of a warning or note → why it is put up with; it is still shown"
    )


class Verify(Strict):
    """What is checked after a change, besides the handshake."""

    gnmi: VerifyGNMI | None = None


class Scope(Strict):
    """What may stand at the top of a file, under defaults, in a group and in a router."""

    login: Login | None = Field(default=None, description="how we get onto the router")
    release: ReleaseText | None = Field(default=None, description='SR OS release, e.g. "21.2"; read from the router')
    ca_profiles: Annotated[Mapping[str, CAProfile], Named] = Field(default_factory=dict)
    certificates: Mapping[PKIFileName, CertificateSection] = Field(default_factory=dict)
    transmission_profiles: Annotated[Mapping[str, TransmissionProfile], Named] = Field(
        default_factory=dict, description="how files and CRLs are fetched"
    )
    est_profiles: Annotated[Mapping[str, ESTProfile], Named] = Field(
        default_factory=dict, description="EST servers (from 21.10)"
    )
    expiration_warning: WarningHours | None = Field(default=None, description="certificate-expiration-warning")
    crl_expiration_warning: WarningHours | None = Field(default=None)
    common_name_lists: Annotated[Mapping[str, CommonNameList], Named] = Field(default_factory=dict)
    certificate_update_profiles: Annotated[Mapping[str, CertificateUpdateProfile], Named] = Field(
        default_factory=dict, description="native renewal declared outright (from 22.10)"
    )
    certificate_auto_update: Annotated[Mapping[PKIFileName, CertificateAutoUpdate], Named] = Field(
        default_factory=dict, description="certificate file → key file and profile (from 22.10)"
    )
    tls: TLSSection = Field(default_factory=TLSSection)
    grpc: GRPC | None = None
    log: LogSection = Field(default_factory=LogSection)
    script_control: ScriptControlSection = Field(default_factory=ScriptControlSection)
    script_users: ScriptUsers = Field(default_factory=ScriptUsers, description="who scripts of event handling run as")
    verify: Verify = Field(default_factory=Verify)
    lint: Lint = Field(default_factory=Lint, description="what `sroscert lint` may find")


class RouterSection(Scope):
    """A router; what it says wins over its groups and the defaults, and null takes away what they say."""

    address: Address = Field(description="where we connect: an IP address or a name")
    groups: Annotated[tuple[str, ...], Listed] = Field(default=(), description="groups, the last one wins")


class GroupSection(Scope):
    """What several routers share."""


class IntentFile(Scope):
    """One intent file; several are put together."""

    version: Literal[1] = Field(description="format of the file")
    defaults: GroupSection | None = Field(default=None, description="what holds for every router")
    groups: Mapping[str, GroupSection] = Field(default_factory=dict)
    routers: Mapping[str, RouterSection] = Field(default_factory=dict)
