"""A router of the lab that asks its gNMI clients for a certificate, the CA of both, and clients of it."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.support.lab import wait_until
from tests.support.lab_bench import Bench, Tree, ca_profile, cert_profile, cipher_list, configuration, server_profile
from tests.support.minting import CA, PrivateKey, key_usage, rsa_key

START, END = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=50)
SERIAL = 4711
ANCHORS: Tree = {"trust-anchor-profile-name": "clients", "trust-anchor": [{"ca-profile-name": "ejbca"}]}
SUITES = {"25.10": "tls-ecdhe-rsa-aes128-gcm-sha256", "22.10": "tls-rsa-with-aes128-gcm-sha256"}


@dataclass
class Mutual:
    """A router that asks clients for a certificate, the CA of both, and a client's pair."""

    bench: Bench
    authority: CA
    client: bytes
    file: Path
    key: PrivateKey
    refusals: int = 0

    def serve(
        self, crl: str = "", leaves: Tree | None = None, *, check: str = "crl-optional", ocsp: Tree | None = None,
        transmission: Tree | None = None,
    ) -> None:
        """Put gRPC over TLS into force, with this CRL and responder in the CA profile."""
        profile = ca_profile(revocation_check=check) | ({"crl-file": crl} if crl else {})
        profile |= {"ocsp": ocsp} if ocsp else {}
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
                {"transmission-profile": [transmission]} if transmission else {},
            )
        )

    def another(self, serial: int, not_before: datetime | None = None, not_after: datetime | None = None) -> Path:
        """The file of another client of the same CA and key."""
        file = self.file.with_name(f"client-{serial}.pem")
        file.write_bytes(_client(self.authority, self.key, serial, not_before or START, not_after or END))
        return file

    def greeted(self, file: Path | None = None) -> bool:
        """Whether the router speaks gRPC to the client, or to another one; ssl.SSLError with its alert."""
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        context.check_hostname = False
        context.set_alpn_protocols(["h2"])
        context.set_ciphers("AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
        context.load_cert_chain(file or self.file)
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
        # Sessions that were open before may end at any moment.
        told = [entry.event for entry in list(self.bench.host.events) if entry.event.number not in (2001, 2002)]
        assert [event.number for event in told[-2:]] == [2116, 2003]
        return told[-2].text.partition(": ")[2]


@contextlib.contextmanager
def open_mutual(folder: Path, release: str) -> Iterator[Mutual]:
    """A router with its own pair, and three CRLs: one that lists nothing, one with the client, one that has ended."""
    authority = CA.make(usage=key_usage("key_cert_sign", "crl_sign"), not_before=START, not_after=END)
    bench = Bench(folder / "router", release)
    key = rsa_key()
    served = authority.issue(key=key, ips=(bench.host.address,), not_before=START, not_after=END)
    form = serialization.PrivateFormat.PKCS8
    files = {
        ("cert", "ca.pem"): authority.der,
        ("cert", "sr-cert"): served,
        ("key", "sr-key"): key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption()),
        ("crl", "empty.crl"): authority.crl(START, START + timedelta(days=10)),
        ("crl", "listed.crl"): authority.crl(START, END, revoked=(SERIAL,)),
        ("crl", "ended.crl"): authority.crl(START, START + timedelta(hours=1)),
    }
    for (kind, name), data in files.items():
        bench.put(name, data)
        bench.run(f"//admin certificate import type {kind} input cf3:/{name} output {name} format der")
    pem = _client(authority, key, SERIAL)
    (folder / "client.pem").write_bytes(pem)
    yield Mutual(bench, authority, pem, folder / "client.pem", key)
    bench.close()


def _client(
    authority: CA, key: PrivateKey, serial: int, not_before: datetime = START, not_after: datetime = END
) -> bytes:
    der = authority.issue(key=key, serial=serial, not_before=not_before, not_after=not_after)
    pem = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
    form = serialization.PrivateFormat.PKCS8
    return pem + key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def status(result: str, revocation: Tree | None = None) -> Tree:
    """`status-verify`."""
    return {"status-verify": {"default-result": result} | ({"ee-revocation": revocation} if revocation else {})}
