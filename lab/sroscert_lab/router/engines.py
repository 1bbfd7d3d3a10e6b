"""Which CLI engines a router authorises, and which one a login starts with.

Sources: MD-CLI User Guide, "Switching between the classic CLI and MD-CLI engines"; facts/sros-pki.md §1.3.
"""

from __future__ import annotations

from lxml import etree

from .namespaces import descend
from .tree import elements, text_of

CLASSIC = "classic-cli"
MD = "md-cli"
#: What model-driven mode authorises.
BOTH = (MD, CLASSIC)
_BY_MODE = {
    "classic": (CLASSIC,),
    "mixed": (CLASSIC, MD),
    "model-driven": BOTH,
}


def configuration_mode(running: etree._Element) -> str:
    """`configuration-mode` of a `configure` element; what is not set is model-driven, as elsewhere in the lab."""
    return text_of(running, "system", "management-interface", "configuration-mode") or "model-driven"


def authorised_engines(running: etree._Element) -> tuple[str, ...]:
    """The engines in order of preference."""
    cli = descend(running, "system", "management-interface", "cli")
    configured = () if cli is None else tuple(item.text or "" for item in elements(cli, "cli-engine"))
    by_mode = _BY_MODE.get(configuration_mode(running), BOTH)
    # ASSUMPTION: in classic mode a `cli-engine` list cannot bring the MD-CLI back.
    return tuple(engine for engine in configured if engine in by_mode) or by_mode
