"""Intent + release → what the configuration of one router should be. Pure.

What a release has is asked of its schema. Renewal on the box is worked out here too: native where the release can,
else by event handling, with all the objects that this takes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sroscert.intent import cipher_lists, ehs, ehs_scripts, placing, window
from sroscert.intent.script_users import wanted_users
from sroscert.intent.values import CertificateIntent, RouterIntent
from sroscert.model.base import Entry, Item, Node, entry_items
from sroscert.model.grpc import GRPC_PATH
from sroscert.model.log import LOG
from sroscert.model.pki import PKI, CertificateUpdateProfile, CMPv2
from sroscert.model.python import PYTHON
from sroscert.model.script_control import SCRIPT_CONTROL, SCRIPT_USERS
from sroscert.model.tls import TLS, CertProfile, NumberedList
from sroscert.model.transmission import SYSTEM
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import PRESENT, ConfigTree, Path

Loc = tuple[str | int, ...]


SHARED: tuple[tuple[str, ...], ...] = (
    (*PKI.names, "ca-profile", "cmpv2", "key-list", "key"),
    (*TLS.names, "cert-profile", "entry"),
)
"""Lists in objects of ours that are owned entry by entry: others may keep codes and certificates there."""


class Phase(enum.Enum):
    """The commits that a router's configuration arrives in, in order."""

    CA = "ca"
    """CA profiles, and how files are fetched for them: before anything is asked of a CA."""
    TLS = "tls"
    """Everything that shows or needs a certificate: after it is there."""
    RENEWAL = "renewal"
    """Renewal on the router: after the certificate is proven in use."""
    ENDING = "ending"
    """Renewal on the router that is over, and that would ask the CA besides us: before it is asked. No path is of it by
    itself: see ``plan/leftover``."""
    RETIREMENT = "retirement"
    """CA profiles that are rolled over and go: when nothing of theirs is in use any more. No path is of it by itself:
    see ``Desired.retiring``."""


_RENEWAL_LISTS = frozenset({"certificate-update-profile", "certificate-auto-update"})
_WITH_TLS = frozenset({"certificate-expiration-warning", "crl-expiration-warning", "est-profile"})
"""What of the PKI comes along with TLS: an EST profile names a client TLS profile."""


def phase_of(path: Path) -> Phase:
    """Return the phase that a member of the tree belongs to."""
    if path.is_within(PKI):
        below = path.names[len(PKI.names)] if len(path.names) > len(PKI.names) else ""
        if below in _RENEWAL_LISTS:
            return Phase.RENEWAL
        return Phase.TLS if below in _WITH_TLS else Phase.CA
    if path.is_within(SYSTEM / "transmission-profile"):
        return Phase.CA
    if any(path.is_within(root) for root in (LOG, SCRIPT_CONTROL, PYTHON, *SCRIPT_USERS.values())):
        return Phase.RENEWAL
    return Phase.TLS


