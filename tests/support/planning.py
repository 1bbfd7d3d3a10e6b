"""Builders for decisions: the tutorial's intent, and routers as they may be observed. Pure values, no socket."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath

from sroscert import schema
from sroscert.commands.replies import FileEntry, RequestStatus
from sroscert.intent import RouterIntent, loads
from sroscert.intent.desired import FilePair, desired
from sroscert.pki.cafile import LocalCA
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.build import build
from sroscert.plan.observed import Observed
from sroscert.plan.plan import Plan
from sroscert.values import ConfigTree, Path, Release, Value

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
RELEASES = ("21.2", "25.10")
TUTORIAL = (FilePath(__file__).parents[2] / "lab" / "intents" / "tutorial.yaml").read_text()
ADDRESS = "172.20.20.5"
CA_NAME = (("CN", "ManagementCA"),)
CA = CertificateInfo(
    serial=7,
    subject=CA_NAME,
    issuer=CA_NAME,
    not_before=NOW - timedelta(days=1000),
    not_after=NOW + timedelta(days=1000),
    is_ca=True,
)
LOCAL_CAS = {"ejbca-profile": LocalCA(b"-----BEGIN CERTIFICATE-----\n", CA)}
GOOD = CertificateInfo(
    serial=100,
    subject=(("C", "NL"), ("ST", "ZH"), ("O", "Nokia"), ("CN", "sr")),
    issuer=CA_NAME,
    not_before=NOW - timedelta(days=10),
    not_after=NOW + timedelta(days=300),
    san_ips=frozenset({ADDRESS}),
    key_type="rsa",
    key_bits=2048,
)
_DATASTORES = Path.of("state", "system", "management-interface").entry(
    "configuration-region", region_name="configure"
)


@functools.cache
def tutorial(*changes: tuple[str, str]) -> RouterIntent:
    """The tutorial's router; each change replaces a piece of the intent's text."""
    text = TUTORIAL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return loads(text).routers["sr"]


def files(*names: str) -> tuple[FileEntry, ...]:
    """Files of a listing; a name ending in a slash is a folder."""
    return tuple(FileEntry(name.rstrip("/"), 0 if name.endswith("/") else 10, name.endswith("/")) for name in names)


def request(key: str = "sr-key", *, status: str = "in-progress", code: str = "waiting") -> RequestStatus:
    """The last CMPv2 request of the tutorial's CA profile."""
    return RequestStatus(
        "ejbca-profile", "initial-registration", key=key, status=status, code=code, save_as="cf3:/sr-cert.der"
    )


def datastore_state(
    name: str, *, unsaved: str = "false", locked: str = "false", user: str = "", modified: str = ""
) -> ConfigTree:
    """What the state says of a datastore."""
    root = _DATASTORES.entry("datastore", ds_name=name)
    leaves = {
        "changes-since-last-save": unsaved, "locked": locked, "user-last-modified": user,
        "time-last-modified": modified,
    }
    return ConfigTree.from_items([(root / leaf, value) for leaf, value in leaves.items() if value])


def in_use(certificate: str = "sr-cert", key: str = "sr-key", profile: str = "sr-cert-prof") -> ConfigTree:
    """A running configuration whose cert-profile names a pair."""
    entry = (
        Path.of("configure", "system", "security", "tls")
        .entry("cert-profile", cert_profile_name=profile)
        .entry("entry", entry_id="1")
    )
    return ConfigTree.from_items([(entry / "certificate-file", certificate), (entry / "key-file", key)])


def router(
    release: str = "21.2",
    *,
    running: ConfigTree | None = None,
    state: ConfigTree | None = None,
    flash: Iterable[str] = (),
    pki: Iterable[str] = (),
    shown: Mapping[str, CertificateInfo] | None = None,
    requests: Iterable[RequestStatus] = (),
    mode: str = "model-driven",
    backend: str = "",
    pending_until: datetime | None = None,
) -> Observed:
    """A router as observed. ``pki`` names what is in system-pki, ``shown`` what its display says."""
    return Observed(
        release=Release.parse(release),
        at=NOW,
        address=ADDRESS,
        backend=backend or ("raw" if release < "23" else "action"),
        configuration_mode=mode,
        running=running or ConfigTree(),
        state=state or ConfigTree(),
        flash=files("system-pki/", *flash),
        system_pki=files(*pki),
        displayed=dict(shown or {}),
        requests={item.ca_profile: item for item in requests},
        pending_until=pending_until,
    )


def finished(
    release: str = "21.2",
    pair: FilePair | None = None,
    info: CertificateInfo = GOOD,
    intent: RouterIntent | None = None,
) -> Observed:
    """A router that has everything that the intent asks for, with a pair of any name in use, saved."""
    pair = pair or FilePair("sr-cert", "sr-key")
    wanted = desired(intent or tutorial(), schema.load(Release.parse(release)), {"sr-cert": pair})
    seen = router(
        release,
        running=ConfigTree.from_items(_as_shown(wanted.tree)),
        state=datastore_state("running", user="admin", modified="2026-05-01T11:00:00Z"),
        pki=("ManagementCA.pem", pair.certificate, pair.key),
        shown={"ManagementCA.pem": CA, pair.certificate: info},
    )
    uploads = tuple(
        FileEntry(upload.target.split(":", 1)[-1].lstrip("\\/"), len(upload.content)) for upload in wanted.uploads
    )
    scripts = {upload.target: hashlib.sha256(upload.content).hexdigest() for upload in wanted.uploads}
    return replace(seen, flash=(*seen.flash, *uploads), scripts=scripts)


def _as_shown(tree: ConfigTree) -> list[tuple[Path, Value]]:
    """The tree as a router shows it: a secret comes back as its hash."""
    return [
        (path, "x hash2" if isinstance(value, str) and value.startswith("file:") else value)
        for path, value in tree.items()
    ]


def plan(observed: Observed, intent: RouterIntent | None = None, cas: Mapping[str, LocalCA] | None = None) -> Plan:
    """The plan for the tutorial's router."""
    return build(
        intent or tutorial(), observed, schema.load(observed.release), LOCAL_CAS if cas is None else cas, NOW
    )
