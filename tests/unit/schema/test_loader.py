"""Schema files are found by release and read when they are needed."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import pytest

from sroscert import schema
from sroscert.errors import SchemaError
from sroscert.schema.nodes import Node
from sroscert.values import Path, Release

PROFILE = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name="x")


def every_node(children: dict[str, Node] | schema.Node) -> list[Node]:
    """Return all nodes below one."""
    below = children.children if isinstance(children, Node) else children
    found: list[Node] = []
    for node in below.values():
        found += [node, *every_node(node)]
    return found


def test_a_train_is_loaded_once_whatever_its_maintenance_label() -> None:
    """Both spellings of a train give the same schema, which is that of the train exactly."""
    loaded = schema.load("TiMOS-B-21.2.R1")

    assert loaded is schema.load(Release(21, 2))
    assert loaded.exact
    assert loaded.release == Release(21, 2)
    assert Release(21, 2) in schema.known_releases()
    assert Release(25, 10) in schema.known_releases()


def test_an_unknown_release_is_served_by_the_nearest_earlier_one() -> None:
    """A later release than all known ones takes the latest and says that it is not exact."""
    latest = schema.known_releases()[-1]
    stand_in = schema.load("99.1")

    assert stand_in.release == latest
    assert not stand_in.exact
    assert schema.load(latest).exact


@pytest.mark.parametrize("text", ["16.0", "latest"])
def test_what_no_schema_can_serve_is_an_error(text: str) -> None:
    """A release before all known ones, and a text that is none, are refused with a hint."""
    with pytest.raises(SchemaError) as caught:
        schema.load(text)

    assert caught.value.hint


def test_nodes_are_looked_up_by_path_names_and_text() -> None:
    """A Path with keys, a list of names and a text lead to the same node; what is not there is None."""
    loaded = schema.load("21.2")
    node = loaded.node(PROFILE / "cert-file")

    assert node is not None
    assert node is loaded.node(["configure", "system", "security", "pki", "ca-profile", "cert-file"])
    assert node is loaded.node("/configure/system/security/pki/ca-profile/cert-file")
    assert loaded.node(PROFILE / "nothing") is None
    assert loaded.node(PROFILE / "cert-file" / "below-a-leaf") is None
    assert loaded.node("/elsewhere") is None


def test_a_node_has_what_yang_says() -> None:
    """Keys, defaults, presence, order, limits, cases, restarts, immutability and secrets come through."""
    loaded = schema.load("25.10")

    def node(path: str) -> Node:
        found = loaded.node(f"/configure/{path}")
        assert found is not None, path
        return found

    profile = node("system/security/pki/ca-profile")
    assert (profile.kind, profile.keys, profile.maximum) == ("list", ("ca-profile-name",), 128)
    assert node("system/security/pki/maximum-cert-chain-depth").default == "7"
    assert node("system/security/pki/ca-profile/cert-file").restart
    assert node("system/security/pki/ca-profile/cmpv2/key-list/key/password").secret
    assert not node("system/security/pki/ca-profile/cmpv2/key-list/key/reference-number").secret
    assert node("system/security/pki/ca-profile/auto-crl-update").presence
    assert node("system/script-control/script-policy").keys == ("policy-name", "owner")
    assert node("log/filter/named-entry").user_ordered
    assert node("log/filter/entry").status == "obsolete"
    assert node("system/grpc/tls-server-profile").choice == (("transport", "tls-server-profile"),)
    assert node("system/grpc/admin-state").canonical("enable") == "enable"
    assert node("log/event-handling/handler/entry/script-policy/name").mandatory
    assert node("system/security/pki/ca-profile/cmpv2").choices["recipient"].default == "use-ca-subject"
    assert node("system/grpc").config
    state = loaded.node("/state/system/security/pki/ca-profile/oper-state")
    assert state is not None
    assert not state.config
    with pytest.raises(ValueError, match="has no value"):
        profile.canonical("x")


def test_a_leafref_has_its_targets_type() -> None:
    """The type of a reference is that of what it refers to, inside and outside of what is compiled."""
    loaded = schema.load("21.2")
    inside = loaded.node("/configure/system/grpc/tls-server-profile")
    outside = loaded.node("/configure/system/security/pki/apply-groups")

    assert inside is not None
    assert inside.type is not None
    assert inside.type.target == "/configure/system/security/tls/server-tls-profile/server-profile-name"
    assert inside.type.of is not None
    assert inside.type.of.length == ("1..32",)
    assert outside is not None
    assert outside.type is not None
    assert outside.type.of is not None
    assert outside.type.of.length == ("1..64",)


@pytest.mark.parametrize("release", schema.known_releases(), ids=str)
def test_every_node_and_default_of_a_release_is_sound(release: Release) -> None:
    """Every node can be built, every leafref is resolved, every pattern is read, and every default is a value."""
    loaded = schema.load(release)
    nodes = every_node(dict(loaded.roots))
    for path in loaded.actions:
        action = loaded.action(path)
        assert action is not None
        nodes += every_node(action.input) + every_node(action.output)

    assert len(nodes) > 900
    for node in nodes:
        if node.type is not None:
            assert node.type.base != "leafref" or node.type.of is not None, node.name
            node.type.accepts("x")
            node.type.accepts("é")
        for default in (node.default,) if isinstance(node.default, str) else node.default or ():
            node.canonical(default)
        assert all(key in node.children for key in node.keys)


def test_whether_a_release_has_a_usable_node() -> None:
    """A node that is obsolete, or below one that is, is not usable; the first release that has one is known."""
    ciphers = "/configure/system/security/tls/server-cipher-list/tls12-cipher"

    assert not schema.load("21.2").has(ciphers)
    assert schema.load("25.10").has(ciphers)
    assert schema.load("21.2").has(PROFILE)
    assert not schema.load("25.10").has("/configure/log/filter/entry/match/message/eq")
    assert schema.first_release_with(ciphers) in schema.known_releases()
    assert schema.first_release_with("/configure/nothing") is None


def test_namespaces_and_revisions() -> None:
    """Each tree has its namespace; a tree that does not exist is an error."""
    loaded = schema.load("21.2")

    assert loaded.namespace("configure") == "urn:nokia.com:sros:ns:yang:sr:conf"
    assert loaded.namespace("state") == "urn:nokia.com:sros:ns:yang:sr:state"
    assert loaded.revision("nokia-conf") == "2019-12-03"
    assert loaded.revision("nokia-nothing") == ""
    assert "21.2" in repr(loaded)
    with pytest.raises(SchemaError):
        loaded.namespace("debug")


def test_actions() -> None:
    """An action has its namespace, its inputs with secrets marked, and the outputs that all actions share."""
    loaded = schema.load("25.10")
    action = loaded.action("/admin/system/security/pki/cmpv2/initial-registration")

    assert action is not None
    assert action.namespace == "urn:nokia.com:sros:ns:yang:sr:oper-admin"
    assert action.module == "nokia-oper-admin"
    assert action.input.children["password"].secret
    assert action.input.children["save-as"].mandatory
    assert {"operation-id", "status", "error-message", "results"} <= set(action.output.children)
    assert action is loaded.action(action.path)
    assert schema.load("21.2").action(action.path) is None
    assert schema.load("21.2").actions == ("/global-operations/md-cli-raw-command",)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 2, "release": "21.2"}'])
def test_a_damaged_file_is_an_error(tmp_path: pathlib.Path, content: str) -> None:
    """A file that is no schema, or of another format, is refused with its name or a hint."""
    file = tmp_path / "21.2.json"
    file.write_text(content)

    with pytest.raises(SchemaError):
        schema.read_file(file)
    with pytest.raises(SchemaError, match="missing"):
        schema.read_file(tmp_path / "missing.json")


def test_files_hold_facts_only() -> None:
    """No text of Nokia's is in a schema file: no description, reference or message, and few blanks in any text."""
    for file in (schema.data_folder() / "sros").glob("*.json"):
        text = file.read_text(encoding="utf-8")
        content = json.loads(text)

        assert {"format", "release", "modules", "types", "roots", "actions"} == set(content)
        assert '"description":"' not in text
        assert '"error-message":"' not in text
        assert content["release"] == file.stem


def test_importing_and_loading_takes_no_heavy_library() -> None:
    """Looking a node up imports neither YANG tools nor XML nor model libraries."""
    code = (
        "import sys; from sroscert import schema; schema.load('25.10').node('/configure/system/grpc/admin-state');"
        "print(sorted({'pyang', 'lxml', 'pydantic', 'yaml', 'jinja2', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_what_a_node_is() -> None:
    """Leaves and leaf-lists have values, containers have children that can be counted."""
    loaded = schema.load("21.2")
    profile, file = loaded.node(PROFILE), loaded.node(PROFILE / "cert-file")

    assert profile is not None
    assert file is not None
    assert file.is_leaf
    assert not profile.is_leaf
    assert len(profile.children) == len(list(profile.children)) > len(file.children) == 0
    assert loaded.action("/no/such/action") is None
