"""Locks and marks that a run leaves behind locally."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sroscert.errors import LockedError, RecordError
from sroscert.workflow.record import RunRecord

UNTIL = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_two_runs_do_not_work_on_one_router(tmp_path: Path) -> None:
    """The second holder is refused while the first holds the lock, and let in afterwards."""
    first, second = RunRecord(tmp_path, "127.0.0.9", 830), RunRecord(tmp_path, "127.0.0.9", 830)

    with first.exclusive(), pytest.raises(LockedError), second.exclusive():
        pass
    with second.exclusive():
        pass


def test_two_routers_do_not_share_a_lock(tmp_path: Path) -> None:
    """Another port is another router."""
    with RunRecord(tmp_path, "127.0.0.9", 830).exclusive(), RunRecord(tmp_path, "127.0.0.9", 831).exclusive():
        pass


def test_a_pending_mark_outlives_its_writer(tmp_path: Path) -> None:
    """What one record marked, another one reads, until it is cleared."""
    RunRecord(tmp_path, "127.0.0.9", 830).mark_pending(UNTIL)

    later = RunRecord(tmp_path, "127.0.0.9", 830)
    assert later.pending_until() == UNTIL
    later.clear_pending()
    assert later.pending_until() is None


def test_a_mark_is_for_its_owner_only(tmp_path: Path) -> None:
    """Files in the state folder cannot be read by others."""
    RunRecord(tmp_path / "state", "127.0.0.9", 830).mark_pending(UNTIL)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {0o600}


def test_a_disk_that_takes_nothing_is_no_bug_of_ours(tmp_path: Path) -> None:
    """Before the lock nothing was done; a mark that cannot be written leaves no change; one that stays runs out."""
    record = RunRecord(tmp_path / "state", "127.0.0.9", 830)
    record.mark_pending(UNTIL)
    (mark,) = (tmp_path / "state").iterdir()
    mark.with_suffix(".tmp").mkdir()

    with pytest.raises(RecordError) as failed:
        record.mark_pending(UNTIL)
    assert "no change of this step stays" in failed.value.state
    mark.unlink()
    mark.mkdir()
    record.clear_pending()

    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError), RunRecord(tmp_path / "file", "127.0.0.9", 830).exclusive():
        pass


def test_a_broken_mark_is_dropped(tmp_path: Path) -> None:
    """A mark that is no JSON, or of another shape, reads as none."""
    record = RunRecord(tmp_path, "127.0.0.9", 830)
    record.mark_pending(UNTIL)
    mark = next(tmp_path.glob("*.pending.json"))
    for text in ("", "[]", '{"until": 5}'):
        mark.write_text(text)
        assert record.pending_until() is None
