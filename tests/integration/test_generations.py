"""`sroscert rollback` and `clean` on routers with a past: back to the pair before, and away with what is left over."""

from __future__ import annotations

import pytest

from sroscert.cli.main import main
from tests.support.fleet import Fleet, MakeFleet

FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")
BOTH = ("sr1", "sr2")


def move_on(fleet: Fleet, name: str) -> None:
    """Have every router enrol anew, by wanting one more name."""
    for router in BOTH:
        fleet.issue_code(router, dns=(name,))
    want(fleet, name)
    fleet.applied(*FAST)


def imported(fleet: Fleet, router: str) -> set[str]:
    """What is in system-pki."""
    return {entry.name for entry in fleet.router(router).flash.entries("cf3:/system-pki")}


def in_flash(fleet: Fleet, router: str) -> set[str]:
    """The files in the root of cf3:."""
    return {entry.name for entry in fleet.router(router).flash.entries() if not entry.is_folder}


def in_use(fleet: Fleet, router: str) -> tuple[str, set[str], bytes]:
    """The certificate file of the cert-profile, what renews on the router, and the renewal script."""
    running = fleet.router(router).running()
    flash = fleet.router(router).flash
    script = flash.read("cf3:/auto-cert-update.txt") if flash.exists("cf3:/auto-cert-update.txt") else b""
    renewed = {entry.text or "" for entry in running.iterfind(".//{*}certificate-auto-update/{*}certificate-file-name")}
    return running.findtext(".//{*}cert-profile//{*}certificate-file") or "", renewed, script


def want(fleet: Fleet, name: str) -> None:
    """Have the intent want this domain name in the certificate."""
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = [name]


@pytest.mark.law(1, 2, 5, 11, 12)
def test_back_to_the_pair_before_and_clean_up(lab_fleet: MakeFleet) -> None:
    """The third pair of two routers, 21.2 and 25.10, gives way to the second; what is left over goes."""
    fleet = lab_fleet(routers=2, release=("21.2", "25.10"))
    fleet.applied(*FAST)
    for name in ("one.example.net", "two.example.net"):
        move_on(fleet, name)
    roll_back(fleet)
    refuse(fleet)
    clean(fleet)


def roll_back(fleet: Fleet) -> None:
    """With the old name in the intent again the second pair is put back into use, and apply leaves it there."""
    want(fleet, "one.example.net")

    result = fleet.run("rollback", "--yes", "-o", "json", *FAST[:4])

    assert result.code == 0, result.text
    file, renewed, script = in_use(fleet, "sr1")
    assert (file, renewed) == ("sr-cert-g2", set())
    assert b"sr-key-g2" in script
    assert b"sr-key-g3" not in script
    assert in_use(fleet, "sr2")[:2] == ("sr-cert-g2", {"sr-cert-g2"})
    applied = fleet.applied("-o", "json")
    assert [applied.entry(router)["steps_done"] for router in BOTH] == [0, 0]
    assert fleet.run("check").code == 0


def refuse(fleet: Fleet) -> None:
    """The first pair lacks the name, which is said; without its key it cannot come back at all."""
    shown = fleet.run("rollback", "--dry-run", "-o", "json", "-l", "sr1")
    assert shown.code == 2, shown.text
    assert [item["code"] for item in shown.entry("sr1")["findings"]] == ["rollback-not-kept"]
    fleet.router("sr1").flash.remove("cf3:/system-pki/sr-key")
    before = fleet.snapshot("sr1")

    refused = fleet.run("rollback", "--yes", "-o", "json", "-l", "sr1")

    assert (refused.code, refused.entry("sr1")["error"]["code"]) == (5, "no-earlier-pair")
    assert "sr-key is not in system-pki" in refused.entry("sr1")["error"]["message"]
    assert fleet.snapshot("sr1") == before
    assert main(["run", "resume", "last"]) == 64, "each rollback goes one pair further back: not taken up blindly"


def clean(fleet: Fleet) -> None:
    """A plan first, then just that, then nothing more; the service stays as it was."""
    for router in BOTH:
        flash = fleet.router(router).flash
        flash.write("cf3:/sr-key-g2", b"a clear copy")
        flash.write("cf3:/sr-cert-g3.der", b"an answer")
        flash.write("cf3:/sr-key-of-mine", b"somebody's")
        flash.write("cf3:/system-pki/sr-key", b"a key")
        flash.write("cf3:/system-pki/others-cert", b"somebody's")
        fleet.operator("/configure", "log", "filter", "mine", "description", "about sr-key", router=router)
    early = fleet.run("clean", "--yes", "-o", "json", "--confirm-timeout", "3600")
    assert {early.entry(router)["error"]["code"] for router in BOTH} == {"commit-pending"}
    for router in BOTH:
        fleet.saved(router)
    before = {router: in_flash(fleet, router) for router in BOTH}
    shots = [fleet.snapshot(router) for router in BOTH]

    shown = fleet.run("clean", "--dry-run", "--keep", "0", "-o", "json")

    assert shown.code == 2, shown.text
    assert [fleet.snapshot(router) for router in BOTH] == shots
    gone = ["sr-key-g3", "sr-cert", "sr-cert-g3"]
    for router in BOTH:
        titles = [step["title"].removeprefix("remove cf3:/") for step in shown.entry(router)["steps"]]
        assert titles == ["sr-key-g2", "sr-cert-g3.der", *(f"system-pki/{name}" for name in gone)]
        assert [item["code"] for item in shown.entry(router)["findings"]] == ["file-mentioned"]
    kept = fleet.run("clean", "--dry-run", "-o", "json")
    assert [len(kept.entry(router)["steps"]) for router in BOTH] == [2, 2]

    done = fleet.run("clean", "--yes", "--keep", "0", "-o", "json")

    assert done.code == 0, done.text
    for router in BOTH:
        assert done.entry(router)["steps_done"] == 5
        assert before[router] - in_flash(fleet, router) == {"sr-key-g2", "sr-cert-g3.der"}
        stay = {"sr-key", "sr-cert-g2", "sr-key-g2", "others-cert", "ManagementCA.pem"}
        assert imported(fleet, router) == stay
    again = fleet.run("clean", "--yes", "--keep", "0")
    assert (again.code, again.out.count("nothing to clean up")) == (0, 2)
    assert fleet.run("plan", "-o", "json").entry("sr2")["in_sync"]
    assert fleet.run("check").code == 0
