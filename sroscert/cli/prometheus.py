"""The status of routers in the text format of Prometheus, for a textfile collector. Pure.

Names and labels of ``x509_*`` are those of x509-certificate-exporter, so that its alerts and dashboards work: the
serial number is decimal, the subject and the issuer are a label an attribute. What is ours begins with ``sroscert_``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sroscert.pki.names import Name
from sroscert.plan.status import CertificateStatus, Condition, Role, RouterStatus

Sample = tuple[Mapping[str, str], float]

_ATTRIBUTES = ("C", "ST", "L", "O", "OU", "CN")


def metrics(found: Sequence[tuple[str, RouterStatus | None]]) -> str:
    """Return the whole text: for each router by name its status, or None where it could not be looked at."""
    rows = [(router, one, row) for router, one in found if one is not None for row in one.certificates]
    labels = [(_labels(router, row), one, row) for router, one, row in rows]
    read = [(label, one, row.info) for label, one, row in labels if row.info is not None]
    families = [
        _family("x509_cert_not_before", "Begin of the certificate's validity, Unix time.",
                [(label, info.not_before.timestamp()) for label, _, info in read]),
        _family("x509_cert_not_after", "End of the certificate's validity, Unix time.",
                [(label, info.not_after.timestamp()) for label, _, info in read]),
        _family("x509_cert_expired", "1 when the certificate has ended.",
                [(label, float(one.at > info.not_after)) for label, one, info in read]),
        _family("x509_cert_error", "1 when the certificate could not be read.",
                [(label, float(row.condition is Condition.UNREAD)) for label, _, row in labels]),
        _family("x509_read_errors", "Certificates of a router that could not be read; 1 when the router could not.",
                [({"router": router}, _read_errors(one)) for router, one in found]),
        _family("x509_source_up", "1 when the router could be looked at.",
                [({"source_kind": "router", "source_name": router}, float(one is not None)) for router, one in found]),
        _family("sroscert_router_up", "1 when the router could be looked at.",
                [({"router": router}, float(one is not None)) for router, one in found]),
        _family("sroscert_router_in_sync", "1 when the router is as the intent wants it.",
                [({"router": router}, float(one.in_sync)) for router, one in found if one is not None]),
        _family("sroscert_certificate_condition", "1 for the condition that a certificate is in.",
                [({**_key(router, row), "condition": row.condition.value}, 1.0) for router, _, row in rows]),
        _family("sroscert_certificate_needs_renewal", "1 when a certificate of the intent must be made anew.",
                [(_key(router, row), float(row.needed)) for router, _, row in rows if row.needed is not None]),
        _family("sroscert_certificate_renewal_failed", "1 when the router's own last try to renew it failed.",
                [(_key(router, row), float(bool(row.renewal.last.trouble))) for router, _, row in rows
                 if row.renewal is not None and row.renewal.last is not None]),
    ]
    return "".join(families)


def _read_errors(one: RouterStatus | None) -> float:
    if one is None:
        return 1.0
    return float(sum(row.condition is Condition.UNREAD for row in one.certificates))


def _key(router: str, row: CertificateStatus) -> dict[str, str]:
    # A missing certificate of the intent has its intended name here, so that its series tells which one is missing.
    return {"router": router, "role": row.role.value, "filename": row.file or row.name}


def _labels(router: str, row: CertificateStatus) -> dict[str, str]:
    labels = _key(router, row)
    labels["filepath"] = f"cf3:/system-pki/{labels['filename']}" if row.role is not Role.SERVED else ""
    labels["serial_number"] = str(row.info.serial) if row.info is not None else ""
    subject, issuer = (row.info.subject, row.info.issuer) if row.info is not None else ((), ())
    labels |= {f"subject_{name}": _part(subject, name) for name in _ATTRIBUTES}
    return labels | {f"issuer_{name}": _part(issuer, name) for name in _ATTRIBUTES}


def _part(name: Name, attribute: str) -> str:
    return ", ".join(value for key, value in name if key == attribute)


def _family(name: str, text: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{_pairs(labels)}}} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _pairs(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(text: str) -> str:
    """Escape a label's value as the text format wants it (version 0.0.4): backslash, quote and line feed."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
