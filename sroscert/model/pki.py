"""CA profiles, expiry warnings and native renewal: ``/configure/system/security/pki``."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sroscert.model.base import Empty, Entries, Entry, Leaf, Local, Named, Node, Presence
from sroscert.model.scalars import (
    HTTPURL,
    AdminState,
    Description,
    EntryNumber,
    NamedItem,
    PKIFileName,
    SecretReference,
)
from sroscert.values import Path

PKI = Path.of("configure", "system", "security", "pki")


class OCSP(Node):
    """Where to ask for a certificate's status."""

    responder_url: HTTPURL | None = Field(default=None, description="OCSP responder")
    service_name: str | None = Field(default=None, description="service that reaches the responder")
    transmission_profile: str | None = Field(default=None, description="file transmission profile to use")


class AcceptUnprotectedMessage(Node):
    """Which CMP messages are taken without protection (RFC 9810 section 5.1.3)."""

    error_message: bool | None = Field(default=None, description="accept error messages without protection")
    pkiconf_message: bool | None = Field(default=None, description="accept pkiConf messages without protection")


class HTTP(Node):
    """The transport of CMP (RFC 9811)."""

    response_timeout: int | None = Field(default=None, ge=1, le=3600, description="seconds to wait for an answer")
    version: Literal["1.0", "1.1"] | None = Field(default=None, description="HTTP version, in quotes")


class CMPURL(Node):
    """The address of the CMP server."""

    url_string: HTTPURL | None = Field(default=None, description="http:// address of the CMP server")
    service_name: str | None = Field(default=None, description="service that reaches the server")
    transmission_profile: str | None = Field(default=None, description="file transmission profile to use (from 23.3)")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"url_string": data} if isinstance(data, str) else data


class Key(Node):
    """A shared secret with the CA, filed under its reference number."""

    password: SecretReference = Field(description="reference to the secret: env:, file:, keyring: or prompt:")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"password": data} if isinstance(data, str) else data


class CMPv2(Node):
    """How to talk to the CA over CMP version 2."""

    always_set_sender_for_ir: bool | None = Field(default=None, description="put the subject into every ir as sender")
    same_recipient_nonce_for_poll_request: bool | None = Field(
        default=None, description="use the last response's recipient nonce again in a pollReq"
    )
    response_signing_cert: PKIFileName | None = Field(default=None, description="certificate that verifies responses")
    response_signing_use_extracert: Annotated[bool, Empty()] = Field(
        default=False, description="verify responses by a certificate that they bring along (from 22.10)"
    )
    signing_cert_subject: str | None = Field(
        default=None, min_length=1, max_length=256, description="subject of that certificate (from 23.3)"
    )
    use_ca_subject: Annotated[bool, Empty()] = Field(
        default=False, description="the recipient is the CA's subject (from 22.10)"
    )
    recipient_subject: str | None = Field(
        default=None, min_length=1, max_length=256, description="another recipient (from 22.10)"
    )
    accept_unprotected_message: AcceptUnprotectedMessage | None = Field(default=None)
    http: HTTP | None = Field(default=None)
    url: CMPURL | None = Field(default=None, description="the CMP server: an http:// address, or its parts")
    key_list: Annotated[Mapping[str, Key], Entries("key-list/key", "reference-number")] = Field(
        default_factory=dict, description="reference number → secret; enrolment by password adds its own"
    )

    def with_key(self, reference: str, secret: str) -> CMPv2:
        """Return the same with one more key; a key that is declared outright wins."""
        if reference in self.key_list:
            return self
        return self.model_copy(update={"key_list": {**self.key_list, reference: Key(password=secret)}})


class CRLURL(Node):
    """One place to fetch the CRL from."""

    url: HTTPURL | None = Field(default=None, description="http:// address of the CRL")
    transmission_profile: str | None = Field(default=None, description="file transmission profile to use")


