"""The process that makes gNMI Capabilities calls; the only importer of pygnmi and grpc.

Started by ``gnmi_process`` as ``python -m sroscert.device.gnmi_worker``: gRPC takes its cipher suites from the
environment when it is first imported, and what it keeps running after a failed connect ends with the process. Each
line of stdin is a request, a JSON object (it holds the password, which therefore is in no argument and no
environment); one line is written for each to what was stdout at the start. pygnmi prints to stdout; that goes nowhere.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from sroscert.values import as_host

# pygnmi waits for a connection twice. What is left of the time is for starting up and for the call itself.
_CONNECT_SHARE = 0.3


def main() -> None:
    """Answer the requests on stdin, one after the other, until it ends."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    with os.fdopen(answers, "w", encoding="utf-8") as stream:
        for line in sys.stdin:
            request = json.loads(line)
            # Should the parent be killed before it can kill us, this does.
            signal.setitimer(signal.ITIMER_REAL, request["timeout_s"] + 1)
            stream.write(json.dumps(ask(request)) + "\n")
            stream.flush()
            signal.setitimer(signal.ITIMER_REAL, 0)
    # A channel that still dials would keep the interpreter from ending.
    os._exit(0)


def ask(request: dict[str, Any]) -> dict[str, Any]:
    """Make the call. Return ``{"version", "models", "encodings"}`` or ``{"status", "detail"}``, a gRPC status."""
    import grpc
    from pygnmi.client import gNMIclient, gNMIException

    client = gNMIclient(
        # pygnmi puts no brackets around an IPv6 address in the target that it dials.
        target=(as_host(request["address"]), request["port"]),
        username=request["username"], password=request["password"],
        # Given as path_root it would be ignored, and whatever certificate is shown would be trusted.
        path_cert=request["ca_file"], gnmi_timeout=request["timeout_s"] * _CONNECT_SHARE,
        grpc_options=[
            ("grpc.enable_http_proxy", 0),
            # A connection of its own for each call, and so a handshake: the router's certificate may be new.
            ("grpc.use_local_subchannel_pool", 1),
        ],
    )
    try:
        with client:
            found = client.capabilities()
    except grpc.FutureTimeoutError:
        return {"status": "UNAVAILABLE", "detail": "no gRPC connection within the time limit"}
    except gNMIException as error:
        return _refusal(error.orig_exc)
    except TypeError:
        # pygnmi looks for a key in the None that it returns for any other failure.
        found = None
    if found is None:
        return {"status": "UNKNOWN", "detail": "the Capabilities call failed"}
    return {
        "version": found.get("gnmi_version", ""), "encodings": found.get("supported_encodings", []),
        "models": [
            [model["name"], model["organization"], model["version"]] for model in found.get("supported_models", [])
        ],
    }


def _refusal(error: Any) -> dict[str, Any]:
    import grpc

    if isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call):
        return {"status": error.code().name, "detail": error.details() or ""}
    return {"status": "UNKNOWN", "detail": type(error).__name__}


if __name__ == "__main__":
    main()
