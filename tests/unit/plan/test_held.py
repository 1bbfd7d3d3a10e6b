"""Newer pairs beside the one in use: what becomes of them, and what is said of them everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sroscert import schema
from sroscert.intent import RouterIntent
from sroscert.intent.desired import FilePair
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.cleanup import cleaning, leftovers
from sroscert.plan.held import Held, held
from sroscert.plan.observed import Observed
from tests.support.planning import GOOD, LOCAL_CAS, NOW, files, finished, plan, tutorial

NEWER = replace(GOOD, serial=GOOD.serial + 1, not_after=GOOD.not_after + timedelta(days=30))
DUE = replace(GOOD, serial=GOOD.serial + 2, not_before=NOW - timedelta(days=300), not_after=NOW + timedelta(days=3))
WRONG = replace(NEWER, san_ips=frozenset({"192.0.2.77"}))
EXTERNAL = tutorial(("method: auto", "method: external"))
NATIVE = tutorial()
OPENS = GOOD.not_after - timedelta(days=30)


def beside(newer: CertificateInfo, used: CertificateInfo = GOOD, intent: RouterIntent = EXTERNAL) -> Observed:
    """A finished router with the first pair in use and a second one imported."""
    seen = finished("25.10", FilePair("sr-cert", "sr-key"), used, intent)
    pki = (*seen.system_pki, *files("sr-cert-g2", "sr-key-g2"))
    return replace(seen, system_pki=pki, displayed={**seen.displayed, "sr-cert-g2": newer})


def found(seen: Observed, intent: RouterIntent = EXTERNAL) -> tuple[Held, ...]:
    """What lies there."""
    return held(intent, seen, schema.load(seen.release), LOCAL_CAS, NOW)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("newer", "used", "intent", "since"),
    [
        pytest.param(NEWER, GOOD, EXTERNAL, OPENS, id="when the older one is due"),
        pytest.param(replace(NEWER, not_after=GOOD.not_after), GOOD, EXTERNAL, None, id="due itself by then"),
        pytest.param(NEWER, DUE, EXTERNAL, NOW, id="the older one is due"),
        pytest.param(NEWER, WRONG, EXTERNAL, NOW, id="the older one is not as intended"),
        pytest.param(WRONG, GOOD, EXTERNAL, None, id="not as intended"),
        pytest.param(NEWER, GOOD, NATIVE, None, id="the router renews the older one in place"),
    ],
)
def test_when_it_is_taken_up(
    newer: CertificateInfo, used: CertificateInfo, intent: RouterIntent, since: datetime | None
) -> None:
    """As apply would do it, which is what is planned at that moment."""
    (one,) = found(beside(newer, used, intent), intent)

    assert (one.pair.certificate, one.current.certificate, one.since) == ("sr-cert-g2", "sr-cert", since)
    made = plan(beside(newer, used, intent), intent)
    assert any(item.generation.number == 2 for item in made.decisions) is (since == NOW)
    if since == OPENS:
        assert "2027" in one.words and "when that one is due" in one.words


def test_what_is_no_newer_pair() -> None:
    """An ended one, one without its key, one that cannot be read, and the pair in use itself are none."""
    seen = beside(NEWER)
    assert found(beside(replace(NEWER, not_after=NOW))) == ()
    assert found(replace(seen, system_pki=tuple(item for item in seen.system_pki if item.name != "sr-key-g2"))) == ()
    assert found(replace(seen, displayed={"sr-cert": GOOD})) == ()
    assert found(finished("25.10", FilePair("sr-cert-g2", "sr-key-g2"), intent=EXTERNAL)) == ()


@pytest.mark.law(10)
def test_clean_and_plan_say_the_same_of_it() -> None:
    """Kept by clean with why and how it goes; removed with --keep 0, and then nothing is said."""
    seen = beside(NEWER)
    (one,) = found(seen)
    made = plan(seen, EXTERNAL)

    kept, gone = (cleaning(made, leftovers(made, keep), {}, (one,)) for keep in (1, 0))

    assert one.finding in made.findings and one.finding in kept.findings
    assert "--keep 0" in one.hint and "revoke" in one.hint
    assert one.finding not in gone.findings
    assert {step.title for step in gone.steps} == {
        "remove cf3:/system-pki/sr-key-g2", "remove cf3:/system-pki/sr-cert-g2"
    }
