"""EST profiles, ``/configure/system/security/pki/est-profile`` (from 21.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sroscert.model.base import Entries, Entry, Named, Node
from sroscert.model.scalars import NamedItem, SecretReference


class ESTPath(Node):
    """Other paths than those of RFC 7030 (from 26.3)."""

    cacerts: str | None = Field(default=None, min_length=1, max_length=255, pattern="^/")
    simpleenroll: str | None = Field(default=None, min_length=1, max_length=255, pattern="^/")
    simplereenroll: str | None = Field(default=None, min_length=1, max_length=255, pattern="^/")


class ESTServer(Node):
    """Where the EST server listens; one kind of address."""

    fqdn: str | None = Field(default=None, min_length=1, max_length=255, description="its DNS name")
    ipv4: str | None = Field(default=None)
    ipv6: str | None = Field(default=None)
    port: int | None = Field(default=None, ge=1, le=65535, description="443 when left out")
    path: ESTPath | None = Field(default=None, description="from 26.3")

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if sum(address is not None for address in (self.fqdn, self.ipv4, self.ipv6)) != 1:
            raise PydanticCustomError("bad-value", "an EST server has one of `fqdn`, `ipv4` and `ipv6`")
        return self


class HTTPAuthentication(Node):
    """How the router logs in to the EST server, besides by certificate."""

    username: str = Field(min_length=1, max_length=32)
    password: SecretReference = Field(description="reference to the password: env:, file:, keyring: or prompt:")


class ESTProfile(Entry):
    """An EST server and how it is spoken to."""

    server: ESTServer
    client_tls_profile: NamedItem | None = Field(default=None, description="a client profile of this intent")
    transmission_profile: NamedItem | None = Field(default=None, description="transmission profile to use")
    check_id_kp_cmcra_only: bool | None = Field(
        default=None, description="the server's certificate must be one of a registration authority"
    )
    http_authentication: HTTPAuthentication | None = Field(default=None)


ESTProfiles = Annotated[Mapping[str, ESTProfile], Named, Entries("est-profile", "name")]
