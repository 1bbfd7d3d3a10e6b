"""A flip moves everything that names the files in the same commit; nobody's renewal is lost (law 1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from tests.support.fleet import Fleet, MakeFleet, Result
from tests.support.holding import COMMIT, Holding

FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")


def apply(fleet: Fleet) -> Result:
    """One `apply`, with JSON."""
    return fleet.run("apply", "--yes", "-o", "json", *FAST)


def renewals(root: etree._Element) -> dict[str, tuple[str, str]]:
    """Native renewals: the key and the profile by certificate file."""
    return {
        entry.findtext("{*}certificate-file-name") or "": (
            entry.findtext("{*}key-file-name") or "", entry.findtext("{*}profile") or ""
        )
        for entry in root.iterfind(".//{*}certificate-auto-update")
    }


def warned_of(root: etree._Element) -> str:
    """What the log filter of the renewal looks for."""
    return root.findtext(".//{*}log/{*}filter//{*}message/{*}eq") or ""


def want_another_name(fleet: Fleet) -> None:
    """Have the intent want a certificate that the pair in use is not."""
    fleet.issue_code("sr1", dns=("sr1.example.net",))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["san"]["dns"] = ["sr1.example.net"]


def in_use(root: etree._Element) -> str:
    """The certificate file that the cert-profile names."""
    return root.findtext(".//{*}cert-profile//{*}certificate-file") or ""


def at_each_commit(fleet: Fleet, look: Callable[[etree._Element], object]) -> list[object]:
    """What `look` finds in running after each change of it, as it happens; the first brings the fresh code."""
    seen: list[object] = []
    holding = Holding(fleet.router())

    def note() -> None:
        seen.append(look(fleet.router().running()))
        holding.then(note, *COMMIT)

    holding.then(note, *COMMIT)
    return seen


@pytest.mark.law(1)
def test_native_renewal_moves_with_the_flip(lab_fleet: MakeFleet) -> None:
    """The commit that names the new pair takes the old renewal away and brings the new one; there is no second one."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    assert renewals(fleet.router().running()) == {"sr-cert": ("sr-key", "sr-cert")}
    want_another_name(fleet)
    seen = at_each_commit(fleet, lambda root: (in_use(root), renewals(root)))

    result = apply(fleet)

    assert result.code == 0, result.text
    assert seen[1:] == [("sr-cert-g2", {"sr-cert-g2": ("sr-key-g2", "sr-cert")})]
    assert "renewal shows as up" in str(result.entry("sr1")["steps"])


@pytest.mark.law(1)
def test_the_warning_of_event_handling_moves_with_the_flip(lab_fleet: MakeFleet) -> None:
    """The commit that names the new pair also has the log filter look for its warning; the script follows."""
    fleet = lab_fleet(release="21.2")
    fleet.applied()
    want_another_name(fleet)
    seen = at_each_commit(fleet, lambda root: (in_use(root), warned_of(root)))

    result = apply(fleet)

    assert result.code == 0, result.text
    assert seen[1:] == [("sr-cert-g2", "Certificate sr-cert-g2 used by .* will expire.*")]
    assert b"sr-key-g2" in fleet.router().flash.read("cf3:/auto-cert-update.txt")


@pytest.mark.law(1, 2)
def test_a_flip_that_is_undone_leaves_renewal_as_it_was(lab_fleet: MakeFleet) -> None:
    """A flip whose checks fail is rolled back with the renewal that moved in it."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    want_another_name(fleet)
    fleet.router().faults.set("grpc-refused")

    result = apply(fleet)

    assert (result.code, result.entry("sr1")["error"]["code"]) == (6, "rolled-back"), result.text
    running = fleet.router().running()
    assert (in_use(running), renewals(running)) == ("sr-cert", {"sr-cert": ("sr-key", "sr-cert")})


@pytest.mark.law(1, 12)
@pytest.mark.parametrize("method", ["external", "declared"])
def test_a_renewal_that_somebody_declared_moves_too(lab_fleet: MakeFleet, method: str) -> None:
    """An entry of an operator, or one that the intent declares outright, goes on for the new pair."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    with fleet.editing() as document:
        if method == "external":
            document["certificates"]["sr-cert"]["renewal"] = {"before": "30d", "method": "external"}
            at = ("/configure", "system", "security", "pki", "certificate-update-profile", "sr-cert", "retry-interval")
            fleet.operator(*at, "600")  # not as sroscert writes it: an operator's
            fleet.saved()
        else:
            document["certificate_update_profiles"] = {
                "sr-cert": {"before_expiry": 2592000, "cmpv2": {"ca_profile": "lab-ca"}}
            }
            document["certificate_auto_update"] = {"sr-cert": {"key_file_name": "sr-key", "profile": "sr-cert"}}
    assert fleet.run("plan").code == 0
    want_another_name(fleet)
    seen = at_each_commit(fleet, lambda root: (in_use(root), renewals(root)))

    result = apply(fleet)

    assert result.code == 0, result.text
    assert seen[1:] == [("sr-cert-g2", {"sr-cert-g2": ("sr-key-g2", "sr-cert")})]
    assert fleet.run("plan").code == 0


