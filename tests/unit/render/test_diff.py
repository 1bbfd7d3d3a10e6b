"""What counts as a difference, who owns what, and how changes are shown."""

from __future__ import annotations

import pytest

from sroscert.errors import RenderError
from sroscert.render.diff import Change, Ownership, change_lines, change_texts, diff
from sroscert.render.mdcli import from_text
from sroscert.schema import load
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path

SCHEMA = load("25.10")
PKI = Path.of("configure", "system", "security", "pki")
CA = PKI.entry("ca-profile", ca_profile_name="x")
GRPC = Path.of("configure", "system", "grpc")


def tree(*lines: str) -> ConfigTree:
    """Return the tree of some MD-CLI lines."""
    return from_text("\n".join(lines), SCHEMA)


class TestDifferences:
    def test_absent_different_and_equal(self) -> None:
        """An absent leaf is an add, a different one a change, an equal one nothing."""
        desired = tree('/configure system security pki ca-profile x cert-file b description d admin-state enable')
        observed = tree('/configure system security pki ca-profile x cert-file a admin-state enable')

        assert diff(desired, observed, SCHEMA) == (
            Change("change", CA / "cert-file", "a", "b"), Change("add", CA / "description", None, "d"),
        )

    def test_a_new_entry_is_listed_before_its_members(self) -> None:
        """The entry itself is an add, followed by what is in it."""
        assert diff(tree("/configure system security pki ca-profile x cert-file b"), ConfigTree(), SCHEMA) == (
            Change("add", CA, None, PRESENT), Change("add", CA / "cert-file", None, "b"),
        )

    def test_an_explicit_default_is_no_difference(self) -> None:
        """A desired default that the router does not show is in effect already."""
        assert diff(tree("/configure system grpc admin-state disable"), ConfigTree(), SCHEMA) == ()

    def test_a_default_is_wanted_where_the_router_has_another_value(self) -> None:
        """A default is sent when something else is in effect."""
        observed = tree("/configure system grpc admin-state enable")

        assert diff(tree("/configure system grpc admin-state disable"), observed, SCHEMA) == (
            Change("change", GRPC / "admin-state", "enable", "disable"),
        )

    def test_the_default_of_another_case_is_not_in_effect(self) -> None:
        """A default inside a case counts only when that case is the one in use (RFC 7950 section 7.9.3)."""
        policy = "/configure system script-control script-policy p"
        lifetime = tree(f"{policy} lifetime 3600")
        python = tree(f"{policy} python-script name s")
        changes = diff(lifetime, python, SCHEMA)

        assert [(change.kind, change.path.names[-1], change.implied) for change in changes] == [
            ("remove", "name", True), ("add", "lifetime", False),
        ]

    @pytest.mark.law(5)
    def test_a_present_secret_is_in_sync(self) -> None:
        """Whatever a secret reads back as, it is not compared."""
        key = (CA / "cmpv2" / "key-list").entry("key", reference_number="1")
        desired = ConfigTree.from_items([(key, PRESENT), (key / "password", "env:CODE")])
        observed = ConfigTree.from_items([(key, PRESENT), (key / "password", "MaTrix hash2")])

        assert diff(desired, observed, SCHEMA) == ()

    def test_user_ordered_values_keep_their_order(self) -> None:
        """A leaf-list that is ordered by the user differs when its order does."""
        path = Path.of("configure", "system", "management-interface", "cli", "cli-engine")
        changes = diff(
            ConfigTree.from_items([(path, ("md-cli", "classic-cli"))]),
            ConfigTree.from_items([(path, ("classic-cli", "md-cli"))]), SCHEMA,
        )

        assert [change.kind for change in changes] == ["change"]

    def test_a_state_leaf_list_is_a_set(self) -> None:
        """Where the system orders, order is no difference."""
        entry = Path.of("state", "system", "security", "tls").entry("cert-profile", cert_profile_name="p")
        path = entry.entry("entry", entry_id="1") / "computed-chain" / "ca-profiles"
        base = [(entry, PRESENT), (path.parent.parent, PRESENT)]

        one = ConfigTree.from_items([*base, (path, ("a", "b"))])
        other = ConfigTree.from_items([*base, (path, ("b", "a"))])

        assert diff(one, other, SCHEMA) == ()

    def test_spelling_is_no_difference(self) -> None:
        """Two spellings of one number are one value."""
        path = PKI / "certificate-expiration-warning" / "hours"

        assert diff(ConfigTree.from_items([(path, "720")]), ConfigTree.from_items([(path, "0720")]), SCHEMA) == ()

    def test_a_desired_node_outside_the_schema_is_an_error(self) -> None:
        """What the release does not have cannot be compared."""
        with pytest.raises(RenderError):
            diff(ConfigTree.from_items([(CA / "warp", "9")]), ConfigTree(), SCHEMA)


class TestChoices:
    def test_setting_one_case_implies_the_end_of_the_other(self) -> None:
        """The removal is listed, marked as implied, before the node that causes it; nobody needs to own it."""
        observed = ConfigTree.from_items([(GRPC / "allow-unsecure-connection", EMPTY)])

        assert diff(tree("/configure system grpc tls-server-profile p"), observed, SCHEMA) == (
            Change("remove", GRPC / "allow-unsecure-connection", EMPTY, None, implied=True),
            Change("add", GRPC / "tls-server-profile", None, "p"),
        )

    def test_containers_of_another_case_go_by_their_members(self) -> None:
        """A plain container of the other case is not a member itself: its members are listed."""
        profile = "/configure system security pki certificate-update-profile u"
        changes = diff(tree(f"{profile} rsa key-size 2048"), tree(f"{profile} ecdsa curve secp256r1"), SCHEMA)

        assert all(change.implied == (change.kind == "remove") for change in changes)
        assert [change.path.names[-1] for change in changes if change.implied] == ["curve"]


