"""Which cipher suites a declared list means on a release. Asks the schema, never the number of the release."""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.values import CertificateIntent, RouterIntent
from sroscert.model.base import Item
from sroscert.model.ciphers import TLS13, TLS13_NAMES, of_class, spoken_by_verifier
from sroscert.model.clients import Client, spoken
from sroscert.model.tls import TLS, CipherList, ServerTLSProfile
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import PRESENT, Path

TLS12_DEFAULT = "tls-version-12"


def list_items(router: RouterIntent, schema: Schema, side: str, wanted: CipherList) -> Iterator[Item]:
    """Yield the entries of one cipher list; ``side`` is ``server`` or ``client``."""
    at = list_path(side, wanted.name)
    yield at, PRESENT
    numbers: dict[str, int] = {}
    for place, suite in enumerate(suites(router, schema, side, wanted)):
        node = "tls13-cipher" if suite in TLS13_NAMES else tls12_list(schema, side)
        numbers[node] = numbers.get(node, 0) + 1
        entry = at.entry(node, index=str(wanted.numbers[place] if wanted.numbers else numbers[node]))
        yield entry, PRESENT
        yield entry / "name", suite


def list_path(side: str, name: str) -> Path:
    """Return the path of a cipher list."""
    return TLS.entry(f"{side}-cipher-list", **{f"{side}_cipher_list_name": name})


def tls12_list(schema: Schema, side: str) -> str:
    """Return the list for TLS 1.2: ``tls12-cipher`` where the release has it (from 22.2), else ``cipher``."""
    return facts(schema).tls12_list[side]


def suites(router: RouterIntent, schema: Schema, side: str, wanted: CipherList) -> tuple[str, ...]:
    """Return the suites in the order of preference; empty when the release has nothing of the class."""
    if wanted.cipher_class is None:
        return wanted.ciphers
    offered = facts(schema).ciphers[side][tls12_list(schema, side)]
    users = [profile for profile in router.tls.server_profiles.values() if profile.cipher_list == wanted.name]
    versions = {profile.protocol_version for profile in users} if side == "server" else set()
    if side == "client":
        versions = {
            profile.protocol_version
            for profile in router.tls.client_profiles.values() if profile.cipher_list == wanted.name
        }
    kinds = {certificate.key.type for user in users for certificate in served(router, user)} or {"rsa"}
    chosen = of_class(wanted.cipher_class, offered, kinds)
    if versions - {None, TLS12_DEFAULT}:
        chosen += tuple(suite for suite in TLS13 if suite in facts(schema).ciphers[side]["tls13-cipher"])
    return chosen


def offered(schema: Schema, side: str, name: str = "") -> tuple[str, ...]:
    """Return the suites that the release knows: for TLS 1.2, or of the list ``name``."""
    return facts(schema).ciphers[side][name or tls12_list(schema, side)]


def spoken_by(router: RouterIntent, schema: Schema, profile: ServerTLSProfile, client: Client) -> tuple[str, ...]:
    """Return the suites of a server profile that a handshake of ``client`` can end up with."""
    if profile.cipher_list is None:
        return ()
    wanted = suites(router, schema, "server", router.tls.server_cipher_lists[profile.cipher_list])
    version = profile.protocol_version or TLS12_DEFAULT
    kinds = {certificate.key.type for certificate in served(router, profile)} or {"rsa"}
    found: dict[str, None] = {}
    for kind in sorted(kinds):
        found.update(dict.fromkeys(spoken(client, wanted, version, kind)))
    return tuple(found)


def served(router: RouterIntent, profile: ServerTLSProfile) -> tuple[CertificateIntent, ...]:
    """Return the declared certificates that a server profile shows."""
    entries = router.tls.cert_profiles[profile.cert_profile].entries.values()
    return tuple(router.certificates[entry.certificate] for entry in entries if entry.certificate is not None)


def reachable(router: RouterIntent, schema: Schema, profile: ServerTLSProfile) -> tuple[str, ...]:
    """Return the suites of a server profile that the verifier can end up with."""
    if profile.cipher_list is None:
        return ()
    wanted = router.tls.server_cipher_lists[profile.cipher_list]
    kinds = {certificate.key.type for certificate in served(router, profile)} or {"rsa"}
    version = profile.protocol_version or TLS12_DEFAULT
    found: dict[str, None] = {}
    for kind in sorted(kinds):
        found.update(dict.fromkeys(spoken_by_verifier(suites(router, schema, "server", wanted), version, kind)))
    return tuple(found)
