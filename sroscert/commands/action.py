"""Operations as YANG actions (RFC 7950 section 7.15), for releases that have them, and the choice of the spelling.

Whether a release has an action is asked of its schema. What has none goes as a command line, in the words of an engine
that the router allows. Paths and leaves are in ``leaves``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from lxml import etree

from sroscert.commands import operations as op
from sroscert.commands import texts
from sroscert.commands.leaves import action_leaves, action_path
from sroscert.commands.raw import Engine, describe, has_md_cli_words
from sroscert.commands.words import URL, Secret, Word
from sroscert.errors import CommandError
from sroscert.schema import Schema
from sroscert.schema.facts import facts

ADMIN_NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
FILE_NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-file"
GLOBAL_NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-global"
_NAMESPACES = {"admin": ADMIN_NAMESPACE, "file": FILE_NAMESPACE, "global-operations": GLOBAL_NAMESPACE}
ENGINE_LINES = (
    "/configure system management-interface cli cli-engine [md-cli classic-cli]",
    "commit",
)
"""What an operator types in MD-CLI (configuration mode) to allow both engines; it holds from the next login on."""


@dataclass(frozen=True, slots=True)
class Action:
    """The operation is sent as the YANG action at ``path``."""

    path: str


@dataclass(frozen=True, slots=True)
class RawLine:
    """The operation is sent as a command line in the words of ``engine``."""

    engine: Engine


def spelling(
    operation: op.Operation, schema: Schema, engines: Collection[Engine] | None = None
) -> Action | RawLine:
    """Choose how a release takes an operation: as an action where its model has one, else as a line.

    Raises CommandError ``cli-engine`` as ``line_engine`` does.
    """
    path = action_path(operation)
    if path is not None and schema.action(path) is not None:
        return Action(path)
    return RawLine(line_engine(operation, schema, engines))


def line_engine(operation: op.Operation, schema: Schema, engines: Collection[Engine] | None = None) -> Engine:
    """Choose the engine in whose words a line is written; ``engines`` are those allowed, None where that is unknown.

    Raises CommandError ``cli-engine`` where the router allows none that has words for the operation; its hint has the
    lines that an operator would type.
    """
    order = _preferred(operation, schema)
    for engine in order:
        if engines is None or engine in engines:
            return engine
    wanted = " or ".join(engine.value for engine in order)
    raise CommandError(
        f"{describe(operation, order[0])} needs the {wanted} engine, which this router does not allow",
        operation=type(operation).__name__, code="cli-engine", state="nothing was sent",
        hint=f"type on the router: {' ; '.join(ENGINE_LINES)} ; then run again (a new login is needed)",
    )


def _preferred(operation: op.Operation, schema: Schema) -> tuple[Engine, ...]:
    if not has_md_cli_words(operation):
        return (Engine.CLASSIC,)
    if isinstance(operation, op.FILE_OPERATIONS):
        # ASSUMPTION: before the raw command (20.10) MD-CLI may lack the file commands; classic has them always.
        return (Engine.MD_CLI, Engine.CLASSIC) if facts(schema).raw_command else (Engine.CLASSIC, Engine.MD_CLI)
    # ASSUMPTION: the MD-CLI words came with the modelled PKI operations; they were seen on 24.7 and later only.
    return (Engine.MD_CLI, Engine.CLASSIC) if facts(schema).pki_actions else (Engine.CLASSIC,)


def to_action(operation: op.Operation, schema: Schema, resolve: Callable[[str], str]) -> etree._Element:
    """Return the content of ``<action>`` for an operation.

    ``resolve`` turns a secret reference into the secret. Raises CommandError: ``no-action`` when the release has no
    action for it, ``unsafe-text`` for a text that the model or a later command line cannot take.
    """
    path = action_path(operation)
    if path is None or schema.action(path) is None:
        raise CommandError(
            f"the release has no YANG action for {type(operation).__name__}", operation=type(operation).__name__,
            code="no-action", state="nothing was sent", hint="it must be sent as a command line",
        )
    names = path.strip("/").split("/")
    namespace = _NAMESPACES[names[0]]
    root = etree.Element(f"{{{namespace}}}{names[0]}", nsmap={None: namespace})  # type: ignore[dict-item]
    target = root
    for name in names[1:]:
        target = etree.SubElement(target, f"{{{namespace}}}{name}")
    for leaf, value in action_leaves(operation):
        etree.SubElement(target, f"{{{namespace}}}{leaf}").text = None if value is None else _text(value, resolve)
    return root


def _text(word: Word, resolve: Callable[[str], str]) -> str:
    if isinstance(word, str):
        return word
    if isinstance(word, Secret):
        return texts.printable(resolve(word.reference), word.what, 64, secret=True)
    # The model's URLs have backslashes (typedef cflash-url).
    return texts.action_url(word.text, word.what) if isinstance(word, URL) else word.text
