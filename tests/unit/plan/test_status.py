"""The status of a router's certificates: each row's one word, what it is joined from, and when anything is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sroscert.intent.ehs import EVENT
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.observed import Observed, Served
from sroscert.plan.status import CertificateStatus, Condition, Role, RouterStatus, status
from sroscert.values import ConfigTree, Path
from tests.support.planning import CA, GOOD, LOCAL_CAS, NOW, datastore_state, files, finished, plan, request, router

DUE = replace(GOOD, not_after=NOW + timedelta(days=10))
ENDED = replace(GOOD, not_after=NOW - timedelta(hours=1))
WRONG = replace(GOOD, san_ips=frozenset({"192.0.2.9"}), key_bits=4096)
OTHER = replace(GOOD, serial=101)
SHOWN = Served("ok", certificate=GOOD)
REFUSED = Served("refused")
STATE_PKI = Path.of("state", "system", "security", "pki")
STATE_TLS = Path.of("state", "system", "security", "tls")
TLS = Path.of("configure", "system", "security", "tls")
PAIR = ("sr-cert", "sr-key")


def joined(observed: Observed) -> RouterStatus:
    """The status of the tutorial's router."""
    return status(plan(observed), LOCAL_CAS, NOW, timedelta(seconds=120))


def intended(observed: Observed) -> CertificateStatus:
    """The row of the tutorial's certificate."""
    (row,) = [row for row in joined(observed).certificates if row.role is Role.INTENDED]
    return row


def without(observed: Observed, *names: str) -> Observed:
    """The same router with files gone from system-pki."""
    return replace(observed, system_pki=tuple(entry for entry in observed.system_pki if entry.name not in names))


CONDITIONS: list[tuple[str, Observed, Condition, bool | None]] = [
    ("bare", router(), Condition.MISSING, True),
    ("as intended and served", replace(finished(), served=SHOWN), Condition.OK, False),
    ("the port was not looked at", finished(), Condition.OK, False),
    ("inside the renewal window", replace(finished(info=DUE), served=replace(SHOWN, certificate=DUE)), Condition.DUE,
     True),
    ("ended", finished(info=ENDED), Condition.EXPIRED, True),
    ("ended and not as intended", finished(info=replace(WRONG, not_after=ENDED.not_after)), Condition.EXPIRED, True),
    ("not as intended", finished(info=WRONG), Condition.WRONG, True),
    ("its key is gone", without(finished(), "sr-key"), Condition.WRONG, True),
    ("its file is gone", without(finished(), "sr-cert"), Condition.MISSING, True),
    ("its display cannot be read", replace(finished(), displayed={}), Condition.UNREAD, None),
    ("no command can be run",
     replace(finished(), backend="none", backend_reason="the login may not", displayed={}, system_pki=()),
     Condition.UNREAD, None),
    ("nothing listens", replace(finished(), served=REFUSED), Condition.NOT_SERVED, False),
    ("due, and nothing listens", replace(finished(info=DUE), served=REFUSED), Condition.NOT_SERVED, True),
    ("another certificate is served", replace(finished(), served=replace(SHOWN, certificate=OTHER)),
     Condition.NOT_SERVED, False),
    ("imported, not in use", router(pki=PAIR, shown={"sr-cert": GOOD}), Condition.UNUSED, False),
]


@pytest.mark.parametrize(
    ("seen", "condition", "needed"), [row[1:] for row in CONDITIONS], ids=[row[0] for row in CONDITIONS]
)
def test_each_certificate_has_one_word(seen: Observed, condition: Condition, needed: bool | None) -> None:
    """The gravest of what holds is the row's word, with a reason; whether to renew is told beside it."""
    row = intended(seen)

    assert (row.condition, row.needed) == (condition, needed)
    assert bool(row.reason) == (condition is not Condition.OK)


def test_what_is_not_as_intended_is_named() -> None:
    """Each field that differs is there as data, and in the reason."""
    row = intended(finished(info=WRONG))

    assert {item.field for item in row.mismatches} == {"san-ip", "key-bits"}
    assert "192.0.2.9" in row.reason
    assert "4096" in row.reason


@pytest.mark.parametrize(
    ("served", "same"),
    [(SHOWN, True), (replace(SHOWN, certificate=OTHER), False), (REFUSED, None)],
    ids=["the file's", "another", "none"],
)
def test_the_served_certificate_is_compared_with_the_file(served: Served, same: bool | None) -> None:
    """Serial and issuer tell whether clients get what lies in the file."""
    row = intended(replace(finished(), served=served))

    assert row.served is not None
    assert (row.served.same_as_file, row.served.verified) == (same, served.reason == "ok")


