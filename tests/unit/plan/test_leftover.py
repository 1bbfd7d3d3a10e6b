"""Renewals of ours that the intent wants no more: what goes, what stays and is named, and what is only told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.intent import RouterIntent
from sroscert.intent.desired import FilePair, Phase, desired
from sroscert.intent.ehs import EVENT
from sroscert.model.log import LOG
from sroscert.model.python import PYTHON
from sroscert.model.script_control import SCRIPT_CONTROL
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed, Served
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import Renewing
from sroscert.plan.reverse import Way, reverse
from sroscert.plan.service import after
from sroscert.plan.steps import Check, Commit, Enrol, GenerateKey, UploadFile
from sroscert.render.diff import change_lines
from sroscert.schema import load
from sroscert.values import PRESENT, ConfigTree, Path, Release, Value
from tests.support.planning import GOOD, LOCAL_CAS, NOW, files, finished, plan, tutorial

pytestmark = pytest.mark.law(12)
TRIGGER = (LOG / "event-trigger").entry("security", event=EVENT)
HANDLER = (LOG / "event-handling").entry("handler", name="auto-cert-update")
POLICY = SCRIPT_CONTROL.entry("script-policy", policy_name="auto-cert-update", owner="TiMOS CLI")
SCRIPT = SCRIPT_CONTROL.entry("script", script_name="auto-cert-update", owner="TiMOS CLI")
PYTHON_SCRIPT = PYTHON.entry("python-script", name="auto-cert-update")
FILTER = LOG.entry("filter", filter_name="100")
PKI = Path.of("configure", "system", "security", "pki")
NATIVE = PKI.entry("certificate-auto-update", certificate_file_name="sr-cert")
PROFILE = PKI.entry("certificate-update-profile", name="sr-cert")
THEIRS = (LOG / "event-handling").entry("handler", name="theirs")
EHS = {TRIGGER, HANDLER, POLICY, SCRIPT, FILTER}
"""What event handling has on a router of ours alone."""


def renewed(method: str) -> RouterIntent:
    """The tutorial's router with a method of renewal."""
    return tutorial(("method: auto", f"method: {method}"))


def had(release: str, method: str, *more: tuple[Path, Value]) -> Observed:
    """A router that is as the intent wants it with this method; an operator has added more, or changed it."""
    seen = finished(release, intent=renewed(method))
    return replace(seen, running=ConfigTree.from_items(dict([*seen.running.items(), *more]).items()))


def gone(made: Plan) -> set[Path]:
    """The roots that a plan takes away."""
    return {change.path for change in made.changes if change.after is None}


def said(made: Plan, code: str) -> str:
    """What the findings of a code say."""
    return "\n".join(item.message for item in made.findings if item.code == code)


def names_of(tree: ConfigTree) -> str:
    """The paths and values of a configuration, as one text."""
    return "\n".join(f"{path} {value}" for path, value in tree.items())


@pytest.mark.parametrize(
    ("release", "before", "now", "going"),
    [
        ("21.2", "ehs", "external", EHS),
        ("21.2", "ehs", "none", EHS),
        ("20.7", "ehs", "external", EHS - {FILTER} | {LOG.entry("filter", filter_id="100")}),
        ("25.10", "native", "external", {NATIVE, PROFILE}),
        ("25.10", "native", "none", {NATIVE, PROFILE}),
        ("25.10", "native", "ehs", {NATIVE, PROFILE}),
        ("25.10", "ehs", "native", EHS - {SCRIPT} | {PYTHON_SCRIPT}),
    ],
)
def test_what_another_method_left_goes_in_one_commit(release: str, before: str, now: str, going: set[Path]) -> None:
    """All of it and nothing else, told by name; the second plan is empty, and the reverse plan puts it all back."""
    seen = had(release, before)

    made = plan(seen, renewed(now))

    assert gone(made) == going
    (commit,) = [step for step in made.steps if isinstance(step, Commit)]
    assert (commit.phase, {change.path for change in commit.changes} >= going) == (Phase.RENEWAL, True)
    assert Check.RENEWAL_GONE in commit.checks
    brings = any(change.after is not None for change in commit.changes)
    assert (Check.RENEWAL_UP in commit.checks) is brings, "where nothing renews any more, nothing can show as up"
    (finding,) = [item for item in made.findings if item.code == "renewal-left-over"]
    assert finding.severity is Severity.WARNING
    assert f"left over of renewal by {before}, and would still renew sr-cert besides" in finding.message
    assert all(path.last.keys[0][1] in finding.message for path in going)
    assert ("event trigger tmnxPkiCertBeforeExpWarning," in finding.message.replace(":", ",")) == (before == "ehs")
    back = [item for item in reverse(made) if item.way is not Way.REMOVE]
    assert [item.way for item in back] == [Way.COMMIT, Way.SAVE]
    assert going <= {change.path for change in back[0].changes if change.after is PRESENT}
    again = plan(replace(finished(release, intent=renewed(now)), running=after(seen.running, made.changes)),
                 renewed(now))
    assert (again.idle, said(again, "renewal-left-over")) == (True, ""), again.steps


