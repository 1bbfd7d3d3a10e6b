"""Gather, once and in few round trips, what a router shows. Writes nothing; decides nothing but what to look at."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from sroscert import schema as schemas
from sroscert.commands.operations import DisplayCertificate, DisplayCRL, ListFiles, ShowRequest
from sroscert.commands.replies import FileEntry, Reply, RequestStatus, request_from_state
from sroscert.device.ports import ConfigPort, Handshake
from sroscert.errors import AuthenticationError, CommandError, DeviceError, HostKeyError, RPCRejectedError
from sroscert.intent.desired import desired
from sroscert.intent.script_users import candidates
from sroscert.model.script_control import SCRIPT_USERS
from sroscert.pki.certificate import CertificateInfo
from sroscert.pki.display import CRLDates
from sroscert.plan.access import SESSIONS, Access, access_paths, offer, read_access
from sroscert.plan.certificate import Need
from sroscert.plan.cleanup_scripts import is_script_name
from sroscert.plan.generation import number_of
from sroscert.plan.leftover import leftovers
from sroscert.plan.observed import Observed, Served
from sroscert.plan.profiles import placed
from sroscert.plan.renewal import AS_DUE, Renewing, decision
from sroscert.plan.script_user import read_account, user_paths
from sroscert.plan.scripts import uploads_of
from sroscert.plan.service import service_of
from sroscert.render.mentions import naming
from sroscert.render.xml import from_xml, subtree_filter
from sroscert.schema import Schema
from sroscert.schema.facts import facts
from sroscert.values import ConfigTree, Path, Release
from sroscert.workflow import standby
from sroscert.workflow.record import RunRecord
from sroscert.workflow.secretlook import with_secrets

if TYPE_CHECKING:
    from sroscert.workflow.link import RouterLink

FLASH = "cf3:/"
PKI_FOLDER = "cf3:/system-pki"
_VERSION = Path.of("state", "system", "version")
_CONFIG = (
    Path.of("configure", "system", "security", "pki"),
    Path.of("configure", "system", "security", "tls"),
    Path.of("configure", "system", "transmission-profile"),
    Path.of("configure", "system", "grpc"),
    Path.of("configure", "system", "management-interface", "configuration-mode"),
    Path.of("configure", "system", "script-control"),
    Path.of("configure", "python", "python-script"),
    *SCRIPT_USERS.values(),
    Path.of("configure", "log", "filter"),
    Path.of("configure", "log", "event-handling"),
    Path.of("configure", "log", "event-trigger"),
)
LOGS = Path.of("configure", "log", "log-id")
"""No intent has these; they may use a log filter of ours."""
_EVENTS = Path.of("configure", "log", "log-events", "security")
"""Nor these: an event may be suppressed that a trigger of ours waits for."""
_MODE = Path.of("state", "system", "management-interface", "configuration-oper-mode")
_STATE = (
    Path.of("state", "system", "oper-name"),
    Path.of("state", "system", "current-time"),
    Path.of("state", "system", "security", "pki"),
    Path.of("state", "system", "security", "tls"),
    Path.of("state", "system", "grpc"),
    _MODE,
    SESSIONS,
    Path.of("state", "system", "management-interface", "configuration-region"),
    Path.of("state", "redundancy", "synchronization"),
    Path.of("state", "chassis", "flash"),
    Path.of("state", "system", "script-control"),
    Path.of("state", "python", "python-script"),
    Path.of("state", "log", "event-handling"),
    Path.of("state", "log", "event-trigger"),
)


def read_release(link: RouterLink) -> Release:
    """Read the release from the router itself (``/state/system/version/version-number``). Raises CommandError."""
    newest = schemas.load(schemas.known_releases()[-1])
    reply = link.config.get_state(subtree_filter((_VERSION,), newest))
    text = from_xml(reply, newest).text(_VERSION / "version-number")
    try:
        return Release.parse(text)
    except ValueError as error:
        raise CommandError(
            f"the router does not tell its release (version-number is {text!r})",
            operation="get",
            hint="give the release in the intent (routers: NAME: release)",
        ) from error


def read_running(link: RouterLink, schema: Schema) -> ConfigTree:
    """Read the parts of running that an intent can own, and what else may use something of ours."""
    return from_xml(link.config.get_config(subtree_filter(_known((*_CONFIG, LOGS, _EVENTS), schema), schema)), schema)


def read_config(port: ConfigPort, schema: Schema) -> ConfigTree:
    """Read the parts of running that an intent can own, over a given session."""
    return from_xml(port.get_config(subtree_filter(_known(_CONFIG, schema), schema)), schema)


def observe(
    link: RouterLink, record: RunRecord, now: datetime, *, probe: bool = True, all_requests: bool = False,
    renewing: Renewing = AS_DUE, history: bool = False, set_secrets: bool = False,
) -> tuple[Observed, Schema]:
    """Return what the router shows and the schema of its release.

    ``probe`` also makes a TLS handshake at the gNMI port; ``all_requests`` reads the last CMPv2 request also where no
    coming step depends on it; ``history`` reads the certificates of all generations. With ``set_secrets`` each secret
    of the intent counts as one to be set. Raises DeviceError; an operational display that cannot be read leaves its
    value out, and the decision says so.
    """
    release = _release(link)
    schema = schemas.load(release)
    running = read_running(link, schema)
    state = from_xml(link.config.get_state(subtree_filter(_known(_STATE, schema), schema)), schema)
    access = _access(link, running, state, schema)
    link.offer = offer(access, schema)
    choice = link.backend(schema)
    # A service of others is looked at too: a commit of ours may end it.
    wanted = link.router.grpc is not None or service_of(running) is not None
    served = as_served(link.probe()) if probe and wanted and link.cas else None
    seen = Observed(
        release=release,
        at=now,
        address=link.router.address,
        system_name=state.text(Path.of("state", "system", "oper-name")),
        backend=choice.name or "none",
        backend_reason=choice.reason,
        backend_lines=choice.to_type,
        running=running,
        state=state,
        served=served,
        configuration_mode=state.text(_MODE),
        pending_until=record.pending_until(),
        access=access,
    )
    seen = with_secrets(seen, link, record, schema, everything=set_secrets)
    seen = replace(seen, named_elsewhere=_named_elsewhere(seen, link, schema))
    if not choice.name:
        return seen, schema
    seen = _with_files(seen, link, schema, history=history)
    requests = _requests(seen, link, schema, now, renewing, everywhere=all_requests)
    seen = replace(seen, crls=_crls(seen, link, schema))
    seen = replace(seen, requests=requests, scripts=_scripts(seen, link, schema))
    return replace(seen, standby=standby.look(seen, link, schema)), schema


def _named_elsewhere(seen: Observed, link: RouterLink, schema: Schema) -> dict[str, str]:
    """Look in the whole of running for files whose renewal may be left over; only read where there may be one."""
    engine = seen.access.script_engine or None
    wanted = desired(placed(link.router, seen.running), schema, None, engine, running=seen.running)
    files = frozenset(item.file.lower() for item in leftovers(wanted, seen.running, {}, {}) if item.file)
    found: dict[str, str] = {}
    for configure in link.config.get_config() if files else ():
        found |= naming(configure, files, schema, ("configure/system/security/",))
    return found


def _release(link: RouterLink) -> Release:
    """Return the router's own word on its release; the intent's only where the router does not tell."""
    try:
        return read_release(link)
    except CommandError:
        if link.router.release is None:
            raise
        return link.router.release


def _access(link: RouterLink, running: ConfigTree, state: ConfigTree, schema: Schema) -> Access:
    """Read the CLI engines, the rights of the login and of the users of scripts, and the limit on sessions."""
    login, wanted = link.router.login.username, candidates(link.router)
    # Of the intent's user, else of the one that somebody else has set.
    named = {kind: getattr(wanted, kind) or running.text(path) for kind, path in SCRIPT_USERS.items()}
    asked = [path for user in named.values() if user for path in user_paths(user)]
    paths = _known((*access_paths(login), *dict.fromkeys(asked)), schema)
    try:
        config = from_xml(link.config.get_config(subtree_filter(paths, schema)), schema)
    except RPCRejectedError:
        return read_access(None, state, login, schema)
    found = {kind: read_account(config, user, login) if user else None for kind, user in named.items()}
    return replace(
        read_access(config, state, login, schema), script_account=found["cli"], python_account=found["python"]
    )


def _known(paths: tuple[Path, ...], schema: Schema) -> tuple[Path, ...]:
    return tuple(path for path in paths if schema.node(path) is not None)


def as_served(handshake: Handshake) -> Served:
    """Turn the adapter's handshake into the value that decisions read."""
    return Served(
        reason=handshake.reason.value,
        detail=handshake.detail,
        certificate=handshake.certificate,
        version=handshake.version,
        cipher=handshake.cipher,
    )


