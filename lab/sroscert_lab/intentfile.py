"""The files that a user of the lab needs: an intent for its routers, host keys, CA certificate, codes and password.

Owns their content. Secrets are written to files of mode 0600 and nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from .lab import Lab

_SUBJECT = {"C": "NL", "ST": "ZH", "O": "Nokia"}
_HEADER = """\
# yaml-language-server: $schema={schema}
# Written by `sroscert lab up`; it is written anew each time the lab starts.
"""


def subject(router: str) -> str:
    """The subject that the intent asks for, as a distinguished name."""
    return ",".join(f"{name}={value}" for name, value in {**_SUBJECT, "CN": router}.items())


def write_secret(path: Path, secret: str) -> None:
    """Write a secret to a file that only its owner can read, replacing what was there."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    descriptor = os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
    temporary.replace(path)


def write(lab: Lab) -> None:
    """Write everything into the lab's folder; a code that exists is kept. A lab without routers has no intent."""
    folder = lab.folder
    (folder / "ManagementCA.pem").write_bytes(lab.ca.certificate_pem())
    if not lab.routers:
        (folder / "intent.yaml").unlink(missing_ok=True)
        return
    lines = [line for router in lab.routers.values() for line in router.known_hosts_lines()]
    (folder / "known_hosts").write_text("\n".join(lines) + "\n")
    write_secret(folder / "password", lab.plan.password)
    for name in lab.routers:
        if not (folder / "codes" / name).exists():
            lab.issue_code(name)
    text = yaml.safe_dump(_intent(lab), sort_keys=False, default_flow_style=None, width=110, allow_unicode=True)
    (folder / "intent.yaml").write_text(_HEADER.format(schema=_schema_file()) + text)


def _intent(lab: Lab) -> dict[str, object]:
    return {
        "version": 1,
        "defaults": {
            "login": {"username": lab.plan.username, "password": "file:password", "known_hosts": "known_hosts"}
        },
        "ca_profiles": {
            "lab-ca": {
                "certificate": "ManagementCA.pem",
                "revocation_check": "crl-optional",
                "cmpv2": {
                    "url": lab.cmp_url,
                    "always_set_sender_for_ir": True,
                    "accept_unprotected_message": {"error_message": True, "pkiconf_message": True},
                },
            }
        },
        "certificates": {
            "sr-cert": {
                "ca_profile": "lab-ca",
                "key": {"file": "sr-key", "type": "rsa", "size": 2048},
                "subject": {**_SUBJECT, "CN": "{router}"},
                "san": {"ip": ["{address}"]},
                "enrolment": {"protection": "password", "reference": "{router}", "secret": "file:codes/{router}"},
                "renewal": {"before": "30d", "method": "auto"},
            }
        },
        "expiration_warning": {"hours": 720, "repeat_hours": 24},
        "tls": {
            "cert_profiles": {"sr-cert-prof": {1: "sr-cert"}},
            "server_cipher_lists": {"ciphers": "compatible"},
            "server_profiles": {"sr-server-tls-prof": {"cert_profile": "sr-cert-prof", "cipher_list": "ciphers"}},
        },
        "grpc": {"tls_server_profile": "sr-server-tls-prof", "admin_state": "enable"},
        "verify": {"gnmi": {"models": ["nokia-conf", "nokia-state"]}},
        "routers": {name: _router(router.core.address, router.core.ports) for name, router in lab.routers.items()},
    }


def _router(address: str, ports: object) -> dict[str, object]:
    usual = {"netconf": 830, "ssh": 22, "gnmi": 57400}
    other = {name: getattr(ports, name) for name, port in usual.items() if getattr(ports, name) != port}
    return {"address": address, **({"login": {"ports": other}} if other else {})}


def _schema_file() -> str:
    """The editor's schema, where it is: in the checkout or in the installed wheel."""
    here = Path(__file__).resolve()
    for folder in (here.parents[2] / "schemas", here.parents[1] / "sroscert" / "_data" / "schemas"):
        if (folder / "intent.schema.json").is_file():
            return str(folder / "intent.schema.json")
    return "intent.schema.json"
