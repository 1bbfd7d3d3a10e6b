"""Each SECURITY event of the PKI side by its number, at the occasion that TIMETRA-SECURITY-MIB gives."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki import events, formats
from sroscert_lab.router.pki.assumptions import FailureForm
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import Kind
from sroscert_lab.router.pki.identities import server_identity

from tests.support.lab import wait_until
from tests.support.lab_bench import (
    FILE,
    Bench,
    Tree,
    ca_profile,
    cert_profile,
    cipher_list,
    configuration,
    server_profile,
    to_xml,
)
from tests.support.minting import CA, dn, key_usage

Keys = tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def import_certificate(bench: Bench, name: str, der: bytes) -> None:
    """A certificate in system-pki."""
    bench.put("in", der)
    bench.pki.operations.store.import_file(Kind.CERT, "cf3:/in", name, "der")


def import_key(bench: Bench, name: str, key: rsa.RSAPrivateKey) -> None:
    """A key in system-pki."""
    bench.put("in", formats.key_der(key))
    bench.pki.operations.store.import_file(Kind.KEY, "cf3:/in", name, "der")


def der_of(authority: CA) -> bytes:
    """A CA's own certificate."""
    return authority.certificate.public_bytes(serialization.Encoding.DER)


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


def test_2043_when_a_profile_is_enabled_without_its_file(bench: Bench) -> None:
    """A file that cannot be read is named with the reason, once for all users of the cache."""
    bench.apply(configuration({"ca-profile": [ca_profile(), ca_profile("second")]}))
    assert only(bench, 2043) == ("tmnxPkiFileReadFailed", 'File "ca.pem" could not be read: File not found - "ca.pem".')


def test_2043_of_a_damaged_file(bench: Bench) -> None:
    """A file that the router did not seal is damaged, also for a command."""
    bench.host.flash.write("cf3:/system-pki/sr-cert", b"something")
    with pytest.raises(PKIRefusal):
        bench.pki.operations.store.load(Kind.CERT, "sr-cert")
    assert only(bench, 2043)[1] == 'File "sr-cert" could not be read: not a sealed file.'


def test_2088_of_a_certificate_without_an_issuer(bench: Bench, authority: CA, keys: Keys) -> None:
    """A served certificate whose chain is empty is told once; with its CA in service it is not."""
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + DAY))
    import_key(bench, "sr-key", keys[0])
    bench.apply(configuration({"ca-profile": [ca_profile()]}, tls()))
    assert 2088 not in bench.host.numbers()
    for _ in range(2):
        bench.apply(configuration({}, tls()))
    assert only(bench, 2088)[0] == "tmnxSecComputeCertChainFailure"
    assert "sr-cert" in only(bench, 2088)[1]


def test_2093_and_2094_of_a_profile_that_needs_no_crl(bench: Bench, authority: CA) -> None:
    """2094 when it comes up without a CRL that it can use; 2093 (assumed) when that gets lost while it is up."""
    builder = x509.CertificateRevocationListBuilder(authority.certificate.subject, NOW - DAY, NOW + DAY)
    bench.put("in", builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    bench.pki.operations.store.import_file(Kind.CRL, "cf3:/in", "ca.crl", "der")
    import_certificate(bench, "ca.pem", der_of(authority))
    bench.apply(configuration({"ca-profile": [ca_profile("bare"), ca_profile(crl_file="ca.crl")]}))
    assert only(bench, 2094) == (
        "tmnxCAProfUpDueToRevokeChkCrlOpt",
        'CA profile "bare" is up because revocation-check is crl-optional: invalid-crl.',
    )
    assert 2093 not in bench.host.numbers()
    bench.host.clock.advance(2 * DAY)
    assert only(bench, 2093)[0] == "tmnxPkiCAProfRevokeChkWarning"
    assert '"ejbca"' in only(bench, 2093)[1]
    assert "expired-crl" in only(bench, 2093)[1]
    assert bench.state("security/pki/ca-profile/oper-state") == "up"


def test_2109_of_a_file_that_does_not_fit(bench: Bench) -> None:
    """A write that fails is told with name and size, and the operation counts as failed."""
    bench.put("k", b"x")
    bench.host.faults.set("flash-full")
    with pytest.raises(PKIRefusal, match="write file"):
        bench.pki.operations.store.generate_keypair("cf3:/k2")
    assert only(bench, 2109)[0] == "tmnxPkiFileWriteFailed"
    assert "cf3:\\k2" in only(bench, 2109)[1]
    assert "outcome fail" in only(bench, 2231)[1]


def test_2114_until_a_served_certificate_is_valid(bench: Bench, authority: CA, keys: Keys) -> None:
    """A certificate that is not valid yet is not served; at its time it is, and nobody has to do anything."""
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=NOW + DAY, not_after=NOW + 9 * DAY))
    import_key(bench, "sr-key", keys[0])
    grpc: Tree = {"admin-state": "enable", "tls-server-profile": "grpc"}
    bench.apply(configuration({"ca-profile": [ca_profile()]}, tls(), grpc))
    assert only(bench, 2114)[1] == "Certificate sr-cert is not yet valid."
    assert server_identity(bench.pki.profiles, "grpc", bench.pki.operations.ocsp) is None
    bench.host.clock.advance(2 * DAY)
    assert bench.served()


