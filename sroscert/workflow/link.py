"""The connections of one run to one router: opened when first needed, closed together, never more than three at once.

Owns which adapter is used for what; the adapters themselves are in ``device``.
"""

from __future__ import annotations

import functools
from pathlib import Path

from sroscert.commands.backend import NOTHING_OBSERVED, Choice, Offer
from sroscert.commands.replies import redact
from sroscert.device.closing import Closing
from sroscert.device.credentials import Credentials
from sroscert.device.exec import choose_backend, make_exec
from sroscert.device.files import SFTPFiles
from sroscert.device.gnmi import capabilities
from sroscert.device.netconf import NetconfSession
from sroscert.device.ports import CLIPort, ConfigPort, ExecPort, FilePort, GNMICapabilities, Handshake
from sroscert.device.tls import probe
from sroscert.errors import IntentError, PKIError, Problem
from sroscert.intent import RouterIntent
from sroscert.intent.secrets import resolve
from sroscert.pki import cafile
from sroscert.pki.cafile import LocalCA
from sroscert.schema import Schema
from sroscert.values import endpoint
from sroscert.workflow.journal import Journal, RouterJournal
from sroscert.workflow.settings import Settings


class RouterLink(Closing):
    """Sessions and probes of one router. A context manager; everything is closed on leaving it."""

    def __init__(self, router: RouterIntent, settings: Settings, base: Path, journal: Journal | None = None) -> None:
        self.router = router
        self.settings = settings
        self._base = base
        self._config: ConfigPort | None = None
        self._files: FilePort | None = None
        self._exec: ExecPort | None = None
        self.offer: Offer = NOTHING_OBSERVED
        self._secrets: set[str] = set()
        self.journal = RouterJournal(
            journal, router.name, endpoint(router.address, router.login.ports.netconf), self._redacted
        )
        """What is written down of this router, without the secrets that were resolved here."""

    def close(self) -> None:
        """Close what is open; the router undoes a pending confirmed commit of ours."""
        for port in (self._exec, self._files, self._config):
            if port is not None:
                port.close()
        self._config = self._files = self._exec = None

    @functools.cached_property
    def credentials(self) -> Credentials:
        """The login, with its password resolved once."""
        return Credentials(self.router.login.username, self.secret(self.router.login.password))

    def secret(self, reference: str) -> str:
        """Resolve a secret reference; relative files are looked for beside the intent."""
        found = resolve(reference, self._base)
        self._secrets.add(found)
        return found

    def _redacted(self, text: str) -> str:
        """Take every secret that was resolved so far out of a router's words (law 8)."""
        return redact(text, self._secrets)

    @property
    def config(self) -> ConfigPort:
        """The NETCONF session that reads and writes."""
        if self._config is None:
            self._config = self.fresh_session()
        return self._config

    def fresh_session(self) -> ConfigPort:
        """Open one more NETCONF session; the caller closes it."""
        if self._exec is not None:
            # The router may take five sessions in all: a CLI session gives way, and is opened again when needed.
            self._exec.close()
        return NetconfSession.connect(
            self.router.address,
            self.router.login.ports.netconf,
            self.credentials,
            known_hosts=self.router.login.known_hosts,
            connect_timeout_s=self.settings.connect_timeout_s,
            rpc_timeout_s=self.settings.rpc_timeout_s,
            redact=self._redacted,
        )

    def executor(self, schema: Schema) -> ExecPort:
        """Return the way of giving PKI commands that this router offers, over the NETCONF session where it can be."""
        if self._exec is None:
            self._exec = make_exec(self.config, schema, self.secret, offer=self.offer, connect=self._cli_session)
        return self._exec

    def _cli_session(self) -> CLIPort:
        # netmiko is loaded for the routers that need it only.
        from sroscert.device.cli import CLISession

        return CLISession.connect(
            self.router.address,
            self.router.login.ports.ssh,
            self.credentials,
            known_hosts=self.router.login.known_hosts,
            timeout_s=self.settings.connect_timeout_s,
        )

    def backend(self, schema: Schema) -> Choice:
        """Return how commands are given to this router, and why."""
        return choose_backend(schema, self.offer)

    @property
    def files(self) -> FilePort:
        """The SFTP session."""
        if self._files is None:
            self._files = SFTPFiles.connect(
                self.router.address,
                self.router.login.ports.ssh,
                self.credentials,
                known_hosts=self.router.login.known_hosts,
                timeout_s=self.settings.connect_timeout_s,
            )
        return self._files

    @functools.cached_property
    def cas(self) -> dict[str, LocalCA]:
        """The operator's CA certificates by CA profile. Raises IntentError when one is missing or no certificate."""
        found = {}
        problems = []
        for profile in self.router.ca_profiles.values():
            if profile.certificate is None:
                continue
            try:
                found[profile.name] = cafile.read_file(profile.certificate)
            except PKIError as error:
                place = f"ca_profiles.{profile.name}.certificate"
                problems.append(Problem(error.code, error.message, path=place, suggestion=error.hint))
        if problems:
            raise IntentError(problems)
        return found

    @property
    def trust(self) -> bytes:
        """The CA certificates that the verifier trusts, as PEM: the intent's only."""
        return b"\n".join(local.pem for local in self.cas.values())

    def probe(self) -> Handshake:
        """Make a fresh TLS handshake at the gNMI port. Raises PKIError when the intent has no CA to verify it by."""
        if not self.cas:
            raise PKIError(
                "the intent has no CA certificate to verify the service by",
                code="ca-certificate-missing",
                hint="ca_profiles: NAME: certificate: FILE",
            )
        return probe(
            self.router.address, self.router.login.ports.gnmi, self.trust, timeout_s=self.settings.probe_timeout_s
        )

    def capabilities(self, handshake: Handshake) -> GNMICapabilities:
        """Run gNMI Capabilities over verified TLS; ``handshake`` tells the class of ciphers to offer."""
        return capabilities(
            self.router.address,
            self.router.login.ports.gnmi,
            self.trust,
            self.credentials,
            handshake=handshake,
            timeout_s=self.settings.gnmi_timeout_s,
        )