def test_a_served_certificate_in_no_file_has_a_row() -> None:
    """What clients get counts though no file shows it, also when it has ended."""
    gone = replace(OTHER, not_after=ENDED.not_after)
    rows = joined(replace(finished(), served=Served("expired", certificate=gone))).certificates

    (row,) = [row for row in rows if row.role is Role.SERVED]
    assert (row.condition, row.info) == (Condition.EXPIRED, gone)


@pytest.mark.parametrize(
    ("present", "shown", "condition"),
    [(True, OTHER, Condition.OK), (True, ENDED, Condition.EXPIRED), (True, None, Condition.UNREAD),
     (False, None, Condition.MISSING)],
    ids=["good", "ended", "not read", "gone"],
)
def test_certificates_of_others_in_use_have_rows(
    present: bool, shown: CertificateInfo | None, condition: Condition
) -> None:
    """A file that another cert-profile names is there too; nothing but its presence and its end is judged."""
    seen = finished()
    entry = TLS.entry("cert-profile", cert_profile_name="ldap").entry("entry", entry_id="1")
    theirs = ConfigTree.from_items([(entry / "certificate-file", "ldap-cert"), (entry / "key-file", "ldap-key")])
    displayed = dict(seen.displayed) | ({"ldap-cert": shown} if shown else {})
    pki = (*seen.system_pki, *(files("ldap-cert") if present else ()))
    rows = joined(
        replace(seen, running=seen.running.merge(theirs), displayed=displayed, system_pki=pki)
    ).certificates

    (row,) = [row for row in rows if row.role is Role.OTHER]
    assert (row.file, row.key_file, row.condition, row.needed) == ("ldap-cert", "ldap-key", condition, None)
    assert [profile.name for profile in row.profiles] == ["ldap"]


@pytest.mark.parametrize(
    ("seen", "local", "condition"),
    [(finished(), CA, Condition.OK), (router(), CA, Condition.MISSING),
     (finished(), replace(CA, serial=8), Condition.WRONG)],
    ids=["the same", "gone", "another"],
)
def test_ca_certificates_have_rows(seen: Observed, local: CertificateInfo, condition: Condition) -> None:
    """The certificate of a CA profile is compared with the local one."""
    cas = {"ejbca-profile": LocalCA(b"", local)}
    found = status(plan(seen, cas=cas), cas, NOW, timedelta(seconds=120))

    (row,) = [row for row in found.certificates if row.role is Role.CA]
    assert (row.file, row.condition, row.ca_profile) == ("ManagementCA.pem", condition, "ejbca-profile")


def test_profiles_and_the_last_request_are_joined() -> None:
    """The row tells the state of each profile that uses the file, with the router's flags, and the last request."""
    at = STATE_PKI.entry("ca-profile", ca_profile_name="ejbca-profile")
    down = STATE_TLS.entry("cert-profile", cert_profile_name="sr-cert-prof")
    state = ConfigTree.from_items([
        (at / "oper-state", "up"), (at / "oper-flags", "none"),
        (down / "oper-state", "down"), (down / "down-reasons", "invalid-cert-key-combo"),
    ])
    asked = request(status="processed", code="accepted")
    seen = finished()
    row = intended(replace(seen, state=seen.state.merge(state), requests={"ejbca-profile": asked}))

    assert [(one.kind, one.name, one.oper_state, one.flags) for one in row.profiles] == [
        ("ca-profile", "ejbca-profile", "up", ()),
        ("cert-profile", "sr-cert-prof", "down", ("invalid-cert-key-combo",)),
        ("server-tls-profile", "sr-server-tls-prof", "", ()),
    ]
    assert row.request == asked


def test_native_renewal_tells_the_routers_own_date() -> None:
    """From 22.10 the next date is what the router shows."""
    at = STATE_PKI.entry("certificate-auto-update", certificate_file_name="sr-cert")
    seen = finished("25.10")
    state = ConfigTree.from_items(
        [(at / "update-state", "scheduled"), (at / "next-update-time", "2026-12-01T08:00:00Z")]
    )
    renewal = intended(replace(seen, state=seen.state.merge(state))).renewal

    assert renewal is not None
    assert (renewal.method, renewal.on_router, renewal.state, renewal.next_from) == (
        "native", True, "scheduled", "router"
    )
    assert renewal.tries_left == 24 * (GOOD.not_after - datetime.fromisoformat("2026-12-01T12:00:00+00:00")).days + 4
    assert renewal.next_at == datetime.fromisoformat("2026-12-01T08:00:00+00:00")
    assert renewal.due_at == GOOD.not_after - timedelta(days=30)


WARNINGS: list[tuple[str, float, float | None, int]] = [
    ("the first is to come", 100, 70, 30),
    ("the first was two and a half days ago", 27.5, 0.5, 27),
    ("the first is now, so that the next is a repeat", 30, 1, 29),
    ("no repeat fits before the end", 0.5, None, 0),
]


