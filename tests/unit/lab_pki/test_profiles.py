from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from sroscert_lab.router.pki.assumptions import Assumptions, Flip
from sroscert_lab.router.pki.failure import PKIRefusal
from sroscert_lab.router.pki.formats import Kind
from sroscert_lab.router.pki.identities import server_identity

from tests.support.lab_bench import (
    Bench,
    Keys,
    Tree,
    ca_profile,
    cert_profile,
    cipher_list,
    configuration,
    server_profile,
)
from tests.support.minting import CA, dn, key_usage

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=50)


def served(bench: Bench) -> bytes:
    """The certificate that the next connection would be shown."""
    identity = server_identity(bench.pki.profiles, "grpc", bench.pki.operations.ocsp)
    assert identity is not None
    return identity.certificate


def whole(*, certificate: str = "sr-cert", key: str = "sr-key", enabled: bool = True) -> etree._Element:
    """The tutorial's TLS configuration."""
    return configuration(
        {"ca-profile": [ca_profile()]},
        {
            "cert-profile": [cert_profile(certificate, key, enabled=enabled)],
            "server-cipher-list": [cipher_list("tls-rsa-with-aes128-cbc-sha")],
            "server-tls-profile": [server_profile()],
        },
    )


def test_all_is_up_after_the_tutorial(bench: Bench, authority: CA, keys: Keys) -> None:
    """With everything in place all profiles are up and the chain is complete."""
    bench.install_pair(authority, keys[0])
    bench.apply(whole())

    assert bench.state("security/pki/ca-profile/oper-state") == "up"
    assert bench.state("security/pki/ca-profile/oper-flags") == ""
    assert bench.state("security/tls/cert-profile/oper-state") == "up"
    assert bench.state("security/tls/cert-profile/entry/computed-chain-state") == "complete"
    assert bench.state("security/tls/cert-profile/entry/computed-chain/ca-profiles") == "ejbca"
    assert bench.state("security/tls/server-tls-profile/oper-state") == "up"
    assert 2045 in bench.host.numbers()
    assert 2094 in bench.host.numbers()


@pytest.mark.parametrize(("release", "word"), [("21.2", "adminDown"), ("23.10", "adminDown"), ("25.10", "admin-down")])
def test_the_flag_of_a_disabled_profile(bench: Bench, release: str, word: str) -> None:
    """A disabled CA profile says so in the spelling of its release."""
    other = type(bench)(bench.host.folder / release, release)
    try:
        other.apply(configuration({"ca-profile": [ca_profile(**{"admin-state": "disable"})]}))
        assert other.state("security/pki/ca-profile/oper-flags") == word
        assert other.state("security/pki/ca-profile/oper-state") == "down"
    finally:
        other.close()


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"is_ca": False}, "invalid-cert"),
        ({"is_ca": None}, "invalid-cert"),
        ({"usage": key_usage("digital_signature")}, "invalid-cert"),
        ({"usage": key_usage("key_cert_sign")}, "invalid-cert"),
        ({"not_before": NOW - timedelta(days=9), "not_after": NOW - timedelta(days=1)}, "expired-cert"),
        ({"not_before": NOW + timedelta(days=1), "not_after": LATER}, "not-yet-valid-cert"),
    ],
)
def test_ca_certificates_that_keep_a_profile_down(
    bench: Bench, keys: Keys, changes: dict[str, object], flag: str
) -> None:
    """A certificate that is no valid CA certificate keeps its CA profile down with the right flag."""
    span = {"not_before": NOW - timedelta(days=1), "not_after": LATER}
    bad = CA.make(key=keys[0], **(span | changes))  # type: ignore[arg-type]
    bench.put("ca.der", bad.der)
    bench.pki.operations.store.import_file(Kind.CERT, "cf3:/ca.der", "ca.pem", "der")
    bench.apply(configuration({"ca-profile": [ca_profile()]}))
    assert bench.state("security/pki/ca-profile/oper-flags") == flag


def test_a_missing_ca_file(bench: Bench) -> None:
    """invalid-cert also means that the file does not exist."""
    bench.apply(configuration({"ca-profile": [ca_profile()]}))
    assert bench.state("security/pki/ca-profile/oper-flags") == "invalid-cert"


