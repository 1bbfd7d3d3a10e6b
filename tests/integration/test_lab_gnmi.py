"""The lab router's gNMI: TLS from the cache for each connection, ciphers of the release, who may call."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc
from sroscert_lab.router.pki.assumptions import LiveReload

from tests.support.lab import wait_until
from tests.support.lab_bench import Bench, Tree, ca_profile, cert_profile, cipher_list, configuration, server_profile
from tests.support.minting import CA, key_usage, rsa_key

pytestmark = pytest.mark.client("pygnmi")

AES = "tls-rsa-with-aes128-cbc-sha"
ECDHE = "tls-ecdhe-rsa-aes128-gcm-sha256"
MODELS_21 = ["nokia-conf", "nokia-state", "nokia-li-state", "nokia-li-conf"]
START, END = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=50)


@pytest.fixture(scope="module")
def authority() -> CA:
    """A CA that is valid now."""
    return CA.make(usage=key_usage("key_cert_sign", "crl_sign"), not_before=START, not_after=END)


@pytest.fixture(scope="module")
def keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """Two router keys."""
    return rsa_key(), rsa_key()


@dataclass
class Router:
    """A bench with the CA certificate imported, and ways to give it certificates."""

    bench: Bench
    authority: CA

    def give(self, key: rsa.RSAPrivateKey, suffix: str = "") -> bytes:
        """Import a pair over `sr-cert<suffix>` and `sr-key<suffix>`; gives the certificate in DER."""
        der = self.authority.issue(key=key, ips=(self.bench.host.address,), not_before=START, not_after=END)
        self.bench.put("c", der)
        self.bench.put("k", key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))
        self.bench.run(f"//admin certificate import type cert input cf3:/c output sr-cert{suffix} format der")
        self.bench.run(f"//admin certificate import type key input cf3:/k output sr-key{suffix} format der")
        return der

    def serve(self, *ciphers: str, suffix: str = "", tls13: tuple[str, ...] = (), **server: str | Tree) -> None:
        """Put gRPC over TLS into force."""
        leaf = "cipher" if self.bench.host.release == "21.2" else "tls12-cipher"
        anchors: Tree = {"trust-anchor-profile-name": "clients", "trust-anchor": [{"ca-profile-name": "ejbca"}]}
        self.bench.apply(
            configuration(
                {"ca-profile": [ca_profile()]},
                {
                    "cert-profile": [cert_profile(f"sr-cert{suffix}", f"sr-key{suffix}")],
                    "server-cipher-list": [cipher_list(*(ciphers or (AES,)), leaf=leaf, tls13=tls13)],
                    "server-tls-profile": [server_profile(**server)],
                    "trust-anchor-profile": [anchors],
                },
                {"admin-state": "enable", "tls-server-profile": "grpc"},
            )
        )

    def reload(self) -> None:
        """Take the imported pair into use."""
        self.bench.run("//admin certificate reload type cert-key-pair sr-cert protocol tls key-file sr-key")

    def capabilities(self, channel: grpc.Channel, *, word: str = "admin") -> gnmi_pb2.CapabilityResponse:
        """One gNMI Capabilities call."""
        metadata = (("username", "admin"), ("password", word))
        stub = gnmi_pb2_grpc.gNMIStub(channel)
        return stub.Capabilities(gnmi_pb2.CapabilityRequest(), metadata=metadata, timeout=10)

    def channel(self, certificates: bytes | None = None) -> grpc.Channel:
        """A gRPC channel that verifies the router with the CA certificate."""
        target = f"{self.bench.host.address}:{self.bench.host.ports.gnmi}"
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(certificates or self.authority.pem))


@pytest.fixture
def make_router(tmp_path: Path, authority: CA) -> Iterator[Callable[[str], Router]]:
    """Build a router of a release."""
    made: list[Bench] = []

    def build(release: str) -> Router:
        bench = Bench(tmp_path / release, release)
        made.append(bench)
        bench.put("ca.pem", authority.pem)
        bench.run("//admin certificate import type cert input cf3:/ca.pem output ca.pem format pem")
        return Router(bench, authority)

    yield build
    for bench in made:
        bench.close()


Keys = tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]
Build = Callable[[str], Router]


def test_a_reload_shows_in_the_next_handshake(make_router: Build, keys: Keys) -> None:
    """An import over the served pair changes nothing; the reload shows the new certificate without a restart."""
    router = make_router("21.2")
    first = router.give(keys[0])
    router.serve()
    port = router.bench.host.ports.gnmi
    assert router.bench.served() == first
    second = router.give(keys[1])
    assert router.bench.served() == first

    router.reload()

    assert router.bench.served() == second
    assert router.bench.host.ports.gnmi == port


def test_a_flip_shows_in_the_next_handshake(make_router: Build, keys: Keys) -> None:
    """A new entry in an enabled profile is served on the next connection."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE)
    second = router.give(keys[1], "-g2")
    router.serve(ECDHE, suffix="-g2")
    assert router.bench.served() == second


