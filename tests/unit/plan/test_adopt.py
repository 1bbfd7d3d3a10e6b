"""What an intent can say comes back from the configuration that it means, on every release that can have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sroscert.errors import SroscertError
from sroscert.intent import load
from sroscert.intent.desired import desired
from sroscert.plan.adopt import adopt
from sroscert.schema import known_releases
from sroscert.schema import load as load_schema

INTENTS = sorted((Path(__file__).resolve().parents[2] / "yang" / "intents").glob("*.yaml"))


@pytest.mark.parametrize("path", INTENTS, ids=lambda path: path.stem)
def test_what_is_declared_is_imported_whole(path: Path) -> None:
    """Nothing is left out but what an event handler does that no warning about certificates sets off."""
    proven = 0
    for router in load([path]).routers.values():
        for release in known_releases():
            schema = load_schema(release)
            try:
                tree = desired(router, schema).tree
            except SroscertError:
                continue
            if schema.check(tree):
                continue
            adopted = adopt(tree, schema)
            assert {item.path for item in adopted.left_out} == set(adopted.found.others), str(release)
            proven += 1
    assert proven
