"""Run records of real runs: killed, looked at, taken up."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sroscert_lab.cmp.ca import CertificationAuthority
from sroscert_lab.router.moments import Phase

from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.holding import Holding
from tests.support.second_ca import another_ca

FAST = ("--verify-timeout", "10", "--confirm-timeout", "10", "--settle-timeout", "0")


def records(fleet: Fleet, *words: str) -> Result:
    """`sroscert run …`, which takes no intent."""
    return fleet.run_bare("run", *words)


@pytest.mark.law(6)
def test_a_run_that_was_killed_is_taken_up_where_it_was(lab_fleet: MakeFleet) -> None:
    """The record says in which step it died; resume refuses another intent, finishes what is left, and only that."""
    fleet = lab_fleet(routers=2, release=["21.2", "25.10"])
    assert fleet.run("apply", "--yes", *FAST, "-l", "sr2").code == 0
    holding = Holding(fleet.router())
    holding.hold("keypair")
    with fleet.start("apply", "--yes", "-j", "2", *FAST) as process:
        holding.wait()
        during = records(fleet, "list", "-o", "json").json["runs"]
        refused = records(fleet, "resume", "last")
        process.kill()
    holding.release()

    assert [run["state"] for run in during] == ["running", "done"]
    assert (refused.code, "still under way" in refused.text) == (75, True)
    shown = records(fleet, "show", "last", "-o", "json").json["run"]
    first, second = shown["routers"]
    assert (shown["state"], second["state"], first["state"]) == ("not finished", "done", "working")
    assert first["where"].endswith("generate key sr-key: RSA 2048, on the router")
    assert "in step 5 of 14" in records(fleet, "show", "last").out
    asked = [(answer["operation"].split()[0], answer["outcome"]) for answer in first["steps"][4]["answers"]]
    assert asked == [("GenerateKeypair", "sent")]
    commit = [(answer["operation"].split(",")[0], answer["outcome"]) for answer in first["steps"][3]["answers"]]
    assert commit == [
        ("lock", "done"), ("commit", "done"), ("checks: a new NETCONF session opens; CA profile is up", "done"),
        ("commit: confirm", "done"),
    ]

    kept = fleet.intent.read_text()
    with fleet.editing() as document:
        document["routers"]["sr1"]["certificates"] = {"sr-cert": {"san": {"ip": ["{address}"], "dns": ["sr1.lab"]}}}
    changed = records(fleet, "resume", shown["id"])
    assert (changed.code, "[intent-changed]" in changed.err) == (5, True), changed.text
    fleet.intent.write_text(f"# a comment is no change\n{kept}")

    before = fleet.snapshot("sr2")
    resumed = records(fleet, "resume", shown["id"])
    assert resumed.code == 0, resumed.text
    assert fleet.snapshot("sr2").running == before.running
    newest, *_ = records(fleet, "list", "-o", "json").json["runs"]
    assert (newest["resumes"], newest["options"]["limit"], newest["state"]) == (shown["id"], ["sr1"], "done")
    assert "nothing to take up" in records(fleet, "resume", shown["id"]).out
    issued = [entry for entry in fleet.ca.journal.entries() if entry.result == "issued"]
    assert len(issued) == 2


def test_a_store_that_cannot_be_read_stops_a_run_before_it_begins(lab_fleet: MakeFleet, tmp_path: Path) -> None:
    """Exit code 5, the file is named, and no router was touched."""
    fleet = lab_fleet()
    folder = tmp_path / "state" / "sroscert"
    folder.mkdir(parents=True)
    (folder / "runs.sqlite").write_text("not a database, whatever its name says" * 40)
    before = fleet.snapshot()

    result = fleet.run("apply", "--yes", *FAST, "-o", "json")

    assert (result.code, json.loads(result.out)["error"]["code"]) == (5, "run-store-unreadable")
    assert fleet.snapshot() == before
    assert fleet.run("plan").code == 2


@contextmanager
def killed(fleet: Fleet, holding: Holding, words: tuple[str, ...], *arguments: str) -> Iterator[None]:
    """A run that ends by SIGKILL while the router answers a command; looked at before the router goes on."""
    holding.hold(*words)
    with fleet.start(*arguments, "--yes", *FAST) as process:
        holding.wait()
        process.send_signal(signal.SIGKILL)
    yield
    holding.release()


def requests(ca: CertificationAuthority) -> list[str]:
    """The kinds of requests that a CA issued for, in order."""
    return [entry.kind for entry in ca.journal.entries() if entry.result == "issued"]


def resumed(fleet: Fleet) -> Result:
    """The last run, taken up and done."""
    result = records(fleet, "resume", "last")
    assert result.code == 0, result.text
    assert "nothing to take up" in records(fleet, "resume", "last").out
    return result


@pytest.mark.law(1, 4, 6)
def test_renewals_and_a_roll_over_that_were_killed_are_taken_up(lab_fleet: MakeFleet) -> None:
    """Forced and killed after its flip: nothing is done twice. Due and killed with a new key: one request. Rolled over
    to another CA and killed when that CA had answered: its answer is taken, and it is asked no second time."""
    fleet = lab_fleet(release="25.10", lifetime=timedelta(days=40))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": "10d", "method": "external"}
    fleet.applied(*FAST)
    holding = Holding(fleet.router())

    def file() -> str:
        return fleet.router().running().findtext(".//{*}cert-profile/{*}entry/{*}certificate-file") or ""

    with killed(fleet, holding, ("remove", "sr-cert-g2.der"), "renew", "--force"):
        assert (file(), requests(fleet.ca)) == ("sr-cert-g2", ["ir", "kur"])
    assert "sr-cert-g2 is valid until" in resumed(fleet).out
    assert (file(), requests(fleet.ca)) == ("sr-cert-g2", ["ir", "kur"])

    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"]["before"] = "960h"
    fleet.ca.lifetime = timedelta(days=365)
    with killed(fleet, holding, ("generate-keypair", "sr-key-g3"), "renew"):
        assert (file(), requests(fleet.ca)) == ("sr-cert-g2", ["ir", "kur"])
    resumed(fleet)
    assert (file(), requests(fleet.ca)) == ("sr-cert-g3", ["ir", "kur", "kur"])

    with another_ca(fleet) as other:
        with fleet.editing() as document:
            document["certificates"]["sr-cert"]["ca_profile"] = "next-ca"
        with killed(fleet, holding, ("initial-registration", "next-ca"), "apply"):
            assert (file(), requests(other)) == ("sr-cert-g3", ["ir"])
        resumed(fleet)
        assert (file(), requests(other)) == ("sr-cert-g4", ["ir"])
        assert (requests(fleet.ca), fleet.run("plan").code) == (["ir", "kur", "kur"], 0)


def files_in_use(fleet: Fleet) -> list[str]:
    """The certificate that running of each router names."""
    return [
        fleet.router(name).running().findtext(".//{*}cert-profile/{*}entry/{*}certificate-file") or ""
        for name in fleet.names
    ]


@pytest.mark.law(6)
def test_a_rollback_that_was_killed_goes_no_pair_further_back(lab_fleet: MakeFleet) -> None:
    """Killed when the pair before was back, then taken up in vain, then in earnest: it stays, and is saved; a router
    that was never reached goes back by one pair too."""
    fleet = lab_fleet(routers=2, release="25.10", lifetime=timedelta(days=365))
    fleet.applied(*FAST)
    for _ in range(2):
        assert fleet.run("renew", "--force", "--yes", *FAST).code == 0
    assert files_in_use(fleet) == ["sr-cert-g3", "sr-cert-g3"]
    with fleet.start("rollback", "--yes", "-j", "1", *FAST[:4]) as process:

        def kill(phase: Phase, request: str) -> bool:
            if phase is Phase.AFTER or not request.startswith("copy-config"):
                return False
            process.kill()
            return True

        with fleet.router().moments.watched_by(kill):
            said = process.communicate(timeout=60)
    assert files_in_use(fleet) == ["sr-cert-g2", "sr-cert-g3"], said

    hosts = fleet.folder / "known_hosts"
    hosts.rename(fleet.folder / "elsewhere")
    in_vain = records(fleet, "resume", "last")
    (fleet.folder / "elsewhere").rename(hosts)
    assert (in_vain.code, in_vain.err.count("[host-key]")) == (3, 2), in_vain.text
    done = records(fleet, "resume", "last")

    assert done.code == 0, done.text
    assert files_in_use(fleet) == ["sr-cert-g2", "sr-cert-g2"]
    assert not any(fleet.router(name).datastores.is_unsaved for name in fleet.names)
