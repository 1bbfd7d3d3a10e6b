"""netmiko's `nokia_sros` driver against the lab router's CLI, over real SSH."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from netmiko import BaseConnection, ConnectHandler
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour

from tests.support.lab import lab_router

RELEASES = ("19.10", "21.2", "25.10")


@pytest.fixture(params=RELEASES)
def core(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RouterCore]:
    """A running router of each release, with its PKI."""
    with lab_router(tmp_path, request.param, make_behaviour=make_behaviour) as router:
        yield router.core


@contextlib.contextmanager
def session(core: RouterCore) -> Iterator[BaseConnection]:
    """A session of the netmiko driver."""
    connection = ConnectHandler(
        device_type="nokia_sros",
        host=core.address,
        port=core.ports.ssh,
        username="admin",
        password="admin",
        ssh_strict=False,
        fast_cli=True,
        session_log=str(core.folder / "session.log"),
    )
    try:
        yield connection
    finally:
        connection.disconnect()


def test_the_driver_opens_a_session_and_runs_commands(core: RouterCore) -> None:
    """Prompt, `show version`, `file list`, and the PKI commands of the tutorial through the classic engine."""
    with session(core) as router:
        assert router.find_prompt() == "A:admin@sr#"
        assert str(router.send_command("show version")).startswith(f"TiMOS-{core.release_name} ")
        silent = _told(core) if core.train >= (24, 3) else ""
        assert router.send_command("//admin certificate gen-keypair cf3:/sr-key size 2048 type rsa") == silent
        router.send_command("//admin certificate import type key input cf3:/sr-key output sr-key format der")
        assert "sr-key" in str(router.send_command("file list cf3:/system-pki"))
        assert "Volume in drive cf3" in str(router.send_command("file list cf3:/"))
        wrong = str(router.send_command("//admin certificate nonsense"))
        assert "Error: Bad command." in wrong


def _told(core: RouterCore) -> str:
    """What `//command` says around the output, from 24.3 on."""
    return (
        "INFO: CLI #2051: Switching to the classic CLI engine\n"
        "INFO: CLI #2050: Classic CLI modification of the configuration is not allowed - 'model-driven' management "
        "interface configuration mode active\n"
        "INFO: CLI #2052: Switching to the MD-CLI engine"
    )
