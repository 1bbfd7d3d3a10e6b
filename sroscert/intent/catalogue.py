"""Every code that ``lint`` can report, with its grade and what it is about. Data only.

A code never changes its meaning or its grade. docs/lint.md has a row for each: reason, fix and evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

from sroscert.errors import Grade

PAGE = "docs/lint.md"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding; ``title`` says in one sentence what is looked for."""

    code: str
    grade: Grade
    title: str


_ERRORS = {
    "ehs-python-missing": "A Python handler is asked for where the release cannot have one.",
    # The file
    "file-missing": "A file that the intent names, or the intent itself, cannot be read.",
    "empty-file": "The intent file has no content.",
    "yaml-syntax": "The file is not YAML.",
    "yaml-tag": "YAML tags are not used in an intent.",
    "several-documents": "An intent file holds one YAML document.",
    "control-character": "A text holds a control character.",
    "duplicate-key": "A key is given twice.",
    "unknown-key": "A key is not known here.",
    "unknown-placeholder": "A placeholder in braces is not known.",
    "missing-key": "A key that is needed is missing.",
    "bad-type": "A value is of another kind than is needed here.",
    "bad-value": "A value is not one of those that are possible here.",
    "dangling-reference": "A name refers to something that is not declared.",
    "name-clash": "One name would stand for two things on the router.",
    "secret-literal": "A secret stands in the intent itself.",
    "url-not-http": "SR OS speaks to CAs, CRL and OCSP servers by plain http only.",
    "unsafe-subject": "The leaf subject-dn cannot carry this text.",
    "unsafe-text": "A command line or an action of the router cannot carry this text.",
    "several-ip-addresses": "SR OS can ask for one IP address in a certificate.",
    # What a release has, by Nokia's YANG
    "schema": "Nothing is known about this release.",
    "intent-invalid": "The configuration cannot be made from the intent.",
    "unknown-node": "The release has no such node.",
    "obsolete-node": "The release marks this node as obsolete.",
    "wrong-keys": "A list entry has other keys.",
    "wrong-shape": "A container, list or leaf is used as another of them.",
    "invalid-value": "The release does not take this value.",
    "obsolete-value": "The release marks this value as obsolete.",
    "duplicate-value": "A value stands twice in a list without duplicates.",
    "too-many": "More entries than the release takes.",
    "too-few": "Fewer entries than the release needs.",
    "choice-conflict": "Two things that exclude each other.",
    "missing-mandatory": "A node that the release needs is missing.",
    # Findings
    "cipher-null": "A cipher suite without encryption.",
    "cipher-class-empty": "The release has no suite of this class for the key.",
    "cipher-unreachable": "Neither today's gNMI clients nor our verification can speak any suite of the list.",
    "client-cannot-connect": "A client named in the intent or on the command line can speak none of the suites.",
    "ca-certificate-missing": "The CA profile has no local certificate to check what the CA issues.",
    "ca-certificate-unfit": "SR OS would not bring a CA profile up with this certificate.",
    "certificate-unreadable": "The CA certificate file does not hold one certificate.",
    "retired-in-use": "A CA profile that is retired is still named by the intent.",
    "san-misses-address": "The certificate does not name the address that clients, and our verification, dial.",
    "renewal-before-lifetime": "The renewal window is as long as the certificate's life, or longer.",
    "renewal-never": "The router warns of expiry only after it: nothing would set the renewal off.",
    "secret-read-as-hash": "SR OS would take the end of the secret as a mark and the rest as a hash.",
    "accept-error": "An error cannot be accepted.",
    "accept-unknown": "What is accepted is no code of lint.",
}
_WARNINGS = {
    "release-stands-in": "The release is not known itself; the nearest earlier one stands in for it.",
    "ca-file-missing": "The CA certificate file is not there.",
    "ca-certificate-weak": "The CA certificate has a short key, or is signed with MD5 or SHA-1.",
    "ca-certificate-ends": "The CA certificate ends soon: before certificates that it issues now are renewed.",
    "crl-optional": "Revoked certificates pass while the CRL is missing, expired or damaged.",
    "crl-missing": "The CA profile checks a CRL that the intent does not bring.",
    "accept-unprotected-message": "Messages from the CA are taken without protection.",
    "chain-of-another-ca": "The chain that is sent along lacks the CA of the certificate.",
    "renewal-of-another-ca": "Native renewal would ask another CA than the certificate's.",
    "cipher-weak": "A cipher suite that is broken.",
    "cipher-aging": "A cipher suite without forward secrecy.",
    "cipher-list-missing": "A server profile without a cipher list offers nothing.",
    "clients-locked-out": "Every client with a certificate of the CA would be turned away as revoked.",
    "est-server-refused": "The EST server would be refused as revoked, and nothing enrolled or renewed over EST.",
    "grpc-unsecure": "gRPC without TLS.",
    "tls-re-negotiation": "A re-negotiation timer, which gRPC does not support.",
    "hash-weak": "MD5 or SHA-1 signs requests to the CA.",
    "key-short": "A key of less than 2048 bits.",
    "secret-is-name": "The enrolment secret is the name of the router or of its certificate.",
    "secret-shared": "Several routers have the same enrolment secret.",
    "secret-too-long": "The secret is longer than SR OS takes in clear.",
    "exact-minute": "The filter matches one minute of one hour.",
    "owner-missing": "A script, policy or handler without owner.",
    "handling-never": "Event handling waits for a warning that is not configured.",
    "renewal-none": "Nothing renews the certificate.",
    "renewal-late": "Little time is left to try again.",
    "renewal-single-try": "A renewal that fails is not tried again before expiry.",
    "renewal-few-tries": "A renewal that fails is tried again once or twice before expiry.",
    "renewal-delayed": "The least time between two runs of a handler is longer than between two warnings.",
    "renewal-twice": "Two mechanisms renew the same certificate.",
    "warning-once": "The expiry warning is not repeated.",
    "warning-window-short": "The first expiry warning comes late.",
    "certificate-unused": "No certificate profile shows the certificate.",
    "ehs-ecdsa-unproven": "Renewal by event handling with an ECDSA key rests on no evidence.",
    "script-overwrites-key": "A script imports a new key over the one in use before there is a certificate for it.",
    "script-same-key": "A script asks for a certificate with the same file as old and new key.",
    "script-sleeps": "A script waits a fixed time for a result.",
    "script-import-format": "A script imports what CMPv2 wrote, which is DER, as something else.",
}
_NOTES = {
    "ca-unused": "Nothing of the intent needs the CA profile.",
    "clients-need-setting": "Common gNMI clients speak the suites only after a setting of their own.",
    "tls13-lists-missing": "TLS 1.3 without a list of groups and of signatures.",
    "warning-window-long": "The first expiry warning comes earlier than the renewal window.",
    "script-user-unused": "A user is named for a script that there is not.",
    "script-cert-request": "A script renews by a new certificate request, which some CAs must be prepared for.",
    "script-unchecked-import": "A script imports what the CA sent without a comparison.",
    "script-no-poll": "A script never fetches a certificate that the CA did not issue at once.",
    "script-default-hash": "A script leaves the hash of its request open; SR OS then takes SHA-1.",
    "accept-unused": "Something is accepted that was not found.",
}

RULES: dict[str, Rule] = {
    code: Rule(code, grade, title)
    for grade, titles in ((Grade.ERROR, _ERRORS), (Grade.WARNING, _WARNINGS), (Grade.NOTE, _NOTES))
    for code, title in titles.items()
}


def grade_of(code: str) -> Grade:
    """Return the grade of a code; one that is not in the table weighs as an error."""
    return RULES[code].grade if code in RULES else Grade.ERROR