DUE = replace(GOOD, not_before=NOW - timedelta(days=300), not_after=NOW + timedelta(days=9))


@pytest.mark.law(2, 4)
@pytest.mark.parametrize(
    ("release", "before", "now"),
    [
        ("21.2", "ehs", "external"), ("25.10", "ehs", "external"), ("25.10", "native", "external"),
        ("21.2", "ehs", "none"),
    ],
)
def test_what_is_over_goes_before_the_ca_is_asked_for_the_same_certificate(
    release: str, before: str, now: str
) -> None:
    """In a confirmed commit of its own, kept by its own checks; nothing of it is left for the end of the plan."""
    info = DUE if now == "external" else replace(GOOD, san_ips=frozenset({"192.0.2.9"}))
    seen = finished(release, info=info, intent=renewed(before))
    seen = replace(seen, served=Served("ok", certificate=info))

    made = plan(seen, renewed(now))

    asks = [number for number, step in enumerate(made.steps) if isinstance(step, GenerateKey | Enrol)]
    first, *others = [(number, step) for number, step in enumerate(made.steps) if isinstance(step, Commit)]
    assert (first[1].phase, first[0] < min(asks)) == (Phase.ENDING, True)
    assert {change.path for change in first[1].changes} == gone(made)
    assert {Check.NEW_SESSION, Check.RENEWAL_GONE, Check.HANDSHAKE, Check.RUNNING} == set(first[1].checks)
    assert [step.phase for _, step in others] == [Phase.TLS]
    assert "would ask besides" in first[1].reason
    between = replace(seen, running=after(seen.running, first[1].changes))
    assert [type(step) for step in plan(between, renewed(now)).steps] == [
        type(step) for step in made.steps if step is not first[1]
    ], "a run that ends there goes on as without"


@pytest.mark.parametrize(
    ("now", "info"), [("native", replace(GOOD, san_ips=frozenset({"192.0.2.9"}))), ("external", GOOD)]
)
def test_what_is_over_goes_last_where_the_router_goes_on_or_nothing_is_asked(now: str, info: CertificateInfo) -> None:
    """The pair in use is not left without renewal by a request that may fail."""
    seen = finished("25.10", info=info, intent=renewed("ehs"))

    phases = [step.phase for step in plan(seen, renewed(now)).steps if isinstance(step, Commit)]

    assert Phase.ENDING not in phases and phases


def both(first: str, second: str) -> RouterIntent:
    """The tutorial's router with a second certificate, each renewed by its method."""
    other = (
        "  ldap-cert:\n    ca_profile: ejbca-profile\n    key: {file: ldap-key}\n"
        '    subject: {C: NL, ST: ZH, O: Nokia, CN: "{router}"}\n    san: {ip: ["{address}"]}\n'
        '    enrolment: {protection: password, reference: "1", secret: "file:codes/{router}"}\n'
        f"    renewal: {{before: 30d, method: {second}}}\n"
    )
    return tutorial(
        ("method: auto", f"method: {first}"), ("expiration_warning:", f"{other}expiration_warning:"),
        ("{1: sr-cert}", "{1: sr-cert, 2: ldap-cert}"),
    )


