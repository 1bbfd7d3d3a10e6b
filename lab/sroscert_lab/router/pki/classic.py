"""Classic CLI commands: `admin certificate …` and the few others that are called behind `//`.

Owns the table, the CMPv2 commands and the reload; commands on files are pkifilecommands.py's. Grammar: the tutorial's
transcript for what it shows; the rest of the keywords is recalled from the Classic CLI Command Reference and
unconfirmed, so those lines are ASSUMPTIONs: gen-local-cert-req is left out, `hash-alg`, `domain-name`, `poll`,
`clear-request` are not proven.
"""

from __future__ import annotations

from collections.abc import Callable

from . import estcommands, orders, redundancy, tables
from .certprofiles import IPSEC, TLS
from .failure import PKIRefusal
from .filecommands import FileCommands
from .ocsp import MAX_ENTRIES
from .operations import Operations
from .pkifilecommands import PKIFileCommands, bare
from .requests import Order, Record
from .systemcommands import SystemCommands
from .tokens import SyntaxFault, read_arguments

PROCESSING = "Processing request...\n"
_SIGNATURE_FLAGS = ("protection-alg", "signature", "send-chain")


class ClassicCommands:
    """The table of classic commands of one router."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self.table: dict[tuple[str, ...], Callable[[list[str]], str]] = {
            ("admin", "certificate", "reload"): self._reload,
            ("admin", "certificate", "crl-update"): self._crl_update,
            ("admin", "certificate", "clear-ocsp-cache"): self._clear_ocsp_cache,
            ("admin", "certificate", "cmpv2", "initial-registration"): self._initial_registration,
            ("admin", "certificate", "cmpv2", "cert-request"): self._cert_request,
            ("admin", "certificate", "cmpv2", "key-update"): self._key_update,
            ("admin", "certificate", "cmpv2", "poll"): self._poll,
            ("admin", "certificate", "cmpv2", "clear-request"): self._clear_request,
            ("admin", "certificate", "cmpv2", "show-request"): self._show_request,
            ("admin", "save"): self._save,
            ("show", "certificate", "ca-profile"): self.show_ca_profile,
            ("show", "certificate", "ocsp-cache"): self.show_ocsp_cache,
            ("environment", "no", "more"): _silent,
            ("environment", "more", "false"): _silent,
            **({("admin", "certificate", "update-cert"): self._update} if operations.train >= (22, 10) else {}),
            **PKIFileCommands(operations).table,
            **estcommands.classic(operations),
            **SystemCommands(operations.host).classic(),
            **FileCommands(operations).classic(),
            **redundancy.classic(operations),
        }

    def _reload(self, words: list[str]) -> str:
        arguments = read_arguments(words, ("type", "protocol", "key-file"), bare=True)
        what, name = arguments.need("type"), bare(arguments)
        application = {"tls": TLS, "ipsec": IPSEC}.get(arguments.need("protocol"))
        if application is None:
            raise SyntaxFault(arguments.need("protocol"))
        if what == "cert-key-pair":
            self._operations.profiles.reload(name, arguments.need("key-file"), application)
        elif what == "cert":
            self._operations.profiles.reload(name, None, application)
        elif what == "key":
            self._operations.profiles.reload(None, name, application)
        else:
            raise SyntaxFault(what)
        self._operations.tls_changed()
        return ""

    def _crl_update(self, words: list[str]) -> str:
        # ASSUMPTION: an update that succeeds prints nothing.
        self._operations.crl_updater.run_now(read_arguments(words, ("ca",)).need("ca"))
        return ""

    def _clear_ocsp_cache(self, words: list[str]) -> str:
        # ASSUMPTION: the command is recalled; the modelled operation has the same name and the same number.
        number = words[0] if words else None
        if len(words) > 1 or (number is not None and not (number.isdigit() and 1 <= int(number) <= MAX_ENTRIES)):
            raise SyntaxFault(words[-1])
        self._operations.ocsp.clear(None if number is None else int(number))
        return ""

    def _update(self, words: list[str]) -> str:
        # ASSUMPTION: the guide names the command and not its words; the file's name is all that it can need.
        self._operations.updater.run_now(bare(read_arguments(words, (), bare=True)))
        return ""

    def _initial_registration(self, words: list[str]) -> str:
        renamed = _renamed(
            words,
            {
                "ca": "ca-profile",
                "key-to-certify": "key-to-certify",
                "password": "password",
                "reference": "reference",
                "cert": "certificate",
                "with": "with-ca",
                "protection-key": "protection-key",
                "hash-alg": "hash-algorithm",
                "subject-dn": "subject-dn",
                "domain-name": "domain-name",
                "ip-addr": "ip-address",
                "save-as": "save-as",
            },
            _SIGNATURE_FLAGS,
        )
        return self._request(orders.initial_registration(renamed))

    def _cert_request(self, words: list[str]) -> str:
        renamed = _renamed(
            words,
            {
                "ca": "ca-profile",
                "current-key": "current-key",
                "current-cert": "current-certificate",
                "newkey": "new-key",
                "hash-alg": "hash-algorithm",
                "subject-dn": "subject-dn",
                "domain-name": "domain-name",
                "ip-addr": "ip-address",
                "save-as": "save-as",
            },
        )
        return self._request(orders.certificate_request(renamed))

    def _key_update(self, words: list[str]) -> str:
        renamed = _renamed(
            words,
            {
                "ca": "ca-profile",
                "newkey": "new-key",
                "oldkey": "old-key",
                "oldcert": "old-certificate",
                "hash-alg": "hash-algorithm",
                "save-as": "save-as",
            },
        )
        return self._request(orders.key_update(renamed))

    def _request(self, order: Order) -> str:
        return _answer(self._operations.desk.start(order))

    def _poll(self, words: list[str]) -> str:
        return _answer(self._operations.desk.poll(read_arguments(words, ("ca",)).need("ca")))

    def _clear_request(self, words: list[str]) -> str:
        self._operations.desk.clear(read_arguments(words, ("ca",)).need("ca"))
        return ""

    def _show_request(self, words: list[str]) -> str:
        name = read_arguments(words, ("ca",)).get("ca")
        profiles = self._operations.profiles.conf.ca_profiles
        if name is not None and name not in profiles:
            raise PKIRefusal(f'CA profile "{name}" does not exist')
        names = [name] if name is not None else list(profiles)
        records = [(item, self._operations.desk.record(item)) for item in names]
        return "".join(
            tables.no_request_table(item) if record is None else tables.request_table(record)
            for item, record in records
        )

    def show_ca_profile(self, words: list[str]) -> str:
        """`show certificate ca-profile ["<name>"]`, which MD-CLI knows too (transcript)."""
        profiles = self._operations.profiles
        states = profiles.ca_verdicts()
        if not words:
            return tables.ca_profile_list([(conf, states[name].up) for name, conf in profiles.conf.ca_profiles.items()])
        conf = profiles.conf.ca_profiles.get(words[0])
        if conf is None:
            raise PKIRefusal(f'CA profile "{words[0]}" does not exist')
        verdict = states[words[0]]
        return tables.ca_profile_table(conf, verdict.up, self._operations.writer.flag_words(verdict))

    def show_ocsp_cache(self, words: list[str]) -> str:
        """`show certificate ocsp-cache`, in either engine. ASSUMPTION: the command; no transcript shows it."""
        if words:
            raise SyntaxFault(words[0])
        return tables.ocsp_cache(self._operations.ocsp.entries())

    def _save(self, words: list[str]) -> str:
        if words:
            raise SyntaxFault(words[0])
        self._operations.host.save_configuration()
        return ""


def _silent(words: list[str]) -> str:
    return ""


def _renamed(words: list[str], names: dict[str, str], flags: tuple[str, ...] = ()) -> dict[str, str]:
    """The arguments under their YANG names."""
    arguments = read_arguments(words, names, flags)
    values = {names[word]: value for word, value in arguments.values.items()}
    if "send-chain" in arguments.flags:
        values["send-chain"] = ""
    return values


def _answer(record: Record) -> str:
    """The two lines of the transcript; a request without an answer of the CA is a failure."""
    if record.code == "none" or (record.status == "failed" and record.code == "accepted"):
        raise PKIRefusal(record.text or "No response from the CA", printed=PROCESSING)
    # ASSUMPTION: a rejection and a waiting are answers like others; only 'accepted' was seen.
    return f"{PROCESSING}Received '{tables.mib_word(record.code)}'.\n"
