"""IPsec as a user of certificates in the lab's router: states, the one copy, who is believed, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki.failure import PKIRefusal

from tests.support.lab_bench import STATE, Bench, Tree, ca_profile, cert_profile, configuration
from tests.support.minting import CA, dn, key_usage

NOW = datetime.now(UTC)
START, END = NOW - timedelta(days=1), NOW + timedelta(days=100)
KEY = ec.generate_private_key(ec.SECP256R1())
PEER = 4711
NO_RESPONDER = 'OCSP - no responder in the certificate or in CA profile "one"'


def authority(name: str) -> CA:
    """A CA of that name."""
    key, usage = ec.generate_private_key(ec.SECP256R1()), key_usage("key_cert_sign", "crl_sign")
    return CA.make(name=dn(("CN", name)), usage=usage, key=key, not_before=START, not_after=END)


ONE, TWO, OTHER = authority("one"), authority("two"), authority("other")


def peer(issuer: CA, **about: object) -> x509.Certificate:
    """A peer's certificate."""
    given: dict[str, object] = {"key": KEY, "serial": PEER, "subject": dn(("CN", "peer"))}
    given |= {"not_before": START, "not_after": END} | about
    return x509.load_der_x509_certificate(issuer.issue(**given))  # type: ignore[arg-type]


def ipsec(status: dict[str, str]) -> Tree:
    """Two entries of different CAs, one trust anchor, and the profile that uses them."""
    used: Tree = {"cert-profile": "vpn", "trust-anchor-profile": "peers", "status-verify": dict(status)}
    return {
        "cert-profile": [
            {
                "name": "vpn", "admin-state": "enable",
                "entry": [
                    {"id": "2", "cert": "c1", "key": "k", "send-chain": {"ca-profile": "one"}},
                    {"id": "5", "cert": "c2", "key": "k", "compare-chain-include": "other"},
                ],
            },
            {"name": "off", "entry": [{"id": "1", "cert": "c1", "key": "k"}]},
        ],
        "trust-anchor-profile": [
            {"name": "peers", "trust-anchor": [{"ca-profile": "one"}, {"ca-profile": "down"}]},
        ],
        "ipsec-transport-mode-profile": [{"name": "t", "key-exchange": {"dynamic": {"cert": used}}}],
    }


def applied(bench: Bench, tls: Tree | None = None, status: dict[str, str] | None = None) -> None:
    """Put the configuration into force."""
    profiles = [
        ca_profile(name, cert_file=f"{name}.ca", **({"crl-file": "one.crl"} if name == "one" else {}))
        for name in ("one", "two", "other")
    ]
    down = ca_profile("down", cert_file="nothing")
    warning: Tree = {"hours": "1"}
    pki: Tree = {"ca-profile": [*profiles, down], "certificate-expiration-warning": warning}
    bench.apply(configuration(pki, tls, ipsec=ipsec(status or {})))


@pytest.fixture
def vpn(tmp_path: Path) -> Iterator[Bench]:
    """A router of 25.10 with the files of three CAs, and two certificates for one key."""
    bench = Bench(tmp_path, "25.10")
    form = serialization.PrivateFormat.PKCS8
    files = {
        ("cert", f"{name}.ca"): made.der
        for name, made in (("one", ONE), ("two", TWO), ("other", OTHER))
    } | {
        ("crl", "one.crl"): ONE.crl(NOW - timedelta(hours=1), NOW + timedelta(days=9), revoked=(PEER + 1,)),
        ("key", "k"): KEY.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption()),
        ("cert", "c1"): ONE.issue(key=KEY, not_before=START, not_after=END),
        ("cert", "c2"): TWO.issue(key=KEY, not_before=START, not_after=NOW + timedelta(days=2)),
    }
    for (kind, name), data in files.items():
        bench.put(name, data)
        bench.run(f"//admin certificate import type {kind} input cf3:/{name} output {name} format der")
    applied(bench)
    yield bench
    bench.close()


def told(bench: Bench, number: int) -> list[str]:
    """What events of a number say."""
    return [item.event.text for item in bench.host.events if item.event.number == number]


def test_states_of_the_profiles(vpn: Bench) -> None:
    """Flags, chains and anchors that are down, as nokia-state-ipsec has them."""
    state = vpn.pki.state().find(f"{{{STATE}}}ipsec")
    assert state is not None
    assert [
        (item.findtext("{*}name"), item.findtext("{*}oper-state"), item.findtext("{*}oper-flags"))
        for item in state.iterfind("{*}cert-profile")
    ] == [("vpn", "up", ""), ("off", "down", "profile-admin-down")]
    assert [
        (item.findtext("{*}id"), item.findtext("{*}computed-chain-status"), item.findtext(".//{*}ca-profile"))
        for item in state.iterfind("{*}cert-profile[{*}name='vpn']/{*}entry")
    ] == [("2", "complete", "one"), ("5", "complete", "two")]
    assert state.findtext("{*}trust-anchor-profile/{*}num-of-ca-profile-down") == "1"


