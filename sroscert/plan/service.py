"""The service that a gNMI client meets: what a configuration makes the port serve, and how a commit of it is checked.

Owns which look at the port a commit can be kept by, and whether what is served is what the configuration names. Pure;
the looks are made by ``workflow.verify``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.certificate import Decision, Need
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.observed import Observed
from sroscert.plan.steps import Check
from sroscert.render.diff import Change
from sroscert.values import PRESENT, ConfigTree, Path, Value

_GRPC = Path.of("configure", "system", "grpc")
_TLS = Path.of("configure", "system", "security", "tls")

OTHER_SERVED = "the router serves"
"""How the sentence begins that says that another certificate is served than the configuration names."""
_STATIC_RSA = "tls-rsa-with"
"""How the suites are called whose key exchange is an encryption to the certificate's key."""
VERIFIED = (Check.HANDSHAKE, Check.GNMI)


@dataclass(frozen=True, slots=True)
class Service:
    """gRPC over TLS as one configuration has it; ``files`` are the certificates of its cert-profile, by entry."""

    server_profile: str
    cert_profile: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What of the served port a commit is checked by, and what should be said of that."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()


def service_of(tree: ConfigTree) -> Service | None:
    """Return what the gNMI port serves by this configuration; None when gRPC is not enabled, or has no TLS."""
    profile = tree.text(_GRPC / "tls-server-profile")
    if not profile or tree.text(_GRPC / "admin-state") != "enable":
        return None
    cert_profile = tree.text(_TLS.entry("server-tls-profile", server_profile_name=profile) / "cert-profile")
    files: list[str] = []
    if cert_profile:
        at = _TLS.entry("cert-profile", cert_profile_name=cert_profile)
        named = (tree.text(entry / "certificate-file") for entry in tree.entries(at, "entry"))
        files = [file for file in named if file]
    return Service(profile, cert_profile, tuple(files))


def by_static_rsa(tree: ConfigTree, file: str) -> bool:
    """Tell whether a server TLS profile offers nothing but RSA key exchange with a certificate file."""
    for profile in tree.entries(_TLS, "server-tls-profile"):
        at = _TLS.entry("cert-profile", cert_profile_name=tree.text(profile / "cert-profile"))
        files = [tree.text(entry / "certificate-file") for entry in tree.entries(at, "entry")]
        listed = _TLS.entry("server-cipher-list", server_cipher_list_name=tree.text(profile / "cipher-list"))
        suites = [
            str(value)
            for path, value in tree.subtree(listed).items()
            if path.last.name == "name" and path.parent.last.name in {"cipher", "tls12-cipher"}
        ]
        if (
            file in files and suites and all(suite.startswith(_STATIC_RSA) for suite in suites)
            and tree.text(profile / "protocol-version") in {"", "tls-version-12"}
        ):
            return True
    return False


def after(running: ConfigTree, changes: Iterable[Change]) -> ConfigTree:
    """Return what running will be once ``changes`` are made."""
    left: dict[Path, Value] = dict(running.items())
    for change in changes:
        if change.after is None or change.before is PRESENT is change.after:  # an entry that moves is made anew
            left = {path: value for path, value in left.items() if not path.is_within(change.path)}
        if change.after is not None:
            left[change.path] = change.after
    return ConfigTree.from_items(left.items())


def is_ours(service: Service, desired: ConfigTree, decisions: Iterable[Decision]) -> bool:
    """Tell whether the intent answers for a service: it asks for it, or it is served with one of its certificates."""
    files = {decision.generation.certificate for decision in decisions}
    return service_of(desired) is not None or any(file in files for file in service.files)


