"""The lab router's SSH side: SFTP to cf3:, the session limit, host keys, a full card."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.sshd import SSHOptions

from tests.support.lab import lab_router, wait_until
from tests.support.netconf_client import configuration, connect

pytestmark = pytest.mark.client("paramiko")


@pytest.fixture
def core(tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of release 25.10."""
    with lab_router(tmp_path, "25.10") as router:
        yield router.core


@contextlib.contextmanager
def login(core: RouterCore, username: str = "admin", password: str = "admin") -> Iterator[paramiko.SSHClient]:  # noqa: S107
    """A paramiko client on the SSH port."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507
    try:
        client.connect(core.address, core.ports.ssh, username, password, allow_agent=False, look_for_keys=False)
        yield client
    finally:
        client.close()


@pytest.mark.parametrize("name", ["cf3:/x.pem", "cf3:\\x.pem", "/x.pem", "x.pem", "CF3:/X.PEM", "/cf3:/x.pem"])
def test_a_file_has_one_name_in_many_spellings(core: RouterCore, name: str) -> None:
    """What is written as cf3:\\x.pem is read under every spelling that SR OS takes."""
    with login(core) as client, client.open_sftp() as sftp:
        with sftp.open(name, "wb") as file:
            file.write(b"content")
        assert core.flash.read("cf3:\\x.pem") == b"content"
        with sftp.open("cf3:/x.pem", "rb") as file:
            assert file.read() == b"content"
        assert sftp.stat(name).st_size == len(b"content")
        sftp.remove(name)
        assert not core.flash.exists("cf3:/x.pem")


def test_folders_are_listed(core: RouterCore) -> None:
    """The root of SFTP is cf3:, with system-pki as a folder."""
    core.flash.write("cf3:/system-pki/sealed", b"\x00opaque")
    with login(core) as client, client.open_sftp() as sftp:
        entries = {item.filename: item for item in sftp.listdir_attr("cf3:/")}
        assert stat.S_ISDIR(entries["system-pki"].st_mode or 0)
        assert sftp.listdir("cf3:/system-pki") == ["sealed"]


@pytest.mark.parametrize("name", ["../secret", "cf3:/../secret", "/../../secret", "cf1:/x"])
def test_nothing_outside_the_flash_is_reached(core: RouterCore, name: str) -> None:
    """Names that lead out of cf3: find nothing."""
    (core.folder / "secret").write_text("not for SFTP")
    with login(core) as client, client.open_sftp() as sftp, pytest.raises(OSError, match=r"."):
        sftp.stat(name)


def test_a_missing_file_is_missing(core: RouterCore) -> None:
    """Reading what is not there is the error `no such file`."""
    with login(core) as client, client.open_sftp() as sftp, pytest.raises(FileNotFoundError):
        sftp.open("cf3:/none", "rb")


def test_a_full_card_takes_nothing(core: RouterCore) -> None:
    """With flash-full a write fails and tells so."""
    core.faults.set("flash-full")
    with (
        login(core) as client,
        client.open_sftp() as sftp,
        pytest.raises(OSError, match=r"(?i)space|failure"),
        sftp.open("cf3:/x", "wb") as file,
    ):
        file.write(b"content")


def test_a_user_without_file_access_gets_no_files(core: RouterCore) -> None:
    """netconf access alone opens no files."""
    user = (
        "<system><security><user-params><local-user><user><user-name>robot</user-name><password>robot</password>"
        "<access><netconf>true</netconf></access></user></local-user></user-params></security></system>"
    )
    with connect(core) as client:
        client.edit_config(configuration(user), target="candidate")
        client.commit()
    with login(core, "robot", "robot") as client, client.open_sftp() as sftp, pytest.raises(PermissionError):
        sftp.listdir("cf3:/")


def test_sessions_beyond_the_limit_are_refused(core: RouterCore) -> None:
    """NETCONF and SFTP sessions count together, five by default; a session that ends makes room."""
    with contextlib.ExitStack() as stack:
        first = connect(core)
        for _ in range(3):
            stack.enter_context(connect(core))
        sftp = stack.enter_context(login(core))
        stack.enter_context(sftp.open_sftp())
        with pytest.raises(Exception, match=r"."):
            connect(core)
        assert len(core.sessions.all()) == 5
        first.close_session()
        wait_until(lambda: len(core.sessions.all()) == 4, "end of a session")
        stack.enter_context(connect(core))


@pytest.mark.parametrize("algorithms", [("ssh-rsa",), ("rsa-sha2-256", "rsa-sha2-512")])
def test_host_key_algorithms_can_be_limited(tmp_path: Path, algorithms: tuple[str, ...]) -> None:
    """A router can offer SHA-1 signatures only, as old ones do, or SHA-2 only; the key is the same."""
    with (
        lab_router(tmp_path, options=SSHOptions(host_key_algorithms=algorithms)) as router,
        login(router.core) as client,
    ):
        transport = client.get_transport()
        assert transport is not None
        assert transport.host_key_type in algorithms
        assert transport.get_remote_server_key().get_base64() in router.known_hosts_lines()[0]


def test_the_host_key_survives_a_restart(tmp_path: Path) -> None:
    """Host key and saved configuration are in the router's folder."""
    with lab_router(tmp_path) as router:
        first = router.ssh.key.get_fingerprint()
    with lab_router(tmp_path) as router:
        assert router.ssh.key.get_fingerprint() == first
