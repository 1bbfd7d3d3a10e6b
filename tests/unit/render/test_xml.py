"""NETCONF XML: payloads, filters, and reading replies."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from lxml import etree

from sroscert.errors import DeviceError, RenderError
from sroscert.render.diff import Change, Ownership, diff
from sroscert.render.mdcli import from_text
from sroscert.render.xml import edit_payload, from_xml, subtree_filter, to_xml, unknown_nodes
from sroscert.schema import load
from sroscert.values import EMPTY, PRESENT, ConfigTree, Path, Value
from tests.yang.yanglint import Yanglint

SCHEMA = load("21.2")
CONF = "urn:nokia.com:sros:ns:yang:sr:conf"
STATE = "urn:nokia.com:sros:ns:yang:sr:state"
PKI = Path.of("configure", "system", "security", "pki")
CA = PKI.entry("ca-profile", ca_profile_name="ejbca")
KEY = (CA / "cmpv2" / "key-list").entry("key", reference_number="1")
GRPC = Path.of("configure", "system", "grpc")
FILTER = Path.of("configure", "log").entry("filter", filter_name="100")


def text(element: etree._Element) -> str:
    """Return the element as indented text."""
    return etree.tostring(element, pretty_print=True, encoding="unicode")


def tree(*lines: str) -> ConfigTree:
    """Return the tree of some MD-CLI lines."""
    return from_text("\n".join(lines), SCHEMA)


def never(reference: str) -> str:
    """Fail: nothing may ask for a secret here."""
    raise AssertionError(f"{reference} was resolved")


def payload(desired: ConfigTree, observed: ConfigTree, *owned: Path) -> str:
    """Return the edit payload that leads from one tree to the other."""
    changes = diff(desired, observed, SCHEMA, owned=Ownership(owned))
    return text(edit_payload(changes, SCHEMA, never))


class TestToXml:
    def test_keys_come_first_and_one_namespace_is_declared(self) -> None:
        """Keys lead their entry whatever the order of the tree, and only the top names a namespace."""
        items = [(CA / "description", "d"), (CA / "cert-file", "c.pem")]

        assert text(to_xml(ConfigTree.from_items(items), SCHEMA)) == (
            f'<configure xmlns="{CONF}">\n'
            "  <system>\n    <security>\n      <pki>\n        <ca-profile>\n"
            "          <ca-profile-name>ejbca</ca-profile-name>\n"
            "          <description>d</description>\n"
            "          <cert-file>c.pem</cert-file>\n"
            "        </ca-profile>\n      </pki>\n    </security>\n  </system>\n</configure>\n"
        )

    def test_markup_in_a_value_stays_text(self) -> None:
        """A value that looks like XML is escaped, not parsed."""
        written = to_xml(ConfigTree.from_items([(CA / "description", "</description><x/>&")]), SCHEMA)

        assert "&lt;/description&gt;&lt;x/&gt;&amp;" in text(written)

    def test_a_secret_is_resolved_only_here(self) -> None:
        """The payload holds the secret; the tree holds its reference."""
        secrets = {"file:codes/sr": "s3"}
        written = to_xml(
            ConfigTree.from_items([(KEY / "password", "file:codes/sr")]), SCHEMA, resolve=secrets.__getitem__
        )

        assert "<password>s3</password>" in text(written)

    def test_a_secret_without_a_resolver_is_an_error(self) -> None:
        """Rendering for a router without a resolver stops and names the leaf."""
        with pytest.raises(RenderError) as caught:
            to_xml(ConfigTree.from_items([(KEY / "password", "env:CODE")]), SCHEMA)

        assert caught.value.path == str(KEY / "password")

    @pytest.mark.parametrize(("held", "shown"), [("env:CODE", "&lt;env:CODE&gt;"), ("aGVsbG8= hash2", "*****")])
    def test_redacted_secrets_are_placeholders(self, held: str, shown: str) -> None:
        """For people, a reference stands in angle brackets and a router's own text is stars."""
        written = text(to_xml(ConfigTree.from_items([(KEY / "password", held)]), SCHEMA, redact=True))

        assert f"<password>{shown}</password>" in written

    @pytest.mark.law(8)
    def test_an_unresolvable_secret_is_not_repeated_in_the_error(self) -> None:
        """A secret that XML cannot carry does not appear in the error, nor in its chain."""
        with pytest.raises(RenderError) as caught:
            to_xml(ConfigTree.from_items([(KEY / "password", "env:CODE")]), SCHEMA, resolve=lambda _: "canary\x00")

        assert "canary" not in f"{caught.value!s}{caught.value.__cause__!s}"
        assert caught.value.__suppress_context__

    @pytest.mark.parametrize(
        ("path", "value", "words"),
        [
            (CA / "colour", "red", "no 'colour'"),
            (CA / "cmpv2", PRESENT, "cannot hold"),
            (CA, "text", "cannot hold"),
            (CA / "cert-file", ("a", "b"), "cannot hold"),
            (Path.of("configure", "system", "security", "pki", "ca-profile", "cert-file"), "x", "has the keys"),
            (Path.of("bof"), "x", "no data tree"),
        ],
        ids=["unknown leaf", "plain container", "entry with text", "leaf with values", "entry without key", "no root"],
    )
    def test_what_the_schema_lacks_is_refused(self, path: Path, value: str, words: str) -> None:
        """A tree that does not fit the schema is an error that says where and why."""
        with pytest.raises(RenderError, match=words):
            to_xml(ConfigTree.from_items([(path, value)]), SCHEMA)

    def test_operations_are_attributes_in_the_base_namespace(self) -> None:
        """An operation becomes nc:operation, with the prefix declared once at the top."""
        written = text(to_xml(ConfigTree(), SCHEMA, operations={CA / "crl-file": "delete"}))

        assert written.startswith(f'<configure xmlns="{CONF}" xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0">')
        assert '<crl-file nc:operation="delete"/>' in written

    def test_an_unknown_operation_is_refused(self) -> None:
        """Only the operations of RFC 6241 section 7.2 are taken."""
        with pytest.raises(RenderError, match="no edit operation"):
            to_xml(ConfigTree(), SCHEMA, operations={CA: "drop"})


