"""The SECURITY events of the PKI side: numbers (YANG), occasions (TIMETRA-SECURITY-MIB) and texts.

Texts of 2095 and 2101 are the tutorial transcript's; the others are not public and marked so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from ..logevent import Event
from ..urltext import without_passwords

#: Where events go; the core's log takes them from here.
Emit = Callable[[Event], None]

_SINCE = {**dict.fromkeys((2231, 2232, 2233, 2234, 2235, 2236), (20, 5)), 2251: (23, 10)}
_FILE, _REASON, _CLIENT = "tmnxSecNotifFile", "tmnxSecNotifFailureReason", "tmnxSecNotifClientAppName"
_URL, _NEW_URL, _OUTCOME = "tmnxSecNotifyUrl", "tmnxSecNotifyNewUrl", "tmnxSecEventOutcome"
_KIND, _FORMAT = "tmnxSecNotifyImportExportType", "tmnxSecNotifyImportExportFormat"
_HOURS, _MINUTES = "tmnxPkiExpRemainingHours", "tmnxPkiExpRemainingMinutes"
_PROFILE, _STATE, _CRL_URL = "tmnxPkiCAProfileNameForNotify", "tmnxPkiCAProfileOperState", "tmnxPkiCAProfUrl"
_ACTION, _UPDATE = "tmnxPkiCAProfActn", "tmnxPkiCertUpd"
_ACTION_OBJECTS = ("Type", "Status", "StatusString", "StatusCode", "OrigCmdTime", "LastCAResp")
#: The objects of each event (TIMETRA-SECURITY-MIB); of 2114 without the client.
_OBJECTS: dict[int, tuple[str, ...]] = {
    2043: (_FILE, _REASON),
    2044: ("tmnxSecNotifTunnelName", "tmnxSecNotifCert", _REASON),
    2045: (_STATE, _REASON),
    2083: tuple(f"{_ACTION}{name}" for name in _ACTION_OBJECTS),
    2088: (_FILE, _REASON),
    2094: (_STATE, _REASON),
    2095: (_FILE, _HOURS, _MINUTES, _CLIENT),
    2096: (_FILE, _CLIENT),
    2097: (_FILE, "tmnxPkiExpReason", _CLIENT),
    2098: (_FILE, _HOURS, _MINUTES),
    2099: (_FILE,),
    2100: (_FILE, "tmnxPkiExpReason"),
    2101: (_FILE, "tmnxSecNotifFileType"),
    2105: (_PROFILE,),
    2106: (_CRL_URL,),
    2107: (_CRL_URL, _REASON),
    2108: (_CRL_URL, _REASON),
    2109: (_FILE, _REASON, "tmnxSecNotifFileSize"),
    2110: (_PROFILE,),
    2113: (_PROFILE,),
    2114: (_FILE,),
    2115: (_FILE,),
    2116: (_CLIENT, "tmnxSecNotifCert", _REASON),
    2231: (_URL, "tmnxSecNotifyCurve", "tmnxSecNotifyKeySize", "tmnxSecNotifyKeyType", _OUTCOME),
    2232: (_URL, _FILE, _KIND, _FORMAT, _OUTCOME),
    2233: (_URL, _FILE, _KIND, _FORMAT, _OUTCOME),
    2234: (_URL, _OUTCOME),
    2235: (_URL, _NEW_URL, _OUTCOME),
    2236: (_URL, _NEW_URL, _OUTCOME),
    2245: (f"{_UPDATE}CertFileNameNotif",),
    2246: (f"{_UPDATE}CertFileNameNotif", f"{_UPDATE}SerialNumberNotif", f"{_UPDATE}SubjectNotif"),
    2247: (f"{_UPDATE}CertFileNameNotif", f"{_UPDATE}FailureReasonNotif"),
}


def _event(number: int, name: str, text: str, *values: str, subject: str = "Cert") -> Event:
    # ASSUMPTION: events show URLs as errors do.
    objects = zip(_OBJECTS.get(number, ()), map(without_passwords, values), strict=True)
    return Event(number, name, "minor", subject, without_passwords(text), tuple(objects))


def _curve_and_size(size: str) -> tuple[str, str]:
    kind, _, value = size.partition(" ")
    return ("none", value) if kind == "size" else (value, "0")


def is_known(event: Event, train: tuple[int, int]) -> bool:
    """Whether the models of that release have this event of application SECURITY."""
    return train >= _SINCE.get(event.number, (0, 0))


def file_reloaded(kind_word: str, name: str, user: str = "TLS") -> Event:
    """2101, once for each file of a reload."""
    text = f'{kind_word} file "{name}" has been reloaded.'
    return _event(2101, "tmnxSecNotifFileReloaded", text, name, kind_word, subject=user)


def key_pair_generated(url: str, algorithm: str, size: str, outcome: str) -> Event:
    """2231."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'Key pair generation: url "{url}", type {algorithm}, {size}, outcome {outcome}.'
    return _event(2231, "tmnxCertKeyPairGen", text, url, *_curve_and_size(size), algorithm, outcome)