@dataclass(frozen=True)
class FilePair:
    """The names in system-pki of a certificate and its key: of the generation in use."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Upload:
    """A file to put on the router. ``target`` is in the router's spelling.

    One that goes ``first`` is read by the router when what names it is committed. Ours has a name that nothing uses
    yet; of one that is declared another text is not run before the router is told to read it again.
    """

    target: str
    content: bytes
    why: str
    first: bool = False


@dataclass(frozen=True)
class Desired:
    """What one router should have.

    ``owned`` are the roots that the intent owns wholly. That goes for lists too: one more cipher, group, signature,
    trust anchor or common name in an object of ours would weaken it, so these are exactly ours. The exception is
    ``SHARED``: lists in objects of ours whose other entries are others'. ``notes`` say where others' objects had the
    number or name that ours would have; ``origins`` tells for a root where in the intent it comes
    from; ``renewal_methods`` maps a certificate to (method, reason), with ``auto`` resolved. ``retiring`` are the CA
    profiles that go at last.
    """

    tree: ConfigTree
    owned: tuple[Path, ...]
    uploads: tuple[Upload, ...]
    renewal_methods: Mapping[str, tuple[str, str]]
    origins: Mapping[Path, Loc] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    retiring: tuple[Path, ...] = ()


@dataclass
class _Builder:
    items: list[Item] = field(default_factory=list)
    owned: dict[Path, None] = field(default_factory=dict)
    origins: dict[Path, Loc] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, root: Path, items: Iterable[Item], loc: Loc, *, owned: bool = True) -> None:
        """Take in the items of one object, and where in the intent it comes from."""
        self.items += items
        self.origins.setdefault(root, loc)
        if owned:
            self.owned[root] = None

    def entry(self, at: Path, name: str, key: tuple[str, str], entry: Node, loc: Loc) -> None:
        """Take in a list entry that the intent owns."""
        items = list(entry_items(at, name, (key,), entry))
        self.add(items[0][0], items, loc)


def desired(
    router: RouterIntent, schema: Schema, pairs: Mapping[str, FilePair] | None = None, engine: str | None = None,
    running: ConfigTree | None = None,
) -> Desired:
    """Return what ``router`` should have on the release of ``schema``.

    ``pairs`` gives the names in use by certificate, where they are not the plain ones. ``engine`` (``python``,
    ``md-cli`` or ``classic-cli``) is what the router runs scripts in, and ``running`` what is configured there, where
    they were observed: others' numbers are then left to them.
    """
    in_use = {name: (pairs or {}).get(name) or plain_pair(item) for name, item in router.certificates.items()}
    builder = _Builder()
    methods = {name: renewal_method(router, item, schema) for name, item in router.certificates.items()}
    _ca(builder, router)
    _tls(builder, router, schema, in_use)
    _est(builder, router)
    _warnings(builder, router, methods)
    there = running if running is not None else ConfigTree()
    _declared_renewal(builder, router, schema, there)
    _script_users(builder, router, schema, methods, engine, there)
    _declared_native(builder, router, in_use)
    _native(builder, router, in_use, methods)
    uploads = [*_declared_uploads(router), *_ehs(builder, router, schema, in_use, methods, engine, there)]
    tree = ConfigTree.from_items(builder.items)
    retiring = tuple(ca_profile(name) for name, profile in router.ca_profiles.items() if profile.retired)
    return Desired(
        tree=tree, owned=(*builder.owned, *retiring), uploads=tuple(uploads),
        renewal_methods=methods, origins=builder.origins, notes=tuple(builder.notes), retiring=retiring,
    )


def ca_profile(name: str) -> Path:
    """Return where a CA profile stands in the configuration."""
    return PKI.entry("ca-profile", ca_profile_name=name)


def plain_pair(certificate: CertificateIntent) -> FilePair:
    """Return the names of the first generation."""
    return FilePair(certificate.name, certificate.key.file)


def _ca(builder: _Builder, router: RouterIntent) -> None:
    for name, transmission in router.transmission_profiles.items():
        builder.entry(SYSTEM, "transmission-profile", ("name", name), transmission, ("transmission_profiles", name))
    for name, common in router.common_name_lists.items():
        builder.entry(PKI, "common-name-list", ("cn-list-name", name), common, ("common_name_lists", name))
    for name, profile in router.ca_profiles.items():
        if profile.retired:
            continue
        builder.entry(PKI, "ca-profile", ("ca-profile-name", name), profile, ("ca_profiles", name))
        at = ca_profile(name)
        declared = profile.cmpv2.key_list if profile.cmpv2 else {}
        for certificate in router.certificates.values():
            enrolment = certificate.enrolment
            if certificate.ca_profile != name or enrolment.reference in declared:
                continue
            keys = CMPv2().with_key(enrolment.reference, enrolment.secret)
            root = (at / "cmpv2" / "key-list").entry("key", reference_number=enrolment.reference)
            builder.add(root, keys.items(at / "cmpv2"), ("certificates", certificate.name, "enrolment"), owned=False)


def _tls(builder: _Builder, router: RouterIntent, schema: Schema, pairs: Mapping[str, FilePair]) -> None:
    section = router.tls
    for name, profile in section.cert_profiles.items():
        _cert_profile(builder, name, profile, pairs)
    for side, lists in (("server", section.server_cipher_lists), ("client", section.client_cipher_lists)):
        for name, wanted in lists.items():
            items = list(cipher_lists.list_items(router, schema, side, wanted))
            builder.add(items[0][0], items, ("tls", f"{side}_cipher_lists", name))
    for side, groups in (("server", section.server_group_lists), ("client", section.client_group_lists)):
        for name, group in groups.items():
            _numbered(builder, f"{side}-group-list", name, "tls13-group", group)
    for side, signatures in (("server", section.server_signature_lists), ("client", section.client_signature_lists)):
        for name, signature in signatures.items():
            _numbered(builder, f"{side}-signature-list", name, "tls13-signature", signature)
    for name, anchors in section.trust_anchor_profiles.items():
        at = TLS.entry("trust-anchor-profile", trust_anchor_profile_name=name)
        items = [(at, PRESENT)]
        items += [(at.entry("trust-anchor", ca_profile_name=ca), PRESENT) for ca in anchors.trust_anchor]
        builder.add(at, items, ("tls", "trust_anchor_profiles", name))
    profiles: tuple[tuple[str, Mapping[str, Entry]], ...] = (
        ("server", section.server_profiles), ("client", section.client_profiles),
    )
    for side, entries in profiles:
        for name, entry in entries.items():
            key = (f"{side}-profile-name", name)
            builder.entry(TLS, f"{side}-tls-profile", key, entry, ("tls", f"{side}_profiles", name))
    if router.grpc is not None:
        builder.add(GRPC_PATH, router.grpc.items(GRPC_PATH), ("grpc",), owned=False)


def _est(builder: _Builder, router: RouterIntent) -> None:
    for name, profile in router.est_profiles.items():
        builder.entry(PKI, "est-profile", ("name", name), profile, ("est_profiles", name))


def _cert_profile(builder: _Builder, name: str, profile: CertProfile, pairs: Mapping[str, FilePair]) -> None:
    entries = {}
    for number, entry in profile.entries.items():
        if entry.certificate is not None:
            pair = pairs[entry.certificate]
            entry = entry.model_copy(update={"certificate_file": pair.certificate, "key_file": pair.key})
        entries[number] = entry
    placed = profile.model_copy(update={"entries": entries})
    loc: Loc = ("tls", "cert_profiles", name)
    builder.entry(TLS, "cert-profile", ("cert-profile-name", name), placed, loc)
    at = TLS.entry("cert-profile", cert_profile_name=name)
    for number, entry in entries.items():
        builder.owned[at.entry("entry", entry_id=str(number))] = None
        chain = at.entry("entry", entry_id=str(number)) / "send-chain"
        builder.items += [(chain.entry("ca-profile", ca_profile_name=ca), PRESENT) for ca in entry.send_chain]


def _numbered(builder: _Builder, kind: str, name: str, node: str, wanted: NumberedList) -> None:
    at = TLS.entry(kind, **{f"{kind}-name": name})
    items: list[Item] = [(at, PRESENT)]
    numbers = wanted.numbers or range(1, len(wanted.names) + 1)
    for number, value in zip(numbers, wanted.names, strict=True):
        entry = at.entry(node, index=str(number))
        items += [(entry, PRESENT), (entry / "name", value)]
    builder.add(at, items, ("tls", f"{kind.replace('-', '_')}s", name))


def _warnings(builder: _Builder, router: RouterIntent, methods: Mapping[str, tuple[str, str]]) -> None:
    warning = router.expiration_warning
    loc: Loc = ("expiration_warning",)
    by_ehs = [name for name, (method, _) in methods.items() if method == "ehs"]
    if warning is None and by_ehs:
        # Without a warning nothing would ever set the script off.
        warning = window.warning_of(router, by_ehs)
        loc = ("certificates", by_ehs[0], "renewal", "before")
    for name, value, where in (
        ("certificate-expiration-warning", warning, loc),
        ("crl-expiration-warning", router.crl_expiration_warning, ("crl_expiration_warning",)),
    ):
        if value is not None:
            builder.add(PKI / name, value.items(PKI / name), where)


def _declared_native(builder: _Builder, router: RouterIntent, pairs: Mapping[str, FilePair]) -> None:
    """Native renewals that are declared outright; one of a certificate of the intent is for its pair in use."""
    for name, auto in router.certificate_auto_update.items():
        file = name
        if name in router.certificates and auto.key_file_name == router.certificates[name].key.file:
            file = pairs[name].certificate
            auto = auto.model_copy(update={"key_file_name": pairs[name].key})
        key = ("certificate-file-name", file)
        builder.entry(PKI, "certificate-auto-update", key, auto, ("certificate_auto_update", name))


def _declared_renewal(builder: _Builder, router: RouterIntent, schema: Schema, running: ConfigTree) -> None:
    for name, profile in router.certificate_update_profiles.items():
        loc: Loc = ("certificate_update_profiles", name)
        builder.entry(PKI, "certificate-update-profile", ("name", name), profile, loc)
    for name, script in router.script_control.scripts.items():
        builder.add(*ehs.script_items(script), ("script_control", "scripts", name))
    for name, python in router.script_control.python_scripts.items():
        builder.add(*ehs.python_items(python), ("script_control", "python_scripts", name))
    for name, policy in router.script_control.policies.items():
        builder.add(*ehs.policy_items(policy), ("script_control", "policies", name))
    for name, log_filter in router.log.filters.items():
        builder.add(*ehs.filter_items(log_filter, schema), ("log", "filters", name))
    for name, handler in router.log.handlers.items():
        builder.add(*ehs.handler_items(handler, schema), ("log", "handlers", name))
    for event, trigger in router.log.triggers.security.items():
        place = placing.triggers(running, event, trigger.entry)
        builder.notes += place.notes
        entries = {place.numbers[number]: entry for number, entry in trigger.entry.items()}
        at: Loc = ("log", "triggers", "security", event)
        for number, (root, items) in zip(
            trigger.entry, ehs.trigger_items(trigger.model_copy(update={"entry": entries})), strict=True
        ):
            builder.origins.setdefault(root.parent, at)
            builder.add(root, items, (*at, "entry", str(number)))


def _script_users(
    builder: _Builder, router: RouterIntent, schema: Schema, methods: Mapping[str, tuple[str, str]],
    engine: str | None, running: ConfigTree,
) -> None:
    """Whom scripts run as is the router's own matter where the intent does not say it."""
    users = wanted_users(router, methods, engine, running, schema, declared=declares_handling(router))
    for path, (name, loc) in users.items():
        builder.add(path, [(path, name)], loc, owned=False)


