"""Law 12 on whole labs: what others have in the same lists as we do is left standing, entry by entry."""

from __future__ import annotations

import pytest

from tests.support.fleet import Fleet, MakeFleet

pytestmark = pytest.mark.law(12)

EVENT = "/configure log event-trigger security tmnxPkiCertBeforeExpWarning"
KEYS = "/configure system security pki ca-profile lab-ca cmpv2 key-list"
PROFILE = "/configure system security tls cert-profile sr-cert-prof"


def typed(fleet: Fleet, *lines: str) -> None:
    """An operator types lines and saves."""
    for line in lines:
        fleet.operator(*line.split())
    fleet.saved()


def entries(fleet: Fleet) -> dict[str, tuple[str, str]]:
    """The trigger's entries on the router: number → handler and filter."""
    found = fleet.router().running().iterfind(".//{*}event-trigger/{*}security/{*}entry")
    return {
        item.findtext("{*}id") or "": (item.findtext("{*}handler") or "", item.findtext("{*}filter") or "")
        for item in found
    }


def notes(fleet: Fleet) -> str:
    """What `drift` says of others."""
    return "\n".join(fleet.run("drift", "-o", "json").entry("sr1")["notes"])


@pytest.fixture
def theirs(lab_fleet: MakeFleet) -> Fleet:
    """A router of 21.2 where somebody else handles the same event, under the numbers that ours would have."""
    fleet = lab_fleet()
    typed(
        fleet,
        "/configure log filter 100 default-action forward",
        "/configure log filter 100 description mail-to-the-noc",
        "/configure log event-handling handler theirs admin-state enable",
        f"{EVENT} entry 1 handler theirs",
        f"{EVENT} entry 1 filter 100",
    )
    return fleet


def test_numbers_that_others_have_are_left_to_them(theirs: Fleet) -> None:
    """Ours take the next free numbers and say so; the second apply is empty, and mends ours where it now stands."""
    theirs.applied()

    assert entries(theirs) == {"1": ("theirs", "100"), "2": ("auto-cert-update", "101")}
    assert "mail-to-the-noc" in theirs.snapshot().running.decode()
    assert "handler theirs" in notes(theirs)
    assert "filter 100" in notes(theirs)
    assert theirs.applied("-o", "json").entry("sr1")["steps_done"] == 0

    typed(theirs, f"{EVENT} entry 2 filter 100")
    theirs.applied()
    assert entries(theirs) == {"1": ("theirs", "100"), "2": ("auto-cert-update", "101")}

    typed(theirs, f"delete {EVENT} entry 1")
    assert theirs.applied("-o", "json").entry("sr1")["steps_done"] == 0


def test_an_event_handled_by_ourselves_is_mended_in_place(lab_fleet: MakeFleet) -> None:
    """Drift in what is ours is no reason to move on: the same numbers again."""
    fleet = lab_fleet()
    fleet.applied()
    typed(fleet, f"{EVENT} entry 1 admin-state disable", "delete /configure log filter 100 named-entry cert-update")

    fleet.applied()

    assert entries(fleet) == {"1": ("auto-cert-update", "100")}
    assert notes(fleet) == ""


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_codes_and_certificates_of_others_stay(lab_fleet: MakeFleet, release: str) -> None:
    """Entries that the intent does not name are a note, not a difference; ours beside them are still mended."""
    fleet = lab_fleet(release=release)
    fleet.applied()
    typed(
        fleet,
        f"{KEYS} key other password of-somebody",
        f"{PROFILE} entry 2 certificate-file sr-cert",
        f"{PROFILE} entry 2 key-file sr-key",
    )
    before = fleet.snapshot()

    drift, again = fleet.run("drift"), fleet.applied("-o", "json")

    assert drift.code == 0, drift.text
    assert "ca-profile lab-ca cmpv2 key-list also has other" in drift.out
    assert "cert-profile sr-cert-prof also has 2" in drift.out
    assert again.entry("sr1")["steps_done"] == 0
    assert fleet.snapshot() == before
    assert "of-somebody" not in drift.text

    typed(fleet, f"{PROFILE} entry 1 send-chain ca-profile lab-ca", f"delete {KEYS} key sr1")
    shown = fleet.run("drift", "-o", "json")
    fleet.applied("--allow-interrupt")

    assert sorted(change["sign"] for change in shown.entry("sr1")["changes"]) == ["+", "-"], shown.text
    running = fleet.snapshot().running.decode()
    assert "of-somebody" in running
    assert ">2</entry-id>" in running or ":entry-id>2<" in running or "<entry-id>2<" in running
    assert fleet.run("drift").code == 0


def test_an_extra_cipher_is_no_entry_of_others(lab_fleet: MakeFleet) -> None:
    """A cipher list is exactly ours: one weak cipher more would weaken it, so it is shown and taken away."""
    fleet = lab_fleet()
    fleet.applied()
    typed(
        fleet, "/configure system security tls server-cipher-list ciphers cipher 9 name tls-rsa-with3des-ede-cbc-sha"
    )

    assert fleet.run("drift").code == 2
    fleet.applied()
    assert "3des" not in fleet.snapshot().running.decode()


# --- scripts on cf3: --------------------------------------------------------------------------------------------------


def test_a_script_is_compared_by_its_content(lab_fleet: MakeFleet) -> None:
    """A script of the same length with other words is drift, and is written again; the second apply is empty."""
    fleet = lab_fleet()
    fleet.applied()
    flash = fleet.router().flash
    ours = flash.read("cf3:/auto-cert-update.txt")
    flash.write("cf3:/auto-cert-update.txt", ours.replace(b"sr-cert", b"sr-trec"))

    drift = fleet.run("drift", "-o", "json")
    fleet.applied()

    assert drift.code == 2, drift.text
    (other,) = drift.entry("sr1")["other"]
    assert "other content" in other
    assert flash.read("cf3:/auto-cert-update.txt") == ours
    assert fleet.applied("-o", "json").entry("sr1")["steps_done"] == 0


def test_a_script_is_looked_for_where_its_location_says(lab_fleet: MakeFleet) -> None:
    """A file of the same name elsewhere is another one; a folder that is missing is said, with what to do."""
    fleet = lab_fleet()
    (fleet.folder / "own.txt").write_text("show time\n")
    with fleet.editing() as document:
        script = {"location": "cf3:/scripts/own.txt", "source": "own.txt"}
        document["script_control"] = {"scripts": {"own": script}}
    flash = fleet.router().flash
    flash.write("cf3:/own.txt", b"show time\n")

    missing = fleet.run("apply", "--yes", "-o", "json")
    assert missing.code == 3, missing.text
    assert "make-directory" in missing.entry("sr1")["error"]["hint"]

    flash.make_folder("cf3:/scripts")
    missing = fleet.run("apply", "--yes", "-o", "json")
    assert missing.code == 3, missing.text
    assert "file make-directory cf3-b:\\scripts" in missing.entry("sr1")["error"]["hint"]

    flash.make_folder("cf3-b:/scripts")
    fleet.applied()
    assert flash.read("cf3:/scripts/own.txt") == b"show time\n"
    assert fleet.applied("-o", "json").entry("sr1")["steps_done"] == 0
    flash.write("cf3:/scripts/own.txt", b"show tide\n")
    assert fleet.run("drift").code == 2
