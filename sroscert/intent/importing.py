"""A router's configuration → the sections of an intent that would declare it. The way back from ``desired``.

Where an object of the intent stands in the configuration is said by one table; what is in it, its model says. Whether
the result really means the same is for the caller to see (``plan.adopt``). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sroscert.model.base import Entry, Node
from sroscert.model.est import ESTProfile
from sroscert.model.grpc import GRPC, GRPC_PATH
from sroscert.model.log import LOG, FilterEntry, Handler, LogFilter, Trigger
from sroscert.model.pki import (
    PKI,
    CAProfile,
    CertificateAutoUpdate,
    CertificateUpdateProfile,
    CommonNameList,
    ExpirationWarning,
)
from sroscert.model.python import PYTHON, PythonScript
from sroscert.model.reading import Data, Twig, grown, read, short
from sroscert.model.scalars import OWNER
from sroscert.model.script_control import SCRIPT_CONTROL, SCRIPT_USERS, Script, ScriptPolicy
from sroscert.model.tls import TLS, CertProfile, ClientTLSProfile, ServerTLSProfile
from sroscert.model.transmission import SYSTEM, TransmissionProfile
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path

Loc = tuple[str, ...]
ABOUT_CERTIFICATES = re.compile(r"tmnx(?:Pki|Certificate)")
"""Events of the application security that are about certificates."""


@dataclass(frozen=True)
class Section:
    """Where the objects of one mapping of the intent are: list ``name`` below ``at``.

    ``also`` adds what the model does not say by itself.
    """

    loc: Loc
    at: Path
    name: str
    model: type[Node]
    also: Callable[[Twig, Data], Data] = lambda twig, data: data


def _send_chain(twig: Twig, data: Data) -> Data:
    for entry in twig.entries("entry"):
        chain = entry.at(entry.path / "send-chain")
        names = [item.path.last.keys[0][1] for item in chain.entries("ca-profile")] if chain is not None else []
        number = int(entry.path.last.keys[0][1])
        if names and number in data.get("entries", {}):
            data["entries"][number]["send_chain"] = names
    return data


def _named(field_name: str, *lists: str) -> Callable[[Twig, Data], Data]:
    """Return how numbered entries with a name each are read: the names, in the order of the numbers."""

    def also(twig: Twig, data: Data) -> Data:
        names: list[str] = []
        numbers: list[int] = []
        plain: list[int] = []
        for name in lists:
            entries = sorted((int(entry.path.last.keys[0][1]), entry.text("name")) for entry in twig.entries(name))
            names += [text for _, text in entries]
            numbers += [number for number, _ in entries]
            plain += range(1, len(entries) + 1)
        return {**data, field_name: names} if numbers == plain else {**data, field_name: names, "numbers": numbers}

    return also


def _anchors(twig: Twig, data: Data) -> Data:
    return {**data, "trust_anchor": [entry.path.last.keys[0][1] for entry in twig.entries("trust-anchor")]}


def _owner(twig: Twig, data: Data) -> Data:
    return {"owner": dict(twig.path.last.keys).get("owner", OWNER), **data}


def _numbered_filter(twig: Twig, data: Data) -> Data:
    """Read the numbered entries of a filter (before 21.2) as entries with names."""
    if "named_entry" in data:
        return data
    entries = {
        f"entry-{entry.path.last.keys[0][1]}": read(FilterEntry, entry, None, str) for entry in twig.entries("entry")
    }
    return {**data, "named_entry": entries} if entries else data


_CIPHERS = _named("ciphers", "cipher", "tls12-cipher", "tls13-cipher")
SECTIONS = (
    Section(("transmission_profiles",), SYSTEM, "transmission-profile", TransmissionProfile),
    Section(("est_profiles",), PKI, "est-profile", ESTProfile),
    Section(("ca_profiles",), PKI, "ca-profile", CAProfile),
    Section(("common_name_lists",), PKI, "common-name-list", CommonNameList),
    Section(("certificate_update_profiles",), PKI, "certificate-update-profile", CertificateUpdateProfile),
    Section(("certificate_auto_update",), PKI, "certificate-auto-update", CertificateAutoUpdate),
    Section(("tls", "cert_profiles"), TLS, "cert-profile", CertProfile, _send_chain),
    Section(("tls", "server_cipher_lists"), TLS, "server-cipher-list", Entry, _CIPHERS),
    Section(("tls", "client_cipher_lists"), TLS, "client-cipher-list", Entry, _CIPHERS),
    Section(("tls", "server_group_lists"), TLS, "server-group-list", Entry, _named("groups", "tls13-group")),
    Section(("tls", "client_group_lists"), TLS, "client-group-list", Entry, _named("groups", "tls13-group")),
    Section(
        ("tls", "server_signature_lists"), TLS, "server-signature-list", Entry, _named("signatures", "tls13-signature")
    ),
    Section(
        ("tls", "client_signature_lists"), TLS, "client-signature-list", Entry, _named("signatures", "tls13-signature")
    ),
    Section(("tls", "trust_anchor_profiles"), TLS, "trust-anchor-profile", Entry, _anchors),
    Section(("tls", "server_profiles"), TLS, "server-tls-profile", ServerTLSProfile),
    Section(("tls", "client_profiles"), TLS, "client-tls-profile", ClientTLSProfile),
    Section(("log", "filters"), LOG, "filter", LogFilter, _numbered_filter),
    Section(("log", "handlers"), LOG / "event-handling", "handler", Handler),
    Section(("log", "triggers", "security"), LOG / "event-trigger", "security", Trigger),
    Section(("script_control", "policies"), SCRIPT_CONTROL, "script-policy", ScriptPolicy, _owner),
    Section(("script_control", "python_scripts"), PYTHON, "python-script", PythonScript),
    Section(("script_control", "scripts"), SCRIPT_CONTROL, "script", Script, _owner),
)
SINGLES: Mapping[Loc, tuple[Path, type[Node]]] = {
    ("expiration_warning",): (PKI / "certificate-expiration-warning", ExpirationWarning),
    ("crl_expiration_warning",): (PKI / "crl-expiration-warning", ExpirationWarning),
    ("grpc",): (GRPC_PATH, GRPC),
}

_SHARED = frozenset({"log", "script_control", "transmission_profiles"})
"""Sections that are not about certificates alone: only what certificates use is taken over."""


@dataclass
class Found:
    """What an intent would say. ``objects`` maps each object's place in the intent to its place in the configuration.

    ``others`` are objects of shared sections that have nothing to do with certificates; ``secrets`` maps each
    reference that stands in for a secret to the leaf.
    """

    objects: dict[Loc, tuple[Path, Any]] = field(default_factory=dict)
    others: list[Path] = field(default_factory=list)
    secrets: dict[str, Path] = field(default_factory=dict)

    def sections(self) -> dict[str, Any]:
        """Return the sections as nested mappings."""
        data: dict[str, Any] = {}
        for loc, (_, value) in self.objects.items():
            place = data
            for part in loc[:-1]:
                place = place.setdefault(part, {})
            place[loc[-1]] = value
        return data


def collect(tree: ConfigTree, schema: Schema) -> Found:
    """Return everything in ``tree`` that has a place in an intent."""
    root = grown(tree)
    found = Found()
    secret = _secrets(found.secrets)
    ours = _about_certificates(root)
    for section in SECTIONS:
        parent = root.at(section.at)
        node = schema.node((*section.at.names, section.name))
        for twig in parent.entries(section.name) if parent is not None else ():
            if section.loc[0] in _SHARED and twig.path not in ours:
                found.others.append(twig.path)
                continue
            data = section.also(twig, read(section.model, twig, node, secret))
            loc = (*section.loc, twig.path.last.keys[0][1])
            if loc not in found.objects:  # a second owner of a script's name has no place
                found.objects[loc] = (twig.path, _shortest(section.model, data))
    for loc, (path, model) in SINGLES.items():
        single = root.at(path)
        if single is not None:
            data = read(model, single, schema.node(path), secret)
            if data:
                found.objects[loc] = (path, data)
    scripts = any(loc[0] == "script_control" for loc in found.objects)
    for kind, path in SCRIPT_USERS.items() if scripts else ():
        user = root.at(path)
        if user is not None:
            found.objects[("script_users", kind)] = (path, user.value)
    return found


def _shortest(model: type[Node], data: Data) -> Any:
    if model is Entry and len(data) == 1:  # lists of names
        return next(iter(data.values()))
    return short(model, data)


def _secrets(references: dict[str, Path]) -> Callable[[Path], str]:
    def secret(path: Path) -> str:
        keys = "_".join(value for segment in path.segments for _, value in segment.keys)
        name = re.sub(r"[^A-Z0-9]+", "_", f"SROS_{keys}".upper()).strip("_")
        reference, number = f"env:{name}", 1
        while references.setdefault(reference, path) != path:
            number += 1
            reference = f"env:{name}_{number}"
        return reference

    return secret


def _about_certificates(root: Twig) -> frozenset[Path]:
    """Return triggers about certificates and what they set off, and the transmission profiles that PKI uses."""
    ours: set[Path] = set()
    for name in _transmissions(root.at(PKI)):
        ours.update(twig.path for twig in _called(root, SYSTEM, "transmission-profile", name))
    triggers = root.at(LOG / "event-trigger")
    for trigger in triggers.entries("security") if triggers is not None else ():
        if not ABOUT_CERTIFICATES.match(trigger.path.last.keys[0][1]):
            continue
        ours.add(trigger.path)
        for entry in trigger.entries("entry"):
            ours.update(twig.path for twig in _called(root, LOG, "filter", entry.text("filter")))
            for handler in _called(root, LOG / "event-handling", "handler", entry.text("handler")):
                ours.add(handler.path)
                ours.update(_scripts(root, handler))
    return frozenset(ours)


def _transmissions(twig: Twig | None) -> Iterator[str]:
    """Yield the names of the transmission profiles that something at or below ``twig`` refers to."""
    if twig is None:
        return
    if twig.path.last.name == "transmission-profile" and isinstance(twig.value, str):
        yield twig.value
    for below in twig.below.values():
        yield from _transmissions(below)


def _scripts(root: Twig, handler: Twig) -> Iterator[Path]:
    for entry in handler.entries("entry"):
        for policy in _referred(root, entry, "script-policy", "script-policy"):
            yield policy.path
            for script in _referred(root, policy, "script", "script"):
                yield script.path
            reference = policy.at(policy.path / "python-script")
            for python in _called(root, PYTHON, "python-script", reference.text("name")) if reference else ():
                yield python.path


def _referred(root: Twig, twig: Twig, container: str, name: str) -> Iterator[Twig]:
    reference = twig.at(twig.path / container)
    if reference is not None:
        owner = reference.text("owner") or OWNER
        for found in _called(root, SCRIPT_CONTROL, name, reference.text("name")):
            if dict(found.path.last.keys).get("owner", OWNER) == owner:
                yield found


def _called(root: Twig, at: Path, name: str, key: str) -> Iterator[Twig]:
    parent = root.at(at)
    for twig in parent.entries(name) if parent is not None else ():
        if twig.path.last.keys[0][1] == key:
            yield twig