def test_a_wrong_pair_closes_gnmi(make_router: Build, keys: Keys) -> None:
    """A flip to a key that does not match takes gRPC down; a flip back brings it up again on the same port."""
    router = make_router("25.10")
    first = router.give(keys[0])
    router.serve(ECDHE)
    port = router.bench.host.ports.gnmi
    router.bench.put("k", serialization_of(keys[1]))
    router.bench.run("//admin certificate import type key input cf3:/k output sr-key-bad format der")
    broken = cert_profile("sr-cert", "sr-key-bad")
    running = configuration(
        {"ca-profile": [ca_profile()]},
        {
            "cert-profile": [broken],
            "server-cipher-list": [cipher_list(ECDHE, leaf="tls12-cipher")],
            "server-tls-profile": [server_profile()],
        },
        {"admin-state": "enable", "tls-server-profile": "grpc"},
    )
    router.bench.apply(running)
    assert router.bench.state("grpc/oper-state") == "down"
    with pytest.raises(ConnectionRefusedError):
        router.bench.served()

    router.serve(ECDHE)

    assert router.bench.served() == first
    assert router.bench.host.ports.gnmi == port


def serialization_of(key: rsa.RSAPrivateKey) -> bytes:
    """A key in DER."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_an_open_connection_lives_through_a_reload(make_router: Build, keys: Keys) -> None:
    """A gRPC channel made before the reload goes on working, and is in the state."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE)
    with router.channel() as channel:
        router.capabilities(channel)
        assert router.bench.state("grpc/connection/address") == "127.0.0.1"
        since = router.bench.state("grpc/connection/establishment-time")
        router.give(keys[1])
        router.reload()
        router.capabilities(channel)
        assert router.bench.state("grpc/connection/establishment-time") == since


def test_a_reload_may_end_open_connections(make_router: Build, keys: Keys) -> None:
    """With the other assumption a reload ends what is open."""
    router = make_router("21.2")
    router.bench.pki.assumptions = replace(router.bench.pki.assumptions, live_reload=LiveReload.CLOSE)
    router.give(keys[0])
    router.serve()
    with router.bench.connect() as connection:
        router.give(keys[1])
        router.reload()
        assert drain(connection)


def drain(connection: ssl.SSLSocket) -> bool:
    """Read until the peer has closed; True when it has within the deadline."""
    connection.settimeout(10)
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.parametrize(
    ("release", "cipher", "version", "models", "encodings"),
    [
        ("25.10", ECDHE, "0.8.0", MODELS_21[:3], [0, 1, 2, 4]),
        ("22.10", "tls-rsa-with-aes128-gcm-sha256", "0.7.0", MODELS_21[:3], [0, 1, 2, 4]),
        ("21.2", AES, "0.7.0", MODELS_21, [0, 1, 2]),
    ],
)
def test_capabilities_of_a_release(
    make_router: Build, keys: Keys, release: str, cipher: str, version: str, models: list[str], encodings: list[int]
) -> None:
    """Version, models and encodings are those of the release's transcripts."""
    router = make_router(release)
    router.give(keys[0])
    router.serve(cipher)
    with clear_proxy(router) as target, grpc.insecure_channel(target) as channel:
        answer = router.capabilities(channel)
    assert answer.gNMI_version == version
    assert [model.name for model in answer.supported_models] == models
    assert {model.version for model in answer.supported_models} == {f"{release}.R1"}
    assert list(answer.supported_encodings) == encodings


class clear_proxy:  # noqa: N801 - reads as a word
    """A clear door to a router whose suites a gRPC client does not speak: one connection, decrypted here."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(10)

    def _run(self) -> None:
        client, _ = self._listener.accept()
        with client, self._router.bench.connect("AES128-SHA", "AES128-GCM-SHA256", "ECDHE+AESGCM") as server:
            while True:
                waiting: list[socket.socket] = [client, server]
                ready = [server] if server.pending() else select.select(waiting, [], [], 10)[0]
                if not ready:
                    return
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    (server if source is client else client).sendall(data)


def test_credentials_are_asked_for(make_router: Build, keys: Keys) -> None:
    """A wrong password is UNAUTHENTICATED."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE)
    with router.channel() as channel, pytest.raises(grpc.RpcError) as caught:
        router.capabilities(channel, word="wrong")
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_the_chain_is_verified_by_a_client(make_router: Build, keys: Keys) -> None:
    """A gRPC client that trusts another CA does not connect."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE)
    stranger = CA.make(key=keys[1], not_before=START, not_after=END)
    with router.channel(stranger.pem) as channel, pytest.raises(grpc.RpcError) as caught:
        router.capabilities(channel)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


def test_a_modern_client_finds_no_cipher_on_21_2(make_router: Build, keys: Keys) -> None:
    """A client that offers ECDHE only has nothing in common with a static-RSA list, and one of 3DES serves nobody."""
    router = make_router("21.2")
    router.give(keys[0])
    router.serve(AES)
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        router.bench.served("ECDHE+AESGCM")
    router.serve("tls-rsa-with3des-ede-cbc-sha")
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        router.bench.served("AES128-SHA")


@pytest.mark.parametrize(
    ("version", "tls13", "spoken"),
    [
        ("tls-version-12", ("tls-aes128-gcm-sha256",), "TLSv1.2"),
        ("tls-version-all", ("tls-aes128-gcm-sha256",), "TLSv1.3"),
        ("tls-version-13", ("tls-aes128-gcm-sha256",), "TLSv1.3"),
        ("tls-version-all", (), "TLSv1.2"),
    ],
)
def test_tls_13_is_spoken_when_configured(
    make_router: Build, keys: Keys, version: str, tls13: tuple[str, ...], spoken: str
) -> None:
    """The default is TLS 1.2; 1.3 needs protocol-version and a suite."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE, tls13=tls13, protocol_version=version)
    with router.bench.connect() as connection:
        assert connection.version() == spoken
        assert connection.selected_alpn_protocol() == "h2"


