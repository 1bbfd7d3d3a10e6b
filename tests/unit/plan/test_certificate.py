"""How far a router has come with a certificate is read off the router, and nothing that exists is made over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sroscert.commands.replies import RequestStatus
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.certificate import Decision, Need, decide, foreign_pending, pair_in_use
from sroscert.plan.observed import Observed
from sroscert.values import ConfigTree
from tests.support.planning import CA, GOOD, NOW, in_use, request, router, tutorial

PAIR = ("sr-cert", "sr-key")
WRONG_SAN = replace(GOOD, san_ips=frozenset({"192.0.2.9"}))


def decision(observed: Observed, *changes: tuple[str, str], ca: CertificateInfo | None = CA) -> Decision:
    """What is left to do for the tutorial's certificate."""
    intent = tutorial(*changes)
    return foreign_pending(decide(intent, intent.certificates["sr-cert"], observed, ca, NOW), observed)


FIRST_ENROLMENT: list[tuple[str, dict[str, object], Need, int]] = [
    ("nothing is there", {}, Need.KEY, 1),
    ("the key is generated", {"flash": ["sr-key"]}, Need.IMPORT_KEY, 1),
    ("the key is imported, its copy not removed", {"flash": ["sr-key"], "pki": ["sr-key"]}, Need.ENROLMENT, 1),
    ("the key is imported", {"pki": ["sr-key"]}, Need.ENROLMENT, 1),
    ("our request was refused", {"pki": ["sr-key"], "requests": [request(status="failed", code="rejection")]},
     Need.ENROLMENT, 1),
    ("our request waits", {"pki": ["sr-key"], "requests": [request()]}, Need.POLL, 1),
    ("our request waits, FAT", {"pki": ["SR-KEY"], "requests": [request("Sr-Key")]}, Need.POLL, 1),
    ("the answer is there", {"pki": ["sr-key"], "flash": ["sr-cert.der"]}, Need.IMPORT, 1),
    ("the answer is there, the request shown", {"pki": ["sr-key"], "flash": ["sr-cert.der"],
     "requests": [request(status="processed", code="accepted")]}, Need.IMPORT, 1),
    ("the answer is imported", {"pki": PAIR, "shown": {"sr-cert": GOOD}}, Need.NOTHING, 1),
]


@pytest.mark.law(4, 6)
@pytest.mark.parametrize(("seen", "need", "number"), [row[1:] for row in FIRST_ENROLMENT],
                         ids=[row[0] for row in FIRST_ENROLMENT])
def test_a_killed_run_is_taken_up_where_it_was_left(seen: dict[str, object], need: Need, number: int) -> None:
    """After each step of a first enrolment the router itself tells what is left, under the same names."""
    found = decision(router(**seen))  # type: ignore[arg-type]

    assert (found.need, found.generation.number, found.foreign_request) == (need, number, "")


TAKEN: list[tuple[str, dict[str, object], int]] = [
    ("a certificate without a key", {"pki": ["sr-cert"], "shown": {"sr-cert": GOOD}}, 2),
    ("a certificate of another subject", {"pki": PAIR, "shown": {"sr-cert": WRONG_SAN}}, 2),
    ("somebody's file on cf3:", {"flash": ["sr-cert.der"]}, 2),
    ("a key that another profile uses", {"pki": ["sr-key"], "running": in_use("x", "sr-key", "other")}, 2),
    ("names that running refers to, though the files are gone", {"running": in_use("sr-cert-g4", "y", "other")}, 5),
    ("a later generation that came to nothing", {"pki": [*PAIR, "sr-cert-g3"], "shown": {"sr-cert": GOOD}}, 4),
]


