"""A tree is checked against a release, and everything that is wrong with it is reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sroscert import schema
from sroscert.schema import Schema, Violation
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path, Segment, Value

PKI = Path.of("configure", "system", "security", "pki")
TLS = Path.of("configure", "system", "security", "tls")
GRPC = Path.of("configure", "system", "grpc")
PROFILE = PKI.entry("ca-profile", ca_profile_name="ejbca")
CIPHERS = TLS.entry("server-cipher-list", server_cipher_list_name="ciphers")
SERVER = TLS.entry("server-tls-profile", server_profile_name="server")


def leaf(base: str = "string", **more: Any) -> dict[str, Any]:
    """Return a leaf as a schema file has it."""
    return {"kind": "leaf", "type": {"base": base}, **more}


def small(children: Mapping[str, Any]) -> Schema:
    """Return a schema with ``children`` below /configure."""
    return Schema({
        "format": 1, "release": "21.2", "modules": {}, "types": {}, "actions": {},
        "roots": {"configure": {"kind": "container", "children": children}},
    })


def check(release: str | Schema, members: Mapping[Path, Value], **options: Any) -> list[Violation]:
    """Return the violations of members."""
    checked = schema.load(release) if isinstance(release, str) else release
    return checked.check(ConfigTree(tuple(members.items())), **options)


def codes(violations: list[Violation]) -> list[str]:
    """Return the codes only."""
    return [violation.code for violation in violations]


def test_a_sound_tree_has_no_violation() -> None:
    """What the release takes is taken, state included, and so is nothing at all."""
    assert check("21.2", {PROFILE: PRESENT, PROFILE / "cert-file": "CA.pem", PROFILE / "admin-state": "enable"}) == []
    state = Path.of("state", "system", "security", "pki").entry("ca-profile", ca_profile_name="x") / "oper-state"
    assert check("21.2", {state: "up"}) == []
    assert check("21.2", {}) == []
    assert check("21.2", {Path(): "x"}) == []


def test_an_unknown_node_is_named_once_with_the_nearest_spelling() -> None:
    """Ten members below one misspelt container are one violation."""
    wrong = PROFILE / "cmpv_2"
    violations = check("21.2", {wrong / f"leaf-{number}": "x" for number in range(10)})

    assert codes(violations) == ["unknown-node"]
    assert violations[0].path == wrong
    assert violations[0].suggestion == "cmpv2"
    assert str(violations[0]).endswith("SR OS 21.2 has no cmpv_2 here (did you mean cmpv2?)")


def test_a_node_of_a_later_release_says_since_when() -> None:
    """What this release lacks and a later one has is reported with that release."""
    path = CIPHERS.entry("tls12-cipher", index="1")
    since = schema.first_release_with(path)
    (violation,) = check("21.2", {path: PRESENT})

    assert violation.code == "unknown-node"
    assert f"it is there from SR OS {since} on" in violation.message
    assert violation.suggestion == "cipher"


def test_an_obsolete_node_names_what_replaces_it() -> None:
    """An obsolete list is reported for each entry, not for the leaves in it, with its heirs."""
    members: dict[Path, Value] = {
        CIPHERS.entry("cipher", index=str(index)) / "name": "tls-rsa-with-aes128-cbc-sha" for index in (1, 2)
    }
    violations = check("25.10", members)

    assert codes(violations) == ["obsolete-node", "obsolete-node"]
    assert violations[0].suggestion == "tls12-cipher or tls13-cipher"
    assert check("21.2", members) == []


def test_an_obsolete_value_is_reported() -> None:
    """An enumeration value that the release no longer supports is told from one that it does not know."""
    name = CIPHERS.entry("cipher", index="1") / "name"

    assert codes(check("21.2", {name: "tls-rsa-with-null-md5"})) == ["obsolete-value"]
    assert codes(check("21.2", {name: "tls-rsa-with-null-md6"})) == ["invalid-value"]


@pytest.mark.parametrize(("path", "value", "suggestion"), [
    (PKI / "maximum-cert-chain-depth", "8", ""),
    (PROFILE / "admin-state", "enabled", "enable"),
    (PROFILE / "revocation-check", "CRL_optional", "crl-optional"),
    (PKI.entry("ca-profile", ca_profile_name="x" * 33), PRESENT, ""),
])
def test_an_invalid_value_has_a_suggestion(path: Path, value: Value, suggestion: str) -> None:
    """A value or a key that is none of its type is reported with the nearest allowed one."""
    (violation,) = check("21.2", {path: value})

    assert violation.code == "invalid-value"
    assert violation.suggestion == suggestion


@pytest.mark.parametrize("path", [
    Path((*PKI.segments, Segment("ca-profile"))),
    PKI.entry("ca-profile", name="x"),
    PKI.entry("ca-profile", ca_profile_name="x", more="y"),
    Path.of("configure", "system", "script-control").entry("script", owner="o", script_name="s"),
    Path.of("configure", "system").entry("security", name="x"),
], ids=["none", "another", "too many", "another order", "of a container"])
def test_keys_must_be_those_of_the_list(path: Path) -> None:
    """A list entry has all its keys in the schema's order, and nothing else has keys; below it nothing is checked."""
    violations = check("21.2", {path: PRESENT, path / "nothing": "x"})

    assert codes(violations) == ["wrong-keys"]