@pytest.mark.law(2)
@pytest.mark.parametrize(
    ("second", "phases"),
    [
        ("external", [Phase.ENDING, Phase.TLS]),
        ("native", [Phase.TLS, Phase.RENEWAL]),
        ("ehs", [Phase.TLS, Phase.RENEWAL]),
    ],
)
def test_one_trigger_of_two_certificates_is_never_cut_in_half(second: str, phases: list[Phase]) -> None:
    """A trigger that goes as a whole goes with all that its entries name: no commit leaves a dangling name behind."""
    had_both = finished("25.10", info=DUE, intent=both("ehs", "ehs"))
    seen = replace(
        had_both, system_pki=(*had_both.system_pki, *files("ldap-cert", "ldap-key")),
        displayed={**had_both.displayed, "ldap-cert": GOOD},
    )

    made = plan(seen, both("external", second))

    commits = [step for step in made.steps if isinstance(step, Commit)]
    assert [step.phase for step in commits] == phases
    running = seen.running
    for step in commits:
        running = after(running, step.changes)
        for entry in running.entries(TRIGGER, "entry"):
            handler = (LOG / "event-handling").entry("handler", name=running.text(entry / "handler"))
            assert handler in running
            assert any(running.text(entry / "filter") in dict(item.last.keys).values()
                       for item in running.entries(LOG, "filter"))


def test_the_script_of_the_other_kind_goes_when_a_python_handler_takes_over() -> None:
    """After an upgrade the policy runs the Python script, and the CLI script, which nothing runs, goes with it."""
    before = had("22.10", "ehs")
    seen = replace(finished("25.10", intent=renewed("ehs")), running=before.running, scripts={})

    made = plan(seen, renewed("ehs"))

    future = after(seen.running, made.changes)
    assert future.text(POLICY / "python-script" / "name") == "auto-cert-update"
    assert (SCRIPT in future, POLICY / "script" / "name" in future, PYTHON_SCRIPT in future) == (False, False, True)
    assert said(made, "renewal-left-over").startswith("script auto-cert-update: left over of renewal by ehs; nothing")
    uploads = [number for number, step in enumerate(made.steps) if isinstance(step, UploadFile)]
    commits = [number for number, step in enumerate(made.steps) if isinstance(step, Commit)]
    assert len(uploads) == 1 and uploads[0] < commits[0]
    again = plan(replace(finished("25.10", intent=renewed("ehs")), running=future), renewed("ehs"))
    assert again.idle, again.steps


def test_a_method_that_stays_leaves_nothing_over() -> None:
    """What the intent wants is no leftover, whatever wants it."""
    for release, method in (("21.2", "ehs"), ("25.10", "native"), ("25.10", "ehs"), ("25.10", "external")):
        made = plan(had(release, method), renewed(method))
        assert (made.idle, {item.code for item in made.findings if item.code.startswith("renewal-")}) == (True, set())


def test_renew_leaves_it_to_apply() -> None:
    """A run that only renews says what is left over, and takes nothing away."""
    made = build(renewed("external"), had("21.2", "ehs"), load(Release.parse("21.2")), LOCAL_CAS, NOW,
                 Renewing(only=True))

    (finding,) = [item for item in made.findings if item.code == "renewal-left-over"]
    assert (made.idle, finding.hint) == (True, "sroscert apply takes it away")


