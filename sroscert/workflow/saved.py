"""A saved configuration that stands in for a router: read from a file, and compared with an intent without a network.

Says only what a configuration can show. What lies in system-pki or is served at the gNMI port stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as File

from sroscert import schema as schemas
from sroscert.errors import GuardError, UsageError
from sroscert.intent import RouterIntent
from sroscert.intent.desired import Desired, FilePair, ca_profile, desired
from sroscert.plan import findings_intent, leftover
from sroscert.plan.certificate import pair_in_use
from sroscert.plan.findings import Finding
from sroscert.plan.generation import number_of
from sroscert.plan.observed import Observed
from sroscert.plan.ownership import left_to_others, ownership
from sroscert.plan.profiles import placed
from sroscert.plan.rollover import left_alone
from sroscert.render.diff import Change, diff
from sroscert.render.mdcli_read import Skipped, from_saved
from sroscert.render.mdcli_tokens import MdCliSyntaxError
from sroscert.render.saved import pick
from sroscert.schema import Schema
from sroscert.values import ConfigTree, Path, Release
from sroscert.workflow.observe import readable

MAX_BYTES = 256 * 1024 * 1024
_NAME = Path.of("configure", "system", "name")


@dataclass(frozen=True)
class Saved:
    """What a file holds of what an intent can own, and the release that it is of."""

    source: str
    tree: ConfigTree
    schema: Schema
    release: Release
    skipped: tuple[Skipped, ...] = ()

    @property
    def name(self) -> str:
        """The system name, or an empty text."""
        return self.tree.text(_NAME)


@dataclass(frozen=True)
class SavedDrift:
    """How a saved configuration differs from an intent; ``unknown`` is what it cannot show,
    ``stops`` what would keep `apply` from mending it."""

    saved: Saved
    changes: tuple[Change, ...]
    unknown: tuple[str, ...]
    stops: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def in_sync(self) -> bool | None:
        """False where something differs, None where nothing does and something stays unknown."""
        if self.changes:
            return False
        return None if self.unknown else True


def read_saved(file: File, release: Release | None = None, more: tuple[Path, ...] = ()) -> Saved:
    """Read a saved configuration of any form; ``release`` counts where its header names none.

    ``more`` are parts that no intent can own and that are read as well.

    Raises UsageError for a file that cannot be read or has no release, RenderError with file, line and column for one
    that is not whole or not MD-CLI.
    """
    text = _text(file)
    try:
        newest = schemas.load(schemas.known_releases()[-1])
        picked = pick(text, (_NAME, *readable(newest), *more))
        known = picked.release or release
        if known is None:
            raise UsageError(
                f"{file}: the header names no release", code="release-unknown",
                hint="say --release 21.2, or keep the header that the router writes (# TiMOS-B-21.2.R1 …)",
            )
        one = schemas.load(known)
        tree, skipped = from_saved(picked.text, one)
    except MdCliSyntaxError as error:
        raise error.within(str(file)) from error
    return Saved(str(file), tree, one, known, skipped)


def _text(file: File) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} is larger than {MAX_BYTES >> 20} MB", hint="is it a configuration?")
        return file.read_bytes().decode()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", hint="is the name right?") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text (byte {error.start})", hint="is it a configuration?") from error


def drift_saved(router: RouterIntent, saved: Saved) -> SavedDrift:
    """Compare a saved configuration with the intent of one router.

    Raises GuardError where the release cannot do what the intent asks for.
    """
    seen = Observed(saved.release, datetime.now(UTC), router.address, running=saved.tree)
    router = placed(router, saved.tree)
    pairs, unknown = _pairs(router, seen)
    wanted = desired(router, saved.schema, pairs, running=saved.tree)
    wanted = left_alone(wanted, wanted.retiring, saved.tree)
    current = {pair.certificate: name for name, pair in pairs.items()}
    wanted = leftover.without(wanted, leftover.leftovers(wanted, saved.tree, current, None))
    for item in saved.schema.check(wanted.tree):
        if item.code == "unknown-node":
            raise GuardError(
                item.message, code="release-lacks", router=router.name, state="untouched: only a file was read",
                hint="sroscert lint shows the place in the intent",
            )
    changes = diff(wanted.tree, saved.tree, saved.schema, owned=ownership(wanted))
    unknown += _beyond(router, wanted)
    stops = (*findings_intent.intent_errors(router), *findings_intent.release(router, saved.schema))
    notes = tuple(item.message for item in left_to_others(wanted, saved.tree))
    notes += (saved.schema.standing_in,) if saved.schema.standing_in else ()
    return SavedDrift(saved, tuple(change for change in changes if not change.implied), tuple(unknown), stops, notes)


def _pairs(router: RouterIntent, seen: Observed) -> tuple[Mapping[str, FilePair], list[str]]:
    """Return the pairs that the configuration names; which certificate a file holds it does not show."""
    pairs: dict[str, FilePair] = {}
    unknown: list[str] = []
    for name, item in router.certificates.items():
        used = pair_in_use(router, item, seen)
        if used is None:
            unknown.append(f"certificate {name}: whether system-pki has it")
            continue
        pairs[name] = FilePair(used.certificate, used.key)
        ours = number_of(used.certificate, name) and number_of(used.key, item.key.file)
        named = "" if ours else f" (the configuration names {used.certificate} and {used.key} in its place)"
        unknown.append(f"certificate {used.certificate}: whether it is there and satisfies the intent{named}")
    return pairs, unknown


def _beyond(router: RouterIntent, wanted: Desired) -> Iterator[str]:
    for profile in router.ca_profiles.values():
        if not profile.retired:
            yield f"CA profile {profile.name}: whether system-pki has {profile.file}"
        elif ca_profile(profile.name) in wanted.tree:
            yield f"CA profile {profile.name}: whether something in use is of it still, since it is retired"
    for upload in wanted.uploads:
        yield f"file {upload.target}: whether it is there ({upload.why})"
    if router.grpc is not None and router.grpc.tls_server_profile is not None:
        yield "what the gNMI port serves"
