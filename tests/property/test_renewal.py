"""Whatever lies on a router, a renewal keeps the laws: no name is made over, no key signs for itself, a pair stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sroscert import schema
from sroscert.intent.desired import FilePair
from sroscert.plan.build import build
from sroscert.plan.certificate import Need, Request
from sroscert.plan.observed import Observed
from sroscert.plan.renewal import Renewing
from sroscert.plan.steps import Commit, Enrol, GenerateKey
from tests.support.planning import GOOD, LOCAL_CAS, NOW, files, finished, request, tutorial

NUMBERS = (1, 2, 3, 5)
INTENT = tutorial(("method: auto", "method: external"))
INFOS = (
    GOOD,
    replace(GOOD, not_after=NOW + timedelta(days=20), not_before=NOW - timedelta(days=340)),
    replace(GOOD, not_after=NOW - timedelta(hours=1)),
    replace(GOOD, san_dns=frozenset({"old.example.net"})),
    replace(GOOD, issuer=(("CN", "OldCA"),)),
)


def names(kind: str) -> tuple[str, ...]:
    """The file names of a kind, by generation; FAT does not know case."""
    return tuple(f"{kind}{'' if number == 1 else f'-g{number}'}" for number in NUMBERS)


@st.composite
def routers(draw: st.DrawFn) -> Observed:
    """A router with any pair in use, and any files of ours, whole or not, whatever its CA was asked for."""
    used = draw(st.sampled_from(NUMBERS))
    suffix = "" if used == 1 else f"-g{used}"
    pair = FilePair(f"sr-cert{suffix}", f"sr-key{suffix}")
    found = finished("21.2", pair, draw(st.sampled_from(INFOS)), INTENT)
    certificates = draw(st.sets(st.sampled_from(names("sr-cert")), max_size=3)) - {pair.certificate}
    keys = draw(st.sets(st.sampled_from(names("sr-key")), max_size=3)) - {pair.key}
    lost = draw(st.sampled_from([(), (), (), (pair.certificate,), (pair.key,)]))
    imported = [entry.name for entry in found.system_pki if entry.name not in lost]
    shown = {name: replace(draw(st.sampled_from(INFOS)), serial=200) for name in certificates if draw(st.booleans())}
    left = draw(st.sets(st.sampled_from([*names("sr-key"), *(f"{name}.der" for name in names("sr-cert"))]), max_size=2))
    pending = request(draw(st.sampled_from([*names("sr-key"), "their-key"])))
    upper = draw(st.booleans())
    every = [name.upper() if upper and name in {*certificates, *keys} else name for name in
             (*imported, *certificates, *keys)]
    return replace(
        found,
        system_pki=files(*every),
        flash=(*found.flash, *files(*left)),
        displayed={name: info for name, info in {**found.displayed, **shown}.items() if name not in lost},
        requests={pending.ca_profile: pending} if draw(st.booleans()) else {},
    )


@pytest.mark.law(1, 4)
@settings(max_examples=150, deadline=None)
@given(
    seen=routers(),
    renewing=st.builds(Renewing, only=st.booleans(), force=st.booleans(), by_code=st.booleans(), due=st.booleans()),
)
def test_no_name_is_made_over_and_no_key_signs_for_itself(seen: Observed, renewing: Renewing) -> None:
    """The steps of any plan keep to free names, and to a signer that is whole, valid and of another key."""
    plan = build(INTENT, seen, schema.load(seen.release), LOCAL_CAS, NOW, renewing)
    there = {entry.name.lower() for entry in (*seen.system_pki, *seen.flash)}
    (decision,) = plan.decisions
    event(decision.need.name)

    for step in plan.steps:
        if isinstance(step, GenerateKey):
            made = step.generation
            assert not {made.key.lower(), made.certificate.lower(), made.save_as.lower()} & there
        if isinstance(step, Enrol) and step.signer is not None:
            event(step.request.name)
            info = seen.displayed[step.signer.certificate]
            assert info.not_before <= NOW <= info.not_after
            assert {step.signer.certificate.lower(), step.signer.key.lower()} <= there
            assert step.signer.key.lower() != step.generation.key.lower()
            assert not renewing.by_code
        if isinstance(step, Enrol) and not step.resume and step.signer is None:
            assert step.request is Request.INITIAL
    if decision.in_use and decision.need is Need.NOTHING:
        assert not any(isinstance(step, Commit) and "certificate-file" in str(step.changes) for step in plan.steps)
    if renewing.only and not plan.decisions[0].asks and decision.need is Need.NOTHING and decision.in_use:
        assert plan.idle
