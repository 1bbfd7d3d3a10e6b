"""One router looked at for certificates that nobody uses: every file that may be one is displayed. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sroscert.commands.operations import DisplayCertificate
from sroscert.errors import CommandError, OutcomeUnknownError
from sroscert.intent import RouterIntent
from sroscert.pki.certificate import CertificateInfo
from sroscert.plan.generation import number_of
from sroscert.plan.held import held
from sroscert.plan.observed import Observed, unsettled_until
from sroscert.plan.profiles import placed
from sroscert.plan.reconcile import Issued, Reconciled, reconcile
from sroscert.plan.unanswered import Sent, unanswered
from sroscert.render.mentions import naming
from sroscert.schema import Schema
from sroscert.values import endpoint
from sroscert.workflow.job import Job
from sroscert.workflow.link import RouterLink
from sroscert.workflow.observe import FLASH, PKI_FOLDER, observe, settle_message


def reconcile_router(job: Job, records: Sequence[Issued], sent: Sequence[Sent] = ()) -> Reconciled:
    """Return what a router has, or had, and does not use. ``records`` and ``sent`` are those of all routers.

    Raises OutcomeUnknownError while running may still be undone: what is used now may not be in a moment.
    """
    address = endpoint(job.router.address, job.router.login.ports.netconf)
    asked = [item for item in sent if item.address == address]
    with job.link() as link:
        observed, schema = observe(link, job.record(), datetime.now(UTC), all_requests=bool(asked))
        until = unsettled_until(observed, timedelta(seconds=job.settings.confirm_timeout_s))
        if until is not None:
            raise OutcomeUnknownError(
                settle_message(until),
                code="commit-pending",
                state="running names files that it may not name in a moment",
                hint=f"run again after {until:%H:%M:%S} UTC",
            )
        if observed.backend == "none":
            raise CommandError(
                f"the router's files cannot be listed: {observed.backend_reason}",
                operation="file list",
                hint="\n".join(observed.backend_lines),
            )
        shown, unread = _displayed(link, schema, observed)
        router = placed(job.router, observed.running)
        newer = held(router, observed, schema, link.cas, observed.at)
        names = frozenset(url.rsplit("/", 1)[-1].lower() for url in shown)
        named: dict[str, str] = {}
        for configure in link.config.get_config() if names else ():
            named |= naming(configure, names, schema)
    mine = [item for item in records if item.address == address]
    found = reconcile(router, observed, shown, named, mine, unread, newer)
    open_ones = unanswered(asked, [*shown, *unread], observed.requests)
    return Reconciled(found, len(shown), tuple(unread), open_ones)


def _displayed(
    link: RouterLink, schema: Schema, observed: Observed
) -> tuple[dict[str, CertificateInfo], list[str]]:
    """Return what each file says by its URL, and the files of which nothing can be read."""
    shown: dict[str, CertificateInfo] = {}
    unread = []
    for url in _candidates(link.router, observed):
        info = observed.displayed.get(url.removeprefix(f"{PKI_FOLDER}/"))
        if info is None:
            operation = DisplayCertificate(url, "der")
            info = link.executor(schema).run(operation, link.settings.rpc_timeout_s).certificate
        if info is None:
            unread.append(url)
        else:
            shown[url] = info
    return shown, unread


def _candidates(router: RouterIntent, observed: Observed) -> Iterator[str]:
    """Yield the files that may be certificates: all in system-pki but keys and CRLs, and those in cf3: called so."""
    keys = [item.key.file for item in router.certificates.values()]
    for entry in observed.system_pki:
        name = entry.name
        if not entry.is_folder and not name.lower().endswith(".crl") and not _is_key(name, keys, observed):
            yield f"{PKI_FOLDER}/{name}"
    plain = [f"{item.name}.der" for item in router.certificates.values()]
    for entry in observed.flash:
        if not entry.is_folder and (entry.name.lower().endswith((".der", ".crt", ".cer")) or entry.name in plain):
            yield f"{FLASH}{entry.name}"


def _is_key(name: str, keys: Sequence[str], observed: Observed) -> bool:
    in_use = {
        value.lower()
        for path, value in observed.running.items()
        if path.last.name == "key-file" and isinstance(value, str)
    }
    return name.lower() in in_use or any(number_of(name, plain) is not None for plain in keys)
