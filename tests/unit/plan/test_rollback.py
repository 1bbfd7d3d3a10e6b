"""Which pair a certificate goes back to, why it may not, what the commit holds, and what the next apply makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.intent.desired import FilePair, Phase
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.certificate import Need
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.plan.rollback import rolling_back, targets
from sroscert.plan.service import after
from sroscert.plan.steps import Check, Commit, Save, Step, UploadFile
from sroscert.render.diff import change_lines
from sroscert.values import Path
from sroscert.workflow.verify import running_shows
from tests.support.planning import GOOD, LOCAL_CAS, NOW, RELEASES, datastore_state, files, finished, plan

EXPIRED = replace(GOOD, not_after=NOW - timedelta(days=1))
FUTURE = replace(GOOD, not_before=NOW + timedelta(days=31))
OTHER_CA = replace(GOOD, issuer=(("CN", "Another CA"),))
OTHER_NAME = replace(GOOD, san_dns=frozenset({"sr.example.net"}))


def with_past(
    number: int, past: Mapping[int, CertificateInfo], release: str = "25.10", info: CertificateInfo = GOOD,
    lost: Collection[str] = (),
) -> Observed:
    """A finished router with generation `number` in use and pairs beside it, without the files `lost`."""
    suffixes = {found: "" if found == 1 else f"-g{found}" for found in (number, *past)}
    seen = finished(release, FilePair(f"sr-cert{suffixes[number]}", f"sr-key{suffixes[number]}"), info=info)
    names = [f"{name}{suffixes[found]}" for found in past for name in ("sr-cert", "sr-key")]
    shown = {f"sr-cert{suffixes[found]}": info for found, info in past.items()}
    imported = (*seen.system_pki, *files(*(name for name in names if name not in lost)))
    return replace(seen, system_pki=imported, displayed={**seen.displayed, **shown})


def rollback(seen: Observed, number: int | None = None) -> Plan:
    """The plan of a rollback."""
    made = plan(seen)
    chosen, refused = targets(made, LOCAL_CAS, NOW, (), number)
    return rolling_back(made, chosen, refused, LOCAL_CAS, NOW)


def commits(made: Plan) -> list[Commit]:
    """Its commits."""
    return [step for step in made.steps if isinstance(step, Commit)]


def lines(step: Step, made: Plan) -> set[str]:
    """What a commit changes, in MD-CLI with signs."""
    assert isinstance(step, Commit)
    return {f"{sign} {line}" for sign, line in change_lines(step.changes, made.schema)}


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("used", "past", "to", "chosen"),
    [
        pytest.param(2, {1: GOOD}, None, 1, id="the one before"),
        pytest.param(4, {1: GOOD, 2: GOOD, 5: GOOD}, None, 2, id="the highest below"),
        pytest.param(4, {1: GOOD, 2: EXPIRED, 3: OTHER_CA}, None, 1, id="past those that may not"),
        pytest.param(4, {1: GOOD, 2: OTHER_NAME}, None, 2, id="names may have changed since"),
        pytest.param(2, {1: GOOD, 5: GOOD}, 5, 5, id="forward where it is asked for"),
        pytest.param(4, {1: GOOD, 3: GOOD}, 1, 1, id="further back where it is asked for"),
    ],
)
def test_the_pair_to_go_back_to(used: int, past: Mapping[int, CertificateInfo], to: int | None, chosen: int) -> None:
    """It is imported, valid and of the intent's CA; the highest of those before the one in use."""
    made = rollback(with_past(used, past), to)

    (decision,) = made.decisions
    assert (decision.generation.number, made.stops) == (chosen, ())
    assert len(commits(made)) == 1


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("used", "past", "to", "lost", "why"),
    [
        pytest.param(1, {}, None, (), "no pair earlier", id="none"),
        pytest.param(1, {2: GOOD}, None, (), "no pair earlier", id="only a later one"),
        pytest.param(2, {1: EXPIRED}, None, (), "not-after is 2026-04-30", id="expired"),
        pytest.param(2, {1: FUTURE}, None, (), "not-before is 2026-06-01", id="not valid yet"),
        pytest.param(2, {1: OTHER_CA}, None, (), "issuer is CN=Another CA", id="another CA"),
        pytest.param(2, {1: GOOD}, None, ("sr-key",), "sr-key is not in system-pki", id="without its key"),
        pytest.param(2, {1: GOOD}, 7, (), "sr-cert-g7 is not in system-pki", id="asked for one that is not there"),
    ],
)
def test_what_cannot_go_back_is_refused(
    used: int, past: Mapping[int, CertificateInfo], to: int | None, lost: Collection[str], why: str
) -> None:
    """Nothing is planned, and the finding that stops says why of each pair that was looked at."""
    made = rollback(with_past(used, past, lost=lost), to)

    assert made.steps == ()
    assert [item.code for item in made.stops] == ["no-earlier-pair"]
    assert why in made.stops[0].message


