"""The lab router's EST operations against the lab's EST server (which curl and openssl check in test_est_server)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from sroscert_lab.cmp import CertificationAuthority
from sroscert_lab.est.server import ESTServer
from sroscert_lab.router.errors import CommandFailed
from sroscert_lab.router.pki.formats import Kind
from sroscert_lab.router.pki.identities import client_identity

from tests.support.lab import wait_until
from tests.support.lab_bench import Bench, Tree, ca_profile, cert_profile, configuration

HOST = "127.53.0.8"
PAIR = ("sr-cert", "sr-key")
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"
AUTO = "security/pki/certificate-auto-update"
#: A suite that the release has, by the name of its list.
CIPHERS = {
    "21.10": ("cipher", "tls-rsa-with-aes128-gcm-sha256"),
    "25.10": ("tls12-cipher", "tls-ecdhe-rsa-aes128-gcm-sha256"),
    "26.3": ("tls13-cipher", "tls-aes128-gcm-sha256"),
}


@dataclass
class Site:
    """A CA with its EST server, and one router that trusts it and has an imported key ``sr-key``."""

    ca: CertificationAuthority
    server: ESTServer
    bench: Bench
    password: str = ""

    def __post_init__(self) -> None:
        self.new_code()
        self.bench.put("ca.pem", self.ca.certificate_pem())
        self.bench.run("//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem")
        self.new_key("sr-key")
        self.configure()

    def new_code(self) -> None:
        """A fresh one-time code; the next configuration has it."""
        code = self.ca.codes.issue("sr", subject=SUBJECT, san_ips=(self.bench.host.address,))
        self.password = code.secret

    def new_key(self, name: str) -> None:
        """Make and import a key."""
        self.bench.run(f"//admin certificate gen-keypair cf3:/{name} type ecdsa curve secp256r1")
        self.bench.run(f"//admin certificate import type key input cf3:/{name} output {name} format der")

    def configure(
        self, est: Tree | None = None, tls: Tree | None = None, pki: Tree | None = None, pair: tuple[str, ...] = ()
    ) -> None:
        """Put the profiles into force; ``est`` and ``tls`` change the EST and the client TLS profile.

        ``pair`` is the certificate and key that the router shows to the server.
        """
        kind, suite = CIPHERS[self.bench.host.release]
        profile: Tree = {
            "name": "est",
            "client-tls-profile": "client",
            "server": {"ipv4": HOST, "port": str(self.server.port)},
            "http-authentication": {"username": "sr", "password": self.password},
        }
        client: Tree = {
            "client-profile-name": "client", "admin-state": "enable", "cipher-list": "ciphers",
            "trust-anchor-profile": "anchors",
        }
        if kind == "tls13-cipher":
            client["protocol-version"] = "tls-version-13"
        if pair:
            client["cert-profile"] = "served"
        if tuple(map(int, self.bench.host.release.split("."))) >= (23, 7):
            client["status-verify"] = {"default-result": "good"}
        everything: Tree = {
            "client-cipher-list": [{"client-cipher-list-name": "ciphers", kind: [{"index": "1", "name": suite}]}],
            "client-tls-profile": [client | (tls or {})],
            "trust-anchor-profile": [
                {"trust-anchor-profile-name": "anchors", "trust-anchor": [{"ca-profile-name": "ejbca"}]}
            ],
            "cert-profile": [cert_profile(*pair)] if pair else [],
        }
        pki_tree: Tree = {"ca-profile": [ca_profile()], "est-profile": [profile | (est or {})], **(pki or {})}
        self.bench.apply(configuration(pki_tree, everything))

    def enroll(self, **leaves: str) -> None:
        """`est enroll` for ``sr-key`` into ``sr-cert``."""
        usual: dict[str, str | None] = {
            "est_profile": "est", "key": "cf3:\\system-pki\\sr-key", "output_file": "sr-cert",
            "subject_dn": SUBJECT, "ip_address": self.bench.host.address,
        }
        given = {**usual, **leaves}
        self.bench.act("est/enroll", **{name: value for name, value in given.items() if value != "-"})

    def held(self, name: str = "sr-cert") -> x509.Certificate:
        """An imported certificate."""
        return self.bench.pki.operations.store.load(Kind.CERT, name).certificate()

    def awaits(self, state: str) -> None:
        """Wait until native renewal is in a state: an attempt of the clock's own thread may be under way."""
        wait_until(lambda: self.bench.state(f"{AUTO}/update-state") == state, f"update-state {state}")

    def journal(self) -> list[tuple[str, str, str]]:
        """What the CA decided: operation, outcome, and by what the router logged in."""
        return [(item.kind, item.result, item.credential.partition(":")[0]) for item in self.ca.journal.entries()]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Build a site with a router of a release."""
    made: list[Site] = []

    def build(release: str = "25.10", **server: bool | str) -> Site:
        bench = Bench(tmp_path / release, release)
        ca = CertificationAuthority.create_or_load(
            tmp_path / "ca", "ManagementCA", bench.host.clock, key_kind="ecdsa-p256"
        )
        running = ESTServer(ca, HOST, folder=tmp_path, **server).start()  # type: ignore[arg-type]
        site = Site(ca, running, bench)
        made.append(site)
        return site

    yield build
    for site in made:
        site.bench.close()
        site.server.stop()
        site.ca.close()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """A site with a 25.10 router."""
    return make_site()


@pytest.mark.parametrize("release", ["25.10", "26.3"])
def test_a_router_enrols_and_renews(make_site: Callable[..., Site], release: str) -> None:
    """CA certificates, a certificate by login, and its renewal by TLS with the certificate, for another key."""
    site = make_site(release)
    bench = site.bench
    if release == "26.3":
        paths: Tree = {name: f"/.well-known/est/CMP-Server/{name}" for name in ("cacerts", "simpleenroll")}
        site.configure({"server": {"ipv4": HOST, "port": str(site.server.port), "path": paths}})
    bench.act("est/ca-certificates", est_profile="est", output_url="cf3:\\cas.p7")
    bench.act("import", input_url="cf3:\\cas.p7", output_file="est-ca", type="certificate", format="pkcs7-der")
    assert site.held("est-ca") == site.ca.certificate()

    site.enroll(validate_certificate_chain="")
    first = site.held()
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert first.subject.rfc4514_string() == "CN=sr,O=Nokia,ST=ZH,C=NL"
    assert [str(item) for item in names.get_values_for_type(x509.IPAddress)] == [bench.host.address]

    site.configure(pair=PAIR)
    site.new_key("sr-key-2")
    bench.act(
        "est/renew", est_profile="est", certificate="cf3:\\system-pki\\sr-cert",
        key="cf3:\\system-pki\\sr-key-2", output_file="sr-cert-2",
    )
    second = site.held("sr-cert-2")
    assert (second.subject, second.public_key() == first.public_key()) == (first.subject, False)
    bench.pki.operations.profiles.check_pair("sr-cert-2", "sr-key-2")
    assert site.journal() == [("simpleenroll", "issued", "basic"), ("simplereenroll", "issued", "tls")]


def test_the_classic_commands(make_site: Callable[..., Site]) -> None:
    """Before 23.3 there are the commands of the classic CLI; the release has static RSA alone."""
    site = make_site("21.10")
    run = site.bench.run
    assert run("//admin certificate est cacerts est-profile est output cf3:/cas.p7") == ""
    with pytest.raises(CommandFailed, match="already exists"):
        run("//admin certificate est cacerts est-profile est output cf3:/cas.p7")
    assert run("//admin certificate est cacerts est-profile est output cf3:/cas.p7 force") == ""
    line = (
        f"//admin certificate est enroll est-profile est key cf3:/system-pki/sr-key subject-dn {SUBJECT} "
        f"ip-addr {site.bench.host.address} output sr-cert"
    )
    with pytest.raises(CommandFailed, match="Bad command"):
        run(f"{line} hash-alg md4")
    assert run(f"{line} hash-alg sha384") == ""
    site.configure(pair=PAIR)
    line = "//admin certificate est renew est-profile est cert cf3:/system-pki/sr-cert key cf3:/system-pki/sr-key"
    assert run(f"{line} output again") == ""
    assert site.held("again").public_key() == site.held().public_key()


def test_what_the_router_refuses_by_itself(site: Site) -> None:
    """What is configured wrongly or is not there is refused before anybody is asked."""
    site.enroll(output_file="there")
    before = site.journal()
    asked: tuple[tuple[dict[str, str], Tree | None, Tree | None, str], ...] = (
        ({"est_profile": "none"}, None, None, 'EST profile "none" does not exist'),
        ({}, {"client-tls-profile": "none"}, None, 'profile "none" is not operational'),
        ({}, {"client-tls-profile": ""}, None, "has no client TLS profile"),
        ({}, {"server": {}}, None, "has no server"),
        ({}, None, {"admin-state": "disable"}, 'profile "client" is not operational'),
        ({}, None, {"trust-anchor-profile": ""}, "no trust anchor in service"),
        ({"key": "cf3:\\system-pki\\none"}, None, None, 'File not found - "none"'),
        ({"key": "sr-key"}, None, None, "Invalid element value - 'sr-key'"),
        ({"output_file": "there"}, None, None, "already exists"),
        ({"subject_dn": "X=1"}, None, None, "Invalid subject DN"),
    )
    for leaves, est, tls, reason in asked:
        site.configure(est, tls)
        with pytest.raises(CommandFailed, match=reason):
            site.enroll(**leaves)
    assert not site.bench.host.flash.exists("cf3:/system-pki/sr-cert")
    assert site.journal() == before


def test_what_the_server_refuses(site: Site) -> None:
    """A wrong login, other names, a waiting request, another's key and a dead server leave no file."""
    cases: tuple[tuple[Tree, dict[str, object], str], ...] = (
        ({"http-authentication": {}}, {}, "status 401: log in"),
        ({"http-authentication": {"username": "sr", "password": "wrong"}}, {}, "status 401"),
        ({}, {"reject": None}, "status 403: .* not registered"),
        ({}, {"wrong_key": True}, "for another key"),
        ({}, {"down": True}, r"No response from the server|TLS has failed"),
        ({}, {"pending": -1, "check_after": 60}, "The request is pending, retry after 60 seconds"),
    )
    for est, fault, reason in cases:
        site.new_code()
        site.configure(est)
        site.ca.faults.set(**fault)
        other = {"ip_address": "192.0.2.77"} if "reject" in fault else {}
        with pytest.raises(CommandFailed, match=reason):
            site.enroll(**other)
        site.ca.faults.clear()
    assert not site.bench.host.flash.exists("cf3:/system-pki/sr-cert")


