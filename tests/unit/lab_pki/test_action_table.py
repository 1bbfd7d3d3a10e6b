"""The table by which SNMP asks a lab router for CMPv2 requests, without SNMP; net-snmp is in tests/snmp."""

from __future__ import annotations

import contextlib
import importlib.util
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from sroscert_lab.cmp import CertificationAuthority, CMPServer
from sroscert_lab.router.pki.actiontable import ENTRY, OID, ActionTable, Column, Refused, Value

from tests.support.lab import free_address, wait_until
from tests.support.lab_bench import Bench, Keys, Tree, ca_profile, configuration
from tests.support.minting import CA

DO, NOT_APPLICABLE = 1, 2
SUBJECT = "C=NL,ST=ZH,O=Nokia,CN=sr"


def oid(column: int, name: str = "ejbca") -> OID:
    """An instance: the name is the index, its length first (RFC 2578 section 7.7)."""
    return (*ENTRY, column, len(name), *name.encode())


def put(table: ActionTable, **columns: Value) -> None:
    """Set columns of one row together."""
    table.put([(oid(Column[name.upper()]), value) for name, value in columns.items()])


def configured(bench: Bench, url: str = "http://127.0.0.1:1/none", *names: str) -> ActionTable:
    """CA profiles, in force."""
    profiles = [ca_profile(name, url=url) for name in ("ejbca", *names)]
    bench.apply(configuration({"ca-profile": profiles}))
    return bench.pki.action_table


def stocked(bench: Bench, authority: bytes, keys: Keys) -> None:
    """A CA certificate and a key."""
    form = serialization.PrivateFormat.PKCS8
    key = keys[0].private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    for kind, name, data in (("cert", "ca.pem", authority), ("key", "sr-key", key)):
        bench.put(name, data)
        bench.run(f"//admin certificate import type {kind} input cf3:/{name} output {name} format der")


def told(table: ActionTable) -> tuple[Value | None, Value | None, Value | None]:
    """Status, its code and its text."""
    return tuple(table.get(oid(column)) for column in (Column.STATUS, Column.STATUS_CODE, Column.STATUS_STRING))  # type: ignore[return-value]


def polled(table: ActionTable) -> None:
    """Ask the CA again, as soon as the action before is over."""

    def begun() -> bool:
        with contextlib.suppress(Refused):
            put(table, type=4, action=DO)
            return True
        return False

    wait_until(begun, "the action before is over")


def test_rows_follow_the_ca_profiles(new_bench: Bench) -> None:
    """Columns with their defaults, walked column by column and row by row, a shorter name before a longer one."""
    table = configured(new_bench, "http://127.0.0.1:1/none", "z")
    at: OID = ENTRY
    walked: list[tuple[int, str, Value]] = []
    while (found := table.after(at)) is not None:
        at, value = found
        walked.append((at[len(ENTRY)], bytes(at[len(ENTRY) + 2 :]).decode(), value))
    assert [item[:2] for item in walked] == [(column, name) for column in range(1, 22) for name in ("z", "ejbca")]
    assert {column: value for column, name, value in walked if name == "z" and isinstance(value, int)} == {
        1: 1, 2: 2, 7: 3, 11: 0, 13: 0, 16: 2, 20: 0
    }
    assert table.get(oid(1, "nobody")) is None
    assert table.get(oid(22)) is None
    new_bench.apply(configuration())
    assert table.after(ENTRY) is None


@pytest.mark.parametrize(
    ("variables", "error", "index"),
    [
        ([(oid(3), b"k"), (oid(3, "other"), b"k")], "noCreation", 1),
        ([((1, 3, 6, 1), b"k")], "notWritable", 0),
        ([(oid(3), b"k"), (oid(11), 1)], "notWritable", 1),
        ([(oid(3), 1)], "wrongType", 0),
        ([(oid(1), b"1")], "wrongType", 0),
        ([(oid(1), 7)], "wrongValue", 0),
        ([(oid(3), b"k" * 96)], "wrongLength", 0),
        ([(oid(3), b"\xff")], "wrongValue", 0),
        ([(oid(3), b"k"), (oid(2), DO)], "inconsistentValue", 1),
        ([(oid(21), bytes(4))], "inconsistentValue", 0),
        ([(oid(20), 2), (oid(21), bytes(4))], "inconsistentValue", 1),
    ],
)
def test_what_is_not_set(new_bench: Bench, variables: list[tuple[OID, Value]], error: str, index: int) -> None:
    """Each with its error and place, and nothing beside it is set either."""
    table = configured(new_bench)
    with pytest.raises(Refused) as caught:
        table.put(variables)
    assert (caught.value.error, caught.value.index) == (error, index)
    assert table.get(oid(3)) == b""