def test_a_pair_whose_display_cannot_be_read_is_refused() -> None:
    """Nobody knows whether it is valid."""
    seen = with_past(2, {1: GOOD})
    seen = replace(seen, displayed={name: info for name, info in seen.displayed.items() if name != "sr-cert"})

    assert "could not be read" in rollback(seen).stops[0].message


@pytest.mark.law(1, 2)
@pytest.mark.parametrize("release", RELEASES)
def test_everything_that_names_the_files_moves_in_one_commit(release: str) -> None:
    """Cert-profile, and native renewal or the filter of the warning; the served certificate decides."""
    made = rollback(with_past(2, {1: GOOD}, release))

    (commit,) = commits(made)
    changed = lines(commit, made)
    assert commit.phase is Phase.TLS
    assert {Check.HANDSHAKE, Check.GNMI, Check.RENEWAL_UP, Check.RUNNING} <= set(commit.checks)
    assert any(line.endswith('certificate-file "sr-cert"') for line in changed), changed
    assert any(line.endswith('key-file "sr-key"') for line in changed)
    if release == "21.2":
        assert any("Certificate sr-cert used by" in line for line in changed)
        assert [type(step) for step in made.steps] == [Commit, UploadFile, Save]
    else:
        assert any(line.startswith("+") and 'certificate-auto-update "sr-cert"' in line for line in changed)
        assert any(line.startswith("-") and 'certificate-auto-update "sr-cert-g2"' in line for line in changed)
        assert [type(step) for step in made.steps] == [Commit, Save]
    assert [item.code for item in made.findings] == ["generation-unused"]


@pytest.mark.law(5, 6)
def test_a_rollback_that_was_broken_off_is_taken_up() -> None:
    """The generation that is asked for is in use already: script and save are what is left, and then nothing."""
    seen = with_past(1, {2: GOOD}, "21.2")
    assert rollback(seen, 1).idle
    assert not rollback(seen, 1).stops
    unsaved = datastore_state("running", unsaved="true", user="admin")

    broken = replace(seen, state=unsaved, scripts=dict.fromkeys(seen.scripts, "another"))

    assert [type(step) for step in rollback(broken, 1).steps] == [UploadFile, Save]
    assert [type(step) for step in rollback(replace(seen, state=unsaved), 1).steps] == [Save]
    somebodys = replace(seen, state=datastore_state("running", unsaved="true", user="someone"))
    assert rollback(somebodys, 1).idle


@pytest.mark.law(10, 12)
def test_drift_is_left_as_it_is() -> None:
    """A rollback brings nothing else to the intent, and its check of running does not ask for it either."""
    level = Path.of("configure", "system", "grpc", "admin-state")
    warning = Path.of("configure", "system", "security", "pki", "certificate-expiration-warning", "hours")
    seen = with_past(2, {1: GOOD})
    running = seen.running.without(warning).without(level)
    assert len(running.items_) == len(seen.running.items_) - 2
    made = rollback(replace(seen, running=running))

    (commit,) = commits(made)
    assert not any("hours" in line or "grpc" in line for line in lines(commit, made))
    assert running_shows(made, commit, after(running, commit.changes)) == []
    assert running_shows(made, commit, running) != []


@pytest.mark.parametrize(
    ("used", "past", "codes"),
    [
        pytest.param(GOOD, GOOD, [], id="it stays"),
        pytest.param(OTHER_NAME, GOOD, [], id="it stays: the one in use is not as intended"),
        pytest.param(GOOD, OTHER_NAME, ["rollback-not-kept"], id="the newer one satisfies the intent"),
        pytest.param(OTHER_NAME, OTHER_NAME, ["rollback-not-kept"], id="neither does"),
        pytest.param(GOOD, replace(GOOD, not_after=NOW + timedelta(days=1)), ["renewal-due"], id="soon to be renewed"),
    ],
)
def test_what_the_next_apply_makes_of_it_is_said(
    used: CertificateInfo, past: CertificateInfo, codes: list[str]
) -> None:
    """Where the intent is satisfied by the older pair, apply adopts it; else the plan says that it will not stay."""
    made = rollback(with_past(2, {1: past}, info=used))

    assert [item.code for item in made.findings if item.code != "generation-unused"] == codes
    assert len(commits(made)) == 1


@pytest.mark.law(5)
def test_apply_has_nothing_to_do_after_it() -> None:
    """The older pair in use satisfies the intent: it is adopted, although a newer one is there."""
    made = plan(with_past(1, {2: GOOD, 3: EXPIRED}))

    assert made.in_sync
    assert [(item.need, item.generation.number) for item in made.decisions] == [(Need.NOTHING, 1)]
