"""Clean-up: which files on a router are left over of our own work, and may go. Pure.

Owns what counts as provably ours: generations of the intent's certificates, the CA's answers to them, clear copies of
their keys, work files with our prefix, and renewal scripts as we write them (``cleanup_scripts``). The pair in use,
what an enrolment under way will need, and the pairs nearest to the one in use are kept, and so is everything that the
configuration names (law 12). Removes nothing itself.

ASSUMPTION: a file in system-pki that nothing names is removed like any other and missed by nobody; what becomes of the
copy on a standby CPM is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sroscert.intent import CertificateIntent
from sroscert.intent.desired import ca_profile
from sroscert.pki.cafile import LocalCA
from sroscert.plan.certificate import Decision, Need, pair_in_use
from sroscert.plan.cleanup_scripts import old_scripts, scripts_left
from sroscert.plan.files import WORK_PREFIX
from sroscert.plan.findings import Finding, Severity
from sroscert.plan.generation import generation, number_of
from sroscert.plan.held import Held, complete
from sroscert.plan.observed import Observed
from sroscert.plan.overrides import OVERRIDABLE
from sroscert.plan.plan import Plan
from sroscert.plan.steps import RemoveFile
from sroscert.values import Path, file_name

FLASH = "cf3:/"
PKI_FOLDER = "cf3:/system-pki/"
NO_CAS: Mapping[str, LocalCA] = {}
_SCRIPTS = Path.of("configure", "system", "script-control")
_FILE_LEAVES = frozenset(
    {"certificate-file", "key-file", "cert-file", "crl-file", "response-signing-cert", "key-file-name"}
)


@dataclass(frozen=True, slots=True)
class Leftover:
    """One file of ours that nothing of the intent needs: what it is, in words for the operator."""

    url: str
    reason: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def word(self) -> re.Pattern[str]:
        """What recognises the file in a text, in any case: its name, and on cf3: a path that ends in it.

        The configuration calls imported files by their names alone, so a bare name never means a file on cf3:.
        """
        before = r"(?<![\w.-])" if self.imported else r"(?<=[\\/:])(?<!system-pki[\\/])"
        return re.compile(rf"{before}{re.escape(self.name)}(?![\w-]|\.\w)", re.IGNORECASE)

    @property
    def imported(self) -> bool:
        """Whether it lies in system-pki."""
        return self.url.startswith(PKI_FOLDER)


def leftovers(plan: Plan, keep: int, cas: Mapping[str, LocalCA] = NO_CAS) -> tuple[Leftover, ...]:
    """Return what may go of the router that ``plan`` was made of, in the order of removal. ``cas`` are local files.

    ``keep`` is how many complete pairs stay on each side of the one in use: below it are the previous generations,
    above it those that were given up by a roll-back.
    """
    numbers = {decision.certificate.name: _kept(decision, plan, keep) for decision in plan.decisions}
    protected = _named_by_intent(plan) | _in_hand(plan, numbers)
    found: dict[str, Leftover] = {}
    for decision in plan.decisions:
        kept = numbers[decision.certificate.name]
        for item in (*_clear_keys(decision, plan), *_generations(decision, kept, plan.observed)):
            if not (item.imported and item.name.lower() in protected):
                found.setdefault(item.url.lower(), item)
    scripts = (Leftover(url, reason) for url, reason in old_scripts(plan))
    ours = (*_answers(plan, numbers), *_requests(plan), *_bundles(plan), *_work_files(plan))
    others = (*ours, *_retired(plan, cas, protected), *scripts)
    for item in others:
        found.setdefault(item.url.lower(), item)
    return tuple(sorted(found.values(), key=lambda item: item.imported))


def _kept(decision: Decision, plan: Plan, keep: int) -> frozenset[int] | None:
    """Return the generations of a certificate that stay; None stands for all: nothing of it is in use yet."""
    item, observed = decision.certificate, plan.observed
    current = pair_in_use(plan.router, item, observed)
    if current is None:
        return None
    used = {number_of(current.certificate, item.name), number_of(current.key, item.key.file)} - {None}
    kept = {number for number in used if number is not None}
    if decision.need is not Need.NOTHING:
        kept.add(decision.generation.number)
    request = observed.requests.get(item.ca_profile)
    pending = number_of(request.key, item.key.file) if request is not None and request.pending else None
    kept |= {pending} if pending is not None else set()
    middle = max(used - {None}, default=None, key=lambda number: number or 0)
    pairs = sorted((number for number in complete(item, observed) if number not in kept), reverse=True)
    if middle is None:
        return frozenset(kept | {*pairs[:keep]})
    below = [number for number in pairs if number < middle]
    above = [number for number in pairs if number > middle]
    return frozenset(kept | {*below[:keep]} | {*above[:keep]})


def _named_by_intent(plan: Plan) -> set[str]:
    """Return the files, in small letters, that the intent wants to be named."""
    found = set()
    for path, value in plan.desired.tree.items():
        if path.last.name in _FILE_LEAVES and isinstance(value, str):
            found.add(value.lower())
        found |= {key.lower() for name, key in path.last.keys if name == "certificate-file-name"}
    return found


def _in_hand(plan: Plan, numbers: Mapping[str, frozenset[int] | None]) -> set[str]:
    """Return the files of the generations that stay: a name of one certificate may read as another's generation."""
    found = set()
    for decision in plan.decisions:
        item = decision.certificate
        current = pair_in_use(plan.router, item, plan.observed)
        pairs = [decision.generation, *([current] if current is not None else [])]
        pairs += [generation(item.name, item.key.file, number) for number in numbers[item.name] or ()]
        found |= {name.lower() for pair in pairs for name in (pair.certificate, pair.key)}
    return found


