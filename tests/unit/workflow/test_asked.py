"""What is kept of requests to a CA, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sroscert.commands.requests import RequestStatus
from sroscert.errors import UsageError
from sroscert.plan.certificate import Request
from sroscert.plan.generation import generation
from sroscert.plan.steps import Enrol
from sroscert.plan.unanswered import Fate
from sroscert.workflow.asked import Requests, close, list_asked
from sroscert.workflow.enrol import refused
from sroscert.workflow.runstore import RunStore

ADDRESS = "192.0.2.1:830"
STEP = Enrol(
    reason="because", certificate="sr-cert", generation=generation("sr-cert", "sr-key", 1), ca_profile="lab-ca",
    reference="sr1",
)
FILE = "cf3:/sr-cert.der"


def of_run(folder: Path, run: str, address: str = ADDRESS) -> Requests:
    """What a run writes of one router."""

    def note(sql: str, *values: object) -> None:
        with RunStore(folder) as store:
            store.write(sql, *values)

    return Requests(note, folder, run, "sr1", address)


def fates(folder: Path) -> list[tuple[str, Fate, bool]]:
    """Run, fate, and whether it is the last for its file, of those that are open."""
    return [(item.run, item.fate, item.last) for item in list_asked(folder)]


def test_a_request_is_open_until_its_answer_was_fetched(tmp_path: Path) -> None:
    """An answer is that of the last request; one before it that was never answered stays."""
    assert list_asked(tmp_path) == []
    of_run(tmp_path, "r1").sending(STEP, None)
    of_run(tmp_path, "r2").sending(STEP, None)
    of_run(tmp_path, "r2").became(FILE, Fate.PENDING)
    assert fates(tmp_path) == [("r1", Fate.UNSEEN, False), ("r2", Fate.PENDING, True)]

    of_run(tmp_path, "r3").became(FILE, Fate.FETCHED, "1a")
    assert fates(tmp_path) == [("r1", Fate.UNSEEN, False)]
    (item,) = list_asked(tmp_path)
    assert (item.address, item.ca_profile, item.request, item.key, item.file, item.before) == (
        ADDRESS, "lab-ca", Request.INITIAL.value, "sr-key", FILE, None,
    )


def test_what_the_router_tells_of_the_last_request_is_kept_before_the_next(tmp_path: Path) -> None:
    """A router forgets a request for the next one."""
    began = datetime(2026, 3, 1, 8, 0, 0, 5, tzinfo=UTC)
    refused = RequestStatus("lab-ca", started=began, key="sr-key", status="failed", code="rejection")
    of_run(tmp_path, "r1").sending(STEP, None)
    of_run(tmp_path, "elsewhere", "192.0.2.2:830").sending(STEP, refused)
    assert len(list_asked(tmp_path)) == 2

    of_run(tmp_path, "r2").sending(STEP, refused)
    assert [run for run, _, _ in fates(tmp_path)] == ["elsewhere", "r2"]
    assert [item.before for item in list_asked(tmp_path)] == [began, began]


def test_a_request_is_closed_by_a_person(tmp_path: Path) -> None:
    """By the run that sent it, on the routers that were chosen."""
    of_run(tmp_path, "r1-aa").sending(STEP, None)
    of_run(tmp_path, "r2").sending(STEP, None)
    for name, addresses in (("r3", [ADDRESS]), ("r1", ["192.0.2.2:830"]), ("", [ADDRESS])):
        with pytest.raises(UsageError, match="no request without an answer of a run called"):
            close(tmp_path, name, addresses)
    assert close(tmp_path, "r1", [ADDRESS]) == 1
    assert fates(tmp_path) == [("r2", Fate.UNSEEN, True)]

    of_run(tmp_path, "r3").sending(STEP, None)
    assert close(tmp_path, "all", [ADDRESS]) == 2
    with pytest.raises(UsageError, match=r"no request without an answer$"):
        close(tmp_path, "all", [ADDRESS])


def test_open_requests_are_never_forgotten(tmp_path: Path) -> None:
    """Nor what came after them for the same file: else its answer would pass for theirs."""
    for run in ("r1", "r2"):
        of_run(tmp_path, run).sending(STEP, None)
    of_run(tmp_path, "r2").became(FILE, Fate.FETCHED, "1a")
    later = datetime.now(UTC) + timedelta(days=500)
    with RunStore(tmp_path) as store:
        store.prune(timedelta(days=400), timedelta(days=30), later)
    assert fates(tmp_path) == [("r1", Fate.UNSEEN, False)]

    close(tmp_path, "r1", [ADDRESS])
    with RunStore(tmp_path) as store:
        store.prune(timedelta(days=400), timedelta(days=30), later)
        assert store.rows("SELECT * FROM asked") == []


@pytest.mark.law(4)
@pytest.mark.parametrize(
    ("shown", "fate"),
    [
        (RequestStatus("lab-ca", status="failed", code="rejection"), Fate.REFUSED),
        (RequestStatus("lab-ca", status="failed", code="none"), Fate.NO_ANSWER),
        (RequestStatus("lab-ca", status="failed", code="none", replied=datetime(2026, 3, 1, tzinfo=UTC)),
         Fate.NOT_TAKEN),
        (RequestStatus("lab-ca", status="failed", code="accepted"), Fate.NOT_TAKEN),
    ],
)
def test_what_became_of_a_request_that_came_to_nothing(shown: RequestStatus, fate: Fate) -> None:
    """Only the CA's own refusal settles that nothing was issued; the router's silence about an answer does not."""
    assert refused(STEP, "its words", shown)[0] is fate
