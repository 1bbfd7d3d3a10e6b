"""Certificate signing requests made on the router (`generate-csr`)."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from . import formats
from .failure import PKIRefusal
from .formats import Kind
from .names import alternative_names, parse_subject
from .store import PKIStore, pki_name

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def generate(store: PKIStore, values: Mapping[str, str]) -> None:
    """Write a PKCS#10 request in DER for the key at `key-url` (a clear file, or one in system-pki)."""
    url = values["key-url"]
    name = pki_name(url)
    item = store.load(Kind.KEY, name) if name else formats.decode(Kind.KEY, "der", store.read_clear(url))
    key = item.key()
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey):
        raise PKIRefusal("Key type is not supported")
    # ASSUMPTION: the hash when none is given, and that a request without a subject is refused.
    algorithm = _HASHES.get(values.get("hash-algorithm", "sha256"))
    if algorithm is None or not values.get("subject-dn"):
        raise PKIRefusal("Invalid hash algorithm" if algorithm is None else "Missing value - subject-dn")
    builder = x509.CertificateSigningRequestBuilder().subject_name(parse_subject(values["subject-dn"]))
    alternatives = alternative_names(values.get("domain-name", ""), values.get("ip-address", ""))
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    try:
        request = builder.sign(key, algorithm)  # type: ignore[arg-type]
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise PKIRefusal("Certificate request cannot be signed") from exc
    store.save(values["output-url"], request.public_bytes(serialization.Encoding.DER))
