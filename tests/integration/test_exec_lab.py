"""Every backend against the lab's router and CA, whose command lines were written without a look at ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sroscert import schema as schemas
from sroscert.commands import operations as op
from sroscert.commands.backend import Offer
from sroscert.commands.raw import Engine
from sroscert.commands.replies import Reply
from sroscert.device.cli import CLISession
from sroscert.device.credentials import Credentials
from sroscert.device.exec import CLIExec, make_exec
from sroscert.device.netconf import NetconfSession
from sroscert.device.ports import ExecPort
from tests.support.fleet import PASSWORD, Fleet, open_fleet

BACKENDS = {
    "action": ("25.10", Offer()),
    "raw": ("21.2", Offer()),
    "cli": ("20.2", Offer()),
    "cli-md-words": ("25.10", Offer(engines=(Engine.MD_CLI,))),
    "cli-classic-words": ("25.10", Offer(engines=(Engine.CLASSIC,))),
}


@dataclass
class Enrolled:
    """An enrolled lab router and a backend to it."""

    fleet: Fleet
    port: ExecPort

    @property
    def subject(self) -> str:
        """The subject of its certificate."""
        return "C=NL,ST=ZH,O=Nokia,CN=sr1"

    def run(self, operation: op.Operation) -> Reply:
        """Run an operation."""
        return self.port.run(operation, 30)

    def done(self, operation: op.Operation) -> Reply:
        """Run an operation that must succeed."""
        reply = self.run(operation)
        assert reply.outcome == "done", reply
        return reply

    def names(self, folder: str) -> set[str]:
        """What a folder holds."""
        return {entry.name for entry in self.done(op.ListFiles(folder)).files}


@pytest.fixture(scope="module", params=BACKENDS)
def enrolled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enrolled]:
    """A lab router of each backend's release that apply has enrolled."""
    release, offer = BACKENDS[request.param]
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab", release=release) as fleet:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        fleet.applied()
        core, known_hosts = fleet.router(), Path(fleet.folder / "known_hosts")
        credentials = Credentials("admin", PASSWORD)

        def connect() -> CLISession:
            return CLISession.connect(core.address, core.ports.ssh, credentials, known_hosts=known_hosts)

        code = (fleet.folder / "codes" / "sr1").read_text().strip()
        resolve: Callable[[str], str] = lambda reference: code  # noqa: E731
        schema = schemas.load(release)
        with NetconfSession.connect(
            core.address, core.ports.netconf, credentials, known_hosts=known_hosts
        ) as config:
            port: ExecPort
            if request.param.startswith("cli-"):
                port = CLIExec(connect, resolve, schema, offer.engines)
            else:
                port = make_exec(config, schema, resolve, offer=offer, connect=connect)
            yield Enrolled(fleet, port)
            port.close()


def issued(router: Enrolled) -> list[str]:
    """The serials that the CA has issued."""
    return [entry.serial for entry in router.fleet.ca.journal.entries() if entry.result == "issued"]


def pair(router: Enrolled, name: str) -> None:
    """Make a key and import it."""
    router.done(op.GenerateKeypair(f"cf3:/{name}"))
    router.done(op.ImportFile(f"cf3:/{name}", name, "key", "der"))
    router.done(op.RemoveFile(f"cf3:/{name}"))


def test_files_are_listed_and_removed(enrolled: Enrolled) -> None:
    """A key that is made is seen, and is gone after its removal; removing it twice is a failure."""
    enrolled.done(op.GenerateKeypair("cf3:/spare"))
    assert "spare" in enrolled.names("cf3:/")
    enrolled.done(op.RemoveFile("cf3:/spare"))
    assert "spare" not in enrolled.names("cf3:/")
    assert enrolled.run(op.RemoveFile("cf3:/spare")).outcome == "failed"


def test_an_imported_file_is_displayed_and_exported(enrolled: Enrolled) -> None:
    """The display has the certificate in use; an exported copy lies on the flash."""
    shown = enrolled.done(op.DisplayCertificate("cf3:/system-pki/sr-cert")).certificate
    assert shown is not None
    assert ("CN", "sr1") in shown.subject
    enrolled.done(op.ExportFile("sr-cert", "cf3:/exported.pem", "certificate", "pem"))
    assert "exported.pem" in enrolled.names("cf3:/")
    enrolled.done(op.RemoveFile("cf3:/exported.pem"))


def test_the_ca_answers_a_request_signed_by_the_pair_in_use(enrolled: Enrolled) -> None:
    """A further certificate is asked for and granted, and the file is there."""
    pair(enrolled, "second-key")
    reply = enrolled.run(op.CertRequest(
        "lab-ca", "sr-key", "sr-cert", "second-key", enrolled.subject, "cf3:/second.der",
        ip_address=enrolled.fleet.router().address, hash_algorithm="sha256",
    ))
    assert reply.outcome == "done", reply
    assert "second.der" in enrolled.names("cf3:/")


def test_the_ca_answers_a_key_update(enrolled: Enrolled) -> None:
    """A new key is certified in place of the old one."""
    pair(enrolled, "third-key")
    reply = enrolled.run(op.KeyUpdate("lab-ca", "third-key", "sr-key", "sr-cert", "cf3:/third.der", "sha256"))
    assert reply.outcome == "done", reply
    assert "third.der" in enrolled.names("cf3:/")


def test_a_registration_by_signature_is_understood(enrolled: Enrolled) -> None:
    """It reaches the CA signed, which takes none of its own certificates as proof: a refusal, no syntax error."""
    before = len(issued(enrolled))
    pair(enrolled, "fourth-key")
    reply = enrolled.run(op.SignedRegistration(
        "lab-ca", "fourth-key", enrolled.subject, "cf3:/fourth.der", certificate="sr-cert", protection_key="sr-key",
        hash_algorithm="sha256", ip_address=enrolled.fleet.router().address,
    ))
    assert reply.outcome == "failed", reply
    last = enrolled.fleet.ca.journal.entries()[-1]
    assert last.kind == "ir" and "vendor's certificate" in last.text, last
    assert len(issued(enrolled)) == before


def test_polling_without_a_request_fails(enrolled: Enrolled) -> None:
    """A poll where nothing is pending is never success; forgetting the request is one step."""
    assert enrolled.run(op.Poll("lab-ca")).outcome in {"failed", "unknown"}
    assert enrolled.run(op.Poll("no-such-profile")).outcome == "failed"


def test_a_crl_is_fetched_and_a_failure_is_seen(enrolled: Enrolled) -> None:
    """Only the action says that it is done; a command says nothing. Its file is there either way."""
    update = ("/configure", "system", "security", "pki", "ca-profile", "lab-ca")
    enrolled.fleet.operator(*update, "crl-file", "lab-ca.crl")
    enrolled.fleet.operator(*update, "auto-crl-update", "crl-urls", "url-entry", "1", "url", enrolled.fleet.cmp.crl_url)
    reply = enrolled.run(op.CRLUpdate("lab-ca"))
    assert reply.outcome == ("done" if enrolled.port.name == "action" else "unknown"), reply
    assert "lab-ca.crl" in enrolled.names("cf3:/system-pki")
    enrolled.fleet.ca.faults.set(down=True)
    try:
        assert enrolled.run(op.CRLUpdate("lab-ca")).outcome == "failed"
    finally:
        enrolled.fleet.ca.faults.clear()
