"""What holds for every backend alike: the same operations, the same words of the router, the same outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from sroscert import schema as schemas
from sroscert.commands import operations as op
from sroscert.commands.action import spelling
from sroscert.commands.backend import Offer
from sroscert.commands.raw import Engine
from sroscert.device.cli import CLISession
from sroscert.device.credentials import Credentials
from sroscert.device.exec import make_exec
from sroscert.device.netconf import NetconfSession
from sroscert.device.ports import ExecPort
from sroscert.errors import CommandError, Outcome, SessionLostError
from tests.support.operations import EVERY, name_of
from tests.support.shells import Shell
from tests.support.ssh_servers import Scripted, ssh_server

SECRET = "canary-enrolment-code"
OPER = "urn:nokia.com:sros:ns:yang:sr:oper-global"
ADMIN = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
IR = op.InitialRegistration("ejbca", "sr-key", "1", "env:CODE", "CN=sr", "cf3:/sr-cert.der", ip_address="172.20.20.5")
GENERATE = op.GenerateKeypair("cf3:/sr-key")
ERROR = 'MINOR: MGMT_AGENT #2007: Operation failed - open file "cf3:\\sr-key"'
WORDS = {"accepted": ("processed", "accepted"), "waiting": ("in-progress", "waiting"),
         "rejection": ("processed", "rejection")}


@dataclass
class Bench:
    """A backend over a scripted router. ``says`` is what the router says next, in words of its command line."""

    name: str
    port: ExecPort
    script: Scripted
    says: dict[str, str | None] = field(default_factory=dict)

    @property
    def sent(self) -> str:
        """What the router was sent, without line ends that a terminal adds."""
        shell = self.script.shell
        assert shell is not None
        return "\n".join([*self.script.rpcs, *shell.commands])


def reply(rpc: str, text: str | None) -> str | None:
    """Put words of a command line into the inside of an rpc-reply, as raw output or as an action's results."""
    if text in {None, "stall"}:
        return text
    if "md-cli-input-line" in rpc:
        block = f'<results xmlns="{OPER}"><md-cli-output-block>{escape(text or "")}</md-cli-output-block></results>'
        return block if text else "<ok/>"
    for word, (status, code) in WORDS.items():
        if text == f"Processing request...\nReceived '{word}'.\n":
            return (
                f'<results xmlns="{ADMIN}"><transaction-status>{status}</transaction-status><transaction-status-code>'
                f'{code}</transaction-status-code></results><status xmlns="{ADMIN}">completed</status>'
            )
    if not text:
        return f'<status xmlns="{ADMIN}">completed</status>'
    if text.startswith("MINOR"):
        message = escape(text.strip())
        return (
            f'<status xmlns="{ADMIN}">terminated-incomplete</status><error-message xmlns="{ADMIN}">{message}'
            "</error-message>"
        )
    return f'<info-message xmlns="{ADMIN}">{escape(text)}</info-message><status xmlns="{ADMIN}">in-progress</status>'


BACKENDS = {
    "action": ("25.10", True, Offer()),
    "action-with-cli": ("25.10", False, Offer(engines=(Engine.CLASSIC,))),
    "raw": ("21.2", True, Offer()),
    "cli-md-cli": ("19.10", True, Offer()),
    "cli-classic": ("19.10", False, Offer()),
    "cli-instead-of-raw": ("21.2", True, Offer(raw_command=False)),
}


@contextmanager
def bench(name: str, folder: Path) -> Iterator[Bench]:
    """Run a scripted router of a backend's release."""
    release, md_cli, offer = BACKENDS[name]
    says: dict[str, str | None] = {"text": ""}
    shell = Shell(md_cli=md_cli, answer=lambda line: says["text"])
    script = Scripted(answer=lambda rpc: reply(rpc, says["text"]), shell=shell)
    with ssh_server(folder, script) as server:
        credentials = Credentials("admin", "right-password")

        def connect() -> CLISession:
            return CLISession.connect(server.address, server.port, credentials, known_hosts=server.known_hosts)

        with NetconfSession.connect(
            server.address, server.port, credentials, known_hosts=server.known_hosts
        ) as config:
            resolve: Callable[[str], str] = lambda reference: SECRET  # noqa: E731
            port = make_exec(config, schemas.load(release), resolve, offer=offer, connect=connect)
            try:
                yield Bench(name, port, script, says)
            finally:
                port.close()


