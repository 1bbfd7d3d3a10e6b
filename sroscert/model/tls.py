"""Certificate profiles, cipher lists and TLS profiles: ``/configure/system/security/tls``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sroscert.model.base import Entries, Entry, Listed, Local, Named, Node, Strict
from sroscert.model.scalars import AdminState, EntryNumber, PKIFileName
from sroscert.values import Path

TLS = Path.of("configure", "system", "security", "tls")

ProtocolVersion = Literal["tls-version-12", "tls-version-13", "tls-version-all"]
CipherClass = Literal["modern", "compatible"]



class CertProfileEntry(Node):
    """One pair of a certificate and its key: of a declared certificate, or of two files in system-pki."""

    certificate: Annotated[str | None, Local()] = Field(default=None, description="a certificate of this intent")
    certificate_file: PKIFileName | None = Field(default=None, description="a file in system-pki that we do not manage")
    key_file: PKIFileName | None = Field(default=None, description="its key in system-pki")
    send_chain: Annotated[tuple[str, ...], Listed, Local()] = Field(
        default=(), description="CA profiles whose certificates are sent along"
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"certificate": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        files = self.certificate_file is not None and self.key_file is not None
        if (self.certificate is None) == (not files):
            raise PydanticCustomError("bad-value", "an entry names `certificate`, or `certificate_file` and `key_file`")
        return self


class CertProfile(Entry):
    """What the router shows in a handshake; entries 1 to 8."""

    entries: Annotated[Mapping[EntryNumber, CertProfileEntry], Entries("entry", "entry-id")] = Field(
        default_factory=dict
    )
    admin_state: AdminState = Field(default=AdminState.ENABLE)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, dict) and any(str(key).isdigit() for key in data):
            return {"entries": data}
        return data


class NumberedList(Entry):
    """Names in the order of preference, each an entry with a number on the router."""

    numbers: Annotated[tuple[EntryNumber, ...], Listed, Local()] = Field(
        default=(), description="numbers of the entries, one a name, where they are not 1, 2, 3 …"
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are given outright."""
        return ()

    @model_validator(mode="after")
    def _one_number_each(self) -> Self:
        if self.numbers and len(self.numbers) != len(self.names):
            raise PydanticCustomError("bad-value", "`numbers` has one number for each name, and no name is left out")
        return self


class CipherList(NumberedList):
    """Which cipher suites are offered: a class that follows the release, or names in the order of preference."""

    cipher_class: Annotated[CipherClass | None, Local()] = Field(
        default=None, description="modern (forward secrecy only) or compatible: what the release offers of it"
    )
    ciphers: Annotated[tuple[str, ...], Listed, Local()] = Field(
        default=(), description="names of SR OS; those of TLS 1.3 go to tls13-cipher"
    )

    @property
    def names(self) -> tuple[str, ...]:
        """The suites that are given by name."""
        return self.ciphers

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            return {"cipher_class": data}
        return {"ciphers": data} if isinstance(data, list) else data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.cipher_class is None) == (not self.ciphers):
            raise PydanticCustomError("bad-value", "a cipher list is `modern`, `compatible`, or a list of names")
        return self


class GroupList(NumberedList):
    """Key exchange groups for TLS 1.3 in the order of preference (from 22.7)."""

    groups: Annotated[tuple[str, ...], Listed, Local()]

    @property
    def names(self) -> tuple[str, ...]:
        """The groups."""
        return self.groups

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"groups": data} if isinstance(data, list) else data


class SignatureList(NumberedList):
    """Signature algorithms for TLS 1.3 in the order of preference (from 22.7)."""

    signatures: Annotated[tuple[str, ...], Listed, Local()]

    @property
    def names(self) -> tuple[str, ...]:
        """The signatures."""
        return self.signatures

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"signatures": data} if isinstance(data, list) else data


class EERevocation(Node):
    """How the revocation of a peer's certificate is found out (from 24.10)."""

    primary: Literal["crl", "ocsp"] | None = Field(default=None)
    secondary: Literal["crl", "ocsp", "none"] | None = Field(default=None)


class StatusVerify(Node):
    """What an unknown revocation status means (from 23.7)."""

    default_result: Literal["revoked", "good"] | None = Field(default=None)
    ee_revocation: EERevocation | None = Field(default=None)


class AuthenticateClient(Node):
    """Ask clients for a certificate too."""

    trust_anchor_profile: str | None = Field(default=None)
    common_name_list: str | None = Field(default=None)


class ServerTLSProfile(Entry):
    """TLS for what listens on the router."""

    cert_profile: str
    cipher_list: str | None = Field(default=None)
    group_list: str | None = Field(default=None, description="from 22.7")
    signature_list: str | None = Field(default=None, description="from 22.7")
    protocol_version: ProtocolVersion | None = Field(default=None, description="from 22.7; TLS 1.2 when left out")
    tls_re_negotiate_timer: int | None = Field(default=None, ge=0, le=65000, description="minutes; gRPC wants 0")
    status_verify: StatusVerify | None = Field(default=None)
    authenticate_client: AuthenticateClient | None = Field(default=None)
    admin_state: AdminState = Field(default=AdminState.ENABLE)


class ClientTLSProfile(Entry):
    """TLS for what the router connects to."""

    cert_profile: str | None = Field(default=None)
    cipher_list: str | None = Field(default=None)
    trust_anchor_profile: str | None = Field(default=None)
    group_list: str | None = Field(default=None, description="from 22.7")
    signature_list: str | None = Field(default=None, description="from 22.7")
    protocol_version: ProtocolVersion | None = Field(default=None, description="from 22.7; TLS 1.2 when left out")
    status_verify: StatusVerify | None = Field(default=None)
    admin_state: AdminState = Field(default=AdminState.ENABLE)


class TrustAnchorProfile(Entry):
    """The CA profiles that a peer's certificate may come from, at most 8."""

    trust_anchor: Annotated[tuple[str, ...], Listed, Local()] = Field(description="names of CA profiles")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"trust_anchor": data} if isinstance(data, list) else data


class TLSSection(Strict):
    """Everything below ``tls`` in an intent."""

    cert_profiles: Annotated[Mapping[str, CertProfile], Named] = Field(
        default_factory=dict, description="name → entry number → certificate"
    )
    server_cipher_lists: Annotated[Mapping[str, CipherList], Named] = Field(default_factory=dict)
    client_cipher_lists: Annotated[Mapping[str, CipherList], Named] = Field(default_factory=dict)
    server_group_lists: Annotated[Mapping[str, GroupList], Named] = Field(default_factory=dict)
    client_group_lists: Annotated[Mapping[str, GroupList], Named] = Field(default_factory=dict)
    server_signature_lists: Annotated[Mapping[str, SignatureList], Named] = Field(default_factory=dict)
    client_signature_lists: Annotated[Mapping[str, SignatureList], Named] = Field(default_factory=dict)
    trust_anchor_profiles: Annotated[Mapping[str, TrustAnchorProfile], Named] = Field(default_factory=dict)
    server_profiles: Annotated[Mapping[str, ServerTLSProfile], Named] = Field(default_factory=dict)
    client_profiles: Annotated[Mapping[str, ClientTLSProfile], Named] = Field(default_factory=dict)