@pytest.mark.parametrize(
    ("days", "until_next", "left"), [row[1:] for row in WARNINGS], ids=[row[0] for row in WARNINGS]
)
def test_a_script_runs_at_the_next_warning(days: float, until_next: float | None, left: int) -> None:
    """Before 22.10 the next date is that of the next expiry warning: 720 hours before the end, then each day."""
    renewal = intended(finished(info=replace(GOOD, not_after=NOW + timedelta(days=days)))).renewal

    assert renewal is not None
    assert (renewal.method, renewal.on_router) == ("ehs", True)
    assert renewal.next_at == (None if until_next is None else NOW + timedelta(days=until_next))
    assert renewal.next_from == ("" if until_next is None else "warning")
    assert renewal.tries_left == left


def test_the_next_warning_comes_by_the_routers_own_clock() -> None:
    """A router that is two days ahead has warned of what is still to come by our clock."""
    seen = finished(info=replace(GOOD, not_after=NOW + timedelta(days=31)))
    clock = Path.of("state", "system", "current-time")
    ahead = ConfigTree.from_items([(clock, (NOW + timedelta(days=2)).isoformat())])
    renewal = intended(replace(seen, state=seen.state.without(clock).merge(ahead))).renewal

    assert renewal is not None
    assert (renewal.next_at, renewal.tries_left) == (NOW + timedelta(days=3), 28)


@pytest.mark.parametrize("release", ["20.10", "21.2"])
def test_only_the_handlers_of_this_certificates_warning_count(release: str) -> None:
    """A handler of others on the same event says nothing of our certificate; filters may be numbered or named."""
    seen = finished(release)
    theirs = Path.of("configure", "log", "event-trigger").entry("security", event=EVENT).entry("entry", id="9")
    handling = Path.of("state", "log", "event-handling")
    running = ConfigTree.from_items([(theirs / "handler", "theirs"), (theirs / "filter", "77")])
    up = [(handling.entry("handler", name=name) / "oper-state", state) for name, state in
          (("auto-cert-update", "up"), ("theirs", "down"))]
    seen = replace(seen, running=seen.running.merge(running), state=seen.state.merge(ConfigTree.from_items(up)))

    renewal = intended(seen).renewal

    assert renewal is not None
    assert renewal.state == "up"


TRIGGER = Path.of("configure", "log", "event-trigger").entry("security", event=EVENT)
SUPPRESSED = Path.of("configure", "log", "log-events").entry("security", event=EVENT) / "generate"
HANDLER = Path.of("state", "log", "event-handling").entry("handler", name="auto-cert-update") / "oper-state"


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("configured", "shown", "state"),
    [
        (((TRIGGER / "admin-state", "disable"),), (), "disabled"),
        (((TRIGGER.entry("entry", id="1") / "admin-state", "disable"),), (), "disabled"),
        (((SUPPRESSED, "false"),), (), "suppressed"),
        ((), ((HANDLER, "down"),), "down"),
        ((), ((HANDLER, "up"),), ""),
    ],
)
def test_a_handler_that_nothing_sets_off_has_no_next_time(
    configured: tuple[tuple[Path, str], ...], shown: tuple[tuple[Path, str], ...], state: str
) -> None:
    """The warning comes, and nobody renews by it: a date would promise what the router does not do."""
    seen = finished()
    seen = replace(seen, running=seen.running.merge(ConfigTree.from_items(configured)),
                   state=seen.state.merge(ConfigTree.from_items(shown)))
    renewal = intended(seen).renewal

    assert renewal is not None and renewal.on_router
    assert (renewal.state, renewal.next_at is None) == (state or "up", bool(state))
    assert (renewal.tries_left == 0) is bool(state)


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_a_renewal_that_is_not_on_the_router_has_no_date(release: str) -> None:
    """What the intent wants is no date of the router's."""
    renewal = intended(router(release, pki=PAIR, shown={"sr-cert": GOOD})).renewal

    assert renewal is not None
    assert (renewal.on_router, renewal.state, renewal.next_at) == (False, "", None)


@pytest.mark.law(2)
def test_nothing_is_in_sync_while_a_commit_may_be_undone() -> None:
    """Running that was changed a moment ago and is not saved may be a pending confirmed commit."""
    seen = finished()
    fresh = datastore_state("running", unsaved="true", user="admin", modified="2026-05-01T11:59:30Z")

    found = joined(replace(seen, state=seen.state.merge(fresh)))

    assert found.unsettled_until == NOW + timedelta(seconds=90)
    assert not found.in_sync
    assert joined(seen).in_sync
