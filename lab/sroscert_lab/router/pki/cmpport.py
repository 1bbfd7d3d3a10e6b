"""Requests of the router carried out by the lab's CMP client over real HTTP.

Translates a CA profile's `cmpv2` configuration and the loaded objects into the client's terms, and its outcome back.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ...cmp import client
from ...cmp.signatures import SigningKey
from ..faults import Faults
from .conf import CMPConf
from .failure import PKIRefusal
from .formats import PKIObject
from .names import domain_names
from .pinging import cut_off
from .requests import CERTIFICATE, INITIAL, Answer, Material, Order
from .routing import instances


class HTTPCMPPort:
    """The CMP client of one router; its connections leave from the router's own address."""

    def __init__(self, source_address: str, faults: Faults) -> None:
        self._source_address = source_address
        self._faults = faults

    def send(self, order: Order, conf: CMPConf, material: Material) -> Answer:
        """Carry out ir, cr or kur."""
        endpoint = self._endpoint(conf, material)
        key = _signing_key(material.key)
        try:
            if order.kind == INITIAL and order.by_password:
                outcome = self._initial(endpoint, key, order)
            else:
                outcome = self._signed(endpoint, key, order, material)
        except ValueError as exc:
            raise PKIRefusal(f"Invalid request - {exc}") from exc
        return _answer(outcome, endpoint)

    def poll(self, order: Order, conf: CMPConf, pending: object) -> Answer:
        """Send one pollReq."""
        if not isinstance(pending, tuple):
            raise TypeError("not a pending request of this client")
        endpoint, transaction = pending
        return _answer(client.poll(endpoint, transaction), endpoint)

    def _initial(self, endpoint: client.CMPEndpoint, key: SigningKey, order: Order) -> client.Outcome:
        return client.initial_registration(
            endpoint,
            key,
            order.subject_dn,
            _addresses(order),
            tuple(domain_names(order.domain_name)),
            order.reference,
            order.password,
            # ASSUMPTION: the hash of the MAC and of the proof of possession; neither grammar lets the user choose it.
            "sha256",
        )

    def _signed(
        self, endpoint: client.CMPEndpoint, key: SigningKey, order: Order, material: Material
    ) -> client.Outcome:
        if order.kind == INITIAL and material.new_key is None:
            # ASSUMPTION: without protection-key the key to certify signs, of which the certificate then is.
            material = replace(material, new_key=material.key)
        if material.certificate is None or material.new_key is None:
            raise PKIRefusal("the request needs a certificate and a new key")
        signed = (endpoint, key, material.certificate.der, _signing_key(material.new_key))
        named = (order.subject_dn, _addresses(order), tuple(domain_names(order.domain_name)), order.hash_algorithm)
        if order.kind == INITIAL:
            return client.signed_registration(*signed, *named, tuple(item.der for item in material.chain))
        if order.kind == CERTIFICATE:
            return client.certificate_request(*signed, *named)
        return client.key_update(*signed, order.hash_algorithm)

    def _endpoint(self, conf: CMPConf, material: Material) -> client.CMPEndpoint:
        signing = material.signing_certificate
        return client.CMPEndpoint(
            url=conf.url if "://" in conf.url else f"http://{conf.url}",
            ca_certificate=material.authority.der,
            # ASSUMPTION: without response-signing-cert the CA certificate checks signed answers.
            signer_certificate=b"" if signing is None else signing.der,
            signer_in_answer=conf.signing_in_answer,
            signer_subject=conf.signing_subject,
            recipient=conf.recipient_subject,
            http_timeout_s=float(conf.response_timeout_s),
            http_version=conf.http_version,
            accept_unprotected_error=conf.unprotected_error,
            accept_unprotected_pkiconf=conf.unprotected_pkiconf,
            always_set_sender_for_ir=conf.always_set_sender,
            same_recipient_nonce_for_poll_request=conf.same_recipient_nonce,
            # A limit of the lab: of a transmission profile no more than the instance and the source address.
            source_address=(conf.transmission and conf.transmission.source_address) or self._source_address,
            is_cut_off=lambda: cut_off(self._faults, instances(conf.service_name, conf.transmission)),
        )


def _addresses(order: Order) -> tuple[str, ...]:
    return (order.ip_address,) if order.ip_address else ()


def _signing_key(item: PKIObject) -> SigningKey:
    key = item.key()
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PKIRefusal("Key type is not supported for CMPv2")
    return key


def _answer(outcome: client.Outcome, endpoint: client.CMPEndpoint) -> Answer:
    return Answer(
        code=outcome.code.value,
        certificate=outcome.certificate,
        text=outcome.status_string,
        answered=outcome.answered,
        pending=None if outcome.pending is None else (endpoint, outcome.pending),
    )
