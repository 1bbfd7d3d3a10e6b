from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from sroscert.commands import evidence
from sroscert.commands import operations as op
from sroscert.commands.replies import (
    FileEntry,
    RequestStatus,
    engine_refused,
    read_action,
    read_raw,
    redact,
    request_from_state,
)
from sroscert.values import PRESENT, ConfigTree, Path
from tests.unit.pki.test_certificate import TRANSCRIPT

IR = op.InitialRegistration("ejbca-profile", "sr-key", "1", "env:X", "CN=sr", "cf3:/sr-cert.der")
POLL = op.Poll("ejbca-profile")
SHOW = op.ShowRequest("ejbca-profile")
ACCEPTED = "\nProcessing request...\nReceived 'accepted'.\n"
ERROR = 'MINOR: MGMT_AGENT #2007: Operation failed - open file "cf3:\\sr-key"'

IR_TABLE = r"""
===============================================================================
CMPv2 Request
===============================================================================
CA Profile          : ejbca-profile
Original Request    : initialRegistration
Request Start Time  : 2021/03/30 19:24:40
Message Protection  : password-based
Reference number    : 1
Subject DN          : C=NL,ST=ZH,O=Nokia,CN=sr
Subject Alt. Name
    Domain Name     : (Not Specified)
    IP Address      : (Not Specified)
Key to Certify      : sr-key
Save-as file path   : cf3:\sr-cert.der
Request Status      : processed
CA Response         : accepted
CA Reply Time       : 2021/03/30 19:24:41
Additional Info     : (Not Specified)
===============================================================================
"""

CR_TABLE = r"""
===============================================================================
CMPv2 Request
===============================================================================
CA Profile          : ejbca-profile
Original Request    : certRequest
Request Start Time  : 2021/03/31 07:15:20
Message Protection  : signature-based
Current Certificate : sr-cert
Hash Algorithm      : sha1
Subject DN          : C=NL,ST=ZH,O=Nokia,CN=sr
Subject Alt. Name
    Domain Name     : a.example, b.example
    IP Address      : 172.20.20.5
Current Key         : sr-key
New Key             : sr-key-new
Save-as file path   : cf3:\sr-cert.der
Request Status      : inProgress
CA Response         : waiting
CA Reply Time       : 2021/03/31 07:15:20
Additional Info     : ask again: later
===============================================================================
"""

LISTING = """

Volume in drive cf3 on slot A is SROS VM.

Volume in drive cf3 on slot A is formatted as FAT32

Directory of cf3:\\

03/30/2021  07:24p      <DIR>          ./
03/30/2021  07:24pm      <DIR>          system-pki/
03/30/2021  12:01am                1848 ManagementCA.pem
03/30/2021  12:30p                 1193 a name with blanks.der
               2 File(s)                   3041 bytes.
               2 Dir(s)               683569152 bytes free.

"""


@pytest.mark.law(4)
@pytest.mark.parametrize("operation", [IR, POLL])
@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (ACCEPTED, "done"),
        ("Processing request...\r\nReceived 'accepted'.\r\n", "done"),
        ("INFO: CLI #2051: Switching to the classic CLI engine\n" + ACCEPTED, "done"),
        ("Received 'grantedWithMods'.", "done"),
        ("    transaction-status processed\n    transaction-status-code accepted\n", "done"),
        ("transaction-status in-progress\ntransaction-status-code waiting\n", "pending"),
        ("transaction-status failed\ntransaction-status-code none\n", "failed"),
        ("transaction-status processed\n", "unknown"),
        ("transaction-status failed\ntransaction-status-code accepted\n", "unknown"),
        ("transaction-status processed\ntransaction-status failed\ntransaction-status-code accepted\n", "unknown"),
        ("transaction-status failed\ntransaction-status-code none\nReceived 'accepted'.\n", "unknown"),
        ("Processing request...\nReceived 'waiting'.", "pending"),
        ("Processing request...\nReceived 'rejection'.", "failed"),
        ("Received 'rejection'.\n" + ERROR, "failed"),
        ("Received 'waiting'.\nReceived 'accepted'.", "done"),
        ("Received 'revocationWarning'.", "unknown"),
        ("Processing request...\n", "unknown"),
        ("", "unknown"),
        ("accepted", "unknown"),
        ("not Received 'accepted'.", "unknown"),
        (ACCEPTED + ERROR, "unknown"),
        (ERROR, "failed"),
        ("Error: Bad command.", "failed"),
        ("MAJOR: PKI #1 CA not reachable", "failed"),
        ("WARNING: something", "unknown"),
    ],
)
def test_a_cmp_command_is_done_only_by_the_cas_own_word(operation: op.Operation, text: str, outcome: str) -> None:
    """Only the CA's answer makes an enrolment done; silence and contradictions are unknown."""
    assert read_raw(operation, text).outcome == outcome


