"""Each event of the PKI side by its number, with the objects that TIMETRA-SECURITY-MIB gives it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sroscert_lab.router.logevent import Event
from sroscert_lab.router.pki import events


def test_events_carry_the_objects_of_the_mib() -> None:
    """What a handler or a NETCONF client need not read out of the text."""
    assert dict(events.will_expire("sr-cert", timedelta(hours=1)).parameters) == {
        "tmnxSecNotifFile": "sr-cert", "tmnxPkiExpRemainingHours": "1", "tmnxPkiExpRemainingMinutes": "0",
        "tmnxSecNotifClientAppName": "TLS",
    }
    made = {event.parameters[1:3] for event in (
        events.key_pair_generated("cf3:/k", "rsa", "size 2048", "success"),
        events.key_pair_generated("cf3:/k", "ecdsa", "curve secp256r1", "success"),
    )}
    curve, size = "tmnxSecNotifyCurve", "tmnxSecNotifyKeySize"
    assert made == {((curve, "none"), (size, "2048")), ((curve, "secp256r1"), (size, "0"))}


_LEFT, _WHEN = timedelta(hours=1), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "number", "objects"),
    [
        (events.read_failed("f", "r"), 2043, "SecNotifFile=f SecNotifFailureReason=r"),
        (
            events.ipsec_peer_not_verified("t", "c", "r"), 2044,
            "SecNotifTunnelName=t SecNotifCert=c SecNotifFailureReason=r",
        ),
        (
            events.ca_profile_state("p", ["a", "b"]), 2045,
            "PkiCAProfileOperState=outOfService SecNotifFailureReason=a,_b",
        ),
        (events.ca_profile_state("p", []), 2045, "PkiCAProfileOperState=inService SecNotifFailureReason="),
        (
            events.cmp_status("p", "q", ("a", "b", "c"), _WHEN, None), 2083,
            "PkiCAProfActnType=q PkiCAProfActnStatus=a PkiCAProfActnStatusString=c PkiCAProfActnStatusCode=b"
            " PkiCAProfActnOrigCmdTime=2026-01-02T03:04:05Z PkiCAProfActnLastCAResp=",
        ),
        (events.no_chain("f", "r"), 2088, "SecNotifFile=f SecNotifFailureReason=r"),
        (events.crl_went_bad("p", "r"), 2093, ""),
        (events.up_without_crl("p", "r"), 2094, "PkiCAProfileOperState=inService SecNotifFailureReason=r"),
        (
            events.will_expire("f", _LEFT, "IPsec"), 2095,
            "SecNotifFile=f PkiExpRemainingHours=1 PkiExpRemainingMinutes=0 SecNotifClientAppName=IPsec",
        ),
        (events.has_expired("f"), 2096, "SecNotifFile=f SecNotifClientAppName=TLS"),
        (events.warning_cleared("f", "r"), 2097, "SecNotifFile=f PkiExpReason=r SecNotifClientAppName=TLS"),
        (
            events.crl_will_expire("f", _LEFT), 2098,
            "SecNotifFile=f PkiExpRemainingHours=1 PkiExpRemainingMinutes=0",
        ),
        (events.crl_has_expired("f"), 2099, "SecNotifFile=f"),
        (events.crl_warning_cleared("f", "r"), 2100, "SecNotifFile=f PkiExpReason=r"),
        (events.file_reloaded("Key", "f"), 2101, "SecNotifFile=f SecNotifFileType=Key"),
        (events.crl_update_started("p"), 2105, "PkiCAProfileNameForNotify=p"),
        (events.crl_updated("p", "u"), 2106, "PkiCAProfUrl=u"),
        (events.crl_url_failed("p", "u", "r"), 2107, "PkiCAProfUrl=u SecNotifFailureReason=r"),
        (events.crl_update_failed("p", "u", "r"), 2108, "PkiCAProfUrl=u SecNotifFailureReason=r"),
        (events.write_failed("f", 7, "r"), 2109, "SecNotifFile=f SecNotifFailureReason=r SecNotifFileSize=7"),
        (events.crl_without_next_update("p"), 2110, "PkiCAProfileNameForNotify=p"),
        (events.crl_ends_too_soon("p"), 2113, "PkiCAProfileNameForNotify=p"),
        (events.not_yet_valid("f"), 2114, "SecNotifFile=f"),
        (events.crl_not_yet_valid("f"), 2115, "SecNotifFile=f"),
        (
            events.peer_not_verified("a", "p", "r"), 2116,
            "SecNotifClientAppName=a SecNotifCert=p SecNotifFailureReason=r",
        ),
        (
            events.key_pair_generated("u", "rsa", "size 2048", "o"), 2231,
            "SecNotifyUrl=u SecNotifyCurve=none SecNotifyKeySize=2048 SecNotifyKeyType=rsa SecEventOutcome=o",
        ),
        *(
            (
                made("u", "f", "k", "e", "o"), number,
                "SecNotifyUrl=u SecNotifFile=f SecNotifyImportExportType=k SecNotifyImportExportFormat=e"
                " SecEventOutcome=o",
            )
            for number, made in ((2232, events.imported), (2233, events.exported))
        ),
        (events.file_deleted("u", "o"), 2234, "SecNotifyUrl=u SecEventOutcome=o"),
        (events.file_moved("u", "n", "o"), 2235, "SecNotifyUrl=u SecNotifyNewUrl=n SecEventOutcome=o"),
        (events.file_copied("u", "n", "o"), 2236, "SecNotifyUrl=u SecNotifyNewUrl=n SecEventOutcome=o"),
        (events.update_started("f"), 2245, "PkiCertUpdCertFileNameNotif=f"),
        (
            events.update_finished("f", 255, "s"), 2246,
            "PkiCertUpdCertFileNameNotif=f PkiCertUpdSerialNumberNotif=ff PkiCertUpdSubjectNotif=s",
        ),
        (events.update_failed("f", "r"), 2247, "PkiCertUpdCertFileNameNotif=f PkiCertUpdFailureReasonNotif=r"),
        (events.no_chain_asked_for("t", "c"), 2251, ""),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_each_event_has_its_number_and_objects(event: Event, number: int, objects: str) -> None:
    """Names, order and values; `tmnx` stands before each name, and a space is written as a line."""
    assert event.number == number
    assert [f"{name}={value}".replace(" ", "_") for name, value in event.parameters] == [
        f"tmnx{item}" for item in objects.split()
    ]