def imported(url: str, name: str, kind_word: str, encoding: str, outcome: str) -> Event:
    """2232."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'Import: url "{url}", file "{name}", type {kind_word}, format {encoding}, outcome {outcome}.'
    return _event(2232, "tmnxCertImport", text, url, name, kind_word, encoding, outcome)


def exported(url: str, name: str, kind_word: str, encoding: str, outcome: str) -> Event:
    """2233."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'Export: url "{url}", file "{name}", type {kind_word}, format {encoding}, outcome {outcome}.'
    return _event(2233, "tmnxCertExport", text, url, name, kind_word, encoding, outcome)


def ca_profile_state(profile: str, flags: Sequence[str]) -> Event:
    """2045, with the reason where there is one (MIB)."""
    # ASSUMPTION: text and severity; and that there is one for up, too, where the MIB speaks of down.
    oper_state = f"down: {', '.join(flags)}" if flags else "up"
    text = f'CA profile "{profile}" changed its operational state to {oper_state}.'
    return _event(2045, "tmnxCAProfileStateChange", text, "outOfService" if flags else "inService", ", ".join(flags))


def up_without_crl(profile: str, reasons: str) -> Event:
    """2094: the profile came up although its CRL cannot be used, for a reason (MIB)."""
    # ASSUMPTION: text and severity.
    text = f'CA profile "{profile}" is up because revocation-check is crl-optional: {reasons}.'
    return _event(2094, "tmnxCAProfUpDueToRevokeChkCrlOpt", text, "inService", reasons)


def crl_went_bad(profile: str, reasons: str) -> Event:
    """2093."""
    # ASSUMPTION: occasion, text and severity; the models have the name only, and no MIB has it. Of a profile that came
    # up with a CRL that it could use and stays up without, nothing else would tell.
    text = f'CA profile "{profile}" stays up without revocation check by CRL: {reasons}.'
    return _event(2093, "tmnxPkiCAProfRevokeChkWarning", text)


def no_chain(name: str, reason: str) -> Event:
    """2088: the chain of a configured certificate is empty (MIB)."""
    # ASSUMPTION: text and severity.
    text = f"The chain of certificate {name} cannot be computed: {reason}."
    return _event(2088, "tmnxSecComputeCertChainFailure", text, name, reason)


def peer_not_verified(application: str, peer: str, reason: str) -> Event:
    """2116: an application other than IPsec could not verify its peer's certificate (MIB)."""
    # ASSUMPTION: text and severity. The MIB has the certificate too, which OpenSSL does not hand out when it is bad.
    text = f"{application} could not verify the certificate of {peer}: {reason}."
    return _event(2116, "tmnxAppPkiCertVerificationFailed", text, application, peer, reason)


