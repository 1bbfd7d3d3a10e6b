"""`sroscert doctor` on simulated routers: a healthy one, each fault, and the same guards before an apply."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.certificates import make_certificate
from tests.support.fleet import Fleet, MakeFleet

RELEASES = ["21.2", "25.10"]
FAST = ("--confirm-timeout", "10", "--settle-timeout", "0")


def checks(fleet: Fleet, router: str = "sr1") -> dict[str, dict[str, Any]]:
    """The checks of one router by topic."""
    entry = fleet.run("doctor", "-o", "json").entry(router)
    found: dict[str, dict[str, Any]] = {item["topic"]: item for item in entry["checks"]}
    return found


def imported(fleet: Fleet, kind: str, name: str, der: bytes) -> None:
    """An operator brings a file to the router and imports it."""
    fleet.router().flash.write(f"cf3:/{name}", der)
    line = f"admin certificate import type {kind} input cf3:/{name} output {name} format der"
    fleet.router().behaviour.command(line, "admin", classic=True)


def bad(fleet: Fleet) -> dict[str, tuple[str, str]]:
    """Grade and code of what is not ok."""
    return {name: (item["grade"], item["code"]) for name, item in checks(fleet).items() if item["grade"] != "ok"}


TLS = ("/configure", "system", "security", "tls", "cert-profile")
PROFILE = ("/configure", "system", "security", "pki", "ca-profile", "lab-ca")
FAULTS: list[tuple[str, str, tuple[str, str]]] = [
    ("standby-out-of-sync", "standby CPM", ("warning", "standby-out-of-sync")),
    ("standby-lost", "standby CPM", ("warning", "standby-not-ready")),
    ("flash-full", "flash", ("warning", "flash-full")),
    ("clock-skew", "clock", ("stop", "clock-skew")),
    ("lock-held", "candidate", ("warning", "lock-held")),
    ("candidate-dirty", "candidate", ("warning", "candidate-changed")),
]


@pytest.mark.law(10)
@pytest.mark.parametrize("release", RELEASES)
def test_guards_before_an_apply_then_a_healthy_router_then_each_fault(lab_fleet: MakeFleet, release: str) -> None:
    """A bare router with a fault is not touched, but for the operator's word on one; once applied, all is ok and seen;
    each fault changes its check and no other. A CRL, and a certificate of others that is about to end, are told too."""
    fleet = lab_fleet(release=release)
    faults = fleet.router().faults
    before = fleet.snapshot()
    for fault in ("flash-full", "standby-out-of-sync"):
        faults.clear()
        faults.set(fault)
        assert fleet.run("doctor").code == 5
        result = fleet.run("apply", "--yes", "-o", "json", *FAST)
        assert (result.code, result.entry("sr1")["error"]["code"]) == (5, fault), result.text
        assert fleet.snapshot() == before
    fleet.applied("--override", "standby-out-of-sync")
    faults.clear()

    before = fleet.snapshot()
    assert bad(fleet) == {}
    for fault, topic, expected in FAULTS:
        faults.set(fault)
        seen = bad(fleet)
        faults.clear()
        assert seen.pop(topic) == expected, fault
        assert set(seen) <= ({"CA clock"} if fault == "clock-skew" else set()), fault
    assert fleet.snapshot() == before

    imported(fleet, "crl", "ca.crl", fleet.ca.crl_der())
    fleet.operator(*PROFILE, "crl-file", "ca.crl")
    fleet.saved()
    assert "ca.crl is good until" in checks(fleet)["CRL"]["message"]
    fleet.operator("delete", *PROFILE, "crl-file")
    fleet.operator(*PROFILE, "revocation-check", "crl")
    assert bad(fleet)["CRL"] == ("warning", "crl-stale")
    fleet.operator(*PROFILE, "revocation-check", "crl-optional")

    ending = make_certificate(starts=timedelta(days=-300), ends=timedelta(hours=3))
    imported(fleet, "cert", "their-cert", ending.der)
    fleet.operator(*TLS, "theirs", "entry", "1", "certificate-file", "their-cert")
    fleet.saved()
    assert bad(fleet)["certificates"] == ("warning", "certificate-ends")
    with fleet.editing() as document:
        document["expiration_warning"]["hours"] = 700
    before = fleet.snapshot()
    result = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert (result.code, result.entry("sr1")["error"]["code"]) == (5, "certificate-ends"), result.text
    assert fleet.snapshot() == before
    fleet.applied("--override", "certificate-ends")


@pytest.mark.law(10)
def test_a_ca_that_is_down_is_told_from_one_whose_host_is_not_reached(lab_fleet: MakeFleet) -> None:
    """The router pings its CA's host from where it would ask, in both engines and as an action; silence only warns."""
    fleet = lab_fleet(routers=3, release=("19.10", "21.2", "25.10"))

    def ca_url(words: str = "") -> list[tuple[str, str]]:
        result = fleet.run("doctor", "-o", "json")
        entries = [{item["topic"]: item for item in entry["checks"]}["CA URL"] for entry in result.json["routers"]]
        assert all(words in item["hint"] for item in entries), result.text
        return sorted({(item["grade"], item["code"]) for item in entries})

    def everywhere(fault: str = "", argument: str = "") -> None:
        for name in fleet.names:
            fleet.router(name).faults.clear()
            if fault:
                fleet.router(name).faults.set(fault, argument)

    assert ca_url() == [("ok", "")]
    everywhere("host-unreachable", "management")
    assert ca_url() == [("ok", "")], "Base is tried too"
    everywhere("host-unreachable")
    assert ca_url("a route") == [("warning", "ca-not-reached")]
    failed = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert {entry["error"]["code"] for entry in failed.json["routers"]} == {"ca-unavailable"}, failed.text
    assert ca_url("is there a route") == [("warning", "")]
    plans = fleet.run("plan", "-o", "json").json["routers"]
    assert all("ca-not-reached" in {item["code"] for item in entry["findings"]} for entry in plans)

    everywhere()
    fleet.ca.faults.set(down=True)
    assert ca_url("the way to its host is open") == [("warning", "")]
    fleet.ca.faults.clear()
    done = fleet.run("apply", "--yes", "-o", "json", *FAST)
    assert (done.code, "ca-not-reached" in done.out) == (0, False), done.text
    everywhere("host-unreachable")
    assert ca_url() == [("ok", "")], "the request that the CA answered counts more"


def test_alike_routers_are_told_together_and_words_are_checked(lab_fleet: MakeFleet) -> None:
    """Two routers in one block, a third that differs in its own; a guard that gives way to no word is named."""
    fleet = lab_fleet(routers=3)
    fleet.router("sr3").flash.write("cf3:/old.key", b"-" * 1700)

    result = fleet.run("doctor")
    assert result.code == 0, result.text
    assert [line for line in result.out.splitlines() if line.startswith("sr")] == [
        "sr1, sr2  (2 routers)  SR OS 21.2.R1", f"sr3  {fleet.router('sr3').address}  SR OS 21.2.R1",
    ]
    assert fleet.run("doctor", "--strict").code == 5
    assert fleet.run("doctor", "-l", "sr1", "--strict").code == 5  # a warning: the router's log will show the code
    refused = fleet.run("apply", "--yes", "--override", "clock-skew")
    assert (refused.code, "certificate-ends" in refused.err) == (64, True)
