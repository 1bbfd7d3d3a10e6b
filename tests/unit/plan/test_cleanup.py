"""What of a router may go: only what is provably ours, in use nowhere, and not kept as the previous pair."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.intent.desired import FilePair
from sroscert.plan.cleanup import cleaning, leftovers
from sroscert.plan.findings import Severity
from sroscert.plan.observed import Observed, StandbyFiles
from sroscert.plan.plan import Plan
from sroscert.plan.service import after
from sroscert.plan.steps import RemoveFile
from sroscert.values import ConfigTree, Path
from tests.support.planning import GOOD, datastore_state, files, finished, plan, request, router, tutorial

NEXT = ("sr-key-next", "sr-cert-next")


def with_pair(
    number: int, *, pki: Iterable[str] = (), flash: Iterable[str] = (), release: str = "25.10"
) -> Observed:
    """A finished router with generation `number` in use, and more files."""
    suffix = "" if number == 1 else f"-g{number}"
    seen = finished(release, FilePair(f"sr-cert{suffix}", f"sr-key{suffix}"))
    return replace(seen, system_pki=(*seen.system_pki, *files(*pki)), flash=(*seen.flash, *files(*flash)))


def pairs(*numbers: int) -> list[str]:
    """The files of complete generations."""
    suffixes = ["" if number == 1 else f"-g{number}" for number in numbers]
    return [f"{name}{suffix}" for suffix in suffixes for name in ("sr-cert", "sr-key")]


def going(plan: Plan, keep: int = 1) -> set[str]:
    """What a clean-up would remove, without the drive."""
    return {item.url.removeprefix("cf3:/") for item in leftovers(plan, keep)}


def imported(names: Iterable[str]) -> set[str]:
    """These names in system-pki."""
    return {f"system-pki/{name}" for name in names}


@pytest.mark.law(1, 12)
@pytest.mark.parametrize(
    ("used", "there", "keep", "gone"),
    [
        pytest.param(1, (), 1, (), id="one generation"),
        pytest.param(2, (1,), 1, (), id="the previous pair is kept"),
        pytest.param(2, (1,), 0, (1,), id="unless it is asked for"),
        pytest.param(4, (1, 2, 3), 1, (1, 2), id="what is older goes"),
        pytest.param(4, (1, 2, 3), 2, (1,), id="more are kept"),
        pytest.param(11, (9, 10, 2), 1, (2, 9), id="numbers are compared as numbers"),
        pytest.param(2, (1, 3, 4), 1, (3,), id="after a roll-back the one before and the newest are kept"),
        pytest.param(2, (1, 3, 4), 0, (1, 3, 4), id="none but the one in use"),
    ],
)
def test_generations(used: int, there: Sequence[int], keep: int, gone: Sequence[int]) -> None:
    """The pair in use stays whatever is asked, and so many pairs beside it as are to be kept."""
    made = plan(with_pair(used, pki=pairs(*there)))

    assert going(made, keep) == imported(pairs(*gone))


@pytest.mark.law(12)
def test_only_what_is_provably_ours_goes() -> None:
    """Files whose names are no generation of the intent's stay, however much they look like one."""
    strangers = (
        "sr-cert-g1", "sr-cert-g02", "sr-cert-old", "other-cert", "other-key-g2", "sr-certificate", "router.crl",
        "other-next", "sr-key-g2-next.key", "SR-CERT-G3x",
    )
    on_flash = ("sr-cert.cfg", "notes.txt", "sr-cert-g2.der/", "sr-key-g9/", "config.cfg")
    seen = with_pair(4, pki=strangers, flash=on_flash)

    assert going(plan(seen), 0) == set()


@pytest.mark.law(12)
def test_an_incomplete_generation_is_no_previous_pair() -> None:
    """Half a pair goes, and does not count as one that is kept; case does not tell names apart."""
    made = plan(with_pair(5, pki=("SR-KEY-G4", "sr-cert-g3", *pairs(2), *pairs(1))))

    assert going(made) == imported(["SR-KEY-G4", "sr-cert-g3", *pairs(1)])


@pytest.mark.law(4, 6)
def test_an_enrolment_under_way_keeps_its_files() -> None:
    """The generation that the next apply takes up stays, with its clear key and the CA's answer; older ones go."""
    expired = replace(GOOD, not_after=GOOD.not_before)
    seen = finished("25.10", FilePair("sr-cert-g3", "sr-key-g3"), info=expired)
    more = files("sr-key-g4", *pairs(1), *pairs(2))
    seen = replace(seen, system_pki=(*seen.system_pki, *more), flash=(*seen.flash, *files("sr-cert-g4.der")))

    assert going(plan(seen)) == imported(pairs(1))

    generated = replace(seen, system_pki=seen.system_pki[:-5], flash=(*seen.flash, *files("sr-key-g4")))
    assert going(plan(generated)) == set()


