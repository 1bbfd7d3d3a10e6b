"""CA files as operators have them: read right whatever stands around the certificate, or refused with the reason."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sroscert.errors import PKIError
from sroscert.intent import lint
from sroscert.pki import cafile
from sroscert.pki.certificate import read
from sroscert.plan.preflight import authority_rule
from tests.support.certificates import make_ca, make_certificate

CA = make_ca()
OTHER = make_ca("Other CA", number=2)
TUTORIAL = (Path(__file__).parents[3] / "lab" / "intents" / "tutorial.yaml").read_text()


def with_text(tmp_path: Path) -> bytes:
    """The certificate below what `openssl x509 -text` says of it."""
    file = tmp_path / "ca.pem"
    file.write_bytes(CA.pem)
    words = ["openssl", "x509", "-in", str(file), "-text"]
    return subprocess.run(words, check=True, capture_output=True).stdout


def test_text_around_the_certificate_does_not_matter(tmp_path: Path) -> None:
    """Text before, comments, line ends of Windows, a byte order mark, UTF-16: the certificate alone is what counts."""
    text = CA.pem.decode()
    contents = [
        with_text(tmp_path), b"# our CA\nsubject=/CN=x\n" + CA.pem + b"trailing words\n",
        CA.pem.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + CA.pem, text.encode("utf-16"), b"\n\n  " + CA.pem,
        CA.pem.replace(b" CERTIFICATE", b" X509 CERTIFICATE"),
    ]
    for content in contents:
        found = cafile.parse(content)

        assert (found.format, found.data, found.pem) == ("pem", CA.pem, CA.pem)
        assert found.info == read(CA.der)


def test_der_stays_der() -> None:
    """The router is told the encoding that it gets."""
    found = cafile.parse(CA.der)

    assert (found.format, found.data, found.pem) == ("der", CA.der, CA.pem)


REFUSED = [
    (b"", "empty"),
    (b" \n", "empty"),
    (b"not a certificate", "no PEM"),
    (CA.der[:-20], "DER"),
    (CA.der + b"x", "DER"),
    (CA.pem + OTHER.pem, "2 certificates"),
    (CA.pem + CA.key_pem, "private key"),
    (CA.key_pem, "private key"),
    (CA.pem.replace(b"-----END CERTIFICATE-----", b""), "cut off"),
    (CA.pem.replace(b"MII", b"M!I", 1), "cannot be read"),
    (CA.pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE"), "TRUSTED CERTIFICATE"),
    (CA.pem.replace(b" CERTIFICATE", b" PKCS7"), "PKCS7"),
    (CA.pem.replace(b" CERTIFICATE", b" CERTIFICATE REQUEST"), "CERTIFICATE REQUEST"),
    (b"\xff\xfex", "UTF-16"),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED, ids=[f"{n}-{reason}" for n, (_, reason) in enumerate(REFUSED)])
def test_what_is_not_one_certificate_is_refused_with_file_and_reason(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    """The error names the file and says what is wrong, with a hint."""
    file = tmp_path / "ca.pem"
    file.write_bytes(content)

    with pytest.raises(PKIError) as caught:
        cafile.read_file(file)

    assert caught.value.message.startswith(f"{file}: ")
    assert reason in caught.value.message
    assert caught.value.hint


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A folder, or no file."""
    for path in (tmp_path, tmp_path / "none.pem"):
        with pytest.raises(PKIError, match=str(path)) as caught:
            cafile.read_file(path)
        assert caught.value.code == "file-missing"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (CA.pem, None), (CA.pem + OTHER.pem, "certificate-unreadable"),
        (make_certificate(CA).pem, "ca-certificate-unfit"),
    ],
    ids=["right", "two", "a-servers"],
)
def test_lint_looks_into_the_ca_file(tmp_path: Path, content: bytes, code: str | None) -> None:
    """A CA file that is wrong is an error of the intent, at its place; a server's certificate is no CA's."""
    (tmp_path / "ManagementCA.pem").write_bytes(content)
    intent = tmp_path / "intent.yaml"
    intent.write_text(TUTORIAL)
    now = read(CA.der).not_before.replace(year=read(CA.der).not_before.year + 1)

    errors = [
        item for item in lint([intent], checks=[authority_rule(now)])
        if item.severity == "error"
    ]

    assert [item.code for item in errors] == ([code] if code else [])
    for item in errors:
        assert TUTORIAL.splitlines()[item.line - 1].strip().startswith("certificate: ManagementCA.pem")
