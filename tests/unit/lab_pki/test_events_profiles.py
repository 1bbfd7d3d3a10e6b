"""SECURITY events of profiles and of what they use, by number: chains, CRLs, ends of validity, renewals."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

from sroscert_lab.router.pki.formats import Kind, key_der
from sroscert_lab.router.pki.identities import server_identity

from tests.support.lab_bench import Bench, Keys, Tree, ca_profile, configuration
from tests.support.minting import CA, dn, key_usage
from tests.support.pki_events import GRPC, only, tls

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def test_2088_of_a_certificate_without_an_issuer(bench: Bench, authority: CA, keys: Keys) -> None:
    """A served certificate whose chain is empty is told once; with its CA in service it is not."""
    bench.install_pair(authority, keys[0])
    bench.apply(configuration({"ca-profile": [ca_profile()]}, tls()))
    assert 2088 not in bench.host.numbers()
    for _ in range(2):
        bench.apply(configuration({}, tls()))
    assert only(bench, 2088)[0] == "tmnxSecComputeCertChainFailure"
    assert "sr-cert" in only(bench, 2088)[1]


def test_2093_and_2094_of_a_profile_that_needs_no_crl(bench: Bench, authority: CA) -> None:
    """2094 when it comes up without a CRL that it can use; 2093 (assumed) when that gets lost while it is up."""
    bench.install(Kind.CRL, "ca.crl", authority.crl(NOW - DAY, NOW + DAY))
    bench.install(Kind.CERT, "ca.pem", authority.der)
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


def test_2114_until_a_served_certificate_is_valid(bench: Bench, authority: CA, keys: Keys) -> None:
    """A certificate that is not valid yet is not served; at its time it is, and nobody has to do anything."""
    bench.install_pair(authority, keys[0], begin=DAY, end=9 * DAY)
    bench.apply(configuration({"ca-profile": [ca_profile()]}, tls(), GRPC))
    assert only(bench, 2114)[1] == "Certificate sr-cert is not yet valid."
    assert server_identity(bench.pki.profiles, "grpc", bench.pki.operations.ocsp) is None
    bench.host.clock.advance(2 * DAY)
    assert bench.served()


def test_2095_to_2097_of_a_certificate_in_use(bench: Bench, authority: CA, keys: Keys) -> None:
    """Warned of by the hour, told of at its end, and cleared by its successor; the text is a transcript's."""
    warning: Tree = {"certificate-expiration-warning": {"hours": "2", "repeat-hours": "1"}}
    bench.install_pair(authority, keys[0], end=DAY)
    bench.apply(configuration({"ca-profile": [ca_profile()], **warning}, tls()))
    bench.host.clock.advance(DAY + timedelta(minutes=1))
    texts = [entry.event.text for entry in bench.host.log() if entry.event.number in (2095, 2096, 2097)]
    assert texts == [
        "Certificate sr-cert used by TLS will expire in 2 hour(s) and 0 minute(s).",
        "Certificate sr-cert used by TLS will expire in 1 hour(s) and 0 minute(s).",
        "Certificate sr-cert used by TLS has expired.",
    ]
    now = bench.host.clock()
    bench.install(Kind.CERT, "sr-cert", authority.issue(key=keys[0], not_before=now - DAY, not_after=now + 9 * DAY))
    assert 2097 not in bench.host.numbers()
    bench.run("//admin certificate reload type cert-key-pair sr-cert protocol tls key-file sr-key")
    name, text = only(bench, 2097)
    assert name == "tmnxPkiCertExpWarningCleared" and "certificate sr-cert used by TLS is cleared" in text


def test_2245_and_2247_of_a_native_renewal_that_fails(new_bench: Bench, authority: CA, keys: Keys) -> None:
    """An update is told when it starts, and when its CA cannot be reached; it will be tried again."""
    new_bench.install_pair(authority, keys[0], end=2 * DAY)
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
    bench.install(Kind.CERT, "below.pem", signed)
    bench.install(Kind.CERT, "ca.pem", authority.der)
    bench.install(Kind.CERT, "sr-cert", below.issue(key=keys[0], not_before=NOW - DAY, not_after=NOW + DAY))
    bench.install(Kind.KEY, "sr-key", key_der(keys[0]))
    below_only = [ca_profile("below", cert_file="below.pem")]
    entry = "security/tls/cert-profile/entry"

    bench.apply(configuration({"ca-profile": below_only}, tls()))
    assert bench.state(f"{entry}/computed-chain-state") == "partial"
    assert bench.state(f"{entry}/computed-chain/ca-profiles") == "below"
    assert 2088 not in bench.host.numbers()

    bench.apply(configuration({"ca-profile": [*below_only, ca_profile()]}, tls()))
    assert bench.state(f"{entry}/computed-chain-state") == "complete"
