from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sroscert import schema as schemas
from sroscert.commands import operations as op
from sroscert.commands.action import Action, RawLine, spelling, to_action
from sroscert.commands.raw import Engine
from sroscert.errors import CommandError
from sroscert.schema import Node, Schema
from tests.unit.commands.test_raw import REGISTRATION, unresolved

if TYPE_CHECKING:
    from tests.yang.yanglint import Yanglint

ADMIN = "{urn:nokia.com:sros:ns:yang:sr:oper-admin}"
OPERATIONS: list[op.Operation] = [
    op.GenerateKeypair("cf3:/sr-key", "rsa", 2048, None),
    op.GenerateKeypair("cf3:/sr-key", "ecdsa", None, "secp384r1"),
    op.ImportFile("cf3:/sr-key", "sr-key", "key", "der"),
    op.ImportFile("cf3:/ManagementCA.pem", "ManagementCA.pem", "certificate", "pem"),
    REGISTRATION,
    op.InitialRegistration(
        "ejbca-profile", "sr-key", "a b", "env:X", "O=Big Corp,CN=sr", "cf3:/folder/x.der", "2001:db8::1",
        ("a.example", "b.example"),
    ),
    op.Poll("ejbca-profile"),
    op.ClearRequest("ejbca-profile"),
    op.RemoveFile("cf3:/sr-key"),
]
LINES: list[op.Operation] = [
    op.ShowRequest("ejbca-profile"), op.DisplayCertificate("cf3:/x"), op.ListFiles("cf3:/"), op.Reload("c", "k"),
    op.SaveConfiguration(),
]


@pytest.fixture(scope="module")
def newest() -> Schema:
    """The schema of a release with every action."""
    return schemas.load("25.10")


def secret(reference: str) -> str:
    """Resolve any reference."""
    return 'pass "word" \\'


def test_an_enrolment_becomes_the_modelled_action(newest: Schema) -> None:
    """The action has the nodes of nokia-oper-admin in its namespace, and backslashes in URLs."""
    element = to_action(REGISTRATION, newest, lambda reference: "sr")
    action = element.find(f"{ADMIN}system/{ADMIN}security/{ADMIN}pki/{ADMIN}cmpv2/{ADMIN}initial-registration")

    assert element.tag == f"{ADMIN}admin"
    assert action is not None
    assert [(etree.QName(leaf).localname, leaf.text) for leaf in action] == [
        ("ca-profile", "ejbca-profile"), ("key-to-certify", "sr-key"), ("password", "sr"), ("reference", "1"),
        ("subject-dn", "C=NL,ST=ZH,O=Nokia,CN=sr"), ("ip-address", "172.20.20.5"), ("save-as", "cf3:\\sr-cert.der"),
    ]


def test_a_secret_that_no_line_can_carry_can_go_in_an_action(newest: Schema) -> None:
    """XML carries quotes and backslashes; control characters are refused there too."""
    element = to_action(REGISTRATION, newest, secret)

    assert 'pass "word" \\' in [leaf.text for leaf in element.iter()]
    with pytest.raises(CommandError, match="control character"):
        to_action(REGISTRATION, newest, lambda reference: "a\x01b")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_every_action_fits_the_compiled_schema(operation: op.Operation, newest: Schema) -> None:
    """Each leaf that is sent exists in the release's action, has a valid value, and none that must be there lacks."""
    chosen = spelling(operation, newest)
    assert isinstance(chosen, Action)
    action = newest.action(chosen.path)
    assert action is not None

    element = to_action(operation, newest, lambda reference: "secret")
    target, path = element, [etree.QName(element).localname]
    while "/" + "/".join(path) != chosen.path:
        target = target[0]
        path.append(etree.QName(target).localname)

    assert {etree.QName(node).namespace for node in element.iter()} == {action.namespace}
    sent = {etree.QName(leaf).localname: leaf.text for leaf in target}
    for name, text in sent.items():
        node: Node = action.input.children[name]
        if text is not None:
            assert node.canonical(text) == text
    assert {name for name, node in action.input.children.items() if node.mandatory} <= set(sent)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_every_action_is_valid_for_nokias_models(operation: op.Operation, newest: Schema, yanglint: Yanglint) -> None:
    """libyang finds nothing wrong with any request that we make."""
    element = to_action(operation, newest, lambda reference: "secret")

    assert yanglint.validate_rpc("25.10", etree.tostring(element)) == []


@pytest.mark.parametrize("operation", LINES, ids=lambda operation: type(operation).__name__)
def test_what_has_no_action_goes_as_a_line(operation: op.Operation, newest: Schema) -> None:
    """Listing, display, request table, TLS reload and saving are lines in every release."""
    assert isinstance(spelling(operation, newest), RawLine)
    with pytest.raises(CommandError) as caught:
        to_action(operation, newest, unresolved)
    assert caught.value.code == "no-action"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: type(operation).__name__)
def test_a_release_without_actions_has_lines_only(operation: op.Operation) -> None:
    """21.2 has no modelled operation: PKI goes as lines in classic words, files in those of MD-CLI."""
    engine = Engine.MD_CLI if isinstance(operation, op.RemoveFile) else Engine.CLASSIC

    assert spelling(operation, schemas.load("21.2")) == RawLine(engine)


def test_the_display_is_md_cli_where_pki_is_modelled(newest: Schema) -> None:
    """The display needs the classic engine only on releases without modelled PKI operations."""
    display = op.DisplayCertificate("cf3:/system-pki/x")

    assert spelling(display, newest) == RawLine(Engine.MD_CLI)
    assert spelling(display, schemas.load("21.2")) == RawLine(Engine.CLASSIC)


@pytest.mark.parametrize(
    "operation",
    [
        op.GenerateKeypair("ftp://x/y"), op.ImportFile("cf3:/a", "a\\b", "key", "der"), op.RemoveFile("cf3:\\*"),
        op.Poll("x" * 33), op.ImportFile("cf3:/a", "a", "private", "der"),
    ],
    ids=repr,
)
def test_an_action_refuses_what_the_model_forbids(operation: op.Operation, newest: Schema) -> None:
    """Actions go through the same checks as lines."""
    with pytest.raises(CommandError) as caught:
        to_action(operation, newest, unresolved)
    assert caught.value.code == "unsafe-text"
