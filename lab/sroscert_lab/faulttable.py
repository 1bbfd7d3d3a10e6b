"""Every named fault of the lab, of routers and CA, in one table: what `lab fault` lists and docs/lab.md shows.

Owns the names as they are typed. What a fault does stands with its owner: router/faults.py, cmp/faults.py.
"""

from __future__ import annotations

from .cmp.faults import KNOWN as CA_FAULTS
from .router.faults import KNOWN as ROUTER_FAULTS

CA_PREFIX = "ca-"
#: Name and meaning; the argument in brackets.
TABLE: dict[str, str] = {
    **ROUTER_FAULTS,
    **{CA_PREFIX + name.replace("_", "-"): text for name, text in CA_FAULTS.items()},
}
