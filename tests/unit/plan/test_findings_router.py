"""A router's own health before a change: each guard strikes where it must, and only there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.commands.replies import FileEntry
from sroscert.pki.display import CRLDates
from sroscert.plan import findings_pki
from sroscert.plan import findings_router as health
from sroscert.plan.cleanup import cleaning
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed
from sroscert.plan.overrides import overridden
from sroscert.plan.plan import Plan
from sroscert.values import PRESENT, ConfigTree, Path
from tests.support.planning import CA, GOOD, NOW, datastore_state, finished, plan, router, tutorial

REDUNDANCY = Path.of("state", "redundancy", "synchronization")
PROFILE = Path.of("state", "system", "security", "pki").entry("ca-profile", ca_profile_name="ejbca-profile")
DRIFTED = tutorial(("{hours: 720, repeat_hours: 24}", "{hours: 700, repeat_hours: 24}"))
"""An intent of which a finished router lacks one leaf: there is a plan, and it replaces no certificate."""


def found(made: Plan) -> dict[str, Severity]:
    """Codes of the findings and how they weigh."""
    return {item.code: item.severity for item in made.findings}


def with_state(observed: Observed, *leaves: tuple[Path, str]) -> Observed:
    """The router with more state."""
    return replace(observed, state=observed.state.merge(ConfigTree.from_items(leaves)))


def standby(observed: Observed, status: str, sync: str = "", files: str = "") -> Observed:
    """The router with a standby CPM that is shown so."""
    shown = {"standby-status": status, "sync-status": sync, "cert-file-sync-status": files}
    return with_state(observed, *((REDUNDANCY / name, value) for name, value in shown.items() if value))


STANDBY: list[tuple[str, str, str, Mapping[str, Severity]]] = [
    ("standby", "config-only", "success", {}),
    ("standby", "boot-env", "success", {}),
    ("standby", "config-only", "fail", {"standby-out-of-sync": Severity.STOP}),
    ("standby", "config-fail", "success", {"standby-out-of-sync": Severity.STOP}),
    ("standby", "boot-env-fail", "", {"standby-out-of-sync": Severity.STOP}),
    ("standby", "config-in-progress", "success", {"standby-not-ready": Severity.WARNING}),
    ("standby", "config-only", "in-progress", {"standby-not-ready": Severity.WARNING}),
    ("failed", "unknown", "unknown", {"standby-not-ready": Severity.WARNING}),
    ("syncing", "", "", {"standby-not-ready": Severity.WARNING}),
    ("singleton", "unknown", "unknown", {}),
    ("disabled", "config-fail", "fail", {}),
    ("", "", "", {}),
]


@pytest.mark.parametrize(("status", "sync", "files", "expected"), STANDBY)
def test_a_standby_that_lacks_the_files_stops_new_ones(
    status: str, sync: str, files: str, expected: Mapping[str, Severity]
) -> None:
    """A standby CPM that would take over without them stops an enrolment; none, or one in step, does not."""
    made = plan(standby(router(), status, sync, files))

    assert {code: weight for code, weight in found(made).items() if code.startswith("standby")} == expected


def test_without_a_plan_a_standby_out_of_step_is_a_warning() -> None:
    """A router that is in sync with its intent stays so."""
    made = plan(standby(finished(), "standby", "config-fail", "fail"))

    assert found(made) == {"standby-out-of-sync": Severity.WARNING}
    assert made.in_sync


def test_a_change_of_configuration_alone_is_not_stopped_by_the_standby() -> None:
    """No file is made that the other CPM would lack."""
    made = plan(standby(finished(), "standby", "config-fail", "fail"), intent=DRIFTED)

    assert made.steps
    assert found(made)["standby-out-of-sync"] is Severity.WARNING


@pytest.mark.parametrize(("free", "stops"), [(None, False), (0, True), (60_000, True), (10_000_000, False)])
def test_a_full_flash_stops_what_would_write_to_it(free: int | None, stops: bool) -> None:
    """What the listing says is left is compared with what the steps write; unknown is no finding."""
    observed = replace(router(), flash_listed_free=free)

    assert ("flash-full" in found(plan(observed))) is stops
    assert "flash-full" not in found(plan(replace(finished(), flash_listed_free=free)))


def test_a_full_flash_does_not_stop_what_makes_room() -> None:
    """A clean-up goes on where an apply would be stopped."""
    full = plan(replace(router(), flash_listed_free=0))

    assert [item.code for item in full.stops] == ["flash-full"]
    assert cleaning(full, (), {}).stops == ()


def test_the_room_counts_uploads_and_the_configuration_that_is_saved() -> None:
    """A save needs room for the configuration beside the old one."""
    observed = router()
    steps = plan(observed).steps
    saved = replace(observed, flash=(*observed.flash, FileEntry("config.cfg", 5_000_000)))

    assert health.room_needed(saved, steps) > 5_000_000 > health.room_needed(observed, steps) > health.WORK_ROOM
    assert health.room_needed(observed, ()) == 0


def test_room_is_read_from_state_where_the_listing_does_not_tell_it() -> None:
    """From 24.7 the flash is in state, in kilobytes; cf3 is meant and no other card."""
    chassis = Path.of("state").entry("chassis", chassis_class="router", chassis_number="1")
    cards = {"cf1": "7", "cf3": "9"}
    observed = with_state(
        router("25.10"), *((chassis.entry("flash", flash_id=name) / "free-space", size) for name, size in cards.items())
    )

    assert observed.flash_free == 9 * 1024
    assert replace(observed, flash_listed_free=5).flash_free == 5
    assert router("25.10").flash_free is None


@pytest.mark.law(3)
@pytest.mark.parametrize(
    ("candidate", "running", "expected"),
    [
        ("true", "false", True), ("true", "true", None), ("true", "", None), ("false", "true", False),
        ("", "false", None),
    ],
)
def test_edits_in_the_candidate_are_told_from_an_unsaved_running(
    candidate: str, running: str, expected: bool | None
) -> None:
    """Only where running is saved can a change since the last save lie nowhere but in the candidate."""
    state = datastore_state("candidate", unsaved=candidate).merge(datastore_state("running", unsaved=running))
    observed = router(state=state)

    assert health.edits_in_candidate(observed) is expected
    assert ("candidate-changed" in found(plan(observed))) is (expected is True)


@pytest.mark.parametrize("flag", sorted(findings_pki.CRL_FLAGS))
def test_a_profile_that_its_crl_keeps_down_stops_an_enrolment_at_it(flag: str) -> None:
    """The flags of the profile are several words; where nothing is enrolled it is said only."""
    wanted = finished().running.without(Path.of("configure", "system", "security", "tls"))
    new = router(running=wanted, pki=["ManagementCA.pem"], shown={"ManagementCA.pem": CA})
    stale = (PROFILE / "oper-flags", f"invalid-cert {flag}")

    assert found(plan(with_state(new, stale)))["crl-stale"] is Severity.STOP
    assert found(plan(with_state(finished(), stale)))["crl-stale"] is Severity.WARNING
    assert "crl-stale" not in found(plan(with_state(finished(), (PROFILE / "oper-flags", "invalid-cert"))))


def test_a_profile_that_the_plan_itself_mends_does_not_stop_it() -> None:
    """The commit before the enrolment changes the profile: what keeps it down now says nothing."""
    assert found(plan(with_state(router(), (PROFILE / "oper-flags", "expired-crl"))))["crl-stale"] is Severity.WARNING


CLIENTS = (
    ("cipher_list: ciphers", "cipher_list: ciphers, authenticate_client: {trust_anchor_profile: clients}"),
    ("  server_profiles:", "  trust_anchor_profiles: {clients: [ejbca-profile]}\n  server_profiles:"),
)


@pytest.mark.law(10)
@pytest.mark.parametrize(("left", "code"), [(timedelta(hours=-1), "crl-stale"), (timedelta(hours=20), "crl-ends")])
@pytest.mark.parametrize(
    ("release", "check", "told"),
    [("25.10", "crl-optional", "counts its clients as revoked"), ("21.2", "crl-optional", ""), ("25.10", "", "")],
)
def test_a_list_that_is_not_required_and_lets_clients_in_is_not_called_so(
    left: timedelta, code: str, release: str, check: str, told: str
) -> None:
    """With clients whose unknown status counts as revoked, its end locks them out, whatever the profile requires."""
    intent = tutorial(*(CLIENTS if told or release == "21.2" else ()))
    done = finished(release, intent=intent)
    profile = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name="ejbca-profile")
    leaves = [(profile / "crl-file", "ca.crl"), (profile / "revocation-check", check or "crl")]
    dates = CRLDates(NOW - timedelta(days=1), NOW + left)
    running = done.running.without(profile / "revocation-check").merge(ConfigTree.from_items(leaves))

    made = plan(replace(done, running=running, crls={"ca.crl": dates}), intent)
    words = next(item.message for item in made.findings if item.code == code)

    assert ("clients as revoked" in words) is bool(told), words
    required = "not shown as down by it" if not check else "does not require it"
    assert (required in words) is (code == "crl-stale"), words


CRL_ENDS: list[tuple[timedelta | None, bool, dict[str, Severity]]] = [
    (timedelta(days=3), False, {}),
    (timedelta(hours=20), False, {"crl-ends": Severity.WARNING}),
    (timedelta(hours=20), True, {}),
    (timedelta(hours=-1), True, {"crl-stale": Severity.WARNING}),
    (None, False, {}),
]


@pytest.mark.parametrize(("left", "fetched", "expected"), CRL_ENDS)
def test_a_list_that_ends_is_told_unless_the_router_fetches_the_next(
    left: timedelta | None, fetched: bool, expected: dict[str, Severity]
) -> None:
    """The flags say what is; the display of the list says what is coming, and what crl-optional hides."""
    profile = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name="ejbca-profile")
    leaves = [(profile / "crl-file", "ca.crl")]
    leaves += [(profile / "auto-crl-update" / "admin-state", "enable")] * fetched
    done = finished()
    dates = CRLDates(NOW - timedelta(days=1), NOW + left if left is not None else None)
    observed = replace(done, running=done.running.merge(ConfigTree.from_items(leaves)), crls={"ca.crl": dates})

    assert {code: weight for code, weight in found(plan(observed)).items() if code.startswith("crl")} == expected


ENDINGS: list[tuple[timedelta, timedelta, bool]] = [
    (timedelta(hours=2), timedelta(days=300), True),
    (timedelta(hours=25), timedelta(days=300), False),
    (timedelta(minutes=30), timedelta(hours=10), True),
    (timedelta(hours=2), timedelta(hours=10), False),
]


@pytest.mark.parametrize(("left", "lived", "near"), ENDINGS)
def test_a_certificate_that_is_about_to_end_and_stays_stops_the_plan(
    left: timedelta, lived: timedelta, near: bool
) -> None:
    """A day, or a tenth of a short life; a router without a plan is told of, and one that is renewed is helped."""
    other = replace(GOOD, serial=5, not_before=NOW - lived, not_after=NOW + left)
    entry = Path.of("configure", "system", "security", "tls").entry("cert-profile", cert_profile_name="theirs").entry(
        "entry", entry_id="1"
    )
    theirs = ConfigTree.from_items([(entry, PRESENT), (entry / "certificate-file", "their-cert")])

    def seen(observed: Observed) -> Observed:
        return replace(
            observed, running=observed.running.merge(theirs), displayed={**observed.displayed, "their-cert": other}
        )

    made = plan(seen(finished(intent=tutorial())), intent=DRIFTED)
    assert made.steps
    assert found(made).get("certificate-ends") is (Severity.STOP if near else None)
    assert found(plan(seen(finished()))).get("certificate-ends") is (Severity.WARNING if near else None)
    renewing = plan(seen(finished(info=replace(GOOD, san_ips=frozenset({"192.0.2.9"})))))
    assert found(renewing).get("certificate-ends") is (Severity.WARNING if near else None)


def test_an_ended_certificate_that_the_plan_replaces_stops_nothing() -> None:
    """The way out is never shut."""
    ended = replace(GOOD, not_before=NOW - timedelta(days=400), not_after=NOW - timedelta(days=1))
    made = plan(finished(info=ended))

    assert made.steps
    assert "certificate-ends" not in found(made)


@pytest.mark.law(11)
@pytest.mark.parametrize(
    ("name", "suspected"),
    [("old.key", True), ("Router.P12", True), ("x.pfx", True), ("sr-key", False), ("key.txt", False), ("a.pem", False)],
)
def test_a_file_named_as_keys_are_is_suspected_and_not_read(name: str, suspected: bool) -> None:
    """By the ending of the name; the intent's own keys have a finding of their own."""
    observed = finished()
    made = plan(replace(observed, flash=(*observed.flash, FileEntry(name, 1700))))

    assert ("clear-key-suspected" in found(made)) is suspected


