"""What on a router renews a certificate, by whose hand whatever; and that none is served which no renewal names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.intent.desired import FilePair
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.renewers import Reach, reach_of, renewers
from sroscert.plan.status import status
from sroscert.schema import load
from sroscert.values import PRESENT, ConfigTree, Path, Release, Value
from tests.support.planning import GOOD, LOCAL_CAS, NOW, finished, plan, tutorial

LOG = Path.of("configure", "log")
TRIGGER = (LOG / "event-trigger").entry("security", event="tmnxPkiCertBeforeExpWarning")
THEIRS = (LOG / "event-handling").entry("handler", name="theirs")
CONTROL = Path.of("configure", "system", "script-control")
SCRIPT = CONTROL.entry("script", script_name="theirs", owner="TiMOS CLI")
POLICY = CONTROL.entry("script-policy", policy_name="theirs", owner="TiMOS CLI")
FILTER = LOG.entry("filter", filter_name="theirs")
CONFIRM = timedelta(seconds=120)
TEXT = "Certificate sr-cert used by TLS will expire in 1 hour(s) and 0 minute(s)"


def filtered(
    text: str, *more: tuple[str, str], expression: bool = False, default: str = "drop", action: str = "forward"
) -> list[tuple[Path, Value]]:
    """An operator's log filter with one entry; more leaves of its match may be said."""
    match = FILTER.entry("named-entry", entry_name="x") / "match"
    items: list[tuple[Path, Value]] = [(FILTER, PRESENT), (FILTER / "default-action", default)]
    items += [(match.parent / "action", action), (match / "message" / "regexp", str(expression).lower())]
    items += [(match / "message" / "eq", text)] if text else []
    return [*items, *((match / leaf / "eq", value) for leaf, value in more)]


def handled() -> list[tuple[Path, Value]]:
    """An operator's own event handling of a certificate's warning, all of it enabled."""
    entry = TRIGGER.entry("entry", id="1")
    lists = (TRIGGER, entry, THEIRS, THEIRS.entry("entry", id="1"), POLICY, SCRIPT)
    items: list[tuple[Path, Value]] = [(path, PRESENT) for path in lists]
    items += [(TRIGGER / "admin-state", "enable"), (entry / "handler", "theirs")]
    items += [(entry / "filter", "theirs"), (THEIRS / "admin-state", "enable")]
    items += [(THEIRS.entry("entry", id="1") / "script-policy" / "name", "theirs")]
    items += [(POLICY / "admin-state", "enable"), (POLICY / "script" / "name", "theirs")]
    items += [(SCRIPT / "admin-state", "enable"), (SCRIPT / "location", "cf3:\\theirs.txt")]
    return [*items, *filtered(TEXT)]


@pytest.mark.parametrize(
    ("items", "file", "reach"),
    [
        (filtered(TEXT), "sr-cert", Reach.FILE),
        (filtered(TEXT), "sr-cert-g2", Reach.NONE),
        (filtered("sr-cert-g2 used by"), "sr-cert", Reach.NONE),
        (filtered("Certificate sr-cert used by TLS will expire in 5 hour"), "sr-cert", Reach.FILE),
        (filtered("will expire"), "sr-cert", Reach.ANY),
        (filtered(""), "sr-cert", Reach.ANY),
        (filtered("Certificate sr-.*", expression=True), "sr-cert", Reach.FILE),
        (filtered("Certificate sr.cert used", expression=True), "sr-cert-g2", Reach.NONE),
        (filtered("Certificate .* used", expression=True), "sr-cert", Reach.ANY),
        (filtered("Certificate (", expression=True), "sr-cert", Reach.NONE),
        (filtered(TEXT, ("event", "2096")), "sr-cert", Reach.NONE),
        (filtered(TEXT, ("event", "2095"), ("application", "security")), "sr-cert", Reach.FILE),
        (filtered("of something else"), "sr-cert", Reach.NONE),
        (filtered("of something else", default="forward"), "sr-cert", Reach.ANY),
        (filtered(TEXT, action="drop", default="forward"), "sr-cert", Reach.NONE),
        ([], "sr-cert", Reach.NONE),
    ],
)
def test_a_filter_lets_the_warning_of_a_file_pass(items: list[tuple[Path, Value]], file: str, reach: Reach) -> None:
    """A text is part of the message, an expression is looked for in it, a name is a whole word."""
    assert reach_of(ConfigTree.from_items(items), "theirs", file) is reach


