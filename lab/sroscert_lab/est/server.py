"""EST over HTTPS (RFC 7030 sections 3.2 and 4): cacerts, simpleenroll and simplereenroll.

Owns paths, media types, and how a client logs in. Who may have what is ``enrolling``'s; sockets: ``cmp.listening``.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from ..cmp.ca import CertificationAuthority
from ..cmp.listening import Handler, HTTPRefusal, HTTPService, Listener
from ..cmp.status import FailInfo, Refusal
from .enrolling import ENROLL, REENROLL, Client, LoginRequired, Waiting, answer
from .identity import ServerIdentity

ROOT = "/.well-known/est"
CERTS_ONLY = "application/pkcs7-mime; smime-type=certs-only"
PKCS10 = "application/pkcs10"
_REALM = 'Basic realm="sroscert lab"'
_HANDSHAKE_TIMEOUT_S = 30.0
#: What a refusal of the CA is in HTTP; anything else is a bad request.
_STATUS = {
    FailInfo.NOT_AUTHORIZED: HTTPStatus.FORBIDDEN,
    FailInfo.SIGNER_NOT_TRUSTED: HTTPStatus.FORBIDDEN,
    FailInfo.CERT_REVOKED: HTTPStatus.FORBIDDEN,
    FailInfo.SYSTEM_UNAVAIL: HTTPStatus.SERVICE_UNAVAILABLE,
    FailInfo.SYSTEM_FAILURE: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class _Listener(Listener):
    """The TLS port of one CA."""

    def __init__(
        self, ca: CertificationAuthority, host: str, port: int, label: str, identity: ServerIdentity
    ) -> None:
        super().__init__(ca, host, port, _Handler)
        # Section 3.2.2: a label may choose among CAs; here there is one.
        self.roots = (f"{ROOT}/", f"{ROOT}/{label}/")
        self._identity = identity

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread, and serve it."""
        request.settimeout(_HANDSHAKE_TIMEOUT_S)
        with self._identity.context().wrap_socket(request, server_side=True) as secured:
            self.note_open(secured)
            try:
                _Handler(secured, client_address, self)
            finally:
                self.note_closed(secured)


class _Handler(Handler):
    """One connection."""

    server: _Listener

    def get(self) -> None:
        """Give the CA's certificate (section 4.1). Raises HTTPRefusal."""
        if self._operation() != "cacerts":
            self.refuse_method()
        if not self.plays_dead():
            with self.server.ca.exclusively() as core:
                shown = core.shown
            self._send_certificates(x509.load_der_x509_certificate(shown))

    def post(self) -> None:
        """Answer a request for a certificate (section 4.2). Raises HTTPRefusal."""
        operation = self._operation()
        if operation not in (ENROLL, REENROLL):
            self.refuse_method()
        body = self.read_body(PKCS10)
        if body is None or self.plays_dead():
            return
        try:
            # RFC 8951: base64, whatever Content-Transfer-Encoding says.
            request = base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error:
            raise HTTPRefusal(HTTPStatus.BAD_REQUEST, "the request is not in base64") from None
        try:
            result = answer(self.server.ca, operation, request, self._client())
        except LoginRequired:
            raise HTTPRefusal(
                HTTPStatus.UNAUTHORIZED, "log in by name and password, or by a certificate", WWW_Authenticate=_REALM
            ) from None
        except Refusal as refusal:
            raise HTTPRefusal(_STATUS.get(refusal.fail_info, HTTPStatus.BAD_REQUEST), refusal.text) from refusal
        if isinstance(result, Waiting):
            raise HTTPRefusal(HTTPStatus.ACCEPTED, "the request waits for approval", Retry_After=str(result.seconds))
        self._send_certificates(x509.load_der_x509_certificate(result))

    def _operation(self) -> str:
        for root in reversed(self.server.roots):
            if self.path.startswith(root):
                operation = self.path.removeprefix(root)
                if operation in ("cacerts", ENROLL, REENROLL):
                    return operation
        raise HTTPRefusal(HTTPStatus.NOT_FOUND, "this is not served here")

    def _client(self) -> Client:
        """Return what the client brings. Raises LoginRequired for a login that cannot be read."""
        der = self.connection.getpeercert(binary_form=True) if isinstance(self.connection, ssl.SSLSocket) else None
        return Client(
            str(self.client_address[0]),
            self._login(),
            None if der is None else x509.load_der_x509_certificate(der),
        )

    def _login(self) -> tuple[str, str] | None:
        """Return name and password of the basic scheme (RFC 7617). Raises LoginRequired."""
        header = self.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, encoded = header.partition(" ")
        try:
            name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:
            raise LoginRequired from None
        if scheme.lower() != "basic" or not colon:
            raise LoginRequired
        return name, password

    def _send_certificates(self, *certificates: x509.Certificate) -> None:
        der = pkcs7.serialize_certificates(list(certificates), serialization.Encoding.DER)
        self.send(base64.encodebytes(der), CERTS_ONLY, Content_Transfer_Encoding="base64")


class ESTServer(HTTPService):
    """A CA's EST port in threads of its own. Port 0 takes a free port; ``url`` says which.

    ``folder`` keeps the server's certificate, ``ra`` puts id-kp-cmcRA into it, ``named`` is the address that it is for
    when that is not ``host``; ``label`` is served besides no label.
    """

    def __init__(
        self, ca: CertificationAuthority, host: str, port: int = 0, *, folder: Path, label: str = "CMP-Server",
        ra: bool = True, named: str = "",
    ) -> None:
        identity = ServerIdentity(ca, named or host, folder, ra=ra)
        super().__init__(ca, host, port, lambda: _Listener(ca, host, port, label, identity))

    @property
    def url(self) -> str:
        """Where the operations are."""
        return f"https://{self._host}:{self.port}{ROOT}"
