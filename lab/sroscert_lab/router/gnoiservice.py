"""gNOI's certificate management beside gNMI: its calls, the order of their messages, and the codes of refusals.

Sources: OpenConfig's cert.proto; which right is which call's is the models'. No transcript shows a refusal: all codes
but Unimplemented for what cannot be made (cert.proto) are assumptions. What is done is pki/certdesk.py.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from .gnoimessages import CHOICE, PACKAGE, RSA, SERVICE, X509, message, message_class
from .grpcaccess import GRPCAccess
from .pki.certdesk import SIZES, Cause, CertificateDesk, CertificateRefused, Exchange
from .pki.state import train_of

#: YANG: the first models with `gnoi cert-mgmt`.
SINCE = (19, 10)
NAME = "gNOI CertificateManagement"
#: ASSUMPTION: all but UNSUPPORTED.
_CODES = {
    Cause.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Cause.EXISTS: grpc.StatusCode.ALREADY_EXISTS,
    Cause.MISSING: grpc.StatusCode.NOT_FOUND,
    Cause.BUSY: grpc.StatusCode.ABORTED,
    Cause.ORDER: grpc.StatusCode.FAILED_PRECONDITION,
    Cause.UNSUPPORTED: grpc.StatusCode.UNIMPLEMENTED,
    Cause.FAILED: grpc.StatusCode.INTERNAL,
}
#: The parameters of a request that make its subject.
_NAMES = ("common_name", "country", "state", "city", "organization", "organizational_unit", "email_id")


class CertificateManagement(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The service of one router; before 19.10 there is none."""

    def __init__(
        self, release: str, access: GRPCAccess, enabled: Callable[[], bool], desk: CertificateDesk
    ) -> None:
        self._access = access
        self._enabled = enabled
        self._desk = desk
        self._exists = train_of(release) >= SINCE

    def service(self, handler_call_details: Any) -> Any:
        """The handler of one call, or None for another service's."""
        service, _, call = handler_call_details.method.strip("/").partition("/")
        if not self._exists or service != f"{PACKAGE}.{SERVICE}":
            return None
        if call in ("Install", "Rotate"):
            return self._stream(call)
        calls = {
            "GetCertificates": self._get, "RevokeCertificates": self._revoke, "CanGenerateCSR": self._can_generate
        }
        if call not in calls:
            return None
        return grpc.unary_unary_rpc_method_handler(
            calls[call], message_class(f"{call}Request").FromString, message_class(f"{call}Response").SerializeToString
        )

    def _stream(self, call: str) -> Any:
        """The handler of one stream: what arrives goes into a queue of its own.

        A controller may say its last word and be gone; the library's iterator would forget the word.
        """
        read = message_class(f"{call}CertificateRequest").FromString
        arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def note(data: bytes) -> Any:
            request = read(data)
            arrived.put(request)
            return request

        def behave(requests: Any, context: Any) -> Iterator[Any]:
            return self._exchange(call, requests, arrived, context)

        write = message_class(f"{call}CertificateResponse").SerializeToString
        return grpc.stream_stream_rpc_method_handler(behave, note, write)

    def _admit(self, context: Any, right: str) -> str:
        return self._access.admit(context, f"gnoi-cert-mgmt-{right}", NAME, enabled=self._enabled())

    def _can_generate(self, request: Any, context: Any) -> Any:
        self._admit(context, "cangenerate")
        fits = request.key_type == RSA and request.certificate_type == X509 and request.key_size in SIZES
        return message("CanGenerateCSRResponse", can_generate=fits)

    def _get(self, request: Any, context: Any) -> Any:
        self._admit(context, "getcert")
        reply = message("GetCertificatesResponse")
        for item in self._desk.listed():
            # ASSUMPTION: an endpoint has no type; the guide names only its text.
            endpoints = [message("Endpoint", endpoint=item.endpoint)] if item.endpoint else []
            reply.certificate_info.add(
                certificate_id=item.identifier,
                certificate=message("Certificate", type=X509, certificate=item.pem),
                endpoints=endpoints,
                modification_time=int(item.modified.timestamp()) * 10**9,
            )
        return reply

    def _revoke(self, request: Any, context: Any) -> Any:
        self._admit(context, "revoke")
        reply = message("RevokeCertificatesResponse")
        for name in request.certificate_id:
            try:
                # ASSUMPTION: what is not there is in neither list; cert.proto wants it to pass in silence.
                if self._desk.revoke(name):
                    reply.revoked_certificate_id.append(name)
            except CertificateRefused as refusal:
                reply.certificate_revocation_error.add(certificate_id=name, error_message=str(refusal))
        return reply

    def _exchange(
        self, call: str, requests: Any, arrived: queue.SimpleQueue[Any], context: Any
    ) -> Iterator[Any]:
        user = self._admit(context, call.lower())
        # Nobody else ends it: the reader lives as long as the call.
        threading.Thread(target=_read, args=(requests, arrived), name="gnoi-reader", daemon=True).start()
        with (
            self._access.noted(call, NAME, user),
            Exchange(self._desk, rotates=call == "Rotate") as exchange,
        ):
            while not exchange.is_final and (request := arrived.get()) is not None:
                try:
                    answer = self._answer(exchange, request)
                except CertificateRefused as refusal:
                    context.abort(_CODES[refusal.cause], str(refusal))
                if answer:
                    yield message(f"{call}CertificateResponse", **answer)
            final = exchange.is_final
        if not final:
            context.abort(grpc.StatusCode.ABORTED, f"{call} was not brought to an end")

    def _answer(self, exchange: Exchange, request: Any) -> dict[str, Any]:
        """What one message brings, as the field of the answer; nothing for the last word of a rotation."""
        kind = request.WhichOneof(CHOICE)
        if kind == "generate_csr":
            pem = self._request(exchange, request.generate_csr)
            csr = message("CSR", type=X509, csr=pem)
            return {"generated_csr": message("GenerateCSRResponse", csr=csr)}
        if kind == "load_certificate":
            wanted = request.load_certificate
            _check_types(wanted.certificate.type)
            exchange.load(wanted.certificate_id, wanted.certificate.certificate, wanted.key_pair.private_key)
            return {"load_certificate": message("LoadCertificateResponse")}
        if kind == "finalize_rotation":
            exchange.finish()
            return {}
        raise CertificateRefused(Cause.INVALID, "an empty message")

    def _request(self, exchange: Exchange, wanted: Any) -> bytes:
        asked = wanted.csr_params
        _check_types(asked.type, asked.key_type)
        names = {name: getattr(asked, name) for name in _NAMES}
        return exchange.request(wanted.certificate_id, asked.min_key_size, names, asked.ip_address)


def _check_types(certificate: int, key: int = RSA) -> None:
    """CertificateRefused for anything but X.509 and RSA; a key may be left to the router."""
    if certificate != X509 or key not in (0, RSA):
        raise CertificateRefused(Cause.UNSUPPORTED, "only X.509 certificates and RSA keys are supported")


def _read(requests: Any, arrived: queue.SimpleQueue[Any]) -> None:
    """Wait for the end of a stream; its messages are noted as they come."""
    try:
        for _ in requests:
            pass
    except grpc.RpcError:
        pass  # the client went away
    finally:
        arrived.put(None)