def test_2116_and_tls_2003_of_a_client_that_is_not_verified(bench: Bench, authority: CA, keys: Keys) -> None:
    """The exact reason is SECURITY 2116, the kind TLS 2003; a good session is TLS 2001, its end 2002."""
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + DAY))
    import_key(bench, "sr-key", keys[0])
    grpc: Tree = {"admin-state": "enable", "tls-server-profile": "grpc"}
    mutual: Tree = {"trust-anchor-profile": "clients"}
    pki: Tree = {"ca-profile": [ca_profile()]}
    bench.apply(configuration(pki, tls(authenticate_client=mutual), grpc))
    with contextlib.suppress(ssl.SSLError), bench.connect() as connection:
        connection.read(1)
    assert told(bench, 2) == [
        ("SECURITY", 2116, "no certificate was sent."),
        ("TLS", 2003, "failed: invalidCertificate."),
    ]

    bench.apply(configuration(pki, tls(), grpc))
    with pytest.raises(ssl.SSLError), bench.connect("AES256-SHA"):
        pass
    assert told(bench, 3)[2] == ("TLS", 2003, "failed: handshakeFailure.")
    bench.served()
    assert [number for _, number, _ in told(bench, 5)[3:]] == [2001, 2002]


def test_tls_2001_to_2003_say_what_became_of_a_connection(bench: Bench, authority: CA, keys: Keys) -> None:
    """An attempt and a session, with the objects of the MIB; how it failed: no TLS, another version, our certificate
    not trusted, a record that was tampered with."""
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + DAY))
    import_key(bench, "sr-key", keys[0])
    grpc: Tree = {"admin-state": "enable", "tls-server-profile": "grpc"}
    bench.apply(configuration({"ca-profile": [ca_profile()]}, tls(), grpc))
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
    attempt, session, end = of_tls[-3:]
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
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + DAY))
    import_key(bench, "sr-key", keys[0])
    allowed: Tree = {"cn-index": "1", "cn-type": "domain-name", "cn-value": "Coll.*\\.example"}
    pki: Tree = {
        "ca-profile": [ca_profile()],
        "common-name-list": [{"cn-list-name": "collectors", "common-name": [allowed]}],
    }
    mutual: Tree = {"trust-anchor-profile": "clients", "common-name-list": "collectors"}
    grpc: Tree = {"admin-state": "enable", "tls-server-profile": "grpc"}
    bench.apply(configuration(pki, tls(authenticate_client=mutual), grpc))
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


@pytest.mark.parametrize(
    ("line", "number", "name", "text"),
    [
        ("file remove cf3:/system-pki/a force", 2234, "tmnxFileDeleted", 'url "cf3:/system-pki/a"'),
        ("file remove cf3:/none force", 2234, "tmnxFileDeleted", "outcome fail"),
        ("file move cf3:/system-pki/a cf3:/b", 2235, "tmnxFileMoved", 'new url "cf3:/b"'),
        ("file copy cf3:/system-pki/a cf3:/b", 2236, "tmnxFileCopied", 'new url "cf3:/b", outcome success'),
    ],
)
def test_2234_to_2236_of_file_commands(bench: Bench, line: str, number: int, name: str, text: str) -> None:
    """What a user does to files by `file` is told with the URLs and the outcome."""
    bench.host.flash.write("cf3:/system-pki/a", b"x")
    with contextlib.suppress(CommandFailed):
        bench.run(line)
    assert bench.host.numbers() == [number]
    assert only(bench, number)[0] == name
    assert text in only(bench, number)[1]


