"""What a router shows of its last CMPv2 request: the table of the CLI, and state from 23.3 on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sroscert.commands import operations as op
from sroscert.commands.replies import RequestStatus, read_raw, request_from_state
from sroscert.values import PRESENT, ConfigTree, Path
from tests.support.transcripts import CR_TABLE, IR_TABLE

SHOW = op.ShowRequest("ejbca-profile")
ERROR = 'MINOR: MGMT_AGENT #2007: Operation failed - open file "cf3:\\sr-key"'


def test_the_table_of_an_initial_registration_is_read() -> None:
    """Every line of the transcript's first table is understood."""
    reply = read_raw(SHOW, IR_TABLE)

    assert reply.outcome == "done"
    assert reply.request == RequestStatus(
        ca_profile="ejbca-profile", request_type="initial-registration",
        started=datetime(2021, 3, 30, 19, 24, 40, tzinfo=UTC), replied=datetime(2021, 3, 30, 19, 24, 41, tzinfo=UTC),
        protection="password", reference="1", subject_dn="C=NL,ST=ZH,O=Nokia,CN=sr", key="sr-key",
        save_as="cf3:\\sr-cert.der", status="processed", code="accepted",
    )
    assert reply.request.accepted
    assert not reply.request.pending
    assert not reply.request.failed


def test_the_table_of_a_pending_certificate_request_is_read() -> None:
    """A pending request names the new key as the one to be certified."""
    request = read_raw(SHOW, CR_TABLE.replace("\n", "\r\n")).request

    assert request is not None
    assert (request.key, request.current_key, request.current_certificate) == ("sr-key-new", "sr-key", "sr-cert")
    assert (request.request_type, request.protection) == ("certificate-request", "signature")
    assert (request.status, request.code, request.string) == ("in-progress", "waiting", "ask again: later")
    assert request.domain_names == ("a.example", "b.example")
    assert request.pending
    assert not request.accepted


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("", "unknown"), ("No request.", "unknown"), (ERROR, "failed"),
     (IR_TABLE.replace("ejbca-profile", "other"), "unknown"), (IR_TABLE.split("Request Status")[0], "unknown")],
)
def test_a_table_that_is_not_there_is_no_request(text: str, outcome: str) -> None:
    """No table, a cut one or one of another CA profile gives no request."""
    reply = read_raw(SHOW, text)

    assert reply.outcome == outcome
    assert reply.request is None


@pytest.mark.parametrize(
    ("status", "code", "pending", "accepted", "failed"),
    [
        ("processed", "accepted", False, True, False), ("processed", "granted-with-mods", False, True, False),
        ("processed", "none", False, False, False), ("in-progress", "none", True, False, False),
        ("in-progress", "waiting", True, False, False), ("processed", "waiting", True, False, False),
        ("failed", "waiting", False, False, True), ("processed", "rejection", False, False, True),
        ("failed", "none", False, False, True), ("failed", "accepted", False, False, True),
        ("", "", False, False, False),
    ],
)
def test_what_a_request_came_to(status: str, code: str, pending: bool, accepted: bool, failed: bool) -> None:
    """Status and code together say whether a request is pending, accepted or failed."""
    request = RequestStatus("p", status=status, code=code)

    assert (request.pending, request.accepted, request.failed) == (pending, accepted, failed)


def request_tree(**leaves: str) -> ConfigTree:
    """Build the state of one CA profile's request; underscores stand for hyphens."""
    profile = Path.of("state", "system", "security", "pki").entry("ca-profile", ca_profile_name="ejbca-profile")
    request = profile / "cmpv2" / "request"
    items = [(profile, PRESENT)]
    for name, value in leaves.items():
        leaf = name.replace("_", "-")
        within = leaf not in {
            "request-start-time", "last-ca-response-time", "transaction-status", "transaction-status-code",
            "transaction-status-string",
        }
        items.append(((request / "request-parameters" if within else request) / leaf, value))  # type: ignore[arg-type]
    return ConfigTree.from_items(items)


def test_a_request_in_state_is_read() -> None:
    """State of 23.3 and later gives the same value as the table."""
    tree = request_tree(
        request_start_time="2025-05-18T14:34:52.8+02:00", last_ca_response_time="2025-05-18T12:34:53Z",
        transaction_status="in-progress", transaction_status_code="waiting", request_type="initial-registration",
        key_filename="sr-key", subject_dn="CN=sr", save_as="cf3:\\sr-cert.der", reference="1", ip_address="172.20.20.5",
    )
    request = request_from_state(tree, "ejbca-profile")

    assert request is not None
    assert request.pending
    assert (request.key, request.protection, request.reference) == ("sr-key", "password", "1")
    assert request.started == datetime(2025, 5, 18, 12, 34, 52, 800000, tzinfo=UTC)
    assert request_from_state(tree, "other") is None


def test_a_signed_request_in_state_names_the_new_key() -> None:
    """The key of a certificate request is the new one; the current one signed it."""
    request = request_from_state(
        request_tree(
            request_type="certificate-request", key_filename="old", new_key_filename="new", certificate="sr-cert",
            hash_algorithm="sha256", transaction_status="processed", transaction_status_code="accepted",
        ),
        "ejbca-profile",
    )

    assert request is not None
    assert (request.key, request.current_key, request.protection) == ("new", "old", "signature")
    assert request.accepted


def test_no_request_in_state_is_none() -> None:
    """A CA profile that never asked for anything has no request, whatever defaults it shows."""
    assert request_from_state(request_tree(), "ejbca-profile") is None
    odd = request_from_state(request_tree(request_type="key-update", request_start_time="yesterday"), "ejbca-profile")
    assert odd is not None
    assert odd.started is None
    empty = request_tree(request_type="unknown", transaction_status="processed", transaction_status_code="none")
    assert request_from_state(empty, "ejbca-profile") is None
