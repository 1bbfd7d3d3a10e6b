"""SECURITY 2116 and the events of application TLS: what is told of a session, and of one that fails."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sroscert_lab.router.tlspeer import untimely

from tests.support.lab import wait_until
from tests.support.lab_bench import Bench, Keys, Tree, ca_profile, configuration
from tests.support.minting import CA, dn
from tests.support.pki_events import GRPC, tls

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def test_a_chain_is_judged_by_the_time_that_is_given(authority: CA) -> None:
    """By the router's clock, at both ends of a certificate's life."""
    der = authority.certificate.public_bytes(serialization.Encoding.DER)
    begin, end = authority.certificate.not_valid_before_utc, authority.certificate.not_valid_after_utc

    assert [untimely([der], moment) for moment in (begin - DAY, begin, end, end + DAY)] == [
        "certificate is not yet valid", "", "", "certificate has expired"
    ]


def test_2116_and_tls_2003_of_a_client_that_is_not_verified(bench: Bench, authority: CA, keys: Keys) -> None:
    """The exact reason is SECURITY 2116, the kind TLS 2003; a good session is TLS 2001, its end 2002."""
    bench.install_pair(authority, keys[0])
    mutual: Tree = {"trust-anchor-profile": "clients"}
    pki: Tree = {"ca-profile": [ca_profile()]}
    bench.apply(configuration(pki, tls(authenticate_client=mutual), GRPC))
    with contextlib.suppress(ssl.SSLError), bench.connect() as connection:
        connection.read(1)
    assert told(bench, 2) == [
        ("SECURITY", 2116, "no certificate was sent."),
        ("TLS", 2003, "failed: invalidCertificate."),
    ]

    bench.apply(configuration(pki, tls(), GRPC))
    with pytest.raises(ssl.SSLError), bench.connect("AES256-SHA"):
        pass
    assert told(bench, 3)[2] == ("TLS", 2003, "failed: handshakeFailure.")
    bench.served()
    assert [number for _, number, _ in told(bench, 5)[3:]] == [2001, 2002]


def test_tls_2001_to_2003_say_what_became_of_a_connection(bench: Bench, authority: CA, keys: Keys) -> None:
    """An attempt and a session, with the objects of the MIB; how it failed: no TLS, another version, our certificate
    not trusted, a record that was tampered with."""
    bench.install_pair(authority, keys[0])
    bench.apply(configuration({"ca-profile": [ca_profile()]}, tls(), GRPC))
    place = bench.host.address, bench.host.ports.gnmi

    with socket.create_connection(place) as plain:
        plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while plain.recv(100):
            pass
    old, strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    strict.set_ciphers("AES128-SHA:@SECLEVEL=0")
    for context in (old, strict):
        with socket.create_connection(place) as plain, pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname=place[0])
    with contextlib.suppress(OSError), bench.connect() as connection:
        port = connection.getsockname()[1]
        os.write(connection.fileno(), bytes((23, 3, 3, 0, 64)) + bytes(64))
        while connection.recv(100):
            pass

    assert [(number, text) for _, number, text in told(bench, 5)] == [
        (2003, "failed: badPacket."), (2003, "failed: handshakeFailure."), (2003, "failed: handshakeFailure."),
        (2001, "is connected."), (2003, "failed: badPacket."),
    ]
    of_tls = [dict(entry.event.parameters) for entry in bench.host.events if entry.application == "TLS"]
    # The end of another connection may be told between.
    attempt, session, end = [one for one in of_tls if one["tmnxTlsRemotePort"] == str(port)]
    ends = {
        "tmnxTlsVRtrID": "1", "tmnxTlsAppId": "grpc", "tmnxTlsRole": "server", "tmnxTlsLocalAddrType": "ipv4",
        "tmnxTlsLocalAddr": place[0], "tmnxTlsLocalPort": str(place[1]), "tmnxTlsRemoteAddrType": "ipv4",
        "tmnxTlsRemoteAddr": "127.0.0.1", "tmnxTlsRemotePort": str(port), "tmnxTlsProxyAddrType": "unknown",
        "tmnxTlsProxyAddr": "", "tmnxTlsProxyPort": "0",
    }
    assert attempt == {**ends, "tmnxTlsConnectionState": "initiating"}
    assert session == {**ends, "tmnxTlsConnectionState": "connected"}
    assert end == {**ends, "tmnxTlsFailureReason": "badPacket"}


def test_2116_and_the_counters_of_clients_with_names(bench: Bench, authority: CA, keys: Keys, tmp_path: Path) -> None:
    """With a `common-name-list` only those come in, and `statistics authentication` counts who did and who did not."""
    bench.install_pair(authority, keys[0])
    allowed: Tree = {"cn-index": "1", "cn-type": "domain-name", "cn-value": "Coll.*\\.example"}
    pki: Tree = {
        "ca-profile": [ca_profile()],
        "common-name-list": [{"cn-list-name": "collectors", "common-name": [allowed]}],
    }
    mutual: Tree = {"trust-anchor-profile": "clients", "common-name-list": "collectors"}
    bench.apply(configuration(pki, tls(authenticate_client=mutual), GRPC))
    for number, name in enumerate(("collector.example", "somebody")):
        pair = tmp_path / f"{number}.pem"
        subject = dn(("CN", name))
        shown = authority.issue(subject=subject, key=keys[1], not_before=NOW - DAY, not_after=NOW + DAY)
        pair.write_bytes(
            x509.load_der_x509_certificate(shown).public_bytes(serialization.Encoding.PEM)
            + keys[1].private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        refused = pytest.raises(ssl.SSLError) if number else contextlib.nullcontext()
        with refused, bench.connect(client=pair) as connection:
            # gRPC greets whoever comes in.
            assert connection.recv(1)
    assert [entry for entry in told(bench, 4) if entry[1] not in (2001, 2002)] == [
        ("SECURITY", 2116, "common name is not in the list."),
        ("TLS", 2003, "failed: invalidCertificate."),
    ]
    counters = "security/pki/statistics/authentication"
    assert [bench.state(f"{counters}/{name}") for name in ("failed", "passed", "attempted")] == ["1", "1", "2"]


def told(bench: Bench, count: int) -> list[tuple[str, int, str]]:
    """The first `count` events of TLS and 2116, but attempts, when they have come: application, number, end of text."""

    def found() -> list[tuple[str, int, str]]:
        return [
            (entry.application, entry.event.number, entry.event.text.partition("127.0.0.1:")[2].partition(" ")[2])
            for entry in list(bench.host.events)
            if entry.application == "TLS" or entry.event.number == 2116
            if not entry.event.text.endswith("is initiating.")
        ]

    wait_until(lambda: len(found()) >= count, f"{count} events")
    return found()[:count]
