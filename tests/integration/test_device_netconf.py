"""The NETCONF adapter against a real SSH server on loopback."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from lxml import etree

from sroscert.device.credentials import Credentials
from sroscert.device.netconf import NetconfSession
from sroscert.errors import (
    AuthenticationError,
    CommandError,
    ConfigInvalidError,
    ConnectError,
    HostKeyError,
    LockHeldError,
    Outcome,
    RPCRejectedError,
    SessionLostError,
    SroscertError,
)
from tests.support.ssh_servers import BASE, CAPABILITIES, Scripted, SSHServer, ssh_server

LOGIN = Credentials("admin", "right-password")
CONFIGURE = etree.fromstring(
    b'<configure xmlns="urn:nokia.com:sros:ns:yang:sr:conf"><system><name>sr</name></system></configure>'
)
OPER = "urn:nokia.com:sros:ns:yang:sr:oper-global"


def connect(server: SSHServer, **changes: object) -> NetconfSession:
    """Connect to a test server with short time limits."""
    settings: dict[str, object] = {
        "known_hosts": server.known_hosts, "connect_timeout_s": 10.0, "rpc_timeout_s": 10.0, **changes,
    }
    return NetconfSession.connect(server.address, server.port, LOGIN, **settings)  # type: ignore[arg-type]


def rpc_error(severity: str, message: str, tag: str = "operation-failed") -> str:
    """Return an rpc-error element."""
    return (
        f"<rpc-error><error-type>application</error-type><error-tag>{tag}</error-tag>"
        f"<error-severity>{severity}</error-severity><error-message>{message}</error-message></rpc-error>"
    )


def answering(answers: Mapping[str, str | None]) -> Callable[[str], str | None]:
    """Answer by the first word that an rpc contains, and ok to everything else."""
    def answer(rpc: str) -> str | None:
        return next((text for word, text in answers.items() if word in rpc), "<ok/>")
    return answer


@pytest.mark.parametrize("algorithms", [["ssh-rsa"], ["rsa-sha2-256"], ["rsa-sha2-512"]], ids=str)
def test_connects_whatever_rsa_algorithm_is_offered(tmp_path: Path, algorithms: list[str]) -> None:
    """One known RSA key is good for a router that offers only one of the three RSA algorithms."""
    with ssh_server(tmp_path, algorithms=algorithms) as server, connect(server) as session:
        assert session.session_id == "306"
        assert session.capabilities == frozenset(CAPABILITIES)
        session.lock()


@pytest.mark.parametrize("algorithms", [["ssh-rsa"], ["rsa-sha2-256"]], ids=str)
def test_the_known_key_is_asked_for_first(tmp_path: Path, algorithms: list[str]) -> None:
    """A router that also has a key of another type, which is not known, is reached by the one that is."""
    import asyncssh

    more = [asyncssh.generate_private_key("ssh-ed25519")]
    with ssh_server(tmp_path, algorithms=algorithms, more_keys=more) as server, connect(server) as session:
        session.lock()


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")  # asyncssh makes the server use it
def test_the_algorithms_of_old_releases_are_spoken(tmp_path: Path) -> None:
    """A router with nothing but SHA-1 key exchange, host key and MAC, as up to 22.10, is reached."""
    with ssh_server(
        tmp_path, algorithms=["ssh-rsa"], kex_algs=["diffie-hellman-group14-sha1"], encryption_algs=["aes128-cbc"],
        mac_algs=["hmac-sha1"],
    ) as server, connect(server) as session:
        session.lock()


def test_the_test_server_offers_what_it_is_told(tmp_path: Path) -> None:
    """The server really refuses the algorithms that it is told not to offer."""
    import paramiko

    with ssh_server(tmp_path, algorithms=["rsa-sha2-256"]) as server:
        transport = paramiko.Transport((server.address, server.port))
        transport.get_security_options().key_types = ("ssh-rsa",)
        with pytest.raises(paramiko.SSHException):
            transport.start_client(timeout=10)
        transport.close()


def test_an_unknown_host_gets_no_password(tmp_path: Path) -> None:
    """A router that is not in known_hosts is refused before the password is sent, with the command that trusts it."""
    with ssh_server(tmp_path) as server:
        server.known_hosts.write_text("")

        with pytest.raises(HostKeyError, match="is not known") as caught:
            connect(server)

        assert "sroscert trust" in caught.value.hint
        assert server.script.passwords == []


@pytest.mark.parametrize("known_type", ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256"])
def test_another_key_gets_no_password(tmp_path: Path, known_type: str) -> None:
    """A router that shows another key than the known one is refused before the password, whatever the key's type."""
    import asyncssh

    other = asyncssh.generate_private_key(known_type).export_public_key("openssh").decode().split()
    with ssh_server(tmp_path) as server:
        server.known_hosts.write_text(f"[{server.address}]:{server.port} {other[0]} {other[1]}\n")

        with pytest.raises(HostKeyError) as caught:
            connect(server)

        assert server.key.get_fingerprint() in str(caught.value)
        assert server.script.passwords == []


