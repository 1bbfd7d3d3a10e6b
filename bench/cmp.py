"""Measure what one enrolment costs the lab's CA, beside OpenSSL's mock server, with the same client in one run.

``python bench/cmp.py [ENROLMENTS]``. Each server is a process of its own, and its processor time counts: an ir
with a MAC of 500 iterations, ip, certConf, pkiConf, over HTTP. OpenSSL's server gives out one certificate that is there
already, keeps nothing and checks no names; so it bounds from below what CMP alone costs. Then the parts of ours.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sroscert_lab.cmp import (
    AlternativeNames,
    CertificationAuthority,
    CMPEndpoint,
    CMPServer,
    asn1,
    initial_registration,
    messages,
    parse_dn,
)
from sroscert_lab.cmp.issuing import Validity, issue, new_authority
from sroscert_lab.cmp.macs import MacParameters, MacProtector, PBMAC1Parameters, mac_is_right, mac_parameters
from sroscert_lab.cmp.signatures import sign, signature_algorithm, signature_is_right
from sroscert_lab.cmp.status import BodyKind

ENROLMENTS = 200
SUBJECT, IP, HOST = "C=NL,O=Nokia,CN=sr", "10.0.0.1", "127.31.9.1"
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
KEY = ec.generate_private_key(ec.SECP256R1())


def now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


def main() -> None:
    """Measure each server, then the parts of ours; or be a server."""
    if len(sys.argv) > 3 and sys.argv[1] == "serve":
        serve(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ENROLMENTS
    print(f"{'CPU of the server, for each of ' + str(count) + ' enrolments':52} {'ms':>8}")
    with tempfile.TemporaryDirectory(prefix="sroscert-bench-") as name:
        folder = Path(name)
        for kind in ("rsa-2048", "ecdsa-p256", "ed25519"):
            row(f"ours, the CA's key {kind}", measure_ours(folder / kind, kind, count))
        row("OpenSSL's mock server (issues and keeps nothing)", measure_openssl(folder, count))
        print(f"\n{'CPU of the parts of ours, for one enrolment':52} {'ms':>8}")
        parts(folder, count)


def row(what: str, seconds: float) -> None:
    """Print one line of the table."""
    print(f"{what:52} {seconds * 1000:8.2f}")


# --- servers --------------------------------------------------------------------------------------------------------


def serve(folder: Path, kind: str, count: int) -> None:
    """Be our server: say where, and serve until standard input ends."""
    ca = CertificationAuthority.create_or_load(folder, "CN=Bench CA", now, key_kind=kind)
    for number in range(count + 1):
        ca.codes.issue(f"r{number}", "secret", subject=SUBJECT, san_ips=(IP,))
    with CMPServer(ca, HOST) as server:
        print(server.url, flush=True)
        sys.stdin.read()
    ca.close()


def measure_ours(folder: Path, kind: str, count: int) -> float:
    """Return the seconds of processor that an enrolment costs our server."""
    command = [sys.executable, __file__, "serve", str(folder), kind, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        place = CMPEndpoint(url, (folder / "ca.pem").read_bytes(), 30.0)
        seconds = enrolments(server.pid, place, [f"r{number}" for number in range(count + 1)])
        server.communicate("")
    return seconds


def measure_openssl(folder: Path, count: int) -> float:
    """Return the seconds of processor that an enrolment costs OpenSSL's mock server."""
    authority = new_authority("CN=Mock CA", "rsa-2048", now(), now())
    validity = Validity.starting(now(), now(), datetime.timedelta(days=1))
    certificate = issue(authority, parse_dn(SUBJECT), AlternativeNames((IP,)), KEY.public_key(), validity)
    (folder / "c.pem").write_bytes(certificate.public_bytes(PEM))
    (folder / "mock.pem").write_bytes(authority.certificate.public_bytes(PEM))
    (folder / "mock.key").write_bytes(
        authority.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "secret").write_text("secret")
    command = [
        "openssl", "cmp", "-config", "", "-port", "0", "-srv_cert", "mock.pem", "-srv_key", "mock.key", "-srv_ref", "r",
        "-srv_secret", "file:secret", "-rsp_cert", "c.pem", "-verbosity", "4",
    ]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        port = next(found[1] for line in server.stdout if (found := re.search(r"ACCEPT \S*?:?(\d+)", line)))
        place = CMPEndpoint(f"http://127.0.0.1:{port}/pkix/", (folder / "mock.pem").read_bytes(), 30.0)
        seconds = enrolments(server.pid, place, ["r"] * (count + 1))
        server.kill()
    return seconds