def _declared_uploads(router: RouterIntent) -> list[Upload]:
    section = router.script_control
    found = [
        Upload(script.location, script.content, f"script {name} is declared in the intent")
        for name, script in section.scripts.items() if script.content is not None
    ]
    return found + [
        Upload(script.urls[0], script.content, f"Python script {name} is declared in the intent", first=True)
        for name, script in section.python_scripts.items() if script.content is not None
    ]


def renewal_method(router: RouterIntent, certificate: CertificateIntent, schema: Schema) -> tuple[str, str]:
    """Return who renews a certificate and why: native, ehs, external or none."""
    method = certificate.renewal.method
    if method != "auto":
        return method, "chosen in the intent"
    if certificate.name in router.certificate_auto_update:
        return "native", "declared in the intent"
    if declares_handling(router):
        return "ehs", f"the intent declares what {ehs.EVENT} sets off"
    if facts(schema).native_renewal:
        return "native", f"SR OS {schema.release.train} renews by itself"
    return "ehs", f"SR OS {schema.release.train} has no native renewal"


def declares_handling(router: RouterIntent) -> bool:
    """Tell whether the intent itself says what an expiry warning sets off."""
    return ehs.EVENT in router.log.triggers.security


def _native(
    builder: _Builder, router: RouterIntent, pairs: Mapping[str, FilePair], methods: Mapping[str, tuple[str, str]]
) -> None:
    for name, certificate in router.certificates.items():
        pair = pairs[name]
        if methods[name][0] != "native" or name in router.certificate_auto_update:
            continue
        loc: Loc = ("certificates", name, "renewal")
        profile = CertificateUpdateProfile.named(
            ehs.shortened(name), cmpv2={"ca_profile": certificate.ca_profile},
            before_expiry=int(certificate.renewal.before.total_seconds()),
        )
        builder.entry(PKI, "certificate-update-profile", ("name", profile.name), profile, loc)
        at = PKI.entry("certificate-auto-update", certificate_file_name=pair.certificate)
        builder.add(
            at, [(at, PRESENT), (at / "key-file-name", pair.key), (at / "profile", profile.name)], loc
        )