@pytest.mark.parametrize(
    ("more", "kept", "going"),
    [
        ([(LOG.entry("log-id", name="42") / "filter", "100")], ("filter 100", "log log-id 42 names it"),
         EHS - {FILTER}),
        ([(TRIGGER.entry("entry", id="7"), PRESENT), (TRIGGER.entry("entry", id="7") / "filter", "100"),
          (TRIGGER.entry("entry", id="7") / "handler", "theirs")], ("filter 100", "security"),
         EHS - {FILTER, TRIGGER} | {TRIGGER.entry("entry", id="1")}),
        ([(HANDLER.entry("entry", id="2") / "script-policy" / "name", "own")],
         ("handler auto-cert-update", "it has an entry 2 besides"), {HANDLER.entry("entry", id="1"), POLICY, SCRIPT}),
        ([(THEIRS, PRESENT), (THEIRS.entry("entry", id="1") / "script-policy" / "name", "auto-cert-update")],
         ("script-policy auto-cert-update", "handler theirs"), EHS - {POLICY, SCRIPT}),
        ([((LOG / "event-trigger").entry("system", event="x").entry("entry", id="1") / "handler", "auto-cert-update")],
         ("handler auto-cert-update", "system x"), {TRIGGER, FILTER}),
    ],
    ids=["a log has the filter", "an entry has the filter", "an entry more", "a policy run twice", "another event"],
)
def test_what_others_use_as_well_stays_and_is_named(
    more: list[tuple[Path, Value]], kept: tuple[str, str], going: set[Path]
) -> None:
    """The rest goes; why something stays is said."""
    made = plan(had("21.2", "ehs", *more), renewed("external"))

    assert gone(made) == going
    lines = [line for line in said(made, "renewal-kept").splitlines() if line.startswith(kept[0])]
    assert len(lines) == 1
    assert kept[1] in lines[0]


def test_a_profile_that_another_certificate_is_renewed_by_stays() -> None:
    """The entry goes, the profile that somebody's own entry names does not."""
    theirs = PKI.entry("certificate-auto-update", certificate_file_name="ldap-cert")
    seen = had("25.10", "native", (theirs, PRESENT), (theirs / "key-file-name", "k"), (theirs / "profile", "sr-cert"))

    made = plan(seen, renewed("external"))

    assert gone(made) == {NATIVE}
    assert "certificate-update-profile sr-cert is left over" in said(made, "renewal-kept")


OPERATORS = [
    ("the tutorial's text", "21.2", "ehs", [(FILTER.entry("named-entry", entry_name="cert-update") / "match" / "message"
      / "eq", "Certificate sr-cert used by TLS will expire in 1 hour(s) and 0 minute(s)")]),
    ("a script that lies elsewhere", "21.2", "ehs", [(SCRIPT / "location", "cf3:/theirs.txt")]),
    ("runs that are kept otherwise", "21.2", "ehs", [(POLICY / "max-completed", "3")]),
    ("a profile of their own", "25.10", "native", [(NATIVE / "profile", "theirs"),
      (PKI.entry("certificate-update-profile", name="theirs"), PRESENT)]),
    ("a profile with more in it", "25.10", "native", [(PROFILE / "retry-interval", "600")]),
]


@pytest.mark.parametrize(
    ("release", "method", "more"), [row[1:] for row in OPERATORS], ids=[row[0] for row in OPERATORS]
)
@pytest.mark.parametrize("now", ["external", "none"])
def test_what_is_not_as_we_write_it_is_told_and_never_taken_away(
    release: str, method: str, more: list[tuple[Path, Value]], now: str
) -> None:
    """Two parties would renew: a warning. With `none` it is the only one: a note."""
    made = plan(had(release, method, *more), renewed(now))

    assert (gone(made), made.idle) == (set(), True)
    (finding,) = [item for item in made.findings if item.code == "renewal-of-others"]
    assert (finding.severity is Severity.WARNING) == (now == "external")
    assert "sr-cert" in finding.message


def two(method: str) -> RouterIntent:
    """The tutorial's router with a second certificate, which no profile uses."""
    line = f"renewal: {{before: 30d, method: {method}}}\n  old-cert:\n    ca_profile: ejbca-profile\n"
    line += "    key: {file: old-key, type: rsa, size: 2048}\n    subject: {CN: old}\n    san: {ip: ['{address}']}\n"
    line += f"    enrolment: {{reference: '2', secret: env:X}}\n    renewal: {{before: 30d, method: {method}}}"
    return tutorial(("renewal: {before: 30d, method: auto}", line))