def test_revocation_check_crl_needs_a_crl(bench: Bench, authority: CA, keys: Keys) -> None:
    """By default a CA profile is down without a CRL, and up with one that its CA has signed."""
    bench.install_pair(authority, keys[0])
    profile = ca_profile(revocation_check="crl", crl_file="ca.crl")
    bench.apply(configuration({"ca-profile": [profile]}))
    assert bench.state("security/pki/ca-profile/oper-flags") == "invalid-crl"

    bench.install(Kind.CRL, "ca.crl", authority.crl(NOW - timedelta(hours=1), LATER))
    bench.apply(configuration({"ca-profile": [profile | {"admin-state": "disable"}]}))
    bench.apply(configuration({"ca-profile": [profile]}))
    assert bench.state("security/pki/ca-profile/oper-flags") == ""


def test_a_wrong_key_is_flagged(bench: Bench, authority: CA, keys: Keys) -> None:
    """A certificate and a key that do not belong together take the profile down with invalid-cert-key-combo."""
    bench.install_pair(authority, keys[0])
    bench.install_pair(authority, keys[1], "-g2")
    bench.apply(whole(key="sr-key-g2"))
    assert bench.state("security/tls/cert-profile/down-reasons") == "invalid-cert-key-combo"
    assert bench.state("security/tls/cert-profile/entry/down-reasons") == "invalid-cert-key-combo"
    assert bench.state("security/tls/cert-profile/oper-state") == "down"
    assert bench.state("security/tls/server-tls-profile/oper-state") == "down"


def test_missing_files_are_flagged(bench: Bench) -> None:
    """Files that are not in system-pki are named as reasons."""
    bench.apply(whole())
    assert bench.state("security/tls/cert-profile/down-reasons") == "invalid-cert-file invalid-key-file"
    bench.apply(whole(enabled=False))
    assert bench.state("security/tls/cert-profile/down-reasons") == "profile-admin-down"


def test_an_import_has_no_effect_before_a_reload(bench: Bench, authority: CA, keys: Keys) -> None:
    """A file that is imported over one in use is served only after `reload`, which reports both files."""
    first = bench.install_pair(authority, keys[0])
    bench.apply(whole())
    second = bench.install_pair(authority, keys[1])
    assert served(bench) == first

    bench.pki.profiles.reload("sr-cert", "sr-key")

    assert served(bench) == second
    assert [entry.event.text for entry in bench.host.events[-2:]] == [
        'Certificate file "sr-cert" has been reloaded.',
        'Key file "sr-key" has been reloaded.',
    ]


def test_a_reload_of_a_wrong_pair_changes_nothing(bench: Bench, authority: CA, keys: Keys) -> None:
    """A pair that does not match, or is not there, is refused and the old one stays loaded."""
    first = bench.install_pair(authority, keys[0])
    bench.install_pair(authority, keys[1], "-g2")
    bench.apply(whole())
    for certificate, key in (("sr-cert", "sr-key-g2"), ("nothing", "sr-key"), ("sr-cert-g2", "sr-key-g2")):
        with pytest.raises(PKIRefusal):
            bench.pki.profiles.reload(certificate, key)
    assert served(bench) == first
    assert 2101 not in bench.host.numbers()


def test_disabling_all_users_drops_the_cached_copy(bench: Bench, authority: CA, keys: Keys) -> None:
    """The last user's disabling drops a copy, so that enabling again reads the file."""
    bench.install_pair(authority, keys[0])
    bench.apply(whole())
    second = bench.install_pair(authority, keys[1])
    bench.apply(whole(enabled=False))
    bench.apply(whole())
    assert served(bench) == second


def test_a_copy_lives_while_another_user_holds_it(bench: Bench, authority: CA, keys: Keys) -> None:
    """A bounce of one profile does not re-read what another enabled profile holds."""
    first = bench.install_pair(authority, keys[0])
    other = cert_profile() | {"cert-profile-name": "other"}
    ciphers: Tree = {"server-cipher-list": [cipher_list("tls-rsa-with-aes128-cbc-sha")]}
    servers: Tree = {"server-tls-profile": [server_profile()]}
    both: Tree = {"cert-profile": [cert_profile(), other]} | ciphers | servers
    one: Tree = {"cert-profile": [cert_profile(enabled=False), other]} | ciphers | servers
    bench.apply(configuration(tls=both))
    bench.install_pair(authority, keys[1])
    bench.apply(configuration(tls=one))
    bench.apply(configuration(tls=both))
    assert served(bench) == first