def look_at(observed: Observed, future: ConfigTree, desired: ConfigTree, decisions: tuple[Decision, ...]) -> Look:
    """Choose how a commit that leads to ``future`` and touches TLS or gRPC is checked from outside.

    Where the intent answers for the service, or it verified before, it must verify after. Else at least the
    certificate must be shown that the configuration names. What cannot be looked at is said, with the reason.
    """
    service = service_of(future)
    if service is None:
        why = "gRPC has no TLS" if future.text(_GRPC / "admin-state") == "enable" else "gRPC is not enabled"
        return Look((), (f"no TLS handshake is made: {why} after this commit",))
    served = observed.served
    unknown = _unknown(service, observed, decisions)
    if is_ours(service, desired, decisions) or (served is not None and served.verified):
        notes = (f"which certificate is served is not compared: {unknown}; it must verify",) if unknown else ()
        return Look(VERIFIED, notes)
    if served is None:
        return Look((), ("what the gNMI port serves is not checked: the intent has no CA certificate to verify it by",))
    if served.certificate is None:
        return Look((), (f"what the gNMI port serves is not checked: it is not the intent's, and now {served.reason}",))
    notes = (f"the gNMI port is not the intent's and does not verify now ({served.reason}): no gNMI call is made",)
    return Look((Check.SHOWN,), (*notes, f"any certificate is accepted: {unknown}") if unknown else notes)


def _unknown(service: Service, observed: Observed, decisions: Iterable[Decision]) -> str:
    """Say which certificates of the service nobody can compare with what is served."""
    coming = {item.generation.certificate for item in decisions if item.need is not Need.NOTHING}
    files = [file for file in service.files if file not in observed.displayed and file not in coming]
    if not service.files:
        return f"cert-profile {service.cert_profile or 'none'} names no certificate"
    return f"{', '.join(files)} cannot be displayed before" if files else ""


def served_file(service: Service, served: CertificateInfo, known: Mapping[str, CertificateInfo]) -> str:
    """Return which certificate file of the service is served; empty when it is none that is known."""
    return next((file for file in service.files if file in known and known[file].serial == served.serial), "")


def wrong_certificate(
    service: Service, served: CertificateInfo | None, known: Mapping[str, CertificateInfo]
) -> str:
    """Say when a certificate is served that the cert-profile does not name; any of its entries may be the one.

    ``known`` has what is known of the files in system-pki. Where one of the profile's files is not known, only a
    certificate that is known to be another file's is wrong.
    """
    if served is None or served_file(service, served, known):
        return ""
    expected = [f"{known[file].serial:x} ({file})" for file in service.files if file in known]
    other = next((file for file, info in known.items() if info.serial == served.serial), "")
    if len(expected) < len(service.files) and not other:
        return ""
    shown = f"serial {served.serial:x}" + (f" ({other})" if other else "")
    wanted = f"not the expected {' or '.join(expected)}" if expected else "which its cert-profile does not name"
    return f"{OTHER_SERVED} {shown}, {wanted}"


def served_as_it_must(observed: Observed) -> bool:
    """Tell whether what is served now verifies, and is a certificate that its cert-profile names."""
    served, service = observed.served, service_of(observed.running)
    if served is None or service is None or not served.verified:
        return False
    return not wrong_certificate(service, served.certificate, observed.displayed)


_HINTS = {
    "refused": "does the router log why gRPC does not listen? Disable and enable /configure system grpc there",
    "timeout": "is the port open on the way to the router?",
    "unknown-ca": "is the CA certificate of the intent the one that issued it, with its chain (send-chain)?",
    "name-mismatch": "give the certificate the address that is dialled: san of the certificate in the intent",
    "client-certificate": "the server-tls-profile authenticates clients, and we have no client certificate to show",
}


def unverified(observed: Observed, desired: ConfigTree, decisions: tuple[Decision, ...]) -> list[Finding]:
    """Say when running is as intended and yet a client would not be served; asked when no commit will change that."""
    service = service_of(observed.running)
    served = observed.served
    if service is None or served is None or not is_ours(service, desired, decisions):
        return []
    if served.verified:
        wrong = wrong_certificate(service, served.certificate, observed.displayed)
        hint = "the router has not taken the file into use: reload it there, or disable and enable the cert-profile"
    else:
        wrong = f"{served.reason}{f' ({served.detail})' if served.detail else ''}"
        hint = _HINTS.get(served.reason, "sroscert check shows the same from outside")
    if not wrong:
        return []
    return [
        Finding(
            Severity.UNVERIFIED,
            "service-unverified",
            f"gRPC over TLS is configured, but the gNMI port does not serve it as it must: {wrong}",
            hint=hint,
        )
    ]
