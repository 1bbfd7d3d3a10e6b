"""`sroscert clean` on routers with a past: what is left over goes, the pair in use and the one before stay."""

from __future__ import annotations

import pytest

from tests.support.fleet import Fleet, MakeFleet

FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")
BOTH = ("sr1", "sr2")


def move_on(fleet: Fleet, name: str) -> None:
    """Have every router enrol anew, by wanting one more name."""
    for router in BOTH:
        fleet.issue_code(router, dns=(name,))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = [name]
    fleet.applied(*FAST)


def imported(fleet: Fleet, router: str) -> set[str]:
    """What is in system-pki."""
    return {entry.name for entry in fleet.router(router).flash.entries("cf3:/system-pki")}


def in_flash(fleet: Fleet, router: str) -> set[str]:
    """The files in the root of cf3:."""
    return {entry.name for entry in fleet.router(router).flash.entries() if not entry.is_folder}


@pytest.mark.law(1, 2, 5, 11, 12)
def test_old_generations_and_work_files_go(lab_fleet: MakeFleet) -> None:
    """On 21.2 and 25.10: a plan first, then just that, then nothing more; the service stays as it was."""
    fleet = lab_fleet(routers=2, release=("21.2", "25.10"))
    fleet.applied(*FAST)
    for name in ("one.example.net", "two.example.net"):
        move_on(fleet, name)
    for router in BOTH:
        flash = fleet.router(router).flash
        flash.write("cf3:/sr-key-g2", b"a clear copy")
        flash.write("cf3:/sr-cert-g2.der", b"an answer")
        flash.write("cf3:/sr-key-of-mine", b"somebody's")
        flash.write("cf3:/system-pki/others-cert", b"somebody's")
        fleet.operator("/configure", "log", "filter", "mine", "description", "about sr-key", router=router)
    early = fleet.run("clean", "--yes", "-o", "json", "--confirm-timeout", "3600")
    assert {early.entry(router)["error"]["code"] for router in BOTH} == {"commit-pending"}
    for router in BOTH:
        fleet.saved(router)
    before = {router: in_flash(fleet, router) for router in BOTH}
    shots = [fleet.snapshot(router) for router in BOTH]

    shown = fleet.run("clean", "--dry-run", "-o", "json")

    assert shown.code == 2, shown.text
    assert [fleet.snapshot(router) for router in BOTH] == shots
    for router in BOTH:
        titles = [step["title"] for step in shown.entry(router)["steps"]]
        assert titles == ["remove cf3:/sr-key-g2", "remove cf3:/sr-cert-g2.der", "remove cf3:/system-pki/sr-cert"]
        assert [item["code"] for item in shown.entry(router)["findings"]] == ["file-mentioned"]

    done = fleet.run("clean", "--yes", "-o", "json")

    assert done.code == 0, done.text
    for router in BOTH:
        assert done.entry(router)["steps_done"] == 3
        assert before[router] - in_flash(fleet, router) == {"sr-key-g2", "sr-cert-g2.der"}
        kept = {"sr-key", "sr-cert-g2", "sr-key-g2", "sr-cert-g3", "sr-key-g3", "others-cert", "ManagementCA.pem"}
        assert imported(fleet, router) == kept
    again = fleet.run("clean", "--yes")
    assert again.code == 0
    assert again.out.count("nothing to clean up") == 2
    assert fleet.run("plan", "-o", "json").entry("sr2")["in_sync"]
    assert fleet.run("check").code == 0