@pytest.mark.parametrize(
    ("router_ahead", "ca_ahead", "skewed"),
    [(0, 0, False), (0, 400, True), (400, 400, False), (-200, 200, True), (0, None, False), (None, 400, False)],
)
def test_the_routers_clock_is_compared_with_the_cas(
    router_ahead: int | None, ca_ahead: int | None, skewed: bool
) -> None:
    """Both are known against ours; where one is not, nothing is said."""
    observed = router()
    if router_ahead is not None:
        shown = (NOW + timedelta(seconds=router_ahead)).isoformat()
        observed = with_state(observed, (Path.of("state", "system", "current-time"), shown))
    ahead = None if ca_ahead is None else timedelta(seconds=ca_ahead)
    steps = plan(observed).steps

    stopped = findings_pki.ca_clock(observed, ahead, "http://ca", steps)
    warned = findings_pki.ca_clock(observed, ahead, "http://ca", ())

    assert [item.severity for item in stopped] == [Severity.STOP] * skewed
    assert [item.severity for item in warned] == [Severity.WARNING] * skewed


def test_only_the_guards_that_give_way_are_put_aside() -> None:
    """A stop in the list becomes a warning; another stop stands whatever is said."""
    made = plan(standby(router(mode="classic"), "standby", "config-fail", "fail"))
    put_aside = overridden(made.findings, {"standby-out-of-sync", "configuration-mode"})
    weights = {item.code: item.severity for item in put_aside}

    assert weights["standby-out-of-sync"] is Severity.WARNING
    assert weights["configuration-mode"] is Severity.STOP
    assert overridden(made.findings, ()) == made.findings