@pytest.mark.law(4)
def test_a_key_whose_request_is_pending_is_kept() -> None:
    """Also where the pair in use satisfies the intent: the CA may still answer for that key."""
    seen = with_pair(1, pki=("sr-key-g2", "sr-key-g3"), flash=("sr-cert-g2.der", "sr-cert-g3.der"))
    waiting = replace(request("sr-key-g2"), save_as="cf3:\\sr-cert-g2.der")
    seen = replace(seen, requests={"ejbca-profile": waiting})

    assert going(plan(seen)) == {"system-pki/sr-key-g3", "sr-cert-g3.der"}


@pytest.mark.law(11)
def test_private_keys_in_the_clear_go() -> None:
    """A clear copy goes, and a key that was never imported; one that an imported certificate lacks stays."""
    seen = with_pair(2, pki=(*pairs(1), "sr-cert-g5"), flash=("sr-key-g2", "SR-KEY", "sr-key-g4", "sr-key-g5"))

    assert going(plan(seen)) == {"sr-key-g2", "SR-KEY", "sr-key-g4", "system-pki/sr-cert-g5"}


def test_answers_and_work_files_go() -> None:
    """What the CA answered and we uploaded is removed from cf3: once it is imported, also that of the pair in use."""
    seen = with_pair(2, pki=pairs(1), flash=("sr-cert.der", "sr-cert-g2.DER", "sroscert-ManagementCA.pem"))

    assert going(plan(seen)) == {"sr-cert.der", "sr-cert-g2.DER", "sroscert-ManagementCA.pem"}


def test_the_answer_that_an_event_handler_works_with_stays() -> None:
    """Where a script renews the pair in use in place, its answer may be being imported this very moment."""
    seen = with_pair(1, release="21.2", flash=("sr-cert.der", "sr-cert-g2.der"))

    assert going(plan(seen)) == {"sr-cert-g2.der"}


@pytest.mark.law(11)
@pytest.mark.parametrize(
    ("release", "age", "busy", "gone"),
    [
        pytest.param("25.10", None, False, True, id="no script renews it"),
        pytest.param("21.2", timedelta(days=2), False, True, id="a script died long ago"),
        pytest.param("21.2", timedelta(hours=1), False, False, id="a script may be at work"),
        pytest.param("21.2", None, False, False, id="nobody knows when"),
        pytest.param("25.10", timedelta(days=2), True, False, id="the CA has yet to answer it"),
    ],
)
def test_what_a_renewal_script_left_goes(release: str, age: timedelta | None, busy: bool, gone: bool) -> None:
    """A key in the clear, an answer and a bundle of both on cf3:, and their imported halves."""
    left = tuple(f"sr-cert-next{end}" for end in (".key", ".der", ".p12", "-old.p12", "-check.p12"))
    seen = with_pair(1, release=release)
    when = None if age is None else seen.at - age
    flash, pki = ([replace(entry, modified=when) for entry in files(*names)] for names in (left, NEXT))
    seen = replace(seen, flash=(*seen.flash, *flash), system_pki=(*seen.system_pki, *pki))
    waiting = {"ejbca-profile": request("sr-key-next")}

    found = going(plan(replace(seen, requests=waiting) if busy else seen))

    assert found == ({*left, *imported(NEXT)} if gone else set())


@pytest.mark.law(1)
def test_nothing_imported_goes_before_a_pair_is_in_use() -> None:
    """While no cert-profile names a pair, nobody can say which generation is the old one."""
    seen = router("25.10", pki=pairs(1, 2), flash=("sr-cert.der", "sr-key"))

    assert going(plan(seen), 0) == {"sr-key"}


@pytest.mark.law(12)
def test_a_pair_of_another_name_in_use_keeps_the_newest_of_ours() -> None:
    """Where somebody put a pair of his own into use, the newest generation of ours counts as the previous one."""
    seen = finished("25.10", FilePair("his-cert", "his-key"))
    seen = replace(seen, system_pki=(*seen.system_pki, *files(*pairs(1, 2))))

    assert going(plan(seen)) == imported(pairs(1))


@pytest.mark.law(12)
def test_what_the_configuration_mentions_stays() -> None:
    """A file that is named anywhere is kept, and the plan says where it is named."""
    made = plan(with_pair(3, pki=pairs(1, 2)))

    place = "configure/ipsec/cert-profile=x/entry=1/cert"
    cleaned = cleaning(made, leftovers(made, 1), {"cf3:/system-pki/sr-cert": place})

    assert [step.url for step in cleaned.steps if isinstance(step, RemoveFile)] == ["cf3:/system-pki/sr-key"]
    (note,) = cleaned.findings
    assert (note.severity, note.code) == (Severity.NOTE, "file-mentioned")
    assert place in note.message