@pytest.mark.parametrize("flip", list(Flip))
def test_when_a_flip_takes_effect(bench: Bench, authority: CA, keys: Keys, flip: Flip) -> None:
    """A flip of the entry shows at once, or only after the profile was disabled and enabled: as the switch says."""
    bench.pki.assumptions = replace(Assumptions(), flip=flip)
    first = bench.install_pair(authority, keys[0])
    second = bench.install_pair(authority, keys[1], "-g2")
    bench.apply(whole())

    bench.apply(whole(certificate="sr-cert-g2", key="sr-key-g2"))
    assert served(bench) == (second if flip is Flip.AT_ONCE else first)

    bench.apply(whole(certificate="sr-cert-g2", key="sr-key-g2", enabled=False))
    bench.apply(whole(certificate="sr-cert-g2", key="sr-key-g2"))
    assert served(bench) == second


def test_a_restart_leaf_makes_the_ca_profile_read_its_file_again(bench: Bench, authority: CA, keys: Keys) -> None:
    """A change of a restart leaf bounces the profile; a new description does not."""
    bench.apply(configuration({"ca-profile": [ca_profile()]}))
    bench.install_pair(authority, keys[0])
    bench.apply(configuration({"ca-profile": [ca_profile(description="new")]}))
    assert bench.state("security/pki/ca-profile/oper-state") == "down"
    bench.apply(configuration({"ca-profile": [ca_profile(url="http://127.0.0.1:2/other")]}))
    assert bench.state("security/pki/ca-profile/oper-state") == "up"


def test_a_boot_reads_all_files_again(bench: Bench, authority: CA, keys: Keys) -> None:
    """After a boot nothing is cached: the files as they are now are loaded."""
    bench.install_pair(authority, keys[0])
    bench.apply(whole())
    second = bench.install_pair(authority, keys[1])
    bench.host.started += timedelta(seconds=1)
    bench.apply(whole())
    assert served(bench) == second


def test_trust_anchors_count_profiles_that_are_down(bench: Bench, authority: CA, keys: Keys) -> None:
    """A trust-anchor profile counts its CA profiles that are not operational."""
    bench.install_pair(authority, keys[0])
    anchors: Tree = {
        "trust-anchor-profile-name": "clients",
        "trust-anchor": [{"ca-profile-name": "ejbca"}, {"ca-profile-name": "dead"}],
    }
    bench.apply(
        configuration(
            {"ca-profile": [ca_profile(), ca_profile("dead", cert_file="none")]},
            {"trust-anchor-profile": [anchors]},
        )
    )
    assert bench.state("security/tls/trust-anchor-profile/ca-profile-down") == "1"


def test_a_profile_goes_down_when_its_ca_certificate_expires(bench: Bench, authority: CA, keys: Keys) -> None:
    """The validity of a CA certificate is judged at the lab's time."""
    bench.install_pair(authority, keys[0])
    bench.apply(configuration({"ca-profile": [ca_profile()]}))
    bench.host.clock.advance(timedelta(days=101))
    assert bench.state("security/pki/ca-profile/oper-flags") == "expired-cert"


@pytest.mark.parametrize(("depth", "state"), [("1", "partial"), ("2", "complete")])
def test_the_depth_of_a_chain(bench: Bench, authority: CA, keys: Keys, depth: str, state: str) -> None:
    """`maximum-cert-chain-depth` ends a chain that is longer."""
    bench.install_pair(authority, keys[0])
    name, usage = dn(("CN", "Below")), key_usage("key_cert_sign", "crl_sign")
    span = NOW - timedelta(days=1), LATER
    middle = CA.make(name=name, usage=usage, not_before=span[0], not_after=span[1], key=keys[1])
    signed = authority.issue(subject=name, key=keys[1], usage=usage, is_ca=True, not_before=span[0], not_after=span[1])
    for file, data in (
        ("below.pem", signed),
        ("sr-cert", middle.issue(key=keys[0], not_before=span[0], not_after=span[1])),
    ):
        bench.install(Kind.CERT, file, data)
    profiles: Tree = {"ca-profile": [ca_profile(), ca_profile("below", cert_file="below.pem")]}
    bench.apply(configuration(profiles | {"maximum-cert-chain-depth": depth}, {"cert-profile": [cert_profile()]}))
    assert bench.state("security/tls/cert-profile/entry/computed-chain-state") == state


