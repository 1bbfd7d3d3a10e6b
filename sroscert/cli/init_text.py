"""The first intent as YAML, from answers. Pure: values in, text out."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator
from pathlib import PurePath

import yaml

from sroscert.cli.init_questions import Answers, key_parts, subject_parts
from sroscert.intent.window import fitting
from sroscert.model.scalars import parse_duration

SCHEMA_FILE = "intent.schema.json"
"""The JSON Schema that is written beside the intent, for editors."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./:@+-]*")


def intent_text(answers: Answers) -> str:
    """Return the intent file."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_FILE}",
        "# Check it: sroscert lint. What a key means: sroscert explain KEY.",
        "version: 1",
        "defaults:",
        "  login:",
        f"    username: {quoted(answers['username'])}",
        f"    password: {quoted(answers['password_ref'])}    # a reference; the secret itself is never in this file",
        f"    known_hosts: {quoted(answers['known_hosts'])}    # written by: sroscert trust --write",
        *_authority(answers),
        *_certificate(answers),
        *_service(answers),
        *_accepted(answers),
        "routers:",
        *(line for name, address in answers.routers.items() for line in _router(answers, name, address)),
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as a YAML scalar that is read back as just that text."""
    if _PLAIN.fullmatch(text) and not text.endswith(":") and yaml.safe_load(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _authority(answers: Answers) -> Iterator[str]:
    yield "ca_profiles:"
    yield f"  {quoted(answers['ca_profile'])}:"
    yield f"    certificate: {quoted(answers['ca_certificate'])}    # the CA's certificate; routers keep it by its name"
    if answers["crl_url"]:
        yield "    revocation_check: crl"
        yield f"    crl_file: {quoted(PurePath(answers['ca_certificate']).stem + '.crl')}"
        yield f"    auto_crl_update: {{crl_urls: {{1: {{url: {quoted(answers['crl_url'])}}}}}}}"
    else:
        yield "    revocation_check: crl-optional"
    yield "    cmpv2:"
    yield f"      url: {quoted(answers['cmp_url'])}"
    yield "      always_set_sender_for_ir: true"
    if answers["unprotected"] == "yes":
        yield "      accept_unprotected_message: {error_message: true, pkiconf_message: true}"


def _certificate(answers: Answers) -> Iterator[str]:
    key = ", ".join(f"{name}: {value}" for name, value in key_parts(answers["key"]).items())
    parts = {name: quoted(value) for name, value in subject_parts(answers["subject"]).items()} | {"CN": '"{router}"'}
    kind = _kind(next(iter(answers.routers.values())))
    yield "certificates:"
    yield f"  {quoted(answers['certificate'])}:"
    yield f"    ca_profile: {quoted(answers['ca_profile'])}"
    yield f"    key: {{{key}}}    # made on the router, and never leaves it"
    yield f"    subject: {{{', '.join(f'{name}: {value}' for name, value in parts.items())}}}"
    yield f'    san: {{{kind}: ["{{address}}"]}}    # what clients dial'
    yield f"    enrolment: {{reference: {json.dumps(answers['reference'])}, secret: {json.dumps(answers['code_ref'])}}}"
    yield f"    renewal: {{before: {answers['before']}, method: auto}}    # native from 22.10, else by event handling"
    warning = fitting(parse_duration(answers["before"]))
    yield f"expiration_warning: {{hours: {warning.hours}, repeat_hours: {warning.repeat_hours}}}"


def _service(answers: Answers) -> Iterator[str]:
    yield "tls:"
    yield f"  cert_profiles: {{gnmi-cert: {{1: {quoted(answers['certificate'])}}}}}"
    yield "  server_cipher_lists: {gnmi-ciphers: compatible}    # whatever the release has that clients speak"
    yield "  server_profiles: {gnmi-server: {cert_profile: gnmi-cert, cipher_list: gnmi-ciphers}}"
    yield "grpc: {tls_server_profile: gnmi-server, admin_state: enable}"


def _accepted(answers: Answers) -> Iterator[str]:
    reasons = {}
    if not answers["crl_url"]:
        reasons["crl-optional"] = "the CA publishes no CRL"
    if answers["unprotected"] == "yes":
        reasons["accept-unprotected-message"] = "the CA leaves these messages unprotected"
    if reasons:
        yield "lint:"
        yield "  accept:    # what lint would warn of, and why it is so here"
        yield from (f"    {code}: {why}" for code, why in reasons.items())


def _router(answers: Answers, name: str, address: str) -> Iterator[str]:
    usual = _kind(next(iter(answers.routers.values())))
    kind = _kind(address)
    if kind == usual:
        yield f"  {quoted(name)}: {{address: {json.dumps(address)}}}"
        return
    yield f"  {quoted(name)}:"
    yield f"    address: {json.dumps(address)}"
    yield f'    certificates: {{{quoted(answers["certificate"])}: {{san: {{{usual}: [], {kind}: ["{{address}}"]}}}}}}'


def _kind(address: str) -> str:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return "dns"
    return "ip"