READ = {
    # what stands in the PKI of a reply: whether Nokia's models allow it
    "as it should be": ("<ca-profile><ca-profile-name>a</ca-profile-name><cert-file>x</cert-file></ca-profile>", True),
    "key behind": ("<ca-profile><cert-file>x</cert-file><ca-profile-name>a</ca-profile-name></ca-profile>", True),
    "no key": ("<ca-profile><cert-file>x</cert-file></ca-profile>", False),
    "key of another namespace": ('<ca-profile><ca-profile-name xmlns="urn:x">a</ca-profile-name></ca-profile>', False),
    "two keys": (
        "<ca-profile><ca-profile-name>a</ca-profile-name><ca-profile-name>b</ca-profile-name></ca-profile>", False
    ),
    "a leaf twice": (
        "<ca-profile><ca-profile-name>a</ca-profile-name><cert-file>x</cert-file><cert-file>y</cert-file></ca-profile>",
        False,
    ),
    "a leaf twice in two pieces of an entry": (
        "<ca-profile><ca-profile-name>a</ca-profile-name><cert-file>x</cert-file></ca-profile>"
        "<ca-profile><ca-profile-name>a</ca-profile-name><cert-file>y</cert-file></ca-profile>", False,
    ),
    "text in an entry": ("<ca-profile>canary<ca-profile-name>a</ca-profile-name></ca-profile>", False),
    "text after an element": (
        "<ca-profile><ca-profile-name>a</ca-profile-name><cert-file>x</cert-file>canary</ca-profile>", False
    ),
    "text in a container": (
        "<ca-profile><ca-profile-name>a</ca-profile-name><cmpv2>canary</cmpv2></ca-profile>", False
    ),
    "an element in a leaf": (
        "<ca-profile><ca-profile-name>a</ca-profile-name><cert-file>x<cert-file>canary</cert-file></cert-file>"
        "</ca-profile>", False,
    ),
    "an element in a key": (
        "<ca-profile><ca-profile-name>a<x>canary</x></ca-profile-name><cert-file>x</cert-file></ca-profile>", False
    ),
}


@pytest.mark.law(10)
@pytest.mark.parametrize("name", READ)
def test_a_reply_that_contradicts_itself_is_not_read(name: str, yanglint: Yanglint) -> None:
    """yanglint takes and refuses the same replies; none of two values is picked."""
    inside, taken = READ[name]
    reply = f'<configure xmlns="{CONF}"><system><security><pki>{inside}</pki></security></system></configure>'

    assert (yanglint.validate_config("21.2", reply.encode()) == []) == taken
    if taken:
        entry = PKI.entry("ca-profile", ca_profile_name="a")
        assert from_xml(etree.fromstring(reply), SCHEMA)[entry / "cert-file"] == "x"
        return
    with pytest.raises(DeviceError) as caught:
        from_xml(etree.fromstring(reply), SCHEMA)
    assert caught.value.code == "unreadable-reply"
    assert "canary" not in str(caught.value)