def ipsec_peer_not_verified(tunnel: str, certificate: str, reason: str) -> Event:
    """2044: IPsec could not verify its peer's certificate (MIB)."""
    # ASSUMPTION: text and severity. A transport mode profile's name stands for the tunnel's, which the lab has not.
    text = f'IPsec could not verify the certificate "{certificate}" for tunnel "{tunnel}": {reason}.'
    return _event(2044, "tmnxPkiCertVerificationFailed", text, tunnel, certificate, reason)


def no_chain_asked_for(tunnel: str, certificate: str) -> Event:
    """2251: no chain has a CA that the peer's CERTREQ names, and the first entry is shown."""
    # ASSUMPTION: occasion, text and severity; the models have the name only, and no MIB that is public has it.
    text = f'No chain has a CA that the peer of tunnel "{tunnel}" asked for; certificate {certificate} is sent.'
    return _event(2251, "tmnxPkiCertChainCompareCaNoMatch", text)


def read_failed(name: str, reason: str) -> Event:
    """2043."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    return _event(2043, "tmnxPkiFileReadFailed", f'File "{name}" could not be read: {reason}.', name, reason)


def write_failed(name: str, size: int, reason: str) -> Event:
    """2109."""
    # ASSUMPTION: text and severity; the parameters are those of the MIB.
    text = f'File "{name}" of {size} bytes could not be written: {reason}.'
    return _event(2109, "tmnxPkiFileWriteFailed", text, name, reason, str(size))


def file_deleted(url: str, outcome: str) -> Event:
    """2234: a user deleted a file by a `file` command."""
    # ASSUMPTION: text, subject and severity, here and of the next two; the parameters are those of the MIB.
    return _event(2234, "tmnxFileDeleted", f'Delete: url "{url}", outcome {outcome}.', url, outcome, subject="File")


def file_moved(url: str, target: str, outcome: str) -> Event:
    """2235."""
    text = f'Move: url "{url}", new url "{target}", outcome {outcome}.'
    return _event(2235, "tmnxFileMoved", text, url, target, outcome, subject="File")


def file_copied(url: str, target: str, outcome: str) -> Event:
    """2236."""
    text = f'Copy: url "{url}", new url "{target}", outcome {outcome}.'
    return _event(2236, "tmnxFileCopied", text, url, target, outcome, subject="File")


def cmp_status(
    profile: str, request: str, status: tuple[str, str, str], started: datetime, replied: datetime | None
) -> Event:
    """2083: progress of a CMPv2 request; `status` is what it came to, its code and the words on it."""
    # ASSUMPTION: text and severity, and that no time stands where no answer came; the parameters are those of the MIB.
    state, code, string = status
    text = f'CA profile "{profile}": {request} is {state}, status code {code}, "{string}".'
    times = ("" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (started, replied))
    return _event(2083, "tmnxPkiCAProfActnStatusChg", text, request, state, string, code, *times)


def will_expire(name: str, left: timedelta, user: str = "TLS") -> Event:
    """2095, with the time that is left to the nearest minute."""
    hours, minutes = divmod(round(left.total_seconds() / 60), 60)
    text = f"Certificate {name} used by {user} will expire in {hours} hour(s) and {minutes} minute(s)."
    return _event(2095, "tmnxPkiCertBeforeExpWarning", text, name, str(hours), str(minutes), user)


def has_expired(name: str, user: str = "TLS") -> Event:
    """2096."""
    # ASSUMPTION: text and severity.
    return _event(2096, "tmnxPkiCertAfterExpWarning", f"Certificate {name} used by {user} has expired.", name, user)


def warning_cleared(name: str, reason: str, user: str = "TLS") -> Event:
    """2097."""
    # ASSUMPTION: text, severity and the words of the reason; that there is one is the MIB's.
    text = f"Expiration warning of certificate {name} used by {user} is cleared: {reason}."
    return _event(2097, "tmnxPkiCertExpWarningCleared", text, name, reason, user)


def crl_will_expire(name: str, left: timedelta) -> Event:
    """2098, with the time that is left to the nearest minute."""
    # ASSUMPTION: text and severity, like 2095's but for the application, which the MIB does not have here.
    hours, minutes = divmod(round(left.total_seconds() / 60), 60)
    text = f"CRL {name} will expire in {hours} hour(s) and {minutes} minute(s)."
    return _event(2098, "tmnxPkiCRLBeforeExpWarning", text, name, str(hours), str(minutes))


def crl_has_expired(name: str) -> Event:
    """2099."""
    # ASSUMPTION: text and severity.
    return _event(2099, "tmnxPkiCRLAfterExpWarning", f"CRL {name} has expired.", name)


def crl_warning_cleared(name: str, reason: str) -> Event:
    """2100."""
    # ASSUMPTION: text, severity and the words of the reason; that there is one is the MIB's.
    text = f"Expiration warning of CRL {name} is cleared: {reason}."
    return _event(2100, "tmnxPkiCRLExpWarningCleared", text, name, reason)


def not_yet_valid(name: str) -> Event:
    """2114."""
    # ASSUMPTION: text and severity. The application that the MIB has is left out: a CA profile is none.
    return _event(2114, "tmnxPkiCertNotYetValid", f"Certificate {name} is not yet valid.", name)


def crl_not_yet_valid(name: str) -> Event:
    """2115."""
    # ASSUMPTION: text and severity.
    return _event(2115, "tmnxPkiCRLNotYetValid", f"CRL {name} is not yet valid.", name)


def crl_update_started(profile: str) -> Event:
    """2105."""
    # ASSUMPTION: text and severity, here and of the other events of CRL updates.
    return _event(2105, "tmnxPkiCAProfCrlUpdateStart", f'CRL update of "{profile}" has started.', profile)


def crl_updated(profile: str, url: str) -> Event:
    """2106."""
    text = f'CRL update of "{profile}" was successful with URL "{url}".'
    return _event(2106, "tmnxPkiCAProfCrlUpdateSuccess", text, url)


def crl_url_failed(profile: str, url: str, reason: str) -> Event:
    """2107: one URL of several, and not the last one (MIB)."""
    text = f'CRL update of "{profile}" failed with URL "{url}": {reason}.'
    return _event(2107, "tmnxPkiCAProfCrlUpdateUrlFail", text, url, reason)


def crl_update_failed(profile: str, url: str, reason: str) -> Event:
    """2108: no URL is left; with the last one, and what was wrong with it (MIB)."""
    text = f'CRL update of "{profile}" failed with all URLs, the last one being "{url}": {reason}.'
    return _event(2108, "tmnxPkiCAProfCrlUpdAllUrlsFail", text, url, reason)


def crl_without_next_update(profile: str) -> Event:
    """2110: the CRL has no nextUpdate, or no URL helped and there is no retry-interval (MIB)."""
    text = f'CRL update of "{profile}" has no next time and stops.'
    return _event(2110, "tmnxPkiCAProfCrlUpdNoNxtUpdTime", text, profile)


def crl_ends_too_soon(profile: str) -> Event:
    """2113: the CRL ends before a pre-update-time from now (MIB)."""
    text = f'The pre-update-time of "{profile}" is too long for its CRL.'
    return _event(2113, "tmnxPkiCAProfCrlUpdLargPreUpdTm", text, profile)


def update_started(name: str) -> Event:
    """2245."""
    # ASSUMPTION: text and severity.
    text = f"Update of certificate {name} has started."
    return _event(2245, "tmnxPkiCertUpdUpdateStarted", text, name)


def update_finished(name: str, serial: int, subject: str) -> Event:
    """2246, which carries serial number and subject (MIB)."""
    # ASSUMPTION: text and severity.
    text = f"Update of certificate {name} has finished: serial number {serial:x}, subject {subject}."
    return _event(2246, "tmnxPkiCertUpdUpdateFinished", text, name, f"{serial:x}", subject)


def update_failed(name: str, reason: str) -> Event:
    """2247."""
    # ASSUMPTION: text and severity.
    text = f"Update of certificate {name} has failed: {reason}."
    return _event(2247, "tmnxPkiCertUpdUpdateFailed", text, name, reason)
