"""What YANG actions return, judged by their results, and without the secrets that a router put into it."""

from __future__ import annotations

import pytest
from lxml import etree

from sroscert.commands import operations as op
from sroscert.commands.replies import read_action, read_raw
from tests.support.transcripts import IR_TABLE

IR = op.InitialRegistration("ejbca-profile", "sr-key", "1", "env:X", "CN=sr", "cf3:/sr-cert.der")
SHOW = op.ShowRequest("ejbca-profile")
NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-admin"
COMPLETED = "<n:status>completed</n:status>"
BROKEN = "<n:status>terminated-incomplete</n:status><n:error-message>MINOR: MGMT_AGENT #2007: no</n:error-message>"


def answer(*leaves: str, results: str = "") -> etree._Element:
    """Build the rpc-reply of an action, in the form that Nokia's guide shows."""
    body = "".join(leaves) + (f"<n:results>{results}</n:results>" if results else "")
    return etree.fromstring(
        f'<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:n="{NAMESPACE}" message-id="1">'
        f"<n:operation-id>35</n:operation-id><n:start-time>2025-05-18T12:34:52.8Z</n:start-time>{body}</rpc-reply>"
    )


def transaction(status: str, code: str, text: str = "") -> str:
    """Build the results of a CMPv2 action."""
    return (
        "<n:request-parameters><n:ca-profile>ejbca-profile</n:ca-profile><n:save-as>cf3:\\sr-cert.der</n:save-as>"
        "<n:key-to-certify>sr-key</n:key-to-certify><n:reference>1</n:reference></n:request-parameters>"
        f"<n:transaction-status>{status}</n:transaction-status>"
        f"<n:transaction-status-code>{code}</n:transaction-status-code>"
        f"<n:transaction-status-string>{text}</n:transaction-status-string>"
    )


def test_an_action_can_fail_an_operation_that_has_no_silence() -> None:
    """An operation that is read from its output is not done by the completion of an action."""
    assert read_action(op.ListFiles("cf3:/"), answer(COMPLETED)).outcome == "unknown"


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        ("processed", "accepted", "done"), ("processed", "granted-with-mods", "done"),
        ("in-progress", "waiting", "pending"), ("in-progress", "none", "pending"),
        ("in-progress", "accepted", "unknown"), ("processed", "rejection", "failed"), ("failed", "none", "failed"),
        ("failed", "accepted", "unknown"), ("processed", "none", "unknown"), ("", "accepted", "unknown"),
        ("novel", "accepted", "unknown"),
    ],
)
def test_a_cmp_action_is_judged_by_its_results(status: str, code: str, outcome: str) -> None:
    """Transaction status and code decide, not that the operation completed."""
    reply = read_action(IR, answer(COMPLETED, results=transaction(status, code, "words")))

    assert reply.outcome == outcome
    assert reply.request is not None
    assert (reply.request.key, reply.request.save_as, reply.request.code) == ("sr-key", "cf3:\\sr-cert.der", code)
    assert "words" in reply.text


def test_a_cmp_action_with_errors_is_never_done() -> None:
    """An error beside an acceptance is unknown, beside anything else a failure."""
    assert read_action(IR, answer(BROKEN, results=transaction("processed", "accepted"))).outcome == "unknown"
    assert read_action(IR, answer(BROKEN)).outcome == "failed"
    assert read_action(IR, answer(COMPLETED)).outcome == "unknown"


def test_an_action_without_results_is_done_when_completed() -> None:
    """Completion without an error is success; an error, another status or none at all is not."""
    operation = op.GenerateKeypair("cf3:/k")

    assert read_action(operation, answer(COMPLETED)).outcome == "done"
    assert read_action(operation, etree.fromstring("<rpc-reply><ok/></rpc-reply>")).outcome == "done"
    broken = read_action(operation, answer(BROKEN))
    assert (broken.outcome, broken.text) == ("failed", "MINOR: MGMT_AGENT #2007: no")
    assert read_action(operation, answer("<n:status>in-progress</n:status>")).outcome == "unknown"
    assert read_action(operation, answer()).outcome == "unknown"
    late = answer(COMPLETED, "<n:error-message>MINOR: x</n:error-message>")
    assert read_action(operation, late).outcome == "failed"


@pytest.mark.parametrize(("severity", "outcome"), [("warning", "done"), ("error", "failed")])
def test_an_rpc_error_beside_the_results_counts_by_its_severity(severity: str, outcome: str) -> None:
    """A warning leaves the outcome as it is and is told; an error does not."""
    entry = (
        f"<rpc-error><error-type>application</error-type><error-severity>{severity}</error-severity>"
        "<error-message>MINOR: X #1: words</error-message></rpc-error><n:warning-message>more</n:warning-message>"
    )
    reply = read_action(op.Poll("p"), answer(entry, COMPLETED, results=transaction("processed", "accepted")))
    plain = read_action(op.GenerateKeypair("cf3:/k"), answer(entry, COMPLETED))

    assert (reply.outcome, plain.outcome) == ("done" if outcome == "done" else "unknown", outcome)
    assert "MINOR: X #1: words" in plain.text
    assert "more" in plain.text


@pytest.mark.law(8)
def test_replies_are_redacted_in_text_and_request() -> None:
    """No secret stays in a reply, wherever the router put it."""
    secret = "canary-4711-code"
    raw = read_raw(IR, f"MINOR: X #1: bad code {secret}", secrets=(secret,))
    table = read_raw(SHOW, IR_TABLE.replace("Info     : (Not Specified)", f"Info     : {secret}"), secrets=(secret,))
    results = transaction("processed", "rejection", f"bad {secret}")
    action = read_action(IR, answer(BROKEN, results=results), secrets=(secret,))

    for reply in (raw, table, action):
        assert secret not in repr(reply)
        assert "*****" in repr(reply)
