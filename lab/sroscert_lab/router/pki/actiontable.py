"""tmnxPkiCAProfActnTable of TIMETRA-SECURITY-MIB: CMPv2 requests of CA profiles by SNMP, as columns of a table.

Owns columns, defaults and what a SET of them starts; requests are requests.py's, the protocol is router/snmp.py's.
Object identifiers: TIMETRA-GLOBAL-MIB and TIMETRA-SECURITY-MIB. A row is there for each CA profile, keyed by its name.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from . import orders
from .failure import PKIRefusal
from .profiles import ProfileTable
from .requests import Order, RequestDesk

#: enterprises, timetra, timetraProducts, tmnxSRMIB, tmnxSRObjs, tmnxSecurityObjects, tmnxPkiSecurityObjs, the table.
ENTRY = (1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 22, 18, 22, 1)
OID = tuple[int, ...]
Value = int | bytes


class Column(IntEnum):
    """The columns, by number (tmnxPkiCAProfActn…)."""

    TYPE = 1
    ACTION = 2
    KEY = 3
    PASSWORD = 4
    REFERENCE = 5
    CERTIFICATE = 6
    HASH = 7
    SUBJECT = 8
    SAVE_AS = 9
    NEW_KEY = 10
    STATUS = 11
    STATUS_STRING = 12
    STATUS_CODE = 13
    STARTED = 14
    ANSWERED = 15
    SEND_CHAIN = 16
    WITH_CA = 17
    PROTECTION_KEY = 18
    DOMAIN = 19
    ADDRESS_TYPE = 20
    ADDRESS = 21


_READ_ONLY = frozenset(
    {Column.STATUS, Column.STATUS_STRING, Column.STATUS_CODE, Column.STARTED, Column.ANSWERED}
)
_DO, _NOT_APPLICABLE = 1, 2
#: Numbers that may be set, and defaults. ASSUMPTION: a type that nobody has set is the first one.
_NUMBERS: dict[Column, tuple[range, int]] = {
    Column.TYPE: (range(1, 7), 1),
    Column.ACTION: (range(1, 3), _NOT_APPLICABLE),
    Column.HASH: (range(1, 8), 3),
    Column.SEND_CHAIN: (range(1, 3), 2),
    Column.ADDRESS_TYPE: (range(3), 0),
}
#: The longest texts.
_TEXTS: dict[Column, int] = {
    Column.KEY: 95, Column.PASSWORD: 64, Column.REFERENCE: 64, Column.CERTIFICATE: 95, Column.SUBJECT: 256,
    Column.SAVE_AS: 200, Column.NEW_KEY: 95, Column.WITH_CA: 32, Column.PROTECTION_KEY: 95, Column.DOMAIN: 512,
    Column.ADDRESS: 16,
}
_HASHES = ("", "", "md5", "sha1", "sha256", "sha384", "sha512", "sha224")
_STATUSES = ("processed", "in-progress", "failed")
_CODES = (
    "none", "accepted", "granted-with-mods", "rejection", "waiting", "revocation-warning", "revocation-notification",
    "key-update-warning",
)
_POLL, _CLEAR, _ABORT = 4, 5, 6
#: What the other types ask for, and how the models call key and certificate there.
_REQUESTS: dict[Value, tuple[Callable[[Mapping[str, str]], Order], dict[str, str]]] = {
    1: (orders.initial_registration, {"key": "key-to-certify"}),
    2: (orders.certificate_request, {"key": "current-key", "certificate": "current-certificate"}),
    3: (orders.key_update, {"key": "old-key", "certificate": "old-certificate"}),
}


class Refused(Exception):
    """A SET that is not carried out: the error of RFC 3416 section 4.2.5, and the place of the variable."""

    def __init__(self, error: str, index: int) -> None:
        super().__init__(error)
        self.error = error
        self.index = index


@dataclass(frozen=True, slots=True)
class _Failure:
    """An action that came to nothing, so that no request says how it ended."""

    text: str
    started: datetime


class ActionTable:
    """The rows of one router."""

    def __init__(self, profiles: ProfileTable, desk: RequestDesk, clock: Callable[[], datetime]) -> None:
        self._profiles = profiles
        self._desk = desk
        self._clock = clock
        self._lock = threading.Lock()
        self._set: dict[str, dict[Column, Value]] = {}
        self._busy: set[str] = set()
        self._failures: dict[str, _Failure] = {}

    def reset(self) -> None:
        """A boot: what was set is forgotten."""
        with self._lock:
            self._set.clear()
            self._failures.clear()

    def get(self, oid: OID) -> Value | None:
        """The value of an instance; None where there is none."""
        place = self._place(oid)
        return None if place is None else self._value(*place)

    def after(self, oid: OID) -> tuple[OID, Value] | None:
        """The next instance in the order of identifiers, with its value."""
        for found, column, name in self._instances():
            if found > oid:
                return found, self._value(column, name)
        return None

    def put(self, variables: Sequence[tuple[OID, Value]]) -> None:
        """Set all of these variables or none; an action that is asked for begins, and goes on by itself. Refused."""
        wanted: dict[str, dict[Column, tuple[int, Value]]] = {}
        for index, (oid, value) in enumerate(variables):
            place = self._place(oid)
            if place is None:
                raise Refused("noCreation" if oid[: len(ENTRY)] == ENTRY else "notWritable", index)
            column, name = place
            if column in _READ_ONLY:
                raise Refused("notWritable", index)
            _check(column, value, index)
            wanted.setdefault(name, {})[column] = (index, value)
        for columns in wanted.values():
            _check_together(columns)
        with self._lock:
            for name, columns in wanted.items():
                row = self._set.setdefault(name, {})
                for column, (_, value) in columns.items():
                    if column is not Column.ACTION:
                        row[column] = value
        for name, columns in wanted.items():
            if columns.get(Column.ACTION, (0, _NOT_APPLICABLE))[1] == _DO:
                self._begin(name, columns[Column.ACTION][0])

    # --- inside -------------------------------------------------------------------------------------------------------

    def _instances(self) -> Iterator[tuple[OID, Column, str]]:
        rows = sorted((len(name), *name.encode()) for name in self._profiles.conf.ca_profiles)
        for column in Column:
            for row in rows:
                yield (*ENTRY, column, *row), column, bytes(row[1:]).decode()

    def _place(self, oid: OID) -> tuple[Column, str] | None:
        return next(((column, name) for found, column, name in self._instances() if found == oid), None)

    def _value(self, column: Column, name: str) -> Value:
        if column is Column.ACTION:
            return _NOT_APPLICABLE
        if column is Column.PASSWORD:
            return b""
        if column in _READ_ONLY:
            return self._state(column, name)
        default: Value = _NUMBERS[column][1] if column in _NUMBERS else b""
        with self._lock:
            return self._set.get(name, {}).get(column, default)

    def _state(self, column: Column, name: str) -> Value:
        with self._lock:
            failure, is_busy = self._failures.get(name), name in self._busy
        # ASSUMPTION: before the first action there is a status too, that of one that was processed.
        record = self._desk.record(name)
        status = "processed" if record is None else record.status
        text, code = ("", "none") if record is None else (record.text, record.code)
        started, answered = (None, None) if record is None else (record.started, record.replied)
        if failure is not None:
            status, text, code, started, answered = "failed", failure.text, "none", failure.started, None
        values: dict[Column, Value] = {
            Column.STATUS: _STATUSES.index("in-progress" if is_busy else status),
            Column.STATUS_STRING: text.encode()[:255],
            Column.STATUS_CODE: _CODES.index(code),
            Column.STARTED: _date_and_time(started),
            Column.ANSWERED: _date_and_time(answered),
        }
        return values[column]

    def _begin(self, name: str, index: int) -> None:
        with self._lock:
            values = dict(self._set[name])
            kind = values[Column.TYPE]
            if name in self._busy and kind != _ABORT:
                raise Refused("inconsistentValue", index)
            self._failures.pop(name, None)
            if kind != _ABORT:
                self._busy.add(name)
        # ASSUMPTION: a SET is answered at once, and the status columns tell how the action goes.
        threading.Thread(target=self._run, args=(name, values), name=f"snmp-action-{name}", daemon=True).start()

    def _run(self, name: str, values: dict[Column, Value]) -> None:
        started = self._clock()
        try:
            self._act(name, values)
        except PKIRefusal as refusal:
            with self._lock:
                self._failures[name] = _Failure(refusal.reason, started)
        finally:
            with self._lock:
                self._busy.discard(name)

    def _act(self, name: str, values: dict[Column, Value]) -> None:
        kind = values[Column.TYPE]
        others: dict[Value, Callable[[str], object]] = {
            _POLL: self._desk.poll, _CLEAR: self._desk.clear, _ABORT: self._desk.abort
        }
        if kind in others:
            others[kind](name)
            return
        make, renamed = _REQUESTS[kind]
        leaves = {renamed.get(leaf, leaf): text for leaf, text in _leaves(values).items()}
        self._desk.start(make({"ca-profile": name, **leaves}))


def _leaves(values: dict[Column, Value]) -> dict[str, str]:
    """What is set, in the words of the models; what is empty is left out."""
    names = {
        Column.KEY: "key", Column.PASSWORD: "password", Column.REFERENCE: "reference",
        Column.CERTIFICATE: "certificate", Column.SUBJECT: "subject-dn", Column.SAVE_AS: "save-as",
        Column.NEW_KEY: "new-key", Column.WITH_CA: "with-ca", Column.PROTECTION_KEY: "protection-key",
        Column.DOMAIN: "domain-name",
    }
    texts = {name: values.get(column, b"") for column, name in names.items()}
    leaves = {name: text.decode() for name, text in texts.items() if isinstance(text, bytes) and text}
    number = values.get(Column.HASH, _NUMBERS[Column.HASH][1])
    if isinstance(number, int) and _HASHES[number]:
        leaves["hash-algorithm"] = _HASHES[number]
    if values.get(Column.SEND_CHAIN) == 1:
        leaves["send-chain"] = ""
    address = values.get(Column.ADDRESS, b"")
    if isinstance(address, bytes) and address:
        leaves["ip-address"] = str(ipaddress.ip_address(address))
    return leaves


def _check(column: Column, value: Value, index: int) -> None:
    """Raise Refused for a value that a column cannot have."""
    if column in _NUMBERS:
        if not isinstance(value, int):
            raise Refused("wrongType", index)
        if value not in _NUMBERS[column][0]:
            raise Refused("wrongValue", index)
        return
    if not isinstance(value, bytes):
        raise Refused("wrongType", index)
    if len(value) > _TEXTS[column] or (column is Column.ADDRESS and len(value) not in (0, 4, 16)):
        raise Refused("wrongLength", index)
    if column is not Column.ADDRESS and not (value.isascii() and value.decode().isprintable()):
        raise Refused("wrongValue", index)


def _check_together(columns: dict[Column, tuple[int, Value]]) -> None:
    """MIB: an action needs its type in the same SET, an address its type."""
    for column, companion in ((Column.ACTION, Column.TYPE), (Column.ADDRESS, Column.ADDRESS_TYPE)):
        if column in columns and companion not in columns:
            raise Refused("inconsistentValue", columns[column][0])
    if Column.ADDRESS in columns:
        index, address = columns[Column.ADDRESS]
        size = {0: 0, 1: 4, 2: 16}[int(columns[Column.ADDRESS_TYPE][1])]
        if isinstance(address, bytes) and len(address) != size:
            raise Refused("inconsistentValue", index)


def _date_and_time(moment: datetime | None) -> bytes:
    """DateAndTime of RFC 2579 in UTC. ASSUMPTION: all zeros for never."""
    if moment is None:
        return bytes(8)
    fields = (moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond // 100000)
    return moment.year.to_bytes(2, "big") + bytes(fields) + b"+\0\0"
