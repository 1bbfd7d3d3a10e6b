"""What would undo a plan, and what cannot be undone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sroscert.commands.replies import FileEntry
from sroscert.plan.observed import StandbyFiles
from sroscert.plan.reverse import Reversal, Way, reverse
from sroscert.plan.steps import CopyToStandby
from sroscert.render.diff import change_lines
from sroscert.values import ConfigTree, Path
from tests.support.planning import CA, finished, plan, router

SCRIPT, COPY = "cf3:\\auto-cert-update.txt", "cf3-b:/auto-cert-update.txt"
HOURS = Path.of("configure", "system", "security", "pki", "certificate-expiration-warning", "hours")


def texts(back: tuple[Reversal, ...], way: Way) -> list[str]:
    """The words of what goes one way."""
    return [item.text for item in back if item.way is way]


def test_a_first_enrolment_goes_back_to_a_bare_router() -> None:
    """Configuration first where it came last, then files; a save; and the CA's certificate stays issued."""
    back = reverse(plan(router()))

    assert [item.text for item in back if item.way is not Way.IMPOSSIBLE] == [
        "take back renewal on the router",
        "remove cf3:\\auto-cert-update.txt",
        "take back TLS and gRPC",
        "remove sr-cert from system-pki",
        "remove sr-key from system-pki",
        "take back CA profile",
        "remove ManagementCA.pem from system-pki",
        "save the running configuration",
    ]
    assert texts(back, Way.IMPOSSIBLE) == [
        "what the CA issues as sr-cert: only the CA can revoke it; a code is spent"
    ]


def test_a_changed_leaf_goes_back_to_what_the_router_had() -> None:
    """A leaf of a router that was changed by hand is put back as it was there, and nothing else is touched."""
    seen = finished()
    running = ConfigTree.from_items(
        (path, "100" if path == HOURS else value) for path, value in seen.running.items()
    )
    made = plan(replace(seen, running=running))

    commit, _ = reverse(made)
    assert change_lines(commit.changes, made.schema) == [
        ("~", "/configure system security pki certificate-expiration-warning hours 100")
    ]


def test_a_secret_that_was_replaced_is_lost() -> None:
    """The router shows its hash only: what it was cannot be put back."""
    seen = finished()
    (secret,) = [path for path in seen.running if path.last.name == "password"]
    back = reverse(plan(replace(seen, rewritten={secret: "it changed"})))

    assert texts(back, Way.COMMIT) == []
    assert texts(back, Way.IMPOSSIBLE) == [f"the secret that was at {secret} before: the router shows its hash only"]


def test_what_was_in_a_file_before_is_lost() -> None:
    """A script that is written over cannot be brought back, and is not said to be removed."""
    seen = finished()
    made = plan(replace(seen, scripts=dict.fromkeys(seen.scripts, "0" * 64)))

    back = reverse(made)
    assert texts(back, Way.REMOVE) == []
    assert texts(back, Way.IMPOSSIBLE) == ["what was in cf3:\\auto-cert-update.txt before: no copy is kept"]


def test_a_file_that_was_removed_is_lost() -> None:
    """The removal of a work file that a run before left is named as final."""
    seen = finished()
    made = plan(replace(seen, flash=(*seen.flash, FileEntry("sroscert-ManagementCA.pem", 7))))

    assert texts(reverse(made), Way.IMPOSSIBLE) == ["the removal of cf3:/sroscert-ManagementCA.pem: no copy is kept"]


@pytest.mark.parametrize("there", [{}, {SCRIPT: "0" * 64}], ids=["absent", "another text"])
def test_a_copy_on_the_standby_cpm_is_no_way_back_to_what_was_there(there: dict[str, str]) -> None:
    """It is only removed where there was none before."""
    made = plan(finished())
    copy = CopyToStandby(reason="", source="cf3:/auto-cert-update.txt", target=COPY, size=1, sha256="1" * 64)
    seen = replace(made.observed, standby=StandbyFiles("B", there))

    (back,) = reverse(replace(made, observed=seen, steps=(copy,)))

    assert back.text == (f"what was in {COPY} before: no copy is kept" if there else f"remove {COPY}")


def test_an_answer_that_was_there_before_is_lost_with_its_removal() -> None:
    """What a run before had a CA issue is not asked for again by this plan: its file is nobody's to bring back."""
    left = router(pki=("ManagementCA.pem", "sr-key"), flash=("sr-cert.der",), shown={"ManagementCA.pem": CA})

    assert texts(reverse(plan(left)), Way.IMPOSSIBLE) == ["the removal of cf3:/sr-cert.der: no copy is kept"]


def test_a_plan_without_steps_needs_no_way_back() -> None:
    """Nothing is said of a router that is in sync."""
    assert reverse(plan(finished())) == ()