def test_a_wrong_password_is_an_authentication_error(tmp_path: Path) -> None:
    """A refused password is told apart from a router that cannot be reached, and is not shown."""
    with ssh_server(tmp_path, password="another") as server:
        with pytest.raises(AuthenticationError) as caught:
            connect(server)

        assert not caught.value.retryable
        assert LOGIN.password not in str(caught.value)
        assert server.script.passwords == [LOGIN.password]


def test_nothing_listening_is_unreachable(tmp_path: Path) -> None:
    """A closed port is a ConnectError."""
    with ssh_server(tmp_path) as server:
        pass
    with pytest.raises(ConnectError, match="cannot be reached"):
        connect(server)


def test_a_silent_peer_is_bounded(tmp_path: Path) -> None:
    """A peer that accepts the connection and says nothing is given up at the time limit."""
    with ssh_server(tmp_path) as server, socket.create_server(("127.0.7.2", 0)) as silent:
        port = silent.getsockname()[1]
        line = server.known_hosts.read_text().replace(f"[{server.address}]:{server.port}", f"[127.0.7.2]:{port}")
        server.known_hosts.write_text(line)
        started = time.monotonic()
        with pytest.raises(ConnectError):
            NetconfSession.connect("127.0.7.2", port, LOGIN, known_hosts=server.known_hosts, connect_timeout_s=1.0)
        assert time.monotonic() - started < 5


def test_a_missing_hello_is_bounded(tmp_path: Path) -> None:
    """A router that never says hello is given up at the time limit, and the connection is closed."""
    script = Scripted(hello=False)
    with ssh_server(tmp_path, script) as server:
        with pytest.raises(ConnectError, match="in time"):
            connect(server, connect_timeout_s=2.0)
        assert script.closed.wait(10)


def test_private_candidate_is_asked_for_in_the_hello(tmp_path: Path) -> None:
    """Only a session that wants a private candidate says so."""
    with ssh_server(tmp_path) as server:
        connect(server).close()
        connect(server, private_candidate=True).close()
        assert ["urn:nokia.com:nc:pc" in hello for hello in server.script.hellos] == [False, True]


def test_configuration_burst_is_sent_in_order(tmp_path: Path) -> None:
    """Lock, edit, validate, confirmed commit, confirm, save and unlock are what RFC 6241 says, with no persist."""
    with ssh_server(tmp_path) as server, connect(server) as session:
        session.lock()
        session.edit(CONFIGURE)
        session.validate()
        session.commit_confirmed(120)
        session.confirm()
        session.cancel_commit()
        session.save()
        session.discard()
        session.unlock()
        bodies = [etree.fromstring(rpc.encode())[0] for rpc in server.script.rpcs]

    q = "{" + BASE + "}"
    assert [body.tag for body in bodies] == [q + name for name in (
        "lock", "edit-config", "validate", "commit", "commit", "cancel-commit", "copy-config", "discard-changes",
        "unlock", "close-session",
    )][: len(bodies)]
    assert bodies[0].find(f"{q}target/{q}candidate") is not None
    assert bodies[1].find(f"{q}config/{{urn:nokia.com:sros:ns:yang:sr:conf}}configure") is not None
    assert bodies[3].findtext(f"{q}confirm-timeout") == "120"
    assert bodies[3].find(f"{q}persist") is None
    assert len(bodies[4]) == 0
    assert [child.tag for child in bodies[6]] == [q + "target", q + "source"]
    assert CONFIGURE.getparent() is None


@pytest.mark.parametrize("capabilities", [CAPABILITIES, [uri for uri in CAPABILITIES if "base:1.1" not in uri]],
                         ids=["chunked", "end-of-message"])
@pytest.mark.parametrize("chunk", [0, 7, 4095])
def test_text_of_several_bytes_a_character_survives(tmp_path: Path, capabilities: list[str], chunk: int) -> None:
    """A reply is read whole, however it is cut and whatever is in it."""
    text = "Zoë—" * 3000
    script = Scripted(
        answer=answering({"get-config": f"<data><x>{text}</x></data>"}), capabilities=capabilities, chunk=chunk,
    )
    with ssh_server(tmp_path, script) as server, connect(server) as session:
        assert session.get_config(CONFIGURE).findtext(f"{{{BASE}}}x") == text


