"""The PKI side of a simulated router: store, cache, profiles, commands, actions, CMPv2, TLS and gRPC.

`make_behaviour(core)` gives the `Behaviour` that the management plane calls. Its configuration is what the running
datastore says; its files are on the flash of the core.
"""

from __future__ import annotations

from .router_pki import RouterPKI, make_behaviour

__all__ = ["RouterPKI", "make_behaviour"]