def _with_files(seen: Observed, link: RouterLink, schema: Schema, *, history: bool) -> Observed:
    listed = _list(link, schema, FLASH)
    flash = listed.files
    seen = replace(
        seen, flash=flash, flash_listed_free=listed.free, slot=listed.slot, system_pki=list_pki(link, schema, flash)
    )
    wanted = {profile.file for profile in link.router.ca_profiles.values()}
    for item in link.router.certificates.values():
        wanted |= _generations(seen, item.name) if history else _newest_certificate(seen, item.name)
    wanted |= _certificates_in_use(seen)
    for profile in link.router.tls.cert_profiles.values():
        wanted |= {entry.certificate_file for entry in profile.entries.values() if entry.certificate_file}
    displayed = {
        name: info
        for name in sorted(wanted)
        if seen.has_pki_file(name) and (info := _display(link, schema, name)) is not None
    }
    return replace(seen, displayed=displayed)


def _scripts(seen: Observed, link: RouterLink, schema: Schema) -> dict[str, str]:
    """Return the SHA-256 of the scripts on the router, by location: of the intent, and of renewals that are over."""
    found: dict[str, str] = {}
    targets = [upload.target for upload in uploads_of(link.router, seen, schema)]
    targets += [f"cf3:/{entry.name}" for entry in seen.flash if is_script_name(entry.name) and not entry.is_folder]
    for target in targets:
        name = target.split(":", 1)[-1].lstrip("\\/")
        if not re.search(r"[\\/]", name) and seen.flash_file(name) is None and target.lower().startswith("cf3:"):
            continue  # the listing of cf3: shows it already
        if name.lower() in {known.split(":", 1)[-1].lstrip("\\/").lower() for known in found}:
            continue
        try:
            digest = link.files.sha256(target)
        except (AuthenticationError, HostKeyError):
            raise
        except DeviceError as error:
            if error.code == "file-name":
                raise  # the location is no file on a flash: nothing could be put there either
            digest = ""
        if digest is not None:
            found[target] = digest
    return found