def enrolments(pid: int, place: CMPEndpoint, references: list[str]) -> float:
    """Enrol with each reference, the first to warm up; return the server's seconds of processor for one."""
    before = 0.0
    for number, reference in enumerate(references):
        outcome = initial_registration(place, KEY, SUBJECT, (IP,), (), reference, "secret")
        assert outcome.status == "processed", outcome
        if number == 0:
            before = processor(pid)
    return (processor(pid) - before) / (len(references) - 1)


def processor(pid: int) -> float:
    """Return the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- parts ----------------------------------------------------------------------------------------------------------


def parts(folder: Path, count: int) -> None:
    """Print what the parts of an enrolment cost, each alone."""
    ca = CertificationAuthority.create_or_load(folder / "parts", "CN=Bench CA", now, key_kind="rsa-2048")
    for number in range(count):
        ca.codes.issue(f"r{number}", "secret", subject=SUBJECT, san_ips=(IP,))
    requests = [ir(f"r{number}") for number in range(count)]
    answers, first = timed(lambda number: ca.handle(requests[number]), count)
    confirmations = [cert_conf(f"r{number}", answers[number]) for number in range(count)]
    _, second = timed(lambda number: ca.handle(confirmations[number]), count)
    message = messages.parse(requests[0])
    assert message.algorithm is not None and message.protection is not None
    parameters = mac_parameters(message.algorithm)
    assert parameters is not None
    authority = new_authority("CN=Bench CA", "rsa-2048", now(), now())
    validity = Validity.starting(now(), now(), datetime.timedelta(days=1))
    algorithm, proof = signature_algorithm(KEY, "sha256"), sign(KEY, "sha256", b"x" * 300)
    names = AlternativeNames((IP,))
    row("both messages, all of it but HTTP", first + second)
    row("  taking both messages apart", 2 * each(lambda: messages.parse(requests[0]), count))
    row("  four MACs of 500 iterations, SHA-256",
        4 * each(lambda: mac_is_right(parameters, b"secret", message.protected_part, b""), count))
    row("  the proof of possession, ECDSA P-256",
        each(lambda: signature_is_right(KEY.public_key(), algorithm, b"x" * 300, proof, accept_sha1=False), count))
    row("  making the certificate, RSA 2048",
        each(lambda: issue(authority, parse_dn(SUBJECT), names, KEY.public_key(), validity), count))
    row("  two entries of the journal, as a measure of SQLite", 2 * each(lambda: ca.journal.add(
        peer="", kind="ir", transaction_id="", credential="", result="issued"), count))
    pbmac1 = PBMAC1Parameters.fresh("sha256", 10_000)
    row("(four PBMAC1 of 10,000 iterations, in their place)", 4 * each(lambda: pbmac1.compute(b"secret", b"x"), 20))
    ca.close()


def timed(work: Callable[[int], bytes], count: int) -> tuple[list[bytes], float]:
    """Return the results of ``count`` calls and the seconds of processor for one."""
    began = time.process_time()
    results = [work(number) for number in range(count)]
    return results, (time.process_time() - began) / count


def each(work: Callable[[], object], count: int) -> float:
    """Return the seconds of processor for one call."""
    began = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - began) / count


def ir(reference: str) -> bytes:
    """Return an ir."""
    public = KEY.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    names = [messages.extension_der(AlternativeNames((IP,)).as_extension())]
    request = messages.certificate_request_der(parse_dn(SUBJECT).public_bytes(), public, names)
    content = messages.request_body(
        BodyKind.IR, request, signature_algorithm(KEY, "sha256"), sign(KEY, "sha256", request)
    )
    return message_of(reference, content)


def cert_conf(reference: str, answer: bytes) -> bytes:
    """Return the certConf for an ip."""
    message = messages.parse(answer)
    pair = asn1.decode(asn1.CertRepMessage, message.body).response[0].key_pair
    assert pair is not None
    certificate = x509.load_der_x509_certificate(asn1.content_of(asn1.raw(pair.cert_or_enc_cert)))
    content = messages.cert_conf_body(certificate.fingerprint(hashes.SHA256()))
    return message_of(reference, content, recip_nonce=message.header.sender_nonce)


def message_of(reference: str, content: bytes, recip_nonce: bytes | None = None) -> bytes:
    """Return a message under the MAC of a code."""
    sender = asn1.wrap(asn1.context(4), asn1.NULL_DN)
    return messages.build(
        sender=sender, recipient=sender, body=content,
        protector=MacProtector(reference.encode(), MacParameters.fresh("sha256", 500), b"secret"),
        transaction_id=reference.encode().ljust(16, b"-"), sender_nonce=messages.fresh_nonce(),
        recip_nonce=recip_nonce,
    )


if __name__ == "__main__":
    main()