@pytest.mark.parametrize("form", list(FailureForm))
@pytest.mark.parametrize(
    "line",
    [
        "file remove ftp://u:open:{0}@h/a force", "file copy http://u:{0}@[2001:db8::1]:80/a cf3:/b",
        "file make-directory sftp://:{0}@h/a", "file show ftp://u:{0}@h/a", "file list ftp://u:{0}@h/a more",
        "//file delete ftp://u:{0}@h/a force", "//admin certificate gen-keypair ftp://u:{0}@h/k",
    ],
)
def test_a_password_in_a_url_is_printed_as_xxxx(bench: Bench, line: str, form: FailureForm) -> None:
    """In what is refused, in each of its forms, and in events."""
    bench.pki.assumptions = replace(bench.pki.assumptions, failure_form=form)
    try:
        said = bench.run(line.format("S3cret"))
    except CommandFailed as failure:
        said = failure.output + failure.text
    told = [f"{entry.event.text} {entry.event.parameters}" for entry in bench.host.events]
    assert "MINOR: " in said
    assert "S3cret" not in said + " ".join(told)
    assert ":xxxx@" in said + " ".join(told) or "more" in line


def test_2234_to_2236_of_file_actions(new_bench: Bench) -> None:
    """The modelled operations are `file` commands too."""
    new_bench.put("a", b"x")
    for name, leaves in (
        ("copy", {"source-url": "cf3:\\a", "destination-url": "cf3:\\b"}),
        ("move", {"source-url": "cf3:\\b", "destination-url": "cf3:\\c"}),
        ("remove", {"url": "cf3:\\c", "force": None}),
    ):
        tree: Tree = {name: dict(leaves)}
        new_bench.pki.action(to_xml("file", tree, FILE), "admin")
    assert new_bench.host.numbers() == [2236, 2235, 2234]


def test_events_carry_the_objects_of_the_mib() -> None:
    """What a handler or a NETCONF client need not read out of the text."""
    assert dict(events.will_expire("sr-cert", timedelta(hours=1)).parameters) == {
        "tmnxSecNotifFile": "sr-cert", "tmnxPkiExpRemainingHours": "1", "tmnxPkiExpRemainingMinutes": "0",
        "tmnxSecNotifClientAppName": "TLS",
    }
    made = {event.parameters[1:3] for event in (
        events.key_pair_generated("cf3:/k", "rsa", "size 2048", "success"),
        events.key_pair_generated("cf3:/k", "ecdsa", "curve secp256r1", "success"),
    )}
    curve, size = "tmnxSecNotifyCurve", "tmnxSecNotifyKeySize"
    assert made == {((curve, "none"), (size, "2048")), ((curve, "secp256r1"), (size, "0"))}


