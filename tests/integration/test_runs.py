"""Run records of real runs: killed, looked at, taken up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.holding import Holding

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
