"""What a script on a router depends on besides its text is said before it is relied on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sroscert.plan.access import Access
from sroscert.plan.observed import Observed, StandbyFiles
from sroscert.plan.standby import on_slot
from sroscert.plan.steps import CopyToStandby
from sroscert.values import ConfigTree, Path
from tests.support.planning import finished, plan

STANDBY = ConfigTree.from_items([(Path.of("state", "redundancy", "synchronization", "standby-status"), "standby")])
SCRIPT = r"cf3:\auto-cert-update.txt"
CODES = ("script-standby", "script-user")


def found(observed: Observed) -> list[str]:
    """The codes of these findings in the plan of the tutorial's router."""
    return [finding.code for finding in plan(observed).findings if finding.code in CODES]


def with_standby(observed: Observed, has: Mapping[str, str], *, slot: str = "B", unread: str = "") -> Observed:
    """The router with a standby CPM whose card has these scripts."""
    return replace(observed, state=observed.state.merge(STANDBY), standby=StandbyFiles(slot, has, unread))


def copies(observed: Observed) -> list[str]:
    """The titles of the steps that copy something to the standby CPM."""
    return [step.title for step in plan(observed).steps if isinstance(step, CopyToStandby)]


COPY = r"copy cf3:/auto-cert-update.txt to cf3-b:/auto-cert-update.txt, on the standby CPM"
CASES = [
    ({SCRIPT: "same"}, [], []),
    ({SCRIPT: "same size"}, [], []),
    ({}, [COPY], ["script-standby"]),
    ({SCRIPT: "12 bytes"}, [COPY], ["script-standby"]),
    ({SCRIPT: "0" * 64}, [COPY], ["script-standby"]),
]


@pytest.mark.parametrize(("has", "steps", "codes"), CASES)
def test_a_script_is_on_both_cpms(has: Mapping[str, str], steps: list[str], codes: list[str]) -> None:
    """What the standby CPM lacks, or has otherwise, is copied; what could not be read more closely is left alone."""
    seen = finished("21.2")
    (script,) = plan(seen).desired.uploads
    alike = {"same": seen.scripts[SCRIPT], "same size": f"{len(script.content)} bytes"}
    has = {target: alike.get(text, text) for target, text in has.items()}
    two = with_standby(seen, has)

    assert (copies(two), found(two), plan(two).in_sync) == (steps, codes, not steps)
    assert copies(replace(two, state=seen.state)) == []
    assert copies(with_standby(seen, has, slot="A")) == [step.replace("-b", "-a") for step in steps]


def test_a_script_is_copied_last_and_with_each_upload() -> None:
    """A router that has no script yet, or another, gets it on both CPMs, and is not warned of what the plan does."""
    seen = finished("21.2")
    for there in ({}, {SCRIPT: "0" * 64}):
        made = plan(with_standby(replace(seen, scripts=there, flash=()), {}))

        assert [type(step).__name__ for step in made.steps] == ["UploadFile", "CopyToStandby"]
        assert "script-standby" not in [item.code for item in made.findings]
    assert copies(with_standby(replace(seen, scripts={}), {SCRIPT: seen.scripts[SCRIPT]})) == []


def test_a_card_that_cannot_be_looked_at_is_told_and_not_written_to() -> None:
    """Without the other CPM's slot, or its listing, nothing is claimed and nothing copied."""
    for unread in (with_standby(finished("21.2"), {}, slot="", unread="?"),
                   with_standby(finished("21.2"), {}, unread="cf3-b:/ could not be listed: no")):
        assert (copies(unread), found(unread)) == ([], ["script-standby"])


@pytest.mark.parametrize(
    ("location", "there"),
    [(r"cf3:\a.txt", "cf3-b:/a.txt"), ("cf1:/x/a.txt", "cf1-b:/x/a.txt"), (r"cf3-a:\a.txt", ""), ("ftp://h/a", "")],
)
def test_the_same_file_of_the_other_cpm(location: str, there: str) -> None:
    """A location that names a slot, or another host, is the same after a switchover."""
    assert on_slot(location, "B") == there


@pytest.mark.parametrize(("release", "codes"), [("21.2", ["script-user"]), ("25.10", [])])
def test_the_user_of_scripts_is_told(release: str, codes: list[str]) -> None:
    """Where scripts have a user, whoever relies on one is told, and sroscert leaves the user alone."""
    observed = finished(release)

    assert found(replace(observed, access=Access(script_user="robot"))) == codes
    assert found(observed) == []