@pytest.mark.law(1)
def test_a_renewal_of_an_earlier_generation_is_taken_away(lab_fleet: MakeFleet) -> None:
    """What a run of long ago left for a pair that is no longer in use does not stay."""
    fleet = lab_fleet(release="25.10")
    fleet.applied()
    want_another_name(fleet)
    assert apply(fleet).code == 0
    at = ("/configure", "system", "security", "pki", "certificate-auto-update", "sr-cert")
    fleet.operator(*at, "key-file-name", "sr-key")
    fleet.operator(*at, "profile", "sr-cert")
    fleet.saved()

    assert apply(fleet).code == 0

    assert set(renewals(fleet.router().running())) == {"sr-cert-g2"}


@pytest.mark.law(1)
def test_a_certificate_that_no_renewal_names_stops_the_plan(lab_fleet: MakeFleet) -> None:
    """A declared script knows the plain names only, and the plan would use others: nothing is sent, exit code 5."""
    fleet = lab_fleet(release="21.2")
    fleet.applied()
    (fleet.folder / "renew.txt").write_text("admin certificate cmpv2 key-update newkey cf3:/sr-key cert sr-cert\n")
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": "30d", "method": "ehs"}
        named = {"name": "renew", "owner": "TiMOS CLI"}
        document["script_control"] = {
            "scripts": {"renew": {"location": "cf3:/renew.txt", "source": "renew.txt"}},
            "policies": {"renew": {"results": "cf3:/results.txt", "script": named}},
        }
        entry = {1: {"handler": "renew", "admin_state": "enable"}}
        document["log"] = {
            "handlers": {"renew": {"entry": {1: {"script_policy": named}}}},
            "triggers": {"security": {"tmnxPkiCertBeforeExpWarning": {"entry": entry}}},
        }
    plain = fleet.run("plan", "-o", "json")
    assert (plain.code, "renewal-orphaned" in plain.out) == (2, False), plain.text
    want_another_name(fleet)
    before = fleet.snapshot()

    result = apply(fleet)

    assert (result.code, result.entry("sr1")["error"]["code"]) == (5, "renewal-orphaned"), result.text
    assert "sr-cert-g2" in result.entry("sr1")["error"]["message"]
    assert fleet.snapshot() == before


@pytest.mark.law(1, 2, 12)
def test_what_others_name_moves_by_an_explicit_word_only(lab_fleet: MakeFleet) -> None:
    """An operator's cert-profile with our files: told; moved in the flip's own commit and undone with it, and back."""
    fleet = lab_fleet(release="25.10")
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": "30d", "method": "external"}
    fleet.applied()
    profile = ("/configure", "system", "security", "tls", "cert-profile", "theirs")
    fleet.operator(*profile, "entry", "7", "certificate-file", "sr-cert")
    fleet.operator(*profile, "entry", "7", "key-file", "sr-key")
    fleet.operator(*profile, "admin-state", "enable")
    fleet.operator("/configure", "system", "security", "tls", "client-tls-profile", "ldap", "cert-profile", "theirs")
    fleet.operator("/configure", "system", "name", "sr-cert")  # as a part would that no model of ours reaches
    fleet.saved()
    want_another_name(fleet)

    def named() -> tuple[str, str]:
        entry = fleet.router().running().find(".//{*}cert-profile[{*}cert-profile-name='theirs']/{*}entry")
        assert entry is not None
        return entry.findtext("{*}certificate-file") or "", entry.findtext("{*}key-file") or ""

    def told(result: Result) -> list[str]:
        return [item["message"] for item in result.entry("sr1")["findings"] if item["code"] == "file-of-others"]

    left, moving = (fleet.run("plan", "-o", "json", *word) for word in ((), ("--move-others",)))
    assert [text.partition(", which ends ")[0] for text in told(left)] == [
        "cert-profile theirs entry 7, which is not in the intent, also has sr-cert and keeps it",
        "configure/system/name also names sr-cert, and keeps it: sroscert does not change this part of the "
        "configuration",
    ]
    assert told(moving)[0].endswith("entry 7, which is not in the intent, moves from sr-cert to sr-cert-g2")
    shared = {item["severity"] for item in moving.entry("sr1")["findings"] if item["code"] == "shared-profile"}
    assert shared == {"warning"}, "the word covers what uses the profile"

    fleet.router().faults.set("grpc-refused")
    undone = fleet.run("apply", "--yes", "--move-others", "-o", "json", *FAST[:-2], "--verify-timeout", "0.5")
    fleet.router().faults.clear("grpc-refused")
    assert (undone.code, in_use(fleet.router().running()), named()) == (6, "sr-cert", ("sr-cert", "sr-key"))
    fleet.applied("--move-others", *FAST)
    assert (in_use(fleet.router().running()), named()) == ("sr-cert-g2", ("sr-cert-g2", "sr-key-g2"))
    back = fleet.run("rollback", "--yes", "--move-others", "-o", "json", *FAST[:4])
    assert (back.code, named()) == (0, ("sr-cert", "sr-key")), back.text