def test_a_waiting_request_is_asked_again(site: Site) -> None:
    """After the approval the same operation gets the certificate; a full card loses it, and a file is kept from it."""
    site.ca.faults.set(pending=-1)
    with pytest.raises(CommandFailed, match="pending"):
        site.enroll()
    site.ca.approve()
    site.enroll()
    assert site.held().issuer == site.ca.certificate().subject


@pytest.mark.parametrize(
    ("server", "only_ra", "reason"),
    [
        ({}, False, ""),
        ({"named": "192.0.2.1"}, False, "IP address mismatch"),
        ({"named": "192.0.2.1"}, True, ""),
        ({"ra": False}, False, ""),
        ({"ra": False}, True, "has no id-kp-cmcRA"),
    ],
    ids=["by name", "another name", "by purpose", "by name without purpose", "without purpose"],
)
def test_which_server_is_trusted(
    make_site: Callable[..., Site], server: dict[str, bool | str], only_ra: bool, reason: str
) -> None:
    """A server is known by its name, or with check-id-kp-cmcra-only by the purpose of its certificate alone."""
    site = make_site(**server)
    site.configure({"check-id-kp-cmcra-only": str(only_ra).lower()})
    if not reason:
        site.enroll()
        return
    with pytest.raises(CommandFailed, match=reason):
        site.enroll()
    assert site.journal() == []