@pytest.mark.law(1)
@pytest.mark.parametrize(("seen", "number"), [row[1:] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_names_that_exist_are_not_used_again(seen: dict[str, object], number: int) -> None:
    """What is there and does not satisfy is left standing; the next free generation is begun."""
    found = decision(router(**seen))  # type: ignore[arg-type]

    assert (found.need, found.generation.number) == (Need.KEY, number)
    assert found.generation.certificate == f"sr-cert-g{number}"
    assert found.generation.key == f"sr-key-g{number}"


@pytest.mark.law(1, 5)
@pytest.mark.parametrize("names", [PAIR, ("their-cert", "their-key"), ("sr-cert-g7", "sr-key-g7")])
def test_a_pair_in_use_that_satisfies_is_adopted(names: tuple[str, str]) -> None:
    """Whatever its files are called, a good pair in use is kept and nothing is asked of the CA."""
    found = decision(router(running=in_use(*names), pki=names, shown={names[0]: GOOD}))

    assert found.need is Need.NOTHING
    assert found.in_use
    assert (found.generation.certificate, found.generation.key) == names


WORSE: list[tuple[str, CertificateInfo]] = [
    ("subject", replace(GOOD, subject=(("CN", "other"),))),
    ("san-ip", WRONG_SAN),
    ("san-dns", replace(GOOD, san_dns=frozenset({"sr.example.net"}))),
    ("issuer", replace(GOOD, issuer=(("CN", "Another CA"),))),
    ("not-after", replace(GOOD, not_after=NOW - timedelta(seconds=1))),
    ("key", replace(GOOD, key_bits=4096)),
    ("key", replace(GOOD, key_type="ecdsa", key_bits=256)),
]


@pytest.mark.law(1)
@pytest.mark.parametrize(("field", "info"), WORSE)
def test_a_pair_in_use_that_lacks_something_is_replaced_by_new_names(field: str, info: CertificateInfo) -> None:
    """The served pair is never written over: the next generation is made beside it, and the reason says why."""
    found = decision(router(running=in_use(), pki=PAIR, shown={"sr-cert": info}))

    assert (found.need, found.generation.certificate, found.generation.key) == (Need.KEY, "sr-cert-g2", "sr-key-g2")
    assert not found.in_use
    assert field in found.reason


@pytest.mark.law(6)
@pytest.mark.parametrize(
    ("flash", "pki", "need"),
    [
        (["sr-key-g2"], [], Need.IMPORT_KEY),
        ([], ["sr-key-g2"], Need.ENROLMENT),
        (["sr-cert-g2.der"], ["sr-key-g2"], Need.IMPORT),
        ([], ["sr-key-g2", "sr-cert-g2"], Need.NOTHING),
    ],
)
def test_a_second_generation_that_was_begun_is_finished(flash: list[str], pki: list[str], need: Need) -> None:
    """While the first pair is still served, the half-made second one is taken up, not a third one begun."""
    seen = router(
        running=in_use(), flash=flash, pki=[*PAIR, *pki], shown={"sr-cert": WRONG_SAN, "sr-cert-g2": GOOD}
    )

    found = decision(seen)

    assert (found.need, found.generation.number, found.in_use) == (need, 2, False)


@pytest.mark.law(1, 10)
@pytest.mark.parametrize("running", [in_use(), None])
def test_a_certificate_that_cannot_be_read_is_neither_kept_nor_replaced(running: ConfigTree | None) -> None:
    """An unreadable display says nothing about a certificate, so that no new one is begun for it each time."""
    found = decision(router(running=running, pki=PAIR))

    assert (found.need, found.unread) == (Need.NOTHING, "sr-cert")
    assert found.in_use is (running is not None)


def test_a_pair_in_use_whose_file_is_gone_is_replaced() -> None:
    """What running names and system-pki does not have cannot be kept; it counts as taken all the same."""
    found = decision(router(running=in_use(), pki=["sr-key"]))

    assert (found.need, found.generation.number) == (Need.KEY, 2)
    assert "not in system-pki" in found.reason


FOREIGN: list[tuple[str, dict[str, object]]] = [
    ("before there is a key", {}),
    ("with a key on cf3:", {"flash": ["sr-key"]}),
    ("with an imported key", {"pki": ["sr-key"]}),
    ("with a certificate to be replaced", {"running": in_use(), "pki": PAIR, "shown": {"sr-cert": WRONG_SAN}}),
]


@pytest.mark.law(4)
@pytest.mark.parametrize("seen", [row[1] for row in FOREIGN], ids=[row[0] for row in FOREIGN])
def test_somebody_elses_request_is_marked(seen: dict[str, object]) -> None:
    """Where a request would be sent while another one waits at the same CA profile, the decision names that one."""
    found = decision(router(requests=[request("their-key")], **seen))  # type: ignore[arg-type]

    assert "their-key" in found.foreign_request


@pytest.mark.parametrize(
    "other", [request("their-key", status="processed", code="accepted"), request("their-key", status="failed")]
)
def test_a_request_of_others_that_is_over_does_not_matter(other: RequestStatus) -> None:
    """Only a request that still waits keeps ours from being sent."""
    assert decision(router(requests=[other])).foreign_request == ""


def test_a_good_pair_does_not_mind_a_request_of_others() -> None:
    """Where nothing will be sent nobody is in the way."""
    seen = router(running=in_use(), pki=PAIR, shown={"sr-cert": GOOD}, requests=[request("their-key")])

    assert decision(seen).foreign_request == ""


def test_half_a_pair_in_an_entry_is_no_pair() -> None:
    """An entry that names a certificate and no key is not a pair in use."""
    intent = tutorial()
    half = ConfigTree.from_items([item for item in in_use().items() if item[0].last.name != "key-file"])

    assert pair_in_use(intent, intent.certificates["sr-cert"], router(running=half)) is None


def test_the_key_of_another_kind_is_compared() -> None:
    """An intent that asks for an ECDSA key of one curve does not take another curve for it."""
    curve = ("type: rsa, size: 2048", "type: ecdsa, curve: secp384r1")
    shown = {bits: replace(GOOD, key_type="ecdsa", key_bits=bits) for bits in (256, 384)}

    needs = [
        decision(router(running=in_use(), pki=PAIR, shown={"sr-cert": info}), curve).need for info in shown.values()
    ]

    assert needs == [Need.KEY, Need.NOTHING]
