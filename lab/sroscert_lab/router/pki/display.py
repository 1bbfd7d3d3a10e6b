"""Certificates, CRLs, keys and requests as text, like `openssl x509 -text` (the form of the tutorial's transcript).

Owns the lines between `Certificate:` and the end of the extensions; signature bytes are left out. The transcript
shows parts of this only: which lines a router adds or leaves out elsewhere is an assumption.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, SignatureAlgorithmOID

from .formats import Kind, PKIObject

_ATTRIBUTES = {
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COMMON_NAME: "CN",
    NameOID.USER_ID: "UID",
    NameOID.DOMAIN_COMPONENT: "DC",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.EMAIL_ADDRESS: "emailAddress",
}
_SIGNATURES = {
    SignatureAlgorithmOID.RSA_WITH_SHA1: "sha1WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA224: "sha224WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "sha256WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "sha384WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "sha512WithRSAEncryption",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ecdsa-with-SHA256",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ecdsa-with-SHA384",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "ecdsa-with-SHA512",
}
_USAGES = {
    "digital_signature": "Digital Signature",
    "content_commitment": "Non Repudiation",
    "key_encipherment": "Key Encipherment",
    "data_encipherment": "Data Encipherment",
    "key_agreement": "Key Agreement",
    "key_cert_sign": "Certificate Sign",
    "crl_sign": "CRL Sign",
}
_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "TLS Web Server Authentication",
    ExtendedKeyUsageOID.CLIENT_AUTH: "TLS Web Client Authentication",
}


def render(item: PKIObject) -> str:
    """The text of one object."""
    if item.kind is Kind.CERT:
        return "\n".join(_certificate(item.certificate()))
    if item.kind is Kind.CRL:
        return "\n".join(_crl(item.crl()))
    return "\n".join(_key(item.key()))


def render_request(request: x509.CertificateSigningRequest) -> str:
    """The text of a certificate request."""
    return "\n".join(_request(request))


def name_text(name: x509.Name) -> str:
    """A distinguished name in the order of its encoding, as OpenSSL prints it: `CN=sr, O=Nokia`."""
    return ", ".join(
        " + ".join(f"{_ATTRIBUTES.get(part.oid, part.oid.dotted_string)}={_value(part)}" for part in rdn)
        for rdn in name.rdns
    )


def _value(attribute: x509.NameAttribute[str | bytes]) -> str:
    return attribute.value if isinstance(attribute.value, str) else attribute.value.hex()


def time_text(moment: datetime) -> str:
    """OpenSSL's form of a time, always in GMT."""
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S %Y} GMT"


