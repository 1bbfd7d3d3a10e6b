"""NETCONF notifications of the lab's routers: what ncclient is told after `create-subscription` (RFC 5277)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from ncclient.operations import RPCError
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import events

from tests.support.lab import lab_router, wait_until
from tests.support.netconf_client import configuration, connect, data_of
from tests.yang.yanglint import Yanglint

EVENTS = "urn:nokia.com:sros:ns:yang:sr:notifications"
NOTIFICATION = "urn:ietf:params:xml:ns:netconf:notification:1.0"
CREATED = "urn:ietf:params:xml:ns:netmod:notification"
STREAM = (
    "<log><log-id><name>7</name><source><security>true</security></source>"
    "<netconf-stream>pki</netconf-stream></log-id></log>"
)


@pytest.fixture(scope="module", params=["21.2", "25.10"])
def core(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[RouterCore]:
    """A router of each engine of models."""
    folder: Path = tmp_path_factory.mktemp("notifications")
    with lab_router(folder, request.param) as router:
        yield router.core


def told(client: Any) -> tuple[str, dict[str, str]]:
    """The next notification: its kind, and its leaves with eventTime."""
    notification = client.take_notification(timeout=10)
    assert notification is not None, "nothing came"
    root = notification.notification_ele
    kind = root[-1].tag.removeprefix(f"{{{EVENTS}}}")
    leaves = {str(leaf.tag).partition("}")[2]: leaf.text or "" for leaf in root[-1].iter() if len(leaf) == 0}
    return kind, leaves | {"eventTime": root[0].text or ""}


def reload_(core: RouterCore, name: str) -> None:
    """An event of SECURITY."""
    core.record(events.file_reloaded("Certificate", name))


def name_router(core: RouterCore, name: str) -> None:
    """A commit of somebody else."""
    with connect(core) as other:
        other.edit_config(target="candidate", config=configuration(f"<system><name>{name}</name></system>"))
        other.commit()


def refused(client: Any, **arguments: Any) -> str:
    """The text of the error of a subscription."""
    with pytest.raises(RPCError) as caught:
        client.create_subscription(**arguments)
    return f"{caught.value.tag} {caught.value.message}"


def test_events_and_changes_arrive_as_they_happen(core: RouterCore, yanglint: Yanglint) -> None:
    """In the default stream, with all that is in the log; the session goes on to answer (interleave)."""
    reload_(core, "before")
    with connect(core) as client:
        client.create_subscription()
        reload_(core, "sr-cert")
        kind, event = told(client)
        logged = core.log()[-1]
        assert (kind, event.pop("eventTime")) == (
            "sros-log-generic-event", f"{logged.time:%Y-%m-%dT%H:%M:%S}.{logged.time.microsecond // 1000:03d}Z"
        )
        assert event == {
            "sequence-number": str(logged.sequence), "severity": "minor", "application": "security",
            "event-id": "2101", "event-name": "tmnxSecNotifFileReloaded", "router-name": "Base", "subject": "TLS",
            "message": 'Certificate file "sr-cert" has been reloaded.',
            "tmnxSecNotifFile": "sr-cert", "tmnxSecNotifFileType": "Certificate",
        }
        name_router(core, "told")
        notification = client.take_notification(timeout=10)
        xml = notification.notification_xml.encode()
        assert etree.fromstring(xml)[-1].tag == f"{{{EVENTS}}}sros-config-change-event"
        assert yanglint.validate_notification(core.release, xml) == []
        assert data_of(client.get_config("running")) is not None
        assert "subscription" in refused(client)
    wait_until(lambda: len(core._log_watchers) == 1, "the end of the subscription")


def test_what_was_is_replayed_between_two_times(core: RouterCore) -> None:
    """From startTime on, then replayComplete; at stopTime notificationComplete, and nothing any more."""
    reload_(core, "too early")
    start = core.clock()
    for name in ("first", "second"):
        reload_(core, name)
    with connect(core) as client:
        client.create_subscription(start_time=start.isoformat(), stop_time=core.clock().isoformat())
        seen = [told(client) for _ in range(4)]
        assert [leaves.get("tmnxSecNotifFile") for _, leaves in seen] == ["first", "second", None, None]
        assert [kind for kind, _ in seen[-2:]] == [f"{{{CREATED}}}replayComplete", f"{{{CREATED}}}notificationComplete"]
        reload_(core, "later")
        assert client.take_notification(timeout=0.2) is None
        client.create_subscription()
        reload_(core, "again")
        assert told(client)[1]["message"] == 'Certificate file "again" has been reloaded.'


def test_a_log_of_the_configuration_feeds_a_stream_of_its_own(core: RouterCore) -> None:
    """With its sources only; /netconf/streams lists it."""
    with connect(core) as client:
        client.edit_config(target="candidate", config=configuration(STREAM))
        client.commit()
        client.create_subscription(stream_name="pki")
        name_router(core, "untold")
        reload_(core, "sr-cert")
        assert told(client)[1]["event-id"] == "2101"
        found = data_of(client.get(("subtree", f'<netconf xmlns="{CREATED}"><streams/></netconf>')))
        assert [item.text for item in found.iterfind(f".//{{{CREATED}}}name")] == ["NETCONF", "pki"]


def test_what_cannot_be_subscribed_to(core: RouterCore) -> None:
    """Filters (guide), unknown streams, times to come, and a stop without a start (RFC 5277)."""
    with connect(core) as client:
        now = datetime.now(UTC)
        assert "operation-not-supported" in refused(client, filter=("subtree", "<x/>"))
        assert "stream" in refused(client, stream_name="none")
        assert "bad-element" in refused(client, start_time=(now + timedelta(days=1)).isoformat())
        request = etree.Element(f"{{{NOTIFICATION}}}create-subscription")
        etree.SubElement(request, f"{{{NOTIFICATION}}}stopTime").text = now.isoformat()
        with pytest.raises(RPCError, match="startTime"):
            client.dispatch(request)
        before = (now - timedelta(days=2)).isoformat(), (now - timedelta(days=3)).isoformat()
        assert "bad-element" in refused(client, start_time=before[0], stop_time=before[1])
        assert "bad-element" in refused(client, start_time="yesterday")
