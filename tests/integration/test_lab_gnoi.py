"""The lab router's gNOI certificate management: the course of a public tutorial, its rights, and its refusals."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sroscert_lab.router.accounts import may_call_grpc
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.gnoiservice import CertificateManagement
from sroscert_lab.router.grpcaccess import GRPCAccess
from sroscert_lab.router.pki import make_behaviour
from sroscert_lab.router.pki.certdesk import CertificateDesk

from tests.support.gnoi_client import SERVICE, GNOIClient, Stream
from tests.support.lab import lab_host, wait_until
from tests.support.lab_bench import STATE, Bench
from tests.support.minting import CA, key_usage, rsa_key
from tests.support.netconf_client import configuration, connect

START, END = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=50)
PEM = serialization.Encoding.PEM
CLEAR = """<system><grpc><admin-state>enable</admin-state><allow-unsecure-connection/><gnoi><cert-mgmt>
  <admin-state>enable</admin-state></cert-mgmt></gnoi></grpc></system>"""
RIGHTS = """<system><security><aaa><local-profiles><profile><user-profile-name>administrative</user-profile-name><grpc>
  <rpc-authorization>{}</rpc-authorization></grpc></profile></local-profiles></aaa></security></system>"""
ALL_RIGHTS = RIGHTS.format("".join(
    f"<gnoi-cert-mgmt-{call}>permit</gnoi-cert-mgmt-{call}>"
    for call in ("rotate", "install", "getcert", "revoke", "cangenerate")
))
TLS = """<system><security><pki><ca-profile><ca-profile-name>lab</ca-profile-name><admin-state>enable</admin-state>
    <cert-file>ca.pem</cert-file><revocation-check>crl-optional</revocation-check></ca-profile></pki>
  <tls><cert-profile><cert-profile-name>one</cert-profile-name><admin-state>enable</admin-state><entry>
      <entry-id>1</entry-id><certificate-file>certalpha.crt</certificate-file><key-file>certalpha.key</key-file>
    </entry></cert-profile>
    <server-cipher-list><server-cipher-list-name>c</server-cipher-list-name><tls12-cipher><index>1</index>
      <name>tls-ecdhe-rsa-aes256-gcm-sha384</name></tls12-cipher></server-cipher-list>
    <server-tls-profile><server-profile-name>p</server-profile-name><admin-state>enable</admin-state>
      <cert-profile>one</cert-profile><cipher-list>c</cipher-list></server-tls-profile></tls></security>
  <grpc><tls-server-profile>p</tls-server-profile></grpc></system>"""


@pytest.fixture(scope="module")
def authority() -> CA:
    """A CA that is valid now."""
    return CA.make(usage=key_usage("key_cert_sign", "crl_sign"), not_before=START, not_after=END)


@dataclass
class Router:
    """A router, and a CA that signs what it asks for."""

    core: RouterCore
    authority: CA

    def configure(self, text: str) -> None:
        """Commit over NETCONF."""
        with connect(self.core) as client:
            client.edit_config(configuration(text), target="candidate")
            client.commit()

    def signed(self, request: bytes) -> bytes:
        """The certificate for a request, in PEM."""
        key = x509.load_pem_x509_csr(request).public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        return signed(self.authority, key, self.core.address)

    def client(self, *, clear: bool = False) -> GNOIClient:
        """A client on a connection of its own; over TLS it trusts the CA alone."""
        target = f"{self.core.address}:{self.core.ports.gnmi}"
        options = (("grpc.use_local_subchannel_pool", 1),)
        if clear:
            return GNOIClient(grpc.insecure_channel(target, options))
        return GNOIClient(grpc.secure_channel(target, grpc.ssl_channel_credentials(self.authority.pem), options))

    def serial(self, *, timeout: float = 10) -> int:
        """The number of the certificate that a new connection is shown."""
        pem = ssl.get_server_certificate((self.core.address, self.core.ports.gnmi), timeout=timeout)
        return x509.load_pem_x509_certificate(pem.encode()).serial_number

    def version(self) -> str | None:
        """The state leaf."""
        found = self.core.behaviour.state().findtext(f".//{{{STATE}}}gnoi-cert-mgmt-version")
        return None if found is None else str(found)


def signed(authority: CA, key: rsa.RSAPublicKey, address: str) -> bytes:
    """A certificate for a public key, in PEM."""

    class Holder:
        """A key of which only the public half is known."""

        def public_key(self) -> rsa.RSAPublicKey:
            return key

    der = authority.issue(key=Holder(), ips=(address,), not_before=START, not_after=END)  # type: ignore[arg-type]
    return x509.load_der_x509_certificate(der).public_bytes(PEM)


def number(pem: bytes) -> int:
    """The serial number of a certificate."""
    return x509.load_pem_x509_certificate(pem).serial_number


def refused(caught: pytest.ExceptionInfo[grpc.RpcError]) -> grpc.StatusCode:
    """The code of a refusal."""
    code: grpc.StatusCode = caught.value.code()
    return code


@pytest.fixture
def router(tmp_path: Path, authority: CA) -> Iterator[Router]:
    """A router that serves gRPC in clear, with the service enabled and no right to it."""
    with lab_host(tmp_path) as host:
        made = Router(host.add_router("sr", "25.10", make_behaviour=make_behaviour).core, authority)
        made.core.flash.write("cf3:/ca.pem", authority.pem)
        made.core.behaviour.raw_command(
            "//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem", "admin"
        )
        assert made.version() is None
        made.configure(CLEAR)
        yield made


def test_the_tutorial_from_an_empty_router_to_a_rotated_certificate(router: Router) -> None:
    """Rights first; a pair is installed and listed, gRPC moves to it, it is rotated at a trial and then for good."""
    clear = router.client(clear=True)
    with pytest.raises(grpc.RpcError) as denied:
        clear.certificates()
    assert refused(denied) is grpc.StatusCode.PERMISSION_DENIED
    assert "gnoi-cert-mgmt-getcert" in (denied.value.details() or "")
    router.configure(ALL_RIGHTS)
    running, models = router.core.running(), router.core.schema
    assert may_call_grpc(running, models, "operator", "gnmi-get")  # a user without a profile: the models' defaults
    assert not may_call_grpc(running, models, "operator", "gnoi-cert-mgmt-install")
    assert clear.certificates() == {}  # the CA's certificate is there and is not listed
    assert clear.can_generate(1, 1, 2048)
    assert not clear.can_generate(0, 1, 2048)
    assert not clear.can_generate(1, 0, 2048)
    assert not clear.can_generate(1, 1, 512)

    stream = clear.install()
    request = stream.ask("certalpha", (4, "sr"), (5, "NL"), (10, router.core.address), (11, "noc@example.net"))
    csr = x509.load_pem_x509_csr(request)
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert csr.is_signature_valid
    assert csr.subject.rfc4514_string() == "1.2.840.113549.1.9.1=noc@example.net,CN=sr,C=NL"
    assert [str(item) for item in names.get_values_for_type(x509.IPAddress)] == [router.core.address]
    assert not router.core.flash.exists("cf3:/system-pki/certalpha.key")
    first = router.signed(request)
    stream.load("certalpha", first, others=router.authority.pem)
    assert stream.ended() is grpc.StatusCode.OK
    entries = router.core.flash.entries("cf3:/system-pki")
    assert [entry.name for entry in entries] == ["ca.pem", "certalpha.crt", "certalpha.key"]
    listed = clear.certificates()["certalpha"]
    assert (listed.type, listed.pem, listed.endpoints) == (1, first, [])
    assert listed.modified_ns == int(entries[1].modified.timestamp()) * 10**9
    assert router.version() == "0.1.0"

    router.configure(TLS)
    kept = router.client()
    assert kept.certificates()["certalpha"].endpoints == ["one"]
    assert router.serial() == number(first)

    trial = kept.rotate()
    second = router.signed(trial.ask("certalpha", (4, "sr"), size=0))
    trial.load("certalpha", second)
    assert router.serial() == number(second)  # to be looked at, on a new connection
    assert [call.name for call in router.core.behaviour._gnmi.state().calls] == ["Rotate"]  # type: ignore[attr-defined]
    trial.cancel()
    wait_until(lambda: router.serial() == number(first), "the old certificate")

    router.core.faults.set("grpc-refused", times=1)
    trial = kept.rotate()
    trial.load("certalpha", router.signed(trial.ask("certalpha", (4, "sr"))))
    with pytest.raises(TimeoutError):
        router.serial(timeout=0.3)  # nobody answers after the change, which the controller sees
    assert trial.close() is grpc.StatusCode.ABORTED
    assert router.serial() == number(first)

    rotation = kept.rotate()
    third = router.signed(rotation.ask("certalpha", (4, "sr")))
    rotation.load("certalpha", third)
    rotation.finalize()
    assert rotation.ended() is grpc.StatusCode.OK
    assert router.serial() == number(third)
    assert router.client().certificates()["certalpha"].pem == third
    told = "certificate is in use by cert-profile one"
    assert kept.revoke("certalpha", "nobody") == ([], {"certalpha": told})
    assert kept.revoke("certalpha.crt") == ([], {"certalpha.crt": told})


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A router without a management plane, with the service in clear."""
    from tests.support.lab_bench import configuration as configure

    made = Bench(tmp_path, "25.10")
    made.apply(configure(grpc={
        "admin-state": "enable", "allow-unsecure-connection": "", "gnoi": {"cert-mgmt": {"admin-state": "enable"}}
    }))
    yield made
    made.close()


