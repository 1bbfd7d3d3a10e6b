"""The SECURITY events of the PKI side: numbers (YANG), occasions (TIMETRA-SECURITY-MIB) and texts.

Texts of 2095 and 2101 are the tutorial transcript's; the others are not public and marked so. Two events are never
raised, since only IPsec has occasion to: 2044 (MIB) and 2251, where no chain holds a CA that IKEv2 asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PKIEvent:
    """One event of application SECURITY, ready for the router's log."""

    number: int
    name: str
    severity: str
    subject: str
    text: str


#: Where events go; the core's log takes them from here.
Emit = Callable[[PKIEvent], None]

_SINCE = dict.fromkeys((2231, 2232, 2233, 2234, 2235, 2236), (20, 5))


def is_known(event: PKIEvent, train: tuple[int, int]) -> bool:
    """Whether the models of that release have this event of application SECURITY."""
    return train >= _SINCE.get(event.number, (0, 0))


def file_reloaded(kind_word: str, name: str) -> PKIEvent:
    """2101, once for each file of a reload."""
    text = f'{kind_word} file "{name}" has been reloaded.'
    return PKIEvent(2101, "tmnxSecNotifFileReloaded", "minor", "TLS", text)


def key_pair_generated(url: str, algorithm: str, size: str, outcome: str) -> PKIEvent:
    """2231."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'Key pair generation: url "{url}", type {algorithm}, {size}, outcome {outcome}.'
    return PKIEvent(2231, "tmnxCertKeyPairGen", "minor", "Cert", text)


def imported(url: str, name: str, kind_word: str, encoding: str, outcome: str) -> PKIEvent:
    """2232."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'Import: url "{url}", file "{name}", type {kind_word}, format {encoding}, outcome {outcome}.'
    return PKIEvent(2232, "tmnxCertImport", "minor", "Cert", text)


def exported(url: str, name: str, kind_word: str, encoding: str, outcome: str) -> PKIEvent:
    """2233."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'Export: url "{url}", file "{name}", type {kind_word}, format {encoding}, outcome {outcome}.'
    return PKIEvent(2233, "tmnxCertExport", "minor", "Cert", text)


def ca_profile_state(profile: str, flags: Sequence[str]) -> PKIEvent:
    """2045, with the reason where there is one (MIB)."""
    # ASSUMPTION: text and severity; and that there is one for up, too, where the MIB speaks of down.
    oper_state = f"down: {', '.join(flags)}" if flags else "up"
    text = f'CA profile "{profile}" changed its operational state to {oper_state}.'
    return PKIEvent(2045, "tmnxCAProfileStateChange", "minor", "Cert", text)


def up_without_crl(profile: str, reasons: str) -> PKIEvent:
    """2094: the profile came up although its CRL cannot be used, for a reason (MIB)."""
    # ASSUMPTION: text and severity.
    text = f'CA profile "{profile}" is up because revocation-check is crl-optional: {reasons}.'
    return PKIEvent(2094, "tmnxCAProfUpDueToRevokeChkCrlOpt", "minor", "Cert", text)


def crl_went_bad(profile: str, reasons: str) -> PKIEvent:
    """2093."""
    # ASSUMPTION: occasion, text and severity; the models have the name only, and no MIB has it. Of a profile that came
    # up with a CRL that it could use and stays up without, nothing else would tell.
    text = f'CA profile "{profile}" stays up without revocation check by CRL: {reasons}.'
    return PKIEvent(2093, "tmnxPkiCAProfRevokeChkWarning", "minor", "Cert", text)


def no_chain(name: str, reason: str) -> PKIEvent:
    """2088: the chain of a configured certificate is empty (MIB)."""
    # ASSUMPTION: text and severity.
    text = f"The chain of certificate {name} cannot be computed: {reason}."
    return PKIEvent(2088, "tmnxSecComputeCertChainFailure", "minor", "Cert", text)


def peer_not_verified(application: str, peer: str, reason: str) -> PKIEvent:
    """2116: an application other than IPsec could not verify its peer's certificate (MIB)."""
    # ASSUMPTION: text and severity. The MIB has the certificate too, which OpenSSL does not hand out when it is bad.
    text = f"{application} could not verify the certificate of {peer}: {reason}."
    return PKIEvent(2116, "tmnxAppPkiCertVerificationFailed", "minor", "Cert", text)