def _ehs(
    builder: _Builder, router: RouterIntent, schema: Schema, pairs: Mapping[str, FilePair],
    methods: Mapping[str, tuple[str, str]], engine: str | None, running: ConfigTree,
) -> list[Upload]:
    if declares_handling(router):
        return []
    uploads = []
    mine = [name for name, (method, _) in methods.items() if method == "ehs"]
    plain = {name: ehs.names(name, index, len(mine), schema) for index, name in enumerate(mine)}
    placed, notes = ehs.placed(plain, running)
    builder.notes += notes
    for name, names in placed.items():
        certificate = router.certificates[name]
        pair = ehs.Renewing(pairs[name].certificate, pairs[name].key)
        runs_in = ehs_scripts.runs_in(certificate, engine, running, schema)
        text = ehs_scripts.script_text(certificate, pair, runs_in, names.location)
        python = runs_in == ehs_scripts.PYTHON
        if python:
            names = replace(names, location=ehs_scripts.python_location(names.location, text))
        delay = window.delay_of(certificate, window.warning_of(router, mine))
        for root, items in ehs.objects(names, pair, delay, schema, python=python):
            builder.add(root, items, ("certificates", name, "renewal"))
        uploads.append(Upload(names.location, text, f"it renews {name}", first=python))
    return uploads
