"""Operations of every kind with every value that their fields can have: made from their types, so new ones count."""

from __future__ import annotations

import dataclasses
import itertools
import types
import typing
from collections.abc import Iterator
from typing import Any

from sroscert.commands import operations as op
from tests.support.operations import EVERY

VALUES: dict[str, tuple[Any, ...]] = {
    "ca_profile": ("ejbca",), "est_profile": ("est",), "with_ca": ("", "ejbca"),
    "url": ("cf3:/sr-cert.der",), "source": ("cf3:/sr-cert.der",), "destination": ("cf3:/copy.der",),
    "save_as": ("cf3:/new.der",), "output_url": ("cf3:/out.der",), "certificate_url": ("cf3:/sr-cert.der",),
    "key_url": ("cf3:/sr-key",), "name": ("sr-cert",), "output": ("imported",), "certificate": ("sr-cert",),
    "protection_key": ("sr-key",), "key": ("sr-key",), "current_key": ("sr-key",), "current_certificate": ("sr-cert",),
    "new_key": ("sr-key2",), "old_key": ("sr-key",), "old_certificate": ("sr-cert",), "reference": ("sr-1",),
    "secret_reference": ("env:CODE",), "subject_dn": ("C=NL,O=Nokia,CN=sr 1 # x",),
    "hash_algorithm": ("", "sha256"), "ip_address": ("", "172.20.20.5", "2001:db8::5"),
    "domain_names": ((), ("sr.example", "sr2.example")), "size": (2048,), "curve": (None,),
    "host": ("172.20.20.6", "2001:db8::6", "ca.example.net"), "router_instance": ("management", "Base", "to the CA"),
    "log": ("99", "101"),
}
"""Texts that an operation's fields can have."""
CHOICES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("ImportFile", "kind"): ("certificate", "key", "crl"), ("ImportFile", "format"): ("der", "pem"),
    ("ExportFile", "kind"): ("certificate", "crl"), ("ExportFile", "format"): ("der", "pem"),
    ("GenerateKeypair", "url"): ("cf3:/made",), ("DisplayCertificate", "format"): ("der", "pem"),
    ("ListFiles", "url"): ("cf3:/",), ("Checksum", "kind"): ("sha256", "md5"), ("Reload", "protocol"): ("tls", "ipsec"),
    ("RemoveFile", "url"): ("cf3:/copy.der",),
}
def samples(kind: type) -> Iterator[op.Operation]:
    """Yield operations of one type, in which each value of each field occurs."""
    fields = {field.name: _values(kind, field) for field in dataclasses.fields(kind)}
    rounds = max((len(values) for values in fields.values()), default=1)
    for number in range(rounds):
        yield kind(**{name: values[number % len(values)] for name, values in fields.items()})


def every_operation() -> tuple[op.Operation, ...]:
    """Return the hand-made ones, and samples of all kinds."""
    made = itertools.chain.from_iterable(samples(kind) for kind in typing.get_args(op.Operation))
    return tuple(dict.fromkeys((*EVERY, *made)))


def _values(kind: type, field: dataclasses.Field[Any]) -> tuple[Any, ...]:
    if (kind.__name__, field.name) in CHOICES:
        return CHOICES[kind.__name__, field.name]
    if field.name in VALUES:
        return VALUES[field.name]
    hint = typing.get_type_hints(kind)[field.name]
    if hint is bool:
        return (False, True)
    if field.default is not dataclasses.MISSING:
        return (field.default,)
    is_text = hint is str or (isinstance(hint, types.UnionType) and str in typing.get_args(hint))
    assert is_text, f"tests/support/samples.py needs a value for {kind.__name__}.{field.name}"
    return ("sr-cert",)
