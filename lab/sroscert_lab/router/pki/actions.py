"""Modelled operations: `/admin/system/security/pki/*` (nokia-oper-admin, 23.3), `/file/*` (nokia-oper-file, 21.5) and
`/global-operations/ping` (nokia-oper-global, 21.10).

Owns what is done with the input of an action, and writing `results`. The check of the input is actionspec.py's,
operation-id and times are the core's.
"""

from __future__ import annotations

import hashlib

from lxml import etree

from .. import namespaces
from ..errors import ActionResult, CommandFailed
from ..urltext import without_passwords
from . import csr, estcommands, orders, pinging, redundancy
from .actionspec import EMPTY, ActionSpec, Values, check, is_url, number, unknown
from .assumptions import FailureForm
from .certprofiles import IPSEC
from .failure import PKIRefusal
from .formats import KIND_BY_WORD
from .operations import Operations
from .requests import Order, Record
from .state import request_parameters, timestamp

_PKI = ("admin", "system", "security", "pki")
_PING, _PING_SINCE = ("global-operations", "ping"), (21, 10)
class ActionInterpreter:
    """Runs modelled actions on one router."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._table = self._specs()

    def run(self, action: etree._Element) -> ActionResult:
        """Run the action below `<action>`; CommandFailed when it is unknown, malformed or refused."""
        path: tuple[str, ...] = (namespaces.local_name(action),)
        element = action
        while path not in self._table:
            children = [child for child in element if namespaces.local_name(child)]
            if len(children) != 1:
                raise unknown(path[-1])
            element = children[0]
            path = (*path, namespaces.local_name(element))
        values: dict[str, str] = {}
        for leaf in element:
            if namespaces.local_name(leaf):
                values[namespaces.local_name(leaf)] = (leaf.text or "").strip()
        return self._call(path, values)

    def run_words(self, words: list[str]) -> str:
        """The same operations typed in MD-CLI below `admin system security pki`; gives the results as lines."""
        size = next((size for size in (2, 1) if (*_PKI, *words[:size]) in self._table), 0)
        if not size:
            raise unknown(words[0] if words else "pki")
        path, rest = (*_PKI, *words[:size]), words[size:]
        values: dict[str, str] = {}
        while rest:
            name = rest.pop(0)
            # MD-CLI takes either slash in a URL, YANG only one.
            values[name] = "" if name in EMPTY or not rest else rest.pop(0)
            if is_url(path, name):
                values[name] = values[name].replace("/", "\\")
        result = self._call(path, values)
        # ASSUMPTION: how MD-CLI prints the results of an operation.
        lines = [f"    {namespaces.local_name(leaf)} {leaf.text}" for leaf in result.results if len(leaf) == 0]
        return "".join(f"{line}\n" for line in lines)

    def _call(self, path: tuple[str, ...], values: Values) -> ActionResult:
        first = (23, 3) if path[:4] == _PKI else _PING_SINCE if path == _PING else (21, 5)
        if self._operations.train < first:
            raise unknown(path[-1])
        spec = self._table[path]
        check(spec, path, values)
        try:
            return spec.run(values)
        except PKIRefusal as refusal:
            return self._fail(refusal.reason)
        except OSError as exc:
            return self._fail(f'open file "{exc.filename}"')

    def _fail(self, reason: str) -> ActionResult:
        text = without_passwords(f"MINOR: MGMT_AGENT #2007: Operation failed - {reason}")
        # ASSUMPTION: a refused action is answered by an rpc-error, as the System Management Guide shows for one.
        if self._operations.assumptions().failure_form is FailureForm.TERMINATED:
            return ActionResult(status="terminated-incomplete", error_messages=(text[:255],))
        raise CommandFailed(text)

    def _specs(self) -> dict[tuple[str, ...], ActionSpec]:
        pki = {
            ("generate-keypair",): ActionSpec(
                self._generate_keypair, ("save-path",), ("rsa-key-size", "dsa-key-size", "ecdsa-curve")
            ),
            ("import",): ActionSpec(
                self._import,
                ("input-url", "output-file", "type", "format"),
                ("password", "validate-certificate-chain"),
            ),
            ("export",): ActionSpec(
                self._export, ("input-file", "output-url", "type", "format"), ("password", "key-file")
            ),
            ("generate-csr",): ActionSpec(
                self._generate_csr,
                ("key-url", "output-url"),
                ("hash-algorithm", "subject-dn", "domain-name", "ip-address", "use-printable"),
            ),
            ("convert-file",): ActionSpec(self._convert, ("input-file", "output-file", "format"), ("force",)),
            ("reload",): ActionSpec(self._reload, ("application", "certificate", "key")),
            ("update-certificate",): ActionSpec(self._update, ("certificate",)),
            ("crl-update",): ActionSpec(self._crl_update, ("ca-profile",)),
            ("clear-ocsp-cache",): ActionSpec(self._clear_ocsp_cache, (), ("entry-id",)),
            ("cmpv2", "initial-registration"): ActionSpec(
                lambda values: self._request(orders.initial_registration(values)),
                ("ca-profile", "key-to-certify", "save-as"),
                (
                    *("password", "reference", "certificate", "send-chain", "with-ca", "protection-key"),
                    *("hash-algorithm", "subject-dn", "domain-name", "ip-address"),
                ),
            ),
            ("cmpv2", "cert-request"): ActionSpec(
                lambda values: self._request(orders.certificate_request(values)),
                ("ca-profile", "current-key", "current-certificate", "new-key", "save-as"),
                ("hash-algorithm", "subject-dn", "domain-name", "ip-address"),
            ),
            ("cmpv2", "key-update"): ActionSpec(
                lambda values: self._request(orders.key_update(values)),
                ("ca-profile", "new-key", "old-key", "old-certificate", "save-as"),
                ("hash-algorithm",),
            ),
            **estcommands.specs(self._operations),
            ("cmpv2", "poll"): ActionSpec(self._poll, ("ca-profile",)),
            ("cmpv2", "clear-request"): ActionSpec(self._clear, ("ca-profile",)),
        }
        files = {
            ("file", "remove"): ActionSpec(self._remove, ("url",), ("force", "direct-http", "router-instance")),
            ("file", "checksum"): ActionSpec(self._checksum, ("type", "url"), ("router-instance",)),
            ("file", "make-directory"): ActionSpec(self._make_directory, ("url",), ("router-instance",)),
            ("file", "copy"): ActionSpec(self._copy, ("source-url", "destination-url"), ("force", "router-instance")),
            ("file", "move"): ActionSpec(self._move, ("source-url", "destination-url"), ("force", "router-instance")),
        }
        ping = ActionSpec(
            self._ping, ("destination",), ("router-instance", "count", "timeout", "interval", "size", "output-format")
        )
        return {(*_PKI, *name): spec for name, spec in pki.items()} | files | {
            _PING: ping, **redundancy.specs(self._operations),
        }

    # --- pki ----------------------------------------------------------------------------------------------------------

    def _generate_keypair(self, values: Values) -> ActionResult:
        chosen = [name for name in ("rsa-key-size", "dsa-key-size", "ecdsa-curve") if name in values]
        if len(chosen) != 1:
            raise CommandFailed("MINOR: MGMT_CORE #236: generate-keypair - Missing mandatory fields - key-type")
        algorithm = chosen[0].partition("-")[0]
        size = number(values.get("rsa-key-size", values.get("dsa-key-size", "2048")))
        curve = values.get("ecdsa-curve", "secp256r1")
        self._operations.store.generate_keypair(values["save-path"], algorithm, size, curve)
        return ActionResult()

    def _import(self, values: Values) -> ActionResult:
        kind = KIND_BY_WORD[values["type"]]
        url, name = values["input-url"], values["output-file"]
        with_chain = "validate-certificate-chain" in values
        self._operations.import_file(
            kind, url, name, values["format"], values.get("password"), with_chain=with_chain
        )
        return ActionResult()

    def _export(self, values: Values) -> ActionResult:
        kind = KIND_BY_WORD[values["type"]]
        name, url = values["input-file"], values["output-url"]
        password, key = values.get("password", ""), values.get("key-file", "")
        self._operations.store.export_file(kind, name, url, values["format"], password, key)
        return ActionResult()

    def _generate_csr(self, values: Values) -> ActionResult:
        csr.generate(self._operations.store, values)
        return ActionResult()

    def _convert(self, values: Values) -> ActionResult:
        source, target = values["input-file"], values["output-file"]
        self._operations.store.convert(source, target, values["format"], force="force" in values)
        return ActionResult()

    def _reload(self, values: Values) -> ActionResult:
        # The only application is ipsec (YANG `reload/application`).
        self._operations.profiles.reload(values["certificate"], values["key"], IPSEC)
        self._operations.tls_changed()
        return ActionResult()

    def _update(self, values: Values) -> ActionResult:
        self._operations.updater.run_now(values["certificate"])
        return ActionResult()

    def _crl_update(self, values: Values) -> ActionResult:
        # ASSUMPTION: the operation ends with the update and fails with it.
        self._operations.crl_updater.run_now(values["ca-profile"])
        return ActionResult()

    def _clear_ocsp_cache(self, values: Values) -> ActionResult:
        self._operations.ocsp.clear(number(values["entry-id"]) if "entry-id" in values else None)
        return ActionResult()

    def _ping(self, values: Values) -> ActionResult:
        host = self._operations.host
        instance, count = values.get("router-instance", "Base"), number(values.get("count", "5"))
        services = pinging.services_of(host.running())
        return ActionResult(
            results=pinging.as_results(pinging.ping(values["destination"], instance, count, host.faults, services))
        )

    def _request(self, order: Order) -> ActionResult:
        return _transaction(self._operations.desk.start(order), poll=False)

    def _poll(self, values: Values) -> ActionResult:
        return _transaction(self._operations.desk.poll(values["ca-profile"]), poll=True)

    def _clear(self, values: Values) -> ActionResult:
        self._operations.desk.clear(values["ca-profile"])
        return ActionResult()

    # --- file ---------------------------------------------------------------------------------------------------------

    def _remove(self, values: Values) -> ActionResult:
        # ASSUMPTION: without `force` the modelled operation does not ask, since it cannot, and refuses.
        if "force" not in values:
            raise PKIRefusal("interactive command is not supported, confirmation required")
        self._operations.remove(values["url"])
        return ActionResult()

    def _checksum(self, values: Values) -> ActionResult:
        if values["type"] not in ("md5", "sha256"):
            raise PKIRefusal(f"checksum type {values['type']} is for software images only")
        data = self._operations.host.flash.read(values["url"])
        digest = hashlib.new(values["type"], data, usedforsecurity=False).hexdigest()
        return ActionResult(results=(_leaf(namespaces.OPER_FILE, "checksum-value", digest),))

    def _make_directory(self, values: Values) -> ActionResult:
        self._operations.host.flash.make_folder(values["url"])
        return ActionResult()

    def _copy(self, values: Values) -> ActionResult:
        self._refuse_target(values)
        self._operations.copy(values["source-url"], values["destination-url"])
        return ActionResult()

    def _move(self, values: Values) -> ActionResult:
        self._refuse_target(values)
        self._operations.move(values["source-url"], values["destination-url"])
        return ActionResult()

    def _refuse_target(self, values: Values) -> None:
        if self._operations.host.flash.exists(values["destination-url"]) and "force" not in values:
            raise PKIRefusal(f'File already exists - "{values["destination-url"]}"')


def _leaf(namespace: str, name: str, text: str) -> etree._Element:
    element = etree.Element(f"{{{namespace}}}{name}")
    element.text = text
    return element


#: The names under which the actions give back what they were asked, by kind of request and leaf of the state tree.
_ECHO = {
    "initial-registration": {"key-filename": "key-to-certify"},
    "certificate-request": {
        "key-filename": "current-key",
        "new-key-filename": "new-key",
        "certificate": "current-certificate",
    },
    "key-update": {"key-filename": "old-key", "new-key-filename": "new-key", "certificate": "old-certificate"},
}


def _transaction(record: Record, *, poll: bool) -> ActionResult:
    """`results` of a CMPv2 action."""
    leaves: list[etree._Element] = []
    if poll:
        leaves.append(_leaf(namespaces.OPER_ADMIN, "request-type", record.order.kind))
    else:
        leaves.append(_parameters(record))
    if poll or record.order.kind == "initial-registration":
        leaves.append(_leaf(namespaces.OPER_ADMIN, "ca-profile", record.order.ca_profile))
        leaves.append(_leaf(namespaces.OPER_ADMIN, "save-as", record.order.save_as))
    if record.replied is not None:
        leaves.append(_leaf(namespaces.OPER_ADMIN, "last-ca-response-time", timestamp(record.replied)))
    leaves.append(_leaf(namespaces.OPER_ADMIN, "transaction-status", record.status))
    leaves.append(_leaf(namespaces.OPER_ADMIN, "transaction-status-code", record.code))
    if record.text:
        leaves.append(_leaf(namespaces.OPER_ADMIN, "transaction-status-string", record.text[:255]))
    # ASSUMPTION: the operation itself is completed, whatever the transaction came to.
    return ActionResult(results=leaves)


def _parameters(record: Record) -> etree._Element:
    element = etree.Element(f"{{{namespaces.OPER_ADMIN}}}request-parameters")
    renamed = _ECHO[record.order.kind]
    pairs = [("ca-profile", record.order.ca_profile)]
    skipped = {"request-type", "send-chain", "send-chain-ca"}
    pairs += [(renamed.get(name, name), value) for name, value in request_parameters(record) if name not in skipped]
    for name, value in pairs:
        element.append(_leaf(namespaces.OPER_ADMIN, name, value))
    return element
