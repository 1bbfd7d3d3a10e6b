"""Our check and yanglint give the same verdict on values of more than a hundred kinds, on every release."""

from __future__ import annotations

import pytest

from sroscert import schema
from sroscert.values import ConfigTree, Release
from tests.yang import counter
from tests.yang.documents import Members, document, path_of
from tests.yang.mutations import KINDS, Kind
from tests.yang.yanglint import Yanglint


def ours(release: Release, members: Members) -> str:
    """Return the first thing that our check finds wrong, or ``valid``."""
    tree = ConfigTree.from_items((path_of(text), value) for text, value in members.items())
    found = schema.load(release).check(tree, elsewhere=())
    return found[0].code if found else "valid"


def has_all(kind: Kind, release: Release) -> bool:
    """Tell whether a release has everything that a kind needs."""
    return Release.parse(kind.since) <= release <= Release.parse(kind.until)


@pytest.mark.parametrize("release", schema.known_releases(), ids=lambda release: release.train)
def test_we_judge_as_yanglint_does(release: Release, yanglint: Yanglint) -> None:
    """No kind is judged differently, and none otherwise than the table says."""
    wrong: list[str] = []
    for kind in KINDS:
        complaints = yanglint.validate_config(release.train, document(kind.members))
        judge, mine = "invalid" if complaints else "valid", ours(release, kind.members)
        counter.mutation(kind.name, release.train, mine, judge)
        if (mine == "valid") != (judge == "valid"):
            wrong.append(f"{kind.name}: {mine} with us, {judge} with yanglint {complaints[:1]}")
        elif (mine == "valid") != (kind.taken and has_all(kind, release)):
            wrong.append(f"{kind.name}: {mine} with both, which the table does not say {complaints[:1]}")
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_kinds() -> None:
    """Each kind has a name of its own; there are plenty, good ones and bad ones."""
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert sum(not kind.taken for kind in KINDS) >= 60
    assert sum(kind.taken for kind in KINDS) >= 40
