"""The PKI, TLS and gRPC part of the state tree, in the words of the release, and with it that of IPsec.

YANG: nokia-state, /state/system/security/{pki,tls} and /state/system/grpc. Differences that matter: the flag of an
administratively disabled CA profile is `adminDown` up to 23.10 and `admin-down` since 24.3; `cmpv2/request` exists
since 23.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from .. import namespaces
from .autoupdate import AutoUpdater
from .crlupdate import CRLUpdater, Ended, Progress
from .ipsecstate import add_ipsec_state
from .profiles import ProfileTable
from .requests import Record, RequestDesk
from .verdicts import ADMIN_DOWN, CAVerdict, EntryVerdict


@dataclass(frozen=True, slots=True)
class GRPCConnection:
    """One open gRPC connection: the client's address and port, and since when."""

    address: str
    port: int
    since: datetime


@dataclass(frozen=True, slots=True)
class GRPCCall:
    """One call that has not ended: its number, name, service and user, and since when."""

    number: int
    name: str
    service: str
    user: str
    since: datetime


@dataclass(frozen=True, slots=True)
class GRPCState:
    """`/state/system/grpc`."""

    up: bool
    down_reason: str = ""
    connections: Sequence[GRPCConnection] = ()
    calls: Sequence[GRPCCall] = ()
    gnmi_version: str = ""
    #: Empty while the service is disabled.
    cert_mgmt_version: str = ""


def train_of(release: str) -> tuple[int, int]:
    """`21.2` as a pair of numbers that can be compared."""
    major, _, minor = release.partition(".")
    return int(major), int(minor.split(".")[0])


def timestamp(moment: datetime) -> str:
    """`date-and-time` with one decimal, in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 100000}Z"


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespaces.STATE}}}{name}")
    element.text = text
    return element


def _oper(up: bool) -> str:
    return "up" if up else "down"


class StateWriter:
    """Renders the state of one router's PKI side."""

    def __init__(
        self, profiles: ProfileTable, desk: RequestDesk, updater: AutoUpdater, crls: CRLUpdater, release: str
    ) -> None:
        self._profiles = profiles
        self._desk = desk
        self._updater = updater
        self._crls = crls
        self._train = train_of(release)

    def render(self, grpc: GRPCState) -> etree._Element:
        """A whole `state` element."""
        with self._profiles.lock:
            return self._render(grpc)

    def _render(self, grpc: GRPCState) -> etree._Element:
        root = etree.Element(f"{{{namespaces.STATE}}}state", nsmap={None: namespaces.STATE})  # type: ignore[dict-item]
        system = _sub(root, "system")
        security = _sub(system, "security")
        self._pki(_sub(security, "pki"))
        self._tls(_sub(security, "tls"))
        self._grpc(_sub(system, "grpc"), grpc)
        add_ipsec_state(root, self._profiles, self._train)
        return root

    def flag_words(self, verdict: CAVerdict) -> str:
        """`oper-flags` as the release spells them."""
        old = self._train < (24, 3)
        return " ".join("adminDown" if old and flag == ADMIN_DOWN else flag for flag in verdict.flags)

    def _pki(self, pki: etree._Element) -> None:
        if self._train >= (19, 10):
            authentication = _sub(_sub(pki, "statistics"), "authentication")
            checks = self._profiles.client_checks
            for counter, number in (
                ("failed", checks.failed), ("passed", checks.passed), ("attempted", checks.failed + checks.passed)
            ):
                _sub(authentication, counter, str(number))
        for name, verdict in self._profiles.ca_verdicts().items():
            entry = _sub(pki, "ca-profile")
            _sub(entry, "ca-profile-name", name)
            _sub(entry, "oper-state", _oper(verdict.up))
            _sub(entry, "oper-flags", self.flag_words(verdict))
            record = self._desk.record(name)
            if record is not None and self._train >= (23, 3):
                _request(_sub(_sub(entry, "cmpv2"), "request"), record)
            fetching = self._crls.progress(name)
            if fetching is not None and self._train >= (19, 10):
                _crl_update(_sub(entry, "auto-crl-update"), fetching)
        for update, progress in self._updater.entries():
            entry = _sub(pki, "certificate-auto-update")
            _sub(entry, "certificate-file-name", update.certificate)
            _sub(entry, "update-state", progress.state)
            for name, moment in (
                ("last-update-start-time", progress.started),
                ("last-update-end-time", progress.ended),
                ("next-update-time", progress.next),
            ):
                if moment is not None:
                    _sub(entry, name, timestamp(moment))

    def _tls(self, tls: etree._Element) -> None:
        conf = self._profiles.conf
        for name in conf.cert_profiles:
            verdict = self._profiles.cert_verdict(name)
            entry = _sub(tls, "cert-profile")
            _sub(entry, "cert-profile-name", name)
            _sub(entry, "down-reasons", " ".join(verdict.reasons))
            _sub(entry, "oper-state", _oper(verdict.up))
            for item in verdict.entries:
                _cert_entry(_sub(entry, "entry"), item)
        for profile in conf.client_profiles.values():
            entry = _sub(tls, "client-tls-profile")
            _sub(entry, "client-profile-name", profile.name)
            _sub(entry, "oper-state", _oper(self._profiles.is_client_profile_up(profile)))
        for profile in conf.server_profiles.values():
            entry = _sub(tls, "server-tls-profile")
            _sub(entry, "server-profile-name", profile.name)
            _sub(entry, "oper-state", _oper(self._profiles.is_server_profile_up(profile)))
        states = self._profiles.ca_verdicts()
        for name, anchors in conf.trust_anchors.items():
            entry = _sub(tls, "trust-anchor-profile")
            _sub(entry, "trust-anchor-profile-name", name)
            up = {anchor: anchor in states and states[anchor].up for anchor in anchors}
            _sub(entry, "ca-profile-down", str(list(up.values()).count(False)))
            for anchor, is_up in up.items():
                item_element = _sub(entry, "trust-anchor")
                _sub(item_element, "ca-profile-name", anchor)
                _sub(item_element, "oper-state", _oper(is_up))

    def _grpc(self, element: etree._Element, grpc: GRPCState) -> None:
        _sub(element, "oper-state", _oper(grpc.up))
        if grpc.down_reason and self._train >= (25, 10):
            _sub(element, "oper-down-reason", grpc.down_reason)
        for connection in grpc.connections:
            entry = _sub(element, "connection")
            _sub(entry, "address", connection.address)
            _sub(entry, "port", str(connection.port))
            _sub(entry, "establishment-time", timestamp(connection.since))
        for call in grpc.calls:
            # ASSUMPTION: the texts of name and service-name, of which the models say no more than that they are texts.
            entry = _sub(element, "rpc")
            _sub(entry, "rpc-id", str(call.number))
            _sub(entry, "name", call.name)
            _sub(entry, "service-name", call.service)
            _sub(entry, "establishment-time", timestamp(call.since))
            _sub(entry, "user-name", call.user)
        if grpc.gnmi_version:
            services = _sub(element, "supported-services")
            _sub(services, "gnmi-version", grpc.gnmi_version)
            if grpc.cert_mgmt_version and self._train >= (19, 10):
                _sub(services, "gnoi-cert-mgmt-version", grpc.cert_mgmt_version)


