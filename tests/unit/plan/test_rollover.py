"""A CA gives way to another: both are trusted, the certificate moves, and the old one goes when nothing is of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sroscert import schema
from sroscert.intent import RouterIntent, loads
from sroscert.intent.desired import FilePair, Phase
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.certificate import Need, Request
from sroscert.plan.cleanup import leftovers
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import Renewing
from sroscert.plan.rollback import rolling_back, targets
from sroscert.plan.service import after
from sroscert.plan.steps import Check, Commit, ImportFile
from sroscert.render.diff import change_lines
from sroscert.values import PRESENT, ConfigTree, Path
from sroscert.workflow.saved import Saved, drift_saved
from sroscert.workflow.verify import ca_profiles_up, running_shows
from tests.support.planning import CA, GOOD, NOW, TUTORIAL, files, finished, plan

OLD_CA = replace(CA, subject_key_id="01")
NEW_CA = replace(CA, serial=8, subject_key_id="02")
OLD = replace(GOOD, authority_key_id="01")
NEW = replace(GOOD, serial=200, authority_key_id="02")
CAS = {"ejbca-profile": LocalCA(b"old", OLD_CA), "next": LocalCA(b"new", NEW_CA)}
URL = "http://172.20.20.6:8080/ejbca/publicweb/cmp/next"
NEXT = f"""
  next:
    certificate: NextCA.pem
    revocation_check: crl-optional
    cmpv2: {{url: "{URL}"}}
"""


def intent(names: str = "next", *, retired: bool = False, url: str = URL, certificate: str = "") -> RouterIntent:
    """The tutorial's router with a second CA profile; its certificate names `names`."""
    head, rest = TUTORIAL.split("ca_profiles:\n")
    text = f"{head}ca_profiles:{NEXT.replace(URL, url)}{rest}"
    old = "certificate: ManagementCA.pem "
    assert old in text
    text = text.replace(old, f"certificate: {certificate} " if certificate else old)
    text = text.replace("  ejbca-profile:\n", "  ejbca-profile:\n" + ("    retired: true\n" if retired else ""))
    return loads(text.replace("ca_profile: ejbca-profile", f"ca_profile: {names}")).routers["sr"]


def seen(info: CertificateInfo = OLD, pair: str = "", both: bool = True, release: str = "25.10") -> Observed:
    """A finished router with both CA profiles (or the old one), and a certificate in use."""
    names = FilePair(f"sr-cert{pair}", f"sr-key{pair}")
    made = finished(release, names, info=info, intent=intent("ejbca-profile") if info is OLD else intent())
    made = replace(made, displayed={**made.displayed, "ManagementCA.pem": OLD_CA})
    if both:
        shown = {**made.displayed, "NextCA.pem": NEW_CA}
        return replace(made, system_pki=(*made.system_pki, *files("NextCA.pem")), displayed=shown)
    return replace(made, running=made.running.without(profile("next")))


def profile(name: str) -> Path:
    """Where a CA profile stands."""
    return Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name=name)


def planned(observed: Observed, wanted: RouterIntent, cas: Mapping[str, LocalCA] | None = None) -> Plan:
    """The plan with both CAs' local files."""
    return plan(observed, wanted, CAS if cas is None else cas)


def commits(made: Plan) -> dict[Phase, Commit]:
    """Its commits by phase."""
    return {step.phase: step for step in made.steps if isinstance(step, Commit)}


def codes(made: Plan) -> list[str]:
    """The codes of its findings."""
    return [item.code for item in made.findings]


@pytest.mark.law(1, 12)
@pytest.mark.parametrize("retired", [False, True])
def test_the_new_ca_comes_first_and_the_old_one_goes_last(retired: bool) -> None:
    """Trust, certificate, flip, in this order; the old profile goes in a commit of its own, and only when retired."""
    made = planned(seen(both=False), intent(retired=retired))

    assert [step.name for step in made.steps if isinstance(step, ImportFile)] == ["NextCA.pem"]
    phases = [Phase.CA, Phase.TLS, *([Phase.RETIREMENT] if retired else [])]
    assert [phase for phase in commits(made) if phase is not Phase.RENEWAL] == phases
    added = {f"{sign} {line}" for sign, line in change_lines(commits(made)[Phase.CA].changes, made.schema)}
    assert not any(line.startswith("-") for line in added)
    if retired:
        last = commits(made)[Phase.RETIREMENT]
        assert [change.path for change in last.changes] == [profile("ejbca-profile")]
        assert {Check.NEW_SESSION, Check.TLS_PROFILES_UP, Check.HANDSHAKE, Check.GNMI} <= set(last.checks)
    (decision,) = made.decisions
    assert (decision.need, decision.generation.certificate) == (Need.KEY, "sr-cert-g2")
    assert "ca-rollover" in codes(made)
    assert not made.stops