class TestOwnership:
    @pytest.mark.law(12)
    def test_outside_of_what_is_owned_nothing_is_removed(self) -> None:
        """Somebody else's entry and somebody else's leaf stay."""
        observed = tree(
            "/configure system security pki ca-profile other cert-file o", "/configure system grpc admin-state enable"
        )

        assert diff(ConfigTree(), observed, SCHEMA, owned=Ownership((CA,))) == ()

    def test_inside_the_outermost_member_goes(self) -> None:
        """An undesired entry is one removal, whatever is in it."""
        observed = tree("/configure system security pki ca-profile x cmpv2 key-list key 7 password a")
        key = (CA / "cmpv2" / "key-list").entry("key", reference_number="7")

        assert diff(tree("/configure system security pki ca-profile x"), observed, SCHEMA, owned=Ownership((CA,))) == (
            Change("remove", key, PRESENT, None),
        )

    def test_a_list_without_keys_owns_all_entries(self) -> None:
        """Owning a list means every entry of it."""
        observed = tree(
            "/configure log filter 100 named-entry a action drop", "/configure log filter 200 default-action drop"
        )
        changes = diff(ConfigTree(), observed, SCHEMA, owned=Ownership((Path.of("configure", "log", "filter"),)))

        assert [str(change.path) for change in changes] == [
            "/configure/log/filter[filter-name=100]", "/configure/log/filter[filter-name=200]",
        ]

    def test_a_shown_default_is_left(self) -> None:
        """An undesired leaf that equals its default is no difference."""
        observed = tree("/configure system security pki ca-profile x admin-state disable")

        assert diff(tree("/configure system security pki ca-profile x"), observed, SCHEMA, owned=Ownership((CA,))) == ()

    @pytest.mark.law(12)
    def test_configuration_groups_are_not_ours(self) -> None:
        """An operator's apply-groups on an owned entry is left alone."""
        observed = ConfigTree.from_items([
            (CA, PRESENT), (CA / "apply-groups", ("site",)), (GRPC / "apply-groups", ("site",)),
            (GRPC / "admin-state", "enable"),
        ])
        changes = diff(
            tree("/configure system security pki ca-profile x"), observed, SCHEMA, owned=Ownership((CA, GRPC))
        )

        assert [(change.kind, change.path) for change in changes] == [("remove", GRPC / "admin-state")]


class TestOrder:
    @pytest.mark.parametrize(
        ("desired", "observed", "moved"),
        [
            ("abc", "abc", ""), ("abc", "ab", ""), ("abc", "ac", "c"), ("abc", "cab", "abc"), ("ab", "xab", ""),
            ("acb", "abc", "cb"),
        ],
    )
    def test_entries_from_the_first_wrong_place_on_are_made_anew(self, desired: str, observed: str, moved: str) -> None:
        """New entries go to the end; from where the order would then be wrong, entries are written again."""
        line = '/configure log filter "100" named-entry "{}" action drop'
        changes = diff(
            tree(*(line.format(name) for name in desired)), tree(*(line.format(name) for name in observed)), SCHEMA
        )

        assert "".join(
            change.path.last.keys[0][1] for change in changes if change.before is PRESENT and change.after is PRESENT
        ) == moved

    def test_what_others_put_into_a_moved_entry_is_kept(self) -> None:
        """A replaced entry carries the leaves that are outside the intent along."""
        b = '/configure log filter "100" named-entry "b" action drop'
        observed = tree('/configure log filter "100" named-entry "a" action drop description "theirs"', b)
        changes = diff(tree(b, '/configure log filter "100" named-entry "a" action drop'), observed, SCHEMA)

        assert ("description", "theirs") in [(change.path.names[-1], change.after) for change in changes]


class TestLines:
    @pytest.mark.law(8)
    def test_signs_secrets_and_entries(self) -> None:
        """Adds, changes and removals have signs; a secret is stars; an entry with members needs no line of its own."""
        desired = ConfigTree.from_items([
            (CA, PRESENT), (CA / "cert-file", "b"),
            ((CA / "cmpv2" / "key-list").entry("key", reference_number="1"), PRESENT),
            ((CA / "cmpv2" / "key-list").entry("key", reference_number="1") / "password", "env:X"),
        ])
        observed = tree('/configure system security pki ca-profile x cert-file a crl-file "old crl"')
        stem = '/configure system security pki ca-profile "x"'

        assert change_lines(diff(desired, observed, SCHEMA, owned=Ownership((CA,))), SCHEMA) == [
            ("~", f'{stem} cert-file "b"'),
            ("+", f'{stem} cmpv2 key-list key "1" password *****'),
            ("-", f'{stem} crl-file "old crl"'),
        ]

    @pytest.mark.law(8)
    def test_people_are_told_what_a_leaf_has_now(self) -> None:
        """Behind a change stands what running has, but not for a secret, which is stars on both sides."""
        password = (CA / "cmpv2" / "key-list").entry("key", reference_number="1") / "password"
        changes = [Change("change", CA / "cert-file", "a b", "c"), Change("change", password, "old", "env:X")]

        leaf, secret = change_texts(changes, SCHEMA)

        assert leaf.endswith(' cert-file "c"   (now "a b")')
        assert secret.endswith(" password *****")

    def test_what_a_router_shows_cannot_break_a_line(self) -> None:
        """Control characters in an observed value are shown as escapes."""
        [(_, line)] = change_lines([Change("remove", CA / "description", "a\n\x1b[31mb", None)], SCHEMA)

        assert line.endswith('description "a\\u000a\\u001b[31mb"')
