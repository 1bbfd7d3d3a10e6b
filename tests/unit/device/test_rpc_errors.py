"""What a router's rpc-errors mean."""

from __future__ import annotations

import pytest

from sroscert.device.rpc_errors import refused_before_start, rejection, says_absent
from sroscert.errors import ConfigInvalidError, LockHeldError, RPCErrorEntry, RPCRejectedError


def entry(message: str = "", *, severity: str = "error", tag: str = "operation-failed") -> RPCErrorEntry:
    """Return an entry about a message."""
    return RPCErrorEntry("application", tag, severity, message)


CASES = {
    "the global candidate is being edited": ("lock", "MINOR: MGMT_CORE #2052: Exclusive …", "", LockHeldError),
    "the global candidate is locked": ("edit", "MINOR: MGMT_CORE #2051: Global datastore …", "", LockHeldError),
    "somebody committed meanwhile": ("commit", "MINOR: MGMT_CORE #2703: Commit canceled", "", LockHeldError),
    "the RFC's word for a lock": ("lock", "locked", "lock-denied", LockHeldError),
    "an unknown element": ("edit", "MINOR: MGMT_CORE #2201: Unknown element - 'x'", "", ConfigInvalidError),
    "an invalid value": ("edit", "MINOR: MGMT_CORE #2301: Invalid element value", "", ConfigInvalidError),
    "a reference to nothing": ("commit", "MINOR: MGMT_CORE #224: … Entry does not exist", "", ConfigInvalidError),
    "failed validation of 19.10": ("validate", "MINOR: COMMON #238: … failed validation", "", ConfigInvalidError),
    "an application's refusal": ("commit", "MINOR: MGMT_CORE #5001: … also has id 400", "", ConfigInvalidError),
    "the RFC's word for a value": ("edit", "bad", "invalid-value", ConfigInvalidError),
    "an unknown element in a get": ("get", "MINOR: MGMT_CORE #2201: Unknown element", "", RPCRejectedError),
    "no permission": ("edit", "MINOR: MGMT_CORE #2020: Permission denied", "", RPCRejectedError),
    "a text that nobody knows": ("commit", "MAJOR: SYSTEM #9999: ?", "", RPCRejectedError),
    "a number that is no code": ("edit", "MAJOR: SYSTEM #20520: ?", "", RPCRejectedError),
}


@pytest.mark.parametrize("case", CASES)
def test_kinds(case: str) -> None:
    """SR OS's own code decides, and the RFC's tag where there is one."""
    operation, message, tag, kind = CASES[case]
    assert type(rejection([entry(message, tag=tag or "operation-failed")], operation)) is kind


def test_warnings_are_no_rejection_and_doubt_is() -> None:
    """Only an entry that calls itself a warning does no harm."""
    assert rejection([entry("x", severity="warning")], "edit") is None
    assert rejection([], "edit") is None
    assert rejection([entry("x", severity="warning"), entry("y", severity="")], "edit") is not None


def test_permission_says_what_to_do() -> None:
    """A missing permission names the profile."""
    found = rejection([entry("MINOR: MGMT_CORE #2020: Permission denied")], "lock")
    assert found is not None
    assert "base-op-authorization" in found.hint


@pytest.mark.parametrize(("entries", "absent"), [
    ([], False),
    ([entry("MINOR: MGMT_CORE #224: a - Entry does not exist")], True),
    ([entry(tag="data-missing")], True),
    ([entry(tag="data-missing"), entry("MINOR: MGMT_CORE #2020: Permission denied")], False),
    ([entry("x", severity="warning")], False),
])
def test_absence(entries: list[RPCErrorEntry], absent: bool) -> None:
    """Only errors that all say that nothing is there are absence."""
    assert says_absent(entries) is absent


@pytest.mark.parametrize(("message", "tag", "expected"), [
    ("MINOR: MGMT_CORE #2201: Unknown element - 'x'", "operation-failed", True),
    ("MINOR: MGMT_CORE #2020: Permission denied", "operation-failed", True),
    ("x", "access-denied", True),
    ("MINOR: MGMT_AGENT #2007: Operation failed", "operation-failed", False),
])
def test_what_was_never_begun(message: str, tag: str, expected: bool) -> None:
    """A command that failed midway is told apart from one that was not understood or not allowed."""
    assert refused_before_start([entry(message, tag=tag)]) is expected
