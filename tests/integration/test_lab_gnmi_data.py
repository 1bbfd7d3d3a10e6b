"""The lab router's gNMI data: Get, Set and Subscribe, asked by pygnmi, a client that we did not write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pygnmi.client import gNMIclient
from pygnmi.spec.v080 import gnmi_pb2, gnmi_pb2_grpc
from sroscert_lab.router.core import RouterCore
from sroscert_lab.router.pki import make_behaviour

from tests.support.lab import lab_host
from tests.support.netconf_client import NS, configuration, connect

pytestmark = pytest.mark.client("pygnmi")
SYSTEM = "/configure/system"
PKI = f"{SYSTEM}/security/pki"
CLEAR = "<system><grpc><admin-state>enable</admin-state><allow-unsecure-connection/></grpc></system>"


@pytest.fixture(scope="module")
def cores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RouterCore]]:
    """A router of each of two releases that serves gNMI in clear; each test uses names of its own."""
    folder: Path = tmp_path_factory.mktemp("gnmi")
    with lab_host(folder) as host:
        found = {}
        for release in ("21.2", "25.10"):
            core = host.add_router(f"sr{release}", release, make_behaviour=make_behaviour).core
            with connect(core) as client:
                client.edit_config(configuration(CLEAR), target="candidate")
                client.commit()
            found[release] = core
        yield found


@pytest.fixture(params=["21.2", "25.10"])
def core(request: pytest.FixtureRequest, cores: dict[str, RouterCore]) -> RouterCore:
    """Each of them."""
    return cores[request.param]


@pytest.fixture
def late(cores: dict[str, RouterCore]) -> RouterCore:
    """The one of 25.10."""
    return cores["25.10"]


def client_of(core: RouterCore, *, username: str = "admin", password: str = "admin") -> gNMIclient:  # noqa: S107
    """pygnmi for a router."""
    target = (core.address, core.ports.gnmi)
    return gNMIclient(target=target, username=username, password=password, insecure=True, gnmi_timeout=10)


def updates(reply: Any) -> list[tuple[str, Any]]:
    """Paths and values of a Get's answer."""
    return [(item["path"], item["val"]) for note in reply["notification"] for item in note.get("update", [])]


def refusal(caught: pytest.ExceptionInfo[Exception]) -> tuple[grpc.StatusCode, str]:
    """Code and words behind pygnmi's exception."""
    error: Any = getattr(caught.value, "orig_exc", caught.value)
    return error.code(), error.details()


def test_get_gives_leaves_containers_and_lists(core: RouterCore) -> None:
    """A leaf is a scalar, a container an object with qualified members; a list without keys names all its entries."""
    user = f"{SYSTEM}/security/user-params/local-user/user"
    with client_of(core) as client:
        name = client.get(path=[f"{SYSTEM}/name", "/state/system/version/version-number"])
        grpc_ = client.get(path=[f"{SYSTEM}/grpc"])
        users = client.get(path=[user])
        one = client.get(path=[f"{user}[user-name=operator]/access/console"], datatype="config")
        nothing = client.get(path=[f"{PKI}/ca-profile[ca-profile-name=none]"])
        no_state = client.get(path=["/state/system/oper-name"], datatype="config")
    assert updates(name) == [
        ("configure/system/name", core.name),
        ("state/system/version/version-number", core.release_name),
    ]
    assert updates(grpc_) == [
        (
            "configure/system/grpc",
            {"nokia-conf:admin-state": "enable", "nokia-conf:allow-unsecure-connection": [None]},
        )
    ]
    assert [path.rpartition("=")[2] for path, _ in updates(users)] == ["admin]", "operator]"]
    assert all(value["nokia-conf:password"].startswith("$2y$") for _, value in updates(users))
    assert [value for _, value in updates(one)] == [True]
    assert updates(nothing) == updates(no_state) == []


def test_set_is_one_commit_of_its_own(core: RouterCore) -> None:
    """Deletes, replaces and updates are one commit that NETCONF sees; a foreign candidate is left alone."""
    before = f"{PKI}/ca-profile[ca-profile-name=before]"
    with client_of(core) as client, connect(core) as netconf:
        client.set(update=[(before, {"description": "x", "cmpv2": {"key-list": {"key": [
            {"reference-number": "1", "password": "s3cret"}]}}})])
        netconf.edit_config(configuration("<system><name>of-another</name></system>"), target="candidate")
        last = core.datastores.last_change
        reply = client.set(
            delete=[before],
            replace=[(f"{PKI}/ca-profile[ca-profile-name=replaced]", {"admin-state": "disable"})],
            update=[
                (f"{SYSTEM}/login-control", {"ssh": {"inbound-max-sessions": 20}}),
                (f"{PKI}/ca-profile[ca-profile-name=updated]/description", '"by gNMI"'),
            ],
        )
        netconf.discard_changes()
    operations = [item["op"] for item in reply["response"]]
    assert operations == ["DELETE", "REPLACE", "UPDATE", "UPDATE"]
    running = core.running()
    names = [item.text for item in running.iterfind(".//c:ca-profile/c:ca-profile-name", NS)]
    assert names == ["foreign-ca", "replaced", "updated"]
    assert running.findtext("c:system/c:login-control/c:ssh/c:inbound-max-sessions", namespaces=NS) == "20"
    assert running.findtext("c:system/c:name", namespaces=NS) == core.name
    assert core.datastores.last_change != last