@pytest.mark.parametrize(
    "operation",
    [
        op.GenerateKeypair("cf3:/k"), op.ImportFile("cf3:/k", "k", "key", "der"), op.ClearRequest("p"),
        op.RemoveFile("cf3:/k"), op.Reload("c", "k"), op.SaveConfiguration(),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_a_silent_command_is_done_by_silence_alone(operation: op.Operation) -> None:
    """Empty output is success for commands that print nothing; errors fail, and any other word is unknown."""
    assert read_raw(operation, "").outcome == "done"
    assert read_raw(operation, "\r\n \n").outcome == "done"
    assert read_raw(operation, "INFO: CLI #2052: Switching to the MD-CLI engine\n").outcome == "done"
    assert read_raw(operation, ERROR).outcome == "failed"
    assert read_raw(operation, "\nError: Invalid parameter.").outcome == "failed"
    assert read_raw(operation, "WARNING: CLI odd").outcome == "unknown"
    assert read_raw(operation, "key generated, I think").outcome == "unknown"
    assert read_raw(operation, "INFO: CLI #2099: who knows").outcome == "unknown"


def test_save_may_say_that_it_completed() -> None:
    """The last line of admin save is a sign of success, and only as the last line."""
    written = "Writing configuration to cf3:\\config.cfg\nSaving configuration OK\nCompleted.\n"

    assert read_raw(op.SaveConfiguration(), written).outcome == "done"
    assert read_raw(op.SaveConfiguration(), "Completed.\nnot really").outcome == "unknown"


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


def test_a_display_becomes_a_certificate() -> None:
    """The router's display is read into a certificate; a display that cannot be read is unknown."""
    operation = op.DisplayCertificate("cf3:/sr-cert.der")
    reply = read_raw(operation, TRANSCRIPT)

    assert reply.outcome == "done"
    assert reply.certificate is not None
    assert reply.certificate.san_ips == {"172.20.20.6"}
    assert read_raw(operation, "").outcome == "unknown"
    assert read_raw(operation, ERROR).outcome == "failed"


def test_a_listing_becomes_files() -> None:
    """Rows become entries with size, kind and time; the folder's own row is left out."""
    reply = read_raw(op.ListFiles("cf3:/"), LISTING)

    assert reply.outcome == "done"
    assert reply.files == (
        FileEntry("system-pki", 0, True, datetime(2021, 3, 30, 19, 24, tzinfo=UTC)),
        FileEntry("ManagementCA.pem", 1848, False, datetime(2021, 3, 30, 0, 1, tzinfo=UTC)),
        FileEntry("a name with blanks.der", 1193, False, datetime(2021, 3, 30, 12, 30, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("text", "outcome"), [("", "unknown"), (ERROR, "failed"), (LISTING + ERROR, "failed"), ("File Not Found", "done")]
)
def test_what_is_no_listing_has_no_files(text: str, outcome: str) -> None:
    """An absent folder has no files; an error or an unreadable answer is not an empty folder."""
    reply = read_raw(op.ListFiles("cf3:/x"), text)

    assert reply.outcome == outcome
    assert reply.files == ()


def test_a_row_with_an_impossible_date_is_still_a_file() -> None:
    """A time that cannot be read leaves the file without one, and does not hide it."""
    reply = read_raw(op.ListFiles("cf3:/"), "Directory of cf3:\\\n\n13/45/2021  07:24p   12 a\n")

    assert reply.files == (FileEntry("a", 12, False, None),)


def test_an_action_can_fail_an_operation_that_has_no_silence() -> None:
    """An operation that is read from its output is not done by the completion of an action."""
    assert read_action(op.ListFiles("cf3:/"), answer(COMPLETED)).outcome == "unknown"


NAMESPACE = "urn:nokia.com:sros:ns:yang:sr:oper-admin"


def answer(*leaves: str, results: str = "") -> etree._Element:
    """Build the rpc-reply of an action, in the form that Nokia's guide shows."""
    body = "".join(leaves) + (f"<n:results>{results}</n:results>" if results else "")
    return etree.fromstring(
        f'<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:n="{NAMESPACE}" message-id="1">'
        f"<n:operation-id>35</n:operation-id><n:start-time>2025-05-18T12:34:52.8Z</n:start-time>{body}</rpc-reply>"
    )


COMPLETED = "<n:status>completed</n:status>"
BROKEN = "<n:status>terminated-incomplete</n:status><n:error-message>MINOR: MGMT_AGENT #2007: no</n:error-message>"


def transaction(status: str, code: str, text: str = "") -> str:
    """Build the results of a CMPv2 action."""
    return (
        "<n:request-parameters><n:ca-profile>ejbca-profile</n:ca-profile><n:save-as>cf3:\\sr-cert.der</n:save-as>"
        "<n:key-to-certify>sr-key</n:key-to-certify><n:reference>1</n:reference></n:request-parameters>"
        f"<n:transaction-status>{status}</n:transaction-status>"
        f"<n:transaction-status-code>{code}</n:transaction-status-code>"
        f"<n:transaction-status-string>{text}</n:transaction-status-string>"
    )


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


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("no canary-4711-code here", ("canary-4711-code",), "no ***** here"),
        ("xxcanary-4711-codexx", ("canary-4711-code",), "xx*****xx"),
        ('bad sr for "sr", not sr-key or CN=sr.', ("sr",), 'bad ***** for "*****", not sr-key or CN=*****.'),
        ('//admin protection-alg password "a b" reference 1', (), "//admin protection-alg password ***** reference 1"),
        ("protection-alg password x", (), "protection-alg password *****"),
        ("nothing", ("",), "nothing"),
    ],
)
def test_secrets_are_blotted_out(text: str, secrets: tuple[str, ...], expected: str) -> None:
    """A secret that the router echoes is replaced, and a short one does not eat other words."""
    assert redact(text, secrets) == expected


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


DIGEST = "ab" * 32
PING = op.Ping("172.20.20.6", "management")


@pytest.mark.parametrize(
    ("operation", "text", "outcome"),
    [
        (op.Checksum("cf3:/x"), f"SHA256 checksum for cf3:\\x: {DIGEST}\n", "done"),
        (op.Checksum("cf3:/x"), f"{DIGEST} cf3:/x\n", "done"),
        (op.Checksum("cf3:/x"), f"{DIGEST}\n{'cd' * 32}\n", "unknown"),
        (op.Checksum("cf3:/x"), "ab" * 16, "unknown"),
        (op.Checksum("cf3:/x", "md5"), "ab" * 16, "done"),
        (op.Checksum("cf3:/x"), "", "unknown"),
        (op.Checksum("cf3:/x"), f"{DIGEST}\n{ERROR}", "failed"),
        (op.DisplayRequest("cf3:/x"), "Certificate Request:\n    Data:\n", "done"),
        (op.DisplayRequest("cf3:/x"), "Certificate:\n    Data:\n", "unknown"),
        (op.CopyFile("cf3:/a", "cf3:/b"), "Copying file cf3:\\a ... OK\n1 file copied.\n", "done"),
        (op.CopyFile("cf3:/a", "cf3:/b"), "Overwrite destination file? (y/n)", "failed"),
        (op.CopyFile("cf3:/a", "cf3:/b"), "0 files copied.", "unknown"),
        (op.RemoveFile("cf3:/a"), 'Deleting file "cf3:\\a" ... OK\n', "done"),
        (op.GenerateKeypair("cf3:/a"), 'Deleting file "cf3:\\a" ... OK\n', "unknown"),
        (op.CRLUpdate("p"), "", "unknown"),
        (op.ESTCACertificates("e", "cf3:/x"), "", "unknown"),
        (op.UpdateCertificate("c"), "", "unknown"),
        (op.SaveConfiguration(), "Writing configuration to cf3:\\config.cfg\nSaving configuration ... OK\n", "done"),
        (SHOW, "MINOR: CLI #2053 Switching CLI engine is not authorized", "failed"),
        (PING, "1 packet transmitted, 1 packet received, 0.00% packet loss", "done"),
        (PING, "2 packets transmitted, 1 packets received, 50.0% packet loss", "done"),
        (PING, "PING x 56 data bytes\n2 packets transmitted, 0 packets received, 100% packet loss", "failed"),
        (PING, "PING x 56 data bytes\nNo route to destination. Address: x, Router: Base", "failed"),
        (PING, "PING x 56 data bytes\n", "unknown"),
        (PING, "MINOR: MGMT_CORE #2201: Unknown element - 'ping'", "unknown"),
    ],
)
def test_what_each_command_prints_is_judged_by_the_table(operation: op.Operation, text: str, outcome: str) -> None:
    """Each outcome follows from a row; what has none, silence included, is unknown."""
    reply = read_raw(operation, text)

    assert reply.outcome == outcome
    assert bool(reply.checksum) == (isinstance(operation, op.Checksum) and outcome == "done")


def test_every_row_of_the_table_has_its_evidence() -> None:
    """A row says where its text was seen, or that it is assumed; its pattern matches no empty line."""
    for row in evidence.TEXTS:
        assert len(row.source) > 20
        assert not row.pattern.search("")
    assert all(evidence.SILENT.values())


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("MINOR: CLI #2053 Switching CLI engine is not authorized", True),
        ("\r\nMINOR: CLI #2053: Switching CLI engine is not authorized\r\n", True),
        ("MINOR: CLI #2054 something", False),
    ],
)
def test_a_refused_engine_is_recognised(text: str, refused: bool) -> None:
    """The router's own words for an engine that is not allowed mean that nothing was begun."""
    assert engine_refused(text) is refused