def _newest_certificate(seen: Observed, plain: str) -> set[str]:
    """Return the file of the highest generation that has a certificate."""
    generations = [(number, entry.name) for entry in seen.system_pki if (number := number_of(entry.name, plain))]
    return {max(generations)[1]} if generations else set()


def _generations(seen: Observed, plain: str) -> set[str]:
    return {entry.name for entry in seen.system_pki if number_of(entry.name, plain) is not None}


def _certificates_in_use(seen: Observed) -> set[str]:
    entries = Path.of("configure", "system", "security", "tls")
    return {
        value
        for path, value in seen.running.items()
        if path.is_within(entries) and path.last.name == "certificate-file" and isinstance(value, str)
    }


def list_pki(link: RouterLink, schema: Schema, flash: tuple[FileEntry, ...]) -> tuple[FileEntry, ...]:
    """Return what is in system-pki; a router that never imported anything need not have the folder."""
    if not any(entry.is_folder and entry.name.lower() == "system-pki" for entry in flash):
        return ()
    return list_folder(link, schema, PKI_FOLDER)


def list_folder(link: RouterLink, schema: Schema, folder: str) -> tuple[FileEntry, ...]:
    """Return what is in a folder of the router. Raises CommandError when the answer cannot be read."""
    return _list(link, schema, folder).files


def _list(link: RouterLink, schema: Schema, folder: str) -> Reply:
    reply = link.executor(schema).run(ListFiles(folder), link.settings.rpc_timeout_s)
    if reply.outcome != "done":
        raise CommandError(
            f"{folder} could not be listed: {reply.text.strip() or 'no answer that can be read'}",
            operation="file list",
            hint="the user needs access to the CLI over NETCONF (access console)",
        )
    return reply


def _display(link: RouterLink, schema: Schema, name: str) -> CertificateInfo | None:
    operation = DisplayCertificate(f"cf3:/system-pki/{name}", "der")
    return link.executor(schema).run(operation, link.settings.rpc_timeout_s).certificate


def _crls(seen: Observed, link: RouterLink, schema: Schema) -> dict[str, CRLDates]:
    """Display the revocation lists that running names in CA profiles of the intent, each once."""
    profiles = Path.of("configure", "system", "security", "pki")
    named = {
        seen.running.text(profiles.entry("ca-profile", ca_profile_name=name) / "crl-file")
        for name in link.router.ca_profiles
    }
    found = {}
    for file in sorted(named - {""}):
        if seen.has_pki_file(file):
            reply = link.executor(schema).run(DisplayCRL(f"cf3:/system-pki/{file}"), link.settings.rpc_timeout_s)
            if reply.crl is not None:
                found[file] = reply.crl
    return found


def _requests(
    seen: Observed, link: RouterLink, schema: Schema, now: datetime, renewing: Renewing, *, everywhere: bool
) -> dict[str, RequestStatus]:
    """Read the last CMPv2 request of each CA profile that a coming step would use, or of all."""
    found = {}
    router = placed(link.router, seen.running)
    for item in router.certificates.values():
        profile = item.ca_profile
        configured = Path.of("configure", "system", "security", "pki").entry("ca-profile", ca_profile_name=profile)
        if configured not in seen.running or profile in found:
            continue
        status = None
        if facts(schema).cmp_request_state:
            status = request_from_state(seen.state, profile)
        elif everywhere or decision(router, item, seen, schema, None, now, renewing).need is not Need.NOTHING:
            status = link.executor(schema).run(ShowRequest(profile), link.settings.rpc_timeout_s).request
        if status is not None:
            found[profile] = status
    return found


def settle_message(until: datetime) -> str:
    """Return the sentence for a router that cannot be called in sync yet."""
    return (
        f"a confirmed commit may still be pending: what running shows can be undone until {until:%H:%M:%S} UTC; "
        "nothing is said of this router before"
    )


def readable(schema: Schema) -> tuple[Path, ...]:
    """Return the parts of a configuration that an intent can own, of those that the release has."""
    return _known(_CONFIG, schema)