def test_refusals_leave_nothing_behind(bench: Bench, authority: CA) -> None:
    """What cannot be installed or rotated is refused with a code, and the card is as before; so is a lost stream."""
    client = GNOIClient(grpc.insecure_channel(f"{bench.host.address}:{bench.host.ports.gnmi}"))
    key, other = rsa_key(), rsa_key()
    pem = signed(authority, key.public_key(), bench.host.address)
    secret = key.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())

    def code(stream: Stream, identifier: str, *, give: bytes = b"", of: bytes = pem) -> grpc.StatusCode:
        with pytest.raises((grpc.RpcError, StopIteration)):
            stream.load(identifier, of, give)
        return stream.ended()

    def refuses(stream: Stream, identifier: str, *params: tuple[int, str], **others: int) -> grpc.StatusCode:
        with pytest.raises(grpc.RpcError):
            stream.ask(identifier, *params, **others)
        return stream.ended()

    names = (4, "sr")
    wanted = grpc.StatusCode
    assert refuses(client.install(), "a/b", names) is wanted.INVALID_ARGUMENT
    assert refuses(client.install(), "", names) is wanted.INVALID_ARGUMENT
    assert refuses(client.install(), "a") is wanted.INVALID_ARGUMENT
    assert refuses(client.install(), "a", (5, "Netherlands")) is wanted.INVALID_ARGUMENT
    assert refuses(client.install(), "a", names, (10, "192.0.2.1,192.0.2.2")) is wanted.INVALID_ARGUMENT
    assert refuses(client.install(), "a", names, key_type=2) is wanted.UNIMPLEMENTED
    assert refuses(client.install(), "a", names, size=16384) is wanted.UNIMPLEMENTED
    assert refuses(client.rotate(), "a", names) is wanted.NOT_FOUND
    assert code(client.install(), "a") is wanted.FAILED_PRECONDITION
    mismatched = other.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert code(client.install(), "a", give=mismatched) is wanted.INVALID_ARGUMENT
    assert code(client.install(), "a", give=secret, of=b"no certificate") is wanted.INVALID_ARGUMENT
    assert client.install().close() is wanted.ABORTED
    assert bench.host.flash.entries("cf3:/system-pki") == []

    held = client.install()
    held.ask("a", names)
    assert refuses(client.install(), "A", names) is wanted.ABORTED  # one exchange an id at a time
    assert held.close() is wanted.ABORTED

    client.install().load("a", pem, secret)  # with a key that the controller made
    assert refuses(client.install(), "a", names) is wanted.ALREADY_EXISTS
    before = client.certificates()
    rotation = client.rotate()
    rotation.ask("a", names)
    assert code(rotation, "a") is wanted.INVALID_ARGUMENT
    assert code(client.rotate(), "a") is wanted.FAILED_PRECONDITION
    early = client.rotate()
    early.finalize()
    assert early.ended() is wanted.FAILED_PRECONDITION
    bench.host.faults.set("flash-full")
    assert code(client.rotate(), "a", give=secret) is wanted.INTERNAL
    assert code(client.install(), "b", give=secret) is wanted.INTERNAL
    bench.host.faults.clear("flash-full")
    assert client.certificates() == before
    assert client.revoke("a", "nobody") == (["a"], {})
    assert bench.host.flash.entries("cf3:/system-pki") == []


