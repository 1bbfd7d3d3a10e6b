"""The examination of a router: nothing is ok that was not seen, and no finding is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.commands.replies import RequestStatus
from sroscert.plan.access import Access, ActiveSession
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.health import Check, Contact, Grade, Subject, examine, worst
from sroscert.plan.observed import Observed, Served
from sroscert.plan.overrides import OVERRIDABLE
from sroscert.plan.reach import Reach, Way, not_reached, way_to
from sroscert.plan.steps import Enrol
from sroscert.values import PRESENT, ConfigTree, Path
from sroscert.workflow.doctor import TOPICS
from tests.support.planning import GOOD, NOW, datastore_state, finished, plan, request, router, tutorial

STATE = Path.of("state", "system")
REDUNDANCY = Path.of("state", "redundancy", "synchronization")
RIGHTS = frozenset(
    {"action", "cancel-commit", "commit", "copy-config", "discard-changes", "edit-config", "lock", "validate"}
)
ANSWERED = {"ejbca-profile": Contact("http://ca/cmp", True, timedelta())}


def examined(observed: Observed, contacts: dict[str, Contact] | None = None) -> dict[str, Check]:
    """The checks by topic; the last where a topic has several."""
    subject = Subject(plan(observed), NOW, contacts or {})
    return {check.topic: check for check in examine(subject, TOPICS)}


def healthy() -> Observed:
    """A router that shows all that can be asked for, and all of it good."""
    done = finished()
    leaves = {
        STATE / "current-time": NOW.isoformat(),
        STATE / "grpc" / "oper-state": "up",
        REDUNDANCY / "standby-status": "standby",
        REDUNDANCY / "sync-status": "config-only",
        REDUNDANCY / "cert-file-sync-status": "success",
        (STATE / "security" / "pki").entry("ca-profile", ca_profile_name="ejbca-profile") / "oper-state": "up",
    }
    return replace(
        done,
        state=done.state.merge(datastore_state("candidate")).merge(ConfigTree.from_items(leaves.items())),
        flash_listed_free=30_000_000,
        requests={"ejbca-profile": request(status="processed", code="accepted")},
        served=Served("ok", certificate=GOOD),
        access=Access(
            granted=frozenset({"console", "netconf", "grpc"}), profiles=("administrative",), operations=RIGHTS,
            session_limit=5, sessions=(ActiveSession("1", "admin", "netconf"),),
        ),
    )


def test_a_healthy_router_is_ok_in_everything() -> None:
    """Every topic has one check, and each is good."""
    checks = examined(healthy(), ANSWERED)

    assert {topic: check.message for topic, check in checks.items() if check.grade is not Grade.OK} == {}
    assert list(checks) == [topic.name for topic in TOPICS]


@pytest.mark.law(10)
def test_a_router_that_shows_nothing_is_ok_in_nothing() -> None:
    """What was not read is said to be so; only the release, without which nothing is read, and the plan are known."""
    blind = replace(finished(), state=ConfigTree(), flash=(), displayed={}, requests={}, system_pki=())
    checks = examined(blind)

    good = {topic for topic, check in checks.items() if check.grade is Grade.OK}
    assert good == {"release", "configuration mode", "shared profiles", "CRL"}  # from running and the hello, all of it
    assert {"clock", "flash", "standby CPM", "candidate", "saved", "sessions", "rights", "clear keys"} <= {
        topic for topic, check in checks.items() if check.grade is Grade.UNREAD
    }


WORSE: list[tuple[str, Grade, str, Observed]] = [
    ("clock", Grade.UNREAD, "", replace(healthy(), state=healthy().state.without(STATE / "current-time"))),
    ("standby CPM", Grade.UNREAD, "", replace(healthy(), state=healthy().state.without(REDUNDANCY))),
    ("standby CPM", Grade.WARNING, "standby-out-of-sync",
     replace(healthy(), state=healthy().state.merge(ConfigTree(((REDUNDANCY / "sync-status", "config-fail"),))))),
    ("standby CPM", Grade.UNREAD, "",
     replace(healthy(), state=healthy().state.merge(ConfigTree(((REDUNDANCY / "sync-status", "unknown"),))))),
    ("standby CPM", Grade.UNREAD, "",
     replace(healthy(), state=healthy().state.merge(ConfigTree(((REDUNDANCY / "cert-file-sync-status", "unknown"),))))),
    ("candidate", Grade.UNREAD, "", replace(healthy(), state=healthy().state.merge(
        datastore_state("candidate", unsaved="true")).merge(datastore_state("running", unsaved="true", user="admin")))),
    ("flash", Grade.WARNING, "flash-full", replace(healthy(), flash_listed_free=0)),
    ("flash", Grade.UNREAD, "", replace(healthy(), flash_listed_free=None)),
    ("saved", Grade.WARNING, "",
     replace(healthy(), state=healthy().state.merge(datastore_state("running", unsaved="true", user="admin")))),
    ("candidate", Grade.WARNING, "lock-held",
     replace(healthy(), state=healthy().state.merge(datastore_state("candidate", locked="true")))),
    ("candidate", Grade.WARNING, "candidate-changed",
     replace(healthy(), state=healthy().state.merge(datastore_state("candidate", unsaved="true")))),
    ("sessions", Grade.WARNING, "too-few-sessions",
     replace(healthy(), access=replace(healthy().access, session_limit=2))),
    ("rights", Grade.WARNING, "user-rights",
     replace(healthy(), access=replace(healthy().access, operations=RIGHTS - {"lock"}))),
    ("rights", Grade.UNREAD, "", replace(healthy(), access=replace(healthy().access, operations=None))),
    ("rights", Grade.UNREAD, "", replace(healthy(), access=replace(healthy().access, granted=None))),
    ("CA URL", Grade.UNREAD, "", replace(healthy(), requests={})),
    ("CA URL", Grade.WARNING, "",
     replace(healthy(), requests={"ejbca-profile": request(status="failed", code="none")})),
    ("CA URL", Grade.UNREAD, "",
     replace(healthy(), requests={"ejbca-profile": replace(request(status="failed", code="none"), replied=NOW)})),
    ("service", Grade.WARNING, "service-unverified", replace(healthy(), served=Served("timeout"))),
    ("service", Grade.UNREAD, "", replace(healthy(), served=None)),
    ("certificates", Grade.UNREAD, "certificate-unread",
     replace(healthy(), displayed={name: info for name, info in healthy().displayed.items() if name != "sr-cert"})),
]


@pytest.mark.parametrize(("release", "grade"), [("25.10", Grade.WARNING), ("21.2", Grade.OK)])
def test_no_crl_is_no_good_where_it_locks_clients_out(release: str, grade: Grade) -> None:
    """A profile that needs no CRL is fine, unless an unknown status of its clients counts as revoked."""
    intent = tutorial(
        ("cipher_list: ciphers", "cipher_list: ciphers, authenticate_client: {trust_anchor_profile: clients}"),
        ("  server_profiles:", "  trust_anchor_profiles: {clients: [ejbca-profile]}\n  server_profiles:"),
    )
    subject = Subject(plan(finished(release, intent=intent), intent), NOW)
    check = next(check for check in examine(subject, TOPICS) if check.topic == "CRL")

    assert check.grade is grade
    assert check.code == ("clients-locked-out" if grade is Grade.WARNING else "")


@pytest.mark.parametrize(
    ("shown", "told"),
    [("1764230400", "; the router fetches the next one 2025-11-27 08:00 UTC"), ("0", ""), ("", ""), ("soon", "")],
)
def test_the_next_update_of_a_crl_is_told_where_the_router_has_one(shown: str, told: str) -> None:
    """The leaf counts seconds, and 0 says that nothing is scheduled."""
    profile = ("ca-profile", "ejbca-profile")
    conf = Path.of("configure", "system", "security", "pki").entry(profile[0], ca_profile_name=profile[1])
    state = (STATE / "security" / "pki").entry(profile[0], ca_profile_name=profile[1]) / "auto-crl-update"
    good = healthy()
    observed = replace(
        good,
        running=good.running.merge(ConfigTree.from_items([(conf / "revocation-check", "crl")])),
        state=good.state.merge(ConfigTree.from_items([(state / "next-scheduled-auto-crl-update-time", shown)])),
    )

    assert examined(observed, ANSWERED)["CRL"].message.endswith(f"the profile is up{told}")


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("topic", "grade", "code", "observed"), WORSE, ids=[f"{number}-{row[0]}" for number, row in enumerate(WORSE)]
)
def test_each_check_can_fail(topic: str, grade: Grade, code: str, observed: Observed) -> None:
    """One thing changed in a healthy router changes its check."""
    check = examined(observed, ANSWERED)[topic]

    expected = Grade.STOP if code == "certificate-unread" else grade
    assert (check.grade, check.code) == (expected, code), check.message


@pytest.mark.law(10)
@pytest.mark.parametrize(("left", "told"), [(timedelta(hours=-1), "ended"), (timedelta(hours=2), "in 2 h 00 min")])
def test_a_certificate_that_has_ended_is_told_though_the_plan_replaces_it(left: timedelta, told: str) -> None:
    """It stops nothing, and clients meet it all the same until then."""
    intent = tutorial(("method: auto", "method: external"))
    ending = replace(GOOD, not_before=NOW - timedelta(days=300), not_after=NOW + left)
    observed = replace(finished(intent=intent, info=ending), state=healthy().state)
    made = plan(observed, intent)
    (check,) = [check for check in examine(Subject(made, NOW), TOPICS) if check.topic == "certificates"]

    assert any(isinstance(step, Enrol) for step in made.steps)
    assert (check.grade, check.code) == (Grade.WARNING, "certificate-ends")
    assert told in check.message and check.message.endswith("; the plan replaces it")


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("answered", "requests", "grade", "code"),
    [
        (True, {}, Grade.OK, ""),
        (False, {}, Grade.WARNING, "ca-not-reached"),
        (None, {}, Grade.UNREAD, ""),
        (False, {"ejbca-profile": request(status="processed", code="accepted")}, Grade.OK, ""),
        (True, {"ejbca-profile": request(status="failed", code="none")}, Grade.WARNING, ""),
        (False, {"ejbca-profile": request(status="processed", code="rejection")}, Grade.UNREAD, ""),
        (False, {"ejbca-profile": request(status="in-progress", code="none")}, Grade.WARNING, "ca-not-reached"),
    ],
)
def test_a_ping_counts_less_than_a_request_that_was_answered(
    answered: bool | None, requests: dict[str, RequestStatus], grade: Grade, code: str
) -> None:
    """A ping is evidence of the way alone, and its silence is held against nobody whom the CA has answered."""
    way = way_to(tutorial(), "ejbca-profile")
    assert way == Way("172.20.20.6", ("management", "Base"))
    subject = Subject(plan(replace(healthy(), requests=requests)), NOW, ANSWERED, False,
                      {"ejbca-profile": Reach(way, answered, "management" if answered else "")})
    (check,) = [check for check in examine(subject, TOPICS) if check.topic == "CA URL"]

    assert (check.grade, check.code) == (grade, code), check.message


@pytest.mark.parametrize(("answered", "warns"), [(True, False), (False, True), (None, False)])
def test_before_a_change_only_silence_is_a_warning(answered: bool | None, warns: bool) -> None:
    """A ping that could not be sent tells nothing of the CA."""
    found = not_reached("ejbca-profile", Reach(Way("192.0.2.1", ("Base",)), answered))

    assert [(item.severity, item.code) for item in found] == [(Severity.WARNING, "ca-not-reached")] * warns


@pytest.mark.parametrize(
    ("contact", "topic", "grade"),
    [
        (Contact("http://ca", True, timedelta()), "CA URL", Grade.OK),
        (Contact("http://ca", False, None, "refused"), "CA URL", Grade.UNREAD),
        (Contact("http://ca", False, None, "refused"), "CA clock", Grade.UNREAD),
        (Contact("http://ca", True, None), "CA clock", Grade.UNREAD),
        (Contact("http://ca", True, timedelta(seconds=10)), "CA clock", Grade.OK),
    ],
)
def test_a_ca_that_does_not_answer_us_is_not_held_against_the_router(
    contact: Contact, topic: str, grade: Grade
) -> None:
    """Our way to the CA is not the router's."""
    assert examined(healthy(), {"ejbca-profile": contact})[topic].grade is grade