@pytest.mark.parametrize(
    ("url", "request_"),
    [
        pytest.param(URL, Request.INITIAL, id="another server"),
        pytest.param("http://172.20.20.6:8080/ejbca/publicweb/cmp/CMP-Server", Request.CERTIFICATE, id="the same one"),
    ],
)
def test_a_ca_at_another_address_is_asked_with_the_code(url: str, request_: Request) -> None:
    """The pair in use speaks for the router only to a CA that may know the one that issued it."""
    (decision,) = planned(seen(), intent(url=url)).decisions

    assert decision.request is request_
    assert "CA changed" in decision.asked_so


@pytest.mark.law(5)
def test_after_the_move_nothing_is_left_to_do() -> None:
    """Both CAs stay on the router until one is called retired; a second plan is empty then too."""
    moved = seen(NEW, "-g2")

    assert planned(moved, intent()).idle
    retiring = planned(moved, intent(retired=True))
    assert list(commits(retiring)) == [Phase.RETIREMENT]
    gone = replace(moved, running=after(moved.running, retiring.changes))
    assert planned(gone, intent(retired=True)).idle


@pytest.mark.law(1, 10)
def test_the_old_ca_stays_while_something_in_use_is_of_it() -> None:
    """An entry of somebody else with a certificate of the old CA keeps it, and so does one that nobody can read."""
    moved = seen(NEW, "-g2")
    at = Path.of("configure", "system", "security", "tls").entry("cert-profile", cert_profile_name="others")
    theirs = [(at.entry("entry", entry_id="1") / "certificate-file", "other-cert")]
    other = replace(moved, running=ConfigTree.from_items([*moved.running.items(), *theirs]))
    for shown, why in (({"other-cert": OLD}, "in use and of it"), ({}, "could not be read")):
        made = planned(replace(other, displayed={**other.displayed, **shown}), intent(retired=True))

        assert made.idle
        (note,) = [item for item in made.findings if item.code == "retirement-waits"]
        assert why in note.message
        assert profile("ejbca-profile") in made.desired.tree

    free = planned(replace(other, displayed={**other.displayed, "other-cert": NEW}), intent(retired=True))
    assert list(commits(free)) == [Phase.RETIREMENT]


@pytest.mark.law(1)
def test_the_issuer_of_a_ca_that_stays_is_kept() -> None:
    """The chain of the new CA may need the old one; without its local file nobody can tell, and it stays as well."""
    moved = seen(NEW, "-g2")
    below = replace(NEW_CA, authority_key_id="01", issuer=OLD_CA.subject)
    certified = planned(moved, intent(retired=True), {**CAS, "next": LocalCA(b"new", below)})
    unknown = planned(moved, intent(retired=True), {"next": CAS["next"]})

    for made, why in ((certified, "certified by it"), (unknown, "no local certificate")):
        assert made.idle
        assert [why in item.message for item in made.findings if item.code == "retirement-waits"] == [True]


@pytest.mark.law(12)
def test_a_retired_ca_is_not_brought_to_a_router() -> None:
    """A new router gets the CA that counts, and its check does not ask for the other; an end of it stops nobody."""
    ended = {**CAS, "ejbca-profile": LocalCA(b"old", replace(OLD_CA, not_after=OLD_CA.not_before))}
    bare = replace(seen(), running=ConfigTree(), system_pki=(), displayed={}, flash=files())

    made = planned(bare, intent(retired=True), ended)

    assert [step.name for step in made.steps if isinstance(step, ImportFile)] == ["NextCA.pem"]
    assert not any(path.is_within(profile("ejbca-profile")) for path in made.desired.tree)
    assert Phase.RETIREMENT not in commits(made)
    assert not made.stops
    assert ca_profiles_up(made.router, ConfigTree()) == ["CA profile next is not shown"]


