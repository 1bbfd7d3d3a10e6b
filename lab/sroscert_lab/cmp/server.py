"""CMP over HTTP (RFC 9811): one POST with one PKIMessage, one answer; the CRL; and OCSP (RFC 6960 appendix A).

Owns the paths. Sockets and bounds are ``listening``'s, CMP itself is ``ca``'s.
"""

from __future__ import annotations

import base64
import re
import urllib.parse
from http import HTTPStatus
from typing import NoReturn

from . import messages
from .ca import CertificationAuthority
from .listening import MAX_REQUEST_BYTES, Handler, HTTPRefusal, HTTPService, Listener
from .status import BodyKind, UnreadableRequest

__all__ = ["CONTENT_TYPE", "CRL_CONTENT_TYPE", "MAX_REQUEST_BYTES", "CMPServer"]

CONTENT_TYPE = "application/pkixcmp"
CRL_CONTENT_TYPE = "application/pkix-crl"
_OCSP_REQUEST, _OCSP_RESPONSE = "application/ocsp-request", "application/ocsp-response"
_ALIAS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OPERATIONS = (
    "initialization", "certification", "keyupdate", "pkcs10", "revocation", "getcacerts", "getrootupdate",
    "getcertreqtemplate", "getcrls",
)
"""RFC 9483 section 6.1, as registered by IANA. The message says what is wanted, whatever the path."""


def _paths(alias: str) -> frozenset[str]:
    """Return where the CA answers: EJBCA's path, and those of RFC 9811 section 3.4."""
    known = [f"{start}{end}" for start in ("/.well-known/cmp", f"/.well-known/cmp/p/{alias}")
             for end in ("", *(f"/{operation}" for operation in _OPERATIONS))]
    return frozenset((f"/ejbca/publicweb/cmp/{alias}", *known))


class _Listener(Listener):
    """The port of one CA."""

    def __init__(self, ca: CertificationAuthority, host: str, port: int, alias: str) -> None:
        super().__init__(ca, host, port, _Handler)
        self.crl_path = f"/crl/{alias}.crl"
        self.ocsp_path = f"/ocsp/{alias}"
        self.paths = _paths(alias)


class _Handler(Handler):
    """One connection."""

    server: _Listener

    def post(self) -> None:
        """Answer one CMP or OCSP request. Raises HTTPRefusal."""
        if self.path == self.server.ocsp_path:
            asked = self.read_body(_OCSP_REQUEST)
            if asked is not None:
                self._tell_status(asked)
            return
        if self.path not in self.server.paths:
            raise HTTPRefusal(HTTPStatus.NOT_FOUND, "no CA answers at this path")
        body = self.read_body(CONTENT_TYPE)
        if body is None or self.plays_dead():
            return
        try:
            answer = self.server.ca.handle(body, self.client_address[0])
        except UnreadableRequest as error:
            raise HTTPRefusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        is_mute = self.server.ca.faults.current.mute_confirmations
        if is_mute and messages.parse(body).body_tag == BodyKind.CERT_CONF:
            self.close_connection = True
            return
        self.send(answer, CONTENT_TYPE)

    def get(self) -> None:
        """Give the CRL (RFC 5280 section 4.2.1.13: DER, of this media type), or an OCSP response; refuse the rest."""
        if self.path.startswith(f"{self.server.ocsp_path}/"):
            coded = urllib.parse.unquote(self.path.removeprefix(f"{self.server.ocsp_path}/"))
            try:
                asked = base64.b64decode(coded, validate=True)
            except ValueError as error:
                raise HTTPRefusal(HTTPStatus.BAD_REQUEST, "the OCSP request is not in base64") from error
            self._tell_status(asked)
            return
        if self.path != self.server.crl_path:
            self.refuse_method()
        self.send(self.server.ca.crl_der(), CRL_CONTENT_TYPE)

    def _tell_status(self, asked: bytes) -> None:
        if not self.plays_dead():
            self.send(self.server.ca.ocsp(asked), _OCSP_RESPONSE)

    def refuse_method(self) -> NoReturn:
        """Refuse: CMP is POST only."""
        raise HTTPRefusal(HTTPStatus.METHOD_NOT_ALLOWED, "CMP requests are sent with POST")


class CMPServer(HTTPService):
    """A CA's CMP port in threads of its own. Port 0 takes a free port; ``url`` says which."""

    def __init__(self, ca: CertificationAuthority, host: str, port: int = 0, alias: str = "CMP-Server") -> None:
        if _ALIAS.fullmatch(alias) is None:
            raise ValueError(f"{alias!r} is not a CMP alias")
        super().__init__(ca, host, port, lambda: _Listener(ca, host, port, alias))
        self._alias = alias

    @property
    def crl_url(self) -> str:
        """Where the CRL can be fetched."""
        return f"http://{self._host}:{self.port}/crl/{self._alias}.crl"

    @property
    def ocsp_url(self) -> str:
        """Where the CA answers over OCSP."""
        return f"http://{self._host}:{self.port}/ocsp/{self._alias}"

    @property
    def url(self) -> str:
        """The URL of the shape that EJBCA has."""
        return f"http://{self._host}:{self.port}/ejbca/publicweb/cmp/{self._alias}"
