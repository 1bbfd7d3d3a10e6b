"""Renewal moves from the routers to sroscert: what was set up there goes, and no router renews any more (law 12)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.fleet import Fleet, MakeFleet
from tests.support.served import served

FAST = ("--verify-timeout", "5", "--confirm-timeout", "10", "--settle-timeout", "0")
DAY = timedelta(days=1)
BOTH = ("sr1", "sr2")
LISTS = ("handler", "script", "script-policy", "event-trigger", "certificate-auto-update", "certificate-update-profile")


@pytest.mark.law(1, 5, 12)
def test_a_router_whose_method_changed_does_not_renew_any_more(lab_fleet: MakeFleet) -> None:
    """21.2 from event handling, 25.10 from native renewal, to `external`: told everywhere, taken away by one commit.

    Past the first warning nothing runs, the CA is asked nothing, and the certificates are the same. An operator's log
    with our filter keeps it.
    """
    fleet = lab_fleet(routers=2, release=("21.2", "25.10"), lifetime=40 * DAY)
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"]["before"] = "10d"
        document["expiration_warning"] = {"hours": 240, "repeat_hours": 24}
    fleet.applied(*FAST)
    old = {name: served(fleet.router(name)) for name in BOTH}
    fleet.operator("/configure", "log", "log-id", "42", "filter", "100", router="sr1")
    fleet.saved("sr1")
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"] = {"before": "10d", "method": "external"}

    fleet.operator("/configure", "system", "name", "sr-cert", router="sr2")  # as IPsec might name the file
    fleet.saved("sr2")
    used = fleet.run("plan", "-o", "json", "-l", "sr2").entry("sr2")
    fleet.operator("/configure", "system", "name", "sr2", router="sr2")
    fleet.saved("sr2")
    plan = fleet.run("plan", "-o", "json")
    told = {command: fleet.run(command, "-o", "json").out for command in ("status", "doctor", "drift")}
    back = fleet.run("plan", "--reverse").out
    saved = fleet.run("plan", "--save", str(fleet.folder / "saved.plan"))
    applied = fleet.run("apply", str(fleet.folder / "saved.plan"), "--yes", *FAST)

    assert (plan.code, saved.code, applied.code) == (2, 2, 0), applied.text
    assert used["steps"] == []
    told_of_use = [item["message"] for item in used["findings"] if item["code"] == "renewal-kept"]
    assert [text.partition(": ")[2] for text in told_of_use] == ["configure/system/name names it"]
    for name in BOTH:
        commits = [step["title"] for step in plan.entry(name)["steps"] if step["kind"] == "Commit"]
        assert commits == ["commit renewal on the router"]
        assert "renewal-left-over" in {item["code"] for item in plan.entry(name)["findings"]}
    assert all(text.count("renewal-left-over") == 2 for command, text in told.items() if command != "drift")
    assert told["drift"].count('"sign": "-"') == 6
    assert '+ /configure log event-handling handler "auto-cert-update"' in back
    for name in BOTH:
        running = fleet.router(name).running()
        assert [kind for kind in LISTS if running.find(f".//{{*}}{kind}") is not None] == []
    filters = [{item.text for item in fleet.router(name).running().iter("{*}filter-name")} for name in BOTH]
    assert ["100" in names for names in filters] == [True, False]
    assert [fleet.applied("-o", "json").entry(name)["steps_done"] for name in BOTH] == [0, 0]
    copies = ("cf3-b:/auto-cert-update.txt", "cf3:/auto-cert-update.txt")
    assert [fleet.router("sr1").flash.exists(copy) for copy in copies] == [True, True]
    cleaned = fleet.run("clean", "--yes").out
    assert 0 < cleaned.index(copies[0]) < cleaned.index(copies[1])
    assert [fleet.router("sr1").flash.exists(copy) for copy in copies] == [False, False]

    not_two_at_once(fleet)
    old = {name: served(fleet.router(name)) for name in BOTH}
    asked = len(fleet.ca.journal.entries())
    fleet.host.clock.advance(32 * DAY)
    warned = [entry.event.text for entry in fleet.router("sr1").log() if entry.event.number == 2095]
    assert any("will expire" in text for text in warned)
    assert len(fleet.ca.journal.entries()) == asked
    assert {name: served(fleet.router(name)) for name in BOTH} == old


def not_two_at_once(fleet: Fleet) -> None:
    """What renewed on the router is gone before the CA is asked for the same certificate by us."""
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"]["method"] = "native"
    fleet.applied(*FAST, "-l", "sr2")
    fleet.issue_code("sr2", dns=("one.example.net",))
    with fleet.editing() as document:
        document["certificates"]["sr-cert"]["renewal"]["method"] = "external"
        document["certificates"]["sr-cert"]["san"]["dns"] = ["one.example.net"]
    fleet.ca.faults.set(down=True)
    failed = fleet.run("apply", "-l", "sr2", "--yes", *FAST)
    running = fleet.router("sr2").running()
    fleet.ca.faults.clear()

    assert failed.code == 69, failed.text
    assert "commit the end of a renewal on the router" in failed.out
    assert running.find(".//{*}certificate-auto-update") is None
    titles = [step["title"] for step in fleet.applied(*FAST, "-l", "sr2", "-o", "json").entry("sr2")["steps"]]
    assert [title for title in titles if title.startswith("commit")] == ["commit TLS and gRPC"]
