"""What refers to what inside an intent: every name must be declared."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator
from collections.abc import Mapping as MappingABC
from typing import Any

from sroscert.errors import Problem
from sroscert.intent.layers import locate
from sroscert.intent.script_users import user_clashes
from sroscert.intent.source import Mapping, Node
from sroscert.intent.spelling import did_you_mean

Loc = tuple[str | int, ...]
Reference = tuple[Loc, str | None, str, MappingABC[str, Any]]


class _Unread(MappingABC[str, Any]):
    """Stands in for a section that is wrong in itself: refers to nothing, and has the names that are written in it."""

    def __init__(self, node: Node | None) -> None:
        self._entries = node.entries if isinstance(node, Mapping) else {}

    def __getattr__(self, name: str) -> _Unread:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Unread(self._entries.get(name))

    def __getitem__(self, key: str) -> Node:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> ItemsView[str, Any]:
        """Return nothing: what an entry refers to is not known."""
        return ItemsView[str, Any]({})


def readable(
    values: MappingABC[str, Any], unsound: Iterable[str], scope: Mapping, absent: MappingABC[str, Any]
) -> dict[str, Any]:
    """Return the values of a router with what stands in for its ``unsound`` sections, so that all others are checked.

    ``absent`` are the values of sections that are not given.
    """
    stand_in = {
        name: absent[name] if name in _NAMED_BY_NOBODY else _Unread(scope.entries.get(name)) for name in unsound
    }
    return {**values, **stand_in}


_NAMED_BY_NOBODY = frozenset({"grpc", "script_users"})
"""Sections that nothing refers to: a wrong one is as good as none."""


def check_references(values: MappingABC[str, Any], scope: Node, problems: list[Problem]) -> None:
    """Append a problem for every name that nothing declares, and for names that stand for two things."""
    for loc, name, what, known in _references(values):
        if name is None or name in known:
            continue
        mark, _ = locate(scope, loc)
        problems.append(
            Problem(
                "dangling-reference", f"there is no {what} {name}", file=mark.file, line=mark.line, column=mark.column,
                path=".".join(map(str, loc)), suggestion=did_you_mean(name, known),
            )
        )


    users = user_clashes(values["script_users"], values["certificates"])
    for clash, loc in (*_code_clashes(values), *_file_clashes(values), *users):
        mark, _ = locate(scope, loc)
        problems.append(
            Problem(
                "name-clash", clash, file=mark.file, line=mark.line, column=mark.column, path=".".join(map(str, loc))
            )
        )


def _code_clashes(values: MappingABC[str, Any]) -> Iterator[tuple[str, Loc]]:
    """Yield enrolments that give another secret for a reference number than the CA profile's key list already has."""
    secrets: dict[tuple[str, str], str] = {
        (name, reference): key.password
        for name, profile in values["ca_profiles"].items() if profile.cmpv2
        for reference, key in profile.cmpv2.key_list.items()
    }
    for name, certificate in values["certificates"].items():
        enrolment = certificate.enrolment
        known = secrets.setdefault((certificate.ca_profile, enrolment.reference), enrolment.secret)
        if known != enrolment.secret:
            clash = f"reference {enrolment.reference} at {certificate.ca_profile} has another secret already"
            yield clash, ("certificates", name, "enrolment", "secret")


def _file_clashes(values: MappingABC[str, Any]) -> Iterator[tuple[str, Loc]]:
    """Yield files that would overwrite one another in system-pki, which is one flat folder."""
    taken: dict[str, object] = {}
    for name, profile in values["ca_profiles"].items():
        if taken.setdefault(profile.file, profile.certificate) != profile.certificate:
            yield f"{profile.file} would hold two CA certificates", ("ca_profiles", name, "file")
    for name, certificate in values["certificates"].items():
        key = certificate.key.file or f"{name}-key"
        for file, loc in ((name, ("certificates", name)), (key, ("certificates", name, "key", "file"))):
            if taken.setdefault(file, loc) != loc:
                yield f"{file} names two files in system-pki", loc


def _references(values: MappingABC[str, Any]) -> Iterator[Reference]:
    cas = values["ca_profiles"]
    for name, certificate in values["certificates"].items():
        yield ("certificates", name, "ca_profile"), certificate.ca_profile, "CA profile", cas
    yield from _in_tls(values)
    yield from _transmissions(values)
    for name, est in values["est_profiles"].items():
        clients = values["tls"].client_profiles
        yield ("est_profiles", name, "client_tls_profile"), est.client_tls_profile, "client TLS profile", clients
    if values["grpc"] is not None:
        profiles = values["tls"].server_profiles
        yield ("grpc", "tls_server_profile"), values["grpc"].tls_server_profile, "server TLS profile", profiles
    yield from _in_native_renewal(values)
    yield from _in_event_handling(values)


