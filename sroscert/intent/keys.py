"""The keys of intent files, and which configuration of the router each becomes. Read from the intent's JSON Schema.

Most keys are named after their YANG nodes, so that a table of where the sections begin is enough; keys without a node
of their own (``renewal.before``) are explained by their description alone.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sroscert.errors import SchemaError
from sroscert.model.script_control import SCRIPT_USERS
from sroscert.schema import data_folder

NAME = "NAME"
"""Stands in a key's path for a name that the user gives."""

_PKI = ("configure", "system", "security", "pki")
_TLS = ("configure", "system", "security", "tls")
_LOG = ("configure", "log")
_SCRIPTS = ("configure", "system", "script-control")

SECTIONS: dict[tuple[str, ...], tuple[str, ...]] = {
    (*_PKI, "ca-profile"): ("ca_profiles", NAME),
    (*_PKI, "certificate-expiration-warning"): ("expiration_warning",),
    (*_PKI, "crl-expiration-warning"): ("crl_expiration_warning",),
    (*_PKI, "common-name-list"): ("common_name_lists", NAME),
    (*_PKI, "certificate-update-profile"): ("certificate_update_profiles", NAME),
    (*_PKI, "certificate-auto-update"): ("certificate_auto_update", NAME),
    (*_PKI, "est-profile"): ("est_profiles", NAME),
    ("configure", "system", "transmission-profile"): ("transmission_profiles", NAME),
    (*_TLS, "cert-profile"): ("tls", "cert_profiles", NAME),
    (*_TLS, "server-cipher-list"): ("tls", "server_cipher_lists", NAME),
    (*_TLS, "client-cipher-list"): ("tls", "client_cipher_lists", NAME),
    (*_TLS, "server-group-list"): ("tls", "server_group_lists", NAME),
    (*_TLS, "client-group-list"): ("tls", "client_group_lists", NAME),
    (*_TLS, "server-signature-list"): ("tls", "server_signature_lists", NAME),
    (*_TLS, "client-signature-list"): ("tls", "client_signature_lists", NAME),
    (*_TLS, "server-tls-profile"): ("tls", "server_profiles", NAME),
    (*_TLS, "client-tls-profile"): ("tls", "client_profiles", NAME),
    (*_TLS, "trust-anchor-profile"): ("tls", "trust_anchor_profiles", NAME),
    ("configure", "system", "grpc"): ("grpc",),
    (*_LOG, "filter"): ("log", "filters", NAME),
    (*_LOG, "event-handling", "handler"): ("log", "handlers", NAME),
    (*_LOG, "event-trigger", "security"): ("log", "triggers", "security", NAME),
    ("configure", "python", "python-script"): ("script_control", "python_scripts", NAME),
    (*_SCRIPTS, "script"): ("script_control", "scripts", NAME),
    (*_SCRIPTS, "script-policy"): ("script_control", "policies", NAME),
    **{path.names: ("script_users", kind) for kind, path in SCRIPT_USERS.items()},
}
"""Schema path of an object, and the key that declares it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an intent: its path, what it is for, and what it takes, as the JSON Schema says it."""

    path: tuple[str, ...]
    description: str
    takes: str
    default: str = ""

    def __str__(self) -> str:
        return ".".join(self.path)


@functools.cache
def keys() -> dict[tuple[str, ...], Key]:
    """Return every key that a router's scope can have, by its path. Raises SchemaError."""
    path = data_folder() / "intent.schema.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemaError(f"{path} cannot be read: {error}", hint="install sroscert again") from error
    every = {key.path: key for key in _walk(document, document["$defs"], (), ())}
    # Defaults, groups and routers repeat the keys that the file itself can have.
    return {path: key for path, key in every.items() if not _repeats(path, every)}


def _repeats(path: tuple[str, ...], every: Mapping[tuple[str, ...], Key]) -> bool:
    inside = {"defaults": 1, "groups": 2, "routers": 2}.get(path[0], 0)
    return 0 < inside < len(path) and path[inside:] in every


def _walk(node: Any, definitions: Any, path: tuple[str, ...], trail: tuple[str, ...]) -> Iterator[Key]:
    description, default = node.get("description", ""), node.get("default")
    for alternative in _alternatives(node, definitions, trail):
        form, names = alternative
        if path:
            shown = "" if default in (None, {}, []) else json.dumps(default)
            yield Key(path, description or form.get("description", ""), _takes(node, definitions), shown)
        for name, child in form.get("properties", {}).items():
            yield from _walk(child, definitions, (*path, name), names)
        below = form.get("additionalProperties")
        if isinstance(below, dict):
            yield from _walk(below, definitions, (*path, NAME), names)


def _alternatives(node: Any, definitions: Any, trail: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield the forms that a node can have, references followed; ``trail`` keeps from going round in circles."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name not in trail:
            yield from _alternatives(definitions[name], definitions, (*trail, name))
        return
    inner = [form for word in ("anyOf", "oneOf", "allOf") for form in node.get(word, ())]
    if not inner:
        yield node, trail
    for form in inner:
        if form.get("type") != "null":
            yield from _alternatives(form, definitions, trail)


def _takes(node: Any, definitions: Any) -> str:
    """Return in words what a key takes."""
    words: dict[str, None] = {}
    for form, _ in _alternatives(node, definitions, ()):
        words[_form(form)] = None
    return " or ".join(word for word in words if word)


def _form(form: Any) -> str:
    if "enum" in form:
        return " | ".join(str(value) for value in form["enum"])
    if "const" in form:
        return str(form["const"])
    text = {"object": "a mapping", "array": "a list", "integer": "a number", "boolean": "true | false"}.get(
        form.get("type", ""), "a text" if form.get("type") == "string" else str(form.get("type", ""))
    )
    if "minimum" in form or "maximum" in form:
        text += f" {form.get('minimum', '')}..{form.get('maximum', '')}"
    if "maxLength" in form:
        text += f" of at most {form['maxLength']} characters"
    examples = ", ".join(str(value) for value in form.get("examples", ()))
    return text + (f" such as {examples}" if examples else "")


def key_of(names: Sequence[str]) -> Key | None:
    """Return the key that sets the node at a schema path, or the nearest one above it; None where none does."""
    for depth in range(len(names), 0, -1):
        section = SECTIONS.get(tuple(names[:depth]))
        if section is not None:
            return _follow(section, names[depth:])
    return None


def _follow(section: tuple[str, ...], rest: Sequence[str]) -> Key | None:
    known = keys()
    place = section
    for name in rest:
        step = name.replace("-", "_")
        for candidate in ((*place, step), (*place, NAME, step)):
            if candidate in known:
                place = candidate
                break
        else:
            break
    return known.get(place) or known.get(section)


def nodes_of(path: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return the schema path of the object that a key declares or lies in; empty where it is no one object's."""
    found = [
        (*names, *(step.replace("_", "-") for step in path[len(section) :] if step != NAME))
        for names, section in SECTIONS.items()
        if tuple(path[: len(section)]) == section
    ]
    return tuple(found)


def matching(text: str) -> list[Key]:
    """Return the keys whose path ends in the dotted ``text``; hyphens and underscores are one."""
    wanted = tuple(text.replace("-", "_").strip(".").split("."))
    found = []
    for path, key in keys().items():
        plain = tuple(step for step in path if step != NAME)
        if plain[-len(wanted) :] == wanted or path[-len(wanted) :] == wanted:
            found.append(key)
    return found
