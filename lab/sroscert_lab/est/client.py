"""The simulated router's EST client: one operation over a TLS connection of its own (RFC 7030 sections 3 and 4).

Owns HTTP, the login and the check of the server. What is asked, and what becomes of the answer, is the router's. The
messages are written out here and not taken from the server, so that a mistake in one does not hide one in the other.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography import x509

#: id-kp-cmcRA (RFC 6402 section 2.10).
_CMC_RA = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.28")
_DEFAULT_ROOT = "/.well-known/est/"
_MAX_BYTES = 1024 * 1024
_MAX_TEXT = 200


class ESTError(Exception):
    """There is no certificate; the text says why."""


class ESTWait(ESTError):
    """The server wants time; the same is to be asked again after so many seconds, where it says."""

    def __init__(self, seconds: int | None) -> None:
        after = "" if seconds is None else f", retry after {seconds} seconds"
        super().__init__(f"The request is pending{after}")


@dataclass(frozen=True, slots=True)
class ESTEndpoint:
    """An EST server and how it is spoken to.

    Attributes:
        context: checks the server's chain and, unless `only_cmc_ra`, its name.
        only_cmc_ra: the server's certificate must have the purpose id-kp-cmcRA (section 3.6.1).
        login: name and password, given when the server asks for them.
        paths: others than those of RFC 7030, by operation.
        refusal: says of a verified server why it is not accepted all the same; the context has not looked at the times
            of certificates.
    """

    host: str
    port: int
    context: ssl.SSLContext
    source_address: str
    refusal: Callable[[ssl.SSLSocket], str]
    only_cmc_ra: bool = False
    login: tuple[str, str] | None = field(default=None, repr=False)
    paths: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0


def ask(endpoint: ESTEndpoint, operation: str, request: bytes | None = None) -> bytes:
    """Return the DER that an operation gives; with a `request` (DER) by POST. Raises ESTError."""
    connection = http.client.HTTPSConnection(
        endpoint.host, endpoint.port, timeout=endpoint.timeout_s, source_address=(endpoint.source_address, 0),
        context=endpoint.context,
    )
    try:
        connection.connect()
        _check_server(endpoint, connection.sock)
        return _exchange(endpoint, connection, operation, request)
    except ssl.SSLCertVerificationError as error:
        raise ESTError(f"The server's certificate cannot be verified: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise ESTError(f"TLS has failed: {error.reason or 'no reason'}") from error
    except (OSError, http.client.HTTPException) as error:
        raise ESTError(f"No response from the server: {_reason(error)}") from error
    finally:
        connection.close()


def _reason(error: OSError | http.client.HTTPException) -> str:
    return str(error) or type(error).__name__


def _check_server(endpoint: ESTEndpoint, secured: object) -> None:
    if not isinstance(secured, ssl.SSLSocket):
        raise ESTError("TLS has failed: no connection")
    certificate = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    reason = endpoint.refusal(secured)
    if reason:
        raise ESTError(f"The server's certificate cannot be verified: {reason}")
    if endpoint.only_cmc_ra and _CMC_RA not in _purposes(certificate):
        raise ESTError("The server's certificate has no id-kp-cmcRA")


def _purposes(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return []


def _exchange(
    endpoint: ESTEndpoint, connection: http.client.HTTPSConnection, operation: str, request: bytes | None
) -> bytes:
    response, content = _send(endpoint, connection, operation, request, {})
    challenge = response.headers.get("WWW-Authenticate", "")
    if response.status == http.client.UNAUTHORIZED and endpoint.login and challenge.lower().startswith("basic"):
        # Section 3.2.3: the login is given when it is asked for.
        token = base64.b64encode(":".join(endpoint.login).encode()).decode()
        response, content = _send(endpoint, connection, operation, request, {"Authorization": f"Basic {token}"})
    if response.status == http.client.ACCEPTED:
        after = response.headers.get("Retry-After", "")
        raise ESTWait(int(after) if after.isdigit() else None)
    if response.status != http.client.OK:
        words = content[:_MAX_TEXT].decode("ascii", "replace").strip()
        raise ESTError(f"The server has refused with status {response.status}: {words}")
    if response.headers.get_content_type() != "application/pkcs7-mime":
        raise ESTError(f"The server's answer is of type {response.headers.get_content_type()}")
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error as error:
        raise ESTError("The server's answer is not in base64") from error


def _send(
    endpoint: ESTEndpoint, connection: http.client.HTTPSConnection, operation: str, request: bytes | None,
    headers: Mapping[str, str],
) -> tuple[http.client.HTTPResponse, bytes]:
    path = endpoint.paths.get(operation, _DEFAULT_ROOT + operation)
    if request is None:
        connection.request("GET", path, headers=dict(headers))
    else:
        coded = {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64"}
        connection.request("POST", path, base64.encodebytes(request), {**coded, **headers})
    response = connection.getresponse()
    return response, response.read(_MAX_BYTES)
