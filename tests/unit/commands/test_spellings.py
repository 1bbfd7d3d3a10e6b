"""All operations have their three spellings, each with what the model or the other spelling has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from lxml import etree

from sroscert import schema as schemas
from sroscert.commands import operations as op
from sroscert.commands.action import Action, RawLine, line_engine, spelling, to_action
from sroscert.commands.leaves import action_leaves, action_path
from sroscert.commands.raw import Engine, describe, has_md_cli_words, to_line
from sroscert.commands.words import Secret
from sroscert.errors import CommandError, Outcome
from tests.support.operations import EVERY, KINDS, SIGNED, name_of

if TYPE_CHECKING:
    from tests.yang.yanglint import Yanglint

ACTIONS = [operation for operation in EVERY if action_path(operation) is not None]
MD_CLI = [operation for operation in EVERY if has_md_cli_words(operation)]
CLASSIC_ONLY = [op.ShowRequest("p"), op.Reload("c", "k")]
REQUEST = op.CertRequest("p", "old", "oldcert", "new", "CN=sr", "cf3:/x.der", ip_address="172.20.20.5")


def secret(reference: str) -> str:
    """Resolve any reference."""
    return "code"


def test_the_table_has_every_operation() -> None:
    """A new operation must be spelled before a test of all of them can pass."""
    assert {type(operation) for operation in EVERY} == KINDS


@pytest.mark.parametrize("release", ["23.3", "26.3"])
@pytest.mark.parametrize("operation", ACTIONS, ids=name_of)
def test_every_request_is_valid_for_nokias_models(operation: op.Operation, release: str, yanglint: Yanglint) -> None:
    """libyang finds nothing wrong with any action that we make, in the first release with actions and the newest."""
    element = to_action(operation, schemas.load(release), secret)

    assert yanglint.validate_rpc(release, etree.tostring(element)) == []


@pytest.mark.parametrize(
    ("release", "operation"),
    [
        ("21.5", op.RemoveFile("cf3:/folder/x")), ("21.5", op.CopyFile("cf3:/a", "cf3:/b")),
        ("21.10", op.Checksum("cf3:/a", "md5")), ("22.5", op.RemoveFile("cf3:/x")),
    ],
    ids=repr,
)
def test_file_actions_of_older_releases_are_valid(release: str, operation: op.Operation, yanglint: Yanglint) -> None:
    """Files have actions before PKI does, from the release that the schema says."""
    element = to_action(operation, schemas.load(release), secret)

    assert yanglint.validate_rpc(release, etree.tostring(element)) == []


@pytest.mark.parametrize("operation", ACTIONS, ids=name_of)
def test_every_action_is_compiled_with_its_leaves(operation: op.Operation) -> None:
    """The schema of the newest release knows each action, each leaf that is sent, and none that must be is missing."""
    action = schemas.load("26.3").action(action_path(operation) or "")
    assert action is not None
    sent = [leaf for leaf, _ in action_leaves(operation)]

    assert len(sent) == len(set(sent))
    assert set(sent) <= set(action.input.children)
    # What a case of a choice must have, only that case must have.
    assert {name for name, node in action.input.children.items() if node.mandatory and not node.choice} <= set(sent)


@pytest.mark.parametrize("operation", EVERY, ids=name_of)
def test_every_operation_has_classic_words(operation: op.Operation) -> None:
    """The classic engine has a line for everything; from an MD-CLI session it goes behind the prefix."""
    there = to_line(operation, secret, Engine.CLASSIC, session=Engine.CLASSIC)

    assert there.startswith(("admin certificate ", "file ", "admin save", "ping ", "show log "))
    assert to_line(operation, secret, Engine.CLASSIC) == f"//{there}"


@pytest.mark.parametrize("operation", MD_CLI, ids=name_of)
def test_md_cli_words_are_those_of_the_model(operation: op.Operation) -> None:
    """An MD-CLI line of an operation with an action has the action's path, and every leaf with its value."""
    line = to_line(operation, secret, Engine.MD_CLI)

    assert to_line(operation, secret, Engine.MD_CLI, session=Engine.CLASSIC) == f"//{line}"
    path = action_path(operation)
    if path is not None:
        assert line.startswith(path.strip("/").replace("/", " ").removeprefix("global-operations "))
        for leaf, value in action_leaves(operation):
            shown = "code" if isinstance(value, Secret) else value if isinstance(value, str) else getattr(
                value, "text", leaf
            )
            assert shown in line


@pytest.mark.parametrize("operation", CLASSIC_ONLY, ids=name_of)
def test_what_md_cli_lacks_is_said(operation: op.Operation) -> None:
    """The table of requests and the reload for TLS are classic only."""
    with pytest.raises(CommandError) as caught:
        to_line(operation, secret, Engine.MD_CLI)
    assert caught.value.code == "no-line"


