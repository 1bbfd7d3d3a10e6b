"""The steps of one certificate, from what was decided for it: key, enrolment, check and import. Pure.

What is decided, and why, is ``plan/certificate``.
"""

from __future__ import annotations

from sroscert.plan.certificate import Decision, Need
from sroscert.plan.generation import number_of
from sroscert.plan.observed import Observed
from sroscert.plan.steps import CheckAndImport, Enrol, GenerateKey, ImportKey, RemoveFile, Step
from sroscert.schema import Schema

_REQUEST = "/admin/system/security/pki/generate-csr"


def certificate_steps(decision: Decision, observed: Observed, known: bool) -> list[Step]:
    """Return the steps of one certificate. ``known``: its new key's public part can be learnt (``knows_keys``)."""
    item, pair, need = decision.certificate, decision.generation, decision.need
    steps: list[Step] = []
    why = decision.reason
    if need is Need.KEY:
        steps.append(
            GenerateKey(
                reason=why,
                certificate=item.name,
                generation=pair,
                key_type=item.key.type,
                key_size=item.key.size or 0,
                curve=item.key.curve or "",
            )
        )
    if need in {Need.KEY, Need.IMPORT_KEY}:
        steps.append(ImportKey(reason=why, generation=pair, subject=item.subject_dn if known else ""))
    steps += _clear_keys(decision, observed)
    if need in {Need.KEY, Need.IMPORT_KEY, Need.ENROLMENT, Need.POLL}:
        steps.append(
            Enrol(
                reason=f"{why}; {decision.asked_so}" if decision.asked_so else why,
                certificate=item.name,
                generation=pair,
                ca_profile=item.ca_profile,
                resume=need is Need.POLL,
                request=decision.request,
                signer=decision.signer,
                reference=item.enrolment.reference,
            )
        )
    if need is not Need.NOTHING:
        steps.append(CheckAndImport(reason=why, certificate=item.name, generation=pair, by_request=known))
    return steps


def knows_keys(schema: Schema, observed: Observed) -> bool:
    """Tell whether the public part of a new key can be learnt: the release models a signing request (23.3).

    The classic command for it is in no source that could be read, and is not used.
    """
    return observed.backend == "action" and schema.action(_REQUEST) is not None


def _clear_keys(decision: Decision, observed: Observed) -> list[Step]:
    """Remove the clear copies that runs which were broken off left of keys that are imported (law 11)."""
    plain = decision.certificate.key.file
    names = {entry.name for entry in observed.flash if number_of(entry.name, plain)}
    names |= {entry.name for entry in observed.flash if entry.name.lower() == decision.generation.key.lower()}
    return [
        RemoveFile(reason="a private key lies in the clear on cf3: and is imported already", url=f"cf3:/{name}")
        for name in sorted(names)
        if observed.has_pki_file(name)
    ]