def _crl_update(element: etree._Element, progress: Progress) -> None:
    # That there was none, or will be none, is said by a zero (MIB), and by not-applicable where the YANG has it.
    success = progress.success
    _sub(element, "last-success-auto-crl-update-url-id", "not-applicable" if success is None else str(success.entry))
    _sub(element, "last-success-auto-crl-update-time-start", _seconds(success.started if success else None))
    _sub(element, "last-success-auto-crl-update-time-end", _seconds(success.ended if success else None))
    _sub(element, "next-scheduled-auto-crl-update-time", _seconds(progress.next))
    current = _sub(element, "current-crl-update")
    _sub(current, "status", progress.status)
    # ASSUMPTION: a leaf whose type has no zero is left out.
    if progress.entry is not None:
        _sub(current, "entry-id", str(progress.entry))
    if progress.started is not None:
        _sub(current, "start-time", timestamp(progress.started))
    _last_failed(_sub(current, "last-failed-update"), progress.failure)


def _last_failed(element: etree._Element, failure: Ended | None) -> None:
    if failure is not None:
        _sub(element, "start-time", timestamp(failure.started))
        _sub(element, "end-time", timestamp(failure.ended))
        _sub(element, "entry-id", str(failure.entry))
    _sub(element, "cause", "no-failure" if failure is None else failure.cause)


def _seconds(moment: datetime | None) -> str:
    return "0" if moment is None else str(int(moment.timestamp()))


def _cert_entry(element: etree._Element, verdict: EntryVerdict) -> None:
    _sub(element, "entry-id", str(verdict.entry_id))
    _sub(element, "computed-chain-state", verdict.chain_state)
    _sub(element, "down-reasons", " ".join(verdict.reasons))
    if verdict.chain:
        chain = _sub(element, "computed-chain")
        for name in verdict.chain:
            _sub(chain, "ca-profiles", name)


def request_parameters(record: Record) -> list[tuple[str, str]]:
    """The leaves of `request-parameters`; never the password."""
    order = record.order
    pairs = [
        ("request-type", order.kind),
        ("key-filename", order.key),
        ("new-key-filename", order.new_key),
        ("subject-dn", order.subject_dn),
        ("domain-name", order.domain_name),
        ("ip-address", order.ip_address),
        ("save-as", order.save_as),
    ]
    if order.by_password:
        pairs.append(("reference", order.reference))
    else:
        pairs += [
            ("certificate", order.certificate),
            ("send-chain", "true" if order.send_chain else "false"),
            ("send-chain-ca", order.with_ca),
            ("protection-key", order.protection_key),
            ("hash-algorithm", order.hash_algorithm),
        ]
    return [(name, value) for name, value in pairs if value]


def _request(element: etree._Element, record: Record) -> None:
    _sub(element, "request-start-time", timestamp(record.started))
    if record.replied is not None:
        _sub(element, "last-ca-response-time", timestamp(record.replied))
    _sub(element, "transaction-status", record.status)
    _sub(element, "transaction-status-code", record.code)
    if record.text:
        _sub(element, "transaction-status-string", record.text[:255])
    parameters = _sub(element, "request-parameters")
    for name, value in request_parameters(record):
        _sub(parameters, name, value)