def test_who_may_and_where_there_is_none(bench: Bench) -> None:
    """A wrong password is refused, a disabled service and a release before 19.10 answer that there is none."""
    target = f"{bench.host.address}:{bench.host.ports.gnmi}"
    with pytest.raises(grpc.RpcError) as wrong:
        GNOIClient(grpc.insecure_channel(target), word="guess").certificates()
    assert refused(wrong) is grpc.StatusCode.UNAUTHENTICATED
    from tests.support.lab_bench import configuration as configure

    bench.apply(configure(grpc={"admin-state": "enable", "allow-unsecure-connection": ""}))
    with pytest.raises(grpc.RpcError) as disabled:
        GNOIClient(grpc.insecure_channel(target)).certificates()
    assert refused(disabled) is grpc.StatusCode.UNIMPLEMENTED

    @dataclass
    class Details:
        """What grpc tells of a call."""

        method: str

    access = GRPCAccess(bench.host.authenticate, None, bench.host.clock)
    desk = CertificateDesk(bench.pki.operations)
    known = {
        release: CertificateManagement(release, access, lambda: True, desk).service(Details(f"{SERVICE}/Install"))
        for release in ("19.5", "19.7", "19.10", "26.3")
    }
    assert [release for release, handler in known.items() if handler is not None] == ["19.10", "26.3"]