def test_a_server_of_another_ca_is_not_trusted(site: Site, tmp_path: Path) -> None:
    """The server's chain must end at a trust anchor, and must not have ended by the router's clock."""
    site.bench.host.clock.advance(timedelta(days=21 * 365))
    with pytest.raises(CommandFailed, match="no trust anchor in service"):
        site.enroll()
    stranger = CertificationAuthority.create_or_load(
        tmp_path / "other", "ManagementCA", site.bench.host.clock, key_kind="ecdsa-p256"
    )
    site.bench.put("ca.pem", stranger.certificate_pem())
    stranger.close()
    site.bench.run("//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem")
    site.bench.apply(configuration())
    site.configure()
    with pytest.raises(CommandFailed, match="certificate cannot be verified"):
        site.enroll()
    assert site.journal() == []


def test_the_status_of_a_server_is_looked_up(site: Site) -> None:
    """`status-verify` of the client TLS profile: revoked unless it is known or the default says otherwise."""
    site.bench.put("ca.crl", site.ca.crl_der())
    site.bench.run("//admin certificate import type crl input cf3:/ca.crl output ca.crl format der")
    default: Tree = {"status-verify": {}}
    profile: Tree = {"ca-profile": [ca_profile(crl_file="ca.crl")]}
    site.configure(tls=default)
    with pytest.raises(CommandFailed, match="status is unknown"):
        site.enroll()
    assert site.journal() == []
    site.configure(tls=default, pki=profile)
    site.enroll()
    assert site.journal() == [("simpleenroll", "issued", "basic")]