def _generations(decision: Decision, kept: frozenset[int] | None, observed: Observed) -> Iterator[Leftover]:
    """Yield the imported files of generations that go, keys first: a certificate alone is never taken for a pair."""
    if kept is None:
        return
    item = decision.certificate
    for plain, what in ((item.key.file, "key"), (item.name, "certificate")):
        for entry in observed.system_pki:
            number = number_of(entry.name, plain)
            if number is not None and number not in kept and not entry.is_folder:
                why = f"{what} of generation {number} of {item.name}; {_numbers(kept)}"
                yield Leftover(f"{PKI_FOLDER}{entry.name}", why)


def _clear_keys(decision: Decision, plan: Plan) -> Iterator[Leftover]:
    """Yield the private keys that lie in the clear on cf3: and are imported, or that nothing will ever import."""
    item, observed = decision.certificate, plan.observed
    taken_up = decision.generation.key.lower() if decision.need in {Need.KEY, Need.IMPORT_KEY} else ""
    for entry in observed.flash:
        if entry.is_folder or number_of(entry.name, item.key.file) is None or entry.name.lower() == taken_up:
            continue
        if observed.has_pki_file(entry.name):
            yield Leftover(f"{FLASH}{entry.name}", "a private key in the clear; it is imported already")
        elif not _is_wanted_key(entry.name, plan):
            yield Leftover(f"{FLASH}{entry.name}", "a private key in the clear that was never imported")


def _is_wanted_key(name: str, plan: Plan) -> bool:
    """Tell whether a key that is not imported belongs to a certificate that is, or to a pair in use."""
    pairs = (pair_in_use(plan.router, item, plan.observed) for item in plan.router.certificates.values())
    if any(pair is not None and pair.key.lower() == name.lower() for pair in pairs):
        return True
    return any(
        (number := number_of(name, item.key.file)) is not None
        and plan.observed.has_pki_file(generation(item.name, item.key.file, number).certificate)
        for item in plan.router.certificates.values()
    )


