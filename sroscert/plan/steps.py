"""The steps of a plan: frozen values that say what will be done, why, what is checked and what undoes it.

A step decides nothing and does nothing; ``workflow.execute`` carries it out.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from sroscert.errors import InternalError
from sroscert.intent.desired import Phase
from sroscert.plan.certificate import Request
from sroscert.plan.generation import Generation
from sroscert.render.diff import Change

_PHASES = {
    Phase.CA: "CA profile",
    Phase.TLS: "TLS and gRPC",
    Phase.RENEWAL: "renewal on the router",
    Phase.ENDING: "the end of a renewal on the router",
    Phase.RETIREMENT: "the end of a retired CA profile",
}


class Check(enum.Enum):
    """What a commit is kept by; every one can fail because of that very commit."""

    NEW_SESSION = "a new NETCONF session opens"
    CA_PROFILE_UP = "CA profile is up, without flags"
    TLS_PROFILES_UP = "TLS profiles are up"
    HANDSHAKE = "a fresh TLS handshake shows the expected certificate"
    GNMI = "gNMI Capabilities answers over it"
    SHOWN = "the gNMI port shows a certificate that its cert-profile names"
    RENEWAL_UP = "renewal shows as up"
    RENEWAL_GONE = "renewal that was taken away is not shown any more"
    RUNNING = "running shows the change"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Base of all steps. ``reason`` is a sentence for the operator."""

    reason: str

    @property
    def title(self) -> str:
        """The step in a few words."""
        raise NotImplementedError

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return "nothing to undo"

    @property
    def precondition(self) -> str:
        """What somebody must have seen to before, in words; empty where that is nothing."""
        return ""


@dataclass(frozen=True, kw_only=True)
class UploadFile(Step):
    """Put a file of ours on cf3:."""

    target: str
    content: bytes = field(repr=False)
    origin: str

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"upload {self.origin} to {self.target} ({len(self.content)} bytes)"

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return f"remove {self.target}"


@dataclass(frozen=True, kw_only=True)
class CopyToStandby(Step):
    """Have the router copy one file of ours to the card of its standby CPM, over what is there under that name."""

    source: str
    target: str
    size: int
    sha256: str

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"copy {self.source} to {self.target}, on the standby CPM"

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return f"remove {self.target}"


@dataclass(frozen=True, kw_only=True)
class ImportFile(Step):
    """Import a file from cf3: into system-pki. ``kind`` is certificate or key."""

    url: str
    name: str
    kind: str
    format: str

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"import {self.kind} {self.url} as {self.name}"

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return f"remove {self.name} from system-pki once nothing names it"


@dataclass(frozen=True, kw_only=True)
class RemoveFile(Step):
    """Remove a work file from cf3:."""

    url: str

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"remove {self.url}"


@dataclass(frozen=True, kw_only=True)
class GenerateKey(Step):
    """Have the router make a key pair on cf3:; the next steps import it and remove the clear copy."""

    certificate: str
    generation: Generation
    key_type: str
    key_size: int
    curve: str = ""

    @property
    def title(self) -> str:
        """The step in a few words."""
        size = f" {self.key_size}" if self.key_type == "rsa" else f" {self.curve}"
        return f"generate key {self.generation.key}: {self.key_type.upper()}{size}, on the router"

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return f"remove {self.generation.key}"


@dataclass(frozen=True, kw_only=True)
class ImportKey(Step):
    """Import the generated key and remove its clear copy, also when the import fails (law 11).

    With a ``subject`` the router first writes a signing request of the key for it: what the CA issues is then held
    against the key before it is imported (law 1). Nobody signs it.
    """

    generation: Generation
    subject: str = ""

    @property
    def title(self) -> str:
        """The step in a few words."""
        known = ", with a signing request to know it by" if self.subject else ""
        return f"import key {self.generation.key}{known}, remove the clear copy on cf3:"


@dataclass(frozen=True, kw_only=True)
class Enrol(Step):
    """Have the router ask its CA for a certificate over CMPv2, and poll until it is settled.

    ``signer`` is the pair that signs a key-update or cert-request; an initial registration has ``reference`` and the
    code in its place.
    """

    certificate: str
    generation: Generation
    ca_profile: str
    resume: bool = False
    request: Request = Request.INITIAL
    signer: Generation | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        if self.signer is not None and self.signer.key.lower() == self.generation.key.lower():
            raise InternalError(f"{self.signer.key} would be its own successor")
        if not self.resume and (self.signer is None) != (self.request is Request.INITIAL):
            raise InternalError(f"a {self.request.value} with the wrong proof")

    @property
    def title(self) -> str:
        """The step in a few words."""
        if self.resume:
            return f"poll for {self.generation.certificate} at CA profile {self.ca_profile}"
        if self.signer is None:
            return f"enrol {self.generation.certificate} at CA profile {self.ca_profile} (CMPv2 initial registration)"
        kind = f"CMPv2 {self.request.value.replace('-', ' ')}, signed by {self.signer.certificate}"
        return f"ask for {self.generation.certificate} at CA profile {self.ca_profile} ({kind})"

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return "the CA revokes the certificate"

    @property
    def precondition(self) -> str:
        """What somebody must have seen to before, in words."""
        if self.resume or self.signer is not None:
            return ""
        return f"the CA takes the one-time code of reference {self.reference}: it is not used up, and not expired"


@dataclass(frozen=True, kw_only=True)
class CheckAndImport(Step):
    """Fetch what the CA answered, check it against the intent, and only then import it (law 1).

    ``by_request``: that it is of the new key is checked too, by the signing request that was made of the key.
    """

    certificate: str
    generation: Generation
    by_request: bool = False

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"fetch cf3:/{self.generation.save_as}, check it, import it as {self.generation.certificate}"


@dataclass(frozen=True, kw_only=True)
class Commit(Step):
    """One confirmed commit: kept only if every check holds, else rolled back and seen to be.

    ``notes`` say what is not checked, and why.
    """

    phase: Phase
    changes: tuple[Change, ...]
    checks: tuple[Check, ...]
    interrupts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The step in a few words."""
        return f"commit {_PHASES[self.phase]}"

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        return "rolled back by itself unless confirmed; afterwards the reverse changes"


@dataclass(frozen=True, kw_only=True)
class Save(Step):
    """Copy running to startup."""

    @property
    def title(self) -> str:
        """The step in a few words."""
        return "save the running configuration"
