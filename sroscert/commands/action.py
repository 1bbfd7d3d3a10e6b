"""Operations as YANG actions (RFC 7950 section 7.15), for releases that have them, and the choice of the spelling.

Nokia's models have actions for PKI since 23.3 (/admin/system/security/pki, nokia-oper-admin) and for files since 21.5
(/file, nokia-oper-file). Whether a release has one is asked of its schema. What has none goes as a command line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lxml import etree

from sroscert.commands import operations as op
from sroscert.commands import texts
from sroscert.commands.raw import Engine, key_parameters
from sroscert.errors import CommandError, InternalError

ADMIN_NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
FILE_NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-file"
_PKI = "/admin/system/security/pki"
_PATHS: dict[type, str] = {
    op.GenerateKeypair: f"{_PKI}/generate-keypair",
    op.ImportFile: f"{_PKI}/import",
    op.InitialRegistration: f"{_PKI}/cmpv2/initial-registration",
    op.Poll: f"{_PKI}/cmpv2/poll",
    op.ClearRequest: f"{_PKI}/cmpv2/clear-request",
    op.RemoveFile: "/file/remove",
    # Reload has none for TLS: the action's application is ipsec alone in every release (nokia-oper-admin).
}
_KINDS = ("certificate", "key", "crl")
_FORMATS = ("der", "pem", "pkcs7-der", "pkcs7-pem")


class KnowsActions(Protocol):
    """What is needed of ``schema.Schema``: whether a release has an action."""

    def action(self, path: str) -> object | None:
        """Return the action at a schema path, or None."""


@dataclass(frozen=True, slots=True)
class Action:
    """The operation is sent as the YANG action at ``path``."""

    path: str


@dataclass(frozen=True, slots=True)
class RawLine:
    """The operation is sent as a command line in the words of ``engine``."""

    engine: Engine


def spelling(operation: op.Operation, schema: KnowsActions) -> Action | RawLine:
    """Choose how a release takes an operation: as an action where its model has one, else as a line."""
    path = _PATHS.get(type(operation))
    if path is not None and schema.action(path) is not None:
        return Action(path)
    # ASSUMPTION: the MD-CLI display came with the modelled PKI operations; it was seen on 24.7 only.
    modern = schema.action(f"{_PKI}/import") is not None
    display = isinstance(operation, op.DisplayCertificate)
    return RawLine(Engine.MD_CLI if display and modern else Engine.CLASSIC)


def to_action(operation: op.Operation, schema: KnowsActions, resolve: Callable[[str], str]) -> etree._Element:
    """Return the content of ``<action>`` for an operation.

    ``resolve`` turns a secret reference into the secret. Raises CommandError: ``no-action`` when the release has no
    action for it, ``unsafe-text`` for a text that the model or a later command line cannot take.
    """
    chosen = spelling(operation, schema)
    if not isinstance(chosen, Action):
        raise CommandError(
            f"the release has no YANG action for {type(operation).__name__}", operation=type(operation).__name__,
            code="no-action", state="nothing was sent", hint="it must be sent as a command line",
        )
    names = chosen.path.strip("/").split("/")
    namespace = FILE_NAMESPACE if names[0] == "file" else ADMIN_NAMESPACE
    root = etree.Element(f"{{{namespace}}}{names[0]}", nsmap={None: namespace})  # type: ignore[dict-item]
    target = root
    for name in names[1:]:
        target = etree.SubElement(target, f"{{{namespace}}}{name}")
    for leaf, value in _leaves(operation, resolve):
        etree.SubElement(target, f"{{{namespace}}}{leaf}").text = value
    return root


def _leaves(operation: op.Operation, resolve: Callable[[str], str]) -> list[tuple[str, str | None]]:
    match operation:
        case op.GenerateKeypair():
            kind, parameter = key_parameters(operation)
            leaf = "ecdsa-curve" if kind == "ecdsa" else "rsa-key-size"
            return [("save-path", texts.action_url(operation.url)), (leaf, parameter)]
        case op.ImportFile():
            return [
                ("input-url", texts.action_url(operation.url)),
                ("output-file", texts.file_name(operation.output, "file name")),
                ("type", texts.one_of(operation.kind, _KINDS, "kind of file")),
                ("format", texts.one_of(operation.format, _FORMATS, "format")),
            ]
        case op.InitialRegistration():
            return _initial_registration(operation, resolve)
        case op.Poll() | op.ClearRequest():
            return [("ca-profile", texts.printable(operation.ca_profile, "CA profile name", 32))]
        case op.RemoveFile():
            return [("url", texts.action_url(operation.url)), ("force", None)]
        case _:
            raise InternalError(f"no leaves are known for the action of {type(operation).__name__}")


def _initial_registration(
    operation: op.InitialRegistration, resolve: Callable[[str], str]
) -> list[tuple[str, str | None]]:
    what = "enrolment password"
    leaves: list[tuple[str, str | None]] = [
        ("ca-profile", texts.printable(operation.ca_profile, "CA profile name", 32)),
        ("key-to-certify", texts.file_name(operation.key, "file name")),
        ("password", texts.printable(resolve(operation.secret_reference), what, 64, secret=True)),
        ("reference", texts.printable(operation.reference, "reference", 64)),
        ("subject-dn", texts.subject_dn(operation.subject_dn)),
    ]
    if operation.domain_names:
        leaves.append(("domain-name", texts.domain_names(operation.domain_names)))
    if operation.ip_address:
        leaves.append(("ip-address", texts.ip_address(operation.ip_address)))
    return [*leaves, ("save-as", texts.action_url(operation.save_as))]