def test_get_config_filters_and_state(tmp_path: Path) -> None:
    """The filter is sent as a subtree and the data element comes back."""
    script = Scripted(answer=answering({"<get": '<data><configure xmlns="urn:x"><a/></configure></data>'}))
    with ssh_server(tmp_path, script) as server, connect(server) as session:
        assert len(session.get_config([CONFIGURE], source="candidate")) == 1
        assert len(session.get_state(CONFIGURE)) == 1

    first = etree.fromstring(script.rpcs[0].encode())
    assert first.find(f".//{{{BASE}}}source/{{{BASE}}}candidate") is not None
    assert first.find(f".//{{{BASE}}}filter").get("type") == "subtree"  # type: ignore[union-attr]


def test_an_absent_entry_is_no_data(tmp_path: Path) -> None:
    """An rpc-error that says that what the filter names is not there reads as empty data; another error does not."""
    answers = {
        "get-config": rpc_error("error", "MINOR: MGMT_CORE #224: configure x - Entry does not exist"),
        "<get>": rpc_error("error", "MINOR: MGMT_CORE #2020: Permission denied"),
    }
    with ssh_server(tmp_path, Scripted(answer=answering(answers))) as server, connect(server) as session:
        assert len(session.get_config(CONFIGURE)) == 0
        with pytest.raises(RPCRejectedError, match="Permission denied"):
            session.get_state(CONFIGURE)


def test_an_error_behind_a_warning_is_an_error(tmp_path: Path) -> None:
    """A reply whose first entry is a warning and whose second is an error is refused, with both entries kept."""
    both = rpc_error("warning", "careful") + rpc_error("error", "MINOR: MGMT_CORE #2301: Invalid element value")
    with ssh_server(tmp_path, Scripted(answer=answering({"edit-config": both}))) as server, connect(server) as session:
        with pytest.raises(ConfigInvalidError) as caught:
            session.edit(CONFIGURE)
        assert [entry.message for entry in session.warnings] == ["careful"]
        assert caught.value.outcome is Outcome.NOT_APPLIED


@pytest.mark.parametrize("with_ok", [False, True])
def test_warnings_alone_are_success(tmp_path: Path, with_ok: bool) -> None:
    """Warnings without an error let the operation pass and are kept."""
    reply = rpc_error("warning", "first") + rpc_error("warning", "second") + ("<ok/>" if with_ok else "")
    with ssh_server(tmp_path, Scripted(answer=answering({"validate": reply}))) as server, connect(server) as session:
        session.validate()
        assert [entry.message for entry in session.warnings] == ["first", "second"]


def test_an_error_beside_ok_is_an_error(tmp_path: Path) -> None:
    """An ok in the same reply does not outweigh an error."""
    reply = "<ok/>" + rpc_error("error", "MINOR: MGMT_CORE #4001: no")
    script = Scripted(answer=answering({"<commit": reply}))
    with ssh_server(tmp_path, script) as server, connect(server) as session, pytest.raises(ConfigInvalidError):
        session.confirm()


def test_every_error_of_a_commit_is_kept(tmp_path: Path) -> None:
    """Several errors in one reply are all in the exception."""
    reply = "".join(rpc_error("error", f"MINOR: MGMT_CORE #236: {word}") for word in ("one", "two", "three"))
    with ssh_server(tmp_path, Scripted(answer=answering({"<commit": reply}))) as server, connect(server) as session:
        with pytest.raises(ConfigInvalidError) as caught:
            session.commit_confirmed(60)
        assert len(caught.value.entries) == 3


def test_a_lock_that_is_held_is_retryable(tmp_path: Path) -> None:
    """SR OS's text for a candidate in use is recognised whatever the tag."""
    message = "MINOR: MGMT_CORE #2052: Exclusive datastore access unavailable - interface editing global candidate"
    script = Scripted(answer=answering({"<lock": rpc_error("error", message)}))
    with ssh_server(tmp_path, script) as server, connect(server) as session:
        with pytest.raises(LockHeldError) as caught:
            session.lock()
        assert caught.value.retryable
        session.discard()


@pytest.mark.parametrize(("operation", "outcome"), [
    ("lock", Outcome.NOT_APPLIED), ("edit", Outcome.UNKNOWN), ("commit", Outcome.UNKNOWN),
    ("confirm", Outcome.UNKNOWN), ("save", Outcome.UNKNOWN),
])
def test_a_session_lost_around_a_change_leaves_it_unknown(tmp_path: Path, operation: str, outcome: Outcome) -> None:
    """When the router drops the connection instead of answering, only a change leaves the outcome unknown."""
    with ssh_server(tmp_path, Scripted(answer=lambda rpc: None)) as server, connect(server) as session:
        calls: dict[str, Callable[[], None]] = {
            "lock": session.lock, "edit": lambda: session.edit(CONFIGURE), "save": session.save,
            "commit": lambda: session.commit_confirmed(60), "confirm": session.confirm,
        }
        with pytest.raises(SessionLostError) as caught:
            calls[operation]()
        assert caught.value.outcome is outcome
        with pytest.raises(SessionLostError):
            session.validate()


