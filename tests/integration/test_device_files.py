"""The SFTP adapter against a real SFTP server on loopback."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sroscert.device.credentials import Credentials
from sroscert.device.files import SFTPFiles
from sroscert.device.hostkeys import KnownHosts, fetch_host_key
from sroscert.errors import (
    AuthenticationError,
    ConnectError,
    FileTransferError,
    HostKeyError,
    Outcome,
    PKIError,
    SessionLostError,
)
from sroscert.pki.certificate import read
from sroscert.pki.request import requested_key
from tests.support.certificates import Minted, make_ca, make_certificate
from tests.support.ssh_servers import Scripted, SSHServer, ssh_server

LOGIN = Credentials("admin", "right-password")


@pytest.fixture
def flash(tmp_path: Path) -> Path:
    """An empty cf3:."""
    folder = tmp_path / "cf3"
    (folder / "system-pki").mkdir(parents=True)
    return folder


def connect(server: SSHServer, **changes: object) -> SFTPFiles:
    """Connect to a test server with short time limits."""
    settings: dict[str, object] = {"known_hosts": server.known_hosts, "timeout_s": 10.0, **changes}
    return SFTPFiles.connect(server.address, server.port, LOGIN, **settings)  # type: ignore[arg-type]


def test_files_come_and_go(tmp_path: Path, flash: Path) -> None:
    """A file is written whole, listed with its size, measured and removed, by either spelling of its name."""
    data = bytes(range(256)) * 400
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        files.write("cf3:\\work.der", data)
        assert (flash / "work.der").read_bytes() == data
        assert [(entry.name, entry.size, entry.is_folder) for entry in files.list("cf3:/")] == [
            ("system-pki", 0, True), ("work.der", len(data), False),
        ]
        assert files.size("cf3:/work.der") == len(data)
        assert files.sha256("cf3:\\work.der") == hashlib.sha256(data).hexdigest()

        files.remove("cf3:/work.der")
        assert files.size("cf3:/work.der") is None


def test_what_is_absent_is_no_error(tmp_path: Path, flash: Path) -> None:
    """Removing, measuring and listing what does not exist is answered, not refused."""
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        files.remove("cf3:/none")
        assert files.size("cf3:/none") is None
        assert files.sha256("cf3:/none") is None
        assert files.list("cf3:/none") == ()


def test_a_certificate_is_read_whole(tmp_path: Path, flash: Path) -> None:
    """A certificate comes back byte for byte, in DER and as a chain in PEM."""
    ca = make_ca()
    certificate = make_certificate(ca)
    (flash / "a.der").write_bytes(certificate.der)
    (flash / "b.pem").write_bytes(certificate.pem + ca.pem)
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        assert files.read_certificate("cf3:/a.der") == certificate.der
        assert files.read_certificate("cf3:\\b.pem") == certificate.pem + ca.pem


def signing_request(minted: Minted) -> bytes:
    """A request of a certificate's key, as a router writes it."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(minted.key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.law(11)
def test_a_signing_request_is_read_and_nothing_else_is(tmp_path: Path, flash: Path) -> None:
    """A request in DER comes back and tells its key; a key, a certificate, or a request with more behind it do not."""
    minted = make_certificate()
    made = signing_request(minted)
    key = minted.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    others = {"key": key, "certificate": minted.der, "more": made + key, "cut": made[:-5], "pem": minted.key_pem}
    (flash / "ours.csr").write_bytes(made)
    for name, content in others.items():
        (flash / name).write_bytes(content)
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        assert files.read_request("cf3:/ours.csr") == made
        assert requested_key(made) == read(minted.der).public_key_sha256
        for name in (*others, "absent"):
            with pytest.raises(FileTransferError):
                files.read_request(f"cf3:/{name}")
    forged = made[:-4] + bytes(4)
    with pytest.raises(PKIError):
        requested_key(forged)


@pytest.mark.law(11)
@pytest.mark.parametrize("kind", ["pem key", "der key", "legacy pem key", "certificate then key", "text", "empty"])
def test_what_holds_a_key_is_not_read(tmp_path: Path, flash: Path, kind: str) -> None:
    """A file that is not certificates and nothing else is refused, and no byte of it is in the error."""
    minted = make_certificate()
    contents = {
        "pem key": minted.key_pem, "text": b"hello", "empty": b"",
        "der key": minted.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        "legacy pem key": minted.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        "certificate then key": minted.pem + minted.key_pem,
    }
    (flash / "sr-key").write_bytes(contents[kind])
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        with pytest.raises(FileTransferError) as caught:
            files.read_certificate("cf3:/sr-key")
        assert "BEGIN" not in str(caught.value)
        # Only a file that begins as a certificate is read any further than its beginning.
        assert ("does not begin" in str(caught.value)) is (kind != "certificate then key")


