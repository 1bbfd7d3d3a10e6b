"""The lab router's gNMI and the revocation of client certificates: CRLs of CA profiles, `status-verify`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc

from tests.support.lab import wait_until
from tests.support.lab_bench import Tree
from tests.support.lab_mutual import Mutual, open_mutual, status

pytestmark = pytest.mark.client("pygnmi")

OCSP: Tree = {"primary": "ocsp"}
TLS13: Tree = {"protocol-version": "tls-version-13"}
NO_CRL = "certificate status is unknown (CRL - no CRL that can be used)."
NO_RESPONDER = 'OCSP - no responder in the certificate or in CA profile "ejbca"'


@pytest.fixture
def mutual(tmp_path: Path, release: str) -> Iterator[Mutual]:
    """A router with its own pair and a client."""
    with open_mutual(tmp_path, release) as made:
        yield made


@pytest.mark.parametrize("release", ["25.10"])
def test_the_crl_decides_and_then_the_default(mutual: Mutual) -> None:
    """A listed client is out, an unlisted one in; without a CRL that can be used default-result says, else revoked."""
    good, revoked = status("good"), status("revoked")
    cases: list[tuple[str, Tree, str]] = [
        ("empty.crl", {}, ""), ("empty.crl", revoked, ""), ("empty.crl", good, ""),
        ("listed.crl", {}, "certificate is revoked."), ("listed.crl", good, "certificate is revoked."),
        ("", {}, NO_CRL), ("", revoked, NO_CRL), ("", good, ""), ("ended.crl", {}, NO_CRL), ("ended.crl", good, ""),
        ("listed.crl", status("good", OCSP), ""),
        ("empty.crl", status("revoked", OCSP), f"certificate status is unknown ({NO_RESPONDER})."),
        ("listed.crl", status("good", OCSP | {"secondary": "crl"}), "certificate is revoked."),
    ]
    for crl, leaves, reason in cases:
        mutual.serve(crl, leaves)
        if not reason:
            assert mutual.greeted(), (crl, leaves)
            continue
        with pytest.raises(ssl.SSLError, match="alert certificate revoked"):
            mutual.greeted()
        assert mutual.reason() == reason, (crl, leaves)
        assert mutual.bench.state("grpc/connection/address") == ""
    # TLS 1.3: the client's handshake ends before the router has seen the certificate.
    mutual.serve("listed.crl", TLS13)
    assert not mutual.greeted()
    assert mutual.reason() == "certificate is revoked."
    mutual.serve("empty.crl", TLS13)
    assert mutual.greeted()


@pytest.mark.parametrize("release", ["25.10"])
def test_a_grpc_client_and_a_crl_that_ends(mutual: Mutual) -> None:
    """A gRPC client calls until the CRL has ended by the router's clock: the CA profile is no anchor any more."""
    words = (("username", "admin"), ("password", "admin"))
    certificate, begin, key = mutual.client.partition(b"-----BEGIN PRIVATE")
    credentials = grpc.ssl_channel_credentials(mutual.authority.pem, begin + key, certificate)
    target = f"{mutual.bench.host.address}:{{}}"

    def call() -> str:
        with grpc.secure_channel(target.format(mutual.bench.host.ports.gnmi), credentials) as channel:
            stub = gnmi_pb2_grpc.gNMIStub(channel)
            return str(stub.Capabilities(gnmi_pb2.CapabilityRequest(), metadata=words, timeout=10).gNMI_version)

    mutual.serve("empty.crl", check="crl")
    assert call() == "0.8.0"
    mutual.serve("listed.crl", status("good"), check="crl")
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    mutual.serve("empty.crl", status("good"), check="crl")
    assert call() == "0.8.0"
    mutual.bench.host.clock.advance(timedelta(days=10))
    assert mutual.bench.state("security/pki/ca-profile/oper-flags") == "expired-crl"
    with pytest.raises(ssl.SSLError, match="unknown ca"):
        mutual.greeted()
    # MIB: without an operational trust anchor the profile is not operational, and no certificate is to blame.
    failed = "failed: profileNotOperational."
    wait_until(lambda: any(entry.event.text.endswith(failed) for entry in list(mutual.bench.host.events)), failed)


@pytest.mark.parametrize("release", ["25.10"])
def test_the_clock_of_the_router_decides_over_a_clients_certificate(mutual: Mutual) -> None:
    """One that has ended for the machine is good while the router's clock says so, and the other way round."""
    now, hour = datetime.now(UTC), timedelta(hours=1)
    past = mutual.another(12, not_before=now - 20 * hour, not_after=now - 6 * hour)
    future = mutual.another(13, not_before=now + 6 * hour, not_after=now + 20 * hour)
    mutual.serve("empty.crl")
    for hours, good, bad, reason in (
        (-12, past, future, "certificate is not yet valid."), (12, future, past, "certificate has expired."),
    ):
        mutual.bench.host.faults.set("clock-skew", str(hours * 3600))
        assert mutual.greeted(good)
        with pytest.raises(ssl.SSLError, match="certificate expired"):
            mutual.greeted(bad)
        assert mutual.reason() == reason


@pytest.mark.parametrize("release", ["22.10"])
def test_before_status_verify(mutual: Mutual) -> None:
    """Before 23.7 nothing turns a client away whose status is unknown; a CRL that lists it does."""
    mutual.serve()
    assert mutual.greeted()
    mutual.serve("listed.crl", check="crl")
    with pytest.raises(ssl.SSLError, match="alert certificate revoked"):
        mutual.greeted()
