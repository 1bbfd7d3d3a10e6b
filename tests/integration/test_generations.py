"""The generations of a certificate on two routers: roll-over of the CA, rollback, retirement, clean-up."""

from __future__ import annotations

import pytest
from sroscert_lab.cmp.ca import CertificationAuthority

from sroscert.cli.main import main
from tests.support.fleet import Fleet, MakeFleet
from tests.support.second_ca import another_ca

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
def test_roll_over_back_and_forth_and_clean_up(lab_fleet: MakeFleet) -> None:
    """Two routers, 21.2 and 25.10, move to another CA of the same name, back, and forth; then the old one goes."""
    fleet = lab_fleet(routers=2, release=("21.2", "25.10"))
    fleet.applied(*FAST)
    move_on(fleet, "one.example.net")
    with another_ca(fleet, dns=("one.example.net",)) as ca:
        roll_over(fleet, ca)
        roll_back(fleet)
        go_forth(fleet, ca)
        retire(fleet)
        refuse(fleet)
        clean(fleet)


def name_ca(fleet: Fleet, profile: str) -> None:
    """Have the certificate name this CA profile."""
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["ca_profile"] = profile


def profiles(fleet: Fleet, router: str) -> list[str]:
    """The CA profiles in running."""
    return [
        entry.text or ""
        for entry in fleet.router(router).running().iterfind(".//{*}pki/{*}ca-profile/{*}ca-profile-name")
        if "foreign" not in (entry.text or "")
    ]


def requests(ca: CertificationAuthority) -> list[str]:
    """The kinds of requests that a CA issued for."""
    return [entry.kind for entry in ca.journal.entries() if entry.kind in {"ir", "cr", "kur"}]


def roll_over(fleet: Fleet, ca: CertificationAuthority) -> None:
    """The new CA is trusted beside the old one, which no longer issues; the plan says what comes when."""
    name_ca(fleet, "next-ca")
    shown = fleet.run("plan", "-o", "json")
    asked = len(requests(fleet.ca))

    fleet.applied(*FAST)

    for router in BOTH:
        assert [item["code"] for item in shown.entry(router)["findings"] if item["code"] == "ca-rollover"]
        assert in_use(fleet, router)[0] == "sr-cert-g3"
        assert profiles(fleet, router) == ["lab-ca", "next-ca"]
    assert set(requests(ca)) == {"ir"}
    assert len(requests(fleet.ca)) == asked
    assert [fleet.applied("-o", "json").entry(router)["steps_done"] for router in BOTH] == [0, 0]


def roll_back(fleet: Fleet) -> None:
    """A pair of the old CA comes back only once the intent wants the old CA; apply then leaves it in use."""
    refused = fleet.run("rollback", "--yes", "-o", "json")
    assert refused.code == 5
    assert "issuer-key" in refused.entry("sr1")["error"]["message"]
    assert main(["run", "resume", "last"]) == 5, "it is the same rollback, and refused again"
    name_ca(fleet, "lab-ca")
    fleet.router("sr2").faults.set("grpc-refused")
    undone = fleet.run("rollback", "--yes", "-o", "json", "-l", "sr2", "--verify-timeout", "0.5")
    assert (undone.code, undone.entry("sr2")["error"]["code"]) == (6, "rolled-back"), undone.text
    assert in_use(fleet, "sr2")[:2] == ("sr-cert-g3", {"sr-cert-g3"})
    fleet.router("sr2").faults.clear("grpc-refused")

    file = str(fleet.folder / "back.plan")
    shown = fleet.run("rollback", "--save", file)
    result = fleet.run_bare("apply", file, "-o", "json", *FAST)

    assert (shown.code, result.code, result.json["command"]) == (2, 0, "rollback"), result.text
    again = fleet.run_bare("apply", file, "-o", "json", *FAST)
    assert (again.code, {entry["steps_done"] for entry in again.json["routers"]}) == (0, {0}), "no pair further back"
    file, renewed, script = in_use(fleet, "sr1")
    assert (file, renewed) == ("sr-cert-g2", set())
    assert b"sr-key-g2" in script
    assert b"sr-key-g3" not in script
    assert in_use(fleet, "sr2")[:2] == ("sr-cert-g2", {"sr-cert-g2"})
    applied = fleet.applied("-o", "json")
    titles = [[step["title"] for step in applied.entry(router)["steps"]] for router in BOTH]
    assert titles == [["commit CA profile", "save the running configuration"]] * 2, "the other CA's code is in the file"


def go_forth(fleet: Fleet, ca: CertificationAuthority) -> None:
    """The certificate of the new CA is there already: it is taken into use, and nothing is asked."""
    name_ca(fleet, "next-ca")
    asked = len(requests(ca))

    fleet.applied(*FAST)

    assert [in_use(fleet, router)[0] for router in BOTH] == ["sr-cert-g3", "sr-cert-g3"]
    assert len(requests(ca)) == asked