@pytest.mark.law(10)
@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<grpc>canary</grpc>", "/configure/system/grpc is a container and holds text"),
        ("<grpc><admin-state>enable<x/></admin-state></grpc>", "/configure/system/grpc/admin-state is a leaf and"),
        (
            "<grpc><allow-unsecure-connection>canary</allow-unsecure-connection></grpc>",
            "/configure/system/grpc/allow-unsecure-connection can only be there",
        ),
    ],
    ids=["text in a container", "an element in a leaf", "text in a leaf of type empty"],
)
def test_what_the_models_do_not_allow_is_refused_with_its_place(inside: str, words: str, yanglint: Yanglint) -> None:
    """Nobody skips what may be a mistake of the reader: the error says where it is, and not what it says."""
    reply = f'<configure xmlns="{CONF}"><system>{inside}</system></configure>'

    assert yanglint.validate_config("21.2", reply.encode()) != []
    with pytest.raises(DeviceError, match=words) as caught:
        from_xml(etree.fromstring(reply), SCHEMA)
    assert "canary" not in str(caught.value)


class TestEditPayload:
    def test_only_what_differs_is_sent(self) -> None:
        """A changed leaf travels with the keys of its entry and nothing else, and needs no operation."""
        desired = tree('/configure system security pki ca-profile "ejbca" cert-file b.pem revocation-check crl')
        observed = tree('/configure system security pki ca-profile "ejbca" cert-file a.pem')

        sent = payload(desired, observed)
        assert "<cert-file>b.pem</cert-file>" in sent
        assert "revocation-check" not in sent  # its default
        assert "operation" not in sent

    @pytest.mark.law(5)
    def test_a_secret_that_is_present_is_not_sent(self) -> None:
        """A change beside a secret leaves the secret alone: up to 22.10 sending it would restart the CA profile."""
        desired = ConfigTree.from_items(
            [(CA, PRESENT), (CA / "cert-file", "b"), (KEY, PRESENT), (KEY / "password", "env:X")]
        )
        observed = ConfigTree.from_items([(CA, PRESENT), (KEY, PRESENT), (KEY / "password", "abc hash2")])

        assert "key-list" not in payload(desired, observed)

    def test_an_absent_secret_is_sent(self) -> None:
        """A missing secret is resolved into the payload, once."""
        asked: list[str] = []

        def resolve(reference: str) -> str:
            asked.append(reference)
            return "s3"

        desired = ConfigTree.from_items([(KEY, PRESENT), (KEY / "password", "env:X")])
        sent = text(edit_payload(diff(desired, ConfigTree(), SCHEMA), SCHEMA, resolve))

        assert "<password>s3</password>" in sent
        assert asked == ["env:X"]

    def test_an_undesired_entry_goes_as_a_whole(self) -> None:
        """A removed entry is named by its keys with nc:operation remove; nothing below it is sent."""
        kept = '/configure log filter "100" default-action drop'
        observed = tree('/configure log filter "100" named-entry "old" action drop', kept)
        desired = tree(kept)

        sent = payload(desired, observed, FILTER)
        assert '<named-entry nc:operation="remove">' in sent
        assert "<entry-name>old</entry-name>" in sent
        assert "<action>" not in sent

    def test_what_a_choice_removes_is_not_sent(self) -> None:
        """Setting the TLS profile ends allow-unsecure-connection on the router: the payload only sets."""
        observed = ConfigTree.from_items([(GRPC / "allow-unsecure-connection", EMPTY)])

        sent = payload(tree('/configure system grpc tls-server-profile "p"'), observed, GRPC)
        assert "<tls-server-profile>p</tls-server-profile>" in sent
        assert "allow-unsecure" not in sent

    def test_a_moved_entry_is_replaced_with_all_its_members(self) -> None:
        """In a user-ordered list, the entries from the first wrong place on are replaced, in order."""
        a = '/configure log filter "100" named-entry "a" action drop'
        b = '/configure log filter "100" named-entry "b" action forward'

        sent = payload(tree(b, a), tree(a, b), FILTER)
        assert sent.count('<named-entry nc:operation="replace">') == 2
        assert sent.index("<entry-name>b</entry-name>") < sent.index("<entry-name>a</entry-name>")
        assert "<action>forward</action>" in sent

    @pytest.mark.law(12)
    def test_a_moved_entry_keeps_the_values_of_its_leaf_lists(self) -> None:
        """What others applied to an entry is sent with it again: a replaced entry has only what is sent."""
        a, b = (FILTER.entry("named-entry", entry_name=name) for name in "ab")
        groups = [(a / "apply-groups", ("theirs",))]
        entries: list[tuple[Path, Value]] = [(FILTER, PRESENT), (a, PRESENT), (b, PRESENT)]
        wanted = ConfigTree.from_items([*entries, *groups])
        observed = ConfigTree.from_items([(FILTER, PRESENT), (b, PRESENT), (a, PRESENT), *groups])

        assert "<apply-groups>theirs</apply-groups>" in payload(wanted, observed, FILTER)

    def test_no_changes_give_an_empty_configure(self) -> None:
        """Without changes there is an empty element: nothing to edit."""
        assert len(edit_payload((), SCHEMA, never)) == 0

    @pytest.mark.parametrize(
        ("before", "after", "kept", "gone"),
        [
            ((), ("md-cli",), ["md-cli"], []),
            (("md-cli", "classic-cli"), ("md-cli",), [], ["classic-cli"]),
            (("md-cli",), ("md-cli", "classic-cli"), ["classic-cli"], []),
            (("md-cli", "classic-cli"), (), [], ["md-cli", "classic-cli"]),
        ],
        ids=["new", "shorter", "longer", "none"],
    )
    def test_leaf_lists_send_what_comes_and_what_goes(
        self, before: Sequence[str], after: Sequence[str], kept: Sequence[str], gone: Sequence[str]
    ) -> None:
        """Values that stay are not sent; values that go carry nc:operation remove."""
        path = Path.of("configure", "system", "management-interface", "cli", "cli-engine")
        change = Change("change", path, tuple(before), tuple(after))
        found = list(edit_payload([change], SCHEMA, never).iter(f"{{{CONF}}}cli-engine"))

        assert [item.text for item in found if not item.attrib] == list(kept)
        assert [item.text for item in found if "remove" in item.attrib.values()] == list(gone)


