"""`lab record`, `lab replay` and `lab compare`: a router's answers without its secrets, served again, held to ours."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ncclient import manager
from ncclient.operations import RPCError
from sroscert_lab.__main__ import main
from sroscert_lab.intentfile import write_secret
from sroscert_lab.recording import replay
from sroscert_lab.recording.compare import compare
from sroscert_lab.recording.record import Exchange, Recording, nearest_train, read
from sroscert_lab.recording.scrub import Scrubber
from sroscert_lab.router.schema import load_schema

from tests.support.fleet import PASSWORD, Fleet, open_fleet
from tests.support.netconf_client import CONF, NS, STATE, configuration, connect, data_of

pytestmark = pytest.mark.client("ncclient")
CANARY = "canary-S3cret"
KEY = (
    "<system><security><pki><ca-profile><ca-profile-name>ca</ca-profile-name><cmpv2><key-list><key>"
    f"<reference-number>1</reference-number><password>{CANARY}</password></key></key-list></cmpv2></ca-profile></pki>"
    "</security></system>"
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Fleet]]:
    """A recording of a lab router that sroscert has brought up and that holds a secret, made by the command line."""
    folder = tmp_path_factory.mktemp("record")
    with open_fleet(folder / "fleet", release="25.10") as fleet:
        fleet.applied()
        core = fleet.router()
        with connect(core, password=PASSWORD) as client:
            client.edit_config(configuration(KEY), target="candidate")
            client.commit()
        words = ["record", core.address, "--port", str(core.ports.netconf), "--password-file"]
        words += [str(fleet.folder / "password"), "--known-hosts", str(fleet.folder / "known_hosts")]
        assert main([*words, "--hide", "of another team", "--out", str(folder / "router.json")]) == 0
        assert main([*words, "--out", str(folder / "router.json")]) == 1
        yield folder / "router.json", fleet


@pytest.fixture
def served(recorded: tuple[Path, Fleet]) -> Iterator[tuple[int, str]]:
    """A replay at the router's own address: its port, and its line for known_hosts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started = asyncio.run_coroutine_threadsafe(
        replay.serve(read(recorded[0]), recorded[1].router().address, 0), loop
    )
    server, line = started.result(30)
    yield server.get_port(), line
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def test_a_recording_has_the_answers_and_no_secret(recorded: tuple[Path, Fleet]) -> None:
    """Hello, state, configuration, errors and commands; secrets, hashes and hidden words are gone; nothing changed."""
    path, core = recorded[0], recorded[1].router()
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
    _classic_of(replies)
    code = (recorded[1].folder / "codes" / "sr1").read_text().strip()
    blobs = [core.secrets.hide(secret).removesuffix(" hash2") for secret in (CANARY, code)]
    for secret in (CANARY, PASSWORD, code, *blobs, "of another team"):
        assert secret not in text
    assert not core.datastores.is_dirty
    assert core.sessions.all() == ()


def _classic_of(replies: dict[str, str]) -> None:
    """The classic engine's lines stand there too, a secret by the same word as in XML, and so do its mistakes."""
    classic = {name.partition("//configure ")[2]: reply for name, reply in replies.items() if "//configure " in name}
    words = re.findall(r"<password>(scrubbed-\d+) hash2</password>", replies["configuration: pki"])
    assert words
    for word in words:
        assert f'"{word}" hash2' in classic["system security pki info"]
    assert "maximum-cert-chain-depth" in classic["system security pki info detail"]
    assert "server-tls-profile" in classic["system security tls info"]
    for context in ("system script-control", "log event-handling", "log event-trigger"):
        assert ">completed<" in classic[f"{context} info"]
    assert "Bad command" in classic["no-such-command"]


def test_a_replay_says_what_the_router_said(served: tuple[int, str], recorded: tuple[Path, Fleet]) -> None:
    """The hello, what was recorded, filters over it; what was not recorded is refused, and so is every change."""
    made, address = read(recorded[0]), recorded[1].router().address
    with manager.connect(
        host=address, port=served[0], username=replay.USERNAME, password=replay.PASSWORD, hostkey_verify=False,
        allow_agent=False, look_for_keys=False, timeout=20,
    ) as client:
        _asked(client, made)


def _asked(client: Any, made: Recording) -> None:
    assert set(made.capabilities) == set(client.server_capabilities)
    version = data_of(client.get(("subtree", f'<state xmlns="{STATE}"><system><version/></system></state>')))
    assert version.findtext(".//s:version-number", "", NS) == made.release
    inner = "<system><security><pki><ca-profile><ca-profile-name>ca</ca-profile-name></ca-profile></pki></security>"
    one = data_of(client.get_config("running", ("subtree", f'<configure xmlns="{CONF}">{inner}</system></configure>')))
    assert [item.text for item in one.iterfind(".//c:ca-profile/c:ca-profile-name", NS)] == ["ca"]
    with pytest.raises(RPCError, match="#2201: Unknown element - 'no-such-element'"):
        filter_ = f'<configure xmlns="{CONF}"><system><grpc><no-such-element/></grpc></system></configure>'
        client.get_config("running", ("subtree", filter_))
    for change in (lambda: client.lock("candidate"), client.commit, lambda: client.get_config("candidate")):
        with pytest.raises(RPCError, match="not recorded"):
            change()


def test_sroscert_reads_a_replay_as_the_router(served: tuple[int, str], recorded: tuple[Path, Fleet]) -> None:
    """`drift` on the recording finds nothing to do, and a change of the intent is seen."""
    fleet = recorded[1]
    kept = fleet.intent.read_text()
    (fleet.folder / "replay_hosts").write_text(f"{served[1]}\n")
    write_secret(fleet.folder / "replay-password", replay.PASSWORD)
    try:
        with fleet.editing() as document:
            document["routers"]["sr1"]["login"]["ports"].update(netconf=served[0], ssh=served[0])
            login = {"known_hosts": "replay_hosts", "password": "file:replay-password"}
            document["defaults"]["login"].update(login)
        same = fleet.run("drift")
        with fleet.editing() as document:
            document["expiration_warning"]["hours"] = 700
        changed = fleet.run("drift")
    finally:
        fleet.intent.write_text(kept)
    assert same.code == 0, same.text
    assert changed.code == 2, changed.text
    assert "700" in changed.out


def test_our_own_recording_differs_in_nothing(
    recorded: tuple[Path, Fleet], capsys: pytest.CaptureFixture[str]
) -> None:
    """And another router's words, capability or outcome are named."""
    made = read(recorded[0])
    assert compare(made) == []
    other = {item.name: item for item in made.exchanges}
    error = other["mistake: start-up"]
    ended = other["command: //configure no-such-command"]
    reply = ended.reply.replace("MINOR", "MAJOR").replace("Error:", "Wrong:")
    other[ended.name] = Exchange(ended.name, ended.request, reply)
    other["mistake: start-up"] = Exchange(error.name, error.request, error.reply.replace("#2301", "#9999"))
    found = compare(
        Recording(made.release, made.train, made.recorded, (*made.capabilities, "urn:new"), tuple(other.values()))
    )
    assert found[0].router == "urn:new"
    assert [item.where for item in found] == ["capability", "mistake: start-up", ended.name]
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
        ('key "a b" hash reference "1"', 'key "scrubbed-1" hash reference "1"'),
        ('key "abc==" hash2 reference "x"', 'key "scrubbed-1" hash2 reference "x"'),
        ('location "ftp://u:pw@192.0.2.1/a"', 'location "ftp://u:scrubbed-1@192.0.2.1/a"'),
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