@pytest.fixture(params=BACKENDS)
def router(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each backend in turn."""
    with bench(request.param, tmp_path) as made:
        yield made


def test_the_backend_is_the_one_that_is_meant(router: Bench) -> None:
    """The contract is run against each class."""
    assert router.port.name == router.name.split("-")[0]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Processing request...\nReceived 'accepted'.\n", "done"),
        ("Processing request...\nReceived 'waiting'.\n", "pending"),
        ("Processing request...\nReceived 'rejection'.\n", "failed"),
        (f"{ERROR}\n", "failed"),
        ("Quite so.\n", "unknown"),
        ("", "unknown"),
    ],
    ids=["accepted", "waiting", "rejection", "error", "words", "silence"],
)
def test_an_enrolment_is_what_the_ca_says(router: Bench, text: str, outcome: str) -> None:
    """Only the CA's own word makes an enrolment done, pending or refused."""
    router.says["text"] = text

    assert router.port.run(IR, 10).outcome == outcome


@pytest.mark.parametrize(("text", "outcome"), [("", "done"), (f"{ERROR}\n", "failed"), ("Hm.\n", "unknown")])
def test_a_silent_command_is_what_the_router_says(router: Bench, text: str, outcome: str) -> None:
    """Silence, or completed, is success; an error is failure; other words are neither."""
    router.says["text"] = text

    assert router.port.run(GENERATE, 10).outcome == outcome


def test_a_listing_is_read(router: Bench) -> None:
    """What has no action goes as a line, and its answer is read alike."""
    router.says["text"] = "\nDirectory of cf3:\\\n\n10/19/2026  02:01p               1679 sr-key\n"

    assert [entry.name for entry in router.port.run(op.ListFiles("cf3:/"), 10).files] == ["sr-key"]


@pytest.mark.law(8)
def test_the_secret_reaches_the_router_and_nobody_else(router: Bench) -> None:
    """The code is sent once, and however the router repeats it, no reply has it."""
    router.says["text"] = f"MINOR: CLI #2005: Error while processing command - reference 1 {SECRET}\n"
    answer = router.port.run(IR, 10)

    assert router.sent.count(SECRET) == 1
    assert answer.outcome == "failed"
    assert SECRET not in repr(answer)


@pytest.mark.law(4)
@pytest.mark.parametrize("text", [None, "stall"], ids=["lost", "silent"])
def test_a_request_without_an_answer_is_unknown(router: Bench, text: str | None) -> None:
    """A session that ends or falls silent under a request leaves an unknown outcome, without the secret."""
    router.says["text"] = text
    with pytest.raises(SessionLostError) as caught:
        router.port.run(IR, 1.0)

    assert caught.value.outcome is Outcome.UNKNOWN
    assert SECRET not in str(caught.value) + repr(caught.value.__cause__)


def test_a_text_that_cannot_be_carried_is_not_sent(router: Bench) -> None:
    """What could end a token never leaves."""
    with pytest.raises(CommandError) as caught:
        router.port.run(op.RemoveFile("cf3:/a\n//admin reboot now"), 10)

    assert caught.value.code == "unsafe-text"
    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert "reboot" not in router.sent


def test_a_refused_engine_means_that_nothing_was_begun(router: Bench) -> None:
    """The router's words for an engine that is not allowed become an error with the lines to type."""
    router.says["text"] = "MINOR: CLI #2053 Switching CLI engine is not authorized\n"
    with pytest.raises(CommandError) as caught:
        router.port.run(op.Reload("sr-cert", "sr-key"), 10)

    assert caught.value.code == "cli-engine"
    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert "cli-engine [md-cli classic-cli]" in caught.value.hint


@pytest.mark.parametrize("operation", EVERY, ids=name_of)
@pytest.mark.parametrize("name", ["action", "raw", "cli-md-cli", "cli-classic"])
def test_every_operation_can_be_sent(name: str, operation: op.Operation, tmp_path: Path) -> None:
    """Each backend takes each operation, and an unheard-of answer to it is never success."""
    with bench(name, tmp_path) as router:
        router.says["text"] = "Quite so.\n"
        if isinstance(operation, op.SaveConfiguration) and not name.startswith("cli"):
            return
        assert router.port.run(operation, 10).outcome == "unknown"
        assert router.sent


def test_a_lost_cli_session_is_opened_again(tmp_path: Path) -> None:
    """After a session in doubt the next command has a new one."""
    with bench("cli-md-cli", tmp_path) as router:
        router.says["text"] = "Are you sure (y/n)? "
        assert router.port.run(op.CopyFile("cf3:/a", "cf3:/b"), 10).outcome == "failed"
        router.says["text"] = "1 file copied.\n"
        assert router.port.run(op.CopyFile("cf3:/a", "cf3:/b"), 10).outcome == "done"
        shell = router.script.shell
        assert shell is not None
        assert len(shell.terminals) == 2


def test_an_idle_session_that_the_router_ended_is_opened_again(tmp_path: Path) -> None:
    """A session that was ended between two commands is no lost command."""
    with bench("cli-md-cli", tmp_path) as router:
        assert router.port.run(GENERATE, 10).outcome == "done"
        shell = router.script.shell
        assert shell is not None
        shell.end()
        assert router.port.run(GENERATE, 10).outcome == "done"
        assert len(shell.terminals) == 2


def test_the_engine_of_the_session_decides_the_prefix(tmp_path: Path) -> None:
    """In the classic engine its words stand alone; from MD-CLI they go behind the prefix."""
    for name, prefix in (("cli-md-cli", "//"), ("cli-classic", "")):
        with bench(name, tmp_path) as router:
            router.port.run(op.ClearRequest("p"), 10)
            assert router.sent == f"{prefix}admin certificate cmpv2 clear-request ca p"


def test_actions_are_sent_as_actions(tmp_path: Path) -> None:
    """Over the action backend everything that Nokia models goes as an action, in its namespace."""
    schema = schemas.load("25.10")
    with bench("action", tmp_path) as router:
        for operation in EVERY:
            if hasattr(spelling(operation, schema), "path"):
                router.port.run(operation, 10)
        for rpc in router.script.rpcs:
            assert "md-cli-input-line" not in rpc
            assert etree.fromstring(rpc.encode()) is not None
