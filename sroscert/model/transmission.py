"""Transmission profiles, ``/configure/system/transmission-profile``: how files and CRLs are fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sroscert.model.base import Entries, Entry, Named
from sroscert.values import Path

SYSTEM = Path.of("configure", "system")


class TransmissionProfile(Entry):
    """Through which router instance, from which address and how patiently a server is asked."""

    router_instance: str | None = Field(default=None, min_length=1, description="Base when left out")
    ipv4_source_address: str | None = Field(default=None)
    ipv6_source_address: str | None = Field(default=None)
    redirection: int | None = Field(default=None, ge=1, le=8, description="how many redirections are followed")
    retry: int | None = Field(default=None, ge=1, le=256)
    timeout: int | None = Field(default=None, ge=1, le=3600, description="seconds")
    http_version: Literal["1.0", "1.1"] | None = Field(default=None, description="HTTP version, in quotes (from 23.3)")


TransmissionProfiles = Annotated[
    Mapping[str, TransmissionProfile], Named, Entries("transmission-profile", "name")
]