def _answers(plan: Plan, numbers: Mapping[str, frozenset[int] | None]) -> Iterator[Leftover]:
    """Yield the CA's answers on cf3: that are imported, or that no step will fetch.

    The answer to the pair that an event handler renews is that script's own: it may be at work.
    """
    for decision in plan.decisions:
        item = decision.certificate
        if numbers[item.name] is None:
            continue
        current = pair_in_use(plan.router, item, plan.observed)
        request = plan.observed.requests.get(item.ca_profile)
        busy = {decision.generation.save_as.lower()} if decision.need is not Need.NOTHING else set()
        if request is not None and request.pending:
            busy.add(file_name(request.save_as).lower())
        if current is not None and plan.desired.renewal_methods[item.name][0] == "ehs":
            busy.add(current.save_as.lower())
        for entry in plan.observed.flash:
            stem, dot, _ = entry.name.lower().rpartition(".der")
            if entry.is_folder or not dot or number_of(stem, item.name) is None or entry.name.lower() in busy:
                continue
            imported = plan.observed.has_pki_file(stem)
            why = "it is imported" if imported else "it was not imported, and no step will: see the CA's journal"
            yield Leftover(f"{FLASH}{entry.name}", f"the CA's answer for {item.name}; {why}")


def _requests(plan: Plan) -> Iterator[Leftover]:
    """Yield the signing requests of keys that no step will look at."""
    for decision in plan.decisions:
        busy = decision.generation.request.lower() if decision.need is not Need.NOTHING else ""
        for entry in plan.observed.flash:
            stem, dot, _ = entry.name.lower().rpartition(".csr")
            ours = dot and number_of(stem, decision.certificate.key.file) is not None
            if ours and not entry.is_folder and entry.name.lower() != busy:
                yield Leftover(f"{FLASH}{entry.name}", f"a signing request of a key of {decision.certificate.name}")


def _bundles(plan: Plan) -> Iterator[Leftover]:
    """Yield what a renewal script left on cf3: and in system-pki: a key, an answer, a bundle of both.

    Where a script renews the pair in use they may be its work of this moment, unless they are older than a day.
    """
    for decision in plan.decisions:
        item = decision.certificate
        request = plan.observed.requests.get(item.ca_profile)
        if request is not None and request.pending:
            continue
        current = pair_in_use(plan.router, item, plan.observed)
        by_script = current is not None and plan.desired.renewal_methods[item.name][0] == "ehs"
        busy = {current.certificate.lower(), current.key.lower()} if current is not None and by_script else set()
        for folder, entries in ((FLASH, plan.observed.flash), (PKI_FOLDER, plan.observed.system_pki)):
            for entry in entries:
                of = _renewing(entry.name, item, imported=folder == PKI_FOLDER)
                if of and not entry.is_folder and not (of in busy and _is_recent(entry.modified, plan.observed)):
                    yield Leftover(f"{folder}{entry.name}", f"what a renewal script of {item.name} left behind")


def _renewing(name: str, item: CertificateIntent, *, imported: bool) -> str:
    """Return which file a renewal script was renewing, in small letters; empty where the name is none of its own."""
    ends = "" if imported else r"(?:\.(?:key|der|p12)|-(?:old|check)\.p12)"
    match = re.fullmatch(rf"(.+)-next{ends}", name, re.IGNORECASE)
    plains = (item.name, item.key.file) if imported else (item.name,)
    of = match[1].lower() if match else ""
    return of if any(number_of(of, plain) is not None for plain in plains) else ""


def _is_recent(modified: datetime | None, observed: Observed) -> bool:
    """Tell whether a file was written within a day, by the router's clock; unknown is recent."""
    return modified is None or observed.at + observed.clock_ahead - modified < timedelta(days=1)


def _retired(plan: Plan, cas: Mapping[str, LocalCA], protected: set[str]) -> Iterator[Leftover]:
    """Yield certificate and CRL of CA profiles that are retired and gone, if the certificate is the one we have."""
    for name, profile in plan.router.ca_profiles.items():
        local, shown = cas.get(name), plan.observed.displayed.get(profile.file)
        if not profile.retired or ca_profile(name) in plan.observed.running or local is None:
            continue
        ours = shown is not None and (shown.serial, frozenset(shown.issuer)) == (
            local.info.serial, frozenset(local.info.issuer)
        )
        files = [(profile.file, "certificate")] if ours else []
        files += [(profile.crl_file, "CRL")] if profile.crl_file else []
        for file, what in files:
            there = next((entry.name for entry in plan.observed.system_pki if entry.name.lower() == file.lower()), "")
            if there and file.lower() not in protected:
                yield Leftover(f"{PKI_FOLDER}{there}", f"{what} of CA profile {name}, which is retired and gone")


