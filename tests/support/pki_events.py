"""What tests of the lab's SECURITY and TLS events share: a served certificate, and one event found by its number."""

from __future__ import annotations

from tests.support.lab_bench import Bench, Tree, cert_profile, cipher_list, server_profile

#: A gNMI server that shows the certificate.
GRPC: Tree = {"admin-state": "enable", "tls-server-profile": "grpc"}


def only(bench: Bench, number: int) -> tuple[str, str]:
    """Name and text of the one event with this number."""
    (found,) = [entry.event for entry in bench.host.events if entry.event.number == number]
    return found.name, found.text


def tls(certificate: str = "sr-cert", **server: str | Tree) -> Tree:
    """A served certificate."""
    return {
        "cert-profile": [cert_profile(certificate)],
        "server-cipher-list": [cipher_list("tls-rsa-with-aes128-cbc-sha")],
        "server-tls-profile": [server_profile(**server)],
        "trust-anchor-profile": [
            {"trust-anchor-profile-name": "clients", "trust-anchor": [{"ca-profile-name": "ejbca"}]}
        ],
    }