def test_what_a_change_of_tls_ends_is_a_stop() -> None:
    """Open gRPC connections that the plan would end are told with what goes on."""
    connection = (STATE / "grpc").entry("connection", client_address="192.0.2.1", client_port="4711")
    wanted = tutorial(("admin_state: enable}", "admin_state: disable}"))
    seen = replace(healthy(), state=healthy().state.merge(ConfigTree(((connection, PRESENT),))))
    changing = Subject(plan(seen, intent=wanted), NOW)
    allowed = replace(changing, allow_interrupt=True)

    (check,) = [item for item in examine(changing, TOPICS) if item.topic == "gRPC sessions"]
    assert (check.grade, check.code) == (Grade.STOP, "would-interrupt")
    assert [item.grade for item in examine(allowed, TOPICS) if item.topic == "gRPC sessions"] == [Grade.WARNING]
    assert examined(seen)["gRPC sessions"].grade is Grade.OK


def test_no_finding_is_left_out() -> None:
    """A finding that no topic has is told at the end; a note stands beside what was seen."""
    made = plan(healthy())
    strange = Finding(Severity.STOP, "never-heard-of", "it is strange", "do this")
    note = Finding(Severity.NOTE, "release-stands-in", "a newer one")
    checks = examine(Subject(replace(made, findings=(strange, note)), NOW), TOPICS)

    assert checks[-1] == Check("plan", Grade.STOP, "it is strange", "never-heard-of", "do this")
    assert [item.message for item in checks if item.topic == "release"] == ["SR OS 21.2", "a newer one"]
    assert worst(checks) is Grade.STOP
    assert worst(()) is Grade.OK


def test_every_guard_that_gives_way_has_a_topic() -> None:
    """What --override takes is examined under a name of its own."""
    known = {code for topic in TOPICS for code in topic.codes}

    assert known >= OVERRIDABLE
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_a_bare_router_has_nothing_to_be_afraid_of() -> None:
    """What is not there yet is told as that."""
    checks = examined(router())

    assert checks["certificates"].message == "no certificate is in use yet"
    assert checks["service"].grade is Grade.OK
