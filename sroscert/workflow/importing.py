"""Read a router over NETCONF for `import`: what an intent can own of its running configuration. Writes nothing."""

from __future__ import annotations

from pathlib import Path as File

from sroscert import schema as schemas
from sroscert.intent import RouterIntent
from sroscert.render.mdcli_read import Skipped
from sroscert.render.xml import from_xml, subtree_filter, unknown_nodes
from sroscert.values import Path, Release
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import read_release, readable
from sroscert.workflow.saved import Saved
from sroscert.workflow.settings import Settings

_NAME = Path.of("configure", "system", "name")


def read_router(router: RouterIntent, settings: Settings, base: File, release: Release | None = None) -> Saved:
    """Return the configuration of a router by get-config; ``release`` is asked of the router where it is not given.

    The host key is verified. Raises DeviceError.
    """
    with RouterLink(router, settings, base) as link:
        known = release or read_release(link)
        one = schemas.load(known)
        reply = link.config.get_config(subtree_filter((_NAME, *readable(one)), one))
    skipped = [Skipped(path, 0, 0) for item in reply for path in unknown_nodes(item, one)]
    return Saved(router.address, from_xml(reply, one), one, known, tuple(skipped))
