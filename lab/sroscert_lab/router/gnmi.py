"""The gRPC server of one router: a clear gRPC socket, and the listener that leads to it.

Owns when the listener is open (grpc enabled and a transport that works). TLS is tlsfront.py, the calls are those of
gnmiservice.py and, with a desk for certificates, gnoiservice.py; who may make them is grpcaccess.py.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent import futures
from datetime import datetime
from pathlib import Path

import grpc
from pygnmi.spec.v080 import gnmi_pb2_grpc

from .gnmidata import GNMIData
from .gnmiservice import Servicer, capabilities
from .gnoimessages import VERSION
from .gnoiservice import CertificateManagement
from .grpcaccess import Authenticate, GRPCAccess
from .pki.certdesk import CertificateDesk
from .pki.conf import GRPCConf
from .pki.identities import TLSIdentity, server_identity
from .pki.ocsp import OCSPDesk
from .pki.profiles import ProfileTable
from .pki.state import GRPCConnection, GRPCState
from .tlsevents import Report
from .tlsfront import FrontSettings, TLSFront

DEFAULT_PORT = 57400
#: A subscription holds one as long as it lives.
_THREADS = 24


class GNMIServer:
    """gRPC of one router, opened and closed as the running configuration says."""

    def __init__(
        self,
        address: str,
        release: str,
        profiles: ProfileTable,
        ocsp: OCSPDesk,
        authenticate: Authenticate,
        takes_refusal: Callable[[], bool],
        clock: Callable[[], datetime],
        report: Report,
        data: GNMIData | None = None,
        desk: CertificateDesk | None = None,
    ) -> None:
        self._release = release
        self._profiles = profiles
        self._ocsp = ocsp
        self._takes_refusal = takes_refusal
        self._lock = threading.Lock()
        self._folder = Path(tempfile.mkdtemp(prefix="grpc-"))
        backend = self._folder / "socket"
        threads = futures.ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="gnmi")
        # One call too many is refused at once (RESOURCE_EXHAUSTED), not kept waiting behind subscriptions.
        self._server = grpc.server(threads, maximum_concurrent_rpcs=_THREADS)
        self._access = GRPCAccess(authenticate, data.may_call if data else None, clock)
        self._servicer = Servicer(release, self._access, lambda: self._conf.gnmi_enabled, data)
        gnmi_pb2_grpc.add_gNMIServicer_to_server(self._servicer, self._server)
        if desk is not None:
            service = CertificateManagement(release, self._access, lambda: self._conf.cert_mgmt_enabled, desk)
            self._server.add_generic_rpc_handlers((service,))
        self._server.add_insecure_port(f"unix:{backend}")
        self._server.start()
        self._mute = False
        self._marker: object = None
        self._healthy: object = None
        self._unavailable = False
        self._transport: object = None
        settings = FrontSettings(
            self._identity, self._is_clear, lambda: self._mute, clock, profiles.client_checks.count, report
        )
        self._front = TLSFront(address, str(backend), settings)

    @property
    def _conf(self) -> GRPCConf:
        return self._profiles.conf.grpc

    def _identity(self) -> TLSIdentity | None:
        return server_identity(self._profiles, self._conf.tls_server_profile, self._ocsp)

    def _is_clear(self) -> bool:
        # A profile wins over the flag: there is no way back from TLS to clear (Nokia guide, "gRPC").
        return self._conf.unsecure and not self._conf.tls_server_profile

    def refresh(self, port: int) -> int:
        """Follow configuration and caches; `port` 0 takes a free one. Gives the port in use, or `port` while closed."""
        with self._lock:
            identity = self._identity()
            has_transport = identity is not None or self._is_clear()
            self._end_streams()
            self._note_change(None if identity is None else identity.marker)
            if not self._conf.enabled or not has_transport:
                self._unavailable = False
                self._front.unlisten()
                return port
            # Before 23.7 the port cannot be configured, and the lab's own choice stands in for 57400.
            wanted = port if self._conf.port == DEFAULT_PORT else self._conf.port
            if wanted != port:
                self._front.unlisten()
            try:
                port = self._front.listen(wanted)
                self._unavailable = False
            except OSError:
                self._unavailable = True
            return port

    def _end_streams(self) -> None:
        """A change of how gRPC is served restarts it: a transcript shows that this ends subscriptions in words."""
        # ASSUMPTION: what restarts it is a change of admin-state, port, profile or clear text, not of a certificate.
        conf = self._conf
        transport = (conf.enabled, conf.port, conf.tls_server_profile, conf.unsecure)
        if transport != self._transport:
            self._transport = transport
            if self._servicer.end_streams():
                self._front.drop_connections()

    def _note_change(self, marker: object) -> None:
        # The fault strikes at a change of what TLS serves; what worked before works again after a roll-back.
        if marker != self._marker:
            self._mute = marker not in (None, self._healthy) and self._takes_refusal()
            self._marker = marker
        if not self._mute and marker is not None:
            self._healthy = marker

    def drop_connections(self) -> None:
        """Close what is open; the port stays."""
        self._front.drop_connections()

    def state(self) -> GRPCState:
        """`/state/system/grpc`."""
        # ASSUMPTION: gRPC is operationally down while its TLS profile is.
        reason = "" if self._conf.enabled else "admin-down"
        return GRPCState(
            up=self._front.is_listening,
            down_reason="listen-port-unavailable" if self._unavailable else reason,
            connections=[GRPCConnection(item.address, item.port, item.since) for item in self._front.connections()],
            calls=self._access.open_calls(),
            gnmi_version=capabilities(self._release)[0],
            # ASSUMPTION: the version of the published file, and that it is shown while the service is enabled.
            cert_mgmt_version=VERSION if self._conf.cert_mgmt_enabled else "",
        )

    def close(self) -> None:
        """Stop everything."""
        self._front.close()
        self._server.stop(grace=None).wait()
        shutil.rmtree(self._folder, ignore_errors=True)
