"""What commands print, judged: words, silence, displays, listings; no secret stays in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sroscert.commands import evidence
from sroscert.commands import operations as op
from sroscert.commands.replies import FileEntry, engine_refused, read_raw, redact
from tests.support.transcripts import CERTIFICATE, LISTING

IR = op.InitialRegistration("ejbca-profile", "sr-key", "1", "env:X", "CN=sr", "cf3:/sr-cert.der")
POLL = op.Poll("ejbca-profile")
SHOW = op.ShowRequest("ejbca-profile")
ACCEPTED = "\nProcessing request...\nReceived 'accepted'.\n"
ERROR = 'MINOR: MGMT_AGENT #2007: Operation failed - open file "cf3:\\sr-key"'
DIGEST = "ab" * 32
PING = op.Ping("172.20.20.6", "management")


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


def test_a_display_becomes_a_certificate() -> None:
    """The router's display is read into a certificate; a display that cannot be read is unknown."""
    operation = op.DisplayCertificate("cf3:/sr-cert.der")
    reply = read_raw(operation, CERTIFICATE)

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
