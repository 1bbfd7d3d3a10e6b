"""The gRPC server: ``/configure/system/grpc``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from sroscert.model.base import Empty, Entries, Listed, Node
from sroscert.model.scalars import AdminState, Description
from sroscert.values import Path

GRPC_PATH = Path.of("configure", "system", "grpc")


class Service(Node):
    """A service that is on or off."""

    admin_state: AdminState


class TCPKeepalive(Node):
    """Probes on idle sessions."""

    admin_state: AdminState | None = Field(default=None)
    idle_time: int | None = Field(default=None, ge=1, le=100000, description="seconds")
    interval: int | None = Field(default=None, ge=1, le=100000, description="seconds")
    retries: int | None = Field(default=None, ge=3, le=100)


class GNMI(Node):
    """gNMI."""

    admin_state: AdminState | None = Field(default=None)
    auto_config_save: bool | None = Field(default=None)
    proto_version: Literal["latest", "v070"] | None = Field(default=None)


class GNOI(Node):
    """gNOI services."""

    cert_mgmt: Service | None = Field(default=None)
    file: Service | None = Field(default=None)
    system: Service | None = Field(default=None)


class RIBAPI(Node):
    """The RIB API."""

    admin_state: AdminState | None = Field(default=None)
    purge_timeout: int | None = Field(default=None, ge=1, le=100000, description="seconds")


class CustomProto(Node):
    """A service defined by protocol buffers and a Python script (from 26.3)."""

    admin_state: AdminState = Field(default=AdminState.ENABLE)
    description: Description | None = Field(default=None)
    urls: Annotated[tuple[str, ...] | None, Listed] = Field(default=None, description="files on the router, 3 at most")
    python_script: str | None = Field(default=None)


class GRPC(Node):
    """The gRPC server; ``tls_server_profile`` and ``allow_unsecure_connection`` exclude each other."""

    admin_state: AdminState | None = Field(default=None)
    listening_port: int | None = Field(default=None, ge=1024, le=57400, description="from 23.7")
    delay_on_boot: int | None = Field(default=None, ge=1, le=3600, description="seconds")
    max_msg_size: int | None = Field(default=None, ge=1, le=1024, description="megabytes")
    tls_server_profile: str | None = Field(default=None)
    allow_unsecure_connection: Annotated[bool, Empty()] = Field(default=False)
    tcp_keepalive: TCPKeepalive | None = Field(default=None)
    gnmi: GNMI | None = Field(default=None)
    gnoi: GNOI | None = Field(default=None)
    custom_proto: Annotated[Mapping[str, CustomProto], Entries("custom-proto", "name")] = Field(
        default_factory=dict, description="from 26.3"
    )
    md_cli: Service | None = Field(default=None)
    rib_api: RIBAPI | None = Field(default=None)
