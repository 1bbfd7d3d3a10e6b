"""`sroscert reconcile` on a router whose CA once issued the wrong certificate, and once what nobody saw."""

from __future__ import annotations

from typing import Any

from tests.support.fleet import Fleet, MakeFleet

FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")


def unused(fleet: Fleet, code: int) -> list[tuple[str, list[str], str]]:
    """Kind, files and serial of what is not used; the exit code must be this one, and nothing is written."""
    before = fleet.snapshot()
    result = fleet.run("reconcile", "-o", "json")
    assert result.code == code, result.text
    assert fleet.snapshot() == before
    found: list[dict[str, Any]] = result.entry("sr1")["unused"]
    return [(item["kind"], item["files"], item["serial"]) for item in found]


def told(fleet: Fleet) -> None:
    """After a rollback `reconcile`, `clean` and `plan` say the same of the pair that was turned away."""
    assert fleet.run("rollback", "--yes", "-o", "json", *FAST[:4]).code == 0
    with fleet.editing() as document:
        del document["certificates"]["sr-cert"]["san"]["dns"]
    entries = {item["kind"]: item for item in fleet.run("reconcile", "-o", "json").entry("sr1")["unused"]}
    newer = entries["turned-away"]
    (said,) = [
        item for item in fleet.run("clean", "--dry-run", "-o", "json").entry("sr1")["findings"]
        if item["code"] == "generation-unused"
    ]
    assert (newer["files"], newer["counts"], newer["since"]) == (["cf3:/system-pki/sr-cert-g2"], True, None)
    assert newer["reason"] == f"it was in use before: a rollback left it; {said['message']}; {said['hint']}"
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["one.example.net"]
    fleet.applied(*FAST)


def test_a_certificate_that_was_issued_is_counted_until_it_is_used(lab_fleet: MakeFleet) -> None:
    """Refused by us it is an orphan, removed by hand it is lost; one in use is none, nor is the one before it."""
    fleet = lab_fleet(release="25.10")
    assert unused(fleet, 0) == []
    fleet.ca.faults.set(wrong_subject=True)
    assert fleet.run("apply", "--yes", *FAST).code == 3
    wrong = fleet.ca.journal.entries()[-1].serial.lower().lstrip("0")
    assert unused(fleet, 2) == [("orphan", ["cf3:/sr-cert.der"], wrong)]
    text = fleet.run("reconcile").out
    (run,) = fleet.run_bare("run", "list", "-o", "json").json["runs"]
    assert f"never imported; sroscert plan says whether it will be taken up (fetched by run {run['id']})" in text
    assert "2 certificates on 1 of 1 routers: 1 issued and not used" in text

    fleet.ca.faults.set(wrong_subject=False)
    fleet.router().flash.remove("cf3:/sr-cert.der")
    fleet.issue_code("sr1")
    fleet.applied(*FAST)
    assert unused(fleet, 2) == [("lost", [], wrong)]

    fleet.issue_code("sr1", dns=("one.example.net",))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["one.example.net"]
    fleet.applied(*FAST)
    assert [kind for kind, _, _ in unused(fleet, 2)] == ["lost", "previous"]
    told(fleet)
    assert fleet.run("clean", "--yes", "--keep", "0").code == 0
    assert [kind for kind, _, _ in unused(fleet, 2)] == ["lost", "removed"]


def test_a_request_whose_answer_nobody_saw_is_told_until_somebody_looks(lab_fleet: MakeFleet) -> None:
    """The CA issued, and the router did not take it: told by the request, also when the next one went well."""
    fleet = lab_fleet(release="25.10")
    fleet.ca.faults.set(mute_confirmations=True)
    assert fleet.run("apply", "--yes", *FAST).code == 3
    result = fleet.run("reconcile", "-o", "json")
    (asked,) = result.entry("sr1")["unanswered"]
    assert (result.code, result.entry("sr1")["unused"]) == (2, [])
    assert (asked["fate"], asked["request"], asked["key"]) == ("not-taken", "initial-registration", "sr-key")

    fleet.ca.faults.clear()
    fleet.issue_code("sr1")
    fleet.applied(*FAST)
    assert unused(fleet, 2) == []
    text = fleet.run("reconcile").out
    assert "(key sr-key)  unanswered" in text
    assert "none was issued and is not used, 1 request without an answer" in text
    assert f"sroscert reconcile --close {asked['run']}" in text
    assert fleet.run("reconcile", "--close", "20200101").code == 64
    assert fleet.run("reconcile", "--close", asked["run"]).code == 0
    assert unused(fleet, 0) == []
