"""The service as a client meets it: TLS, the served certificate against the intent, gNMI. Reads no configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sroscert.device.ports import GNMICapabilities, Handshake
from sroscert.errors import TLSProbeError
from sroscert.intent import RouterIntent
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.checks import Mismatch, satisfies
from sroscert.values import endpoint
from sroscert.workflow.job import Job
from sroscert.workflow.verify import compare_capabilities


@dataclass(frozen=True)
class Checked:
    """A passed check: the handshake, what gNMI answered, and which certificate of the intent was served.

    ``name`` is empty where the intent does not say which certificate the port serves.
    """

    handshake: Handshake
    capabilities: GNMICapabilities
    name: str = ""


def check_router(job: Job) -> Checked:
    """Verify the gNMI service from outside: TLS with our own probe, then Capabilities. Touches no configuration.

    Raises TLSProbeError with the exact reason, before a password is sent when TLS does not hold.
    """
    with job.link() as link:
        handshake = link.probe()
        if not handshake.verified:
            raise TLSProbeError(
                f"TLS at {endpoint(job.router.address, job.router.login.ports.gnmi)} does not hold: "
                f"{handshake.reason.value}{f' ({handshake.detail})' if handshake.detail else ''}",
                reason=handshake.reason.value,
                hint=_hint(handshake),
                router=job.router.name,
            )
        name = _intended(job.router, handshake)
        answer = link.capabilities(handshake)
        compare_capabilities(job.router, [model.name for model in answer.models])
    return Checked(handshake, answer, name)


def _intended(router: RouterIntent, handshake: Handshake) -> str:
    """Return which certificate of the intent is served; any entry of the cert-profile may be. TLSProbeError for none.

    Empty where there is nothing to compare with: no certificate in the intent, or a cert-profile with files that it
    does not manage.
    """
    served = handshake.certificate
    names, complete = _candidates(router)
    if served is None or not names:
        return ""
    wrong = {name: _mismatches(router, name, served) for name in names}
    fitting = [name for name in names if not wrong[name]]
    if fitting:
        return fitting[0]
    if not complete:
        return ""
    nearest = min(names, key=lambda name: len(wrong[name]))
    words = "; ".join(f"{entry.field} is {entry.found}, wanted {entry.wanted}" for entry in wrong[nearest])
    which = f"{nearest}" if len(names) == 1 else f"any of {', '.join(names)}; nearest is {nearest}"
    raise TLSProbeError(
        f"the served certificate is not the intended one ({which}): {words}",
        reason="certificate",
        router=router.name,
        hint="sroscert plan shows what to do",
    )


def _candidates(router: RouterIntent) -> tuple[list[str], bool]:
    """Return the certificates of the intent that the port may serve, and whether it can be no other one."""
    profile = router.tls.server_profiles.get(router.grpc.tls_server_profile or "") if router.grpc else None
    entries = router.tls.cert_profiles[profile.cert_profile].entries if profile is not None else {}
    if not entries:
        return list(router.certificates), True
    names = [entry.certificate for entry in entries.values() if entry.certificate]
    return names, len(names) == len(entries)


def _mismatches(router: RouterIntent, name: str, served: CertificateInfo) -> tuple[Mismatch, ...]:
    item = router.certificates[name]
    return tuple(
        satisfies(
            served,
            subject=item.subject,
            san_ips=frozenset(item.san_ips),
            san_dns=frozenset(item.san_dns),
            issuer=None,
            now=datetime.now(UTC),
            key_type=item.key.type,
        )
    )


def _hint(handshake: Handshake) -> str:
    hints = {
        "unknown-ca": "the served certificate is not from the CA of the intent; no password was sent",
        "refused": "gRPC is not enabled, or not on this port; sroscert plan shows what is missing",
        "timeout": "is the address right, and the port open?",
        "plaintext-server": "gRPC runs without TLS on this router; sroscert apply secures it",
        "no-shared-cipher": "the router offers only ciphers that our client does not speak; see server_cipher_lists",
    }
    return hints.get(handshake.reason.value, "no password was sent")