@pytest.mark.law(11)
def test_a_known_key_file_is_not_even_opened(tmp_path: Path, flash: Path) -> None:
    """A name that is known to hold a key is refused whatever it holds, in any case and spelling."""
    (flash / "sr-key").write_bytes(make_certificate().der)
    with ssh_server(tmp_path, flash=flash) as server:
        files = connect(server, key_files=["cf3:\\SR-key"])
        with pytest.raises(FileTransferError, match="not read"):
            files.read_certificate("cf3:/sr-key")
        files.close()


@pytest.mark.law(11)
def test_a_private_key_is_not_sent(tmp_path: Path, flash: Path) -> None:
    """Nothing that holds a private key is written to a router."""
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        with pytest.raises(FileTransferError):
            files.write("cf3:/x", make_certificate().key_pem)
        assert not (flash / "x").exists()


def test_a_long_file_is_no_certificate(tmp_path: Path, flash: Path) -> None:
    """Reading stops at the limit."""
    (flash / "x").write_bytes(make_certificate().pem * 100)
    with ssh_server(tmp_path, flash=flash) as server:
        files = connect(server)
        with pytest.raises(FileTransferError, match="longer"):
            files.read_certificate("cf3:/x")
        files.close()


def test_a_full_flash_is_noticed(tmp_path: Path, flash: Path) -> None:
    """A file that came out shorter than it was sent is an error with an unknown outcome."""
    script = Scripted(flash_room=1000)
    with ssh_server(tmp_path, script, flash=flash) as server, connect(server) as files:
        files.write("cf3:/x", bytes(1000))
        with pytest.raises(FileTransferError) as caught:
            files.write("cf3:/y", bytes(1001))
    assert caught.value.outcome is Outcome.UNKNOWN


def test_a_stalling_server_is_bounded(tmp_path: Path, flash: Path) -> None:
    """A server that does not answer is given up at the time limit."""
    script = Scripted(sftp_stalls=True)
    with ssh_server(tmp_path, script, flash=flash) as server, connect(server, timeout_s=2.0) as files:
        with pytest.raises(SessionLostError, match="in time"):
            files.size("cf3:/x")
        script.stall.set()


def test_a_refused_write_is_an_error(tmp_path: Path, flash: Path) -> None:
    """Writing into a folder that does not exist is a FileTransferError and leaves the session usable."""
    with ssh_server(tmp_path, flash=flash) as server, connect(server) as files:
        with pytest.raises(FileTransferError, match="write"):
            files.write("cf3:/none/x", b"data")
        assert files.size("cf3:/x") is None


def test_a_lost_session_is_told_apart(tmp_path: Path, flash: Path) -> None:
    """When the router drops the connection, a write is lost with the session, not refused."""
    with ssh_server(tmp_path, flash=flash) as server:
        files = connect(server)
        transport = files._transport
        transport.sock.close()
        with pytest.raises(SessionLostError):
            files.write("cf3:/x", b"data")
        files.close()


def test_unknown_host_and_wrong_password(tmp_path: Path, flash: Path) -> None:
    """The host key is checked before the password is sent, as for NETCONF."""
    with ssh_server(tmp_path, flash=flash, password="another") as server:
        with pytest.raises(AuthenticationError):
            connect(server)
        server.script.passwords.clear()
        server.known_hosts.write_text("")
        with pytest.raises(HostKeyError):
            connect(server)
        assert server.script.passwords == []


def test_a_router_without_sftp_says_so(tmp_path: Path) -> None:
    """A router that refuses the subsystem is a ConnectError."""
    with ssh_server(tmp_path) as server, pytest.raises(ConnectError):
        connect(server)


@pytest.mark.parametrize("key_type", ["ssh-rsa", "ssh-ed25519"])
def test_trust_shows_the_key_and_its_line(tmp_path: Path, key_type: str) -> None:
    """The fetched key has OpenSSH's fingerprint, its line makes the router known, and no password is sent."""
    with ssh_server(tmp_path, key_type=key_type) as server:
        kind, fingerprint, line = fetch_host_key(server.address, server.port, 10.0)

        assert kind == key_type
        assert fingerprint == server.key.get_fingerprint()
        assert KnownHosts.parse([line]) == KnownHosts.load(server.known_hosts)
        assert server.script.passwords == []
