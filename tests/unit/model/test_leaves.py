"""The models against Nokia's YANG: every leaf is there, in its spelling."""

from __future__ import annotations

import pytest

from sroscert import schema
from sroscert.model.base import Leaf, Local, Node
from sroscert.model.grpc import GRPC, GRPC_PATH
from sroscert.model.log import LOG, Handler, HandlerEntry, LogFilter, Match, Trigger, TriggerEntry
from sroscert.model.pki import (
    CMPURL,
    CRLURL,
    HTTP,
    OCSP,
    PKI,
    AutoCRLUpdate,
    CAProfile,
    CertificateAutoUpdate,
    CertificateUpdateProfile,
    CMPv2,
    CommonNameList,
    ExpirationWarning,
    Key,
)
from sroscert.model.script_control import SCRIPT_CONTROL, Script, ScriptPolicy
from sroscert.model.tls import TLS, ClientTLSProfile, ServerTLSProfile

MODELS: dict[str, tuple[tuple[str, ...], type[Node]]] = {
    "ca-profile": ((*PKI.names, "ca-profile"), CAProfile),
    "cmpv2": ((*PKI.names, "ca-profile", "cmpv2"), CMPv2),
    "cmpv2 url": ((*PKI.names, "ca-profile", "cmpv2", "url"), CMPURL),
    "cmpv2 http": ((*PKI.names, "ca-profile", "cmpv2", "http"), HTTP),
    "cmpv2 key": ((*PKI.names, "ca-profile", "cmpv2", "key-list", "key"), Key),
    "ocsp": ((*PKI.names, "ca-profile", "ocsp"), OCSP),
    "auto-crl-update": ((*PKI.names, "ca-profile", "auto-crl-update"), AutoCRLUpdate),
    "url-entry": ((*PKI.names, "ca-profile", "auto-crl-update", "crl-urls", "url-entry"), CRLURL),
    "certificate-expiration-warning": ((*PKI.names, "certificate-expiration-warning"), ExpirationWarning),
    "common-name-list": ((*PKI.names, "common-name-list"), CommonNameList),
    "certificate-update-profile": ((*PKI.names, "certificate-update-profile"), CertificateUpdateProfile),
    "certificate-auto-update": ((*PKI.names, "certificate-auto-update"), CertificateAutoUpdate),
    "server-tls-profile": ((*TLS.names, "server-tls-profile"), ServerTLSProfile),
    "client-tls-profile": ((*TLS.names, "client-tls-profile"), ClientTLSProfile),
    "grpc": (GRPC_PATH.names, GRPC),
    "filter": ((*LOG.names, "filter"), LogFilter),
    "match": ((*LOG.names, "filter", "named-entry", "match"), Match),
    "handler entry": ((*LOG.names, "event-handling", "handler", "entry"), HandlerEntry),
    "trigger entry": ((*LOG.names, "event-trigger", "security", "entry"), TriggerEntry),
    "handler": ((*LOG.names, "event-handling", "handler"), Handler),
    "event-trigger": ((*LOG.names, "event-trigger", "security"), Trigger),
    "script": ((*SCRIPT_CONTROL.names, "script"), Script),
    "script-policy": ((*SCRIPT_CONTROL.names, "script-policy"), ScriptPolicy),
}
ALWAYS = {"apply-groups", "apply-groups-exclude"}
LEFT_OUT = {
    # EST, DSA and Python scripts are not part of what sroscert does.
    "certificate-update-profile": {"est", "dsa"},
    "script-policy": {"python-lifetime", "python-script"},
    # Numbered entries are written for releases without names.
    "filter": {"entry"},
}


def names_of(model: type[Node]) -> set[str]:
    """Return the YANG names that a model's fields stand for, one level deep."""
    found = set()
    for field, info in model.model_fields.items():
        leaf = next((item.name for item in info.metadata if isinstance(item, Leaf)), field.replace("_", "-"))
        if not any(isinstance(item, Local) for item in info.metadata):
            found.add(leaf)
    return found


@pytest.mark.parametrize("release", [str(item) for item in schema.known_releases()])
@pytest.mark.parametrize("kind", MODELS)
def test_model_has_every_node_of_the_release(kind: str, release: str) -> None:
    """Each node that a release has below an object is a field of its model."""
    path, model = MODELS[kind]
    node = schema.load(release).node(path)
    if node is None:
        return
    present = {name for name, child in node.children.items() if child.status != "obsolete"}

    assert set() == present - set(node.keys) - ALWAYS - LEFT_OUT.get(kind, set()) - names_of(model)


@pytest.mark.parametrize("kind", MODELS)
def test_model_invents_nothing(kind: str) -> None:
    """Each field of a model is a node in some release."""
    path, model = MODELS[kind]
    known: set[str] = set()
    if kind == "grpc" and str(schema.known_releases()[-1]) < "26":
        known.add("custom-proto")
    for release in schema.known_releases():
        node = schema.load(release).node(path)
        known |= set(node.children) if node is not None else set()

    assert set() == names_of(model) - known