def retire(fleet: Fleet) -> None:
    """The old CA profile goes in a commit of its own; its certificate stays in system-pki until it is cleaned up."""
    with fleet.editing() as document:
        document["ca_profiles"]["lab-ca"]["retired"] = True

    result = fleet.applied("-o", "json", *FAST)

    for router in BOTH:
        titles = [step["title"] for step in result.entry(router)["steps"]]
        assert titles == ["commit the end of a retired CA profile", "save the running configuration"]
        assert profiles(fleet, router) == ["next-ca"]
        assert "ManagementCA.pem" in imported(fleet, router)
    assert fleet.run("check").code == 0


def refuse(fleet: Fleet) -> None:
    """Without its key an earlier pair cannot come back; another CA's certificate never goes under the same profile."""
    fleet.router("sr1").flash.remove("cf3:/system-pki/sr-key")
    before = fleet.snapshot("sr1")

    refused = fleet.run("rollback", "--to", "1", "--yes", "-o", "json", "-l", "sr1")

    assert (refused.code, refused.entry("sr1")["error"]["code"]) == (5, "no-earlier-pair")
    assert "sr-key is not in system-pki" in refused.entry("sr1")["error"]["message"]
    assert main(["run", "resume", "last"]) == 5
    with fleet.editing() as document:
        document["ca_profiles"]["next-ca"]["certificate"] = "Third.pem"
    (fleet.folder / "Third.pem").write_bytes(fleet.ca.certificate_pem())
    stopped = fleet.run("apply", "--yes", "-o", "json", "-l", "sr1")
    assert (stopped.code, stopped.entry("sr1")["error"]["code"]) == (5, "ca-changed-in-place"), stopped.text
    assert fleet.snapshot("sr1") == before
    with fleet.editing() as document:
        document["ca_profiles"]["next-ca"]["certificate"] = "NextCA.pem"


def clean(fleet: Fleet) -> None:
    """A plan first, then just that, then nothing more; the service stays as it was."""
    for router in BOTH:
        flash = fleet.router(router).flash
        flash.write("cf3:/sr-key-g3", b"a clear copy")
        flash.write("cf3:/sr-cert-g2.der", b"an answer")
        flash.write("cf3:/sr-key-of-mine", b"somebody's")
        flash.write("cf3:/system-pki/sr-key", b"a key")
        flash.write("cf3:/system-pki/others-cert", b"somebody's")
        fleet.operator("/configure", "log", "filter", "mine", "description", "about sr-key", router=router)
    assert fleet.run("clean").code == 64, "nobody is there to be asked"
    early = fleet.run("clean", "--yes", "-o", "json", "--confirm-timeout", "3600")
    assert {early.entry(router)["error"]["code"] for router in BOTH} == {"commit-pending"}
    for router in BOTH:
        fleet.saved(router)
    before = {router: in_flash(fleet, router) for router in BOTH}
    shots = [fleet.snapshot(router) for router in BOTH]

    shown = fleet.run("clean", "--dry-run", "--keep", "0", "-o", "json")

    assert shown.code == 2, shown.text
    assert [fleet.snapshot(router) for router in BOTH] == shots
    gone = ["sr-key-g2", "sr-cert", "sr-cert-g2", "ManagementCA.pem"]
    for router in BOTH:
        titles = [step["title"].removeprefix("remove cf3:/") for step in shown.entry(router)["steps"]]
        assert titles == ["sr-key-g3", "sr-cert-g2.der", *(f"system-pki/{name}" for name in gone)]
        assert [item["code"] for item in shown.entry(router)["findings"]] == ["file-mentioned"]
    kept = fleet.run("clean", "--dry-run", "-o", "json")
    assert [len(kept.entry(router)["steps"]) for router in BOTH] == [4, 4]

    assert fleet.run("clean", "--keep", "0", "--save", str(fleet.folder / "clean.plan")).code == 2
    done = fleet.run_bare("apply", str(fleet.folder / "clean.plan"), "-o", "json")

    assert done.code == 0, done.text
    for router in BOTH:
        assert done.entry(router)["steps_done"] == 6
        assert before[router] - in_flash(fleet, router) == {"sr-key-g3", "sr-cert-g2.der"}
        stay = {"sr-key", "sr-cert-g3", "sr-key-g3", "others-cert", "NextCA.pem"}
        assert imported(fleet, router) == stay
    again = fleet.run("clean", "--yes", "--keep", "0")
    assert (again.code, again.out.count("nothing to clean up")) == (0, 2)
    assert fleet.run("plan", "-o", "json").entry("sr2")["in_sync"]
    assert fleet.run("check").code == 0