def test_there_is_one_copy_and_reload_ipsec_reads_it_again(vpn: Bench) -> None:
    """By either command; TLS with the same files has the new ones, and what IPsec does not use is left alone."""
    applied(vpn, {"cert-profile": [cert_profile("c1", "k")]})
    vpn.put("new", ONE.issue(key=KEY, serial=77, not_before=START, not_after=END))
    vpn.run("//admin certificate import type cert input cf3:/new output c1 format der")
    assert vpn.act("reload", application="ipsec", certificate="c1", key="k").status == "completed"
    for application in ("TLS", "IPsec"):
        assert vpn.pki.profiles.used_certificates(application)["c1"].certificate().serial_number == 77
    assert [(item.event.number, item.event.subject) for item in vpn.host.events[-2:]] == [(2101, "IPsec")] * 2
    vpn.run("//admin certificate reload type cert-key-pair c2 protocol ipsec key-file k")
    vpn.apply(configuration({}, {"cert-profile": [cert_profile("c1", "k")]}))
    with pytest.raises(CommandFailed, match='File is not in use - "c1"'):
        vpn.act("reload", application="ipsec", certificate="c1", key="k")


def test_the_end_of_a_certificate_is_told_of_with_its_user(vpn: Bench) -> None:
    """Event 2095 names IPsec; both users of one file are told of."""
    applied(vpn, {"cert-profile": [cert_profile("c2", "k")]})
    vpn.host.clock.advance(timedelta(days=2, minutes=-30))
    said = sorted(text.split(" will")[0] for text in told(vpn, 2095))
    assert said == ["Certificate c2 used by IPsec", "Certificate c2 used by TLS"]


def test_which_entry_is_shown(vpn: Bench) -> None:
    """The first whose compare-chain has a CA that is asked for, be it an included one; else the first, with 2251."""
    shown = []
    for asked in ((), (ONE,), (TWO,), (OTHER,), (OTHER, ONE), (authority("stranger"),)):
        outcome = vpn.pki.ipsec.authenticate("t", peer(ONE), [made.certificate for made in asked])
        assert (outcome.refusal, outcome.shown is None) == ("", False)
        shown.append((outcome.shown.entry_id, outcome.shown.send_chain) if outcome.shown else None)
    assert shown == [(2, ("one",)), (2, ("one",)), (5, ()), (5, ()), (2, ("one",)), (2, ("one",))]
    assert len(told(vpn, 2251)) == 1


@pytest.mark.parametrize(
    ("certificate", "status", "reason"),
    [
        (peer(ONE), {}, ""),
        (peer(ONE, serial=PEER + 1), {}, "certificate is revoked"),
        (peer(TWO), {}, "certificate chain has no trust anchor"),
        (peer(authority("stranger")), {}, "certificate chain has no trust anchor"),
        (peer(ONE, not_after=NOW), {}, "certificate has expired"),
        (peer(ONE, not_before=NOW + timedelta(days=1)), {}, "certificate is not yet valid"),
        (peer(ONE), {"primary": "ocsp"}, f"certificate status is unknown ({NO_RESPONDER})"),
        (peer(ONE), {"primary": "ocsp", "default-result": "good"}, ""),
        (peer(ONE, serial=PEER + 1), {"primary": "ocsp", "secondary": "crl"}, "certificate is revoked"),
    ],
)
def test_whose_certificate_is_believed(
    vpn: Bench, certificate: x509.Certificate, status: dict[str, str], reason: str
) -> None:
    """Time, chain to a trust anchor, status; 2044 carries tunnel, certificate and reason, and the counters count."""
    applied(vpn, status=status)
    assert vpn.pki.ipsec.authenticate("t", certificate).refusal == reason
    told_of = [item.event.parameters for item in vpn.host.events if item.event.number == 2044]
    names = ("tmnxSecNotifTunnelName", "tmnxSecNotifCert", "tmnxSecNotifFailureReason")
    assert told_of == ([tuple(zip(names, ("t", "CN=peer", reason), strict=True))] if reason else [])
    assert vpn.state("security/pki/statistics/authentication/failed") == ("1" if reason else "0")


def test_nothing_is_shown_while_the_profile_is_down(vpn: Bench) -> None:
    """And a transport mode profile must be there."""
    vpn.host.flash.remove("cf3:/system-pki/c2")
    vpn.apply(configuration())
    applied(vpn)
    outcome = vpn.pki.ipsec.authenticate("t", peer(ONE), [ONE.certificate])
    assert (outcome.refusal, outcome.shown) == ("", None)
    with pytest.raises(PKIRefusal, match="does not exist"):
        vpn.pki.ipsec.authenticate("u", peer(ONE))