@pytest.mark.law(12)
@pytest.mark.parametrize("unsaved", ["true", ""])
def test_an_unsaved_configuration_stops_it(unsaved: str) -> None:
    """Start-up cannot be read: imported files go only while it is known to be the same as running."""
    seen = with_pair(3, pki=pairs(1, 2))
    seen = replace(seen, state=datastore_state("running", unsaved=unsaved, user="someone"))
    made = plan(seen)

    assert [item.code for item in cleaning(made, leftovers(made, 1), {}).stops] == ["startup-differs"]


def test_scripts_of_others_are_named() -> None:
    """Nobody looked into a script that is not the intent's: the operator is told before files go."""
    entry = Path.of("configure", "system", "script-control").entry("script", script_name="theirs", owner="x")
    seen = with_pair(3, pki=pairs(1, 2))
    theirs = ConfigTree.from_items([(entry / "location", "cf3:/theirs.txt")])
    seen = replace(seen, running=ConfigTree.from_items([*seen.running.items(), *theirs.items()]))
    made = plan(seen)

    found = [(item.code, item.severity) for item in cleaning(made, leftovers(made, 1), {}).findings]

    assert ("script-of-others", Severity.WARNING) in found


@pytest.mark.law(1, 12)
def test_a_certificate_whose_name_reads_like_a_generation_is_safe() -> None:
    """The intent may name such files outright: they are nobody's third generation then."""
    entry = "{certificate_file: sr-cert-g3, key_file: sr-key-g3}"
    wanted = tutorial(("{sr-cert-prof: {1: sr-cert}}", f"{{sr-cert-prof: {{1: sr-cert, 2: {entry}}}}}"))
    seen = with_pair(1, pki=pairs(2, 3, 4))

    found = {item.name for item in leftovers(plan(seen, wanted), 0)}

    assert found == {*pairs(2), *pairs(4)}


@pytest.mark.law(12)
@pytest.mark.parametrize(
    ("method", "digest", "gone"), [("external", "", True), ("external", "another", False), ("ehs", "", False)],
    ids=["over", "other content", "at work"],
)
def test_a_renewal_script_that_nothing_runs_goes_if_it_is_as_we_write_it(method: str, digest: str, gone: bool) -> None:
    """The file of a renewal that is over goes; one with other content is somebody's, and is told."""
    before = finished(intent=tutorial(("method: auto", "method: ehs")))
    intent = tutorial(("method: auto", f"method: {method}"))
    over = plan(before, intent)
    scripts = {url: digest or old for url, old in before.scripts.items()}
    seen = replace(before, running=after(before.running, over.changes), scripts=scripts)

    made = plan(seen, intent)
    cleaned = cleaning(made, leftovers(made, 1), {})

    assert ("auto-cert-update.txt" in going(made)) == gone
    assert [item.code for item in cleaned.findings] == ["script-of-others"] * bool(digest)


@pytest.mark.law(12)
@pytest.mark.parametrize(
    ("copy", "gone"), [("same", True), ("as long", True), ("another", False), ("", False)],
    ids=["same text", "as long, no more is told", "another text", "not there"],
)
def test_the_copy_of_such_a_script_on_the_standby_cpm_goes_before_it(copy: str, gone: bool) -> None:
    """As long as the script is on cf3: the next clean-up finds its copy, so it goes last."""
    before = finished(intent=tutorial(("method: auto", "method: ehs")))
    intent = tutorial(("method: auto", "method: external"))
    (digest,) = before.scripts.values()
    size = next(entry.size for entry in before.flash if entry.name == "auto-cert-update.txt")
    word = {"same": digest, "as long": f"{size} bytes", "another": "0" * 64}.get(copy)
    there = StandbyFiles("B", {"cf3:/auto-cert-update.txt": word} if word else {})
    seen = replace(before, running=after(before.running, plan(before, intent).changes), standby=there)

    urls = [item.url for item in leftovers(plan(seen, intent), 1) if item.name == "auto-cert-update.txt"]

    assert urls == [*(["cf3-b:/auto-cert-update.txt"] if gone else []), "cf3:/auto-cert-update.txt"]


def test_a_clean_up_without_the_standby_cpm_says_so() -> None:
    """What lies on it is not seen, so it is not said that nothing is left; what is told of room is left out."""
    seen = finished()
    status = Path.of("state", "redundancy", "synchronization", "standby-status")
    made = plan(replace(seen, state=seen.state.merge(ConfigTree.from_items([(status, "failed")]))))

    assert [item.code for item in cleaning(made, leftovers(made, 1), {}).findings] == ["standby-not-ready"]
