"""`status` and `needs-renewal` on a lab: one finished router, one bare, one that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sroscert.errors import ExitCode
from tests.support.fleet import PASSWORD, Fleet, open_fleet

ROUTER = {
    "router", "address", "state", "seconds", "release", "observed_at", "in_sync", "unsettled_until", "log_unread",
    "certificates", "findings",
}
CERTIFICATE = {
    "role", "name", "file", "key_file", "condition", "reason", "in_use", "needs_renewal", "intended", "serial",
    "subject", "issuer", "san_ips", "san_dns", "key", "not_before", "not_after", "remaining_s", "mismatches", "served",
    "renewal", "ca_profile", "request", "profiles", "log",
}
SERVED = {"verified", "reason", "detail", "serial", "not_after", "same_as_file"}
RENEWAL = {"method", "reason", "on_router", "state", "due_at", "next_at", "next_from", "tries_left", "last", "others"}
REQUEST = {"type", "started", "replied", "status", "answer", "text", "key"}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """`sr1` (21.2) is finished, `sr2` (25.10) bare."""
    folder = tmp_path_factory.mktemp("status")
    with pytest.MonkeyPatch.context() as environment, open_fleet(folder / "lab", release=["21.2", "25.10"]) as made:
        environment.setenv("XDG_STATE_HOME", str(folder / "state"))
        made.applied("-l", "sr1")
        yield made


@pytest.fixture
def unreachable(fleet: Fleet) -> Iterator[Fleet]:
    """The same, with a third router where nothing listens."""
    kept = fleet.intent.read_bytes()
    with fleet.editing() as document:
        ports = dict.fromkeys(("netconf", "ssh", "gnmi"), 1)
        document["routers"]["sr3"] = {"address": fleet.router().address, "login": {"ports": ports}}
    yield fleet
    fleet.intent.write_bytes(kept)


def test_json_has_the_documented_keys(fleet: Fleet) -> None:
    """Every key is there for a finished router and a bare one alike, and joins what the router shows; no write."""
    before = fleet.snapshot("sr1"), fleet.snapshot("sr2")

    result = fleet.run("status", "-o", "json")

    assert (result.code, result.err) == (ExitCode.OK, "")
    for name in fleet.names:
        assert set(result.entry(name)) == ROUTER
        assert all(set(row) == CERTIFICATE for row in result.entry(name)["certificates"])
    done, bare = (result.entry(name)["certificates"][0] for name in fleet.names)
    assert (set(done["served"]), set(done["renewal"]), set(done["request"])) == (SERVED, RENEWAL, REQUEST)
    assert (done["condition"], done["needs_renewal"], done["served"]["same_as_file"]) == ("ok", False, True)
    assert (done["request"]["answer"], done["request"]["key"]) == ("accepted", "sr-key")
    assert [profile["oper_state"] for profile in done["profiles"]] == ["up", "up", "up"]
    assert (done["renewal"]["method"], done["renewal"]["state"], done["renewal"]["next_from"]) == (
        "ehs", "up", "warning"
    )
    assert (bare["condition"], bare["needs_renewal"], bare["serial"]) == ("missing", True, None)
    assert (result.entry("sr1")["in_sync"], result.entry("sr2")["in_sync"]) == (True, False)
    assert (fleet.snapshot("sr1"), fleet.snapshot("sr2")) == before
    assert PASSWORD not in result.text


def test_the_table_tells_what_is_there_of_routers_that_answer(unreachable: Fleet) -> None:
    """A router that cannot be reached stops no other; it is told on standard error, with exit code 4."""
    result = unreachable.run("status")

    assert result.code == ExitCode.UNREACHABLE
    rows = [line.split() for line in result.out.splitlines() if line.startswith("sr")]
    assert rows[0][:3] == ["sr1", "sr-cert", "ok"]
    assert rows[1][:3] == ["sr2", "sr-cert", "missing"]
    assert "2 of 3 routers" in result.out
    assert "[unreachable]" in result.err
    assert all(len(line) <= 80 for line in result.out.splitlines())


def test_prometheus_has_what_the_port_serves(unreachable: Fleet) -> None:
    """The whole text is read by Prometheus' parser; a router that is down is a sample, not a gap."""
    result = unreachable.run("status", "-o", "prometheus")

    found = {
        family.name: {(_router(one.labels), one.labels.get("filename", "")): one for one in family.samples}
        for family in text_string_to_metric_families(result.out)
    }
    issued = next(entry for entry in unreachable.ca.journal.entries() if entry.result == "issued")
    assert found["x509_cert_not_after"]["sr1", "sr-cert"].labels["serial_number"] == str(int(issued.serial, 16))
    assert [found["x509_read_errors"][name, ""].value for name in ("sr1", "sr2", "sr3")] == [0, 0, 1]
    assert [found["sroscert_router_up"][name, ""].value for name in ("sr1", "sr2", "sr3")] == [1, 1, 0]
    assert [found["x509_source_up"][name, ""].value for name in ("sr1", "sr2", "sr3")] == [1, 1, 0]
    assert result.code == ExitCode.UNREACHABLE


