"""`lab record`, `lab replay` and `lab compare`: a router's answers without its secrets, served again, held to ours."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ncclient import manager
from ncclient.operations import RPCError
from sroscert_lab.__main__ import main
from sroscert_lab.recording import replay
from sroscert_lab.recording.compare import compare
from sroscert_lab.recording.record import Exchange, Recording, nearest_train, read
from sroscert_lab.recording.scrub import Scrubber
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour
from sroscert_lab.router.schema import load_schema

from tests.support.lab import lab_host
from tests.support.netconf_client import CONF, NS, STATE, configuration, connect, data_of

pytestmark = pytest.mark.client("ncclient")
CANARY = "canary-S3cret"
KEY = (
    "<system><security><pki><ca-profile><ca-profile-name>ca</ca-profile-name><cmpv2><key-list><key>"
    f"<reference-number>1</reference-number><password>{CANARY}</password></key></key-list></cmpv2></ca-profile></pki>"
    "</security></system>"
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, RouterCore]]:
    """A recording of a lab router that holds a secret, made by the command line; and the router."""
    folder = tmp_path_factory.mktemp("record")
    with lab_host(folder / "lab") as host:
        router = host.add_router("canary-name", "25.10", make_behaviour=make_behaviour)
        with connect(router.core) as client:
            client.edit_config(configuration(KEY), target="candidate")
            client.commit()
        (folder / "password").write_text("admin\n")
        words = ["record", router.core.address, "--port", str(router.core.ports.netconf), "--password-file"]
        words += [str(folder / "password"), "--known-hosts", str(host.write_known_hosts())]
        assert main([*words, "--hide", "canary-name", "--out", str(folder / "router.json")]) == 0
        assert main([*words, "--out", str(folder / "router.json")]) == 1
        yield folder / "router.json", router.core


@pytest.fixture
def served(recorded: tuple[Path, RouterCore]) -> Iterator[Any]:
    """ncclient on a replay of the recording."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(replay.serve(read(recorded[0]), "127.0.0.1", 0), loop)
    server, line = started.result(30)
    assert line.startswith("[127.0.0.1]:")
    with manager.connect(
        host="127.0.0.1", port=server.get_port(), username=replay.USERNAME, password=replay.PASSWORD,
        hostkey_verify=False, allow_agent=False, look_for_keys=False, timeout=20,
    ) as client:
        yield client
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def test_a_recording_has_the_answers_and_no_secret(recorded: tuple[Path, RouterCore]) -> None:
    """Hello, state, configuration, errors and commands; secrets, hashes and hidden words are gone; nothing changed."""
    path, core = recorded
    text = path.read_text()
    made = read(path)
    assert path.stat().st_mode & 0o077 == 0
    assert (made.release, made.train) == ("C-25.10.R1", "25.10")
    assert any("module=nokia-conf&" in uri for uri in made.capabilities)
    replies = {exchange.name: exchange.reply for exchange in made.exchanges}
    assert "#2201: Unknown element - 'no-such-element'" in replies["mistake: unknown element"]
    assert "TiMOS-C-25.10.R1" in replies["command: show version"]
    assert "scrubbed-" in replies["configuration: pki"]
    assert " hash2</password>" in replies["configuration: pki"]
    for secret in (CANARY, core.secrets.hide(CANARY).removesuffix(" hash2"), "canary-name"):
        assert secret not in text
    assert not core.datastores.is_dirty
    assert core.sessions.all() == ()


def test_a_replay_says_what_the_router_said(served: Any, recorded: tuple[Path, RouterCore]) -> None:
    """The hello, what was recorded, filters over it; what was not recorded is refused, and so is every change."""
    made = read(recorded[0])
    assert set(made.capabilities) == set(served.server_capabilities)
    version = data_of(served.get(("subtree", f'<state xmlns="{STATE}"><system><version/></system></state>')))
    assert version.findtext(".//s:version-number", "", NS) == made.release
    inner = "<system><security><pki><ca-profile><ca-profile-name>ca</ca-profile-name></ca-profile></pki></security>"
    one = data_of(served.get_config("running", ("subtree", f'<configure xmlns="{CONF}">{inner}</system></configure>')))
    assert [item.text for item in one.iterfind(".//c:ca-profile/c:ca-profile-name", NS)] == ["ca"]
    with pytest.raises(RPCError, match="#2201: Unknown element - 'no-such-element'"):
        filter_ = f'<configure xmlns="{CONF}"><system><grpc><no-such-element/></grpc></system></configure>'
        served.get_config("running", ("subtree", filter_))
    for change in (lambda: served.lock("candidate"), served.commit, lambda: served.get_config("candidate")):
        with pytest.raises(RPCError, match="not recorded"):
            change()


def test_our_own_recording_differs_in_nothing(
    recorded: tuple[Path, RouterCore], capsys: pytest.CaptureFixture[str]
) -> None:
    """And another router's words, capability or outcome are named."""
    made = read(recorded[0])
    assert compare(made) == []
    other = {item.name: item for item in made.exchanges}
    error = other["mistake: start-up"]
    other["mistake: start-up"] = Exchange(error.name, error.request, error.reply.replace("#2301", "#9999"))
    found = compare(
        Recording(made.release, made.train, made.recorded, (*made.capabilities, "urn:new"), tuple(other.values()))
    )
    assert found[0].router == "urn:new"
    assert [item.where for item in found] == ["capability", "mistake: start-up"]
    assert "#9999" in found[1].router
    assert "#2301" in found[1].lab
    assert main(["compare", str(recorded[0]), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('password "open sesame" port 22', 'password scrubbed-1 port 22'),
        ("key 1 abcDEF== hash2", "key 1 scrubbed-1 hash2"),
        ("x $2y$10$abcdefghijklmnopqrstuvwxyz./01 y", "x scrubbed-1 y"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "scrubbed-1"),
        ("authentication-key k1 k1 me", "authentication-key scrubbed-1 k1 scrubbed-2"),
        ("Signature Alg: sha256WithRSAEncryption", "Signature Alg: sha256WithRSAEncryption"),
    ],
)
def test_secrets_in_text_are_taken_out(text: str, left: str) -> None:
    """Typed secrets, hashes, keys and hidden words; the rest stays as it is."""
    assert Scrubber(load_schema("21.2"), ["me"]).text(text) == left


def test_releases_find_their_models() -> None:
    """The nearest that is not newer."""
    found = [nearest_train(text) for text in ("B-21.2.R1", "C-25.11.R2", "C-99.1.R1", "B-16.0.R4", "", "nonsense")]
    assert found == ["21.2", "25.10", "26.3", "19.5", "19.5", "19.5"]


def test_mistakes_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown host key, a file that is no recording, no password."""
    (tmp_path / "known_hosts").write_text("")
    (tmp_path / "no.json").write_text("{}")
    words = ["record", "127.0.0.1", "--port", "1", "--known-hosts", str(tmp_path / "known_hosts")]
    assert main([*words, "--out", str(tmp_path / "new.json"), "--password-file", str(tmp_path / "no.json")]) == 1
    assert main(["replay", str(tmp_path / "no.json")]) == 1
    assert main(["compare", str(tmp_path / "none.json")]) == 1
    said = capsys.readouterr().err
    assert "127.0.0.1" in said
    assert "is no recording of a router" in said
    assert not (tmp_path / "new.json").exists()