_LEFT, _WHEN = timedelta(hours=1), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "number", "objects"),
    [
        (events.read_failed("f", "r"), 2043, "SecNotifFile=f SecNotifFailureReason=r"),
        (
            events.ipsec_peer_not_verified("t", "c", "r"), 2044,
            "SecNotifTunnelName=t SecNotifCert=c SecNotifFailureReason=r",
        ),
        (
            events.ca_profile_state("p", ["a", "b"]), 2045,
            "PkiCAProfileOperState=outOfService SecNotifFailureReason=a,_b",
        ),
        (events.ca_profile_state("p", []), 2045, "PkiCAProfileOperState=inService SecNotifFailureReason="),
        (
            events.cmp_status("p", "q", ("a", "b", "c"), _WHEN, None), 2083,
            "PkiCAProfActnType=q PkiCAProfActnStatus=a PkiCAProfActnStatusString=c PkiCAProfActnStatusCode=b"
            " PkiCAProfActnOrigCmdTime=2026-01-02T03:04:05Z PkiCAProfActnLastCAResp=",
        ),
        (events.no_chain("f", "r"), 2088, "SecNotifFile=f SecNotifFailureReason=r"),
        (events.crl_went_bad("p", "r"), 2093, ""),
        (events.up_without_crl("p", "r"), 2094, "PkiCAProfileOperState=inService SecNotifFailureReason=r"),
        (
            events.will_expire("f", _LEFT, "IPsec"), 2095,
            "SecNotifFile=f PkiExpRemainingHours=1 PkiExpRemainingMinutes=0 SecNotifClientAppName=IPsec",
        ),
        (events.has_expired("f"), 2096, "SecNotifFile=f SecNotifClientAppName=TLS"),
        (events.warning_cleared("f", "r"), 2097, "SecNotifFile=f PkiExpReason=r SecNotifClientAppName=TLS"),
        (
            events.crl_will_expire("f", _LEFT), 2098,
            "SecNotifFile=f PkiExpRemainingHours=1 PkiExpRemainingMinutes=0",
        ),
        (events.crl_has_expired("f"), 2099, "SecNotifFile=f"),
        (events.crl_warning_cleared("f", "r"), 2100, "SecNotifFile=f PkiExpReason=r"),
        (events.file_reloaded("Key", "f"), 2101, "SecNotifFile=f SecNotifFileType=Key"),
        (events.crl_update_started("p"), 2105, "PkiCAProfileNameForNotify=p"),
        (events.crl_updated("p", "u"), 2106, "PkiCAProfUrl=u"),
        (events.crl_url_failed("p", "u", "r"), 2107, "PkiCAProfUrl=u SecNotifFailureReason=r"),
        (events.crl_update_failed("p", "u", "r"), 2108, "PkiCAProfUrl=u SecNotifFailureReason=r"),
        (events.write_failed("f", 7, "r"), 2109, "SecNotifFile=f SecNotifFailureReason=r SecNotifFileSize=7"),
        (events.crl_without_next_update("p"), 2110, "PkiCAProfileNameForNotify=p"),
        (events.crl_ends_too_soon("p"), 2113, "PkiCAProfileNameForNotify=p"),
        (events.not_yet_valid("f"), 2114, "SecNotifFile=f"),
        (events.crl_not_yet_valid("f"), 2115, "SecNotifFile=f"),
        (
            events.peer_not_verified("a", "p", "r"), 2116,
            "SecNotifClientAppName=a SecNotifCert=p SecNotifFailureReason=r",
        ),
        (
            events.key_pair_generated("u", "rsa", "size 2048", "o"), 2231,
            "SecNotifyUrl=u SecNotifyCurve=none SecNotifyKeySize=2048 SecNotifyKeyType=rsa SecEventOutcome=o",
        ),
        *(
            (
                made("u", "f", "k", "e", "o"), number,
                "SecNotifyUrl=u SecNotifFile=f SecNotifyImportExportType=k SecNotifyImportExportFormat=e"
                " SecEventOutcome=o",
            )
            for number, made in ((2232, events.imported), (2233, events.exported))
        ),
        (events.file_deleted("u", "o"), 2234, "SecNotifyUrl=u SecEventOutcome=o"),
        (events.file_moved("u", "n", "o"), 2235, "SecNotifyUrl=u SecNotifyNewUrl=n SecEventOutcome=o"),
        (events.file_copied("u", "n", "o"), 2236, "SecNotifyUrl=u SecNotifyNewUrl=n SecEventOutcome=o"),
        (events.update_started("f"), 2245, "PkiCertUpdCertFileNameNotif=f"),
        (
            events.update_finished("f", 255, "s"), 2246,
            "PkiCertUpdCertFileNameNotif=f PkiCertUpdSerialNumberNotif=ff PkiCertUpdSubjectNotif=s",
        ),
        (events.update_failed("f", "r"), 2247, "PkiCertUpdCertFileNameNotif=f PkiCertUpdFailureReasonNotif=r"),
        (events.no_chain_asked_for("t", "c"), 2251, ""),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_each_event_has_its_number_and_objects(event: events.PKIEvent, number: int, objects: str) -> None:
    """Names, order and values; `tmnx` stands before each name, and a space is written as a line."""
    assert event.number == number
    assert [f"{name}={value}".replace(" ", "_") for name, value in event.parameters] == [
        f"tmnx{item}" for item in objects.split()
    ]


def test_what_19_10_has_no_event_for(tmp_path: Path) -> None:
    """Keys, imports and files are told from 20.5 on; failed reads always were."""
    old = Bench(tmp_path, "19.10")
    try:
        old.pki.operations.store.generate_keypair("cf3:/k")
        old.run("file remove cf3:/k force")
        old.apply(configuration({"ca-profile": [ca_profile()]}))
        assert old.host.numbers() == [2043]
    finally:
        old.close()


def test_2095_to_2097_of_a_certificate_in_use(bench: Bench, authority: CA, keys: Keys) -> None:
    """Warned of by the hour, told of at its end, and cleared by its successor; the text is a transcript's."""
    warning: Tree = {"certificate-expiration-warning": {"hours": "2", "repeat-hours": "1"}}
    now = bench.host.clock()
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=now - DAY, not_after=now + DAY))
    import_key(bench, "sr-key", keys[0])
    bench.apply(configuration({"ca-profile": [ca_profile()], **warning}, tls()))
    bench.host.clock.advance(DAY + timedelta(minutes=1))
    texts = [entry.event.text for entry in bench.host.log() if entry.event.number in (2095, 2096, 2097)]
    assert texts == [
        "Certificate sr-cert used by TLS will expire in 2 hour(s) and 0 minute(s).",
        "Certificate sr-cert used by TLS will expire in 1 hour(s) and 0 minute(s).",
        "Certificate sr-cert used by TLS has expired.",
    ]
    now = bench.host.clock()
    import_certificate(bench, "sr-cert", authority.issue(key=keys[0], not_before=now - DAY, not_after=now + 9 * DAY))
    assert 2097 not in bench.host.numbers()
    bench.run("//admin certificate reload type cert-key-pair sr-cert protocol tls key-file sr-key")
    name, text = only(bench, 2097)
    assert name == "tmnxPkiCertExpWarningCleared" and "certificate sr-cert used by TLS is cleared" in text


