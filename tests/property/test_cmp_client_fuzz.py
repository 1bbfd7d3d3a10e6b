"""A run of answers spoilt by seed against the router's CMP client: each request ends in an outcome, never in an error.

The answers come over HTTP under the right MAC, so that their bodies are read; CMP_FUZZ_SEED asks for another run.
"""

from __future__ import annotations

import datetime
import http.server
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import CertificationAuthority, CMPEndpoint, initial_registration, messages
from sroscert_lab.cmp.exchange import MAX_ANSWER_BYTES
from sroscert_lab.cmp.macs import MacParameters, MacProtector

from tests.counting import note
from tests.support import der_fuzz
from tests.support.cmp_messages import NULL_SENDER, SECRET, SUBJECT

INPUTS = 250
SEED = int(os.environ.get("CMP_FUZZ_SEED", "9483"))


def now() -> datetime.datetime:
    """Return lab time: here it is real time."""
    return datetime.datetime.now(datetime.UTC)


class Spoiler(http.server.ThreadingHTTPServer):
    """Has the CA answer, and spoils the body of the answer before it is protected once more."""

    def __init__(self, ca: CertificationAuthority) -> None:
        super().__init__(("127.31.7.9", 0), _Handler)
        self.ca, self.rng = ca, random.Random(SEED)

    def spoil(self, request: bytes) -> bytes:
        """Return a wrong answer to a request."""
        rng, header = self.rng, messages.parse(request).header
        body = messages.parse(self.ca.handle(request)).body_der
        kind = rng.randrange(4)
        if kind == 0:
            body = der_fuzz.flip(rng, body)
        elif kind == 1:
            body = der_fuzz.lie(rng, body)
        else:
            body = der_fuzz.rebuild(rng, body, der_fuzz.parse(body).all())
        answer = messages.build(
            sender=NULL_SENDER, recipient=NULL_SENDER, body=body, transaction_id=header.transaction_id,
            sender_nonce=rng.randbytes(16), recip_nonce=header.sender_nonce,
            protector=MacProtector(b"sr-1", MacParameters.fresh("sha256", 100), SECRET.encode()),
        )
        return der_fuzz.flip(rng, answer) if rng.random() < 0.1 else answer[:MAX_ANSWER_BYTES]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Spoiler

    def do_POST(self) -> None:
        """Answer."""
        answer = self.server.spoil(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "application/pkixcmp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def spoiler(tmp_path: Path) -> Iterator[Spoiler]:
    """A CA behind somebody who spoils its answers."""
    ca = CertificationAuthority.create_or_load(tmp_path / "ca", "Lab CA", now, key_kind="ecdsa-p256")
    ca.codes.issue("sr-1", SECRET, subject=SUBJECT, san_ips=("10.0.0.1",))
    with Spoiler(ca) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
    ca.close()


def test_spoilt_answers_end_in_an_outcome(spoiler: Spoiler) -> None:
    """Failed with a reason, waiting, or processed where the spoiling did no harm; nothing is ever raised."""
    key = ec.generate_private_key(ec.SECP256R1())
    url = f"http://127.31.7.9:{spoiler.server_address[1]}/cmp"
    place = CMPEndpoint(url, spoiler.ca.certificate_pem(), 10.0)
    ends: Counter[str] = Counter()
    for _ in range(INPUTS):
        spoiler.ca.codes.restore("sr-1")
        spoiler.ca.faults.set(pending=spoiler.rng.choice([None, None, None, 0]))
        outcome = initial_registration(place, key, SUBJECT, ("10.0.0.1",), (), "sr-1", SECRET)
        assert outcome.status != "failed" or outcome.status_string or outcome.code != "none", outcome
        ends[outcome.status] += 1
    for end, count in ends.items():
        note("fuzz", f"answers {end}", count)
    assert ends["failed"] > INPUTS // 2, ends