def test_a_stalled_answer_ends_the_session(tmp_path: Path) -> None:
    """An rpc that is not answered in time leaves the outcome unknown, and the session is closed so that it undoes."""
    script = Scripted(answer=lambda rpc: "stall")
    with ssh_server(tmp_path, script) as server, connect(server, rpc_timeout_s=0.5) as session:
        with pytest.raises(SessionLostError, match="in time") as caught:
            session.commit_confirmed(60)
        assert caught.value.outcome is Outcome.UNKNOWN
        assert script.closed.wait(10)


RAW_FORMS = {
    "up to 21.2": f'<results xmlns="{OPER}"><md-cli-output-block>TiMOS &lt;x&gt;</md-cli-output-block></results>',
    "since 21.5": (
        f'<n:operation-id xmlns:n="{OPER}">35</n:operation-id><n:results xmlns:n="{OPER}"><n:md-cli-output-block>'
        f'TiMOS &lt;x&gt;</n:md-cli-output-block></n:results><n:status xmlns:n="{OPER}">completed</n:status>'
    ),
}


@pytest.mark.parametrize("form", RAW_FORMS)
def test_raw_command_reads_both_reply_forms(tmp_path: Path, form: str) -> None:
    """The printed text comes back from either form of the reply."""
    with ssh_server(tmp_path, Scripted(answer=lambda rpc: RAW_FORMS[form])) as server, connect(server) as session:
        assert session.raw_command('show "a<b"', 10) == "TiMOS <x>"
        sent = etree.fromstring(server.script.rpcs[0].encode())
        assert sent.findtext(f".//{{{OPER}}}md-cli-input-line") == 'show "a<b"'


def test_raw_command_without_output(tmp_path: Path) -> None:
    """A command that prints nothing answers ok."""
    with ssh_server(tmp_path) as server, connect(server) as session:
        assert session.raw_command("admin save", 10) == ""


@pytest.mark.parametrize(("reply", "outcome", "words"), [
    (f'<s:error-message xmlns:s="{OPER}">MINOR: MGMT_AGENT #2007: Operation failed</s:error-message>'
     f'<s:status xmlns:s="{OPER}">terminated-incomplete</s:status>', Outcome.UNKNOWN, "MGMT_AGENT #2007"),
    (rpc_error("error", "MINOR: MGMT_AGENT #2007: Operation failed"), Outcome.UNKNOWN, "MGMT_AGENT #2007"),
    (rpc_error("error", "MINOR: MGMT_CORE #2201: Unknown element - 'tt'"), Outcome.NOT_APPLIED, "#2201"),
    ("<something/>", Outcome.UNKNOWN, "cannot read"),
], ids=["terminated-incomplete", "rpc-error", "not understood by the router", "not understood by us"])
def test_a_failing_command_carries_the_words(tmp_path: Path, reply: str, outcome: Outcome, words: str) -> None:
    """A failed command is an error with the router's text; what cannot have begun is told apart."""
    with ssh_server(tmp_path, Scripted(answer=lambda rpc: reply)) as server, connect(server) as session:
        with pytest.raises(CommandError, match=words) as caught:
            session.raw_command("x", 10)
        assert words in caught.value.text
        assert caught.value.outcome is outcome


def test_redaction_reaches_every_error(tmp_path: Path) -> None:
    """A secret that the router repeats is not in the error."""
    reply = rpc_error("error", "MINOR: MGMT_CORE #2301: Invalid element value - 'canary'")
    script = Scripted(answer=lambda rpc: reply)
    with ssh_server(tmp_path, script) as server:
        session = connect(server, redact=lambda text: text.replace("canary", "*****"))
        with pytest.raises(ConfigInvalidError) as rejected:
            session.edit(CONFIGURE)
        with pytest.raises(CommandError) as failed:
            session.raw_command("x", 10)
        session.close()
    assert "canary" not in str(rejected.value) + str(failed.value) + failed.value.text


def test_nothing_sent_or_received_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what is sent nor what is answered nor the password is in any log, at any level."""
    caplog.set_level(logging.DEBUG)
    script = Scripted(answer=answering({"get-config": "<data><x>canary-received</x></data>", "<commit": None}))
    secret = etree.fromstring(b"<configure><x>canary-sent</x></configure>")
    with ssh_server(tmp_path, script) as server, connect(server) as session:
        session.get_config(CONFIGURE)
        session.edit(secret)
        with pytest.raises(SroscertError) as caught:
            session.confirm()
    assert "canary" not in caplog.text
    assert LOGIN.password not in caplog.text
    assert caught.value.__cause__ is None

