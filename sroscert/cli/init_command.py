"""``sroscert init``: its options. The work is in ``init``. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import Output, OutputOption


def _text(name: str, text: str) -> typer.models.OptionInfo:
    """Return an option that stands for one answer."""
    variable = "SROSCERT_" + name.removeprefix("--").upper().replace("-", "_")
    option: typer.models.OptionInfo = typer.Option(name, envvar=variable, help=text)
    return option


def init(
    target: Annotated[Path, typer.Option("--out", help="Write here; never over a file.")] = Path("intent.yaml"),
    router: Annotated[list[str] | None, _text("--router", "NAME=ADDRESS of a router; several times.")] = None,
    username: Annotated[str | None, _text("--username", "Who logs in.")] = None,
    password_ref: Annotated[
        str | None, _text("--password-ref", "Where the password is: env:NAME, file:PATH, keyring:…, prompt:")
    ] = None,
    known_hosts: Annotated[str | None, _text("--known-hosts", "File of known SSH host keys.")] = None,
    ca_profile: Annotated[str | None, _text("--ca-profile", "Name of the CA profile on the routers.")] = None,
    ca_certificate: Annotated[str | None, _text("--ca-certificate", "The CA's certificate, PEM or DER.")] = None,
    cmp_url: Annotated[str | None, _text("--cmp-url", "http:// address of the CA's CMPv2 service.")] = None,
    crl_url: Annotated[str | None, _text("--crl-url", "http:// address of the CRL; empty when there is none.")] = None,
    unprotected: Annotated[
        str | None, _text("--unprotected", "yes: the CA leaves errors and confirmations unprotected, as EJBCA may.")
    ] = None,
    subject: Annotated[str | None, _text("--subject", "Subject besides the CN, e.g. C=NL,O=Example.")] = None,
    certificate: Annotated[str | None, _text("--certificate", "Name of the certificate in system-pki.")] = None,
    key: Annotated[str | None, _text("--key", "rsa-2048 to rsa-8192; another kind is written in by hand.")] = None,
    reference: Annotated[str | None, _text("--reference", "Number of the enrolment code at the CA.")] = None,
    code_ref: Annotated[str | None, _text("--code-ref", "Where the code is; {router} stands for the name.")] = None,
    before: Annotated[str | None, _text("--before", "How long before its end a certificate is renewed: 30d")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", envvar="SROSCERT_YES", help="Ask nothing; take the defaults.")
    ] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Write a first intent by asking; each answer can be given as an option.

    Where there is no terminal nothing is asked. Secrets are never asked for, only where they are. No router is
    contacted, and no file is written over.
    """
    with importing():
        from sroscert.cli import init as work

    given = {
        "username": username, "password_ref": password_ref, "known_hosts": known_hosts, "ca_profile": ca_profile,
        "ca_certificate": ca_certificate, "cmp_url": cmp_url, "crl_url": crl_url, "unprotected": unprotected,
        "subject": subject, "certificate": certificate, "key": key, "reference": reference, "code_ref": code_ref,
        "before": before,
    }
    raise typer.Exit(work.run(target, router or [], given, yes, output))