def _router(labels: dict[str, str]) -> str:
    return labels.get("router") or labels["source_name"]


def test_report_is_one_page_of_all_of_them(unreachable: Fleet, tmp_path: Path) -> None:
    """The page has each router, finished, bare and down, with what differs; an earlier page is replaced, no router is
    written to, and JSON tells the same as `status`."""
    before = unreachable.snapshot("sr1"), unreachable.snapshot("sr2")
    target = tmp_path / "page.html"
    unreachable.run("report", "-l", "sr1", "--out", str(target))

    result = unreachable.run("report", "--out", str(target), "-o", "json")

    text = target.read_text(encoding="utf-8")
    assert (result.code, result.json["written"]) == (ExitCode.UNREACHABLE, str(target))
    assert set(result.entry("sr1")) == ROUTER
    for words in ("Certificates of 3 routers", "+ /configure system grpc", "unreachable", "ehs", "CN=ManagementCA"):
        assert words in text
    assert PASSWORD not in text
    assert (unreachable.snapshot("sr1"), unreachable.snapshot("sr2")) == before


@pytest.mark.parametrize(
    ("limit", "code"),
    [("sr1", ExitCode.OK), ("sr[12]", ExitCode.CHANGES), ("*", ExitCode.UNREACHABLE)],
    ids=["0: no", "2: yes", "4: unreachable goes before yes"],
)
def test_needs_renewal_answers_by_exit_code(unreachable: Fleet, limit: str, code: ExitCode) -> None:
    """0 no, 2 yes; a router that did not answer is told by its own code, whatever the others say."""
    result = unreachable.run("needs-renewal", "-l", limit, "-o", "json")

    assert result.code == code
    assert result.json["exit_code"] == code
    assert result.entry("sr1")["needs_renewal"] is False


def test_a_window_that_has_opened_needs_renewal(fleet: Fleet) -> None:
    """A certificate inside its renewal window: `due` in the status, 2 for a script, with its reason."""
    kept = fleet.intent.read_bytes()
    try:
        with fleet.editing() as document:
            document["certificates"]["sr-cert"]["renewal"]["before"] = "365d"
        result = fleet.run("needs-renewal", "-l", "sr1")
    finally:
        fleet.intent.write_bytes(kept)

    assert result.code == ExitCode.CHANGES, result.text
    assert "sr1  sr-cert  due: valid until" in result.out


def test_a_certificate_that_cannot_be_read_is_neither_yes_nor_no(fleet: Fleet) -> None:
    """What the router cannot display is `unread` in the status and 3 for a script, never "no"."""
    file = fleet.router("sr1").folder / "cf3" / "system-pki" / "sr-cert"
    kept = file.read_bytes()
    try:
        file.write_bytes(b"no certificate")
        result = fleet.run("needs-renewal", "-l", "sr1")
        shown = fleet.run("status", "-l", "sr1", "-o", "prometheus")
    finally:
        file.write_bytes(kept)

    assert (result.code, shown.code) == (ExitCode.FAILED, ExitCode.OK), result.text
    assert "sr1  sr-cert  cannot be judged" in result.out
    assert 'x509_read_errors{router="sr1"} 1' in shown.out
