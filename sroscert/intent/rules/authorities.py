"""Doubts about CA profiles: revocation, protection of messages. What their certificates hold is seen in ``plan``."""

from __future__ import annotations

from collections.abc import Iterator

from sroscert.intent.rules.finding import Finding, Loc
from sroscert.intent.values import RouterIntent


def authorities(router: RouterIntent) -> Iterator[Finding]:
    """Yield what is doubtful about the CA profiles."""
    for name, profile in router.ca_profiles.items():
        loc: Loc = ("ca_profiles", name)
        if profile.certificate is not None and not profile.certificate.is_file():
            yield Finding(
                "ca-file-missing", f"there is no file {profile.certificate.name} beside the intent",
                (*loc, "certificate"), "fetch the CA certificate first",
            )
        if profile.retired:
            if profile.certificate is None:
                why = "without it nobody can tell what is of this CA, and the profile would stay on the routers"
                fix = "certificate: FILE, the CA's certificate beside the intent"
                yield Finding("ca-certificate-missing", why, loc, fix)
            continue
        enrols = [item.name for item in router.certificates.values() if item.ca_profile == name]
        if profile.certificate is None and enrols:
            yield Finding(
                "ca-certificate-missing", f"without it nobody could check what the CA issues for {enrols[0]}", loc,
                "certificate: FILE, the CA's certificate beside the intent",
            )
        if profile.revocation_check == "crl-optional":
            yield Finding(
                "crl-optional", "a revoked certificate is accepted while the CRL is missing or expired",
                (*loc, "revocation_check"), "crl, with crl_file and auto_crl_update",
            )
        elif not profile.crl_file:
            yield Finding(
                "crl-missing", "revocation is checked by a CRL, and without a CRL file the profile stays down", loc,
                "crl_file with auto_crl_update, or revocation_check: crl-optional",
            )
        accepted = profile.cmpv2.accept_unprotected_message if profile.cmpv2 else None
        for leaf in ("error_message", "pkiconf_message"):
            if accepted is not None and getattr(accepted, leaf):
                yield Finding(
                    "accept-unprotected-message", "anybody on the way to the CA can forge this message",
                    (*loc, "cmpv2", "accept_unprotected_message", leaf), "false, if the CA protects its answers",
                )