def test_a_set_that_is_wrong_changes_nothing_and_says_where(late: RouterCore) -> None:
    """One bad operation undoes the others; the words are those of a transcript, with path and operation."""
    good = (f"{PKI}/ca-profile[ca-profile-name=half]/description", '"x"')
    bad = (f"{SYSTEM}/grpc", {"admin-state": "enable", "primary": {"address": "192.0.2.1"}})
    with client_of(late) as client:
        with pytest.raises(Exception, match=r".") as unknown:
            client.set(update=[good, bad])
        with pytest.raises(Exception, match=r".") as invalid:
            client.set(replace=[(f"{SYSTEM}/grpc/admin-state", '"maybe"')])
        with pytest.raises(Exception, match=r".") as dangling:
            client.set(update=[good, (f"{SYSTEM}/grpc/tls-server-profile", '"none"')])
        with pytest.raises(Exception, match=r".") as openconfig:
            client.get(path=["openconfig-lldp:lldp/state"])
        with pytest.raises(Exception, match=r".") as null:
            client.set(update=[(f"{SYSTEM}/grpc", {"gnmi": None})])
    invalid_argument = grpc.StatusCode.INVALID_ARGUMENT
    assert refusal(unknown) == (
        invalid_argument,
        "MINOR: MGMT_CORE #2201: /configure/system/grpc/primary - Unknown element - gRPC: update operation 2",
    )
    assert refusal(openconfig) == (
        invalid_argument, "MINOR: MGMT_CORE #2201: /lldp - Unknown element - disabled by configuration"
    )
    assert refusal(null) == (
        invalid_argument,
        "MINOR: MGMT_CORE #2201: /configure/system/grpc/gnmi - Unknown element - gRPC: update operation 1",
    )
    code, words = refusal(invalid)
    assert code == invalid_argument
    assert words.startswith("MINOR: MGMT_CORE #2301: /configure/system/grpc/admin-state - Invalid element value")
    assert words.endswith("gRPC: replace operation 1")
    assert "#224" in refusal(dangling)[1]
    assert late.running().find(".//c:ca-profile[c:ca-profile-name='half']", NS) is None


