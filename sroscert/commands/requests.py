"""The CMPv2 request of a CA profile, as the router shows it in a table, in state or in an action's results.

SR OS keeps one request a CA profile: the last, or the pending one. The words differ between the three sources; here
they are those of YANG (nokia-types-security: cmpv2-transaction-status, cmpv2-transaction-status-code).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sroscert.values import ConfigTree, Path

_LINE = re.compile(r"\s*([A-Za-z][A-Za-z0-9 .-]*?)\s*:(?:\s+(.*?))?\s*")
_HEADING = re.compile(r"\s*CMPv2 Request\s*")
_NOT_SPECIFIED = "(Not Specified)"
_TYPES = {
    "initialregistration": "initial-registration", "certrequest": "certificate-request", "keyupdate": "key-update",
}
_PROTECTIONS = {"password-based": "password", "signature-based": "signature"}
GRANTED = frozenset({"accepted", "granted-with-mods"})


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """One CMPv2 request. A text that the router left out is empty; times are aware UTC.

    ``request_type`` is initial-registration, certificate-request or key-update; ``status`` processed, in-progress or
    failed; ``code`` the CA's answer (accepted, granted-with-mods, rejection, waiting … or none); ``string`` the free
    text beside it. ``key`` is the key that was to be certified, ``current_key`` the one that signed the request.
    """

    ca_profile: str
    request_type: str = ""
    started: datetime | None = None
    replied: datetime | None = None
    protection: str = ""
    reference: str = ""
    subject_dn: str = ""
    domain_names: tuple[str, ...] = ()
    ip_address: str = ""
    key: str = ""
    current_key: str = ""
    current_certificate: str = ""
    save_as: str = ""
    status: str = ""
    code: str = ""
    string: str = ""

    @property
    def pending(self) -> bool:
        """Whether the CA has yet to answer; a new request is refused until then."""
        return self.status == "in-progress" or (self.code == "waiting" and self.status != "failed")

    @property
    def accepted(self) -> bool:
        """Whether the CA issued a certificate."""
        return self.status == "processed" and self.code in GRANTED

    @property
    def failed(self) -> bool:
        """Whether the request came to nothing."""
        return self.status == "failed" or self.code == "rejection"

    def began_with(self, other: RequestStatus) -> bool:
        """Whether both began at the same time; a table shows whole seconds, state and actions more."""
        if self.started is None or other.started is None:
            return self.started == other.started
        if self.started.microsecond and other.started.microsecond:
            return self.started == other.started
        return self.started.replace(microsecond=0) == other.started.replace(microsecond=0)


def yang_word(text: str) -> str:
    """Turn the CLI's camel case (``inProgress``, ``grantedWithMods``: MIB names) into YANG's spelling."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", text.strip()).lower()


def from_table(text: str) -> RequestStatus | None:
    """Read the table of ``show-request`` (tutorial transcript). None when there is no such table in the text."""
    lines = text.replace("\r", "\n").split("\n")
    begin = next((number for number, line in enumerate(lines) if _HEADING.fullmatch(line)), None)
    if begin is None:
        return None
    cells: dict[str, str] = {}
    for line in lines[begin + 1:]:
        match = _LINE.fullmatch(line)
        if match:
            value = match[2] or ""
            cells.setdefault(match[1].lower(), "" if value == _NOT_SPECIFIED else value)
    if "ca profile" not in cells or "request status" not in cells:
        return None
    kind = cells.get("original request", "")
    protection = cells.get("message protection", "")
    return RequestStatus(
        ca_profile=cells["ca profile"], request_type=_TYPES.get(kind.lower(), kind),
        started=_table_time(cells.get("request start time", "")), replied=_table_time(cells.get("ca reply time", "")),
        protection=_PROTECTIONS.get(protection, protection), reference=cells.get("reference number", ""),
        subject_dn=cells.get("subject dn", ""), domain_names=_domains(cells.get("domain name", "")),
        ip_address=cells.get("ip address", ""), key=cells.get("key to certify") or cells.get("new key", ""),
        current_key=cells.get("current key", ""), current_certificate=cells.get("current certificate", ""),
        save_as=cells.get("save-as file path", ""), status=yang_word(cells["request status"]),
        code=yang_word(cells.get("ca response", "")), string=cells.get("additional info", ""),
    )


def from_state(tree: ConfigTree, ca_profile: str) -> RequestStatus | None:
    """Read /state/system/security/pki/ca-profile/cmpv2/request (since 23.3). None when no request is shown."""
    root = Path.of("state", "system", "security", "pki").entry("ca-profile", ca_profile_name=ca_profile)
    root = root / "cmpv2" / "request"
    return from_leaves(
        ca_profile, {path.last.name: value for path, value in tree.subtree(root).items() if isinstance(value, str)}
    )


def from_leaves(ca_profile: str, leaves: Mapping[str, str]) -> RequestStatus | None:
    """Build a request from YANG leaves of state or of an action's results, by leaf name."""
    kind = leaves.get("request-type", "")
    asked = any(leaves.get(name) for name in ("request-start-time", "key-filename", "new-key-filename", "save-as"))
    known_kind = kind not in {"", "unknown"}
    if not asked and not known_kind and leaves.get("transaction-status-code", "none") == "none":
        return None
    signed = any(leaves.get(name) for name in ("certificate", "protection-key"))
    protection = "signature" if signed else "password" if leaves.get("reference") else ""
    # certificate-request and key-update certify the new key; initial-registration has but the one.
    key = leaves.get("new-key-filename") or leaves.get("key-filename") or leaves.get("key-to-certify", "")
    return RequestStatus(
        ca_profile=ca_profile, request_type=kind if known_kind else "",
        started=_yang_time(leaves.get("request-start-time", "")),
        replied=_yang_time(leaves.get("last-ca-response-time", "")), protection=protection,
        reference=leaves.get("reference", ""), subject_dn=leaves.get("subject-dn", ""),
        domain_names=_domains(leaves.get("domain-name", "")), ip_address=leaves.get("ip-address", ""), key=key,
        current_key=leaves.get("key-filename", "") if leaves.get("new-key-filename") else "",
        current_certificate=leaves.get("certificate", ""), save_as=leaves.get("save-as", ""),
        status=leaves.get("transaction-status", ""), code=leaves.get("transaction-status-code", ""),
        string=leaves.get("transaction-status-string", ""),
    )


def _domains(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _table_time(text: str) -> datetime | None:
    # ASSUMPTION: the table's times, which name no zone, are UTC.
    try:
        return datetime.strptime(text, "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _yang_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