def test_a_profile_that_is_loading(bench: Bench, authority: CA, keys: Keys) -> None:
    """While the fault lasts it is down with a flag for each of its files, takes TLS down, and comes up by itself."""
    bench.install_pair(authority, keys[0])
    bench.host.faults.set("slow-load")
    restarted = ca_profile(crl_file="ca.crl")
    restarted["cmpv2"] = {"response-signing-cert": "ca.pem"}
    entry = cert_profile()
    entry["entry"] = [{
        "entry-id": "1", "certificate-file": "sr-cert", "key-file": "sr-key",
        "send-chain": {"ca-profile": [{"ca-profile-name": "ejbca"}]},
    }]
    bench.apply(configuration({"ca-profile": [restarted]}, {"cert-profile": [entry]}))
    flags = "security/pki/ca-profile/oper-flags"
    assert bench.state(flags) == "loading-crl loading-cert loading-cmpv2-signing-cert"
    assert bench.state("security/pki/ca-profile/oper-state") == "down"
    assert bench.state("security/tls/cert-profile/down-reasons") == "ca-profile-oper-down"
    assert bench.state("security/tls/cert-profile/entry/computed-chain-state") == "not-available"

    bench.host.clock.advance(timedelta(seconds=6))
    assert bench.state(flags) == ""
    assert bench.state("security/tls/cert-profile/oper-state") == "up"
    assert bench.state("security/tls/cert-profile/entry/computed-chain-state") == "complete"
    assert [entry.event.text for entry in bench.host.events if entry.event.number == 2045] == [
        'CA profile "ejbca" changed its operational state to up.'
    ]


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_what_restarts_a_ca_profile_has_it_read_its_files_again(tmp_path: Path, authority: CA, release: str) -> None:
    """Nokia's models mark the leaves; those of automatic CRL updates lost the mark with 23.3."""
    bench = Bench(tmp_path, release)
    steps: list[tuple[str, Tree, bool]] = [
        ("description", {"description": "another"}, False),
        ("key list", {"cmpv2": {"key-list": {"key": [{"reference-number": "1", "password": "x"}]}}}, release == "21.2"),
        ("URLs", {"auto-crl-update": {"crl-urls": {"url-entry": [{"entry-id": "1", "url": "u"}]}}}, release == "21.2"),
        ("retry", {"auto-crl-update": {"retry-interval": "0"}}, True),
        ("check", {"revocation-check": "crl-optional"}, True),
    ]
    now = bench.host.clock()
    before: Tree = {
        "revocation-check": "crl", "crl-file": "ca.crl", "cmpv2": {"url": {"url-string": "http://127.0.0.1:1/x"}},
        "auto-crl-update": {"admin-state": "disable"},
    }
    good, broken = (authority.crl(now - timedelta(hours=2), now + timedelta(hours=end)) for end in (9, -1))
    put_files(bench, authority, good)
    for what, change, restarts in steps:
        put_files(bench, authority, good)
        bench.apply(configuration({"ca-profile": [ca_profile() | {"admin-state": "disable"}]}))
        bench.apply(configuration({"ca-profile": [ca_profile() | before]}))
        put_files(bench, authority, broken)
        events = len(bench.host.events)
        bench.apply(configuration({"ca-profile": [merged(ca_profile() | before, change)]}))
        assert (len(bench.host.events) > events) == restarts, what
    bench.close()


def merged(old: Tree, new: Tree) -> Tree:
    """Configuration with more in it; a container that both have keeps what it had."""
    both = dict(old)
    for name, leaf in new.items():
        held = old.get(name)
        both[name] = {**held, **leaf} if isinstance(held, dict) and isinstance(leaf, dict) else leaf
    return both


def put_files(bench: Bench, authority: CA, crl: bytes) -> None:
    """Import the CA's certificate and this CRL over what is there."""
    bench.put("ca.pem", authority.pem)
    bench.put("ca.crl", crl)
    for kind, name, encoding in ((Kind.CERT, "ca.pem", "pem"), (Kind.CRL, "ca.crl", "der")):
        bench.pki.operations.store.import_file(kind, f"cf3:/{name}", name, encoding)
