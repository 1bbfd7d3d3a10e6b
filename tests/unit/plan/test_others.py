"""Entries of others that name a pair of ours: which they are, what becomes of them, and what is not touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sroscert import schema
from sroscert.plan.build import build
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.renewal import AS_DUE, Renewing
from sroscert.plan.steps import Commit
from sroscert.values import PRESENT, ConfigTree, Path
from tests.support.planning import GOOD, LOCAL_CAS, NOW, files, finished, tutorial

pytestmark = pytest.mark.law(12)
TLS = Path.of("configure", "system", "security", "tls")
THEIRS = TLS.entry("cert-profile", cert_profile_name="theirs")
EXTERNAL = tutorial(("method: auto", "method: external"))
WRONG = replace(GOOD, san_ips=frozenset({"192.0.2.9"}))
NEWER = replace(GOOD, serial=GOOD.serial + 1)


def entry(number: str, file: str, key: str, profile: Path = THEIRS) -> ConfigTree:
    """An entry of a cert-profile."""
    at = profile.entry("entry", entry_id=number)
    return ConfigTree.from_items(
        [(profile, PRESENT), (at, PRESENT), (at / "certificate-file", file), (at / "key-file", key)]
    )


def flipping(*more: ConfigTree) -> Observed:
    """A router whose pair in use is not as intended, with a good one imported: the plan is one flip."""
    seen = finished("25.10", info=WRONG, intent=EXTERNAL)
    for tree in more:
        seen = replace(seen, running=seen.running.merge(tree))
    return replace(
        seen, system_pki=(*seen.system_pki, *files("sr-cert-g2", "sr-key-g2")),
        displayed={**seen.displayed, "sr-cert-g2": NEWER},
    )


def made(seen: Observed, *, others: bool, asked: Renewing = AS_DUE) -> Plan:
    """The plan, with or without the word."""
    return build(EXTERNAL, seen, schema.load(seen.release), LOCAL_CAS, NOW, replace(asked, others=others))


def moved(plan: Plan) -> dict[str, object]:
    """What the plan gives entries in other cert-profiles than the intent's, all in one commit."""
    commits = [step for step in plan.steps if isinstance(step, Commit)]
    assert len(commits) <= 1
    return {
        f"{change.path.parent.last.keys[0][1]} {change.path.last.name}": change.after
        for step in commits
        for change in step.changes
        if change.path.is_within(THEIRS)
    }


def said(plan: Plan) -> list[tuple[Severity, str]]:
    """What is said of them."""
    return [(item.severity, item.message) for item in plan.findings if item.code == "file-of-others"]


def test_without_the_word_they_are_told_and_left() -> None:
    """The plan is the same as if they were not there."""
    plain, with_them = (made(seen, others=False) for seen in (flipping(), flipping(entry("3", "sr-cert", "sr-key"))))

    assert [step.title for step in with_them.steps] == [step.title for step in plain.steps]
    assert moved(with_them) == {}
    ((severity, text),) = said(with_them)
    assert severity is Severity.WARNING
    assert text == (
        "cert-profile theirs entry 3, which is not in the intent, also has sr-cert and keeps it, which ends "
        f"{GOOD.not_after:%Y-%m-%d %H:%M} UTC"
    )


def test_with_the_word_they_move_in_the_commit_of_the_flip() -> None:
    """Those with our pair; one with another key, or another file, is not touched."""
    seen = flipping(
        entry("3", "sr-cert", "sr-key"), entry("4", "sr-cert", "another"), entry("5", "somebodys", "sr-key")
    )
    plan = made(seen, others=True)

    assert moved(plan) == {"3 certificate-file": "sr-cert-g2", "3 key-file": "sr-key-g2"}
    texts = [text for _, text in said(plan)]
    assert "entry 3, which is not in the intent, moves from sr-cert to sr-cert-g2" in texts[0]
    assert "entry 4" in texts[1] and "keeps it" in texts[1] and len(texts) == 2


def test_an_entry_of_others_in_our_own_profile_is_one_of_others() -> None:
    """Entries are owned one by one; ours is not counted among them."""
    ours = TLS.entry("cert-profile", cert_profile_name="sr-cert-prof")
    plan = made(flipping(entry("9", "sr-cert", "sr-key", ours)), others=False)

    assert ["cert-profile sr-cert-prof entry 9" in text for _, text in said(plan)] == [True]


def test_an_earlier_pair_of_ours_is_caught_up_with_later() -> None:
    """Left at a flip, it is a note from then on; the word moves it by a commit, and then nothing is left to do."""
    seen = finished("25.10", intent=EXTERNAL)
    seen = replace(seen, running=_of_pair(seen.running, "-g2").merge(entry("3", "sr-cert", "sr-key")))
    seen = replace(
        seen, system_pki=(*seen.system_pki, *files("sr-cert-g2", "sr-key-g2")),
        displayed={**seen.displayed, "sr-cert-g2": NEWER},
    )
    left, caught = made(seen, others=False), made(seen, others=True)
    renewing = made(seen, others=True, asked=Renewing(only=True))

    assert left.idle and [severity for severity, _ in said(left)] == [Severity.NOTE]
    assert moved(caught) == {"3 certificate-file": "sr-cert-g2", "3 key-file": "sr-key-g2"}
    assert renewing.idle and said(renewing) == [], "a run that only renews leaves it to apply"
    newest = replace(seen, running=seen.running.merge(entry("3", "sr-cert-g2", "sr-key-g2")))
    assert made(newest, others=True).idle and said(made(newest, others=True)) == []


@pytest.mark.parametrize("used", [False, True])
def test_a_native_renewal_of_others_follows_unless_the_old_file_is_used(used: bool) -> None:
    """It goes on for the new pair; a file that an entry of others keeps is renewed as before."""
    at = Path.of("configure", "system", "security", "pki")
    old, new = (at.entry("certificate-auto-update", certificate_file_name=name) for name in ("sr-cert", "sr-cert-g2"))
    profile = at.entry("certificate-update-profile", name="theirs")
    renewal = ConfigTree.from_items(
        [(profile, PRESENT), (old, PRESENT), (old / "key-file-name", "sr-key"), (old / "profile", "theirs")]
    )
    plan = made(flipping(renewal, *([entry("3", "sr-cert", "sr-key")] if used else [])), others=False)
    touched = {change.path: change.after for change in plan.changes if change.path in {old, new}}

    assert touched == ({} if used else {old: None, new: PRESENT})


def _of_pair(running: ConfigTree, suffix: str) -> ConfigTree:
    """Running with this generation in use."""
    names = {"sr-cert": f"sr-cert{suffix}", "sr-key": f"sr-key{suffix}"}
    leaves = {"certificate-file", "key-file"}
    return ConfigTree.from_items(
        [(path, names.get(str(value), value) if path.last.name in leaves else value) for path, value in running.items()]
    )