def renewing() -> Tree:
    """Configuration of native renewal by EST."""
    profile: Tree = {"name": "p", "est": {"est-profile": "est"}, "before-expiry": "864000", "retry-interval": "36000"}
    entry: Tree = {"certificate-file-name": "sr-cert", "key-file-name": "sr-key", "profile": "p"}
    return {"certificate-update-profile": profile, "certificate-auto-update": entry}


def test_native_renewal_by_est(site: Site) -> None:
    """Ten days before the end a router makes a new key, renews by simplereenroll, and shows the new pair."""
    site.enroll()
    first = site.held()
    site.configure(pair=PAIR, pki=renewing())
    clock = site.bench.host.clock
    site.awaits("scheduled")

    site.ca.faults.set(pending=-1)
    clock.advance(timedelta(days=355, minutes=1))
    site.awaits("wait-for-retry")
    assert site.held() == first
    site.ca.approve()
    clock.advance(timedelta(hours=11))
    site.awaits("scheduled")
    second = site.held()

    assert second != first
    assert (second.subject, second.public_key() == first.public_key()) == (first.subject, False)
    site.bench.pki.operations.profiles.check_pair("sr-cert", "sr-key")
    assert client_identity(site.bench.pki.profiles, "client").pair is not None
    assert [item for item in site.journal() if item[0] == "simplereenroll"] == [
        ("simplereenroll", "waiting", "tls"), ("simplereenroll", "issued", "tls"),
    ]
    assert [number for number in site.bench.host.numbers() if number in (2245, 2246, 2247)] == [2245, 2247, 2245, 2246]


def test_a_certificate_that_has_ended_is_renewed_with_another_one(site: Site) -> None:
    """By itself an ended certificate is not renewed; with another one of the same subject for TLS it is (guide)."""
    site.enroll()
    first = site.held()
    site.configure(pki=renewing(), pair=PAIR)
    site.ca.faults.set(down=True)
    clock = site.bench.host.clock
    clock.advance(timedelta(days=366))
    site.ca.faults.clear()
    clock.advance(timedelta(hours=11))
    site.awaits("wait-for-retry")
    assert site.held() == first

    site.new_code()
    site.new_key("tls-key")
    site.configure(pki=renewing())
    site.enroll(key="cf3:\\system-pki\\tls-key", output_file="tls-cert", ip_address="-")
    site.configure(pki=renewing(), pair=("tls-cert", "tls-key"))
    clock.advance(timedelta(hours=11))
    site.awaits("scheduled")
    assert site.held().not_valid_after_utc > clock()
    site.bench.pki.operations.profiles.check_pair(*PAIR)