class TestFromXml:
    def test_a_reply_is_read_from_its_data_element(self) -> None:
        """Wrapping elements of the base namespace, white space, comments and prefixes do not matter."""
        reply = etree.fromstring(
            '<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><data>'
            f'<s:state xmlns:s="{STATE}"><!-- x --><s:system>\n<s:version>'
            "<s:version-number>B-21.2.R1</s:version-number></s:version>"
            "<s:grpc><s:oper-state> up </s:oper-state></s:grpc></s:system></s:state></data></rpc-reply>"
        )

        assert dict(from_xml(reply, SCHEMA)) == {
            Path.of("state", "system", "version", "version-number"): "B-21.2.R1",
            Path.of("state", "system", "grpc", "oper-state"): "up",
        }

    def test_unknown_nodes_are_skipped_and_named(self) -> None:
        """A node of a later release, or of another namespace, is left out of the tree and listed."""
        reply = etree.fromstring(
            f'<configure xmlns="{CONF}"><system><grpc><admin-state>enable</admin-state><warp>9</warp>'
            '<admin-state xmlns="urn:other">disable</admin-state></grpc></system></configure>'
        )

        assert dict(from_xml(reply, SCHEMA)) == {GRPC / "admin-state": "enable"}
        assert unknown_nodes(reply, SCHEMA) == (GRPC / "warp", GRPC / "admin-state")

    def test_the_same_name_in_another_namespace_is_no_root(self) -> None:
        """A <configure> of another namespace (lawful interception) is not ours to read."""
        reply = etree.fromstring('<configure xmlns="urn:nokia.com:sros:ns:yang:sr:li-conf"><system/></configure>')

        assert from_xml(reply, SCHEMA) == ConfigTree()

    def test_an_empty_reply_is_an_empty_tree(self) -> None:
        """No data is not an error: SR OS answers so for what is absent."""
        reply = etree.fromstring('<data xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>')

        assert from_xml(reply, SCHEMA) == ConfigTree()


class TestSubtreeFilter:
    def test_paths_share_their_way_and_keys_select(self) -> None:
        """Common parents are written once; an entry is selected by its keys, a list without keys as a whole."""
        pki = Path.of("configure", "system", "security", "pki")
        every_filter = Path.of("configure", "log", "filter")
        paths = [CA / "cmpv2", pki / "certificate-expiration-warning", GRPC, every_filter]
        found = subtree_filter(paths, SCHEMA)

        assert etree.tostring(found, encoding="unicode") == (
            f'<configure xmlns="{CONF}"><system><grpc/><security><pki><certificate-expiration-warning/><ca-profile>'
            "<ca-profile-name>ejbca</ca-profile-name><cmpv2/></ca-profile></pki></security></system>"
            "<log><filter/></log></configure>"
        )

    def test_a_path_inside_a_selected_one_adds_nothing(self) -> None:
        """Everything below a selected node is selected already: a selection inside it would narrow it."""
        found = subtree_filter([GRPC, GRPC / "admin-state", GRPC], SCHEMA)

        assert [etree.QName(item).localname for item in found.iter()] == ["configure", "system", "grpc"]

    @pytest.mark.parametrize(
        "paths",
        [[], [GRPC, Path.of("state", "system")], [GRPC / "warp"], [Path.of("admin")]],
        ids=["nothing", "two roots", "unknown node", "unknown root"],
    )
    def test_senseless_selections_are_refused(self, paths: list[Path]) -> None:
        """An empty selection would read the whole router; the others cannot be one filter."""
        with pytest.raises(RenderError):
            subtree_filter(paths, SCHEMA)