def test_an_agent_is_there_with_its_package_only(new_bench: Bench) -> None:
    """A community that may see the table opens the port, where pysnmp is installed; the router goes on in any case."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((new_bench.host.address, 0))
        port = str(free.getsockname()[1])
    community: Tree = {"community-string": "do", "access-permissions": "rwa"}
    for access, is_open in (("rwa", importlib.util.find_spec("pysnmp") is not None), ("rw", False)):
        system: Tree = {
            "management-interface": {"snmp": {"general-port": port}},
            "security": {"snmp": {"community": [community | {"access-permissions": access}]}},
        }
        new_bench.apply(configuration(system=system))
        assert new_bench.pki.answers_snmp is is_open


def test_a_request_is_made_polled_and_saved(new_bench: Bench, tmp_path: Path, keys: Keys) -> None:
    """An initial registration that waits; the password cannot be read, and an action that cannot begin says why."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", lambda: datetime.now(UTC))
    stocked(new_bench, ca.certificate().public_bytes(serialization.Encoding.DER), keys)
    code = ca.codes.issue("sr", subject=SUBJECT, san_ips=("192.0.2.1",))
    with CMPServer(ca, free_address()) as server:
        table = configured(new_bench, server.url)
        put(table, type=1, action=DO, key=b"sr-key", password=b"x")
        wait_until(lambda: told(table)[0] == 2, "a failure")
        assert told(table)[2] == b"Missing value - save-as"
        ca.faults.set(pending=1)
        put(
            table, key=b"sr-key", password=code.secret.encode(), reference=b"sr", subject=SUBJECT.encode(),
            save_as=b"cf3:/sr.der", hash=4, address_type=1, address=bytes((192, 0, 2, 1)),
        )
        assert (told(table)[0], table.get(oid(Column.PASSWORD))) == (2, b"")
        put(table, type=1, action=DO)
        wait_until(lambda: told(table)[:2] == (1, 4), "the request waits")
        assert isinstance(started := table.get(oid(Column.STARTED)), bytes)
        assert int.from_bytes(started[:2], "big") == datetime.now(UTC).year
        polled(table)
        wait_until(lambda: new_bench.host.numbers().count(2083) == 2, "the CA still wants time")
        polled(table)
        wait_until(lambda: told(table)[:2] == (0, 1), "the certificate")
        assert new_bench.host.flash.exists("cf3:/sr.der")
        put(table, type=5, action=DO)
        wait_until(lambda: table.get(oid(Column.STARTED)) == bytes(8), "nothing is known any more")
    ca.close()


def test_a_request_is_aborted(new_bench: Bench, authority: CA, keys: Keys) -> None:
    """While the CA is being asked, which nothing else can: it has failed then, and what comes later changes nothing."""
    stocked(new_bench, authority.der, keys)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        table = configured(new_bench, f"http://127.0.0.1:{silent.getsockname()[1]}/cmp")
        put(table, type=6, action=DO)
        nothing = b'No CMPv2 request of CA profile "ejbca" is in progress'
        wait_until(lambda: told(table)[2] == nothing, "nothing to abort")
        put(
            table, type=1, action=DO, key=b"sr-key", password=b"secret", reference=b"sr", subject=b"CN=sr",
            save_as=b"cf3:/sr.der",
        )
        asked, _ = silent.accept()
        assert told(table)[0] == 1
        with pytest.raises(Refused, match="inconsistentValue"):
            put(table, type=1, action=DO)
        put(table, type=6, action=DO)
        wait_until(lambda: new_bench.host.numbers().count(2083) == 1, "event 2083")
        asked.close()
        wait_until(lambda: told(table)[0] == 2, "the end of the thread")
        assert told(table) == (2, 0, b"Aborted")
        assert new_bench.host.numbers().count(2083) == 1