@pytest.mark.parametrize(("path", "value"), [
    (PROFILE, "text"),
    (PROFILE / "cert-file", PRESENT),
    (PROFILE / "cert-file", ("a", "b")),
    (PROFILE / "description", EMPTY),
    (PROFILE / "cmpv2", PRESENT),
    (PROFILE / "auto-crl-update", EMPTY),
    (GRPC / "allow-unsecure-connection", "true"),
    (PKI / "apply-groups", "group"),
])
def test_the_shape_of_a_value_is_that_of_its_node(path: Path, value: Value) -> None:
    """A text, a tuple and the two markers each stand only where they mean something."""
    assert codes(check("21.2", {path: value})) == ["wrong-shape"]


def test_a_union_with_empty_takes_the_marker() -> None:
    """A leaf that may be empty or have a value takes both."""
    union = {"kind": "leaf", "type": {"base": "union", "types": [{"base": "empty"}, {"base": "uint8"}]}}
    either = small({"either": union})

    assert check(either, {Path.of("configure", "either"): EMPTY}) == []
    assert check(either, {Path.of("configure", "either"): "1"}) == []


def test_leaf_lists_are_counted_and_their_values_differ() -> None:
    """Too many values and the same one twice are two violations."""
    violations = check("21.2", {PKI / "apply-groups": ("a", *"abcdefgh")})

    assert codes(violations) == ["duplicate-value", "too-many"]


def test_list_entries_are_counted() -> None:
    """More entries than the release takes are one violation of the list."""
    members: dict[Path, Value] = {
        PKI.entry("ca-profile", ca_profile_name=f"ca-{number}"): PRESENT for number in range(129)
    }
    (violation,) = check("21.2", members)

    assert violation.code == "too-many"
    assert str(violation.path).endswith("/pki/ca-profile")
    assert "129" in violation.message
    assert check("21.2", dict(list(members.items())[1:])) == []


def test_what_is_mandatory_is_demanded_where_its_parent_exists() -> None:
    """A mandatory leaf is missed in an entry and in a plain container below it, not in a presence container."""
    limited = small({"entry": {"kind": "list", "keys": ["id"], "children": {
        "id": leaf(), "name": leaf(mandatory=True), "old": leaf(mandatory=True, status="obsolete"),
        "inner": {"kind": "container", "children": {"deep": leaf(mandatory=True)}},
        "optional": {"kind": "container", "presence": True, "children": {"far": leaf(mandatory=True)}},
        "values": {"kind": "leaf-list", "type": {"base": "string"}, "min": 2},
    }}})
    entry = Path.of("configure").entry("entry", id="1")
    violations = check(limited, {entry: PRESENT})

    assert [(violation.code, violation.path.last.name) for violation in violations] == [
        ("missing-mandatory", "name"), ("missing-mandatory", "deep"), ("too-few", "values"),
    ]
    assert codes(check(limited, {
        entry / "name": "x", entry / "inner" / "deep": "y", entry / "optional": PRESENT, entry / "values": ("a",),
    })) == ["too-few", "missing-mandatory"]
    assert check(limited, {}) == []


