"""No gNMI request makes the lab's router fail: whatever it holds, it is answered or refused in the router's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from pygnmi.spec.v080 import gnmi_pb2
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.errors import RPCFailed
from sroscert_lab.router.gnmidata import Change, GNMIData, typed_value
from sroscert_lab.router.gnmijson import value_of
from sroscert_lab.router.gnmipath import steps_of

from tests.support.lab import free_address

_VOCABULARY = """configure state system name grpc admin-state gnmi security pki ca-profile ca-profile-name cmpv2
key-list key reference-number password tls cert-profile entry log filter nokia-conf:configure user user-name access
local-user user-params management-interface cli cli-engine netconf version * x"""
STRANGE = st.sampled_from(["a b", "\x00", "<", "-1", "\ufffe", "]", "'"])
WORDS = st.one_of(st.sampled_from(_VOCABULARY.split()), st.text(max_size=6), STRANGE)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), WORDS, st.just([None]), st.just([[]])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=12,
)
Steps = list[tuple[str, dict[str, str]]]
GOOD: st.SearchStrategy[Steps] = st.sampled_from(
    [
        "configure/system/grpc", "configure/system/security/pki", "configure", "state/system", "configure/system/name",
        "configure/log/filter", "configure/system/security/user-params/local-user/user",
    ]
).map(lambda path: [(name, {}) for name in path.split("/")])
STEP = st.tuples(WORDS, st.dictionaries(WORDS, WORDS, max_size=2))
ENTRY = st.tuples(st.one_of(STRANGE, WORDS), st.sampled_from(["", "description", "cmpv2", "no-such"])).map(
    lambda two: [
        *((name, {}) for name in ("configure", "system", "security", "pki")),
        ("ca-profile", {"ca-profile-name": two[0]}),
        *([(two[1], {})] if two[1] else []),
    ]
)
LONGER = st.tuples(GOOD, st.lists(STEP, max_size=2)).map(lambda two: two[0] + two[1])
PATHS = st.one_of(GOOD, ENTRY, st.lists(STEP, max_size=5), LONGER)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GNMIData]:
    """A router for all inputs."""
    core = RouterCore("sr", free_address(), "25.10", tmp_path_factory.mktemp("gnmi") / "sr")
    core.boot()
    yield GNMIData(core)
    core.close()


def message(path: Steps) -> Any:
    """A gNMI path."""
    return gnmi_pb2.Path(elem=[gnmi_pb2.PathElem(name=name, key=keys) for name, keys in path])


def encodable(value: Any) -> bytes:
    """JSON, lone surrogates and all."""
    return json.dumps(value).encode("utf-8", "replace")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, value=VALUES, kind=st.sampled_from(["update", "replace", "delete"]))
def test_any_set_is_made_or_refused(data: GNMIData, path: Steps, value: Any, kind: str) -> None:
    """And what is in force afterwards still is a configuration that can be read."""
    try:
        steps = steps_of(gnmi_pb2.Path(), message(path))
        given_value = typed_value(gnmi_pb2.TypedValue(json_val=encodable(value)))
        data.write("admin", "127.0.0.1", [Change(kind, 1, steps, given_value)])
    except RPCFailed as exc:
        assert all(error.message.startswith(("MINOR: ", "MAJOR: ")) for error in exc.errors)
    except UnicodeEncodeError:
        return  # protobuf takes no such text, so no client can send it
    etree.fromstring(etree.tostring(data.core.running()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS)
def test_any_get_is_answered_or_refused(data: GNMIData, path: Steps) -> None:
    """What is found has a JSON form."""
    try:
        for found in data.read(steps_of(gnmi_pb2.Path(), message(path)), frozenset({"configure", "state"})):
            json.dumps(value_of(data.core.schema, found.element, found.node))
    except (RPCFailed, UnicodeEncodeError):
        return


def test_deep_json_is_refused(data: GNMIData) -> None:
    """Thousands of levels are no configuration."""
    deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
    with pytest.raises(RPCFailed, match="#2301"):
        typed_value(gnmi_pb2.TypedValue(json_val=deep))
    nested: Any = 1
    for _ in range(600):
        nested = {"system": nested}
    with pytest.raises(RPCFailed):
        data.write("admin", "127.0.0.1", [Change("update", 1, (("configure", {}),), nested)])
