"""A cert-profile that is made anew: which name stands for the intent's, what goes away, and what stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sroscert import schema
from sroscert.intent import RouterIntent
from sroscert.plan.build import build
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.profiles import placed
from sroscert.plan.renewal import AS_DUE, NEVER, Renewing
from sroscert.values import PRESENT, ConfigTree, Path
from tests.support.planning import GOOD, LOCAL_CAS, NOW, files, finished, tutorial

TLS = Path.of("configure", "system", "security", "tls")
SERVER = TLS.entry("server-tls-profile", server_profile_name="sr-server-tls-prof") / "cert-profile"
ANEW = Renewing(only=True, force=True, new_profile=True)
FORCE = Renewing(only=True, force=True)
NEW = replace(GOOD, serial=200)


def profile(name: str) -> Path:
    """A cert-profile's path."""
    return TLS.entry("cert-profile", cert_profile_name=name)


def router_with(name: str, release: str = "25.10") -> Observed:
    """A finished router whose cert-profile has another name, and a second pair that is imported and unused."""
    found = finished(release)
    items = []
    for path, value in found.running.items():
        if path.is_within(profile("sr-cert-prof")):
            path = Path((*profile(name).segments, *path.segments[len(profile(name).segments) :]))
        items.append((path, name if path == SERVER else value))
    names = [entry.name for entry in found.system_pki]
    return replace(
        found,
        running=ConfigTree.from_items(items),
        system_pki=files(*names, "sr-cert-g2", "sr-key-g2"),
        displayed={**found.displayed, "sr-cert-g2": NEW},
    )


def made(observed: Observed, renewing: Renewing, intent: RouterIntent | None = None) -> Plan:
    """The plan of the tutorial's router."""
    return build(intent or tutorial(), observed, schema.load(observed.release), LOCAL_CAS, NOW, renewing)


def names(plan: Plan) -> tuple[set[str], set[str], object]:
    """The cert-profiles that a plan adds and removes, and the one that the server profile gets."""
    entries = {change.path: change for change in plan.changes if change.path.last.name == "cert-profile"}
    added = {path.last.keys[0][1] for path, change in entries.items() if path.last.keys and change.after is PRESENT}
    removed = {path.last.keys[0][1] for path, change in entries.items() if path.last.keys and change.after is None}
    return added, removed, entries[SERVER].after if SERVER in entries else None


@pytest.mark.parametrize("release", ["21.2", "25.10"])
def test_a_flip_into_a_new_profile_is_one_commit(release: str) -> None:
    """The new profile comes, the server profile names it, the old one goes; native renewal moves along."""
    plan = made(router_with("sr-cert-prof", release), ANEW)

    assert [type(step).__name__ for step in plan.steps if type(step).__name__ != "UploadFile"] == ["Commit", "Save"]
    assert names(plan) == ({"sr-cert-prof-g2"}, {"sr-cert-prof"}, "sr-cert-prof-g2")
    assert plan.target is not None
    assert set(plan.target.tls.cert_profiles) == {"sr-cert-prof-g2"}
    if release == "25.10":
        native = [change for change in plan.changes if change.path.last.name == "certificate-auto-update"]
        assert {(change.path.last.keys[0][1], change.after) for change in native} == {
            ("sr-cert-g2", PRESENT), ("sr-cert", None)
        }


def test_without_being_asked_a_flip_stays_in_its_profile() -> None:
    """The first form is a change of the entry's two leaves."""
    plan = made(router_with("sr-cert-prof"), FORCE)

    assert names(plan) == (set(), set(), None)
    assert plan.target is plan.router


@pytest.mark.law(5, 6)
def test_a_profile_that_was_made_anew_is_the_intents() -> None:
    """It is no drift under another name, and the next pair gets a profile of the next name without being asked."""
    observed = router_with("sr-cert-prof-g2")

    assert made(observed, NEVER).idle
    assert made(observed, AS_DUE).idle
    assert names(made(observed, FORCE)) == ({"sr-cert-prof-g3"}, {"sr-cert-prof-g2"}, "sr-cert-prof-g3")


def test_a_name_that_is_taken_on_the_router_is_passed_over() -> None:
    """What was left of an earlier flip, or is somebody's, is not written into."""
    observed = router_with("sr-cert-prof-g2")
    items = [*observed.running.items(), (profile("sr-cert-prof-g3"), PRESENT)]
    taken = made(replace(observed, running=ConfigTree.from_items(items)), FORCE)
    assert names(taken) == ({"sr-cert-prof-g4"}, {"sr-cert-prof-g2"}, "sr-cert-prof-g4")


def test_a_name_that_the_intent_has_for_another_profile_is_left_to_it() -> None:
    """A profile of the intent that happens to be called like a successor stands for itself."""
    own = tutorial(("sr-cert-prof: {1: sr-cert}", "sr-cert-prof: {1: sr-cert}, sr-cert-prof-g2: {1: sr-cert}"))
    running = router_with("sr-cert-prof-g2").running

    assert placed(own, running) is own


@pytest.mark.law(12)
def test_a_profile_with_entries_of_others_does_not_give_way() -> None:
    """What others keep in the profile would no longer be served: the plan stops."""
    observed = router_with("sr-cert-prof")
    theirs = profile("sr-cert-prof").entry("entry", entry_id="7")
    items = [*observed.running.items(), (theirs, PRESENT), (theirs / "certificate-file", "theirs")]
    plan = made(replace(observed, running=ConfigTree.from_items(items)), ANEW)

    assert [item.code for item in plan.stops] == ["shared-profile"]
    assert "entry 7" in plan.stops[0].message


def test_a_long_name_is_shortened_and_known_again() -> None:
    """Names have 32 characters: a successor's is cut, and still stands for the intent's."""
    long = "a" * 32
    intent = tutorial(
        ("sr-cert-prof: {1: sr-cert}", f"{long}: {{1: sr-cert}}"),
        ("cert_profile: sr-cert-prof", f"cert_profile: {long}"),
    )
    short = "a" * 29 + "-g2"
    plan = made(router_with(long), ANEW, intent)

    assert names(plan) == ({short}, {long}, short)
    assert made(router_with(short), NEVER, intent).idle


def test_the_pair_of_a_profile_made_anew_is_found() -> None:
    """What the profile of the other name holds is the pair in use."""
    plan = made(router_with("sr-cert-prof-g2"), NEVER)

    assert [(item.in_use, item.generation.certificate) for item in plan.decisions] == [(True, "sr-cert")]