def read_failed(name: str, reason: str) -> PKIEvent:
    """2043."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    return PKIEvent(2043, "tmnxPkiFileReadFailed", "minor", "Cert", f'File "{name}" could not be read: {reason}.')


def write_failed(name: str, size: int, reason: str) -> PKIEvent:
    """2109."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'File "{name}" of {size} bytes could not be written: {reason}.'
    return PKIEvent(2109, "tmnxPkiFileWriteFailed", "minor", "Cert", text)


def file_deleted(url: str, outcome: str) -> PKIEvent:
    """2234: a user deleted a file by a `file` command."""
    # ASSUMPTION: text, subject and severity, here and of the next two; the parameters are those of the MIB.
    return PKIEvent(2234, "tmnxFileDeleted", "minor", "File", f'Delete: url "{url}", outcome {outcome}.')


def file_moved(url: str, target: str, outcome: str) -> PKIEvent:
    """2235."""
    text = f'Move: url "{url}", new url "{target}", outcome {outcome}.'
    return PKIEvent(2235, "tmnxFileMoved", "minor", "File", text)


def file_copied(url: str, target: str, outcome: str) -> PKIEvent:
    """2236."""
    text = f'Copy: url "{url}", new url "{target}", outcome {outcome}.'
    return PKIEvent(2236, "tmnxFileCopied", "minor", "File", text)