class AutoCRLUpdate(Node):
    """The router fetches the CRL by itself."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    periodic_update_interval: int | None = Field(default=None, ge=3600, le=31622400, description="seconds")
    pre_update_time: int | None = Field(default=None, ge=0, le=31622400, description="seconds")
    retry_interval: int | None = Field(default=None, ge=0, le=31622400, description="seconds")
    schedule_type: Literal["next-update-based", "periodic"] | None = Field(default=None)
    crl_urls: Annotated[Mapping[EntryNumber, CRLURL], Entries("crl-urls/url-entry", "entry-id")] = Field(
        default_factory=dict, description="entry number (1..8) → address"
    )


class CAProfile(Entry):
    """A certification authority: its certificate, its revocation data, its CMP server."""

    certificate: Annotated[pathlib.Path | None, Local()] = Field(
        default=None, strict=False, description="local file with the CA's certificate, PEM or DER"
    )
    admin_state: AdminState = Field(default=AdminState.ENABLE)
    description: Description | None = Field(default=None)
    file: Annotated[PKIFileName, Leaf("cert-file")] = Field(
        default="", description="name in system-pki (cert-file); by default the local file's name"
    )
    retired: Annotated[bool, Local()] = Field(
        default=False, description="rolled over: taken off the router once no certificate in use is of this CA"
    )
    crl_file: PKIFileName | None = Field(default=None, description="CRL in system-pki")
    revocation_check: Literal["crl", "crl-optional"] | None = Field(default=None)
    ocsp: OCSP | None = Field(default=None)
    cmpv2: CMPv2 | None = Field(default=None)
    auto_crl_update: Annotated[AutoCRLUpdate | None, Presence()] = Field(default=None)

    @model_validator(mode="before")
    @classmethod
    def _file_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("certificate"), str) and "file" not in data:
            return {**data, "file": pathlib.PurePath(data["certificate"]).name}
        return data

    @model_validator(mode="after")
    def _has_file(self) -> Self:
        if not self.file:
            raise PydanticCustomError("missing-key", "a CA profile needs `certificate` (a local file), or `file`")
        return self


class ExpirationWarning(Node):
    """When the router warns that a certificate or a CRL in use is about to expire."""

    hours: int = Field(ge=0, le=8760, description="first warning, in hours before expiry")
    repeat_hours: int | None = Field(default=None, ge=0, le=8760, description="repeat every so many hours")


class CommonName(Node):
    """A pattern that a client's certificate may match."""

    cn_type: Literal["ip-address", "domain-name"]
    cn_value: str = Field(min_length=1)


class CommonNameList(Entry):
    """The names of clients that are let in."""

    common_name: Annotated[Mapping[EntryNumber, CommonName], Entries("common-name", "cn-index")] = Field(
        default_factory=dict
    )


class UpdateProtocol(Node):
    """Native renewal through a CA profile."""

    ca_profile: str


class ESTUpdate(Node):
    """Native renewal through an EST profile."""

    est_profile: str


class KeySize(Node):
    """A new key of so many bits."""

    key_size: int = Field(default=2048, ge=512, le=8192)


class Curve(Node):
    """A new key on this curve."""

    curve: Literal["secp256r1", "secp384r1", "secp521r1"] = Field(default="secp256r1")


class CertificateUpdateProfile(Entry):
    """When and how the router renews a certificate by itself (from 22.10)."""

    hash_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] | None = Field(default=None)
    retry_interval: int | None = Field(default=None, ge=60, le=36000, description="seconds")
    cmpv2: UpdateProtocol | None = Field(default=None)
    est: ESTUpdate | None = Field(default=None)
    same_as_existing_key: Annotated[bool, Empty()] = Field(default=False)
    rsa: KeySize | None = Field(default=None)
    ecdsa: Curve | None = Field(default=None)
    before_expiry: int | None = Field(default=None, ge=3600, le=157680000, description="seconds before expiry")
    after_issue: int | None = Field(default=None, ge=864000, le=157680000, description="seconds after issue")


class CertificateAutoUpdate(Entry):
    """Which pair of files the router renews by itself (from 22.10), filed under the certificate's name."""

    key_file_name: PKIFileName
    profile: NamedItem


CAProfiles = Annotated[Mapping[str, CAProfile], Named, Entries("ca-profile", "ca-profile-name")]
CommonNameLists = Annotated[Mapping[str, CommonNameList], Named, Entries("common-name-list", "cn-list-name")]