def test_2245_and_2247_of_a_native_renewal_that_fails(new_bench: Bench, authority: CA, keys: Keys) -> None:
    """An update is told when it starts, and when its CA cannot be reached; it will be tried again."""
    import_certificate(new_bench, "ca.pem", der_of(authority))
    certificate = authority.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + 2 * DAY)
    import_certificate(new_bench, "sr-cert", certificate)
    import_key(new_bench, "sr-key", keys[0])
    with socket.create_server((new_bench.host.address, 0)) as server:
        closed = server.getsockname()[1]
    update: Tree = {
        "ca-profile": [ca_profile(url=f"http://{new_bench.host.address}:{closed}/none")],
        "certificate-update-profile": [{"name": "renewal", "cmpv2": {"ca-profile": "ejbca"}}],
        "certificate-auto-update": [
            {"certificate-file-name": "sr-cert", "key-file-name": "sr-key", "profile": "renewal"}
        ],
    }
    new_bench.apply(configuration(update))
    new_bench.host.clock.advance(DAY + timedelta(minutes=5))
    assert only(new_bench, 2245) == ("tmnxPkiCertUpdUpdateStarted", "Update of certificate sr-cert has started.")
    assert only(new_bench, 2247)[0] == "tmnxPkiCertUpdUpdateFailed"
    assert new_bench.state("security/pki/certificate-auto-update/update-state") == "wait-for-retry"


def test_a_partial_chain(bench: Bench, authority: CA, keys: Keys) -> None:
    """With the issuer in service and its own issuer not, the chain is partial, and that is no event 2088."""
    usage = key_usage("key_cert_sign", "crl_sign")
    below = CA.make(name=dn(("CN", "Below")), usage=usage, not_before=NOW - DAY, not_after=NOW + 9 * DAY, key=keys[1])
    signed = authority.issue(
        subject=dn(("CN", "Below")), key=keys[1], usage=usage, is_ca=True, not_before=NOW - DAY, not_after=NOW + DAY
    )
    import_certificate(bench, "below.pem", signed)
    import_certificate(bench, "ca.pem", der_of(authority))
    import_certificate(bench, "sr-cert", below.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + DAY))
    import_key(bench, "sr-key", keys[0])
    below_only = [ca_profile("below", cert_file="below.pem")]
    entry = "security/tls/cert-profile/entry"

    bench.apply(configuration({"ca-profile": below_only}, tls()))
    assert bench.state(f"{entry}/computed-chain-state") == "partial"
    assert bench.state(f"{entry}/computed-chain/ca-profiles") == "below"
    assert 2088 not in bench.host.numbers()

    bench.apply(configuration({"ca-profile": [*below_only, ca_profile()]}, tls()))
    assert bench.state(f"{entry}/computed-chain-state") == "complete"
