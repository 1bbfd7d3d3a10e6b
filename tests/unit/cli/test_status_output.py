"""What `status` prints for terminals and for Prometheus, from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sroscert.cli.needs_renewal import asked, why
from sroscert.cli.prometheus import metrics
from sroscert.cli.status_text import block_lines, left, note_lines, table_lines, total_line
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.observed import Served
from sroscert.plan.status import RouterStatus, status
from sroscert.plan.status_outcome import RenewalOutcome
from tests.support.planning import GOOD, LOCAL_CAS, NOW, finished, plan, router, tutorial

ODD = replace(GOOD, subject=(("O", 'Say "no" \\ twice\nhere'), ("CN", "sr")))
Samples = dict[str, list[tuple[dict[str, str], float]]]


def joined(info: CertificateInfo = GOOD) -> RouterStatus:
    """A finished router's status with a given certificate in use."""
    seen = replace(finished(info=info), served=Served("ok", certificate=info))
    return status(plan(seen), LOCAL_CAS, NOW, timedelta(seconds=120))


def bare() -> RouterStatus:
    """The status of a router on which nothing is."""
    return status(plan(router()), LOCAL_CAS, NOW, timedelta(seconds=120))


def samples(text: str) -> Samples:
    """What Prometheus' own parser reads. ValueError for anything that is not the format."""
    return {
        family.name: [(dict(one.labels), one.value) for one in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_prometheus_reads_every_metric() -> None:
    """The parser of prometheus_client reads all of it: exact times, decimal serials, escaped labels."""
    found = samples(metrics([("sr1", joined(replace(ODD, serial=2**159 - 1))), ("sr2", bare()), ("sr3", None)]))

    (labels, value), _ = found["x509_cert_not_after"]
    assert value == GOOD.not_after.timestamp()
    assert labels["serial_number"] == str(2**159 - 1)
    assert labels["subject_O"] == 'Say "no" \\ twice\nhere'
    assert (labels["router"], labels["filename"], labels["issuer_CN"]) == ("sr1", "sr-cert", "ManagementCA")
    assert [value for _, value in found["x509_cert_expired"]] == [0, 0]
    assert found["x509_read_errors"] == [({"router": "sr1"}, 0), ({"router": "sr2"}, 0), ({"router": "sr3"}, 1)]
    assert [value for _, value in found["sroscert_router_up"]] == [1, 1, 0]


def test_an_ended_certificate_is_expired_in_prometheus() -> None:
    """x509_cert_expired is 1 from the end on, and the condition says it."""
    found = samples(metrics([("sr1", joined(replace(GOOD, not_after=NOW - timedelta(seconds=1))))]))

    assert found["x509_cert_expired"][0][1] == 1
    assert found["sroscert_certificate_condition"][0][0]["condition"] == "expired"
    assert found["sroscert_certificate_needs_renewal"][0][1] == 1


def test_a_renewal_on_the_box_that_failed_is_in_prometheus() -> None:
    """The last try is told where there was one: 1 when it failed."""
    one = joined()
    row = one.certificates[0]
    assert row.renewal is not None
    assert samples(metrics([("sr1", one)]))["sroscert_certificate_renewal_failed"] == []
    for result, value in (("failed", 1), ("not-run", 1), ("ended", 0)):
        tried = replace(row, renewal=replace(row.renewal, last=RenewalOutcome(result)))
        found = samples(metrics([("sr1", replace(one, certificates=(tried,)))]))

        assert found["sroscert_certificate_renewal_failed"][0][1] == value


def test_a_renewal_that_failed_is_told_though_the_certificate_is_well() -> None:
    """A line below the table: who waits for the window to open would learn it too late."""
    one = joined()
    row = one.certificates[0]
    assert row.renewal is not None
    failed = replace(row, renewal=replace(row.renewal, last=RenewalOutcome("failed", NOW, "no answer")))
    told = replace(one, certificates=(failed, *one.certificates[1:]))

    assert [line for line in note_lines([told]) if "sr-cert" in line] == [
        "  sr-cert: its renewal on the box failed 2026-05-01 12:00 UTC: no answer"
    ]


def test_no_series_is_there_twice() -> None:
    """Prometheus refuses a text that has one series twice."""
    found = samples(metrics([("sr1", joined()), ("sr2", joined()), ("sr3", bare())]))

    for rows in found.values():
        keys = [tuple(sorted(labels.items())) for labels, _ in rows]
        assert len(keys) == len(set(keys))


def test_the_table_fits_a_terminal() -> None:
    """80 columns are enough, every column begins at one place, and a CA takes no line."""
    lines = table_lines([joined(), joined(replace(GOOD, not_after=NOW + timedelta(days=9))), bare()])

    assert all(len(line) <= 80 for line in lines)
    assert lines[0].split() == ["router", "certificate", "state", "until", "left", "served", "renewal", "next"]
    assert [line.split()[1:3] for line in lines[1:]] == [
        ["sr-cert", "ok"], ["sr-cert", "due"], ["sr-cert", "missing"],
    ]
    assert len({line.index(word) for line, word in zip(lines, ["state", "ok", "due", "missing"], strict=True)}) == 1


@pytest.mark.parametrize(
    ("method", "cells"), [("external", ["external", "2027-01-26"]), ("none", ["none", "-"]), ("ehs", ["(ehs)", "-"])]
)
def test_the_table_tells_from_when_sroscert_renews(method: str, cells: list[str]) -> None:
    """Where sroscert renews the day is thirty days before the end; brackets mean a renewal that the router lacks."""
    intent = tutorial(("renewal: {before: 30d, method: auto}", f"renewal: {{before: 30d, method: {method}}}"))
    seen = finished(intent=tutorial(("method: auto", "method: none")))
    shown = status(plan(seen, intent), LOCAL_CAS, NOW, timedelta(seconds=120))

    (line,) = [line for line in table_lines([shown]) if line.startswith("sr ")]
    assert line.split()[-2:] == cells


def test_below_the_table_stands_why() -> None:
    """Reasons are told for what is not well; a router that is well says nothing."""
    assert note_lines([joined()]) == []
    assert any("no key and no certificate" in line for line in note_lines([bare()]))
    due = note_lines([joined(replace(GOOD, not_after=NOW + timedelta(days=9)))])
    assert [line for line in due if "2026-05-10" in line] == ["  sr-cert: it ends 2026-05-10 12:00 UTC"]


def test_the_block_has_everything() -> None:
    """--full shows what the table has no room for."""
    text = "\n".join(block_lines(joined()))

    for words in ("IP:172.20.20.5", "CN=ManagementCA", "serial 64, the same as the file", "RSA 2048", "ehs ("):
        assert words in text


def test_the_total_counts_conditions() -> None:
    """The last line counts certificates, and says how many routers did not answer."""
    assert total_line([joined(), bare()], 3) == "2 of 3 routers; certificates: 1 ok, 1 missing"
    assert total_line([joined()], 1) == "1 router; certificates: 1 ok"


@pytest.mark.parametrize(
    ("remains", "text"),
    [(timedelta(days=300), "300 d"), (timedelta(days=2), "2 d"), (timedelta(hours=47), "47 h"),
     (timedelta(minutes=59), "0 h"), (timedelta(seconds=-1), "ended")],
    ids=["days", "two days", "hours", "minutes", "over"],
)
def test_what_remains_is_never_rounded_up(remains: timedelta, text: str) -> None:
    """Days, then hours; what is over has ended."""
    assert left(replace(GOOD, not_after=NOW + remains), NOW) == text


@pytest.mark.law(2)
def test_no_is_not_said_while_it_may_be_undone() -> None:
    """needs-renewal cannot judge what a pending confirmed commit may undo; a yes stays a yes."""
    until = NOW + timedelta(seconds=60)

    assert [row.needed for row in asked(joined())] == [False]
    assert [row.needed for row in asked(replace(joined(), unsettled_until=until))] == [None]
    assert [row.needed for row in asked(replace(bare(), unsettled_until=until))] == [True]


@pytest.mark.parametrize(
    ("left", "text"),
    [(timedelta(days=1), "valid until 2026-05-02 12:00 UTC, inside its renewal window"),
     (timedelta(seconds=-1), "it ended 2026-05-01 11:59 UTC")],
)
def test_an_ended_certificate_is_not_called_valid(left: timedelta, text: str) -> None:
    """What needs-renewal says of it is what it is."""
    (row,) = asked(joined(replace(GOOD, not_after=NOW + left)))

    assert (row.needed, why(row)) == (True, text)
