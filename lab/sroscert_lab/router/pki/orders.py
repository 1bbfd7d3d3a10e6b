"""CMPv2 orders out of named values: the one place that knows which input of which request means what.

Both the modelled actions (YANG names) and the classic commands (translated to those names) come through here.
"""

from __future__ import annotations

from collections.abc import Mapping

from .failure import PKIRefusal
from .requests import CERTIFICATE, INITIAL, UPDATE, Order

HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def _hash(values: Mapping[str, str]) -> str:
    # ASSUMPTION: an action without hash-algorithm uses sha1 as the SNMP action and the classic command do.
    name = values.get("hash-algorithm", "sha1")
    if name not in HASHES:
        raise PKIRefusal(f"Invalid hash algorithm - {name}")
    return name


def _need(values: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not values.get(name):
            # ASSUMPTION: a registration without subject-dn is refused, although YANG has it optional.
            raise PKIRefusal(f"Missing value - {name}")


def initial_registration(values: Mapping[str, str]) -> Order:
    """`cmpv2 initial-registration`."""
    _need(values, "ca-profile", "key-to-certify", "save-as", "subject-dn")
    if not values.get("certificate"):
        _need(values, "password", "reference")
    return Order(
        kind=INITIAL,
        ca_profile=values["ca-profile"],
        save_as=values["save-as"],
        key=values["key-to-certify"],
        certificate=values.get("certificate", ""),
        subject_dn=values["subject-dn"],
        domain_name=values.get("domain-name", ""),
        ip_address=values.get("ip-address", ""),
        reference=values.get("reference", ""),
        password=values.get("password", ""),
        protection_key=values.get("protection-key", ""),
        send_chain="send-chain" in values,
        with_ca=values.get("with-ca", ""),
        hash_algorithm=_hash(values),
    )


def certificate_request(values: Mapping[str, str]) -> Order:
    """`cmpv2 cert-request`."""
    _need(values, "ca-profile", "current-key", "current-certificate", "new-key", "save-as", "subject-dn")
    return Order(
        kind=CERTIFICATE,
        ca_profile=values["ca-profile"],
        save_as=values["save-as"],
        key=values["current-key"],
        new_key=values["new-key"],
        certificate=values["current-certificate"],
        subject_dn=values["subject-dn"],
        domain_name=values.get("domain-name", ""),
        ip_address=values.get("ip-address", ""),
        hash_algorithm=_hash(values),
    )


def key_update(values: Mapping[str, str]) -> Order:
    """`cmpv2 key-update`."""
    _need(values, "ca-profile", "old-key", "old-certificate", "new-key", "save-as")
    return Order(
        kind=UPDATE,
        ca_profile=values["ca-profile"],
        save_as=values["save-as"],
        key=values["old-key"],
        new_key=values["new-key"],
        certificate=values["old-certificate"],
        hash_algorithm=_hash(values),
    )