@pytest.mark.law(2)
def test_the_first_commit_does_not_ask_for_what_the_last_one_does() -> None:
    """After the CA commit the old profile is still there, which is no fault; after the last one it would be."""
    observed = seen(both=False)
    made = planned(observed, intent(retired=True))
    first, last = commits(made)[Phase.CA], commits(made)[Phase.RETIREMENT]
    running = after(observed.running, first.changes)

    assert running_shows(made, first, running) == []
    assert running_shows(made, last, running) != []
    assert running_shows(made, last, after(running, last.changes)) == []


@pytest.mark.law(1)
def test_another_ca_never_goes_under_the_same_profile() -> None:
    """Where the profile's file changes to another CA while its certificate is in use, nothing is done."""
    cas = {**CAS, "ejbca-profile": LocalCA(b"third", replace(CA, serial=9, subject_key_id="03"))}
    made = planned(seen(), intent("ejbca-profile", certificate="Third.pem"), cas)

    assert [(item.code, item.severity) for item in made.stops] == [("ca-changed-in-place", Severity.STOP)]
    renewed = {**CAS, "ejbca-profile": LocalCA(b"again", replace(OLD_CA, serial=9))}
    same_key = planned(seen(), intent("ejbca-profile", certificate="Third.pem"), renewed)
    assert not same_key.stops, "a CA certificate that was made anew for the same key breaks no chain"


@pytest.mark.law(12)
def test_files_of_a_retired_ca_go_by_clean() -> None:
    """Certificate, if it is the one we have, and CRL go once the profile has; what another profile names stays."""
    moved = seen(NEW, "-g2")
    moved = replace(moved, system_pki=(*moved.system_pki, *files("old.crl", "other.crl")))
    wanted = intent(retired=True)
    old = wanted.ca_profiles["ejbca-profile"].model_copy(update={"crl_file": "old.crl"})
    wanted = replace(wanted, ca_profiles={**wanted.ca_profiles, "ejbca-profile": old})
    gone = replace(moved, running=moved.running.without(profile("ejbca-profile")))

    def going(observed: Observed) -> list[str]:
        return [item.name for item in leftovers(planned(observed, wanted), 1, CAS)]

    assert going(gone) == ["ManagementCA.pem", "old.crl"]
    assert going(moved) == []
    other = replace(gone, displayed={**gone.displayed, "ManagementCA.pem": replace(OLD_CA, serial=99)})
    assert going(other) == ["old.crl"]


@pytest.mark.law(10)
def test_a_saved_configuration_does_not_tell_whether_the_old_ca_may_go() -> None:
    """Which CA a file is of stands in no configuration: the profile is no drift, and what is unknown is said."""
    observed = seen(NEW, "-g2")
    saved = Saved("sr.cfg", observed.running, schema.load(observed.release), observed.release, ())

    found = drift_saved(intent(retired=True), saved)

    assert not any(change.path.is_within(profile("ejbca-profile")) for change in found.changes)
    assert [text for text in found.unknown if "ejbca-profile" in text and "retired" in text]


@pytest.mark.law(1)
def test_a_rollback_brings_native_renewal_back_to_the_ca_of_its_pair() -> None:
    """The update profile asks the CA that the intent names again; other drift stays as it is."""
    moved = seen(NEW, "-g2")
    hours = Path.of("configure", "system", "security", "pki", "certificate-expiration-warning", "hours")
    there = replace(
        moved,
        running=moved.running.without(hours),
        system_pki=(*moved.system_pki, *files("sr-cert", "sr-key")),
        displayed={**moved.displayed, "sr-cert": OLD},
    )
    made = planned(there, intent("ejbca-profile"))
    chosen, refused = targets(made, CAS, NOW)

    back = rolling_back(made, chosen, refused, CAS, NOW)

    (commit,) = commits(back).values()
    changed = {str(change.path): change.after for change in commit.changes}
    assert [after for path, after in changed.items() if path.endswith("cmpv2/ca-profile")] == ["ejbca-profile"]
    assert not any("warning" in path for path in changed)
    assert not back.stops


@pytest.mark.law(4)
def test_renew_does_not_ask_a_ca_that_the_router_does_not_know() -> None:
    """Only apply brings a CA profile; with it there, renew may move the certificate."""
    only = Renewing(only=True)
    for observed, codes_ in ((seen(both=False), ["ca-profile-missing"]), (seen(), [])):
        running = observed.running
        if not codes_:
            running = ConfigTree.from_items([*running.items(), (profile("next"), PRESENT)])
        there = replace(observed, running=running)

        made = build(intent(), there, schema.load(there.release), CAS, NOW, only)

        assert made.decisions[0].asks
        assert [item.code for item in made.stops] == codes_
