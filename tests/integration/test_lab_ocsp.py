"""OCSP: the lab's router asks ``openssl ocsp``, and ``openssl ocsp`` asks the lab's CA."""

from __future__ import annotations

import base64
import http.client
import shutil
import socket
import ssl
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from sroscert_lab.cmp import AlternativeNames, CertificationAuthority, CMPServer, parse_dn
from sroscert_lab.cmp.issuing import Validity, issue
from sroscert_lab.est.server import ESTServer
from sroscert_lab.router.faults import Faults
from sroscert_lab.router.pki.conf import CAProfileConf, OCSPConf
from sroscert_lab.router.pki.ocsp import OCSPDesk

from tests.support.lab_bench import Tree
from tests.support.lab_mutual import END, SERIAL, START, Mutual, open_mutual, status
from tests.support.minting import CA, PrivateKey, dn
from tests.support.openssl_ocsp import REVOKED, VALID, ask, responding

pytestmark = [
    pytest.mark.client("openssl ocsp"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command"),
]
LISTED, STRANGE = 4712, 4713
INDEX = {SERIAL: VALID, LISTED: REVOKED}
BY_OCSP: Tree = {"primary": "ocsp"}
THEN_CRL: Tree = {"primary": "ocsp", "secondary": "crl"}


@pytest.fixture
def mutual(tmp_path: Path) -> Iterator[Mutual]:
    """A router and a client of its gNMI."""
    with open_mutual(tmp_path, "25.10") as made:
        yield made


def turned_away(mutual: Mutual, file: Path | None = None) -> str:
    """Why a client does not get in."""
    with pytest.raises(ssl.SSLError, match="alert certificate revoked"):
        mutual.greeted(file)
    return mutual.reason()


def test_a_responder_decides_and_is_remembered(mutual: Mutual, tmp_path: Path) -> None:
    """Good, revoked and unknown by openssl's responder; what it said holds until its nextUpdate, or until cleared."""
    listed, strange = mutual.another(LISTED), mutual.another(STRANGE)
    strict = status("revoked", BY_OCSP)
    with responding(tmp_path / "responder", mutual.authority, INDEX, None, "-ndays", "1") as url:
        mutual.serve("", strict, ocsp={"responder-url": url.removeprefix("http://")})
        assert mutual.greeted()
        assert turned_away(mutual, listed) == "certificate is revoked."
        nothing = "certificate status is unknown (OCSP - the responder does not know the certificate)."
        assert turned_away(mutual, strange) == nothing
        mutual.serve("", status("good", BY_OCSP), ocsp={"responder-url": url})
        assert mutual.greeted(strange)
    # Nobody answers any more: the first two are remembered, by number.
    mutual.serve("", strict, ocsp={"responder-url": url})
    shown = mutual.bench.run("show certificate ocsp-cache")
    assert [line.rpartition(" ")[2] for line in shown.splitlines() if line.startswith(("Cert ID", "Cert Serial"))] == [
        "1", f"{SERIAL:x}", "2", f"{LISTED:x}"
    ]
    assert mutual.greeted()
    assert mutual.bench.act("clear-ocsp-cache", entry_id="2").status == "completed"
    assert "cannot be reached" in turned_away(mutual, listed)
    assert mutual.greeted()
    mutual.bench.host.clock.advance(timedelta(hours=25))
    assert "cannot be reached" in turned_away(mutual)
    # The next method is asked then: the CRL lists this client.
    mutual.serve("listed.crl", status("good", THEN_CRL), ocsp={"responder-url": url})
    assert turned_away(mutual) == "certificate is revoked."
    mutual.serve("empty.crl", status("revoked", THEN_CRL), ocsp={"responder-url": url})
    assert mutual.greeted()


def test_who_may_answer_and_for_how_long(mutual: Mutual, tmp_path: Path) -> None:
    """A signer needs the CA's word and the purpose; what has no nextUpdate is not kept, what is old not believed."""
    key = ec.generate_private_key(ec.SECP256R1())
    strict, folder = status("revoked", BY_OCSP), tmp_path / "responder"

    def delegate(purpose: x509.ObjectIdentifier, by: CA = mutual.authority) -> tuple[bytes, PrivateKey]:
        subject = dn(("CN", "responder"))
        return by.issue(key=key, subject=subject, not_before=START, not_after=END, extended=(purpose,)), key

    with responding(folder, mutual.authority, INDEX, delegate(ExtendedKeyUsageOID.OCSP_SIGNING)) as url:
        mutual.serve("", strict, ocsp={"responder-url": url})
        assert mutual.greeted()
        assert "entries: 0" in mutual.bench.run("show certificate ocsp-cache")
    impostor = CA.make(name=mutual.authority.certificate.subject, not_before=START, not_after=END, key=key)
    for signer in (
        delegate(ExtendedKeyUsageOID.SERVER_AUTH), delegate(ExtendedKeyUsageOID.OCSP_SIGNING, by=impostor)
    ):
        with responding(folder, mutual.authority, INDEX, signer) as url:
            mutual.serve("", strict, ocsp={"responder-url": url})
            assert "not authorised by the CA" in turned_away(mutual)
    with responding(folder, mutual.authority, INDEX, None, "-nmin", "5") as url:
        mutual.bench.host.clock.advance(timedelta(minutes=6))
        mutual.serve("", strict, ocsp={"responder-url": url})
        assert "out of date" in turned_away(mutual)
        mutual.bench.host.faults.set("host-unreachable")
        assert "no route" in turned_away(mutual)
        mutual.bench.host.faults.clear()
        profile: Tree = {"name": "oam", "router-instance": "management"}
        mutual.serve("", strict, ocsp={"responder-url": url, "transmission-profile": "oam"}, transmission=profile)
        assert "not over the management routing instance" in turned_away(mutual)


def test_a_transmission_profile_says_how_long_and_how_often(mutual: Mutual) -> None:
    """A responder that hangs up is asked again, one that is silent is given up, and clients do not wait in a row."""
    held: list[socket.socket] = []

    def respond() -> None:
        # Nobody is answered before both clients have come.
        for connection in [silent.accept()[0] for _ in range(2)]:
            connection.close()
        held.extend(silent.accept()[0] for _ in range(2))

    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(3) as threads:
        responder = threads.submit(respond)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        mutual.serve(
            "empty.crl", status("revoked", THEN_CRL), ocsp={"responder-url": url, "transmission-profile": "short"},
            transmission={"name": "short", "timeout": "2", "retry": "1"},
        )
        assert list(threads.map(lambda _: mutual.greeted(), range(2))) == [True, True]
        responder.result(timeout=10)
        for connection in held:
            assert connection.recv(4) == b"POST"
            connection.close()


@pytest.mark.parametrize("kind", ["ecdsa-p384", "ed25519", "rsa-pss-2048"])
def test_openssl_asks_the_ca(tmp_path: Path, kind: str) -> None:
    """Good, revoked with its reason, unknown; by POST with a nonce and by GET; an old answer is seen to be one."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", lambda: datetime.now(UTC), key_kind=kind)
    (tmp_path / "ca.pem").write_bytes(ca.certificate_pem())
    with CMPServer(ca, "127.31.9.1") as server:
        ca.name_responder(server.ocsp_url)
        with ca.exclusively() as core:
            validity = Validity.starting(core.now(), core.now(), timedelta(days=1))
            made = [
                issue(
                    core.authority, parse_dn(f"CN=sr{number}"), AlternativeNames(),
                    ec.generate_private_key(ec.SECP256R1()).public_key(), validity, ocsp_url=core.ocsp_url,
                )
                for number in range(3)
            ]
        for number, certificate in enumerate(made):
            (tmp_path / f"c{number}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
            if number < 2:
                ca.certificates.add(certificate)
        ca.revoke(f"{made[1].serial_number:x}", 1)
        access = made[0].extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        url = access[0].access_location.value
        assert url == server.ocsp_url
        for number, words in enumerate(("c0.pem: good", "c1.pem: revoked", "c2.pem: unknown")):
            said = ask(tmp_path, url, "-nonce", "-cert", f"c{number}.pem")
            assert "Response verify OK" in said, said
            assert words in said, said
            assert "WARNING: no nonce" not in said, said
        assert "keyCompromise" in ask(tmp_path, url, "-cert", "c1.pem")
        # A router's client goes to the responder that a certificate names, before that of its CA profile.
        desk = OCSPDesk("127.0.0.1", Faults(), lambda: datetime.now(UTC))
        profile = CAProfileConf("lab", ocsp=OCSPConf("http://127.0.0.1:1/"))
        found = [desk.ask(certificate, profile, ca.certificate()).status for certificate in made]
        assert found == ["good", "revoked", "unknown"]
        with ESTServer(ca, "127.31.9.1", folder=tmp_path, label="CMP-Server") as est:
            shown = ssl.get_server_certificate(("127.31.9.1", est.port))
        (tmp_path / "est.pem").write_text(shown)
        assert "est.pem: good" in ask(tmp_path, url, "-cert", "est.pem")
        ca.faults.set(stale_crl=True)
        assert "Status times invalid" in ask(tmp_path, url, "-cert", "c0.pem")
        ca.faults.clear()
        request = ocsp.OCSPRequestBuilder().add_certificate(made[1], ca.certificate(), hashes.SHA256()).build()
        coded = urllib.parse.quote(base64.b64encode(request.public_bytes(Encoding.DER)).decode(), safe="")
        path = urllib.parse.urlsplit(url).path
        seen = []
        for target in (coded, "AAAA", "%25"):
            connection = http.client.HTTPConnection("127.31.9.1", server.port, timeout=10)
            connection.request("GET", f"{path}/{target}")
            response = connection.getresponse()
            seen.append((response.status, response.read()))
            connection.close()
        assert ocsp.load_der_ocsp_response(seen[0][1]).certificate_status is ocsp.OCSPCertStatus.REVOKED
        refused = ocsp.load_der_ocsp_response(seen[1][1])
        assert refused.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        assert seen[2][0] == http.HTTPStatus.BAD_REQUEST
    ca.close()
