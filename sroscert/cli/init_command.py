"""``sroscert init``: its options. The work is in ``init``. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sroscert.cli.interrupts import importing
from sroscert.cli.options import Output, OutputOption, option

_Target = Annotated[Path, typer.Option("--out", metavar="FILE", help="Write here; never over a file.")]
_Router = Annotated[
    list[str] | None, option("Name and address of a router; several times.", "--router", metavar="NAME=ADDRESS")
]
_Username = Annotated[str | None, option("Who logs in.", "--username", metavar="NAME")]
_PasswordRef = Annotated[
    str | None,
    option("Where the password is: env:NAME, file:PATH, keyring:…, prompt:", "--password-ref", metavar="REFERENCE"),
]
_KnownHosts = Annotated[str | None, option("File of known SSH host keys.", "--known-hosts", metavar="FILE")]
_CAProfile = Annotated[str | None, option("Name of the CA profile on the routers.", "--ca-profile", metavar="NAME")]
_CACertificate = Annotated[str | None, option("The CA's certificate, PEM or DER.", "--ca-certificate", metavar="FILE")]
_CMPURL = Annotated[str | None, option("http:// address of the CA's CMPv2 service.", "--cmp-url", metavar="URL")]
_CRLURL = Annotated[
    str | None, option("http:// address of the CRL; empty when there is none.", "--crl-url", metavar="URL")
]
_Unprotected = Annotated[
    str | None,
    option("yes: the CA leaves errors and confirmations unprotected, as EJBCA may.", "--unprotected", metavar="YES|NO"),
]
_Subject = Annotated[str | None, option("Subject besides the CN, e.g. C=NL,O=Example.", "--subject", metavar="PARTS")]
_Certificate = Annotated[str | None, option("Name of the certificate in system-pki.", "--certificate", metavar="NAME")]
_Key = Annotated[
    str | None, option("rsa-2048 to rsa-8192; another kind is written in by hand.", "--key", metavar="KIND")
]
_Reference = Annotated[str | None, option("Number of the enrolment code at the CA.", "--reference", metavar="TEXT")]
_CodeRef = Annotated[
    str | None, option("Where the code is; {router} stands for the name.", "--code-ref", metavar="REFERENCE")
]
_Before = Annotated[
    str | None, option("How long before its end a certificate is renewed: 30d", "--before", metavar="TIME")
]


def init(
    target: _Target = Path("intent.yaml"),
    router: _Router = None,
    username: _Username = None,
    password_ref: _PasswordRef = None,
    known_hosts: _KnownHosts = None,
    ca_profile: _CAProfile = None,
    ca_certificate: _CACertificate = None,
    cmp_url: _CMPURL = None,
    crl_url: _CRLURL = None,
    unprotected: _Unprotected = None,
    subject: _Subject = None,
    certificate: _Certificate = None,
    key: _Key = None,
    reference: _Reference = None,
    code_ref: _CodeRef = None,
    before: _Before = None,
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