def test_clients_are_authenticated(make_router: Build, keys: Keys, tmp_path: Path) -> None:
    """With authenticate-client a connection without a certificate of the trust anchor ends; with one it stands."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(
        ECDHE, authenticate_client={"trust-anchor-profile": "clients"}, status_verify={"default-result": "good"}
    )
    with pytest.raises(ssl.SSLError):
        router.bench.served()

    der = router.authority.issue(key=keys[1], not_before=START, not_after=END)
    pair = x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) + keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "client.pem").write_bytes(pair)
    context = ssl.create_default_context(cadata=router.authority.pem.decode())
    context.load_cert_chain(tmp_path / "client.pem")
    address = router.bench.host.address
    with (
        socket.create_connection((address, router.bench.host.ports.gnmi), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=address) as connection,
    ):
        assert connection.version() == "TLSv1.2"


def test_unsecure_connections(make_router: Build) -> None:
    """allow-unsecure-connection serves in clear, and disabling gRPC closes the port."""
    router = make_router("25.10")
    router.bench.apply(configuration(grpc={"admin-state": "enable", "allow-unsecure-connection": None}))
    target = f"{router.bench.host.address}:{router.bench.host.ports.gnmi}"
    with grpc.insecure_channel(target) as channel:
        assert router.capabilities(channel).gNMI_version == "0.8.0"
    router.bench.apply(configuration(grpc={"admin-state": "disable", "allow-unsecure-connection": None}))
    assert router.bench.state("grpc/oper-state") == "down"
    assert router.bench.state("grpc/oper-down-reason") == "admin-down"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((router.bench.host.address, router.bench.host.ports.gnmi), timeout=5)


def test_a_ninth_session_is_closed_at_once(make_router: Build) -> None:
    """The guide: at most 8. The others live on, and when one of them ends there is room for another."""
    router = make_router("25.10")
    router.bench.apply(configuration(grpc={"admin-state": "enable", "allow-unsecure-connection": None}))
    place = (router.bench.host.address, router.bench.host.ports.gnmi)

    def is_served(connection: socket.socket) -> bool:
        # A gRPC server speaks first.
        return bool(connection.recv(9))

    with ExitStack() as stack:
        first, *others = [stack.enter_context(socket.create_connection(place, timeout=10)) for _ in range(8)]
        assert all(map(is_served, (first, *others)))
        with socket.create_connection(place, timeout=10) as ninth:
            assert not is_served(ninth)
        first.close()

        def has_room() -> bool:
            with socket.create_connection(place, timeout=10) as another:
                return is_served(another)

        wait_until(has_room, "room for another session")


def test_the_fault_grpc_refused(make_router: Build, keys: Keys) -> None:
    """After the next change of TLS the port accepts and never answers; going back heals it."""
    router = make_router("25.10")
    router.give(keys[0])
    router.give(keys[1], "-g2")
    router.serve(ECDHE)
    router.bench.host.faults.set("grpc-refused")
    router.bench.served()
    router.serve(ECDHE, suffix="-g2")
    with socket.create_connection((router.bench.host.address, router.bench.host.ports.gnmi), timeout=10) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain.settimeout(0.5)
        with pytest.raises(TimeoutError):
            context.wrap_socket(plain)
    router.serve(ECDHE)
    assert router.bench.served()


def test_no_key_is_left_behind(make_router: Build, keys: Keys, tmp_path: Path) -> None:
    """After handshakes no file of the router holds a private key, but the clear one that the test put on cf3:."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE)
    router.bench.served()
    der = serialization_of(keys[0])
    holders = {
        path.name for path in tmp_path.rglob("*")
        if path.is_file() and (der in path.read_bytes() or b"PRIVATE KEY" in path.read_bytes())
    }
    assert holders == {"k"}


def test_the_state_tree_has_no_key(make_router: Build, keys: Keys) -> None:
    """No state leaf holds key material."""
    router = make_router("25.10")
    router.give(keys[0])
    router.serve(ECDHE)
    assert b"PRIVATE" not in etree.tostring(router.bench.pki.state())
