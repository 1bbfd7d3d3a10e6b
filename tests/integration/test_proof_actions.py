"""Every action that we can send holds in the models of each release that has it."""

from __future__ import annotations

import pytest
from lxml import etree

from sroscert import schema
from sroscert.commands import operations as op
from sroscert.commands.action import Action, spelling, to_action
from sroscert.commands.leaves import action_path
from sroscert.values import Release
from tests.support.operations import KINDS
from tests.support.samples import every_operation
from tests.yang import counter
from tests.yang.yanglint import Yanglint

WITH_ACTIONS = [release for release in schema.known_releases() if schema.load(release).actions]


def secret(_: str) -> str:
    """Return a secret that careless XML would stumble over."""
    return "s<e>c&r'e\"t"


def actions(release: Release) -> dict[bytes, op.Operation]:
    """Return the requests of all operations that the release has an action for."""
    one = schema.load(release)
    return {
        etree.tostring(to_action(operation, one, secret)): operation
        for operation in every_operation() if isinstance(spelling(operation, one), Action)
    }


@pytest.mark.parametrize("release", WITH_ACTIONS, ids=lambda release: release.train)
def test_every_request_that_we_can_send_is_valid(release: Release, yanglint: Yanglint) -> None:
    """Requests of all operations hold in the release's models, and bent ones do not."""
    requests = actions(release)
    found = yanglint.validate_rpcs(release.train, list(requests))

    assert [(operation, wrong) for operation, wrong in zip(requests.values(), found, strict=True) if wrong] == []
    counter.prove("actions", release.train, len(requests))
    if requests:
        request = next(iter(requests))
        leaf = next(element for element in etree.fromstring(request).iter("*") if not len(element))
        bent = request.replace(etree.QName(leaf).localname.encode(), b"no-such-leaf")
        assert yanglint.validate_rpc(release.train, bent) != []
    assert (release >= Release.parse("23.3")) == any(b"oper-admin" in request for request in requests)


def test_an_operation_without_an_action_in_the_newest_release_has_none_in_yang() -> None:
    """Whatever has a path of an action has it in the newest release: none is misspelt and so never sent."""
    newest = schema.load(schema.known_releases()[-1])
    paths = {action_path(operation) for operation in every_operation()} - {None}

    assert len(paths) >= 15
    assert [path for path in paths if newest.action(str(path)) is None] == []
    assert {type(operation) for operation in every_operation()} == KINDS
