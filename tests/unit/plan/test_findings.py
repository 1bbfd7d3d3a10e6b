"""What stands in the way of a change, or should be said before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sroscert.intent import RouterIntent
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.values import PRESENT, ConfigTree, Path
from tests.support.planning import (
    CA,
    GOOD,
    LOCAL_CAS,
    NOW,
    RELEASES,
    datastore_state,
    files,
    finished,
    in_use,
    plan,
    request,
    router,
    tutorial,
)


def found(made: Plan) -> dict[str, Severity]:
    """Codes of the findings and how they weigh."""
    return {item.code: item.severity for item in made.findings}


def also(entry: Path) -> Observed:
    """A finished router that has one entry more."""
    seen = finished()
    return replace(seen, running=seen.running.merge(ConfigTree.from_items([(entry, PRESENT)])))


STOPS: list[tuple[str, Observed]] = [
    ("configuration-mode", router(mode="classic")),
    ("configuration-mode", router(mode="mixed")),
    ("configuration-mode", router("25.10", mode="classic")),
    ("no-exec-backend", router(backend="none")),
    ("lock-held", router(state=datastore_state("candidate", locked="true"))),
    ("ca-certificate-differs", router(pki=["ManagementCA.pem"], shown={"ManagementCA.pem": replace(CA, serial=8)})),
    ("ca-certificate-differs",
     router(pki=["ManagementCA.pem"], shown={"ManagementCA.pem": replace(CA, issuer=(("CN", "Other"),))})),
    ("request-pending", router(requests=[request("their-key")])),
    ("certificate-unread", router(running=in_use(), pki=["sr-cert", "sr-key"])),
]


@pytest.mark.law(1, 4)
@pytest.mark.parametrize(("code", "seen"), STOPS, ids=[f"{number}-{row[0]}" for number, row in enumerate(STOPS)])
def test_a_guard_stops_the_plan_and_says_what_to_do(code: str, seen: Observed) -> None:
    """A router that is not ours to change now is left alone, with a hint."""
    made = plan(seen)

    (stop,) = made.stops
    assert (stop.code, stop.severity) == (code, Severity.STOP)
    assert stop.message
    assert stop.hint


PROFILE = Path.of("configure", "system", "security", "tls").entry("cert-profile", cert_profile_name="sr-cert-prof")
TRIGGER = Path.of("configure", "log", "event-trigger").entry("security", event="tmnxPkiCertBeforeExpWarning")
PASSWORD = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name="ejbca-profile")
TOLD: list[tuple[str, Severity, Observed, RouterIntent]] = [
    ("entry-of-others", Severity.NOTE, also(PROFILE.entry("entry", entry_id="7")), tutorial()),
    ("place-taken", Severity.NOTE, router(running=ConfigTree.from_items(
        [(TRIGGER, PRESENT), (TRIGGER.entry("entry", id="1") / "handler", "theirs")]
    )), tutorial()),
    ("secret-not-compared", Severity.NOTE, replace(finished(), unmarked=frozenset({PASSWORD / "cmpv2"})), tutorial()),
    ("clear-key-found", Severity.WARNING, replace(finished(), flash=files("sr-key-g7")), tutorial()),
    ("release-lacks", Severity.STOP, router(), tutorial(("ciphers: compatible", "ciphers: modern"))),
    ("intent-error", Severity.STOP, router(), tutorial(('ip: ["{address}"]', "ip: [192.0.2.9]"))),
]


@pytest.mark.law(10)
@pytest.mark.parametrize(("code", "severity", "seen", "intent"), TOLD, ids=[row[0] for row in TOLD])
def test_what_is_found_by_each_is_carried_by_the_plan(
    code: str, severity: Severity, seen: Observed, intent: RouterIntent
) -> None:
    """Entries and places of others, secrets that nobody compared, keys in the clear, what lint refuses."""
    assert found(plan(seen, intent=intent)).get(code) is severity


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_stops_an_ordinary_router(release: str) -> None:
    """A router in model-driven mode, new or finished, is not stopped."""
    assert plan(router(release)).stops == ()
    assert plan(finished(release)).findings == ()


@pytest.mark.parametrize(("release", "severity"), [("21.2", Severity.STOP), ("25.10", Severity.WARNING)])
def test_a_mode_that_is_not_shown_is_the_releases_default(release: str, severity: Severity) -> None:
    """Where nothing shows the mode, the YANG default counts; where that has none either, it is said to be unknown."""
    assert found(plan(router(release, mode="")))["configuration-mode"] is severity


@pytest.mark.law(1)
def test_the_same_ca_certificate_stops_nothing() -> None:
    """Serial and issuer tell that the file on the router is the local one."""
    assert plan(router(pki=["ManagementCA.pem"], shown={"ManagementCA.pem": CA})).stops == ()


@pytest.mark.law(10)
def test_a_ca_certificate_that_cannot_be_read_is_not_called_the_same() -> None:
    """What could not be compared is said to be uncompared."""
    assert found(plan(router(pki=["ManagementCA.pem"])))["ca-certificate-unread"] is Severity.WARNING


FILE_ONLY = ("certificate: ManagementCA.pem", "file: ManagementCA.pem")


def test_a_ca_that_issues_needs_a_local_certificate() -> None:
    """Without it nobody could check what the CA issues: found before anything is sent, whatever is on the router."""
    seen = router(pki=["ManagementCA.pem"], shown={"ManagementCA.pem": CA})
    made = plan(seen, tutorial(FILE_ONLY), cas={})

    assert [item.code for item in made.stops] == ["ca-certificate-missing"]
    assert "sr-cert" in made.stops[0].message


def test_a_ca_file_that_is_nowhere_stops_the_plan() -> None:
    """A CA profile that issues nothing may name a file on the router only, but it must be there."""
    other = ("ca_profiles:\n", "ca_profiles:\n  other-ca: {file: other.pem}\n")
    there, absent = (plan(router(pki=files), tutorial(other)) for files in (["other.pem"], []))

    assert there.stops == ()
    assert [item.code for item in absent.stops] == ["ca-certificate-missing"]


UNFIT = [
    ({"is_ca": False}, "CA:TRUE"), ({"not_after": NOW - timedelta(days=1)}, "not-after"),
    ({"not_before": NOW + timedelta(days=1)}, "not-before"), ({"version": 1}, "v3"),
    ({"key_usage": frozenset({"keyCertSign"})}, "cRLSign"),
]


@pytest.mark.parametrize(("changes", "word"), UNFIT, ids=[word for _, word in UNFIT])
def test_a_certificate_that_no_ca_profile_takes_stops_the_plan(changes: dict[str, Any], word: str) -> None:
    """What SR OS checks when a CA profile is enabled is checked before anything is sent."""
    local = LOCAL_CAS["ejbca-profile"]
    made = plan(router(), cas={"ejbca-profile": replace(local, info=replace(CA, **changes))})

    assert [item.code for item in made.stops] == ["ca-certificate-unfit"]
    assert word in made.stops[0].message


@pytest.mark.parametrize(("user", "said"), [("somebody", True), ("admin", False), ("", False)])
def test_unsaved_changes_of_others_are_told(user: str, said: bool) -> None:
    """Saving ours saves theirs; that is said before."""
    made = plan(router(state=datastore_state("running", unsaved="true", user=user)))

    assert ("unsaved-changes" in found(made)) is said


@pytest.mark.parametrize(("left", "due"), [(timedelta(days=31), False), (timedelta(days=29), True)])
def test_a_certificate_inside_its_renewal_window_is_told(left: timedelta, due: bool) -> None:
    """`before: 30d` warns from 30 days before the end, and changes nothing by itself."""
    made = plan(finished(info=replace(GOOD, not_after=NOW + left)))

    assert ("renewal-due" in found(made)) is due
    assert made.in_sync


@pytest.mark.law(8)
@pytest.mark.parametrize(("release", "said"), [("21.2", True), ("25.10", False)])
def test_a_code_that_a_router_will_log_is_told(release: str, said: bool) -> None:
    """Below 23.3 the code travels in a command; the plan says so, and not when there is nothing to enrol."""
    assert ("secret-in-router-log" in found(plan(router(release)))) is said
    assert "secret-in-router-log" not in found(plan(finished(release)))


def test_a_poll_sends_no_code() -> None:
    """Polling for a pending request needs no secret, so nothing is said of it."""
    made = plan(router(pki=["sr-key"], requests=[request()]), cas=LOCAL_CAS)

    assert "secret-in-router-log" not in found(made)


@pytest.mark.law(2, 10)
@pytest.mark.parametrize(("seconds", "said"), [(60, True), (-1, False)])
def test_a_commit_that_may_still_be_undone_is_told(seconds: int, said: bool) -> None:
    """The plan after a killed run says when apply will go on."""
    made = plan(router(pending_until=NOW + timedelta(seconds=seconds)))

    assert ("commit-pending" in found(made)) is said
    assert made.stops == ()


@pytest.mark.parametrize(("release", "said"), [("21.6.R1", True), ("21.5.R2", False), ("26.7.R1", True)])
def test_a_release_in_between_is_said_to_be_treated_as_another(release: str, said: bool) -> None:
    """Plan and apply show which release stands in, and what to do; it stops nothing by itself."""
    noted = [item for item in plan(router(release)).findings if item.code == "release-stands-in"]

    assert [item.severity for item in noted] == [Severity.NOTE] * said
    for item in noted:
        assert f"SR OS {release.rpartition('.')[0]} is treated as" in item.message
        assert "sroscert schema add" in item.hint
