"""Which certificates count as issued and not used."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sroscert.intent.desired import FilePair
from sroscert.pki import names
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.generation import Generation
from sroscert.plan.held import Held
from sroscert.plan.observed import Observed, Served
from sroscert.plan.reconcile import Issued, Kind, reconcile
from tests.support.planning import CA, GOOD, NOW, finished, tutorial

PKI = "cf3:/system-pki/"
OTHER = replace(GOOD, serial=GOOD.serial + 1)
ENDED = replace(OTHER, not_after=NOW - timedelta(days=1))


def record(info: CertificateInfo, *, used: bool = False) -> Issued:
    """What a run wrote down of a certificate; a router shows its names in another order and spelling."""
    issuer = names.text(reversed(info.issuer)).replace("ManagementCA", "MANAGEMENTCA")
    return Issued(
        "192.0.2.1:830", issuer, f"{info.serial:x}", "sr", "cf3:/sr-cert.der", "CN=sr", info.not_after, "r1", used
    )


def kinds(
    shown: dict[str, CertificateInfo], named: tuple[str, ...] = (), records: tuple[Issued, ...] = (),
    seen: Observed | None = None, unread: tuple[str, ...] = (),
) -> list[tuple[Kind, tuple[str, ...], str]]:
    """Kind, files and run of what is not used."""
    found = reconcile(tutorial(), seen or finished(), shown, dict.fromkeys(named, "somewhere"), records, unread)
    return [(item.kind, item.files, item.run) for item in found]


def test_what_running_names_is_used_whatever_lies_beside_it() -> None:
    """A certificate in use is not told, nor is the CA's answer from which it was imported, nor a CA certificate."""
    shown = {f"{PKI}sr-cert": GOOD, "cf3:/sr-cert.der": GOOD, f"{PKI}old-ca.pem": CA}

    assert kinds(shown, ("sr-cert",), (record(GOOD, used=True),)) == []


def test_a_name_in_running_does_not_cover_a_file_outside_system_pki() -> None:
    """Another certificate with the same name in the root of cf3: is not the one in use."""
    assert kinds({f"{PKI}sr-cert": GOOD, "cf3:/sr-cert": OTHER}, ("sr-cert",)) == [
        (Kind.ORPHAN, ("cf3:/sr-cert",), "")
    ]


def test_what_clients_are_served_is_used() -> None:
    """The service is the proof, whatever the files are called."""
    seen = replace(finished(), served=Served("ok", certificate=OTHER))

    assert kinds({f"{PKI}x": OTHER}, (), (record(OTHER),), seen) == []
    assert kinds({}, (), (record(OTHER),), seen) == []


@pytest.mark.parametrize(
    ("url", "info", "kind"),
    [
        (f"{PKI}somebodys", OTHER, Kind.ORPHAN),
        ("cf3:/sr-cert-g2.der", OTHER, Kind.ORPHAN),
        (f"{PKI}sr-cert-g3", OTHER, Kind.ORPHAN),
        (f"{PKI}sr-cert", OTHER, Kind.PREVIOUS),
        (f"{PKI}SR-CERT", OTHER, Kind.PREVIOUS),
        ("cf3:/sr-cert", OTHER, Kind.ORPHAN),
        (f"{PKI}somebodys", ENDED, Kind.ENDED),
    ],
)
def test_a_file_that_nothing_names(url: str, info: CertificateInfo, kind: Kind) -> None:
    """With the second generation in use the first is kept on purpose; every other valid one is an orphan."""
    seen = finished(pair=FilePair("sr-cert-g2", "sr-key-g2"))

    assert kinds({url: info}, ("sr-cert-g2",), (), seen) == [(kind, (url,), "")]
    assert kind.counts is (kind is Kind.ORPHAN)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (record(OTHER), Kind.LOST),
        (record(OTHER, used=True), Kind.REMOVED),
        (record(ENDED), Kind.ENDED),
    ],
)
def test_a_record_of_what_is_on_the_router_no_more(item: Issued, kind: Kind) -> None:
    """Never seen in use it is lost, and counts; once in use it was replaced; ended it matters to nobody."""
    assert kinds({f"{PKI}sr-cert": GOOD}, ("sr-cert",), (item,)) == [(kind, (), "r1")]
    assert kind.counts is (kind is Kind.LOST)


def test_a_record_says_which_run_fetched_an_orphan() -> None:
    """Issuers are the same in whatever order and spelling a router shows them."""
    assert kinds({"cf3:/sr-cert.der": OTHER}, (), (record(OTHER),)) == [(Kind.ORPHAN, ("cf3:/sr-cert.der",), "r1")]


@pytest.mark.law(10)
def test_nothing_is_lost_that_may_lie_in_a_file_that_cannot_be_read() -> None:
    """Of a file without a readable display nobody claims that it is another certificate."""
    assert kinds({}, (), (record(OTHER),), unread=(f"{PKI}sr-cert",)) == []
    assert kinds({}, (), (record(OTHER),), unread=(f"{PKI}other",)) == [(Kind.LOST, (), "r1")]


@pytest.mark.law(10)
@pytest.mark.parametrize(("since", "kind"), [(NOW + timedelta(days=9), Kind.HELD), (None, Kind.TURNED_AWAY)])
@pytest.mark.parametrize("used", [True, False])
def test_a_newer_pair_that_is_kept_is_known_as_such(since: datetime | None, kind: Kind, used: bool) -> None:
    """It counts only where nothing will take it up; that a rollback left it is said where a run saw it in use."""
    newer, current = (Generation(number, f"sr-cert-g{number}", f"sr-key-g{number}") for number in (3, 2))
    one = Held("sr-cert", newer, current, since, NOW)
    seen = finished(pair=FilePair("sr-cert-g2", "sr-key-g2"))
    shown = {f"{PKI}sr-cert-g3": OTHER, "cf3:/sr-cert-g3.der": OTHER}

    (item,) = reconcile(tutorial(), seen, shown, {"sr-cert-g2": "x"}, (record(OTHER, used=used),), (), (one,))

    assert (item.kind, item.since, item.kind.counts) == (kind, since, since is None)
    assert one.words in item.reason and one.hint in item.reason
    assert ("a rollback left it" in item.reason) is used


def test_those_that_count_come_first() -> None:
    """Orphans and lost ones stand above what is kept."""
    seen = finished(pair=FilePair("sr-cert-g2", "sr-key-g2"))
    shown = {f"{PKI}sr-cert": replace(GOOD, serial=5), f"{PKI}x": replace(GOOD, serial=6)}

    assert [kind for kind, _, _ in kinds(shown, (), (record(OTHER),), seen)] == [Kind.LOST, Kind.ORPHAN, Kind.PREVIOUS]