def _work_files(plan: Plan) -> Iterator[Leftover]:
    """Yield the files with our prefix that no step of ours waits for."""
    wanted = {upload.target.replace("\\", "/").rsplit("/", 1)[-1].lower() for upload in plan.desired.uploads}
    for entry in plan.observed.flash:
        name = entry.name.lower()
        if name.startswith(WORK_PREFIX) and not entry.is_folder and name not in wanted:
            yield Leftover(f"{FLASH}{entry.name}", "a work file of a run that was broken off")


def cleaning(
    plan: Plan, found: Sequence[Leftover], mentioned: Mapping[str, str], held: Iterable[Held] = ()
) -> Plan:
    """Return the plan of a clean-up: ``plan`` with other steps.

    ``mentioned`` tells for the URLs of leftovers where the configuration has them: these stay. ``held`` are newer pairs
    than those in use: of one that stays it is said why, and how it goes.
    """
    # Neither room nor the standby CPM nor an end that is near speaks against taking files away.
    stops = [item for item in plan.findings if item.severity is Severity.STOP and item.code not in OVERRIDABLE]
    # But what lies on a standby CPM that is not there is not seen, and "nothing to clean up" is not said of that.
    unseen = [item for item in plan.findings if item.code == "standby-not-ready"]
    going, findings = [], [*stops, *unseen, *scripts_left(plan)]
    for item in found:
        place = mentioned.get(item.url) or _script_with(item, plan)
        if place:
            text = f"{item.url} is kept: {place} names it"
            findings.append(Finding(Severity.NOTE, "file-mentioned", text, hint="it goes once nothing names it"))
        else:
            going.append(RemoveFile(reason=item.reason, url=item.url))
    gone = {step.url.lower() for step in going}
    findings += [one.finding for one in held if f"{PKI_FOLDER}{one.pair.certificate}".lower() not in gone]
    if any(step.url.startswith(PKI_FOLDER) for step in going):
        findings += [*_startup(plan.observed), *_scripts_of_others(plan)]
    quiet = replace(plan.desired, renewal_methods={})
    return replace(plan, desired=quiet, steps=tuple(going), findings=tuple(findings), changes=())


def _script_with(item: Leftover, plan: Plan) -> str:
    """Return the location of a script of the intent that names the file; empty when there is none."""
    texts = ((upload.target, upload.content.decode("utf-8", "replace")) for upload in plan.desired.uploads)
    return next((location for location, text in texts if item.word.search(text)), "")


def _startup(observed: Observed) -> Iterable[Finding]:
    """Stop where the saved configuration, which cannot be read over NETCONF, may name other files than running."""
    if observed.datastore("running").unsaved is False:
        return
    yield Finding(
        Severity.STOP,
        "startup-differs",
        "running is not saved: the saved configuration may name files that would go, and a reboot would need them",
        hint="save it first: sroscert apply saves what it changed, admin save on the router saves everything",
    )


def _scripts_of_others(plan: Plan) -> Iterable[Finding]:
    ours = {upload.target.replace("\\", "/").lower() for upload in plan.desired.uploads}
    locations = {
        value
        for path, value in plan.observed.running.items()
        if path.is_within(_SCRIPTS) and path.last.name == "location" and isinstance(value, str)
    }
    others = sorted(text for text in locations if text.replace("\\", "/").lower() not in ours)
    if others:
        yield Finding(
            Severity.WARNING,
            "script-of-others",
            f"the router has scripts that are not the intent's: {', '.join(others)}; whether they name files that go "
            "was not looked at",
            hint="look into them first",
        )


def _numbers(kept: Iterable[int]) -> str:
    numbers = [str(number) for number in sorted(kept)]
    return f"generation{'' if len(numbers) == 1 else 's'} {', '.join(numbers)} stay{'s' if len(numbers) == 1 else ''}"
