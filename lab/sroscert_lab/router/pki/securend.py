"""The RSA key of Secure Neighbor Discovery (SeND): in memory, and in the one file that outlives a boot.

Nokia guide, "Persistent RSA key pair" and "Making non-persistent CGAs persistent": RSA of 1024 bits and nothing else, a
password for PKCS #12, the file cf3:\\system-pki\\secureNdKey in the form of an import, read when the router starts.

Limits of the lab: no interface speaks SeND. So no address depends on the key: an import is never refused for want of
`key-rollover`, a rollover is over at once, and no key is made by itself.
"""

from __future__ import annotations

import contextlib
import functools

from cryptography.hazmat.primitives.asymmetric import rsa

from . import events, formats
from .failure import PKIRefusal
from .formats import Kind, PKIObject
from .store import PKIStore, check_url

FILE = "secureNdKey"
_BITS = 1024


class SecureND:
    """The SeND key of one router."""

    def __init__(self, store: PKIStore) -> None:
        self._store = store
        self._key: PKIObject | None = None
        self._started = False

    def reset(self) -> None:
        """A boot: nothing is in memory."""
        self._key, self._started = None, False

    def start(self) -> None:
        """Read the file, if there is one that can be read; once since boot."""
        if not self._started:
            self._started = True
            with contextlib.suppress(PKIRefusal):
                self._key = self._store.load(Kind.KEY, FILE)

    def import_key(self, url: str, encoding: str, password: str | None) -> None:
        """`secure-nd-import`: take a key into use and into the file, over the one before. PKIRefusal."""
        source = check_url(url)
        # ASSUMPTION: the outcome is told as that of an import; the texts of the refusals.
        with self._store.reported(functools.partial(events.imported, source, FILE, Kind.KEY.value, encoding)):
            if encoding == "pkcs12" and not password:
                raise PKIRefusal("Password is required")
            item = formats.decode(Kind.KEY, encoding, self._store.read_clear(source), password)
            key = item.key()
            if not isinstance(key, rsa.RSAPrivateKey):
                raise PKIRefusal("Key type is not RSA")
            if key.key_size != _BITS:
                raise PKIRefusal(f"Key size is not {_BITS}")
            self._store.put(item, FILE)
        self._key = item

    def export_key(self) -> None:
        """`secure-nd-export`: write the key in use into the file. PKIRefusal."""
        if self._key is None:
            # ASSUMPTION: the text.
            raise PKIRefusal("No SeND key is in use")
        self._store.put(self._key, FILE)