@pytest.mark.parametrize("off", [TRIGGER, TRIGGER.entry("entry", id="1"), THEIRS, POLICY, SCRIPT])
def test_what_is_disabled_does_not_renew(off: Path) -> None:
    """One link that is off is enough; what is not said has the default of the models."""
    schema = load(Release.parse("21.2"))
    items = dict(handled())
    (one,) = renewers(ConfigTree.from_items(items.items()), schema, "sr-cert")
    (other,) = renewers(ConfigTree.from_items({**items, off / "admin-state": "disable"}.items()), schema, "sr-cert")

    assert (one.acts, one.words) == (True, "event handler theirs (trigger entry 1, filter theirs)")
    assert not other.acts


def with_theirs(method: str, file: str, *more: tuple[Path, Value]) -> tuple[Observed, Plan]:
    """A router of 21.2 with a pair in use, and an operator's handler for the warning of sr-cert."""
    intent = tutorial(("method: auto", f"method: {method}"))
    seen = finished(pair=FilePair(file, file.replace("cert", "key")), intent=intent)
    items = dict([*seen.running.items(), *handled(), *more])
    seen = replace(seen, running=ConfigTree.from_items(items.items()))
    return seen, plan(seen, intent)


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("method", "file", "code", "severity"),
    [
        ("none", "sr-cert", "renewal-of-others", Severity.NOTE),
        ("none", "sr-cert-g2", "renewal-orphaned", Severity.STOP),
        ("external", "sr-cert", "renewal-of-others", Severity.WARNING),
        ("external", "sr-cert-g2", "", None),
        ("ehs", "sr-cert", "renewal-of-others", Severity.WARNING),
    ],
)
def test_an_operators_own_handler_counts(method: str, file: str, code: str, severity: Severity | None) -> None:
    """With `none` it is the certificate's renewal and must name the pair in use; with the others it comes on top."""
    _, made = with_theirs(method, file)

    found = [(item.code, item.severity) for item in made.findings if item.code.startswith("renewal-")]
    assert found == ([(code, severity)] if severity else [])


@pytest.mark.law(1)
def test_a_flip_away_from_what_an_operators_handler_names_stops() -> None:
    """The certificate is to be made anew under other names, and nobody would renew that."""
    intent = tutorial(("method: auto", "method: none"))
    wrong = replace(GOOD, san_ips=frozenset({"192.0.2.9"}))
    seen = finished(info=wrong, intent=intent)
    running = ConfigTree.from_items([*seen.running.items(), *handled()])

    made = plan(replace(seen, running=running), intent)

    (stop,) = made.stops
    assert stop.code == "renewal-orphaned"
    assert "sr-cert-g2 is or will be in use" in stop.message
    assert "event handler theirs" in stop.message


@pytest.mark.law(1)
def test_a_served_certificate_of_others_that_nothing_renews_is_told() -> None:
    """The port serves it; the intent does not make it. With a handler of its own nothing is said."""
    entry = (
        Path.of("configure", "system", "security", "tls")
        .entry("cert-profile", cert_profile_name="sr-cert-prof").entry("entry", entry_id="2") / "certificate-file"
    )
    _, made = with_theirs("external", "sr-cert-g2", (entry, "other"))
    (told,) = [item for item in made.findings if item.code == "renewal-orphaned"]
    assert (told.severity, told.message.startswith("other is served")) == (Severity.WARNING, True)

    _, made = with_theirs("external", "sr-cert-g2", (entry, "sr-cert"))
    assert "renewal-orphaned" not in {item.code for item in made.findings}


def test_status_tells_who_renews_by_the_routers_configuration() -> None:
    """Beside the method of the intent stands what else renews; a certificate of others has what running shows."""
    entry = (
        Path.of("configure", "system", "security", "tls")
        .entry("cert-profile", cert_profile_name="ldap").entry("entry", entry_id="1") / "certificate-file"
    )
    words = "event handler theirs (trigger entry 1, filter theirs)"

    seen, made = with_theirs("none", "sr-cert", (entry, "other"))
    one, other = (row.renewal for row in status(made, LOCAL_CAS, NOW, CONFIRM).certificates[:2])
    assert one is not None
    assert other is not None
    assert (one.method, one.others, other.method, other.on_router) == ("none", (words,), "none", False)

    due = replace(GOOD, not_after=NOW + timedelta(days=3))
    late = plan(replace(seen, displayed={**seen.displayed, "sr-cert": due}), tutorial(("method: auto", "method: none")))
    assert f"left to {words} on its router" in str([item.message for item in late.findings])

    _, made = with_theirs("external", "sr-cert-g2", (entry, "sr-cert"))
    one, other = (row.renewal for row in status(made, LOCAL_CAS, NOW, CONFIRM).certificates[:2])
    assert one is not None
    assert other is not None
    assert (one.others, other.method, other.on_router, other.next_from) == ((), "ehs", True, "")