def cmp_status(profile: str, request: str, status: str, code: str, string: str) -> PKIEvent:
    """2083: progress of a CMPv2 request."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'CA profile "{profile}": {request} is {status}, status code {code}, "{string}".'
    return PKIEvent(2083, "tmnxPkiCAProfActnStatusChg", "minor", "Cert", text)


def will_expire(name: str, left: timedelta) -> PKIEvent:
    """2095, with the time that is left to the nearest minute."""
    hours, minutes = divmod(round(left.total_seconds() / 60), 60)
    text = f"Certificate {name} used by TLS will expire in {hours} hour(s) and {minutes} minute(s)."
    return PKIEvent(2095, "tmnxPkiCertBeforeExpWarning", "minor", "Cert", text)


def has_expired(name: str) -> PKIEvent:
    """2096."""
    # ASSUMPTION: text and severity.
    return PKIEvent(2096, "tmnxPkiCertAfterExpWarning", "minor", "Cert", f"Certificate {name} used by TLS has expired.")


def warning_cleared(name: str, reason: str) -> PKIEvent:
    """2097."""
    # ASSUMPTION: text, severity and the words of the reason; that there is one is the MIB's.
    text = f"Expiration warning of certificate {name} used by TLS is cleared: {reason}."
    return PKIEvent(2097, "tmnxPkiCertExpWarningCleared", "minor", "Cert", text)


def crl_will_expire(name: str, left: timedelta) -> PKIEvent:
    """2098, with the time that is left to the nearest minute."""
    # ASSUMPTION: text and severity, like 2095's but for the application, which the MIB does not have here.
    hours, minutes = divmod(round(left.total_seconds() / 60), 60)
    text = f"CRL {name} will expire in {hours} hour(s) and {minutes} minute(s)."
    return PKIEvent(2098, "tmnxPkiCRLBeforeExpWarning", "minor", "Cert", text)


def crl_has_expired(name: str) -> PKIEvent:
    """2099."""
    # ASSUMPTION: text and severity.
    return PKIEvent(2099, "tmnxPkiCRLAfterExpWarning", "minor", "Cert", f"CRL {name} has expired.")


def crl_warning_cleared(name: str, reason: str) -> PKIEvent:
    """2100."""
    # ASSUMPTION: text, severity and the words of the reason; that there is one is the MIB's.
    text = f"Expiration warning of CRL {name} is cleared: {reason}."
    return PKIEvent(2100, "tmnxPkiCRLExpWarningCleared", "minor", "Cert", text)


def not_yet_valid(name: str) -> PKIEvent:
    """2114."""
    # ASSUMPTION: text and severity. The application that the MIB has is left out: a CA profile is none.
    return PKIEvent(2114, "tmnxPkiCertNotYetValid", "minor", "Cert", f"Certificate {name} is not yet valid.")


def crl_not_yet_valid(name: str) -> PKIEvent:
    """2115."""
    # ASSUMPTION: text and severity.
    return PKIEvent(2115, "tmnxPkiCRLNotYetValid", "minor", "Cert", f"CRL {name} is not yet valid.")


def crl_update_started(profile: str) -> PKIEvent:
    """2105."""
    # ASSUMPTION: text and severity, here and of the other events of CRL updates.
    return PKIEvent(2105, "tmnxPkiCAProfCrlUpdateStart", "minor", "Cert", f'CRL update of "{profile}" has started.')


def crl_updated(profile: str, url: str) -> PKIEvent:
    """2106."""
    text = f'CRL update of "{profile}" was successful with URL "{url}".'
    return PKIEvent(2106, "tmnxPkiCAProfCrlUpdateSuccess", "minor", "Cert", text)


def crl_url_failed(profile: str, url: str, reason: str) -> PKIEvent:
    """2107: one URL of several, and not the last one (MIB)."""
    text = f'CRL update of "{profile}" failed with URL "{url}": {reason}.'
    return PKIEvent(2107, "tmnxPkiCAProfCrlUpdateUrlFail", "minor", "Cert", text)


def crl_update_failed(profile: str, url: str, reason: str) -> PKIEvent:
    """2108: no URL is left; with the last one, and what was wrong with it (MIB)."""
    text = f'CRL update of "{profile}" failed with all URLs, the last one being "{url}": {reason}.'
    return PKIEvent(2108, "tmnxPkiCAProfCrlUpdAllUrlsFail", "minor", "Cert", text)


def crl_without_next_update(profile: str) -> PKIEvent:
    """2110: the CRL has no nextUpdate, or no URL helped and there is no retry-interval (MIB)."""
    text = f'CRL update of "{profile}" has no next time and stops.'
    return PKIEvent(2110, "tmnxPkiCAProfCrlUpdNoNxtUpdTime", "minor", "Cert", text)


def crl_ends_too_soon(profile: str) -> PKIEvent:
    """2113: the CRL ends before a pre-update-time from now (MIB)."""
    text = f'The pre-update-time of "{profile}" is too long for its CRL.'
    return PKIEvent(2113, "tmnxPkiCAProfCrlUpdLargPreUpdTm", "minor", "Cert", text)


def update_started(name: str) -> PKIEvent:
    """2245."""
    # ASSUMPTION: text and severity.
    text = f"Update of certificate {name} has started."
    return PKIEvent(2245, "tmnxPkiCertUpdUpdateStarted", "minor", "Cert", text)


def update_finished(name: str, serial: int, subject: str) -> PKIEvent:
    """2246, which carries serial number and subject (MIB)."""
    # ASSUMPTION: text and severity.
    text = f"Update of certificate {name} has finished: serial number {serial:x}, subject {subject}."
    return PKIEvent(2246, "tmnxPkiCertUpdUpdateFinished", "minor", "Cert", text)


def update_failed(name: str, reason: str) -> PKIEvent:
    """2247."""
    # ASSUMPTION: text and severity.
    text = f"Update of certificate {name} has failed: {reason}."
    return PKIEvent(2247, "tmnxPkiCertUpdUpdateFailed", "minor", "Cert", text)
