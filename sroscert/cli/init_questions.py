"""The questions of ``init``: what is asked, what the usual answer is, and which answers are possible. Asks nobody.

An answer is held against the intent's own types, so that what is refused here is what ``lint`` would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sroscert.errors import PKIError
from sroscert.homes import expanded
from sroscert.intent.sections import Address, KeySection, Subject, SubjectValue
from sroscert.model.scalars import HTTPURL, Duration, NamedItem, PKIFileName, SecretReference
from sroscert.pki.cafile import read_file
from sroscert.pki.checks import check_ca_certificate

Check = Callable[[str], str]
"""Returns the answer as it is used; raises ValueError with what is wrong, which never holds the answer itself."""

_KEYS = re.compile(r"rsa-(\d{4})")
_LONGEST_REFERENCE = 64


@dataclass(frozen=True)
class Question:
    """One question; ``usual`` is None where there is no usual answer and one must be given."""

    name: str
    text: str
    usual: str | None
    check: Check
    more: str = ""

    @property
    def option(self) -> str:
        """The option that answers it."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True)
class Answers:
    """What was answered: the routers with their addresses, and each question by its name."""

    routers: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.texts[name]


def questions(base: Path) -> tuple[Question, ...]:
    """Return the questions in their order; file names count from ``base``."""
    return (
        Question("username", "User name on the routers", "admin", _plain),
        Question("password_ref", "Where the password is", "env:SROS_PASSWORD", _of(SecretReference), _REFERENCES),
        Question("known_hosts", "File of known SSH host keys", "known_hosts", _plain),
        Question("ca_profile", "Name of the CA profile", "ca-profile", _of(NamedItem)),
        Question("ca_certificate", "The CA's certificate, a local file", "ca.pem", _authority(base)),
        Question("cmp_url", "Address of the CA's CMPv2 service", None, _of(HTTPURL),
                 "for EJBCA: http://HOST:8080/ejbca/publicweb/cmp/ALIAS"),
        Question("crl_url", "Address of the CRL, empty when the CA publishes none", "", _crl),
        Question("unprotected", "Does the CA leave errors and confirmations unprotected, as EJBCA may?", "no", _yes_no),
        Question("subject", "Subject besides the CN, e.g. C=NL,O=Example", "", _subject),
        Question("certificate", "Name of the certificate on the routers", "router-cert", _of(PKIFileName)),
        Question("key", "Key", "rsa-2048", _key, "rsa-2048 to rsa-8192"),
        Question("reference", "Reference of the enrolment code at the CA", "{router}", _reference,
                 "{router} stands for the name; a fixed one such as 1 fits one router"),
        Question("code_ref", "Where the enrolment code is", "file:codes/{router}", _of(SecretReference),
                 f"{_REFERENCES}; {{router}} stands for the name, one code a router"),
        Question("before", "Renew how long before the end", "30d", _before),
    )


_REFERENCES = "env:NAME, file:PATH, keyring:SERVICE/USER or prompt:"


def router(text: str) -> tuple[str, str]:
    """Read ``NAME=ADDRESS``. Raises ValueError."""
    name, equals, address = text.partition("=")
    if not equals:
        raise ValueError("write NAME=ADDRESS")
    return router_name(name), router_address(address)


def router_name(text: str) -> str:
    """Return a router's name, which becomes the CN and may be part of a file's name. Raises ValueError."""
    if not text.strip():
        raise ValueError("a name is needed, it becomes the CN: pe1, for example")
    if "/" in text or not text.isprintable():
        raise ValueError("a name has no / and no control characters")
    return _of(SubjectValue)(text.strip())


def router_address(text: str) -> str:
    """Return a router's address. Raises ValueError."""
    return _of(Address)(text.strip())


def key_parts(text: str) -> dict[str, Any]:
    """Return a key's keys in the intent. RSA only: before 26.3 no SR OS has a cipher suite of today for ECDSA.

    Raises ValueError.
    """
    match = _KEYS.fullmatch(text)
    if match is None:
        raise ValueError("an RSA key is meant: rsa-2048, rsa-3072, rsa-4096 or rsa-8192")
    return {"type": "rsa", "size": int(match[1])}


def subject_parts(text: str) -> dict[str, str]:
    """Return the parts of a subject, e.g. ``C=NL,O=Example``. Raises ValueError."""
    parts: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or name.strip() in parts:
            raise ValueError("a subject is written C=NL,ST=ZH,O=Example,OU=Net, each part once")
        parts[name.strip()] = value.strip()
    if "CN" in parts:
        raise ValueError("the CN is the router's name")
    return parts


def _of(kind: Any) -> Check:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def check(text: str) -> str:
        _validated(adapter, text)
        return text

    return check


def _validated(adapter: TypeAdapter[Any], value: Any) -> None:
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        raise ValueError(error.errors(include_input=False, include_url=False)[0]["msg"]) from None


def _plain(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("one line, not empty")
    return text


def _reference(text: str) -> str:
    if len(text) > _LONGEST_REFERENCE:
        raise ValueError(f"at most {_LONGEST_REFERENCE} characters")
    return _plain(text)


def _authority(base: Path) -> Check:
    def check(text: str) -> str:
        file = base / expanded(Path(_plain(text)))
        _of(PKIFileName)(file.name)
        if not file.exists():
            # It may be fetched later: what must hold by then is lint's matter.
            return text
        try:
            wrong = check_ca_certificate(read_file(file).info, datetime.now(UTC))
        except PKIError as error:
            raise ValueError(error.message) from error
        if wrong:
            words = "; ".join(f"{item.field} is {item.found}, wanted {item.wanted}" for item in wrong)
            raise ValueError(f"{file.name} is no CA certificate that SR OS takes: {words}")
        return text

    return check


def _crl(text: str) -> str:
    return _of(HTTPURL)(text) if text else ""


def _yes_no(text: str) -> str:
    word = text.strip().lower()
    if word not in {"y", "yes", "n", "no"}:
        raise ValueError("yes or no")
    return "yes" if word.startswith("y") else "no"


def _subject(text: str) -> str:
    parts = subject_parts(text)
    _validated(TypeAdapter(Subject), {**parts, "CN": "x"})
    return text


def _key(text: str) -> str:
    _validated(TypeAdapter(KeySection), key_parts(text))
    return text


def _before(text: str) -> str:
    return _of(Duration)(text)
