"""The SNMP agent of one router: v1 and v2c over UDP, for one table (pki/actiontable.py) and nothing else.

It runs where the configuration has a community and the package pysnmp is installed (`pip install sroscert[snmp]`).
Owns the port and its thread. A limit of the lab: no SNMPv3, no views, no notifications.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import Any

from .pki.actiontable import ENTRY, ActionTable, Refused
from .pki.conf import SNMPConf

_LOG = logging.getLogger(__name__)
_TREE = ENTRY[:-7]


class SNMPAgent:
    """Follows the configuration: the port is open while a community gives somebody something to see."""

    def __init__(self, address: str, table: ActionTable) -> None:
        self._address = address
        self._table = table
        self._serving: _Serving | None = None
        self._conf = SNMPConf()

    @property
    def is_open(self) -> bool:
        """Whether the port is open."""
        return self._serving is not None

    def refresh(self, conf: SNMPConf) -> None:
        """Put another configuration into force."""
        if conf == self._conf and self._serving is not None:
            return
        self.close()
        self._conf = conf
        if not conf.enabled or not conf.communities:
            return
        try:
            self._serving = _Serving(self._address, conf, self._table)
        except ModuleNotFoundError:
            _LOG.warning("no SNMP on %s: the package pysnmp is not installed", self._address)
        except OSError as error:
            _LOG.warning("no SNMP on %s: %s", self._address, error)

    def close(self) -> None:
        """Close the port."""
        serving, self._serving = self._serving, None
        if serving is not None:
            serving.stop()


class _Serving:
    """An open port, in an event loop of its own."""

    def __init__(self, address: str, conf: SNMPConf, table: ActionTable) -> None:
        from pysnmp.carrier.asyncio.dgram import udp
        from pysnmp.entity import config, engine
        from pysnmp.entity.rfc3413 import cmdrsp, context

        self._loop = asyncio.new_event_loop()
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((address, conf.port))
        self._engine: Any = None
        ready = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            self._engine = made = engine.SnmpEngine()
            config.add_transport(made, udp.DOMAIN_NAME, udp.UdpTransport(loop=self._loop).open_server_mode(sock=bound))
            for number, community in enumerate(conf.communities):
                config.add_v1_system(made, f"community-{number}", community.name)
                for model in community.models:
                    config.add_vacm_user(made, model, f"community-{number}", "noAuthNoPriv", _TREE, _TREE)
            frame = context.SnmpContext(made)
            frame.unregister_context_name(b"")
            frame.register_context_name(b"", _controller(table))
            for responder in (
                cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder,
                cmdrsp.SetCommandResponder,
            ):
                responder(made, frame)
            ready.set()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="snmp-agent", daemon=True)
        self._thread.start()
        ready.wait(30)

    def stop(self) -> None:
        """Close the port and end the loop."""

        async def close() -> None:
            self._engine.close_dispatcher()
            await asyncio.sleep(0)
            self._loop.stop()

        asyncio.run_coroutine_threadsafe(close(), self._loop)
        self._thread.join(10)
        self._loop.close()


def _controller(table: ActionTable) -> Any:
    """What the package asks for values and gives values to."""
    from pysnmp.proto import rfc1902, rfc1905
    from pysnmp.smi import error, instrum

    errors = {
        "noCreation": error.NoCreationError,
        "notWritable": error.NotWritableError,
        "wrongType": error.WrongTypeError,
        "wrongLength": error.WrongLengthError,
        "wrongValue": error.WrongValueError,
        "inconsistentValue": error.InconsistentValueError,
    }

    def typed(value: int | bytes) -> Any:
        return rfc1902.Integer32(value) if isinstance(value, int) else rfc1902.OctetString(value)

    class Controller(instrum.AbstractMibInstrumController):  # type: ignore[misc]
        """Values of the table."""

        def read_variables(self, *variables: Any, **context: Any) -> Any:
            """GET."""
            found = []
            for index, (name, _) in enumerate(variables):
                context["acFun"]("read", (name, None), **{**context, "idx": index})
                value = table.get(tuple(name))
                found.append((name, rfc1905.noSuchInstance if value is None else typed(value)))
            return found

        def read_next_variables(self, *variables: Any, **context: Any) -> Any:
            """GETNEXT and GETBULK."""
            found = []
            for index, (name, _) in enumerate(variables):
                after = table.after(tuple(name))
                if after is None:
                    found.append((name, rfc1905.endOfMibView))
                    continue
                context["acFun"]("read", (rfc1902.ObjectName(after[0]), None), **{**context, "idx": index})
                found.append((rfc1902.ObjectName(after[0]), typed(after[1])))
            return found

        def write_variables(self, *variables: Any, **context: Any) -> Any:
            """SET."""
            wanted = []
            for index, (name, value) in enumerate(variables):
                context["acFun"]("write", (name, value), **{**context, "idx": index})
                wanted.append((tuple(name), _plain(value)))
            try:
                table.put(wanted)
            except Refused as refused:
                raise errors[refused.error](name=variables[refused.index][0], idx=refused.index) from refused
            return variables

    return Controller()


def _plain(value: Any) -> int | bytes:
    """A number or a text of SNMP, as Python has it."""
    try:
        return bytes(value.asOctets())
    except AttributeError:
        return int(value)