def test_choices_take_one_case_and_mandatory_ones_need_one() -> None:
    """Nodes of two cases exclude each other, nested ones too; a mandatory choice wants one of them."""
    leaves = {
        "a": leaf(choice=[["how", "first"]]),
        "b": leaf(choice=[["how", "first"]], mandatory=True),
        "c": leaf(choice=[["how", "second"], ["inner", "one"]]),
        "d": leaf(choice=[["how", "second"], ["inner", "two"]]),
    }
    choices = {"how": {"mandatory": True}}
    chosen = small({"box": {"kind": "container", "presence": True, "choices": choices, "children": leaves}})
    box = Path.of("configure", "box")

    (missing,) = check(chosen, {box: PRESENT})
    assert (missing.code, missing.path) == ("missing-mandatory", box)
    assert "a, b, c, d" in missing.message
    assert codes(check(chosen, {box / "a": "x"})) == ["missing-mandatory"]
    assert check(chosen, {box / "a": "x", box / "b": "x"}) == []
    assert check(chosen, {box / "c": "x"}) == []
    assert codes(check(chosen, {box / "c": "x", box / "d": "x"})) == ["choice-conflict"]
    (conflict,) = check(chosen, {box / "b": "x", box / "d": "x"})
    assert conflict.message == "b and d exclude each other"


def test_a_reference_leads_into_the_tree() -> None:
    """A leafref to what the tree does not have is reported with what it has, unless that is managed elsewhere."""
    members: dict[Path, Value] = {CIPHERS: PRESENT, SERVER / "cipher-list": "cipher"}
    (violation,) = check("21.2", members)

    assert violation.code == "dangling-reference"
    assert violation.suggestion == "ciphers"
    assert violation.message == "there is no server-cipher-list called 'cipher' (there are: ciphers)"
    assert check("21.2", {**members, SERVER / "cipher-list": "ciphers"}) == []
    assert check("21.2", members, elsewhere=["/configure/system/security/tls"]) == []


def test_references_to_users_are_followed_only_on_request() -> None:
    """A user that scripts run as is seldom declared with them: only a whole configuration must have it."""
    user = Path.of("configure", "system", "security", "cli-script", "authorization", "event-handler", "cli-user")

    assert check("21.2", {user: "admin"}) == []
    assert codes(check("21.2", {user: "admin"}, elsewhere=())) == ["dangling-reference"]


def test_a_reference_may_be_one_member_of_a_union() -> None:
    """A union of a reference and a type holds where either does."""
    either = small({
        "named": {"kind": "list", "keys": ["name"], "children": {"name": leaf()}},
        "by": {"kind": "leaf", "type": {"base": "union", "types": [
            {"base": "leafref", "target": "/configure/named/name"}, {"base": "enumeration", "enum": {"any": {}}},
        ]}},
    })
    by = Path.of("configure", "by")

    assert check(either, {by: "any"}) == []
    assert codes(check(either, {by: "x"})) == ["dangling-reference"]
    assert check(either, {by: "x", Path.of("configure").entry("named", name="x"): PRESENT}) == []


def test_a_reference_may_ask_for_the_leaf_beside_it() -> None:
    """A script policy is found by name and owner together, and the owner's default counts."""
    policy = Path.of("configure", "system", "script-control").entry("script-policy", policy_name="p", owner="TiMOS CLI")
    entry = Path.of("configure", "log", "event-handling").entry("handler", name="h").entry("entry", id="1")
    name, owner = entry / "script-policy" / "name", entry / "script-policy" / "owner"

    assert check("21.2", {policy: PRESENT, name: "p", owner: "TiMOS CLI"}) == []
    assert codes(check("21.2", {policy: PRESENT, name: "p"})) == ["dangling-reference"]
    assert codes(check("21.2", {policy: PRESENT, name: "p", owner: "me"})) == ["dangling-reference"] * 2
    assert check("25.10", {policy: PRESENT, entry / "script-policy": PRESENT, name: "p"}) == []


def test_secrets_are_not_looked_at() -> None:
    """The value of a secret leaf is a reference of ours, and no message repeats it."""
    password = (PROFILE / "cmpv2" / "key-list").entry("key", reference_number="1") / "password"

    assert check("21.2", {password: "file:" + "x" * 500}) == []
    assert codes(check("21.2", {password: PRESENT})) == ["wrong-shape"]


def test_all_violations_are_reported_at_once() -> None:
    """One check finds every fault of a tree, each at its own path."""
    violations = check("21.2", {
        PROFILE / "cert-fil": "x", PKI / "maximum-cert-chain-depth": "0",
        GRPC / "tls-server-profile": "nobody", GRPC / "allow-unsecure-connection": EMPTY,
    })

    assert codes(violations) == ["unknown-node", "invalid-value", "choice-conflict", "dangling-reference"]
    assert len({violation.path for violation in violations}) == 4