def _in_tls(values: MappingABC[str, Any]) -> Iterator[Reference]:
    tls, cas, certificates = values["tls"], values["ca_profiles"], values["certificates"]
    for name, profile in tls.cert_profiles.items():
        for number, entry in profile.entries.items():
            yield ("tls", "cert_profiles", name, number), entry.certificate, "certificate", certificates
            for index, ca in enumerate(entry.send_chain):
                yield ("tls", "cert_profiles", name, number, "send_chain", index), ca, "CA profile", cas
    for name, anchors in tls.trust_anchor_profiles.items():
        for index, ca in enumerate(anchors.trust_anchor):
            yield ("tls", "trust_anchor_profiles", name, index), ca, "CA profile", cas
    for name, server in tls.server_profiles.items():
        at: Loc = ("tls", "server_profiles", name)
        yield (*at, "cert_profile"), server.cert_profile, "certificate profile", tls.cert_profiles
        yield (*at, "cipher_list"), server.cipher_list, "server cipher list", tls.server_cipher_lists
        yield (*at, "group_list"), server.group_list, "server group list", tls.server_group_lists
        yield (*at, "signature_list"), server.signature_list, "server signature list", tls.server_signature_lists
        if client := server.authenticate_client:
            at = (*at, "authenticate_client")
            anchors = tls.trust_anchor_profiles
            yield (*at, "trust_anchor_profile"), client.trust_anchor_profile, "trust anchor profile", anchors
            yield (*at, "common_name_list"), client.common_name_list, "common name list", values["common_name_lists"]
    for name, profile in tls.client_profiles.items():
        at = ("tls", "client_profiles", name)
        yield (*at, "cert_profile"), profile.cert_profile, "certificate profile", tls.cert_profiles
        yield (*at, "cipher_list"), profile.cipher_list, "client cipher list", tls.client_cipher_lists
        yield (*at, "group_list"), profile.group_list, "client group list", tls.client_group_lists
        yield (*at, "signature_list"), profile.signature_list, "client signature list", tls.client_signature_lists
        yield (*at, "trust_anchor_profile"), profile.trust_anchor_profile, "trust anchor profile", (
            tls.trust_anchor_profiles
        )


def _transmissions(values: MappingABC[str, Any]) -> Iterator[Reference]:
    """Yield the transmission profiles that are named, unless the intent declares none: then they are the router's."""
    known = values["transmission_profiles"]
    if not known:
        return
    for name, ca in values["ca_profiles"].items():
        at: Loc = ("ca_profiles", name)
        for part in ("ocsp", "cmpv2"):
            holder = getattr(ca, part)
            holder = holder.url if part == "cmpv2" and holder is not None else holder
            if holder is not None:
                loc = (*at, part, *(("url",) if part == "cmpv2" else ()), "transmission_profile")
                yield loc, holder.transmission_profile, "transmission profile", known
        for number, url in ca.auto_crl_update.crl_urls.items() if ca.auto_crl_update else ():
            loc = (*at, "auto_crl_update", "crl_urls", number, "transmission_profile")
            yield loc, url.transmission_profile, "transmission profile", known
    for name, est in values["est_profiles"].items():
        yield ("est_profiles", name, "transmission_profile"), est.transmission_profile, "transmission profile", known


def _in_native_renewal(values: MappingABC[str, Any]) -> Iterator[Reference]:
    updates = values["certificate_update_profiles"]
    for name, auto in values["certificate_auto_update"].items():
        yield ("certificate_auto_update", name, "profile"), auto.profile, "certificate update profile", updates
    for name, update in updates.items():
        if update.est:
            at: Loc = ("certificate_update_profiles", name, "est", "est_profile")
            yield at, update.est.est_profile, "EST profile", values["est_profiles"]
        if update.cmpv2:
            loc: Loc = ("certificate_update_profiles", name, "cmpv2", "ca_profile")
            yield loc, update.cmpv2.ca_profile, "CA profile", values["ca_profiles"]


def _in_event_handling(values: MappingABC[str, Any]) -> Iterator[Reference]:
    log, scripts = values["log"], values["script_control"]
    for name, handler in log.handlers.items():
        for number, entry in handler.entry.items():
            loc: Loc = ("log", "handlers", name, "entry", number, "script_policy", "name")
            yield loc, entry.script_policy.name, "script policy", scripts.policies
    for event, trigger in log.triggers.security.items():
        for number, entry in trigger.entry.items():
            loc = ("log", "triggers", "security", event, "entry", number)
            yield (*loc, "filter"), entry.filter, "log filter", log.filters
            yield (*loc, "handler"), entry.handler, "event handler", log.handlers
    for name, policy in scripts.policies.items():
        at: Loc = ("script_control", "policies", name)
        if policy.script is not None:
            yield (*at, "script", "name"), policy.script.name, "script", scripts.scripts
        if policy.python_script is not None:
            yield (*at, "python_script", "name"), policy.python_script.name, "Python script", scripts.python_scripts