def test_locks_rights_and_credentials_hold_for_gnmi(late: RouterCore) -> None:
    """A lock of NETCONF stops a Set; a profile's rpc-authorization, a user without access and a bad password too."""
    deny = "profile[user-profile-name=administrative]/grpc/rpc-authorization/gnmi-get"
    rights = f"{SYSTEM}/security/aaa/local-profiles/{deny}"
    with client_of(late) as client:
        with connect(late) as netconf, netconf.locked("candidate"), pytest.raises(Exception, match=r".") as locked:
            client.set(update=[(f"{PKI}/ca-profile[ca-profile-name=locked]/description", '"x"')])
        client.set(update=[(rights, '"deny"')])
        with pytest.raises(Exception, match=r".") as denied:
            client.get(path=[f"{SYSTEM}/name"])
        client.set(delete=[rights])
        assert updates(client.get(path=[f"{SYSTEM}/name"]))
        with pytest.raises(Exception, match=r".") as unknown:
            client.get(path=[f"{SYSTEM}/name/nothing"])
    assert "#2051" in refusal(locked)[1]
    assert refusal(denied)[0] is grpc.StatusCode.PERMISSION_DENIED
    assert refusal(unknown)[1] == "MINOR: MGMT_CORE #2201: /configure/system/name/nothing - Unknown element"
    stub = gnmi_pb2_grpc.gNMIStub(grpc.insecure_channel(f"{late.address}:{late.ports.gnmi}"))
    unauthenticated, unimplemented = grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED
    for user, word, encoding, expected in (
        ("admin", "wrong", "JSON", unauthenticated),
        ("operator", "not-admin", "JSON", unauthenticated),
        ("admin", "admin", "ASCII", unimplemented),
        ("admin", "admin", "PROTO", unimplemented),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            metadata = (("username", user), ("password", word))
            stub.Get(gnmi_pb2.GetRequest(encoding=encoding), metadata=metadata, timeout=10)
        assert refused.value.code() is expected


# pygnmi's own thread says that its channel was closed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_subscriptions_once_and_sampled(core: RouterCore) -> None:
    """ONCE gives the leaves and a sync; STREAM samples a change within its interval."""
    path = f"{PKI}/ca-profile[ca-profile-name=foreign-ca]"
    sampled_path = f"{PKI}/ca-profile[ca-profile-name=sampled]/description"
    sample = {"path": sampled_path, "mode": "sample", "sample_interval": 1_000_000_000}
    with client_of(core) as client:
        once = list(client.subscribe2({"subscription": [{"path": path}], "mode": "once", "encoding": "json"}))
        stream = client.subscribe2({"subscription": [sample], "mode": "stream", "encoding": "json"})
        stream.get_update(timeout=5)
        client.set(update=[(sampled_path, '"now"')])
        sampled = stream.get_update(timeout=5)
        stream.close()
    assert once[0]["update"]["prefix"] == path[1:]
    leaves = {item["path"]: item["val"] for item in once[0]["update"]["update"]}
    assert leaves == {"ca-profile-name": "foreign-ca", "description": "of another team"}
    assert once[-1] == {"sync_response": True}
    assert sampled["update"]["update"] == [{"path": "description", "val": "now"}]


def test_a_restart_of_grpc_ends_subscriptions_in_words(late: RouterCore) -> None:
    """Disabling gRPC cancels a stream with the text of a transcript; other changes leave it alone."""
    with grpc.insecure_channel(f"{late.address}:{late.ports.gnmi}") as channel, connect(late) as netconf:
        stub = gnmi_pb2_grpc.gNMIStub(channel)
        path = gnmi_pb2.Path(elem=[gnmi_pb2.PathElem(name="configure"), gnmi_pb2.PathElem(name="system")])
        wanted = gnmi_pb2.SubscriptionList(subscription=[gnmi_pb2.Subscription(path=path)], mode="STREAM")
        metadata = (("username", "admin"), ("password", "admin"))
        request = iter([gnmi_pb2.SubscribeRequest(subscribe=wanted)])
        stream = stub.Subscribe(request, metadata=metadata, timeout=20)
        while not next(stream).sync_response:
            pass
        for text in ("<name>renamed</name>", "<grpc><admin-state>disable</admin-state></grpc>"):
            assert stream.is_active()
            netconf.edit_config(configuration(f"<system>{text}</system>"), target="candidate")
            netconf.commit()
        with pytest.raises(grpc.RpcError) as caught:
            list(stream)
        for text in (f"<name>{late.name}</name>", "<grpc><admin-state>enable</admin-state></grpc>"):
            netconf.edit_config(configuration(f"<system>{text}</system>"), target="candidate")
            netconf.commit()
    assert caught.value.code() is grpc.StatusCode.CANCELLED
    assert caught.value.details() == "INFO: MGMT_CORE #2003: Session terminated - server shutdown"


def test_what_a_subscription_may_not_ask_is_refused(late: RouterCore) -> None:
    """ON_CHANGE, an interval below a second, an unknown path and a poll as the first message are refused."""
    stub = gnmi_pb2_grpc.gNMIStub(grpc.insecure_channel(f"{late.address}:{late.ports.gnmi}"))

    def ask(names: str, encoding: int = 0, **how: int) -> grpc.StatusCode:
        path = gnmi_pb2.Path(elem=[gnmi_pb2.PathElem(name=name) for name in names.split("/")])
        wanted = gnmi_pb2.SubscriptionList(
            subscription=[gnmi_pb2.Subscription(path=path, **how)], mode="STREAM", encoding=encoding
        )
        return refused(gnmi_pb2.SubscribeRequest(subscribe=wanted))

    def refused(request: Any) -> grpc.StatusCode:
        metadata = (("username", "admin"), ("password", "admin"))
        with pytest.raises(grpc.RpcError) as caught:
            list(stub.Subscribe(iter([request]), metadata=metadata, timeout=10))
        code: grpc.StatusCode = caught.value.code()
        return code

    invalid = grpc.StatusCode.INVALID_ARGUMENT
    assert ask("configure/system/name", mode=gnmi_pb2.ON_CHANGE) is invalid
    assert ask("configure/system/name", mode=gnmi_pb2.SAMPLE, sample_interval=1000) is invalid
    assert ask("configure/no-such") is invalid
    assert ask("configure/system/name", encoding=3) is grpc.StatusCode.UNIMPLEMENTED
    assert refused(gnmi_pb2.SubscribeRequest(poll=gnmi_pb2.Poll())) is invalid
