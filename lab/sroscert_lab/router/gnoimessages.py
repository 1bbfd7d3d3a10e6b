"""The messages of gNOI's certificate management, as classes made from one table of names, types and numbers.

Source: the package `gnoi.certificate` of OpenConfig (cert.proto, version 0.1.0): what goes over the wire, no more. No
published Python package has them. Owns no meaning: who answers what is gnoiservice.py.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "gnoi.certificate"
SERVICE = "CertificateManagement"
#: `gnoi_version` of the file.
VERSION = "0.1.0"

#: CertificateType and KeyType: the one known value of each.
X509 = 1
RSA = 1

_FIELD = descriptor_pb2.FieldDescriptorProto
#: An enumeration goes over the wire like an int32.
_TYPES = {
    "bool": _FIELD.TYPE_BOOL,
    "bytes": _FIELD.TYPE_BYTES,
    "enum": _FIELD.TYPE_INT32,
    "int64": _FIELD.TYPE_INT64,
    "string": _FIELD.TYPE_STRING,
    "uint32": _FIELD.TYPE_UINT32,
}
#: Message: its fields, each with a number and a type; `*` repeats, and any other word is a message of this table.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Certificate": {"type": (1, "enum"), "certificate": (2, "bytes")},
    "CSR": {"type": (1, "enum"), "csr": (2, "bytes")},
    "KeyPair": {"private_key": (1, "bytes"), "public_key": (2, "bytes")},
    "Endpoint": {"type": (1, "enum"), "endpoint": (2, "string")},
    "CSRParams": {
        "type": (1, "enum"),
        "min_key_size": (2, "uint32"),
        "key_type": (3, "enum"),
        "common_name": (4, "string"),
        "country": (5, "string"),
        "state": (6, "string"),
        "city": (7, "string"),
        "organization": (8, "string"),
        "organizational_unit": (9, "string"),
        "ip_address": (10, "string"),
        "email_id": (11, "string"),
    },
    "GenerateCSRRequest": {"csr_params": (1, "CSRParams"), "certificate_id": (2, "string")},
    "GenerateCSRResponse": {"csr": (1, "CSR")},
    "LoadCertificateRequest": {
        "certificate": (1, "Certificate"),
        "key_pair": (2, "KeyPair"),
        "certificate_id": (3, "string"),
        "ca_certificates": (4, "*Certificate"),
    },
    "LoadCertificateResponse": {},
    "FinalizeRequest": {},
    "RotateCertificateRequest": {
        "generate_csr": (1, "GenerateCSRRequest"),
        "load_certificate": (2, "LoadCertificateRequest"),
        "finalize_rotation": (3, "FinalizeRequest"),
    },
    "RotateCertificateResponse": {
        "generated_csr": (1, "GenerateCSRResponse"),
        "load_certificate": (2, "LoadCertificateResponse"),
    },
    "InstallCertificateRequest": {
        "generate_csr": (1, "GenerateCSRRequest"),
        "load_certificate": (2, "LoadCertificateRequest"),
    },
    "InstallCertificateResponse": {
        "generated_csr": (1, "GenerateCSRResponse"),
        "load_certificate": (2, "LoadCertificateResponse"),
    },
    "GetCertificatesRequest": {},
    "CertificateInfo": {
        "certificate_id": (1, "string"),
        "certificate": (2, "Certificate"),
        "endpoints": (3, "*Endpoint"),
        "modification_time": (4, "int64"),
    },
    "GetCertificatesResponse": {"certificate_info": (1, "*CertificateInfo")},
    "RevokeCertificatesRequest": {"certificate_id": (1, "*string")},
    "CertificateRevocationError": {"certificate_id": (1, "string"), "error_message": (2, "string")},
    "RevokeCertificatesResponse": {
        "revoked_certificate_id": (1, "*string"),
        "certificate_revocation_error": (2, "*CertificateRevocationError"),
    },
    "CanGenerateCSRRequest": {"key_type": (1, "enum"), "certificate_type": (2, "enum"), "key_size": (3, "uint32")},
    "CanGenerateCSRResponse": {"can_generate": (4, "bool")},
}
#: Messages of which one field is set at a time; `WhichOneof(CHOICE)` tells which.
_CHOICES = frozenset(
    f"{name}Certificate{direction}" for name in ("Rotate", "Install") for direction in ("Request", "Response")
)
CHOICE = "message"


def _file() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="gnoi/cert.proto", package=PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        if name in _CHOICES:
            message.oneof_decl.add(name=CHOICE)
        for field, (number, kind) in fields.items():
            made = message.field.add(name=field, number=number)
            made.label = _FIELD.LABEL_REPEATED if kind.startswith("*") else _FIELD.LABEL_OPTIONAL
            kind = kind.lstrip("*")
            made.type = _TYPES.get(kind, _FIELD.TYPE_MESSAGE)
            if kind not in _TYPES:
                made.type_name = f".{PACKAGE}.{kind}"
            if name in _CHOICES:
                made.oneof_index = 0
    return file


def _classes() -> dict[str, Any]:
    # A pool of its own: whoever has the published messages in the same process keeps them.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _MESSAGES
    }


_CLASSES = _classes()


def message(name: str, **fields: Any) -> Any:
    """One message with these fields."""
    return _CLASSES[name](**fields)


def message_class(name: str) -> Any:
    """The class of a message, for reading one."""
    return _CLASSES[name]