def serial_text(serial: int) -> str:
    """Hexadecimal bytes with colons, with the sign octet that DER has."""
    data = serial.to_bytes(max(1, (serial.bit_length() + 8) // 8), "big", signed=True)
    return ":".join(f"{byte:02x}" for byte in data)


def _certificate(certificate: x509.Certificate) -> Iterator[str]:
    yield "Certificate:"
    yield "    Data:"
    yield f"        Version: {certificate.version.value + 1} ({certificate.version.value:#x})"
    yield "        Serial Number:"
    yield f"            {serial_text(certificate.serial_number)}"
    yield f"        Signature Algorithm: {_signature(certificate.signature_algorithm_oid)}"
    yield f"        Issuer: {name_text(certificate.issuer)}"
    yield "        Validity"
    yield f"            Not Before: {time_text(certificate.not_valid_before_utc)}"
    yield f"            Not After : {time_text(certificate.not_valid_after_utc)}"
    yield f"        Subject: {name_text(certificate.subject)}"
    yield "        Subject Public Key Info:"
    yield from _public_key(certificate.public_key(), "            ")
    yield from _extensions("X509v3 extensions", certificate.extensions)


def _request(request: x509.CertificateSigningRequest) -> Iterator[str]:
    yield "Certificate Request:"
    yield "    Data:"
    yield "        Version: 1 (0x0)"
    yield f"        Subject: {name_text(request.subject)}"
    yield "        Subject Public Key Info:"
    yield from _public_key(request.public_key(), "            ")
    yield from _extensions("Requested Extensions", request.extensions)
    yield f"    Signature Algorithm: {_signature(request.signature_algorithm_oid)}"


def _signature(oid: x509.ObjectIdentifier) -> str:
    return _SIGNATURES.get(oid, oid.dotted_string)


def _public_key(key: PublicKeyTypes, indent: str) -> Iterator[str]:
    if isinstance(key, rsa.RSAPublicKey):
        yield f"{indent}Public Key Algorithm: rsaEncryption"
        yield f"{indent}    Public-Key: ({key.key_size} bit)"
        yield f"{indent}    Modulus:"
        numbers = key.public_numbers()
        yield from _hex_block(b"\0" + numbers.n.to_bytes((key.key_size + 7) // 8, "big"), indent + "        ")
        yield f"{indent}    Exponent: {numbers.e} ({numbers.e:#x})"
    elif isinstance(key, ec.EllipticCurvePublicKey):
        yield f"{indent}Public Key Algorithm: id-ecPublicKey"
        yield f"{indent}    Public-Key: ({key.key_size} bit)"
        yield f"{indent}    pub:"
        point = key.public_numbers()
        size = (key.key_size + 7) // 8
        encoded = b"\4" + point.x.to_bytes(size, "big") + point.y.to_bytes(size, "big")
        yield from _hex_block(encoded, indent + "        ")
        yield f"{indent}    ASN1 OID: {'prime256v1' if key.curve.name == 'secp256r1' else key.curve.name}"
    elif isinstance(key, dsa.DSAPublicKey):
        yield f"{indent}Public Key Algorithm: dsaEncryption"
        yield f"{indent}    Public-Key: ({key.key_size} bit)"


def _hex_block(data: bytes, indent: str) -> Iterator[str]:
    for start in range(0, len(data), 15):
        line = ":".join(f"{byte:02x}" for byte in data[start : start + 15])
        yield f"{indent}{line}{':' if start + 15 < len(data) else ''}"


def _extensions(title: str, extensions: x509.Extensions) -> Iterator[str]:
    if len(extensions):
        yield f"        {title}:"
    for extension in extensions:
        yield from _extension(extension)


def _extension(extension: x509.Extension[x509.ExtensionType]) -> Iterator[str]:
    value = extension.value
    critical = " critical" if extension.critical else ""
    title, text = _extension_text(value)
    yield f"            {title}:{critical}"
    yield f"                {text}"


def _extension_text(value: x509.ExtensionType) -> tuple[str, str]:
    match value:
        case x509.BasicConstraints():
            path = f", pathlen:{value.path_length}" if value.path_length is not None else ""
            return "X509v3 Basic Constraints", f"CA:{'TRUE' if value.ca else 'FALSE'}{path}"
        case x509.KeyUsage():
            return "X509v3 Key Usage", ", ".join(text for name, text in _USAGES.items() if getattr(value, name))
        case x509.ExtendedKeyUsage():
            return "X509v3 Extended Key Usage", ", ".join(_PURPOSES.get(oid, oid.dotted_string) for oid in value)
        case x509.SubjectAlternativeName():
            return "X509v3 Subject Alternative Name", ", ".join(_general_name(name) for name in value)
        case x509.SubjectKeyIdentifier():
            return "X509v3 Subject Key Identifier", _colons(value.digest)
        case x509.AuthorityKeyIdentifier():
            digest = value.key_identifier
            return "X509v3 Authority Key Identifier", "(absent)" if digest is None else _colons(digest)
        case _:
            return value.oid.dotted_string, "(not shown)"


def _colons(data: bytes) -> str:
    return ":".join(f"{byte:02X}" for byte in data)


def _general_name(name: x509.GeneralName) -> str:
    match name:
        case x509.DNSName():
            return f"DNS:{name.value}"
        case x509.IPAddress():
            return f"IP Address:{name.value}"
        case x509.RFC822Name():
            return f"email:{name.value}"
        case x509.UniformResourceIdentifier():
            return f"URI:{name.value}"
        case _:
            return "othername:<unsupported>"


def _crl(crl: x509.CertificateRevocationList) -> Iterator[str]:
    yield "Certificate Revocation List (CRL):"
    yield f"        Signature Algorithm: {_signature(crl.signature_algorithm_oid)}"
    yield f"        Issuer: {name_text(crl.issuer)}"
    yield f"        Last Update: {time_text(crl.last_update_utc)}"
    if crl.next_update_utc is not None:
        yield f"        Next Update: {time_text(crl.next_update_utc)}"
    yield "Revoked Certificates:" if len(crl) else "No Revoked Certificates."
    for revoked in crl:
        yield f"    Serial Number: {revoked.serial_number:X}"
        yield f"        Revocation Date: {time_text(revoked.revocation_date_utc)}"


def _key(key: PrivateKeyTypes) -> Iterator[str]:
    # ASSUMPTION: of a key only type and size are shown; the private numbers never leave this function's argument.
    if isinstance(key, rsa.RSAPrivateKey):
        yield f"RSA Private-Key: ({key.key_size} bit)"
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        yield f"EC Private-Key: ({key.key_size} bit)"
    else:
        yield "Private-Key:"
