"""``sroscert check``: the gNMI service as a client meets it. Reads nothing but TLS and gNMI."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sroscert.cli.jobs import load_jobs
from sroscert.cli.options import Output
from sroscert.cli.results import print_outcomes
from sroscert.fleet.run import exit_code
from sroscert.fleet.run import run as run_fleet
from sroscert.workflow.check import Checked, check_router
from sroscert.workflow.settings import Settings


def run(files: Sequence[Path], limit: Sequence[str] | None, workers: int, output: Output, timing: Settings) -> int:
    """Print what each router showed and return 0, or 6 when a check failed, else the gravest failure."""
    outcomes = run_fleet(load_jobs(files, limit, timing), check_router, workers=workers)
    code = exit_code(outcomes)
    print_outcomes("check", outcomes, code, output, lines=_lines, document=_document)
    return code


def _lines(router: str, address: str, checked: Checked) -> list[str]:
    handshake, answer = checked.handshake, checked.capabilities
    lines = [f"{router}  {address}:{handshake.port}  verified"]
    lines.append(f"  TLS     {handshake.version} {handshake.cipher}")
    info = handshake.certificate
    if info is not None:
        subject = ",".join(f"{name}={value}" for name, value in info.subject)
        names = " ".join(
            [*(f"IP:{ip}" for ip in sorted(info.san_ips)), *(f"DNS:{dns}" for dns in sorted(info.san_dns))]
        )
        known_as = f"  ({checked.name})" if checked.name else ""
        lines.append(f"  served  {subject}  {names}  serial {info.serial:x}{known_as}")
        lines.append(
            f"          {info.key_type.upper()} {info.key_bits}, valid until {info.not_after:%Y-%m-%d %H:%M} UTC"
        )
    lines.append(f"  gNMI    {answer.version}  encodings {', '.join(answer.encodings)}")
    lines += [f"          {model.name}, {model.organization}, {model.version}" for model in answer.models]
    return lines


def _document(checked: Checked) -> dict[str, Any]:
    handshake, answer = checked.handshake, checked.capabilities
    info = handshake.certificate
    served = None
    if info is not None:
        served = {
            "name": checked.name,
            "serial": f"{info.serial:x}",
            "subject": dict(info.subject),
            "issuer": dict(info.issuer),
            "san_ips": sorted(info.san_ips),
            "san_dns": sorted(info.san_dns),
            "key": f"{info.key_type} {info.key_bits}",
            "not_before": info.not_before.isoformat(),
            "not_after": info.not_after.isoformat(),
            "fingerprint_sha256": info.fingerprint_sha256,
        }
    return {
        "tls": {"version": handshake.version, "cipher": handshake.cipher, "verified": handshake.verified},
        "certificate": served,
        "gnmi": {
            "version": answer.version,
            "encodings": list(answer.encodings),
            "models": [
                {"name": model.name, "organization": model.organization, "version": model.version}
                for model in answer.models
            ],
        },
    }
