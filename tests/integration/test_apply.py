"""`apply` and `plan` on whole labs: from nothing to verified gNMI, nothing twice, one router never stopping another."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from sroscert.device.ports import Reason
from sroscert.device.tls import probe
from tests.support.fleet import PASSWORD, SUBJECT, Document, Fleet, MakeFleet, Result, Snapshot, open_fleet


def served_serial(fleet: Fleet, router: str = "") -> int:
    """The serial of what a client of Python's own ssl module is served, chain and address verified."""
    core = fleet.router(router)
    context = ssl.create_default_context(cafile=str(fleet.folder / "ManagementCA.pem"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection((core.address, core.ports.gnmi), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=core.address) as connection,
    ):
        shown = connection.getpeercert() or {}
    return int(str(shown["serialNumber"]), 16)


@dataclass(frozen=True)
class Story:
    """One lab from its first plan to a second apply: what was said, and what router and CA held in between."""

    fleet: Fleet
    bare: Snapshot
    planned: Result
    planned_text: Result
    still_bare: Snapshot
    applied: Result
    done: Snapshot


@pytest.fixture(scope="module", params=["21.2", "25.10"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A lab on which plan and apply have been run; tests of it leave it as it is."""
    folder = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab", release=request.param) as fleet:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        bare = fleet.snapshot()
        planned, text = fleet.run("plan", "-o", "json"), fleet.run("plan", "--full")
        still_bare = fleet.snapshot()
        applied = fleet.run("apply", "--yes", "-o", "json")
        yield Story(fleet, bare, planned, text, still_bare, applied, fleet.snapshot())


def test_apply_goes_from_nothing_to_verified_gnmi(story: Story) -> None:
    """A bare router ends with a certificate that the CA issued once, served to clients that verify."""
    fleet, applied = story.fleet, story.applied.entry("sr1")

    assert (story.applied.code, applied["state"]) == (0, "done")
    assert applied["steps_done"] == len(applied["steps"]) > 5
    issued = [entry for entry in fleet.ca.journal.entries() if entry.result == "issued"]
    assert len(issued) == 1
    assert fleet.router().address in issued[0].names
    assert served_serial(fleet) == int(issued[0].serial, 16)
    assert ("grpc", PASSWORD) in {(login.interface, login.password) for login in fleet.router().logins}
    assert not fleet.router().datastores.is_unsaved


@pytest.mark.law(5)
def test_a_second_apply_changes_nothing(story: Story) -> None:
    """The second run leaves configuration, files, events and the CA's journal as they are, and says so."""
    second = story.fleet.applied()
    third = story.fleet.applied("-o", "json")

    assert story.fleet.snapshot() == story.done
    assert "in sync" in second.out
    assert third.entry("sr1")["steps_done"] == 0


@pytest.mark.law(5)
def test_a_plan_never_writes(story: Story) -> None:
    """Neither the plan of a bare router nor that of a finished one leaves a trace on it or at the CA."""
    last = story.fleet.run("plan", "-o", "json")

    assert story.planned.code == story.planned_text.code == 2
    assert "+ /configure system grpc" in story.planned_text.out
    assert story.still_bare == story.bare
    assert (last.code, last.entry("sr1")["steps"]) == (0, [])
    assert story.fleet.snapshot() == story.done != story.bare


def test_a_plan_gives_reasons_checks_and_an_order(story: Story) -> None:
    """Every step has a reason, every commit names its checks, and a certificate is imported before TLS uses it."""
    steps = story.planned.entry("sr1")["steps"]

    assert all(step["reason"] for step in steps)
    commits = [step for step in steps if step["kind"] == "Commit"]
    assert [step["phase"] for step in commits] == ["ca", "tls", "renewal"]
    assert all(step["checks"] and step["changes"] for step in commits)
    kinds = [step["kind"] for step in steps]
    assert kinds.index("ImportKey") < kinds.index("Enrol") < kinds.index("CheckAndImport") < steps.index(commits[1])


def test_what_is_applied_is_what_was_planned(story: Story) -> None:
    """The steps that apply reports are those that plan showed, in the same order."""
    planned, applied = story.planned.entry("sr1"), story.applied.entry("sr1")

    assert applied["steps"] == planned["steps"]
    assert applied["digest"] == planned["digest"]


@pytest.mark.law(5)
def test_a_secret_that_is_there_is_not_sent_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever did not set it, and does not have it any more, leaves it: its hash2 says only that there is one."""
    code = story.fleet.folder / "codes" / "sr1"
    before = code.read_text()
    with monkeypatch.context() as environment:
        environment.setenv("XDG_STATE_HOME", str(story.fleet.folder / "somebody-else"))
        first = story.fleet.run("plan")
        code.unlink()
        result = story.fleet.applied()

    code.write_text(before)
    assert (first.code, "the secret of ca-profile lab-ca key sr1" in first.out) == (0, True), first.text
    assert "in sync" in result.out and "secret" not in result.out
    assert story.fleet.snapshot() == story.done


# --- intents of several kinds -----------------------------------------------------------------------------------------


def tls13(fleet: Fleet, document: Document) -> None:
    """Modern ciphers, groups and signatures, TLS 1.3 allowed."""
    tls = document["tls"]
    tls["server_cipher_lists"] = {"ciphers": "modern"}
    tls["server_group_lists"] = {"groups": ["tls-x25519", "tls-ecdhe-256"]}
    tls["server_signature_lists"] = {"signatures": ["tls-rsa-pss-rsae-sha256"]}
    tls["server_profiles"]["sr-server-tls-prof"] |= {
        "group_list": "groups",
        "signature_list": "signatures",
        "protocol_version": "tls-version-all",
    }


def ecdsa(fleet: Fleet, document: Document) -> None:
    """A key on a curve, for which 25.10 has suites of TLS 1.3 only."""
    document["certificates"]["sr-cert"]["key"] = {"file": "sr-key", "type": "ecdsa", "curve": "secp256r1"}
    document["tls"]["server_cipher_lists"] = {"ciphers": "modern"}
    document["tls"]["server_profiles"]["sr-server-tls-prof"]["protocol_version"] = "tls-version-13"


def renewed_by(method: str) -> Callable[[Fleet, Document], None]:
    """Another way of renewal."""

    def change(fleet: Fleet, document: Document) -> None:
        document["certificates"]["sr-cert"]["renewal"] = {"before": "30d", "method": method}

    return change


def two_certificates(fleet: Fleet, document: Document) -> None:
    """A second certificate, for a host name, in a profile of its own."""
    fleet.issue_code("second", common_name="sr1.example.net", ips=[], dns=["sr1.example.net"])
    document["certificates"]["second-cert"] = {
        "ca_profile": "lab-ca",
        "key": {"file": "second-key", "type": "rsa", "size": 2048},
        "subject": {**SUBJECT, "CN": "sr1.example.net"},
        "san": {"dns": ["sr1.example.net"]},
        "enrolment": {"protection": "password", "reference": "second", "secret": "file:codes/second"},
        "renewal": {"before": "30d", "method": "auto"},
    }
    document["tls"]["cert_profiles"]["second-prof"] = {1: "second-cert"}


@pytest.mark.law(5)
@pytest.mark.parametrize(
    ("release", "change"),
    [
        pytest.param("25.10", tls13, id="tls13"),
        pytest.param("25.10", ecdsa, id="ecdsa"),
        pytest.param("25.10", renewed_by("ehs"), id="ehs-on-25.10"),
        pytest.param("21.2", two_certificates, id="two"),
        pytest.param("21.2", renewed_by("external"), id="external"),
    ],
)
def test_after_an_apply_the_plan_is_empty(
    lab_fleet: MakeFleet, release: str, change: Callable[[Fleet, Document], None]
) -> None:
    """Whatever the intent asks for, one apply brings it about, and then there is nothing left to plan."""
    fleet = lab_fleet(release=release)
    with fleet.editing() as document:
        change(fleet, document)

    fleet.applied()
    planned = fleet.run("plan", "-o", "json")

    assert planned.code == 0, planned.text
    assert planned.entry("sr1")["steps"] == []
    core = fleet.router()
    shown = probe(core.address, core.ports.gnmi, fleet.ca.certificate_pem())
    assert shown.reason is Reason.OK
    assert shown.version == ("TLSv1.3" if change in (tls13, ecdsa) else "TLSv1.2")


def test_what_a_release_cannot_do_stops_before_anything_is_sent(lab_fleet: MakeFleet) -> None:
    """Cipher suites that the observed release does not have stop the run with exit 5; the router is as it was."""
    fleet = lab_fleet(release="21.2")
    with fleet.editing() as document:
        document["tls"]["server_cipher_lists"] = {"ciphers": "modern"}
    before = fleet.snapshot()

    result = fleet.run("apply", "--yes", "-o", "json")

    assert (result.code, result.entry("sr1")["error"]["code"]) == (5, "release-lacks")
    assert fleet.snapshot() == before


def no_address(document: Document) -> None:
    """The certificate does not name what clients dial."""
    document["certificates"]["sr-cert"]["san"] = {"dns": ["elsewhere.example"]}


def too_wide(document: Document) -> None:
    """A renewal window longer than the certificate's life."""
    document["certificates"]["sr-cert"]["lifetime"] = "1d"


def unspeakable(document: Document) -> None:
    """A key file whose name no action can carry."""
    document["certificates"]["sr-cert"]["key"]["file"] = "sr+key"


@pytest.mark.parametrize(
    ("code", "change"),
    [("san-misses-address", no_address), ("renewal-before-lifetime", too_wide), ("unsafe-text", unspeakable)],
)
def test_what_lint_calls_an_error_stops_before_any_router_is_asked(
    lab_fleet: MakeFleet, code: str, change: Callable[[Document], None]
) -> None:
    """plan and apply exit 65 with code and place, as lint does; drift compares all the same; nothing is changed."""
    fleet = lab_fleet(release="25.10")
    with fleet.editing() as document:
        change(document)
    before = fleet.snapshot()

    for words in (("plan",), ("apply", "--yes")):
        refused = fleet.run(*words)
        assert refused.code == 65, refused.text
        assert f"[{code}]" in refused.err
        assert re.search(r"intent.yaml:\d+:\d+: error: certificates.sr-cert", refused.err)
    assert fleet.run("drift").code == 2
    assert fleet.snapshot() == before


def test_an_error_in_the_intent_is_told_by_drift_where_nothing_differs(lab_fleet: MakeFleet) -> None:
    """A router that is as it was wanted is no longer called in sync when the intent cannot be kept."""
    fleet = lab_fleet(release="25.10")
    assert fleet.run("apply", "--yes").code == 0
    with fleet.editing() as document:
        too_wide(document)

    shown = fleet.run("drift")

    assert shown.code == 5, shown.text
    assert "a new certificate is due the moment it is issued" in shown.text


@pytest.mark.parametrize(("release", "secret"), [("21.2", 'ses"ame'), ("25.10", "sesame hash2")])
def test_a_secret_that_the_router_would_not_take_as_it_is_stops_before_anything_is_sent(
    lab_fleet: MakeFleet, release: str, secret: str
) -> None:
    """Where the secret can be read it is known before the first step, and is not shown."""
    fleet = lab_fleet(release=release)
    (fleet.folder / "codes" / "sr1").write_text(secret)
    before = fleet.snapshot()

    result = fleet.run("apply", "--yes")

    assert result.code == (5 if release == "21.2" else 65), result.text
    assert "the secret " in result.text
    assert "sesame" not in result.text
    assert 'ses"ame' not in result.text
    assert fleet.snapshot() == before


# --- several routers --------------------------------------------------------------------------------------------------


@pytest.mark.law(9)
def test_one_router_does_not_stop_another(lab_fleet: MakeFleet) -> None:
    """With one router out of reach and one that refuses the login the others are done, and the table says which."""
    fleet = lab_fleet(release=["21.2", "21.2", "21.2", "25.10"])
    (fleet.folder / "wrong").write_text("not-the-password\n")
    with fleet.editing() as document:
        document["routers"]["sr2"]["login"]["ports"]["netconf"] = unused_port(fleet, "sr2")
        document["routers"]["sr3"]["login"]["password"] = "file:wrong"

    result = fleet.run("apply", "--yes", "-j", "4", "-o", "json")

    assert result.code == 3
    assert {entry["router"]: entry["state"] for entry in result.json["routers"]} == {
        "sr1": "done",
        "sr2": "failed",
        "sr3": "failed",
        "sr4": "done",
    }
    assert result.entry("sr2")["error"]["code"] == "unreachable"
    assert result.entry("sr3")["error"]["code"] == "authentication"
    assert all(served_serial(fleet, name) for name in ("sr1", "sr4"))

    again = fleet.run("apply", "--yes", "-j", "4")
    assert again.code == 3
    rows = {words[0]: line for line in again.out.splitlines() if (words := line.split())}
    assert "done" in rows["sr1"] and "in sync" in again.out
    assert "failed" in rows["sr2"] and "[unreachable]" in again.out
    assert "failed" in rows["sr3"] and "[authentication]" in again.out


@pytest.mark.law(9, 10)
def test_the_table_says_what_is_not_known(lab_fleet: MakeFleet) -> None:
    """A router whose answer to a commit was lost is neither done nor failed in the table; the other one is done."""
    fleet = lab_fleet(routers=2)
    fleet.router("sr2").faults.set("drop-before-commit-reply", times=1)

    result = fleet.run("apply", "--yes", "-j", "2", "--confirm-timeout", "10")

    rows = {words[0]: words for line in result.out.splitlines() if (words := line.split())}
    assert result.code == 3
    assert (rows["sr1"][2], rows["sr2"][2]) == ("done", "unknown")
    assert "[outcome-unknown]" in rows["sr2"]
    assert "sr2" in result.err and "state: unknown until" in result.err


@pytest.mark.law(9)
def test_only_routers_out_of_reach_have_a_code_of_their_own(lab_fleet: MakeFleet) -> None:
    """When every failure is "unreachable" the exit code is 4, whatever became of the others."""
    fleet = lab_fleet(routers=2)
    with fleet.editing() as document:
        document["routers"]["sr2"]["login"]["ports"]["netconf"] = unused_port(fleet, "sr2")

    result = fleet.run("plan", "-j", "2", "-o", "json")

    assert result.code == 4
    assert result.entry("sr1")["steps"]
    assert result.entry("sr2")["error"]["code"] == "unreachable"


def test_a_limit_chooses_routers(lab_fleet: MakeFleet) -> None:
    """With -l only the routers of that pattern are touched."""
    fleet = lab_fleet(routers=2)
    untouched = fleet.snapshot("sr2")

    result = fleet.applied("-l", "*1", "-o", "json")

    assert [entry["router"] for entry in result.json["routers"]] == ["sr1"]
    after = fleet.snapshot("sr2")
    assert (after.running, after.files, after.events) == (untouched.running, untouched.files, untouched.events)
    assert fleet.router("sr2").logins == []


def unused_port(fleet: Fleet, router: str) -> int:
    """A port on a router's address where nothing listens."""
    with socket.socket() as holder:
        holder.bind((fleet.router(router).address, 0))
        return int(holder.getsockname()[1])
