"""The tables that classic CLI prints about PKI: `show certificate ca-profile` and CMPv2 `show-request`.

The layout is that of the tutorial's transcript; a field that the transcript does not show is marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .conf import CAProfileConf
from .ocsp import CachedAnswer
from .requests import CERTIFICATE, INITIAL, Record

DOUBLE = "=" * 79
SINGLE = "-" * 79
_NONE = "(Not Specified)"
_KIND_WORDS = {INITIAL: "initialRegistration", CERTIFICATE: "certRequest"}
_STATUS_WORDS = {"in-progress": "inProgress"}


def mib_word(word: str) -> str:
    """`granted-with-mods` as the MIB and the classic CLI spell it, `grantedWithMods`."""
    first, *rest = word.split("-")
    return first + "".join(part.capitalize() for part in rest)


def _time(moment: datetime | None) -> str:
    return _NONE if moment is None else f"{moment:%Y/%m/%d %H:%M:%S}"


def _row(label: str, value: str) -> str:
    return f"{label:<20}: {value or _NONE}"


def request_table(record: Record) -> str:
    """`admin certificate cmpv2 show-request`."""
    order = record.order
    rows = [
        "",
        DOUBLE,
        "CMPv2 Request",
        DOUBLE,
        _row("CA Profile", order.ca_profile),
        _row("Original Request", _KIND_WORDS.get(order.kind, "keyUpdate")),
        _row("Request Start Time", _time(record.started)),
        _row("Message Protection", "password-based" if order.by_password else "signature-based"),
    ]
    if order.by_password:
        rows.append(_row("Reference number", order.reference))
    else:
        rows += [_row("Current Certificate", order.certificate), _row("Hash Algorithm", order.hash_algorithm)]
    rows += [
        _row("Subject DN", order.subject_dn),
        "Subject Alt. Name",
        _row("    Domain Name", order.domain_name),
        # The transcript of an initial registration prints no address although one was given.
        _row("    IP Address", "" if order.kind == INITIAL else order.ip_address),
    ]
    if order.kind == INITIAL:
        rows.append(_row("Key to Certify", order.key))
    else:
        rows += [_row("Current Key", order.key), _row("New Key", order.new_key)]
    rows += [
        _row("Save-as file path", order.save_as),
        _row("Request Status", _STATUS_WORDS.get(record.status, record.status)),
        _row("CA Response", mib_word(record.code)),
        _row("CA Reply Time", _time(record.replied)),
        _row("Additional Info", record.text),
        DOUBLE,
    ]
    return "\n".join(rows) + "\n"


def no_request_table(ca_profile: str) -> str:
    """`show-request` when nothing was asked since boot."""
    # ASSUMPTION: the form of an empty table.
    rows = ["", DOUBLE, "CMPv2 Request", DOUBLE, f"No CMPv2 request for CA profile {ca_profile}.", DOUBLE, ""]
    return "\n".join(rows)


def _pair(left: str, left_value: str, right: str, right_value: str) -> str:
    return f"{left:<15}: {left_value:<31}{right:<15}: {right_value}"


def ca_profile_table(conf: CAProfileConf, up: bool, flags: str) -> str:
    """`show certificate ca-profile "<name>"`."""
    cmp = conf.cmp
    rows = [
        "",
        DOUBLE,
        "PKI CA-Profile Information",
        DOUBLE,
        _pair("CA Profile", conf.name, "Admin State", "up" if conf.enabled else "down"),
        f"{'Description':<15}: {conf.description or _NONE}",
        f"{'CRL File':<15}: {conf.crl_file or _NONE}",
        f"{'Cert File':<15}: {conf.cert_file or _NONE}",
        f"{'Oper State':<15}: {'up' if up else 'down'}",
        f"{'Oper Flags':<15}: {flags or '<none>'}",
        f"{'Revoke Chk':<15}: {'crl' if conf.crl_required else 'crl-optional'}",
        "",
        "CMPv2",
        SINGLE,
        _pair("HTTP Timeout", f"{cmp.response_timeout_s} secs", "Router", cmp.service_name or "Base"),
        f"{'CA URL':<15}: {cmp.url or _NONE}",
        f"{'Sign Cert URL':<15}: {cmp.response_signing_cert or _NONE}",
        _pair("Unprot Err Msg", _switch(cmp.unprotected_error), "Unprot Pki Conf", _switch(cmp.unprotected_pkiconf)),
        f"{'Same RecipNonce':<15}: {_switch(cmp.same_recipient_nonce)}",
        "for Poll-reqs",
        f"{'Set Sndr for IR':<15}: {cmp.always_set_sender}",
        f"{'HTTP version':<15}: {cmp.http_version}",
        DOUBLE,
    ]
    return "\n".join(rows) + "\n"


def _switch(on: bool) -> str:
    return "enabled" if on else "disabled"


def ca_profile_list(rows: Sequence[tuple[CAProfileConf, bool]]) -> str:
    """`show certificate ca-profile`."""
    # ASSUMPTION: the columns of the overview.
    lines = ["", DOUBLE, "CA-Profiles", DOUBLE, "Name                             Admin      Oper", SINGLE]
    for conf, up in rows:
        lines.append(f"{conf.name:<33}{'up' if conf.enabled else 'down':<11}{'up' if up else 'down'}")
    lines += [SINGLE, f"No. of CA-Profiles: {len(rows)}", DOUBLE]
    return "\n".join(lines) + "\n"


def ocsp_cache(entries: Sequence[CachedAnswer]) -> str:
    """`show certificate ocsp-cache`."""
    # ASSUMPTION: all of its form; the number is the one that clear-ocsp-cache takes (YANG).
    rows = ["", DOUBLE, "OCSP Cache Entries", DOUBLE]
    for entry in entries:
        rows += [
            _row("Cert ID", str(entry.entry_id)),
            _row("CA Profile", entry.ca_profile),
            _row("Cert Serial Number", f"{entry.serial:x}"),
            _row("Cert Status", entry.status),
            _row("This Update", _time(entry.since)),
            _row("Next Update", _time(entry.until)),
            SINGLE,
        ]
    return "\n".join([*rows, f"No. of OCSP cache entries: {len(entries)}", DOUBLE]) + "\n"