@pytest.mark.parametrize(
    ("operation", "classic", "md_cli"),
    [
        (
            REQUEST,
            "admin certificate cmpv2 cert-request ca p current-key old current-cert oldcert newkey new subject-dn "
            "CN=sr ip-addr 172.20.20.5 save-as cf3:/x.der",
            "admin system security pki cmpv2 cert-request ca-profile p current-key old current-certificate oldcert "
            "new-key new subject-dn CN=sr ip-address 172.20.20.5 save-as cf3:/x.der",
        ),
        (
            SIGNED,
            "admin certificate cmpv2 initial-registration ca ejbca-profile key-to-certify sr-key protection-alg "
            "signature cert factory send-chain with-ca factory-ca protection-key fkey hash-alg sha256 subject-dn "
            "C=NL,O=Nokia,CN=sr domain-name a.example,b.example ip-addr 172.20.20.5 save-as cf3:/sr-cert.der",
            "admin system security pki cmpv2 initial-registration ca-profile ejbca-profile key-to-certify sr-key "
            "certificate factory send-chain with-ca factory-ca protection-key fkey hash-algorithm sha256 subject-dn "
            "C=NL,O=Nokia,CN=sr domain-name a.example,b.example ip-address 172.20.20.5 save-as cf3:/sr-cert.der",
        ),
        (op.RemoveFile("cf3:/x"), "file delete cf3:/x force", "file remove cf3:/x force"),
        (op.ListFiles("cf3:"), "file dir cf3:/", "file list cf3:/"),
        (op.CopyFile("cf3:/a", "cf3:\\b"), "file copy cf3:/a cf3:/b", "file copy cf3:/a cf3:/b"),
        (
            op.CopyFile("cf3:/a", "cf3-b:/a", replace=True), "file copy cf3:/a cf3-b:/a force",
            "file copy cf3:/a cf3-b:/a force",
        ),
        (op.Checksum("cf3:/a"), "file checksum sha256 cf3:/a", "file checksum sha256 cf3:/a"),
        (
            op.ImportFile("cf3:/server.key", "server.key", "key", "pem"),
            "admin certificate import type key input cf3:/server.key output server.key format pem",
            "admin system security pki import input-url cf3:/server.key output-file server.key type key format pem",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else name_of(value),
)
def test_lines_of_both_engines(operation: op.Operation, classic: str, md_cli: str) -> None:
    """The words of the transcript, the option set of the model, the file commands that public clients send."""
    assert to_line(operation, secret, Engine.CLASSIC, session=Engine.CLASSIC) == classic
    assert to_line(operation, secret, Engine.MD_CLI) == md_cli


@pytest.mark.law(11)
@pytest.mark.parametrize("kind", ["key"])
@pytest.mark.parametrize("form", ["der", "pem"])
def test_a_private_key_cannot_be_exported(kind: str, form: str) -> None:
    """There is no spelling in any backend that writes a key to a flash, nor a format that carries one along."""
    schema = schemas.load("26.3")
    for refused in (op.ExportFile("k", "cf3:/k", kind, form), op.ExportFile("k", "cf3:/k", "certificate", "pkcs12")):
        for attempt in (lambda x: to_line(x, secret, Engine.CLASSIC), lambda x: to_line(x, secret, Engine.MD_CLI),
                        lambda x: to_action(x, schema, secret)):
            with pytest.raises(CommandError) as caught:
                attempt(refused)
            assert caught.value.code == "unsafe-text"


def test_engines_decide_the_words() -> None:
    """Where the classic engine is not allowed MD-CLI words do if there are any, and the other way round."""
    new, middle, old = schemas.load("25.10"), schemas.load("21.2"), schemas.load("19.10")
    display, listing = op.DisplayCertificate("cf3:/x"), op.ListFiles("cf3:/")

    assert spelling(display, new, {Engine.CLASSIC}) == RawLine(Engine.CLASSIC)
    assert spelling(display, new, {Engine.MD_CLI}) == RawLine(Engine.MD_CLI)
    assert spelling(op.Poll("p"), new, set()) == Action("/admin/system/security/pki/cmpv2/poll")
    assert line_engine(listing, middle, None) is Engine.MD_CLI
    assert line_engine(listing, middle, {Engine.CLASSIC}) is Engine.CLASSIC
    assert line_engine(listing, old, None) is Engine.CLASSIC
    assert line_engine(listing, old, {Engine.MD_CLI}) is Engine.MD_CLI


def test_without_the_engine_the_lines_to_type_are_given() -> None:
    """No classic engine for a display on 21.2: nothing is sent, and the hint has what an operator types."""
    with pytest.raises(CommandError) as caught:
        spelling(op.DisplayCertificate("cf3:/x"), schemas.load("21.2"), {Engine.MD_CLI})
    assert caught.value.code == "cli-engine"
    assert caught.value.outcome is Outcome.NOT_APPLIED
    assert "//admin certificate display" in caught.value.message
    assert "cli-engine [md-cli classic-cli]" in caught.value.hint


@pytest.mark.law(8)
@pytest.mark.parametrize("engine", list(Engine))
def test_a_description_never_has_the_secret(engine: Engine) -> None:
    """In the words of either engine the password is stars."""
    registration = next(operation for operation in EVERY if isinstance(operation, op.InitialRegistration))

    assert "password ***** reference 1" in describe(registration, engine)


def test_a_question_mark_is_refused_in_a_session() -> None:
    """What asks for help while it is typed cannot be typed; over NETCONF it can be sent."""
    operation = op.Poll("what?")

    assert to_line(operation, secret) == '//admin certificate cmpv2 poll ca "what?"'
    with pytest.raises(CommandError) as caught:
        to_line(operation, secret, interactive=True)
    assert caught.value.code == "unsafe-text"
