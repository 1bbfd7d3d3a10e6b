"""Certificate signing requests made on the router (`generate-csr`, and those that EST sends)."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from . import display
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .names import alternative_names, parse_subject
from .store import PKIStore

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def generate(store: PKIStore, values: Mapping[str, str]) -> None:
    """Write a PKCS#10 request in DER for the key at `key-url` (a clear file, or one in system-pki)."""
    item = store.show(Kind.KEY, values["key-url"], "der")
    store.save(values["output-url"], request(item, values))


def shown(store: PKIStore, url: str, encoding: str) -> str:
    """The text of a request in a clear file; its format is called pkcs10 (YANG `cert-file-format`). PKIRefusal."""
    try:
        if encoding != "pkcs10":
            raise ValueError(encoding)
        made = x509.load_der_x509_csr(store.read_clear(url))
        return display.render_request(made) + "\n"
    except (ValueError, UnsupportedAlgorithm) as exc:
        # ASSUMPTION: the text, as for other kinds, and that PKCS #10 means DER.
        raise PKIRefusal(f"Invalid csr file - not in {encoding} format") from exc


def request(item: PKIObject, values: Mapping[str, str]) -> bytes:
    """The PKCS#10 request for a key: `subject-dn`, `domain-name`, `ip-address`, `hash-algorithm`. PKIRefusal."""
    if not values.get("subject-dn"):
        # ASSUMPTION: a request without a subject is refused.
        raise PKIRefusal("Missing value - subject-dn")
    alternatives = alternative_names(values.get("domain-name", ""), values.get("ip-address", ""))
    names = x509.SubjectAlternativeName(alternatives) if alternatives else None
    # ASSUMPTION: the hash when none is given.
    return sign(item, parse_subject(values["subject-dn"]), names, values.get("hash-algorithm", "sha256"))


def sign(item: PKIObject, subject: x509.Name, names: x509.SubjectAlternativeName | None, hash_name: str) -> bytes:
    """The PKCS#10 request of a key for these names, in DER. PKIRefusal."""
    key = item.key()
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey):
        raise PKIRefusal("Key type is not supported")
    algorithm = _HASHES.get(hash_name)
    if algorithm is None:
        raise PKIRefusal("Invalid hash algorithm")
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    try:
        made = builder.sign(key, algorithm)  # type: ignore[arg-type]
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise PKIRefusal("Certificate request cannot be signed") from exc
    return made.public_bytes(serialization.Encoding.DER)
