"""The recommended intent on every release that we know, held against that release's own models."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from sroscert import schema
from sroscert.intent import load
from sroscert.intent.desired import desired
from sroscert.render.xml import to_xml
from sroscert.values import Release
from tests.yang.yanglint import Yanglint

TUTORIAL = Path(__file__).parents[2] / "lab" / "intents" / "tutorial.yaml"


@pytest.mark.parametrize("release", schema.known_releases(), ids=lambda release: release.train)
def test_the_recommended_intent_is_valid_on_every_release(release: Release, yanglint: Yanglint) -> None:
    """Both our own check and yanglint accept the payload, and it names no obsolete node."""
    loaded = schema.load(release)
    wanted = desired(load([TUTORIAL]).routers["sr"], loaded)

    assert loaded.check(wanted.tree) == []
    assert yanglint.validate_config(release.train, etree.tostring(to_xml(wanted.tree, loaded, redact=True))) == []


def test_a_payload_of_another_release_is_refused(yanglint: Yanglint) -> None:
    """The control: what is rendered for 21.2 is not valid on 19.10, where log filters have numbers."""
    loaded = schema.load("21.2")
    wanted = desired(load([TUTORIAL]).routers["sr"], loaded)

    assert yanglint.validate_config("19.10", etree.tostring(to_xml(wanted.tree, loaded, redact=True)))
