"""No answer of a router crashes a reader, and none that lacks the router's own sign of success is taken for one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sroscert.commands import operations as op
from sroscert.commands.evidence import TEXTS
from sroscert.commands.replies import read_action, read_raw, redact
from sroscert.errors import PKIError
from sroscert.pki import names
from sroscert.pki.certificate import from_display
from tests.support.operations import EVERY
from tests.support.transcripts import CERTIFICATE, CR_TABLE, IR_TABLE, LISTING

OPERATIONS = EVERY
REGISTRATION = next(operation for operation in EVERY if isinstance(operation, op.InitialRegistration))
_WHOLE = st.sampled_from([
    CERTIFICATE, IR_TABLE, CR_TABLE, LISTING, "Received 'accepted'.", "MINOR: X #1: y", "", "a" * 64,
    "transaction-status processed\ntransaction-status-code accepted",
    "Overwrite? (y/n)", "1 file copied.", "INFO: CLI #2051: Switching to the classic CLI engine", "Completed.",
])


@st.composite
def answers(draw: st.DrawFn) -> str:
    """Draw any text, or a known answer with a piece cut out and another put in."""
    text = draw(st.one_of(_WHOLE, st.text(max_size=60)))
    begin = draw(st.integers(0, len(text)))
    end = draw(st.integers(begin, len(text)))
    return text[:begin] + draw(st.text(max_size=8)) + text[end:]


@given(st.sampled_from(OPERATIONS), answers())
def test_no_answer_crashes_the_reader(operation: op.Operation, text: str) -> None:
    """Any answer has an outcome of the closed set."""
    assert read_raw(operation, text).outcome in {"done", "failed", "pending", "unknown"}


@given(st.sampled_from(OPERATIONS), st.text(min_size=1, max_size=60).filter(str.strip))
def test_an_unheard_of_text_is_never_done(operation: op.Operation, text: str) -> None:
    """Words that no row of the table covers never make an operation done."""
    covered = any(row.pattern.search(text) for row in TEXTS)
    reply = read_raw(operation, text)

    assert covered or reply.outcome == "unknown"


LEAVES = st.dictionaries(
    st.sampled_from(["status", "transaction-status", "transaction-status-code", "error-message", "checksum-value"]),
    st.one_of(st.sampled_from([
        "completed", "terminated-incomplete", "in-progress", "processed", "failed", "accepted", "granted-with-mods",
        "rejection", "waiting", "none", "revocation-warning", "a" * 64,
    ]), st.text(alphabet="abc-", max_size=12)),
)


@given(st.sampled_from(OPERATIONS), LEAVES)
def test_an_action_is_done_only_by_the_models_words(operation: op.Operation, leaves: dict[str, str]) -> None:
    """Without completed (or, of the CA, processed and granted) nothing is done; an error message is never done."""
    reply = etree.Element("rpc-reply")
    for name, text in leaves.items():
        etree.SubElement(reply, name).text = text

    if read_action(operation, reply).outcome == "done":
        assert "error-message" not in leaves
        if isinstance(operation, op.CMP_OPERATIONS):
            assert leaves["transaction-status"] == "processed"
            assert leaves["transaction-status-code"] in {"accepted", "granted-with-mods"}
        else:
            assert leaves["status"] == "completed"


@given(answers())
def test_an_enrolment_is_done_only_with_the_cas_word(text: str) -> None:
    """No text without the line of acceptance makes an enrolment done."""
    reply = read_raw(REGISTRATION, text)

    if reply.outcome == "done":
        assert "Received 'accepted'" in text or "transaction-status-code accepted" in text


@given(answers())
def test_a_display_is_read_or_refused(text: str) -> None:
    """A garbled display is a PKIError and nothing else."""
    try:
        info = from_display(text)
    except PKIError:
        return
    assert info.not_before.tzinfo is not None


@given(st.text(max_size=200), st.text(min_size=8, max_size=20))
def test_a_long_secret_never_survives(text: str, secret: str) -> None:
    """Wherever a secret of eight characters or more stands, it is gone afterwards."""
    if secret not in "*****":
        assert secret not in redact(text + secret + text, [secret]).replace("*****", "\0")


PAIRS = st.tuples(st.sampled_from(["C", "ST", "O", "OU", "CN", "UID"]), st.text(min_size=1, max_size=12))


@given(st.lists(PAIRS, min_size=1))
def test_a_name_survives_writing_and_reading(pairs: list[tuple[str, str]]) -> None:
    """Any name is read back from its RFC 4514 text."""
    assert names.parse(names.text(pairs)) == tuple(pairs)