def with_two(release: str, method: str, *more: tuple[Path, Value]) -> Observed:
    """A router with both certificates."""
    pair = {"sr-cert": FilePair("sr-cert", "sr-key"), "old-cert": FilePair("old-cert", "old-key")}
    tree = desired(two(method), load(Release.parse(release)), pair).tree
    seen = finished(release, intent=renewed(method))
    return replace(
        seen, running=ConfigTree.from_items([*tree.items(), *more]),
        system_pki=(*seen.system_pki, *files("old-cert", "old-key")), displayed={**seen.displayed, "old-cert": GOOD},
    )


@pytest.mark.parametrize(("release", "method"), [("21.2", "ehs"), ("25.10", "native")])
def test_the_renewal_of_a_certificate_that_left_the_intent_goes(release: str, method: str) -> None:
    """Nothing of it stays, and what is left of the other one is as the intent wants it."""
    seen = with_two(release, method)

    made = plan(seen, renewed(method))

    left = names_of(after(seen.running, made.changes))
    assert "old-cert" in names_of(seen.running)
    assert "old-cert" not in left
    assert "auto-cert-update-" not in left
    assert "old-cert, which the intent does not have any more" in said(made, "renewal-left-over")


@pytest.mark.parametrize("release", ["20.7", "21.2"])
def test_renewal_that_gets_other_names_leaves_none_of_the_old_ones(release: str) -> None:
    """With a second certificate the objects of the first are called after it: what they were called goes."""
    seen = had(release, "ehs")

    made = plan(seen, two("ehs"))

    future = after(seen.running, made.changes)
    names = {value for path, value in future.items() if path.last.name == "handler" and isinstance(value, str)}
    assert names == {"auto-cert-update-sr-cert", "auto-cert-update-old-cert"}
    used = {value for path, value in future.items() if path.last.name == "filter" and isinstance(value, str)}
    assert {path.last.keys[0][1] for path in future.entries(LOG, "filter")} == used
    for kind in ("script", "script-policy"):
        assert {path.last.keys[0][1] for path in future.entries(SCRIPT_CONTROL, kind)} == names
    assert "under other names now" in said(made, "renewal-left-over")
    assert plan(replace(seen, running=future), two("ehs")).changes == ()


@pytest.mark.parametrize(("release", "method"), [("21.2", "ehs"), ("25.10", "native")])
def test_a_certificate_that_is_used_keeps_its_renewal_though_it_left_the_intent(release: str, method: str) -> None:
    """Somebody's cert-profile serves it, perhaps by another intent: nobody else would renew it."""
    entry = Path.of("configure", "system", "security", "tls").entry("cert-profile", cert_profile_name="ldap")
    seen = with_two(release, method, (entry, PRESENT), (entry.entry("entry", entry_id="1") / "certificate-file",
                                                        "old-cert"))

    made = plan(seen, renewed(method))

    assert not [path for path in gone(made) if "old-cert" in str(path)]
    assert "cert-profile ldap" in said(made, "renewal-kept")


@pytest.mark.parametrize(("release", "method"), [("21.2", "ehs"), ("25.10", "native")])
def test_a_file_that_the_rest_of_running_names_keeps_its_renewal(release: str, method: str) -> None:
    """IPsec, say, which no intent owns: it would lose its renewal, so all stays, and is told."""
    place = {"sr-cert": "configure/ipsec/cert-profile=x/entry=1/cert", "old-cert": "configure/ipsec/y"}

    over = plan(replace(had(release, method), named_elsewhere=place), renewed("external"))
    left = plan(replace(with_two(release, method), named_elsewhere=place), renewed(method))

    assert gone(over) == set()
    assert "configure/ipsec/cert-profile=x/entry=1/cert names it" in said(over, "renewal-kept")
    assert "is not the intent's and" in said(over, "renewal-of-others")
    assert not [path for path in gone(left) if "old-cert" in str(path)]
    assert "configure/ipsec/y names it, though the intent does not have it" in said(left, "renewal-kept")


def test_the_lines_of_the_diff_say_it() -> None:
    """What a person reads before agreeing."""
    made = plan(had("25.10", "native"), renewed("external"))

    assert [f"{sign} {line}" for sign, line in change_lines(made.changes, made.schema)] == [
        '- /configure system security pki certificate-update-profile "sr-cert"',
        '- /configure system security pki certificate-auto-update "sr-cert"',
    ]
