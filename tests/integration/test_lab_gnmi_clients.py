"""The lab router's gNMI and the revocation of client certificates: CRLs of CA profiles, `status-verify`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc

from tests.support.lab import wait_until
from tests.support.lab_bench import Bench, Tree, ca_profile, cert_profile, cipher_list, configuration, server_profile
from tests.support.minting import CA, key_usage, rsa_key

pytestmark = pytest.mark.client("pygnmi")

START, END = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=50)
SERIAL = 4711
ANCHORS: Tree = {"trust-anchor-profile-name": "clients", "trust-anchor": [{"ca-profile-name": "ejbca"}]}
SUITES = {"25.10": "tls-ecdhe-rsa-aes128-gcm-sha256", "22.10": "tls-rsa-with-aes128-gcm-sha256"}
OCSP: Tree = {"primary": "ocsp"}
TLS13: Tree = {"protocol-version": "tls-version-13"}


@dataclass
class Mutual:
    """A router that asks clients for a certificate, the CA of both, and a client's pair."""

    bench: Bench
    authority: CA
    client: bytes
    file: Path
    refusals: int = 0

    def serve(self, crl: str = "", leaves: Tree | None = None, *, check: str = "crl-optional") -> None:
        """Put gRPC over TLS into force, with this CRL in the CA profile."""
        profile = ca_profile(revocation_check=check) | ({"crl-file": crl} if crl else {})
        server = server_profile(authenticate_client={"trust-anchor-profile": "clients"}) | (leaves or {})
        ciphers = cipher_list(SUITES[self.bench.host.release], leaf="tls12-cipher", tls13=("tls-aes128-gcm-sha256",))
        self.bench.apply(
            configuration(
                {"ca-profile": [profile]},
                {
                    "cert-profile": [cert_profile()],
                    "server-cipher-list": [ciphers],
                    "server-tls-profile": [server],
                    "trust-anchor-profile": [ANCHORS],
                },
                {"admin-state": "enable", "tls-server-profile": "grpc"},
            )
        )

    def greeted(self) -> bool:
        """Whether the router speaks gRPC to the client; ssl.SSLError with its alert."""
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        context.set_ciphers("AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
        context.load_cert_chain(self.file)
        place = (self.bench.host.address, self.bench.host.ports.gnmi)
        with socket.create_connection(place, timeout=10) as plain, context.wrap_socket(plain) as connection:
            try:
                return bool(connection.recv(9))
            except ConnectionResetError:
                return False

    def reason(self) -> str:
        """What 2116 tells of one more refusal, when TLS 2003 has come."""
        self.refusals += 1
        wait_until(lambda: self.bench.host.numbers().count(2003) == self.refusals, "TLS 2003")
        assert self.bench.host.numbers()[-2:] == [2116, 2003]
        return self.bench.host.events[-2].event.text.rpartition(": ")[2]


@pytest.fixture
def mutual(tmp_path: Path, release: str) -> Iterator[Mutual]:
    """A router with its own pair, and three CRLs: one that lists nothing, one with the client, one that has ended."""
    authority = CA.make(usage=key_usage("key_cert_sign", "crl_sign"), not_before=START, not_after=END)
    bench = Bench(tmp_path / "router", release)
    key = rsa_key()
    served = authority.issue(key=key, ips=(bench.host.address,), not_before=START, not_after=END)
    form = serialization.PrivateFormat.PKCS8
    files = {
        ("cert", "ca.pem"): authority.certificate.public_bytes(serialization.Encoding.DER),
        ("cert", "sr-cert"): served,
        ("key", "sr-key"): key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption()),
        ("crl", "empty.crl"): authority.crl(START, START + timedelta(days=10)),
        ("crl", "listed.crl"): authority.crl(START, END, revoked=(SERIAL,)),
        ("crl", "ended.crl"): authority.crl(START, START + timedelta(hours=1)),
    }
    for (kind, name), data in files.items():
        bench.put(name, data)
        bench.run(f"//admin certificate import type {kind} input cf3:/{name} output {name} format der")
    der = authority.issue(key=key, serial=SERIAL, not_before=START, not_after=END)
    pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
    pem += key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (tmp_path / "client.pem").write_bytes(pem)
    yield Mutual(bench, authority, pem, tmp_path / "client.pem")
    bench.close()


def status(result: str, revocation: Tree | None = None) -> Tree:
    """`status-verify`."""
    return {"status-verify": {"default-result": result} | ({"ee-revocation": revocation} if revocation else {})}


@pytest.mark.parametrize("release", ["25.10"])
def test_the_crl_decides_and_then_the_default(mutual: Mutual) -> None:
    """A listed client is out, an unlisted one in; without a CRL that can be used default-result says, else revoked."""
    good, revoked = status("good"), status("revoked")
    cases: list[tuple[str, Tree, str]] = [
        ("empty.crl", {}, ""), ("empty.crl", revoked, ""), ("empty.crl", good, ""),
        ("listed.crl", {}, "certificate is revoked."), ("listed.crl", good, "certificate is revoked."),
        ("", {}, "certificate status is unknown."), ("", revoked, "certificate status is unknown."), ("", good, ""),
        ("ended.crl", {}, "certificate status is unknown."), ("ended.crl", good, ""),
        ("listed.crl", status("good", OCSP), ""),
        ("empty.crl", status("revoked", OCSP), "certificate status is unknown."),
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


@pytest.mark.parametrize("release", ["22.10"])
def test_before_status_verify(mutual: Mutual) -> None:
    """Before 23.7 nothing turns a client away whose status is unknown; a CRL that lists it does."""
    mutual.serve()
    assert mutual.greeted()
    mutual.serve("listed.crl", check="crl")
    with pytest.raises(ssl.SSLError, match="alert certificate revoked"):
        mutual.greeted()
