"""``sroscert init``: its options. The work is in ``init``. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import Output, OutputOption, option


def init(
    target: Annotated[Path, typer.Option("--out", help="Write here; never over a file.")] = Path("intent.yaml"),
    router: Annotated[list[str] | None, option("NAME=ADDRESS of a router; several times.", "--router")] = None,
    username: Annotated[str | None, option("Who logs in.", "--username")] = None,
    password_ref: Annotated[
        str | None, option("Where the password is: env:NAME, file:PATH, keyring:…, prompt:", "--password-ref")
    ] = None,
    known_hosts: Annotated[str | None, option("File of known SSH host keys.", "--known-hosts")] = None,
    ca_profile: Annotated[str | None, option("Name of the CA profile on the routers.", "--ca-profile")] = None,
    ca_certificate: Annotated[str | None, option("The CA's certificate, PEM or DER.", "--ca-certificate")] = None,
    cmp_url: Annotated[str | None, option("http:// address of the CA's CMPv2 service.", "--cmp-url")] = None,
    crl_url: Annotated[str | None, option("http:// address of the CRL; empty when there is none.", "--crl-url")] = None,
    unprotected: Annotated[
        str | None, option("yes: the CA leaves errors and confirmations unprotected, as EJBCA may.", "--unprotected")
    ] = None,
    subject: Annotated[str | None, option("Subject besides the CN, e.g. C=NL,O=Example.", "--subject")] = None,
    certificate: Annotated[str | None, option("Name of the certificate in system-pki.", "--certificate")] = None,
    key: Annotated[str | None, option("rsa-2048 to rsa-8192; another kind is written in by hand.", "--key")] = None,
    reference: Annotated[str | None, option("Number of the enrolment code at the CA.", "--reference")] = None,
    code_ref: Annotated[str | None, option("Where the code is; {router} stands for the name.", "--code-ref")] = None,
    before: Annotated[str | None, option("How long before its end a certificate is renewed: 30d", "--before")] = None,
    yes: Annotated[bool, option("Ask nothing; take the defaults.", "--yes", "-y")] = False,
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
